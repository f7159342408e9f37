"""The index lists photos by person and day of upload, and its calendar picks a month by key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chrome import visiting
from tests.browser.sample import Sample

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_photos_are_found_by_person_and_days_and_lead_to_their_place(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        count, tiles = page.locator("#count"), page.locator("#photos .tile")
        page.locator("label[for=v-photos]").click()
        expect(count).to_have_text("18 photos")
        expect(page.locator("#list")).to_be_hidden()
        assert page.url.endswith("#v=photos")
        page.locator("#person").select_option(label="Sofia Lindqvist")
        expect(count).to_have_text("2 photos")
        page.locator("#person").select_option("")
        page.locator("#date").select_option("range")
        page.locator("#from").fill("2025-10-23")
        page.locator("#to").fill("2025-10-23")
        expect(count).to_have_text("2 photos")
        page.locator("#date").select_option("2024")
        expect(count).to_have_text("0 photos")
        expect(page.locator("#empty")).to_contain_text("No photo matches.")
        page.locator("#clear").click()
        page.locator("#q").fill("odd one")  # words choose the jobs
        expect(count).to_have_text("9 photos")
        page.locator("#q").press("ArrowDown")
        expect(tiles.first).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(tiles.nth(1)).to_be_focused()
        page.keyboard.press("Home")
        page.keyboard.press("Escape")
        expect(page.locator("#q")).to_be_focused()
        href = tiles.last.get_attribute("href") or ""
        assert href.endswith("/index.html#photo-0001")
        tiles.last.click()
        expect(page.locator("h1")).to_have_text("An odd one")
        page.go_back()
        expect(count).to_have_text("9 photos")
        page.locator("label[for=v-dense]").click()
        expect(count).to_have_text("1 of 123 jobs")


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_of_photos_need_no_scripts_and_never_scroll_sideways(
    browser: Browser, sample: Sample, width: int
) -> None:
    for scripts in (True, False):
        with visiting(browser, width=width, scripts=scripts, dark=True) as visit:
            for name in ("photos.html", "photos-2025-10.html"):
                page = visit.open(sample.root / name)
                if scripts:
                    assert page.evaluate(WIDE) == 0, name
            assert page.locator("li a[href*='#photo-']").count() == 18
    with visiting(browser, width=width) as visit:
        page = visit.open(sample.root / "index.html", "#v=photos")
        expect(page.locator("#count")).to_have_text("18 photos")
        assert page.evaluate(WIDE) == 0


def test_the_calendar_picks_a_month_by_click_and_by_key(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        count = page.locator("#count")
        expect(count).to_have_text("123 jobs")
        page.locator("#months button").last.click()
        expect(count).to_have_text("6 of 123 jobs")
        assert page.url.endswith("#d=2025-10")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#months-at")).to_have_text("September 2025: 6 jobs")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        assert page.url.endswith("#d=2024-09")
        expect(page.locator("#date")).to_have_value("2024-09")
        page.keyboard.press("Enter")
        expect(count).to_have_text("123 jobs")
        assert page.locator("#months button[tabindex='0']").count() == 1
        page.locator("#date").select_option("2024")
        page.locator("#date").select_option("2024-12")
        assert page.url.endswith("#d=2024-12")


def test_a_view_can_be_bookmarked_with_its_filters_and_layout(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html", "#s=new&ph=1&v=cards&o=name")
        expect(page.locator("#list")).to_have_class("cards")
        expect(page.locator("#ph")).to_be_checked()
        expect(page.locator("#status")).to_have_value("new")
        lately = page.locator("#count").inner_text()
        page.locator("label[for=ph]").click()
        expect(page.locator("#ph")).not_to_be_checked()
        assert "ph=" not in page.url
        assert lately.endswith(" of 123 jobs")
