"""Books that are older than the bags, as after a backup was brought back: no run goes on with them.

`archiver ledger resume` (`resume`) makes the two agree again.
"""

from __future__ import annotations

from collections.abc import Iterator

from archiver.archive import OpenArchive, job_folders, read_bag_or_none, recorded_folder
from archiver.errors import ArchiveDamaged
from archiver.naming import job_key

AHEAD_JOBS = 3
"""More jobs than these that the ledger does not know as they are: it is the ledger that is old."""


def check_not_restored(opened: OpenArchive) -> None:
    """Refuse to go on with books that are older than the bags, or that owe an erasure.

    Raises ArchiveDamaged.
    """
    ahead = sum(1 for _ in _ahead(opened))
    if ahead > AHEAD_JOBS:
        raise ArchiveDamaged(
            f"{ahead} jobs were sealed after all that the ledger knows: it looks as if a backup "
            "had been brought back, or copied during a sync. Nothing was fetched or changed.",
            "Go on with `archiver ledger resume --from CHECKPOINT` "
            "(docs/backup-and-restore.md); without a restore, run `archiver verify`.",
        )
    if opened.pins.owed:
        raise ArchiveDamaged(
            f"{len(opened.pins.owed)} erasures that a restored backup undid have not been made "
            "again. Nothing was fetched.",
            "Repeat them with `archiver erase`; `archiver status` names them.",
        )


def _ahead(opened: OpenArchive) -> Iterator[str]:
    """Jobs whose bag has a later seal than the ledger knows."""
    rows = {row.folder: (job_key(row.job_id), row.seal) for row in opened.catalog.jobs()}
    for folder in job_folders(opened.archive.root):
        known = rows.get(recorded_folder(opened.archive.root, folder))
        if known is None:
            bag = read_bag_or_none(folder)
            known = (bag.info.get("Ledger-Identifier", ""), bag.number) if bag else ("", 0)
        key, seal = known
        pins = opened.pins.jobs.get(key)
        if seal > (pins.last_number if pins else 0) and (pins is None or pins.open is None):
            yield key
