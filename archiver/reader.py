"""Whom a page is made for: their language and their time zone, and how they read an instant.

Everything is a function of the instant, the language and the zone's name; the machine's own zone,
locale and clock play no part, so the same record gives the same page everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from archiver.language import N_, Language, language_of
from archiver.localtime import abbreviation, iso, local, utc, zone


@dataclass(frozen=True, slots=True)
class When:
    """An instant for a `<time>` element: `iso` and `utc` are UTC, `text` is local."""

    iso: str
    utc: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A language and a time zone. The words of the language are at hand here too."""

    language: Language
    tz: ZoneInfo

    def tr(self, message: str, /, **values: object) -> str:
        """A message in the reader's language (`Language.tr`)."""
        return self.language.tr(message, **values)

    def counted(self, number: int, one: str, many: str, /, **values: object) -> str:
        """`1 photo`, `27 photos`, in the reader's language (`Language.counted`)."""
        return self.language.counted(number, one, many, **values)

    def local(self, instant: datetime) -> datetime:
        """`instant` in the reader's zone; at the ends of the calendar, in UTC."""
        return local(instant, self.tz)

    def clock(self, moment: datetime) -> str:
        """`11:12`."""
        return f"{moment.hour:02d}:{moment.minute:02d}"

    def day(self, moment: date) -> str:
        """`22 Oct 2025`."""
        return self._dated(N_("{day} {mon} {year}"), moment)

    def short_day(self, moment: date) -> str:
        """`22 Oct`."""
        return self._dated(N_("{day} {mon}"), moment)

    def weekday(self, moment: date) -> str:
        """`Wed 22 Oct`."""
        return self._dated(N_("{weekday} {day} {mon}"), moment)

    def weekday_of_year(self, moment: date) -> str:
        """`Wed 22 Oct 2025`."""
        return self._dated(N_("{weekday} {day} {mon} {year}"), moment)

    def long_day(self, moment: date) -> str:
        """`Wednesday 22 October 2025`."""
        return self._dated(N_("{long_weekday} {day} {month} {year}"), moment)

    def month(self, moment: date) -> str:
        """`October 2025`."""
        return self._dated(N_("{month} {year}"), moment)

    def _dated(self, message: str, moment: date) -> str:
        return _dated(self.language, message, moment.year, moment.month, moment.day)

    def full(self, moment: datetime) -> str:
        """`Wed 22 Oct 2025, 11:12 BST`."""
        return f"{self.weekday_of_year(moment)}, {self.clock(moment)} {abbreviation(moment)}"

    def exact(self, moment: datetime) -> str:
        """`22 Oct 2025, 11:13:16 BST`."""
        return f"{self.day(moment)}, {moment:%H:%M:%S} {abbreviation(moment)}"

    def when_full(self, instant: datetime) -> When:
        """An instant told in full: `Wed 22 Oct 2025, 11:12 BST`."""
        return When(iso(instant), utc(instant), self.full(self.local(instant)))

    def when_day(self, instant: datetime) -> When:
        """An instant told by its day: `22 Oct 2025`."""
        return When(iso(instant), utc(instant), self.day(self.local(instant)))


@lru_cache(4096)
def _dated(language: Language, message: str, year: int, month: int, day: int) -> str:
    """A day as a message tells it. A page tells few days very often."""
    weekday = date(year, month, day).weekday()
    return language.tr(
        message,
        long_weekday=language.days[weekday],
        weekday=language.days_short[weekday],
        day=day,
        month=language.months[month - 1],
        mon=language.months_short[month - 1],
        year=year,
    )


@cache
def reader_of(language: str, timezone: str) -> Reader:
    """The reader of a BCP 47 tag and an IANA zone. Raises ArchiverError for an unknown zone."""
    return Reader(language_of(language), zone(timezone))
