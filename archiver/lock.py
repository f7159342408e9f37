"""One writer at a time: an operating-system lock, and beside it a file that says who holds it.

The lock dies with its holder, so one left by a dead process of this host is simply taken. Where
the file says that another host holds it (network drives may not share locks), it is never taken
over without being told to.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from archiver.errors import ArchiveLocked
from archiver.record import time_text
from archiver.storage import explained, remove_file


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an archive, as its holder wrote it down."""

    host: str
    process: int
    since: str
    command: str

    def __str__(self) -> str:
        return f"{self.command} on {self.host}, process {self.process}, since {self.since}"


def read_holder(folder: Path) -> Holder | None:
    """Who the archive's lock file names, or None. `folder` is `.archiver`."""
    try:
        value = json.loads((folder / "lock.json").read_text("utf-8"))
        return Holder(
            str(value["host"]), int(value["process"]), str(value["since"]), str(value["command"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def present_holder(folder: Path) -> Holder | None:
    """Who holds the archive now: not one of this computer whose process is gone (it was killed,
    and its note is all that is left). Nothing is locked to find out."""
    holder = read_holder(folder)
    if holder is None or holder.host != socket.gethostname() or os.name == "nt":
        return holder
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return holder


class ArchiveLock:
    """The right to write to an archive, as a context manager.

    Entering raises ArchiveLocked, which says who holds it and since when.
    """

    def __init__(
        self, folder: Path, command: str, now: datetime, *, break_lock: bool = False
    ) -> None:
        self._folder = folder
        self._lock = FileLock(folder / "lock", timeout=0, thread_local=False)
        self._me = Holder(socket.gethostname(), os.getpid(), time_text(now), command)
        self._break = break_lock

    def __enter__(self) -> ArchiveLock:
        try:
            with explained(self._folder):
                self._lock.acquire()
        except Timeout as error:
            holder = read_holder(self._folder)
            raise ArchiveLocked(
                f"Another run holds this archive: {holder or 'its holder is not known'}.",
                "Wait until it has ended, or stop it, and run the same command again.",
            ) from error
        holder = read_holder(self._folder)
        if holder is not None and holder.host != self._me.host and not self._break:
            self._lock.release()
            raise ArchiveLocked(
                f"The archive's lock is held by another computer: {holder}.",
                "If you are sure that nothing runs there any more, repeat with --break-lock.",
            )
        try:
            with explained(self._folder):
                self._write_holder()
        except BaseException:
            self._lock.release()
            raise
        return self

    def _write_holder(self) -> None:
        note = {
            "host": self._me.host,
            "process": self._me.process,
            "since": self._me.since,
            "command": self._me.command,
        }
        (self._folder / "lock.json").write_text(json.dumps(note), "utf-8")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            remove_file(self._folder / "lock.json")
        finally:
            self._lock.release()
