"""A picture that browsers do not show is seen on the page all the same, and the evidence stays."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from archiver.archive import job_folders
from archiver.models import JobRecord, PhotoRecord, RelPath, Sha256
from archiver.pictures import load_picture
from archiver.renditions import listed_renditions, make_renditions
from archiver.site import SiteSettings
from archiver.storage import sha256_bytes, sha256_file
from archiver.swap import OldFolder
from tests.contract.stage import cli
from tests.factories import a_file, a_photo_message, a_record, a_reference, a_seal
from tests.htmlread import Node, read
from tests.pages import job_page
from tests.pipeline import START, a_jpeg, a_workspace, folder_of, synced

TIFF = "data/images/0001.tiff"


def a_tiff(width: int = 60, height: int = 40) -> bytes:
    """A picture that no browser shows."""
    body = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(body, "TIFF")
    return body.getvalue()


def a_heic(width: int = 64, height: int = 48) -> bytes:
    """What telephones make."""
    heif = pytest.importorskip("pillow_heif")
    body = io.BytesIO()
    heif.from_pillow(Image.linear_gradient("L").resize((width, height)).convert("RGB")).save(body)
    return body.getvalue()


def a_job_with(folder: Path, body: bytes, name: str, **fields: object) -> JobRecord:
    """A record of one photo, and its file below `folder`."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    known = {"sha256": sha256_bytes(body), "width": None, "height": None, "decoded": False}
    stored = a_file(name, **{**known, **fields})  # type: ignore[arg-type]
    photo = PhotoRecord(1, 1, a_reference(stored))
    return a_record([a_photo_message(1, 1)], [photo])


def figure_of(record: JobRecord, folder: Path) -> Node:
    """The photo on a page made with what `make_renditions` gives."""
    _, shown = make_renditions(folder, record, folder.joinpath, load_picture)
    page = job_page(record, a_seal(), SiteSettings(None, "UTC"), renditions=shown)
    return read(page).by_id("p0001")


@pytest.mark.parametrize("kind", ["tiff", "heic"])
def test_a_picture_browsers_do_not_show_is_shown_by_a_jpeg_and_offered_as_it_is(
    tmp_path: Path, kind: str
) -> None:
    body = a_tiff() if kind == "tiff" else a_heic()
    name = f"data/images/0001.{kind}"
    record = a_job_with(tmp_path, body, name, media_type=f"image/{kind}")
    figure = figure_of(record, tmp_path)
    shot, image = figure.one("a", cls="shot"), figure.one("img")
    assert shot.attrs["href"] == image.attrs["src"]
    with Image.open(tmp_path / shot.attrs["href"]) as made:
        assert made.format == "JPEG"
        sides = [str(side) for side in made.size]
    assert [shot.attrs["data-pswp-width"], shot.attrs["data-pswp-height"]] == sides
    assert figure.one("a", cls="dl").attrs["href"] == name
    assert f"made of the {kind.upper()}" in figure.text
    assert record.photos[0].image.versions[0].sha256 in figure.text
    assert (tmp_path / name).read_bytes() == body


def test_a_rendition_is_never_larger_than_its_picture_or_the_room(tmp_path: Path) -> None:
    small = a_job_with(tmp_path, a_tiff(60, 40), TIFF, media_type="image/tiff", width=60, height=40)
    _, shown = make_renditions(tmp_path, small, tmp_path.joinpath, load_picture)
    assert [(one.width, one.height) for one in shown.values()] == [(60, 40)]
    large = a_job_with(
        tmp_path, a_tiff(4096, 512), TIFF, media_type="image/tiff", width=4096, height=512
    )
    _, shown = make_renditions(tmp_path, large, tmp_path.joinpath, load_picture)
    assert [(one.width, one.height) for one in shown.values()] == [(2048, 256)]


@pytest.mark.parametrize("why", ["altered", "missing", "undecodable"])
def test_without_a_sound_picture_there_is_no_rendition_and_the_file_is_offered(
    tmp_path: Path, why: str
) -> None:
    body = b"II*\0 not a picture" if why == "undecodable" else a_tiff()
    record = a_job_with(tmp_path, body, TIFF, media_type="image/tiff")
    if why == "altered":
        (tmp_path / TIFF).write_bytes(a_tiff(61))
    if why == "missing":
        (tmp_path / TIFF).unlink()
    assert make_renditions(tmp_path, record, tmp_path.joinpath, load_picture) == ({}, {})
    assert "Open the file" in figure_of(record, tmp_path).text


def test_a_pinned_rendition_is_kept_and_a_forged_one_is_made_again(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    record = a_job_with(old, a_tiff(), TIFF, media_type="image/tiff")
    files, shown = make_renditions(old, record, old.joinpath, load_picture)
    ((name, sha256),) = files.items()
    before = OldFolder(old, new)

    def refuse(path: Path, room: tuple[int, int]) -> object:
        raise AssertionError("decoded again")

    again = make_renditions(new, record, before.place, refuse, before, files)  # type: ignore[arg-type]
    assert again == (files, shown)
    (new / name).unlink()
    (old / name).chmod(0o644)
    (old / name).write_bytes(a_jpeg(9))
    made, _ = make_renditions(new, record, before.place, load_picture, before, files)
    assert made == {name: sha256}
    assert sha256_file(new / name) == sha256


def test_a_view_lists_its_renditions_and_a_zip_takes_them_along(tmp_path: Path) -> None:
    """From the API to the customer: in `view-sha256.txt`, in the zip, never in the evidence."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    workspace.add_photo(job_id, a_tiff(), a_jpeg(2), at=START)
    synced(root, workspace)
    (folder,) = job_folders(root)
    (made,) = (folder / "renditions").iterdir()
    name = f"renditions/{made.name}"
    assert f"{sha256_file(made)}  {name}\n" in (folder / "view-sha256.txt").read_text()
    for sealed in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert "renditions" not in (folder / sealed).read_text()
    page = (folder_of(root, job_id) / "index.html").read_text()
    assert name in page
    rail = read(page.encode()).one("ul", cls="files")
    sheets = [link.attrs["href"] for link in rail.all("a") if "ontact sheet" in link.text]
    assert sheets == ["contact-sheet-01.jpg", "contact-sheet.pdf"]
    ledger = (root / "ledger/ledger.jsonl").read_bytes()
    assert cli("build", root, "--json").code == 0  # finds it as it was, and says nothing
    assert (root / "ledger/ledger.jsonl").read_bytes() == ledger
    assert cli("verify", root, "--json").code == 0
    out = tmp_path / "out.zip"
    assert cli("export", root, job_id, "--profile", "full", "-o", out, "--json").code == 0
    with zipfile.ZipFile(out) as zipped:
        inside = {one.partition("/")[2]: one for one in zipped.namelist()}
        assert zipped.read(inside[name]) == made.read_bytes()
        assert name in zipped.read(inside["index.html"]).decode()


def test_only_renditions_of_the_records_own_pictures_are_taken_from_a_view(tmp_path: Path) -> None:
    record = a_job_with(tmp_path, a_tiff(), TIFF, media_type="image/tiff")
    files, _ = make_renditions(tmp_path, record, tmp_path.joinpath, load_picture)
    strange = {**files, RelPath("renditions/other.jpg"): Sha256("0" * 64)}
    assert listed_renditions(tmp_path, record, strange)[0] == files
    erased = replace(record, photos=(replace(record.photos[0], image=a_reference()),))
    assert listed_renditions(tmp_path, erased, strange) == ({}, {})
