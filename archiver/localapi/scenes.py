"""The scenes of the sample's photos: what plumbers, roofers, electricians and surveyors look at.

Each scene is a function that draws on a `Canvas` of 1280 x 960 pixels, or of 960 x 1280 for
upright subjects, and may return a `Slot`: the place where a photo shows its own reading (a
pressure, a voltage, a serial number). `SCENES` is the catalogue. Nothing here knows of files,
EXIF or jobs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from archiver.localapi.brushes import (
    BRASS,
    CHROME,
    COPPER,
    INK,
    WHITE,
    Canvas,
    Colour,
    Point,
    font,
    gradient,
    mix,
    shade,
)

Painter = Callable[[str, float, float], Image.Image]
"""Draws a reading as a picture with transparency: the text, the scale (pixels per canvas pixel),
and the tilt in degrees, counter-clockwise."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a reading is pasted: its centre on the canvas, and how it is drawn."""

    x: float
    y: float
    paint: Painter


@dataclass(frozen=True, slots=True)
class Scene:
    """One subject: how to draw it, its shape, and what its reading may say."""

    draw: Callable[[Canvas], Slot | None]
    upright: bool = False
    mirrored: bool = False
    """Whether it may be shown mirrored: only where there is nothing to read."""
    readings: tuple[str, ...] = ()


# -- readings ---------------------------------------------------------------------------------


def _screen(
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


def _needle(radius: float, full_scale: float) -> Painter:
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


# -- heating ----------------------------------------------------------------------------------


def boiler(c: Canvas) -> Slot:
    if c.rng.random() < 0.5:
        c.wall_tiles((224, 222, 212), across=6)
    else:
        c.plaster((206, 200, 186))
    x0, y0, x1, y1 = c.w * 0.24, c.h * 0.06, c.w * 0.76, c.h * 0.7
    for part, wide, metal in (
        (0.32, 20, COPPER),
        (0.41, 20, COPPER),
        (0.49, 30, BRASS),
        (0.58, 20, COPPER),
        (0.66, 20, COPPER),
    ):
        x = c.w * part
        c.shadow((x + 12, y1, x + wide + 14, c.h), blur=10, strength=90, round_=4)
        c.pipe(x, y1 - 8, x + wide, c.h, metal)
        c.pipe(x - 7, y1 + 66, x + wide + 7, y1 + 108, CHROME if wide == 20 else BRASS)
        c.pen.rounded_rectangle((x - 16, y1 + 80, x + wide + 16, y1 + 92), 5, fill=(58, 60, 62))
    c.shadow((x0 + 22, y0 + 40, x1 + 34, y1 + 40), blur=26, strength=130)
    c.panel((x0, y0, x1, y1), (250, 250, 247), (214, 215, 212), round_=22, shadow=False)
    c.soft(
        (x0 + 30, y0 + 20, x0 + 90, y1 - 240),
        lambda p, b: p.rectangle(b, fill=120),
        (255, 255, 255),
        24,
    )
    seam = y1 - 190
    c.pen.line((x0, seam, x1, seam), fill=(150, 152, 150), width=4)
    c.pen.rounded_rectangle((x0 + 14, seam + 12, x1 - 14, y1 - 18), 12, fill=(54, 58, 62))
    middle = c.w * 0.5
    c.pen.rounded_rectangle((middle - 82, seam + 38, middle + 82, seam + 128), 8, fill=(28, 30, 32))
    for x in (x0 + 82, x1 - 82):
        c.shadow((x - 34, seam + 50, x + 38, seam + 122), blur=8, strength=130, round_=120)
        c.pen.ellipse((x - 36, seam + 46, x + 36, seam + 118), fill=(206, 208, 208))
        c.pen.ellipse((x - 28, seam + 50, x + 26, seam + 106), fill=(224, 226, 226))
        a = c.rng.uniform(3.6, 5.6)
        c.pen.line(
            (x, seam + 82, x + 30 * math.cos(a), seam + 82 + 30 * math.sin(a)),
            fill=(60, 60, 62),
            width=6,
        )
    name = c.rng.choice(("HALDEN 24c", "Orrin Eco 30", "CALVA 28 Combi"))
    c.text(x0 + 40, y0 + 40, name, 34, (96, 104, 110), bold=True)
    c.pen.rounded_rectangle((x1 - 118, y0 + 40, x1 - 40, y0 + 84), 6, fill=(206, 76, 52))
    return Slot(middle, seam + 83, _screen(150, 76, LCD, LCD_INK, size=0.74))


def data_plate(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (158, 162, 164), (112, 116, 120)))
    c.roughen((0, 0, c.w, c.h), 3, 0.1)
    x0, y0, x1, y1 = c.w * 0.1, c.h * 0.1, c.w * 0.9, c.h * 0.9
    c.panel((x0, y0, x1, y1), (236, 237, 234), (206, 208, 206), round_=16)
    c.pen.rounded_rectangle((x0 + 12, y0 + 12, x1 - 12, y1 - 12), 10, outline=(60, 62, 64), width=3)
    model, power = c.rng.choice(
        (("HALDEN 24c", "24.8 kW"), ("Orrin Eco 30", "30.3 kW"), ("CALVA 28 Combi", "28.1 kW"))
    )
    c.text(x0 + 48, y0 + 40, model, 68, bold=True)
    rows = (
        ("Gas", "G20  20 mbar", "II2H3P"),
        ("Heat input Qn", power, "net"),
        ("PMS", "3.0 bar", "PMW 10 bar"),
        ("Tmax", "90 °C", "IPX4D"),
        ("230 V ~ 50 Hz", "112 W", "Class I"),
    )
    for i, row in enumerate(rows):
        y = y0 + 236 + i * 64
        c.pen.line((x0 + 40, y - 10, x1 - 40, y - 10), fill=(150, 152, 152), width=2)
        for j, cell in enumerate(row):
            c.text(x0 + 48 + j * 330, y, cell, 40, (52, 54, 58))
    x = x1 - 380
    while x < x1 - 60:
        wide = c.rng.choice((3, 3, 5, 8))
        c.pen.rectangle((x, y1 - 150, x + wide - 1, y1 - 56), fill=(30, 30, 30))
        x += wide + c.rng.choice((3, 4, 7))
    c.text(x0 + 48, y1 - 120, "CE 0063", 46, (52, 54, 58), bold=True)
    for x in (x0 + 28, x1 - 28):
        for y in (y0 + 28, y1 - 28):
            c.screw(x, y, 12)
    c.glow((c.w * 0.5, -80, c.w * 0.95, c.h * 0.5), (255, 255, 255), 84, 60)
    return Slot(x0 + 400, y0 + 168, _screen(700, 62, (226, 228, 225), INK, size=0.8, left=True))


