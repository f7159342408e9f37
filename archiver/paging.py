"""Reading a list that moves while it is being read: what is pure about it.

The job list is in order of activity, so a job that becomes active while we page jumps to page 0
and shifts the rest: entries repeat, and others are missed. One walk over the pages is therefore
believed only when it is consistent in itself: every page states the same total, and that many
distinct ids were seen. Otherwise the list is walked again, a bounded number of times. Where no
page states a total, two walks in a row with the same ids are believed.

Fields may be missing, and servers may lie or ignore `page`; every walk ends all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.errors import ListRefused
from archiver.jsontext import Json, JsonObject, Number
from archiver.models import JobId, ListedJob, Problem
from archiver.times import parse_time

_LONGEST_ID = 512
"""Characters. Real ids have 24."""

_PAGES_WITHOUT_NEWS = 3
"""Pages in a row that only repeat known jobs, after which a walk ends."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of the list as received; numbers are None where the page does not state them.

    `jobs` is in order and may hold an id twice; `unusable` holds the positions, from 0, of
    entries without an id.
    """

    number: int
    jobs: tuple[ListedJob, ...]
    unusable: tuple[int, ...] = ()
    total_jobs: int | None = None
    total_pages: int | None = None
    pages_remaining: int | None = None

    @property
    def entries(self) -> int:
        """Entries on the page, usable or not."""
        return len(self.jobs) + len(self.unusable)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the list holds. When the walks never `agreed`, `jobs` is the union of all of them,
    and `reason` says what did not fit."""

    jobs: tuple[ListedJob, ...]
    agreed: bool
    reason: str = ""
    problems: tuple[Problem, ...] = ()


def read_page(value: Json, number: int) -> ListPage:
    """Page `number` of the list from a body of POST /job/list. Raises ListRefused when it is
    no list of jobs."""
    entries = value.get("jobs") if isinstance(value, JsonObject) else None
    if not isinstance(value, JsonObject) or not isinstance(entries, list):
        raise ListRefused(f"page {number} of the job list holds no list of jobs (“jobs”)")
    read = [_read_job(entry) for entry in entries]
    return ListPage(
        number=number,
        jobs=tuple(job for job in read if job is not None),
        unusable=tuple(place for place, job in enumerate(read) if job is None),
        total_jobs=_count(value.get("totalJobs")),
        total_pages=_count(value.get("totalPages")),
        pages_remaining=_count(value.get("pagesRemaining")),
    )


def _read_job(entry: Json) -> ListedJob | None:
    if not isinstance(entry, JsonObject):
        return None
    job_id = usable_id(entry.get("jobId"))
    if job_id is None:
        return None
    return ListedJob(
        job_id=job_id,
        name=_text(entry.get("name")),
        created_at=parse_time(entry.get("createdAt")),
        web_app_link=_text(entry.get("webAppDeeplink")),
        report_link=_text(entry.get("jobReportDeeplink")),
    )


def usable_id(value: Json) -> JobId | None:
    """`value` as a job's id: a text that is not blank, or a number; None for anything else.

    A lone surrogate makes it unusable: no catalogue, bag or file name can hold it as it is.
    """
    text = str(value) if isinstance(value, Number) else value
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_ID:
        return None
    return None if any("\ud800" <= sign <= "\udfff" for sign in text) else JobId(text)


def _text(value: Json) -> str | None:
    if isinstance(value, Number):
        return str(value)
    return value if isinstance(value, str) else None


def _count(value: Json) -> int | None:
    whole = value.whole() if isinstance(value, Number) else None
    return whole if whole is not None and whole >= 0 else None


