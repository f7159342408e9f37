"""What a picture tells beside what it shows: positions and texts, in any place of its file.

EXIF blocks are found by the head of their TIFF structure wherever it lies (TIFF 6.0 §2): in a
JPEG's segments, in the second picture of a file that has several, after a picture's end, in PNG,
WebP, HEIC and AVIF alike. Texts are read from all that is not picture data. What a picture was
made to unfold into (millions of parts, texts packed or pointed at again and again) is read so far
as any honest one goes, and then said to be unread. Never raises.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from archiver.exif import read_exif
from archiver.imageparsing import MOST_PARTS
from archiver.leakforms import Place
from archiver.leaktexts import Piece, Spot, Text, Unread, readings, strings_in

_HEADS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\1\0",
)
_GPS, _EXIF, _SUB, _INTEROP = 0x8825, 0x8769, 0x14A, 0xA005
_LATITUDES, _LONGITUDES, _AREA = (2, 20), (4, 22), 28
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TEXTS = {2, 7, 1, 129}
_WIDE_TAGS = range(0x9C9B, 0x9CA0)
"""Windows' XPTitle to XPSubject, in UTF-16."""
_MAX_ENTRIES, _MAX_FOLDERS, _MAX_BLOCKS, _MAX_TEXT = 1000, 40, 400, 1 << 20
MOST_UNFOLDED = 1_000_000
"""Bytes of texts that were packed, or that EXIF points at, in one picture: looking through a
megabyte takes four seconds, and a few hundred bytes can stand for one."""
MOST_FIELDS = 100_000
"""Entries of EXIF directories in one picture."""
_XMP = re.compile(
    rb"<(?:x:xmpmeta|rdf:RDF|\?xpacket begin).*?(?:</x:xmpmeta>|</rdf:RDF>|\?xpacket end|\Z)", re.S
)
_XMP_PLACE = re.compile(
    r"GPS(?:Dest)?(?P<name>Latitude|Longitude)\s*(?:=\s*[\"']|>)\s*"
    r"(?P<value>[\d,. ]+)(?P<side>[NSEW]?)"
)


def is_picture(body: bytes) -> bool:
    """Whether bytes begin as a picture does."""
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return True
    if body[4:8] == b"ftyp":
        return True
    return body.startswith(_HEADS) and not (body[:2] == b"BM" and body[6:10] != bytes(4))


@dataclass(slots=True)
class _Allowance:
    """How much is still read of one picture; `lacking` names what there was too much of."""

    unfolded: int
    fields: int
    lacking: str = ""

    def text(self, size: int) -> bool:
        """Whether one more text of so many bytes is."""
        self.unfolded -= size
        if self.unfolded < 0:
            self.lacking = f"with more than {MOST_UNFOLDED:,} bytes of texts folded in it"
        return self.unfolded >= 0

    def field(self) -> bool:
        """Whether one more field of EXIF is."""
        self.fields -= 1
        if self.fields < 0:
            self.lacking = f"with more than {MOST_FIELDS:,} fields of EXIF"
        return self.fields >= 0


def picture_pieces(body: bytes, part: str) -> Iterator[Piece]:
    """Every position and text in a picture's file."""
    left = _Allowance(MOST_UNFOLDED, MOST_FIELDS)
    yield from _told(body, part, left)
    if left.lacking:
        yield Unread(f"a picture {left.lacking}", part)


