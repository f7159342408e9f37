"""Contexts of the pages that list photos by month without scripts: `photos.html`, `photos-*.html`.

A large month is parted, the oldest photos first, so that a new photo changes the last part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from archiver.monthpages import PageLink, YearOfMonths, by_year, month_name
from archiver.pagetext import href
from archiver.pagewords import photos_counted
from archiver.photoshards import UNDATED, PhotoOfJob
from archiver.reader import Reader
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
    reader: Reader,
    workspace: str | None,
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
            PageLink(
                "" if other == number else page_name(month, other),
                reader.tr("Part {number}", number=other + 1),
            )
            for other in range(len(starts))
        )
        pages[page_name(month, number)] = PhotoMonthPage(
            lang=reader.language.tag,
            workspace=workspace or "",
            heading=_heading(reader, month),
            count=photos_counted(reader, len(photos)),
            groups=_groups(oldest_first[start : start + PART], reader),
            parts=parts if len(parts) > 1 else (),
            newer=PageLink(page_name(newer), _name(reader, newer)) if newer else None,
            older=PageLink(page_name(older), _name(reader, older)) if older else None,
        )
    return pages


def months_page(
    months: Sequence[tuple[str, int]], reader: Reader, workspace: str | None
) -> PhotoMonthsPage:
    """The list of months; `months` are the newest first, each with its number of photos."""
    links = (
        (
            "" if month == UNDATED else month,
            PageLink(page_name(month), _name(reader, month), photos_counted(reader, photos)),
        )
        for month, photos in months
    )
    return PhotoMonthsPage(reader.language.tag, workspace or "", by_year(reader, links))


def page_name(month: str, part: int = 0) -> str:
    """`photos-2025-10.html`, `photos-2025-10-part-2.html`."""
    return f"photos-{month}-part-{part + 1}.html" if part else f"photos-{month}.html"


def _name(reader: Reader, month: str) -> str:
    return reader.tr("Without a date") if month == UNDATED else month_name(reader, month)


def _heading(reader: Reader, month: str) -> str:
    if month == UNDATED:
        return reader.tr("Photos, without a date")
    return reader.tr("Photos, {month}", month=month_name(reader, month))


def _groups(photos: Sequence[PhotoOfJob], reader: Reader) -> tuple[PhotoGroup, ...]:
    groups = []
    for (day, folder), inside in groupby(photos, lambda one: (_day(one, reader), one.folder)):
        members = list(inside)
        page = f"{folder}/index.html"
        groups.append(
            PhotoGroup(
                title=members[0].title,
                href=href(page),
                day=day,
                people=", ".join(dict.fromkeys(one.photo.person for one in members)),
                tiles=tuple(_tile(one, reader) for one in members),
            )
        )
    return tuple(groups)


def _day(one: PhotoOfJob, reader: Reader) -> str:
    if one.photo.second is None:
        return ""
    return reader.day(reader.local(instant_of(one.photo.second)))


def _tile(one: PhotoOfJob, reader: Reader) -> Tile:
    number = f"{one.photo.number:04d}"
    return Tile(
        href=f"{href(one.folder)}/index.html#photo-{number}",
        thumb=href(f"{one.folder}/{one.photo.thumbnail}") if one.photo.thumbnail else "",
        alt=reader.tr("Photo {number}", number="#" + number),
    )
