"""Running programs and saying what they took: seconds, processor seconds, peak memory."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
OUT = REPO / "bench" / "out"


@dataclass(frozen=True, slots=True)
class Took:
    """One measurement: seconds on the clock, processor seconds, and the largest resident set of
    any one process, in bytes."""

    seconds: float
    processor: float = 0.0
    memory: int = 0

    def __add__(self, other: Took) -> Took:
        return Took(
            self.seconds + other.seconds,
            self.processor + other.processor,
            max(self.memory, other.memory),
        )


def median(runs: Sequence[Took]) -> Took:
    """The median time; the largest memory of all runs."""
    return Took(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.processor for run in runs),
        max(run.memory for run in runs),
    )


def run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Took:
    """Run a program to its end. Raises SystemExit with what it said when it fails.

    Peak memory is `ru_maxrss` of `wait4`. Linux counts the memory of the process that started it
    too, up to `exec`; so this program must stay small.
    """
    said = OUT / "said.txt"
    begun = time.perf_counter()
    with said.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment) if environment is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        words = said.read_text("utf-8", "replace")[-2000:]
        raise SystemExit(f"{' '.join(command)[:300]}\nended with {process.returncode}:\n{words}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


@contextlib.contextmanager
def host(*options: str) -> Iterator[dict[str, str]]:
    """The image host and API of `bench/host.py`, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, str(REPO / "bench" / "host.py"), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        ready = json.loads(process.stdout.readline())
        try:
            yield ready
        finally:
            process.stdin.close()


def archiver() -> tuple[list[str], dict[str, str]]:
    """How to start this checkout's `archiver`: the command and its environment."""
    path = os.pathsep.join(filter(None, (str(REPO), os.environ.get("PYTHONPATH", ""))))
    return [sys.executable, "-m", "archiver"], {**os.environ, "PYTHONPATH": path}


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """The empty folder `bench/out`, removed afterwards."""
    remove(OUT)
    OUT.mkdir(parents=True)
    try:
        yield OUT
    finally:
        remove(OUT)


def remove(folder: Path) -> None:
    """Remove a folder, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def settle() -> None:
    """Let the disk finish what was written before, so that nobody pays for another's bytes."""
    os.sync()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as Markdown: the first column to the left, the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def written(line: Sequence[str]) -> str:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        return f"| {' | '.join(cells)} |"

    rule = [
        "-" * (widths[0] + 2),
        *("-" * (width + 1) + ":" for width in widths[1:]),
    ]
    return "\n".join([written(lines[0]), f"|{'|'.join(rule)}|", *map(written, lines[1:])])


def machine() -> str:
    """What was measured on, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{cores} cores, {memory:.0f} GB of memory, Python {sys.version.split()[0]}, "
        f"load {load:.1f} before it began, a million squares in {squares():.0f} ms"
    )


def squares() -> float:
    """Processor milliseconds for a million squares summed, the best of three: how fast the machine
    is today, so that figures of different days can be compared (some 70 on the machine that the
    aims were set on)."""

    def once() -> float:
        begun = time.process_time()
        sum(number * number for number in range(10**6))
        return (time.process_time() - begun) * 1000

    return min(once() for _ in range(3))


def rival(name: str, version: str) -> str | None:
    """The first line of what a program says of its version; None when it is not installed."""
    if shutil.which(name) is None:
        return None
    done = subprocess.run([name, version], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]
