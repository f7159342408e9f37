"""The structure of each format of images, followed from the first byte to the end marker.

Nothing is decoded: that finds every cut-off file, and picture data is passed over at the speed of a
byte search. Formats: JPEG (ITU-T T.81 annex B), PNG (W3C PNG 3rd ed. §5), WebP (RFC 9649),
GIF 89a, BMP, TIFF 6.0, HEIF and AVIF (ISO/IEC 14496-12, 23008-12).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, BinaryIO

from archiver import remarks
from archiver.exif import (
    HEIGHT,
    STRIP_OFFSETS,
    STRIP_SIZES,
    TILE_OFFSETS,
    TILE_SIZES,
    WIDTH,
    Exif,
    Tiff,
)
from archiver.imageparsing import Broken, Ended, Found, Marker, Parser, Skip, Step, Take
from archiver.imagetypes import ImageInfo, ImageType

_MAX_METADATA = 1_000_000
"""Bytes of a metadata block that is read; larger ones are passed over."""

# --- JPEG --------------------------------------------------------------------------------------

_SOI, _EOI, _SOS, _APP1 = 0xD8, 0xD9, 0xDA, 0xE1
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_IN_SEVERAL_PASSES = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
# Markers with a length (T.81 table B.1). Others can only stand in broken picture data, where
# taking them for a length would jump past the end.
_WITH_LENGTH = (
    frozenset(range(0xC0, 0xD0))
    | frozenset(range(0xDA, 0xE0))
    | frozenset(range(0xE0, 0xF0))
    | {0xFE}
)


def _jpeg(found: Found) -> Parser:
    yield Skip(2)
    scans = 0
    while True:
        code = yield Marker()
        if code == _EOI:
            break
        found.part()
        if code not in _WITH_LENGTH:
            continue
        size = int.from_bytes((yield Take(2))) - 2
        if size < 0:
            raise Broken(remarks.SEGMENT_LENGTH())
        if code in _FRAMES:
            yield from _jpeg_frame(found, code, size)
        elif code == _APP1 and found.exif == Exif():
            block = yield Take(size)
            if block.startswith(b"Exif\0\0"):
                found.read(block)
        else:
            yield Skip(size)
        scans += code == _SOS
    if not scans or not found.is_measured:
        raise Broken(remarks.NO_PICTURE())
    found.scans = scans
    found.buffered |= scans > 1


def _jpeg_frame(found: Found, code: int, size: int) -> Parser:
    if size < 6:
        raise Broken(remarks.HEADER_SHORT())
    _, height, width, found.channels = struct.unpack(">BHHB", (yield Take(6)))
    found.measure(width, height)
    found.buffered = code in _IN_SEVERAL_PASSES
    yield Skip(size - 6)


# --- PNG ---------------------------------------------------------------------------------------


def _png(found: Found) -> Parser:
    yield Skip(8)
    kind, first, has_data = b"", True, False
    while kind != b"IEND":
        size, kind = struct.unpack(">I4s", (yield Take(8)))
        found.part()
        if size > 0x7FFFFFFF or not kind.isalpha():
            raise Broken(remarks.CHUNK_HEAD())
        if first != (kind == b"IHDR"):
            raise Broken(remarks.HEADER_NOT_FIRST())
        crc = yield from _png_chunk(found, kind, size)
        if int.from_bytes((yield Take(4))) != crc:
            raise Broken(remarks.CHECKSUM(chunk=kind.decode("ascii", "replace")))
        first = False
        has_data |= kind == b"IDAT"
    if not has_data:
        raise Broken(remarks.NO_PICTURE_DATA())


def _png_chunk(found: Found, kind: bytes, size: int) -> Generator[Step, Any, int]:
    """Pass over one chunk's data; returns the CRC-32 of kind and data."""
    crc = zlib.crc32(kind)
    if kind == b"IHDR" and size == 13:
        data = yield Take(size)
        found.measure(*struct.unpack(">II", data[:8]))
    elif kind == b"eXIf" and size <= _MAX_METADATA:
        data = yield Take(size)
        found.read(data)
    else:
        return int((yield Skip(size, crc)))
    return zlib.crc32(data, crc)


# --- WebP --------------------------------------------------------------------------------------


def _webp(found: Found) -> Parser:
    left = int.from_bytes((yield Take(12))[4:8], "little") - 4
    while left >= 8:
        kind, size = struct.unpack("<4sI", (yield Take(8)))
        found.part()
        # The padding byte of the last chunk is missing in many files.
        padded = min(size + size % 2, left - 8)
        if size > left - 8:
            raise Broken(remarks.CHUNK_LONG())
        yield from _webp_chunk(found, kind, size, padded)
        left -= 8 + padded
    yield Skip(max(left, 0))


def _webp_chunk(found: Found, kind: bytes, size: int, padded: int) -> Parser:
    taken = 0
    if kind == b"EXIF" and size <= _MAX_METADATA:
        found.read((yield Take(size)))
        taken = size
    elif kind in _WEBP_SIZES and not found.is_measured:
        taken, read = _WEBP_SIZES[kind]
        if size < taken:
            raise Broken(remarks.HEADER_SHORT())
        found.measure(*read((yield Take(taken))))
    yield Skip(padded - taken)


