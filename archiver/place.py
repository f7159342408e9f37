"""Whether a picture tells where it was taken: in EXIF or in XMP, whatever its format.

A reader for this one question, looking for EXIF blocks in the bytes of a file wherever they lie
(EXIF 2.32 §4.6.6, TIFF 6.0 §2). It takes any bytes without raising.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

GPS = 0x8825
_LATITUDE, _LONGITUDE = 2, 4
_MAX_ENTRIES = 512

_JPEG_HEAD = 1 << 18
"""Bytes looked at in a JPEG, whose EXIF and XMP come first."""
_OTHER_HEAD = 1 << 24
"""And in any other file: PNG, WebP and HEIC may have theirs at the end."""
_BLOCK = 1 << 16
_MAX_MARKS = 1000
"""Marks of EXIF blocks, be there a block behind them or not; a photo has one or two."""
_TIFF = (b"II*\0", b"MM\0*")
_MARKS = (b"Exif\0\0", b"eXIf", b"EXIF")
_XMP_PLACE = b"GPSLatitude"


def file_has_place(path: Path) -> bool:
    """Whether a picture tells where it was taken. Raises OSError.

    Looks at the first 256 KiB of a JPEG and 16 MiB of anything else; a place hidden elsewhere is
    not found.
    """
    with path.open("rb") as file:
        body = file.read(_JPEG_HEAD)
        if not body.startswith(b"\xff\xd8"):
            body += file.read(_OTHER_HEAD - _JPEG_HEAD)
    return body_has_place(body)


def body_has_place(body: bytes) -> bool:
    """Whether the bytes of a picture tell where it was taken. Bytes with more marks of EXIF than
    any picture has are said to: it cannot be ruled out."""
    for number, block in enumerate(_marked(body)):
        if number == _MAX_MARKS or has_place(block):
            return True
    return _XMP_PLACE in body


def has_place(exif: bytes) -> bool:
    """Whether an EXIF block, with or without its prefix, states a latitude and a longitude."""
    tiff = exif.removeprefix(b"Exif\0\0")
    if tiff[:4] not in _TIFF:
        return False
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        at = dict(_entries(tiff, order, first)).get(GPS)
        return at is not None and {_LATITUDE, _LONGITUDE} <= dict(_entries(tiff, order, at)).keys()
    except struct.error:  # it points beyond its end
        return False


def _entries(tiff: bytes, order: str, at: int) -> Iterator[tuple[int, int]]:
    """The tags of the directory at `at`, each with what its value field holds as a number."""
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for number in range(min(count, _MAX_ENTRIES)):
        tag, _, _, value = struct.unpack_from(f"{order}HHII", tiff, at + 2 + 12 * number)
        yield tag, value


def exif_blocks(body: bytes) -> Iterator[bytes]:
    """What may be EXIF blocks in the bytes of a file: found by the marks that come before them."""
    return filter(None, islice(_marked(body), _MAX_MARKS))


def _marked(body: bytes) -> Iterator[bytes]:
    """What lies behind each mark: one or two blocks, or nothing."""
    if body.startswith(_TIFF):
        yield body
    for mark in _MARKS:
        at = body.find(mark)
        while at >= 0:
            # After WebP's mark comes a length of four bytes, after the others the block.
            behind = (at + len(mark), at + len(mark) + 4)
            found = [body[one : one + _BLOCK] for one in behind if body[one : one + 4] in _TIFF]
            yield from found or (b"",)
            at = body.find(mark, at + 1)
