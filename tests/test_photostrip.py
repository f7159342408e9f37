"""Out of a photo's file everything can be taken but its pixels and what is wanted."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from archiver.exif import read_exif
from archiver.iccprofile import colour_profile
from archiver.images import ImageProbe
from archiver.photofacts import kept_exif
from archiver.photostrip import picture_info, stripped
from archiver.photowants import CannotStrip, PhotoWants
from archiver.place import body_has_place
from tests.hostile import pictures
from tests.photos import PHOTOS, SECRET, a_jpeg, an_exif, frames, profile, segment, unpacked

NOTHING = PhotoWants(location=False, facts=False)
FACTS = PhotoWants(location=False)
PLACE = PhotoWants(facts=False)
BOTH = PhotoWants(untouched=False)
WANTS = (NOTHING, FACTS, PLACE, BOTH)
FACTS_SECRETS = (b"2025:10:22", b"Ridgeway", b"+02:00")


@pytest.fixture(scope="module")
def photos() -> dict[str, tuple[str, bytes]]:
    return {name: (f"image/{kind}", make()) for name, (kind, make) in PHOTOS.items()}


@pytest.mark.parametrize("wants", WANTS)
@pytest.mark.parametrize("name", PHOTOS)
def test_every_pixel_of_every_picture_is_the_same_and_no_secret_is_left(
    photos: dict[str, tuple[str, bytes]], name: str, wants: PhotoWants
) -> None:
    kind, body = photos[name]
    assert SECRET in unpacked(body)
    made = stripped(body, kind, wants)
    assert frames(made) == frames(body)
    inside = unpacked(made)
    assert SECRET not in inside
    assert b"xmpmeta" not in inside
    if not wants.facts:
        assert not [fact for fact in FACTS_SECRETS if fact in inside]
    if not wants.location:
        assert b"GPS" not in inside
        assert not body_has_place(made)


@pytest.mark.parametrize("name", PHOTOS)
def test_what_is_wanted_is_the_same_as_before(
    photos: dict[str, tuple[str, bytes]], name: str
) -> None:
    kind, body = photos[name]
    before = picture_info(body)
    for wants in WANTS:
        after = picture_info(stripped(body, kind, wants))
        assert after.orientation == before.orientation
        assert after.place == (before.place if wants.location else None)
        assert after.captured == (before.captured if wants.facts else None)
        assert after.camera == (before.camera if wants.facts else None)


@pytest.mark.parametrize("wants", WANTS)
@pytest.mark.parametrize("name", PHOTOS)
def test_the_same_file_gives_the_same_bytes_and_what_came_out_gives_itself(
    photos: dict[str, tuple[str, bytes]], name: str, wants: PhotoWants
) -> None:
    kind, body = photos[name]
    made = stripped(body, kind, wants)
    assert stripped(body, kind, wants) == made
    assert stripped(made, kind, wants) == made


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("wants", WANTS)
def test_each_orientation_survives(orientation: int, wants: PhotoWants) -> None:
    made = stripped(a_jpeg(orientation=orientation), "image/jpeg", wants)
    assert picture_info(made).orientation == orientation
    with Image.open(io.BytesIO(made)) as image:
        assert image.getexif().get(0x112, 1) == orientation


def test_a_file_without_anything_to_say_gets_no_exif() -> None:
    assert b"Exif" not in stripped(a_jpeg(orientation=1), "image/jpeg", NOTHING)


def test_the_picture_data_of_a_jpeg_is_the_very_same() -> None:
    body = a_jpeg()
    made = stripped(body, "image/jpeg", NOTHING)
    end = body.index(b"\xff\xd9SEFT")
    scan = body[body.rindex(b"\xff\xda", 0, end) : end]
    assert made.endswith(scan + b"\xff\xd9")


def test_the_facts_that_are_kept_are_these_and_no_others() -> None:
    with Image.open(io.BytesIO(stripped(a_jpeg(), "image/jpeg", BOTH))) as image:
        exif = image.getexif()
    assert set(exif) == {0x10F, 0x110, 0x112, 0x132, 0x8769, 0x8825}
    inner = exif.get_ifd(0x8769)
    assert inner == {
        0x9003: "2025:10:22 10:13:16",
        0x9011: "+02:00",
        0x829A: 0.008,
        0x829D: 1.8,
        0x8827: 200,
        0x920A: 4.25,
    }
    place = exif.get_ifd(0x8825)
    assert (place[1], place[2], place[6]) == ("S", (33.0, 51.0, 30.125), 12.5)
    assert set(place) == {1, 2, 3, 4, 5, 6, 7, 29}


def test_a_place_alone_does_not_say_when() -> None:
    with Image.open(io.BytesIO(stripped(a_jpeg(), "image/jpeg", PLACE))) as image:
        assert set(image.getexif().get_ifd(0x8825)) == {1, 2, 3, 4, 5, 6}


def test_a_word_in_a_field_for_a_time_stays_behind() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "Alice at 12 High St"
    assert kept_exif(exif.tobytes(), BOTH) == b""


@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_block_is_read_without_raising_and_what_was_written_gives_itself(
    junk: bytes, at: int
) -> None:
    block = an_exif()
    for one in (junk, block[:at] + junk + block[at + len(junk) :], block[:at]):
        for wants in WANTS:
            made = kept_exif(one, wants)
            assert kept_exif(made, wants) == made
            assert read_exif(made).orientation == read_exif(one).orientation


# --- colours --------------------------------------------------------------------------------------


def test_a_profile_means_the_same_colours_and_names_nobody() -> None:
    before = profile()
    after = colour_profile(before)
    assert after is not None
    assert SECRET in before
    assert SECRET not in after
    assert SECRET[:4] not in after
    assert colour_profile(after) == after
    ramp = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * n) for n in range(3)])
    lab = ImageCms.createProfile("LAB")
    seen = []
    for one in (before, after):
        how = ImageCms.buildTransform(io.BytesIO(one), lab, "RGB", "LAB")
        shown = ImageCms.applyTransform(ramp, how)
        assert shown is not None
        seen.append(shown.tobytes())
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", ["baseline", "png", "webp", "cmyk"])
def test_a_picture_keeps_its_profile(photos: dict[str, tuple[str, bytes]], name: str) -> None:
    kind, body = photos[name]
    with Image.open(io.BytesIO(stripped(body, kind, NOTHING))) as image:
        assert image.info["icc_profile"] == colour_profile(profile())


@given(st.binary(max_size=400), st.integers(0, 700))
def test_any_bytes_are_a_profile_or_none(junk: bytes, at: int) -> None:
    whole = profile()
    for body in (junk, whole[:at] + junk + whole[at + len(junk) :], whole[:at]):
        clean = colour_profile(body)
        assert clean is None or colour_profile(clean) == clean


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("image/tiff", pictures.saved("TIFF")),
        ("image/avif", pictures.saved("AVIF")),
        ("image/heic", pictures.a_heic()),
        ("image/png", a_jpeg()),
        ("text/plain", b"text"),
        ("image/jpeg", b""),
        ("image/jpeg", a_jpeg()[:600]),
    ],
)
def test_what_cannot_be_stripped_is_refused_in_words(kind: str, body: bytes) -> None:
    with pytest.raises(CannotStrip) as refused:
        stripped(body, kind, NOTHING)
    assert refused.value.reason


def test_a_jpeg_built_oddly_is_refused_rather_than_mended() -> None:
    plain = pictures.jpeg()
    scan = plain.index(b"\xff\xda")
    table = plain.index(b"\xff\xdb")
    odd = {
        "two frames": plain[:scan] + plain[plain.index(b"\xff\xc0") :],
        "a table with a tail": plain[:table] + segment(0xDB, bytes(65) + SECRET) + plain[table:],
        "a strange marker": plain[:-2] + b"\xff\x05" + SECRET + b"\xff\xd9",
        "many segments": plain[:2] + segment(0xFE, b"") * 20_001 + plain[2:],
    }
    for name, body in odd.items():
        with pytest.raises(CannotStrip):
            raise AssertionError(name, stripped(body, "image/jpeg", NOTHING))


@pytest.mark.parametrize("name", PHOTOS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_of_any_damaged_file_the_pixels_are_the_same_or_it_is_refused(
    photos: dict[str, tuple[str, bytes]], name: str, data: st.DataObject
) -> None:
    kind, body = photos[name]
    at = data.draw(st.integers(0, len(body)))
    junk = data.draw(st.binary(max_size=6))
    mode = data.draw(st.sampled_from(["replace", "insert", "cut", "repeat"]))
    hurt = {
        "replace": body[:at] + junk + body[at + len(junk) :],
        "insert": body[:at] + junk + body[at:],
        "cut": body[:at],
        "repeat": body[:at] + body[max(0, at - 40) :],
    }[mode]
    wants = data.draw(st.sampled_from(WANTS))
    try:
        made = stripped(hurt, kind, wants)
    except CannotStrip:
        return
    assert stripped(made, kind, wants) == made
    assert wants.location or not body_has_place(made)
    try:
        before = frames(hurt)
    except Exception:  # Pillow's readers raise whatever a broken file leads them to
        return
    assert frames(made) == before


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["jpeg", "png", "webp", "gif", "bmp", "tiff", "heic"]), st.binary())
@example("jpeg", b"\xff\xd8\xff\xd9")
@example("gif", b"GIF89a")
@example("webp", b"RIFF\0\0\0\0WEBP")
def test_any_bytes_are_refused_in_words(kind: str, body: bytes) -> None:
    with pytest.raises(CannotStrip):
        stripped(body, f"image/{kind}", NOTHING)


@pytest.mark.parametrize(
    "body",
    [
        pictures.gif_and_script(),
        pictures.jpeg_and_zip(),
        pictures.jpeg_with_html(),
        pictures.corrupt_exif(),
    ],
)
def test_nothing_else_hides_in_a_picture(body: bytes) -> None:
    probe = ImageProbe()
    probe.feed(body)
    info = probe.finish(io.BytesIO(body)).info
    assert info is not None
    made = stripped(body, info.media_type, NOTHING)
    assert len(made) < 3000
    assert not [word for word in (b"alert", b"<script", b"PK\3\4", b"evil.js") if word in made]
    assert frames(made) == frames(body)


def test_a_text_that_unfolds_to_much_is_not_unfolded() -> None:
    made = stripped(pictures.text_bomb(), "image/png", NOTHING)
    assert frames(made) == frames(pictures.saved("PNG"))


# --- another reader -------------------------------------------------------------------------------


def exiftool(body: bytes, tmp_path: Path) -> dict[str, object]:
    """All that exiftool finds, unknown and embedded things included."""
    file = tmp_path / "photo"
    file.write_bytes(body)
    command = ["exiftool", "-json", "-G1", "-a", "-u", "-ee", "-b", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, errors="replace")
    found: dict[str, object] = json.loads(done.stdout)[0]
    return found


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("name", PHOTOS)
def test_exiftool_finds_only_what_is_kept(
    photos: dict[str, tuple[str, bytes]], name: str, tmp_path: Path
) -> None:
    kind, body = photos[name]
    found = exiftool(stripped(body, kind, NOTHING), tmp_path)
    groups = {key.partition(":")[0] for key in found if key != "SourceFile"}
    assert groups <= {"ExifTool", "System", "File", "JFIF", "IFD0", "Adobe", "Composite"} | {
        *("PNG", "PNG-pHYs", "RIFF", "GIF", "ANIMATION", "ICC_Profile", "ICC-header", "ICC-chrm")
    }
    assert {key for key in found if key.startswith("IFD0:")} <= {"IFD0:Orientation"}
    assert not [key for key in found if "GPS" in key or "Warning" in key]


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_the_facts_that_were_kept(tmp_path: Path) -> None:
    found = exiftool(stripped(a_jpeg(), "image/jpeg", BOTH), tmp_path)
    assert found["IFD0:Make"] == "Ridgeway"
    assert found["ExifIFD:DateTimeOriginal"] == "2025:10:22 10:13:16"
    assert found["ExifIFD:OffsetTimeOriginal"] == "+02:00"
    assert found["ExifIFD:ISO"] == 200
    assert found["GPS:GPSTimeStamp"] == "08:13:16"
    assert not [key for key in found if "Warning" in key]
