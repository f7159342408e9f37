"""A repair killed at any system call that changes the disk: each file is the damaged one or the
good one, nothing is lost, and the next repair completes.

By default a sample of the points; `ARCHIVER_TORTURE=1 pytest tests/faults/test_repair_kill.py`
tries all.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive, job_folders
from archiver.chain import read_entries
from archiver.verify import verify_archive
from tests.faults.lab import (
    LATER,
    MUTATING,
    TORTURE,
    Ended,
    Lab,
    assert_no_traceback,
    calls,
    copy_archive,
    leftovers,
    points_of,
    sample,
    tell,
)

KILL = "signal=KILL"


def damaged_archive(lab: Lab, root: Path) -> dict[Path, tuple[bytes, bytes]]:
    """An archive with a photo and a snapshot damaged, whose bytes other places have, one photo
    that only the host has, and a forged page; gives damaged and good bytes by file."""
    copy_archive(lab.first, root)
    found: dict[Path, tuple[bytes, bytes]] = {}

    def damage(path: Path) -> None:
        good = path.read_bytes()
        path.unlink()
        path.write_bytes(b"rotten " + good)
        found[path] = (b"rotten " + good, good)

    shared = [
        path
        for folder in job_folders(root)
        for path in sorted((folder / "data/images").iterdir())
        if path.stat().st_nlink > 1
    ]
    damage(shared[0])
    other = next(folder for folder in job_folders(root) if folder != shared[0].parents[2])
    damage(next(p for p in sorted((other / "data/images").iterdir()) if p not in shared))
    damage(other / "index.html")
    return found


def repair(lab: Lab, root: Path, **run: Any) -> Ended:
    """`archiver repair` with the key and the server of the first day."""
    arguments = ["repair", str(root), "--api-url", lab.before.url, "--network-wait", "2"]
    return lab.driver.run(arguments, now=LATER, **run)


def whereabouts(root: Path, bad: bytes) -> list[Path]:
    """Every place where these bytes lie."""
    return [p for p in root.rglob("*") if p.is_file() and p.read_bytes() == bad]


def repaired_files(root: Path) -> list[str]:
    """What the ledger says was repaired."""
    with (root / "ledger/ledger.jsonl").open("rb") as file:
        entries = [entry for entry, _ in read_entries(file) if entry.event == "repaired"]
    return sorted(name for entry in entries for name in entry.fields["files"])


def test_killed_at_any_call_a_file_is_the_old_or_the_good_one_and_the_next_repair_completes(
    lab: Lab, tmp_path: Path
) -> None:
    """Old bytes are never gone before they lie in quarantine."""
    root = lab.folder / "repaired"
    damage = damaged_archive(lab, root)
    whole = repair(lab, root, trace=calls(*MUTATING))
    assert whole.code == 0, whole.said
    told = repaired_files(root)
    assert len(told) == 2
    points = points_of(whole.trace)
    assert len(points) > 40
    faults, tried = [], 0
    for point in sample(points, 6):
        shutil.rmtree(root)
        damage = damaged_archive(lab, root)
        ended = repair(lab, root, inject=point.inject(KILL))
        try:
            assert ended.code == -9, ended.said
            for path, (bad, good) in damage.items():
                assert path.read_bytes() in (bad, good), path
                if path.name != "index.html":
                    assert whereabouts(root, bad), path
            again = repair(lab, root)
            assert again.code == 0, again.said
            assert_no_traceback(again)
            assert all(path.read_bytes() == good for path, (_, good) in damage.items())
            assert verify_archive(Archive(root)).faults == []
            assert set(repaired_files(root)) == set(told)
            assert leftovers(root) == []
            assert not list((root / ".archiver").glob("repair-*"))
        except AssertionError as error:
            faults.append(f"{point}: {str(error)[-400:]}")
        tried += 1
    tell("SIGKILL at a call, repair", tried=tried, of=len(points), faults=faults)
    assert faults == []
    assert tried == 6 or TORTURE


@pytest.mark.parametrize("platform", [("no-links",), ("no-exchange",)])
def test_a_repair_needs_neither_links_nor_an_exchange_of_folders(
    lab: Lab, platform: tuple[str, ...]
) -> None:
    """On exFAT and network shares the bytes are copied."""
    root = lab.folder / "plain"
    shutil.rmtree(root, ignore_errors=True)
    damage = damaged_archive(lab, root)
    arguments = ["repair", str(root), "--api-url", lab.before.url]
    done = lab.driver.run(arguments, now=LATER, platform=platform)
    assert done.code == 0, done.said
    assert all(path.read_bytes() == good for path, (_, good) in damage.items())
    assert verify_archive(Archive(root)).faults == []
