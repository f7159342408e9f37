"""One body on its way to disk: decoded, counted, hashed, looked at and written as it arrives.

All of it runs on worker threads; the event loop only hands over what came. Nothing is read a
second time, and nothing but a complete file ever leaves: whatever goes wrong, `discard` removes
it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.decoders import CheckPicture
from archiver.decoding import Decoder
from archiver.errors import ArchiverError, DiskFull, NotWritable
from archiver.imagedecode import Decoding, decode_check
from archiver.images import ImageProbe, Verdict
from archiver.models import Sha256
from archiver.remarks import Remark
from archiver.storage import remove_file

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_HEAD = 64


class TooLarge(Exception):
    """The body is larger than the limit."""


class NoImage(Exception):
    """What came is no image, or one beyond the limits; `why` says what."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Spooled:
    """A whole body on disk. `verdict` is None where it was not looked at, `decoding` where it was
    not decoded; `head` is its first 64 bytes."""

    path: Path
    size: int
    sha256: Sha256
    head: bytes
    verdict: Verdict | None
    decoding: Decoding | None


class Spool:
    """A body being written to `folder` under a random name, at most `limit` bytes (decoded).

    With `probe` it is checked to be an image. `decode` decodes it at the end in any case; else
    it is decoded only where the structure leaves a doubt, and within `memory_limit` bytes, by
    `check`.

    Methods may be called from any thread. Raises DiskFull and NotWritable.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit: int,
        decoder: Decoder,
        probe: ImageProbe | None,
        decode: bool,
        memory_limit: int,
        check: CheckPicture = decode_check,
    ) -> None:
        self.path = folder / f"{secrets.token_hex(16)}.part"
        self._limit = limit
        self._decoder = decoder
        self._probe = probe
        self._decode = decode
        self._check = check
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._discarded = False
        self._hash = hashlib.sha256()
        self._head = b""
        self._size = 0

    def write(self, chunks: Iterable[bytes]) -> None:
        """Take in the next bytes from the wire. Raises TooLarge, NoImage, BadEncoding."""
        with self._lock:
            if self._discarded:
                return
            # Together: hashing, looking and writing each let go of the interpreter and ask for it
            # again, which costs more than joining what came.
            for piece in self._decoder.feed(b"".join(chunks)):
                self._take(piece)

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLarge
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        self._hash.update(piece)
        if self._probe is not None:
            self._probe.feed(piece)
            if self._probe.refusal is not None:
                raise NoImage(self._probe.refusal)
        try:
            self._opened().write(piece)
        except OSError as error:
            raise disk_error(self.path.parent, error) from error

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = self.path.open("xb")
        return self._file

    def finish(self, chunks: Iterable[bytes], *, whole: bool = True) -> Spooled:
        """Take in the last bytes, close the file and judge it. A body that is not `whole` is
        judged as far as it came. Raises as `write`."""
        self.write(chunks)
        with self._lock:
            if whole:
                self._decoder.finish()
            try:
                self._opened().close()
                verdict = self._judged()
            except OSError as error:
                raise disk_error(self.path.parent, error) from error
            if verdict is not None and verdict.kind == "refused" and verdict.reason:
                raise NoImage(verdict.reason)
            return Spooled(
                path=self.path,
                size=self._size,
                sha256=Sha256(self._hash.hexdigest()),
                head=self._head,
                verdict=verdict,
                decoding=self._decoding(verdict),
            )

    def _judged(self) -> Verdict | None:
        if self._probe is None:
            return None
        with self.path.open("rb") as file:
            return self._probe.finish(file)

    def _decoding(self, verdict: Verdict | None) -> Decoding | None:
        if verdict is None or verdict.kind != "sound" or verdict.info is None:
            return None
        if not self._decode and verdict.info.certain:
            return None
        return self._check(self.path, verdict.info, self._memory_limit)

    def discard(self) -> None:
        """Remove the file, whatever state it is in; what is still being written is waited for."""
        with self._lock:
            self._discarded = True
            if self._file is not None:
                with contextlib.suppress(OSError):
                    self._file.close()
                with contextlib.suppress(OSError):
                    remove_file(self.path)


def disk_error(folder: Path, error: OSError) -> ArchiverError:
    """A fault of the disk as an error that ends the run."""
    if error.errno in _FULL:
        return DiskFull(
            f"the disk is full: {folder}",
            "free some space and run the same command again; what was fetched is kept",
        )
    return NotWritable(
        f"{folder} cannot be written: {error.strerror or error}",
        "check the folder's permissions and the disk",
    )
