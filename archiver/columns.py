"""The columns of a table: fields of a frozen dataclass, each with its meaning and width.

What a column means is said once, at its field; `docs/tables.md` repeats it and a test compares.
Names and order are a promise to scripts: a new column goes to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from archiver import localtime

Cell = str | int | Decimal | datetime | None
"""What a cell holds: a stranger's or our own text, a number of ours, or a time on the wall."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` is that of a workbook's column, in characters."""

    name: str
    meaning: str
    width: int


def told(meaning: str, width: int = 12) -> dict[str, Any]:
    """The metadata of a field that is a column."""
    return {"meaning": meaning, "width": width}


def columns_of(row: type) -> tuple[Column, ...]:
    """The columns of a class of rows, in their order."""
    return tuple(
        Column(one.name, one.metadata["meaning"], one.metadata["width"]) for one in fields(row)
    )


def cells_of(row: object, columns: Sequence[Column]) -> list[Cell]:
    """The cells of one row."""
    return [getattr(row, column.name) for column in columns]


def wall_time(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    """What a clock on the wall of that zone showed, to the second."""
    if instant is None:
        return None
    return localtime.local(instant, zone).replace(tzinfo=None, microsecond=0)