class Walk:
    """One walk over the pages, from 0 on: `add` what page `next_page` gave while `wants_more`."""

    def __init__(self, max_pages: int = 20_000) -> None:
        self.next_page = 0
        self.wants_more = True
        self.jobs: dict[JobId, ListedJob] = {}
        self.problems: list[Problem] = []
        self.cut_short = ""
        self._max_pages = max_pages
        self._totals: set[int | None] = set()
        self._idle = 0
        self._hints = 0

    @property
    def is_guessing(self) -> bool:
        """Whether no page so far said how many there are, so that the next may not exist."""
        return self.next_page > 0 and self._hints == 0

    def add(self, page: ListPage) -> None:
        """Take in the page that was asked for."""
        known = len(self.jobs)
        # A job that stands twice keeps its first place and its last words.
        self.jobs.update((job.job_id, job) for job in page.jobs)
        self.problems += [_unusable(page.number, place) for place in page.unusable]
        self._totals.add(page.total_jobs)
        self._hints += page.pages_remaining is not None or page.total_pages is not None
        self._idle = 0 if len(self.jobs) > known else self._idle + 1
        self.next_page += 1
        self.wants_more = _promises_more(page) and not self._must_stop(page)

    def end(self) -> None:
        """Say that the next page does not exist."""
        self.wants_more = False

    def _must_stop(self, page: ListPage) -> bool:
        if page.entries and self._idle >= _PAGES_WITHOUT_NEWS:
            self.cut_short = (
                f"pages {self.next_page - self._idle} to {page.number} bring nothing new"
            )
        elif self.next_page >= self._max_pages:
            self.cut_short = f"it did not end after {self._max_pages} pages"
        return bool(self.cut_short)

    @property
    def total(self) -> int | None:
        """The total that every page states; None when they differ or do not say."""
        return next(iter(self._totals)) if len(self._totals) == 1 else None

    @property
    def states_total(self) -> bool:
        """Whether any page states a total."""
        return self._totals != {None}

    @property
    def is_consistent(self) -> bool:
        """Whether the totals agree with each other and with the distinct ids that were seen."""
        return not self.flaw and self.states_total

    @property
    def flaw(self) -> str:
        """What does not fit in this walk, in words; empty when nothing does."""
        if self.cut_short:
            return self.cut_short
        if self.problems:
            return f"{len(self.problems)} of its entries have no usable jobId"
        if self.states_total and self.total is None:
            return "its pages state different totals"
        if self.states_total and self.total != len(self.jobs):
            return f"it states {self.total} jobs, and {len(self.jobs)} were found"
        return ""


def _promises_more(page: ListPage) -> bool:
    if not page.entries:
        return False
    if page.pages_remaining is None and page.total_pages is None:
        return True
    return bool(page.pages_remaining) or page.number + 1 < (page.total_pages or 0)


def _unusable(page: int, place: int) -> Problem:
    return Problem("", f"page {page} of the job list, entry {place + 1}: it has no usable jobId")


class Gathering:
    """Walks over the list until they agree, or `max_walks` were made."""

    def __init__(self, max_walks: int = 5) -> None:
        self._max_walks = max_walks
        self._walks: list[Walk] = []
        self._agreed = False
        self._hopeless = False

    @property
    def is_done(self) -> bool:
        """Whether no further walk is wanted."""
        return self._agreed or self._hopeless or len(self._walks) >= self._max_walks

    def add(self, walk: Walk) -> None:
        """Take in one finished walk."""
        last = self._walks[-1] if self._walks else None
        repeated = last is not None and last.jobs.keys() == walk.jobs.keys()
        self._agreed = walk.is_consistent or (repeated and not walk.flaw and not last_flaw(last))
        # What was cut short, or has broken entries, is no better for being read a third time.
        self._hopeless = repeated and bool(walk.cut_short or walk.problems)
        self._walks.append(walk)

    def result(self) -> Sweep:
        """What was found; at least one walk must have been added."""
        walk = self._walks[-1]
        if self._agreed:
            return Sweep(tuple(walk.jobs.values()), True)
        reason = walk.flaw or "the jobs that it holds differ from one reading to the next"
        return Sweep(
            jobs=_union(walk.jobs for walk in reversed(self._walks)),
            agreed=False,
            reason=f"read {len(self._walks)} times, it never agreed with itself: {reason}",
            problems=tuple(dict.fromkeys(walk.problems)),
        )


def last_flaw(walk: Walk | None) -> str:
    """The flaw of the walk before, empty when there was none."""
    return walk.flaw if walk is not None else ""


def _union(walks: Iterable[dict[JobId, ListedJob]]) -> tuple[ListedJob, ...]:
    """All jobs of all walks, the first walk's order and words first."""
    union: dict[JobId, ListedJob] = {}
    for jobs in walks:
        for job_id, job in jobs.items():
            union.setdefault(job_id, job)
    return tuple(union.values())