def _told(body: bytes, part: str, left: _Allowance) -> Iterator[Piece]:
    heads = sorted(islice(_tiff_heads(body), _MAX_BLOCKS + 1))
    if len(heads) > _MAX_BLOCKS:
        yield Unread(f"a picture with more than {_MAX_BLOCKS} EXIF blocks", part)
    for at in heads:
        yield from _Exif(body, at, _joined(part, "EXIF"), left).pieces()
    for number, found in enumerate(_XMP.finditer(body)):
        if number == _MAX_BLOCKS:
            yield Unread(f"a picture with more than {_MAX_BLOCKS} packets of XMP", part)
            break
        yield from _xmp(found[0], _joined(part, "XMP"), found.start())
    wide = body.find("GPSLatitude".encode("utf-16-le"))
    if wide >= 0:
        yield from _xmp(body[wide & ~1 :].decode("utf-16-le", "replace").encode(), part, wide)
    if body.startswith(b"\xff\xd8"):
        parts = _jpeg(body)
    elif body.startswith(b"\x89PNG"):
        yield from _png_texts(body, part, left)
        parts = _png(body)
    elif body.startswith(b"RIFF"):
        parts = _webp(body)
    else:
        yield from strings_in(body, part)
        return
    for begin, end, name in _counted(parts, left):
        for piece in strings_in(body[begin:end], _joined(part, name), begin, noisy=False):
            yield piece
            if isinstance(piece, Text) and "base64" not in piece.part:
                yield from (one for one in readings(piece, ".xml") if one != piece)


def _counted(
    parts: Iterator[tuple[int, int, str]], left: _Allowance
) -> Iterator[tuple[int, int, str]]:
    """Those parts that have a name, as long as there are not too many of all."""
    for number, one in enumerate(parts):
        if number == MOST_PARTS:
            left.lacking = f"made of more than {MOST_PARTS:,} parts"
            return
        if one[2]:
            yield one


def _tiff_heads(body: bytes) -> Iterator[int]:
    """Where a TIFF structure may begin. Four plain searches take a tenth of one regular
    expression's time."""
    for head in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        at = body.find(head)
        while at >= 0:
            yield at
            at = body.find(head, at + 1)


def _joined(part: str, name: str) -> str:
    return ", ".join(filter(None, (part, name)))


# --- where picture data does not lie --------------------------------------------------------------


def _jpeg(body: bytes) -> Iterator[tuple[int, int, str]]:
    """Begin and end of each segment (ITU T.81 §B.1), of every picture in the file, and of what is
    neither; only those with words have a name."""
    at, size = 2, len(body)
    while 0 <= at < size - 1:
        if body[at] != 0xFF:  # behind a picture's end: to the next one, or all the rest
            following = body.find(b"\xff\xd8\xff", at)
            yield at, size if following < 0 else following, "after its end"
            at = size if following < 0 else following + 2
            continue
        code = body[at + 1]
        if code == 0xFF:
            at = _after_fill(body, at)
            continue
        if code in (0x01, 0xD8, 0xD9) or 0xD0 <= code <= 0xD7:
            yield at, at, ""
            at += 2
            continue
        length = int.from_bytes(body[at + 2 : at + 4], "big")
        name = "comment" if code == 0xFE else "metadata" if 0xE0 <= code <= 0xEF else ""
        yield at + 4, min(at + 2 + length, size), name
        at += 2 + max(length, 2)
        if code == 0xDA:
            at = _after_scan(body, at)


_FILL = re.compile(rb"\xff+")
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _after_fill(body: bytes, at: int) -> int:
    """Where the last of the fill bytes that begin at `at` lies: the first byte of a marker."""
    found = _FILL.match(body, at)
    return at + 1 if found is None else found.end() - 1


def _after_scan(body: bytes, at: int) -> int:
    found = _SCAN_END.search(body, at)
    return len(body) if found is None else found.start()


def _png(body: bytes) -> Iterator[tuple[int, int, str]]:
    """Begin and end of each chunk (PNG §5.3), and of what follows the end; picture data has no
    name."""
    at, size = 8, len(body)
    while at + 8 <= size:
        length = int.from_bytes(body[at : at + 4], "big")
        kind = body[at + 4 : at + 8]
        is_data = kind in (b"IDAT", b"fdAT", b"PLTE")
        yield at + 8, min(at + 8 + length, size), "" if is_data else kind.decode("latin-1")
        at += 12 + length
        if kind == b"IEND":
            yield min(at, size), size, "after its end"
            return


