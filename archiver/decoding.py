"""Undoing a content encoding piece by piece, so that a gzip bomb never unfolds in memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from archiver import remarks
from archiver.remarks import Remark

PIECE = 262_144
"""Bytes: no decoded piece is larger."""

_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BadEncoding(ValueError):
    """A body cannot be decoded. `reason` says why, in words."""

    def __init__(self, reason: Remark) -> None:
        super().__init__(reason)
        self.reason = reason


class Decoder:
    """Decodes one body. `encoding` is the value of `Content-Encoding` (RFC 9110 §8.4), in which
    gzip and deflate are understood; `name` is the one that is, empty when there is none.

    Raises BadEncoding for others, which nobody asked for.
    """

    def __init__(self, encoding: str | None) -> None:
        names = [name.strip().lower() for name in (encoding or "").split(",")]
        names = [name.removeprefix("x-") for name in names if name not in ("", "identity")]
        if len(names) > 1 or (names and names[0] not in ("gzip", "deflate")):
            raise BadEncoding(remarks.NOT_ASKED_FOR(encoding=repr(names[0][:30])))
        self.name = names[0] if names else ""
        self._wbits = _GZIP if self.name == "gzip" else _ZLIB
        self._inflate = zlib.decompressobj(self._wbits)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded bytes that `data` adds, in pieces. Raises BadEncoding."""
        if not self.name:
            yield data
            return
        while data:
            if self._inflate.eof:
                # RFC 1952 §2.2: a gzip body may have several members; all else is padding.
                if self.name != "gzip" or not data.startswith(b"\x1f\x8b"):
                    return
                self._inflate = zlib.decompressobj(self._wbits)
            piece = self._piece(data)
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def _piece(self, data: bytes) -> bytes:
        try:
            piece = self._inflate.decompress(data, PIECE)
        except zlib.error as error:
            if self.name != "deflate" or self._begun or self._wbits == _RAW:
                raise BadEncoding(remarks.BROKEN_ENCODING(encoding=self.name)) from error
            # Some servers mean raw deflate, without the zlib wrapper that RFC 9110 §8.4.1.2 names.
            self._wbits = _RAW
            self._inflate = zlib.decompressobj(_RAW)
            return self._piece(data)
        self._begun = True
        return piece

    def finish(self) -> None:
        """Say that the body has ended. Raises BadEncoding when the encoding has not."""
        if self.name and not self._inflate.eof:
            raise BadEncoding(remarks.ENCODING_ENDS(encoding=self.name))
