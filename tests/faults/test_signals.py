"""Ctrl-C and SIGTERM on the real program: what was kept is said, kept, and not fetched again."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from archiver.archive import Archive, job_folders
from archiver.ledger import read_entries, read_ledger
from archiver.localapi import LocalApi, LocalJob
from archiver.verify import verify_archive
from tests.faults.lab import (
    PROJECT,
    TORTURE,
    Ended,
    assert_every_folder_is_a_bag,
    assert_no_traceback,
    environment,
    leftovers,
)
from tests.pipeline import START, a_workspace, add_photo

NUMBERS = {signal.SIGINT: 130, signal.SIGTERM: 143}
Hold = Callable[[web.BaseRequest], bool]


class Program:
    """The real program in a process of its own, against a server that a test can hold up."""

    def __init__(self, root: Path, api: LocalApi) -> None:
        self.root = root
        self.api = api
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *more: str, command: str = "sync") -> subprocess.Popen[str]:
        """Begin a run."""
        arguments = [sys.executable, "-m", "archiver", command, str(self.root)]
        if command == "sync":
            arguments += ["--api-url", self.api.url, "--min-free", "0"]
        process = subprocess.Popen(
            [*arguments, *more],
            cwd=self.root.parent,
            env=environment(self.root.parent),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        """End what a failed test left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def run(self, *more: str, command: str = "sync") -> Ended:
        """A whole run."""
        return ended(self.start(*more, command=command))

    def hold(self, when: Hold) -> None:
        """Answer requests as `when` says only once `go_on` is set; `reached` tells of the first."""

        async def intercept(request: web.BaseRequest) -> web.StreamResponse | None:
            if when(request) and not self.go_on.is_set():
                self.reached.set()
                for _ in range(1000):
                    await asyncio.sleep(0.02)
                    if self.go_on.is_set():
                        break
            return None

        self.api.intercept = intercept

    def pictures(self) -> Counter[str]:
        """How often each picture was asked for."""
        return Counter(one.path for one in self.api.requests if one.method == "GET")


