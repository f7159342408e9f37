"""CSV files in which no spreadsheet takes a stranger's text for a formula.

A name like `=HYPERLINK(…)` in a job would run when a report is opened in a spreadsheet (OWASP,
*CSV Injection*). What begins like a formula gets an apostrophe before it, which spreadsheets
take as "this is text"; so does what would begin a cell if the file were taken apart wrongly: after
a line end, tab or semicolon, at which a spreadsheet of another country parts cells.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TextIO

_BEGINS_A_FORMULA = frozenset("=+-@\t\r\n")
"""OWASP's list, and the line feed. Full-width forms (U+FF1D ＝ and the like) count as well: a
Japanese Excel reads them as the plain ones."""
_PARTS = re.compile(r"([\t\r\n;])")
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Writer(Protocol):
    """What `csv.writer` gives."""

    def writerow(self, row: Iterable[str], /) -> object:
        """Write one row."""


def writer(out: TextIO) -> Writer:
    """A writer of rows into `out`, which is open with `newline=""`; lines end in CR LF (RFC 4180
    §2.1): before Python 3.13 the `csv` module leaves a CR in a cell unquoted where they do not."""
    return csv.writer(out, lineterminator="\r\n")


def row(cells: Sequence[str | int | Decimal | datetime | None]) -> list[str]:
    """A row for `writer`. Numbers and times of ours stand as they are, None is an empty cell."""
    return [cell(one) if isinstance(one, str) else _plain(one) for one in cells]


def _plain(value: int | Decimal | datetime | None) -> str:
    return "" if value is None else str(value)


def cell(text: str) -> str:
    """`text` as one cell: begun with an apostrophe where a spreadsheet would run it, and the same
    inside where it could be parted wrongly.

    Blanks and characters nobody sees before the sign hide nothing. A row's own line ends stay, and
    the writer quotes them.
    """
    shown = visible(text)
    first, *rest = _PARTS.split(shown)
    if begins_a_formula(shown):
        first = f"'{first}"
    for place in range(1, len(rest), 2):
        # A quote stands doubled in the file, where it would open and close an empty cell.
        if begins_a_formula(rest[place].replace('"', "")):
            rest[place] = f"'{rest[place]}"
    return "".join((first, *rest))


def visible(text: str) -> str:
    """`text` as every table can hold it: control characters but tab and line ends become `\\xNN`,
    lone surrogates `\\uXXXX`, so that it can be written as UTF-8 and read again."""
    return _HIDDEN.sub(_escaped, text)


def begins_a_formula(text: str) -> bool:
    """Whether a spreadsheet would run `text` if it were typed in."""
    for character in text:
        if unicodedata.normalize("NFKC", character)[:1] in _BEGINS_A_FORMULA:
            return True
        if not character.isspace() and unicodedata.category(character) != "Cf":
            return False
    return False


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
