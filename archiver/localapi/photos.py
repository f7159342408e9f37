"""Photos from scenes: lit and tilted views, framed and exposed shots, EXIF, thumbnails.

Pure functions: the same scene, view number and shot give the same pixels, whatever was drawn
before, and no clock is read.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, Final

from PIL import Image, ImageChops, ImageFilter

from archiver.localapi.brushes import Canvas
from archiver.localapi.scenes import SCENES, Slot
from archiver.localapi.studio import Shot

CANVAS: Final = (1280, 960)
"""Pixels in which a landscape scene is drawn."""

ENLARGED: Final = 1.35
"""Pixels of a view per pixel of its canvas: a view is 1728 x 1296."""

JPEG_QUALITY: Final = 81
WEBP_QUALITY: Final = 80
THUMBNAIL_QUALITY: Final = 78


@dataclass(frozen=True, slots=True)
class View:
    """A drawn scene, ready for shots, and where its reading goes."""

    image: Image.Image
    small: Image.Image
    """The same at a quarter of the size, from which thumbnails are cut."""
    slot: Slot | None
    tilt: float
    """Degrees, counter-clockwise."""
    tones: list[int]
    """The tone table of the light at the slot, which falls on its reading too."""


# -- views ------------------------------------------------------------------------------------


def draw_view(scene_name: str, number: int) -> View:
    """Draw a scene as seen once: its objects, light, tilt and grain. Raises KeyError."""
    scene = SCENES[scene_name]
    rng = Random(f"view/{scene_name}/{number}")
    width, height = CANVAS[::-1] if scene.upright else CANVAS
    canvas = Canvas(width, height, rng)
    slot = scene.draw(canvas)
    light_map, tones = _light(rng)
    lit = ImageChops.multiply(
        canvas.image,
        Image.merge("RGB", (light_map.resize(canvas.image.size, Image.Resampling.BILINEAR),) * 3),
    ).point(tones)
    tilt = max(-2.6, min(2.6, rng.gauss(0, 1.1)))
    enlarged = _tilted(lit, tilt)
    grain = _grain().crop((0, 0, *enlarged.size))
    image = Image.blend(enlarged, Image.merge("RGB", (grain,) * 3), 0.05)
    x, y = (slot.x / width, slot.y / height) if slot else (0.5, 0.5)
    there = light_map.getpixel((int(x * light_map.width), int(y * light_map.height)))
    assert isinstance(there, int)
    local = [tones[band * 256 + value * there // 255] for band in range(3) for value in range(256)]
    return View(image, image.reduce(4), slot, tilt, local)


def _light(rng: Random) -> tuple[Image.Image, list[int]]:
    """Light from one side and darker corners, as a small grey map to multiply with.

    With it comes a tone table for three bands: a slight colour cast and a photo's contrast.
    """
    columns, rows = 32, 24
    lx, ly = rng.uniform(0.15, 0.85), rng.uniform(0.0, 0.55)
    strength = rng.uniform(0.3, 0.5)
    field = bytearray()
    for row in range(rows):
        for column in range(columns):
            x, y = column / (columns - 1), row / (rows - 1)
            light = 1 - strength * min(1.3, math.hypot((x - lx) * 1.2, y - ly))
            light -= 0.32 * max(0.0, math.hypot(x - 0.5, y - 0.5) - 0.3)
            field.append(max(0, min(255, int(255 * light))))
    warm = rng.gauss(0.015, 0.025)
    table: list[int] = []
    for gain in (1.18 * (1 + warm), 1.18, 1.18 * (1 - warm * 1.3)):
        for value in range(256):
            level = min(1.0, value / 255 * gain * 0.97 + 0.01)
            curved = level * level * (3 - 2 * level)
            table.append(int(255 * (0.6 * level + 0.4 * curved)))
    return Image.frombytes("L", (columns, rows), bytes(field)), table


def _tilted(image: Image.Image, degrees: float) -> Image.Image:
    """The picture turned about its middle and enlarged, so that no corner is empty."""
    width, height = image.size
    angle = math.radians(degrees)
    sine, cosine = math.sin(angle), math.cos(angle)
    # The largest turned frame that stays inside shrinks with the tilt.
    inside = 1 / (cosine + abs(sine) * max(width, height) / min(width, height))
    a, b = cosine * inside, -sine * inside
    c = width / 2 - a * width / 2 - b * height / 2
    f = height / 2 + b * width / 2 - a * height / 2
    # Turning without interpolation and enlarging with it costs a third of doing both at once;
    # the steps in slanted lines are a pixel of the canvas, and the enlargement softens them.
    turned = image.transform(
        image.size, Image.Transform.AFFINE, (a, b, c, -b, a, f), Image.Resampling.NEAREST
    )
    size = (int(width * ENLARGED), int(height * ENLARGED))
    return turned.resize(size, Image.Resampling.BILINEAR)


def _placed(view: View, x: float, y: float) -> tuple[float, float, float]:
    """A canvas point in the view's pixels, and how many of them a canvas pixel takes."""
    size = view.image.size
    width, height = size[0] / ENLARGED, size[1] / ENLARGED
    angle = math.radians(view.tilt)
    sine, cosine = math.sin(angle), math.cos(angle)
    inside = 1 / (cosine + abs(sine) * max(width, height) / min(width, height))
    scale = ENLARGED / inside
    dx, dy = x - width / 2, y - height / 2
    return (
        size[0] / 2 + (cosine * dx + sine * dy) * scale,
        size[1] / 2 + (-sine * dx + cosine * dy) * scale,
        scale,
    )


