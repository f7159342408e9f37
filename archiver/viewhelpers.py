"""Making views in processes beside our own, so that a build uses every core.

A thread of Python waits for the others; a process does not. Where two can be had, the build itself
only asks, exchanges, and brings the index up to date. Only on Linux, where a helper ends at the
very moment its parent does, and only where there is enough to do: elsewhere, and where no process
can be started, the threads of the build do it all, to the same bytes. A helper that is lost costs
time only: it says so, and the build does what it was asked.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Self

from archiver.archive import OpenArchive
from archiver.models import Problem
from archiver.restaging import Asked, Hand, Restaged
from archiver.view import ViewSettings
from archiver.viewhelper import Answer, Orders, Question

COMMAND = (sys.executable, "-P", "-m", "archiver.viewhelper")
JOBS_EACH = 25
"""Fewer jobs than these are done before a helper would have begun."""
MOST = 2
"""Helpers at most: each takes some 65 MB with its decoder, and 250 MB are all that may be taken."""
_LOST = "a process that makes views has ended"


def helper_count(jobs: int, cores: int, dpi: int = 150) -> int:
    """How many helpers so many jobs are worth on so many cores; a page of 300 dots per inch takes
    as much memory again as a helper."""
    if not sys.platform.startswith("linux") or cores < 2:
        return 0
    most = MOST if dpi <= 150 else 1
    return max(0, min(cores, most, jobs // JOBS_EACH - 1))


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ViewHelpers:
    """The helpers of a build; use it as `with`."""

    def __init__(self, opened: OpenArchive, views: ViewSettings, count: int) -> None:
        moving = not opened.abilities.shares_bytes
        orders = Orders(opened.archive.root.absolute(), views, moving)
        self._helpers: list[_Helper] = []
        for _ in range(count):
            # Where none can be started, what is there must do.
            with contextlib.suppress(OSError):
                self._helpers.append(_Helper(orders))

    @property
    def hands(self) -> tuple[Hand, ...]:
        """The helpers, for a build."""
        return tuple(self._helpers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for helper in self._helpers:
            helper.end()


class _Helper:
    """One helper process. Once it is lost, all that it is asked raises ChildProcessError."""

    def __init__(self, orders: Orders) -> None:
        self._process = subprocess.Popen(
            (*COMMAND, str(os.getpid())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            # Ctrl-C in a terminal is the run's alone.
            start_new_session=os.name == "posix",
        )
        self._lost = not self._say(orders)

    def make(self, asked: Asked) -> Restaged | Problem:
        """As `Hand.make`. Raises OSError, ArchiverError."""
        made = self.ask(asked)
        assert made is not None
        return made

    def discard(self, old: Path) -> None:
        """As `Hand.discard`. Raises OSError."""
        self.ask(old)

    def ask(self, asked: Question) -> Restaged | Problem | None:
        """What came of it, if anything. Raises what it did, and ChildProcessError when it is
        lost: then it may have begun."""
        if self._lost or not self._say(asked):
            raise ChildProcessError(_LOST)
        assert self._process.stdout is not None
        try:
            answer: Answer = pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.end()
            raise ChildProcessError(_LOST) from error
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _say(self, said: Orders | Question) -> bool:
        assert self._process.stdin is not None
        try:
            pickle.dump(said, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
        except OSError:
            self.end()
            return False
        return True

    def end(self) -> None:
        """End it, whatever it does."""
        self._lost = True
        with contextlib.suppress(OSError):
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def _environment() -> dict[str, str]:
    """Ours, with where Python finds its modules."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONSAFEPATH": "1",
    }
