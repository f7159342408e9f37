"""Contexts of the pages that list photos by month without scripts: `photos.html`, `photos-*.html`.

A large month is parted, the oldest photos first, so that a new photo changes the last part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from archiver import localtime
from archiver.jobpage import language_tag
from archiver.monthpages import PageLink, YearOfMonths, by_year, month_name
from archiver.pagetext import count, href
from archiver.photoshards import UNDATED, PhotoOfJob
from archiver.searchable import instant_of

PART = 500
"""Photos a page: some 150 kB of HTML."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One photo: where it stands in its job's page, and its thumbnail (empty if there is none)."""

    href: str
    thumb: str
    alt: str


@dataclass(frozen=True, slots=True)
class PhotoGroup:
    """A job's photos of one day."""

    title: str
    href: str
    day: str
    people: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class PhotoMonthPage:
    """All that `photomonth.html` may use: the photos of a month, or of a part of it."""

    lang: str
    workspace: str
    heading: str
    count: str
    groups: tuple[PhotoGroup, ...]
    parts: tuple[PageLink, ...]
    newer: PageLink | None
    older: PageLink | None


@dataclass(frozen=True, slots=True)
class PhotoMonthsPage:
    """All that `photos.html` may use: every month there is."""

    lang: str
    workspace: str
    years: tuple[YearOfMonths, ...]


def month_pages(
    month: str,
    photos: Sequence[PhotoOfJob],
    tz: ZoneInfo,
    workspace: str | None,
    language: str,
    *,
    newer: str | None = None,
    older: str | None = None,
) -> dict[str, PhotoMonthPage]:
    """The pages of one month by file name; `photos` are the newest first, `newer` and `older` the
    months beside it."""
    oldest_first = list(reversed(photos))
    starts = range(0, len(oldest_first), PART)
    pages: dict[str, PhotoMonthPage] = {}
    for number, start in enumerate(starts):
        parts = tuple(
            PageLink("" if other == number else page_name(month, other), f"Part {other + 1}")
            for other in range(len(starts))
        )
        pages[page_name(month, number)] = PhotoMonthPage(
            lang=language_tag(language),
            workspace=workspace or "",
            heading=f"Photos, {_name(month)}",
            count=count(len(photos), "photo"),
            groups=_groups(oldest_first[start : start + PART], tz),
            parts=parts if len(parts) > 1 else (),
            newer=PageLink(page_name(newer), _name(newer)) if newer else None,
            older=PageLink(page_name(older), _name(older)) if older else None,
        )
    return pages


def months_page(
    months: Sequence[tuple[str, int]], workspace: str | None, language: str
) -> PhotoMonthsPage:
    """The list of months; `months` are the newest first, each with its number of photos."""
    links = (
        (
            "" if month == UNDATED else month,
            PageLink(page_name(month), _name(month, "Without a date"), count(photos, "photo")),
        )
        for month, photos in months
    )
    return PhotoMonthsPage(language_tag(language), workspace or "", by_year(links))


def page_name(month: str, part: int = 0) -> str:
    """`photos-2025-10.html`, `photos-2025-10-part-2.html`."""
    return f"photos-{month}-part-{part + 1}.html" if part else f"photos-{month}.html"


def _name(month: str, undated: str = "without a date") -> str:
    return undated if month == UNDATED else month_name(month)


def _groups(photos: Sequence[PhotoOfJob], tz: ZoneInfo) -> tuple[PhotoGroup, ...]:
    groups = []
    for (day, folder), inside in groupby(photos, lambda one: (_day(one, tz), one.folder)):
        members = list(inside)
        page = f"{folder}/index.html"
        groups.append(
            PhotoGroup(
                title=members[0].title,
                href=href(page),
                day=day,
                people=", ".join(dict.fromkeys(one.photo.person for one in members)),
                tiles=tuple(_tile(one) for one in members),
            )
        )
    return tuple(groups)


def _day(one: PhotoOfJob, tz: ZoneInfo) -> str:
    if one.photo.second is None:
        return ""
    return localtime.day(localtime.local(instant_of(one.photo.second), tz))


def _tile(one: PhotoOfJob) -> Tile:
    number = f"{one.photo.number:04d}"
    return Tile(
        href=f"{href(one.folder)}/index.html#photo-{number}",
        thumb=href(f"{one.folder}/{one.photo.thumbnail}") if one.photo.thumbnail else "",
        alt=f"Photo #{number}",
    )
