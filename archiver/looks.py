"""What a picture looks like, as 256 bits: PDQ, by the kept library `pdqhash` (extra `looks`).

PDQ is described in "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm"
(ThreatExchange, hashing/pdq): the signs of the lowest 16 x 16 cosines of the picture against their
median, and a quality from 0 to 100 that is low where there is little to see. Measured on the
sample's photos: one compressed anew at quality 30, halved, shrunk to 320 pixels or a quarter darker
differs in at most 10 bits, most in 2 to 4; one a fifth brighter in up to 18, with a date stamped on
in up to 12, with a hundredth of each edge cut off in 24 and more. Among 462 different ones, drawn
from the same few scenes, the nearest two of different jobs differ in 12.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

BITS = 256
NEAR = 10
"""Bits in which pictures that look alike may differ. PDQ's authors match up to 31, for people who
sort what is found; a page that names jobs must not cry wolf, so it stops short of the nearest pair
of different pictures that was measured."""
ENOUGH = 50
"""Quality below which PDQ's authors say that a hash tells nothing: blank walls, black frames."""
SIDE = 256
"""Pixels to which a picture is fitted first, so that a thumbnail and its original look alike."""


@dataclass(frozen=True, slots=True)
class Look:
    """The bits of a picture, and how much there was to see (0 to 100)."""

    bits: bytes
    quality: int

    @property
    def tells(self) -> bool:
        """Whether there is enough in it to be compared."""
        return self.quality >= ENOUGH


def can_compare() -> bool:
    """Whether the extra that this needs is installed."""
    return all(importlib.util.find_spec(name) for name in ("numpy", "pdqhash"))


def look_of(picture: Image) -> Look:
    """The look of a picture (RGB, upright, fitted to `SIDE`). Needs `can_compare`."""
    import numpy as np
    import pdqhash

    vector, quality = pdqhash.compute(np.asarray(picture))
    return Look(np.packbits(vector.astype(np.uint8)).tobytes(), int(quality))


def distance(one: bytes, other: bytes) -> int:
    """In how many bits two looks differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
