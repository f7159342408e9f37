"""Brushes for the drawn scenes: light, shadow, cylinders, textures and text, with Pillow alone.

Everything random comes from the generator that is passed in, never from Pillow's own noise,
which cannot be seeded. Textures are made small and enlarged, fine ones without smoothing, because
every full-size pass over a picture costs milliseconds and the sample has hundreds of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

COPPER: Colour = (206, 122, 74)
BRASS: Colour = (200, 164, 84)
CHROME: Colour = (188, 194, 198)
WHITE: Colour = (240, 240, 236)
INK: Colour = (36, 38, 42)


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made lighter (above 1) or darker."""
    red, green, blue = (max(0, min(255, int(value * factor))) for value in colour)
    return red, green, blue


def mix(first: Colour, second: Colour, part: float) -> Colour:
    """`part` of the second colour in the first."""
    red, green, blue = (int(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


@lru_cache(maxsize=64)
def font(pixels: int) -> Font:
    """Pillow's own scalable font: no system has to have any."""
    return ImageFont.load_default(max(6, pixels))


def strip(colours: Sequence[Colour], size: tuple[int, int], *, vertical: bool) -> Image.Image:
    """A picture with one colour per column, or per row if `vertical`, stretched to `size`."""
    line = Image.new("RGB", (1, len(colours)) if vertical else (len(colours), 1))
    line.putdata(list(colours))
    return line.resize(size, Image.Resampling.NEAREST)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """A plain surface lit from above."""
    height = size[1]
    steps = max(2, min(height, 64))
    colours = [mix(top, bottom, y / (steps - 1)) for y in range(steps)]
    column = strip(colours, (1, steps), vertical=True)
    column = column.resize((1, height), Image.Resampling.BILINEAR)
    return column.resize(size, Image.Resampling.NEAREST)


def noise(rng: Random, size: tuple[int, int]) -> Image.Image:
    """Even grey noise, one random value per pixel."""
    return Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))


