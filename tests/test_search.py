"""The index's data: every job in it, read back as it was, and stable."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import search
from archiver.localtime import zone
from archiver.models import JobId, JobSummary
from archiver.pagetext import visible
from archiver.search import SHARD_JOBS, checks_js, newest_first, search_files, status_bits
from archiver.site import SiteSettings, site_files
from tests.factories import START, a_summary
from tests.htmlread import read

LONDON = zone("Europe/London")


def data_of(script: bytes) -> dict[str, Any]:
    """What a browser's JSON.parse gets from a search script."""
    found = re.fullmatch(r"Archive\.\w+\((?:\d+,|JSON\.parse\()?'(.*)'\)+\n", script.decode())
    assert found
    literal = found[1]
    assert not re.search(r"[\n\r\u2028\u2029]|(?<!\\)(?:\\\\)*'", literal)
    parsed: dict[str, Any] = json.loads(
        re.sub(
            r"\\(u[0-9a-f]{4}|.)",
            lambda m: {"n": "\n", "r": "\r"}.get(
                m[1], chr(int(m[1][1:], 16)) if m[1][1:] else m[1]
            ),
            literal,
        )
    )
    return parsed


def rows_of(summaries: list[JobSummary]) -> list[dict[str, object]]:
    """The rows that `assets/jobs.js` makes of the shards, by the same arithmetic."""
    files = search_files(newest_first(summaries), LONDON)
    meta = data_of(files["search/meta.js"])
    rows: list[dict[str, object]] = []
    for name in meta["shards"]:
        shard = data_of(files[f"search/{name}"])
        columns = {k: [t.replace("\v", "\n") for t in shard[k].split("\n")] for k in TEXTS}
        second = day = 0
        for place, step in enumerate(shard["created"]):
            second += int(step)
            day += int(shard["day"][place])
            rows.append(
                {key: columns[key][place] for key in TEXTS}
                | {
                    "created": None if place in shard["undated"] else second,
                    "day": None if place in shard["undated"] else day,
                    "who": [meta["people"][int(p)] for p in shard["who"][place]],
                    "id": shard["ids"].get(str(place)),
                    "former": shard["former"].get(str(place)),
                    "photos": shard["photos"][place],
                    "st": shard["st"][place],
                }
            )
    return rows


TEXTS = ("name", "folder", "thumb", "sub")
texts = st.text(st.characters(exclude_categories=()), max_size=20)
times = st.none() | st.datetimes(
    datetime(1, 1, 2),
    datetime(9999, 12, 30),
    timezones=st.just(UTC),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(texts, texts, texts, times, st.lists(texts, max_size=3, unique=True))))
def test_every_job_is_read_back_as_it_was(
    jobs: list[tuple[str, str, str, datetime | None, list[str]]],
) -> None:
    summaries = [
        a_summary(
            n,
            job_id=JobId(f"{n}{job_id}"),
            title=title,
            excerpt=excerpt,
            created=created,
            people=tuple(people),
        )
        for n, (job_id, title, excerpt, created, people) in enumerate(jobs)
    ]
    rows = rows_of(summaries)
    ordered = newest_first(summaries)
    assert len(rows) == len(ordered)
    for row, summary in zip(rows, ordered, strict=True):
        assert row["name"] == visible(summary.title or "")
        assert row["sub"] == visible(summary.excerpt)
        assert f"jobs/{row['folder']}" == summary.folder
        assert f"{summary.folder}/data/thumbnails/{row['thumb']}" == summary.thumbnail
        assert row["who"] == [visible(name) for name in summary.people]
        assert row["id"] == visible(summary.job_id)
        assert (row["created"] is None) == (summary.created is None)
        if summary.created is not None:
            whole = summary.created.replace(microsecond=0)
            since = whole - datetime(1970, 1, 1, tzinfo=UTC)
            assert row["created"] == since.days * 86400 + since.seconds


def test_jobs_are_newest_first_and_undated_ones_last() -> None:
    summaries = [a_summary(2), a_summary(9, created=None), a_summary(0), a_summary(1)]
    assert [s.title for s in newest_first(summaries)] == [
        f"Boiler service, {n} Ashgrove Terrace" for n in (0, 1, 2, 9)
    ]


