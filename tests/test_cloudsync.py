"""Cloud folders are warned of by name; two of one stop every writer, and the message says why."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archiver.archive import Archive, job_folders
from archiver.cli import run
from archiver.cloudsync import cloud_service, cloud_warning, compare_heads, conflicts
from archiver.errors import ArchiveDamaged
from archiver.status import read_status
from tests.pipeline import START, a_workspace, add_job, folder_of, snapshot_tree, synced


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Users/a/Dropbox/work", "Dropbox"),
        ("a/Dropbox (Acme Ltd)/x", "Dropbox"),
        ("Users/a/OneDrive - Acme/x", "OneDrive"),
        ("a/Google Drive/My Drive/x", "Google Drive"),
        ("a/Library/CloudStorage/GoogleDrive-a@b.com/x", "Google Drive"),
        ("a/Library/Mobile Documents/com~apple~CloudDocs/x", "iCloud Drive"),
        ("a/Nextcloud2/x", "Nextcloud"),
        ("a/ownCloud/x", "ownCloud"),
        ("a/Box Sync/x", "Box"),
        ("a/pCloud Drive/x", "pCloud"),
        ("a/Resilio Sync/x", "Resilio Sync"),
        ("a/boxes/dropboxes/my drives", None),
    ],
)
def test_a_cloud_folder_is_known_by_its_name(path: str, name: str | None) -> None:
    """By any part of the path, and never by a part of a part."""
    assert cloud_service(Path("/") / path) == name
    assert (name or "None") in str(cloud_warning(Path("/") / path))


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (".dropbox", "Dropbox"),
        (".stfolder", "Syncthing"),
        (".owncloudsync.log", "ownCloud"),
        (".nextcloudsync.log", "Nextcloud"),
        (".sync/ID", "Resilio Sync"),
    ],
)
def test_a_cloud_folder_is_known_by_what_its_program_leaves(
    tmp_path: Path, mark: str, name: str
) -> None:
    """In the archive's folder or in one above it."""
    (tmp_path / mark).parent.mkdir(exist_ok=True)
    (tmp_path / mark).touch()
    assert cloud_service(tmp_path / "deep/archive") == name


def test_sync_and_status_warn_of_a_cloud_folder_by_name(tmp_path: Path) -> None:
    """A remark, not a failure."""
    root = tmp_path / "Dropbox" / "a"
    summary = synced(root, a_workspace(jobs=1, photos=0))
    assert summary.exit_code == 0
    assert any("Dropbox" in note for note in summary.notes)
    assert any("Dropbox" in text for text in read_status(root).lacking)


COPIES = (
    "ledger/ledger (conflicted copy 2025-11-23).jsonl",
    "ledger/ledger (Anna's conflicted copy 2025-11-23).jsonl",
    "ledger/ledger-DESKTOP-4F2K.jsonl",
    "ledger/ledger (1).jsonl",
    "ledger/ledger 2.jsonl",
    "ledger/ledger.sync-conflict-20251123-101500-ABCDEF.jsonl",
    "ledger/ledger (Case Conflict).jsonl",
    "ledger/ledger_conflict-20251123-101500.jsonl",
    "ledger/ledger.jsonl.Conflict",
    "archive (1).json",
    "archive-DESKTOP.json",
    ".archiver/catalog (conflicted copy 2025-11-23).sqlite3",
    "jobs/YEAR/NAME (1)",
    "jobs/YEAR/NAME (conflicted copy 2025-11-23)",
    "jobs/YEAR/NAME-DESKTOP-4F2K",
    "jobs/YEAR/NAME.sync-conflict-20251123-101500-ABCDEF",
)


@pytest.mark.parametrize("copy", COPIES)
def test_a_conflict_copy_stops_every_writer_and_nothing_is_written(
    tmp_path: Path, copy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sync` and `build` end with 1 and name it; `status` does, with 3."""
    workspace = a_workspace(jobs=1, photos=1)
    root = tmp_path / "a"
    synced(root, workspace)
    (folder,) = job_folders(root)
    place = root / copy.replace("YEAR", folder.parent.name).replace("NAME", folder.name)
    if copy.startswith("jobs/"):
        shutil.copytree(folder, place)
    else:
        place.write_bytes((root / "ledger/ledger.jsonl").read_bytes())
    assert list(conflicts(Archive(root))) == [place]
    before = snapshot_tree(root)
    with pytest.raises(ArchiveDamaged, match=r"conflict cop|two heads") as caught:
        synced(root, workspace)
    assert place.name in caught.value.message
    assert "how-to" in caught.value.hint
    assert run(["build", str(root)]) == 1
    assert run(["status", str(root)]) == 3
    assert place.name in capsys.readouterr().err
    assert snapshot_tree(root) == before


def test_a_title_cannot_make_a_job_look_like_a_copy(tmp_path: Path) -> None:
    """Somebody names a job after another one's folder, or after a conflict."""
    workspace = a_workspace(jobs=0, photos=0)
    root = tmp_path / "a"
    first = add_job(workspace, "", photos=0)
    add_job(workspace, first.job_id[:24], photos=0, job_id="ab")
    add_job(workspace, "conflicted copy (1) sync-conflict-2", photos=0, job_id="cd")
    assert synced(root, workspace).jobs_new == 3
    assert folder_of(root, "ab").name.startswith(folder_of(root, first.job_id).name)
    assert synced(root, workspace).exit_code == 0


def test_two_heads_are_told_apart() -> None:
    """The same, older, newer, forked: and where."""
    lines = [b"%d\n" % number for number in range(6)]
    whole = b"".join(lines)
    assert "the same" in compare_heads(whole, whole)
    assert "all its 3 entries" in compare_heads(whole, b"".join(lines[:3]))
    assert "copy is older" in compare_heads(whole, b"".join(lines[:3]))
    assert "copy is newer" in compare_heads(b"".join(lines[:3]), whole)
    forked = compare_heads(whole, b"".join([*lines[:4], b"x\n"]))
    assert "up to entry 4" in forked
    assert "fork" in forked


def test_a_ledger_with_two_heads_says_where_they_fork(tmp_path: Path) -> None:
    """Two computers synced the same archive; the copy set aside, the work goes on."""
    workspace = a_workspace(jobs=1, photos=0)
    root, other = tmp_path / "a", tmp_path / "b"
    synced(root, workspace)
    entries = (root / "ledger/ledger.jsonl").read_bytes().count(b"\n")
    shutil.copytree(root, other)
    synced(root, workspace)
    synced(other, workspace, clock=lambda: START.replace(hour=23))
    double = root / "ledger/ledger-OTHER.jsonl"
    double.write_bytes((other / "ledger/ledger.jsonl").read_bytes())
    with pytest.raises(ArchiveDamaged, match=f"agree up to entry {entries} and fork"):
        synced(root, workspace)
    double.unlink()
    assert synced(root, workspace).exit_code == 0
