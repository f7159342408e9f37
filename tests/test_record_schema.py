"""`docs/record.schema.json` is what `data/record.json` holds: strict, complete, and versioned."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from archiver import models
from archiver.archive import job_folders
from archiver.localapi import LocalImage, Served
from archiver.record import SCHEMA_VERSION, record_bytes
from tests.factories import an_odd_job
from tests.pipeline import AMIRA, CRAIG, START, Clock, a_jpeg, a_workspace, add_job, synced

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs/record.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
MODELS: dict[str, type] = {
    "snapshot": models.SnapshotEntry,
    "wording": models.Wording,
    "absence": models.Absence,
    "address": models.AddressSeen,
    "stored": models.StoredFile,
    "failure": models.Failure,
    "reference": models.Reference,
    "photo": models.PhotoRecord,
    "file": models.FileRecord,
    "message": models.MessageRecord,
    "event": models.HistoryEvent,
    "erased": models.Erased,
    "erasure": models.ErasureNote,
    "withheld": models.Withheld,
    "derivation": models.Derivation,
}


def faults(record: Any) -> list[str]:
    """What the schema finds wrong with a record, in words."""
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(record)]


def records(root: Path) -> Iterator[dict[str, Any]]:
    """Every `record.json` of an archive."""
    for folder in job_folders(root):
        yield json.loads((folder / "data/record.json").read_bytes())


def test_it_is_a_sound_schema_of_the_present_version() -> None:
    """Draft 2020-12, named by a urn that ends in the version it describes."""
    VALIDATOR.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema_version"] == {"const": SCHEMA_VERSION}
    assert SCHEMA["$id"] == f"urn:workphotos-archiver:record:{SCHEMA_VERSION}"


@pytest.mark.parametrize("name", ["", *MODELS])
def test_it_knows_the_very_fields_of_the_models(name: str) -> None:
    """Each field, and as required those that are always written; nothing else may be there."""
    model = MODELS[name] if name else models.JobRecord
    schema = SCHEMA["$defs"][name] if name else SCHEMA
    own = {"schema_version"} if not name else set()
    fields = {one.name: one for one in dataclasses.fields(model)}
    always = {
        one.name
        for one in fields.values()
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    }
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == fields.keys() | own
    assert set(schema["required"]) == always | own


def test_every_kind_of_history_is_in_it() -> None:
    """The schema's list is the models'."""
    kinds = SCHEMA["$defs"]["event"]["properties"]["kind"]["enum"]
    assert kinds == list(get_args(models.HistoryKind))


def test_every_property_says_what_it_is() -> None:
    """A description, its own or that of the definition it refers to."""
    for schema in (SCHEMA, *SCHEMA["$defs"].values()):
        for name, one in schema.get("properties", {}).items():
            kind = SCHEMA["$defs"].get(one.get("$ref", "").rpartition("/")[2], one)
            told = {"description", "const", "enum"} & (one.keys() | kind.keys())
            assert told, name


def test_records_of_ordinary_runs_fit(tmp_path: Path) -> None:
    """Also after an edit, a loss, a rename, a return and a job found gone."""
    workspace = a_workspace(jobs=3, photos=2)
    clock = Clock()
    root = tmp_path / "archive"
    first, second, third = (job.job_id for job in workspace.jobs)
    synced(root, workspace, clock=clock)
    clock.forward(days=1)
    workspace.edit_message(first, 0, textMessage="Arrived later than planned.", at=START)
    workspace.rename(first, "Another title", at=START)
    workspace.remove_message(second, 1, at=START)
    workspace.remove_job(third)
    synced(root, workspace, clock=clock)
    clock.forward(days=1)
    workspace.restore_message(second, at=START)
    synced(root, workspace, clock=clock)
    found = list(records(root))
    assert [faults(record) for record in found] == [[], [], []]
    kinds = {event["kind"] for record in found for event in record["history"]}
    assert {"archived", "edited", "renamed", "photo-gone", "photo-back", "job-gone"} <= kinds


def test_records_of_odd_jobs_fit(tmp_path: Path) -> None:
    """Unknown kinds with files, nulls, other types, lone surrogates, no date, a broken photo, a
    photo that failed, one that is large, a main thumbnail of its own."""
    workspace = a_workspace(jobs=1, photos=1)
    job = workspace.jobs[0]
    clock = Clock()

    def say(message: Any) -> None:
        workspace.add_message(job.job_id, message, at=START)

    workspace.add_image("/files/a.gpx", b"<gpx/>")
    say({"messageType": "track", "file": Served("/files/a.gpx"), "length": 1.50})
    say({"messageType": "chat", "textMessage": "\ud800 alone", "timestampUploaded": 12})
    say({"messageType": None, "uploaderId": ["x"], "textMessage": {"a": 1}})
    say("not an object")
    say({"messageType": "image", "urlToImage": None, "thumbnailForImage": ""})
    say({"messageType": "image", "urlToImage": "ftp://x.test/a", "uploaderName": CRAIG.name})
    workspace.add_photo(job.job_id, LocalImage(status=404), a_jpeg(8), by=AMIRA, at=START)
    workspace.add_photo(job.job_id, a_jpeg(9, (700, 500))[:-40], by=AMIRA, at=START)
    workspace.add_image("/thumbnails/main.jpeg", a_jpeg(11))
    job.details_overrides = {"mainThumbnail": Served("/thumbnails/main.jpeg"), "priority": 7}
    undated = add_job(workspace, "\u202ehtml <b>", photos=0, number=1)
    undated.details_overrides = {"creationDate": None, "lastUpdateDate": "soon"}
    undated.list_overrides = {"createdAt": None, "name": None}
    root = tmp_path / "archive"
    synced(root, workspace, clock=clock)
    found = list(records(root))
    assert [faults(record) for record in found] == [[], []]
    (odd,) = [record for record in found if record["job_id"] == job.job_id]
    assert odd["files"][0]["reference"]["versions"]
    assert odd["main_thumbnail"]["versions"]
    assert any("damaged" in photo["image"] for photo in odd["photos"])
    assert any("failure" in photo["image"] for photo in odd["photos"])


def test_a_record_with_packed_snapshots_fits(tmp_path: Path) -> None:
    """File names of a series: plain, whole in zstd, and as a patch."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    clock = Clock()
    root = tmp_path / "archive"
    for night in range(4):
        long = " ".join(str(number**3) for number in range(4000)) if night == 1 else ""
        workspace.add_chat(job_id, f"Night {night} {long}", at=START)
        synced(root, workspace, clock=clock)
        clock.forward(days=1)
    (record,) = records(root)
    assert faults(record) == []
    names = [one["file"].partition(".")[2] for one in record["snapshots"]]
    assert names == ["json", "json.zst", "json.from-0002.zst", "json.from-0002.zst"]


def test_the_oddest_record_of_the_pages_tests_fits() -> None:
    """`an_odd_job()`: everything a page must cope with."""
    record = json.loads(record_bytes(an_odd_job()))
    assert faults(record) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seal",), 0),
        (("sealed",), "2025-11-23 10:15"),
        (("folder",), "../elsewhere"),
        (("unheard-of",), 1),
        (("messages", 0, "unheard-of"), 1),
        (("photos", 0, "image", "versions", 0, "sha256"), "ABC"),
        (("photos", 0, "image", "versions", 0, "file"), "data/../../x"),
        (("history", 0, "kind"), "vanished"),
        (("schema_version",), 2),
    ],
)
def test_what_does_not_belong_is_refused(path: tuple[Any, ...], value: Any) -> None:
    """The schema is strict: each of these would have passed a loose one."""
    record = json.loads(record_bytes(an_odd_job()))
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert faults(record)
