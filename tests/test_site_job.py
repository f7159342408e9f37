"""A job's page: what it shows of every kind of record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archiver.gallery import roll_class
from archiver.models import Absence, Failure, HistoryEvent, JobRecord, PhotoRecord, RelPath
from archiver.site import SiteSettings
from tests.factories import (
    START,
    a_file,
    a_job,
    a_message,
    a_missing_photo,
    a_name,
    a_photo,
    a_photo_message,
    a_record,
    a_reference,
    a_seal,
    a_snapshot,
    a_time,
    an_odd_job,
)
from tests.golden_plugin import check_golden
from tests.htmlread import Node, read
from tests.pages import job_page

SETTINGS = SiteSettings("Ridgeway Plumbing & Heating", "Europe/London")


def page_of(record: JobRecord, **options: object) -> Node:
    return read(job_page(record, a_seal(), SETTINGS, **options))


def test_the_plain_page_is_as_reviewed() -> None:
    made = job_page(
        a_job(photos=3, messages=2),
        a_seal(),
        SETTINGS,
        sheets=("contact-sheet-01.jpg",),
        sheet_pdf="contact-sheet.pdf",
    )
    check_golden("job.html", made)


def test_the_page_with_one_of_everything_is_as_reviewed() -> None:
    damaged = (f"data/images/{a_name(9)}",)
    check_golden("job-odd.html", job_page(an_odd_job(), a_seal(2), SETTINGS, damaged=damaged))


def test_an_empty_job_says_that_it_is_empty() -> None:
    made = job_page(a_record(title=None, created=None, updated=None), a_seal(), SETTINGS)
    check_golden("job-empty.html", made)
    page = read(made)
    assert "no messages and no photos" in page.text
    assert "No photos in this job" in page.text
    assert page.one("h1").text == "(no title)"


def test_both_wordings_stand_in_full_each_as_one_unbroken_text() -> None:
    first, between, now = "Tel http://a.test & a new olive", "two olives", "www.b.test <b> PTFE"
    page = page_of(a_record([a_message(1, now, was=(first, between))]))
    said = page.by_id("m0001").all("p", cls="msg")
    assert [p.children for p in said] == [[now], [first], [between]]
    assert "Edited upstream between 23 Oct 2025 and 24 Oct 2025" not in page.text
    assert "Edited upstream between 24 Oct 2025 and 25 Oct 2025, every wording kept." in page.text


def test_a_long_wording_is_folded_and_still_one_text() -> None:
    long = "a line\n" * 2000
    page = page_of(a_record([a_message(1, long, was=(long + "more",))]))
    assert [p.children for p in page.all("p", cls="msg")] == [[long], [long + "more"]]
    assert "Show all 14,000 characters" in page.text


@pytest.mark.parametrize("gone_with_last_look", [True, False])
def test_a_vanished_message_says_since_when_in_words(gone_with_last_look: bool) -> None:
    last = a_time(1440) if gone_with_last_look else None
    gone = a_message(1, "Gone.", position=None, absences=(Absence(a_time(2880), last),))
    entry = page_of(a_record([gone])).by_id("m0001")
    assert "gone" in entry.attrs["class"]
    assert "No longer in WorkPhotos since Fri 24 Oct 2025, 11:12 BST" in entry.text
    assert entry.one("p", cls="msg").text == "Gone."


def test_a_vanished_photo_says_so_apart_from_its_neighbours() -> None:
    record = a_record(
        [
            a_photo_message(1, 1),
            a_photo_message(2, 2, position=None, absences=(Absence(a_time(2880)),)),
            a_photo_message(3, 3),
        ],
        [a_photo(n, n) for n in (1, 2, 3)],
    )
    page = page_of(record)
    assert "No longer in WorkPhotos since" in page.by_id("m0002").text
    assert "No longer in WorkPhotos" not in page.by_id("m0001").text + page.by_id("m0003").text


def test_a_photo_gone_from_a_message_that_stays_says_so() -> None:
    record = a_record(
        [a_photo_message(1, 1)],
        [a_photo(1, 1)],
        history=(HistoryEvent("photo-gone", a_time(2880), 2, (), (1,)),),
    )
    assert "#0001: No longer in WorkPhotos since Fri 24 Oct" in page_of(record).by_id("m0001").text


def test_a_vanished_job_says_so_at_the_top_and_one_that_came_back_too() -> None:
    back = Absence(a_time(1440), a_time(0), a_time(2880))
    page = page_of(a_job(absences=(back, Absence(a_time(4320), a_time(2880)))))
    notices = [notice.text for notice in page.all("p", cls="notice")]
    assert notices[0] == "Was not in WorkPhotos from 23 Oct 2025 to 24 Oct 2025."
    assert notices[1].startswith("No longer in WorkPhotos since Sat 25 Oct 2025, 11:12 BST")


def test_a_missing_photo_is_a_placeholder_of_its_shape_with_number_and_reason() -> None:
    thumb = a_reference(a_file("data/thumbnails/0001.jpeg", width=100, height=200))
    photo = replace(a_missing_photo(1, 1, "HTTP 404 Not Found"), thumbnail=thumb)
    page = page_of(a_record([a_photo_message(1, 1)], [photo]))
    figure = page.by_id("p0001")
    assert figure.attrs["class"] == "ph miss r50"
    assert "#0001" in figure.text
    assert "HTTP 404 Not Found" in figure.text
    assert figure.one("a", cls="small").attrs["href"] == "data/thumbnails/0001.jpeg"
    assert "0 of 1 photo kept, 1 missing" in page.text
    assert [a.text for a in page.one(cls="facts3").all("a")][1] == "#0001"


def test_every_gap_has_a_link_however_many() -> None:
    photos = [a_missing_photo(n, n) for n in range(1, 31)]
    page = page_of(a_record([a_photo_message(n, n) for n in range(1, 31)], photos))
    links = {a.attrs["href"] for a in page.one(cls="facts3").all("a")}
    assert {f"#p{n:04d}" for n in range(1, 31)} <= links


def test_a_missing_photo_is_one_gap_also_when_its_thumbnail_is_missing_too() -> None:
    """Or 'And 12 more' would stand under '9 missing'."""
    lost = a_reference(failure=Failure("HTTP 404 Not Found", a_time(60), 404))
    photos = [replace(a_missing_photo(n, n), thumbnail=lost) for n in range(1, 10)]
    kept = replace(a_photo(10, 10), thumbnail=lost)
    messages = [a_photo_message(n, n) for n in range(1, 11)]
    facts = page_of(a_record(messages, [*photos, kept])).one(cls="facts3")
    assert "1 of 10 photos kept, 9 missing" in facts.text
    assert "And 4 more." in facts.text
    assert facts.text.count("its thumbnail is missing") == 1  # of the one that is kept


@pytest.mark.parametrize(
    ("media_type", "decoded"), [("image/heic", False), ("image/tiff", True), ("image/jpeg", False)]
)
def test_what_a_browser_cannot_show_is_a_labelled_file_link(media_type: str, decoded: bool) -> None:
    stored = a_file("data/images/0001.x", media_type=media_type, decoded=decoded)
    photo = PhotoRecord(1, 1, a_reference(stored))
    figure = page_of(a_record([a_photo_message(1, 1)], [photo])).by_id("p0001")
    assert not figure.all("img")
    assert figure.one("a").attrs["href"] == "data/images/0001.x"
    assert figure.one("a").text == "Open the file"


def test_a_picture_that_is_not_decoded_never_stands_in_an_img_even_as_thumbnail() -> None:
    small = a_file("data/thumbnails/0001.heic", decoded=False)
    photo = PhotoRecord(1, 1, a_reference(a_file("data/images/0001.heic", decoded=False)))
    photo = replace(photo, thumbnail=a_reference(small))
    page = page_of(a_record([a_photo_message(1, 1)], [photo]))
    assert not page.all("img")


def test_what_arrived_broken_is_named_and_linked_to_nowhere() -> None:
    kept = a_file("data/damaged/0001.jpeg")
    failure = Failure("The file ends before its end marker", a_time(9), 200, kept)
    photo = PhotoRecord(1, 1, a_reference(failure=failure))
    page = page_of(a_record([a_photo_message(1, 1)], [photo]))
    assert "data/damaged/0001.jpeg" in page.by_id("p0001").text
    assert not any("damaged" in value for node in page.walk() for value in node.attrs.values())


def test_damage_that_verify_found_is_said_in_words_and_not_shown() -> None:
    file = f"data/images/{a_name(1)}"
    page = page_of(a_job(photos=2), damaged=(file, "data/record.json"))
    facts = page.one(cls="facts3").text
    assert "Damaged since it was sealed" in facts
    assert file in facts
    assert "data/record.json" in facts
    assert not [n for n in page.walk() if file in (n.attrs.get("href"), n.attrs.get("src"))]


def test_without_damage_the_page_claims_no_check() -> None:
    text = page_of(a_job()).text
    assert "Sealed on Thu 23 Oct 2025, 11:12 BST" in text
    for claim in ("last checked", "Unchanged", "verified", "intact"):
        assert claim not in text


def test_a_duplicate_keeps_its_number_and_points_at_the_first_ones_file() -> None:
    first = a_photo(1, 1)
    twin = replace(
        a_photo(2, 2),
        image=replace(first.image, versions=(replace(first.image.versions[0], same_as=1),)),
    )
    page = page_of(a_record([a_photo_message(1, 1), a_photo_message(2, 2)], [first, twin]))
    figure = page.by_id("p0002")
    assert figure.one("a", cls="shot").attrs["href"] == first.image.versions[0].file
    assert "same as #0001" in figure.text


def test_every_version_of_a_photo_has_a_link_and_its_hash() -> None:
    versions = [a_file(f"data/images/0001-v{n}.jpeg") for n in (1, 2, 3)]
    photo = PhotoRecord(1, 1, a_reference(*versions))
    figure = page_of(a_record([a_photo_message(1, 1)], [photo])).by_id("p0001")
    assert "3 versions" in figure.text
    hrefs = [a.attrs["href"] for a in figure.all("a")]
    assert all(version.file in hrefs and version.sha256 in figure.text for version in versions)


def test_an_unknown_kind_shows_its_raw_record_and_its_files() -> None:
    entry = page_of(an_odd_job()).by_id("m0012")
    assert "a kind this archive does not know (“location”)" in entry.text
    assert '"label": "On site"' in entry.one("pre").text
    assert entry.one("ul", cls="kept").one("a").attrs["href"].startswith("data/files/")
    assert "A file could not be kept: HTTP 410 Gone" in entry.text


def test_every_message_and_photo_can_be_linked_to() -> None:
    record = a_job(photos=12, messages=5)
    page = page_of(record)
    for wanted in [m.id for m in record.messages] + [f"p{n:04d}" for n in range(1, 13)]:
        page.by_id(wanted)


def test_photos_of_one_person_in_a_row_are_one_group_and_a_pause_names_them_anew() -> None:
    record = a_record(
        [a_photo_message(n, n, minutes=m) for n, m in ((1, 0), (2, 5), (3, 6), (4, 60))],
        [a_photo(n, n) for n in (1, 2, 3, 4)],
    )
    groups = [len(roll.all("figure")) for roll in page_of(record).all("div", cls="roll")]
    assert groups == [3, 1]
    assert len(page_of(record).all("li", cls="lead")) == 2


def test_days_follow_the_archives_time_zone() -> None:
    late = a_message(1, "Late.", uploaded=START.replace(hour=23, minute=30))
    assert page_of(a_record([late])).one("section", cls="day").attrs["id"] == "d2025-10-23"
    made = job_page(a_record([late]), a_seal(), SiteSettings(None, "America/New_York"))
    assert read(made).one("section", cls="day").attrs["id"] == "d2025-10-22"
    assert "19:30" in read(made).by_id("m0001").text
    (time,) = read(made).by_id("m0001").all("time")
    assert time.attrs["datetime"] == "2025-10-22T23:30:24.620Z"


def test_times_at_the_ends_of_the_calendar_do_not_fail() -> None:
    first = START.replace(year=1, month=1, day=1, hour=0)
    last = START.replace(year=9999, month=12, day=31, hour=23)
    record = a_record(
        [a_message(1, uploaded=first), a_message(2, uploaded=last)], created=first, updated=last
    )
    for zone in ("Pacific/Kiritimati", "America/New_York", "UTC"):
        job_page(record, a_seal(), SiteSettings(None, zone))


def test_a_long_job_is_cut_into_sections_of_at_most_a_hundred_photos() -> None:
    page = page_of(a_job(photos=450, messages=20, minutes_apart=0.5))
    sections = page.all("section", cls="long")
    assert sections
    assert max(len(section.all("figure")) for section in sections) <= 100
    assert sum(len(section.all("figure")) for section in sections) == 450
    assert all(image.attrs["loading"] == "lazy" for image in page.all("img"))


def test_the_page_stays_within_its_weight() -> None:
    """A photo may weigh 1.1 kB, also one whose camera told all it can."""
    few, many = (len(job_page(well_told(n), a_seal(), SETTINGS)) for n in (10, 110))
    assert (many - few) / 100 <= 1100


def well_told(photos: int) -> JobRecord:
    """A job whose photos name camera, time and place."""
    record = a_job(photos=photos)
    told = {"camera": "Apple iPhone 15 Pro", "captured": "2025:10:22 11:13:05"}
    told["place"] = "51.501230,-0.141890"
    with_exif = [
        replace(photo, image=a_reference(replace(photo.image.versions[0], **told)))  # type: ignore[arg-type]
        for photo in record.photos
    ]
    return replace(record, photos=tuple(with_exif))


def test_camera_time_and_place_stand_with_a_photo_and_lead_nowhere() -> None:
    """The map is the lightbox's affair; in a zip for customers it offers none."""
    figure = page_of(well_told(1)).by_id("p0001")
    told = [line.text for line in figure.all("span", cls="more")]
    assert told == [
        "Camera Apple iPhone 15 Pro",
        "Camera clock 2025:10:22 11:13:05",
        "Place 51.501230, -0.141890",
    ]
    assert all(not a.attrs["href"].startswith("http") for a in figure.all("a"))
    assert "data-map" in page_of(well_told(1)).by_id("record").attrs
    assert "data-map" not in page_of(well_told(1), standalone=True).by_id("record").attrs


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([133, 133, 75, 133, 133], "h120 full"),
        ([133, 75, 133], "h152"),
        ([178, 133, 133, 75, 133], "h112 full"),
        ([75], "h152"),
        ([], "h152"),
    ],
)
def test_row_heights_leave_no_photo_alone(ratios: list[int], expected: str) -> None:
    assert roll_class(ratios) == expected


