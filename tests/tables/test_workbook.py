"""Workbooks, read by another library: what is text stays text, and nothing is lost to a limit."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from archiver import workbook
from archiver.columns import Column
from archiver.csvtext import visible
from archiver.workbook import MAX_TEXT, Workbook
from tests.tables.scene import LONG, MARKUP, TEXTS

COLUMNS = (Column("text", "", 20), Column("number", "", 8))


def write(path: Path, *rows: Iterable[Any]) -> list[str]:
    """Write a workbook of two columns; what it notes."""
    with Workbook(path, "Things", COLUMNS) as book:
        for row in rows:
            book.add(tuple(row))
    return book.notes


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Every sheet's values, without its header."""
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [[value_of(cell) for cell in row] for row in sheet.iter_rows(min_row=2)]
        for sheet in book.worksheets
    }


def value_of(cell: Any) -> Any:
    """A cell's value; openpyxl leaves `_xHHHH_` (ECMA-376 §22.9.2.19) of inline strings."""
    return unescape(cell.value) if isinstance(cell.value, str) else cell.value


def shown(text: str) -> str:
    """A text as a workbook has it."""
    return visible(text).replace("\r\n", "\n").replace("\r", "\n")


def cells(path: Path) -> list[Any]:
    """Every cell of every sheet."""
    book = openpyxl.load_workbook(path)
    return [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]


def test_every_text_is_a_string_and_reads_as_it_was_written(tmp_path: Path) -> None:
    """No formula, link, number, date or truth by the look of it; markup is only text."""
    path = tmp_path / "a.xlsx"
    write(path, *([text, 1] for text in TEXTS))
    found = [row[0] for row in sheets(path)["Things"]]
    expected = [shown(text) for text in TEXTS]
    assert found[:-1] == expected[:-1]
    assert {cell.data_type for cell in cells(path) if cell.column == 1} == {"s"}
    assert [cell for cell in cells(path) if cell.hyperlink is not None] == []


def test_no_sheet_holds_a_formula_or_leads_outside(tmp_path: Path) -> None:
    """In the XML itself, whatever a reader makes of it."""
    path = tmp_path / "a.xlsx"
    write(path, *([text, 1] for text in TEXTS))
    with zipfile.ZipFile(path) as parts:
        bodies = {name: parts.read(name).decode() for name in parts.namelist()}
    for name, body in bodies.items():
        assert not re.search(r"<(?:\w+:)?f[ >]|<hyperlink|TargetMode=\"External\"", body), name
        assert "vbaProject" not in name
        assert "externalLink" not in name


def test_what_begins_like_a_formula_stays_text_when_its_cell_is_edited(tmp_path: Path) -> None:
    """Excel's quote prefix, as if an apostrophe had been typed before it."""
    path = tmp_path / "a.xlsx"
    write(path, ["=1+1", 1], ["plain", 2])
    quoted = {cell.value: cell.quotePrefix for cell in cells(path)}
    assert quoted["=1+1"]
    assert not quoted["plain"]


def test_a_text_longer_than_a_cell_is_whole_on_a_sheet_of_its_own(tmp_path: Path) -> None:
    """In pieces that are put together without loss; cell and note say where."""
    path = tmp_path / "a.xlsx"
    notes = write(path, ["short", 1], [LONG, 2], ["=" * (MAX_TEXT + 1), 3])
    assert notes == ["A cell holds 32,767 characters: longer texts go on on “Long texts”."]
    found = sheets(path)
    said = found["Things"][1][0]
    assert said.startswith("word 🔧 word")
    assert said.endswith(" … (whole on “Long texts”, from row 2)")
    pieces = [row for row in found["Long texts"] if row[:3] == ["Things", 3, "text"]]
    assert [row[3] for row in pieces] == list(range(1, len(pieces) + 1))
    assert "".join(row[4] for row in pieces) == LONG
    rest = found["Long texts"][len(pieces) :]
    assert [row[:4] for row in rest] == [["Things", 4, "text", 1], ["Things", 4, "text", 2]]
    assert found["Things"][2][0].endswith(f"from row {len(pieces) + 2})")
    units = [len(str(cell.value).encode("utf-16-le")) // 2 for cell in cells(path)]
    assert max(units) == MAX_TEXT


def test_more_rows_than_a_sheet_holds_go_on_on_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with the header, and said."""
    monkeypatch.setattr(workbook, "MAX_ROWS", 4)
    path = tmp_path / "a.xlsx"
    notes = write(path, *([f"row {n}", n] for n in range(7)))
    found = sheets(path)
    assert [len(rows) for rows in found.values()] == [3, 3, 1]
    assert list(found) == ["Things", "Things 2", "Things 3"]
    assert [row[1] for rows in found.values() for row in rows] == list(range(7))
    assert notes[0] == "A sheet holds 4 rows: more are on “Things 2”."


def test_numbers_times_and_gaps_are_what_they_are(tmp_path: Path) -> None:
    """A time that no date cell can hold is text."""
    path = tmp_path / "a.xlsx"
    moment = datetime(2025, 10, 22, 11, 13, 16)
    write(
        path,
        [moment, Decimal("-0.141890")],
        [datetime(9999, 12, 31, 23, 59, 59), 10**12],
        [datetime(1899, 1, 1), None],
        [None, 0],
        ["", -1],
    )
    assert sheets(path)["Things"] == [
        [moment, -0.14189],
        [datetime(9999, 12, 31, 23, 59, 59), 10**12],
        ["1899-01-01 00:00:00", None],
        [None, 0],
        [None, -1],
    ]


def test_a_workbook_that_fails_half_way_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Its rows lie in files of their own until it is closed."""
    path = tmp_path / "a.xlsx"

    def failing() -> Iterator[str]:
        yield "x"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(path, ["x", 1], failing())
    assert [one.name for one in tmp_path.iterdir() if one != path] == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(st.characters(), max_size=30), min_size=1, max_size=5))
@example(["\ud800", "\x00", "_x000D_", "<r></r>", "<r>\r</r>"])
@example([MARKUP, " ", "\r\n", "a\rb", "\ufffe"])
def test_any_texts_survive(tmp_path: Path, texts: list[str]) -> None:
    """Whatever the characters, as every table shows them."""
    path = tmp_path / "a.xlsx"
    write(path, *([text, 1] for text in texts))
    assert [row[0] or "" for row in sheets(path)["Things"]] == [shown(text) for text in texts]
