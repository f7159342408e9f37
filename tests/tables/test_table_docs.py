"""`docs/tables.md` and the program say the same of every column."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import get_args

import pytest

from archiver import messagelog, photolog, sqlitedump
from archiver.columns import Column

DOCS = (Path(__file__).parents[2] / "docs/tables.md").read_text("utf-8")


def section(heading: str) -> str:
    """The text below a heading, to the next one of any level."""
    _, _, rest = DOCS.partition(f"# {heading}\n")
    assert rest, heading
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[tuple[str, str]]:
    """The rows of a table of two columns, without the backquotes of the first."""
    return re.findall(r"^\| `([^`|]+)` \| (.+) \|$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "columns"),
    [("Photo log", photolog.COLUMNS), ("Messages", messagelog.COLUMNS)],
)
def test_every_column_is_described_as_the_program_means_it(
    heading: str, columns: tuple[Column, ...]
) -> None:
    """Name, order and meaning."""
    assert rows(section(heading)) == [(one.name, one.meaning) for one in columns]


@pytest.mark.parametrize(
    ("heading", "statuses"),
    [
        ("Status of a photo", photolog.PhotoStatus),
        ("Status of a message", messagelog.MessageStatus),
    ],
)
def test_every_status_is_described(heading: str, statuses: object) -> None:
    """All that can stand there, and no other."""
    assert [name for name, _ in rows(section(heading))] == list(get_args(statuses))


def test_every_table_and_column_of_the_database_is_described() -> None:
    """In their order."""
    told = {
        table: re.findall(r"`(\w+)`", columns) for table, columns in rows(section("SQLite tables"))
    }
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.executescript(sqlitedump.SCHEMA)
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        made = {
            name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in names
        }
    assert told == made
