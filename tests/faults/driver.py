"""A process that runs the real command line in children of its own, one after another.

Everything is imported once; each run is a fork, so that a test can afford hundreds. A child runs
`archiver.cli.run` with two things fixed, clock and salts, and all of its work on one thread, so
that the Nth system call is the same call in each run. It waits for a byte on a pipe, so that
strace can be attached to it first.

    python -m tests.faults.driver     reads one JSON object a line on stdin, answers likewise
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import archiver.abilities
import archiver.build
import archiver.cli.running
import archiver.download
import archiver.storage
import archiver.swap
import archiver.sync
import archiver.verify
from archiver.cli import COMMANDS, run
from archiver.cli.console import end_output
from archiver.decoders import Decoders
from archiver.imagedecode import decode_check
from archiver.localapi import LocalApi
from archiver.pictures import load_picture
from archiver.sync import World
from tests.pipeline import a_workspace, fixed_salt


class OneThread(Executor):
    """Does at once what it is given, on the thread that gives it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it; the future is done when it is given."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class DecodersHere:
    """Decodes in the run's own process: so that the Nth system call is the same call in each run,
    and no process has to begin hundreds of times. Runs with real threads have the real ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to end."""

    check = staticmethod(decode_check)
    load = staticmethod(load_picture)


def fix_world(now: datetime, *, threads: bool) -> None:
    """Clock and salts of all that follows are fixed; one thread and one job at once, unless real
    `threads` are asked for."""
    decoders: Any = Decoders if threads else DecodersHere
    world = World(clock=lambda: now, salt=fixed_salt, decoders=decoders)

    async def fixed(options: Any, **rest: Any) -> Any:
        return await archiver.sync.sync(options, **{**rest, "world": world})

    archiver.cli.running.sync = fixed  # type: ignore[attr-defined]
    if threads:
        return
    for module in (archiver.sync, archiver.download, archiver.build, archiver.verify):
        module.ThreadPoolExecutor = OneThread  # type: ignore[attr-defined]
    for name in ("acknowledging", "decoders", "erasing", "recording", "repair", "resume"):
        importlib.import_module(f"archiver.{name}").Decoders = DecodersHere  # type: ignore[attr-defined]
    archiver.sync.JOBS_AT_ONCE = 1


def without_exchange() -> None:
    """Like a platform that cannot exchange two folders in one step."""
    for module in (archiver.storage, archiver.abilities, archiver.swap):
        module.exchange = lambda one, other: False  # type: ignore[attr-defined]


def without_links() -> None:
    """Like a file system without hard links and reflinks."""

    def refuse(*paths: Any, **rest: Any) -> None:
        raise PermissionError(1, "Operation not permitted", str(paths[0]))

    os.link = refuse
    for module in (archiver.storage, archiver.abilities):
        module.reflink = lambda source, target: False  # type: ignore[attr-defined]


def windows_busy() -> None:
    """Like Windows with a virus scanner: every third rename and removal is refused for a while."""
    asked = 0

    def busy(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, **more: Any) -> Any:
            nonlocal asked
            asked += 1
            if asked % 3 == 0:
                error = PermissionError(13, "The process cannot access the file", str(path))
                error.winerror = 32  # type: ignore[attr-defined]
                raise error
            return real(path, *rest, **more)

        return call

    for name in ("replace", "unlink"):
        setattr(os, name, busy(getattr(os, name)))
    archiver.storage.PATIENCE = archiver.storage.Patience(sleep=lambda seconds: None)


PLATFORMS = {
    "no-exchange": without_exchange,
    "no-links": without_links,
    "windows-busy": windows_busy,
}


def child(order: dict[str, Any], ready: int) -> None:
    """One run; never returns."""
    out = os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    err = os.open(order["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(err, 2)
    fix_world(datetime.fromisoformat(order["now"]), threads=order["threads"])
    for platform in order["platform"]:
        PLATFORMS[platform]()
    os.read(ready, 1)
    os._exit(end_output(run(order["arguments"])))


def warm_up() -> None:
    """One run here, so that what is made once in a process (compiled templates and patterns,
    converters, fonts) is there in every child, which would else spend half of its time on it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        LocalApi(a_workspace(jobs=1, photos=2)).run_in_thread() as api,
    ):
        options = ("--api-url", api.url, "--json", "--min-free", "0", "--no-fsync")
        run(["sync", f"{folder}/a", *options])


def main() -> None:
    """Serve orders until stdin ends."""
    for module, _ in COMMANDS.values():
        importlib.import_module(module)
    for name in (
        "archiver.recording",
        "archiver.repair",
        "archiver.refetch",
        "archiver.siteindex",
        "archiver.view",
        "truststore",
    ):
        importlib.import_module(name)
    warm_up()
    answer = partial(print, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        ready, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(go)
            try:
                child(order, ready)
            finally:
                os._exit(99)
        os.close(ready)
        answer(json.dumps({"pid": pid}))
        sys.stdin.readline()  # strace is attached
        os.write(go, b".")
        os.close(go)
        _, status = os.waitpid(pid, 0)
        answer(json.dumps({"code": os.waitstatus_to_exitcode(status)}))


if __name__ == "__main__":
    asyncio.set_event_loop_policy(None)
    main()
