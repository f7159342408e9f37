"""How much of an archive one verification reads: the longest unchecked first, within limits.

Pure. A share rotates: what was just read goes to the end of the queue, so that repeated runs read
everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one verification, each None for none. `share` is a part of the archive's bytes,
    0 to 1; jobs read within `max_age` are passed over; no job is begun after `max_duration`."""

    share: float | None = None
    max_age: timedelta | None = None
    max_duration: timedelta | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything is to be read."""
        return self == WHOLE


WHOLE = Budget()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job that could be read: its folder, its payload's bytes, and when it was last read in
    full, None if never."""

    folder: Path
    key: str
    size: int
    checked: datetime | None


def choose(candidates: Iterable[Candidate], budget: Budget, now: datetime) -> Sequence[Candidate]:
    """The jobs to read, longest unchecked first; with a share, as many as reach it, at least one
    of those that are due."""
    queue = sorted(candidates, key=lambda one: (one.checked or _NEVER, one.folder.name))
    wanted = sum(one.size for one in queue) * (1.0 if budget.share is None else budget.share)
    if budget.max_age is not None:
        oldest = now - budget.max_age
        queue = [one for one in queue if one.checked is None or one.checked < oldest]
    if budget.share is None:
        return queue
    chosen: list[Candidate] = []
    reached = 0
    for one in queue:
        if chosen and reached >= wanted:
            break
        chosen.append(one)
        reached += one.size
    return chosen
