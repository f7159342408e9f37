"""What displays and labels in a photo say: drawn for each photo, at its place in the scene."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from archiver.localapi.brushes import Colour, Point, font, gradient, shade

Painter = Callable[[str, float, float], Image.Image]
"""Draws a reading as a picture with transparency: the text, the scale (pixels per canvas pixel),
and the tilt in degrees, counter-clockwise."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a reading is pasted: its centre on the canvas, and how it is drawn."""

    x: float
    y: float
    paint: Painter


def screen(
    width: float,
    height: float,
    back: Colour,
    ink: Colour,
    *,
    size: float = 0.7,
    left: bool = False,
) -> Painter:
    """A painter of text on a filled box, such as a display or a label; `|` begins a new line."""

    def paint(text: str, scale: float, tilt: float) -> Image.Image:
        box = (max(1, int(width * scale)), max(1, int(height * scale)))
        patch = gradient(box, shade(back, 0.94), shade(back, 1.05)).convert("RGBA")
        pen = ImageDraw.Draw(patch)
        lines = text.split("|")
        step = box[1] / len(lines)
        for row, line in enumerate(lines):
            pixels = int(step * size)
            room = box[0] * 0.92
            longest = pen.textlength(line, font=font(pixels))
            if longest > room:
                pixels = int(pixels * room / longest)
            x = box[0] * 0.05 if left else box[0] / 2
            pen.text(
                (x, step * (row + 0.5)),
                line,
                fill=ink,
                font=font(pixels),
                anchor="lm" if left else "mm",
                stroke_width=max(0, pixels // 34),
            )
        return patch.rotate(tilt, Image.Resampling.BILINEAR, expand=True)

    return paint


def needle(radius: float, full_scale: float) -> Painter:
    """A painter of a pointer for a dial of 270 degrees that ends at `full_scale`."""

    def paint(text: str, scale: float, tilt: float) -> Image.Image:
        value = float(text.split()[0])
        angle = math.radians(135 + 270 * value / full_scale - tilt)
        over = 2
        reach = radius * scale * over
        middle = reach * 0.76
        mask = Image.new("L", (int(middle * 2), int(middle * 2)), 0)
        pen = ImageDraw.Draw(mask)
        cos, sin = math.cos(angle), math.sin(angle)

        def at(along: float, across: float) -> Point:
            return (
                middle + reach * (along * cos - across * sin),
                middle + reach * (along * sin + across * cos),
            )

        outline = [at(-0.2, 0.025), at(0.72, 0.008), at(0.72, -0.008), at(-0.2, -0.025)]
        offset = reach * 0.035
        pen.polygon([(x + offset, y + offset) for x, y in outline], fill=60)
        pen.polygon(outline, fill=255)
        hub = reach * 0.075
        pen.ellipse((middle - hub, middle - hub, middle + hub, middle + hub), fill=255)
        mask = mask.reduce(over)
        patch = Image.new("RGBA", mask.size, (24, 24, 26, 0))
        patch.putalpha(mask)
        return patch

    return paint


LCD: Final[Colour] = (158, 178, 150)
LCD_INK: Final[Colour] = (34, 44, 36)
