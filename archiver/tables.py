"""Writing tables of an archive: photo log and messages as CSV or workbook, and whole dumps.

Jobs are read one after another, so that memory does not follow their number.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from archiver import csvtext, messagelog, photolog
from archiver.archive import ArchiveSettings
from archiver.capturetime import FAR
from archiver.columns import Cell, Column, cells_of
from archiver.messagelog import message_rows
from archiver.models import JobRecord
from archiver.naming import job_key
from archiver.sealedjobs import SealedJob
from archiver.sqlitedump import SqliteDump
from archiver.wholefile import whole_file
from archiver.workbook import Workbook

_INDENT = re.compile(rb"\n *")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be made of any job."""

    title: str
    columns: tuple[Column, ...]
    rows: Callable[[SealedJob, ZoneInfo, timedelta], Iterable[object]]


PHOTO_LOG = Table("Photo log", photolog.COLUMNS, photolog.photo_rows)
MESSAGES = Table("Messages", messagelog.COLUMNS, lambda job, zone, _: message_rows(job, zone))


@dataclass(slots=True)
class Tally:
    """What was written: jobs by ledger key, rows of a table, what was left out because it was
    erased, and what is worth saying."""

    keys: list[str] = field(default_factory=list)
    rows: int | None = None
    photos_erased: int = 0
    messages_erased: int = 0
    notes: list[str] = field(default_factory=list)

    def count(self, record: JobRecord) -> None:
        """Count a job."""
        self.keys.append(job_key(record.job_id))
        self.photos_erased += sum(one.erased is not None for one in record.photos)
        self.messages_erased += sum(
            one.erased is not None and one.photo is None for one in record.messages
        )


def write_table(
    table: Table,
    jobs: Iterable[SealedJob],
    zone: ZoneInfo,
    out: Path | BinaryIO,
    far: timedelta = FAR,
) -> Tally:
    """Write a table to a file, a workbook if its name ends in `.xlsx`, else CSV; or as CSV to a
    stream. A file is there whole or not at all. From `far` on a photo is far from its upload.
    Raises DiskFull, NotWritable, OSError."""
    tally = Tally()
    rows = _rows(table, jobs, zone, far, tally)
    if not isinstance(out, Path):
        _write_csv(table, rows, out)
    elif out.suffix.lower() == ".xlsx":
        with whole_file(out) as made, Workbook(made, table.title, table.columns) as book:
            for row in rows:
                book.add(row)
            tally.notes += book.notes
    else:
        with whole_file(out) as made, made.open("wb") as file:
            # Without it Excel takes a file for one of the computer's old code page.
            file.write(b"\xef\xbb\xbf")
            _write_csv(table, rows, file)
    return tally


def _rows(
    table: Table, jobs: Iterable[SealedJob], zone: ZoneInfo, far: timedelta, tally: Tally
) -> Iterator[list[Cell]]:
    tally.rows = 0
    for job in jobs:
        tally.count(job.record)
        for row in table.rows(job, zone, far):
            tally.rows += 1
            yield cells_of(row, table.columns)


def _write_csv(table: Table, rows: Iterable[list[Cell]], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    try:
        writer = csvtext.writer(text)
        writer.writerow([column.name for column in table.columns])
        for row in rows:
            writer.writerow(csvtext.row(row))
        text.flush()
    finally:
        text.detach()


def write_dump(
    jobs: Iterable[SealedJob],
    settings: ArchiveSettings,
    lines: Path | BinaryIO | None,
    sqlite: Path | None,
    far: timedelta = FAR,
) -> Tally:
    """Write jobs as JSON Lines (each line one job's `record.json`) to a file or stream, as a
    SQLite file, or both at once; from `far` on a photo is far from its upload. Raises DiskFull,
    NotWritable, OSError."""
    tally = Tally()
    with contextlib.ExitStack() as stack:
        file: BinaryIO | None = None
        if isinstance(lines, Path):
            file = stack.enter_context(stack.enter_context(whole_file(lines)).open("wb"))
        elif lines is not None:
            file = lines
        database: SqliteDump | None = None
        if sqlite is not None:
            made = stack.enter_context(whole_file(sqlite))
            database = stack.enter_context(SqliteDump(made, settings, far))
        for job in jobs:
            tally.count(job.record)
            if file is not None:
                file.write(json_line(job))
            if database is not None:
                database.add(job)
    tally.notes += database.notes if database is not None else []
    return tally


def json_line(job: SealedJob) -> bytes:
    """A job's record on one line: the JSON that was sealed, without its line ends and indents
    (inside a text, JSON allows no raw line end: RFC 8259 §7)."""
    return _INDENT.sub(b"", job.body) + b"\n"
