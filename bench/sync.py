"""How long a whole sync takes beside tools that do a part of it, and in how much memory.

    python bench/sync.py                     1,000 photos of 2 MB in 40 jobs, three rounds
    python bench/sync.py --photos 100 --jobs 4 --rounds 1
    python bench/sync.py --json

Each round runs, one after the other and each into an empty folder: curl alone, curl and sha256sum,
curl and sha256sum and ImageMagick's montage, `archiver sync`, its second run with nothing new, and
`archiver sync --no-fsync`. All fetch the same addresses of one host on this machine, which shares
its cores with them. Before each the disk is let finish; curl and the others are not made to sync.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure
from bench.measure import Took

CELLS = 20
"""Photos on one contact sheet, as in `archiver`."""
MEMORY_TARGET = 250_000_000
SECOND_RUN_TARGET = 3.0
SLOWER_THAN_CURL_TARGET = 2.5

CURL, HASHED, SHEETS = "curl", "curl + sha256sum", "curl + sha256sum + montage"
SYNC, AGAIN, UNSYNCED = "archiver sync", "archiver sync, nothing new", "archiver sync --no-fsync"


@dataclass(frozen=True, slots=True)
class Bench:
    """What is fetched: from where, how many photos and jobs, and where to."""

    url: str
    auth_key: str
    workspace_id: str
    photos: int
    jobs: int
    out: Path

    # The rivals

    def curl(self, folder: Path) -> Took:
        """Fetch every photo and thumbnail with curl, 32 at once; nothing is checked."""
        listed = self.out / "curl.txt"
        with listed.open("w") as file:
            for kind in ("photo", "thumbnail"):
                for number in range(self.photos):
                    name = f"{kind}/{number:08d}.jpg"
                    file.write(f'url = "{self.url}/{name}"\noutput = "{folder / name}"\n')
        for kind in ("photo", "thumbnail"):
            (folder / kind).mkdir(parents=True)
        return measure.run(
            ["curl", "-Z", "--parallel-max", "32", "-sS", "--fail", "-K", str(listed)]
        )

    def sha256sum(self, folder: Path) -> Took:
        """Hash what curl fetched."""
        sums = "sha256sum photo/*.jpg thumbnail/*.jpg > SHA256SUMS"
        return measure.run(["sh", "-c", sums], folder=folder)

    def montage(self, folder: Path) -> Took:
        """Contact sheets of each job's thumbnails on A4 at 150 dpi, as many cells a page as ours,
        a process for each core."""
        sheets = []
        for job in range(self.jobs):
            first, last = (at * self.photos // self.jobs for at in (job, job + 1))
            for page, begin in enumerate(range(first, last, CELLS)):
                cells = range(begin, min(begin + CELLS, last))
                names = " ".join(f"thumbnail/{number:08d}.jpg" for number in cells)
                sheets.append(f"{names} sheet-{job:03d}-{page:02d}.jpg")
        (folder / "sheets.txt").write_text("\n".join(sheets) + "\n")
        command = (
            f"xargs -P {os.cpu_count()} -L 1 montage -label %f -tile 4x5 "
            "-geometry 282x212+14+40 -quality 82 < sheets.txt"
        )
        return measure.run(["sh", "-c", command], folder=folder)

    # Ours

    def sync(self, archive: Path, *options: str) -> Took:
        """One run of `archiver sync` in a process of its own."""
        command, environment = measure.archiver()
        environment["WORKPHOTOS_AUTH_KEY"] = self.auth_key
        place = ["--api-url", self.url, "--workspace-id", self.workspace_id]
        return measure.run(
            [*command, "sync", str(archive), *place, "--no-input", "-q", "--json", *options],
            environment=environment,
        )


def one_round(bench: Bench, *, with_montage: bool) -> dict[str, Took]:
    """Each contender once, each beginning with an empty folder and a quiet disk."""
    took: dict[str, Took] = {}
    folder = bench.out / "run"

    def fresh(work: Callable[[], Took]) -> Took:
        measure.remove(folder)
        measure.settle()
        return work()

    took[CURL] = fresh(lambda: bench.curl(folder))
    took[HASHED] = fresh(lambda: bench.curl(folder) + bench.sha256sum(folder))
    if with_montage:
        took[SHEETS] = fresh(
            lambda: bench.curl(folder) + bench.sha256sum(folder) + bench.montage(folder)
        )
    took[SYNC] = fresh(lambda: bench.sync(folder))
    took[AGAIN] = bench.sync(folder)
    took[UNSYNCED] = fresh(lambda: bench.sync(folder, "--no-fsync"))
    measure.remove(folder)
    return took


def memory_by_size(sizes: list[tuple[str, int, int, bool]], out: Path) -> dict[str, Took]:
    """A first sync of workspaces of several sizes: name, photos, jobs, photos of thumbnail size."""
    took: dict[str, Took] = {}
    for name, photos, jobs, small in sizes:
        options = ["--photos", str(photos), "--jobs", str(jobs), *(["--small"] if small else [])]
        with measure.host(*options) as ready:
            bench = Bench(**ready, photos=photos, jobs=jobs, out=out)
            measure.settle()
            took[name] = bench.sync(out / "run")
            took[f"{name}, nothing new"] = bench.sync(out / "run")
            measure.remove(out / "run")
    return took


def verdicts(took: dict[str, Took]) -> list[tuple[str, str, bool]]:
    """What was to be reached, what was measured, and whether that is reached."""
    sync, curl, again = took[SYNC], took[CURL], took[AGAIN]
    times = sync.seconds / curl.seconds
    found = [
        ("sync whole ≤ 2.5 × curl alone", f"{times:.2f} ×", times <= SLOWER_THAN_CURL_TARGET),
        (
            "second run with nothing new ≤ 3 s",
            f"{again.seconds:.2f} s",
            again.seconds <= SECOND_RUN_TARGET,
        ),
        (
            "peak memory ≤ 250 MB",
            f"{max(one.memory for name, one in took.items() if 'sync' in name) / 1e6:.0f} MB",
            all(one.memory <= MEMORY_TARGET for name, one in took.items() if "archiver" in name),
        ),
    ]
    if SHEETS in took:
        seconds = took[SHEETS].seconds
        said = f"{sync.seconds:.2f} s against {seconds:.2f} s"
        found.insert(1, (f"faster than {SHEETS}", said, sync.seconds < seconds))
    return found


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-sizes", action="store_true", help="leave out memory by size")
    parser.add_argument("--json", action="store_true", help="print one JSON object in the end")
    options = parser.parse_args()
    curl, montage = measure.rival("curl", "--version"), measure.rival("montage", "-version")
    if curl is None:
        raise SystemExit("curl is needed: apt-get install curl")
    say = (lambda text: print(text, file=sys.stderr)) if options.json else print
    machine = measure.machine()
    say(f"{options.photos} photos in {options.jobs} jobs; {machine}")
    say(curl)
    say(montage or "montage is not installed (apt-get install imagemagick): left out")

    rounds: list[dict[str, Took]] = []
    with measure.workplace() as out:
        sized = ["--photos", str(options.photos), "--jobs", str(options.jobs)]
        with measure.host(*sized) as ready:
            bench = Bench(**ready, photos=options.photos, jobs=options.jobs, out=out)
            for number in range(options.rounds):
                took = one_round(bench, with_montage=montage is not None)
                rounds.append(took)
                brief = ", ".join(f"{name} {one.seconds:.2f} s" for name, one in took.items())
                say(f"round {number + 1}: {brief}")
        sizes: dict[str, Took] = {}
        if not options.no_sizes:
            less, fewer = options.photos // 4, max(1, options.jobs // 4)
            more, many = options.photos * 4, options.jobs * 4
            sizes = memory_by_size(
                [
                    (f"{less:,} photos of 2 MB in {fewer} jobs", less, fewer, False),
                    (f"{more:,} photos of 20 kB in {many} jobs", more, many, True),
                ],
                out,
            )

    medians = {name: measure.median([took[name] for took in rounds]) for name in rounds[0]}
    say("")
    say(_table(medians, medians[CURL].seconds))
    if sizes:
        say("\nMemory by size of the workspace:\n")
        whole = {f"{options.photos:,} photos of 2 MB in {options.jobs} jobs": medians[SYNC]}
        say(_table({**sizes, **whole}, None))
    say("")
    for wanted, said, reached in verdicts(medians):
        say(f"{'reached' if reached else 'MISSED '}  {wanted}: {said}")
    if options.json:
        print(
            json.dumps(
                {
                    "machine": machine,
                    "photos": options.photos,
                    "jobs": options.jobs,
                    "medians": {name: asdict(one) for name, one in medians.items()},
                    "rounds": [{name: asdict(one) for name, one in r.items()} for r in rounds],
                    "sizes": {name: asdict(one) for name, one in sizes.items()},
                    "reached": {wanted: ok for wanted, _, ok in verdicts(medians)},
                }
            )
        )


def _table(took: dict[str, Took], curl: float | None) -> str:
    head = ["", "seconds", "× curl", "processor s", "peak MB"]
    rows = [
        [
            name,
            f"{one.seconds:.2f}",
            f"{one.seconds / curl:.2f}" if curl else "",
            f"{one.processor:.2f}",
            f"{one.memory / 1e6:.0f}",
        ]
        for name, one in took.items()
    ]
    return measure.table(head, rows)


if __name__ == "__main__":
    main()
