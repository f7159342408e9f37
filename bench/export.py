"""How long a job with much in it takes to be handed over, and in how much memory.

    python bench/export.py [--photos 222] [--rounds 5] [--json]

An archive of one job with photos of 2 MB (445 MB in all) is made by a sync of `bench/host.py`.
Then, in turn: `archiver export --profile full --originals`; the same after what the zip writer does
alone (`ZipWriter` over the same files, each hashed, and the zip itself), and once more with a
checksum of 2 GB/s in place of SHA-256, which is what processors with instructions for that reach
(what this one does is told in the first line); `zip -0 -r`, which hashes nothing; and `zip -0 -r`
with `sha256sum` of what it took and of what it wrote, which is the same work with tools that are
there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure
from bench.measure import Took
from bench.sync import Bench

_AS_IF = """
import hashlib, zlib
class Quick:
    def __init__(self, body=b""):
        self._sum = zlib.crc32(body)
    def update(self, body):
        self._sum = zlib.crc32(body, self._sum)
    def hexdigest(self):
        return f"{self._sum:064x}"
hashlib.sha256 = Quick
"""
_WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from archiver.zips import ZipWriter
folder = Path(sys.argv[1])
with ZipWriter(Path(sys.argv[2])) as target:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as source:
                name = path.relative_to(folder.parent).as_posix()
                target.add_file(name, source, datetime(2025, 1, 1, tzinfo=UTC))
print(target.sha256)
"""


def hashing_speed() -> float:
    """Bytes a second of SHA-256 on one core, the best of some tries."""
    body = bytes(1 << 24)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        hashlib.sha256(body)
        took.append(time.perf_counter() - begun)
    return len(body) / min(took)


def one_round(archive: Path, folder: Path, out: Path) -> dict[str, Took]:
    """Each way once, the zip removed and the disk settled before each."""
    command, environment = measure.archiver()
    wanted = str(out / "x.zip")
    full = ["--profile", "full", "--originals", "--yes", "-o", wanted]
    quoted = f"zip -0 -q -r {wanted} {folder.name}"
    hashed = f"{quoted} && find {folder.name} -type f -print0 | xargs -0 sha256sum >{out}/sums"
    ways = {
        "archiver export": [*command, "export", str(archive), folder.name, *full],
        "its zip writer alone": [command[0], "-c", _WRITE, str(folder), wanted],
        "its zip writer, hashing at 2 GB/s": [
            *(command[0], "-c", _AS_IF + _WRITE, str(folder), wanted)
        ],
        "zip -0 -r": ["sh", "-c", f"{quoted} && sync {wanted}"],
        "zip -0 -r, sha256sum of both": [
            *("sh", "-c", f"{hashed} && sha256sum {wanted} && sync {wanted}")
        ],
    }
    took = {}
    for name, words in ways.items():
        (out / "x.zip").unlink(missing_ok=True)
        measure.settle()
        took[name] = measure.run(words, folder=folder.parent, environment=environment)
    return took


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=222)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object in the end")
    options = parser.parse_args()
    if shutil.which("zip") is None:
        raise SystemExit("zip is missing (apt-get install zip)")
    machine = measure.machine()
    with measure.workplace() as out:
        archive = out / "archive"
        with measure.host("--photos", str(options.photos), "--jobs", "1") as ready:
            bench = Bench(**ready, photos=options.photos, jobs=1, out=out)
            bench.sync(archive, "--no-fsync")
        (folder,) = (path.parent for path in archive.glob("jobs/*/*/bagit.txt"))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        rounds = [one_round(archive, folder, out) for _ in range(options.rounds)]
    told = {name: measure.median([one[name] for one in rounds]) for name in rounds[0]}
    rows = [
        [name, f"{t.seconds:.2f} s", f"{t.processor:.2f} s", f"{t.memory / 1e6:.0f} MB"]
        for name, t in told.items()
    ]
    print(
        f"{machine}; SHA-256 at {hashing_speed() / 1e6:.0f} MB/s; {size / 1e6:.0f} MB in one job's "
        f"folder; medians of {options.rounds}\n"
    )
    print(measure.table(["", "seconds", "processor", "memory"], rows))
    if options.json:
        print(json.dumps({name: asdict(t) for name, t in told.items()}))


if __name__ == "__main__":
    main()
