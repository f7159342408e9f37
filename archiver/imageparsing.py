"""How the structure of an image is read while its bytes arrive: what a parser may ask for and find.

A parser (`imageformats`) is a generator: it asks for what it needs next (`Take`, `Skip`, `Blocks`,
`Marker`), gets it as soon as it has arrived, and returns when it is through. It may rely on getting
all it asks for: at the end of the file `Ended` is raised inside it instead, which means "cut off".
What costs time is a file's parts, not its bytes, so a file made of more parts than any picture has
is read no further than that.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

from archiver import remarks
from archiver.exif import MOST_EXIF, Exif, read_exif
from archiver.imagetypes import ImageInfo, ImageType
from archiver.remarks import Remark

MOST_PARTS = 60_000
"""Segments, chunks, blocks or boxes of one file, each of which costs some 10 µs. A PNG of 200 MB
in chunks of 8 kB has 25,000, an animation of 10,000 pictures 20,000."""
MOST_BLOCKS = 2_000_000
"""Sub-blocks of a GIF, of at most 255 bytes each: 200 MB have 800,000. Each costs 0.1 µs."""


class Ended(Exception):
    """The file ended while a parser waited; `held` bytes of what it asked for had come."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


class Broken(Exception):
    """The structure is broken; `why` says how."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


class TooLarge(Exception):
    """The header states more pixels than the limit."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Take:
    """Ask for the next `size` bytes."""

    size: int


@dataclass(slots=True)
class Skip:
    """Ask for `size` bytes to be passed over; the answer is their CRC-32 begun at `crc`, or 0
    when `crc` is None."""

    size: int
    crc: int | None = None


@dataclass(slots=True)
class Blocks:
    """Ask for a GIF's sub-blocks to be passed over, up to the empty one that ends them, but no
    more than `most`; the answer is how many they were. The next one begins `ahead` bytes on."""

    most: int
    count: int = 0
    ahead: int = 0


@dataclass(slots=True)
class Marker:
    """Ask for the next JPEG marker that is not part of the picture data; the answer is its
    second byte."""


Step: TypeAlias = Take | Skip | Blocks | Marker
Parser: TypeAlias = Generator[Step, Any, None]


class Found:
    """What a parser has found so far. `width` and `height` are pixels as stored."""

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
        """Whether the header was read."""
        return self.width > 0 and self.height > 0

    def measure(self, width: int, height: int) -> None:
        """Take the header's size. Raises Broken for zero, TooLarge beyond the limit."""
        self.width, self.height = width, height
        if width < 1 or height < 1:
            raise Broken(remarks.PIXELS(width=width, height=height))
        if width * height > self._max_pixels:
            raise TooLarge(
                remarks.TOO_MANY_PIXELS(
                    width=width, height=height, limit=self._max_pixels // 1_000_000
                )
            )

    def part(self) -> None:
        """Count one of the file's parts. Raises Broken beyond the most."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Broken(remarks.TOO_MANY_PARTS(count=f"{MOST_PARTS:,}"))

    def blocks(self) -> Generator[Step, Any, None]:
        """Pass over a GIF's sub-blocks. Raises Broken beyond the most."""
        self._blocks += yield Blocks(MOST_BLOCKS + 1 - self._blocks)
        if self._blocks > MOST_BLOCKS:
            raise Broken(remarks.TOO_MANY_PARTS(count=f"{MOST_BLOCKS:,}"))

    def read(self, block: bytes) -> None:
        """Take what an EXIF block says, if none said anything before."""
        self._exifs += 1
        if self.exif == Exif() and self._exifs <= MOST_EXIF:
            self.exif = read_exif(block)

    def info(self) -> ImageInfo:
        """All of it. Raises Broken when no header was found."""
        if self.type is None or not self.is_measured:
            raise Broken(remarks.NO_SIZE())
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
