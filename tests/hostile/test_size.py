"""What is far too large is archived and shown all the same."""

from __future__ import annotations

from pathlib import Path

from archiver.archive import Archive
from archiver.verify import verify_archive
from tests.hostile.fuzz import check_page
from tests.pipeline import a_workspace, folder_of, synced


def test_a_title_of_a_megabyte_is_archived_and_shown(tmp_path: Path) -> None:
    workspace = a_workspace(jobs=2, photos=1)
    job = workspace.jobs[0]
    job.name = "<b>" + "Ä" * 1_000_000
    summary = synced(tmp_path / "a", workspace)
    assert (summary.jobs_new, summary.failures) == (2, [])
    folder = folder_of(tmp_path / "a", job.job_id)
    assert len(folder.name.encode()) <= 120
    page = (folder / "index.html").read_bytes()
    check_page(page)
    assert ("Ä" * 1_000_000).encode() in page
    assert verify_archive(Archive(tmp_path / "a")).faults == []
