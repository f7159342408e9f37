"""Instants in the archive's time zone and in UTC, without words; `reader` tells them in a language.

Everything is a function of the instant and the zone's name; the machine's own zone and clock play
no part.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archiver.errors import ArchiverError

_EPOCH_DAY = date(1970, 1, 1).toordinal()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an archive by its IANA name. Raises ArchiverError for one that is not known here:
    the archive may come from a computer that knows more of them."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ArchiverError(
            f"This computer does not know the archive's time zone “{name}”.",
            "Bring its time zones up to date (`pip install --upgrade tzdata`), or give the archive "
            "another with `archiver sync --timezone`.",
        ) from error


def local(instant: datetime, tz: ZoneInfo) -> datetime:
    """`instant` in the zone; at the ends of the calendar, where that would overflow, in UTC."""
    try:
        return instant.astimezone(tz)
    except (OverflowError, ValueError):
        return instant


def iso(instant: datetime) -> str:
    """`2025-10-22T10:12:31.460Z`: UTC, to the millisecond, or to the microsecond if there is one.

    `instant` is in UTC, as all times of the models are.
    """
    # By hand: `isoformat` asks the zone, which takes four times as long as the rest.
    fraction = instant.microsecond
    digits = f"{fraction:06d}" if fraction % 1000 else f"{fraction // 1000:03d}"
    return (
        f"{instant.year:04d}-{instant.month:02d}-{instant.day:02d}"
        f"T{instant.hour:02d}:{instant.minute:02d}:{instant.second:02d}.{digits}Z"
    )


def compact(instant: datetime) -> str:
    """`20251022T101316Z`: as it stands in names of files. `instant` is in UTC."""
    # Not by `strftime`: its %Y has no leading zeros on Linux.
    return (
        f"{instant.year:04d}{instant.month:02d}{instant.day:02d}"
        f"T{instant.hour:02d}{instant.minute:02d}{instant.second:02d}Z"
    )


def utc(instant: datetime) -> str:
    """`2025-10-22 10:12:31 UTC`."""
    return (
        f"{instant.year:04d}-{instant.month:02d}-{instant.day:02d}"
        f" {instant.hour:02d}:{instant.minute:02d}:{instant.second:02d} UTC"
    )


def abbreviation(moment: datetime) -> str:
    """The zone's short name at a local moment: `BST`; `UTC+03` where it has only a number."""
    name = moment.tzname() or "UTC"
    return "UTC" + name if name[0] in "+-" else name


def epoch_day(moment: date) -> int:
    """Days from 1970-01-01 to the date of `moment`."""
    return moment.toordinal() - _EPOCH_DAY