def gauge(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (84, 88, 92), (44, 46, 50)))
    c.roughen((0, 0, c.w, c.h), 26, 0.12)
    cx, cy, r = c.w * 0.5, c.h * 0.47, min(c.w, c.h) * 0.4
    c.pipe(cx - 34, cy + r * 0.8, cx + 34, c.h, BRASS)
    c.pipe(cx - 54, c.h * 0.93, cx + 54, c.h, BRASS)
    c.shadow((cx - r + 26, cy - r + 36, cx + r + 36, cy + r + 46), blur=26, strength=170, round_=r)

    def ring(part: float, fill: Colour, dx: float = 0, dy: float = 0) -> None:
        q = r * part
        c.pen.ellipse((cx - q + dx, cy - q + dy, cx + q + dx, cy + q + dy), fill=fill)

    ring(1, (30, 31, 32))
    ring(0.97, (196, 200, 202))
    ring(0.94, (120, 124, 126), 3, 3)
    ring(0.89, (243, 241, 233))
    band = (cx - r * 0.8, cy - r * 0.8, cx + r * 0.8, cy + r * 0.8)
    c.pen.arc(band, 202, 270, fill=(58, 142, 78), width=int(r * 0.08))
    c.pen.arc(band, 338, 405, fill=(190, 46, 40), width=int(r * 0.08))
    for i in range(41):
        a = math.radians(135 + 270 * i / 40)
        cos, sin = math.cos(a), math.sin(a)
        inner = 0.72 if i % 10 == 0 else 0.77
        c.pen.line(
            (cx + r * 0.86 * cos, cy + r * 0.86 * sin, cx + r * inner * cos, cy + r * inner * sin),
            fill=INK,
            width=6 if i % 10 == 0 else 3,
        )
        if i % 10 == 0:
            c.text(
                cx + r * 0.58 * cos,
                cy + r * 0.58 * sin,
                str(i // 10),
                r * 0.15,
                anchor="mm",
                bold=True,
            )
    c.text(cx, cy + r * 0.36, "bar", r * 0.13, (50, 50, 52), anchor="mm")
    c.text(cx, cy - r * 0.34, "HALDEN", r * 0.07, (90, 92, 94), anchor="mm")
    c.soft(
        (cx - r * 0.7, cy - r * 0.85, cx + r * 0.1, cy - r * 0.1),
        lambda p, b: p.ellipse(b, fill=66),
        (255, 255, 255),
        40,
    )
    return Slot(cx, cy, _needle(r, 4.0))


def thermostat(c: Canvas) -> Slot:
    c.plaster(c.rng.choice(((212, 208, 200), (188, 198, 194), (214, 200, 186))))
    x0, y0, x1, y1 = c.w * 0.29, c.h * 0.22, c.w * 0.71, c.h * 0.76
    c.shadow((x0 + 14, y0 + 26, x1 + 26, y1 + 36), blur=24, strength=120, round_=36)
    c.panel((x0, y0, x1, y1), (250, 250, 248), (222, 223, 221), round_=40, shadow=False)
    box = (x0 + 44, y0 + 54, x1 - 44, y0 + 272)
    c.pen.rounded_rectangle(
        (box[0] - 5, box[1] - 5, box[2] + 5, box[3] + 5), 14, fill=(96, 100, 98)
    )
    c.pen.rounded_rectangle(box, 10, fill=LCD)
    c.text(box[0] + 26, box[3] - 44, "heating on", 28, LCD_INK)
    c.text(box[2] - 26, box[3] - 44, c.rng.choice(("Mon", "Wed", "Fri")), 28, LCD_INK, anchor="ra")
    for i in range(3):
        x = x0 + 60 + i * 148
        c.shadow((x, y1 - 146, x + 112, y1 - 84), blur=6, strength=70, round_=14)
        c.pen.rounded_rectangle((x, y1 - 150, x + 110, y1 - 90), 14, fill=(214, 216, 216))
        c.text(x + 55, y1 - 120, ("-", "+", "set")[i], 40, (80, 84, 86), anchor="mm")
    c.text((x0 + x1) / 2, y1 - 44, "calva", 30, (150, 154, 156), anchor="mm")
    return Slot((box[0] + box[2]) / 2, box[1] + 88, _screen(390, 150, LCD, LCD_INK, size=0.84))


def flue(c: Canvas) -> None:
    c.bricks(c.rng.choice(((152, 88, 64), (164, 112, 84), (136, 76, 60))), across=7)
    cx, cy, r = c.w * c.rng.uniform(0.44, 0.56), c.h * 0.44, 170
    c.shadow(
        (cx - r + 30, cy - r + 60, cx + r + 110, cy + r + 150), blur=34, strength=150, round_=r
    )
    for q, tone in (
        (1.36, (168, 168, 162)),
        (1.32, (212, 212, 206)),
        (1.04, (150, 150, 146)),
        (1.0, (240, 240, 235)),
        (0.86, (206, 206, 202)),
        (0.7, (40, 38, 36)),
    ):
        c.pen.ellipse((cx - r * q, cy - r * q, cx + r * q, cy + r * q), fill=tone)
    for k in range(6):
        y = cy - r * 0.58 + k * r * 0.22
        half = math.sqrt(max(0.0, (r * 0.7) ** 2 - (y - cy) ** 2))
        c.pen.rectangle((cx - half, y, cx + half, y + 9), fill=(126, 126, 122))
    c.soft(
        (cx - r * 0.9, cy - r * 0.9, cx, cy),
        lambda p, b: p.ellipse(b, fill=90),
        (255, 255, 255),
        30,
    )
    c.stain(cx + 20, cy - r * 1.9, 150, (60, 50, 46), 90)
    c.pipe(c.w * 0.86, 0, c.w * 0.86 + 62, c.h, (64, 66, 68))
    c.pipe(c.w * 0.86 - 8, c.h * 0.3, c.w * 0.86 + 70, c.h * 0.34, (52, 54, 56))
    c.grass(0.9)


def radiator(c: Canvas) -> None:
    c.plaster(c.rng.choice(((198, 206, 208), (214, 204, 190), (196, 206, 190))))
    c.ground(0.86, (104, 88, 72), (150, 130, 108), 3)
    c.pen.rectangle((0, c.h * 0.79, c.w, c.h * 0.86), fill=(238, 238, 234))
    c.pen.line((0, c.h * 0.79, c.w, c.h * 0.79), fill=(190, 190, 186), width=3)
    x0, x1, y0, y1 = c.w * 0.1, c.w * 0.84, c.h * 0.22, c.h * 0.73
    c.shadow((x0 + 16, y0 + 36, x1 + 34, y1 + 44), blur=22, strength=120)
    count = 18
    wide = (x1 - x0) / count
    for i in range(count):
        c.pipe(x0 + i * wide, y0, x0 + (i + 1) * wide + 1, y1, (236, 236, 232))
    for y in (y0 + 26, y1 - 40):
        c.rail(x0, y, x1, y + 14, (232, 232, 228))
    c.panel(
        (x0 - 6, y0 - 18, x1 + 6, y0 + 10), (250, 250, 247), (226, 226, 222), round_=4, shadow=False
    )
    for i in range(40):
        x = x0 + 10 + i * (x1 - x0 - 20) / 40
        c.pen.rectangle((x, y0 - 12, x + 9, y0 + 2), fill=(176, 176, 172))
    for x in (x1 + 14, x0 - 42):
        c.pipe(x, y1 - 40, x + 26, c.h * 0.87, CHROME)
        c.rail(min(x, x1) - 6, y1 - 54, x + 30, y1 - 26, BRASS)
    c.pipe(x1 - 2, y1 - 128, x1 + 58, y1 - 46, (248, 248, 246))
    for k in range(6):
        c.pen.line(
            (x1 + 4 + k * 10, y1 - 120, x1 + 4 + k * 10, y1 - 54), fill=(214, 214, 212), width=2
        )
    c.text(x1 + 28, y1 - 148, "3", 32, (90, 90, 92), anchor="mm", bold=True)
    c.glow((x0 + 60, y0 + 60, x0 + 300, y1 - 60), (255, 255, 255), 50, 50)


def cylinder(c: Canvas) -> None:
    c.image.paste(gradient((c.w, c.h), (128, 116, 100), (84, 74, 62)))
    c.boards((136, 108, 76), count=5)
    c.image.paste(shade((128, 116, 100), 0.5), (0, 0, int(c.w * 0.06), c.h))
    x0, x1, top = c.w * 0.24, c.w * 0.74, c.h * 0.2
    c.shadow((x0 + 40, top + 40, x1 + 70, c.h), blur=34, strength=160)
    jacket = c.rng.choice(((150, 178, 128), (214, 184, 116), (226, 226, 222)))
    c.pen.ellipse((x0, top - 74, x1, top + 90), fill=shade(jacket, 0.98))
    c.pipe(x0, top + 8, x1, c.h * 0.96, jacket)
    c.pen.ellipse((x0 + 30, top - 62, x1 - 70, top + 40), fill=shade(jacket, 1.12))
    c.roughen((x0, top, x1, c.h * 0.96), 5, 0.1)
    for part in (0.34, 0.6, 0.84):
        c.rail(x0 - 4, c.h * part, x1 + 4, c.h * part + 15, (84, 84, 88))
    middle = (x0 + x1) / 2
    c.pipe(middle - 15, 0, middle + 15, top - 40, COPPER)
    c.pipe(middle - 26, top - 74, middle + 26, top - 40, BRASS)
    for y, metal in ((0.28, COPPER), (0.74, COPPER), (0.9, CHROME)):
        c.rail(x1 - 10, c.h * y, c.w, c.h * y + 30, metal)
        c.pipe(x1 + 30, c.h * y - 14, x1 + 74, c.h * y + 44, BRASS)
    c.panel(
        (x0 + 130, c.h * 0.47, x0 + 290, c.h * 0.56), (244, 244, 242), (214, 214, 212), round_=8
    )
    c.pen.ellipse((x0 + 152, c.h * 0.485, x0 + 208, c.h * 0.485 + 56), fill=(60, 62, 66))
    c.text(x0 + 250, c.h * 0.515, "60°", 34, anchor="mm")
    c.cable(
        [
            (x0 + 210, c.h * 0.56),
            (x0 + 190, c.h * 0.7),
            (x0 + 250, c.h * 0.8),
            (x0 + 180, c.h * 0.97),
        ],
        (236, 236, 232),
        13,
    )


def underfloor_manifold(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (196, 198, 200), (150, 152, 156)))
    c.roughen((0, 0, c.w, c.h), 3, 0.05)
    c.pen.rectangle((24, 24, c.w - 24, c.h - 24), outline=(108, 110, 114), width=10)
    for y, cap in ((c.h * 0.28, (196, 52, 44)), (c.h * 0.56, (48, 92, 168))):
        c.shadow((90, y + 22, c.w - 90, y + 90), blur=14, strength=120)
        for i in range(7):
            x = 170 + i * 138
            c.pipe(
                x + 20,
                y + 40,
                x + 50,
                c.h - 30,
                (236, 234, 226) if cap[0] > 100 else (224, 224, 226),
            )
            c.pipe(x + 12, y + 64, x + 58, y + 108, BRASS)
        c.rail(90, y, c.w - 130, y + 66, BRASS)
        for i in range(7):
            x = 170 + i * 138
            c.pipe(x + 8, y - 70, x + 62, y + 8, cap if cap[0] > 100 else WHITE)
            c.pen.ellipse(
                (x + 8, y - 84, x + 62, y - 54),
                fill=shade(cap, 1.15) if cap[0] > 100 else (250, 250, 248),
            )
        c.pipe(c.w - 160, y - 20, c.w - 110, y + 86, CHROME)
        c.pen.rounded_rectangle((c.w - 150, y + 18, c.w - 40, y + 44), 10, fill=cap)
    return Slot(c.w * 0.5, c.h * 0.91, _screen(520, 62, (250, 246, 214), INK, size=0.62))


# -- plumbing ---------------------------------------------------------------------------------


def pipes(c: Canvas) -> None:
    if c.rng.random() < 0.4:
        c.bricks((150, 92, 70), across=8)
    else:
        c.plaster((182, 174, 158))
    levels = sorted(c.h * c.rng.uniform(0.2, 0.75) for _ in range(2))
    for y in levels:
        c.shadow((0, y + 24, c.w, y + 60), blur=14, strength=100, round_=4)
        c.rail(0, y, c.w, y + 34, COPPER)
    count = c.rng.randint(4, 5)
    for i in range(count):
        x = c.w * (0.1 + 0.8 * (i + c.rng.uniform(0, 0.5)) / count)
        wide = c.rng.choice((26, 34, 44))
        metal = COPPER if c.rng.random() < 0.75 else CHROME
        c.shadow((x + 20, 0, x + wide + 26, c.h), blur=14, strength=100, round_=4)
        c.pipe(x, 0, x + wide, c.h, metal)
        for y in levels:
            c.pipe(x - 8, y - 20, x + wide + 8, y + 54, shade(COPPER, 1.05))
        if c.rng.random() < 0.7:
            y = c.h * c.rng.uniform(0.1, 0.8)
            c.pipe(x - 14, y, x + wide + 14, y + 74, BRASS)
            lever = (176, 36, 32) if c.rng.random() < 0.5 else (40, 84, 150)
            c.shadow((x - 46, y + 34, x + wide + 60, y + 66), blur=8, strength=120)
            c.pen.rounded_rectangle((x - 54, y + 22, x + wide + 54, y + 50), 13, fill=lever)
            c.pen.line((x - 44, y + 28, x + wide + 44, y + 28), fill=shade(lever, 1.5), width=4)
        y = c.h * c.rng.uniform(0.05, 0.95)
        c.pen.rounded_rectangle((x - 16, y, x + wide + 16, y + 22), 6, fill=(236, 234, 228))
        c.screw(x + wide / 2, y + 11, 7)


def leak(c: Canvas) -> None:
    c.plaster((170, 160, 142))
    y = c.h * 0.4
    c.stain(c.w * 0.52, c.h * 0.72, 330, (98, 92, 74), 150)
    c.stain(c.w * 0.48, c.h * 0.86, 240, (122, 96, 60), 120)
    c.shadow((0, y + 50, c.w, y + 150), blur=26, strength=120)
    c.rail(0, y, c.w, y + 96, COPPER)
    cx = c.w * 0.5
    c.rail(cx - 210, y - 22, cx + 210, y + 118, BRASS)
    for x in (cx - 210, cx + 90):
        for k in range(3):
            c.rail(x + k * 42, y - 38, x + k * 42 + 38, y + 134, shade(BRASS, 0.92 + 0.12 * k))
    for _ in range(26):
        x = cx + c.rng.gauss(60, 70)
        c.stain(x, y + c.rng.uniform(70, 140), c.rng.uniform(16, 52), (70, 150, 122), 220)
    for _ in range(34):
        x, drop = cx + c.rng.gauss(50, 90), y + 130 + abs(c.rng.gauss(0, 130))
        size = c.rng.uniform(4, 11)
        c.pen.ellipse((x - size, drop - size, x + size, drop + size * 1.5), fill=(120, 118, 104))
        c.pen.ellipse((x - size, drop - size, x + size * 0.6, drop + size), fill=(206, 212, 208))
        c.pen.ellipse((x - size * 0.6, drop - size * 0.6, x, drop), fill=(250, 252, 252))


