"""The types of images, told by their first bytes; and what the structure of an image says.

Types: JPEG (ITU-T T.81), PNG (W3C PNG 3rd ed.), WebP (RFC 9649), GIF 89a, BMP, TIFF 6.0, HEIF and
AVIF (ISO/IEC 23008-12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archiver import remarks
from archiver.remarks import Remark, Wording

ImageType = Literal["jpeg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif"]
_BMP_HEADERS = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)


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
