"""File systems as they are: without hard links, without exchange, without case; a real exFAT."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.abilities import ABILITIES_FILE, probe, remembered
from archiver.archive import Archive, job_folders
from archiver.localapi import LocalApi
from archiver.verify import verify_archive
from tests.conftest import IMPOSSIBLE
from tests.faults.lab import (
    LATER,
    MUTATING,
    TORTURE,
    Ended,
    Lab,
    assert_completed,
    assert_every_folder_is_a_bag,
    calls,
    leftovers,
    points_of,
    sample,
)
from tests.pipeline import AMIRA, START, a_jpeg, a_workspace

PLAIN = ("no-links", "no-exchange")
_RESULT = re.compile(r"\) += (\d+)")


def written(trace: str) -> int:
    """Bytes that a strace log says were written to files, what the program says left out."""
    total = 0
    for line in trace.splitlines():
        name = line.partition("(")[0]
        if name in ("write", "pwrite64", "sendfile", "copy_file_range") and not line.startswith(
            ("write(1<", "write(2<")
        ):
            found = _RESULT.search(line)
            total += int(found[1]) if found else 0
    return total


# --- what a disk can do -----------------------------------------------------------------------


def test_the_first_sync_tries_the_disk_and_status_says_what_is_lacking(lab: Lab) -> None:
    """In words and in JSON; `status` itself writes nothing."""
    root = lab.folder / "plain"
    lab.day("first", root)
    run = lab.sync(root, lab.before, platform=PLAIN)
    assert any("hard links" in note for note in run.summary["notes"])
    status = lab.driver.run(["status", str(root), "--json"]).summary
    assert status["abilities"] == {
        "hard_links": False,
        "reflinks": False,
        "exchange": False,
        "case_sensitive": True,
        "locks": True,
    }
    assert [text for text in status["lacking"] if "hard links" in text]
    assert [text for text in status["lacking"] if "exchange" in text]
    (root / ".archiver" / ABILITIES_FILE).unlink()
    assert lab.driver.run(["status", str(root), "--json"]).summary["abilities"] is None
    assert not (root / ".archiver" / ABILITIES_FILE).exists()
    lab.sync(root, lab.before)
    able = remembered(root / ".archiver")
    assert able is not None
    assert able.hard_links
    assert able == probe(root)
    assert list(root.glob("probe*")) == []


@pytest.mark.parametrize("body", ["", "[]", '{"hard_links": true}', "null"])
def test_a_broken_note_of_abilities_counts_as_none(tmp_path: Path, body: str) -> None:
    """It is only a note, tried again by the next writer."""
    (tmp_path / ABILITIES_FILE).write_text(body)
    assert remembered(tmp_path) is None


def test_no_write_ahead_log_is_ever_used(lab: Lab) -> None:
    """Network drives cannot hold its shared memory: the catalogue has a rollback journal."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(lab.first / ".archiver/catalog.sqlite3")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert list((lab.first / ".archiver").glob("*-wal")) == []


# --- unchanged files are moved ----------------------------------------------------------------


def big_job(lab: Lab, root: Path, photos: int, size: int, **run: Any) -> tuple[Ended, int]:
    """A job of photos of `size` bytes, archived; then a message more: that run, and its bytes."""
    workspace = a_workspace(jobs=1, photos=0)
    (job,) = workspace.jobs
    for number in range(photos):
        picture = a_jpeg(number)
        workspace.add_photo(
            job.job_id,
            picture + bytes(size - len(picture)),
            a_jpeg(number, (32, 24)),
            by=AMIRA,
            at=START - timedelta(minutes=number),
            name=f"big-{number}",
        )
    with LocalApi(workspace).run_in_thread() as api:
        first = lab.sync(root, api, **run)
        assert first.code == 0, first.said
        workspace.add_chat(job.job_id, "One message more.", by=AMIRA, at=LATER)
        again = lab.sync(root, api, now=LATER, trace=calls(*MUTATING), **run)
    assert again.code == 0, again.said
    assert again.summary["jobs_updated"] == 1
    return again, written(again.trace)


