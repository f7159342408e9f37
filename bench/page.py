"""How a job's page of very many photos opens, and what it holds while it is scrolled to its end.

    python bench/page.py [--photos 2000] [--thumbnail 400x300] [--rounds 3] [--json]

The page is opened from `file://` in headless Chromium, as a reader's: with its policy, its scripts
and a thumbnail file of its own for each photo, of the size and weight that WorkPhotos gives for
pictures of a telephone (400 × 300, 20 kB; another size weighs in proportion). Measured are the
first paint, the load event, the longest block of the main thread while it opens and while it is
scrolled, and the most memory of the page's process: its own, and decoded pictures and drawn tiles
(shared memory). Without the program's own file, which all processes of the browser share.

How much is kept of the pictures is the browser's choice, so memory is measured in three ways:

* `drawn in software`, as here, where there is no graphics card: Chromium keeps the last 1,000
  decoded pictures, however large they are, until others need the memory;
* `with a graphics card` (SwiftShader in its place, so that its times say nothing): pictures are
  kept by the process that speaks with the card, which is counted apart;
* `with little memory`: Chromium's own mode for small computers and telephones.

Needs `playwright` and Debian's `chromium`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from archiver.models import StoredFile
from archiver.site import SiteSettings, job_assets, job_pages
from bench import measure
from bench.host import THUMBNAIL, THUMBNAIL_BYTES, Pictures, make_pictures
from tests.factories import a_job, a_seal

SITE = SiteSettings("Bench", "Europe/London")

DIFFERENT = 60
"""Pictures that differ; each is written under many names, so that nothing is decoded only once."""
WAYS = {
    "software": (),
    "card": (
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--enable-gpu-rasterization",
        "--ignore-gpu-blocklist",
    ),
    "small": ("--enable-low-end-device-mode",),
}
"""Chromium's arguments for each way of drawing."""
_WATCH = """
window.blocks = [];
new PerformanceObserver((seen) => seen.getEntries().forEach((e) => window.blocks.push(e.duration)))
  .observe({ type: 'longtask', buffered: true });
"""
_OPENED = """() => ({
  paint_ms: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  load_ms: performance.getEntriesByType('navigation')[0].loadEventEnd,
  block_ms: Math.max(0, ...window.blocks.splice(0)),
  nodes: document.querySelectorAll('*').length,
})"""
_SCROLL = """async () => {
  scrollBy(0, innerHeight * .9);
  await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done, 60));
  return scrollY + innerHeight < document.documentElement.scrollHeight - 2;
}"""


TYPICAL = ("paint_ms", "load_ms", "nodes")
"""Of these the median is told, of memory and blocks the most."""


def make(photos: int, thumbnail: tuple[int, int], out: Path) -> dict[str, Any]:
    """Write the job's folder; how large its page is."""
    record = a_job(photos=photos, messages=photos // 5, minutes_apart=0.9)
    weight = THUMBNAIL_BYTES * thumbnail[0] * thumbnail[1] // (THUMBNAIL[0] * THUMBNAIL[1])
    bodies: dict[tuple[int, int], list[bytes]] = {}
    files = dict(job_assets(SITE))
    files |= {str(name): body for name, body in job_pages(record, a_seal(), SITE)}
    for photo in record.photos:
        assert photo.thumbnail is not None
        stored = photo.thumbnail.versions[0]
        size = shaped(thumbnail, stored)
        if size not in bodies:
            bodies[size] = read(make_pictures(size, weight, DIFFERENT))
        files[stored.file] = bodies[size][photo.number % DIFFERENT]
    for name, body in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(body)
    return {"photos": photos, "page_kb": round(len(files["index.html"]) / 1000)}


def shaped(thumbnail: tuple[int, int], stored: StoredFile) -> tuple[int, int]:
    """The pixels of a photo's thumbnail: of the photo's own shape, its longer side as asked."""
    width, height = stored.width or 1, stored.height or 1
    longer = max(thumbnail)
    if width >= height:
        return longer, round(longer * height / width)
    return round(longer * width / height), longer


def read(pictures: Pictures) -> list[bytes]:
    """The pictures' bodies."""
    bodies = []
    for start, size in pictures.bodies:
        pictures.file.seek(start)
        bodies.append(pictures.file.read(size))
    return bodies


def page_memory(devtools: CDPSession) -> dict[str, float]:
    """Megabytes that a page's process holds: its own, and pictures; and what is held by the process
    that speaks with the graphics card. The largest process of each kind."""
    most = {"own": 0.0, "pictures": 0.0, "both": 0.0, "card": 0.0}
    for process in devtools.send("SystemInfo.getProcessInfo")["processInfo"]:
        if process["type"] not in ("renderer", "GPU"):
            continue
        said = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{process['id']}/status").read_text().splitlines()
        )
        own, shared = (int(said[key].split()[0]) * 1024 / 1e6 for key in ("RssAnon", "RssShmem"))
        if process["type"] == "GPU":
            most["card"] = own
        elif own + shared > most["both"]:
            most |= {"own": own, "pictures": shared, "both": own + shared}
    return most


def visit(browser: Browser, address: str) -> dict[str, float]:
    """Open the page, scroll it to its end, and say what that took."""
    devtools = browser.new_browser_cdp_session()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page: Page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(500)
    found: dict[str, float] = page.evaluate(_OPENED)
    memory = [page_memory(devtools)]
    while page.evaluate(_SCROLL):
        memory.append(page_memory(devtools))
    found["opened_mb"] = memory[0]["both"]
    for name in memory[0]:
        found[f"scrolled_{name}_mb"] = max(one[name] for one in memory)
    found["scrolled_card_mb"] -= memory[0]["card"]
    found["scroll_block_ms"] = page.evaluate("Math.max(0, ...window.blocks)")
    context.close()
    return found


def main() -> None:
    """Measure, print medians (of memory and blocks, the most)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--thumbnail", default="x".join(map(str, THUMBNAIL)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        parser.error("chromium is not installed")
    width, _, height = options.thumbnail.partition("x")
    machine = measure.machine()
    with measure.workplace() as out, sync_playwright() as playwright:
        took = make(options.photos, (int(width), int(height)), out)
        for way, arguments in WAYS.items():
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", *arguments]
            )
            rounds = [visit(browser, (out / "index.html").as_uri()) for _ in range(options.rounds)]
            took["chromium"] = browser.version
            browser.close()
            for name in rounds[0]:
                if way == "software" or name.endswith("_mb"):
                    pick = statistics.median if name in TYPICAL else max
                    took[f"{way}_{name}"] = round(pick([one[name] for one in rounds]))
    if options.json:
        print(json.dumps(took))
        return
    print(f"{machine}\n")
    print(measure.table(["", "value"], [[name, str(value)] for name, value in took.items()]))


if __name__ == "__main__":
    main()
