"""A hand-over gets of each photo the edition that is wanted; the kept file is only read."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from archiver import remarks
from archiver.models import RelPath, StoredFile
from archiver.photoedition import CannotStrip, Edition, PhotoWants, edition
from archiver.photostrip import picture_info
from archiver.pictures import NotShown, Shown, load_picture
from archiver.storage import sha256_bytes
from tests.factories import a_file
from tests.hostile import pictures
from tests.photos import SECRET, a_jpeg, an_exif, frames, textured, unpacked

NOTHING = PhotoWants(location=False, facts=False)


def kept(folder: Path, body: bytes, kind: str) -> tuple[Path, StoredFile]:
    """A file in an archive, read-only, and what the record says of it."""
    path = folder / f"0001-20251022T101316Z.{kind}"
    path.write_bytes(body)
    path.chmod(0o444)
    info = picture_info(body)
    stored = a_file(
        f"data/images/{path.name}",
        sha256=sha256_bytes(body),
        size=len(body),
        media_type=info.media_type,
        width=info.width,
        height=info.height,
        orientation=info.orientation,
        captured=info.captured,
        camera=info.camera,
        place=info.place,
        decoded=False,
        etag=SECRET.decode(),
        final_address="https://images.example/" + SECRET.decode(),
        notes=(SECRET.decode(),),
    )
    return path, stored


def never(path: Path, room: tuple[int, int]) -> Shown:
    raise AssertionError("nothing is to be decoded")


def made(folder: Path, body: bytes, kind: str, wants: PhotoWants) -> Edition:
    """The edition, made twice: the same wants give the same bytes, and the file stays."""
    path, stored = kept(folder, body, kind)
    first, second = (edition(path, stored, wants, load_picture) for _ in range(2))
    assert first == second
    assert path.read_bytes() == body
    return first


def a_tiff() -> bytes:
    exif = Image.Exif()
    exif.load(an_exif())
    return pictures.saved("TIFF", textured(), exif=exif)


def a_heic(image: Image.Image) -> bytes:
    heif = pytest.importorskip("pillow_heif")
    body = io.BytesIO()
    heif.from_pillow(image).save(body, exif=an_exif(1))
    return body.getvalue()


def test_a_photo_of_which_all_is_wanted_is_the_kept_file(tmp_path: Path) -> None:
    path, stored = kept(tmp_path, a_jpeg(), "jpeg")
    assert edition(path, stored, PhotoWants(), never) == Edition(stored)
    large = PhotoWants(largest_edge=83)
    assert edition(path, stored, large, never) == Edition(stored)


@pytest.mark.parametrize("wants", [NOTHING, replace(NOTHING, largest_edge=83)])
def test_a_photo_that_is_small_enough_is_stripped_and_never_decoded(
    tmp_path: Path, wants: PhotoWants
) -> None:
    body = a_jpeg()
    path, stored = kept(tmp_path, body, "jpeg")
    done = edition(path, stored, wants, never)
    assert done.body is not None
    assert not done.made
    assert frames(done.body) == frames(body)
    assert done.stored == replace(
        stored,
        sha256=sha256_bytes(done.body),
        size=len(done.body),
        captured=None,
        camera=None,
        place=None,
        etag=None,
        final_address=None,
        notes=(),
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_that_is_too_large_becomes_a_smaller_jpeg_upright_with_its_facts(
    tmp_path: Path, orientation: int
) -> None:
    wants = PhotoWants(location=False, largest_edge=40)
    done = made(tmp_path, a_jpeg(orientation=orientation), "jpeg", wants)
    assert done.body is not None
    assert done.made
    width, height = (40, 29) if orientation < 5 else (29, 40)
    info = picture_info(done.body)
    assert (info.width, info.height, info.orientation) == (width, height, 1)
    assert (done.stored.width, done.stored.height, done.stored.orientation) == (width, height, 1)
    assert done.stored.captured == info.captured == "2025:10:22 10:13:16"
    assert done.stored.camera == "Ridgeway One"
    assert done.stored.place is info.place is None
    assert SECRET not in unpacked(done.body)
    with Image.open(io.BytesIO(done.body)) as image:
        upright = load_picture(tmp_path / "0001-20251022T101316Z.jpeg", (40, 40)).image
        pairs = zip(image.convert("L").tobytes(), upright.convert("L").tobytes(), strict=True)
        assert sum(abs(a - b) for a, b in pairs) / (width * height) < 6


@pytest.mark.parametrize("kind", ["tiff", "heic", "avif"])
def test_what_cannot_be_stripped_is_a_jpeg_of_its_full_size(tmp_path: Path, kind: str) -> None:
    image = textured((128, 64))
    makers: dict[str, Callable[[], bytes]] = {
        "tiff": a_tiff,
        "heic": lambda: a_heic(image),
        "avif": lambda: pictures.saved("AVIF", image, exif=an_exif(1)),
    }
    body = makers[kind]()
    done = made(tmp_path, body, kind, replace(NOTHING, location=True))
    assert done.body is not None
    assert done.made
    info, before = picture_info(done.body), picture_info(body)
    assert info.type == "jpeg"
    assert sorted((info.width, info.height)) == sorted((before.width, before.height))
    assert done.stored.file == RelPath("data/images/0001-20251022T101316Z.jpeg")
    assert (done.stored.media_type, done.stored.decoded) == ("image/jpeg", True)
    assert done.stored.place == "-33.858368,151.210000"
    assert done.stored.captured is None
    assert SECRET not in unpacked(done.body)


def test_a_picture_built_oddly_is_made_anew(tmp_path: Path) -> None:
    body = pictures.saved("PNG", textured())
    twice = pictures.chunk(b"bKGD", SECRET[:6]) + pictures.chunk(b"bKGD", SECRET[6:12])
    done = made(tmp_path, body[:33] + twice + body[33:], "png", NOTHING)
    assert done.made
    assert done.body is not None
    assert SECRET[:6] not in done.body
    assert done.stored.file.endswith(".jpeg")


def test_what_can_neither_be_stripped_nor_decoded_is_withheld_with_the_reason(
    tmp_path: Path,
) -> None:
    def fails(path: Path, room: tuple[int, int]) -> Shown:
        raise NotShown(remarks.SHOWN_TOO_LARGE())

    path, stored = kept(tmp_path, a_tiff(), "tiff")
    with pytest.raises(CannotStrip, match="too large to show here"):
        edition(path, stored, NOTHING, fails)


def test_a_file_that_is_not_the_sealed_one_is_withheld(tmp_path: Path) -> None:
    path, stored = kept(tmp_path, a_jpeg(), "jpeg")
    path.chmod(0o644)
    path.write_bytes(pictures.jpeg())
    with pytest.raises(CannotStrip, match="sealed"):
        edition(path, stored, NOTHING, load_picture)
