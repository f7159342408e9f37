"""A picture made of millions of tiny parts costs no more than one with many: work is counted."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from archiver import imageparsing, leakpictures
from archiver.imageparsing import MOST_BLOCKS, MOST_PARTS
from archiver.images import ImageProbe, Verdict
from archiver.leaks import Finding, Rules, findings_in
from archiver.photostrip import stripped
from archiver.photowants import CannotStrip, PhotoWants
from archiver.place import body_has_place, exif_blocks
from tests.hostile import pictures
from tests.hostile.pictures import chunk, jpeg, saved

FEW = 500
"""Parts allowed in these tests, so that they are quick."""
MANY = 40 * FEW
NOTHING = PhotoWants(location=False, facts=False)


def work_of(act: Callable[[], object]) -> int:
    """How many lines of Python ran."""
    lines = 0

    def look(frame: FrameType, event: str, arg: Any) -> Any:
        del frame, arg
        nonlocal lines
        lines += event == "line"
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        act()
    finally:
        sys.settrace(before)
    return lines


def probed(body: bytes, step: int = 1 << 16) -> Verdict:
    probe = ImageProbe()
    for at in range(0, len(body), step):
        probe.feed(body[at : at + step])
    return probe.finish(io.BytesIO(body))


def a_png(chunks: bytes) -> bytes:
    whole = saved("PNG")
    return whole[:33] + chunks + whole[33:]


def a_webp(chunks: bytes) -> bytes:
    whole = saved("WEBP", exif=b"Exif\0\0II*\0")
    whole = whole[:30] + chunks + whole[30:]
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def a_gif(blocks: bytes) -> bytes:
    return saved("GIF")[:-1] + blocks + b";"


def a_jpeg(segments: bytes) -> bytes:
    """With segments behind its frame header."""
    whole = jpeg()
    at = whole.index(b"\xff\xda")
    return whole[:at] + segments + whole[at:]


def a_heif(boxes: bytes) -> bytes:
    whole = pictures.a_heic()
    at = int.from_bytes(whole[:4])
    at += int.from_bytes(whole[at : at + 4])
    return whole[:at] + boxes + whole[at:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "jpeg, comments": lambda: a_jpeg(b"\xff\xfe\0\2" * MANY),
    "jpeg, metadata": lambda: a_jpeg(b"\xff\xe1\0\2" * MANY),
    "jpeg, markers": lambda: jpeg()[:-2] + b"\xff\1" * MANY + b"\xff\xd9",
    "png": lambda: a_png(chunk(b"tIME", b"") * MANY),
    "webp": lambda: a_webp(b"ABCD\0\0\0\0" * MANY),
    "gif, blocks": lambda: a_gif(b"\x21\xfe\0" * MANY),
    "gif, sub-blocks": lambda: a_gif(b"\x21\xfe" + b"\1 " * MANY + b"\0"),
    "heic": lambda: a_heif(struct.pack(">I4s", 8, b"free") * MANY),
}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imageparsing, "MOST_PARTS", FEW)
    monkeypatch.setattr(imageparsing, "MOST_BLOCKS", FEW)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_of_too_many_parts_is_read_no_further(name: str) -> None:
    """The file is kept with its format and, where its header came before, its pixels."""
    body = HOSTILE[name]()
    verdicts = []
    assert work_of(lambda: verdicts.append(probed(body))) < 100 * FEW
    assert verdicts[0].kind == "damaged"
    assert f"it is made of more than {FEW}" in verdicts[0].reason
    assert verdicts[0].type == name.partition(",")[0]
    assert verdicts[0].info is not None
    assert (verdicts[0].info.width, verdicts[0].info.certain) == (
        pictures.HEIC_SIZE[0] if name == "heic" else pictures.SIZE[0],
        False,
    )
    assert probed(body, 7) == probed(body, len(body)) == verdicts[0]


@pytest.mark.usefixtures("few")
def test_a_file_of_just_so_many_parts_is_read() -> None:
    whole = saved("PNG")
    own = 3
    assert probed(a_png(chunk(b"tIME", b"") * (FEW - own))).kind == "sound"
    assert probed(a_png(chunk(b"tIME", b"") * (FEW - own + 1))).kind == "damaged"
    assert probed(whole).kind == "sound"


EMPTY_EXIF = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1000) + bytes(12_000)
"""The largest directory that is read, which says nothing."""


@pytest.mark.parametrize(
    "body",
    [
        a_jpeg((b"\xff\xe1" + struct.pack(">H", len(EMPTY_EXIF) + 2) + EMPTY_EXIF) * 300),
        a_png(chunk(b"eXIf", EMPTY_EXIF[6:]) * 300),
        a_webp((b"EXIF" + struct.pack("<I", len(EMPTY_EXIF)) + EMPTY_EXIF) * 300),
    ],
    ids=["jpeg", "png", "webp"],
)
def test_of_many_exif_blocks_that_say_nothing_a_few_are_read(body: bytes) -> None:
    verdicts = []
    assert work_of(lambda: verdicts.append(probed(body))) < 2_000_000
    assert verdicts[0].kind == "sound"


# --- honest pictures of many parts ----------------------------------------------------------------


def honest(name: str) -> bytes:
    """A picture with as many parts as the largest of its kind have."""
    if name == "png":  # 200 MB in chunks of 8 kB, here with less in each
        return saved("PNG")[:-12] + chunk(b"IDAT", b"x") * 25_000 + chunk(b"IEND", b"")
    if name == "jpeg":  # a restart marker for each block, and every scan that there can be
        large = pictures.quarters((800, 600))
        return jpeg(large, progressive=True, restart_marker_blocks=1)
    if name == "gif":  # 10,000 pictures, and 200 MB of sub-blocks
        one = b"\x21\xf9\4" + bytes(4) + b"\0\x2c" + bytes(9) + b"\2" + b"\1 " * 80 + b"\0"
        return a_gif(one * 10_000)
    frame = b"ANMF" + struct.pack("<I", 24) + bytes(16) + b"ALPH\0\0\0\0"
    return a_webp(frame * 10_000)


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp"])
def test_honest_pictures_of_many_parts_are_read_to_their_end(name: str) -> None:
    body = honest(name)
    assert probed(body).kind == "sound"
    stripped(body, f"image/{name}", NOTHING)
    assert name == "gif" or leaks(body) == ()  # of a GIF every byte is gone through


# --- the other walkers ----------------------------------------------------------------------------


TOO_MANY: dict[str, Callable[[], bytes]] = {
    "png": lambda: a_png(chunk(b"tIME", b"") * MOST_PARTS),
    "webp": lambda: a_webp(b"ABCD\0\0\0\0" * MOST_PARTS),
    "gif": lambda: a_gif(b"\x21\xfe\0" * MOST_PARTS + b"\x21\xfe\0"),
    "jpeg": lambda: a_jpeg(b"\xff\xfe\0\2" * MOST_PARTS),
}


@pytest.mark.parametrize("name", TOO_MANY)
def test_what_is_made_of_too_many_parts_is_not_stripped(name: str) -> None:
    with pytest.raises(CannotStrip, match="too many"):
        stripped(TOO_MANY[name](), f"image/{name}", NOTHING)


def test_gif_sub_blocks_and_parts_of_a_webp_frame_are_counted_too() -> None:
    blocks = b"\x21\xfe" + b"\1 " * (MOST_BLOCKS // 2) + b"\0"
    frame = bytes(16) + b"ALPH\0\0\0\0" * 200
    frames = pictures.animated("WEBP") + b"ANMF" + struct.pack("<I", len(frame)) + frame
    frames = frames[:4] + struct.pack("<I", len(frames) - 8) + frames[8:]
    for kind, body in (("gif", a_gif(blocks * 2)), ("webp", frames)):
        with pytest.raises(CannotStrip, match="too many"):
            stripped(body, f"image/{kind}", NOTHING)


def test_of_many_exif_blocks_a_few_are_read_for_stripping() -> None:
    segment = b"\xff\xe1" + struct.pack(">H", len(EMPTY_EXIF) + 2) + EMPTY_EXIF
    body = a_jpeg(segment * 100)
    assert work_of(lambda: stripped(body, "image/jpeg", NOTHING)) < 400_000


@pytest.mark.parametrize("mark", [b"EXIF", b"eXIf", b"Exif\0\0"])
def test_of_many_marks_of_exif_some_are_looked_behind(mark: bytes) -> None:
    """What cannot be ruled out is taken to be so: such a file is not handed over with its place."""
    body = saved("PNG") + mark * 100_000
    assert work_of(lambda: body_has_place(body)) < 50_000
    assert work_of(lambda: list(exif_blocks(body))) < 50_000
    assert body_has_place(body)
    assert not body_has_place(saved("PNG") + mark * 900)


def leaks(body: bytes) -> tuple[Finding, ...]:
    return findings_in("a.jpg", body, Rules.of(locations=True))


def pointing(count: int, size: int) -> bytes:
    """An EXIF block of so many fields that all point at the same text."""
    fields = b"".join(struct.pack("<HHII", tag, 2, size, 8) for tag in range(count))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + fields + bytes(4) + b"a" * size


UNFOLDING: dict[str, tuple[Callable[[], bytes], str]] = {
    "jpeg": (lambda: a_jpeg(b"\xff\xfe\0\2" * MANY), "made of more than 500 parts"),
    "markers": (lambda: jpeg() + b"\xff\1" * MANY, "made of more than 500 parts"),
    "png": (lambda: a_png(chunk(b"IDAT", b"") * MANY), "made of more than 500 parts"),
    "webp": (lambda: a_webp(b"VP8 \0\0\0\0" * MANY), "made of more than 500 parts"),
    "xmp": (
        lambda: jpeg() + b"<x:xmpmeta></rdf:RDF>" * FEW,
        "with more than 400 packets of XMP",
    ),
    "text": (pictures.text_bomb, "with more than 20,000 bytes of texts folded in it"),
    "texts": (
        lambda: a_png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(5000))) * 300),
        "with more than 20,000 bytes of texts folded in it",
    ),
    "pointers": (
        lambda: jpeg() + pointing(900, 5000),
        "with more than 20,000 bytes of texts folded in it",
    ),
    "fields": (
        lambda: jpeg() + (b"II*\0\x08\0\0\0" + struct.pack("<H", 1000) + bytes(12_004)) * 50,
        "with more than 3,000 fields of EXIF",
    ),
}


@pytest.mark.parametrize("name", UNFOLDING)
def test_what_unfolds_without_end_is_said_to_be_unread(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is published of which a part was not looked at."""
    monkeypatch.setattr(leakpictures, "MOST_PARTS", FEW)
    monkeypatch.setattr(leakpictures, "MOST_UNFOLDED", 20_000)
    monkeypatch.setattr(leakpictures, "MOST_FIELDS", 3000)
    make, words = UNFOLDING[name]
    body = make()
    found: list[Finding] = []
    assert work_of(lambda: found.extend(leaks(body))) < 700 * FEW
    assert [one.what for one in found if one.kind == "unread"] == [f"a picture {words}"]
