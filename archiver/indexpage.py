"""Contexts of the pages that list jobs: the index, its plain month pages, and a zip's index.

They hold what a reader without scripts needs; `assets/index.js` shows the rest from `search/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from archiver import localtime
from archiver.jobpage import language_tag
from archiver.localtime import When
from archiver.models import JobSummary, Tombstone
from archiver.monthpages import PageLink, YearOfMonths, by_year, month_name
from archiver.pagetext import count, file_size, href, initials, tint
from archiver.search import CHANGED, DAMAGED, GONE, MISSING, month_key, status_bits

NEWEST = 40
"""Rows of the index that are there without scripts."""
DOTS = 4


@dataclass(frozen=True, slots=True)
class Status:
    """A job's state in words; `css` is its tag's class, `icon` may be empty."""

    label: str
    css: str
    icon: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A person as a dot with initials."""

    initials: str
    tint: int


@dataclass(frozen=True, slots=True)
class Row:
    """One job in a list."""

    href: str
    title: str | None
    excerpt: str
    thumb: str
    dots: tuple[Dot, ...]
    more_people: int
    people: str
    photos: str
    created: When | None
    updated: When | None
    statuses: tuple[Status, ...]


@dataclass(frozen=True, slots=True)
class TombstoneRow:
    """A tombstone on a page."""

    when: When
    said: str


def tombstone_rows(erased: Sequence[Tombstone], tz: ZoneInfo) -> tuple[TombstoneRow, ...]:
    """The tombstones, newest first."""
    return tuple(
        TombstoneRow(
            localtime.when_day(one.time, tz),
            f"{count(one.files, 'file')}, {file_size(one.size)}, by {one.by}. "
            f"Reason given: {one.reason}",
        )
        for one in sorted(erased, key=lambda one: one.time, reverse=True)
    )


@dataclass(frozen=True, slots=True)
class IndexPage:
    """All that `index.html` and `export.html` may use."""

    lang: str
    heading: str
    facts: tuple[str, ...]
    rows: tuple[Row, ...]
    all_rows: bool
    erased: tuple[TombstoneRow, ...] = ()


@dataclass(frozen=True, slots=True)
class BrowsePage:
    """All that `browse.html` may use: every month there is."""

    lang: str
    workspace: str
    years: tuple[YearOfMonths, ...]
    erased: tuple[TombstoneRow, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthPage:
    """All that `month.html` may use: the jobs of one month, and its neighbours."""

    lang: str
    workspace: str
    heading: str
    count: str
    rows: tuple[Row, ...]
    newer: PageLink | None
    older: PageLink | None


_STATUSES = (
    (DAMAGED, Status("Damaged", "bad", "alert")),
    (GONE, Status("No longer upstream", "mute", "off")),
    (MISSING, Status("Photos missing", "warn", "alert")),
    (CHANGED, Status("Changed upstream", "mute", "pen")),
)
COMPLETE = Status("Complete", "quiet", "")


def statuses(summary: JobSummary) -> tuple[Status, ...]:
    """All that is to be said of a job, the gravest first."""
    bits = status_bits(summary)
    return tuple(status for bit, status in _STATUSES if bits & bit) or (COMPLETE,)


def row(summary: JobSummary, tz: ZoneInfo, target: str, *, thumbnails: bool = True) -> Row:
    """One job as a row; `target` is the path of its page from the page that lists it."""
    thumb = summary.thumbnail if thumbnails else None
    return Row(
        href=href(target),
        title=summary.title,
        excerpt=summary.excerpt,
        thumb=href(thumb) if thumb else "",
        dots=tuple(Dot(initials(name), tint(name)) for name in summary.people[:DOTS]),
        more_people=max(0, len(summary.people) - DOTS),
        people=", ".join(summary.people),
        photos=f"{summary.photos:,}",
        created=localtime.when_day(summary.created, tz) if summary.created else None,
        updated=localtime.when_day(summary.updated, tz) if summary.updated else None,
        statuses=statuses(summary),
    )


def _facts(summaries: Sequence[JobSummary]) -> tuple[str, ...]:
    attention = sum(1 for s in summaries if s.missing or s.damaged)
    facts = [
        count(len(summaries), "job"),
        count(sum(s.photos for s in summaries), "photo"),
        count(sum(s.messages for s in summaries), "message"),
    ]
    if attention:
        facts.append(count(attention, "job needs attention", "jobs need attention"))
    return tuple(facts)


def index_page(
    ordered: Sequence[JobSummary],
    tz: ZoneInfo,
    workspace: str | None,
    language: str,
    erased: Sequence[Tombstone] = (),
) -> IndexPage:
    """The index of the archive, with its newest jobs; `ordered` is newest first."""
    return IndexPage(
        lang=language_tag(language),
        heading=workspace or "All jobs",
        facts=_facts(ordered),
        rows=tuple(row(s, tz, f"{s.folder}/index.html") for s in ordered[:NEWEST]),
        all_rows=len(ordered) <= NEWEST,
        erased=tombstone_rows(erased, tz),
    )


def export_page(
    entries: Sequence[tuple[str, JobSummary]], tz: ZoneInfo, workspace: str | None, language: str
) -> IndexPage:
    """The list in a zip of several jobs, in the order given."""
    summaries = [summary for _, summary in entries]
    rows: list[Row] = []
    for folder, summary in entries:
        inside = None
        if summary.thumbnail is not None:
            below = summary.thumbnail.removeprefix(f"{summary.folder}/")
            inside = f"{folder}/{below}" if below != summary.thumbnail else None
        made = row(summary, tz, f"{folder}/index.html", thumbnails=False)
        rows.append(_with_thumb(made, href(inside) if inside else ""))
    return IndexPage(
        lang=language_tag(language),
        heading=workspace or "Job records",
        facts=_facts(summaries),
        rows=tuple(rows),
        all_rows=True,
    )


def _with_thumb(made: Row, thumb: str) -> Row:
    return Row(
        **{name: getattr(made, name) for name in Row.__dataclass_fields__ if name != "thumb"},
        thumb=thumb,
    )


def browse_pages(
    ordered: Sequence[JobSummary],
    tz: ZoneInfo,
    workspace: str | None,
    language: str,
    erased: Sequence[Tombstone] = (),
) -> tuple[BrowsePage, dict[str, MonthPage]]:
    """The list of months, and each month's page by its file name, newest first."""
    lang, name = language_tag(language), workspace or ""

    def key(summary: JobSummary) -> str:
        return month_key(summary.created, tz) if summary.created else ""

    months = [(month, list(jobs)) for month, jobs in groupby(ordered, key)]
    links = [
        PageLink(month_file(month), _month_name(month), count(len(jobs), "job"))
        for month, jobs in months
    ]
    pages: dict[str, MonthPage] = {}
    for at, (link, (_, jobs)) in enumerate(zip(links, months, strict=True)):
        pages[link.href] = MonthPage(
            lang=lang,
            workspace=name,
            heading=link.text,
            count=link.count,
            rows=tuple(row(s, tz, f"{s.folder}/index.html") for s in jobs),
            newer=links[at - 1] if at else None,
            older=links[at + 1] if at + 1 < len(links) else None,
        )
    years = by_year(zip((month for month, _ in months), links, strict=True))
    return BrowsePage(lang, name, years, tombstone_rows(erased, tz)), pages


def month_file(month: str) -> str:
    """`browse-2025-10.html`."""
    return f"browse-{month or 'undated'}.html"


def _month_name(month: str) -> str:
    return month_name(month) if month else "Jobs without a date"
