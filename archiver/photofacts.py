"""What is kept of a photo's EXIF when it is handed over: a block written anew, never a copy.

Only the fields named here are read, each within bounds, and written again by Pillow; so nothing
that is not named can come along: no maker's notes, numbers of devices, owners, artists, comments,
software, histories or embedded pictures. Exif 2.32 §4.6.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from archiver.exif import (
    EXIF_IFD,
    GPS_IFD,
    LATITUDE,
    LATITUDE_REF,
    LONGITUDE,
    LONGITUDE_REF,
    MAKE,
    MODEL,
    ORIENTATION,
    ORIGINAL,
    ORIGINAL_OFFSET,
    UTC_OFFSET,
    BadTiff,
    Tiff,
    dated,
)
from archiver.photowants import PhotoWants

_T = TypeVar("_T")
_CHANGED = 0x132
_EXPOSURE, _APERTURE, _SENSITIVITY, _FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x920A
_ALTITUDE_REF, _ALTITUDE, _GPS_TIME, _GPS_DATE = 5, 6, 7, 29

# Times as cameras write them; a word is none.
_TIME = re.compile(r"[0-9:/. TZ+-]{1,32}")


_Values = dict[int, object]


def kept_exif(block: bytes, wants: PhotoWants, *, upright: bool = False) -> bytes:
    """The EXIF block that is handed over in the place of `block`, without the `Exif` prefix; empty
    when it would say nothing.

    The orientation is always kept, except for a picture that is `upright` by its pixels. The same
    block gives the same bytes, and one of ours gives itself. Never raises: what cannot be read is
    left out.
    """
    tiff = _opened(block)
    if tiff is None:
        return b""
    said = tiff.exif()
    first: _Values = {}
    if said.orientation != 1 and not upright:
        first[ORIENTATION] = said.orientation
    # A receiver without a fix has no place.
    placed = wants.location and said.place is not None
    exif, gps = _Directory(tiff, EXIF_IFD), _Directory(tiff, GPS_IFD)
    if wants.facts:
        first |= _present(_camera(_Directory(tiff, None)))
    parts = {
        EXIF_IFD: _present(_exposure(exif)) if wants.facts else {},
        GPS_IFD: _present(_place(gps, time=wants.facts)) if placed else {},
    }
    return _written(first, {tag: part for tag, part in parts.items() if part})


def _opened(block: bytes) -> Tiff | None:
    try:
        return Tiff(io.BytesIO(block.removeprefix(b"Exif\0\0")))
    except BadTiff:
        return None


class _Directory:
    """The fields of one directory, each None when it is not there or makes no sense."""

    def __init__(self, tiff: Tiff, pointer: int | None) -> None:
        self._tiff = tiff
        fields = _readable(lambda: tiff.first if pointer is None else tiff.directory(pointer))
        self._fields = fields or {}

    def text(self, tag: int, form: re.Pattern[str] | None = None) -> str | None:
        """A text in ASCII, of that form."""
        words = _readable(lambda: self._tiff.text(self._fields, tag))
        if words is None or (form is not None and not form.fullmatch(words)):
            return None
        return words.encode("ascii", "replace").decode("ascii")

    def integer(self, tag: int) -> int | None:
        """A whole number of 16 bits."""
        values = _readable(lambda: self._tiff.integers(self._fields, tag))
        return values[0] if values and 0 < values[0] < 1 << 16 else None

    def byte(self, tag: int) -> int | None:
        """A number of 8 bits."""
        return _readable(lambda: self._tiff.byte(self._fields, tag))

    def fractions(self, tag: int, count: int = 1) -> tuple[Fraction, ...] | None:
        """So many fractions, none of them negative."""
        return _readable(lambda: self._tiff.fractions(self._fields, tag, count)) or None


def _readable(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except BadTiff:
        return None


def _camera(first: _Directory) -> dict[int, object | None]:
    return {
        MAKE: first.text(MAKE),
        MODEL: first.text(MODEL),
        _CHANGED: first.text(_CHANGED, _TIME),
    }


def _exposure(exif: _Directory) -> dict[int, object | None]:
    return {
        ORIGINAL: dated(exif.text(ORIGINAL, _TIME)),
        ORIGINAL_OFFSET: exif.text(ORIGINAL_OFFSET, UTC_OFFSET),
        _EXPOSURE: exif.fractions(_EXPOSURE),
        _APERTURE: exif.fractions(_APERTURE),
        _SENSITIVITY: exif.integer(_SENSITIVITY),
        _FOCAL_LENGTH: exif.fractions(_FOCAL_LENGTH),
    }


def _place(gps: _Directory, *, time: bool) -> dict[int, object | None]:
    """Where, and with `time` when the receiver found it: that too tells when it was taken."""
    side = gps.byte(_ALTITUDE_REF)
    altitude = gps.fractions(_ALTITUDE) if side in (0, 1) else None
    return {
        LATITUDE_REF: gps.text(LATITUDE_REF),
        LATITUDE: gps.fractions(LATITUDE, 3),
        LONGITUDE_REF: gps.text(LONGITUDE_REF),
        LONGITUDE: gps.fractions(LONGITUDE, 3),
        _ALTITUDE_REF: bytes([side]) if side is not None and altitude else None,
        _ALTITUDE: altitude,
        _GPS_TIME: gps.fractions(_GPS_TIME, 3) if time else None,
        _GPS_DATE: dated(gps.text(_GPS_DATE, _TIME)) if time else None,
    }


def _present(values: dict[int, object | None]) -> _Values:
    return {tag: value for tag, value in values.items() if value is not None}


def _written(first: _Values, parts: dict[int, _Values]) -> bytes:
    from PIL import Image

    if not first and not parts:
        return b""
    exif = Image.Exif()
    for tag, value in first.items():
        exif[tag] = _for_pillow(value)
    for pointer, values in parts.items():
        exif.get_ifd(pointer).update({tag: _for_pillow(one) for tag, one in values.items()})
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _for_pillow(value: object) -> object:
    from PIL.TiffImagePlugin import IFDRational

    if isinstance(value, tuple):
        return tuple(IFDRational(one) for one in value)
    return value