def sink_trap(c: Canvas) -> None:
    c.image.paste(gradient((c.w, c.h), (150, 140, 124), (86, 76, 64)))
    c.boards((152, 134, 108), count=3)
    c.image.paste(gradient((c.w, int(c.h * 0.2)), (226, 230, 232), (150, 154, 158)), (0, 0))
    c.soft((0, c.h * 0.2, c.w, c.h * 0.34), lambda p, b: p.rectangle(b, fill=150), (30, 26, 22), 26)
    c.pen.rectangle((0, c.h * 0.86, c.w, c.h), fill=(126, 104, 78))
    for part, tail in ((0.16, COPPER), (0.24, COPPER)):
        x = c.w * part
        c.shadow((x + 20, 0, x + 50, c.h * 0.86), blur=14, strength=120)
        c.pipe(x, 0, x + 28, c.h * 0.9, tail)
        c.pipe(x - 12, c.h * 0.5, x + 40, c.h * 0.6, CHROME)
        c.pen.rounded_rectangle((x + 4, c.h * 0.53, x + 24, c.h * 0.57), 3, fill=(40, 42, 44))
    cx = c.w * 0.52
    c.shadow((cx - 60, c.h * 0.2, cx + 150, c.h * 0.76), blur=26, strength=140)
    c.pipe(cx - 96, c.h * 0.14, cx + 96, c.h * 0.22, (232, 232, 228))
    c.pipe(cx - 48, c.h * 0.18, cx + 48, c.h * 0.5, (240, 240, 236))
    c.rail(cx + 30, c.h * 0.38, c.w, c.h * 0.38 + 84, (238, 238, 234))
    c.pipe(cx + 130, c.h * 0.36, cx + 196, c.h * 0.36 + 124, (226, 226, 222))
    c.pipe(cx - 84, c.h * 0.48, cx + 84, c.h * 0.72, (236, 236, 232))
    for part in (0.3, 0.46):
        c.pipe(cx - 66, c.h * part, cx + 66, c.h * part + 46, (224, 224, 220))
        for k in range(9):
            x = cx - 58 + k * 15
            c.pen.line((x, c.h * part + 4, x, c.h * part + 42), fill=(176, 176, 172), width=3)
    c.pen.ellipse((cx - 84, c.h * 0.68, cx + 84, c.h * 0.76), fill=(206, 206, 202))
    bowl = c.rng.choice(((66, 98, 150), (178, 66, 52), (88, 132, 84)))
    c.shadow((cx - 200, c.h * 0.88, cx + 220, c.h * 0.98), blur=20, strength=150)
    c.pen.polygon(
        ((cx - 210, c.h * 0.84), (cx + 210, c.h * 0.84), (cx + 170, c.h), (cx - 170, c.h)),
        fill=bowl,
    )
    c.pen.ellipse((cx - 210, c.h * 0.8, cx + 210, c.h * 0.89), fill=shade(bowl, 1.25))
    c.pen.ellipse((cx - 184, c.h * 0.812, cx + 184, c.h * 0.88), fill=(110, 124, 126))


def shower(c: Canvas) -> None:
    c.wall_tiles(c.rng.choice(((226, 230, 230), (176, 202, 208), (232, 226, 214))), across=6)
    x = c.w * 0.5
    c.shadow((x + 26, c.h * 0.1, x + 60, c.h * 0.62), blur=14, strength=110)
    c.pipe(x - 14, c.h * 0.06, x + 14, c.h * 0.6, CHROME)
    c.shadow((x - 190, c.h * 0.64, x + 220, c.h * 0.74), blur=20, strength=120)
    c.rail(x - 210, c.h * 0.61, x + 210, c.h * 0.68, CHROME)
    for side in (-210, 154):
        c.rail(x + side, c.h * 0.6, x + side + 56, c.h * 0.69, shade(CHROME, 1.1))
    c.cable(
        [
            (x, c.h * 0.68),
            (x - 40, c.h * 0.8),
            (x - 150, c.h * 0.83),
            (x - 210, c.h * 0.6),
            (x - 170, c.h * 0.32),
            (x - 60, c.h * 0.205),
        ],
        (176, 182, 186),
        18,
    )
    c.shadow((x - 40, c.h * 0.1, x + 200, c.h * 0.24), blur=22, strength=120, round_=200)
    c.cable(
        [(x - 60, c.h * 0.205), (x - 10, c.h * 0.19), (x + 60, c.h * 0.14)], (186, 192, 196), 44
    )
    c.rail(x - 34, c.h * 0.185, x + 34, c.h * 0.222, shade(CHROME, 0.9))
    for q, tone in ((112, (150, 156, 160)), (106, (218, 223, 226)), (88, (116, 122, 126))):
        c.pen.ellipse(
            (x + 82 - q, c.h * 0.12 - q * 0.8, x + 82 + q, c.h * 0.12 + q * 0.8), fill=tone
        )
    for _ in range(40):
        px, py = x + 82 + c.rng.uniform(-58, 58), c.h * 0.12 + c.rng.uniform(-46, 46)
        c.pen.ellipse((px - 3, py - 3, px + 3, py + 3), fill=(60, 64, 66))
    for _ in range(60):
        px, py = c.rng.uniform(0, c.w), c.rng.uniform(c.h * 0.3, c.h)
        c.pen.ellipse((px, py, px + 5, py + 9), fill=(246, 250, 250))


def floor_void(c: Canvas) -> None:
    c.boards((166, 122, 80), count=7)
    x0, x1 = c.w * 0.28, c.w * 0.72
    c.shadow((x0 - 14, 0, x1 + 14, c.h), blur=12, strength=160, round_=4)
    c.image.paste(gradient((int(x1 - x0), c.h), (58, 48, 40), (38, 32, 26)), (int(x0), 0))
    c.roughen((x0, 0, x1, c.h), 24, 0.1)
    for part in (0.16, 0.66):
        y = c.h * part
        c.rail(x0, y, x1, y + 76, (142, 106, 68))
        c.roughen((x0, y, x1, y + 76), 9, 0.12)
    for part, metal in ((0.36, COPPER), (0.45, COPPER), (0.6, (222, 222, 218))):
        x = c.w * part
        c.shadow((x + 16, 0, x + 44, c.h), blur=8, strength=140)
        c.pipe(x, 0, x + 30, c.h, metal)
    c.pipe(c.w * 0.36 - 10, c.h * 0.4, c.w * 0.36 + 40, c.h * 0.5, BRASS)
    c.cable(
        [(c.w * 0.54, 0), (c.w * 0.53, c.h * 0.3), (c.w * 0.55, c.h * 0.6), (c.w * 0.53, c.h)],
        (206, 206, 202),
        12,
    )
    for x in (x0, x1):
        c.pen.line((x, 0, x, c.h), fill=(92, 66, 42), width=8)


def parts_on_floor(c: Canvas) -> None:
    c.ground(0, (112, 118, 126), (168, 172, 178), 3)
    for fold in range(0, c.w, 64):
        c.pen.line((fold, 0, fold + 40, c.h), fill=(128, 134, 142), width=2)
    x, y = c.w * 0.2, c.h * 0.2
    c.shadow((x + 10, y + 20, x + 360, y + 220), blur=16, strength=120)
    c.rail(x, y, x + 330, y + 70, COPPER)
    c.rail(x + 40, y + 110, x + 350, y + 160, COPPER)
    c.pipe(x + 300, y - 14, x + 380, y + 90, BRASS)
    cx, cy = c.w * 0.66, c.h * 0.36
    c.shadow((cx - 130, cy - 110, cx + 170, cy + 170), blur=20, strength=150, round_=400)
    for q, tone in (
        (140, (176, 150, 80)),
        (132, (222, 188, 108)),
        (84, (150, 124, 62)),
        (76, (44, 40, 34)),
    ):
        c.pen.ellipse((cx - q, cy - q, cx + q, cy + q), fill=tone)
    for i in range(4):
        px, py = c.w * 0.2 + i * 170, c.h * 0.74 + c.rng.uniform(-30, 40)
        c.shadow((px - 40, py - 34, px + 54, py + 58), blur=10, strength=130, round_=160)
        c.pen.ellipse((px - 44, py - 44, px + 44, py + 44), fill=BRASS if i % 2 else (40, 42, 44))
        c.pen.ellipse(
            (px - 40, py - 42, px + 36, py + 36), fill=shade(BRASS, 1.2) if i % 2 else (70, 72, 74)
        )
        c.pen.ellipse((px - 24, py - 24, px + 24, py + 24), fill=(126, 132, 140))
    c.shadow((c.w * 0.7, c.h * 0.7, c.w * 0.96, c.h * 0.82), blur=14, strength=130)
    c.rail(c.w * 0.72, c.h * 0.7, c.w, c.h * 0.76, (190, 48, 42))
    c.rail(c.w * 0.6, c.h * 0.7, c.w * 0.74, c.h * 0.755, CHROME)


def stopcock_pit(c: Canvas) -> Slot:
    c.ground(0, (120, 118, 112), (176, 172, 164), 4)
    for row in range(4):
        c.pen.line((0, c.h * row / 3, c.w, c.h * row / 3 + 14), fill=(96, 92, 86), width=8)
        c.pen.line((c.w * row / 3, 0, c.w * row / 3 + 8, c.h), fill=(96, 92, 86), width=8)
    cx, cy, r = c.w * 0.48, c.h * 0.5, 330
    c.pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(66, 68, 70))
    c.pen.ellipse((cx - r + 26, cy - r + 26, cx + r - 26, cy + r - 26), fill=(30, 28, 26))
    c.glow((cx - 200, cy, cx + 260, cy + 260), (84, 72, 58), 150, 40)
    c.pipe(cx - 40, cy - 120, cx + 40, cy + 290, (52, 96, 170))
    c.pen.ellipse((cx - 150, cy - 170, cx + 150, cy + 130), fill=(150, 124, 70))
    c.pen.ellipse((cx - 140, cy - 166, cx + 134, cy + 112), fill=(214, 180, 104))
    c.pen.ellipse((cx - 112, cy - 138, cx + 112, cy + 90), fill=(238, 238, 232))
    for k in range(4):
        a = math.radians(40 + 30 * k)
        px, py = cx + 70 * math.cos(a), cy + 20 + 52 * math.sin(a)
        c.pen.ellipse((px - 14, py - 14, px + 14, py + 14), outline=(150, 40, 36), width=3)
        c.pen.line((px, py, px + 9, py - 9), fill=(190, 40, 36), width=3)
    return Slot(cx, cy - 54, _screen(156, 40, (34, 34, 36), (240, 240, 236), size=0.8))


