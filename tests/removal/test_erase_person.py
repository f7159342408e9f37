"""A person is pseudonymised everywhere, and stays so; found, and answered, before that."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.archive import job_folders
from archiver.ledger import read_ledger
from archiver.localapi import Person
from tests.cli.conftest import Cli
from tests.pipeline import (
    AMIRA,
    CRAIG,
    START,
    a_jpeg,
    add_job,
    check_with_bagit,
    folder_of,
    record_of,
)
from tests.removal.scene import Scene, a_scene

REASON = "asked for in ticket 4711"
JOSE = Person("0123456789abcdef01234567", "José O'Brien")


def with_mentions(root: Path, *, long: bool = False) -> Scene:
    """The person writes, is written of in several ways, creates, and has had another name."""
    scene = a_scene(root, long=long)
    job_id, workspace = scene.job.job_id, scene.workspace
    at = START + timedelta(hours=1)
    for place, text in enumerate(
        (
            "Jose\u0301 o'brien said so.",  # decomposed, and in lower case
            "Ask JOSÉ O’BRIEN, or José  O'Brien!",
            "{'by': 'José O\\'Brien'}",
        )
    ):
        workspace.add_chat(job_id, text, by=AMIRA, at=at + timedelta(minutes=place))
    workspace.add_chat(job_id, "I did it.", by=Person(JOSE.person_id, "Joe Brine"), at=at)
    workspace.add_message(
        job_id, {"messageType": "sticker", "uploaderId": JOSE.person_id, "who": {"n": JOSE.name}}
    )
    workspace.add_photo(job_id, a_jpeg(66), a_jpeg(66, (32, 24)), by=JOSE, at=at, name="theirs")
    scene.night()
    place = next(i for i, m in enumerate(scene.job.messages) if m.get("textMessage") == "I did it.")
    workspace.edit_message(job_id, place, uploaderName=JOSE.name)
    workspace.rename(job_id, "House of José O'Brien")
    scene.night()
    return scene


WRITTEN = (JOSE.name, "José O’Brien", "Jose\u0301 O'Brien", "José  O'Brien", "Joe Brine")


@pytest.mark.parametrize("long", [False, True])
def test_of_an_erased_person_no_name_and_no_id_is_left_in_any_file(
    tmp_path: Path, cli: Cli, long: bool
) -> None:
    """In the fields, in texts in any spelling, in titles, in what was not understood, in earlier
    names; in snapshots, records, bag-info, pages, sheets, index, search, catalogue."""
    scene = with_mentions(tmp_path / "a", long=long)
    assert len({said for _, said in scene.left(*WRITTEN, JOSE.person_id)}) > 4
    done = cli("erase", scene.root, "--person", JOSE.person_id, "--reason", REASON, "--yes")
    assert done.code == 0, done.err
    assert scene.left(*WRITTEN, JOSE.person_id) == []
    scene.assert_sound()
    for folder in job_folders(scene.root):
        assert check_with_bagit(folder) == ""
    record = record_of(scene.root, scene.job.job_id)
    theirs = [m for m in record.messages if (m.uploader_id or "").startswith("erased-")]
    assert len(theirs) == 3
    (name,) = {m.uploader_name for m in theirs if m.uploader_name}
    assert name.startswith("Person ")
    assert record.title == f"House of {name}"
    texts = {m.text for m in record.messages}
    assert {f"{name} said so.", f"Ask {name}, or {name}!"} <= texts
    assert len(record.photos) == 4


def test_only_jobs_that_name_the_person_are_sealed_anew_under_one_entry(
    tmp_path: Path, cli: Cli
) -> None:
    """All earlier seals of these go, and no payload file."""
    scene = with_mentions(tmp_path / "a")
    job_id = scene.job.job_id
    pictures = {n: b for n, b in scene.evidence().items() if n.startswith(("images", "thumb"))}
    sheet = folder_of(scene.root, job_id) / "contact-sheet-01.jpg"
    drawn = sheet.read_bytes()
    done = cli(
        *("erase", scene.root, "--person", "josé o'brien", "--reason", REASON, "--yes", "--json")
    )
    assert list(done.json["jobs"]) == [job_id]
    assert done.json["jobs"][job_id]["seals_dropped"] == [1, 2, 3, 4, 5]
    after = scene.evidence()
    assert pictures == {name: after[name] for name in pictures}
    assert sheet.read_bytes() != drawn  # the name was drawn on it
    state, _ = read_ledger(scene.root / "ledger")
    assert [(one.scope, one.done) for one in state.erasures.values()] == [("person", True)]


def test_what_the_person_does_next_is_pseudonymised_as_it_arrives(tmp_path: Path, cli: Cli) -> None:
    """In old jobs and in new ones, and with `.archiver` gone; nothing else changes."""
    scene = with_mentions(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, "--person", JOSE.person_id, "--reason", REASON, "--yes")
    shutil.rmtree(scene.root / ".archiver")
    assert scene.night().jobs_unchanged == 3
    scene.workspace.add_chat(job_id, "It is José O'Brien again.", by=AMIRA, at=START)
    scene.workspace.add_chat(job_id, "Me again.", by=JOSE, at=START + timedelta(hours=9))
    add_job(scene.workspace, "For José O'Brien", photos=1, number=20).creator = JOSE
    summary = scene.night()
    assert (summary.jobs_updated, summary.jobs_new, summary.exit_code) == (1, 1, 0)
    assert scene.left(*WRITTEN, JOSE.person_id, "josé-o") == []
    assert scene.night().jobs_unchanged == 4
    scene.assert_sound()


def test_photos_and_others_are_left_as_they_are_and_what_cannot_be_altered_is_named(
    tmp_path: Path, cli: Cli
) -> None:
    """A name inside a photo's EXIF is evidence; a folder's name is frozen: both are said."""
    scene = with_mentions(tmp_path / "a")
    signed = a_jpeg(5) + JOSE.name.encode()
    add_job(scene.workspace, "José O'Brien's garage", number=30, photos=0)
    job = scene.workspace.jobs[0]
    scene.workspace.add_photo(job.job_id, signed, None, by=AMIRA, at=START, name="signed")
    scene.night()
    done = cli(
        *("erase", scene.root, "--person", JOSE.person_id, "--reason", REASON, "--yes", "--json")
    )
    assert done.code == 0
    notes = "\n".join(done.json["notes"])
    assert "inside a photo" in notes
    assert "folder's name" in notes
    record = record_of(scene.root, job.job_id)
    stored = record.photos[0].image.stored
    assert stored is not None
    scene.assert_sound()
    assert record_of(scene.root, scene.job.job_id).creator_name == CRAIG.name


def test_a_message_erased_before_its_sender_was_does_not_return(tmp_path: Path, cli: Cli) -> None:
    """Erasures are applied in the order in which they were decided."""
    scene = with_mentions(tmp_path / "a")
    job_id = scene.job.job_id
    record = record_of(scene.root, job_id)
    number = next(m.number for m in record.messages if m.text == "I did it.")
    said = cli("erase", scene.root, job_id, "--message", number, "--reason", REASON, "--yes")
    assert said.code == 0
    cli("erase", scene.root, "--person", JOSE.person_id, "--reason", REASON, "--yes")
    number = next(
        m.number for m in record_of(scene.root, job_id).messages if (m.text or "").startswith("Ask")
    )
    cli("erase", scene.root, job_id, "--message", number, "--reason", REASON, "--yes")
    cli("erase", scene.root, "--person", AMIRA.name, "--reason", REASON, "--yes")
    assert scene.night().jobs_unchanged == 3
    assert scene.left("I did it.", "Ask JOSÉ", AMIRA.name, *WRITTEN) == []
    scene.assert_sound()


def test_a_name_that_two_persons_have_must_be_given_by_id(tmp_path: Path, cli: Cli) -> None:
    """And once it is, it is said that the other one's name gives way too."""
    scene = with_mentions(tmp_path / "a")
    other = Person("fedcba9876543210fedcba98", JOSE.name)
    scene.workspace.add_chat(scene.job.job_id, "I am another.", by=other, at=START)
    scene.night()
    done = cli("erase", scene.root, "--person", JOSE.name, "--reason", REASON, "--yes")
    assert done.code == 2
    assert JOSE.person_id in done.err
    assert other.person_id in done.err
    done = cli(
        *("erase", scene.root, "--person", JOSE.person_id, "--reason", REASON, "--yes", "--json")
    )
    assert any("somebody else" in note for note in done.json["notes"])


