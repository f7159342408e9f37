"""What it costs to make a job's new folder survive a power cut: one sync for all, or one a file.

    python bench/durability.py [--files 2000] [--size 100000] [--rounds 5] [--json]

A folder of so many files is written anew for each measurement, then synced: by
`storage.sync_tree` as a commit does it (on Linux one `syncfs`), and by one `fsync` for every file
and folder. (The whole `sync`, with and without `--no-fsync`: `bench/sync.py`.)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archiver.storage import fsync_dir, fsync_file, sync_tree
from bench.measure import OUT


def one_by_one(folder: Path) -> None:
    """Sync every file and folder by itself."""
    for path in sorted(folder.rglob("*")):
        fsync_dir(path) if path.is_dir() else fsync_file(path)
    fsync_dir(folder)


def nothing(folder: Path) -> None:
    """Leave it to the system."""
    del folder


WAYS: dict[str, Callable[[Path], None]] = {
    "one syncfs for all": sync_tree,
    "one fsync a file": one_by_one,
    "none (--no-fsync)": nothing,
}


def measured(way: Callable[[Path], None], files: int, size: int) -> float:
    """Seconds to write a folder and sync it, after what was written before has settled."""
    folder = OUT / "durability"
    shutil.rmtree(folder, ignore_errors=True)
    os.sync()
    begun = time.perf_counter()
    for number in range(files):
        place = folder / f"{number % 4}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:05d}").write_bytes(os.urandom(1) * size)
    way(folder)
    took = time.perf_counter() - begun
    shutil.rmtree(folder)
    return took


def main() -> None:
    """Measure each way in turn, round by round; print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--size", type=int, default=100_000, help="bytes of each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(asked.rounds):
        for name, way in WAYS.items():
            found[name].append(measured(way, asked.files, asked.size))
    medians = {name: round(statistics.median(times), 3) for name, times in found.items()}
    if asked.json:
        print(json.dumps({"files": asked.files, "bytes": asked.size, "seconds": medians}))
        return
    for name, seconds in medians.items():
        print(f"{name:<20} {seconds:8.3f} s")


if __name__ == "__main__":
    main()