# -- electrical -------------------------------------------------------------------------------


def consumer_unit(c: Canvas) -> Slot:
    c.plaster((194, 188, 176))
    x0, y0, x1, y1 = c.w * 0.12, c.h * 0.2, c.w * 0.88, c.h * 0.72
    for part in (0.26, 0.36, 0.46, 0.62):
        c.pipe(c.w * part, 0, c.w * part + 20, y0 + 10, (206, 206, 204))
    c.shadow((x0 + 14, y0 + 26, x1 + 28, y1 + 38), blur=24, strength=130)
    c.panel((x0, y0, x1, y1), (244, 244, 241), (212, 213, 211), round_=12, shadow=False)
    rail = (x0 + 44, y0 + 110, x1 - 44, y0 + 330)
    c.pen.rectangle(rail, fill=(60, 64, 68))
    names = ["100A", "RCBO", "B6", "B6", "B16", "B32", "B32", "B32", "B40", "B16", "B20", ""]
    wide = (rail[2] - rail[0] - 16) / 12
    off = c.rng.randint(2, 10)
    for i, name in enumerate(names):
        x = rail[0] + 8 + i * wide
        c.image.paste(
            gradient((int(wide) - 5, 204), (232, 233, 232), (196, 198, 198)),
            (int(x), int(rail[1] + 8)),
        )
        if not name:
            continue
        on = i != off
        y = rail[1] + (74 if on else 116)
        c.pen.rectangle(
            (x + wide * 0.2, rail[1] + 66, x + wide * 0.7, rail[1] + 166), fill=(126, 130, 132)
        )
        lever = (180, 40, 36) if i == 0 else (44, 48, 54) if on else (40, 120, 70)
        c.pen.rectangle((x + wide * 0.24, y, x + wide * 0.66, y + 44), fill=lever)
        c.pen.line((x + wide * 0.24, y, x + wide * 0.66, y), fill=shade(lever, 1.6), width=3)
        c.text(x + wide * 0.46, rail[1] + 34, name, 22, (60, 62, 66), anchor="mm")
    rooms = (
        "Main",
        "Cooker",
        "Lts up",
        "Lts dn",
        "Imm",
        "Skts up",
        "Skts dn",
        "Kitchen",
        "Shower",
        "Boiler",
        "Garage",
        "",
    )
    for i, room in enumerate(rooms):
        x = rail[0] + 8 + i * wide
        c.pen.rectangle((x, y1 - 128, x + wide - 5, y1 - 82), fill=(250, 250, 246))
        c.text(x + wide * 0.46, y1 - 105, room, 17, (44, 46, 50), anchor="mm")
    c.text(x0 + 44, y0 + 40, "Kerrow 18th Ed.", 32, (110, 114, 118), bold=True)
    c.pen.polygon(((x1 - 96, y0 + 86), (x1 - 44, y0 + 86), (x1 - 70, y0 + 40)), fill=(246, 206, 52))
    c.text(x1 - 70, y0 + 72, "!", 30, INK, anchor="mm", bold=True)
    return Slot(c.w * 0.5, c.h * 0.83, _screen(420, 88, (248, 246, 240), (32, 62, 140), size=0.62))


def socket_test(c: Canvas) -> Slot:
    c.plaster(c.rng.choice(((214, 206, 192), (186, 196, 204), (206, 212, 200))))
    x0, y0, x1, y1 = c.w * 0.2, c.h * 0.2, c.w * 0.86, c.h * 0.62
    c.shadow((x0 + 12, y0 + 18, x1 + 22, y1 + 28), blur=18, strength=120)
    c.panel((x0, y0, x1, y1), (250, 250, 248), (226, 227, 225), round_=18, shadow=False)
    right = x0 + (x1 - x0) * 0.72
    c.pen.rectangle((right - 18, y0 + 90, right + 18, y0 + 160), fill=(48, 50, 52))
    for dx in (-84, 40):
        c.pen.rectangle((right + dx, y0 + 220, right + dx + 46, y0 + 252), fill=(48, 50, 52))
    for x in (x0 + (x1 - x0) * 0.36, right + 100):
        c.pen.rounded_rectangle((x - 24, y0 + 30, x + 24, y0 + 100), 6, fill=(232, 233, 231))
        c.pen.rectangle((x - 16, y0 + 36, x + 16, y0 + 54), fill=(206, 60, 50))
    for x in (x0 + 36, x1 - 36):
        c.screw(x, (y0 + y1) / 2, 11)
    tx, ty = x0 + 40, y0 + 70
    c.shadow((tx + 30, ty + 50, tx + 330, ty + 430), blur=24, strength=170)
    c.panel((tx, ty, tx + 290, ty + 380), (250, 196, 44), (222, 158, 22), round_=26, shadow=False)
    c.text(tx + 145, ty + 44, "SOCKET CHECK", 30, (40, 36, 24), anchor="mm", bold=True)
    lit = c.rng.choice(((1, 1, 0), (1, 1, 0), (1, 0, 0)))
    for i, on in enumerate(lit):
        x, y = tx + 66 + i * 78, ty + 116
        colour = (70, 236, 110) if i < 2 else (236, 60, 50)
        if on:
            c.glow((x - 40, y - 40, x + 40, y + 40), colour, 190, 16)
        c.pen.ellipse((x - 20, y - 20, x + 20, y + 20), fill=colour if on else shade(colour, 0.3))
    c.pen.rectangle((tx + 40, ty + 172, tx + 250, ty + 250), fill=(40, 44, 46))
    for i, row in enumerate(("● ● ○  correct", "● ○ ○  no earth", "○ ○ ○  dead")):
        c.text(
            tx + 46, ty + 266 + i * 32, row.replace("●", "x").replace("○", "o"), 25, (50, 44, 26)
        )
    return Slot(tx + 145, ty + 211, _screen(200, 68, LCD, LCD_INK, size=0.74))


def multimeter(c: Canvas) -> Slot:
    c.boards((138, 104, 74), count=5)
    x0, y0, x1, y1 = c.w * 0.26, c.h * 0.05, c.w * 0.74, c.h * 0.93
    c.shadow((x0 + 24, y0 + 40, x1 + 46, y1 + 50), blur=28, strength=170, round_=60)
    c.panel((x0, y0, x1, y1), (250, 190, 40), (206, 140, 20), round_=54, shadow=False)
    c.panel(
        (x0 + 28, y0 + 30, x1 - 28, y1 - 30), (66, 70, 76), (40, 42, 46), round_=34, shadow=False
    )
    c.pen.rounded_rectangle((x0 + 56, y0 + 64, x1 - 56, y0 + 300), 12, fill=(26, 28, 30))
    c.pen.rounded_rectangle((x0 + 66, y0 + 74, x1 - 66, y0 + 290), 8, fill=LCD)
    cx, cy = (x0 + x1) / 2, y0 + (y1 - y0) * 0.56
    c.pen.ellipse((cx - 150, cy - 150, cx + 150, cy + 150), fill=(58, 62, 68))
    for i in range(12):
        a = math.tau * i / 12
        c.text(
            cx + 128 * math.cos(a),
            cy + 128 * math.sin(a),
            ("V~", "V", "mV", "ohm", "))", "diode", "uA", "mA", "A", "°C", "Hz", "OFF")[i],
            24,
            (226, 228, 230),
            anchor="mm",
        )
    c.pen.ellipse((cx - 88, cy - 88, cx + 88, cy + 88), fill=(30, 32, 34))
    c.pen.ellipse((cx - 80, cy - 84, cx + 78, cy + 74), fill=(76, 80, 86))
    a = math.tau * c.rng.randint(0, 11) / 12
    c.pen.line(
        (cx, cy, cx + 80 * math.cos(a), cy + 80 * math.sin(a)), fill=(240, 240, 238), width=14
    )
    for dx, colour in ((-96, (24, 24, 26)), (96, (196, 36, 32)), (0, (24, 24, 26))):
        x, y = cx + dx, y1 - 96
        c.pen.ellipse((x - 30, y - 30, x + 30, y + 30), fill=shade(colour, 0.6))
        if dx:
            c.cable([(x, y), (x + dx * 0.5, c.h + 10)], colour, 24)
    c.glow((x0 + 60, y0 + 60, x0 + 240, y0 + 200), (255, 255, 255), 50, 30)
    return Slot(cx, y0 + 182, _screen(440, 200, LCD, LCD_INK, size=0.66))


def meter_cupboard(c: Canvas) -> Slot:
    c.plaster((150, 142, 130))
    c.boards((146, 118, 86), count=6, top=0.0, bottom=1.0)
    c.roughen((0, 0, c.w, c.h), 8, 0.1)
    x0, y0, x1, y1 = c.w * 0.14, c.h * 0.12, c.w * 0.52, c.h * 0.72
    c.shadow((x0 + 16, y0 + 26, x1 + 34, y1 + 40), blur=22, strength=160)
    c.panel((x0, y0, x1, y1), (222, 222, 216), (176, 176, 170), round_=20, shadow=False)
    c.pen.rounded_rectangle((x0 + 40, y0 + 60, x1 - 40, y0 + 190), 8, fill=(28, 30, 30))
    c.text((x0 + x1) / 2, y0 + 232, "kWh", 38, anchor="mm")
    c.text((x0 + x1) / 2, y0 + 286, "20 (100) A  230 V", 28, (70, 72, 74), anchor="mm")
    c.pen.ellipse((x0 + 70, y0 + 330, x0 + 94, y0 + 354), fill=(226, 40, 32))
    c.panel((x0 + 30, y1 - 130, x1 - 30, y1 - 24), (60, 62, 64), (36, 38, 40), round_=6)
    for i, tone in enumerate(((120, 84, 58), (60, 92, 170), (120, 84, 58), (60, 92, 170))):
        x = x0 + 70 + i * 100
        c.cable(
            [(x, y1 - 30), (x + 6, y1 + 60), (x - 30 + i * 30, y1 + 150), (x + 40, c.h)], tone, 30
        )
    x2, y2 = c.w * 0.6, c.h * 0.2
    c.shadow((x2 + 14, y2 + 20, x2 + 330, y2 + 300), blur=20, strength=150)
    c.panel((x2, y2, x2 + 300, y2 + 270), (58, 60, 62), (34, 36, 38), round_=10, shadow=False)
    c.pen.rectangle((x2 + 70, y2 + 50, x2 + 230, y2 + 210), fill=(222, 222, 218))
    c.text(x2 + 150, y2 + 100, "100 A", 46, anchor="mm", bold=True)
    c.text(x2 + 150, y2 + 160, "BS 1361", 28, (70, 72, 74), anchor="mm")
    c.cable([(x2 + 200, y2 + 270), (x2 + 220, c.h * 0.7), (x2 + 150, c.h)], (52, 128, 62), 22)
    c.cable([(x2 + 260, y2 + 270), (x2 + 290, c.h * 0.8), (x2 + 330, c.h)], (206, 186, 60), 16)
    return Slot(
        (x0 + x1) / 2, y0 + 125, _screen(370, 110, (34, 36, 36), (236, 238, 232), size=0.72)
    )


