"""Every output of the customer's and the public profile, searched for planted secrets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from archiver.cli import run
from archiver.place import file_has_place
from tests.handover.scene import (
    HIDDEN,
    JOB,
    PEOPLE,
    TITLE,
    a_telling_archive,
    files,
    unpacked_zip,
    with_texts,
)
from tests.traces import traces


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_telling_archive(tmp_path_factory.mktemp("telling") / "archive")


def exported(archive: Path, place: Path, *options: str) -> Path:
    """What a recipient has after unpacking."""
    out = place / "zip" / "handed over.zip"
    out.parent.mkdir()
    assert run(["export", str(archive), JOB, "-o", str(out), "--no-input", "-q", *options]) == 0
    return unpacked_zip(out, place / "unpacked")


def test_all_of_them_are_in_the_archive(archive: Path, tmp_path: Path) -> None:
    """Else nothing would be proven by not finding them: the untouched bag has every one."""
    place = exported(archive, tmp_path, "--profile", "full")
    missing = [name for name, text in {**HIDDEN, **PEOPLE}.items() if not traces(place, [text])]
    # Places are numbers in EXIF; the record has them as decimals.
    assert [name for name in missing if name != "place in words"] == []
    assert len(HIDDEN) >= 20


@pytest.mark.parametrize("more", [(), ("--pdf-only",)], ids=["zip", "pdf"])
@pytest.mark.parametrize("profile", ["customer", "public"])
def test_none_of_them_is_handed_over(
    archive: Path, tmp_path: Path, profile: str, more: tuple[str, ...]
) -> None:
    """In no file, no name of a file, no PDF, however it is written."""
    hidden = dict(HIDDEN) if profile == "customer" else {**HIDDEN, **PEOPLE}
    if more:
        out = tmp_path / "report.pdf"
        command = ["export", str(archive), JOB, "-o", str(out), "--no-input", "-q"]
        assert run([*command, "--profile", profile, *more]) == 0
        place = with_texts(tmp_path)
    else:
        place = exported(archive, tmp_path, "--profile", profile)
    found = traces(place, hidden.values())
    assert found == []
    words = [word for name in hidden if name in PEOPLE for word in hidden[name].split()]
    assert traces(place, words) == []
    assert not any(file_has_place(path) for path in files(place))


def test_what_a_customer_may_see_is_there(archive: Path, tmp_path: Path) -> None:
    """Title, names, and photos with their time and camera, the same in every pixel."""
    place = exported(archive, tmp_path)
    pages = "".join(path.read_text() for path in place.rglob("index.html"))
    assert TITLE in pages
    # Who only created the job and who sent photos are both shown.
    assert all(name in pages for name in PEOPLE.values())
    (folder,) = (path.parent for path in place.rglob("bagit.txt"))
    for photo in sorted((folder / "data/images").iterdir()):
        (master,) = archive.rglob(f"jobs/*/*/data/images/{photo.name}")
        with Image.open(io.BytesIO(photo.read_bytes())) as now, Image.open(master) as was:
            assert now.tobytes() == was.tobytes()
            assert now.getexif()[0x110] == "H7"
            assert now.getexif().get_ifd(0x8769)[0x9003] == "2025:10:22 11:13:16"


@pytest.mark.parametrize(
    ("options", "there", "gone"),
    [
        (["--with-chat"], ["chat", "caption of a photo"], ["earlier wording", "removed message"]),
        (
            ["--with-chat", "--with-history"],
            ["chat", "earlier wording", "removed message", "former title"],
            ["unknown kind", "job id"],
        ),
        (["--with-location"], ["place"], ["artist in EXIF", "XMP"]),
        (["--profile", "full", "--no-chat"], ["place", "artist in EXIF"], ["chat", "job id"]),
        (["--profile", "full", "--strip-location"], ["chat"], ["place", "XMP", "job id"]),
        (["--with-chat", "--without-message", "3"], ["chat"], ["removed message"]),
    ],
)
def test_options_give_what_they_say_and_no_more(
    archive: Path, tmp_path: Path, options: list[str], there: list[str], gone: list[str]
) -> None:
    """Combined as they may be."""
    place = exported(archive, tmp_path, *options)
    assert [name for name in there if not traces(place, [HIDDEN[name]])] == []
    assert [name for name in gone if traces(place, [HIDDEN[name]])] == []


def test_hidden_names_are_nowhere(archive: Path, tmp_path: Path) -> None:
    """Nor a word of them: in chat, pages, sheets, the report, JSON and names of files."""
    place = exported(archive, tmp_path, "--hide-names", "--with-chat", "--with-history")
    words = [word for name in PEOPLE.values() for word in name.split()]
    assert traces(place, [*words, HIDDEN["uploader's former name"]]) == []
