"""How long the evidence report of a job with very many photos takes, and how much memory.

    python bench/report.py [--photos 500] [--rounds 3] [--json]

One job of JPEGs of 12 megapixels and 2 MB, each unique, with thumbnails of 400 x 300 pixels and
20 kB, is fetched from a host on this machine (1 GB). Then `archiver report` makes its PDF, each
time in a process of its own: with three exhibits a row, for which the thumbnails are sharp enough,
and with two, for which every photo is opened.

Memory is the most that the process and its decoders held together: resident sets, read every 20 ms,
memory that they share counted twice. Linux alone tells it so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure

_TICK = 0.02


class Watch:
    """The most memory that the children of this process hold together, while it is open."""

    def __init__(self) -> None:
        self.most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_TICK):
            self.most = max(self.most, sum(_resident(pid) for pid in _below("self")))


def _below(pid: str) -> list[str]:
    """The processes that a process began, and those that they did."""
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        found += [one for child in children for one in (child, *_below(child))]
    return found


def _resident(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    except (OSError, IndexError):
        return 0


@dataclass(frozen=True, slots=True)
class Made:
    """What a report took: seconds, processor seconds, bytes of memory, bytes of PDF."""

    seconds: float
    processor: float
    memory: int
    size: int


def an_archive(photos: int, root: Path) -> None:
    """Fetch an archive of one job."""
    command, environment = measure.archiver()
    with measure.host("--photos", str(photos), "--jobs", "1") as ready:
        place = ("--api-url", ready["url"], "--workspace-id", ready["workspace_id"])
        allowed = ("--allow-host", "127.0.0.1", "--no-fsync", "--no-input", "-q")
        key = {"WORKPHOTOS_AUTH_KEY": ready["auth_key"]}
        measure.run([*command, "sync", str(root), *place, *allowed], environment=environment | key)


def report(root: Path, out: Path, *options: str) -> Made:
    """Make the report of the archive's one job."""
    command, environment = measure.archiver()
    (job,) = (folder.name for folder in root.glob("jobs/*/*"))
    environment |= {"XDG_STATE_HOME": str(out / "state")}
    measure.settle()
    with Watch() as watch:
        took = measure.run(
            [*command, "report", str(root), job, "-o", str(out / "report.pdf"), "-q", *options],
            environment=environment,
        )
    size = (out / "report.pdf").stat().st_size
    return Made(took.seconds, took.processor, watch.most, size)


def median(runs: list[Made]) -> Made:
    """The median time; the most memory."""
    return replace(
        runs[0],
        seconds=statistics.median(run.seconds for run in runs),
        processor=statistics.median(run.processor for run in runs),
        memory=max(run.memory for run in runs),
    )


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    machine = measure.machine()
    found: dict[str, Made] = {}
    with measure.workplace() as out:
        an_archive(options.photos, out / "archive")
        for name, rows in (("three", "3"), ("two", "2")):
            runs = [report(out / "archive", out, "--per-row", rows) for _ in range(options.rounds)]
            found[f"{options.photos:,} photos, {name} a row"] = median(runs)
    if options.json:
        print(json.dumps({name: asdict(made) for name, made in found.items()}))
        return
    rows_ = [
        [
            name,
            f"{made.seconds:.1f}",
            f"{made.processor:.1f}",
            f"{made.memory / 1e6:.0f}",
            f"{made.size / 1e6:.1f}",
        ]
        for name, made in found.items()
    ]
    print(f"{machine}\n")
    print(measure.table(["", "seconds", "processor s", "peak MB", "PDF MB"], rows_))


if __name__ == "__main__":
    main()