def ceiling_light(c: Canvas) -> None:
    c.plaster((222, 220, 214))
    cx, cy = c.w * 0.5, c.h * 0.46
    c.pen.ellipse((cx - 190, cy - 190, cx + 190, cy + 190), fill=(206, 204, 198))
    c.pen.ellipse((cx - 176, cy - 176, cx + 176, cy + 176), fill=(44, 40, 36))
    c.roughen((cx - 120, cy - 120, cx + 120, cy + 120), 5, 0.2)
    for i, tone in enumerate(
        ((120, 84, 58), (60, 92, 170), (196, 186, 62), (120, 84, 58), (160, 160, 160))
    ):
        a = math.radians(200 + i * 36)
        c.cable(
            [
                (cx + 60 * math.cos(a), cy + 60 * math.sin(a)),
                (cx + 150 * math.cos(a), cy + 130 * math.sin(a) + 60),
                (cx - 80 + i * 40, cy + 220),
                (cx - 60 + i * 30, cy + 300),
            ],
            tone,
            13,
        )
    c.shadow((cx - 120, cy + 310, cx + 150, cy + 420), blur=18, strength=120)
    c.panel(
        (cx - 130, cy + 290, cx + 130, cy + 390),
        (246, 246, 244),
        (216, 216, 214),
        round_=14,
        shadow=False,
    )
    for i in range(5):
        c.screw(cx - 96 + i * 48, cy + 322, 12)
    c.glow((c.w * 0.6, -100, c.w * 1.1, c.h * 0.4), (255, 250, 232), 110, 60)


def ev_charger(c: Canvas) -> Slot:
    c.bricks((158, 104, 78), across=8, bottom=0.88)
    c.ground(0.86, (112, 112, 110), (156, 156, 152), 4)
    x0, y0, x1, y1 = c.w * 0.36, c.h * 0.14, c.w * 0.62, c.h * 0.6
    c.shadow((x0 + 30, y0 + 40, x1 + 56, y1 + 60), blur=26, strength=170, round_=60)
    c.panel((x0, y0, x1, y1), (64, 68, 74), (30, 32, 36), round_=52, shadow=False)
    c.glow((x0 + 120, y0 + 60, x1 - 120, y0 + 130), (80, 220, 250), 150, 20)
    c.pen.rounded_rectangle((x0 + 60, y0 + 80, x1 - 60, y0 + 96), 8, fill=(96, 226, 250))
    c.pen.ellipse((x0 + 86, y1 - 200, x1 - 86, y1 - 46), fill=(18, 20, 22))
    c.cable(
        [
            ((x0 + x1) / 2, y1 - 110),
            (x1 + 60, y1 - 20),
            (x1 + 110, y1 + 120),
            (x1 - 10, y1 + 220),
            (x0 - 70, y1 + 180),
            (x0 - 110, y1 + 40),
            (x0 + 20, y1 - 40),
        ],
        (30, 32, 34),
        30,
    )
    c.pipe((x0 + x1) / 2 - 14, y1, (x0 + x1) / 2 + 14, c.h * 0.88, (214, 214, 210))
    return Slot((x0 + x1) / 2, y0 + 190, _screen(200, 60, (24, 26, 28), (150, 236, 250), size=0.7))


# -- roofs ------------------------------------------------------------------------------------


def _slate_rows(c: Canvas, top: float, colour: Colour, rows: int) -> None:
    height = c.h * (1 - top) / rows
    c.pen.rectangle((0, c.h * top, c.w, c.h), fill=shade(colour, 0.35))
    for row in range(rows + 1):
        deep = 0.7 + 0.6 * row / rows
        wide = 118 * deep
        y = c.h * top + row * height
        for column in range(-1, int(c.w / wide) + 2):
            x = column * wide + (wide / 2 if row % 2 else 0)
            tone = shade(mix(colour, (112, 92, 104), c.rng.random() * 0.3), c.jitter(0.1))
            drop = y + height * c.rng.uniform(1.0, 1.08)
            c.pen.polygon(
                ((x + 2, y), (x + wide - 3, y), (x + wide - 3, drop), (x + 2, drop)), fill=tone
            )
            c.pen.line((x + 2, drop, x + wide - 3, drop), fill=shade(tone, 0.45), width=6)
            c.pen.line((x + 3, y, x + 3, drop), fill=shade(tone, 1.12), width=2)
    c.roughen((0, c.h * top, c.w, c.h), 3, 0.12)


def slates(c: Canvas) -> None:
    colour = c.rng.choice(((96, 102, 114), (112, 108, 116)))
    _slate_rows(c, 0, colour, 7)
    x, y = c.w * c.rng.uniform(0.4, 0.55), c.h * c.rng.uniform(0.4, 0.52)
    c.pen.rectangle((x, y, x + 126, y + 150), fill=(50, 44, 38))
    for k in range(3):
        c.pen.rectangle((x, y + 30 + k * 44, x + 126, y + 46 + k * 44), fill=(142, 108, 72))
    c.shadow((x + 26, y + 150, x + 176, y + 320), blur=12, strength=170)
    c.pen.polygon(
        ((x + 18, y + 120), (x + 140, y + 146), (x + 110, y + 292), (x - 8, y + 266)),
        fill=shade(colour, 1.14),
    )
    c.pen.line((x - 8, y + 266, x + 110, y + 292), fill=shade(colour, 0.5), width=6)
    for _ in range(26):
        c.stain(
            c.rng.uniform(0, c.w), c.rng.uniform(0, c.h), c.rng.uniform(12, 40), (138, 146, 92), 150
        )


def ridge(c: Canvas) -> None:
    c.sky(0.5)
    _slate_rows(c, 0.45, (108, 106, 114), 5)
    y, wide = c.h * 0.4, c.w / 5
    c.shadow((0, y + 90, c.w, y + 150), blur=20, strength=170)
    for i in range(-1, 6):
        x = i * wide + 30
        tone = shade((164, 92, 64), c.jitter(0.1))
        c.rail(x, y - 12, x + wide - 6, y + 116, tone)
        c.pen.rectangle((x + wide - 18, y - 4, x + wide - 2, y + 116), fill=(176, 170, 158))
    gap = c.rng.randint(1, 3) * wide + 30
    for _ in range(30):
        px, py = gap + c.rng.gauss(0, 30), y + 110 + abs(c.rng.gauss(0, 50))
        s = c.rng.uniform(4, 15)
        c.pen.ellipse(
            (px - s, py - s * 0.7, px + s, py + s * 0.7), fill=shade((172, 166, 154), c.jitter(0.1))
        )
    c.pen.line((gap - 4, y, gap + 10, y + 50, gap - 8, y + 116), fill=(36, 30, 28), width=9)
    for _ in range(14):
        c.stain(
            c.rng.uniform(0, c.w),
            y + c.rng.uniform(0, 110),
            c.rng.uniform(14, 36),
            (150, 150, 86),
            150,
        )


def gutter(c: Canvas) -> None:
    c.bricks((160, 108, 82), across=9, top=0.5)
    _slate_rows(c, 0, (104, 104, 112), 7)
    c.bricks((160, 108, 82), across=9, top=0.62)
    c.image.paste(gradient((c.w, 74), (244, 244, 240), (196, 196, 192)), (0, int(c.h * 0.55)))
    y = c.h * 0.4
    c.shadow((0, y + 120, c.w, y + 230), blur=24, strength=160)
    c.pen.rectangle((0, y - 6, c.w, y + 60), fill=(38, 36, 34))
    c.leaves((0, y - 14, c.w, y + 52), 190)
    c.rail(0, y + 40, c.w, y + 150, (52, 54, 58))
    c.rail(0, y + 32, c.w, y + 48, (84, 86, 90))
    for i in range(3):
        x = c.w * (0.12 + 0.36 * i)
        c.pipe(x, y + 34, x + 34, y + 158, (44, 46, 50))
    x = c.w * 0.72
    c.pipe(x, y + 130, x + 76, c.h, (50, 52, 56))
    c.pipe(x - 10, y + 160, x + 86, y + 206, (44, 46, 48))
    c.stain(c.w * 0.4, c.h * 0.8, 210, (74, 84, 62), 150)


def chimney(c: Canvas) -> None:
    c.sky(1)
    _slate_rows(c, 0.78, (98, 104, 114), 3)
    x0, x1 = c.w * 0.24, c.w * 0.76
    stack = Canvas(int(x1 - x0), int(c.h * 0.6), c.rng)
    stack.bricks((158, 96, 70), across=5)
    stack.soft(
        (stack.w * 0.72, 0, stack.w, stack.h),
        lambda p, b: p.rectangle(b, fill=120),
        (30, 22, 20),
        40,
    )
    c.put(stack.image, (x0, c.h * 0.26))
    for i, y in enumerate((0.24, 0.27)):
        spread = 34 - i * 18
        c.image.paste(
            gradient((int(x1 - x0) + spread * 2, 34), (180, 124, 96), (126, 78, 60)),
            (int(x0) - spread, int(c.h * y)),
        )
    for i in range(2):
        x = x0 + (x1 - x0) * (0.18 + 0.42 * i)
        c.pipe(x, c.h * 0.08, x + 112, c.h * 0.245, (196, 118, 78))
        c.rail(x - 10, c.h * 0.08, x + 122, c.h * 0.105, (176, 100, 64))
        c.pen.ellipse((x, c.h * 0.072, x + 112, c.h * 0.092), fill=(46, 34, 30))
    base = c.h * 0.86
    c.pen.polygon(
        ((x0 - 40, base), (x1 + 50, base), (x1 + 70, base + 90), (x0 - 60, base + 90)),
        fill=(122, 128, 136),
    )
    for k in range(5):
        x = x0 + k * (x1 - x0) / 5
        c.pen.polygon(
            ((x, base), (x + 120, base), (x + 120, base - 70), (x + 40, base - 70)),
            fill=shade((136, 142, 150), c.jitter(0.06)),
        )
        c.pen.line((x, base - 4, x + 120, base - 4), fill=(80, 84, 90), width=4)
    c.pen.line((x1 - 60, 0, x1 - 60, c.h * 0.3), fill=(90, 92, 94), width=8)
    for i in range(6):
        y = 30 + i * 24
        c.pen.line((x1 - 130 + i * 6, y, x1 + 10 - i * 6, y), fill=(120, 122, 124), width=5)


