"""A page that has lost its neighbours, or its secure context, says so in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chrome import keep_shot, visiting
from tests.browser.sample import Sample


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("page_of", ["job", "zip", "index"])
def test_a_page_opened_alone_says_to_extract_the_zip_and_shows_no_broken_box(
    browser: Browser, sample: Sample, tmp_path: Path, page_of: str, scripts: bool
) -> None:
    """As a zip's preview or a phone opens it: the one file, and nothing beside it."""
    source = {"job": sample.odd, "zip": sample.zipped / "one", "index": sample.root}[page_of]
    shutil.copy(source / "index.html", tmp_path / "index.html")
    with visiting(browser, width=390, scripts=scripts) as visit:
        page = visit.open(tmp_path / "index.html")
        expect(page.get_by_text("extract the zip first")).to_be_visible()
        for thing in ("img", "svg", "button"):
            expect(page.locator(thing).locator("visible=true")).to_have_count(0)
        keep_shot(page, f"alone-{page_of}")
        visit.faults.clear()  # of course it asked for its neighbours


def test_among_its_neighbours_no_page_says_so(browser: Browser, sample: Sample) -> None:
    with visiting(browser, scripts=False) as visit:
        for file in (sample.root / "index.html", sample.job / "index.html"):
            page = visit.open(file)
            expect(page.locator(".alone")).to_be_hidden()


def test_over_plain_http_the_page_says_why_it_cannot_check_and_shows_the_command(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        # What browsers leave out on a page from another machine over plain http.
        visit.page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        page = visit.open(sample.job / "index.html")
        expect(page.locator("#checker")).to_contain_text("plain http")
        expect(page.locator("#check code")).to_have_text("sha256sum -c manifest-sha256.txt")
        expect(page.locator("#verify")).to_have_count(0)
