"""Photos full of what must not be handed over: every place that a format has for it holds a secret.

A picture is compared by its decoded pixels, and searched as it lies and unpacked.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable

from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from archiver.imagedecode import opener
from archiver.imagetypes import image_type
from tests.hostile.pictures import animated, chunk, palette, quarters, saved, sixteen_bit

SECRET = b"Planted-Secret"
PLACE_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r exif:GPSLatitude="51,30N" by="%s"/></x:xmpmeta>'
)
XMP = PLACE_XMP % SECRET


def an_exif(orientation: int = 6) -> bytes:
    """A block with the facts that may be kept, and with everything else that cameras write."""
    exif = Image.Exif()
    exif[0x10E], exif[0x131], exif[0x13B], exif[0x8298] = (SECRET.decode(),) * 4
    exif[0x10F], exif[0x110], exif[0x112] = "Ridgeway", "One", orientation
    exif[0x132] = "2025:10:22 10:13:17"
    inner = exif.get_ifd(0x8769)
    inner |= {0x9003: "2025:10:22 10:13:16", 0x9011: "+02:00"}
    inner |= {0x829A: IFDRational(10, 1250), 0x829D: IFDRational(9, 5), 0x8827: 200}
    inner |= {0x920A: IFDRational(17, 4), 0x927C: SECRET, 0x9286: b"ASCII\0\0\0" + SECRET}
    inner |= {0xA431: SECRET.decode(), 0xA430: SECRET.decode(), 0xA420: SECRET.decode()}
    place = exif.get_ifd(0x8825)
    place |= {1: "S", 2: (33.0, 51.0, 30.125), 3: "E", 4: (151.0, 12.0, 36.0), 5: b"\0", 6: 12.5}
    place |= {7: (8.0, 13.0, 16.0), 29: "2025:10:22", 0x1B: SECRET, 0x1C: SECRET}
    return exif.tobytes()


def profile() -> bytes:
    """A colour profile with a private tag, as those of screens have."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    (count,) = struct.unpack_from(">I", made, 128)
    moved = bytearray(made[:128] + struct.pack(">I", count + 1))
    for number in range(count):
        name, at, size = struct.unpack_from(">4sII", made, 132 + 12 * number)
        moved += struct.pack(">4sII", name, at + 12, size)
    end = len(made) + 12
    moved += struct.pack(">4sII", b"mmod", end, 8 + len(SECRET))
    moved += made[132 + 12 * count :] + b"mmod" + bytes(4) + SECRET
    moved[:4] = struct.pack(">I", len(moved))
    moved[48:52], moved[80:84] = SECRET[:4], SECRET[:4]
    return bytes(moved)


def segment(code: int, data: bytes) -> bytes:
    """A JPEG segment."""
    return struct.pack(">BBH", 0xFF, code, len(data) + 2) + data


def a_jpeg(image: Image.Image | None = None, *, orientation: int = 6, **how: object) -> bytes:
    """A JPEG with metadata in every segment that may hold some, between them and after the end."""
    plain = saved("JPEG", image or textured(), icc_profile=profile(), **how)
    thumbnail = b"JFXX\0\x10" + saved("JPEG", comment=SECRET)
    between = [
        segment(0xE1, an_exif(orientation)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + XMP),
        segment(0xE0, thumbnail),
        segment(0xE2, b"MPF\0" + SECRET),
        segment(0xE2, b"FPXR\0" + SECRET),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10\x1c\x02\x50\0\x0e" + SECRET),
        segment(0xEE, b"Adobe no" + SECRET),
        segment(0xEB, SECRET),
        segment(0xFE, SECRET),
        SECRET,
    ]
    head = plain.index(b"\xff\xdb")
    first = plain.index(b"\xff\xda")
    last = plain.rindex(b"\xff\xda")
    late = segment(0xFE, SECRET) if last != first else b""
    body = plain[:head] + b"".join(between) + plain[head:last] + late + plain[last:]
    return body + b"SEFT" + SECRET + a_plain_jpeg_with_place()


def a_plain_jpeg_with_place() -> bytes:
    """What trailers hold: another picture, or a film, with the place."""
    return saved("JPEG", exif=an_exif(), comment=SECRET)


def textured(size: tuple[int, int] = (83, 61), mode: str = "RGB") -> Image.Image:
    """A picture of which no part is even, of no whole number of blocks."""
    across = Image.linear_gradient("L").resize(size)
    down = Image.radial_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, quarters(size).convert("L"))).convert(mode)


