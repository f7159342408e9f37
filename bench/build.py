"""How long pages and contact sheets take, alone and in `archiver build`, without network.

    python bench/build.py [--pages 1000] [--sheets 40] [--jobs 100] [--json]

Pages are made from records of 25 messages and 25 photos; sheets from thumbnails of 400 × 300 pixels
and 20 kB, 25 a job (two pages of A4 and the PDF), once on one thread and once on two.

Then an archive of `--jobs` such jobs is fetched from a host on this machine, and `archiver build`
makes every page of it again (the workspace has got another name), finds nothing changed, and makes
every sheet again (`--sheet-layout 5x5`: one page a job).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archiver.models import JobRecord
from archiver.sheetplan import plan_sheets
from archiver.sheets import make_sheets
from archiver.site import SiteSettings
from bench import measure
from bench.host import THUMBNAIL, THUMBNAIL_BYTES, make_pictures
from bench.measure import Took
from tests.factories import a_job, a_seal
from tests.pages import job_page

PHOTOS = MESSAGES = 25
SITE = SiteSettings("Bench", "Europe/London")


def timed(begun: float, busy: float) -> Took:
    """What has passed since two readings of the clocks."""
    return Took(time.perf_counter() - begun, time.process_time() - busy)


def pages(count: int) -> tuple[Took, int]:
    """Make job pages; also gives the bytes of the last."""
    record, seal = a_job(photos=PHOTOS, messages=MESSAGES), a_seal()
    job_page(record, seal, SITE)
    size = 0
    begun, busy = time.perf_counter(), time.process_time()
    for number in range(count):
        size = len(job_page(replace(record, title=f"Job {number}"), seal, SITE))
    return timed(begun, busy), size


def moved(record: JobRecord, days: int) -> JobRecord:
    """The record so many days later, so that no two jobs have the same lines on their sheets."""
    later = timedelta(days=days, minutes=days)
    messages = tuple(
        replace(one, uploaded=one.uploaded and one.uploaded + later) for one in record.messages
    )
    return replace(record, messages=messages)


def job_folders(count: int, out: Path) -> tuple[JobRecord, list[Path]]:
    """Folders with the thumbnails that one record speaks of, each picture another."""
    record = a_job(photos=PHOTOS, messages=MESSAGES)
    pictures = make_pictures(THUMBNAIL, THUMBNAIL_BYTES, PHOTOS)
    bodies = []
    for start, size in pictures.bodies:
        pictures.file.seek(start)
        bodies.append(pictures.file.read(size))
    folders = [out / f"job-{number:03d}" for number in range(count)]
    for folder in folders:
        (folder / "data" / "thumbnails").mkdir(parents=True)
        for photo, body in zip(record.photos, bodies, strict=True):
            assert photo.thumbnail is not None
            (folder / photo.thumbnail.versions[0].file).write_bytes(body)
    return record, folders


def sheets(record: JobRecord, folders: list[Path], threads: int) -> Took:
    """Make the contact sheets of every folder, each on other days."""

    def make(number: int) -> None:
        folder, shown = folders[number], moved(record, number + 100 * threads)
        make_sheets(plan_sheets(shown, folder.joinpath, SITE.reader), folder)

    make(0)
    begun, busy = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(make, range(len(folders))))
    return timed(begun, busy)


def an_archive(jobs: int, root: Path) -> None:
    """Fetch an archive of jobs of 25 photos of thumbnail size."""
    command, environment = measure.archiver()
    with measure.host("--photos", str(jobs * PHOTOS), "--jobs", str(jobs), "--small") as ready:
        place = ("--api-url", ready["url"], "--workspace-id", ready["workspace_id"])
        allowed = ("--allow-host", "127.0.0.1", "--no-fsync", "--no-input", "-q")
        key = {"WORKPHOTOS_AUTH_KEY": ready["auth_key"]}
        measure.run([*command, "sync", str(root), *place, *allowed], environment=environment | key)


def builds(jobs: int, out: Path) -> dict[str, Took]:
    """Whole builds of an archive, each in a process of its own, started and ended."""
    root = out / "archive"
    an_archive(jobs, root)
    command, environment = measure.archiver()

    def build(*options: str) -> Took:
        measure.settle()
        return measure.run([*command, "build", str(root), "-q", *options], environment=environment)

    build()
    settings = json.loads((root / "archive.json").read_text("utf-8"))
    renamed = json.dumps(settings | {"workspace_name": "Another name"}, indent=1)
    (root / "archive.json").write_text(renamed + "\n", "utf-8")
    return {
        f"build, {jobs:,} pages again": build(),
        f"build, {jobs:,} jobs, nothing changed": build(),
        f"build, {jobs:,} sheets of 25 and pages again": build("--sheet-layout", "5x5"),
    }


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--sheets", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=100, help="0 leaves the builds out")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    machine = measure.machine()
    made, size = pages(options.pages)
    took = {f"{options.pages:,} pages of {MESSAGES} messages, {PHOTOS} photos": made}
    with measure.workplace() as out:
        record, folders = job_folders(options.sheets, out)
        for threads in (1, 2):
            name = f"sheets of {options.sheets} jobs of {PHOTOS} photos, {threads} thread(s)"
            took[name] = sheets(record, folders, threads)
        if options.jobs:
            took |= builds(options.jobs, out)
    if options.json:
        print(json.dumps({"page_bytes": size} | {name: asdict(t) for name, t in took.items()}))
        return
    print(f"{machine}; one page is {size / 1000:.0f} kB\n")
    rows = [
        [
            name,
            f"{t.seconds:.2f}",
            f"{t.processor:.2f}",
            f"{t.memory / 1e6:.0f}" if t.memory else "",
        ]
        for name, t in took.items()
    ]
    print(measure.table(["", "seconds", "processor s", "peak MB of any one process"], rows))


if __name__ == "__main__":
    main()
