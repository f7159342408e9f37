"""A site in another language, in a browser: pages and scripts speak it, and nothing is cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chrome import barriers, keep_shot, visiting
from tests.browser.sample import SETTINGS, make_sample
from tests.browser.test_every_page import PAGES, WIDE

SAID = {
    "de": ("123 Aufträge", "1 von 123 Aufträgen", "Foto #0001", "Hochgeladen von", "Nicht mehr in"),
    "es": ("123 trabajos", "1 de 123 trabajos", "Foto #0001", "Subida por", "Ya no en"),
}


@pytest.mark.parametrize("language", SAID)
def test_pages_and_scripts_speak_the_language(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    """`Visit` fails for any console message: the words of scripts are data and break no policy."""
    sample = make_sample(tmp_path, replace(SETTINGS, language=language))
    jobs, some, photo, by, gone = SAID[language]
    with visiting(browser, width=320, height=640) as visit:
        for name, place in PAGES.items():
            page = visit.open(place(sample))
            assert page.evaluate("document.documentElement.lang") == language
            assert page.evaluate(WIDE) == 0, name
        page = visit.open(PAGES["index"](sample))
        expect(page.locator("#count")).to_have_text(jobs)
        expect(page.locator("#status")).to_contain_text(gone)
        assert barriers(page) == []
        page.locator("#q").fill("Never dated")
        expect(page.locator("#count")).to_have_text(some)
        page = visit.open(PAGES["job"](sample))
        page.locator(".shot").first.click()
        expect(page.locator(".pswp__details h2")).to_have_text(photo)
        expect(page.locator(".pswp__details dt").first).to_have_text(by)
        keep_shot(page, f"lightbox-{language}", whole=False)
