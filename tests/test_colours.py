"""What is made of a photo shows the colours that its profile means."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from archiver.colours import in_srgb
from archiver.decoders import Decoders
from archiver.photoedition import PhotoWants, edition
from archiver.pictures import load_picture
from tests.hostile.pictures import quarters, saved
from tests.test_photoedition import kept

Colour = tuple[int, int, int]
SAGE, SKY, BRICK = (120, 160, 90), (40, 120, 230), (200, 90, 50)
_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Display P3's primaries as seen under D50 (columns of the matrix, as Apple's profile has them)."""
_TO_SRGB = (
    (1.2249, -0.2247, 0.0),
    (-0.0420, 1.0419, 0.0),
    (-0.0197, -0.0786, 1.0979),
)  # fmt: skip
"""From linear Display P3 to linear sRGB (W3C CSS Color 4 §10.8)."""


def an_icc(space: bytes, **tags: bytes) -> bytes:
    """A profile for a screen (ICC.1:2001-04): with XYZ as its connection space."""
    tags |= {"wtpt": xyz(0.9642, 1.0, 0.8249), "desc": b"desc" + bytes(8) + struct.pack(">I", 1)}
    tags["desc"] = b"desc" + bytes(4) + struct.pack(">I", 2) + b"a\0" + bytes(4 + 4 + 2 + 1 + 67)
    tags["cprt"] = b"text" + bytes(4) + b"a\0"
    at = 128 + 4 + 12 * len(tags)
    table, data = b"", b""
    for name, body in sorted(tags.items()):
        table += struct.pack(">4sII", name.encode(), at + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    head = bytearray(128)
    head[8:20] = b"\x02\x10\0\0mntr" + space
    head[20:24], head[24:36] = b"XYZ ", struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    head[36:40], head[68:80] = b"acsp", struct.pack(">iii", *map(fixed, (0.9642, 1.0, 0.8249)))
    head[:4] = struct.pack(">I", at + len(data))
    return bytes(head) + struct.pack(">I", len(tags)) + table + data


def fixed(value: float) -> int:
    return round(value * 65536)


def xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">iii", *map(fixed, values))


def curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def srgb_curve() -> bytes:
    return b"curv" + bytes(4) + struct.pack(">I1024H", 1024, *(
        round(65535 * linear(n / 1023)) for n in range(1024)
    ))  # fmt: skip


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def coded(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    return round(
        255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)
    )


def display_p3() -> bytes:
    """Display P3, as phones embed it."""
    primaries = dict(zip(("rXYZ", "gXYZ", "bXYZ"), (xyz(*one) for one in _P3), strict=True))
    return an_icc(b"RGB ", **primaries, **dict.fromkeys(("rTRC", "gTRC", "bTRC"), srgb_curve()))


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def meant(colour: Colour) -> Colour:
    """A colour of Display P3 in sRGB, reckoned here."""
    r, g, b = (linear(one / 255) for one in colour)
    found = [coded(a * r + c * g + d * b) for a, c, d in _TO_SRGB]
    return found[0], found[1], found[2]


def near(one: object, other: object, most: int = 3) -> bool:
    """Whether two colours are the same but for what a JPEG changes."""
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def loaded(tmp_path: Path, body: bytes, room: tuple[int, int] = (64, 64)) -> Image.Image:
    path = tmp_path / "photo"
    path.write_bytes(body)
    return load_picture(path, room).image


def flat(kind: str, colour: Colour, profile: bytes, mode: str = "RGB", **how: object) -> bytes:
    image = Image.new("RGB", (96, 64), colour).convert(mode)
    return saved(kind, image, icc_profile=profile, **how)


