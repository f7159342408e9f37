"""A zip that is the same for the same members: stored, in the order given, with given times.

Written in one pass with little memory, members hashed as they are copied, and the zip itself behind
that; ZIP64 where sizes need it. Whole or not at all: beside its place first, synced, then renamed.
With a passphrase its members are encrypted (AES-256, WinZip's AE-2), and it is another zip each
time, for their salts are random.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from archiver.errors import UsageProblem
from archiver.models import Sha256
from archiver.passphrase import Passphrase
from archiver.storage import fsync_dir, move
from archiver.zipdigest import PassingDigest, TrailingDigest

CHUNK = 1 << 20
_UNIX = 3
_MODE = 0o100644 << 16
_AE_2 = 2
# What the format can say (APPNOTE 4.4.6): two-second steps from 1980 to 2107.
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LATEST_YEAR = 2107


class ZipWriter:
    """A new zip at `out`, as a context; on any exception nothing is left.

    Raises OSError, and UsageProblem when there is a `passphrase` but nothing to encrypt with.
    `sha256` is the zip's own digest, once it is whole.
    """

    sha256: Sha256

    def __init__(self, out: Path, passphrase: Passphrase | None = None) -> None:
        self._out = out
        self._beside = out.with_name(f".{out.name[:40]}.{secrets.token_hex(6)}.tmp")
        self._info: type[zipfile.ZipInfo] = zipfile.ZipInfo
        self._make = zipfile.ZipFile
        self._passphrase = passphrase
        self.files = 0
        self.size = 0

    def __enter__(self) -> ZipWriter:
        if self._passphrase is not None:
            self._make, self._info = _encrypting()
        self._file = self._beside.open("xb")
        self._zip = self._make(self._file, "w", zipfile.ZIP_STORED, allowZip64=True)
        if self._passphrase is not None:
            self._zip.setpassword(self._passphrase.reveal())
            self._zip.setencryption("WZ_AES", nbits=256, force_wz_aes_version=_AE_2)  # type: ignore[attr-defined]
        self._threads = ThreadPoolExecutor(1)
        self._whole = TrailingDigest(self._beside)
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
                self.sha256 = self._whole.finish(self._file.tell())
                os.fsync(self._file.fileno())
                self._file.close()
                move(self._beside, self._out)
                fsync_dir(self._out.parent)
        finally:
            self._whole.stop()
            self._threads.shutdown()
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
        digest = PassingDigest(self._threads)
        with self._member(name, os.fstat(source.fileno()).st_size, time) as member:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                member.write(chunk)
        return digest.finish()

    @contextlib.contextmanager
    def _member(self, name: str, size: int, time: datetime) -> Iterator[BinaryIO]:
        info = self._info(name, _zip_time(time))
        info.create_system = _UNIX  # else it would differ on Windows
        info.external_attr = _MODE
        info.file_size = size  # tells zipfile whether the member needs ZIP64
        with self._zip.open(info, "w") as member:
            yield member  # type: ignore[misc]
        self._file.flush()
        self._whole.reach(self._file.tell())
        self.files += 1
        self.size += size


def _encrypting() -> tuple[Any, type[zipfile.ZipInfo]]:
    """What makes an encrypted zip and its members. Raises UsageProblem when it is not installed."""
    try:
        from pyzipper.zipfile_aes import AESZipFile, AESZipInfo
    except ImportError as error:
        raise UsageProblem(
            "Encrypting needs the extra “encrypt”, which is not installed.",
            "pip install 'workphotos-archiver[encrypt]'",
        ) from error
    return AESZipFile, AESZipInfo


def _zip_time(time: datetime) -> tuple[int, int, int, int, int, int]:
    """UTC, as zips know no zone."""
    moment = time.astimezone(UTC)
    if moment.year < _EARLIEST[0] or moment.year > _LATEST_YEAR:
        return _EARLIEST
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
