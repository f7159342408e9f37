"""Windows, as far as it can be had elsewhere: files that another program holds, read-only files,
long paths, old consoles. The numbers are Windows' own."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import archiver.storage
from archiver.archive import Archive, job_folders
from archiver.naming import folder_path, job_folder
from archiver.storage import Patience, fsync_file, move, put_file, remove_file, remove_tree
from archiver.verify import verify_archive
from tests.contract.stage import command
from tests.faults.lab import leftovers
from tests.pipeline import AMIRA, START, Clock, a_workspace, folder_of, snapshot_tree, synced

BUSY = (5, 32, 33)


class Waits:
    """A clock that only moves when somebody waits."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def clock(self) -> float:
        return sum(self.slept)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """30 seconds that take no time."""
    made = Waits()
    monkeypatch.setattr(
        archiver.storage, "PATIENCE", Patience(30.0, sleep=made.sleep, clock=made.clock)
    )
    return made


def refused(number: int, path: object) -> PermissionError:
    """What Windows raises."""
    error = PermissionError(errno.EACCES, "The process cannot access the file", str(path))
    error.winerror = number  # type: ignore[attr-defined]
    return error


def hold(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    is_held: Callable[[str], bool],
    *,
    times: int,
    number: int = 32,
) -> list[str]:
    """Have a call of `os` refused so many times for the paths that are held."""
    real, asked = getattr(os, name), []

    def busy(path: Any, *rest: Any, **more: Any) -> Any:
        if any(is_held(str(one)) for one in (path, *rest[:1])):
            asked.append(str(path))
            if len(asked) <= times:
                raise refused(number, path)
        return real(path, *rest, **more)

    monkeypatch.setattr(os, name, busy)
    return asked


@pytest.mark.parametrize("number", BUSY)
def test_a_file_that_is_held_for_a_while_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: Waits, number: int
) -> None:
    """Short waits first, growing, none above a second."""
    (tmp_path / "one").write_bytes(b"1")
    asked = hold(monkeypatch, "replace", lambda path: True, times=9, number=number)
    move(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == b"1"
    assert len(asked) == 10
    assert waits.slept == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0]


def test_a_file_that_is_held_for_30_seconds_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: Waits
) -> None:
    """As EBUSY, which is one job's failure: a lack of permission would end the whole run."""
    hold(monkeypatch, "replace", lambda path: True, times=10**6)
    with pytest.raises(OSError, match="another program has held it for 30 s") as caught:
        put_file(tmp_path / "x", b"x", sync=False)
    assert caught.value.errno == errno.EBUSY
    assert 30 <= waits.clock() < 32
    assert list(tmp_path.iterdir()) == []


def test_any_other_refusal_is_not_waited_for(tmp_path: Path, waits: Waits) -> None:
    """A missing file, a folder without permission."""
    with pytest.raises(FileNotFoundError):
        move(tmp_path / "none", tmp_path / "x")
    assert waits.slept == []


@pytest.mark.parametrize("moving", [False, True])
def test_a_folder_that_is_held_fails_its_job_alone_and_the_old_bag_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: Waits, moving: bool
) -> None:
    """An explorer stands in the folder. The other job is archived; the next run does the rest."""
    # Windows has hard links and no exchange; on its exFAT there are neither.
    monkeypatch.setattr(archiver.swap, "exchange", lambda one, other: False)
    monkeypatch.setattr("archiver.abilities.exchange", lambda one, other: False)
    if moving:
        monkeypatch.setattr("archiver.abilities.reflink", lambda one, other: False)
        monkeypatch.setattr(os, "link", _no_links)
    workspace = a_workspace(jobs=2, photos=1)
    root, clock = tmp_path / "a", Clock()
    synced(root, workspace, clock=clock)
    held, other = (job.job_id for job in workspace.jobs)
    for job_id in (held, other):
        workspace.add_chat(job_id, "More.", by=AMIRA, at=START)
    clock.forward(days=1)
    before = snapshot_tree(folder_of(root, held))
    with monkeypatch.context() as patch:
        where = str(folder_of(root, held))
        hold(patch, "replace", lambda path: path == where, times=10**6)
        summary = synced(root, workspace, clock=clock)
    assert (summary.jobs_failed, summary.jobs_updated, summary.exit_code) == (1, 1, 3)
    (problem,) = summary.failures
    assert problem.job_id == held
    assert "another program has held it" in problem.reason
    assert snapshot_tree(folder_of(root, held)) == before
    assert verify_archive(Archive(root)).faults == []
    assert synced(root, workspace, clock=clock).jobs_updated == 1
    assert verify_archive(Archive(root)).faults == []
    assert leftovers(root) == []


