"""How large the index of very many jobs is, how long it takes to make, and how it opens.

    python bench/index.py [--jobs 100000] [--json]

Each job has some hundred words of made-up chat and ten photos (`bench/searchdata.py`). The index
is opened from `file://` in headless Chromium, if `playwright` and Debian's `chromium`
are installed: first paint, all jobs searchable, some keystrokes, a word of chat found cold, nodes
in the document (elements, texts, comments), memory. Of a keystroke three things are told, each of
the slowest: until the window shows what it finds, until all is known (how many jobs, chat that had
to be read too), and the longest block of the page in all that time.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archiver.models import JobSummary
from archiver.reusedmarks import reused_js
from archiver.site import SiteSettings, checks_js, site_files
from archiver.siteindex import REUSED
from bench import measure, searchdata
from bench.host import THUMBNAIL, THUMBNAIL_BYTES, make_pictures
from tests.factories import a_summary

SITE = SiteSettings("Bench", "Europe/London")
_WORDS = "boiler 4217"
_SAID = "pressure"
_NEWEST = 3000
"""Jobs among which the rows in view are found, for each beginning of the words but the last."""
_KEYSTROKE = """
async (text) => {
  const root = document.documentElement, field = document.querySelector('#q');
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = () => frame().then(() => new Promise((done) => setTimeout(done, 0)));
  const blocks = [];
  const tasks = new PerformanceObserver((l) => l.getEntries().forEach((e) => blocks.push(e)));
  await frame();
  delete root.dataset.searched;
  tasks.observe({ type: 'longtask' });
  const begun = performance.now(), since = () => performance.now() - begun;
  const changed = (what, options, wanted) => new Promise((done) => {
    new MutationObserver((_, seen) => { if (wanted()) { seen.disconnect(); done(); } })
      .observe(what, options);
  });
  const whole = changed(root, { attributes: true }, () => root.dataset.searched === text);
  const rows = changed(document.querySelector('#rows'), { childList: true, subtree: true },
    () => true);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await Promise.race([rows, whole]);
  await drawn();
  const shown = since();
  await whole;
  await drawn();
  const all = since();
  await new Promise((done) => setTimeout(done, 200));
  tasks.disconnect();
  return { shown, all, block: Math.max(0, ...blocks.map((e) => e.duration)) };
}
"""
_WATCH = """
document.addEventListener('readystatechange', () => {
  const root = document.documentElement;
  new MutationObserver(() => {
    if (root.dataset.ready) window.readyAt = window.readyAt || performance.now();
  }).observe(root, { attributes: true });
}, { once: true });
"""
_CHAT = """
(text) => new Promise((done) => {
  const root = document.documentElement, begun = performance.now();
  new MutationObserver((_, seen) => {
    if (root.dataset.searched !== text) return;
    seen.disconnect();
    done(performance.now() - begun);
  }).observe(root, { attributes: true });
  document.querySelector('#q').value = text;
  document.querySelector('#q').dispatchEvent(new Event('input', { bubbles: true }));
})
"""
_NODES = """
() => {
  const walker = document.createTreeWalker(document);
  let nodes = 1;
  while (walker.nextNode()) nodes++;
  return nodes;
}
"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def make(jobs: int, out: Path) -> dict[str, Any]:
    """Make the index and write it; what that took."""
    summaries = [a_summary(number) for number in range(jobs)]
    begun = time.perf_counter()
    files = site_files(summaries, SITE)
    seconds = time.perf_counter() - begun
    for name, body in {**files, "search/checks.js": checks_js({}), REUSED: reused_js(())}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(body)
    thumbnails(summaries, out)
    return {
        "make_s": round(seconds, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6),
        "files": len(files),
        "all_mb": round(sum(map(len, files.values())) / 1e6, 1),
        "search_mb": round(
            sum(len(b) for n, b in files.items() if n.startswith("search")) / 1e6, 1
        ),
        "index_html_kb": round(len(files["index.html"]) / 1000),
    } | searchdata.make(summaries, out, SITE)


def thumbnails(summaries: Sequence[JobSummary], out: Path) -> None:
    """One picture under many names: for the newest jobs and those that the query finds, so that a
    row that is shown has its own, as it has in an archive."""
    pictures = make_pictures(THUMBNAIL, THUMBNAIL_BYTES, 1)
    start, size = pictures.bodies[0]
    pictures.file.seek(start)
    body = pictures.file.read(size)
    number = _WORDS.split()[1]
    for place, one in enumerate(summaries):
        if place < _NEWEST or number in f"{one.title} {one.job_id}":
            assert one.thumbnail is not None
            (out / one.thumbnail).parent.mkdir(parents=True, exist_ok=True)
            (out / one.thumbnail).write_bytes(body)


def opened(page_url: str) -> dict[str, Any] | None:
    """How the index opens in headless Chromium; None when that is not installed."""
    browser_path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if browser_path is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        # The page's own policy forbids the evaluation that the driver needs.
        page = browser.new_page(bypass_csp=True)
        page.add_init_script(_WATCH)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        page.goto(page_url, wait_until="commit")
        page.wait_for_function("window.readyAt", timeout=120_000)
        searchable = page.evaluate("window.readyAt")
        paint = page.evaluate(_PAINT)
        strokes = [page.evaluate(_KEYSTROKE, _WORDS[: end + 1]) for end in range(len(_WORDS))]
        nodes = page.evaluate(_NODES)
        said = page.evaluate(_CHAT, _SAID)
        devtools.send("HeapProfiler.collectGarbage")
        metrics = {
            m["name"]: m["value"] for m in devtools.send("Performance.getMetrics")["metrics"]
        }
        count = page.inner_text("#count")
        browser.close()
    return {
        "first_paint_ms": round(paint or 0),
        "all_searchable_ms": round(searchable),
        "keystroke_worst_ms": round(max(one["shown"] for one in strokes), 1),
        "keystroke_all_known_ms": round(max(one["all"] for one in strokes), 1),
        "keystroke_longest_block_ms": round(max(one["block"] for one in strokes), 1),
        "chat_word_cold_ms": round(said, 1),
        "nodes": nodes,
        "heap_mb": round(metrics["JSHeapUsedSize"] / 1e6, 1),
        "found": count,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    machine = measure.machine()
    with measure.workplace() as out:
        took: dict[str, Any] = {"jobs": options.jobs, **make(options.jobs, out)}
        took |= opened((out / "index.html").as_uri()) or {"browser": "not installed"}
    if options.json:
        print(json.dumps(took))
        return
    print(f"{machine}\n")
    print(measure.table(["", "value"], [[name, str(value)] for name, value in took.items()]))


if __name__ == "__main__":
    main()
