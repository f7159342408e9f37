"""Whether the bytes that arrive are a whole image, looked at while they arrive.

`ImageProbe` is fed chunk by chunk and never holds more than a block of metadata. It does not
decode: it follows the file's structure from the first byte to the end marker, which finds every
cut-off file, and leaves picture data to be passed over at the speed of a byte search. What costs
time is a file's parts, not its bytes, so a file made of more parts than any picture has is read
no further than that. Formats:
JPEG (ITU-T T.81 annex B), PNG (W3C PNG 3rd ed. §5), WebP (RFC 9649), GIF 89a, BMP, TIFF 6.0,
HEIF and AVIF (ISO/IEC 14496-12, 23008-12).

The parsers are generators: each asks for what it needs next (`_Take`, `_Skip`, `_Blocks`,
`_Marker`), gets it as soon as it has arrived, and returns what it found. They may rely on getting
all they ask for: at the end of the file `_Ended` is raised inside them instead, which means "cut
off".
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Literal, TypeAlias

from archiver import remarks
from archiver.exif import (
    HEIGHT,
    MOST_EXIF,
    STRIP_OFFSETS,
    STRIP_SIZES,
    TILE_OFFSETS,
    TILE_SIZES,
    WIDTH,
    BadTiff,
    Exif,
    Tiff,
    read_exif,
)
from archiver.remarks import Remark, Wording

MAX_MEGAPIXELS = 1000
_HEAD = 64
"""Bytes that are gathered before the type is decided."""
_MAX_METADATA = 1_000_000
"""Bytes of a metadata block that is read; larger ones are passed over."""
MOST_PARTS = 60_000
"""Segments, chunks, blocks or boxes of one file, each of which costs some 10 µs. A PNG of 200 MB
in chunks of 8 kB has 25,000, an animation of 10,000 pictures 20,000."""
MOST_BLOCKS = 2_000_000
"""Sub-blocks of a GIF, of at most 255 bytes each: 200 MB have 800,000. Each costs 0.1 µs."""

ImageType = Literal["jpeg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif"]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the structure of an image says.

    `width` and `height` are pixels as stored, before EXIF `orientation` (1 to 8). `channels` and
    `buffered` tell what decoding costs: `buffered` for a JPEG in several scans, whose every
    coefficient must be held. `certain` is False where the structure alone cannot tell whether
    the file is whole.
    """

    type: ImageType
    width: int
    height: int
    orientation: int = 1
    captured: str | None = None
    captured_offset: str | None = None
    camera: str | None = None
    place: str | None = None
    channels: int = 3
    buffered: bool = False
    scans: int = 1
    certain: bool = True

    @property
    def suffix(self) -> str:
        """The suffix of a stored file, by its real type."""
        return f".{self.type}"

    @property
    def media_type(self) -> str:
        """The media type, by the real type."""
        return f"image/{self.type}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a whole body turned out to be.

    `sound` has an `info`. `damaged` is an image that is cut off or broken, for `reason`, with an
    `info` as far as the header went. `refused` is no image at all, or one beyond the limits.
    """

    kind: Literal["sound", "damaged", "refused"]
    reason: Remark | Literal[""] = ""
    info: ImageInfo | None = None
    type: ImageType | None = None


class _Ended(Exception):
    """The file ended while a parser waited; `held` bytes of what it asked for had come."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


class _Broken(Exception):
    """The structure is broken; `why` says how."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


class _TooLarge(Exception):
    """The header states more pixels than the limit."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class _Take:
    """Ask for the next `size` bytes."""

    size: int


@dataclass(slots=True)
class _Skip:
    """Ask for `size` bytes to be passed over; the answer is their CRC-32 begun at `crc`, or 0
    when `crc` is None."""

    size: int
    crc: int | None = None


@dataclass(slots=True)
class _Blocks:
    """Ask for a GIF's sub-blocks to be passed over, up to the empty one that ends them, but no
    more than `most`; the answer is how many they were. The next one begins `ahead` bytes on."""

    most: int
    count: int = 0
    ahead: int = 0


@dataclass(slots=True)
class _Marker:
    """Ask for the next JPEG marker that is not part of the picture data; the answer is its
    second byte."""


_Step: TypeAlias = _Take | _Skip | _Blocks | _Marker
_Parser: TypeAlias = Generator[_Step, Any, None]

# FF 00 is a data byte, FF D0…D7 restart, FF FF fill (T.81 §B.1.1.2): all else is a marker.
# Named one by one: a fifth quicker than "none of the others".
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