def _png_texts(body: bytes, part: str, left: _Allowance) -> Iterator[Piece]:
    """The compressed texts of a PNG (PNG §11.3.3): zTXt, iTXt, and a colour profile's name."""
    for begin, end, kind in _counted(_png(body), left):
        if kind not in ("zTXt", "iTXt"):
            continue
        chunk = body[begin:end]
        keyword, _, rest = chunk.partition(b"\0")
        if kind == "zTXt":
            packed = rest[1:]
        elif kind == "iTXt" and rest[:1] == b"\x01":
            packed = rest[2:].split(b"\0", 2)[-1]
        else:
            continue
        try:
            plain = zlib.decompressobj().decompress(packed, left.unfolded + 1)
        except zlib.error:
            continue
        if not left.text(len(plain)):
            return
        label = _joined(part, f"{kind} “{keyword[:20].decode('latin-1')}”")
        if b"xmpmeta" in plain or b"rdf:RDF" in plain:
            yield from _xmp(plain, label, begin)
        text = Text(_latin_or_utf8(plain), label, lines=False, offset=begin)
        yield from readings(text, ".xml")
        # ImageMagick writes EXIF and IPTC as hexadecimal.
        if keyword.startswith(b"Raw profile"):
            raw = _from_hex(plain)
            for found in re.finditer(rb"II\*\0|MM\0\*", raw):
                for piece in _Exif(raw, found.start(), label, left).pieces():
                    yield replace(piece, offset=begin)
            yield from strings_in(raw, label, begin, noisy=False)


def _from_hex(text: bytes) -> bytes:
    digits = re.sub(rb"\s", b"", b"".join(text.split(b"\n")[3:]))
    try:
        return bytes.fromhex(digits.decode("ascii", "replace"))
    except ValueError:
        return b""


def _webp(body: bytes) -> Iterator[tuple[int, int, str]]:
    """Begin and end of each chunk (RFC 9649 §2.3), and of what follows; picture data has no
    name."""
    at, size = 12, len(body)
    while at + 8 <= size:
        length = int.from_bytes(body[at + 4 : at + 8], "little")
        kind = body[at : at + 4]
        is_data = kind in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")
        name = "" if is_data else kind.decode("latin-1").strip() or "a part"
        yield at + 8, min(at + 8 + length, size), name
        at += 8 + length + length % 2


# --- EXIF and XMP ---------------------------------------------------------------------------------


