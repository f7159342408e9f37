"""One job's view made again, aside: what `build` does for each job, here or in another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archiver.archive import Archive, load_job, read_bag_or_none
from archiver.bag import Bag, check_record_untouched, view_pin
from archiver.catalog import LastView
from archiver.commit import MakeView, Rebuilt, discard, stage_rebuilt
from archiver.errors import ArchiverError
from archiver.models import JobRecord, Problem, Sha256
from archiver.pins import JobPins
from archiver.viewinputs import job_inputs, still_holds


@dataclass(frozen=True, slots=True)
class Asked:
    """The job in a folder, and what the ledger says of it. `damaged_too` has a page made also of a
    record that is not the sealed one, to say so.

    `common` is what all views are made from (`viewinputs`), `last` the view that is known of: if
    that still holds nothing is made. Without `common` the view is always made, and then compared.
    """

    folder: Path
    key: str
    pins: JobPins
    damaged_too: bool = False
    common: Sha256 | None = None
    last: LastView | None = None


@dataclass(frozen=True, slots=True)
class Restaged:
    """A view: made aside and waiting to be exchanged, or (`made` is None) as it should be; and
    what it was made from, where that was asked."""

    folder: Path
    key: str
    made: Rebuilt | None
    pin: Sha256
    made_from: Sha256 | None = None


class Hand(Protocol):
    """One who works at a build, a single thing at a time: a thread of it, or another process.

    One that is lost raises ChildProcessError; what it was asked is then to be done by another.
    """

    def make(self, asked: Asked) -> Restaged | Problem:
        """Make a job's view again aside. Raises OSError, DecoderFailed."""

    def discard(self, old: Path) -> None:
        """Remove the folder that a view was exchanged for. Raises OSError."""


@dataclass(frozen=True, slots=True)
class OwnHand:
    """Does it in this process. `moving` says that unchanged files are only noted, to be moved."""

    archive: Archive
    make_view: MakeView
    moving: bool

    def make(self, asked: Asked) -> Restaged | Problem:
        """As `restage`."""
        return restage(self.archive, self.make_view, asked, moving=self.moving)

    def discard(self, old: Path) -> None:
        """As `commit.discard`."""
        discard(self.archive, old)


def restage(
    archive: Archive, make_view: MakeView, asked: Asked, *, moving: bool
) -> Restaged | Problem:
    """Make the view of one job again in the staging folder, if it comes out otherwise than it is.

    A job that is not the bag the ledger knows, or whose record is not the sealed one, is left
    alone: its problem is given. `moving` says that unchanged files are only noted, to be moved.
    Raises OSError.
    """
    name = asked.folder.name
    bag = read_bag_or_none(asked.folder)
    if bag is None or bag.commitment not in asked.pins.accepted:
        return Problem(name, "is not the bag the ledger knows; its page was left as it is")
    made_from = None
    if asked.common is not None and not asked.damaged_too:
        made_from = job_inputs(asked.common, bag, asked.pins)
    try:
        if made_from is not None and still_holds(bag, asked.pins, asked.last, made_from):
            _check_record(bag)
            return Restaged(
                asked.folder, asked.key, None, view_pin(bag.folder, bag.salt), made_from
            )
        record = _record(bag, asked.damaged_too)
    except (OSError, ValueError, ArchiverError) as error:
        return Problem(name, f"its page could not be made again: {error}")
    made = stage_rebuilt(archive, bag, record, make_view, moving=moving)
    pin = made.pin if made else view_pin(bag.folder, bag.salt)
    return Restaged(asked.folder, asked.key, made, pin, made_from)


def _record(bag: Bag, damaged_too: bool) -> JobRecord:
    if not damaged_too:
        _check_record(bag)
    return load_job(bag.folder)


def _check_record(bag: Bag) -> None:
    if not check_record_untouched(bag):
        raise ValueError("data/record.json is damaged; run `archiver verify`")
