"""`build`: pages, sheets, index and search made again from the archive; no network.

Page and sheets are a pure function of the evidence, so they can be made again years later without
touching a seal. The ledger pins them: a `building` entry names the new views of a batch before its
first folder is exchanged; one `built` entry closes the whole run and pins all views that were
looked at, the unchanged ones too, with the version of the templates.

Several jobs are made again at once, in threads and, where there are `viewhelpers`, in processes;
while a batch is exchanged the next is being made.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archiver import __version__
from archiver.archive import OpenArchive, job_folders, ledger_key
from archiver.catalog import LastView
from archiver.commit import MakeView, discard
from archiver.models import Problem, Sha256
from archiver.restaging import Asked, Restaged, Stage, restage
from archiver.storage import explained, fsync_dir, sync_trees
from archiver.swap import swap_in
from archiver.templating import templates_digest

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


def build_views(
    opened: OpenArchive,
    make_view: MakeView,
    clock: Callable[[], datetime],
    *,
    folders: Iterable[Path] | None = None,
    workers: int = 2,
    helpers: Sequence[Stage] = (),
    sync: bool = True,
    damaged_too: bool = False,
    common: Sha256 | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BuildReport:
    """Make the views of all jobs (or of `folders`) again and exchange those that differ.

    `workers` of them are made at once in threads, and one more by each of `helpers`. A job whose
    record is not the sealed one is left alone and named, unless `damaged_too`: then its page is
    made to say so. With `common`, what all views are made from (`viewinputs`), a view that was made
    from the same before is only looked at. Raises DiskFull, NotWritable, OSError.
    """
    report = BuildReport()
    chosen = list(job_folders(opened.archive.root) if folders is None else folders)
    looked: dict[str, Sha256] = {}
    moving = not opened.abilities.shares_bytes
    known = opened.catalog.views() if common is not None else {}

    def here(asked: Asked) -> Restaged | Problem:
        return restage(opened.archive, make_view, asked, moving=moving)

    def ask(folder: Path) -> Asked:
        key = ledger_key(folder) or ""
        return Asked(folder, key, opened.pins.job(key), damaged_too, common, known.get(key))

    crew = _Crew((here,) * workers + tuple(helpers))
    with explained(opened.archive.root), crew:
        batches = [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]
        waiting = [crew.begin(map(ask, batch)) for batch in batches[:1]]
        done = 0
        for number, batch in enumerate(batches, 1):
            begun = waiting.pop()
            # What the ledger says of the next jobs does not change by this batch.
            waiting += [crew.begin(map(ask, later)) for later in batches[number : number + 1]]
            views = _ended(begun, report)
            _exchange(opened, [one for one in views if one.made is not None], clock, sync)
            looked |= {one.key: one.pin for one in views}
            _note(opened, views, known)
            report.rebuilt += sum(one.made is not None for one in views)
            done += len(batch)
            progress(done, len(chosen))
        _close(opened, looked, clock)
    report.jobs = len(chosen)
    return report


class _Crew:
    """Those who make views, each one at a time; whoever is free takes the next job."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._free: queue.SimpleQueue[Stage] = queue.SimpleQueue()
        for stage in reversed(stages):
            self._free.put(stage)
        self._pool = ThreadPoolExecutor(len(stages), thread_name_prefix="build")

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        # After an error nobody begins another job.
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, jobs: Iterable[Asked]) -> list[Future[Restaged | Problem]]:
        return [self._pool.submit(self._make, job) for job in jobs]

    def _make(self, job: Asked) -> Restaged | Problem:
        stage = self._free.get()
        try:
            return stage(job)
        finally:
            self._free.put(stage)


def _ended(begun: list[Future[Restaged | Problem]], report: BuildReport) -> list[Restaged]:
    """What came of a batch, in its order; problems go into the report."""
    views: list[Restaged] = []
    for future in begun:
        one = future.result()
        if isinstance(one, Problem):
            report.problems.append(one)
        else:
            views.append(one)
    return views


def _note(opened: OpenArchive, views: Iterable[Restaged], known: Mapping[str, LastView]) -> None:
    """Remember what the views of a batch were made from."""
    made = {one.key: LastView(one.made_from, one.pin) for one in views if one.made_from is not None}
    news = {key: last for key, last in made.items() if known.get(key) != last}
    if news:
        opened.catalog.note_views(news)


def _close(opened: OpenArchive, looked: dict[str, Sha256], clock: Callable[[], datetime]) -> None:
    """One entry for the whole run, unless nothing is otherwise than the ledger has it."""
    pins = opened.pins
    if pins.building or any(pins.job(key).views != {pin} for key, pin in looked.items()):
        opened.ledger.append(
            "built",
            clock(),
            views=looked,
            templates=templates_digest(opened.templates),
            program=__version__,
        )


def _exchange(
    opened: OpenArchive, staged: list[Restaged], clock: Callable[[], datetime], sync: bool
) -> None:
    if not staged:
        return
    if sync:
        sync_trees([one.made.staged for one in staged if one.made is not None])
    ledger = opened.ledger
    pins = {one.key: one.pin for one in staged}
    ledger.append("building", clock(), views=pins, program=__version__)
    gave_way = [
        swap_in(opened.archive, one.made.staged, one.folder, one.made.moves, sync=False)
        for one in staged
        if one.made is not None
    ]
    if sync:
        for parent in {one.folder.parent for one in staged}:
            fsync_dir(parent)
    for old in gave_way:
        discard(opened.archive, old)