def test_adding_a_message_writes_the_same_few_bytes_however_large_the_job_is(
    lab: Lab, tmp_path: Path
) -> None:
    """Without hard links: 1 MB of photos or 32 MB (800 MB under torture), less than 5 MB."""
    sizes = [(4, 250_000), (4, 8_000_000)] + ([(40, 20_000_000)] if TORTURE else [])
    found = []
    for photos, size in sizes:
        root = tmp_path / f"job-{photos}-{size}"
        again, bytes_written = big_job(lab, root, photos, size, platform=PLAIN)
        found.append(bytes_written)
        moved = [line for line in again.trace.splitlines() if "data/images" in line]
        assert len(moved) >= photos
        assert verify_archive(Archive(root)).faults == []
        assert leftovers(root) == []
        subprocess.run(["rm", "-rf", str(root)], check=True)
    print("bytes written for one message:", dict(zip(sizes, found, strict=True)))
    assert abs(found[0] - found[1]) < 100_000
    assert max(found) < 5_000_000


def test_build_without_links_copies_no_evidence(lab: Lab) -> None:
    """Views alone: `data/` and `seals/` are moved as they are."""
    root = lab.folder / "plain-built"
    lab.day("changed", root)
    path = root / "archive.json"
    path.write_bytes(path.read_bytes().replace(b'"UTC"', b'"Asia/Kolkata"'))
    run = lab.driver.run(
        ["build", str(root), "--json"], now=LATER, trace=calls(*MUTATING), platform=PLAIN
    )
    assert run.summary["rebuilt"] == len(list(job_folders(root)))
    copied = [
        line
        for line in run.trace.splitlines()
        if line.startswith(("write", "sendfile", "copy_file"))
        and "/data/" in line
        and "<pipe:" not in line  # a decoder is asked for a picture by its path
    ]
    assert copied == []
    assert verify_archive(Archive(root)).faults == []
    assert leftovers(root) == []


@pytest.mark.parametrize("command", ["sync", "build"])
def test_a_note_beside_the_page_survives_the_moves(lab: Lab, command: str) -> None:
    """What is not ours is set aside, also when the run was killed before it came to that."""
    root = lab.folder / f"noted-{command}"
    api, now, _ = lab.day("changed", root)
    for folder in job_folders(root):
        (folder / "note.txt").write_text("mine")
    path = root / "archive.json"

    def again(inject: str = "") -> Ended:
        if command == "sync":
            return lab.sync(root, api, now=now, platform=PLAIN, inject=inject)
        path.write_bytes(path.read_bytes().replace(b'"UTC"', b'"Asia/Kolkata"'))
        return lab.driver.run(["build", str(root)], now=now, platform=PLAIN, inject=inject)

    # Just after the first folder has come into place and its journal is about to go.
    again("unlink:signal=KILL:when=6")
    assert again().code == 0
    kept = [one for one in (root / ".archiver/set-aside").rglob("*") if one.is_file()]
    assert [one.read_text() for one in kept] == ["mine"] * len(list(job_folders(lab.first)))
    assert verify_archive(Archive(root)).faults == []


def test_a_journal_that_makes_no_sense_leaves_everything_as_it_is(lab: Lab) -> None:
    """The old folder is only in staging then: it must not be cleared away, nor the job archived
    anew over it; and what the journal names outside the archive is not touched."""
    root = lab.folder / "nonsense"
    api, now, like = lab.day("changed", root)
    (folder, *_) = job_folders(root)
    aside = root / ".archiver/staging/jobs" / f"{folder.name}.old"
    aside.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(aside)
    journal = root / f".archiver/exchange-{folder.name}.json"
    outside = lab.folder / "outside"
    outside.mkdir(exist_ok=True)
    names = {
        "staged": f".archiver/staging/jobs/{folder.name}",
        "visible": folder.relative_to(root).as_posix(),
        "aside": aside.relative_to(root).as_posix(),
    }
    for body in (b"", b"[]", b"{}", json.dumps({**names, "moves": ["../../../x"]}).encode()):
        journal.write_bytes(body)
        run = lab.sync(root, api, now=now, platform=PLAIN)
        assert run.code == 3, run.said
        assert "cut short" in run.said
        assert (aside / "tagmanifest-sha256.txt").exists()
        assert journal.read_bytes() == body
    journal.write_text(json.dumps(names))
    assert lab.sync(root, api, now=now, platform=PLAIN).code == 0
    assert_completed(root, like)