def history_of(page: Node) -> str:
    """The words of the history section."""
    return page.by_id("history").text


def test_an_edit_stands_in_the_history_with_both_wordings_and_its_snapshot() -> None:
    """From “…” to “…”, the message and the snapshot's file as links."""
    message = a_message(7, "Remade with two olives.", was=("Remade with one olive.",))
    event = HistoryEvent("edited", a_time(24 * 60 * 2), 2, messages=(7,))
    record = a_record([message], snapshots=(a_snapshot(1), a_snapshot(2)), history=(event,))
    for standalone in (False, True):
        page = page_of(record, standalone=standalone)
        told = history_of(page)
        assert "Message 7: from “Remade with one olive.” to “Remade with two olives.”" in told
        links = {a.attrs["href"] for a in page.by_id("history").all("a")}
        assert {"#m0007", a_snapshot(2).file} <= links


def test_a_packed_snapshot_is_linked_by_its_files_name() -> None:
    """It opens in no browser; the name says with which tool."""
    packed = replace(a_snapshot(1), file=RelPath(a_snapshot(1).file + ".zst"))
    page = page_of(a_record(snapshots=(packed,)))
    (link,) = page.by_id("history").all("a")
    assert link.attrs["href"] == packed.file
    assert link.text == f"snapshot 1 ({packed.file.rpartition('/')[2]})"


