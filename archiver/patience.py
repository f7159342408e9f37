"""How much of one run a single bad host may cost.

An address is tried a bounded number of times, but a host may hold thousands of them: one that only
stalls, or that asks for a pause at every request, must not keep a nightly run from ending.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

MOST_STALLS = 48
"""Stalled transfers of one host, without a whole one between them, after which it is left alone."""
SECOND_TRIES = 16
"""From this many on, a stalled address of that host is not tried a second time."""
LONGEST_PAUSE = 300.0
"""Seconds during which a host may go on asking for pauses (`Retry-After`) and give nothing."""


class Patience:
    """What each host has cost so far. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stalls: Counter[str] = Counter()
        self._pausing: dict[str, float] = {}

    def gave(self, host: str) -> None:
        """A whole file came: the host works, whatever it did before."""
        self._stalls.pop(host, None)
        self._pausing.pop(host, None)

    def stalled(self, host: str) -> bool:
        """A transfer stalled; tells whether the address may be tried a second time."""
        self._stalls[host] += 1
        return self._stalls[host] < SECOND_TRIES

    def is_spent(self, host: str) -> bool:
        """Whether the host only ever stalled, so often that it is not asked again in this run."""
        return self._stalls[host] >= MOST_STALLS

    def may_pause(self, host: str) -> bool:
        """Whether a pause the host asks for is still granted."""
        since = self._pausing.setdefault(host, self._clock())
        return self._clock() - since < LONGEST_PAUSE
