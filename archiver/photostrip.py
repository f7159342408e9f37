"""A photo's file without its metadata, the same in every pixel: nothing is decoded or encoded.

By allow-list: what decoding needs is copied, the few facts that are wanted are written anew, and
all else stays behind, whether known or not. What comes out is looked at before it is given: by the
structure reader of what is fetched, and by the search for places.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from archiver.images import ImageProbe
from archiver.imagetypes import ImageInfo, image_type
from archiver.jpegstrip import strip_jpeg
from archiver.photofacts import kept_exif
from archiver.photowants import CannotStrip, PhotoWants
from archiver.place import body_has_place
from archiver.rasterstrip import Kept, strip_bmp, strip_gif, strip_png, strip_webp

_STRIPS: dict[str, Callable[[bytes, Kept], bytes]] = {
    "image/jpeg": strip_jpeg,
    "image/png": strip_png,
    "image/webp": strip_webp,
    "image/gif": strip_gif,
    "image/bmp": strip_bmp,
}


def stripped(body: bytes, media_type: str, wants: PhotoWants) -> bytes:
    """The file `body` with only what decoding needs, its orientation, and the facts that `wants`
    names. The same file gives the same bytes, and what came out gives itself.

    Raises CannotStrip: for TIFF, HEIC and AVIF, whose metadata is woven into the file by offsets,
    and for a file that is not built as its format says. Nothing else, whatever the bytes.
    """
    kind = image_type(body[:64])
    if kind is None or media_type != f"image/{kind}" or media_type not in _STRIPS:
        raise CannotStrip(f"nothing can be taken out of {kind.upper() if kind else 'such a file'}")
    made = _STRIPS[media_type](body, partial(kept_exif, wants=wants))
    if picture_info(made).type != kind:
        raise CannotStrip("it would not be the same picture")
    if not wants.location and body_has_place(made):
        raise CannotStrip("it still tells where it was taken")
    return made


def picture_info(body: bytes) -> ImageInfo:
    """What the structure of a whole picture says. Raises CannotStrip when it is not sound."""
    probe = ImageProbe()
    probe.feed(body)
    verdict = probe.finish(io.BytesIO(body))
    if verdict.kind != "sound" or verdict.info is None:
        raise CannotStrip(verdict.reason)
    return verdict.info