def _vp8_size(head: bytes) -> tuple[int, int]:
    """RFC 6386 §9.1: 14 bits each after a start code."""
    if head[3:6] != b"\x9d\x01\x2a":
        raise Broken(remarks.NO_VP8())
    width, height = struct.unpack("<HH", head[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _vp8l_size(head: bytes) -> tuple[int, int]:
    """RFC 9649 §3.4: 14 bits each, less one, after a signature byte."""
    if head[0] != 0x2F:
        raise Broken(remarks.NO_VP8L())
    bits = int.from_bytes(head[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _vp8x_size(head: bytes) -> tuple[int, int]:
    """RFC 9649 §2.7: 24 bits each, less one."""
    return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1


_WEBP_SIZES: dict[bytes, tuple[int, Callable[[bytes], tuple[int, int]]]] = {
    b"VP8 ": (10, _vp8_size),
    b"VP8L": (5, _vp8l_size),
    b"VP8X": (10, _vp8x_size),
}


# --- GIF ---------------------------------------------------------------------------------------


def _gif(found: Found) -> Parser:
    width, height, flags = struct.unpack("<HHB", (yield Take(13))[6:11])
    found.measure(width, height)
    yield Skip(_gif_palette(flags))
    pictures = 0
    while (block := (yield Take(1))) != b"\x3b":
        found.part()
        if block == b"\x2c":
            flags = (yield Take(9))[8]
            yield Skip(_gif_palette(flags) + 1)
            pictures += 1
        elif block == b"\x21":
            yield Skip(1)
        else:
            raise Broken(remarks.BLOCK_KIND())
        yield from found.blocks()
    if not pictures:
        raise Broken(remarks.NO_PICTURE_DATA())


def _gif_palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


# --- BMP ---------------------------------------------------------------------------------------


def _bmp(found: Found) -> Parser:
    head = yield Take(34)
    begin, kind = struct.unpack("<II", head[10:18])
    if kind == 12:
        width, height, _, depth = struct.unpack("<HHHH", head[18:26])
        packing = 0
    else:
        width, height, _, depth, packing = struct.unpack("<iiHHI", head[18:34])
    found.measure(width, abs(height))
    rows = (width * depth + 31) // 32 * 4 * abs(height)
    # Run-length coded data says nothing about its length.
    found.certain = packing in (0, 3, 6)
    yield Skip(max(0, begin - 34) + (rows if found.certain else 0))


# --- TIFF --------------------------------------------------------------------------------------


def _tiff(found: Found) -> Parser:
    """Nothing can be said before the file is whole: its directory may stand at the end."""
    yield Skip(1 << 62)


def tiff_in(file: BinaryIO, found: Found) -> ImageInfo:
    """What a TIFF says, which can only be read by jumping about. Raises Broken, BadTiff."""
    tiff = Tiff(file)
    edges = [tiff.integers(tiff.first, tag) for tag in (WIDTH, HEIGHT)]
    width, height = (values[0] if values else 0 for values in edges)
    found.measure(width, height)
    if tiff.is_cut_off():
        raise Broken(remarks.CUT_OFF())
    for offsets, lengths in ((STRIP_OFFSETS, STRIP_SIZES), (TILE_OFFSETS, TILE_SIZES)):
        begins, sizes = (tiff.integers(tiff.first, tag) for tag in (offsets, lengths))
        if any(begin + size > tiff.size for begin, size in zip(begins, sizes, strict=False)):
            raise Broken(remarks.PICTURE_CUT_OFF())
    found.exif = tiff.exif()
    found.certain = False
    return found.info()


# --- HEIF and AVIF -----------------------------------------------------------------------------


def _heif(found: Found) -> Parser:
    """Box by box to the end of the file; picture data lies in `mdat` or inside `meta`."""
    seen: set[bytes] = set()
    while True:
        try:
            size, kind = struct.unpack(">I4s", (yield Take(8)))
        except Ended:
            # Less than a box's head is no box: the file is over, or has bytes after its end.
            break
        if not _is_box(size, kind):
            break
        found.part()
        if size == 1:
            size = int.from_bytes((yield Take(8))) - 8
        if size == 0:
            found.certain = False
            break
        try:
            yield from _heif_box(found, kind, size - 8)
        except Ended:
            if kind in (b"meta", b"mdat", b"ftyp", b"moov") or not _is_complete(found, seen):
                raise
            break
        seen.add(kind)
    if not _is_complete(found, seen) and found.certain:
        raise Broken(remarks.CUT_OFF())


def _is_box(size: int, kind: bytes) -> bool:
    return (size in (0, 1) or size >= 8) and kind.isascii() and kind.decode("ascii").isprintable()


def _is_complete(found: Found, seen: set[bytes]) -> bool:
    return found.is_measured and b"meta" in seen and bool(seen & {b"mdat", b"idat"})


def _heif_box(found: Found, kind: bytes, size: int) -> Parser:
    if size < 0:
        raise Broken(remarks.BOX_LENGTH())
    if kind != b"meta" or size > _MAX_METADATA or found.is_measured:
        yield Skip(size)
        return
    meta = yield Take(size)
    # `ispe`, ISO/IEC 23008-12 §6.5.3: the largest is the whole picture, others are its tiles.
    sizes = [struct.unpack(">II", one) for one in _ISPE.findall(meta)]
    if sizes:
        found.measure(*max(sizes, key=lambda pair: pair[0] * pair[1]))
    # `irot`, §6.5.10, is shared by all that is turned alike; EXIF's word does not count here.
    turns = set(_IROT.findall(meta))
    if len(turns) == 1 and found.type == "heic":
        found.exif = replace(found.exif, orientation=_TURNED[turns.pop()[0] & 3])


_IROT = re.compile(rb"\0\0\0\x09irot(.)", re.DOTALL)
_TURNED = (1, 8, 3, 6)
"""EXIF's orientation for quarter turns anticlockwise."""
_ISPE = re.compile(rb"\0\0\0\x14ispe\0\0\0\0(.{8})", re.DOTALL)

PARSERS: dict[ImageType, Callable[[Found], Parser]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "gif": _gif,
    "bmp": _bmp,
    "tiff": _tiff,
    "heic": _heif,
    "avif": _heif,
}
"""What reads a file of each type."""
