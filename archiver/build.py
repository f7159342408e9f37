"""`build`: pages, sheets, index and search made again from the archive; no network.

Page and sheets are a pure function of the evidence, so they can be made again years later without
touching a seal. The ledger pins them: a `building` entry names the new views of a batch before its
first folder is exchanged; one `built` entry closes the whole run and pins all views that were
looked at, the unchanged ones too, with the version of the templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archiver import __version__
from archiver.archive import OpenArchive, job_folders, load_job, read_bag_or_none
from archiver.bag import Bag, check_record_untouched, view_pin
from archiver.commit import MakeView, Rebuilt, discard, stage_rebuilt
from archiver.errors import ArchiverError
from archiver.models import JobRecord, Problem, Sha256
from archiver.naming import job_key
from archiver.site import templates_digest
from archiver.storage import explained, fsync_dir, sync_tree
from archiver.swap import swap_in

BATCH = 100
"""Jobs whose views are exchanged under one pair of ledger entries."""


@dataclass
class BuildReport:
    """What `build` did: jobs looked at, views that came out different, and what could not be."""

    jobs: int = 0
    rebuilt: int = 0
    index_files: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when every job could be made again, else 3."""
        return 3 if self.problems else 0


@dataclass(frozen=True, slots=True)
class _Staged:
    """A view: made aside and waiting to be exchanged, or (`made` is None) as it should be."""

    bag: Bag
    made: Rebuilt | None
    pin: Sha256


def build_views(
    opened: OpenArchive,
    make_view: MakeView,
    clock: Callable[[], datetime],
    *,
    folders: Iterable[Path] | None = None,
    workers: int = 2,
    sync: bool = True,
    damaged_too: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BuildReport:
    """Make the views of all jobs (or of `folders`) again and exchange those that differ.

    A job whose record is not the sealed one is left alone and named, unless `damaged_too`: then
    its page is made to say so. Raises DiskFull, NotWritable, OSError.
    """
    report = BuildReport()
    chosen = list(job_folders(opened.archive.root) if folders is None else folders)
    looked: dict[str, Sha256] = {}
    with explained(opened.archive.root), ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            made = pool.map(
                lambda folder: _stage_one(opened, folder, make_view, report, damaged_too), batch
            )
            views = [one for one in made if one is not None]
            staged = [(one.bag, one.made) for one in views if one.made is not None]
            _exchange(opened, staged, clock, sync)
            looked |= {_key(one.bag): one.pin for one in views}
            report.rebuilt += len(staged)
            progress(start + len(batch), len(chosen))
        _close(opened, looked, clock)
    report.jobs = len(chosen)
    return report


def _close(opened: OpenArchive, looked: dict[str, Sha256], clock: Callable[[], datetime]) -> None:
    """One entry for the whole run, unless nothing is otherwise than the ledger has it."""
    pins = opened.pins
    if pins.building or any(pins.job(key).views != {pin} for key, pin in looked.items()):
        opened.ledger.append(
            "built", clock(), views=looked, templates=templates_digest(), program=__version__
        )


def _stage_one(
    opened: OpenArchive,
    folder: Path,
    make_view: MakeView,
    report: BuildReport,
    damaged_too: bool,
) -> _Staged | None:
    bag = read_bag_or_none(folder)
    name = folder.name
    if bag is None or bag.commitment not in opened.pins.job(_key(bag)).accepted:
        report.problems.append(
            Problem(name, "is not the bag the ledger knows; its page was left as it is")
        )
        return None
    try:
        record = _record(bag, damaged_too)
    except (OSError, ValueError, ArchiverError) as error:
        report.problems.append(Problem(name, f"its page could not be made again: {error}"))
        return None
    moving = not opened.abilities.shares_bytes
    made = stage_rebuilt(opened.archive, bag, record, make_view, moving=moving)
    return _Staged(bag, made, made.pin if made else view_pin(bag.folder, bag.salt))


def _record(bag: Bag, damaged_too: bool) -> JobRecord:
    if not damaged_too and not check_record_untouched(bag):
        raise ValueError("data/record.json is damaged; run `archiver verify`")
    return load_job(bag.folder)


def _exchange(
    opened: OpenArchive,
    staged: list[tuple[Bag, Rebuilt]],
    clock: Callable[[], datetime],
    sync: bool,
) -> None:
    if not staged:
        return
    if sync:
        sync_tree(opened.archive.staging)
    ledger = opened.ledger
    pins = {_key(bag): made.pin for bag, made in staged}
    ledger.append("building", clock(), views=pins, program=__version__)
    gave_way = [
        swap_in(opened.archive, made.staged, bag.folder, made.moves, sync=False)
        for bag, made in staged
    ]
    if sync:
        for parent in {bag.folder.parent for bag, _ in staged}:
            fsync_dir(parent)
    for old in gave_way:
        discard(opened.archive, old)


def _key(bag: Bag) -> str:
    return bag.info.get("Ledger-Identifier") or job_key(bag.info.get("External-Identifier", ""))
