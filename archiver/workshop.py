"""What archiving jobs needs, shared by all jobs of a run: clients, archive, threads, budgets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from archiver.addresses import address_key
from archiver.api import ApiClient
from archiver.archive import (
    OpenArchive,
)
from archiver.blobs import Blob, Blobs
from archiver.commit import MakeView
from archiver.download import Downloader, FetchFailure
from archiver.errors import ArchiverError
from archiver.marks import Suppression
from archiver.models import (
    AddressKey,
    JobId,
    JobRecord,
    JobSummary,
)

_T = TypeVar("_T")
LARGE_BODY = 1_500_000
"""Bytes from which on details bodies are worked on one at a time."""
BODIES_AT_ONCE = 4_000_000
"""Bytes of details bodies worked on at once; what is made of them takes some twenty times that."""
Clock = Callable[[], datetime]
SaltSource = Callable[[JobId, int], bytes]
"""Gives the 32 bytes of salt for a job's seal: random, except in a test driver."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a run shows while it works: called from the event loop, must return at once."""

    photo: Callable[[int, bool], None] = lambda size, kept: None


class Budget:
    """A number of bytes that jobs share: one that wants more than is left waits its turn."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._size = size
        self._waiting: list[asyncio.Future[None]] = []

    async def take(self, wanted: int) -> None:
        """Wait until so many bytes are left, or nobody else holds any."""
        while self._left < min(wanted, self._size):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._left -= wanted

    def give_back(self, taken: int) -> None:
        """Give back bytes that were taken, and let those who wait look again."""
        self._left += taken
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)


@dataclass
class Workshop:
    """All that archiving a job needs; one for a whole run.

    `suppression` is what was erased here and must not come back. `workers` runs what reads or
    writes the disk. `volatile_query` are more names of query parameters that change without
    meaning. `last_complete` is when the last complete run began. `try_accepted` says that losses a
    person has accepted are tried whether they are due or not, `recheck_images` that the addresses
    of kept pictures are asked again.
    """

    open: OpenArchive
    api: ApiClient
    downloads: Downloader
    blobs: Blobs
    make_view: MakeView
    summarise: Callable[[JobRecord], JobSummary]
    workers: Executor
    clock: Clock
    salt: SaltSource
    last_complete: datetime | None = None
    volatile_query: tuple[str, ...] = ()
    try_accepted: bool = False
    recheck_images: bool = False
    fsync: bool = True
    counters: Counters = field(default_factory=Counters)
    taken: set[str] = field(default_factory=set)
    large: asyncio.Lock = field(default_factory=asyncio.Lock)
    budget: Budget = field(default_factory=lambda: Budget(BODIES_AT_ONCE))
    suppression: Suppression = field(default_factory=Suppression)
    turn: threading.Lock = field(default_factory=threading.Lock)
    shared: dict[str, asyncio.Future[Blob | FetchFailure]] = field(default_factory=dict)

    def undisturbed(self) -> AbstractContextManager[Any]:
        """A time in which no job's folder is absent: where folders cannot be exchanged in one
        step, whoever exchanges one and whoever reads another job's take turns."""
        able = self.open.abilities
        return nullcontext() if able.exchange and able.shares_bytes else self.turn

    def key_of(self, address: str) -> AddressKey:
        """An address in the form in which addresses are compared."""
        return address_key(address, api_origin=self.api.origin, volatile_query=self.volatile_query)

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do something on a worker thread. A cancelled caller waits for it to end all the same,
        so that a commit is never left half-known."""
        future = asyncio.get_running_loop().run_in_executor(self.workers, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise


async def together(tasks: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run coroutines at once and give their results in order; the first error stops the others
    and is raised as itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(task) for task in tasks]
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None
    return [task.result() for task in running]


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error of a group that matters most: what stops the run, else whichever came first."""
    flat: list[BaseException] = []
    waiting: list[BaseException] = [errors]
    while waiting:
        error = waiting.pop(0)
        if isinstance(error, BaseExceptionGroup):
            waiting.extend(error.exceptions)
        else:
            flat.append(error)
    return next((error for error in flat if isinstance(error, ArchiverError)), flat[0])
