"""How a job's page of very many photos opens, and what it holds while it is scrolled to its end.

    python bench/page.py [--photos 2000] [--thumbnail 400x300] [--rounds 3] [--json]

The page is opened from `file://` in headless Chromium, as a reader's: with its policy, its scripts
and a thumbnail file of its own for each photo, of the size and weight that WorkPhotos gives for
pictures of a telephone (400 × 300, 20 kB; another size weighs in proportion). Measured are the
first paint, the load event, the longest block of the main thread while it opens and while it is
scrolled, and the most memory of the page's process: its own, and decoded pictures and drawn tiles
(shared memory, much of which Chromium gives back when others need it). Without the program's own
file, which all processes of the browser share.
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

from archiver.site import SiteSettings, job_assets, job_pages
from bench import measure
from bench.host import THUMBNAIL, THUMBNAIL_BYTES, make_pictures
from tests.factories import a_job, a_seal

SITE = SiteSettings("Bench", "Europe/London")

DIFFERENT = 60
"""Pictures that differ; each is written under many names, so that nothing is decoded only once."""
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


def make(photos: int, thumbnail: tuple[int, int], out: Path) -> dict[str, Any]:
    """Write the job's folder; how large its page is."""
    record = a_job(photos=photos, messages=photos // 5, minutes_apart=0.9)
    weight = THUMBNAIL_BYTES * thumbnail[0] * thumbnail[1] // (THUMBNAIL[0] * THUMBNAIL[1])
    pictures = make_pictures(thumbnail, weight, DIFFERENT)
    bodies = []
    for start, size in pictures.bodies:
        pictures.file.seek(start)
        bodies.append(pictures.file.read(size))
    files = dict(job_assets(SITE))
    files |= {str(name): body for name, body in job_pages(record, a_seal(), SITE)}
    for photo in record.photos:
        assert photo.thumbnail is not None
        files[photo.thumbnail.versions[0].file] = bodies[photo.number % DIFFERENT]
    for name, body in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(body)
    return {"photos": photos, "page_kb": round(len(files["index.html"]) / 1000)}


def page_memory(devtools: CDPSession) -> dict[str, float]:
    """Megabytes that a page's process holds: its own, and pictures. The largest process of each."""
    most = {"own": 0.0, "pictures": 0.0}
    for process in devtools.send("SystemInfo.getProcessInfo")["processInfo"]:
        if process["type"] != "renderer":
            continue
        said = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{process['id']}/status").read_text().splitlines()
        )
        for name, key in (("own", "RssAnon"), ("pictures", "RssShmem")):
            most[name] = max(most[name], int(said[key].split()[0]) * 1024 / 1e6)
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
    found["opened_own_mb"] = memory[0]["own"]
    for name in ("own", "pictures"):
        found[f"scrolled_{name}_mb"] = max(one[name] for one in memory)
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
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        rounds = [visit(browser, (out / "index.html").as_uri()) for _ in range(options.rounds)]
        took["chromium"] = browser.version
        browser.close()
    for name in rounds[0]:
        pick = statistics.median if name in ("paint_ms", "load_ms", "nodes") else max
        took[name] = round(pick([one[name] for one in rounds]))
    if options.json:
        print(json.dumps(took))
        return
    print(f"{machine}\n")
    print(measure.table(["", "value"], [[name, str(value)] for name, value in took.items()]))


if __name__ == "__main__":
    main()
