"""What is far too large is archived, or named, in bounded time."""

from __future__ import annotations

import time
from pathlib import Path

from archiver.archive import Archive
from archiver.verify import verify_archive
from tests.hostile.fuzz import check_page
from tests.pipeline import a_workspace, folder_of, record_of, synced


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


def test_a_hundred_thousand_messages_are_archived(tmp_path: Path) -> None:
    workspace = a_workspace(jobs=2, photos=1)
    job = workspace.jobs[0]
    chat = b'{"messageType":"chat","uploaderName":"A","timestampUploaded":"%s","textMessage":"%d"}'
    entries = b",".join(chat % (b"2025-10-22T10:12:31.460Z", n) for n in range(100_000))
    job.details_body = b'{"jobId":"%s","messages":[%s]}' % (job.job_id.encode(), entries)
    begun = time.monotonic()
    summary = synced(tmp_path / "a", workspace)
    print(f"100,000 messages in {time.monotonic() - begun:.1f} s")
    assert (summary.jobs_new, summary.failures) == (2, [])
    assert len(record_of(tmp_path / "a", job.job_id).messages) == 100_000
