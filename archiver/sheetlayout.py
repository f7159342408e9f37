"""How contact sheets are laid out: cells a page, paper, sharpness; and what an archive says of it.

An archive's own `archiver.toml` may say it, so that every command that makes sheets makes the same
ones; the command line of `sync` and `build` overrules it for one run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from archiver.errors import UsageProblem
from archiver.ownsettings import OWN, own_settings

PAPERS: Mapping[str, tuple[float, float]] = {"a4": (210, 297), "letter": (215.9, 279.4)}
"""Width and height in millimetres, upright (ISO 216; ANSI Y14.1)."""
RESOLUTIONS = (150, 300)
"""Dots per inch."""
ORIENTATIONS = ("portrait", "landscape")
SHORT_SIDE, LONG_SIDE = (3, 6), (4, 8)
"""Fewest and most cells along the short and the long side of a page."""

Layout = tuple[int, int]
"""Columns and rows."""


@dataclass(frozen=True, slots=True)
class SheetSettings:
    """How the sheets are laid out. `page` is width and height in millimetres, `quality` JPEG's.

    Raises UsageProblem when nothing readable could come of it.
    """

    columns: int = 4
    rows: int = 5
    page: tuple[float, float] = (210, 297)
    dpi: int = 150
    quality: int = 82

    def __post_init__(self) -> None:
        limits = (
            ("columns", self.columns, 1, 10),
            ("rows", self.rows, 1, 12),
            ("page width in millimetres", self.page[0], 100, 500),
            ("page height in millimetres", self.page[1], 100, 500),
            ("dots per inch", self.dpi, 72, 300),
            ("JPEG quality", self.quality, 30, 95),
        )
        for name, value, least, most in limits:
            if not least <= value <= most:
                raise UsageProblem(
                    f"Contact sheets: {name} must be from {least} to {most}, not {value}."
                )

    @property
    def per_page(self) -> int:
        """Cells on one page."""
        return self.columns * self.rows

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of a page in pixels."""
        return round(self.page[0] / 25.4 * self.dpi), round(self.page[1] / 25.4 * self.dpi)


def layout_of(text: str) -> Layout:
    """Columns and rows from `4x5` (`4×5` too). Raises ValueError, in words for the reader."""
    found = re.fullmatch(r"\s*([1-9])\s*[xX×*]\s*([1-9])\s*", text)
    if found is None:
        raise ValueError(f"“{text}” is not a layout; write columns × rows like 4x5.")
    return int(found[1]), int(found[2])


def sheet_settings(
    layout: Layout | None = None,
    paper: str = "a4",
    dpi: int = 150,
    orientation: Literal["portrait", "landscape"] | str = "portrait",
) -> SheetSettings:
    """The settings a person asked for; without a layout twenty photos a page.

    Raises UsageProblem for what does not fit a page, or is not offered.
    """
    if paper not in PAPERS:
        raise UsageProblem(f"Contact sheets: the paper is {_either(PAPERS)}, not “{paper}”.")
    if dpi not in RESOLUTIONS:
        raise UsageProblem(f"Contact sheets: {_either(RESOLUTIONS)} dots per inch, not {dpi}.")
    if orientation not in ORIENTATIONS:
        raise UsageProblem(f"Contact sheets: {_either(ORIENTATIONS)}, not “{orientation}”.")
    upright = orientation == "portrait"
    columns, rows = layout or ((4, 5) if upright else (5, 4))
    across, down = (SHORT_SIDE, LONG_SIDE) if upright else (LONG_SIDE, SHORT_SIDE)
    if not _fits(columns, rows, across, down):
        turned = _fits(rows, columns, across, down)
        raise UsageProblem(
            f"Contact sheets: a {orientation} page holds from {across[0]}x{down[0]} to "
            f"{across[1]}x{down[1]} photos, not {columns}x{rows}.",
            f"Columns come first: {rows}x{columns} fits." if turned else "",
        )
    page = PAPERS[paper] if upright else PAPERS[paper][::-1]
    return SheetSettings(columns, rows, page, dpi)


def own_layout(root: Path) -> SheetSettings:
    """What the archive's own `archiver.toml` says of contact sheets, or what is usual.

    Raises UsageProblem for a file that cannot be read or a value that makes no sense.
    """
    try:
        return _settings_from(own_settings(root))
    except (TypeError, ValueError) as error:
        raise UsageProblem(f"{root / OWN}: {error}") from error


def _settings_from(said: Mapping[str, Any]) -> SheetSettings:
    layout = said.get("sheet-layout")
    return sheet_settings(
        None if layout is None else layout_of(str(layout)),
        str(said.get("sheet-paper", "a4")).lower(),
        int(said.get("sheet-dpi", 150)),
        str(said.get("sheet-orientation", "portrait")).lower(),
    )


def _fits(columns: int, rows: int, across: Layout, down: Layout) -> bool:
    return across[0] <= columns <= across[1] and down[0] <= rows <= down[1]


def _either(values: Mapping[str, object] | tuple[object, ...]) -> str:
    return " or ".join(str(value) for value in values)