class ImageProbe:
    """Fed with a body from its first byte to its last, tells what it is."""

    def __init__(self, max_megapixels: int = MAX_MEGAPIXELS) -> None:
        self._found = _Found(max_megapixels * 1_000_000)
        self._head = bytearray()
        self._parser: _Parser | None = None
        self._step: _Step | None = None
        self._held = bytearray()
        self._half_marker = False
        self._verdict: Verdict | None = None

    @property
    def refusal(self) -> Remark | None:
        """Why the rest of the body need not be read: it is no image, or beyond the limits."""
        verdict = self._verdict
        return (verdict and verdict.kind == "refused" and verdict.reason) or None

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes. Never raises, whatever they are."""
        if self._verdict is not None:
            return
        if self._parser is None:
            if self._head or len(chunk) < _HEAD:
                self._head += chunk
                if len(self._head) < _HEAD:
                    return
                chunk = bytes(self._head)
            self._begin(chunk)
        self._run(memoryview(chunk))

    def finish(self, file: BinaryIO) -> Verdict:
        """What the body was, after its last byte. `file` holds it whole: a TIFF can only be read
        by jumping about. Never raises but OSError of `file`."""
        if self._parser is None and self._verdict is None:
            head = bytes(self._head)
            self._begin(head)
            self._run(memoryview(head))
        if self._verdict is None:
            self._resume(lambda parser: parser.throw(_Ended(len(self._held))))
        if self._found.type == "tiff":
            self._verdict = self._checked(lambda: _tiff_in(file, self._found))
        verdict = self._verdict or Verdict("damaged", _damaged(remarks.CUT_OFF()))
        return replace(verdict, type=self._found.type)

    def _begin(self, head: bytes) -> None:
        """Decide the type by the first bytes, which are to be looked at again."""
        self._head.clear()
        self._found.type = image_type(head)
        if self._found.type is None:
            self._verdict = Verdict("refused", remarks.NO_IMAGE(what=what_it_is(head)))
            self._parser = _nothing()
        else:
            self._parser = _PARSERS[self._found.type](self._found)
            self._resume(next)

    def _run(self, view: memoryview) -> None:
        while view and self._verdict is None:
            if isinstance(self._step, _Take):
                view = self._take(self._step, view)
            elif isinstance(self._step, _Skip):
                view = self._skip(self._step, view)
            elif isinstance(self._step, _Blocks):
                view = self._pass(self._step, view)
            else:
                view = self._seek(view)

    def _take(self, step: _Take, view: memoryview) -> memoryview:
        wanted = step.size - len(self._held)
        self._held += view[:wanted]
        if len(self._held) == step.size:
            self._answer(bytes(self._held))
        return view[wanted:]

    def _skip(self, step: _Skip, view: memoryview) -> memoryview:
        passed = view[: step.size]
        if step.crc is not None:
            step.crc = zlib.crc32(passed, step.crc)
        step.size -= len(passed)
        if not step.size:
            self._answer(step.crc or 0)
        return view[len(passed) :]

    def _pass(self, step: _Blocks, view: memoryview) -> memoryview:
        # Counted here, without going back to the parser: there are hundreds of thousands.
        at, count, end, most = step.ahead, step.count, len(view), step.most
        size = 1
        while size and at < end and count < most:
            size = view[at]
            at += 1 + size
            count += 1
        step.ahead, step.count = max(0, at - end), count
        if not size or count >= most:
            self._answer(count)
        return view[at:]

    def _seek(self, view: memoryview) -> memoryview:
        if self._half_marker:
            self._half_marker = view[0] == 0xFF
            if _JPEG_MARKER.match(b"\xff%c" % view[0]):
                code = view[0]
                self._answer(code)
                return view[1:]
        found = _JPEG_MARKER.search(view)
        if found is None:
            self._half_marker = view[-1] == 0xFF
            return view[len(view) :]
        self._answer(view[found.end() - 1])
        return view[found.end() :]

    def _answer(self, value: bytes | int) -> None:
        self._held.clear()
        self._half_marker = False
        self._resume(lambda parser: parser.send(value))

    def _resume(self, go: Callable[[_Parser], _Step]) -> None:
        """Let the parser go on until it asks for something that is not there yet."""
        assert self._parser is not None
        try:
            self._step = go(self._parser)
            while (nothing := _asks_for_nothing(self._step)) is not None:
                self._step = self._parser.send(nothing)
        except StopIteration:
            self._verdict = self._checked(self._found.info)
        except (_Ended, _Broken, _TooLarge) as error:
            self._verdict = self._failed(error)

    def _checked(self, info: Callable[[], ImageInfo]) -> Verdict:
        try:
            return Verdict("sound", info=info())
        except (_Broken, _TooLarge, BadTiff) as error:
            return self._failed(error)

    def _failed(self, error: _Ended | _Broken | _TooLarge | BadTiff) -> Verdict:
        reason = remarks.CUT_OFF() if isinstance(error, _Ended) else error.why
        if isinstance(error, _TooLarge):
            return Verdict("refused", reason)
        found = self._found
        info = replace(found.info(), certain=False) if found.is_measured else None
        return Verdict("damaged", _damaged(reason), info)


def _damaged(why: Remark) -> Remark:
    return remarks.DAMAGED(why=why)


def _nothing() -> _Parser:
    yield from ()


def _asks_for_nothing(step: _Step) -> bytes | int | None:
    """The answer to a request for no bytes at all; None when it asks for some."""
    if isinstance(step, (_Marker, _Blocks)) or step.size:
        return None
    return b"" if isinstance(step, _Take) else step.crc or 0


class _Found:
    """What a parser has found so far."""

    def __init__(self, max_pixels: int) -> None:
        self.type: ImageType | None = None
        self.width = 0
        self.height = 0
        self.exif = Exif()
        self.channels = 3
        self.buffered = False
        self.scans = 1
        self.certain = True
        self._max_pixels = max_pixels
        self._parts = self._blocks = self._exifs = 0

    @property
    def is_measured(self) -> bool:
        return self.width > 0 and self.height > 0

    def measure(self, width: int, height: int) -> None:
        """Take the header's size. Raises _Broken for zero, _TooLarge beyond the limit."""
        self.width, self.height = width, height
        if width < 1 or height < 1:
            raise _Broken(remarks.PIXELS(width=width, height=height))
        if width * height > self._max_pixels:
            raise _TooLarge(
                remarks.TOO_MANY_PIXELS(
                    width=width, height=height, limit=self._max_pixels // 1_000_000
                )
            )

    def part(self) -> None:
        """Count one of the file's parts. Raises _Broken beyond the most."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _Broken(remarks.TOO_MANY_PARTS(count=f"{MOST_PARTS:,}"))

    def blocks(self) -> Generator[_Step, Any, None]:
        """Pass over a GIF's sub-blocks. Raises _Broken beyond the most."""
        self._blocks += yield _Blocks(MOST_BLOCKS + 1 - self._blocks)
        if self._blocks > MOST_BLOCKS:
            raise _Broken(remarks.TOO_MANY_PARTS(count=f"{MOST_BLOCKS:,}"))

    def read(self, block: bytes) -> None:
        """Take what an EXIF block says, if none said anything before."""
        self._exifs += 1
        if self.exif == Exif() and self._exifs <= MOST_EXIF:
            self.exif = read_exif(block)

    def info(self) -> ImageInfo:
        if self.type is None or not self.is_measured:
            raise _Broken(remarks.NO_SIZE())
        return ImageInfo(
            type=self.type,
            width=self.width,
            height=self.height,
            orientation=self.exif.orientation,
            captured=self.exif.captured,
            captured_offset=self.exif.captured_offset,
            camera=self.exif.camera,
            place=self.exif.place,
            channels=self.channels,
            buffered=self.buffered,
            scans=self.scans,
            certain=self.certain,
        )


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


