"""A body is known to be a whole image, a broken one or none, while it arrives."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.images import ImageProbe, Verdict
from archiver.imagetypes import image_type, what_it_is
from archiver.remarks import as_noted
from tests.http_helpers import picture
from tests.test_exif import a_block

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("JPEG", {"exif": a_block()}),
    "progressive": ("JPEG", {"progressive": True}),
    "restarts": ("JPEG", {"restart_marker_blocks": 2}),
    "grey": ("JPEG", {"quality": 5}),
    "png": ("PNG", {"exif": a_block()}),
    "webp": ("WEBP", {"exif": a_block()}),
    "lossless": ("WEBP", {"lossless": True}),
    "gif": ("GIF", {}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {}),
    "packed-tiff": ("TIFF", {"compression": "tiff_deflate"}),
    "avif": ("AVIF", {}),
}


@cache
def sample(name: str) -> bytes:
    kind, options = KINDS[name]
    return picture(kind, **options)


def probed(body: bytes, step: int = 0, limit: int = 1000) -> Verdict:
    probe = ImageProbe(limit)
    step = step or len(body) or 1
    for place in range(0, len(body), step):
        probe.feed(body[place : place + step])
    return probe.finish(io.BytesIO(body))


def heif(*boxes: bytes, brand: bytes = b"heic") -> bytes:
    return box(b"ftyp", brand + bytes(4) + b"mif1" + brand) + b"".join(boxes)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


ISPE = box(b"meta", box(b"ispe", struct.pack(">III", 0, 4000, 3000)))
MDAT = box(b"mdat", b"\x01" * 500)


@pytest.mark.parametrize("name", KINDS)
def test_a_whole_image_is_sound_with_its_size_and_type(name: str) -> None:
    verdict = probed(sample(name))
    assert verdict.kind == "sound"
    assert verdict.info is not None
    assert (verdict.info.width, verdict.info.height) == (80, 60)
    assert verdict.info.media_type == f"image/{KINDS[name][0].lower()}"
    assert verdict.info.suffix == f".{KINDS[name][0].lower()}"


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_orientation_and_capture_time_are_found_in_jpeg_png_and_webp(name: str) -> None:
    info = probed(sample(name)).info
    assert info is not None
    assert (info.orientation, info.captured) == (6, "2025:10:22 10:13:16")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("step", [1, 2, 7, 63, 64, 65, 1000])
def test_it_does_not_matter_in_what_pieces_the_bytes_arrive(name: str, step: int) -> None:
    assert probed(sample(name), step) == probed(sample(name))


@given(st.data())
def test_any_cut_of_any_image_is_found(data: st.DataObject) -> None:
    body = sample(data.draw(st.sampled_from(sorted(KINDS))))
    cut = data.draw(st.integers(1, len(body)))
    assert probed(body[:-cut]).kind != "sound"


@pytest.mark.parametrize("name", ["jpeg", "progressive", "restarts", "png"])
def test_every_single_cut_of_a_jpeg_and_a_png_is_found(name: str) -> None:
    body = sample(name)
    cuts = range(len(body)) if len(body) < 4000 else range(0, len(body), 3)
    assert {probed(body[:cut]).kind for cut in cuts} <= {"damaged", "refused"}
    assert probed(body[:-1]).kind == "damaged"


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("tiff", "packed-tiff")])
def test_bytes_after_the_end_are_allowed(name: str) -> None:
    assert probed(sample(name) + b"\0" * 100 + b"\xff\xd9").kind == "sound"


@given(st.binary(max_size=300), st.sampled_from(sorted(KINDS)), st.integers(0, 100))
@example(b"", "jpeg", 3)
def test_any_bytes_get_a_verdict_also_behind_a_true_head(junk: bytes, name: str, kept: int) -> None:
    for body in (junk, sample(name)[:kept] + junk):
        assert probed(body).kind in ("sound", "damaged", "refused")
        assert probed(body, 5) == probed(body)


@given(st.sampled_from(sorted(KINDS)), st.integers(0), st.integers(0, 255))
def test_any_flipped_byte_gets_a_verdict(name: str, place: int, value: int) -> None:
    body = bytearray(sample(name))
    body[place % len(body)] = value
    assert probed(bytes(body)).kind in ("sound", "damaged", "refused")


# --- JPEG --------------------------------------------------------------------------------------


def test_an_embedded_thumbnail_does_not_pass_for_the_end() -> None:
    inner = picture(size=(16, 12))
    app = b"\xff\xe2" + struct.pack(">H", len(inner) + 2) + inner
    body = sample("progressive")
    whole = body[:2] + app + body[2:]
    assert probed(whole).kind == "sound"
    assert probed(whole[: len(app) + 100]).kind == "damaged"
    assert probed(whole[:-2]).kind == "damaged"


def test_an_end_marker_inside_a_comment_between_scans_is_not_the_end() -> None:
    body = sample("progressive")
    place = body.rindex(b"\xff\xda")
    whole = body[:place] + b"\xff\xfe\x00\x06\xff\xd9\xff\xd9" + body[place:]
    assert probed(whole).kind == "sound"
    assert probed(whole[: place + 20]).kind == "damaged"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xd8\xff\xd9" + bytes(80), "before any picture data"),
        (b"\xff\xd8\xff\xe0\0\0" + bytes(80), "no length"),
        (b"\xff\xd8\xff\xc0\0\x04" + bytes(80), "header is too short"),
        (b"\xff\xd8\xff\xc0\0\x11\x08\0\0\0\x10\x03" + bytes(80), "16 × 0 pixels"),
    ],
)
def test_a_jpeg_without_sense_is_damaged_by_reason(body: bytes, words: str) -> None:
    verdict = probed(body)
    assert verdict.kind == "damaged"
    assert words in verdict.reason


def test_a_progressive_jpeg_is_known_to_need_memory() -> None:
    plain, progressive = probed(sample("jpeg")).info, probed(sample("progressive")).info
    assert plain is not None
    assert progressive is not None
    assert not plain.buffered
    assert progressive.buffered
    assert progressive.scans > 1


# --- PNG ---------------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(kind + body)
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", crc)


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


IDAT = chunk(b"IDAT", bytes(60))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (png(0, 5, IDAT), "0 × 5 pixels"),
        (png(5, 5, chunk(b"tEXt", bytes(60))), "no picture data"),
        (png(5, 5, struct.pack(">I4s", 4, b"ID\0T") + bytes(60)), "no sensible head"),
        (png(5, 5, struct.pack(">I4s", 0xFFFFFFFF, b"IDAT") + bytes(60)), "no sensible head"),
        (png(5, 5, IDAT[:-1] + b"!"), "checksum of its chunk IDAT"),
        (b"\x89PNG\r\n\x1a\n" + IDAT, "not the first"),
        (png(5, 5, chunk(b"IHDR", bytes(13)), IDAT), "not the first"),
    ],
)
def test_a_png_without_sense_is_damaged_by_reason(body: bytes, words: str) -> None:
    verdict = probed(body)
    assert verdict.kind == "damaged"
    assert words in verdict.reason


def test_a_header_beyond_the_limit_ends_the_reading_at_once() -> None:
    probe = ImageProbe()
    probe.feed(png(40_000, 40_000, IDAT)[:80])
    assert "more than 1000 megapixels" in (probe.refusal or "")
    assert probed(png(40_000, 40_000, IDAT)).kind == "refused"
    assert probed(png(20_000, 50_000, IDAT)).kind == "sound"


# --- the others --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"RIFF\x50\0\0\0WEBPVP8 \x10\0\0\0" + bytes(80), "begin as VP8"),
        (b"RIFF\x50\0\0\0WEBPVP8L\x10\0\0\0" + bytes(80), "begin as VP8L"),
        (b"RIFF\x50\0\0\0WEBPVP8X\x02\0\0\0" + bytes(80), "too short"),
        (b"RIFF\x50\0\0\0WEBPVP8X\xff\0\0\0" + bytes(80), "longer than the file"),
        (b"RIFF\x04\0\0\0WEBP" + bytes(80), "how large it is"),
        (b"GIF89a\0\0\0\0" + bytes(80), "0 × 0"),
        (b"GIF89a\x05\0\x05\0\0\0\0;" + bytes(80), "no picture data"),
        (b"GIF89a\x05\0\x05\0\0\0\0?" + bytes(80), "no known kind"),
        (b"BM" + bytes(8) + struct.pack("<IIii", 54, 40, 0, 9) + bytes(80), "0 × 9"),
        (b"II*\0\x08\0\0\0\0\0" + bytes(80), "no directory"),
        (heif(MDAT), "cut off"),
        (heif(ISPE), "cut off"),
        (heif(ISPE[:-4] + bytes(4), MDAT), "4000 × 0"),
        (heif(struct.pack(">I4sQ", 1, b"free", 3) + bytes(60)), "no length"),
    ],
)
def test_other_images_without_sense_are_damaged_by_reason(body: bytes, words: str) -> None:
    verdict = probed(body)
    assert verdict.kind == "damaged"
    assert words in verdict.reason


def test_a_heic_is_sound_although_nothing_here_decodes_it() -> None:
    info = probed(heif(ISPE, MDAT)).info
    assert info is not None
    assert (info.type, info.width, info.height, info.certain) == ("heic", 4000, 3000, True)
    assert probed(heif(ISPE, MDAT)[:-1]).kind == "damaged"
    assert probed(heif(ISPE, MDAT) + b"\xff\xff\xff\xffmore").kind == "sound"
    open_ended = heif(ISPE, struct.pack(">I4s", 0, b"mdat") + bytes(50))
    assert probed(open_ended).kind == "sound"


def test_run_length_coded_bmps_and_old_ones_are_measured() -> None:
    rle = b"BM" + bytes(8) + struct.pack("<IIiiHHI", 54, 40, 7, -9, 1, 8, 1) + bytes(60)
    old = b"BM" + bytes(8) + struct.pack("<IIHHHH", 26, 12, 7, 9, 1, 24) + bytes(9 * 24 + 8)
    for body, certain in ((rle, False), (old, True)):
        info = probed(body).info
        assert info is not None
        assert (info.width, info.height, info.certain) == (7, 9, certain)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "an empty body"),
        (b"<!DOCTYPE html><p>", "a web page"),
        (b"\xef\xbb\xbf\n<HTML>", "a web page"),
        (b"<svg xmlns=", "an SVG drawing"),
        (b"<?xml version", "XML or a web page"),
        (b'{"error": 1}', "JSON text"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a zip file"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "a video or sound file"),
        (b"Not found.", "text"),
        (b"BMW is a car", "text"),
        (b"\x00\x01\x02", "data of no known kind"),
    ],
)
def test_what_is_no_image_is_refused_by_what_it_is(body: bytes, name: str) -> None:
    assert image_type(body) is None
    assert what_it_is(body) == name
    assert probed(body) == Verdict("refused", as_noted(f"it is not an image but {name}"))
    probe = ImageProbe()
    probe.feed(body.ljust(64, b" "))
    assert probe.refusal