@pytest.mark.parametrize("part", ["data/images", "data/thumbnails", "index.html", ""])
def test_a_file_held_in_the_midst_of_the_moves_brings_all_of_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: Waits, part: str
) -> None:
    """Whichever step of the exchange is refused: the last one too."""
    monkeypatch.setattr("archiver.swap.exchange", lambda one, other: False)
    monkeypatch.setattr("archiver.abilities.reflink", lambda one, other: False)
    monkeypatch.setattr(os, "link", _no_links)
    workspace = a_workspace(jobs=1, photos=3)
    root, clock = tmp_path / "a", Clock()
    synced(root, workspace, clock=clock)
    job_id = workspace.jobs[0].job_id
    before = snapshot_tree(folder_of(root, job_id))
    workspace.add_chat(job_id, "More.", by=AMIRA, at=START)
    clock.forward(days=1)
    with monkeypatch.context() as patch:
        real = os.replace

        def busy(source: Any, target: Any, **more: Any) -> None:
            new = f"staging/jobs/{folder_of_name}"
            is_move = f"{new}.old/{part}" in str(source) if part else str(source).endswith(new)
            if is_move:
                raise refused(32, source)
            real(source, target, **more)

        folder_of_name = folder_of(root, job_id).name
        patch.setattr(os, "replace", busy)
        summary = synced(root, workspace, clock=clock)
    if part == "index.html":  # the old view is not moved
        assert summary.jobs_updated == 1
        return
    assert (summary.jobs_failed, summary.exit_code) == (1, 3)
    assert snapshot_tree(folder_of(root, job_id)) == before
    assert list((root / ".archiver").glob("exchange-*")) == []
    assert synced(root, workspace, clock=clock).jobs_updated == 1
    assert verify_archive(Archive(root)).faults == []


def _no_links(*paths: object, **rest: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted", str(paths[0]))


def test_what_is_read_only_is_made_writable_before_it_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: Waits
) -> None:
    """Windows refuses to remove a read-only file, with number 5."""
    real = os.unlink

    def guarded(path: Any, *, dir_fd: int | None = None) -> None:
        if not os.stat(path, dir_fd=dir_fd).st_mode & stat.S_IWRITE:
            raise refused(5, path)
        real(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", guarded)
    for name in ("one", "tree/deep/two", "tree/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / name).chmod(0o444)
    remove_file(tmp_path / "one")
    remove_tree(tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []
    assert waits.slept == []
    remove_file(tmp_path / "absent")


def test_a_read_only_file_is_synced_and_read_only_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows syncs only what is open for writing."""
    monkeypatch.setattr(archiver.storage, "WINDOWS", True)
    modes = []
    real = os.fsync

    def look(descriptor: int) -> None:
        modes.append(os.fstat(descriptor).st_mode & stat.S_IWRITE)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    (tmp_path / "x").write_bytes(b"x")
    (tmp_path / "x").chmod(0o444)
    fsync_file(tmp_path / "x")
    assert modes == [stat.S_IWRITE]
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o444


LONGEST = (
    "seals/9999/tagmanifest-sha256.txt.from-9999.zst",
    "seals/9999/manifest-sha256.txt.from-9999.zst",
    "data/snapshots/9999-20251125T101500Z.json.from-9999.zst",
    "data/thumbnails/9999-20251022T101316Z-v99.jpeg",
)


@pytest.mark.parametrize("path", LONGEST)
@pytest.mark.parametrize("folder", ["jobs/undated/", ".archiver/staging/jobs/"])
def test_no_path_is_longer_than_150_characters_wherever_it_lies(folder: str, path: str) -> None:
    """In its place, in staging, and as the old folder of an exchange."""
    name = job_folder("f" * 24, "word " * 40, datetime(2025, 1, 1, tzinfo=UTC))
    assert len(name) <= 60
    assert folder_path(name).startswith("jobs/")
    assert len(f"{folder}{name}.old/{path}") <= 150


@pytest.mark.parametrize(
    "arguments", [("status",), ("build",), ("verify",), ("export", "JOB"), ("sync",), ("--help",)]
)
def test_a_console_in_cp1252_fails_no_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What it cannot show is escaped."""
    import subprocess

    from tests.contract.stage import environment

    workspace = a_workspace(jobs=1, photos=1)
    workspace.rename(workspace.jobs[0].job_id, "Čeština 日本 🙂 \u202e")
    workspace.images.clear()
    root = tmp_path / "日本 Č"
    assert synced(root, workspace).exit_code == 3
    name, *rest = arguments
    more = [workspace.jobs[0].job_id, "-o", str(tmp_path / "ž.zip")] if rest else []
    if name == "sync":
        more = ["--api-url", "http://127.0.0.1:9", "--workspace-id", workspace.workspace_id]
        more += ["--network-wait", "1"]
    done = subprocess.run(
        command(name, *([] if name == "--help" else [root]), *more),
        env=environment(PYTHONIOENCODING="cp1252", PYTHONUTF8="0"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("cp1252")
    assert "Traceback" not in said
    assert "codec" not in said
    assert "nternal error" not in said
    assert done.returncode in ((1,) if name == "sync" else (0, 3)), said
    assert len(list(job_folders(root))) == 1
