"""A table as an Excel workbook, row by row in constant memory; the same rows give the same bytes.

Every text is a string cell: never a formula, a link, a number or a date by the look of it. What
Excel's limits would cut goes on elsewhere in the workbook, and that is said: rows on a further
sheet, a long text on the sheet “Long texts”.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from archiver.columns import Cell, Column
from archiver.csvtext import begins_a_formula, visible

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_576
"""Rows of a sheet, the header included (Excel's specifications and limits)."""
MAX_TEXT = 32_767
"""UTF-16 code units of a cell."""
_LONG = "Long texts"
_LONG_COLUMNS = (
    Column("sheet", "", 16),
    Column("row", "", 8),
    Column("column", "", 16),
    Column("part", "", 6),
    Column("text", "", 60),
)
_MADE = datetime(1980, 1, 1, tzinfo=UTC)
"""A workbook states when it was made; the clock would make each one differ."""
_FIRST_YEAR = 1900
"""The first year that a date cell can hold."""


class Workbook:
    """A new workbook at `path`, as a context; its temporary files lie beside it.

    `notes` says in words where a limit of Excel's was met. Raises OSError.
    """

    def __init__(self, path: Path, title: str, columns: Sequence[Column]) -> None:
        self._path = path
        self._title = title
        self._columns = columns
        self._sheets = 0
        self._long: Worksheet | None = None
        self._long_row = 0
        self.notes: list[str] = []

    def __enter__(self) -> Workbook:
        import xlsxwriter

        self._book = xlsxwriter.Workbook(
            str(self._path), {"constant_memory": True, "tmpdir": str(self._path.parent)}
        )
        self._book.use_zip64()
        self._book.set_properties({"title": self._title, "created": _MADE})
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # Else a formula would run once somebody edits the cell and presses Enter.
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._plain = self._book.add_format({"text_wrap": False})
        self._begin_sheet()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from xlsxwriter.exceptions import XlsxWriterException

        if error is None:
            self._end_sheet()
            try:
                self._book.close()
            except XlsxWriterException as wrapped:
                raise wrapped.__context__ or wrapped from None
        else:
            # It closes its temporary files no other way.
            with contextlib.suppress(OSError, XlsxWriterException):
                self._book.close()

    def add(self, cells: Sequence[Cell]) -> None:
        """Add a row."""
        if self._row == MAX_ROWS:
            self._end_sheet()
            self._begin_sheet()
            self.notes.append(f"A sheet holds {MAX_ROWS:,} rows: more are on “{self._name}”.")
        for place, value in enumerate(cells):
            self._cell(place, value)
        self._row += 1

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet = self._new_sheet(self._name, self._columns)
        self._row = 1

    def _new_sheet(self, name: str, columns: Sequence[Column]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, self._bold)
        return sheet

    def _end_sheet(self) -> None:
        self._sheet.autofilter(0, 0, self._row - 1, len(self._columns) - 1)

    def _cell(self, place: int, value: Cell) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime) and value.year >= _FIRST_YEAR:
            self._sheet.write_datetime(self._row, place, value, self._date)
        elif isinstance(value, str | datetime):
            # Excel's line end in a cell is LF; a CR would be an escape that only Excel reads.
            lines = visible(str(value)).replace("\r\n", "\n").replace("\r", "\n")
            self._text(place, lines)
        else:
            self._sheet.write_number(self._row, place, float(value))

    def _text(self, place: int, text: str) -> None:
        first, *rest = _pieces(text)
        if rest:
            first = self._set_aside(place, first, rest)
        self._write(self._sheet, self._row, place, first)

    def _set_aside(self, place: int, first: str, rest: Sequence[str]) -> str:
        """Put the parts of a text that a cell cannot hold on a sheet of their own; gives what the
        cell says instead of all of it."""
        if self._long is None:
            self._long = self._new_sheet(_LONG, _LONG_COLUMNS)
            self.notes.append(
                f"A cell holds {MAX_TEXT:,} characters: longer texts go on on “{_LONG}”."
            )
        name = self._columns[place].name
        begun = self._long_row + 2
        for part, text in enumerate((first, *rest), 1):
            self._long_row += 1
            self._long.write_string(self._long_row, 0, self._name)
            self._long.write_number(self._long_row, 1, self._row + 1)
            self._long.write_string(self._long_row, 2, name)
            self._long.write_number(self._long_row, 3, part)
            self._write(self._long, self._long_row, 4, text)
        said = f" … (whole on “{_LONG}”, from row {begun:,})"
        return _pieces(first, MAX_TEXT - len(said))[0] + said

    def _write(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        form = self._quoted if begins_a_formula(text) else None
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter (3.3) takes such a text for markup of its own and does not escape it.
            sheet.write_rich_string(row, place, self._plain, text[:3], text[3:])
        else:
            sheet.write_string(row, place, text, form)


def _pieces(text: str, size: int = MAX_TEXT) -> list[str]:
    """A text in pieces of at most `size` UTF-16 code units."""
    if len(text) <= size // 2:
        return [text]
    return list(_cut(text, size))


def _cut(text: str, size: int) -> Iterator[str]:
    begin = units = 0
    for place, character in enumerate(text):
        width = 2 if ord(character) > 0xFFFF else 1
        if units + width > size:
            yield text[begin:place]
            begin, units = place, 0
        units += width
    yield text[begin:]