def _jpeg(found: _Found) -> _Parser:
    yield _Skip(2)
    scans = 0
    while True:
        code = yield _Marker()
        if code == _EOI:
            break
        found.part()
        if code not in _WITH_LENGTH:
            continue
        size = int.from_bytes((yield _Take(2))) - 2
        if size < 0:
            raise _Broken(remarks.SEGMENT_LENGTH())
        if code in _FRAMES:
            yield from _jpeg_frame(found, code, size)
        elif code == _APP1 and found.exif == Exif():
            block = yield _Take(size)
            if block.startswith(b"Exif\0\0"):
                found.read(block)
        else:
            yield _Skip(size)
        scans += code == _SOS
    if not scans or not found.is_measured:
        raise _Broken(remarks.NO_PICTURE())
    found.scans = scans
    found.buffered |= scans > 1


def _jpeg_frame(found: _Found, code: int, size: int) -> _Parser:
    if size < 6:
        raise _Broken(remarks.HEADER_SHORT())
    _, height, width, found.channels = struct.unpack(">BHHB", (yield _Take(6)))
    found.measure(width, height)
    found.buffered = code in _IN_SEVERAL_PASSES
    yield _Skip(size - 6)


# --- PNG ---------------------------------------------------------------------------------------


def _png(found: _Found) -> _Parser:
    yield _Skip(8)
    kind, first, has_data = b"", True, False
    while kind != b"IEND":
        size, kind = struct.unpack(">I4s", (yield _Take(8)))
        found.part()
        if size > 0x7FFFFFFF or not kind.isalpha():
            raise _Broken(remarks.CHUNK_HEAD())
        if first != (kind == b"IHDR"):
            raise _Broken(remarks.HEADER_NOT_FIRST())
        crc = yield from _png_chunk(found, kind, size)
        if int.from_bytes((yield _Take(4))) != crc:
            raise _Broken(remarks.CHECKSUM(chunk=kind.decode("ascii", "replace")))
        first = False
        has_data |= kind == b"IDAT"
    if not has_data:
        raise _Broken(remarks.NO_PICTURE_DATA())