def test_days_and_months_are_those_of_the_archives_zone() -> None:
    late = START.replace(month=6, day=30, hour=23, minute=30)
    files = search_files([a_summary(1, created=late)], LONDON)
    assert data_of(files["search/meta.js"])["months"] == {"2025-07": 1}
    assert data_of(files["search/jobs-0000.js"])["day"] == [20270]  # 1 July 2025
    assert "browse-2025-07.html" in site_files(
        [a_summary(1, created=late)], SiteSettings(None, "Europe/London")
    )


def test_months_between_are_filled_unless_dates_are_absurd() -> None:
    near = [a_summary(1), a_summary(2, created=START - timedelta(days=100))]
    months = data_of(search_files(near, LONDON)["search/meta.js"])["months"]
    assert months == {"2025-07": 1, "2025-08": 0, "2025-09": 0, "2025-10": 1}
    far = [a_summary(1), a_summary(2, created=START.replace(year=1))]
    assert len(data_of(search_files(far, LONDON)["search/meta.js"])["months"]) == 2


def test_shards_hold_five_thousand_jobs_each() -> None:
    summaries = [a_summary(n % 50, job_id=JobId(f"{n:06d}")) for n in range(SHARD_JOBS + 1)]
    files = search_files(newest_first(summaries), LONDON)
    assert sorted(files) == ["search/jobs-0000.js", "search/jobs-0001.js", "search/meta.js"]
    assert len(data_of(files["search/jobs-0000.js"])["photos"]) == SHARD_JOBS
    assert len(data_of(files["search/jobs-0001.js"])["photos"]) == 1


def test_a_new_job_changes_the_last_shard_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHARD_JOBS", 5)
    old = [a_summary(n + 1) for n in range(13)]
    before = search_files(newest_first(old), LONDON)
    after = search_files(newest_first([a_summary(0), *old]), LONDON)
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {"search/meta.js", "search/jobs-0002.js"}
    assert data_of(after["search/meta.js"])["shards"] == [f"jobs-000{n}.js" for n in (2, 1, 0)]


def test_a_new_job_renumbers_nobody() -> None:
    before = newest_first([a_summary(n) for n in range(1, 9)])
    after = newest_first([a_summary(0, people=("Ada New",)), *before])
    people = [
        data_of(search_files(jobs, LONDON)["search/meta.js"])["people"] for jobs in (before, after)
    ]
    assert people[1][: len(people[0])] == people[0]


def test_states_are_bits_and_a_job_may_be_several() -> None:
    assert status_bits(a_summary(missing=1, changes=2, gone=START, damaged=True)) == 15
    assert status_bits(a_summary()) == 0


def test_former_titles_are_searchable() -> None:
    (row,) = rows_of([a_summary(former_titles=("Old name", "Older"))])
    assert row["former"] == "Old name\tOlder"
    assert row["id"] is None  # its folder ends in it


def test_checks_tell_when_each_job_was_verified() -> None:
    checks = {"b": (None, True), "a": (START, False), "it's": (START, True)}
    data = data_of(checks_js(checks))
    second = int(START.timestamp())
    assert data == {"id": ["a", "b", "it's"], "at": [second, None, second], "bad": [1, 2]}
    assert data_of(checks_js({})) == {"id": [], "at": [], "bad": []}


def test_every_job_is_reached_without_scripts() -> None:
    summaries = [a_summary(n, created=START - timedelta(days=9 * n)) for n in range(90)]
    summaries.append(a_summary(99, created=None))
    files = site_files(summaries, SiteSettings(None, "UTC"))
    months = [a.attrs["href"] for a in read(files["browse.html"]).one("main").all("a")]
    listed = {
        row.one("a").attrs["href"]
        for month in months
        for row in read(files[month]).one("tbody").all("tr")
    }
    assert listed == {f"{summary.folder}/index.html" for summary in summaries}
    assert len(read(files["index.html"]).one("tbody").all("tr")) == 40
