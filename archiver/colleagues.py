"""Everybody whom an archive names: in one job's chat somebody may be spoken of who is in another.

The catalogue says it at once of each job whose bag it knows as it is; of the others it is read from
their records. So what is hidden does not depend on a cache that may be behind, or not there at all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from archiver.archive import (
    Archive,
    job_folders,
    load_job,
    open_catalog,
    recorded_folder,
    tagmanifest_digest,
)
from archiver.errors import ArchiveDamaged, ArchiverError
from archiver.jobbuild import NO_NAME
from archiver.ledger import LEDGER_FILE
from archiver.models import JobSummary
from archiver.summary import job_summary


def everybody(root: Path) -> tuple[str, ...]:
    """The names of all who wrote, uploaded or made a job, and what they were called before.

    Raises ArchiveDamaged for a job of which nobody can say it, OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        # Every change of an archive is in its ledger.
        ledger = (Archive(root).ledger / LEDGER_FILE).stat()
        return _everybody(root, (ledger.st_mtime_ns, ledger.st_size))
    return _everybody(root, None)


@lru_cache(1)
def _everybody(root: Path, changed: tuple[int, int] | None) -> tuple[str, ...]:
    """The same, read once for a run; `changed` is when and to what size the ledger was written."""
    del changed
    with contextlib.closing(open_catalog(Archive(root), read_only=True)) as catalog:
        known = {row.folder: row for row in catalog.jobs()}
    names = set(_named(row.summary for row in known.values()))
    for folder in job_folders(root):
        row = known.get(recorded_folder(root, folder))
        if row is None or row.tagmanifest != tagmanifest_digest(folder):
            names.update(_named([_read(folder)]))
    return tuple(sorted(names - {NO_NAME}))


def _named(summaries: Iterable[JobSummary]) -> Iterable[str]:
    return (name for one in summaries for name in (*one.people, *one.also_named))


def _read(folder: Path) -> JobSummary:
    try:
        return job_summary(load_job(folder))
    except (OSError, ValueError, ArchiverError) as error:
        raise ArchiveDamaged(
            f"{folder.name} cannot be read, so nobody can say whose names must be hidden: {error}",
            "Run `archiver verify`, then bring the folder back from a backup.",
        ) from error
