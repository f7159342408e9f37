"""What every test of faults uses: servers, a driver, strace, and the judgement on what is left."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from archiver.archive import Archive, job_folders
from archiver.jobcheck import check_job
from archiver.ledger import read_ledger
from archiver.localapi import LocalApi, Workspace
from archiver.verify import verify_archive
from tests.pipeline import (
    AMIRA,
    KEY,
    START,
    WORKSPACE_ID,
    a_jpeg,
    a_workspace,
    add_job,
    add_photo,
    check_with_bagit,
)

T = TypeVar("T")
HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
LATER = START + timedelta(days=1)
_WIDER = int(os.environ.get("ARCHIVER_TORTURE", "0"))
TORTURE = _WIDER > 0
"""`ARCHIVER_TORTURE=1` widens every sample of fault points to all of them, which takes an hour;
`=10` makes it ten times as wide."""

FIGURES = os.environ.get("ARCHIVER_FIGURES", "")
"""A file that takes what the tests counted, one JSON object a line; see `figures.py`."""

MUTATING = [
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat"),
    *("write", "pwrite64", "sendfile", "copy_file_range", "ftruncate"),
    *("fsync", "fdatasync", "syncfs"),
]
"""The system calls that change what is on disk. Opening is left out: most calls only read."""


def tell(what: str, *, faults: Sequence[str] = (), **numbers: int) -> None:
    """Note what was tried and what came of it, for the summary of `make torture`."""
    numbers["faults"] = len(faults)
    print(what, numbers)
    if FIGURES:
        with Path(FIGURES).open("a") as file:
            file.write(json.dumps({"what": what, **numbers, "said": list(faults)}) + "\n")


def calls(*names: str) -> str:
    """A set of system calls as strace takes it, whatever this machine calls them."""
    return ",".join(f"?{name}" for name in names)


def workspace_before() -> Workspace:
    """Two jobs of two photos; one photo is in both."""
    workspace = a_workspace(jobs=2, photos=2)
    shared = workspace.images[f"/images/{workspace.jobs[0].job_id}-1000"].body
    assert isinstance(shared, bytes)
    workspace.add_photo(
        workspace.jobs[1].job_id, shared, a_jpeg(1000, (32, 24)), name="shared", by=AMIRA, at=START
    )
    return workspace


def workspace_after() -> Workspace:
    """The next day: an edit and a new photo in one job, a vanished message in the other, and a
    new job."""
    workspace = workspace_before()
    one, other = sorted(job.job_id for job in workspace.jobs)
    workspace.edit_message(one, 0, textMessage="Arrived, an hour late.", at=LATER)
    add_photo(workspace, workspace.job(one), 7, LATER)
    workspace.remove_message(other, 1, at=LATER)
    add_job(workspace, "Job 3", photos=1, number=3)
    return workspace


@dataclass(frozen=True)
class Ended:
    """How a run ended: `code` is negative for a signal, as subprocess has it."""

    code: int
    out: str
    err: str
    trace: str = ""

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object it printed."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def said(self) -> str:
        """All that it said."""
        return self.out + self.err


class Driver:
    """The process that forks runs; see `driver.py`."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(scratch),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def run(
        self,
        arguments: Sequence[str],
        *,
        now: datetime = START,
        inject: str = "",
        trace: str = "",
        platform: Sequence[str] = (),
        threads: bool = False,
        kill_after: float | None = None,
    ) -> Ended:
        """One run of the command line in a fork; `inject` and `trace` are strace's expressions,
        `kill_after` the seconds after which it is killed, wherever it is then."""
        out, err, log = (self.scratch / name for name in ("out", "err", "strace"))
        log.write_text("")
        order = {
            "arguments": list(arguments),
            "now": now.isoformat(),
            "out": str(out),
            "err": str(err),
            "platform": list(platform),
            "threads": threads,
        }
        pid = self._ask(order)["pid"]
        with _strace(pid, inject, trace, log) if inject or trace else contextlib.nullcontext():
            if kill_after is not None:
                end = threading.Timer(kill_after, _kill, (pid,))
                end.start()
            code = self._ask({})["code"]
            if kill_after is not None:
                end.cancel()
        return Ended(code, out.read_text(), err.read_text(), log.read_text())

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert isinstance(answer, dict)
        return answer


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def _strace(pid: int, inject: str, trace: str, log: Path) -> Iterator[None]:
    """Strace attached to a process, before it goes on."""
    shown = trace or inject.partition(":")[0]
    command = ["strace", "-y", "-s", "400", "-o", str(log), "-p", str(pid), "-e", f"trace={shown}"]
    if inject:
        command += ["-e", f"inject={inject}"]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    ready, _, _ = select.select([tracer.stderr], [], [], 10)
    said = tracer.stderr.readline() if ready else "nothing"
    assert "attached" in said, said
    try:
        yield
    finally:
        tracer.wait(20)
        tracer.stderr.close()


