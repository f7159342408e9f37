"""What is far too large is archived and shown all the same."""

from __future__ import annotations

import json
from pathlib import Path

from archiver.archive import Archive
from archiver.verify import verify_archive
from tests.faults.lab import TORTURE
from tests.hostile.fuzz import check_page
from tests.pipeline import a_workspace, folder_of, record_of, synced

MESSAGES = 100_000 if TORTURE else 4_000


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


def test_very_many_messages_are_archived_and_shown(tmp_path: Path) -> None:
    """100,000 in the long form; 20,000 are in the contract's tests."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    one = {"messageType": "chat", "uploaderId": "1", "uploaderName": "A"}
    messages = [
        {**one, "timestampUploaded": f"2025-01-01T{n % 24:02d}:00:00Z", "textMessage": f"No. {n}."}
        for n in range(MESSAGES)
    ]
    job.details_body = json.dumps({"jobId": job.job_id, "messages": messages}).encode()
    summary = synced(tmp_path / "a", workspace)
    assert (summary.jobs_new, summary.failures) == (1, [])
    assert len(record_of(tmp_path / "a", job.job_id).messages) == MESSAGES
    page = (folder_of(tmp_path / "a", job.job_id) / "index.html").read_text("utf-8")
    assert all(f">No. {n}.<" in page for n in (0, MESSAGES // 2, MESSAGES - 1))
    assert verify_archive(Archive(tmp_path / "a")).faults == []