@lru_cache(maxsize=1)
def _grain() -> Image.Image:
    """Sensor noise for the largest view in either orientation, the same on every machine."""
    side = 480
    rng = Random("grain")
    fine = Image.frombytes("L", (side, side), rng.randbytes(side * side))
    tile = Image.blend(fine, fine.filter(ImageFilter.BoxBlur(1)), 0.45)
    whole = Image.new("L", (side * 4, side * 4))
    for column in range(4):
        for row in range(4):
            whole.paste(tile, (column * side, row * side))
    return whole


# -- shots ------------------------------------------------------------------------------------


def take(shot: Shot, view: View) -> tuple[bytes, bytes]:
    """The photo and its thumbnail, encoded. `view` is the shot's own view.

    The thumbnail is a JPEG of about 400 pixels, upright, without EXIF.
    """
    rng = Random(f"shot/{shot.key}")
    scene = SCENES[shot.scene]
    # One photo in six is held the other way than its subject would ask for, unless that would
    # cut what is to be read.
    other_way = rng.random() < 0.17 and view.slot is None and not shot.large
    upright = scene.upright != other_way
    orientation = _orientation(shot, rng, upright=upright)
    left, top, right, bottom = _framing(view, rng, upright=upright, large=shot.large)
    image = view.image.crop((left, top, right, bottom))
    small: Image.Image | None = None
    if view.slot is not None:
        reading = shot.reading or rng.choice(scene.readings)
        _write_reading(image, view, view.slot, reading, left, top)
    else:
        small = view.small.crop((left // 4, top // 4, right // 4, bottom // 4))
        if scene.mirrored and rng.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    # Cameras get it right now and then, which also saves a pass over the picture.
    if rng.random() > 0.3:
        tones = _exposure(rng)
        image = image.point(tones)
        small = small.point(tones) if small else None
    thumbnail = _encode(small or image.reduce(4), "JPEG", quality=THUMBNAIL_QUALITY)
    if shot.large:
        long, short = 4000, 3000
        image = image.resize((short, long) if upright else (long, short), Image.Resampling.BILINEAR)
    turn = _TURNS.get(orientation)
    if turn is not None:
        image = image.transpose(turn)
    if shot.file_type == "PNG":
        # A saved drawing, not a camera's picture: few colours and no EXIF.
        drawing = image.quantize(48, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        return _encode(drawing, "PNG", compress_level=6), thumbnail
    exif = _exif(shot, image.size, orientation)
    quality = JPEG_QUALITY if shot.file_type == "JPEG" else WEBP_QUALITY
    return _encode(image, shot.file_type, quality=quality, exif=exif), thumbnail


def _orientation(shot: Shot, rng: Random, *, upright: bool) -> int:
    """How the device was held, as an EXIF orientation: phones store upright photos lying."""
    if shot.file_type != "JPEG" or shot.large:
        return 1
    if upright:
        return rng.choice((6, 6, 6, 8, 1))
    return rng.choice((1, 1, 1, 1, 1, 1, 1, 3))


_TURNS: Final = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
"""How upright pixels are stored for an orientation; a viewer turns them the other way."""


def _framing(view: View, rng: Random, *, upright: bool, large: bool) -> tuple[int, int, int, int]:
    """The part of a view that a photo shows, in multiples of four pixels for the thumbnail."""
    width, height = view.image.size
    if upright == (height > width):
        zoom = 1.0 if large else rng.choice((0.9, 0.95, 1.0, 1.0, 1.0))
        long, short = int(1600 * zoom), int(1200 * zoom)
    else:
        # An upright photo of a broad scene, or the reverse: as large as the view allows.
        long, short = min(width, height), min(width, height) * 3 // 4
    across, down = (short, long) if upright else (long, short)
    # Framing keeps the subject: no photo is cut at the very edge of the view.
    left = int((width - across) * rng.uniform(0.1, 0.9)) // 4 * 4
    top = int((height - down) * rng.uniform(0.1, 0.9)) // 4 * 4
    return left, top, left + across // 4 * 4, top + down // 4 * 4


def _write_reading(
    image: Image.Image, view: View, slot: Slot, reading: str, left: int, top: int
) -> None:
    x, y, scale = _placed(view, slot.x, slot.y)
    patch = slot.paint(reading, scale, view.tilt)
    patch = patch.point([*view.tones, *range(256)])
    at = (int(x - left - patch.width / 2), int(y - top - patch.height / 2))
    image.paste(patch, at, patch)


def _exposure(rng: Random) -> list[int]:
    """A tone table for three bands: brightness, contrast and white balance of one photo."""
    gain, contrast = rng.randint(-7, 7) * 0.02, rng.randint(-2, 2) * 0.045
    return _tone_table(1 + gain, 1 + contrast, rng.randint(-3, 3) * 0.012)


@lru_cache(maxsize=600)
def _tone_table(gain: float, contrast: float, warm: float) -> list[int]:
    table: list[int] = []
    for tint in (1 + warm, 1.0, 1 - warm):
        factor = gain * tint
        for value in range(256):
            level = (value * factor - 118) * contrast + 118
            table.append(max(0, min(255, int(level))))
    return table


def _encode(image: Image.Image, file_type: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, file_type, **options)
    return out.getvalue()


def _exif(shot: Shot, size: tuple[int, int], orientation: int) -> bytes:
    """The EXIF block of a shot (Exif 2.32): device, time with offset, orientation, position."""
    rng = Random(f"exif/{shot.key}")
    local = shot.taken.strftime("%Y:%m:%d %H:%M:%S")
    offset = shot.taken.strftime("%z")
    offset = f"{offset[:3]}:{offset[3:]}"
    exif = Image.Exif()
    exif[271] = shot.camera.make
    exif[272] = shot.camera.model
    exif[274] = orientation
    exif[305] = shot.camera.software
    exif[306] = local
    exif[0x8769] = {
        33434: 1 / rng.choice((30, 50, 60, 100, 120, 250)),
        33437: rng.choice((1.8, 1.9, 2.2)),
        34855: rng.choice((50, 80, 125, 200, 400, 640)),
        36867: local,
        36868: local,
        36880: offset,
        36881: offset,
        36882: offset,
        37521: f"{shot.taken.microsecond // 1000:03d}",
        40962: size[0],
        40963: size[1],
    }
    if shot.place is not None:
        exif[0x8825] = _gps(*shot.place)
    return exif.tobytes()


def _gps(latitude: float, longitude: float) -> dict[int, Any]:
    def degrees(value: float) -> tuple[float, float, float]:
        value = abs(value)
        whole = int(value)
        minutes = int((value - whole) * 60)
        return float(whole), float(minutes), round((value - whole - minutes / 60) * 3600, 2)

    return {
        0: b"\x02\x03\x00\x00",
        1: "N" if latitude >= 0 else "S",
        2: degrees(latitude),
        3: "E" if longitude >= 0 else "W",
        4: degrees(longitude),
    }