def environment(scratch: Path, **more: str) -> dict[str, str]:
    """The environment of a run: no configuration of the person at the keyboard, the test's key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVER_")}
    (scratch / "tmp").mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "PYTHONPATH": str(PROJECT),
        "WORKPHOTOS_AUTH_KEY": KEY,
        "WORKPHOTOS_WORKSPACE_ID": WORKSPACE_ID,
        "XDG_CONFIG_HOME": str(scratch / "config"),
        "XDG_STATE_HOME": str(scratch / "state"),
        "TMPDIR": str(scratch / "tmp"),
        "TZ": "UTC",
        **more,
    }


class Lab:
    """Two days of one workspace on two servers, what an undisturbed run makes of them, a driver."""

    def __init__(self, folder: Path, driver: Driver, before: LocalApi, after: LocalApi) -> None:
        self.folder = folder
        self.driver = driver
        self.before = before
        self.after = after
        self.first = folder / "reference-first"
        self.changed = folder / "reference-changed"

    def prepare(self) -> None:
        """Make what an undisturbed run makes."""
        assert self.sync(self.first, self.before).code == 0
        copy_archive(self.first, self.changed)
        assert self.sync(self.changed, self.after, now=LATER).code == 0

    def sync(
        self, root: Path, api: LocalApi, *more: str, now: datetime = START, **run: Any
    ) -> Ended:
        """`archiver sync --json` of one of the servers."""
        arguments = ["sync", str(root), "--api-url", api.url, "--json", "--min-free", "0", *more]
        return self.driver.run(arguments, now=now, **run)

    def day(self, name: str, root: Path) -> tuple[LocalApi, datetime, Path]:
        """Set a day's scene: the server, the time, and what must come out in the end. `root` is
        made as it is on that day's morning."""
        if root.exists():
            shutil.rmtree(root)
        if name == "first":
            return self.before, START, self.first
        copy_archive(self.first, root)
        return self.after, LATER, self.changed


@contextlib.contextmanager
def a_lab(folder: Path) -> Iterator[Lab]:
    """A lab, ready for work."""
    with (
        LocalApi(workspace_before()).run_in_thread() as before,
        LocalApi(workspace_after()).run_in_thread() as after,
        Driver(folder / "driver") as driver,
    ):
        lab = Lab(folder, driver, before, after)
        lab.prepare()
        yield lab


def copy_archive(source: Path, target: Path) -> None:
    """A copy of an archive, its hard links kept."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def evidence(root: Path) -> dict[str, str]:
    """Every file below a job's `data/`, and every tag file, with its hash."""
    found = {}
    for folder in job_folders(root):
        for path in folder.rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file():
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def assert_every_folder_is_a_bag(root: Path, *olds: Path, reference: bool = False) -> None:
    """What can be seen is valid by our own reading, and is the old bag or the new one."""
    state = None
    if (root / "archive.json").exists():
        state, _ = read_ledger(root / "ledger")
    known = {_seal(folder) for old in olds for folder in job_folders(old)}
    for folder in job_folders(root):
        check = check_job(root, folder, state)
        assert check.faults == (), [str(fault) for fault in check.faults]
        assert _seal(folder) in known, f"{folder} is neither the old bag nor the new one"
        if reference:
            assert check_with_bagit(folder) == ""


def _seal(folder: Path) -> tuple[str, str]:
    tag = (folder / "tagmanifest-sha256.txt").read_bytes()
    return folder.name, hashlib.sha256(tag).hexdigest()


def assert_completed(root: Path, like: Path) -> None:
    """Everything verifies, ledger and index included; the evidence is that of a run that was
    never disturbed; nothing was left behind."""
    report = verify_archive(Archive(root))
    assert [str(fault) for fault in report.faults] == []
    assert evidence(root) == evidence(like)
    state, torn = read_ledger(root / "ledger")
    assert torn == b""
    assert state.building == {}
    assert [key for key, pins in state.jobs.items() if pins.open is not None] == []
    assert leftovers(root) == []
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    wanted = {path.relative_to(like).as_posix() for path in like.rglob("*") if path.is_file()}
    odd = {name for name in names ^ wanted if not name.startswith("ledger/torn-")}
    assert odd == set()
    for name in ("index.html", "search/checks.js"):
        assert (root / name).read_bytes() == (like / name).read_bytes()


def leftovers(root: Path) -> list[str]:
    """Files in staging, and half-written ones anywhere."""
    staging = root / ".archiver/staging"
    found = [path for path in staging.rglob("*") if path.is_file()]
    found += list(staging.glob("jobs/*"))
    found += [path for path in root.rglob("*") if path.name.endswith((".tmp", ".part"))]
    return sorted(path.relative_to(root).as_posix() for path in found)


def assert_no_traceback(ended: Ended) -> None:
    """Whatever went wrong was said like help."""
    assert "Traceback" not in ended.said
    assert "internal error" not in ended.said.lower(), ended.said
    assert KEY not in ended.said


def was_injected(ended: Ended) -> bool:
    """Whether the fault really happened."""
    return "INJECTED" in ended.trace


@dataclass(frozen=True, slots=True)
class Point:
    """One system call of a run: the `nth` of its name, counted from 1, as strace counts."""

    name: str
    nth: int

    def inject(self, fault: str, *, onwards: bool = False) -> str:
        """Strace's expression for a fault at this call, or at this and all later ones."""
        return f"{self.name}:{fault}:when={self.nth}{'+' if onwards else ''}"


def points_of(trace: str, names: Sequence[str] = MUTATING) -> list[Point]:
    """Every call of these names in a strace log, in the order in which they were made. A call that
    changed nothing (a folder was there already) is counted, as strace counts it, and left out."""
    seen: Counter[str] = Counter()
    found = []
    for line in trace.splitlines():
        name = line.partition("(")[0]
        if name in names:
            seen[name] += 1
            if " = -1 E" not in line:
                found.append(Point(name, seen[name]))
    return found


def sample(points: Sequence[T], wanted: int) -> Sequence[T]:
    """All points under torture, else some, evenly spread."""
    wanted *= max(_WIDER, 1)
    if _WIDER == 1 or len(points) <= wanted:
        return points
    step = (len(points) - 1) / max(wanted - 1, 1)
    return [points[round(number * step)] for number in range(wanted)]