def test_a_nickname_is_erased_when_it_is_given(tmp_path: Path, cli: Cli) -> None:
    """A single word is matched as it is written: Will, and not will."""
    scene = with_mentions(tmp_path / "a")
    text = "Pepe, will you? said pepe."
    scene.workspace.add_chat(scene.job.job_id, text, by=AMIRA, at=START)
    scene.night()
    cli(
        *("erase", scene.root, "--person", JOSE.person_id, "--also", "Pepe"),
        *("--reason", REASON, "--yes"),
    )
    texts = {m.text or "" for m in record_of(scene.root, scene.job.job_id).messages}
    (now,) = [one for one in texts if one.endswith("said pepe.")]
    assert now.startswith("Person ")


def test_find_lists_what_is_a_persons_what_names_them_and_earlier_wordings(
    tmp_path: Path, cli: Cli
) -> None:
    """By id, by any name they had; nothing is written."""
    scene = with_mentions(tmp_path / "a")
    for wanted in (JOSE.person_id, "Joe Brine", "JOSÉ O'BRIEN"):
        hits = cli("find", scene.root, "--person", wanted, "--json").json["hits"]
        kinds = {(hit["kind"], hit["why"]) for hit in hits}
        assert {("photo", "sent by"), ("message", "sent by"), ("message", "names")} <= kinds
        assert ("job", "title") in kinds
    hits = cli("find", scene.root, "--text", "ALARM code", "--json").json["hits"]
    assert [(hit["kind"], hit["wording"]) for hit in hits] == [("message", None), ("wording", 1)]
    assert cli("find", scene.root).code == 2
    assert cli("find", scene.root, "--text", "a", "--person", "b").code == 2
    assert "2 found in 1 jobs" in cli("find", scene.root, "--text", "alarm code").out


