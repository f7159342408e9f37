"""A PNG, WebP, GIF or BMP with what decoding needs, and nothing else.

PNG: W3C PNG 3rd ed. §5, §11. WebP: RFC 9649 §2. GIF: GIF 89a. BMP: BITMAPV5HEADER and those
before it. Parts that are not known stay behind, as does all after the end. What is not built as
the format says is refused, not mended.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

from archiver.iccprofile import MAX_PROFILE, colour_profile
from archiver.imageparsing import MOST_BLOCKS, MOST_PARTS
from archiver.photowants import CannotStrip

_MAX_FRAME_PARTS = 100
"""Of one picture of an animation, which has two."""
_CUT_OFF = "the file is cut off"
_TOO_MANY = "it is made of too many parts"

Kept = Callable[[bytes], bytes]
"""Gives the EXIF block that takes the place of a picture's own."""

# --- PNG -----------------------------------------------------------------------------------------

_PNG = b"\x89PNG\r\n\x1a\n"
_SIZES: dict[bytes, range] = {
    b"IHDR": range(13, 14),
    b"PLTE": range(3, 769),
    b"tRNS": range(1, 257),
    b"gAMA": range(4, 5),
    b"cHRM": range(32, 33),
    b"sRGB": range(1, 2),
    b"cICP": range(4, 5),
    b"sBIT": range(1, 5),
    b"bKGD": range(1, 7),
    b"pHYs": range(9, 10),
    b"acTL": range(8, 9),
}
"""What may come once, with the bytes that it may have."""
_DATA = (b"IDAT", b"fdAT", b"fcTL")


def strip_png(body: bytes, kept: Kept) -> bytes:
    """A PNG or APNG without its metadata. Raises CannotStrip."""
    exif, profile = b"", b""
    parts: list[tuple[bytes, memoryview]] = []
    seen: set[bytes] = set()
    for kind, data in _png_chunks(body):
        if kind == b"eXIf" and not exif:
            exif = bytes(data)
        elif kind == b"iCCP" and not profile and kind not in seen:
            profile = _png_profile(bytes(data))
        elif kind in _DATA:
            parts.append((kind, data))
        elif kind in _SIZES:
            if len(data) not in _SIZES[kind] or kind in seen:
                raise CannotStrip("one of its chunks is not as it should be")
            parts.append((kind, data))
        elif not kind[0] & 0x20:
            raise CannotStrip("it has a part that is needed and not known")
        seen.add(kind)
    return _png(parts, kept(exif), profile)


