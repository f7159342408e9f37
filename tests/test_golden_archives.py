"""Archives of every format ever released are verified, synced and built for ever.

Each `tests/golden/archives/format-*.tar.xz` was made by the version that brought its format, and is
never made again. `format-1` holds four jobs over three runs and a verification: an edit, a new
photo, a photo that failed, a message and a job that vanished, a photo that two jobs share, an id
that is not hexadecimal. `format-1-decisions` holds what people decided: a loss acknowledged, a
hold, a message, a job and a person erased, a signed ledger and a checkpoint of it.
"""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive, job_folders, load_job
from archiver.checkpoint import read_checkpoint
from archiver.ledger import read_ledger
from archiver.ledgercheck import Trust, check_ledger
from archiver.localapi import LocalJob
from archiver.verify import verify_archive
from tests.pipeline import CRAIG, START, Clock, a_workspace, check_with_bagit, synced

ARCHIVES = sorted((Path(__file__).parent / "golden/archives").glob("format-*.tar.xz"))


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.partition(".")[0])
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One released archive, unpacked."""
    # Python 3.11 before 3.11.4 has no filters; the archives are our own.
    safely: Any = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}
    with tarfile.open(request.param) as packed:
        packed.extractall(tmp_path, **safely)
    return tmp_path / str(request.param.name).partition(".")[0]


def test_it_verifies(golden: Path) -> None:
    """No fault, by us and by the reference validator."""
    report = verify_archive(Archive(golden))
    assert [str(fault) for fault in report.faults] == []
    assert report.jobs == len(list(job_folders(golden))) > 0
    for folder in job_folders(golden):
        assert check_with_bagit(folder) == ""


def test_a_sync_goes_on_with_it_and_changes_no_evidence_of_unchanged_jobs(golden: Path) -> None:
    """Jobs that upstream no longer has are marked; what was sealed stands in the new seals."""
    before = {
        folder.name: {path: path.read_bytes() for path in (folder / "data").glob("*/*")}
        for folder in job_folders(golden)
    }
    clock = Clock(START)
    clock.forward(days=30)
    settings = Archive(golden).settings()
    workspace = a_workspace(jobs=0)
    assert workspace.workspace_id == settings.workspace_id
    workspace.add_job(LocalJob("00112233445566778899aabb", "A new job", clock.now, CRAIG))
    synced(golden, workspace, clock=clock, accept_vanished=True)
    report = verify_archive(Archive(golden))
    assert [str(fault) for fault in report.faults] == []
    for folder in job_folders(golden):
        for path, body in before.get(folder.name, {}).items():
            assert path.read_bytes() == body
    gone = [load_job(f).gone is not None for f in job_folders(golden) if f.name in before]
    assert all(gone)


def test_its_views_can_be_made_again(golden: Path) -> None:
    """`build` with today's templates leaves an archive that verifies."""
    from archiver.cli import run

    assert run(["build", str(golden), "-q"]) == 0
    report = verify_archive(Archive(golden))
    assert [str(fault) for fault in report.faults] == []
    state, _ = read_ledger(golden / "ledger")
    assert state.building == {}


def test_its_checkpoint_is_still_continued(golden: Path) -> None:
    """A note that was kept elsewhere is read, and the ledger proven to go on from it."""
    note = ARCHIVES[0].with_name(f"{golden.name}.checkpoint.json")
    points = (read_checkpoint(str(note)),) if note.exists() else ()
    check = check_ledger(golden / "ledger", Trust(since=points))
    assert [fault.detail for fault in check.faults] == []
    assert check.state is not None
    assert (check.signatures > 0) == bool(points)
