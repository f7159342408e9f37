"""Verification of a whole archive: what is shared, what is cached, what a night has time for."""

from __future__ import annotations

import csv
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.archive import Archive, job_folders
from archiver.budget import Budget
from archiver.errors import UsageProblem
from archiver.ledger import read_ledger
from archiver.recording import verify_and_record
from archiver.verify import verify_archive
from tests.cli.conftest import Cli, cli
from tests.pipeline import AMIRA, START, Clock, a_jpeg, a_workspace, synced

__all__ = ["cli"]
CATALOGUE = ".archiver/catalog.sqlite3"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four jobs; the same photo is in three of them."""
    workspace = a_workspace(jobs=4, photos=1)
    for job in workspace.jobs[:3]:
        workspace.add_photo(
            job.job_id, a_jpeg(777), a_jpeg(777, (32, 24)), name="shared", by=AMIRA, at=START
        )
    synced(tmp_path / "a", workspace)
    return tmp_path / "a"


def shared_files(root: Path) -> list[Path]:
    """The photo that several jobs share."""
    images = [path for folder in job_folders(root) for path in (folder / "data/images").iterdir()]
    return [path for path in images if path.stat().st_nlink == 3]


def damage(path: Path) -> None:
    """Change a byte through one of its names; all hard links see it."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\x00\xff")


def test_one_damage_in_a_shared_file_names_every_job_that_has_it(root: Path) -> None:
    """Also when only one of the jobs was asked for."""
    files = shared_files(root)
    assert len(files) == 3
    damage(files[1])
    wanted = {path.relative_to(root).as_posix() for path in files}
    assert {fault.path for fault in verify_archive(Archive(root)).faults} == wanted
    only = verify_archive(Archive(root), jobs=[files[0].parents[2].name])
    assert {fault.path for fault in only.faults} == wanted
    assert only.jobs == 3
    assert len(only.left) == 1


def test_a_job_nobody_knows_is_wrong_usage_and_one_whose_folder_is_gone_a_fault(
    root: Path,
) -> None:
    """A slip of the hand must not pass for a sound job."""
    with pytest.raises(UsageProblem, match="no job"):
        verify_archive(Archive(root), jobs=["feedbeef"])
    folder = next(job_folders(root))
    job_id = folder.name.rpartition("-")[2]
    folder.rename(root.parent / "away")
    (fault,) = verify_archive(Archive(root), jobs=[job_id]).faults
    assert (fault.kind, fault.job_id) == ("missing", job_id)


def test_a_stranger_beside_the_archives_own_folders_is_said_and_no_fault(root: Path) -> None:
    """It can harm nothing."""
    assert verify_archive(Archive(root)).notes == []
    (root / "notes.docx").write_text("x")
    report = verify_archive(Archive(root))
    assert (report.faults, report.notes) == ([], ["Not part of the archive: notes.docx."])


# --- the catalogue ----------------------------------------------------------------------------


def sql(root: Path, statement: str) -> None:
    """Change the catalogue behind the program's back."""
    with sqlite3.connect(root / CATALOGUE) as db:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        ("UPDATE jobs SET tagmanifest = 'old' WHERE seal = 1", "not up to date"),
        ("DELETE FROM jobs", "does not know"),
        ("DELETE FROM payload WHERE file LIKE '%record.json'", "lacks data/record.json"),
    ],
)
def test_a_catalogue_behind_the_bags_is_a_remark(root: Path, statement: str, note: str) -> None:
    """It is only a cache; each job is named."""
    sql(root, statement)
    report = verify_archive(Archive(root))
    assert report.faults == []
    assert len(report.notes) == 4
    assert all(note in text and "next sync" in text for text in report.notes)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payload SET sha256 = 'f00' WHERE file LIKE '%thumbnails/0001%' AND rowid % 2",
        "INSERT INTO payload SELECT job_id, 'data/images/9999.jpg', 'f00', 1 FROM jobs LIMIT 1",
        "INSERT INTO jobs SELECT 'feed', 'jobs/2025/feed', seal, tagmanifest, sameness, listed,"
        " 0, 0, summary, NULL FROM jobs LIMIT 1",
    ],
)
def test_a_catalogue_that_claims_what_no_bag_has_is_a_fault(root: Path, statement: str) -> None:
    """Sync would go looking for it."""
    sql(root, statement)
    report = verify_archive(Archive(root))
    assert {(fault.kind, fault.path) for fault in report.faults} == {("catalogue", CATALOGUE)}
    assert all(fault.job_id and "delete this file" in fault.detail for fault in report.faults)
    (root / CATALOGUE).unlink()
    assert verify_archive(Archive(root)).faults == []


