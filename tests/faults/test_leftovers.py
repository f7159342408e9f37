"""What is not ours is never lost, and what cannot be accounted for is never sealed again."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import threading
from datetime import datetime
from pathlib import Path

import pytest

import archiver.commit
import archiver.jobs
import archiver.swap
from archiver.archive import Archive, job_folders
from archiver.commit import discard, recover
from archiver.errors import DiskFull
from archiver.ledger import Ledger, read_ledger
from archiver.swap import replay, swap_in
from archiver.verify import verify_archive
from tests.faults.lab import leftovers
from tests.pipeline import AMIRA, START, Clock, a_workspace, folder_of, snapshot_tree, synced

NOW: datetime = START


def test_a_note_beside_the_page_is_set_aside_each_time_and_never_overwritten(
    tmp_path: Path,
) -> None:
    """Two notes of one name, on two days: both are kept."""
    workspace = a_workspace(jobs=1, photos=1)
    clock = Clock()
    root = tmp_path / "a"
    synced(root, workspace, clock=clock)
    job_id = workspace.jobs[0].job_id
    for day in ("one", "two"):
        (folder_of(root, job_id) / "note.txt").write_text(day)
        workspace.add_chat(job_id, day, by=AMIRA, at=START)
        clock.forward(days=1)
        assert synced(root, workspace, clock=clock).jobs_updated == 1
    kept = [path for path in (root / ".archiver/set-aside").rglob("*") if path.is_file()]
    assert {path.read_text() for path in kept} == {"one", "two"}
    assert verify_archive(Archive(root)).faults == []


def test_a_note_that_cannot_be_set_aside_is_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full just then: it stays in staging until it can be moved."""
    workspace = a_workspace(jobs=1, photos=1)
    clock = Clock()
    root = tmp_path / "a"
    synced(root, workspace, clock=clock)
    job_id = workspace.jobs[0].job_id
    (folder_of(root, job_id) / "note.txt").write_text("mine")
    workspace.add_chat(job_id, "new", by=AMIRA, at=START)
    clock.forward(days=1)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(archiver.commit, "_set_aside", full)
        summary = synced(root, workspace, clock=clock)
    assert (summary.jobs_updated, summary.exit_code) == (1, 0)
    assert [path.read_text() for path in root.rglob("note.txt")] == ["mine"]
    synced(root, workspace, clock=clock)
    (kept,) = root.rglob("note.txt")
    assert "set-aside" in kept.parts
    assert leftovers(root) == []


def test_a_damaged_bag_is_not_replaced_when_the_catalogue_is_lost_too(tmp_path: Path) -> None:
    """Without the catalogue the job looks new; its folder, which holds a photo that is gone
    upstream, must not be exchanged for a new one."""
    workspace = a_workspace(jobs=2, photos=2)
    root = tmp_path / "a"
    clock = Clock()
    synced(root, workspace, clock=clock)
    job_id = workspace.jobs[0].job_id
    workspace.remove_message(job_id, 1)
    folder = folder_of(root, job_id)
    for name, deed in (
        ("tagmanifest-sha256.txt", lambda body: body.replace(b"a", b"b", 1)),
        ("tagmanifest-sha256.txt", lambda body: b"\xff" + body),
        ("bag-info.txt", lambda body: body.replace(b"Identifier: ", b"Identifier: x")),
        ("bag-info.txt", lambda body: b""),
        ("manifest-sha256.txt", lambda body: body[: body.index(b"\n") + 1]),
    ):
        path = folder / name
        good = path.read_bytes()
        path.write_bytes(deed(good))
        (root / ".archiver/catalog.sqlite3").unlink()
        before = snapshot_tree(folder)
        clock.forward(days=1)
        summary = synced(root, workspace, clock=clock)
        assert (summary.jobs_failed, summary.exit_code) == (1, 3), name
        assert snapshot_tree(folder) == before, name
        assert len(list(job_folders(root))) == 2
        path.write_bytes(good)
    clock.forward(days=1)
    assert synced(root, workspace, clock=clock).jobs_updated == 1
    assert verify_archive(Archive(root)).faults == []


def test_a_job_lost_together_with_the_catalogue_is_said_and_logged(tmp_path: Path) -> None:
    """The ledger remembers it: its seals go on counting."""
    workspace = a_workspace(jobs=2, photos=1)
    root = tmp_path / "a"
    synced(root, workspace)
    job_id = workspace.jobs[0].job_id
    shutil.rmtree(folder_of(root, job_id))
    (root / ".archiver/catalog.sqlite3").unlink()
    summary = synced(root, workspace)
    assert (summary.exit_code, summary.jobs_updated, summary.jobs_new) == (3, 1, 0)
    assert any("missing" in problem.reason for problem in summary.failures)
    assert verify_archive(Archive(root)).faults == []
    assert synced(root, workspace).exit_code == 0


@pytest.mark.parametrize("page", [1, 2, 5])
def test_a_damaged_catalogue_is_made_again_from_the_bags(tmp_path: Path, page: int) -> None:
    """It is a cache: whole pages overwritten cost nothing but a little time."""
    workspace = a_workspace(jobs=3, photos=2)
    root = tmp_path / "a"
    synced(root, workspace)
    path = root / ".archiver/catalog.sqlite3"
    body = bytearray(path.read_bytes())
    body[page * 4096 : page * 4096 + 2000] = b"\xa5" * 2000
    path.write_bytes(body)
    summary = synced(root, workspace)
    assert (summary.jobs_unchanged, summary.failures) == (3, [])
    assert summary.images_downloaded == 0


