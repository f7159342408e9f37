"""A job above 5,000 photos is parted at days, and every address still finds its photo."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from archiver import jobparts
from archiver.models import HistoryEvent, JobRecord, MessageRecord, PhotoRecord
from archiver.site import SiteSettings, job_pages
from tests.factories import (
    a_message,
    a_missing_photo,
    a_photo,
    a_photo_message,
    a_record,
    a_seal,
    a_time,
)
from tests.htmlread import Node, read

DAY = 24 * 60


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobparts, "PART_PHOTOS", 50)


def a_long_job(*photos_a_day: int) -> JobRecord:
    """Days of so many photos, each beginning with a message; the last photo is missing."""
    messages: list[MessageRecord] = []
    photos: list[PhotoRecord] = []
    for day, number_of in enumerate(photos_a_day):
        messages.append(a_message(len(messages) + 1, f"Day {day + 1}.", minutes=day * DAY))
        for at in range(number_of):
            number = len(photos) + 1
            messages.append(
                a_photo_message(len(messages) + 1, number, minutes=day * DAY + 1 + at / 100)
            )
            photos.append(a_photo(number, len(messages)))
    photos[-1] = a_missing_photo(len(photos), len(messages))
    history = (
        HistoryEvent("archived", a_time(DAY), 1),
        HistoryEvent("message-gone", a_time(DAY), 1, messages=(1, len(messages))),
    )
    return a_record(messages, photos, history=history)


@cache
def pages_of(*photos_a_day: int) -> Mapping[str, Node]:
    made = job_pages(a_long_job(*photos_a_day), a_seal(), SiteSettings("W", "UTC"))
    return {name: read(body) for name, body in made}


def photos_on(pages: Mapping[str, Node]) -> list[int]:
    return [len(page.all("figure")) for page in pages.values()]


def test_days_are_dealt_out_whole_and_one_page_is_enough_for_a_shorter_job() -> None:
    assert list(pages_of(20, 30)) == ["index.html"]
    assert not pages_of(20, 30)["index.html"].all("nav", cls="parts")
    pages = pages_of(20, 25, 30, 5)
    assert list(pages) == ["index.html", "part-2.html"]
    assert photos_on(pages) == [45, 35]


def test_a_day_that_is_too_long_by_itself_is_parted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobparts, "PART_PHOTOS", 150)
    assert photos_on(pages_of(230, 3)) == [100, 133]


def test_every_link_inside_the_job_leads_to_a_place_that_is_there() -> None:
    pages = pages_of(20, 25, 30, 40)
    there = {(name, node.attrs.get("id")) for name in pages for node in pages[name].walk()}
    crossing = 0
    for name, page in pages.items():
        for link in page.all("a"):
            file, mark, anchor = link.attrs["href"].partition("#")
            if mark and not file.startswith("http"):
                assert (file or name, anchor) in there
                crossing += bool(file)
    assert crossing > 4


def test_each_part_says_which_numbers_the_others_hold() -> None:
    for page in pages_of(20, 25, 30, 5).values():
        links = page.one("nav", cls="parts").all("a")
        assert [(a.attrs["href"], a.attrs["data-holds"]) for a in links] == [
            ("index.html", "p1-45 m1-47"),
            ("part-2.html", "p46-80 m48-84"),
        ]
        assert "45 photos" in page.one("nav", cls="parts").text


def test_facts_history_and_check_stand_on_the_first_part_alone() -> None:
    first, second = pages_of(20, 25, 30, 5).values()
    for page, wanted in ((first, 1), (second, 0)):
        for anchor in ("history", "check", "seal"):
            assert len([n for n in page.walk() if n.attrs.get("id") == anchor]) == wanted
    assert "Part 2 of 2" in second.text
    assert "End of part 2 of 2" in second.text
