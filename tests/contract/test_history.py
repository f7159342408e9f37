"""The contract on counting and pages, for accepted losses and photos asked for again."""

from __future__ import annotations

import html
import re
from pathlib import Path

from archiver.localapi import LocalImage
from tests.contract.stage import assert_adds_up
from tests.pipeline import AMIRA, START, Clock, a_jpeg, a_workspace, folder_of, synced
from tests.test_acknowledging import decide


def test_newly_archived_and_failed_are_what_was_attempted_whatever_was_accepted(
    tmp_path: Path,
) -> None:
    """An accepted loss that misses, an unchanged photo asked again and one no longer to be had are
    no attempts; a new photo, other bytes and a torn file are."""
    workspace, clock, root = a_workspace(jobs=1, photos=5), Clock(), tmp_path / "a"
    job = workspace.jobs[0].job_id
    images = [f"/images/{job}-{number}" for number in range(5)]
    workspace.images[images[0]] = LocalImage(b"", status=404)
    first = synced(root, workspace, clock=clock)
    assert_adds_up(first, attempted=10)
    decide(root, job, clock)
    clock.forward(days=8)
    workspace.images[images[1]] = LocalImage(b"", status=410)
    workspace.images[images[2]] = LocalImage(a_jpeg(50))
    workspace.images[images[3]] = LocalImage(a_jpeg(51)[:-30])
    workspace.add_photo(job, a_jpeg(52), a_jpeg(53, (32, 24)), by=AMIRA, at=START, name="new")
    told = synced(root, workspace, clock=clock, recheck_images=True)
    assert_adds_up(told, attempted=4)
    assert (told.images_downloaded, told.images_failed, told.images_acknowledged) == (3, 1, 1)
    assert len(told.failures) == 1


def test_every_line_of_the_history_names_a_snapshot_that_is_there(tmp_path: Path) -> None:
    """Plain or packed: the link names a file of the job's own folder."""
    workspace, clock, root = a_workspace(jobs=1, photos=1), Clock(), tmp_path / "a"
    job = workspace.jobs[0].job_id
    for night in range(3):
        workspace.add_chat(job, "a long text that differs " * 900, by=AMIRA, at=clock())
        synced(root, workspace, clock=clock)
        workspace.edit_message(job, -1, textMessage=f"short now, night {night}")
        clock.forward(days=1)
    folder = folder_of(root, job)
    page = (folder / "index.html").read_text("utf-8")
    history = page[page.index('id="history"') :]
    files = [html.unescape(one) for one in re.findall(r'href="(data/snapshots/[^"]+)"', history)]
    lines = history[: history.index("</section>")].count("<time ")
    assert len(files) == lines == 5
    assert any(".zst" in file for file in files)
    assert all((folder / file).is_file() for file in files)
