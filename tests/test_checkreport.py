"""What a verification found, for other programs."""

from __future__ import annotations

import csv
import io

import pytest

from archiver.checkreport import COLUMNS, csv_text
from archiver.jobcheck import Fault, JobCheck
from archiver.verify import Report


def rows(report: Report) -> list[dict[str, str]]:
    """The table, read back."""
    return list(csv.DictReader(io.StringIO(csv_text(report))))


def test_a_sound_job_a_damaged_one_and_one_that_was_left_have_a_row_each() -> None:
    """Suite, case and status as JUnit has them."""
    fault = Fault("damaged", "jobs/2025/b/data/x", "is not what was sealed", "b", "aa", "bb")
    sound = JobCheck("a", "a", (), 3, 9, "jobs/2025/a", 0.25)
    broken = JobCheck("b", "b", (fault,), 3, 9, "jobs/2025/b", 1.0)
    stray = Fault("extra", "jobs/note.txt", "is not part of the archive")
    report = Report(faults=[fault, stray], results=[sound, broken], left=["jobs/2025/c"])
    found = rows(report)
    assert list(found[0]) == list(COLUMNS)
    told = [(row["suite"], row["case"], row["status"], row["file"]) for row in found]
    assert told == [
        ("jobs", "jobs/2025/a", "passed", ""),
        ("jobs", "jobs/2025/b", "failed", "jobs/2025/b/data/x"),
        ("jobs", "jobs/2025/c", "skipped", ""),
        ("archive", "extra", "failed", "jobs/note.txt"),
    ]
    assert (found[1]["expected"], found[1]["found"], found[1]["seconds"]) == ("aa", "bb", "1.000")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_file_name_becomes_a_formula(start: str) -> None:
    """A stranger may name a file; a spreadsheet must show it, not run it."""
    name = f'{start}HYPERLINK("http://evil.example","x")'
    (row,) = rows(Report(faults=[Fault("extra", name, "is not part of the archive")]))
    assert row["file"] == f"'{name}"


def test_a_line_end_in_a_file_name_begins_no_row() -> None:
    """Nor so a cell that a spreadsheet would run."""
    name = "jobs/a\r=1+1"
    text = csv_text(Report(faults=[Fault("extra", name, "is not part of the archive")]))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["file"] == "jobs/a\r'=1+1"


def test_a_name_that_is_no_text_is_escaped_by_the_writer() -> None:
    """A lone surrogate, as Python has for a name that is not UTF-8."""
    text = csv_text(Report(faults=[Fault("extra", "jobs/\udcff", "x")]))
    assert text.encode("utf-8", "backslashreplace").decode().count("\\udcff") == 1
