"""Every kind of page, in every dress: axe finds no barrier, nothing is cut off, nothing is asked.

Each visit fails by itself for a console message, a violation of the policy, or a request that
leaves the folder (`chrome.Visit`). Screenshots are kept in `tests/artefacts/screens`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chrome import barriers, keep_shot, visiting
from tests.browser.sample import Sample

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that a dark page can break where the light one does not: the rest is the same."""
PAGES: dict[str, Callable[[Sample], Path]] = {
    "index": lambda sample: sample.root / "index.html",
    "browse": lambda sample: sample.root / "browse.html",
    "month": lambda sample: sample.root / "browse-2025-10.html",
    "photos": lambda sample: sample.root / "photos.html",
    "photo-month": lambda sample: sample.root / "photos-2025-10.html",
    "job": lambda sample: sample.job / "index.html",
    "job-odd": lambda sample: sample.odd / "index.html",
    "job-empty": lambda sample: sample.empty / "index.html",
    "zip": lambda sample: sample.zipped / "index.html",
    "zip-job": lambda sample: sample.zipped / "one" / "index.html",
}
DRESSES: dict[str, dict[str, Any]] = {
    "light": {"width": 1280},
    "dark": {"width": 1280, "dark": True},
    "phone": {"width": 320, "height": 640, "touch": True},
    "zoomed": {"width": 1280, "zoom": 2, "dark": True},
    "plain": {"width": 1280, "scripts": False},
}


@pytest.mark.parametrize("dress", DRESSES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, sample: Sample, dress: str
) -> None:
    found: dict[str, list[str]] = {}
    with visiting(browser, **DRESSES[dress]) as visit:
        for name, place in PAGES.items():
            page = visit.open(place(sample))
            assert page.evaluate(WIDE) == 0, name
            assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")
            if dress in ("light", "phone"):  # the others differ in colour and size alone
                found[name] = barriers(page)
            elif dress == "dark":
                found[name] = barriers(page, COLOURS)
            keep_shot(page, f"{name}-{dress}", whole=dress == "light" and name != "index")
    assert {name: said for name, said in found.items() if said} == {}


def open_lightbox(page: Page) -> None:
    page.locator("#p0001 .shot").click()
    expect(page.locator(".pswp__details")).to_contain_text("Photo #0001")


def open_keys(page: Page) -> None:
    page.locator('[data-act="keys"]').click()


def show(view: str) -> Callable[[Page], None]:
    return lambda page: page.locator(f"label[for=v-{view}]").click()


def unfold(page: Page) -> None:
    """All that is folded or shut, open."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.evaluate("document.querySelectorAll('.fold input').forEach((i) => { i.checked = true; })")


STATES: dict[str, Callable[[Page], None]] = {
    "lightbox": open_lightbox,
    "keys": open_keys,
    "gallery": show("gallery"),
    "register": show("register"),
    "unfolded": unfold,
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_a_job_page(
    browser: Browser, sample: Sample, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    for width in (1280,) if dark else (1280, 390):  # colours do not depend on it
        with visiting(browser, width=width, dark=dark) as visit:
            for name, reach in STATES.items():
                if name == "keys" and width < 720:
                    continue  # no keyboard, no button for it
                page = visit.open(sample.odd / "index.html")
                reach(page)
                assert page.evaluate(WIDE) == 0, name
                found[f"{name}, {width}"] = barriers(page, COLOURS if dark else None)
                page.evaluate("localStorage.clear()")  # the view chosen would be kept
                keep_shot(page, f"state-{name}-{width}-{'dark' if dark else 'light'}")
    assert {name: said for name, said in found.items() if said} == {}


INDEX_STATES = {"chat": ("#q=boiler", "#rows a"), "photos": ("#v=photos", "#photos .tile")}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (1280, True)])
def test_axe_finds_nothing_in_what_was_searched_for(
    browser: Browser, sample: Sample, width: int, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    with visiting(browser, width=width, dark=dark) as visit:
        for name, (fragment, shown) in INDEX_STATES.items():
            page = visit.open(sample.root / "index.html", fragment)
            expect(page.locator(shown).first).to_be_visible()
            assert page.evaluate(WIDE) == 0, name
            found[name] = barriers(page, COLOURS if dark else None)
            keep_shot(page, f"index-{name}-{width}-{'dark' if dark else 'light'}", whole=False)
            page.goto("about:blank")  # only the fragment would change
    assert {name: said for name, said in found.items() if said} == {}