def test_a_catalogue_that_is_none_is_a_remark_and_is_left_as_it_is(root: Path) -> None:
    """Verification reads; the next sync makes it again."""
    (root / CATALOGUE).write_bytes(b"nothing of the kind" * 100)
    report = verify_archive(Archive(root))
    assert report.faults == []
    assert "cannot be read" in report.notes[0]
    assert (root / CATALOGUE).read_bytes() == b"nothing of the kind" * 100


# --- budgets ----------------------------------------------------------------------------------


def test_samples_go_round_until_everything_was_read_without_the_catalogue(root: Path) -> None:
    """What was read when is in the ledger: a deleted catalogue makes nobody begin again."""
    clock = Clock(START + timedelta(days=1))
    read: list[str] = []
    for run in range(4):
        report = verify_and_record(root, budget=Budget(share=0.2), clock=clock)
        assert report.recorded
        read += report.checked
        assert len(report.left) == 4 - len(report.checked)
        assert (report.oldest_check is None) == (len(set(read)) < 4)
        (root / CATALOGUE).unlink()
        clock.forward(hours=1 + run)
    assert len(set(read)) == 4
    assert read[0] not in read[1:4]


def test_a_job_read_within_the_age_is_passed_over_and_counted_as_left(root: Path) -> None:
    """And the oldest check is told."""
    clock = Clock(START + timedelta(days=1))
    verify_and_record(root, clock=clock)
    clock.forward(days=10)
    nothing = verify_and_record(root, budget=Budget(max_age=timedelta(days=30)), clock=clock)
    assert (nothing.jobs, len(nothing.left)) == (0, 4)
    assert nothing.oldest_check == START + timedelta(days=1)
    clock.forward(days=30)
    again = verify_and_record(root, budget=Budget(max_age=timedelta(days=30)), clock=clock)
    assert (again.jobs, again.left, again.oldest_check) == (4, [], clock.now)


def test_no_job_is_begun_after_the_duration(root: Path) -> None:
    """One that is being read is read to its end."""
    ticks = iter(range(0, 100_000, 3600))
    report = verify_archive(
        Archive(root),
        budget=Budget(max_duration=timedelta(hours=2)),
        timer=lambda: float(next(ticks)),
        readers=1,
    )
    # The clock is asked at the start, and before and after each job.
    assert (report.jobs, len(report.left)) == (1, 3)
    assert report.faults == []


# --- the command ------------------------------------------------------------------------------


def test_the_command_says_what_was_left_and_status_when_each_job_was_read(
    cli: Cli, root: Path
) -> None:
    """As a person and as a script."""
    done = cli("verify", root, "--sample", "1%", "--json").json
    assert (done["jobs"], done["jobs_left"], done["oldest_check"]) == (1, 3, None)
    assert "never" in cli("verify", root, "--sample", "1%").out
    checks = cli("status", root, "--json").json["checks"]
    assert sorted(when is None for when in checks.values()) == [False, False, True, True]
    assert cli("status", root, "-v").out.count("verified: never") == 2
    cli("verify", root, "--max-age", "30d", "--max-duration", "2h")
    assert None not in cli("status", root, "--json").json["checks"].values()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sample", "5"),
        ("--sample", "0%"),
        ("--sample", "200%"),
        ("--max-age", "soon"),
        ("--max-duration", "5"),
        ("--strict-tags",),
        ("--report", "a/report.json"),
        ("--report", "report.txt"),
        ("--report", "nowhere/report.csv"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    cli: Cli, root: Path, arguments: tuple[str, ...]
) -> None:
    """Said before anything is read."""
    before = read_ledger(root / "ledger")[0].entries
    assert cli("verify", "a", *arguments).code == 2
    assert read_ledger(root / "ledger")[0].entries == before


def test_reports_are_written_as_json_and_as_a_table(cli: Cli, root: Path, tmp_path: Path) -> None:
    """Every job and every fault; last night's report gives way."""
    damage(shared_files(root)[0])
    for _ in range(2):
        assert cli("verify", root, "--report", tmp_path / "r.json").code == 3
        assert cli("verify", root, "--report", tmp_path / "r.csv").code == 3
    value = json.loads((tmp_path / "r.json").read_text())
    assert len(value["checked"]) == 4
    assert len(value["faults"]) == 3
    assert value["time"].endswith("Z")
    with (tmp_path / "r.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["status"] for row in table].count("failed") == 3
    assert [row["status"] for row in table].count("passed") == 1