def a_png(plain: bytes) -> bytes:
    """A PNG with metadata before and after its pixels, and after its end."""
    texts = [
        chunk(b"eXIf", an_exif().removeprefix(b"Exif\0\0")),
        chunk(b"tEXt", b"Author\0" + SECRET),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(SECRET)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        chunk(b"tIME", struct.pack(">HBBBBB", 2025, 10, 22, 10, 13, 16)),
        chunk(b"prIV", SECRET),
    ]
    coloured = chunk(b"iCCP", SECRET + b"\0\0" + zlib.compress(profile()) + SECRET)
    early = b"".join([coloured, *texts]) if b"sRGB" not in plain else b"".join(texts)
    end = plain.rindex(b"IEND") - 4
    late = b"".join(texts[1:])
    return plain[:33] + early + plain[33:end] + late + plain[end:] + SECRET + an_exif()


def a_gif() -> bytes:
    """An animated GIF with comments, texts and applications' blocks."""
    plain = animated("GIF")
    head = 13 + (3 << (plain[10] & 7) + 1 if plain[10] & 0x80 else 0)
    block = bytes([len(SECRET)]) + SECRET + b"\0"
    texts = b"!\xfe" + block + b"!\xff\x0bXMP DataXMP" + block + b"!\xff\x0bNETSCAPE2.0" + block
    return plain[:head] + texts + plain[head:-1] + texts + plain[-1:] + SECRET


def a_bmp() -> bytes:
    """A BMP with something in its gap, in its reserved field and after its end."""
    plain = bytearray(saved("BMP", textured(mode="P")))
    (begin,) = struct.unpack_from("<I", plain, 10)
    struct.pack_into("<I", plain, 10, begin + len(SECRET))
    plain[6:10] = SECRET[:4]
    return bytes(plain[:begin] + SECRET + plain[begin:] + SECRET)


def a_webp(**how: object) -> bytes:
    """A WebP with EXIF, XMP, a profile, a strange part, and something after the end."""
    image = textured(mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    more = {"exif": an_exif(), "xmp": XMP, "icc_profile": profile()}
    if how.get("save_all"):
        how["append_images"] = [image.rotate(90), image.rotate(180)]
    plain = saved("WEBP", image, **more, **how)
    strange = b"prIV" + struct.pack("<I", len(SECRET)) + SECRET
    size = len(plain) - 8 + len(strange)
    return plain[:4] + struct.pack("<I", size) + plain[8:] + strange + SECRET


PHOTOS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "baseline": ("jpeg", a_jpeg),
    "progressive": ("jpeg", lambda: a_jpeg(progressive=True)),
    "cmyk": ("jpeg", lambda: a_jpeg(textured(mode="CMYK"))),
    "grey": ("jpeg", lambda: a_jpeg(textured(mode="L"))),
    "restarts": ("jpeg", lambda: a_jpeg(restart_marker_blocks=2)),
    "restarts in several scans": (
        "jpeg",
        lambda: a_jpeg(progressive=True, restart_marker_rows=1),
    ),
    "4:2:2": ("jpeg", lambda: a_jpeg(subsampling="4:2:2")),
    "4:1:1": ("jpeg", lambda: a_jpeg(subsampling="4:1:1")),
    "4:4:4": ("jpeg", lambda: a_jpeg(subsampling="4:4:4", optimize=True)),
    "adobe rgb": ("jpeg", lambda: a_jpeg(keep_rgb=True)),
    "png": ("png", lambda: a_png(saved("PNG", textured()))),
    "png palette": ("png", lambda: a_png(palette())),
    "png alpha": ("png", lambda: a_png(saved("PNG", textured(mode="RGBA"), dpi=(300, 300)))),
    "png 16 bit": ("png", lambda: a_png(sixteen_bit())),
    "apng": ("png", lambda: a_png(animated("PNG"))),
    "webp": ("webp", a_webp),
    "webp lossless": ("webp", lambda: a_webp(lossless=True)),
    "webp animated": ("webp", lambda: a_webp(save_all=True, duration=100)),
    "gif": ("gif", a_gif),
    "bmp": ("bmp", a_bmp),
}


def frames(body: bytes) -> list[tuple[str, tuple[int, int], bytes, object]]:
    """Every picture of a file: mode, size, pixels as decoded, and for how long it is shown."""
    found = []
    kind = image_type(body[:64])
    assert kind is not None
    # Not by `Image.open`, which takes a JPEG with a second picture for another format.
    with warnings.catch_warnings(action="ignore"), opener(kind)(io.BytesIO(body)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            found.append(
                (image.mode, image.size, image.tobytes(), image.info.get("duration")),
            )
    return found


def unpacked(body: bytes) -> bytes:
    """The bytes of a file, and after them all that its PNG chunks unfold to."""
    found = [body]
    for at in range(len(body) - 1):
        if body[at] == 0x78 and (body[at] * 256 + body[at + 1]) % 31 == 0:
            try:
                found.append(zlib.decompressobj().decompress(body[at:], 1_000_000))
            except zlib.error:
                continue
    return b"\n".join(found)
