"""Pausing while the network is down, so that an outage fails no photo.

Told apart are three cases:

- A host that answered before cannot be reached at all: it is down, or we are. Requests to it
  wait while one of them probes, less and less often; when that gets through, all go on.
- Many requests in a row, to hosts that never answered, cannot be reached: a host that did answer
  is asked. If it answers, the others are really gone, and fail by name; if not, all wait for it.
- A host that never answered, among others that do: its requests fail, after their tries.

"Reached" is any HTTP answer, whatever its status. After `patience` seconds NetworkDown is raised
for everybody, and the run ends with what it has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp

from archiver.errors import NetworkDown
from archiver.transport import in_words, is_unreachable, refused_address

T = TypeVar("T")
Call = Callable[[], Awaitable[T]]

PATIENCE = 300.0
"""Seconds of outage after which a run gives up."""

MANY_IN_A_ROW = 10
"""Unreachable requests without any answer between them, that make us doubt our own network."""

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


@dataclass(slots=True)
class _Host:
    """What is known of one host: `down_since` is the clock's time of the first fault of an
    outage; `probe` asks it for anything at all, and raises when it cannot be reached."""

    probe: Call[object]
    reached: bool = False
    down_since: float | None = None
    probing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Reach:
    """One for a whole run, shared by the API client and the downloads.

    `tell` is given a sentence when requests pause and when they go on. `clock` (seconds,
    monotonic) and `sleep` are injected by tests.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        tell: Callable[[str], None] = lambda words: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._patience = patience
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._in_a_row = 0
        self._given_up: NetworkDown | None = None

    async def attempt(self, host: str, call: Call[T], *, probe: Call[object]) -> T:
        """The result of `call`, a request to `host` up to its answer's head.

        While `host` is down it waits. What `call` raises is raised, unless the host is down: then
        it is called again when the host is back. `probe` asks the host for anything at all; it
        is kept, to ask later whether the host is there. Raises NetworkDown after `patience`.
        """
        known = self._hosts.setdefault(host, _Host(probe))
        known.probe = probe
        while True:
            await self._wait_for(host, known)
            try:
                result = await call()
            except aiohttp.ClientError as error:
                if not await self._is_outage(host, known, error):
                    raise
            else:
                self._answered(host, known)
                return result

    def _answered(self, host: str, known: _Host) -> None:
        known.reached = True
        self._in_a_row = 0
        if known.down_since is not None:
            seconds = self._clock() - known.down_since
            known.down_since = None
            self._tell(f"{host} answers again after {seconds:.0f} s; going on")

    async def _is_outage(self, host: str, known: _Host, error: aiohttp.ClientError) -> bool:
        """Whether the fault is an outage, rather than one answer or a host that is not there."""
        if not is_unreachable(error) or refused_address(error):
            return False
        if known.reached:
            self._mark_down(host, known, error)
            return True
        self._in_a_row += 1
        return self._in_a_row >= MANY_IN_A_ROW and await self._all_are_gone(error)

    async def _all_are_gone(self, error: aiohttp.ClientError) -> bool:
        """Ask a host that did answer. False when it is there; else True, once it is back."""
        name, other = next(
            ((name, host) for name, host in self._hosts.items() if host.reached), (None, None)
        )
        if name is None or other is None:
            return False
        if other.down_since is None and await _answers(other.probe):
            self._answered(name, other)
            return False
        self._mark_down(name, other, error)
        await self._wait_for(name, other)
        return True

    def _mark_down(self, host: str, known: _Host, error: aiohttp.ClientError) -> None:
        if known.down_since is None:
            known.down_since = self._clock()
            self._tell(
                f"{host} cannot be reached: {in_words(error)}. Waiting up to"
                f" {self._patience / 60:.0f} min for it to come back"
            )

    async def _wait_for(self, host: str, known: _Host) -> None:
        """Until `host` answers its probe: one caller asks, the others wait for that one."""
        if known.down_since is None and self._given_up is None:
            return
        async with known.probing:
            wait = _FIRST_WAIT
            while (since := known.down_since) is not None or self._given_up is not None:
                await self._pause(host, since, wait)
                wait = min(wait * 2, _LONGEST_WAIT)
                if await _answers(known.probe):
                    self._answered(host, known)

    async def _pause(self, host: str, since: float | None, wait: float) -> None:
        """Wait before the next probe; raises NetworkDown once patience is at its end."""
        left = 0.0 if since is None else since + self._patience - self._clock()
        if left <= 0 and self._given_up is None:
            self._given_up = NetworkDown(
                f"{host} could not be reached for {self._patience / 60:.0f} min",
                "what was fetched is kept; run the same command again when the network is back",
            )
        if self._given_up is not None:
            raise NetworkDown(self._given_up.message, self._given_up.hint)
        await self._sleep(min(wait, left))


async def _answers(probe: Call[object]) -> bool:
    """Whether the host gives any answer: also one that is broken, or an error."""
    try:
        await probe()
    except aiohttp.ClientError as error:
        return not is_unreachable(error)
    except TimeoutError:
        return False
    return True