# --- a real exFAT -----------------------------------------------------------------------------


@pytest.fixture
def exfat(tmp_path: Path) -> Iterator[Path]:
    """A small exFAT, mounted; skipped where this machine cannot."""
    image, disk = tmp_path / "exfat.img", tmp_path / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(96_000_000)
    loop = ""
    try:
        subprocess.run(["mkfs.exfat", str(image)], check=True, capture_output=True)
        done = subprocess.run(
            ["losetup", "-f", "--show", str(image)], check=True, capture_output=True, text=True
        )
        loop = done.stdout.strip()
        subprocess.run(["mount.exfat-fuse", loop, str(disk)], check=True, capture_output=True)
    except FileNotFoundError as error:
        pytest.skip(f"exfatprogs or exfat-fuse is not installed: {error}")
    except (OSError, subprocess.CalledProcessError) as error:
        if loop:
            subprocess.run(["losetup", "-d", loop], check=False)
        pytest.skip(f"{IMPOSSIBLE}: no exFAT can be mounted ({error})")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=False)
        subprocess.run(["losetup", "-d", loop], check=False)


def test_on_a_real_exfat_both_days_end_in_the_same_evidence(lab: Lab, exfat: Path) -> None:
    """No links, no exchange, no case, two-second times; `status` says so."""
    root = exfat / "a"
    assert lab.sync(root, lab.before).code == 0
    assert_completed(root, lab.first)
    status = lab.driver.run(["status", str(root), "--json"]).summary
    able = status["abilities"]
    lacking = ("hard_links", "exchange", "case_sensitive")
    assert [able[name] for name in lacking] == [False] * 3
    assert len(status["lacking"]) >= 3
    assert lab.sync(root, lab.after, now=LATER).code == 0
    assert_completed(root, lab.changed)
    again = lab.sync(root, lab.after, now=LATER)
    assert (again.code, again.summary["jobs_unchanged"]) == (0, 3)


def test_on_a_real_exfat_a_message_more_writes_no_photo_again(lab: Lab, exfat: Path) -> None:
    """16 MB of photos, and less than 5 MB written."""
    _, bytes_written = big_job(lab, exfat / "a", 4, 4_000_000)
    assert bytes_written < 5_000_000
    assert verify_archive(Archive(exfat / "a")).faults == []


def test_on_a_real_exfat_a_killed_run_is_completed(lab: Lab, exfat: Path) -> None:
    """At a sample of all calls."""
    root, morning = exfat / "a", exfat / "morning"
    assert lab.sync(morning, lab.before).code == 0

    def begin() -> None:
        subprocess.run(["rm", "-rf", str(root)], check=True)
        subprocess.run(["cp", "-r", str(morning), str(root)], check=True)

    begin()
    whole = lab.sync(root, lab.after, now=LATER, trace=calls(*MUTATING))
    points = [point for point in points_of(whole.trace) if point.name != "write"]
    for point in sample(points[len(points) // 4 :], 4)[:40]:
        begin()
        run = lab.sync(root, lab.after, now=LATER, inject=point.inject("signal=KILL"))
        assert run.code == -9
        again = lab.sync(root, lab.after, now=LATER)
        assert again.code == 0, again.said
        assert_completed(root, lab.changed)
    assert_every_folder_is_a_bag(root, lab.first, lab.changed, reference=True)
