"""Opening a picture from anywhere at the size it is shown, upright, without trusting it.

The bytes are evidence, not ours: any of them may be broken or made to hurt. So only a few formats
are opened, by their first bytes; the memory a decoding will take is estimated from the header
before it begins; and whatever a decoder raises becomes a `NotShown`, in words for the reader.

Pillow's plugin classes are used directly: `Image.open` warns or refuses by the number of pixels
alone, by a setting of the whole library, while a baseline JPEG of 200 megapixels is harmless in
draft mode and a progressive one of 50 is not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from archiver import remarks
from archiver.colours import in_srgb
from archiver.exif import read_exif
from archiver.imagedecode import is_supported, opener
from archiver.imagetypes import image_type
from archiver.remarks import Remark

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile
    from PIL.JpegImagePlugin import JpegImageFile

MEMORY_LIMIT = 128 << 20
"""Bytes one decoding may be estimated to take."""
HEADER_LIMIT = 32 << 20
"""Bytes of a file that may be read before its header ends: Pillow keeps all segments before."""
MAX_SCANS = 64
"""Scans of a progressive JPEG. Encoders make about ten; each costs a pass over the whole picture,
whatever its own length."""
MAX_PIXELS = 1_000_000_000
_BYTES_PER_PIXEL = 12
"""What a decoder without draft mode takes at worst: its own frame, Pillow's, and a conversion."""
_HEIF_BYTES_PER_PIXEL = 8
"""Measured: 94 MB for 12 megapixels, 177 MB for 24, in tiles or not."""
_CHUNK = 1 << 20


class NotShown(Exception):
    """A picture that cannot be shown here, and `why`."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture ready to be pasted, and the size its file has when looked at, in pixels."""

    image: Image
    stored: tuple[int, int]


def load_picture(path: Path, room: tuple[int, int]) -> Shown:
    """The picture at `path` in sRGB, upright, scaled to fit into `room` (at most doubled).

    `room` is width and height in pixels. EXIF orientation is that stored in this very file: a
    thumbnail may have been turned upright when it was made. Transparent parts become white.
    Raises NotShown with the reason; nothing else, whatever the bytes.
    """
    try:
        with path.open("rb") as file:
            return _load(file, room)
    except NotShown:
        raise
    except FileNotFoundError as error:
        raise NotShown(remarks.FILE_MISSING()) from error
    except MemoryError as error:
        raise NotShown(remarks.SHOWN_TOO_LARGE()) from error
    except Exception as error:
        # Not only OSError: about hostile bytes Pillow's plugins raise SyntaxError, ValueError,
        # struct.error, IndexError, OverflowError, zlib.error and more, none of them documented.
        raise NotShown(remarks.NOT_READ()) from error


