"""A zip that is the same for the same members: stored, in the order given, with given times.

Written in one pass with little memory, members hashed as they are copied; ZIP64 where sizes need
it. Whole or not at all: beside its place first, synced, then renamed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from archiver.models import Sha256
from archiver.storage import fsync_dir, move

CHUNK = 1 << 20
_UNIX = 3
_MODE = 0o100644 << 16
# What the format can say (APPNOTE 4.4.6): two-second steps from 1980 to 2107.
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LATEST_YEAR = 2107


class ZipWriter:
    """A new zip at `out`, as a context; on any exception nothing is left. Raises OSError."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._beside = out.with_name(f".{out.name[:40]}.{secrets.token_hex(6)}.tmp")
        self.files = 0
        self.size = 0

    def __enter__(self) -> ZipWriter:
        self._file = self._beside.open("xb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED, allowZip64=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                move(self._beside, self._out)
                fsync_dir(self._out.parent)
        finally:
            # Closed in any case, or zipfile would try when it is collected, and warn.
            with contextlib.suppress(OSError, ValueError):
                self._zip.close()
            with contextlib.suppress(OSError):
                self._file.close()
            self._beside.unlink(missing_ok=True)

    def add_bytes(self, name: str, body: bytes, time: datetime) -> Sha256:
        """Add a member; gives its digest."""
        with self._member(name, len(body), time) as member:
            member.write(body)
        return Sha256(hashlib.sha256(body).hexdigest())

    def add_file(self, name: str, source: BinaryIO, time: datetime) -> Sha256:
        """Add what `source` holds, read in pieces of 1 MiB; gives its digest."""
        digest = hashlib.sha256()
        with self._member(name, os.fstat(source.fileno()).st_size, time) as member:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                member.write(chunk)
        return Sha256(digest.hexdigest())

    @contextlib.contextmanager
    def _member(self, name: str, size: int, time: datetime) -> Iterator[BinaryIO]:
        info = zipfile.ZipInfo(name, _zip_time(time))
        info.create_system = _UNIX  # else it would differ on Windows
        info.external_attr = _MODE
        info.file_size = size  # tells zipfile whether the member needs ZIP64
        with self._zip.open(info, "w") as member:
            yield member  # type: ignore[misc]
        self.files += 1
        self.size += size


def _zip_time(time: datetime) -> tuple[int, int, int, int, int, int]:
    """UTC, as zips know no zone."""
    moment = time.astimezone(UTC)
    if moment.year < _EARLIEST[0] or moment.year > _LATEST_YEAR:
        return _EARLIEST
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
