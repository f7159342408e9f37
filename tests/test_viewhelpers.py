"""Views made in processes beside the build's own: the same bytes, and nothing that outlives it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archiver import viewhelpers
from archiver.cli import run
from archiver.viewhelpers import JOBS_EACH, MOST, helper_count
from tests.pipeline import a_workspace, synced

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="helpers are had on Linux only")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An archive of six jobs whose pages and sheets are to be made again."""
    synced(tmp_path / "a", a_workspace(jobs=6, photos=2))
    renamed(tmp_path / "a", "Another name")
    return tmp_path / "a"


def renamed(root: Path, name: str) -> None:
    """Have every page of an archive come out otherwise."""
    settings = root / "archive.json"
    body = settings.read_text("utf-8")
    at = body.index('"workspace_name": ') + len('"workspace_name": ')
    end = min(body.find(stop, at) for stop in (",\n", "\n") if body.find(stop, at) > 0)
    settings.write_text(f'{body[:at]}"{name}"{body[end:]}', "utf-8")


def pages(root: Path) -> dict[str, str]:
    """Every file of every view, by its digest."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.glob("jobs/*/*/*.*"))
    }


def helped(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Have builds take so many helpers, however little there is to do."""
    monkeypatch.setattr(viewhelpers, "helper_count", lambda *_: count)


def test_helpers_are_taken_where_there_is_enough_to_do_and_a_core_for_them() -> None:
    assert [helper_count(JOBS_EACH * each, 2) for each in (0, 1, 2, 3, 99)] == [0, 0, 1, 2, 2]
    assert helper_count(10**6, 1) == 0
    assert helper_count(10**6, 64) == MOST
    assert helper_count(10**6, 64, dpi=300) == 1


def test_helpers_make_the_same_bytes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page and sheets, whoever of two made them; the archive verifies."""
    helped(monkeypatch, 0)
    assert run(["build", str(root), "-q", "--no-fsync", "--sheet-layout", "3x4"]) == 0
    alone = pages(root)
    renamed(root, "Yet another")
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    renamed(root, "Another name")
    helped(monkeypatch, 2)
    assert run(["build", str(root), "-q", "--no-fsync", "--sheet-layout", "3x4"]) == 0
    assert pages(root) == alone
    assert run(["verify", str(root), "-q"]) == 0


def test_a_job_that_cannot_be_made_again_is_named_whoever_was_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all jobs here, so that both are asked."""
    for record in root.glob("jobs/*/*/data/record.json"):
        record.unlink()
        record.write_text("{}")
    helped(monkeypatch, 1)
    assert run(["build", str(root), "--no-fsync"]) == 3
    assert capsys.readouterr().err.count("record.json is damaged") == 6


@pytest.mark.parametrize("command", [(sys.executable, "-c", ""), (sys.executable, "-m", "nothing")])
def test_what_a_lost_helper_was_asked_is_done_here(
    root: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """One that ends at once, or never begins."""
    monkeypatch.setattr(viewhelpers, "COMMAND", command)
    helped(monkeypatch, 1)
    before = pages(root)
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    after = pages(root)
    assert sum(before[name] != after[name] for name in before if name.endswith("index.html")) == 6


def test_where_no_process_can_be_started_the_build_does_it_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewhelpers, "COMMAND", ("/nowhere/at/all",))
    helped(monkeypatch, 1)
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert run(["verify", str(root), "-q"]) == 0


KILLED = """
import sys
from archiver import viewhelpers
from archiver.viewhelper import _Helper
viewhelpers.helper_count = lambda *_: 1
real = viewhelpers._Helper.ask
def ask(self, asked):
    print(self._process.pid, flush=True)
    return real(self, asked)
viewhelpers._Helper.ask = ask
from archiver.cli import run
sys.exit(run(["build", sys.argv[1], "-q", "--no-fsync"]))
"""


def test_a_helper_ends_with_a_build_that_is_killed_and_the_next_one_completes(root: Path) -> None:
    """By SIGKILL, while a helper works; nothing goes on writing into the staging folder."""
    build = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(root)], stdout=subprocess.PIPE, text=True
    )
    assert build.stdout is not None
    helper = int(build.stdout.readline())
    build.send_signal(signal.SIGKILL)
    build.wait()
    build.stdout.close()
    # One that was still starting sees after that, before it does anything, that it is alone.
    end = time.monotonic() + 60
    while is_running(helper) and time.monotonic() < end:
        time.sleep(0.01)
    assert not is_running(helper)
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert list((root / ".archiver" / "staging" / "jobs").iterdir()) == []
    assert run(["verify", str(root), "-q"]) == 0
    assert {
        path.read_text().count("Another name") > 0 for path in root.glob("jobs/*/*/index.html")
    } == {True}


def is_running(pid: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    try:
        os.kill(pid, 0)
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
