"""A photo in full: reached by an address, by keys and by fingers, with all its facts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from archiver.models import Absence, HistoryEvent
from tests.browser.chrome import visiting
from tests.browser.sample import Sample, write_job
from tests.factories import a_photo, a_photo_message, a_record, a_time

OPEN = ".pswp--open .pswp__details"
PICTURE = ".pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)"
SWIPE = (("touchStart", 330), ("touchMove", 200), ("touchMove", 60), ("touchEnd", 0))


def test_an_address_opens_the_photo_and_can_be_sent_to_someone(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.job / "index.html", "#photo-0004")
        expect(page.locator(OPEN)).to_contain_text("Photo #0004")
        expect(page.get_by_role("button", name="Copy link to photo")).to_have_attribute(
            "data-copy", (sample.job / "index.html").as_uri() + "#photo-0004"
        )
        page.evaluate("location.hash = '#photo-0007'")
        expect(page.locator(OPEN)).to_contain_text("Photo #0007")
        page.keyboard.press("Escape")
        expect(page.locator(".pswp")).to_have_count(0)
        assert page.url.endswith("#p0007")  # a reload leads to the photo, and opens nothing
        page.reload()
        expect(page.locator("#p0007")).to_be_in_viewport()
        expect(page.locator(".pswp")).to_have_count(0)


def test_an_address_of_a_missing_photo_leads_to_its_gap(browser: Browser, sample: Sample) -> None:
    with visiting(browser, height=400) as visit:
        page = visit.open(sample.odd / "index.html", "#photo-0006")
        expect(page.locator("#p0006 .void")).to_be_in_viewport()
        expect(page.locator(".pswp")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 720, 721, 768, 900, 901, 1280])
def test_no_part_of_a_photo_lies_under_its_facts(
    browser: Browser, sample: Sample, width: int
) -> None:
    with visiting(browser, width=width, height=1000) as visit:
        page = visit.open(sample.job / "index.html", "#photo-0001")
        picture = page.locator(PICTURE).bounding_box()
        facts = page.locator(OPEN).bounding_box()
        assert picture is not None
        assert facts is not None
        beside = picture["x"] + picture["width"] <= facts["x"]
        above = picture["y"] + picture["height"] <= facts["y"]
        assert beside or above


def test_the_lightbox_says_that_a_photo_is_gone_upstream(browser: Browser, tmp_path: Path) -> None:
    away = a_photo_message(2, 2, position=None, absences=(Absence(a_time(2880)),))
    record = a_record(
        [a_photo_message(1, 1), away, a_photo_message(3, 3), a_photo_message(4, 4)],
        [a_photo(n, n) for n in (1, 2, 3, 4)],
        history=(HistoryEvent("photo-gone", a_time(2880), 2, (), (4,)),),
    )
    write_job(tmp_path, record)
    with visiting(browser) as visit:
        page = visit.open(tmp_path / "index.html", "#photo-0001")
        panel, said = page.locator(OPEN), "No longer in WorkPhotos since Fri 24 Oct"
        for number, gone in ((1, False), (2, True), (3, False), (4, True)):
            expect(panel).to_contain_text(f"Photo #{number:04d}")
            assert (said in panel.inner_text()) == gone
            page.keyboard.press("ArrowRight")


def test_without_scripts_the_address_leads_to_the_photo(browser: Browser, sample: Sample) -> None:
    with visiting(browser, height=400, scripts=False) as visit:
        page = visit.open(sample.job / "index.html", "#photo-0009")
        expect(page.locator("#p0009 img")).to_be_in_viewport()


def test_the_facts_name_camera_and_place_and_the_map_is_only_a_link(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:  # which fails for any request that leaves the folder
        page = visit.open(sample.job / "index.html", "#photo-0001")
        facts = page.locator(OPEN)
        for said in ("Ridgeway One", "2025:10:22 11:13:05", "51.501230, -0.141890"):
            expect(facts).to_contain_text(said)
        link = facts.get_by_role("link", name="Place on OpenStreetMap")
        expect(link).to_have_attribute(
            "href",
            "https://www.openstreetmap.org/?mlat=51.501230&mlon=-0.141890#map=17/51.501230/-0.141890",
        )
        expect(link).to_have_attribute("rel", "noopener noreferrer")
        original = facts.get_by_role("link", name="Original file")
        stored = sample.record.photos[0].image.versions[0]
        expect(original).to_have_attribute("href", stored.file)
        page.keyboard.press("ArrowRight")
        expect(facts).to_contain_text("Photo #0002")
        expect(facts.get_by_role("link", name="Place on OpenStreetMap")).to_have_count(0)


def test_zooming_shows_the_originals_own_pixels(browser: Browser, sample: Sample) -> None:
    with visiting(browser, width=400, height=500) as visit:
        page = visit.open(sample.job / "index.html", "#photo-0001")
        expect(page.locator(OPEN)).to_contain_text("Photo #0001")
        picture = page.locator(
            ".pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)"
        )
        expect(picture).to_be_visible()
        page.keyboard.press("z")
        page.wait_for_function(
            "(at) => Math.round(document.querySelector(at).getBoundingClientRect().width) === 520",
            arg=PICTURE,
        )


def test_a_finger_turns_the_photos(browser: Browser, sample: Sample) -> None:
    with visiting(browser, width=390, height=844, touch=True) as visit:
        page = visit.open(sample.job / "index.html", "#photo-0002")
        expect(page.locator(OPEN)).to_contain_text("Photo #0002")
        # A finger that comes down before it has opened is not heeded.
        page.wait_for_function("window.pswp.opener.isOpen")
        session = visit.context.new_cdp_session(page)
        for kind, x in SWIPE:
            points = [{"x": x, "y": 300}] if kind != "touchEnd" else []
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        expect(page.locator(OPEN)).to_contain_text("Photo #0003")


def test_single_keys_can_be_switched_off_and_stay_off(browser: Browser, sample: Sample) -> None:
    """WCAG 2.1.4."""
    with visiting(browser) as visit:
        page = visit.open(sample.job / "index.html")
        page.keyboard.press("?")
        page.get_by_label("Use single-key shortcuts").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("3")
        expect(page.locator("#v-timeline")).to_be_checked()
        page.reload()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.tagName") == "BODY"
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#record")).to_be_focused()


def test_keys_step_from_photo_to_photo_open_one_and_come_back(
    browser: Browser, sample: Sample
) -> None:
    where = "document.activeElement.closest('figure')?.id"
    with visiting(browser) as visit:
        page = visit.open(sample.job / "index.html")
        for key, wanted in (("j", "p0001"), ("j", "p0002"), ("J", "p0003"), ("k", "p0002")):
            page.keyboard.press(key)
            assert page.evaluate(where) == wanted
        page.keyboard.press("Enter")
        expect(page.locator(OPEN)).to_contain_text("Photo #0002")
        # Tab never reaches what lies behind the lightbox.
        for _ in range(12):
            page.keyboard.press("Tab")
            assert not page.evaluate("!!document.activeElement.closest('main, .bar')")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(OPEN)).to_contain_text("Photo #0001")
        page.keyboard.press("Escape")
        expect(page.locator(".pswp")).to_have_count(0)
        assert page.evaluate(where) == "p0001"