def test_a_long_wording_is_short_in_the_history_and_whole_in_its_message() -> None:
    """The line stays a line."""
    long = "word " * 100 + "end"
    event = HistoryEvent("edited", a_time(24 * 60 * 2), 2, messages=(1,))
    message = a_message(1, "now", was=(long,))
    record = a_record([message], snapshots=(a_snapshot(1), a_snapshot(2)), history=(event,))
    page = page_of(record)
    assert long not in history_of(page)
    assert "word…”" in history_of(page)
    assert long in page.text


def test_who_brought_what_and_who_was_renamed_stand_in_the_history() -> None:
    """Names, numbers and both names of a renamed person."""
    messages = [a_message(1, who=0), a_message(2, who=1), a_photo_message(3, 1, who=1)]
    history = (
        HistoryEvent("messages-added", a_time(9), 1, messages=(1, 2)),
        HistoryEvent("photos-added", a_time(9), 1, photos=(1,)),
        HistoryEvent("people-renamed", a_time(10), 1, messages=(1,), was="C. P.", now="Craig"),
    )
    told = history_of(page_of(a_record(messages, [a_photo(1, 3)], history=history)))
    assert "Craig Parker: message 1" in told
    assert "Amira Hassan: message 2" in told
    assert "Amira Hassan: #0001" in told
    assert "A person was renamed from “C. P.” to “Craig” (message 1)." in told