def ended(process: subprocess.Popen[str], patience: float = 30) -> Ended:
    """Wait for a run to end."""
    out, err = process.communicate(timeout=patience)
    return Ended(process.returncode, out, err)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Four jobs of three photos, on a server."""
    with serving(tmp_path) as made:
        yield made


@contextmanager
def serving(folder: Path) -> Iterator[Program]:
    """A program and its server."""
    with LocalApi(a_workspace(jobs=4, photos=3)).run_in_thread() as api:
        program = Program(folder / "a", api)
        try:
            yield program
        finally:
            program.close()


def runs(root: Path) -> Sequence[str]:
    """How the runs in the ledger ended."""
    lines = (root / "ledger/ledger.jsonl").read_bytes().splitlines(keepends=True)
    return [e.fields["outcome"] for e, _ in read_entries(lines) if e.event == "run-end"]


def assert_index_shows(root: Path, jobs: int) -> None:
    """The index is up to date: it has every job that is there."""
    text = (root / "index.html").read_text("utf-8")
    folders = [folder.name for folder in job_folders(root)]
    assert len(folders) == jobs
    assert [name for name in folders if name not in text] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_stopped_while_the_list_is_read_nothing_was_begun(
    program: Program, number: signal.Signals
) -> None:
    """The first sync leaves the folder as it found it: absent."""
    program.hold(lambda request: request.path == "/job/list")
    process = program.start("--json")
    assert program.reached.wait(20)
    began = time.monotonic()
    process.send_signal(number)
    run = ended(process)
    assert time.monotonic() - began < 4
    assert run.code == NUMBERS[number]
    assert run.summary["error"]["code"] == "stopped"
    assert_no_traceback(run)
    assert not program.root.exists()
    program.go_on.set()
    assert program.run().code == 0


@pytest.mark.parametrize("number", NUMBERS)
def test_stopped_among_downloads_what_came_is_kept_and_never_fetched_again(
    program: Program, number: signal.Signals
) -> None:
    """The last photo of each job is held back; all others are there when the signal comes."""
    held = {f"/images/{job.job_id}-{n * 1000 + 2}" for n, job in enumerate(_jobs(program))}
    program.hold(lambda request: request.path in held)
    process = program.start("--json")
    assert program.reached.wait(20)
    _wait(lambda: len(list(program.root.glob(".archiver/staging/downloads/*.bin"))) >= 20)
    began = time.monotonic()
    process.send_signal(number)
    run = ended(process)
    assert time.monotonic() - began < 4
    assert run.code == NUMBERS[number]
    assert "kept" in run.err
    assert_no_traceback(run)
    assert runs(program.root) == ["stopped"]
    assert not (program.root / ".archiver/lock.json").exists()
    _assert_only_downloads(program.root)
    before = program.pictures()
    program.go_on.set()
    program.api.requests.clear()
    again = program.run("--json")
    assert again.code == 0, again.said
    assert set(program.pictures()) == held
    assert all(count <= 2 for count in before.values())
    assert leftovers(program.root) == []
    assert verify_archive(Archive(program.root)).faults == []
    assert_index_shows(program.root, 4)


def test_stopped_when_some_jobs_are_sealed_the_index_shows_them(program: Program) -> None:
    """One job is held up; the others are archived, and the index knows them."""
    job = program.api.workspace.jobs[-1].job_id
    program.hold(lambda request: job in request.path)
    process = program.start()
    _wait(lambda: len(list(program.root.glob("jobs/*/*/view-sha256.txt"))) == 3)
    process.send_signal(signal.SIGINT)
    run = ended(process)
    assert run.code == 130
    assert "up to date" in run.err
    assert_index_shows(program.root, 3)
    assert verify_archive(Archive(program.root)).faults == []
    program.go_on.set()
    assert program.run().code == 0
    assert_index_shows(program.root, 4)


@pytest.mark.parametrize("number", NUMBERS)
def test_stopped_at_any_moment_bags_are_whole_and_the_next_run_completes(
    tmp_path: Path, number: signal.Signals
) -> None:
    """From before the first import to after the last seal, commits among them."""
    for moment in (0.05, 0.3, 0.55, 0.7, 0.8, 0.9, 1.0, 1.2)[:: 1 if TORTURE else 3]:
        folder = tmp_path / str(moment)
        folder.mkdir()
        with serving(folder) as program:
            process = program.start()
            time.sleep(moment)
            process.send_signal(number)
            run = ended(process)
            # Python itself has no handler for SIGTERM while it starts, and none when it ends; how
            # long starting takes depends on the machine, so the archive's folder tells.
            assert run.code in (NUMBERS[number], 0, -number, 1), run.said
            if program.root.exists():
                assert run.code != 1
                assert run.code != -number or "4 jobs: 4 new" in run.out
                assert "Traceback" not in run.said
            if (program.root / "archive.json").exists():
                state, torn = read_ledger(program.root / "ledger")
                assert torn == b""
                assert all(pins.open is None for pins in state.jobs.values())
                assert verify_archive(Archive(program.root)).faults == []
                _assert_only_downloads(program.root)
            kept = set(program.root.glob(".archiver/staging/downloads/*.bin"))
            kept |= set(program.root.glob("jobs/*/*/data/*s/*.jpeg"))
            bodies = {path.read_bytes() for path in kept}
            program.api.requests.clear()
            assert program.run().code == 0
            assert leftovers(program.root) == []
            assert program.pictures().total() == 24 - len(bodies)


def test_a_second_signal_ends_the_run_at_once_and_nothing_is_lost(program: Program) -> None:
    """Even while the program is busy ending in an orderly way."""
    path = program.api.workspace.jobs[0].job_id
    program.hold(lambda request: request.path == f"/images/{path}-3000")
    process = program.start("--concurrency", "1")
    assert program.reached.wait(20)
    kept = len(list(program.root.glob(".archiver/staging/downloads/*.bin")))
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    run = ended(process)
    assert time.monotonic() - began < 2
    assert run.code == 130
    assert_no_traceback(run)
    assert_every_folder_is_a_bag(program.root, program.root)
    program.go_on.set()
    fetched = len(program.pictures())
    program.api.requests.clear()
    assert program.run().code == 0
    assert len(program.pictures()) <= 24 - kept
    assert fetched > 0
    assert leftovers(program.root) == []
    assert verify_archive(Archive(program.root)).faults == []


def test_a_second_signal_is_heard_while_the_event_loop_is_busy(tmp_path: Path) -> None:
    """The index of a large archive is written without the loop; the second Ctrl-C does not wait
    for it."""
    code = """if True:
        import asyncio, sys, time
        from archiver.cli.console import Console
        from archiver.cli.running import under_signals
        async def work(stop):
            print("ready", flush=True)
            await stop.wait()
            print("busy", flush=True)
            time.sleep(20)
        under_signals(Console(), work, orderly=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "busy\n"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert ended(process).code == 143
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("number", NUMBERS)
def test_a_build_that_is_stopped_says_so_and_leaves_bags(
    program: Program, number: signal.Signals
) -> None:
    """130 and 143 hold for every command."""
    assert program.run().code == 0
    before = {folder.name for folder in job_folders(program.root)}
    for delay in (0.4, 0.6):
        process = program.start("--break-lock", command="build")
        time.sleep(delay)
        process.send_signal(number)
        run = ended(process)
        assert run.code in (NUMBERS[number], 0) or "views made again" in run.out, run.said
        assert_no_traceback(run)
        assert {folder.name for folder in job_folders(program.root)} == before
        assert_every_folder_is_a_bag(program.root, program.root)
    assert program.run(command="build").code == 0
    assert verify_archive(Archive(program.root)).faults == []


# --- the network ------------------------------------------------------------------------------


def test_a_network_that_comes_back_costs_no_photo(tmp_path: Path) -> None:
    """The server is closed in the middle and opened again on the same port: the run pauses, goes
    on, and ends with everything."""
    workspace = a_workspace(jobs=2, photos=2)
    for number in range(12):
        add_photo(workspace, workspace.jobs[0], 100 + number, START)
    with LocalApi(workspace).run_in_thread() as api:
        program = Program(tmp_path / "a", api)
        program.hold(lambda request: request.path.endswith("-111"))
        process = program.start("--concurrency", "2", "--network-wait", "60")
        assert program.reached.wait(20)
        port = api.port
    time.sleep(1.5)
    with LocalApi(workspace, port=port).run_in_thread() as api:
        run = ended(process, 60)
        assert run.code == 0, run.said
        assert "cannot be reached" in run.err
        assert "answers again" in run.err
    assert verify_archive(Archive(program.root)).faults == []


def test_a_network_that_never_comes_back_ends_the_run_with_what_it_has(tmp_path: Path) -> None:
    """Exit 1 after the stated time, no photo failed by name, the downloads kept."""
    workspace = a_workspace(jobs=2, photos=4)
    held = f"/images/{workspace.jobs[0].job_id}-1003"
    with LocalApi(workspace).run_in_thread() as api:
        program = Program(tmp_path / "a", api)
        program.hold(lambda request: request.path == held)
        process = program.start("--json", "--network-wait", "2")
        assert program.reached.wait(20)
        _wait(lambda: len(list(program.root.glob("jobs/*/*/view-sha256.txt"))) == 1)
        port = api.port
        fetched = set(program.pictures())
    run = ended(process)
    assert run.code == 1
    assert run.summary["error"]["code"] == "network-down"
    assert "kept" in run.summary["error"]["hint"]
    assert_no_traceback(run)
    assert runs(program.root) == ["failed"]
    assert_index_shows(program.root, 1)
    _assert_only_downloads(program.root)
    with LocalApi(workspace, port=port).run_in_thread() as api:
        program = Program(tmp_path / "a", api)
        again = program.run()
        assert again.code == 0, again.said
        assert set(program.pictures()) <= {held} | (set(workspace.images) - fetched)
    assert verify_archive(Archive(program.root)).faults == []
    assert leftovers(program.root) == []


# --- small helpers ----------------------------------------------------------------------------


def _jobs(program: Program) -> list[LocalJob]:
    """The jobs in the order of their making."""
    return list(reversed(program.api.workspace.jobs))


def _assert_only_downloads(root: Path) -> None:
    """Staging holds nothing but verified downloads."""
    odd = [one for one in leftovers(root) if not one.startswith(".archiver/staging/downloads/")]
    assert odd == []


def _wait(true: Callable[[], bool], patience: float = 20) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
