"""One cell of a CSV file, made so that no spreadsheet takes a stranger's text for a formula.

A name like `=HYPERLINK(…)` in a job would run when a report is opened in a spreadsheet (OWASP,
*CSV Injection*). What begins like a formula gets an apostrophe before it, which spreadsheets
take as "this is text". Quoting (RFC 4180 §2) is the `csv` module's: it gets what comes from here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_BEGINS_A_FORMULA = frozenset("=+-@\t\r\n")
"""OWASP's list, and the line feed. Full-width forms (U+FF1D ＝ and the like) count as well: a
Japanese Excel reads them as the plain ones."""


def cell(text: str) -> str:
    """`text` as one cell: begun with an apostrophe where a spreadsheet would run it.

    Blanks and characters nobody sees before the sign hide nothing. Control characters but tab
    and line ends become `\\xNN`, lone surrogates `\\uXXXX`, so that every cell can be written as
    UTF-8 and read again; a row's own line ends stay, and the writer quotes them.
    """
    shown = "".join(map(_shown, text))
    return f"'{shown}" if _is_formula(shown) else shown


def row(cells: Iterable[str | int | None]) -> list[str]:
    """A row for `csv.writer`; numbers of ours stand as they are, None is an empty cell."""
    return ["" if one is None else str(one) if isinstance(one, int) else cell(one) for one in cells]


def _is_formula(text: str) -> bool:
    for character in text:
        if unicodedata.normalize("NFKC", character)[:1] in _BEGINS_A_FORMULA:
            return True
        if not character.isspace() and unicodedata.category(character) != "Cf":
            return False
    return False


def _shown(character: str) -> str:
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return f"\\u{code:04x}"
    if unicodedata.category(character) == "Cc" and character not in "\t\r\n":
        return f"\\x{code:02x}"
    return character