def clouds(rng: Random, size: tuple[int, int], cell: int) -> Image.Image:
    """Soft grey noise with patches of about `cell` pixels."""
    small = noise(rng, (size[0] // cell + 3, size[1] // cell + 3))
    smooth = Image.Resampling.BICUBIC if cell > 12 else Image.Resampling.BILINEAR
    return small.resize(size, smooth)


def tinted(grey: Image.Image, dark: Colour, light: Colour) -> Image.Image:
    """A grey picture in colour: black becomes `dark`, white becomes `light`."""
    bands = [
        grey.point([low + (high - low) * v // 255 for v in range(256)])
        for low, high in zip(dark, light, strict=True)
    ]
    return Image.merge("RGB", bands)


class Canvas:
    """One scene while it is drawn: a picture, its size, a pen, and the random generator."""

    def __init__(self, width: int, height: int, rng: Random) -> None:
        self.w = width
        self.h = height
        self.rng = rng
        self.image = Image.new("RGB", (width, height))
        self.pen = ImageDraw.Draw(self.image)

    def put(self, image: Image.Image, at: Point = (0, 0), mask: Image.Image | None = None) -> None:
        """Paste a picture, through a mask if given."""
        self.image.paste(image, (int(at[0]), int(at[1])), mask)

    def jitter(self, amount: float) -> float:
        """A factor near 1, off by about `amount`."""
        return 1 + self.rng.gauss(0, amount)

    # -- light -------------------------------------------------------------------------------

    def shadow(
        self, box: Box, *, blur: float = 16, strength: int = 120, round_: float = 12
    ) -> None:
        """A soft shadow of a rounded box, darkening what is there."""
        self.soft(
            box,
            lambda pen, b: pen.rounded_rectangle(b, round_ / 4, fill=strength),
            (16, 14, 12),
            blur,
        )

    def soft(
        self,
        box: Box,
        paint: Callable[[ImageDraw.ImageDraw, Box], object],
        colour: Colour,
        blur: float,
    ) -> None:
        """Paint a blurred shape in one colour; `paint` draws its mask, at a quarter scale."""
        scale = 4
        margin = blur * 2.5
        x0, y0 = int(box[0] - margin), int(box[1] - margin)
        x1, y1 = int(box[2] + margin), int(box[3] + margin)
        small = ((x1 - x0) // scale + 1, (y1 - y0) // scale + 1)
        mask = Image.new("L", small, 0)
        inner = tuple((v - o) / scale for v, o in zip(box, (x0, y0, x0, y0), strict=True))
        paint(ImageDraw.Draw(mask), (inner[0], inner[1], inner[2], inner[3]))
        mask = mask.filter(ImageFilter.GaussianBlur(blur / scale))
        mask = mask.resize((small[0] * scale, small[1] * scale), Image.Resampling.BILINEAR)
        self.image.paste(colour, (x0, y0, x0 + mask.width, y0 + mask.height), mask)

    def glow(self, box: Box, colour: Colour, strength: int, blur: float) -> None:
        """A soft bright spot."""
        self.soft(box, lambda pen, b: pen.ellipse(b, fill=strength), colour, blur)

    # -- bodies ------------------------------------------------------------------------------

    def pipe(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """An upright cylinder between two corners, lit from the left."""
        self._cylinder(x0, y0, x1, y1, colour, upright=True)

    def rail(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """A lying cylinder between two corners, lit from above."""
        self._cylinder(x0, y0, x1, y1, colour, upright=False)

    def _cylinder(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, *, upright: bool
    ) -> None:
        width, height = int(x1) - int(x0), int(y1) - int(y0)
        if width < 1 or height < 1:
            return
        band = strip(
            _round(colour, width if upright else height), (width, height), vertical=not upright
        )
        self.put(band, (x0, y0))

    def elbow(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """The rounded corner of a pipe, seen as a lit ball."""
        for step in range(10):
            part = step / 10
            r = radius * (1 - part * 0.9)
            dx, dy = -radius * 0.3 * part, -radius * 0.3 * part
            tone = shade(colour, 0.55 + 0.75 * part)
            self.pen.ellipse((x + dx - r, y + dy - r, x + dx + r, y + dy + r), fill=tone)

    def panel(
        self, box: Box, top: Colour, bottom: Colour, *, round_: float = 14, shadow: bool = True
    ) -> None:
        """A rounded plate lit from above, with its shadow and a bright upper edge."""
        x0, y0, x1, y1 = (int(v) for v in box)
        if shadow:
            self.shadow((x0 + 10, y0 + 16, x1 + 16, y1 + 20), round_=round_)
        face = gradient((x1 - x0, y1 - y0), top, bottom)
        mask = Image.new("L", face.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle(
            (0, 0, face.width - 1, face.height - 1), round_, fill=255
        )
        self.put(face, (x0, y0), mask)
        self.pen.line((x0 + round_, y0 + 1, x1 - round_, y0 + 1), fill=shade(top, 1.1), width=2)

    def screw(self, x: float, y: float, radius: float = 9) -> None:
        """A slotted screw head."""
        self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(146, 148, 150))
        self.pen.ellipse(
            (x - radius * 0.8, y - radius, x + radius * 0.7, y + radius * 0.6), fill=(196, 198, 198)
        )
        angle = self.rng.uniform(0, math.pi)
        dx, dy = radius * 0.75 * math.cos(angle), radius * 0.75 * math.sin(angle)
        self.pen.line((x - dx, y - dy, x + dx, y + dy), fill=(70, 72, 74), width=3)

    def cable(self, points: Sequence[Point], colour: Colour, width: int) -> None:
        """A cable through the points, bent smoothly, with a highlight along it."""
        points = _smooth(points)
        self.pen.line([(x + 4, y + 8) for x, y in points], shade(colour, 0.35), width, "curve")
        self.pen.line(list(points), colour, width, "curve")
        bright = [(x - width * 0.18, y - width * 0.18) for x, y in points]
        self.pen.line(bright, shade(colour, 1.35), max(1, width // 4), "curve")

    # -- text --------------------------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        text: str,
        pixels: float,
        colour: Colour = INK,
        *,
        anchor: str = "la",
        bold: bool = False,
    ) -> None:
        """Write; the built-in font has no bold, so a bold letter is drawn with an outline."""
        self.pen.text(
            (x, y),
            text,
            fill=colour,
            font=font(int(pixels)),
            anchor=anchor,
            stroke_width=max(1, int(pixels / 24)) if bold else 0,
            stroke_fill=colour,
        )

    # -- surfaces ----------------------------------------------------------------------------

    def plaster(self, colour: Colour, *, depth: float = 0.05) -> None:
        """A painted wall: fine grain, broad unevenness, darker towards the floor."""
        half = (self.w // 2, self.h // 2)
        grain = Image.blend(clouds(self.rng, half, 90), clouds(self.rng, half, 3), 0.35)
        wall = tinted(grain, shade(colour, 1 - depth * 2), shade(colour, 1 + depth))
        wall = Image.blend(wall, gradient(half, shade(colour, 1.05), shade(colour, 0.82)), 0.5)
        self.put(wall.resize((self.w, self.h), Image.Resampling.NEAREST))

    def bricks(self, colour: Colour, *, across: int = 7, top: float = 0, bottom: float = 1) -> None:
        """A brick wall in stretcher bond between two heights (fractions of the picture)."""
        y0, y1 = int(self.h * top), int(self.h * bottom)
        width = self.w / across
        height = width * 0.34
        joint = max(3, int(width * 0.035))
        self.pen.rectangle((0, y0, self.w, y1), fill=(178, 170, 158))
        for row in range(int((y1 - y0) / height) + 2):
            for column in range(-1, across + 2):
                x = column * width + (width / 2 if row % 2 else 0)
                y = y0 + row * height
                tone = shade(colour, self.jitter(0.11))
                if self.rng.random() < 0.12:
                    tone = mix(tone, (84, 62, 60), 0.5)
                box = (x, y, x + width - joint, min(y + height - joint, y1))
                if box[3] > box[1]:
                    self.pen.rectangle(box, fill=tone)
                    self.pen.line((x, y, box[2], y), fill=shade(tone, 1.14), width=2)
                    self.pen.line((x, box[3], box[2], box[3]), fill=shade(tone, 0.7), width=2)
        self.roughen((0, y0, self.w, y1), 3, 0.16)

    def wall_tiles(self, colour: Colour, *, across: int = 8) -> None:
        """Glazed wall tiles with grey joints."""
        self.pen.rectangle((0, 0, self.w, self.h), fill=shade(colour, 0.78))
        size = self.w / across
        for row in range(int(self.h / size) + 1):
            for column in range(across + 1):
                x, y = column * size, row * size
                tone = shade(colour, self.jitter(0.02) * (1.04 - 0.16 * y / self.h))
                self.pen.rectangle((x, y, x + size - 5, y + size - 5), fill=tone)
                self.pen.line((x + 3, y + 3, x + size - 9, y + 3), fill=shade(tone, 1.08), width=3)
                self.pen.line((x + 3, y + 3, x + 3, y + size - 9), fill=shade(tone, 1.05), width=2)

    def boards(self, colour: Colour, *, count: int = 7, top: float = 0, bottom: float = 1) -> None:
        """Wooden boards running away from the viewer, with grain and gaps."""
        y0, y1 = self.h * top, self.h * bottom
        width = self.w / count
        for board in range(count + 1):
            x0 = board * width
            tone = shade(colour, self.jitter(0.08))
            self.pen.rectangle((x0, y0, x0 + width, y1), fill=tone)
            for _ in range(18):
                x = x0 + self.rng.uniform(4, width - 8)
                line = shade(tone, self.jitter(0.07))
                lean = self.rng.uniform(-8, 8)
                self.pen.line((x, y0, x + lean, y1), fill=line, width=self.rng.choice((1, 2, 3)))
            for _ in range(self.rng.randint(0, 2)):
                x, y = x0 + width * self.rng.uniform(0.25, 0.75), self.rng.uniform(y0, y1)
                self.pen.ellipse((x - 9, y - 15, x + 9, y + 15), fill=shade(tone, 0.62))
                self.pen.ellipse((x - 5, y - 9, x + 5, y + 9), fill=shade(tone, 0.5))
            self.pen.line((x0, y0, x0, y1), fill=shade(colour, 0.28), width=5)

    def sky(self, bottom: float) -> None:
        """A British sky above a height (a fraction of the picture): pale, with cloud."""
        size = (self.w // 4, int(self.h * bottom) // 4 + 1)
        fair = self.rng.random() < 0.6
        blue = (126, 164, 206) if fair else (164, 174, 184)
        ground = gradient(size, blue, mix(blue, (226, 232, 236), 0.75))
        cover = Image.blend(clouds(self.rng, size, 34), clouds(self.rng, size, 9), 0.3)
        edge = 120 if fair else 70
        cover = cover.point([max(0, min(235, (v - edge) * 3)) for v in range(256)])
        ground.paste((240, 242, 244), (0, 0), cover)
        self.put(ground.resize((self.w, int(self.h * bottom) + 1), Image.Resampling.BILINEAR))

    def grass(self, top: float) -> None:
        """Lawn from a height to the lower edge."""
        y0 = int(self.h * top)
        size = (self.w // 2, max(1, (self.h - y0) // 2))
        rough = Image.blend(clouds(self.rng, size, 30), noise(self.rng, size), 0.5)
        lawn = tinted(rough, (62, 84, 40), (134, 156, 86))
        self.put(lawn.resize((self.w, self.h - y0), Image.Resampling.NEAREST), (0, y0))

    def ground(self, top: float, dark: Colour, light: Colour, cell: int = 4) -> None:
        """Rough ground, paving or felt from a height to the lower edge."""
        y0 = int(self.h * top)
        size = (self.w // 2, max(1, (self.h - y0) // 2))
        rough = Image.blend(clouds(self.rng, size, 40), clouds(self.rng, size, cell), 0.45)
        surface = tinted(rough, dark, light)
        self.put(surface.resize((self.w, self.h - y0), Image.Resampling.NEAREST), (0, y0))

    def roughen(self, box: Box, cell: int, amount: float) -> None:
        """Mix grey patches of `cell` pixels into a region, without changing its brightness much."""
        x0, y0, x1, y1 = (int(v) for v in box)
        size = ((x1 - x0) // 2, (y1 - y0) // 2)
        if size[0] < 2 or size[1] < 2:
            return
        grain = clouds(self.rng, size, cell).resize((x1 - x0, y1 - y0), Image.Resampling.NEAREST)
        region = self.image.crop((x0, y0, x1, y1))
        self.put(Image.blend(region, Image.merge("RGB", (grain,) * 3), amount), (x0, y0))

    def stain(self, x: float, y: float, radius: float, colour: Colour, strength: int) -> None:
        """An irregular soft patch, of damp or rust, around a point."""
        rng = self.rng
        small = 96
        mask = Image.new("L", (small, small), 0)
        pen = ImageDraw.Draw(mask)
        for _ in range(16):
            angle, far = rng.uniform(0, math.tau), rng.uniform(0, 22)
            cx, cy = 48 + far * math.cos(angle), 48 + far * math.sin(angle)
            r = rng.uniform(8, 19)
            pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill=rng.randint(strength // 2, strength))
        mask = mask.filter(ImageFilter.GaussianBlur(2.5))
        size = max(2, int(radius * 2))
        mask = mask.resize((size, size), Image.Resampling.BICUBIC)
        self.image.paste(colour, (int(x - radius), int(y - radius)), mask)

    def leaves(self, box: Box, count: int) -> None:
        """Fallen leaves and moss in a box."""
        for _ in range(count):
            x, y = self.rng.uniform(box[0], box[2]), self.rng.uniform(box[1], box[3])
            long = self.rng.uniform(8, 24)
            tone = self.rng.choice(
                ((116, 84, 40), (150, 104, 44), (92, 92, 48), (70, 78, 40), (86, 62, 38))
            )
            angle = self.rng.uniform(0, math.pi)
            dx, dy = long * math.cos(angle), long * math.sin(angle)
            self.pen.polygon(
                (
                    (x - dx, y - dy),
                    (x - dy * 0.4, y + dx * 0.4),
                    (x + dx, y + dy),
                    (x + dy * 0.4, y - dx * 0.4),
                ),
                fill=shade(tone, self.jitter(0.15)),
            )


@lru_cache(maxsize=256)
def _round(colour: Colour, count: int) -> tuple[Colour, ...]:
    """The colours across a lit cylinder, with its highlight left of the middle."""
    colours = []
    for i in range(count):
        t = 2 * (i + 0.5) / count - 1
        light = 0.36 + 0.75 * math.sqrt(1 - t * t) * (0.72 - 0.28 * t)
        colours.append(shade(colour, light + 0.42 * math.exp(-(((t + 0.35) / 0.14) ** 2))))
    return tuple(colours)


def _smooth(points: Sequence[Point]) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    ends = [points[0], *points, points[-1]]
    curve: list[Point] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(
        ends, ends[1:], ends[2:], ends[3:], strict=False
    ):
        for step in range(10):
            t = step / 10
            p, q, r = t * (t * (2 - t) - 1), t * t * (3 * t - 5) + 2, t * (t * (4 - 3 * t) + 1)
            s = t * t * (t - 1)
            curve.append(
                ((p * ax + q * bx + r * cx + s * dx) / 2, (p * ay + q * by + r * cy + s * dy) / 2)
            )
    return [*curve, points[-1]]
