"""Instants as people read them: in the archive's time zone, with the UTC value beside them.

Everything is a function of the instant and the zone's name; the machine's own zone, locale and
clock play no part, so the same record gives the same page everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MON = tuple(month[:3] for month in _MONTHS)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class When:
    """An instant for a `<time>` element: `iso` and `utc` are UTC, `text` is local."""

    iso: str
    utc: str
    text: str


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown one."""
    return ZoneInfo(name)


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
    exact = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.isoformat(timespec=exact)[:-6] + "Z"


def utc(instant: datetime) -> str:
    """`2025-10-22 10:12:31 UTC`."""
    return instant.isoformat(" ", "seconds")[:-6] + " UTC"


def abbreviation(moment: datetime) -> str:
    """The zone's short name at a local moment: `BST`; `UTC+03` where it has only a number."""
    name = moment.tzname() or "UTC"
    return "UTC" + name if name[0] in "+-" else name


def clock(moment: datetime) -> str:
    """`11:12`."""
    return f"{moment.hour:02d}:{moment.minute:02d}"


def day(moment: date) -> str:
    """`22 Oct 2025`."""
    return f"{moment.day} {_MON[moment.month - 1]} {moment.year}"


def weekday(moment: date) -> str:
    """`Wed 22 Oct`."""
    return f"{_WEEKDAYS[moment.weekday()][:3]} {moment.day} {_MON[moment.month - 1]}"


def long_day(moment: date) -> str:
    """`Wednesday 22 October 2025`."""
    month = _MONTHS[moment.month - 1]
    return f"{_WEEKDAYS[moment.weekday()]} {moment.day} {month} {moment.year}"


def month(moment: date) -> str:
    """`October 2025`."""
    return f"{_MONTHS[moment.month - 1]} {moment.year}"


def full(moment: datetime) -> str:
    """`Wed 22 Oct 2025, 11:12 BST`."""
    return f"{weekday(moment)} {moment.year}, {clock(moment)} {abbreviation(moment)}"


def exact(moment: datetime) -> str:
    """`22 Oct 2025, 11:13:16 BST`."""
    seconds = f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
    return f"{day(moment)}, {seconds} {abbreviation(moment)}"


def when_full(instant: datetime, tz: ZoneInfo) -> When:
    """An instant told in full: `Wed 22 Oct 2025, 11:12 BST`."""
    return When(iso(instant), utc(instant), full(local(instant, tz)))


def when_day(instant: datetime, tz: ZoneInfo) -> When:
    """An instant told by its day: `22 Oct 2025`."""
    return When(iso(instant), utc(instant), day(local(instant, tz)))


def epoch_day(moment: date) -> int:
    """Days from 1970-01-01 to the date of `moment`."""
    return moment.toordinal() - _EPOCH_DAY
