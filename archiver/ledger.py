"""The ledger: an append-only, hash-chained history of every change to every bag.

One JSON object a line in `ledger/ledger.jsonl`, in RFC 8785's canonical form (our entries hold
only ASCII names, texts and whole numbers, for which sorted keys and no spaces are that form).
`prev` is the SHA-256 of the line before as it stands, its line feed included, so that
`sed -n 7p ledger.jsonl | sha256sum` is what line 8 must say. It holds ids and salted commitments,
never a name, a title or a text: nothing in it would have to be removed with a job.

A bag's change is a pair: `sealing` (old and new commitment, the view's pin) before the folders are
exchanged, `sealed` or `abandoned` after. Views made again are a pair `building`, `built`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from archiver.errors import ArchiveDamaged
from archiver.models import Sha256
from archiver.record import time_of, time_text
from archiver.storage import explained, fsync_dir

LEDGER_FILE = "ledger.jsonl"
GENESIS = Sha256("0" * 64)
"""What the first entry says of the one before it."""
LEDGER_VERSION = 1
Event = Literal[
    "created",
    "run-start",
    "run-end",
    "sealing",
    "sealed",
    "abandoned",
    "lost",
    "building",
    "built",
    "verified",
    "settings",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its number from 1, what happened, when, and the rest of its fields."""

    number: int
    event: str
    time: datetime
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SealPin:
    """One sealing as the ledger has it. `view` is the view's pin at that time."""

    seal: int
    commitment: Sha256
    view: Sha256


@dataclass(slots=True)
class JobPins:
    """All the ledger says of one job: closed seals oldest first, the views that may be there now,
    and an open `sealing`, whose old and new commitment are both accepted."""

    seals: list[SealPin] = field(default_factory=list)
    views: set[Sha256] = field(default_factory=set)
    open: SealPin | None = None
    damaged: tuple[str, ...] = ()
    restarts: set[int] = field(default_factory=set)

    @property
    def accepted(self) -> set[Sha256]:
        """The commitments the visible bag may have."""
        found = {self.seals[-1].commitment} if self.seals else set()
        return found | {self.open.commitment} if self.open else found


