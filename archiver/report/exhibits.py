"""The pictures of a report: each exhibit as a JPEG of the size at which it is printed.

A stranger's bytes are opened by decoder processes alone (`decoders`), and only when they are those
that were sealed; what Typst and the reader's program get to see was encoded here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from archiver.decoders import LoadPicture
from archiver.models import JobRecord, PhotoRecord, RelPath, StoredFile
from archiver.pictures import NotShown
from archiver.remarks import Remark
from archiver.storage import is_sound

DPI = 200
"""Dots per inch at which pictures are printed."""
SHARP_ENOUGH = 150
"""Dots per inch from which a thumbnail will do: the full image costs some fifteen times as much."""
QUALITY = 85
WORKERS = 2
_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Frame:
    """The room for a picture on paper, in millimetres."""

    width: float
    height: float

    @property
    def pixels(self) -> tuple[int, int]:
        """The most pixels that are of use there."""
        return round(self.width * DPI / _MM_PER_INCH), round(self.height * DPI / _MM_PER_INCH)


@dataclass(frozen=True, slots=True)
class Print:
    """A picture ready for print: its file, size in pixels, and the kept file that it shows."""

    file: str
    width: int
    height: int
    of: RelPath


@dataclass(frozen=True, slots=True)
class Prints:
    """The pictures of a job by exhibit number; for an exhibit without one, why, as far as a
    picture was there to be opened; and files that are not what was sealed."""

    shown: dict[int, Print] = field(default_factory=dict)
    reasons: dict[int, Remark] = field(default_factory=dict)
    altered: set[RelPath] = field(default_factory=set)


def make_prints(
    folder: Path,
    record: JobRecord,
    damaged: Collection[RelPath],
    frame: Frame,
    load: LoadPicture,
    out: Path,
) -> Prints:
    """Write the pictures of a job's exhibits into `out`. `damaged` are files not to be looked at.
    Raises OSError."""
    prints = Prints()

    def make(photo: PhotoRecord) -> None:
        # Each exhibit writes entries of its own; a set and dicts of Python take them from threads.
        for stored in _sources(photo, frame):
            if stored.file in damaged:
                continue
            if not is_sound(folder / stored.file, stored.sha256):
                prints.altered.add(stored.file)
                continue
            try:
                prints.shown[photo.number] = _print(photo, stored, folder, frame, load, out)
            except NotShown as error:
                prints.reasons.setdefault(photo.number, error.why)
            else:
                return

    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(make, record.photos):
            pass
    return prints


def _sources(photo: PhotoRecord, frame: Frame) -> Iterator[StoredFile]:
    """What shows a photo, the cheapest that is good enough first."""
    small = photo.thumbnail.stored if photo.thumbnail is not None else None
    whole = photo.image.stored
    sharp = small is not None and _is_sharp(small, frame)
    for stored in (small, whole) if sharp else (whole, small):
        if stored is not None and stored.media_type.startswith("image/"):
            yield stored


def _is_sharp(stored: StoredFile, frame: Frame) -> bool:
    width, height = stored.sides
    if not width or not height:
        return False
    inches = min(frame.width, frame.height * width / height) / _MM_PER_INCH
    return width >= SHARP_ENOUGH * inches


def _print(
    photo: PhotoRecord,
    stored: StoredFile,
    folder: Path,
    frame: Frame,
    load: LoadPicture,
    out: Path,
) -> Print:
    room = frame.pixels
    width, height = stored.sides
    if width and height:  # a picture that is small already is not blown up
        room = min(room[0], width), min(room[1], height)
    image = load(folder / stored.file, room).image
    name = f"{photo.number:04d}.jpg"
    # Into a real file Pillow encodes without holding the interpreter, into memory it does not.
    # The comment of the file it was loaded from would else come along.
    image.save(out / name, "JPEG", quality=QUALITY, exif=b"", comment=b"", icc_profile=b"")
    return Print(name, *image.size, stored.file)
