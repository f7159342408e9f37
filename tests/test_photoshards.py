"""Files and pages of a month's photos: read back as they were, in local time, stable."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.localtime import zone
from archiver.photopages import PART
from archiver.photoshards import (
    PhotoOfJob,
    month_js,
    month_of,
    newest_first,
    photos_js,
    usual_thumbnail,
)
from archiver.searchable import FoundPhoto, searchable
from archiver.site import SiteSettings, photo_month_pages, photo_months_page
from tests.factories import START, an_odd_job
from tests.htmlread import read
from tests.scripts import literals

LONDON = zone("Europe/London")
SETTINGS = SiteSettings("Ridgeway", "Europe/London")
SECOND = int(START.timestamp())


def found(
    number: int, second: int | None = SECOND, folder: str = "jobs/2025/a", **fields: Any
) -> PhotoOfJob:
    """A photo with the usual thumbnail."""
    photo = FoundPhoto(number, fields.get("person", "Craig Parker"), second, "")
    thumb = fields.get("thumbnail", usual_thumbnail(photo))
    return PhotoOfJob(folder, "Boiler <b>", FoundPhoto(number, photo.person, second, thumb))


def rows_of(script: bytes) -> list[tuple[Any, ...]]:
    """Folder, person, number, UTC and local second and thumbnail, as `photolist.js` reads them."""
    _, text = literals(script)
    data = json.loads(text)
    folders = data["folder"].split("\n")
    shifts = [shift for count, shift in data["shift"] for _ in range(count)]
    rows = []
    second = 0
    for place, number in enumerate(data["n"]):
        at = local = None
        if data["at"]:
            second -= data["at"][place]
            at, local = second, second + shifts[place]
        who = data["who"][data["by"][place]]
        thumb = data["thumb"].get(str(place))
        rows.append((f"jobs/{folders[data['job'][place]]}", who, number, at, local, thumb))
    return rows


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["jobs/2025/a", "jobs/2025/b"]),
            st.integers(-(10**10), 10**11),
            st.sampled_from(["A", "B\n", "C'"]),
        ),
        max_size=9,
    )
)
def test_every_photo_is_read_back_as_it_was(photos: list[tuple[str, int, str]]) -> None:
    ordered = newest_first(
        found(number, second, folder, person=person)
        for number, (folder, second, person) in enumerate(photos)
    )
    rows = rows_of(month_js("2025-10", ordered, LONDON))
    assert [row[:4] for row in rows] == [
        (one.folder, one.photo.person, one.photo.number, one.photo.second) for one in ordered
    ]
    assert all(row[5] is None for row in rows)
    assert [row[3] for row in rows] == sorted((row[3] for row in rows), reverse=True)


def test_local_time_follows_the_change_to_winter_time() -> None:
    change = datetime(2025, 10, 26, 1, tzinfo=UTC)
    photos = [found(n, int((change + timedelta(minutes=n)).timestamp())) for n in (-1, 0, 1)]
    rows = rows_of(month_js("2025-10", newest_first(photos), LONDON))
    assert [row[4] - row[3] for row in rows] == [0, 0, 3600]


def test_a_photos_month_is_that_of_its_upload_where_the_archive_is() -> None:
    late = int(datetime(2025, 6, 30, 23, 30, tzinfo=UTC).timestamp())
    assert month_of(found(1, late).photo, LONDON) == "2025-07"
    assert month_of(found(1, late).photo, zone("UTC")) == "2025-06"
    assert month_of(found(1, None).photo, LONDON) == "undated"


def test_photos_without_a_date_or_with_another_thumbnail_are_listed_too() -> None:
    photos = [found(1, None), found(2, None, thumbnail=""), found(3, None, thumbnail="data/x.png")]
    rows = rows_of(month_js("undated", newest_first(photos), LONDON))
    assert [(row[2], row[3], row[5]) for row in rows] == [
        (1, None, None),
        (2, None, ""),
        (3, None, "data/x.png"),
    ]


def test_an_odd_job_gives_its_photos_with_what_can_be_shown_of_each() -> None:
    photos = searchable(an_odd_job()).photos
    assert [photo.number for photo in photos] == list(range(1, 10))
    shown = {photo.number: photo.thumbnail for photo in photos}
    assert shown[6] == ""  # damaged
    assert shown[4] == ""  # a TIFF, which browsers do not show
    assert shown[3].startswith("data/thumbnails/0003-")  # of a HEIC


def test_a_month_is_parted_and_a_new_photo_changes_the_last_part_alone() -> None:
    before = [found(n, SECOND + n) for n in range(PART + 3)]
    after = [*before, found(PART + 3, SECOND + PART + 3)]
    first, second = (
        photo_month_pages("2025-10", newest_first(photos), SETTINGS) for photos in (before, after)
    )
    assert list(first) == ["photos-2025-10.html", "photos-2025-10-part-2.html"]
    tiles = [read(page).one("main").all("li") for page in second.values()]
    assert list(map(len, tiles)) == [PART, 4]
    one = read(first["photos-2025-10.html"]).one("main")
    two = read(second["photos-2025-10.html"]).one("main")
    assert [a.attrs["href"] for a in one.all("a")] == [a.attrs["href"] for a in two.all("a")]


def test_every_photo_is_reached_without_scripts() -> None:
    photos = newest_first([found(1), found(2), found(3, SECOND, "jobs/2025/b"), found(4, None)])
    pages = photo_month_pages("2025-10", photos, SETTINGS, newer="2025-11", older="undated")
    (page,) = pages.values()
    main = read(page).one("main")
    hrefs = [a.attrs["href"] for item in main.all("li") for a in item.all("a")]
    assert "jobs/2025/a/index.html#photo-0002" in hrefs
    assert len(hrefs) == 4
    beside = {a.attrs["href"] for a in main.one("nav").all("a")}
    assert beside == {"photos-2025-11.html", "photos.html", "photos-undated.html"}
    listed = read(photo_months_page([("2025-10", 3), ("undated", 1)], SETTINGS)).one("main")
    assert [a.attrs["href"] for a in listed.all("a")] == [
        "photos-2025-10.html",
        "photos-undated.html",
    ]
    assert json.loads(literals(photos_js([("2025-10", 3)]))[0])["months"] == [["2025-10", 3]]