def _png_chunks(body: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and data of each chunk before the end. Raises CannotStrip."""
    view, at = memoryview(body), len(_PNG)
    for _ in range(MOST_PARTS):
        if at + 12 > len(body):
            raise CannotStrip(_CUT_OFF)
        size, kind = struct.unpack_from(">I4s", body, at)
        end = at + 8 + size
        if end + 4 > len(body):
            raise CannotStrip(_CUT_OFF)
        if zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4]):
            raise CannotStrip("the checksum of one of its chunks is wrong")
        if (kind == b"IHDR") != (at == len(_PNG)) or not kind.isalpha():
            raise CannotStrip("its chunks are not in order")
        if kind == b"IEND":
            return
        yield kind, view[at + 8 : end]
        at = end + 4
    raise CannotStrip(_TOO_MANY)


def _png(parts: list[tuple[bytes, memoryview]], exif: bytes, profile: bytes) -> bytes:
    """The parts, with what is written anew after the header: a profile comes before the palette
    (§5.6)."""
    made = [_PNG]
    animated = any(kind == b"acTL" for kind, _ in parts)
    for kind, data in parts:
        if animated or kind not in (b"fcTL", b"fdAT"):
            made += _png_chunk(kind, data)
        if kind == b"IHDR":
            made += _png_chunk(b"iCCP", profile) if profile else ()
            made += _png_chunk(b"eXIf", exif) if exif else ()
    return b"".join([*made, *_png_chunk(b"IEND", b"")])


def _png_chunk(kind: bytes, data: bytes | memoryview) -> tuple[bytes, bytes, bytes]:
    crc = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I4s", len(data), kind), bytes(data), struct.pack(">I", crc)


def _png_profile(data: bytes) -> bytes:
    """An `iCCP` chunk written anew: its name and what follows its stream are free text (§11.3.2.3).
    Empty when there is no profile in it."""
    _, mark, packed = data.partition(b"\0")
    if not mark or packed[:1] != b"\0":
        return b""
    try:
        profile = zlib.decompressobj().decompress(packed[1:], MAX_PROFILE + 1)
    except zlib.error:
        return b""
    clean = colour_profile(profile)
    return b"icc\0\0" + zlib.compress(clean, 9) if clean is not None else b""


# --- WebP ----------------------------------------------------------------------------------------

_ICC_FLAG, _ALPHA_FLAG, _EXIF_FLAG, _ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x02
_PICTURES = (b"VP8 ", b"VP8L")


def strip_webp(body: bytes, kept: Kept) -> bytes:
    """A WebP, still or animated, without its metadata. Raises CannotStrip."""
    end = 8 + int.from_bytes(body[4:8], "little")
    if end > len(body):
        raise CannotStrip(_CUT_OFF)
    chunks = _riff_chunks(memoryview(body)[12:end])
    kind, first = next(chunks, (b"", memoryview(b"")))
    if kind in _PICTURES:  # the simple form has nothing else
        made = _riff_chunk(kind, first)
    elif kind == b"VP8X" and len(first) == 10:
        made = _extended(bytes(first), chunks, kept)
    else:
        raise CannotStrip("its first part is not one that it can begin with")
    return b"RIFF" + struct.pack("<I", len(made) + 4) + b"WEBP" + made


def _extended(head: bytes, chunks: Iterator[tuple[bytes, memoryview]], kept: Kept) -> bytes:
    exif, profile = b"", b""
    animated = bool(head[0] & _ANIMATION_FLAG)
    parts: list[bytes] = []
    seen: set[bytes] = set()
    for kind, data in chunks:
        if kind == b"EXIF" and not exif:
            exif = bytes(data)
        elif kind == b"ICCP" and not profile and len(data) <= MAX_PROFILE:
            profile = colour_profile(bytes(data)) or b""
        elif animated and kind == b"ANMF":
            parts.append(_riff_chunk(kind, _frame(data)))
        elif kind in ((b"ANIM",) if animated else (b"ALPH", *_PICTURES)):
            if kind in seen or (kind == b"ANIM" and len(data) != 6):
                raise CannotStrip("one of its parts is not as it should be")
            seen.add(kind)
            parts.append(_riff_chunk(kind, data))
    new = kept(exif)
    flags = head[0] & (_ALPHA_FLAG | _ANIMATION_FLAG)
    flags |= (_ICC_FLAG if profile else 0) | (_EXIF_FLAG if new else 0)
    made = [_riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + head[4:])]
    made += [_riff_chunk(b"ICCP", profile)] if profile else []
    made += parts
    made += [_riff_chunk(b"EXIF", new)] if new else []
    return b"".join(made)


def _frame(data: memoryview) -> bytes:
    """One picture of an animation: its header, and picture data alone (§2.7.1.1)."""
    if len(data) < 16:
        raise CannotStrip("one of its parts is not as it should be")
    chunks = _riff_chunks(data[16:], _MAX_FRAME_PARTS)
    parts = [_riff_chunk(k, one) for k, one in chunks if k in (b"ALPH", *_PICTURES)]
    return bytes(data[:16]) + b"".join(parts)


def _riff_chunks(view: memoryview, most: int = MOST_PARTS) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    for _ in range(most):
        if at + 8 > len(view):
            return
        kind, size = struct.unpack_from("<4sI", view, at)
        if at + 8 + size > len(view):
            raise CannotStrip("one of its parts is longer than the file says it is")
        yield kind, view[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise CannotStrip(_TOO_MANY)


def _riff_chunk(kind: bytes, data: bytes | memoryview) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + bytes(data) + bytes(len(data) % 2)


# --- GIF -----------------------------------------------------------------------------------------

_LOOP = b"\x0bNETSCAPE2.0"


def strip_gif(body: bytes, kept: Kept) -> bytes:
    """A GIF, still or animated, without comments, texts and applications' blocks; it has no EXIF.
    Raises CannotStrip."""
    del kept
    view = memoryview(body)
    if len(body) < 13:
        raise CannotStrip(_CUT_OFF)
    at = 13 + _palette(body[10])
    made = [view[:at]]
    blocks = 0
    for _ in range(MOST_PARTS):
        kind = bytes(view[at : at + 2])
        if kind[:1] == b"\x3b":
            return b"".join([*made, b"\x3b"])
        if kind[:1] == b"\x2c" and at + 11 <= len(body):
            data = at + 11 + _palette(body[at + 9])
        elif kind[:1] == b"\x21":
            data = at + 2
        else:
            raise CannotStrip(_CUT_OFF if len(kind) < 2 else "it has a part of no known kind")
        end, blocks = _after_blocks(body, data, blocks)
        if kind[:1] == b"\x2c" or _is_needed(kind, view[data:end]):
            made.append(view[at:end])
        at = end
    raise CannotStrip(_TOO_MANY)


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(body: bytes, at: int, before: int) -> tuple[int, int]:
    """Where the sub-blocks that begin at `at` have ended, and how many there were so far, with the
    `before` of those before."""
    for number in range(before, MOST_BLOCKS):
        if at >= len(body):
            raise CannotStrip(_CUT_OFF)
        size = body[at]
        at += 1 + size
        if not size:
            return at, number + 1
    raise CannotStrip(_TOO_MANY)


def _is_needed(kind: bytes, blocks: memoryview) -> bool:
    """Whether an extension says how to show what follows: for how long, how often."""
    if kind == b"\x21\xf9":
        return len(blocks) == 6 and blocks[0] == 4
    loop = kind == b"\x21\xff" and bytes(blocks[:12]) == _LOOP
    return loop and len(blocks) == 17 and bytes(blocks[12:14]) == b"\x03\x01"


# --- BMP -----------------------------------------------------------------------------------------

_PLAIN, _MASKED, _RUNS = (0,), (3, 6), (1, 2)
_OWN_SPACE = (b"DEBM", b"KNIL")
"""An embedded profile, or the path of a linked one; little-endian."""


def strip_bmp(body: bytes, kept: Kept) -> bytes:
    """A BMP without what lies between its parts and after them; it has no EXIF. Raises
    CannotStrip."""
    del kept
    if len(body) < 54:
        raise CannotStrip("its header is not one of the usual ones")
    begin, size, width, height, _, depth, packing, stated = struct.unpack_from(
        "<IIiiHHII", body, 10
    )
    if size not in (40, 52, 56, 108, 124):
        raise CannotStrip("its header is not one of the usual ones")
    if packing in _RUNS and stated:
        length = stated
    elif packing in _PLAIN + _MASKED:
        length = (width * depth + 31) // 32 * 4 * abs(height)
    else:
        raise CannotStrip("its picture data does not say where it ends")
    head = _bmp_head(body, size, depth, packing)
    if length <= 0 or len(head) > begin or begin + length > len(body):
        raise CannotStrip(_CUT_OFF)
    struct.pack_into("<III", head, 2, begin + length, 0, begin)
    data = memoryview(body)[begin : begin + length]
    return b"".join([head, bytes(begin - len(head)), data])


def _bmp_head(body: bytes, size: int, depth: int, packing: int) -> bytearray:
    """Header, masks and palette; without the profile, which Windows alone would look at."""
    (colours,) = struct.unpack_from("<I", body, 46)
    colours = min(colours or (1 << depth if depth <= 8 else 0), 256)
    masks = {3: 12, 6: 16}.get(packing, 0) if size == 40 else 0
    head = bytearray(body[: 14 + size + masks + 4 * colours])
    if size >= 108 and head[70:74] in _OWN_SPACE:
        head[70:74] = b"BGRs"
    if size == 124:
        head[126:138] = bytes(12)
    return head
