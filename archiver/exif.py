"""The TIFF structure: the whole of a TIFF file, and the inside of every EXIF block.

Only what an archive needs is read (size, orientation, capture time, camera, place, where the
picture data lies), by offsets that are all checked, so that a hostile or corrupt block costs
nothing. TIFF 6.0 §2, BigTIFF, Exif 2.32 §4.6.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from archiver import remarks
from archiver.remarks import Remark

MOST_EXIF = 8
"""Blocks of EXIF in one picture that are read until one says something; a picture has one."""
_MAX_ENTRIES = 1000
_MAX_VALUES = 1_000_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 13: 4, 16: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}

WIDTH, HEIGHT, ORIENTATION = 0x100, 0x101, 0x112
STRIP_OFFSETS, STRIP_SIZES, TILE_OFFSETS, TILE_SIZES = 0x111, 0x117, 0x144, 0x145
MAKE, MODEL = 0x10F, 0x110
EXIF_IFD, ORIGINAL, ORIGINAL_OFFSET = 0x8769, 0x9003, 0x9011
_DIGITIZED, _DIGITIZED_OFFSET = 0x9004, 0x9012
_CHANGED, _CHANGED_OFFSET = 0x132, 0x9010
GPS_IFD, LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 0x8825, 1, 2, 3, 4
_RATIONAL = 5


class BadTiff(ValueError):
    """The bytes do not hold together as a TIFF structure."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Exif:
    """What an EXIF block says. `orientation` is 1 to 8, `captured` as written, None if blank;
    `captured_offset` is that clock's distance from UTC, as `+02:00`, where the camera told it;
    `camera` is maker and model; `place` is latitude and longitude in degrees, WGS 84, north and
    east positive, as `51.501230,-0.141890`."""

    orientation: int = 1
    captured: str | None = None
    camera: str | None = None
    place: str | None = None
    captured_offset: str | None = None


@dataclass(frozen=True, slots=True)
class _Field:
    """One entry of a directory: `where` is the offset of its `count` values."""

    kind: int
    count: int
    where: int


