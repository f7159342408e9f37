"""The stage for the contract's tests: the command line as a script sees it, servers in threads."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from archiver.localapi import LocalApi, Workspace
from archiver.models import Problem
from archiver.syncsummary import Summary
from tests.pipeline import KEY

T = TypeVar("T")
STATE = tempfile.mkdtemp(prefix="archiver-tests-state-")
"""Where exports are noted, instead of in the tester's own state folder."""

SUMMARY_KEYS = {
    "jobs_listed",
    "jobs_new",
    "jobs_updated",
    "jobs_unchanged",
    "jobs_vanished",
    "jobs_failed",
    "images_downloaded",
    "images_deduplicated",
    "images_failed",
    "bytes_downloaded",
    "failures",
}
"""What the design promises of `--json`, for `sync` and `demo` alike."""

EXCEPTED = ("ledger/", ".archiver/", "search/checks.js")
"""What a run in which nothing changed may touch."""

QUICK: dict[str, Any] = {"wait_initial": 0.01, "wait_max": 0.02, "wait_jitter": 0.01}
"""Retries without a wait worth the name."""


@dataclass(frozen=True)
class Done:
    """What a script gets of one call of the command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; fails when there is anything else there."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} is no JSON")

        value = json.loads(self.out, parse_constant=refuse)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> dict[str, str]:
        """The error object, its shape checked."""
        error = self.json["error"]
        assert set(error) == {"code", "message", "hint"}
        assert all(isinstance(text, str) for text in error.values())
        assert error["message"]
        assert isinstance(self.json["schema_version"], int)
        return dict(error)


def environment(**more: str) -> dict[str, str]:
    """An environment in which nothing of the tester's own decides."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARCHIVER_", "WORKPHOTOS_", "COV_", "PYTEST_"))
    }
    root = str(Path(__file__).parents[2])
    fixed = {"PYTHONPATH": root, "WORKPHOTOS_AUTH_KEY": KEY, "XDG_STATE_HOME": STATE}
    return {**ours, **fixed, **more}


def command(*arguments: object) -> list[str]:
    """The command line of `python -m archiver`."""
    return [sys.executable, "-m", "archiver", *map(str, arguments)]


def cli(*arguments: object, env: Mapping[str, str] | None = None, timeout: float = 300) -> Done:
    """Run the real command in a process of its own."""
    done = subprocess.run(
        command(*arguments),
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    assert b"Traceback" not in done.stdout + done.stderr
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def reached(api: LocalApi) -> list[str]:
    """The options that lead to a server."""
    return ["--api-url", api.url, "--workspace-id", api.workspace_id]


@contextmanager
def in_thread(server: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """A server on an event loop of its own, for callers that block or start processes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    try:
        found = wait(server.__aenter__())
        try:
            yield found
        finally:
            wait(server.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def served(workspace: Workspace, intercept: Any = None) -> Iterator[LocalApi]:
    """The embedded API of a workspace, in a thread."""
    api = LocalApi(workspace)
    api.intercept = intercept
    with api.run_in_thread():
        yield api


def assert_adds_up(summary: Summary | Mapping[str, Any], *, attempted: int | None = None) -> None:
    """The counting of the contract: a job counts once, and a reference counts once."""
    told = summary if isinstance(summary, Mapping) else vars(summary)
    assert told["jobs_listed"] == (
        told["jobs_new"] + told["jobs_updated"] + told["jobs_unchanged"] + told["jobs_failed"]
    )
    if attempted is not None:
        images = ("images_downloaded", "images_deduplicated", "images_failed")
        assert sum(told[name] for name in images) == attempted


def reasons(summary: Summary) -> str:
    """All failures in one text."""
    return "\n".join(f"{one.job_id} {one.reason} {one.url}" for one in summary.failures)


def failure_of(summary: Summary, part: str) -> Problem:
    """The one failure that names `part` in its address or reason."""
    (found,) = [one for one in summary.failures if part in f"{one.url} {one.reason}"]
    return found


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it never came")
