"""A disk that is full, faulty or read-only: said in words, nothing lost, the next run completes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from archiver.archive import job_folders
from tests.conftest import IMPOSSIBLE
from tests.faults.lab import (
    LATER,
    MUTATING,
    TORTURE,
    Ended,
    Lab,
    Point,
    assert_completed,
    assert_every_folder_is_a_bag,
    assert_no_traceback,
    calls,
    environment,
    points_of,
    sample,
    tell,
)

FULL = (
    *("write", "pwrite64", "fsync", "fdatasync", "syncfs", "mkdir", "rename", "renameat2"),
    *("link", "linkat"),
)
"""Calls that may find the disk full."""
SOME_DAYS = ("first", "changed") if TORTURE else ("changed",)


def faulted(
    lab: Lab,
    day: str,
    point: Point,
    name: str,
    *,
    onwards: bool,
    platform: Sequence[str] = (),
) -> Ended:
    """A run with a fault at one point, judged; then the next run, which must complete."""
    root = lab.folder / "faulted"
    api, now, like = lab.day(day, root)
    inject = point.inject(f"error={name}", onwards=onwards)
    run = lab.sync(root, api, now=now, inject=inject, platform=platform)
    assert_no_traceback(run)
    assert_every_folder_is_a_bag(root, lab.first, lab.changed)
    if day == "changed":
        there = {folder.name for folder in job_folders(root)}
        assert {folder.name for folder in job_folders(lab.first)} <= there
    again = lab.sync(root, api, now=now, platform=platform)
    assert again.code == 0, again.said
    assert_completed(root, like)
    return run


def try_all(
    lab: Lab, day: str, name: str, names: Sequence[str], wanted: int, *, onwards: bool
) -> tuple[list[tuple[Point, Ended]], list[str]]:
    """A fault at a sample of all calls of these names; each run, and what went wrong."""
    root = lab.folder / "counted"
    api, now, _ = lab.day(day, root)
    whole = lab.sync(root, api, now=now, trace=calls(*MUTATING))
    points = [point for point in points_of(whole.trace, names) if not _is_output(whole, point)]
    runs, faults = [], []
    for point in sample(points, wanted):
        try:
            runs.append((point, faulted(lab, day, point, name, onwards=onwards)))
        except AssertionError as error:
            faults.append(f"{day}, {name} at {point}: {str(error)[-600:]}")
    when = "and ever after" if onwards else "once"
    what = f"{name} {when}, {day} sync"
    tell(what, tried=len(runs) + len(faults), of=len(points), faults=faults)
    return runs, faults


def _is_output(whole: Ended, point: Point) -> bool:
    """Whether a call writes what the program says, which is no fault of the archive's disk."""
    if point.name != "write":
        return False
    lines = [line for line in whole.trace.splitlines() if line.startswith("write(")]
    return lines[point.nth - 1].startswith(("write(1<", "write(2<"))


@pytest.mark.parametrize("day", ["first", "changed"])
def test_a_disk_that_is_full_from_some_call_on_ends_the_run_with_6_and_loses_nothing(
    lab: Lab, day: str
) -> None:
    """Whatever call meets it first."""
    runs, faults = try_all(lab, day, "ENOSPC", FULL, 2, onwards=True)
    assert faults == []
    for point, run in runs:
        assert run.code == 6, (point, run.said)
        if run.out:  # else the output met the full disk too
            assert "disk is full" in run.summary["error"]["message"].lower()
            assert "free" in run.summary["error"]["hint"].lower()


def test_a_disk_that_is_found_full_only_when_the_catalogue_is_synced_is_said_to_be_full(
    lab: Lab,
) -> None:
    """SQLite tells no fault of syncing from another; so the disk is asked."""
    runs, faults = try_all(lab, "changed", "ENOSPC", ("fdatasync",), 1, onwards=True)
    assert faults == []
    assert [run.code for _, run in runs] == [6]


@pytest.mark.parametrize("day", SOME_DAYS)
def test_a_disk_that_is_full_for_one_call_costs_at_most_this_run(lab: Lab, day: str) -> None:
    """Exit 6, or 0 where the call was not needed (a link that became a copy)."""
    runs, faults = try_all(lab, day, "ENOSPC", FULL, 2, onwards=False)
    assert faults == []
    assert {run.code for point, run in runs if point.name != "fdatasync"} <= {0, 6}
    assert {run.code for _, run in runs} <= {0, 1, 3, 6}