@pytest.mark.parametrize("colour", [SAGE, SKY, BRICK, (255, 255, 255), (0, 0, 0), (128, 128, 128)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_in_display_p3_is_shown_with_the_colours_it_means(
    tmp_path: Path, kind: str, colour: Colour
) -> None:
    how = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    image = loaded(tmp_path, flat(kind, colour, display_p3(), **how))
    assert near(image.getpixel((9, 9)), meant(colour))
    assert "icc_profile" not in image.info


def test_what_was_too_vivid_for_srgb_is_as_vivid_as_it_can_be(tmp_path: Path) -> None:
    image = loaded(tmp_path, flat("PNG", (255, 30, 30), display_p3()))
    assert near(image.getpixel((9, 9)), (255, 0, 0), 12)


def test_a_heic_in_display_p3_is_too(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    body = io.BytesIO()
    image = Image.new("RGB", (128, 64), BRICK)
    heif.from_pillow(image).save(body, quality=95, icc_profile=display_p3())
    assert near(loaded(tmp_path, body.getvalue()).getpixel((9, 9)), meant(BRICK), 5)


def test_transparent_and_turned_pictures_stay_so(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (64, 64), (*BRICK, 0))
    clear.paste((*BRICK, 255), (0, 0, 32, 64))
    image = loaded(tmp_path, saved("PNG", clear, icc_profile=display_p3()))
    assert near(image.getpixel((9, 9)), meant(BRICK))
    assert image.getpixel((60, 9)) == (255, 255, 255)
    exif = Image.Exif()
    exif[0x112] = 6
    turned = saved("JPEG", quarters(), icc_profile=display_p3(), exif=exif.tobytes())
    plain = saved("JPEG", quarters(), exif=exif.tobytes())
    assert loaded(tmp_path, turned).size == loaded(tmp_path, plain).size == (48, 64)


def test_grey_has_a_profile_too(tmp_path: Path) -> None:
    """One that is linear: its middle is far brighter on a screen."""
    body = flat("PNG", (128, 128, 128), an_icc(b"GRAY", kTRC=curve(1.0)), mode="L")
    assert near(loaded(tmp_path, body).getpixel((9, 9)), (coded(128 / 255),) * 3)


@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        ("RGB", srgb()),
        ("RGB", b"no profile"),
        ("RGB", display_p3()[:200]),
        ("RGB", an_icc(b"RGB ", rXYZ=xyz(0, 0, 0))),
        ("RGB", an_icc(b"GRAY", kTRC=curve(1.0))),
        ("L", display_p3()),
        ("CMYK", display_p3()),
        ("RGB", an_icc(b"CMYK", kTRC=curve(1.0))),
    ],
    ids=["srgb", "junk", "cut", "no curves", "of grey", "in grey", "in inks", "of inks"],
)
def test_a_profile_that_changes_nothing_or_makes_no_sense_is_passed_over(
    tmp_path: Path, mode: str, profile: bytes
) -> None:
    """The picture is the same to the last bit as without it."""
    how = {"quality": 90}
    image = quarters((96, 64), mode)
    with_it = loaded(tmp_path, saved("JPEG", image, icc_profile=profile, **how))
    assert with_it.tobytes() == loaded(tmp_path, saved("JPEG", image, **how)).tobytes()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 900), st.sampled_from(["RGB", "RGBA", "L", "CMYK"]))
def test_no_profile_whatever_its_bytes_stops_a_picture(junk: bytes, at: int, mode: str) -> None:
    whole = display_p3()
    picture = Image.new(mode, (4, 4))
    for body in (junk, whole[:at] + junk + whole[at + len(junk) :], whole[:at]):
        assert in_srgb(picture, body).size == (4, 4)


def test_a_photo_that_is_made_smaller_looks_like_the_one_it_was_made_of(tmp_path: Path) -> None:
    """Pixel by pixel against what another reckoning of the whole says; it has no profile then."""
    image = Image.new("RGB", (320, 240))
    for number, colour in enumerate((SAGE, SKY, BRICK)):
        image.paste(colour, (number * 107, 0, number * 107 + 107, 240))
    body = saved("JPEG", image, quality=95, icc_profile=display_p3())
    path, stored = kept(tmp_path, body, "jpeg")
    made = edition(path, stored, PhotoWants(largest_edge=160), load_picture)
    assert made.body is not None
    with Image.open(io.BytesIO(made.body)) as small:
        assert "icc_profile" not in small.info
        for number, colour in enumerate((SAGE, SKY, BRICK)):
            assert near(small.getpixel((number * 53 + 25, 60)), meant(colour), 4)


def test_the_decoder_processes_reckon_alike(tmp_path: Path) -> None:
    """Within their limits of memory."""
    body = flat("JPEG", SKY, display_p3(), quality=95)
    here = loaded(tmp_path, body)
    with Decoders(count=1) as decoders:
        there = decoders.load(tmp_path / "photo", (64, 64)).image
    assert there.tobytes() == here.tobytes()
