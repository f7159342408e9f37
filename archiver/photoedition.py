"""The edition of a photo that a hand-over gets: as received, stripped of metadata, or made smaller.

The archive is only read. What cannot be stripped without decoding (HEIC, TIFF, AVIF, or a file
built oddly) is replaced by a JPEG of its full size, made by the decoder processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from archiver.decoders import LoadPicture
from archiver.imagetypes import ImageInfo
from archiver.jpegmaking import jpeg_of
from archiver.models import RelPath, StoredFile
from archiver.photofacts import kept_exif
from archiver.photostrip import picture_info, stripped
from archiver.photowants import CannotStrip, PhotoWants
from archiver.pictures import NotShown
from archiver.place import exif_blocks
from archiver.storage import sha256_bytes

__all__ = ["CannotStrip", "Edition", "PhotoWants", "edition"]


@dataclass(frozen=True, slots=True)
class Edition:
    """What is handed over of one kept file: its bytes, and what is to be said of them.

    `body` is None when it is the kept file as it is. `stored` then is what was given; otherwise
    its path ends in the suffix of what was made, its facts are only those that are in it, and
    what was said by the host that sent the original is left out. `made` says that the pixels are
    another picture's: decoded and encoded anew.
    """

    stored: StoredFile
    body: bytes | None = None
    made: bool = False


def edition(path: Path, stored: StoredFile, wants: PhotoWants, load: LoadPicture) -> Edition:
    """The edition of the picture at `path`, which the record knows as `stored`. The same picture
    and wants give the same bytes.

    Raises CannotStrip when it can neither be stripped nor decoded here, or is not the file that
    was sealed: it must then be withheld. Raises OSError.
    """
    if not wants.strips and wants.largest_edge is None:
        return Edition(stored)
    body = path.read_bytes()
    if sha256_bytes(body) != stored.sha256:
        raise CannotStrip("its file is not the one that was sealed")
    info = picture_info(body)
    edge = wants.largest_edge
    if edge is not None and max(info.width, info.height) > edge:
        return _made(path, body, stored, info, wants, load)
    if not wants.strips:
        return Edition(stored)
    try:
        return _edition(stored, stripped(body, info.media_type, wants))
    except CannotStrip:
        return _made(path, body, stored, info, wants, load)


def _made(
    path: Path,
    body: bytes,
    stored: StoredFile,
    info: ImageInfo,
    wants: PhotoWants,
    load: LoadPicture,
) -> Edition:
    """A JPEG of the picture, upright, not larger than it is nor than is wanted."""
    sides = (info.width, info.height) if info.orientation < 5 else (info.height, info.width)
    edge = wants.largest_edge or max(sides)
    try:
        picture = load(path, (min(sides[0], edge), min(sides[1], edge))).image
    except NotShown as why:
        raise CannotStrip(str(why)) from why
    exif = kept_exif(_first_exif(body), wants, upright=True)
    decoded = replace(stored, decoded=True)
    return replace(_edition(decoded, jpeg_of(picture, exif)), made=True)


def _first_exif(body: bytes) -> bytes:
    """The EXIF block of a picture of any kind; of a TIFF the whole file."""
    return next(exif_blocks(body), b"")


def _edition(stored: StoredFile, body: bytes) -> Edition:
    info = picture_info(body)
    return Edition(
        replace(
            stored,
            file=RelPath(stored.file.rpartition(".")[0] + info.suffix),
            sha256=sha256_bytes(body),
            size=len(body),
            media_type=info.media_type,
            width=info.width,
            height=info.height,
            orientation=info.orientation,
            captured=info.captured,
            captured_offset=info.captured_offset,
            camera=info.camera,
            place=info.place,
            final_address=None,
            status=None,
            etag=None,
            last_modified=None,
            content_type=None,
            notes=(),
        ),
        body,
    )
