"""What is published, searched for planted secrets by a plain search, and by our own scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.cli import run
from archiver.hiddentexts import HiddenText, HiddenTexts
from archiver.leaks import Rules
from archiver.leakscan import scan_folder
from archiver.place import file_has_place
from tests.handover.scene import (
    HIDDEN,
    JOB,
    PEOPLE,
    a_telling_archive,
    files,
    unpacked_zip,
    with_texts,
)
from tests.traces import traces

PLACES = {"place", "place in words"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_telling_archive(tmp_path_factory.mktemp("telling") / "archive")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize("more", [(), ("--unlisted",)], ids=["listed", "unlisted"])
@pytest.mark.parametrize("profile", ["customer", "public"])
def test_none_of_them_is_published(
    archive: Path, tmp_path: Path, profile: str, more: tuple[str, ...]
) -> None:
    """In no page, no data, no search, no PDF, no name of a file, however it is written."""
    site = tmp_path / "site"
    assert run(["publish", str(archive), str(site), "--profile", profile, "-q", *more]) == 0
    hidden = dict(HIDDEN) if profile == "customer" else {**HIDDEN, **PEOPLE}
    assert traces(with_texts(site), hidden.values()) == []
    assert not any(file_has_place(path) for path in files(site))


def test_our_scan_finds_every_one_of_them_where_they_are(archive: Path, tmp_path: Path) -> None:
    """In the untouched bag; and so none of them is missed for being looked for wrongly."""
    out = tmp_path / "full.zip"
    command = ["export", str(archive), JOB, "--profile", "full", "--pdf", "-o", str(out)]
    assert run([*command, "--no-input", "-q", "--yes"]) == 0
    place = unpacked_zip(out, tmp_path / "full")
    everything = {**HIDDEN, **PEOPLE}
    hidden = [HiddenText(text, name) for name, text in everything.items() if name not in PLACES]
    found = scan_folder(place, Rules.of(HiddenTexts(hidden), locations=False)).findings
    told = {one.what.rpartition(",")[0] for one in found if one.kind == "hidden-text"}
    assert told == everything.keys() - PLACES
    placed = {one.file.rpartition("/")[2] for one in found if one.kind == "location"}
    assert {"record.pdf", "record.json", "index.html"} <= placed
    assert sum(name.endswith(".jpeg") for name in placed) == 3
    assert {one.kind for one in found} >= {"signed-address", "outside-address", "forbidden"}


def test_check_publish_knows_of_the_archive_what_a_customer_may_not_see(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Former names and titles, other wordings, what was removed and what nobody understood."""
    site = tmp_path / "site"
    site.mkdir()
    known = (
        *("job id", "workspace id", "creator's id", "uploader's id", "uploader's former name"),
        *("chat", "earlier wording", "removed message", "unknown kind", "image's address"),
        *("caption of a photo", "former title", "list's name", "attached file's address"),
    )
    wanted = {f"{number:02d}.html" for number in range(len(known))}
    for number, name in enumerate(known):
        (site / f"{number:02d}.html").write_text(f"<p>{HIDDEN[name]}</p>")
    command = ["check-publish", str(site), "--archive", str(archive), "--profile", "customer"]
    assert run(command) == 3
    said = capsys.readouterr().err
    missed = {name for name in wanted if f"{name}:1" not in said}
    # An address is looked for whole, with its host.
    assert {known[int(name[:2])] for name in missed} <= {
        "image's address",
        "attached file's address",
    }