def _png_chunk(found: _Found, kind: bytes, size: int) -> Generator[_Step, Any, int]:
    """Pass over one chunk's data; returns the CRC-32 of kind and data."""
    crc = zlib.crc32(kind)
    if kind == b"IHDR" and size == 13:
        data = yield _Take(size)
        found.measure(*struct.unpack(">II", data[:8]))
    elif kind == b"eXIf" and size <= _MAX_METADATA:
        data = yield _Take(size)
        found.read(data)
    else:
        return int((yield _Skip(size, crc)))
    return zlib.crc32(data, crc)


# --- WebP --------------------------------------------------------------------------------------


def _webp(found: _Found) -> _Parser:
    left = int.from_bytes((yield _Take(12))[4:8], "little") - 4
    while left >= 8:
        kind, size = struct.unpack("<4sI", (yield _Take(8)))
        found.part()
        # The padding byte of the last chunk is missing in many files.
        padded = min(size + size % 2, left - 8)
        if size > left - 8:
            raise _Broken(remarks.CHUNK_LONG())
        yield from _webp_chunk(found, kind, size, padded)
        left -= 8 + padded
    yield _Skip(max(left, 0))


def _webp_chunk(found: _Found, kind: bytes, size: int, padded: int) -> _Parser:
    taken = 0
    if kind == b"EXIF" and size <= _MAX_METADATA:
        found.read((yield _Take(size)))
        taken = size
    elif kind in _WEBP_SIZES and not found.is_measured:
        taken, read = _WEBP_SIZES[kind]
        if size < taken:
            raise _Broken(remarks.HEADER_SHORT())
        found.measure(*read((yield _Take(taken))))
    yield _Skip(padded - taken)


