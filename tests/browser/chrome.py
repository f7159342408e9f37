"""Debian's Chromium through Playwright, with an ear for everything a page must not do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

CHROMIUM = Path(os.environ.get("ARCHIVER_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


_RUNNING: list[Browser] = []


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium; skips where there is none, unless ARCHIVER_REQUIRE_BROWSER is set.

    Whoever asks while one runs gets that one: Playwright cannot be begun twice in a thread.
    """
    if _RUNNING:
        yield _RUNNING[0]
        return
    if not CHROMIUM.exists():
        if os.environ.get("ARCHIVER_REQUIRE_BROWSER"):
            pytest.fail(f"{CHROMIUM} is missing, and ARCHIVER_REQUIRE_BROWSER is set")
        pytest.skip(f"{CHROMIUM} is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        _RUNNING.append(browser)
        yield browser
        _RUNNING.clear()
        browser.close()


class Visit:
    """One browser context; `faults` collects what no page may do."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        self.faults: list[str] = []
        self.page = context.new_page()
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("requestfailed", self._failed)

    def _asked(self, url: str) -> None:
        if not url.startswith(self.origin):
            self.faults.append(f"request: {url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a picture not waited for when leaving a page
            self.faults.append(f"failed: {request.url}: {request.failure}")

    def open(self, file: Path, fragment: str = "") -> Page:
        """Open a file from the disk."""
        self.page.goto(file.as_uri() + fragment)
        return self.page


SHOTS = Path(__file__).parent.parent / "artefacts" / "screens"
"""Where screenshots are kept to be looked at; not part of the source."""


def keep_shot(page: Page, name: str, *, whole: bool = False) -> None:
    """A screenshot for the eye: the window, or the whole page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)


def barriers(page: Page, rules: Sequence[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands, by every rule or by these: where, and what to do."""
    # Without preloading: it would ask for the style sheets again, which the policy forbids.
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if rules is not None:
        options["runOnly"] = list(rules)
    found: dict[str, Any] = Axe().run(page, options=options).response
    return [
        f"{one['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@contextmanager
def visiting(
    browser: Browser,
    *,
    width: int = 1280,
    height: int = 900,
    dark: bool = False,
    scripts: bool = True,
    zoom: float = 1,
    touch: bool = False,
    origin: str = "file://",
) -> Iterator[Visit]:
    """A fresh context; on leaving, everything the pages did wrong fails the test. A `zoom` of 2 is
    what a reader gets who enlarges pages to 200 %: half the room, twice the pixels. Whatever is
    asked for outside `origin` is a fault."""
    context = browser.new_context(
        viewport={"width": int(width / zoom), "height": int(height / zoom)},
        device_scale_factor=zoom,
        has_touch=touch,
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    visit = Visit(context, origin)
    yield visit
    context.close()
    if visit.faults:
        pytest.fail("the page misbehaved:\n" + "\n".join(visit.faults))
