"""Decoding an image to see whether it can be: within memory, and without ever raising.

Pillow is imported inside functions (the program's start does not need it) and none of its
globals is touched: images are opened by the class of their real type, not by `Image.open`,
whose limit on pixels is one global for the whole process.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from archiver import remarks
from archiver.imagetypes import ImageInfo
from archiver.remarks import Remark

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

DECODE_MEMORY = 128_000_000
"""Bytes that decoding one image may take."""

SMALL = 16_000_000
"""Bytes: images that take more are decoded one at a time."""

_MOST_SCANS = 100
"""A JPEG in more scans is made to keep a decoder busy for hours."""

_ONE_AT_A_TIME = threading.Lock()

# Bytes that decoding takes for each pixel, the decoder's own buffers included.
_BYTES_PER_PIXEL = {"png": 5, "webp": 12, "gif": 6, "bmp": 5, "tiff": 8, "avif": 16, "heic": 8}


@dataclass(frozen=True, slots=True)
class Decoding:
    """What came of it: `decoded`; `warned`, decoded with doubts that `reason` names; `skipped`,
    because it would take too much memory or the type is not supported; `damaged`."""

    kind: Literal["decoded", "warned", "skipped", "damaged"]
    reason: Remark | Literal[""] = ""


def decode_memory(info: ImageInfo) -> int:
    """An estimate of the bytes that decoding takes. A JPEG is decoded at an eighth of its size,
    but one in several scans holds two bytes for each coefficient all the same (measured: 1.1 GB
    for 196 megapixels)."""
    pixels = info.width * info.height
    if info.type == "jpeg":
        return 2_000_000 + pixels // 16 + (2 * info.channels * pixels if info.buffered else 0)
    return 2_000_000 + pixels * _BYTES_PER_PIXEL.get(info.type, 16)


def is_decodable(info: ImageInfo, memory_limit: int = DECODE_MEMORY) -> bool:
    """Whether this machine can decode such an image within `memory_limit` bytes."""
    return obstacle(info, memory_limit) is None


def obstacle(info: ImageInfo, memory_limit: int = DECODE_MEMORY) -> Remark | None:
    """Why such an image is not to be decoded here, in words; None when it is."""
    if not is_supported(info.type):
        return remarks.CANNOT_DECODE(kind=info.type.upper())
    needed = decode_memory(info)
    if needed > memory_limit:
        return remarks.MEMORY(size=needed // 1_000_000)
    if info.scans > _MOST_SCANS:
        return remarks.SCANS(count=info.scans)
    return None


def is_supported(kind: str) -> bool:
    """Whether this machine has a decoder of that type at all."""
    if kind == "heic":
        return importlib.util.find_spec("pillow_heif") is not None
    if kind not in ("avif", "webp"):
        return True
    from PIL import features

    return bool(features.check(kind))


def decode_check(path: Path, info: ImageInfo, memory_limit: int = DECODE_MEMORY) -> Decoding:
    """Decode the image in `path`, whose structure said `info`. Never raises; blocks (call it on a
    thread)."""
    why = obstacle(info, memory_limit)
    if why is not None:
        return Decoding("skipped", why)
    if decode_memory(info) <= SMALL:
        return _decoding(path, info)
    with _ONE_AT_A_TIME:
        return _decoding(path, info)


def _decoding(path: Path, info: ImageInfo) -> Decoding:
    try:
        with path.open("rb") as file, opener(info.type)(file) as image:
            if info.type != "heic" and image.size != (info.width, info.height):
                width, height = image.size
                return Decoding("damaged", remarks.OTHER_SIZE(width=width, height=height))
            if info.type == "jpeg":
                image.draft(None, (1, 1))
            image.load()
    except Warning as doubt:
        # Only where warnings are made errors; elsewhere they are Python's to show.
        return Decoding("warned", remarks.WARNS(error=doubt))
    except MemoryError:
        return Decoding("skipped", remarks.NO_MEMORY())
    except Exception as error:  # Pillow's readers raise whatever a broken file leads them to.
        return Decoding("damaged", remarks.NOT_DECODABLE(error=error or type(error).__name__))
    return Decoding("decoded")


def opener(kind: str) -> Callable[[Any], ImageFile]:
    """Pillow's reader of one type."""
    if kind == "jpeg":
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile
    if kind == "png":
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile
    if kind == "webp":
        from PIL.WebPImagePlugin import WebPImageFile

        return WebPImageFile
    return _rare_opener(kind)


def _rare_opener(kind: str) -> Callable[[Any], ImageFile]:
    if kind == "gif":
        from PIL.GifImagePlugin import GifImageFile

        return GifImageFile
    if kind == "bmp":
        from PIL.BmpImagePlugin import BmpImageFile

        return BmpImageFile
    if kind == "tiff":
        from PIL.TiffImagePlugin import TiffImageFile

        return TiffImageFile
    if kind == "heic":
        return _heif_opener()
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile


def _heif_opener() -> Callable[[Any], ImageFile]:
    import pillow_heif

    # Its own limits on memory stay on. In one thread: four reserve half a gigabyte.
    pillow_heif.options.DECODE_THREADS = 1
    opener: Callable[[Any], ImageFile] = pillow_heif.HeifImageFile
    return opener
