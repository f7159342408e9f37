"""The same pages from `archiver serve`: its own policy besides theirs, and a secure context."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from archiver.archive import ArchiveSettings
from tests.browser.chrome import visiting
from tests.browser.sample import Sample


@pytest.fixture(scope="module")
def address(sample: Sample) -> Iterator[str]:
    """Where the sample is served."""
    settings = sample.root / "archive.json"
    settings.write_bytes(ArchiveSettings("ws", "Europe/London").to_bytes())
    command = [sys.executable, "-m", "archiver", "serve", str(sample.root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        assert server.stdout is not None
        found = None
        for line in server.stdout:
            if found := re.search(rb"http://[0-9.:a-z\[\]]+/", line):
                break
        assert found, "it did not say where it serves"
        yield found[0].decode()
        server.terminate()
    settings.unlink()


def test_every_page_works_as_from_the_disk(browser: Browser, sample: Sample, address: str) -> None:
    def at(file: Path) -> str:
        return address + file.relative_to(sample.root).as_posix()

    with visiting(browser, origin=address) as visit:
        page = visit.page
        for file in (sample.root / "browse.html", sample.empty / "index.html"):
            page.goto(at(file))
            expect(page.locator("h1")).to_be_visible()
        page.goto(at(sample.root / "index.html"))
        expect(page.locator("#count")).to_have_text("123 jobs")
        page.goto(at(sample.job / "index.html") + "#photo-0003")
        expect(page.locator(".pswp__details")).to_contain_text("Photo #0003")
        page.keyboard.press("Escape")
        page.locator("#verify").set_input_files(sample.job)
        expect(page.locator("#verdict")).to_contain_text("files match their SHA-256")
