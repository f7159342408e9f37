"""Places for transfers, given up by those that stand still.

Sixteen transfers at once are plenty, unless sixteen stalled ones hold all the places: 300 stalled
addresses, tried twice for 30 s each, would hold a run up for 19 minutes. So a transfer that
brings next to nothing for a few seconds is *parked*: it goes on waiting, but its place goes to
another, and it queues for a place again once bytes come in earnest.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

_EARNEST = 65_536
"""Bytes after which a parked transfer asks for a place again."""


class Slots:
    """A number of places. A transfer that brings fewer than `rate` bytes a second over
    `park_after` seconds loses its place, while fewer than `max_parked` are parked."""

    def __init__(
        self, places: int, *, rate: float, park_after: float, max_parked: int = 256
    ) -> None:
        self.places = asyncio.Semaphore(places)
        self.rate = rate
        self.park_after = park_after
        self.max_parked = max_parked
        self.parked = 0


class Slot:
    """One transfer's place; use it as `async with`, and report what arrives with `moved`."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._holding = False
        self._moved = 0
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._take()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._holding:
            self._holding = False
            self._slots.places.release()
        else:
            self._slots.parked -= 1

    async def moved(self, size: int) -> bool:
        """Report `size` more bytes; waits for a place where it is time to. Tells whether it
        waited."""
        self._moved += size
        if self._holding or self._moved < _EARNEST:
            return False
        await self._take()
        self._slots.parked -= 1
        return True

    async def _take(self) -> None:
        await self._slots.places.acquire()
        self._holding = True
        self._watch()

    def _watch(self) -> None:
        self._moved = 0
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._slots.park_after, self._look)

    def _look(self) -> None:
        slots = self._slots
        slow = self._moved < slots.rate * slots.park_after
        if not slow or slots.parked >= slots.max_parked:
            self._watch()
            return
        self._moved = 0
        self._holding = False
        slots.parked += 1
        slots.places.release()
