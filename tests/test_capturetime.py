"""What a camera's clock says against job and upload, and how pages and the log tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.capturetime import FAR, clock_fact
from archiver.language import ENGLISH, language_of
from archiver.models import JobRecord, StoredFile
from archiver.site import SiteSettings
from tests.factories import (
    START,
    a_file,
    a_name,
    a_photo,
    a_photo_message,
    a_record,
    a_reference,
    a_seal,
)
from tests.htmlread import read
from tests.pages import job_page

UPLOADED = START + timedelta(days=1)


def written(moment: datetime) -> str:
    return f"{moment:%Y:%m:%d %H:%M:%S}"


def shot(captured: str | None) -> StoredFile:
    return replace(a_file(f"data/images/{a_name(1)}"), captured=captured)


def said(captured: str | None, uploaded: datetime | None = UPLOADED) -> str | None:
    fact = clock_fact(a_record(), shot(captured), uploaded)
    return fact.told(language_of(ENGLISH)) if fact else None


def a_job_with(captured: str) -> JobRecord:
    photo = replace(a_photo(1, 1), image=a_reference(shot(captured)))
    return a_record([a_photo_message(1, 1)], [photo])


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(hours=13), "about 13 hours before the job was made"),
        (timedelta(days=2), "about 2 days before the job was made"),
        (timedelta(days=335), "about 11 months before the job was made"),
        (timedelta(days=1100), "about 3 years before the job was made"),
    ],
)
def test_a_clock_before_the_job_is_told_in_a_unit_that_fits(before: timedelta, words: str) -> None:
    assert said(written(START - before)) == words


def test_a_clock_far_from_the_upload_is_told_on_either_side() -> None:
    late = START + timedelta(days=9)
    assert said(written(START + timedelta(days=1)), late) == "about 8 days before its upload"
    assert said(written(late + timedelta(days=3)), late) == "about 3 days after its upload"


@pytest.mark.parametrize("nothing", [None, "    :  :     :  :  ", "0000:00:00 00:00:00", "today"])
def test_what_is_no_time_says_nothing(nothing: str | None) -> None:
    assert said(nothing) is None


def test_the_ends_of_the_calendar_are_times_like_others() -> None:
    assert said("0001:01:01 00:00:00") == "about 2,025 years before the job was made"
    assert said("9999:12:31 23:59:59") == "about 7,974 years after its upload"


@given(
    st.integers(-12 * 60, 14 * 60), st.timedeltas(timedelta(0), FAR), st.timedeltas(timedelta(0))
)
def test_no_time_zone_alone_makes_a_photo_one_that_differs(
    minutes: int, waited: timedelta, begun: timedelta
) -> None:
    """A photo taken on the job and sent within a day, by a camera anywhere on earth."""
    taken = START + begun % timedelta(days=300)
    wall = taken.astimezone(timezone(timedelta(minutes=minutes)))
    assert said(written(wall), taken + waited) is None


def test_the_page_marks_the_photo_tells_its_clock_and_counts_it_beside_completeness() -> None:
    clock = START - timedelta(days=335)
    page = read(job_page(a_job_with(written(clock)), a_seal(), SiteSettings("W", "UTC")))
    assert f"{written(clock)}, about 11 months before the job was made" in page.text
    assert "1 photo is from before the job was made: #0001." in page.text
    assert "camera clock differs" in page.text


def test_the_page_says_nothing_of_a_clock_that_fits() -> None:
    clock = written(START.astimezone(UTC) + timedelta(minutes=1))
    page = read(job_page(a_job_with(clock), a_seal(), SiteSettings("W", "UTC")))
    assert clock in page.text
    assert "differs" not in page.text
    assert "camera’s clock" not in page.text
