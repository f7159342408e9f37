"""What a job's page is made of: all that its templates may use, and nothing else.

    JobPage ─┬─ SealFact, Completeness, HistoryLine …      the facts
             ├─ Day ── Entry ─┬─ PhotoView ── PhotoLine     the record
             │                └─ WordingView, Attachment
             └─ Person, DayLink, Sheet                      the rail

Strings are as sent; escaping is the templates' work and `pagetext.page_bytes`'. Times are local
strings with their UTC value beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from archiver.pagewords import HistoryLine, Link, Sentence
from archiver.reader import When


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """One more line of a photo's facts, with a file to open when `href` is not empty.

    `name` is what is told (`Camera`), empty for a sentence; `place` is true for coordinates.
    """

    text: str
    href: str = ""
    label: str = ""
    sha256: str = ""
    name: str = ""
    place: bool = False


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One exhibit. `shape` says how it is shown: a picture, a labelled file, or a gap.

    `message` is the id of the message when no other element bears it. `width` and `height` are
    those of the full image as it is looked at; `thumb` is what the overview shows, empty if no
    small picture is fit to be shown. `shown` is the file to look at: `href`, the evidence, or a
    rendition of it where browsers do not show that.
    """

    id: str
    label: str
    number: int
    shape: Literal["photo", "file", "missing"]
    message: str
    ratio: int
    href: str
    shown: str
    width: int
    height: int
    thumb: str
    thumb_width: int
    thumb_height: int
    who: str
    alt: str
    iso: str
    clock: str
    day: str
    stamp: str
    name: str
    facts: str
    sha256: str
    flag: str = ""
    title: str = ""
    reason: Sentence = ()
    detail: str = ""
    lines: tuple[PhotoLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WordingView:
    """An earlier wording of an edited message."""

    label: Sentence
    text: str | None
    fold: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message of an unknown kind: a link, or the reason there is none."""

    href: str
    name: str
    facts: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the timeline: a message, a run of photos, or both.

    `fold` is the number of characters of a text long enough to be folded, else 0. `away` is true
    for what is no longer upstream, `erased` for what was erased here. `unknown` is the kind as sent
    when it is not a known one.
    """

    id: str
    person: str
    lead: bool
    away: bool
    who: str
    initials: str
    tint: int
    at: When | None
    sent_time: str
    says: bool
    text: str | Markup | None
    fold: int
    unknown: str | None
    raw: str
    raw_fold: int
    odd: tuple[str, ...]
    earlier: tuple[WordingView, ...]
    edited: Sentence
    marks: tuple[Sentence, ...]
    files: tuple[Attachment, ...]
    erased: bool
    roll: str
    photos: tuple[PhotoView, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day's section, or a part of it when it is long; `date` is empty for "no date given"."""

    id: str
    date: str
    heading: str
    part: int
    counts: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the rail. `key` is what entries carry as `data-p`."""

    key: str
    name: str
    initials: str
    tint: int
    photos: int
    messages: int


@dataclass(frozen=True, slots=True)
class DayLink:
    """A day in the rail."""

    href: str
    text: str
    photos: int
    messages: int


@dataclass(frozen=True, slots=True)
class PartLink:
    """A part of a very long job. `holds` are the numbers it has, as `p1-5000 m1-5600 m7001`."""

    href: str
    label: str
    span: str
    photos: str
    holds: str
    here: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing: where it is on the page, and why, without a full stop."""

    link: Link
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of what the job points at is kept, and what cameras' clocks say."""

    heading: str
    whole: bool
    said: str
    first: tuple[Gap, ...]
    more: tuple[Gap, ...]
    clocks: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class SealFact:
    """The seal the page speaks of. `groups` is its SHA-256 in fours."""

    number: int
    sealed: When
    groups: str
    sha256: str
    covers: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet."""

    href: str
    number: int


@dataclass(frozen=True, slots=True)
class JobPage:
    """All that `job.html` may use, nothing else. `style` is the page's own inline style. `copied`
    says, of a record derived for a hand-over, what it is and what was withheld. `report_pdf` is the
    evidence report that lies beside the page, if one does.

    A job too long for one page has several `parts`, of which this is number `part`.
    """

    lang: str
    standalone: bool
    style: str
    workspace: str
    title: str | None
    window_title: str
    listed_as: str
    job_id: str
    timezone: str
    created: When | None
    creator: str
    updated: When | None
    counts: str
    app_link: str
    report_link: str
    away: tuple[Sentence, ...]
    odd: tuple[str, ...]
    erased: tuple[Sentence, ...]
    copied: tuple[str, ...]
    damaged: tuple[str, ...]
    seal: SealFact
    complete: Completeness
    snapshots: str
    changes: str
    changed: Sentence
    history: tuple[HistoryLine, ...]
    long: bool
    days: tuple[Day, ...]
    people: tuple[Person, ...]
    day_links: tuple[DayLink, ...]
    photos: int
    kept: int
    messages: str
    sheets: tuple[Sheet, ...]
    sheet_pdf: str
    report_pdf: str
    part: int = 1
    parts: tuple[PartLink, ...] = ()
