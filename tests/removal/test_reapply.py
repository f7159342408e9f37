"""After a backup was brought back, erasures made since are applied again before anything is
fetched, under entries of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archiver.archive import Archive, OpenArchive, open_catalog
from archiver.erasing import reapply
from archiver.ledger import Ledger, read_ledger
from archiver.marks import read_marks
from archiver.reconciling import reconcile
from tests.cli.conftest import Cli
from tests.pipeline import AMIRA, START, folder_of, record_of
from tests.removal.scene import EDITED, SECRET, a_scene, image_of, secret_number

REASON = "asked for in ticket 4711"


def opened_at(root: Path) -> OpenArchive:
    """An archive, open."""
    archive = Archive(root)
    ledger, _ = Ledger.open(archive.ledger)
    opened = OpenArchive(archive, archive.settings(), ledger, open_catalog(archive))
    reconcile(opened)
    return opened


@pytest.mark.parametrize("scope", ["items", "job", "person"])
@pytest.mark.parametrize("backup", ["of the day", "before it came"])
def test_an_erasure_is_done_again_in_a_restored_archive(
    tmp_path: Path, cli: Cli, scope: str, backup: str
) -> None:
    """Also when the backup had not got the item yet: the marks keep it out."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    early = tmp_path / "backup"
    later = "Written after the backup: the key is under the third stone."
    if backup == "before it came":
        shutil.copytree(scene.root, early)
    scene.workspace.add_chat(job_id, later, by=AMIRA, at=START)
    scene.night()
    if backup == "of the day":
        shutil.copytree(scene.root, early)
    body = image_of(scene, f"/images/{job_id}-1001")
    number = next(m.number for m in record_of(scene.root, job_id).messages if m.text == later)
    what: tuple[object, ...] = {
        "items": (job_id, "--photo", 2, "--message", secret_number(scene), "--message", number),
        "job": (job_id,),
        "person": ("--person", AMIRA.person_id),
    }[scope]
    done = cli("erase", scene.root, *what, "--reason", REASON, "--yes")  # type: ignore[arg-type]
    assert done.code == 0, done.err
    note = tmp_path / "checkpoint.json"
    assert cli("ledger", "checkpoint", scene.root, "-o", note).code == 0
    shutil.rmtree(scene.root)
    shutil.copytree(early, scene.root)
    done = cli("ledger", "resume", scene.root, "--from", note, "--reason", "the disk died")
    assert done.code == 0, done.err
    state, _ = read_ledger(scene.root / "ledger")
    (again,) = state.erasures.values()
    assert (again.scope, again.done, state.owed) == (scope, True, {})
    texts = (AMIRA.name, AMIRA.person_id) if scope == "person" else (SECRET, EDITED, later)
    runs = () if scope == "person" else (body,)
    assert scene.left(*texts, runs=runs) == []
    scene.assert_sound()
    for _ in range(2):
        assert scene.night().exit_code == 0
        assert scene.left(*texts, runs=runs) == []
        scene.assert_sound()
    assert scene.night().jobs_unchanged == 3
    if scope == "job":
        with pytest.raises(StopIteration):
            folder_of(scene.root, job_id)


@pytest.mark.parametrize("scope", ["items", "person"])
def test_a_bag_that_bears_the_erasure_already_is_not_sealed_again(
    tmp_path: Path, cli: Cli, scope: str
) -> None:
    """Only the ledger was brought back: it adopts the bag, and says again which seals it lacks."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    ledger = scene.root / "ledger/ledger.jsonl"
    before = ledger.read_bytes()
    what = (
        (job_id, "--message", str(secret_number(scene)))
        if scope == "items"
        else ("--person", AMIRA.person_id)
    )
    assert cli("erase", scene.root, *what, "--reason", REASON, "--yes").code == 0
    state, _ = read_ledger(scene.root / "ledger")
    (erasure,) = state.erasures.values()
    (marks,) = read_marks(scene.root / "ledger")
    ledger.write_bytes(before)
    (scene.root / "ledger/marks.json").unlink()
    opened = opened_at(scene.root)
    adopted = {}
    for key in erasure.jobs:
        pin = state.job(key).seals[-1]
        adopted[key] = [{"seal": pin.seal, "new": pin.commitment, "view": pin.view}]
    point = {"n": state.entries, "head": state.head, "time": "2025-11-30T00:00:00Z"}
    opened.ledger.append(
        "resumed", scene.clock(), checkpoint=point, adopted=adopted, reason=REASON, by="Jo"
    )
    seals = {key: state.job(key).seals[-1].seal for key in erasure.jobs}
    again = reapply(opened, erasure, marks, scene.clock)
    opened.catalog.close()
    assert again.done
    scene.assert_sound()
    now, _ = read_ledger(scene.root / "ledger")
    assert {key: now.job(key).seals[-1].seal for key in erasure.jobs} == seals
    stubs = [m.number for m in record_of(scene.root, job_id).messages if m.erased]
    for _ in range(2):
        assert scene.night().exit_code == 0
    assert scene.night().jobs_unchanged == 3
    assert [m.number for m in record_of(scene.root, job_id).messages if m.erased] == stubs
    texts = (AMIRA.name, AMIRA.person_id) if scope == "person" else (SECRET, EDITED)
    assert scene.left(*texts) == []
    scene.assert_sound()
