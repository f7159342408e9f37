"""The JPEG that is made of a decoded picture, wherever one stands for a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 85


def jpeg_of(picture: Image, exif: bytes = b"") -> bytes:
    """The picture as a JPEG, with an EXIF block (without its prefix) if one is given. The same
    picture gives the same bytes."""
    body = io.BytesIO()
    # Given even when empty: Pillow would else write what the file said that it was loaded from.
    block = b"Exif\0\0" + exif if exif else b""
    picture.save(body, "JPEG", quality=QUALITY, exif=block, comment=b"", icc_profile=b"")
    return body.getvalue()