def test_what_is_missing_from_a_folder_comes_back_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files cannot be linked, a copy that the disk cuts short never shows in the folder."""
    workspace = a_workspace(jobs=1, photos=1)
    root = tmp_path / "a"
    synced(root, workspace)
    folder = folder_of(root, workspace.jobs[0].job_id)
    (image,) = (folder / "data/images").iterdir()
    image.unlink()

    def cut_short(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(archiver.jobs, "link_or_copy", cut_short)
        with pytest.raises(DiskFull):
            synced(root, workspace)
    assert not image.exists()
    assert synced(root, workspace).exit_code == 3  # said once more, and put back
    assert synced(root, workspace).exit_code == 0
    assert verify_archive(Archive(root)).faults == []
    assert leftovers(root) == []


# --- exchanging by journal --------------------------------------------------------------------


def test_two_exchanges_by_journal_at_once_do_not_forget_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while both old folders are away: both come back."""
    monkeypatch.setattr(archiver.swap, "exchange", lambda one, other: False)
    archive = Archive(tmp_path)
    pairs = []
    for name in ("one", "two"):
        staged, visible = archive.staging / name, archive.jobs / "2025" / name
        for folder, text in ((staged, "new"), (visible, "old")):
            folder.mkdir(parents=True)
            (folder / "file").write_text(text)
        pairs.append((staged, visible))
    both_away = threading.Barrier(2, timeout=10)
    real = Path.replace

    def cut(self: Path, target: Path) -> Path:
        if "staging" in self.parts and "staging" not in Path(target).parts:
            both_away.wait()
            raise SystemExit  # killed here
        return real(self, target)

    monkeypatch.setattr(Path, "replace", cut)

    def killed(pair: tuple[Path, Path]) -> None:
        with contextlib.suppress(SystemExit):
            swap_in(archive, *pair)

    threads = [threading.Thread(target=killed, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.setattr(Path, "replace", real)
    assert [visible.exists() for _, visible in pairs] == [False, False]
    assert replay(archive, lambda key, commitment: False) == []
    assert [(visible / "file").read_text() for _, visible in pairs] == ["old", "old"]
    assert list(archive.private.glob("exchange*")) == []


def test_an_exchange_by_journal_that_fails_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second rename is refused: what could be seen can be seen again, at once."""
    monkeypatch.setattr(archiver.swap, "exchange", lambda one, other: False)
    archive = Archive(tmp_path)
    staged, visible = archive.staging / "one", archive.jobs / "2025" / "one"
    for folder, text in ((staged, "new"), (visible, "old")):
        folder.mkdir(parents=True)
        (folder / "file").write_text(text)
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self == staged:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="Input/output"):
        swap_in(archive, staged, visible)
    assert (visible / "file").read_text() == "old"
    assert (staged / "file").read_text() == "new"
    assert list(archive.private.glob("exchange*")) == []


# --- the ledger -------------------------------------------------------------------------------


def test_an_entry_that_can_neither_be_written_nor_taken_back_does_not_spoil_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed fsync, and a truncation that fails too: the next entry takes its place."""
    ledger = Ledger.create(tmp_path, NOW)

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    class Stuck(type(Path())):  # type: ignore[misc]
        """A file that cannot be truncated."""

        def open(self, *args: object, **more: object) -> object:
            file = super().open(*args, **more)

            class Wrapped:
                def __enter__(self) -> object:
                    return self

                def __exit__(self, *_: object) -> None:
                    file.close()

                def __getattr__(self, name: str) -> object:
                    return refuse if name == "truncate" else getattr(file, name)

            return Wrapped()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        ledger.folder = Stuck(tmp_path)
        with pytest.raises(OSError, match="Input/output"):
            ledger.append("run-start", NOW, program="1")
    ledger.folder = tmp_path
    assert (tmp_path / "ledger.jsonl").read_bytes().count(b"\n") == 2
    ledger.append("run-start", NOW, program="2")
    state, torn = read_ledger(tmp_path)
    assert (state.entries, torn, state.head) == (2, b"", ledger.state.head)


def test_a_replaced_folder_in_staging_is_emptied_only_of_what_is_ours(tmp_path: Path) -> None:
    """Killed before the old folder was removed, with somebody's note in it."""
    workspace = a_workspace(jobs=1, photos=1)
    root = tmp_path / "a"
    synced(root, workspace)
    archive = Archive(root)
    (folder,) = job_folders(root)
    old = archive.staging / folder.name
    shutil.copytree(folder, old)
    (old / "note.txt").write_text("mine")
    half = archive.staging / ("x" + folder.name)
    shutil.copytree(folder, half)
    (half / "tagmanifest-sha256.txt").write_bytes(b"")
    (half / "view-sha256.txt").write_bytes(b"")
    ledger, _ = Ledger.open(archive.ledger)
    recover(archive, ledger, NOW)
    assert leftovers(root) == []
    kept = [path.name for path in (archive.private / "set-aside").rglob("*") if path.is_file()]
    assert kept == ["note.txt"]
    discard(archive, old)  # one that is absent is fine