def _vp8_size(head: bytes) -> tuple[int, int]:
    """RFC 6386 §9.1: 14 bits each after a start code."""
    if head[3:6] != b"\x9d\x01\x2a":
        raise _Broken(remarks.NO_VP8())
    width, height = struct.unpack("<HH", head[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _vp8l_size(head: bytes) -> tuple[int, int]:
    """RFC 9649 §3.4: 14 bits each, less one, after a signature byte."""
    if head[0] != 0x2F:
        raise _Broken(remarks.NO_VP8L())
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


def _gif(found: _Found) -> _Parser:
    width, height, flags = struct.unpack("<HHB", (yield _Take(13))[6:11])
    found.measure(width, height)
    yield _Skip(_gif_palette(flags))
    pictures = 0
    while (block := (yield _Take(1))) != b"\x3b":
        found.part()
        if block == b"\x2c":
            flags = (yield _Take(9))[8]
            yield _Skip(_gif_palette(flags) + 1)
            pictures += 1
        elif block == b"\x21":
            yield _Skip(1)
        else:
            raise _Broken(remarks.BLOCK_KIND())
        yield from found.blocks()
    if not pictures:
        raise _Broken(remarks.NO_PICTURE_DATA())


def _gif_palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


# --- BMP ---------------------------------------------------------------------------------------

_BMP_HEADERS = frozenset((12, 16, 40, 52, 56, 64, 108, 124))


def _bmp(found: _Found) -> _Parser:
    head = yield _Take(34)
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
    yield _Skip(max(0, begin - 34) + (rows if found.certain else 0))


# --- TIFF --------------------------------------------------------------------------------------


def _tiff(found: _Found) -> _Parser:
    """Nothing can be said before the file is whole: its directory may stand at the end."""
    yield _Skip(1 << 62)


def _tiff_in(file: BinaryIO, found: _Found) -> ImageInfo:
    tiff = Tiff(file)
    edges = [tiff.integers(tiff.first, tag) for tag in (WIDTH, HEIGHT)]
    width, height = (values[0] if values else 0 for values in edges)
    found.measure(width, height)
    if tiff.is_cut_off():
        raise _Broken(remarks.CUT_OFF())
    for offsets, lengths in ((STRIP_OFFSETS, STRIP_SIZES), (TILE_OFFSETS, TILE_SIZES)):
        begins, sizes = (tiff.integers(tiff.first, tag) for tag in (offsets, lengths))
        if any(begin + size > tiff.size for begin, size in zip(begins, sizes, strict=False)):
            raise _Broken(remarks.PICTURE_CUT_OFF())
    found.exif = tiff.exif()
    found.certain = False
    return found.info()


# --- HEIF and AVIF -----------------------------------------------------------------------------

_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)


def _heif(found: _Found) -> _Parser:
    """Box by box to the end of the file; picture data lies in `mdat` or inside `meta`."""
    seen: set[bytes] = set()
    while True:
        try:
            size, kind = struct.unpack(">I4s", (yield _Take(8)))
        except _Ended:
            # Less than a box's head is no box: the file is over, or has bytes after its end.
            break
        if not _is_box(size, kind):
            break
        found.part()
        if size == 1:
            size = int.from_bytes((yield _Take(8))) - 8
        if size == 0:
            found.certain = False
            break
        try:
            yield from _heif_box(found, kind, size - 8)
        except _Ended:
            if kind in (b"meta", b"mdat", b"ftyp", b"moov") or not _is_complete(found, seen):
                raise
            break
        seen.add(kind)
    if not _is_complete(found, seen) and found.certain:
        raise _Broken(remarks.CUT_OFF())


def _is_box(size: int, kind: bytes) -> bool:
    return (size in (0, 1) or size >= 8) and kind.isascii() and kind.decode("ascii").isprintable()


def _is_complete(found: _Found, seen: set[bytes]) -> bool:
    return found.is_measured and b"meta" in seen and bool(seen & {b"mdat", b"idat"})


def _heif_box(found: _Found, kind: bytes, size: int) -> _Parser:
    if size < 0:
        raise _Broken(remarks.BOX_LENGTH())
    if kind != b"meta" or size > _MAX_METADATA or found.is_measured:
        yield _Skip(size)
        return
    meta = yield _Take(size)
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

_PARSERS: dict[ImageType, Callable[[_Found], _Parser]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "gif": _gif,
    "bmp": _bmp,
    "tiff": _tiff,
    "heic": _heif,
    "avif": _heif,
}

# --- first bytes -------------------------------------------------------------------------------

_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0")


def image_type(head: bytes) -> ImageType | None:
    """The type of image that begins with these (up to 64) bytes, None when it is none."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if head.startswith(_TIFF_HEADS):
        return "tiff"
    return _heif_type(head) if head[4:8] == b"ftyp" else None


def _heif_type(head: bytes) -> ImageType | None:
    size = int.from_bytes(head[:4])
    brands = {head[8:12]} | {head[place : place + 4] for place in range(16, min(size, 64), 4)}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIF_BRANDS else None


def what_it_is(head: bytes) -> Remark:
    """What a body that is no image seems to be, for a person: "a web page"."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, name in _OTHERS:
        if text.startswith(start):
            return name()
    if head[4:8] == b"ftyp":
        return remarks.VIDEO_OR_SOUND()
    if not head:
        return remarks.EMPTY()
    return remarks.TEXT() if _is_text(head) else remarks.UNKNOWN_DATA()


_OTHERS: tuple[tuple[bytes | tuple[bytes, ...], Wording], ...] = (
    ((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--"), remarks.WEB_PAGE),
    (b"<svg", remarks.SVG),
    (b"<", remarks.XML),
    ((b"{", b"["), remarks.JSON),
    (b"%pdf", remarks.PDF),
    (b"pk\x03\x04", remarks.ZIP),
    (b"\x1f\x8b", remarks.GZIP),
    (b"\x1aE\xdf\xa3", remarks.VIDEO),
)


def _is_text(head: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n" for byte in head)
