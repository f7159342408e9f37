"""Search data on disk: a night writes what its changed jobs touch, and the same again from bags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.archive import load_job
from archiver.catalog import Catalog, CatalogJob
from archiver.models import RelPath, Sha256
from archiver.searchable import searchable
from archiver.searchfiles import update_chat
from tests.factories import a_job, a_message, a_record, a_summary
from tests.pipeline import (
    CRAIG,
    START,
    Clock,
    a_workspace,
    add_photo,
    folder_of,
    snapshot_tree,
    synced,
)

CATALOGUE = ".archiver/catalog.sqlite3"


def search_files(root: Path) -> dict[str, tuple[str, int]]:
    """The files of search data that depend on the jobs alone."""
    tree = snapshot_tree(root)
    return {n: h for n, h in tree.items() if n.startswith("search/") and "checks" not in n}


def test_a_night_rewrites_the_buckets_of_changed_jobs_and_no_other(tmp_path: Path) -> None:
    workspace = a_workspace(jobs=3, photos=1)
    old = workspace.jobs[0]
    old.created_at = datetime(2019, 5, 5, 12, tzinfo=UTC)
    clock = Clock()
    synced(tmp_path, workspace, clock=clock)
    before = search_files(tmp_path)
    assert {"search/text/2019/0000.js", "search/text/2025/0000.js"} <= set(before)
    clock.forward(days=1)
    synced(tmp_path, workspace, clock=clock)
    assert search_files(tmp_path) == before
    workspace.add_chat(workspace.jobs[1].job_id, "A wholly new zebra.", by=CRAIG, at=START)
    clock.forward(days=1)
    synced(tmp_path, workspace, clock=clock)
    after = search_files(tmp_path)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {"search/text/2025/0000.js", "search/words/2025/z.js", "search/chat.js"} <= changed
    assert not [name for name in changed if "/2019/" in name]


@pytest.mark.parametrize("lost", ["catalogue", "search"])
def test_what_was_lost_is_made_again_the_same(tmp_path: Path, lost: str) -> None:
    workspace, clock = a_workspace(jobs=2, photos=1), Clock()
    synced(tmp_path, workspace, clock=clock)
    before = {name: digest for name, (digest, _) in search_files(tmp_path).items()}
    if lost == "catalogue":
        (tmp_path / CATALOGUE).unlink()
        (tmp_path / "search/words/2025/qq.js").write_bytes(b"stale")
        (tmp_path / "search/words/1999").mkdir()
        (tmp_path / "search/words/1999/a.js").write_bytes(b"stale")
    else:
        (tmp_path / "search/words/2025/a.js").unlink()
        (tmp_path / "search/text/2025/0000.js").write_bytes(b"torn")
    clock.forward(days=1)
    synced(tmp_path, workspace, clock=clock)
    assert {name: digest for name, (digest, _) in search_files(tmp_path).items()} == before


def test_the_catalogue_holds_what_the_record_says(tmp_path: Path) -> None:
    workspace = a_workspace(jobs=1, photos=2)
    synced(tmp_path, workspace)
    job_id = workspace.jobs[0].job_id
    made = searchable(load_job(folder_of(tmp_path, job_id)))
    catalog = Catalog.as_it_is(tmp_path / CATALOGUE)
    assert list(catalog.chat([job_id])) == [made.chat_json]
    assert list(catalog.words([job_id])) == [" ".join(made.words)]
    assert catalog.photos(job_id) == list(made.photos)
    catalog.close()


def put(catalog: Catalog, number: int, text: str) -> tuple[str, datetime | None]:
    """A job with one line, straight into the catalogue."""
    summary = a_summary(number)
    searched = searchable(a_record([a_message(1, text)], []))
    row = CatalogJob(summary.job_id, summary.folder, 1, Sha256("0" * 64), "", "", 0, False, summary)
    catalog.put_job(row, {RelPath("data/x"): (Sha256("0" * 64), 1)}, (), searched)
    return summary.job_id, summary.created


def test_only_touched_buckets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog(None)
    rows = [put(catalog, 24 * 200 * n, f"Text {n}.") for n in range(4)]
    rows.sort(key=lambda row: row[1] or START, reverse=True)
    assert update_chat(tmp_path, catalog, rows, sync=False) > 4
    read: list[str] = []
    chat = catalog.chat

    def noted(job_ids: Iterable[str]) -> Iterator[str]:
        read.extend(asked := list(job_ids))
        return chat(asked)

    monkeypatch.setattr(catalog, "chat", noted)
    assert update_chat(tmp_path, catalog, rows, sync=False) == 0
    assert read == []
    _, created = rows[-1]
    assert created is not None
    put(catalog, 24 * 600, "Another text.")
    assert update_chat(tmp_path, catalog, rows, sync=False) > 0
    assert set(read) == {job for job, when in rows if when and when.year == created.year}
    assert update_chat(tmp_path, catalog, rows[:2], sync=False) == 1  # chat.js; 2024 goes
    assert {path.name for path in (tmp_path / "search/text").iterdir()} == {"2025"}


def test_a_job_without_any_chat_takes_part(tmp_path: Path) -> None:
    catalog = Catalog(None)
    job = a_summary(0)
    row = CatalogJob(job.job_id, job.folder, 1, Sha256("0" * 64), "", "", 0, False, job)
    catalog.put_job(row, {}, (), searchable(a_job(photos=1, messages=0)))
    update_chat(tmp_path, catalog, [(job.job_id, job.created)], sync=False)
    assert (tmp_path / "search/text/2025/0000.js").read_text().startswith("Archive.text('2025',0,")


def test_a_new_photo_changes_its_month_and_no_other(tmp_path: Path) -> None:
    workspace, clock = a_workspace(jobs=2, photos=1), Clock()
    old = workspace.jobs[0]
    add_photo(workspace, old, 77, datetime(2024, 3, 31, 23, 30, tzinfo=UTC))
    synced(tmp_path, workspace, clock=clock)
    assert (tmp_path / "search/photos-2024-04.js").exists()  # in London's summer time
    before = photo_files(tmp_path)
    clock.forward(days=1)
    add_photo(workspace, old, 78, datetime(2025, 11, 2, 12, tzinfo=UTC))
    synced(tmp_path, workspace, clock=clock)
    after = photo_files(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {
        "photos.html",
        "photos-2025-11.html",
        "photos-2025-10.html",  # which now has a month after it
        "search/photos.js",
        "search/photos-2025-11.js",
    }
    clock.forward(days=1)
    synced(tmp_path, workspace, clock=clock, time_zone="UTC")
    assert not (tmp_path / "search/photos-2024-04.js").exists()
    assert (tmp_path / "search/photos-2024-03.js").exists()
    assert (tmp_path / "photos-2024-03.html").exists()


def photo_files(root: Path) -> dict[str, tuple[str, int]]:
    """Files and pages of photos."""
    tree = snapshot_tree(root, without=("jobs/", ".archiver/", "ledger/"))
    return {name: held for name, held in tree.items() if "photos" in name}
