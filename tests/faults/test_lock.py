"""One writer at a time: who holds the lock is said, and a dead holder's is taken over."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive, job_folders
from archiver.verify import verify_archive
from tests.faults.lab import Ended, assert_no_traceback, leftovers
from tests.faults.test_signals import Program, ended, serving
from tests.pipeline import WORKSPACE_ID, add_job

COMMANDS = ("sync", "build", "demo")


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """An archive of four jobs, and the server it came from; not to be changed."""
    with serving(tmp_path_factory.mktemp("archived")) as made:
        assert made.run("--no-fsync").code == 0
        yield made


@pytest.fixture
def program(archived: Program, tmp_path: Path) -> Iterator[Program]:
    """A copy of the archive, and the program."""
    shutil.copytree(archived.root, tmp_path / "a")
    made = Program(tmp_path / "a", archived.api)
    try:
        yield made
    finally:
        made.close()
        archived.api.intercept = None


def holding(program: Program) -> subprocess.Popen[str]:
    """A sync that holds the lock until `go_on` is set: it waits for the job list."""
    program.hold(lambda request: request.path == "/job/list")
    process = program.start()
    assert program.reached.wait(20)
    return process


def as_demo(root: Path) -> None:
    """Make an archive look like one of the demo's workspace."""
    from archiver.localapi import sample_workspace

    path = root / "archive.json"
    path.write_text(path.read_text().replace(WORKSPACE_ID, sample_workspace().workspace_id))


def assert_locked(run: Ended, *words: str) -> None:
    """Exit 5, and the message holds these words."""
    assert run.code == 5, run.said
    error = run.summary["error"]
    assert error["code"] == "archive-locked"
    assert error["hint"]
    for word in words:
        assert word in error["message"], error["message"]
    assert_no_traceback(run)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_second_writer_exits_5_and_says_who_holds_the_lock_and_since_when(
    program: Program, command: str
) -> None:
    """Host, process, command and time; the first writer is not disturbed."""
    first = holding(program)
    note = json.loads((program.root / ".archiver/lock.json").read_text())
    if command == "demo":
        as_demo(program.root)
    second = program.run("--json", command=command)
    assert note["process"] == first.pid
    assert_locked(second, socket.gethostname(), str(note["process"]), note["since"], "sync")
    program.go_on.set()
    assert ended(first).code == 0
    assert not (program.root / ".archiver/lock.json").exists()
    assert leftovers(program.root) == []


def test_readers_work_while_a_run_holds_the_lock(program: Program) -> None:
    """`verify` reads everything and says that nothing was recorded; `status` names the holder."""
    first = holding(program)
    verify = program.run("--json", command="verify")
    assert verify.code == 0, verify.said
    assert verify.summary["recorded"] is False
    assert "not recorded" in verify.err
    assert verify.summary["jobs"] == 4
    status = program.run("--json", command="status")
    assert status.code == 0, status.said
    assert str(first.pid) in status.summary["locked_by"]
    program.go_on.set()
    assert ended(first).code == 0
    assert program.run("--json", command="verify").summary["recorded"] is True


def test_the_lock_of_a_killed_run_is_taken_over(program: Program) -> None:
    """Its note is still there; the operating system's lock is not."""
    first = holding(program)
    os.kill(first.pid, signal.SIGKILL)
    assert ended(first).code == -9
    assert (program.root / ".archiver/lock.json").exists()
    program.go_on.set()
    assert program.run().code == 0
    assert not (program.root / ".archiver/lock.json").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_lock_of_another_computer_is_only_taken_over_when_told_to(
    program: Program, command: str
) -> None:
    """Network drives may not share locks, so the note is believed."""
    note = {
        "host": "nas-upstairs",
        "process": 4711,
        "since": "2025-11-23T10:15:00Z",
        "command": "sync",
    }
    path = program.root / ".archiver/lock.json"
    path.write_text(json.dumps(note))
    if command == "demo":
        as_demo(program.root)
    run = program.run("--json", command=command)
    assert_locked(run, "nas-upstairs", "4711", "2025-11-23T10:15:00Z")
    assert "--break-lock" in run.summary["error"]["hint"]
    assert json.loads(path.read_text()) == note
    if command == "demo":
        assert "--break-lock" in program.run("--help", command=command).out
        return  # what it would do then takes long, and is a sync's work
    assert program.run("--break-lock", command=command).code == 0
    assert not path.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", '{"host": 1}', "null", "\0\0\0"])
def test_a_torn_note_beside_the_lock_stops_nobody(program: Program, body: str) -> None:
    """It is only a note; the operating system's lock decides."""
    (program.root / ".archiver/lock.json").write_text(body)
    assert program.run().code == 0


def test_a_second_first_sync_neither_begins_the_archive_anew_nor_clears_it_away(
    tmp_path: Path,
) -> None:
    """Both find an empty folder. The one that comes second must not touch what the first has."""
    with serving(tmp_path) as program:
        first = holding(program)
        second = program.run("--json")
        assert_locked(second)
        assert (program.root / ".archiver/lock").exists()
        program.go_on.set()
        assert ended(first).code == 0
        assert len(list(job_folders(program.root))) == 4
        assert verify_archive(Archive(program.root)).faults == []


def test_a_first_sync_that_waited_for_the_lock_does_not_begin_an_archive_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run begins and fills the archive between the look at the folder and the lock."""
    import archiver.sync
    from archiver.lock import ArchiveLock
    from tests.pipeline import a_workspace, synced

    workspace = a_workspace(jobs=2, photos=1)
    root = tmp_path / "a"

    class Late(ArchiveLock):
        def __enter__(self) -> ArchiveLock:
            monkeypatch.setattr(archiver.sync, "ArchiveLock", ArchiveLock)
            other = threading.Thread(target=lambda: synced(root, workspace))
            other.start()
            other.join()
            return super().__enter__()

    monkeypatch.setattr(archiver.sync, "ArchiveLock", Late)
    summary = synced(root, workspace)
    assert (summary.jobs_new, summary.jobs_unchanged) == (0, 2)
    assert verify_archive(Archive(root)).faults == []


def test_verify_beside_a_running_sync_never_cries_wolf(program: Program) -> None:
    """Jobs that are exchanged or come while it reads are read again."""
    workspace = program.api.workspace
    for number in range(6):
        add_job(workspace, f"More {number}", photos=3, number=20 + number)
    for job in list(workspace.jobs):
        workspace.add_chat(job.job_id, "Something new.")
    program.go_on.set()
    running = program.start()
    found: list[str] = []
    checks = 0
    while running.poll() is None:
        report = verify_archive(Archive(program.root))
        found += [str(fault) for fault in report.faults if "torn" not in fault.detail]
        checks += 1
    assert ended(running).code == 0
    assert found == []
    assert checks > 2
    assert verify_archive(Archive(program.root)).faults == []
