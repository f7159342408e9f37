"""Tables of hostile workspaces: any body that the API may send makes rows that run nothing."""

from __future__ import annotations

import contextlib
import csv
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from archiver.archive import ArchiveSettings
from archiver.csvtext import begins_a_formula
from archiver.models import JobId, RelPath
from archiver.record import record_bytes
from archiver.sealedjobs import SealedJob
from archiver.tables import MESSAGES, PHOTO_LOG, Table, write_dump, write_table
from tests.factories import an_odd_job
from tests.hostile.fuzz import record_of
from tests.strategies import Generator

BODIES = 150
NUMBERS = {"exhibit", "version", "message", "wording", "bytes", "width", "height"}
NUMBERS |= {"latitude", "longitude"}


@pytest.fixture(scope="module")
def jobs() -> list[SealedJob]:
    """A job of each of so many bodies, and the oddest of the pages' tests."""
    generator = Generator(11)
    records = [record_of(generator.body()) for _ in range(BODIES)]
    records = [replace(one, job_id=JobId(f"{n:024x}")) for n, one in enumerate(records)]
    return [
        SealedJob(RelPath(f"jobs/2025/{one.job_id}"), one, record_bytes(one), frozenset(), {})
        for one in (*records, an_odd_job())
    ]


@pytest.mark.parametrize("table", [PHOTO_LOG, MESSAGES], ids=lambda table: table.title)
def test_a_table_has_a_cell_for_each_column_and_no_formula(
    jobs: list[SealedJob], tmp_path: Path, table: Table
) -> None:
    """As CSV read by the `csv` module and as a workbook read by openpyxl: the same rows."""
    zone = ZoneInfo("Europe/London")
    for name in ("a.csv", "a.xlsx"):
        tally = write_table(table, jobs, zone, tmp_path / name)
        assert len(tally.keys) == len(jobs)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert len(rows) == tally.rows
    assert {len(row) for row in rows} == {len(header)}
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            assert name in NUMBERS or not begins_a_formula(cell), (name, cell)
    sheets = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    (sheet,) = (one for one in sheets if one.title == table.title)
    assert sheet.max_row == len(rows) + 1
    types = {
        (header[c.column - 1] in NUMBERS, c.data_type)
        for row in sheet.iter_rows(min_row=2)
        for c in row
        if c.value is not None
    }
    assert types <= {(True, "n"), (False, "s"), (False, "d")}


def test_a_dump_hangs_together(jobs: list[SealedJob], tmp_path: Path) -> None:
    """Each line is its record; every reference of the database leads somewhere."""
    settings = ArchiveSettings("w", "Europe/London")
    lines, database = tmp_path / "a.jsonl", tmp_path / "a.sqlite"
    write_dump(jobs, settings, lines, database)
    read = [json.loads(line) for line in lines.read_bytes().split(b"\n")[:-1]]
    assert read == [json.loads(job.body) for job in jobs]
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for table, column in (("messages", "messages"), ("photos", "photos")):
            (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert count == sum(len(getattr(job.record, column)) for job in jobs)
