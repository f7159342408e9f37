"""Killed in the middle of what is done to the ledger: the next command finds it whole, and the
same command again finishes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.checkpoint import read_checkpoint
from archiver.ledgercheck import Trust
from archiver.verify import verify_archive
from tests.faults.lab import (
    LATER,
    MUTATING,
    Ended,
    Lab,
    assert_every_folder_is_a_bag,
    assert_no_traceback,
    calls,
    copy_archive,
    points_of,
    sample,
    tell,
)

KILL = "signal=KILL"


def ledger(lab: Lab, *arguments: object, inject: str = "", trace: str = "") -> Ended:
    """`archiver ledger …` on the second day."""
    words = ["ledger", *map(str, arguments)]
    return lab.driver.run(words, now=LATER, inject=inject, trace=trace)


@pytest.fixture
def restored(lab: Lab, tmp_path: Path) -> tuple[Path, Path]:
    """The jobs of the second day with the ledger of the first; and a checkpoint of the second."""
    whole, root, note = tmp_path / "whole", tmp_path / "restored", tmp_path / "note.json"
    copy_archive(lab.changed, whole)
    assert ledger(lab, "checkpoint", whole, "-o", note).code == 0
    copy_archive(lab.changed, root)
    shutil.copy(lab.first / "ledger/ledger.jsonl", root / "ledger/ledger.jsonl")
    return root, note


def test_a_resume_killed_at_any_call_is_finished_by_the_same_command(
    lab: Lab, restored: tuple[Path, Path], tmp_path: Path
) -> None:
    """Every folder stays a bag; in the end all is accounted for, and the gap is stated once."""
    pristine, note = restored
    root = tmp_path / "again"
    words = ("resume", root, "--from", note, "--reason", "restored")
    copy_archive(pristine, root)
    whole = ledger(lab, *words, trace=calls(*MUTATING))
    assert whole.code == 0, whole.said
    points = points_of(whole.trace)
    assert len(points) > 40
    tried = 0
    for point in sample(points, 5):
        shutil.rmtree(root)
        copy_archive(pristine, root)
        if ledger(lab, *words, inject=point.inject(KILL)).code != -9:
            continue
        tried += 1
        again = ledger(lab, *words)
        assert again.code == 0, (point, again.said)
        assert_no_traceback(again)
        report = verify_archive(Archive(root), trust=Trust((read_checkpoint(str(note)),)))
        assert [str(fault) for fault in report.faults] == [], point
        assert sum("gap before" in text for text in report.notes) == 1
        assert_every_folder_is_a_bag(root, lab.first, lab.changed)
    tell("SIGKILL at a call, resume", tried=tried, of=len(points))
    assert tried >= 4


def test_keys_and_checkpoints_killed_at_any_call_leave_a_ledger_that_holds(
    lab: Lab, tmp_path: Path
) -> None:
    """A key whose file was not written yet is written by the next command; a note is there whole
    or there is none to trust."""
    root, note, key = tmp_path / "keyed", tmp_path / "note.json", tmp_path / "key.pem"
    for words in (
        ("init-key", root, "--key-file", key),
        ("checkpoint", root, "-o", note),
    ):
        copy_archive(lab.first, root)
        whole = ledger(lab, *words, trace=calls(*MUTATING))
        assert whole.code == 0, whole.said
        points = points_of(whole.trace)
        for point in sample(points, 5):
            shutil.rmtree(root)
            for file in (note, key):
                file.unlink(missing_ok=True)
            copy_archive(lab.first, root)
            assert ledger(lab, *words, inject=point.inject(KILL)).code == -9
            after = lab.sync(root, lab.before, "--sign-key-file", str(key))
            assert after.code == 0, after.said
            report = verify_archive(Archive(root))
            assert [str(fault) for fault in report.faults] == [], (words, point)
        tried = len(sample(points, 5))
        tell(f"SIGKILL at a call, ledger {words[0]}", tried=tried, of=len(points))
        shutil.rmtree(root)
