"""A JPEG with what decoding needs, and nothing else (ITU-T T.81 annex B, JFIF 1.02, ICC.1 B.4).

Tables, frame and scan headers are copied, and picture data byte for byte; the segments of
applications are written anew from the few numbers that decoders heed. Comments, all other
segments, bytes between segments and after the end stay behind. What is not built as the standard
says is refused, not mended: what a decoder makes of it cannot be foretold.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from archiver.exif import MOST_EXIF, Exif, read_exif
from archiver.iccprofile import colour_profile
from archiver.photowants import CannotStrip

_EOI, _SOS = 0xD9, 0xDA
_DHT, _DAC, _DQT, _DRI = 0xC4, 0xCC, 0xDB, 0xDD
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB))
_WITH_LENGTH = _FRAMES | {_DHT, _DAC, _SOS, _DQT, 0xDC, _DRI, *range(0xE0, 0xF0), 0xFE}
_EXIF, _ICC, _JFIF, _ADOBE = b"Exif\0\0", b"ICC_PROFILE\0", b"JFIF\0", b"Adobe"
_MAX_SEGMENTS = 20_000
_ICC_PIECE = 65_519
"""Bytes of a profile that one segment holds."""

# FF 00 is a byte of picture data, FF D0…D7 restart, FF FF fills (§B.1.1.2).
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment: `data` without marker and length; `whole` with them and, of a scan, with the
    picture data that follows."""

    code: int
    data: bytes
    whole: memoryview


@dataclass(slots=True)
class _Jpeg:
    """What is kept of a JPEG."""

    pieces: list[memoryview] = field(default_factory=list)
    jfif: bytes = b""
    adobe: bytes = b""
    exif: bytes = b""
    exifs: int = 0
    profile: dict[int, bytes] = field(default_factory=dict)
    frames: int = 0
    scans: int = 0


def strip_jpeg(body: bytes, kept: Callable[[bytes], bytes]) -> bytes:
    """`body` without its metadata; `kept` gives the EXIF block that takes the place of its own.

    Raises CannotStrip.
    """
    found = _Jpeg()
    for segment in _segments(body):
        if segment.code in _WHOLE:
            _keep(found, segment)
        elif not found.scans:
            _note(found, segment)
    if not found.scans:
        raise CannotStrip("it ends before any picture data")
    return b"".join([b"\xff\xd8", *_head(found, kept(found.exif)), *found.pieces, b"\xff\xd9"])


def _segments(body: bytes) -> Iterator[_Segment]:
    view, at = memoryview(body), 2
    for _ in range(_MAX_SEGMENTS):
        begin, code = _marker(body, at)
        if code == _EOI:
            return
        if code not in _WITH_LENGTH:
            raise CannotStrip("it has a marker that no decoder knows")
        head = begin + 2
        size = int.from_bytes(view[head : head + 2])
        at = head + size
        if size < 2 or at > len(body):
            raise CannotStrip("one of its segments has no sensible length")
        if code == _SOS:
            at, _ = _marker(body, head + size)
        yield _Segment(code, bytes(view[head + 2 : head + size]), view[begin:at])
    raise CannotStrip("it is made of too many segments")


def _marker(body: bytes, at: int) -> tuple[int, int]:
    """Where the next marker lies, and its second byte."""
    found = _MARKER.search(body, at)
    if found is None:
        raise CannotStrip("the file is cut off")
    return found.start(), body[found.end() - 1]


def _keep(found: _Jpeg, segment: _Segment) -> None:
    """Copy what decoding needs, if it is as long as what it holds."""
    if not _WHOLE[segment.code](segment.data):
        raise CannotStrip("one of its segments is not of the length it should have")
    found.frames += segment.code in _FRAMES
    found.scans += segment.code == _SOS
    if found.frames > 1 or (found.scans and not found.frames):
        raise CannotStrip("it is not made of one picture")
    found.pieces.append(segment.whole)


def _note(found: _Jpeg, segment: _Segment) -> None:
    """Note what is to be written anew; as decoders do, by the last one of each but EXIF."""
    code, data = segment.code, segment.data
    if code == _APP0 and data.startswith(_JFIF) and len(data) >= 14:
        found.jfif = data[:12] + b"\0\0"  # without its thumbnail
    elif code == _APP14 and data.startswith(_ADOBE) and len(data) >= 12:
        found.adobe = data[:12]
    elif code == _APP1 and data.startswith(_EXIF) and found.exifs < MOST_EXIF:
        # The first one that says something ends the search.
        found.exif = data
        found.exifs += 1 if read_exif(data) == Exif() else MOST_EXIF
    elif code == _APP2 and data.startswith(_ICC) and len(data) > 14:
        found.profile[data[12]] = data[14:]


def _head(found: _Jpeg, exif: bytes) -> Iterator[bytes]:
    if found.jfif:
        yield _segment(_APP0, found.jfif)
    if exif:
        yield _segment(_APP1, _EXIF + exif)
    profile = colour_profile(b"".join(found.profile[number] for number in sorted(found.profile)))
    if profile is not None:
        count = -(-len(profile) // _ICC_PIECE)
        for number in range(count):
            piece = profile[number * _ICC_PIECE : (number + 1) * _ICC_PIECE]
            yield _segment(_APP2, _ICC + bytes([number + 1, count]) + piece)
    if found.adobe:
        yield _segment(_APP14, found.adobe)


def _segment(code: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(data) + 2) + data


# --- lengths (§B.2.2, §B.2.3, §B.2.4) ----------------------------------------------------------


def _is_frame(data: bytes) -> bool:
    return len(data) > 5 and len(data) == 6 + 3 * data[5]


def _is_scan(data: bytes) -> bool:
    return len(data) > 0 and 1 <= data[0] <= 4 and len(data) == 4 + 2 * data[0]


def _is_quantization(data: bytes) -> bool:
    at = 0
    while at < len(data):
        at += 129 if data[at] >> 4 else 65
    return at == len(data)


def _is_huffman(data: bytes) -> bool:
    at = 0
    while at < len(data):
        at += 17 + sum(data[at + 1 : at + 17])
    return at == len(data)


_WHOLE: dict[int, Callable[[bytes], bool]] = {
    **dict.fromkeys(_FRAMES, _is_frame),
    _SOS: _is_scan,
    _DQT: _is_quantization,
    _DHT: _is_huffman,
    _DAC: lambda data: len(data) % 2 == 0,
    _DRI: lambda data: len(data) == 2,
}
"""What is copied, each with whether it is as long as what it holds."""