def fitted(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """`size` scaled to fit into `room`, at most doubled, at least one pixel each way."""
    scale = min(room[0] / size[0], room[1] / size[1], 2.0)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _load(file: BinaryIO, room: tuple[int, int]) -> Shown:
    from PIL import Image

    picture = _open(file)
    stored = picture.size
    turned = _orientation(picture) >= 5
    size = fitted(stored, room[::-1] if turned else room)
    _draft(picture, size)
    if _memory(picture, file) > MEMORY_LIMIT:
        raise NotShown(remarks.SHOWN_TOO_LARGE())
    picture.load()
    # Again: PNG may state its orientation after the pixels.
    held = _orientation(picture)
    if (held >= 5) != turned:
        size = fitted(stored, room[::-1])
    # Shrink first, convert and turn afterwards: that way they are cheap. A palette cannot be
    # shrunk, so it is converted first.
    ready = _eight_bit(picture)
    if ready.size != size:
        # Hamming shrinks in half the time of bicubic and looks the same; it cannot enlarge.
        shrinks = size[0] <= ready.size[0]
        how = Image.Resampling.HAMMING if shrinks else Image.Resampling.BICUBIC
        ready = ready.resize(size, how, reducing_gap=2.0)
    ready = in_srgb(ready, picture.info.get("icc_profile"))
    image = _turned(_on_white(ready), held)
    return Shown(image, stored[::-1] if held >= 5 else stored)


# --- opening --------------------------------------------------------------------------------------


class _Header:
    """A file that gives up when its header has no end; `opened` lifts the limit."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left: int | None = HEADER_LIMIT

    def opened(self) -> None:
        self._left = None

    def read(self, size: int = -1) -> bytes:
        if self._left is None:
            return self._file.read(size)
        body = self._file.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(body)
        if self._left < 0:
            raise NotShown(remarks.SHOWN_TOO_LARGE())
        return body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _open(file: BinaryIO) -> ImageFile:
    plugin = _plugin(file.read(64))
    file.seek(0)
    header = _Header(file)
    picture = plugin(header)
    header.opened()
    width, height = picture.size
    if width < 1 or height < 1:
        raise NotShown(remarks.NOT_READ())
    if width * height > MAX_PIXELS:
        raise NotShown(remarks.SHOWN_TOO_LARGE())
    return picture


def _plugin(first: bytes) -> Callable[[Any], ImageFile]:
    """Pillow's reader for what the first bytes say. Raises NotShown for any other kind of file."""
    kind = image_type(first)
    if kind is None:
        raise NotShown(remarks.NO_KIND())
    if not is_supported(kind):
        raise NotShown(remarks.NO_DECODER(kind=kind.upper()))
    return _jpeg_plugin() if kind == "jpeg" else opener(kind)


@cache
def _jpeg_plugin() -> type[JpegImageFile]:
    from PIL.JpegImagePlugin import JpegImageFile

    class QuietJpeg(JpegImageFile):
        def _read_dpi_from_exif(self) -> None:
            """Nothing: dots per inch are of no use here, and Pillow warns of broken EXIF."""

    return QuietJpeg


# --- what decoding will take ----------------------------------------------------------------------


def _draft(picture: ImageFile, size: tuple[int, int]) -> None:
    """Let a JPEG be decoded at 1/2, 1/4 or 1/8 of its size; `size` is what will be shown."""
    # Half as much again as is shown keeps the final, finer shrinking sharp. (Of a HEIC not: its
    # own thumbnail is hardly ever larger than what is shown, and the whole is dear.)
    if picture.format != "HEIF":
        size = size[0] * 3 // 2, size[1] * 3 // 2
    picture.draft("RGB", size)


def _memory(picture: ImageFile, file: BinaryIO) -> int:
    """Bytes that decoding will take, estimated from the header. Raises NotShown for a trap."""
    width, height = picture.size
    if picture.format != "JPEG":
        # WebP, AVIF and HEIC are read whole before they are decoded.
        each = _HEIF_BYTES_PER_PIXEL if picture.format == "HEIF" else _BYTES_PER_PIXEL
        return width * height * each + os.fstat(file.fileno()).st_size
    jpeg: JpegImageFile = picture  # type: ignore[assignment]
    return width * height * 4 + _coefficients(jpeg, file)


def _coefficients(jpeg: JpegImageFile, file: BinaryIO) -> int:
    """Bytes libjpeg holds until the last scan: none for a baseline JPEG in a single scan.

    Two for each sample of each component at full size, draft mode or not.
    """
    scans_at = file.tell()
    if not jpeg.info.get("progressive") and _first_scan_has_all(file, len(jpeg.layer)):
        return 0
    if _count_scans(file) > MAX_SCANS:
        raise NotShown(remarks.TOO_SLOW())
    file.seek(scans_at)
    # The tile knows the size before `draft` changed it; `size` is already the smaller one.
    width, height = _stored_size(jpeg)
    widest = max(h for _, h, _, _ in jpeg.layer)
    highest = max(v for _, _, v, _ in jpeg.layer)
    samples = sum(
        (width * h // widest + 64) * (height * v // highest + 64) for _, h, v, _ in jpeg.layer
    )
    return 2 * samples


def _stored_size(jpeg: JpegImageFile) -> tuple[int, int]:
    scale = jpeg.decoderconfig[0] if jpeg.decoderconfig else 1
    return jpeg.size[0] * scale, jpeg.size[1] * scale


def _first_scan_has_all(file: BinaryIO, components: int) -> bool:
    """Whether the scan header just before the file's position names every component.

    If not, libjpeg keeps the coefficients of a baseline picture too (ITU-T T.81 §B.2.3: SOS,
    length, number of components, two bytes for each, three more).
    """
    here = file.tell()
    length = 6 + 2 * components
    file.seek(max(0, here - length - 2))
    begin = file.read(5)
    file.seek(here)
    return begin == b"\xff\xda" + length.to_bytes(2, "big") + bytes([components])


def _count_scans(file: BinaryIO) -> int:
    """Scan headers in the rest of the file, counted up to just above the limit."""
    found, last = 1, b""
    while found <= MAX_SCANS and (chunk := file.read(_CHUNK)):
        found += (last + chunk).count(b"\xff\xda")
        last = chunk[-1:]
    return found


# --- after decoding -------------------------------------------------------------------------------


def _orientation(picture: ImageFile) -> int:
    """EXIF orientation 1 to 8 as stored in the file; 1 when absent or nonsense.

    Of a TIFF always 1: Pillow turns it when it is loaded.
    """
    block = picture.info.get("exif")
    if not isinstance(block, bytes) or picture.format == "TIFF":
        return 1
    return read_exif(block).orientation


def _eight_bit(picture: Image) -> Image:
    """A picture whose samples can be resized: 8 bits a channel, no palette."""
    if picture.mode in ("L", "RGB", "RGBA", "CMYK", "YCbCr"):
        return picture
    if picture.mode == "LA" or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return _from_deep_grey(picture)
    return picture.convert("RGB")


def _from_deep_grey(picture: Image) -> Image:
    """Grey of 16 bits or more as 8: by its top byte, where Pillow would clip all above 255."""
    grey = picture.convert("F")
    _, brightest = grey.getextrema()
    if isinstance(brightest, float) and brightest > 255:
        grey = grey.point(lambda value: value * (1 / 257) + 0)
    return grey.convert("L")


def _on_white(picture: Image) -> Image:
    from PIL import Image

    if picture.mode != "RGBA":
        return picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _turned(picture: Image, held: int) -> Image:
    """The picture as the camera was held (EXIF 2.32 §4.6.4.A, Orientation)."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return picture.transpose(turns[held]) if held in turns else picture