def flat_roof(c: Canvas) -> None:
    c.sky(0.3)
    c.pen.rectangle((0, c.h * 0.22, c.w, c.h * 0.36), fill=(96, 108, 84))
    for _ in range(150):
        px, py = c.rng.uniform(-20, c.w), c.h * c.rng.uniform(0.2, 0.3)
        tone = shade((88, 106, 70), c.jitter(0.18))
        c.pen.ellipse((px - 30, py - 24, px + 30, py + 24), fill=tone)
    c.bricks((150, 98, 76), across=12, top=0.28, bottom=0.4)
    c.ground(0.38, (64, 68, 72), (112, 116, 118), 3)
    for i in range(5):
        x = c.w * (0.1 + 0.25 * i)
        far = c.w * 0.5 + (x - c.w * 0.5) * 0.45
        c.pen.line((far, c.h * 0.39, x, c.h), fill=(54, 56, 60), width=8)
        c.pen.line((far + 5, c.h * 0.39, x + 8, c.h), fill=(126, 130, 132), width=3)
    cx, cy = c.w * c.rng.uniform(0.4, 0.6), c.h * 0.7
    c.soft(
        (cx - 330, cy - 70, cx + 330, cy + 80),
        lambda p, b: p.ellipse(b, fill=210),
        (120, 140, 158),
        14,
    )
    c.soft(
        (cx - 200, cy - 40, cx + 160, cy + 10),
        lambda p, b: p.ellipse(b, fill=170),
        (206, 218, 228),
        18,
    )
    for k in range(3):
        x, y = c.w * (0.2 + 0.3 * k), c.h * c.rng.uniform(0.5, 0.9)
        c.pen.ellipse((x - 60, y - 22, x + 60, y + 22), fill=(84, 88, 92))
        c.pen.ellipse((x - 54, y - 22, x + 50, y + 14), fill=(116, 120, 122))


def solar(c: Canvas) -> None:
    c.sky(0.24)
    _slate_rows(c, 0.2, (120, 96, 88), 7)
    rows, columns = 2, 4
    skew = 60
    for row in range(rows):
        for column in range(columns):
            x = c.w * 0.1 + column * c.w * 0.2 - row * skew * 0.4
            y = c.h * 0.3 + row * c.h * 0.31
            wide, tall = c.w * 0.19, c.h * 0.29
            quad = (
                (x + skew * 0.4, y),
                (x + skew * 0.4 + wide, y),
                (x + wide, y + tall),
                (x, y + tall),
            )
            c.pen.polygon([(px + 16, py + 24) for px, py in quad], fill=(40, 34, 34))
            tone = shade((30, 44, 84), c.jitter(0.06))
            c.pen.polygon(quad, fill=tone, outline=(190, 194, 198), width=6)
            for k in range(1, 6):
                px = x + wide * k / 6
                c.pen.line(
                    (px + skew * 0.4, y + 5, px, y + tall - 5), fill=shade(tone, 1.7), width=2
                )
            for k in range(1, 5):
                py = y + tall * k / 5
                lean = skew * 0.4 * (1 - k / 5)
                c.pen.line(
                    (x + lean + 5, py, x + lean + wide - 5, py), fill=shade(tone, 1.6), width=2
                )
    c.soft(
        (c.w * 0.3, c.h * 0.3, c.w * 0.62, c.h * 0.9),
        lambda p, b: p.polygon(
            ((b[0], b[3]), (b[2] - 20, b[1]), (b[2], b[1]), (b[0] + 44, b[3])), fill=110
        ),
        (226, 234, 244),
        22,
    )


# -- surveying --------------------------------------------------------------------------------


def damp(c: Canvas) -> Slot:
    c.plaster(c.rng.choice(((216, 208, 190), (198, 206, 200), (218, 200, 188))))
    c.pen.rectangle((0, c.h * 0.88, c.w, c.h), fill=(232, 230, 224))
    c.pen.line((0, c.h * 0.88, c.w, c.h * 0.88), fill=(170, 166, 158), width=5)
    for _ in range(9):
        c.stain(
            c.w * c.rng.uniform(0.0, 0.6),
            c.h * c.rng.uniform(0.5, 0.86),
            c.rng.uniform(120, 250),
            (140, 118, 82),
            110,
        )
    for _ in range(60):
        c.stain(
            c.w * c.rng.uniform(0.02, 0.5),
            c.h * c.rng.uniform(0.55, 0.86),
            c.rng.uniform(6, 26),
            (52, 54, 48),
            190,
        )
    for _ in range(10):
        x, y = c.w * c.rng.uniform(0.05, 0.55), c.h * c.rng.uniform(0.4, 0.8)
        r = c.rng.uniform(14, 42)
        c.pen.polygon(
            [
                (
                    x + r * math.cos(a) * c.rng.uniform(0.6, 1),
                    y + r * math.sin(a) * c.rng.uniform(0.6, 1),
                )
                for a in (0, 1, 2, 3, 4, 5)
            ],
            fill=(190, 176, 152),
        )
    x0, y0 = c.w * 0.62, c.h * 0.3
    c.shadow((x0 + 40, y0 + 40, x0 + 290, y0 + 620), blur=30, strength=160, round_=40)
    for dy in (60, 100):
        c.rail(x0 - 90, y0 + dy, x0 + 10, y0 + dy + 9, CHROME)
    c.panel((x0, y0, x0 + 240, y0 + 600), (70, 74, 80), (36, 38, 42), round_=38, shadow=False)
    c.pen.rounded_rectangle((x0 + 26, y0 + 40, x0 + 214, y0 + 180), 10, fill=(20, 22, 22))
    for i in range(9):
        tone = (70, 200, 90) if i < 3 else (240, 200, 60) if i < 6 else (232, 66, 50)
        c.pen.rectangle((x0 + 36 + i * 19, y0 + 214, x0 + 50 + i * 19, y0 + 250), fill=tone)
    c.pen.ellipse((x0 + 80, y0 + 300, x0 + 160, y0 + 380), fill=(206, 76, 52))
    c.text(x0 + 120, y0 + 440, "HYDRA", 30, (200, 204, 206), anchor="mm", bold=True)
    return Slot(x0 + 120, y0 + 110, _screen(172, 124, LCD, LCD_INK, size=0.6))


def crack(c: Canvas) -> Slot:
    if c.rng.random() < 0.5:
        c.bricks((172, 120, 92), across=6)
    else:
        c.plaster((214, 210, 202))
    x, y = c.w * 0.46, -10.0
    points: list[Point] = []
    while y < c.h + 20:
        points.append((x, y))
        x += c.rng.uniform(-46, 40)
        y += c.rng.uniform(22, 62)
    c.pen.line([(px + 5, py + 3) for px, py in points], fill=(238, 232, 222), width=6)
    for (ax, ay), (bx, by) in pairwise(points):
        c.pen.line((ax, ay, bx, by), fill=(34, 28, 24), width=c.rng.randint(4, 13))
        if c.rng.random() < 0.3:
            c.pen.line(
                (ax, ay, ax + c.rng.uniform(-120, 120), ay + c.rng.uniform(10, 90)),
                fill=(70, 60, 54),
                width=3,
            )
    x0, y0 = c.w * 0.34, c.h * 0.4
    c.shadow((x0 + 14, y0 + 22, x0 + 470, y0 + 190), blur=14, strength=130)
    c.panel((x0, y0, x0 + 450, y0 + 170), (250, 250, 248), (232, 232, 228), round_=6, shadow=False)
    for i in range(12):
        c.pen.line(
            (x0 + 24 + i * 36, y0 + 16, x0 + 24 + i * 36, y0 + 64), fill=(30, 30, 32), width=1 + i
        )
    c.text(x0 + 24, y0 + 78, "mm", 24, (90, 92, 94))
    c.text(x0 + 426, y0 + 78, "CRACK WIDTH", 24, (90, 92, 94), anchor="ra")
    return Slot(x0 + 225, y0 + 134, _screen(420, 54, (250, 250, 246), (32, 62, 150), size=0.84))


def window(c: Canvas) -> None:
    c.plaster((206, 198, 188))
    x0, y0, x1, y1 = c.w * 0.14, c.h * 0.1, c.w * 0.86, c.h * 0.8
    view = Canvas(int(x1 - x0), int(y1 - y0), c.rng)
    view.sky(0.62)
    view.grass(0.66)
    view.pen.rectangle((0, view.h * 0.6, view.w, view.h * 0.68), fill=(124, 100, 76))
    for i in range(18):
        view.pen.line(
            (view.w * i / 18, view.h * 0.6, view.w * i / 18, view.h * 0.68),
            fill=(92, 72, 54),
            width=3,
        )
    for _ in range(60):
        a, b = view.rng.gauss(view.w * 0.76, 80), view.rng.gauss(view.h * 0.42, 70)
        view.pen.ellipse(
            (a - 34, b - 30, a + 34, b + 30), fill=shade((78, 104, 62), view.jitter(0.2))
        )
    c.put(view.image, (x0, y0))
    frame = (244, 244, 241)
    for x in (x0 - 26, (x0 + x1) / 2 - 22, x1 - 22):
        c.pipe(x, y0 - 24, x + 46, y1 + 20, frame)
    for y in (y0 - 26, y0 + (y1 - y0) * 0.34, y1 - 22):
        c.rail(x0 - 26, y, x1 + 24, y + 42, frame)
    c.shadow((x0 - 50, y1 + 50, x1 + 60, y1 + 96), blur=16, strength=110)
    c.panel(
        (x0 - 70, y1 + 16, x1 + 70, y1 + 70),
        (250, 250, 247),
        (216, 216, 212),
        round_=6,
        shadow=False,
    )
    c.stain(x0 + 40, y1 + 20, 120, (60, 58, 52), 170)
    for _ in range(90):
        px, py = c.rng.uniform(x0, x1), y1 - 24 - abs(c.rng.gauss(0, 70))
        c.pen.ellipse((px, py, px + 6, py + 8), fill=(228, 236, 240))
    c.glow((x0 + 60, y0, x0 + 420, y0 + 380), (255, 255, 255), 90, 70)


