"""Contexts of the pages that list jobs: the index, its plain month pages, and a zip's index.

They hold what a reader without scripts needs; `assets/index.js` shows the rest from `search/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from archiver.language import N_
from archiver.models import JobSummary, Tombstone
from archiver.monthpages import PageLink, YearOfMonths, by_year, month_name
from archiver.pagetext import href, initials, tint
from archiver.pagewords import Quote, Sentence, messages_counted, photos_counted, told
from archiver.reader import Reader, When
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

    said: Sentence


def tombstone_rows(erased: Sequence[Tombstone], reader: Reader) -> tuple[TombstoneRow, ...]:
    """The tombstones, newest first."""
    return tuple(
        TombstoneRow(
            told(
                reader,
                "A job was erased on {when}: {files}, {size}, by {by}. Reason given: {reason}",
                when=reader.when_day(one.time),
                files=reader.counted(one.files, "{n} file", "{n} files"),
                size=reader.language.file_size(one.size),
                by=Quote(one.by),
                reason=Quote(one.reason),
            )
        )
        for one in sorted(erased, key=lambda one: one.time, reverse=True)
    )


@dataclass(frozen=True, slots=True)
class IndexPage:
    """All that `index.html` and `export.html` may use. A `published` one has no ledger beside
    it."""

    lang: str
    workspace: str
    heading: str
    facts: tuple[str, ...]
    rows: tuple[Row, ...]
    all_rows: bool
    erased: tuple[TombstoneRow, ...] = ()
    published: bool = False


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
    (DAMAGED, N_("Damaged"), "bad", "alert"),
    (GONE, N_("No longer upstream"), "mute", "off"),
    (MISSING, N_("Photos missing"), "warn", "alert"),
    (CHANGED, N_("Changed upstream"), "mute", "pen"),
)


def statuses(summary: JobSummary, reader: Reader) -> tuple[Status, ...]:
    """All that is to be said of a job, the gravest first."""
    bits = status_bits(summary)
    said = tuple(Status(reader.tr(label), *look) for bit, label, *look in _STATUSES if bits & bit)
    return said or (Status(reader.tr("Complete"), "quiet", ""),)


def row(summary: JobSummary, reader: Reader, target: str, *, thumbnails: bool = True) -> Row:
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
        photos=reader.language.number(summary.photos),
        created=reader.when_day(summary.created) if summary.created else None,
        updated=reader.when_day(summary.updated) if summary.updated else None,
        statuses=statuses(summary, reader),
    )


def _jobs_counted(reader: Reader, number: int) -> str:
    return reader.counted(number, "{n} job", "{n} jobs")


def _facts(summaries: Sequence[JobSummary], reader: Reader) -> tuple[str, ...]:
    attention = sum(1 for s in summaries if s.missing or s.damaged)
    facts = [
        _jobs_counted(reader, len(summaries)),
        photos_counted(reader, sum(s.photos for s in summaries)),
        messages_counted(reader, sum(s.messages for s in summaries)),
    ]
    if attention:
        facts.append(
            reader.counted(attention, "{n} job needs attention", "{n} jobs need attention")
        )
    return tuple(facts)


def index_page(
    ordered: Sequence[JobSummary],
    reader: Reader,
    workspace: str | None,
    erased: Sequence[Tombstone] = (),
) -> IndexPage:
    """The index of the archive, with its newest jobs; `ordered` is newest first."""
    return IndexPage(
        lang=reader.language.tag,
        workspace=workspace or "",
        heading=workspace or reader.tr("All jobs"),
        facts=_facts(ordered, reader),
        rows=tuple(row(s, reader, f"{s.folder}/index.html") for s in ordered[:NEWEST]),
        all_rows=len(ordered) <= NEWEST,
        erased=tombstone_rows(erased, reader),
    )


def export_page(
    entries: Sequence[tuple[str, JobSummary]], reader: Reader, workspace: str | None
) -> IndexPage:
    """The list in a zip of several jobs, in the order given."""
    summaries = [summary for _, summary in entries]
    rows: list[Row] = []
    for folder, summary in entries:
        inside = None
        if summary.thumbnail is not None:
            below = summary.thumbnail.removeprefix(f"{summary.folder}/")
            inside = f"{folder}/{below}" if below != summary.thumbnail else None
        made = row(summary, reader, f"{folder}/index.html", thumbnails=False)
        rows.append(_with_thumb(made, href(inside) if inside else ""))
    return IndexPage(
        lang=reader.language.tag,
        workspace=workspace or "",
        heading=workspace or reader.tr("Job records"),
        facts=_facts(summaries, reader),
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
    reader: Reader,
    workspace: str | None,
    erased: Sequence[Tombstone] = (),
) -> tuple[BrowsePage, dict[str, MonthPage]]:
    """The list of months, and each month's page by its file name, newest first."""
    lang, name = reader.language.tag, workspace or ""

    def key(summary: JobSummary) -> str:
        return month_key(summary.created, reader.tz) if summary.created else ""

    months = [(month, list(jobs)) for month, jobs in groupby(ordered, key)]
    links = [
        PageLink(month_file(month), _month_name(reader, month), _jobs_counted(reader, len(jobs)))
        for month, jobs in months
    ]
    pages: dict[str, MonthPage] = {}
    for at, (link, (_, jobs)) in enumerate(zip(links, months, strict=True)):
        pages[link.href] = MonthPage(
            lang=lang,
            workspace=name,
            heading=link.text,
            count=link.count,
            rows=tuple(row(s, reader, f"{s.folder}/index.html") for s in jobs),
            newer=links[at - 1] if at else None,
            older=links[at + 1] if at + 1 < len(links) else None,
        )
    years = by_year(reader, zip((month for month, _ in months), links, strict=True))
    return BrowsePage(lang, name, years, tombstone_rows(erased, reader)), pages


def month_file(month: str) -> str:
    """`browse-2025-10.html`."""
    return f"browse-{month or 'undated'}.html"


def _month_name(reader: Reader, month: str) -> str:
    return month_name(reader, month) if month else reader.tr("Jobs without a date")
