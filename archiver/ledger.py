"""The ledger: an append-only, hash-chained history of every change to every bag.

`ledger/ledger.jsonl` holds one entry a line (`chain`); what they add up to is a `LedgerState`
(`pins`). It holds ids, numbers and salted commitments, never a name, a title or a text: nothing in
it would have to be removed with a job.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from archiver.chain import BrokenLedger, Entry, canonical, line_hash, read_entries, whole_lines
from archiver.errors import ArchiveDamaged
from archiver.head import Head
from archiver.models import Sha256
from archiver.pins import JobPins, LedgerState, SealPin
from archiver.record import time_text
from archiver.storage import explained, fsync_dir, fsync_file

__all__ = [
    "BrokenLedger",
    "Entry",
    "Event",
    "JobPins",
    "Ledger",
    "LedgerState",
    "SealPin",
    "canonical",
    "read_entries",
    "read_ledger",
]

LEDGER_FILE = "ledger.jsonl"
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
    "acknowledged",
    "unacknowledged",
    "held",
    "released",
    "readdressed",
    "repaired",
    "erasing",
    "erased",
    "key-added",
    "key-retired",
    "key-lost",
    "signed",
    "timestamped",
    "checkpoint",
    "resumed",
]


Watch = Callable[[LedgerState, Entry, Sha256], None]
"""Looks at an entry with the hash of its line, and at the state before it."""


def read_ledger(
    folder: Path, watch: Watch = lambda state, entry, sha256: None
) -> tuple[LedgerState, bytes]:
    """What the ledger of an archive adds up to, and the bytes of a torn last line (usually none).

    `watch` is shown each entry on the way. Raises BrokenLedger, FileNotFoundError.
    """
    state = LedgerState()
    torn: list[bytes] = []
    with (folder / LEDGER_FILE).open("rb") as file:
        for entry, head in read_entries(whole_lines(file, torn)):
            try:
                watch(state, entry, head)
                state.advance(entry, head)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise BrokenLedger(entry.number, f"is incomplete ({error!r})") from error
    if not state.entries:
        raise BrokenLedger(1, "is missing: the ledger holds no entry")
    return state, b"".join(torn)


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
        self.last_event: str | None = None
        """The event of the last entry that this process appended."""

    @property
    def head(self) -> Head:
        """The last entry and its hash."""
        return Head(self.state.entries, self.state.head)

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
        fsync_file(folder / name)
        fsync_dir(folder)
        path = folder / LEDGER_FILE
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - len(torn))
            os.fsync(file.fileno())
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
            self.last_event = event
            self.state.advance(Entry(self.state.entries + 1, event, now, value), line_hash(line))
