"""How fast the tables of an archive of very many jobs are written, and in how much memory.

    python bench/tables.py [--jobs 10000] [--photos 10] [--messages 10] [--json]

The archive is made of records alone, sealed and in the ledger as a sync would have them (tables
read no photo). Each command runs in a process of its own, over all jobs and over a tenth of them:
memory must not follow their number.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archiver.archive import Archive, ArchiveSettings, begin
from archiver.bag import commitment, seal_bag
from archiver.models import JobId, JobRecord, RelPath
from archiver.naming import job_key
from archiver.record import RECORD_PATH, record_bytes
from archiver.storage import sha256_bytes, write_staged
from bench import measure
from bench.measure import Took
from tests.factories import START, a_digest, a_job
from tests.pipeline import fixed_salt

COMMANDS = {
    "photo-log, CSV": ("photo-log", "-o", "photos.csv"),
    "photo-log, Excel": ("photo-log", "-o", "photos.xlsx"),
    "messages, CSV": ("messages", "-o", "messages.csv"),
    "messages, Excel": ("messages", "-o", "messages.xlsx"),
    "dump, JSON Lines": ("dump", "-o", "all.jsonl"),
    "dump, SQLite": ("dump", "--sqlite", "all.sqlite"),
}


def make(root: Path, jobs: int, photos: int, messages: int) -> None:
    """An archive of so many jobs, each with so many photos and messages."""
    settings = ArchiveSettings("bench", "Europe/London")
    archive, ledger = begin(root, settings, START, sync=False)
    record = a_job(photos=photos, messages=messages)
    for number in range(jobs):
        job_id = JobId(f"{number:024x}")
        folder = f"2025-10-22-job-{number}-{job_id}"
        one = replace(record, job_id=job_id, folder=folder, title=f"Job {number}")
        key, salt, bag = job_key(job_id), fixed_salt(job_id, 1), _seal(archive, one)
        new, view = commitment(salt, bag), a_digest("view")
        ledger.append("sealing", START, job=key, seal=1, old=None, new=new, view=view, changes={})
        ledger.append("sealed", START, job=key, seal=1)


def _seal(archive: Archive, record: JobRecord) -> bytes:
    """A job's folder without its photos; gives its tag manifest."""
    folder = archive.jobs / "2025" / record.folder
    body = record_bytes(record)
    payload = {RelPath(RECORD_PATH): sha256_bytes(body)}
    payload |= {stored.file: stored.sha256 for one in record.references for stored in one.versions}
    write_staged(folder / RECORD_PATH, body)
    salt = fixed_salt(record.job_id, 1)
    sizes = dict.fromkeys(payload, 1)
    workspace = "bench"
    bag = seal_bag(folder, record, payload, sizes, workspace_id=workspace, salt=salt, previous=None)
    return bag.tagmanifest


def write(root: Path, out: Path, arguments: tuple[str, ...]) -> tuple[Took, int]:
    """One command in a process of its own; also gives the bytes of its file."""
    command, environment = measure.archiver()
    name, *options, file = arguments
    took = measure.run(
        [*command, name, str(root), *options, str(out / file)],
        environment={**environment, "XDG_STATE_HOME": str(out / "state")},
    )
    return took, (out / file).stat().st_size


def rows_of(file: Path) -> int:
    """The rows of a CSV file, without its header."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return sum(1 for _ in csv.reader(text)) - 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--photos", type=int, default=10)
    parser.add_argument("--messages", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    machine = measure.machine()
    found: dict[str, dict[str, object]] = {}
    with measure.workplace() as out:
        for jobs in (options.jobs // 10, options.jobs):
            root = out / f"archive-{jobs}"
            make(root, jobs, options.photos, options.messages)
            for name, arguments in COMMANDS.items():
                took, size = write(root, out, arguments)
                found[f"{name}, {jobs:,} jobs"] = {**asdict(took), "bytes": size, "jobs": jobs}
            for table in ("photo-log", "messages"):
                rows = rows_of(out / f"{'photos' if table == 'photo-log' else table}.csv")
                for kind in ("CSV", "Excel"):
                    found[f"{table}, {kind}, {jobs:,} jobs"]["rows"] = rows
            measure.remove(root)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{machine}\n")
    print(measure.table(("", *_HEAD), [(name, *_cells(one)) for name, one in found.items()]))


_HEAD = ("seconds", "processor s", "rows / processor s", "peak MB", "file MB")


def _cells(one: dict[str, object]) -> tuple[str, ...]:
    seconds, processor, memory, size = (
        float(str(one[key])) for key in ("seconds", "processor", "memory", "bytes")
    )
    rows = f"{float(str(one['rows'])) / processor:,.0f}" if "rows" in one else ""
    return f"{seconds:.2f}", f"{processor:.2f}", rows, f"{memory / 1e6:.0f}", f"{size / 1e6:.1f}"


if __name__ == "__main__":
    main()
