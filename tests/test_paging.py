"""A list that moves while it is read: every walk ends, and only what fits is believed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import ListRefused
from archiver.jsontext import Json, JsonObject, Number
from archiver.models import JobId, ListedJob
from archiver.paging import Gathering, ListPage, Sweep, Walk, read_page

SIZE = 3


def an_entry(job_id: object = "a", **fields: object) -> JsonObject:
    return JsonObject([("jobId", job_id), *fields.items()])  # type: ignore[list-item]


def a_body(entries: list[Json], **fields: Any) -> JsonObject:
    numbers = [(name, Number(str(value))) for name, value in fields.items()]
    return JsonObject([("jobs", entries), *numbers])


class Upstream:
    """A list in order of activity, `SIZE` jobs a page, as the API documents it."""

    def __init__(self, jobs: list[str], *, states_totals: bool = True) -> None:
        self.jobs = jobs
        self.states_totals = states_totals

    def page(self, number: int) -> ListPage:
        ids = self.jobs[number * SIZE : (number + 1) * SIZE]
        pages = -(-len(self.jobs) // SIZE)
        stated = (len(self.jobs), pages, max(0, pages - number - 1))
        total, pages_stated, left = stated if self.states_totals else (None, None, None)
        jobs = tuple(ListedJob(JobId(one)) for one in ids)
        return ListPage(number, jobs, (), total, pages_stated, left)

    def becomes_active(self, place: int) -> None:
        if self.jobs:
            self.jobs.insert(0, self.jobs.pop(place % len(self.jobs)))


def sweep(upstream: Upstream, moves: list[int] | None = None) -> Sweep:
    """Walk as the client does; before each page but the first, one of `moves` happens."""
    waiting = list(moves or [])
    gathering = Gathering()
    while not gathering.is_done:
        walk = Walk()
        while walk.wants_more:
            if walk.next_page and waiting:
                upstream.becomes_active(waiting.pop(0))
            walk.add(upstream.page(walk.next_page))
        gathering.add(walk)
    return gathering.result()


ids = st.lists(st.integers(0, 99).map(str), max_size=25, unique=True)


@given(ids)
def test_a_list_that_stands_still_is_believed_at_once_and_kept_in_order(jobs: list[str]) -> None:
    found = sweep(Upstream(list(jobs)))
    assert found.agreed
    assert [job.job_id for job in found.jobs] == jobs
    assert not found.problems


@given(ids)
def test_without_totals_two_equal_readings_are_believed(jobs: list[str]) -> None:
    found = sweep(Upstream(list(jobs), states_totals=False))
    assert found.agreed
    assert [job.job_id for job in found.jobs] == jobs


@given(ids, st.lists(st.integers(0, 30), max_size=12))
def test_a_list_that_moves_is_never_believed_with_a_job_missing(
    jobs: list[str], moves: list[int]
) -> None:
    found = sweep(Upstream(list(jobs)), moves)
    seen = {job.job_id for job in found.jobs}
    if found.agreed:
        assert seen == set(jobs)
    else:
        assert seen <= set(jobs)
        assert "never agreed" in found.reason


numbers = st.none() | st.integers(0, 100)
pages = st.builds(
    lambda names, unusable, total, count, left: (names, tuple(unusable), total, count, left),
    st.lists(st.sampled_from("abcdefgh"), max_size=4),
    st.lists(st.integers(0, 9), max_size=2),
    numbers,
    numbers,
    numbers,
)


@given(st.lists(pages, min_size=1, max_size=6))
def test_whatever_a_server_states_a_sweep_ends_and_loses_no_job(
    answers: list[tuple[list[str], tuple[int, ...], int | None, int | None, int | None]],
) -> None:
    asked = 0
    seen: set[str] = set()
    gathering = Gathering()
    while not gathering.is_done:
        walk = Walk(max_pages=50)
        while walk.wants_more:
            names, unusable, *stated = answers[asked % len(answers)]
            jobs = tuple(ListedJob(JobId(name)) for name in names)
            walk.add(ListPage(walk.next_page, jobs, unusable, *stated))
            seen |= set(names)
            asked += 1
        gathering.add(walk)
    assert asked <= 5 * 50
    found = gathering.result()
    assert len({job.job_id for job in found.jobs}) == len(found.jobs)
    if not found.agreed:
        assert {str(job.job_id) for job in found.jobs} == seen


def test_an_endless_list_is_cut_short_and_says_so() -> None:
    gathering = Gathering()
    while not gathering.is_done:
        walk = Walk(max_pages=10)
        while walk.wants_more:
            job = ListedJob(JobId(f"j{walk.next_page}"))
            walk.add(ListPage(walk.next_page, (job,), (), None, None, 4))
        gathering.add(walk)
    found = gathering.result()
    assert not found.agreed
    assert "did not end after 10 pages" in found.reason
    assert "read 2 times" in found.reason


def test_a_server_that_ignores_the_page_is_noticed() -> None:
    walk = Walk()
    while walk.wants_more:
        walk.add(ListPage(walk.next_page, (ListedJob(JobId("a")),), (), None, None, None))
    assert walk.next_page <= 4
    assert "nothing new" in walk.flaw


def test_entries_without_an_id_are_named_with_page_and_place() -> None:
    entries: list[Json] = [
        an_entry("a"),
        an_entry(None),
        "text",
        an_entry("  "),
        an_entry("x" * 600),
    ]
    page = read_page(a_body(entries, totalJobs=5, pagesRemaining=0), 2)
    assert page.unusable == (1, 2, 3, 4)
    gathering = Gathering()
    while not gathering.is_done:
        walk = Walk()
        walk.add(page)
        gathering.add(walk)
    found = gathering.result()
    assert not found.agreed
    assert "no usable jobId" in found.reason
    assert [problem.reason for problem in found.problems][:1] == [
        "page 2 of the job list, entry 2: it has no usable jobId"
    ]


def test_the_fields_of_an_entry_are_read_as_they_come() -> None:
    entry = an_entry(
        Number("12"),
        name=Number("7"),
        createdAt="2025-09-22T12:34:56.000Z",
        webAppDeeplink="https://app/x",
        jobReportDeeplink=None,
    )
    (job,) = read_page(a_body([entry]), 0).jobs
    assert job.job_id == "12"
    assert job.name == "7"
    assert job.created_at is not None
    assert job.web_app_link == "https://app/x"
    assert job.report_link is None


@pytest.mark.parametrize("field", ["x", "-1", "1.5", "1e3"])
def test_numbers_that_are_no_counts_are_taken_as_missing(field: str) -> None:
    page = read_page(JsonObject([("jobs", []), ("totalJobs", Number(field))]), 0)
    assert page.total_jobs is None


@pytest.mark.parametrize(
    "value",
    [None, [], "x", JsonObject([]), JsonObject([("jobs", None)]), JsonObject([("jobs", "")])],
)
def test_what_is_no_list_of_jobs_is_refused(value: Json) -> None:
    with pytest.raises(ListRefused, match="page 3"):
        read_page(value, 3)
