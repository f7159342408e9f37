"""Progress of a sync: a live display on a terminal, plain lines when piped, nothing with `-q`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

import humanize
from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from archiver.cli.console import Console, shown
from archiver.models import JobOutcome
from archiver.sync import Reporter

PLAIN_EVERY = 10.0
"""Seconds between two plain lines, so that a nightly log stays short."""


class SyncProgress(AbstractContextManager["SyncProgress"]):
    """Shows jobs, photos, bytes, rate and time left while a sync runs."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._started = clock()
        self._last = self._started
        self._jobs = 0
        self._total = 0
        self._photos = 0
        self._bytes = 0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> SyncProgress:
        if self._console.interactive:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[photos]}"),
                TimeRemainingColumn(),
                console=RichConsole(file=self._console.err),
                transient=True,
            )
            self._task = self._bar.add_task("reading the job list", total=None, photos="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def reporter(self) -> Reporter:
        """What the pipeline calls."""
        return Reporter(listed=self._listed, job=self._job, photo=self._photo, note=self._note)

    def _listed(self, jobs: int) -> None:
        self._total = jobs
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description="jobs", total=jobs)
        else:
            self._console.note(f"{jobs} jobs to look at")

    def _job(self, outcome: JobOutcome) -> None:
        self._jobs += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._jobs, total=max(self._total, self._jobs))
        elif self._console.verbose:
            self._console.note(f"{outcome.job_id}: {outcome.state}")
        self._tell()

    def _photo(self, size: int, kept: bool) -> None:
        self._photos += kept
        self._bytes += size
        self._tell()

    def _note(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(shown(text), highlight=False, markup=False)
        else:
            self._console.note(text)

    def _tell(self) -> None:
        now = self._clock()
        if self._bar is None and now - self._last < PLAIN_EVERY:
            return
        rate = self._bytes / max(now - self._started, 0.001)
        photos = (
            f"{self._photos} photos, {humanize.naturalsize(self._bytes)}, "
            f"{humanize.naturalsize(rate)}/s"
        )
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, photos=photos)
        else:
            self._last = now
            self._console.note(f"{self._jobs} of {self._total} jobs, {photos}")
