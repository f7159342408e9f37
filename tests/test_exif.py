"""EXIF is read by offsets that are all checked; a corrupt block says nothing."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archiver.exif import BadTiff, Exif, Tiff, read_exif


def a_block(orientation: int = 6, captured: str = "2025:10:22 10:13:16") -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    exif.get_ifd(0x8769)[0x9003] = captured
    return exif.tobytes()


def big_endian(orientation: int) -> bytes:
    entry = struct.pack(">HHIHH", 0x112, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_and_capture_time_are_read(orientation: int) -> None:
    assert read_exif(a_block(orientation)) == Exif(orientation, "2025:10:22 10:13:16")
    assert read_exif(big_endian(orientation)) == Exif(orientation)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation: int) -> None:
    assert read_exif(big_endian(orientation)).orientation == 1


@pytest.mark.parametrize("blank", ["    :  :     :  :  ", "", "\x01\x02 2025"])
def test_a_blank_or_broken_capture_time_is_none(blank: str) -> None:
    assert read_exif(a_block(captured=blank)).captured is None


TAKEN = "2025:10:22 10:13:16"


@pytest.mark.parametrize(
    ("inner", "first", "offset"),
    [
        ({0x9011: "+02:00"}, {}, "+02:00"),
        ({0x9011: "-09:30", 0x9012: "+01:00"}, {}, "-09:30"),
        ({0x9012: "+01:00", 0x9004: TAKEN}, {}, "+01:00"),
        ({0x9010: "+01:00"}, {0x132: TAKEN}, "+01:00"),
        # Of another time than the photo's, or of none that is there.
        ({0x9012: "+01:00", 0x9004: "2025:10:22 10:13:17"}, {}, None),
        ({0x9010: "+01:00"}, {0x132: "2026:01:01 00:00:00"}, None),
        ({0x9010: "+01:00"}, {}, None),
        ({0x9011: "+15:00"}, {}, None),
        ({0x9011: "+02:60"}, {}, None),
        ({0x9011: "   :  "}, {}, None),
        ({0x9011: "Alice"}, {}, None),
    ],
)
def test_the_offset_is_that_of_the_capture_time_or_of_one_that_reads_the_same(
    inner: dict[int, str], first: dict[int, str], offset: str | None
) -> None:
    exif = Image.Exif()
    for tag, value in first.items():
        exif[tag] = value
    exif.get_ifd(0x8769).update({0x9003: TAKEN, **inner})
    assert read_exif(exif.tobytes()) == Exif(1, TAKEN, captured_offset=offset)


def test_an_offset_without_a_capture_time_is_none() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9011] = "+02:00"
    assert read_exif(exif.tobytes()) == Exif()


@given(st.binary(max_size=100))
def test_any_bytes_say_something_or_nothing(block: bytes) -> None:
    for head in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0"):
        assert 1 <= read_exif(head + block).orientation <= 8


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_any_damage_to_a_block_is_survived(place: int, junk: bytes) -> None:
    block = a_block()
    assert read_exif(block[:place] + junk + block[place + len(junk) :]) is not None
    assert read_exif(block[:place]) is not None


def test_a_directory_that_points_at_itself_is_read_once() -> None:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    assert read_exif(b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)) == Exif()


def test_a_big_tiff_is_read_and_a_stranger_is_not() -> None:
    entry = struct.pack("<HHQQ", 0x100, 3, 1, 640)
    body = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry
    tiff = Tiff(io.BytesIO(body))
    assert tiff.integers(tiff.first, 0x100) == (640,)
    assert tiff.text(tiff.first, 0x100) is None
    for bad in (b"", b"II*\0\x08\0\0\0", b"XX*\0\x08\0\0\0", b"II*\0\x08\0\0\0\0\0"):
        with pytest.raises(BadTiff):
            Tiff(io.BytesIO(bad))


def a_camera(**gps: object) -> bytes:
    exif = Image.Exif()
    exif[0x10F], exif[0x110] = "Ridgeway", "One"
    place = exif.get_ifd(0x8825)
    place |= {1: "S", 2: (33.0, 51.0, 30.0), 3: "E", 4: (151.0, 12.0, 36.0)}
    place |= {int(tag.removeprefix("tag")): value for tag, value in gps.items()}
    return exif.tobytes()


def test_camera_and_place_are_read_south_and_west_as_negative() -> None:
    assert read_exif(a_camera()) == Exif(1, None, "Ridgeway One", "-33.858333,151.210000")
    assert read_exif(a_camera(tag3="W")).place == "-33.858333,-151.210000"


@pytest.mark.parametrize(
    "gps",
    [
        {"tag2": (0.0, 0.0, 0.0), "tag4": (0.0, 0.0, 0.0)},  # no fix
        {"tag2": (91.0, 0.0, 0.0)},
        {"tag1": "NS"},
        {"tag4": (1.0, 2.0)},
    ],
)
def test_a_place_that_cannot_be_one_is_none(gps: dict[str, object]) -> None:
    assert read_exif(a_camera(**gps)).place is None


def test_a_model_that_names_its_maker_is_not_told_twice() -> None:
    exif = Image.Exif()
    exif[0x10F], exif[0x110] = "Canon", "Canon EOS 5D"
    assert read_exif(exif.tobytes()).camera == "Canon EOS 5D"
