"""The process that makes views for `viewhelpers.ViewHelpers`: asked on stdin, answering on stdout.

It does what the threads of a build do, on another core: read a job, make its page and sheets, stage
them; and remove folders that gave way. It never exchanges a folder and never writes the ledger.
Pictures are decoded in a decoder process of its own. Questions and answers are pickles: both ends
are the same program, and neither reads anybody's picture.

It ends when its input does, and where the system can (Linux) at the very moment its parent ends:
a helper that went on writing would be in the way of the next run.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from archiver.archive import Archive
from archiver.decoders import Decoders
from archiver.errors import ArchiverError
from archiver.models import Problem
from archiver.pins import JobPins
from archiver.restaging import Asked, OwnHand, Restaged
from archiver.view import ViewSettings, maker_of

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Orders:
    """What a helper is told first: the archive, how its views are made, and whether its disk
    shares bytes between folders (else unchanged files are `moving`)."""

    root: Path
    views: ViewSettings
    moving: bool


Question: TypeAlias = Asked | Path
"""A job whose view is to be made, or a folder that gave way to one and is to be removed."""
Answer: TypeAlias = Restaged | Problem | OSError | ArchiverError | None


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; we are asked
    end_with(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand among the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    questions = sys.stdin.buffer
    orders: Orders = pickle.load(questions)
    with Decoders(count=1) as decoders:
        helper = _Helper(orders, decoders)
        while True:
            try:
                asked: Question = pickle.load(questions)
            except EOFError:
                return
            pickle.dump(helper.answer(asked), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


class _Helper:
    """Does one thing after the other."""

    def __init__(self, orders: Orders, decoders: Decoders) -> None:
        self._pins = JobPins()
        make_view = maker_of(orders.views, lambda key: self._pins, decoders.load)
        self._hand = OwnHand(Archive(orders.root), make_view, orders.moving)

    def answer(self, asked: Question) -> Answer:
        try:
            if isinstance(asked, Path):
                self._hand.discard(asked)
                return None
            self._pins = asked.pins
            return self._hand.make(asked)
        except (OSError, ArchiverError) as error:
            return error


def end_with(parent: int) -> None:
    """End at once when the process `parent`, which began this one, ends; where the system can."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was quicker
        os._exit(1)


if __name__ == "__main__":
    main()
