"""Making views in processes beside our own, so that a build uses every core.

A thread of Python waits for the others; a process does not. One helper for each core but our own,
which makes views too. Only on Linux, where a helper ends at the very moment its parent does, and
only where there is enough to do: elsewhere, and where no process can be started, the threads of the
build do it all, to the same bytes. A helper that is lost costs time only: what it was asked is done
here.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from typing import Self

from archiver.archive import OpenArchive
from archiver.models import Problem
from archiver.restaging import Asked, Restaged, Stage
from archiver.view import ViewSettings
from archiver.viewhelper import Answer, Orders

COMMAND = (sys.executable, "-P", "-m", "archiver.viewhelper")
JOBS_EACH = 25
"""Fewer jobs than these are done before a helper would have begun."""
MOST = 2
"""Helpers at most: each takes some 65 MB with its decoder, and 250 MB are all that may be taken."""


def helper_count(jobs: int, cores: int, dpi: int = 150) -> int:
    """How many helpers so many jobs are worth on so many cores; a page of 300 dots per inch takes
    as much memory again as a helper."""
    if not sys.platform.startswith("linux"):
        return 0
    most = MOST if dpi <= 150 else 1
    return max(0, min(cores - 1, most, jobs // JOBS_EACH - 1))


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ViewHelpers:
    """The helpers of a build; use it as `with`. `here` does what a lost helper was asked."""

    def __init__(self, opened: OpenArchive, views: ViewSettings, count: int, here: Stage) -> None:
        moving = not opened.abilities.shares_bytes
        self._orders = Orders(opened.archive.root.absolute(), views, moving)
        self._here = here
        self._helpers: list[_Helper] = []
        for _ in range(count):
            # Where none can be started, what is there must do.
            with contextlib.suppress(OSError):
                self._helpers.append(_Helper(self._orders))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What each helper does, for a build."""
        return tuple(self._stage(helper) for helper in self._helpers)

    def _stage(self, helper: _Helper) -> Stage:
        def stage(asked: Asked) -> Restaged | Problem:
            answer = helper.ask(asked)
            if answer is None:
                return self._here(asked)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return stage

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for helper in self._helpers:
            helper.end()


class _Helper:
    """One helper process."""

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

    def ask(self, asked: Asked) -> Answer | None:
        """What came of it; None when the helper was lost."""
        if self._lost or not self._say(asked):
            return None
        assert self._process.stdout is not None
        try:
            answer: Answer = pickle.load(self._process.stdout)
            return answer
        except (OSError, EOFError, pickle.UnpicklingError):
            self.end()
            return None

    def _say(self, said: Orders | Asked) -> bool:
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
