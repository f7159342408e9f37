"""Every kind of hostile or odd picture through the real pipeline: what must come of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.localapi import LocalApi, LocalImage
from archiver.sync import World, sync
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.hostile import bad_decoder, pictures
from tests.hostile.bad_decoder import DIES, HANGS
from tests.htmlread import read
from tests.pipeline import (
    START,
    Clock,
    a_jpeg,
    a_workspace,
    fixed_salt,
    folder_of,
    options,
    record_of,
    with_api,
)  # fmt: skip

SHOWN, LINK, DAMAGED, NOT_KEPT = "shown", "link", "damaged", "not kept"

TABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "plain": (pictures.jpeg, SHOWN),
    "progressive": (lambda: pictures.jpeg(progressive=True), SHOWN),
    "cmyk": (pictures.cmyk, SHOWN),
    "profile": (pictures.with_profile, SHOWN),
    "16 bit": (pictures.sixteen_bit, SHOWN),
    "palette": (pictures.palette, SHOWN),
    "animated gif": (lambda: pictures.animated("GIF"), SHOWN),
    "animated webp": (lambda: pictures.animated("WEBP"), SHOWN),
    "apng": (lambda: pictures.animated("PNG"), SHOWN),
    "avif": (lambda: pictures.saved("AVIF"), SHOWN),
    "tiff": (lambda: pictures.saved("TIFF"), LINK),
    "heic": (pictures.a_heic, LINK),
    "corrupt exif": (pictures.corrupt_exif, SHOWN),
    "jpeg and zip": (pictures.jpeg_and_zip, SHOWN),
    "gif and script": (pictures.gif_and_script, SHOWN),
    "jpeg with html": (pictures.jpeg_with_html, SHOWN),
    "text bomb": (pictures.text_bomb, SHOWN),
    "bomb": (pictures.png_bomb, LINK),
    "many scans": (pictures.many_scans, LINK),
    "many parts": (pictures.many_parts, DAMAGED),
    "too many pixels": (lambda: pictures.png_claiming(2**31 - 1, 2**31 - 1), NOT_KEPT),
    "0 x 0": (lambda: pictures.png_claiming(0, 0), DAMAGED),
    "truncated": (lambda: pictures.jpeg()[:-40], DAMAGED),
    "truncated png": (lambda: pictures.saved("PNG")[:-20], DAMAGED),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", NOT_KEPT),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", NOT_KEPT),
    "empty": (lambda: b"", NOT_KEPT),
    "too large": (lambda: pictures.jpeg() + bytes(3_000_000), NOT_KEPT),
    **{
        f"orientation {n}": ((lambda n=n: pictures.held(n)), SHOWN)  # type: ignore[misc]
        for n in range(1, 9)
    },
}


def test_each_picture_becomes_what_it_must(tmp_path: Path) -> None:
    """Named `.jpeg` all of them; page and sheets made, the archive sound."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0].job_id
    for number, (make, _) in enumerate(TABLE.values()):
        workspace.add_photo(
            job, LocalImage(make()), a_jpeg(number),
            at=START, name=f"n{number}",
        )  # fmt: skip
    root = tmp_path / "a"
    with_api(workspace, lambda api: _run(root, api, downloads={"max_size": 2_000_000}))
    found = outcomes(root, job)
    assert found == {name: what for name, (_, what) in TABLE.items()}
    assert verify_archive(Archive(root)).faults == []
    assert list(folder_of(root, job).glob("contact-sheet-*.jpg"))


def outcomes(root: Path, job: str) -> dict[str, str]:
    """What record, folder and page say became of each picture of the table."""
    folder = folder_of(root, job)
    page = read((folder / "index.html").read_bytes())
    links = {node.attrs.get("href", "") for node in page.all("a")}
    found = {}
    for name, photo in zip(TABLE, record_of(root, job).photos, strict=True):
        kept, failure = photo.image.stored, photo.image.failure
        if kept is not None:
            assert (folder / kept.file).is_file()
            assert kept.file in links, name
            pictured = kept.decoded and kept.media_type not in ("image/heic", "image/tiff")
            found[name] = SHOWN if pictured else LINK
        elif failure is not None and failure.damaged is not None:
            assert (folder / failure.damaged.file).parent.name == "damaged"
            found[name] = DAMAGED
        else:
            found[name] = NOT_KEPT
    return found


async def _run(root: Path, api: LocalApi, *, world: World | None = None, **how: object) -> Summary:
    world = world or World(clock=Clock(), salt=fixed_salt)
    return await sync(options(root, api, **how), world=world)


@pytest.mark.parametrize("word", [DIES, HANGS])
def test_a_photo_that_kills_or_hangs_the_decoder_costs_neither_run_nor_job(
    tmp_path: Path, word: bytes
) -> None:
    """As a thumbnail it is *not decoded* and never tried again; on the sheet it costs its cell."""
    workspace = a_workspace(jobs=2, photos=2)
    job = workspace.jobs[0].job_id
    trap = pictures.jpeg() + word
    workspace.add_photo(job, trap + b"full", trap, at=START, name="trap")
    workspace.add_photo(job, trap + b"both", trap + b"both", at=START, name="both")
    root = tmp_path / "a"
    world = World(clock=Clock(), salt=fixed_salt, decoders=bad_decoder.bad_decoders)
    summary = with_api(workspace, lambda api: _run(root, api, world=world))
    assert (summary.exit_code, summary.failures, summary.jobs_new) == (0, [], 2)
    photos = record_of(root, job).photos
    assert [p.thumbnail.stored.decoded for p in photos if p.thumbnail and p.thumbnail.stored] == [
        True, True, False, False,
    ]  # fmt: skip
    small = photos[2].thumbnail
    assert small is not None
    assert small.stored is not None
    assert small.stored.notes[0].startswith("not decoded: ")
    assert verify_archive(Archive(root)).faults == []
    assert list(folder_of(root, job).glob("contact-sheet-*.jpg"))