def sketch(c: Canvas) -> Slot:
    c.boards((120, 90, 64), count=6)
    x0, y0, x1, y1 = c.w * 0.07, c.h * 0.06, c.w * 0.93, c.h * 0.94
    c.shadow((x0 + 16, y0 + 26, x1 + 26, y1 + 30), blur=20, strength=150)
    c.panel((x0, y0, x1, y1), (250, 249, 243), (234, 232, 224), round_=4, shadow=False)
    for i in range(int((x1 - x0) / 32)):
        c.pen.line((x0 + i * 32, y0, x0 + i * 32, y1), fill=(206, 222, 232), width=1)
    for i in range(int((y1 - y0) / 32)):
        c.pen.line((x0, y0 + i * 32, x1, y0 + i * 32), fill=(206, 222, 232), width=1)
    ink = (36, 52, 110)

    def wobbly(points: list[Point]) -> None:
        for (ax, ay), (bx, by) in pairwise(points):
            steps = 6
            line = [
                (
                    ax + (bx - ax) * k / steps + c.rng.gauss(0, 1.6),
                    ay + (by - ay) * k / steps + c.rng.gauss(0, 1.6),
                )
                for k in range(steps + 1)
            ]
            c.pen.line(line, fill=ink, width=5, joint="curve")

    a, b, d, e = x0 + 90, y0 + 130, x1 - 120, y1 - 110
    mid, level = a + (d - a) * 0.55, b + (e - b) * 0.5
    wobbly([(a, b), (d, b), (d, e), (a, e), (a, b)])
    wobbly([(mid, b), (mid, level - 80)])
    wobbly([(mid, level + 10), (mid, e)])
    wobbly([(a, level), (mid - 110, level)])
    c.pen.arc((mid - 90, level - 85, mid + 90, level + 95), 270, 360, fill=ink, width=3)
    for x, y, name in ((0.22, 0.22, "Kitchen"), (0.22, 0.7, "Hall"), (0.74, 0.45, "Living room")):
        c.text(a + (d - a) * x, b + (e - b) * y, name, 42, ink, anchor="mm")
    c.text((a + mid) / 2, b - 34, "3.42 m", 34, ink, anchor="mm")
    c.text(d + 50, (b + e) / 2, "5.1", 34, ink, anchor="mm")
    red = (190, 44, 40)
    px, py = mid + (d - mid) * 0.3, e - 60
    c.pen.ellipse((px - 60, py - 36, px + 60, py + 36), outline=red, width=5)
    c.pen.line((px + 60, py, px + 170, py - 80), fill=red, width=5)
    c.text(px + 176, py - 110, "damp", 38, red)
    c.rail(x0 + 260, y1 - 60, x0 + 700, y1 - 34, (230, 176, 40))
    c.pen.polygon(
        ((x0 + 700, y1 - 60), (x0 + 700, y1 - 34), (x0 + 750, y1 - 47)), fill=(222, 190, 150)
    )
    return Slot((x0 + x1) / 2, y0 + 52, _screen(820, 66, (250, 249, 243), ink, size=0.68))


def loft(c: Canvas) -> None:
    c.image.paste(gradient((c.w, c.h), (66, 54, 44), (96, 80, 62)))
    for i in range(6):
        x = c.w * (0.1 + 0.18 * i)
        c.pen.polygon(
            (
                (x, 0),
                (x + 34, 0),
                (x + 34 + (x - c.w / 2) * 0.7, c.h * 0.5),
                (x + (x - c.w / 2) * 0.7, c.h * 0.5),
            ),
            fill=shade((142, 106, 70), c.jitter(0.08)),
        )
    c.rail(0, c.h * 0.18, c.w, c.h * 0.24, (128, 94, 62))
    y0 = int(c.h * 0.46)
    wool = (232, 196, 92) if c.rng.random() < 0.6 else (222, 178, 170)
    c.ground(0.46, shade(wool, 0.5), shade(wool, 1.12), 6)
    for i in range(5):
        top = c.w * 0.5 + (i - 2) * 150
        low = c.w * 0.5 + (i - 2) * 430
        c.pen.polygon(
            ((top - 10, y0), (top + 14, y0), (low + 34, c.h), (low - 26, c.h)), fill=(120, 88, 58)
        )
        c.pen.line((top - 10, y0, low - 26, c.h), fill=(64, 46, 32), width=9)
    for _ in range(50):
        c.stain(
            c.rng.uniform(0, c.w),
            c.rng.uniform(y0 + 30, c.h),
            c.rng.uniform(20, 70),
            shade(wool, c.rng.choice((0.7, 1.15))),
            120,
        )
    c.pipe(c.w * 0.72, c.h * 0.1, c.w * 0.72 + 90, c.h * 0.62, (206, 206, 202))
    c.glow((c.w * 0.2, c.h * 0.3, c.w * 0.75, c.h), (255, 240, 200), 70, 90)


def house(c: Canvas) -> None:
    c.sky(0.86)
    c.pen.rectangle((0, c.h * 0.68, c.w, c.h * 0.86), fill=(84, 100, 62))
    for _ in range(160):
        px, py = c.rng.uniform(-20, c.w), c.h * c.rng.uniform(0.67, 0.85)
        tone = shade((84, 104, 62), c.jitter(0.18))
        c.pen.ellipse((px - 26, py - 20, px + 26, py + 20), fill=tone)
    c.grass(0.84)
    x0, x1, y0 = c.w * 0.14, c.w * 0.84, c.h * 0.34
    tone = c.rng.choice(((168, 112, 84), (186, 150, 116), (150, 92, 72)))
    wall = Canvas(int(x1 - x0), int(c.h * 0.86 - y0), c.rng)
    wall.bricks(tone, across=22)
    c.put(wall.image, (x0, y0))
    roof = shade((94, 92, 100), c.jitter(0.08))
    c.pen.polygon(
        ((x0 - 40, y0), (x0 + 90, c.h * 0.14), (x1 - 90, c.h * 0.14), (x1 + 40, y0)), fill=roof
    )
    for k in range(1, 9):
        y = c.h * 0.14 + (y0 - c.h * 0.14) * k / 9
        lean = 130 * k / 9
        c.pen.line((x0 + 90 - lean, y, x1 - 90 + lean, y), fill=shade(roof, 0.75), width=3)
    c.pen.rectangle((x1 - 250, c.h * 0.06, x1 - 160, c.h * 0.2), fill=shade(tone, 0.85))
    c.rail(x0 - 44, y0 - 6, x1 + 44, y0 + 16, (240, 240, 236))
    for px in (0.24, 0.52, 0.7):
        for py in (0.4, 0.63):
            if px == 0.52 and py > 0.5:
                continue
            x, y = c.w * px, c.h * py
            c.pen.rectangle((x - 8, y - 8, x + 128, y + 138), fill=(244, 244, 240))
            c.image.paste(gradient((120, 130), (70, 84, 98), (150, 166, 178)), (int(x), int(y)))
            c.pen.line((x + 60, y, x + 60, y + 130), fill=(244, 244, 240), width=7)
            c.pen.rectangle((x - 16, y + 136, x + 136, y + 150), fill=(206, 202, 192))
    x, y = c.w * 0.5, c.h * 0.6
    door = c.rng.choice(((150, 38, 42), (36, 70, 110), (44, 88, 66)))
    c.pen.rectangle((x - 10, y - 12, x + 140, c.h * 0.86), fill=(244, 244, 240))
    c.pen.rectangle((x, y, x + 130, c.h * 0.86), fill=door)
    c.pen.rectangle((x + 24, y + 24, x + 106, y + 90), fill=(170, 186, 194))
    c.pen.ellipse((x + 104, y + 132, x + 120, y + 148), fill=BRASS)
    c.pipe(x1 - 30, y0, x1 - 12, c.h * 0.86, (44, 46, 50))
    c.pen.polygon(
        ((x - 20, c.h * 0.86), (x + 150, c.h * 0.86), (x + 300, c.h), (x - 200, c.h)),
        fill=(176, 168, 156),
    )
    c.roughen((0, c.h * 0.84, c.w, c.h), 4, 0.1)
    for _ in range(50):
        px, py = c.rng.gauss(c.w * 0.04, 60), c.rng.gauss(c.h * 0.8, 60)
        c.pen.ellipse((px - 34, py - 34, px + 34, py + 34), fill=shade((70, 96, 56), c.jitter(0.2)))


def van(c: Canvas) -> Slot:
    c.sky(0.4)
    c.bricks((170, 120, 92), across=18, top=0.2, bottom=0.62)
    c.pen.rectangle((0, c.h * 0.5, c.w, c.h * 0.64), fill=(78, 100, 60))
    for _ in range(180):
        px, py = c.rng.uniform(-20, c.w), c.h * c.rng.uniform(0.48, 0.62)
        tone = shade((80, 104, 60), c.jitter(0.18))
        c.pen.ellipse((px - 30, py - 24, px + 30, py + 24), fill=tone)
    c.ground(0.62, (124, 122, 118), (168, 164, 158), 4)
    x0, x1, y0, y1 = c.w * 0.1, c.w * 0.9, c.h * 0.22, c.h * 0.8
    c.soft(
        (x0 - 10, y1 - 30, x1 + 10, y1 + 70), lambda p, b: p.ellipse(b, fill=210), (20, 18, 18), 20
    )
    body = (238, 240, 242)
    outline = [
        (x0, y0 + 20),
        (x0 + 30, y0),
        (x1 - 290, y0),
        (x1 - 150, y0 + 190),
        (x1 - 20, y0 + 230),
        (x1, y0 + 280),
        (x1, y1),
        (x0, y1),
    ]
    c.pen.polygon(outline, fill=body)
    c.pen.polygon([(x0, y1 - 130), (x1, y1 - 130), (x1, y1), (x0, y1)], fill=shade(body, 0.82))
    c.soft(
        (x0 + 10, y0 + 10, x1 - 320, y0 + 90),
        lambda p, b: p.rectangle(b, fill=130),
        (255, 255, 255),
        20,
    )
    c.pen.polygon(
        ((x1 - 330, y0 + 40), (x1 - 300, y0 + 40), (x1 - 190, y0 + 190), (x1 - 330, y0 + 190)),
        fill=(60, 70, 80),
    )
    c.pen.polygon(
        ((x1 - 284, y0 + 30), (x1 - 262, y0 + 30), (x1 - 158, y0 + 186), (x1 - 178, y0 + 186)),
        fill=(120, 140, 154),
    )
    for x in (x0 + 190, x1 - 380):
        c.pen.line((x, y0 + 20, x, y1 - 40), fill=(186, 190, 194), width=4)
    c.pen.rectangle((x0, y1 - 150, x1, y1 - 134), fill=(34, 90, 134))
    c.text(x0 + 60, y0 + 120, "RIDGEWAY", 92, (34, 90, 134), bold=True)
    c.text(x0 + 64, y0 + 226, "Property Services", 46, (96, 106, 114))
    for x in (x0 + 170, x1 - 190):
        c.pen.ellipse((x - 96, y1 - 96, x + 96, y1 + 96), fill=(24, 24, 26))
        c.pen.ellipse((x - 58, y1 - 58, x + 58, y1 + 58), fill=(150, 154, 158))
        c.pen.ellipse((x - 50, y1 - 54, x + 44, y1 + 40), fill=(196, 200, 202))
        for k in range(5):
            a = math.tau * k / 5
            px, py = x + 34 * math.cos(a), y1 + 34 * math.sin(a)
            c.pen.ellipse((px - 11, py - 11, px + 11, py + 11), fill=(70, 72, 76))
    c.pen.ellipse((x1 - 50, y0 + 290, x1 - 6, y0 + 350), fill=(250, 246, 220))
    return Slot((x0 + x1) / 2 + 20, y1 - 66, _screen(190, 48, (246, 206, 60), INK, size=0.82))