def test_a_request_for_access_is_answered_with_everything_of_the_person_and_nobody_else(
    tmp_path: Path, cli: Cli
) -> None:
    """One zip: page, JSON, photos in full; names of others are left out, and it can be checked."""
    scene = with_mentions(tmp_path / "a")
    text = f"{AMIRA.name} was there, wrote <b>me</b>."
    scene.workspace.add_chat(scene.job.job_id, text, by=JOSE, at=START + timedelta(hours=3))
    scene.night()
    out = tmp_path / "answer.zip"
    done = cli("export", scene.root, "--person", "Joe Brine", "-o", out, "--json")
    assert done.code == 0, done.err
    assert (done.json["messages"], done.json["photos"]) == (4, 1)
    with zipfile.ZipFile(out) as zipped:
        zipped.extractall(tmp_path / "answer")
    top = tmp_path / "answer/personal-data"
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=top, check=False
    )
    assert checked.returncode == 0
    value = json.loads((top / "data.json").read_text())
    (job,) = value["jobs"]
    texts = [one["text"] for m in job["messages"] for one in m["wordings"] if one["text"]]
    assert sorted(texts) == ["I did it.", "another person was there, wrote <b>me</b>."]
    (photo,) = [file["file"] for m in job["messages"] for file in m["files"]]
    assert (top / photo).read_bytes() == a_jpeg(66)
    everything = b"".join(path.read_bytes() for path in top.rglob("*") if path.is_file())
    for other in (AMIRA, CRAIG):
        assert other.name.encode() not in everything
        assert other.person_id.encode() not in everything
    assert b"<b>me</b>" not in (top / "index.html").read_bytes()
    assert cli("export", scene.root, "-o", out).code == 2
    assert cli("export", scene.root, "Job", "--person", "x", "-o", out).code == 2
    erased = cli(
        *("erase", scene.root, "--person", JOSE.person_id, "--reason", REASON, "--yes", "--json")
    )
    assert [Path(one["path"]).name for one in erased.json["exports"]] == ["answer.zip"]
