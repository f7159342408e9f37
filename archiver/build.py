"""`build`: pages, sheets, index and search made again from the archive; no network.

Page and sheets are a pure function of the evidence, so they can be made again years later without
touching a seal. The ledger pins them: a `building` entry names the new views of a batch before its
first folder is exchanged; one `built` entry closes the whole run and pins all views that were
looked at, the unchanged ones too, with the version of the templates.

Several jobs are made again at once, in threads or, where there are `viewhelpers`, in processes;
while a batch is exchanged the next are being made, and what gave way is removed by the same hands:
a thread that removes files beside one that computes waits for Python's lock at each of them.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from archiver import __version__
from archiver.archive import OpenArchive, job_folders, ledger_key
from archiver.catalog import LastView
from archiver.commit import MakeView
from archiver.models import Problem, Sha256
from archiver.restaging import Asked, Hand, OwnHand, Restaged
from archiver.storage import explained, fsync_dir, sync_trees
from archiver.swap import swap_in
from archiver.templating import templates_digest

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
BATCH = 100
"""Jobs whose views are exchanged under one pair of ledger entries."""
_AHEAD = 3
"""Batches being made before the first is exchanged."""


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
    helpers: Sequence[Hand] = (),
    meanwhile: Callable[[], None] = lambda: None,
    sync: bool = True,
    damaged_too: bool = False,
    common: Sha256 | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BuildReport:
    """Make the views of all jobs (or of `folders`) again and exchange those that differ.

    `workers` of them are made at once in threads, and one more by each of `helpers`; what needs no
    view is done `meanwhile`, or at the end where threads would wait for it. A job whose record is
    not the sealed one is left alone and named, unless `damaged_too`: then its page is made to say
    so. With `common`, what all views are made from (`viewinputs`), a view that was made from the
    same before is only looked at. Raises DiskFull, NotWritable, OSError, and what `meanwhile` does.
    """
    report = BuildReport()
    chosen = list(job_folders(opened.archive.root) if folders is None else folders)
    looked: dict[str, Sha256] = {}
    here = OwnHand(opened.archive, make_view, not opened.abilities.shares_bytes)
    known = opened.catalog.views() if common is not None else {}

    def ask(folder: Path) -> Asked:
        key = ledger_key(folder) or ""
        return Asked(folder, key, opened.pins.job(key), damaged_too, common, known.get(key))

    crew = _Crew(here, (here,) * workers + tuple(helpers))
    with explained(opened.archive.root), crew:
        batches = [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]
        # What the ledger says of the next jobs does not change by a batch.
        begun = deque(crew.begin(map(ask, batch)) for batch in batches[:_AHEAD])
        removed: list[Future[None]] = []
        if not workers:
            meanwhile()
        done = 0
        for number, batch in enumerate(batches):
            views = _ended(begun.popleft(), report)
            begun += [crew.begin(map(ask, one)) for one in batches[number + _AHEAD :][:1]]
            gave_way = _exchange(opened, [one for one in views if one.made], clock, sync)
            _all_ended(removed)
            removed = crew.discard(gave_way)
            looked |= {one.key: one.pin for one in views}
            _note(opened, views, known)
            report.rebuilt += len(gave_way)
            done += len(batch)
            progress(done, len(chosen))
        _all_ended(removed)
        _close(opened, looked, clock)
        if workers:
            meanwhile()
    report.jobs = len(chosen)
    return report


class _Crew:
    """Those who work at a build, each at one thing at a time; whoever is free takes the next, and
    `here` what one left that was lost."""

    def __init__(self, here: Hand, hands: Sequence[Hand]) -> None:
        self._here = here
        self._free: queue.SimpleQueue[Hand] = queue.SimpleQueue()
        for hand in reversed(hands):
            self._free.put(hand)
        self._pool = ThreadPoolExecutor(len(hands), thread_name_prefix="build")

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        # After an error nobody begins another job.
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, jobs: Iterable[Asked]) -> list[Future[Restaged | Problem]]:
        return [self._pool.submit(self._with_a_hand, _make, job) for job in jobs]

    def discard(self, folders: Iterable[Path]) -> list[Future[None]]:
        return [self._pool.submit(self._with_a_hand, _discard, one) for one in folders]

    def _with_a_hand(self, do: Callable[[Hand, _Thing], _Result], thing: _Thing) -> _Result:
        hand = self._free.get()
        try:
            return do(hand, thing)
        except ChildProcessError:
            return do(self._here, thing)
        finally:
            self._free.put(hand)


def _make(hand: Hand, asked: Asked) -> Restaged | Problem:
    return hand.make(asked)


def _discard(hand: Hand, old: Path) -> None:
    hand.discard(old)


def _all_ended(removed: Iterable[Future[None]]) -> None:
    """Wait for folders to be removed. Raises OSError."""
    for future in removed:
        future.result()


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
) -> list[Path]:
    """Make a batch's new views visible; gives the folders that gave way to them."""
    if not staged:
        return []
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
    return gave_way
