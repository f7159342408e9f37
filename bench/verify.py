"""How many threads pay when every byte of an archive is read and hashed, and in how much memory.

    python bench/verify.py [--photos 400] [--jobs 40] [--rounds 3] [--json]

An archive of photos of 2 MB is made by a sync of `bench/host.py`; then it is verified in full with
1, 2, 4 and 8 threads, each in a process of its own, once from the disk (the system is asked to drop
what it holds of the files) and once from memory. Beside them: `sha256sum` of all files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure
from bench.measure import Took
from bench.sync import Bench

THREADS = (1, 2, 4, 8)
_READ = (
    "import sys; from pathlib import Path; from archiver.archive import Archive;"
    "from archiver.verify import verify_archive;"
    "report = verify_archive(Archive(Path(sys.argv[1])), readers=int(sys.argv[2]));"
    "sys.exit(report.exit_code)"
)


def drop(archive: Path) -> None:
    """Ask the system to forget what it holds of the files in memory."""
    measure.settle()
    for path in archive.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def verify(archive: Path, readers: int) -> Took:
    """One verification in a process of its own."""
    command, environment = measure.archiver()
    return measure.run(
        [command[0], "-c", _READ, str(archive), str(readers)], environment=environment
    )


def sha256sum(archive: Path) -> Took:
    """The same bytes through GNU's tool, one process."""
    return measure.run(["sh", "-c", "find . -type f -print0 | xargs -0 sha256sum"], folder=archive)


def one_round(archive: Path) -> dict[str, Took]:
    """Each number of threads from the disk and from memory."""
    took: dict[str, Took] = {}
    for readers in THREADS:
        drop(archive)
        took[f"{readers} threads, from the disk"] = verify(archive, readers)
        took[f"{readers} threads, from memory"] = verify(archive, readers)
    took["sha256sum, from memory"] = sha256sum(archive)
    return took


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object in the end")
    options = parser.parse_args()
    machine = measure.machine()
    with measure.workplace() as out:
        archive = out / "archive"
        sized = ["--photos", str(options.photos), "--jobs", str(options.jobs)]
        with measure.host(*sized) as ready:
            bench = Bench(**ready, photos=options.photos, jobs=options.jobs, out=out)
            bench.sync(archive, "--no-fsync")
        size = sum(path.stat().st_size for path in archive.rglob("*") if path.is_file())
        rounds = [one_round(archive) for _ in range(options.rounds)]
    took = {name: measure.median([one[name] for one in rounds]) for name in rounds[0]}
    if options.json:
        measured = {name: asdict(one) for name, one in took.items()}
        print(json.dumps({"machine": machine, "bytes": size, **measured}))
        return
    print(f"{size / 1e9:.2f} GB in {options.jobs} jobs; {machine}\n")
    rows = [
        [name, f"{t.seconds:.2f}", f"{t.processor:.2f}", f"{t.memory / 1e6:.0f}"]
        for name, t in took.items()
    ]
    print(measure.table(["", "seconds", "processor s", "peak MB"], rows))


if __name__ == "__main__":
    main()
