"""What a camera's clock says against job and upload, and how pages and the log tell it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archiver.capturetime import FAR, clock_fact, own_far
from archiver.errors import UsageProblem
from archiver.images import ImageProbe
from archiver.language import ENGLISH, language_of
from archiver.models import JobRecord, StoredFile
from archiver.ownsettings import OWN
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


def shot(captured: str | None, offset: str | None = None) -> StoredFile:
    file = a_file(f"data/images/{a_name(1)}")
    return replace(file, captured=captured, captured_offset=offset)


def said(
    captured: str | None,
    uploaded: datetime | None = UPLOADED,
    offset: str | None = None,
    far: timedelta = FAR,
) -> str | None:
    fact = clock_fact(a_record(), shot(captured, offset), uploaded, far)
    return fact.told(language_of(ENGLISH)) if fact else None


def a_job_with(captured: str, offset: str | None = None) -> JobRecord:
    photo = replace(a_photo(1, 1), image=a_reference(shot(captured, offset)))
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


# --- with the camera's own offset -----------------------------------------------------------------

LATE = START + timedelta(days=5)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(hours=23, minutes=59), None),
        (timedelta(hours=24), None),
        (timedelta(hours=24, minutes=1), "about 1 day before its upload"),
        (timedelta(hours=-24, minutes=-1), "about 1 day after its upload"),
        (timedelta(hours=-23, minutes=-59), None),
    ],
)
@pytest.mark.parametrize("minutes", [-12 * 60, 0, 5 * 60 + 45, 14 * 60])
def test_a_clock_that_tells_its_offset_is_compared_to_the_minute(
    gap: timedelta, words: str | None, minutes: int
) -> None:
    zone = timezone(timedelta(minutes=minutes))
    wall = (LATE - gap).astimezone(zone)
    offset = f"{wall:%z}"
    assert said(written(wall), LATE, f"{offset[:3]}:{offset[3:]}") == words


def test_without_the_offset_the_same_clock_says_nothing() -> None:
    wall = LATE - timedelta(hours=30)
    assert said(written(wall), LATE) is None
    assert said(written(wall), LATE, "+00:00") == "about 1 day before its upload"


@pytest.mark.parametrize(
    ("before", "words"),
    [(59, None), (60, None), (61, "about 1 hour before the job was made")],
)
def test_what_is_taken_within_an_hour_before_the_job_is_of_it(
    before: int, words: str | None
) -> None:
    """One looks and takes pictures first, and makes the job then."""
    assert said(written(START - timedelta(minutes=before)), START, "+00:00") == words


@pytest.mark.parametrize("odd", ["", "+2:00", "Z", "+99:99", "02:00", "+02:00x"])
def test_what_is_no_offset_is_none(odd: str) -> None:
    wall = LATE - timedelta(hours=30)
    assert said(written(wall), LATE, odd) in (None, "about 4 days before its upload")


def test_the_page_shows_the_offset_beside_the_clock() -> None:
    clock = START - timedelta(hours=3)
    page = read(job_page(a_job_with(written(clock), "+00:00"), a_seal(), SiteSettings("W", "UTC")))
    assert f"{written(clock)} +00:00, about 3 hours before the job was made" in page.text


def test_a_download_keeps_what_the_camera_told() -> None:
    probe = ImageProbe()
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2025:10:22 10:13:16", 0x9011: "+02:00"})
    body = io.BytesIO()
    Image.new("RGB", (8, 8)).save(body, "JPEG", exif=exif)
    probe.feed(body.getvalue())
    info = probe.finish(body).info
    assert info is not None
    assert (info.captured, info.captured_offset) == ("2025:10:22 10:13:16", "+02:00")


# --- what is far ----------------------------------------------------------------------------------


def test_an_archive_says_for_itself_what_is_far(tmp_path: Path) -> None:
    assert own_far(tmp_path) == FAR
    (tmp_path / OWN).write_text('far-from-upload = "3d"\n')
    assert own_far(tmp_path) == timedelta(days=3)
    wall = written(LATE - timedelta(hours=40))
    assert said(wall, LATE, "+00:00", far=own_far(tmp_path)) is None
    assert said(wall, LATE, "+00:00", far=timedelta(hours=6)) == "about 2 days before its upload"
    assert (
        said(written(LATE - timedelta(hours=7)), LATE, "+00:00", far=timedelta(hours=6))
        == "about 7 hours before its upload"
    )


@pytest.mark.parametrize("odd", ['"a day"', "24", '"0h"', '"367d"', '"1.5h"', '"-3h"', "true"])
def test_what_is_no_such_time_is_named_with_its_file(tmp_path: Path, odd: str) -> None:
    (tmp_path / OWN).write_text(f"far-from-upload = {odd}\n")
    with pytest.raises(UsageProblem, match=r"archiver\.toml: far-from-upload: "):
        own_far(tmp_path)


def test_the_page_tells_how_far_that_is_where_it_is_not_a_day() -> None:
    record = a_job_with(written(LATE - timedelta(days=3)), "+00:00")
    late = replace(record, messages=(replace(record.messages[0], uploaded=LATE),))
    for far, said in (
        (FAR, "1 photo is from more than a day before its upload: #0001."),
        (timedelta(hours=36), "1 photo is from more than 36 hours before its upload: #0001."),
        (timedelta(days=2), "1 photo is from more than 2 days before its upload: #0001."),
    ):
        page = read(job_page(late, a_seal(), SiteSettings("W", "UTC", far=far)))
        assert said in page.text


# --- on the page ----------------------------------------------------------------------------------


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