def test_a_job_that_left_and_returned_has_both_in_its_history() -> None:
    """In the order in which it happened."""
    history = (
        HistoryEvent("job-gone", a_time(9), 1, now="not-found"),
        HistoryEvent("job-back", a_time(19), 1),
        HistoryEvent("renamed", a_time(29), 1, was="Old", now="New"),
        HistoryEvent("folder-lost", a_time(39), 1),
    )
    told = history_of(page_of(a_record(history=history)))
    places = [
        told.index(words)
        for words in ("no longer in WorkPhotos", "in WorkPhotos again", "from “Old” to “New”")
    ]
    assert places == sorted(places)
    assert "archived anew" in told


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"report_pdf": "record.pdf", "sheet_pdf": "contact-sheet.pdf"}, "open record.pdf instead"),
        ({"report_pdf": "record.pdf"}, "open record.pdf instead"),
        ({"sheet_pdf": "contact-sheet.pdf"}, "open contact-sheet.pdf instead"),
        ({}, ""),
    ],
)
def test_a_page_opened_alone_names_the_pdf_that_tells_most(
    files: dict[str, str], named: str
) -> None:
    page = read(job_page(a_job(), a_seal(), SETTINGS, standalone=True, **files))
    alone = page.one(cls="alone").text
    assert named in alone
    assert ("On a phone" in alone) == bool(files)
