"""Decoding stays within memory, never raises, and leaves Pillow as it was."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from archiver.imagedecode import decode_check, decode_memory, is_decodable
from archiver.images import ImageProbe
from archiver.imagetypes import ImageInfo
from tests.hostile.pictures import a_heic
from tests.http_helpers import picture


def stored(folder: Path, body: bytes) -> tuple[Path, ImageInfo]:
    path = folder / "picture"
    path.write_bytes(body)
    probe = ImageProbe()
    probe.feed(body)
    info = probe.finish(io.BytesIO(body)).info
    assert info is not None
    return path, info


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_type_that_pillow_reads_decodes(tmp_path: Path, kind: str) -> None:
    path, info = stored(tmp_path, picture(kind))
    assert decode_check(path, info).kind == "decoded"
    assert is_decodable(info)


def test_without_its_decoder_a_heic_is_skipped_and_stays_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.imagedecode.is_supported", lambda kind: kind != "heic")
    found = decode_check(tmp_path / "none", ImageInfo("heic", 4000, 3000))
    assert found.kind == "skipped"
    assert "HEIC" in found.reason


def test_with_its_decoder_a_heic_decodes_within_the_same_limits(tmp_path: Path) -> None:
    path, info = stored(tmp_path, a_heic())
    assert decode_check(path, info).kind == "decoded"
    path.write_bytes(path.read_bytes()[:-200] + bytes(200))
    assert decode_check(path, info).kind == "damaged"
    assert is_decodable(ImageInfo("heic", 4032, 3024))
    assert decode_check(path, ImageInfo("heic", 8064, 6048)).kind == "skipped"


def test_a_heic_that_lies_about_its_size_is_bounded_all_the_same(tmp_path: Path) -> None:
    """The header says 30,000 × 30,000, the picture is another: our limits hold, and its own."""
    body = a_heic().replace(struct.pack(">II", 128, 64), struct.pack(">II", 30_000, 30_000))
    path, info = stored(tmp_path, body)
    assert decode_check(path, info).kind == "skipped"
    assert decode_check(path, replace(info, width=128, height=64)).kind in ("damaged", "skipped")


@pytest.mark.parametrize(
    ("info", "megabytes"),
    [
        (ImageInfo("jpeg", 14_000, 14_000), 14),
        (ImageInfo("jpeg", 14_000, 14_000, buffered=True), 1190),
        (ImageInfo("png", 4000, 3000), 62),
    ],
)
def test_the_memory_of_decoding_is_known_before(info: ImageInfo, megabytes: int) -> None:
    assert decode_memory(info) // 1_000_000 == megabytes
    assert is_decodable(info) == (megabytes < 128)


def test_what_would_take_too_much_is_skipped_without_being_opened(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    large = decode_check(missing, ImageInfo("png", 20_000, 20_000))
    many = decode_check(missing, ImageInfo("jpeg", 10, 10, scans=5000))
    assert (large.kind, many.kind) == ("skipped", "skipped")
    assert "MB of memory" in large.reason
    assert "5000 scans" in many.reason


def test_a_broken_picture_is_damaged(tmp_path: Path) -> None:
    body = picture("PNG", (300, 300))
    path, info = stored(tmp_path, body)
    path.write_bytes(body[:5000])
    assert decode_check(path, info).kind == "damaged"
    path.unlink()
    assert decode_check(path, info).kind == "damaged"


def test_a_header_that_says_one_size_to_us_and_another_to_the_decoder_is_damaged(
    tmp_path: Path,
) -> None:
    path, info = stored(tmp_path, picture())
    found = decode_check(path, replace(info, width=info.width + 1))
    assert found.kind == "damaged"
    assert "80 × 60" in found.reason


def test_a_large_picture_needs_no_global_limit_lifted(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("L", (12_000, 9_000)).save(file, "JPEG", quality=10)
    path, info = stored(tmp_path, file.getvalue())
    limit, truncated = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    assert decode_check(path, info).kind == "decoded"
    assert limit == Image.MAX_IMAGE_PIXELS
    assert truncated == ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_decoder_that_warns_is_believed_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(self: object) -> None:
        warnings.warn("odd data", UserWarning, stacklevel=1)

    path, info = stored(tmp_path, picture("BMP"))
    monkeypatch.setattr("PIL.BmpImagePlugin.BmpImageFile.load", warn)
    assert decode_check(path, info).reason == "the decoder warns: odd data"

    def no_memory(self: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.BmpImagePlugin.BmpImageFile.load", no_memory)
    assert decode_check(path, info).kind == "skipped"


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF"]), st.integers(0), st.integers(0, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_byte_gives_a_verdict(
    tmp_path: Path, kind: str, place: int, value: int
) -> None:
    body = bytearray(picture(kind, (20, 15)))
    body[place % len(body)] = value
    path = tmp_path / "picture"
    path.write_bytes(body)
    info = ImageInfo(kind.lower(), 20, 15)  # type: ignore[arg-type]
    assert decode_check(path, info).kind in ("decoded", "warned", "damaged")
