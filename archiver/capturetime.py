"""What a camera's clock says against the job and the upload: only what surely holds.

EXIF's DateTimeOriginal is the clock on the camera's wall, without a zone (Exif 2.32 §4.6.6.F). A
camera may tell its distance from UTC beside it; then the instant is known. Else it lies between the
clock read at UTC+14 and at UTC-12, and a photo counts as taken before something only if all of that
span does. Clocks can be wrong: what is told is what the camera wrote, and no judgement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from archiver.errors import UsageProblem
from archiver.exif import UTC_OFFSET
from archiver.language import NN_, Language
from archiver.models import JobRecord, StoredFile
from archiver.ownsettings import OWN, own_settings

FAR = timedelta(hours=24)
"""From here on an upload is far from its photo, unless the archive's own `archiver.toml` says
otherwise: what is taken on site is mostly sent that day."""
FAR_SETTING = "far-from-upload"
NEAREST, FARTHEST = timedelta(hours=1), timedelta(days=366)
BEFORE_JOB = timedelta(hours=1)
"""What is taken so shortly before the job was made is of it: one looks first, and writes then."""
_CUT_OFF = timedelta(seconds=1)
"""EXIF leaves out parts of a second."""
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""The largest offsets that clocks on earth have had in our time (IANA: Kiritimati; UTC-12)."""
_WRITTEN = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)\Z")
_DAY, _MONTH, _YEAR = 1, 61, 730
"""Days from which a time is told in days, in months, in years."""

Side = Literal["before job", "before upload", "after upload"]
_SAID: dict[tuple[Side, str], tuple[str, str]] = {
    ("before job", "h"): NN_(
        "about {n} hour before the job was made", "about {n} hours before the job was made"
    ),
    ("before job", "d"): NN_(
        "about {n} day before the job was made", "about {n} days before the job was made"
    ),
    ("before job", "m"): NN_(
        "about {n} month before the job was made", "about {n} months before the job was made"
    ),
    ("before job", "y"): NN_(
        "about {n} year before the job was made", "about {n} years before the job was made"
    ),
    ("before upload", "h"): NN_(
        "about {n} hour before its upload", "about {n} hours before its upload"
    ),
    ("before upload", "d"): NN_(
        "about {n} day before its upload", "about {n} days before its upload"
    ),
    ("before upload", "m"): NN_(
        "about {n} month before its upload", "about {n} months before its upload"
    ),
    ("before upload", "y"): NN_(
        "about {n} year before its upload", "about {n} years before its upload"
    ),
    ("after upload", "h"): NN_(
        "about {n} hour after its upload", "about {n} hours after its upload"
    ),
    ("after upload", "d"): NN_("about {n} day after its upload", "about {n} days after its upload"),
    ("after upload", "m"): NN_(
        "about {n} month after its upload", "about {n} months after its upload"
    ),
    ("after upload", "y"): NN_(
        "about {n} year after its upload", "about {n} years after its upload"
    ),
}


@dataclass(frozen=True, slots=True)
class ClockFact:
    """On which side of what a camera's clock stands, and how far off it is; taken as UTC where the
    camera does not tell its zone."""

    side: Side
    off: timedelta

    def told(self, language: Language) -> str:
        """In words: `about 11 months before the job was made`."""
        days = self.off / timedelta(days=1)
        unit, number = "h", max(1, round(days * 24))
        if days >= _YEAR:
            unit, number = "y", round(days / 365.25)
        elif days >= _MONTH:
            unit, number = "m", round(days / 30.44)
        elif days > _DAY:
            unit, number = "d", max(1, round(days))
        return language.counted(number, *_SAID[self.side, unit])


@dataclass(frozen=True, slots=True)
class _Taken:
    """When a photo was taken: not before `first`, not after `last`; `told` is what is reckoned
    with in words, and `shortly` how little before the job says nothing."""

    first: datetime
    told: datetime
    last: datetime
    shortly: timedelta


def clock_fact(
    record: JobRecord, stored: StoredFile, uploaded: datetime | None, far: timedelta = FAR
) -> ClockFact | None:
    """What there is to say of a kept photo that was `uploaded` then, None if nothing certain. From
    `far` on it is far from its upload.

    That the clock stands before the job was made comes first: it says more.
    """
    taken = _taken(stored)
    created = record.created or record.listed_created
    if taken is None:
        return None
    if created is not None and created - taken.last > taken.shortly:
        return ClockFact("before job", created - taken.told)
    if uploaded is None:
        return None
    if uploaded - taken.last > far:
        return ClockFact("before upload", uploaded - taken.told)
    if taken.first - uploaded > far:
        return ClockFact("after upload", taken.told - uploaded)
    return None


def _taken(stored: StoredFile) -> _Taken | None:
    clock = _instant(stored.captured)
    if clock is None:
        return None
    offset = _offset(stored.captured_offset)
    try:
        if offset is None:
            last = clock + _WEST + _CUT_OFF
            return _Taken(clock - _EAST, clock, last, timedelta(0))
        return _Taken(clock - offset, clock - offset, clock - offset + _CUT_OFF, BEFORE_JOB)
    except OverflowError:  # at the ends of the calendar
        return _Taken(clock, clock, clock, timedelta(0))


def _instant(written: str | None) -> datetime | None:
    """EXIF's clock as if it stood in UTC, None if it is no time: `0000:00:00 00:00:00`, say."""
    found = _WRITTEN.match(written) if written else None
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _offset(written: str | None) -> timedelta | None:
    """A distance from UTC as EXIF writes it: `+02:00`."""
    if written is None or not UTC_OFFSET.fullmatch(written):
        return None
    east = timedelta(hours=int(written[1:3]), minutes=int(written[4:6]))
    return -east if written[0] == "-" else east


# --- how far is far -------------------------------------------------------------------------------


def own_far(root: Path) -> timedelta:
    """What the archive's own `archiver.toml` calls far from an upload, or what is usual. Raises
    UsageProblem for what is no such time."""
    said = own_settings(root).get(FAR_SETTING)
    if said is None:
        return FAR
    try:
        return far_of(said)
    except ValueError as error:
        raise UsageProblem(f"{root / OWN}: {FAR_SETTING}: {error}") from error


def far_of(said: object) -> timedelta:
    """Hours or days from `36h`, `3d`. Raises ValueError, in words for the reader."""
    found = re.fullmatch(r"\s*([0-9]{1,4})\s*([hd])\s*", said) if isinstance(said, str) else None
    if found is None:
        raise ValueError(f"“{said}” is not a time; write hours or days like 24h or 3d.")
    far = timedelta(hours=int(found[1]) * (24 if found[2] == "d" else 1))
    if not NEAREST <= far <= FARTHEST:
        raise ValueError(f"it is from 1h to 366d, not {said}.")
    return far


def far_told(far: timedelta, language: Language) -> str:
    """`36 hours`, `3 days`."""
    hours = far // timedelta(hours=1)
    if hours % 24:
        return language.counted(hours, "{n} hour", "{n} hours")
    return language.counted(hours // 24, "{n} day", "{n} days")