@pytest.mark.parametrize(
    ("day", "onwards"),
    [("first", False), ("changed", True)]
    + ([("first", True), ("changed", False)] if TORTURE else []),
)
def test_a_faulty_disk_is_named_and_nothing_is_lost(lab: Lab, day: str, onwards: bool) -> None:
    """EIO: 1 where the run cannot go on, 3 where it is one job's, which is named."""
    runs, faults = try_all(lab, day, "EIO", FULL, 2, onwards=onwards)
    assert faults == []
    for point, run in runs:
        assert run.code in (0, 1, 3), (point, run.said)
        if run.code == 3 and run.out:
            assert all(one["job_id"] and one["reason"] for one in run.summary["failures"])
        if run.code == 1 and run.out:
            assert run.summary["error"]["message"]
        if run.code == 0:
            # Only what may fail without harm: cleaning up, a link that became a copy, and the
            # catalogue, which is begun anew.
            harmless = ("link", "linkat", "rename", "mkdir", "fdatasync", "pwrite64")
            assert point.name in harmless, point


@pytest.mark.parametrize("day", SOME_DAYS)
def test_a_folder_that_turns_read_only_ends_the_run_with_1_and_loses_nothing(
    lab: Lab, day: str
) -> None:
    """As when the system remounts a faulty disk read-only in the middle."""
    runs, faults = try_all(lab, day, "EROFS", FULL, 2, onwards=True)
    assert faults == []
    for point, run in runs:
        assert run.code in (0, 1), (point, run.said)
        if run.code == 1 and run.out:
            assert "cannot be written" in run.said or "I/O error" in run.said


@pytest.mark.parametrize("day", SOME_DAYS)
def test_a_call_refused_once_as_read_only_costs_at_most_this_run(lab: Lab, day: str) -> None:
    """A network drive that is remounted."""
    runs, faults = try_all(lab, day, "EROFS", FULL, 2, onwards=False)
    assert faults == []
    assert {run.code for _, run in runs} <= {0, 1, 3}


def test_hard_links_refused_gives_copies_and_everything_is_valid(lab: Lab) -> None:
    """The same evidence, each file by itself."""
    root = lab.folder / "copied"
    for day in ("first", "changed"):
        api, now, like = lab.day(day, root)
        run = lab.sync(root, api, now=now, platform=["no-links"])
        assert run.code == 0, run.said
        assert_completed(root, like)
        if day == "first":
            assert any("hard links" in note for note in run.summary["notes"])
            files = [path for f in job_folders(root) for path in f.rglob("*") if path.is_file()]
            assert all(path.stat().st_nlink == 1 for path in files)


