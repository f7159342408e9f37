"""What the plain pages of months have in common, those of jobs and those of photos."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from archiver.reader import Reader


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page to turn to; `href` is empty for the one being shown."""

    href: str
    text: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class YearOfMonths:
    """A year's month pages, or those without a date."""

    heading: str
    months: tuple[PageLink, ...]


def by_year(reader: Reader, months: Iterable[tuple[str, PageLink]]) -> tuple[YearOfMonths, ...]:
    """Month pages under their years, in the order given; each with its month (`2025-10`, empty
    without a date)."""
    return tuple(
        YearOfMonths(year or reader.tr("Without a date"), tuple(link for _, link in inside))
        for year, inside in groupby(months, lambda one: one[0][:4])
    )


def month_name(reader: Reader, month: str) -> str:
    """`October 2025` of `2025-10`."""
    return reader.month(date(int(month[:4]), int(month[5:]), 1))