# -- drains -----------------------------------------------------------------------------------


def manhole(c: Canvas) -> None:
    c.ground(0, (110, 108, 104), (166, 162, 154), 4)
    c.grass(0.82)
    x0, y0, x1, y1 = c.w * 0.16, c.h * 0.12, c.w * 0.84, c.h * 0.84
    c.pen.rectangle((x0 - 26, y0 - 26, x1 + 26, y1 + 26), fill=(92, 92, 92))
    c.pen.rectangle((x0 - 26, y0 - 26, x1 + 26, y1 + 26), outline=(130, 130, 128), width=6)
    pit = Canvas(int(x1 - x0), int(y1 - y0), c.rng)
    pit.bricks((120, 84, 68), across=8)
    pit.soft((0, 0, pit.w, pit.h), lambda p, b: p.rectangle(b, fill=120), (14, 12, 10), 30)
    pit.pen.rectangle((90, 100, pit.w - 90, pit.h - 90), fill=(118, 112, 102))
    pit.roughen((90, 100, pit.w - 90, pit.h - 90), 40, 0.14)
    cy = pit.h * 0.5
    pit.rail(0, cy - 90, pit.w, cy + 90, (150, 96, 70))
    pit.image.paste((66, 60, 48), (0, int(cy - 52), pit.w, int(cy + 56)))
    pit.soft(
        (30, cy - 30, pit.w - 30, cy + 24),
        lambda p, b: p.rectangle(b, fill=150),
        (128, 134, 124),
        12,
    )
    pit.pen.polygon(
        ((pit.w * 0.3, 100), (pit.w * 0.42, 100), (pit.w * 0.56, cy - 60), (pit.w * 0.42, cy - 60)),
        fill=(140, 90, 66),
    )
    for _ in range(16):
        px, py = pit.rng.uniform(60, pit.w - 60), cy + pit.rng.uniform(-40, 50)
        s = pit.rng.uniform(6, 24)
        pit.pen.ellipse(
            (px - s, py - s * 0.5, px + s, py + s * 0.5),
            fill=shade((206, 200, 184), pit.jitter(0.2)),
        )
    c.put(pit.image, (x0, y0))
    c.soft((x0, y0, x0 + 90, y1), lambda p, b: p.rectangle(b, fill=180), (10, 8, 8), 30)
    c.soft((x0, y0, x1, y0 + 80), lambda p, b: p.rectangle(b, fill=160), (10, 8, 8), 30)
    c.leaves((0, c.h * 0.86, c.w, c.h), 50)


def drain_camera(c: Canvas) -> Slot:
    c.image.paste(gradient((c.w, c.h), (46, 48, 52), (26, 28, 30)))
    x0, y0, x1, y1 = c.w * 0.06, c.h * 0.06, c.w * 0.94, c.h * 0.94
    c.pen.rounded_rectangle((x0 - 20, y0 - 20, x1 + 20, y1 + 20), 26, fill=(16, 17, 18))
    view = Canvas(int(x1 - x0), int(y1 - y0), c.rng)
    view.image.paste((34, 28, 24), (0, 0, view.w, view.h))
    cx, cy = view.w * 0.5, view.h * 0.52
    clay = c.rng.choice(((176, 120, 84), (150, 140, 126), (186, 106, 66)))
    for step in range(40):
        part = 1 - step / 40
        r = view.w * (0.06 + 0.62 * part)
        joint = step % 9 == 4
        light = (0.22 + 0.95 * part) * (0.7 if joint else 1) * view.jitter(0.015)
        view.pen.ellipse((cx - r, cy - r * 0.94, cx + r, cy + r * 0.94), fill=shade(clay, light))
    view.pen.ellipse((cx - 66, cy - 62, cx + 66, cy + 62), fill=(14, 10, 8))
    view.pen.polygon(
        ((cx - 60, cy + 40), (cx + 60, cy + 40), (view.w * 0.74, view.h), (view.w * 0.26, view.h)),
        fill=(92, 88, 68),
    )
    for _ in range(46):
        a = view.rng.uniform(3.5, 5.2)
        r = view.w * view.rng.uniform(0.16, 0.4)
        px, py = cx + r * math.cos(a), cy + r * math.sin(a) * 0.94
        view.pen.line(
            (px, py, px + view.rng.uniform(-40, 40), py + view.rng.uniform(30, 170)),
            fill=shade((92, 66, 46), view.jitter(0.3)),
            width=view.rng.choice((2, 3, 5)),
        )
    view.roughen((0, 0, view.w, view.h), 5, 0.1)
    view.glow((cx - 300, cy + 60, cx + 300, view.h + 60), (255, 244, 220), 90, 60)
    c.put(view.image, (x0, y0))
    c.text(x0 + 30, y0 + 24, "REC", 40, (240, 70, 60), bold=True)
    c.text(x1 - 30, y0 + 24, "CAM 1   DN150", 40, (240, 244, 240), anchor="ra")
    c.glow((x0, y0 - 60, x0 + 520, y0 + 300), (255, 255, 255), 26, 60)
    return Slot(x0 + 190, y1 - 54, _screen(330, 66, (22, 24, 24), (250, 236, 120), size=0.72))


def downpipe(c: Canvas) -> None:
    c.bricks((166, 112, 84), across=7)
    c.ground(0.8, (120, 118, 112), (160, 156, 150), 4)
    x = c.w * 0.46
    c.stain(x + 130, c.h * 0.6, 210, (70, 84, 60), 170)
    c.shadow((x + 46, 0, x + 140, c.h * 0.78), blur=20, strength=160)
    c.pipe(x, 0, x + 92, c.h * 0.76, (44, 46, 50))
    for part in (0.16, 0.52):
        c.pipe(x - 12, c.h * part, x + 104, c.h * part + 46, (58, 60, 64))
        c.screw(x - 2, c.h * part + 23, 8)
        c.screw(x + 94, c.h * part + 23, 8)
    c.pipe(x - 16, c.h * 0.72, x + 108, c.h * 0.79, (50, 52, 56))
    c.pen.rectangle((x - 110, c.h * 0.8, x + 200, c.h * 0.94), fill=(96, 98, 98))
    c.pen.rectangle((x - 84, c.h * 0.815, x + 174, c.h * 0.925), fill=(26, 26, 26))
    for i in range(8):
        px = x - 76 + i * 32
        c.pen.rectangle((px, c.h * 0.815, px + 13, c.h * 0.925), fill=(74, 76, 78))
    c.leaves((x - 110, c.h * 0.8, x + 220, c.h * 0.93), 46)


SCENES: Final[dict[str, Scene]] = {
    "boiler": Scene(boiler, upright=True, readings=("1.4", "0.4", "1.2", "F22", "58°", "E133")),
    "plate": Scene(
        data_plate,
        readings=(
            "Serial 24C-0917-44821",
            "Serial 30E-2118-00394",
            "Serial 28K-1503-71160",
            "Serial 24C-2204-19077",
        ),
    ),
    "gauge": Scene(gauge, readings=("1.4 bar", "0.4 bar", "1.5 bar", "2.8 bar", "1.2 bar")),
    "stat": Scene(thermostat, readings=("20.5", "18.0", "21.0", "16.5", "19.5")),
    "flue": Scene(flue, mirrored=True),
    "radiator": Scene(radiator),
    "cylinder": Scene(cylinder, upright=True),
    "manifold": Scene(
        underfloor_manifold,
        readings=(
            "L1 1.8 l/min  L2 2.1  L3 1.6",
            "balanced, 2.0 l/min",
            "L4 stuck",
            "flow 40°  return 33°",
        ),
    ),
    "pipes": Scene(pipes, mirrored=True),
    "leak": Scene(leak, mirrored=True),
    "trap": Scene(sink_trap, upright=True, mirrored=True),
    "shower": Scene(shower, upright=True, mirrored=True),
    "floor": Scene(floor_void, mirrored=True),
    "parts": Scene(parts_on_floor, mirrored=True),
    "watermeter": Scene(stopcock_pit, readings=("00418 m3", "01276 m3", "00093 m3")),
    "board": Scene(consumer_unit, readings=("12 ways, 4 spare", "labels to redo")),
    "socket": Scene(socket_test, readings=("Zs 0.52", "Zs 0.38", "Zs 1.12", "RCD 22", "Zs 0.61")),
    "meter": Scene(
        multimeter,
        upright=True,
        readings=(
            "238.4 V",
            "0.42 ohm",
            "> 999 Mohm",
            "0.00 V",
            "231.7 V",
            "1.08 ohm",
        ),
    ),
    "cupboard": Scene(meter_cupboard, readings=("048213", "117604", "009931", "062875")),
    "light": Scene(ceiling_light, mirrored=True),
    "charger": Scene(ev_charger, upright=True, readings=("7.2 kW", "ready", "32 A", "error 04")),
    "slates": Scene(slates, mirrored=True),
    "ridge": Scene(ridge, mirrored=True),
    "gutter": Scene(gutter, mirrored=True),
    "chimney": Scene(chimney, upright=True, mirrored=True),
    "flatroof": Scene(flat_roof, mirrored=True),
    "solar": Scene(solar, mirrored=True),
    "damp": Scene(damp, readings=("22.4 %", "18.1 %", "28.7 %", "12.0 %", "31.5 %")),
    "crack": Scene(crack, readings=("A1  2.5 mm", "A2  1.0 mm", "B1  4.0 mm", "B2  0.6 mm")),
    "window": Scene(window, mirrored=True),
    "sketch": Scene(
        sketch,
        readings=(
            "Ground floor, not to scale",
            "First floor, not to scale",
            "Rear extension",
        ),
    ),
    "loft": Scene(loft, mirrored=True),
    "house": Scene(house, mirrored=True),
    "van": Scene(van, readings=("RD24 WYK", "RD22 GEW", "RD71 HTG")),
    "manhole": Scene(manhole, mirrored=True),
    "camera": Scene(drain_camera, readings=("004.2 m", "011.7 m", "018.3 m", "000.9 m", "007.5 m")),
    "downpipe": Scene(downpipe, upright=True, mirrored=True),
}