class _Exif:
    """A TIFF structure at an offset: its positions and texts, from every directory it has."""

    def __init__(self, body: bytes, at: int, part: str, left: _Allowance) -> None:
        self._body, self._at, self._part = memoryview(body)[at:], at, part
        self._left = left
        self._order = "<" if body[at : at + 1] == b"I" else ">"
        self._seen: set[int] = set()

    def pieces(self) -> Iterator[Spot | Text]:
        """Nothing where it does not hold together."""
        if bytes(self._body[2:4]) in (b"+\0", b"\0+"):  # BigTIFF
            yield from self._big()
            return
        try:
            (first,) = struct.unpack_from(f"{self._order}I", self._body, 4)
        except struct.error:
            return
        waiting = [(first, False)]
        while waiting and len(self._seen) < _MAX_FOLDERS:
            where, is_gps = waiting.pop()
            if where in self._seen:
                continue
            self._seen.add(where)
            fields, following = self._directory(where)
            if is_gps:
                yield from self._position(fields)
            yield from self._texts(fields)
            waiting += [(following, False)] if following else []
            for tag in (_EXIF, _SUB, _INTEROP, _GPS):
                waiting += [(to, tag == _GPS) for to in self._pointers(fields.get(tag))]

    def _big(self) -> Iterator[Spot | Text]:
        exif = read_exif(bytes(self._body))
        if exif.place:
            north, east = map(float, exif.place.split(","))
            yield Spot(Place(north, east), self._part, self._at)
        if exif.camera:
            yield Text(exif.camera, self._part, lines=False, offset=self._at)

    def _directory(self, where: int) -> tuple[dict[int, tuple[int, int, int]], int]:
        """The fields of a directory, as kind, count and where the values lie, and the next one."""
        fields: dict[int, tuple[int, int, int]] = {}
        try:
            (count,) = struct.unpack_from(f"{self._order}H", self._body, where)
            for number in range(min(count, _MAX_ENTRIES)):
                if not self._left.field():
                    break
                at = where + 2 + 12 * number
                tag, kind, values, to = struct.unpack_from(f"{self._order}HHII", self._body, at)
                inline = _SIZES.get(kind, 1) * values <= 4
                fields.setdefault(tag, (kind, values, at + 8 if inline else to))
            (following,) = struct.unpack_from(f"{self._order}I", self._body, where + 2 + 12 * count)
        except struct.error:
            following = 0
        return fields, following

    def _pointers(self, field: tuple[int, int, int] | None) -> list[int]:
        if field is None:
            return []
        try:
            return list(
                struct.unpack_from(f"{self._order}{min(field[1], 8)}I", self._body, field[2])
            )
        except struct.error:
            return []

    def _position(self, fields: dict[int, tuple[int, int, int]]) -> Iterator[Spot]:
        for north, east in zip(_LATITUDES, _LONGITUDES, strict=True):
            place = Place(
                self._degrees(fields, north, b"S"),
                self._degrees(fields, east, b"W"),
            )
            # A receiver without a fix writes zeros.
            if place.latitude or place.longitude:
                yield Spot(place, self._part, self._at)

    def _degrees(
        self, fields: dict[int, tuple[int, int, int]], tag: int, negative: bytes
    ) -> float | None:
        if tag not in fields:
            return None
        kind, count, at = fields[tag]
        try:
            form = "i" if kind == 10 else "I"
            raw = struct.unpack_from(f"{self._order}{2 * min(count, 3)}{form}", self._body, at)
        except struct.error:
            return None
        parts = [
            above / below if below else 0.0
            for above, below in zip(raw[::2], raw[1::2], strict=True)
        ]
        value: float = sum(part / 60.0**power for power, part in enumerate(parts))
        side = fields.get(tag - 1)
        return (
            -value
            if side and bytes(self._body[side[2] : side[2] + 1]).upper() == negative
            else value
        )

    def _texts(self, fields: dict[int, tuple[int, int, int]]) -> Iterator[Text]:
        for tag, (kind, count, at) in fields.items():
            if kind not in _TEXTS or not 1 < count <= _MAX_TEXT:
                continue
            raw = bytes(self._body[at : at + count])
            if not self._left.text(len(raw)):
                return
            for said in _spoken(raw, wide=tag in _WIDE_TAGS, order=self._order):
                yield Text(said, self._part, lines=False, offset=self._at)


def _spoken(raw: bytes, *, wide: bool, order: str) -> Iterator[str]:
    """What a field says: as UTF-8 or Latin letters, or in UTF-16 with or without its mark (Exif
    2.32 §4.6.5, UserComment)."""
    if raw.startswith(b"UNICODE\0"):
        wide, raw = True, raw[8:]
        yield raw.decode("utf-16-be", "replace").replace("\0", " ")
    if wide:
        yield raw.decode("utf-16-le", "replace").replace("\0", " ")
        return
    for part in raw.removeprefix(b"ASCII\0\0\0").split(b"\0"):
        if len(part) > 1:
            yield _latin_or_utf8(part)


def _latin_or_utf8(raw: bytes) -> str:
    """A text whose encoding is told as Latin letters or not at all, and is UTF-8 as often."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _xmp(body: bytes, part: str, offset: int) -> Iterator[Piece]:
    text = body.decode("utf-8", "replace").replace("\0", "")
    halves: dict[str, float] = {}
    for found in _XMP_PLACE.finditer(text):
        try:
            parts = [float(one) for one in found["value"].strip(" ,.").split(",")]
        except ValueError:
            continue
        value = sum(one / 60.0**power for power, one in enumerate(parts))
        halves[found["name"]] = -value if found["side"] in ("S", "W") else value
    if any(halves.values()):
        yield Spot(Place(halves.get("Latitude"), halves.get("Longitude")), part, offset)
    yield from readings(Text(text, part, lines=False, offset=offset), ".xml")
