"""Takes the pictures of README and docs from an archive of the sample workspace, in Chromium.

archiver demo demo-archive
python -m tests.make_pictures demo-archive docs/images
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from archiver.archive import job_folders, load_job
from tests.browser.chrome import launched, visiting

BOILER = "Boiler"
"""What the job that is shown is named after."""
QUALITY = 82


def keep(shot: bytes, target: Path) -> None:
    """A screenshot as WebP."""
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").save(target, "WEBP", quality=QUALITY, method=6)


def shown(page: Page, target: Path) -> None:
    """What is in view, once every picture in it has arrived."""
    page.evaluate(
        "Promise.all([...document.images].filter((i) => {"
        " const r = i.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight; })"
        ".map((i) => i.decode().catch(() => 0)))"
    )
    page.wait_for_timeout(300)
    keep(page.screenshot(), target)


def main(root: Path, target: Path) -> None:
    """All pictures, into `target`."""
    records = {folder: load_job(folder) for folder in job_folders(root)}
    boilers = [f for f, one in records.items() if BOILER in (one.title or "") and one.photos]
    job = max(boilers, key=lambda folder: len(records[folder].photos))
    gap = next(f for f, one in records.items() if any(p.image.failure for p in one.photos))
    index, address = root / "index.html", job / "index.html"
    with launched() as browser:
        with visiting(browser, height=800) as visit:
            shown(visit.open(index), target / "index.webp")
            page = visit.open(index)
            page.locator("#q").fill("leak tap")
            page.wait_for_timeout(1500)
            shown(page, target / "index-search.webp")
            page.locator("#q").fill("")
            page.locator("label[for=v-photos]").click()
            page.wait_for_timeout(1000)
            shown(page, target / "index-photos.webp")
            page.locator("label[for=v-dense]").click()
            shown(visit.open(address), target / "job-light.webp")
            page.locator("#p0001 .shot").click()
            page.wait_for_timeout(1200)
            shown(page, target / "lightbox.webp")
            missing = visit.open(gap / "index.html")
            missing.locator(".miss").first.scroll_into_view_if_needed()
            shown(missing, target / "missing-photo.webp")
        with visiting(browser, height=800, dark=True) as visit:
            shown(visit.open(address), target / "job-dark.webp")
        with visiting(browser, width=390, height=800, touch=True) as visit:
            shown(visit.open(address), target / "job-phone.webp")
    with Image.open(job / "contact-sheet-01.jpg") as sheet:
        sheet.thumbnail((900, 1300))
        sheet.save(target / "contact-sheet.webp", "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
