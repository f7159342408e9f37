"""The colours of a picture as sRGB, where its file means others by the same numbers.

Phones take photos in Display P3 and say so in an embedded profile (ISO 15076-1). What is made of
one here has no profile, and is shown as sRGB (W3C CSS Color 4 §10): so its colours are reckoned
over by Little CMS, which is part of Pillow. A profile that is broken, or not meant for the kind of
picture it lies in, is passed over, as decoders do.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from archiver.iccprofile import MAX_PROFILE, colour_profile

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsTransform

_SPACES = {"RGB": b"RGB ", "RGBA": b"RGB ", "L": b"GRAY", "CMYK": b"CMYK"}
"""Modes that have a profile's colours, each with the space it must be for (§7.2.8)."""
_SPACE = slice(16, 20)
_SEEN = 1
"""Steps of 255 by which a colour may differ and be taken for the same."""


def in_srgb(picture: Image, profile: object) -> Image:
    """`picture`, whose numbers mean what `profile` (bytes, or None) says, in sRGB: as RGB, or RGBA
    where it is that. The very same picture where that is no other. Never raises for a profile,
    whatever it is."""
    if not isinstance(profile, bytes) or not 0 < len(profile) <= MAX_PROFILE:
        return picture
    if _SPACES.get(picture.mode) != profile[_SPACE]:
        return picture
    transform = _transform(profile, picture.mode)
    if transform is None:
        return picture
    shown = transform.apply(picture)
    # Pillow notes the new profile, which says when it was made.
    shown.info.pop("icc_profile", None)
    return shown


@lru_cache(maxsize=4)
def _transform(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """From a profile's colours to sRGB; None where that changes nothing, or cannot be done.

    The profile is first written anew, so that Little CMS sees none of the odder tags.
    """
    from PIL import ImageCms

    clean = colour_profile(profile)
    if clean is None:
        return None
    try:
        transform = ImageCms.buildTransform(
            io.BytesIO(clean),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
        )
        return transform if _shows(transform, mode) else None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, ImportError):
        return None


def _shows(transform: ImageCmsTransform, mode: str) -> bool:
    """Whether it changes any colour that one could see. Most profiles are sRGB's own."""
    from PIL import Image, ImageChops

    if mode not in ("RGB", "RGBA"):
        return True
    steps = range(0, 256, 51)
    colours = bytes(part for r in steps for g in steps for b in steps for part in (r, g, b))
    probe = Image.frombytes("RGB", (len(steps) ** 2, len(steps)), colours).convert(mode)
    after = transform.apply(probe).convert("RGB")
    most = ImageChops.difference(probe.convert("RGB"), after).getextrema()
    return any(isinstance(one, tuple) and one[1] > _SEEN for one in most)