# --- real file systems ------------------------------------------------------------------------


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A small file system in memory; skips where this cannot be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{IMPOSSIBLE}: nothing can be mounted ({done.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def remount(folder: Path, mode: str) -> None:
    """Make a mounted file system read-only or writable."""
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def test_a_disk_that_is_really_full_keeps_all_and_goes_on_when_there_is_room(
    lab: Lab, tmp_path: Path
) -> None:
    """A tmpfs, filled but for a little more each time: each run ends with 6 until all fits."""
    codes = []
    with mounted(tmp_path / "small", "2m") as disk:
        root, ballast = disk / "a", disk / "ballast"
        for left in (40, 120, 240, 400, 700, 1500):
            used = os.statvfs(disk)
            room = used.f_bavail * used.f_frsize
            size = (ballast.stat().st_size if ballast.exists() else 0) + room - left * 1024
            with ballast.open("ab") as file:
                file.truncate(0)
                with contextlib.suppress(OSError):
                    file.write(bytes(max(size, 0)))
            run = lab.sync(root, lab.before)
            codes.append(run.code)
            assert_no_traceback(run)
            assert_every_folder_is_a_bag(root, lab.first)
            if run.code == 0:
                break
        assert codes[0] == 6
        assert codes[-1] == 0
        assert set(codes) == {0, 6}
        assert_completed(root, lab.first)


def test_output_that_lies_on_the_full_disk_does_not_change_the_exit_code(
    program_on_full_disk: subprocess.CompletedProcess[str],
) -> None:
    """`archiver … --json > log` where the log's disk is full: no traceback, and no 0."""
    assert program_on_full_disk.returncode in (1, 6)
    assert "Traceback" not in program_on_full_disk.stderr
    assert "Exception ignored" not in program_on_full_disk.stderr


@pytest.fixture
def program_on_full_disk(lab: Lab) -> subprocess.CompletedProcess[str]:
    """`archiver status`, its output to a device that is always full."""
    with Path("/dev/full").open("w") as full:
        return subprocess.run(
            [sys.executable, "-m", "archiver", "status", str(lab.first)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(lab.folder),
            check=False,
        )


def test_less_than_min_free_ends_with_6_before_anything_is_written(
    lab: Lab, tmp_path: Path
) -> None:
    """`--min-free` is asked before each job."""
    with mounted(tmp_path / "small", "8m") as disk:
        run = lab.sync(disk / "a", lab.before, "--min-free", "10MB")
        assert run.code == 6
        assert "--min-free" in run.err
        assert not (disk / "a").exists()


def test_a_read_only_disk_is_said_and_what_is_there_can_still_be_read(
    lab: Lab, tmp_path: Path
) -> None:
    """`sync` and `build` end with 1; `verify` checks everything and says that nothing was
    recorded; `status` works."""
    with mounted(tmp_path / "media", "8m") as disk:
        root = disk / "a"
        assert lab.sync(root, lab.before).code == 0
        remount(disk, "ro")
        try:
            before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
            for run in (
                lab.sync(root, lab.after, now=LATER),
                lab.driver.run(["build", str(root), "--json"]),
                lab.sync(disk / "new", lab.before),
            ):
                assert run.code == 1, run.said
                assert_no_traceback(run)
                assert "cannot be written" in run.summary["error"]["message"]
                assert run.summary["error"]["hint"]
            run = lab.driver.run(["verify", str(root), "--json"])
            assert run.code == 0, run.said
            assert run.summary["recorded"] is False
            assert "not recorded" in run.said
            assert lab.driver.run(["status", str(root), "--json"]).code == 0
            after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
            assert after == before
        finally:
            remount(disk, "rw")
        assert lab.sync(root, lab.after, now=LATER).code == 0
        assert_completed(root, lab.changed)


def test_a_folder_or_file_that_is_no_archive_is_said(lab: Lab, tmp_path: Path) -> None:
    """Exit 1, and nothing in it is touched."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/mine.jpg").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    for name in ("photos", "file"):
        run = lab.sync(tmp_path / name, lab.before)
        assert run.code in (1, 2)
        assert_no_traceback(run)
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert there == {"file", "photos", "photos/mine.jpg"}


# --- the order of a commit --------------------------------------------------------------------


@pytest.mark.parametrize("platform", [(), ("no-exchange",)])
def test_each_step_of_a_commit_is_on_disk_before_the_next(lab: Lab, platform: list[str]) -> None:
    """By a real log of system calls: staged files, `sealing`, the folders, `sealed`."""
    root = lab.folder / "ordered"
    api, now, _ = lab.day("changed", root)
    run = lab.sync(root, api, now=now, trace=calls(*MUTATING), platform=platform)
    steps = _steps(run.trace, root)
    sealed = 0
    for at, (step, about) in enumerate(steps):
        if step != "sealing":
            continue
        rest = [name for name, _ in steps[at : steps.index(("sealed", about), at) + 2]]
        moved = ["exchange"] if not platform else ["journal", "away", "in"]
        new = rest[2:3] == ["in"]  # a job that was not there before is renamed into place
        wanted = ["sealing", "ledger-synced", *(["in"] if new else moved)]
        wanted += ["parent-synced", "sealed", "ledger-synced"]
        assert [name for name in rest if name != "back"] == wanted
        before = [name for name, _ in steps[:at]]
        assert before[-1] == "staged-synced", before[-4:]
        sealed += 1
    assert sealed == 3


def _steps(trace: str, root: Path) -> list[tuple[str, str]]:
    """The steps of commits in a strace log, with the job each is about where it says so.

    A write into the staged folder after it was synced would show as `staged-written`.
    """
    found: list[tuple[str, str]] = []
    synced = False
    for line in trace.splitlines():
        call = line.partition("(")[0]
        staged = "/.archiver/staging/jobs/" in line
        if call == "write" and "ledger.jsonl" in line:
            text = line.partition('"')[2]
            for event in ("sealing", "sealed"):
                if f'\\"event\\":\\"{event}\\"' in text:
                    synced &= event != "sealed"
                    found.append((event, text.partition('\\"job\\":\\"')[2][:24]))
        elif call == "fsync" and "ledger.jsonl" in line:
            if found and found[-1][0] in ("sealing", "sealed"):
                found.append(("ledger-synced", ""))
        elif call == "syncfs" and staged:
            found.append(("staged-synced", ""))
            synced = True
        elif call == "renameat2":
            found.append(("exchange", ""))
        elif call == "rename" and "exchange-" in line:
            found.append(("journal", ""))
        elif call == "rename" and staged:
            source, _, target = line.partition('", "')
            into, away = "/staging/" not in target, "/staging/" not in source
            found.append(("in" if into else "away" if away else "back", ""))
        elif call == "fsync" and f"{root}/jobs/20" in line:
            if found[-1][0] in ("exchange", "in", "back"):
                found.append(("parent-synced", ""))
        elif call in ("write", "link", "linkat", "mkdir") and staged and synced:
            found.append(("staged-written", ""))
    return found