class Tiff:
    """A TIFF structure in a file. Raises BadTiff."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, io.SEEK_END)
        head = self._at(0, 8)
        self._order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        version = struct.unpack(f"{self._order or '<'}H", head[2:4])[0]
        if not self._order or version not in (42, 43):
            raise BadTiff(remarks.NO_TIFF())
        # Count of entries, an entry's count, and an offset: BigTIFF (43) has them wider.
        self._count, self._offset = ("H", "I") if version == 42 else ("Q", "Q")
        self._begin = self._number(self._offset, 4 if version == 42 else 8)
        self._entries = self._number(self._count, self._begin)
        self.first = self._directory(self._begin)

    def _at(self, where: int, size: int) -> bytes:
        if where < 0 or where + size > self.size:
            raise BadTiff(remarks.TIFF_BEYOND())
        self._file.seek(where)
        return self._file.read(size)

    def _number(self, kind: str, where: int) -> int:
        width = struct.calcsize(f"<{kind}")
        (value,) = struct.unpack(f"{self._order}{kind}", self._at(where, width))
        return int(value)

    def _directory(self, where: int) -> dict[int, _Field]:
        count = self._number(self._count, where)
        if not 0 < count <= _MAX_ENTRIES:
            raise BadTiff(remarks.TIFF_DIRECTORY())
        inline = struct.calcsize(f"<{self._offset}")
        width = 4 + 2 * inline
        begin = where + struct.calcsize(f"<{self._count}")
        raw = self._at(begin, count * width)
        fields: dict[int, _Field] = {}
        for place in range(0, count * width, width):
            tag, kind, values = struct.unpack_from(f"{self._order}HH{self._offset}", raw, place)
            inside = begin + place + 4 + inline
            fits = _SIZES.get(kind, 0) * values <= inline
            fields.setdefault(
                tag, _Field(kind, values, inside if fits else self._number(self._offset, inside))
            )
        return fields

    def is_cut_off(self) -> bool:
        """Whether the file ends before its first directory does, or before what the directory's
        public fields (those below 32768) point at."""
        width = 12 if self._offset == "I" else 20
        inline = (width - 4) // 2
        end = self._begin + struct.calcsize(f"<{self._count}") + self._entries * width + inline
        ends = [
            field.where + field.count * _SIZES.get(field.kind, 0)
            for tag, field in self.first.items()
            if tag < 0x8000
        ]
        return max([end, *ends]) > self.size

    def integers(self, fields: dict[int, _Field], tag: int) -> tuple[int, ...]:
        """The whole numbers of a field, empty when it has none. Raises BadTiff."""
        found = fields.get(tag)
        if found is None or found.kind not in _INTEGERS:
            return ()
        if found.count > _MAX_VALUES:
            raise BadTiff(remarks.TIFF_VALUES())
        raw = self._at(found.where, found.count * _SIZES[found.kind])
        return struct.unpack(f"{self._order}{found.count}{_INTEGERS[found.kind]}", raw)

    def text(self, fields: dict[int, _Field], tag: int) -> str | None:
        """The printable text of a field of at most 64 characters, None when there is none."""
        found = fields.get(tag)
        if found is None or found.kind not in (2, 7) or not 0 < found.count <= 64:
            return None
        raw = self._at(found.where, found.count).split(b"\0", 1)[0]
        words = raw.decode("ascii", "replace").strip()
        return words if words and words.isprintable() else None

    def fractions(self, fields: dict[int, _Field], tag: int, count: int) -> tuple[Fraction, ...]:
        """Exactly `count` unsigned fractions of a field, else empty. Raises BadTiff."""
        found = fields.get(tag)
        if found is None or found.kind != _RATIONAL or found.count != count:
            return ()
        raw = struct.unpack(f"{self._order}{2 * count}I", self._at(found.where, 8 * count))
        pairs = list(zip(raw[::2], raw[1::2], strict=True))
        return tuple(Fraction(a, b) for a, b in pairs) if all(b for _, b in pairs) else ()

    def byte(self, fields: dict[int, _Field], tag: int) -> int | None:
        """The value of a field of one byte, None when it has none. Raises BadTiff."""
        found = fields.get(tag)
        if found is None or found.kind not in (1, 7) or found.count != 1:
            return None
        return self._at(found.where, 1)[0]

    def directory(self, tag: int) -> dict[int, _Field]:
        """The directory that a field of the first one points at, empty when none does. Raises
        BadTiff."""
        pointer = self.integers(self.first, tag)
        return self._directory(pointer[0]) if pointer else {}

    def exif(self) -> Exif:
        """All that is read of EXIF; what cannot be read is left at its default."""
        captured, offset = self._captured()
        return Exif(self._orientation(), captured, self._camera(), self._place(), offset)

    def _orientation(self) -> int:
        try:
            values = self.integers(self.first, ORIENTATION)
        except BadTiff:
            return 1
        return values[0] if len(values) == 1 and 1 <= values[0] <= 8 else 1

    def _captured(self) -> tuple[str | None, str | None]:
        """The capture time as written, and its offset. (Parts of a second, which have a field of
        their own, are nothing to a day or an hour, and are not read.)"""
        try:
            fields = self.directory(EXIF_IFD)
            captured = dated(self.text(fields, ORIGINAL))
            return captured, self._offset_of(fields, captured) if captured else None
        except BadTiff:
            return None, None

    def _offset_of(self, fields: dict[int, _Field], captured: str) -> str | None:
        """The offset of the capture time (Exif 2.32 §4.6.6.F): its own, else that of another time
        in the file which reads the same."""
        for offset, directory, time in (
            (ORIGINAL_OFFSET, fields, ORIGINAL),
            (_DIGITIZED_OFFSET, fields, _DIGITIZED),
            (_CHANGED_OFFSET, self.first, _CHANGED),
        ):
            said = self.text(fields, offset)
            if said and UTC_OFFSET.fullmatch(said) and self.text(directory, time) == captured:
                return said
        return None

    def _camera(self) -> str | None:
        try:
            make, model = self.text(self.first, MAKE), self.text(self.first, MODEL)
        except BadTiff:
            return None
        if make and model and model.casefold().startswith(make.casefold()):
            return model  # "Canon", "Canon EOS 5D"
        return " ".join(filter(None, (make, model))) or None

    def _place(self) -> str | None:
        """The place, unless it cannot be one: 0,0 is what a receiver without a fix writes."""
        try:
            gps = self.directory(GPS_IFD)
            latitude = self._degrees(gps, LATITUDE, LATITUDE_REF, "NS")
            longitude = self._degrees(gps, LONGITUDE, LONGITUDE_REF, "EW")
        except BadTiff:
            return None
        if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
            return None
        return f"{latitude:.6f},{longitude:.6f}" if latitude or longitude else None

    def _degrees(self, gps: dict[int, _Field], tag: int, side: int, signs: str) -> float | None:
        """Degrees, minutes and seconds as degrees, negative on the second side of `signs`."""
        parts, where = self.fractions(gps, tag, 3), self.text(gps, side)
        if not parts or where not in tuple(signs):
            return None
        degrees, minutes, seconds = map(float, parts)
        return (degrees + minutes / 60 + seconds / 3600) * (-1 if where == signs[1] else 1)


UTC_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]")
"""An offset that a clock on earth can have (IANA: -12 to +14 hours, and some to the minute)."""


def dated(words: str | None) -> str | None:
    """A time as a camera wrote it; None for the spaces and colons of one without a clock."""
    return words if words and any(sign.isdigit() for sign in words) else None


def read_exif(block: bytes) -> Exif:
    """What an EXIF block says (with or without its `Exif\\0\\0` prefix). Never raises: a corrupt
    block says nothing."""
    try:
        return Tiff(io.BytesIO(block.removeprefix(b"Exif\0\0"))).exif()
    except BadTiff:
        return Exif()
