"""Hostile and odd pictures, made here: each is a body as an image host would send it."""

from __future__ import annotations

import io
import struct
import zlib

import pillow_heif
from PIL import Image, ImageCms

SIZE = (80, 60)
HEIC_SIZE = (128, 64)
"""Of whole blocks: other sizes are cut to fit."""


def quarters(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """A picture whose four corners differ, so that its being turned shows."""
    image = Image.new("RGB", size, "red")
    image.paste("green", (size[0] // 2, 0, size[0], size[1] // 2))
    image.paste("blue", (0, size[1] // 2, size[0] // 2, size[1]))
    return image.convert(mode)


def saved(kind: str, image: Image.Image | None = None, **how: object) -> bytes:
    """A picture as a file of one kind."""
    body = io.BytesIO()
    (image or quarters()).save(body, kind, **how)
    return body.getvalue()


def jpeg(image: Image.Image | None = None, **how: object) -> bytes:
    """A JPEG."""
    return saved("JPEG", image, **how)


def a_heic(*, turn: int = 0) -> bytes:
    """A HEIC turned by quarters anticlockwise, by its own `irot`."""
    body = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = (1, 8, 3, 6)[turn]
    pillow_heif.from_pillow(quarters(HEIC_SIZE)).save(body, quality=60, exif=exif.tobytes())
    return body.getvalue()


def held(orientation: int) -> bytes:
    """A JPEG with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(exif=exif.tobytes())


def corrupt_exif() -> bytes:
    """A JPEG whose EXIF block points everywhere."""
    return jpeg(exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff" * 40)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int, *, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG, whole by its chunks, whose header claims a size that its data does not have."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_bomb(side: int = 20_000) -> bytes:
    """A true PNG of side × side black pixels, one bit each: small as a file, huge unpacked."""
    packer = zlib.compressobj(9)
    line = b"\0" * (side // 8 + 1)
    rows = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG whose compressed text unfolds to 60 MB."""
    plain = saved("PNG")
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(60_000_000), 9))
    return plain[:33] + text + plain[33:]


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header claims another size."""
    body = bytearray(jpeg())
    at = body.find(b"\xff\xc0")
    body[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(body)


def many_scans(count: int = 3000) -> bytes:
    """A progressive JPEG of so many scans: hours of work for a decoder."""
    body = jpeg(progressive=True)
    at = body.rfind(b"\xff\xda")
    return body[:at] + body[at:-2] * count + body[-2:]


def many_parts(count: int = 60_001) -> bytes:
    """A JPEG, sound but for that, of so many segments."""
    body = jpeg()
    at = body.index(b"\xff\xda")
    return body[:at] + b"\xff\xfe\0\2" * count + body[at:]


def animated(kind: str) -> bytes:
    """Three pictures in one file: GIF, WEBP or PNG (APNG)."""
    frames = [quarters().rotate(90 * turn) for turn in range(3)]
    return saved(kind, frames[0], save_all=True, append_images=frames[1:], duration=100)


def jpeg_and_zip() -> bytes:
    """A JPEG that is also a zip file with a script in it."""
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("evil.js", "alert(1)")
    return jpeg() + packed.getvalue()


def gif_and_script() -> bytes:
    """A sound GIF that is also JavaScript: its width spells `/*`, its comment ends the remark."""
    body = saved("GIF", quarters((0x2A2F, 2)))
    return body[:-1] + b"!\xfe\x0f*/=1;alert(1)//\x00;"


def jpeg_with_html() -> bytes:
    """A JPEG whose comment is a web page."""
    return jpeg(comment=b"<html><script>alert(1)</script></html>")


def cmyk() -> bytes:
    """A JPEG in CMYK, with Adobe's marker."""
    return jpeg(quarters(mode="CMYK"))


def with_profile() -> bytes:
    """A JPEG with a colour profile."""
    return jpeg(icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def sixteen_bit() -> bytes:
    """A PNG of 16 bit grey."""
    return saved("PNG", Image.new("I;16", SIZE, 40_000))


def palette() -> bytes:
    """A PNG with a palette and a transparent colour."""
    return saved("PNG", quarters(mode="P"), transparency=0)