@dataclass(slots=True)
class LedgerState:
    """What a whole ledger adds up to."""

    entries: int = 0
    head: Sha256 = GENESIS
    jobs: dict[str, JobPins] = field(default_factory=dict)
    building: dict[str, Sha256] = field(default_factory=dict)
    last_complete_start: datetime | None = None
    last_run: Entry | None = None
    run_start: datetime | None = None
    checked: dict[str, datetime] = field(default_factory=dict)

    def job(self, job_id: str) -> JobPins:
        """The pins of a job, empty ones for a job never heard of."""
        return self.jobs.setdefault(job_id, JobPins())

    def apply(self, entry: Entry) -> None:
        """Take one more entry into account. Raises KeyError, ValueError for one that lacks what
        its event must have."""
        step = getattr(self, "_" + entry.event.replace("-", "_"), None)
        if step is not None:
            step(entry)

    def _run_start(self, entry: Entry) -> None:
        self.run_start = entry.time
        self.last_run = entry

    def _run_end(self, entry: Entry) -> None:
        self.last_run = entry
        if entry.fields.get("complete") and self.run_start is not None:
            self.last_complete_start = self.run_start

    def _sealing(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        pins.open = SealPin(
            entry.fields["seal"], Sha256(entry.fields["new"]), Sha256(entry.fields["view"])
        )
        pins.views.add(pins.open.view)

    def _sealed(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        if pins.open is None:
            raise ValueError("closes a sealing that was never opened")
        pins.seals.append(pins.open)
        pins.views = {pins.open.view}
        pins.open = None

    def _abandoned(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        if pins.open is not None:
            pins.views.discard(pins.open.view)
        pins.open = None

    def _lost(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        pins.restarts.add(entry.fields["seal"] + 1)

    def _building(self, entry: Entry) -> None:
        self.building = {job: Sha256(pin) for job, pin in entry.fields["views"].items()}
        for job, pin in self.building.items():
            self.job(job).views.add(pin)

    def _built(self, entry: Entry) -> None:
        for job, pin in entry.fields["views"].items():
            self.job(job).views = {Sha256(pin)}
        self.building = {}

    def _verified(self, entry: Entry) -> None:
        for job in entry.fields["jobs"]:
            self.checked[job] = entry.time
            self.job(job).damaged = tuple(entry.fields["damaged"].get(job, ()))


class BrokenLedger(ValueError):
    """The chain does not hold: `line` is the first that does not follow from those before."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"ledger line {line}: {reason}")
        self.line = line
        self.reason = reason


def canonical(value: Mapping[str, Any]) -> bytes:
    """An entry's line without its line feed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def read_entries(lines: Iterable[bytes]) -> Iterator[tuple[Entry, Sha256]]:
    """Each entry with the hash of its line, the chain checked. Raises BrokenLedger."""
    head = GENESIS
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            entry = Entry(number, value["event"], time_of(value["time"]), value)
            if value["n"] != number:
                raise BrokenLedger(number, f"says it is entry {value['n']}")
            if value["prev"] != head:
                raise BrokenLedger(number, "does not follow from the line before it")
            if canonical(value) + b"\n" != line:
                raise BrokenLedger(number, "is not in canonical form")
        except BrokenLedger:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenLedger(number, f"is not a ledger entry ({error})") from error
        head = Sha256(hashlib.sha256(line).hexdigest())
        yield entry, head


def read_ledger(folder: Path) -> tuple[LedgerState, bytes]:
    """What the ledger of an archive adds up to, and the bytes of a torn last line (usually none).

    Raises BrokenLedger, FileNotFoundError.
    """
    state = LedgerState()
    torn: list[bytes] = []
    with (folder / LEDGER_FILE).open("rb") as file:
        for entry, head in read_entries(_whole_lines(file, torn)):
            try:
                state.apply(entry)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise BrokenLedger(entry.number, f"is incomplete ({error!r})") from error
            state.entries, state.head = entry.number, head
    if not state.entries:
        raise BrokenLedger(1, "is missing: the ledger holds no entry")
    return state, b"".join(torn)


def _whole_lines(file: Iterable[bytes], torn: list[bytes]) -> Iterator[bytes]:
    """The lines that end with a line feed, one in memory at a time; a last one without goes to
    `torn`."""
    for line in file:
        if line.endswith(b"\n"):
            yield line
        else:
            torn.append(line)


class Ledger:
    """The ledger open for appending; one process at a time, under the archive's lock.

    Thread-safe: commits of several jobs append from worker threads.
    """

    def __init__(self, folder: Path, state: LedgerState, *, sync: bool = True) -> None:
        self.folder = folder
        self.state = state
        self._sync = sync
        self._turn = threading.Lock()
        self._end: int | None = None

    @classmethod
    def create(cls, folder: Path, now: datetime, *, sync: bool = True, **fields: Any) -> Ledger:
        """Begin the ledger of a new archive. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LEDGER_FILE).write_bytes(b"")
        fsync_dir(folder)
        ledger = cls(folder, LedgerState(), sync=sync)
        ledger.append("created", now, version=LEDGER_VERSION, **fields)
        return ledger

    @classmethod
    def open(cls, folder: Path, *, sync: bool = True) -> tuple[Ledger, str | None]:
        """Open an archive's ledger; also what was kept aside of a torn last line, if there was one.

        Raises ArchiveDamaged when the ledger is missing or its chain does not hold.
        """
        try:
            state, torn = read_ledger(folder)
        except FileNotFoundError as error:
            raise ArchiveDamaged(
                f"The ledger {folder / LEDGER_FILE} is missing.",
                "Bring it back from a backup; nothing was written.",
            ) from error
        except BrokenLedger as error:
            raise ArchiveDamaged(
                f"The ledger's chain does not hold: {error}.",
                "Run `archiver verify` and compare with a backup; nothing was written.",
            ) from error
        kept = cls._keep_torn(folder, torn) if torn else None
        return cls(folder, state, sync=sync), kept

    @staticmethod
    def _keep_torn(folder: Path, torn: bytes) -> str:
        """Move a torn last line into a file of its own; the line before it is the last."""
        name = f"torn-{hashlib.sha256(torn).hexdigest()[:12]}.txt"
        (folder / name).write_bytes(torn)
        path = folder / LEDGER_FILE
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - len(torn))
            os.fsync(file.fileno())
        fsync_dir(folder)
        return name

    def append(self, event: Event, now: datetime, **fields: Any) -> None:
        """Add one entry; when it returns, the entry is on disk.

        Raises DiskFull, NotWritable, OSError; then the ledger ends with the entry before.
        """
        path = self.folder / LEDGER_FILE
        with self._turn, explained(path):
            value = {
                **fields,
                "event": event,
                "n": self.state.entries + 1,
                "prev": self.state.head,
                "time": time_text(now),
            }
            line = canonical(value) + b"\n"
            with path.open("r+b", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                if self._end is not None and end != self._end:
                    # An entry that failed could not be taken back then; now it must be.
                    end = file.seek(file.truncate(self._end))
                try:
                    if file.write(line) != len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
                    if self._sync:
                        os.fsync(file.fileno())
                except OSError:
                    self._end = end
                    with contextlib.suppress(OSError):
                        file.truncate(end)
                    raise
                self._end = end + len(line)
            self.state.apply(Entry(self.state.entries + 1, event, now, value))
            self.state.entries += 1
            self.state.head = Sha256(hashlib.sha256(line).hexdigest())
