"""The options that say how contact sheets are laid out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from archiver.cli.options import option
from archiver.sheetlayout import (
    ORIENTATIONS,
    PAPERS,
    RESOLUTIONS,
    Layout,
    SheetSettings,
    layout_of,
    sheet_settings,
)

F = TypeVar("F", bound=Callable[..., Any])


class LayoutType(click.ParamType[Layout]):
    """Columns and rows, such as `4x5`."""

    name = "layout"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Layout:
        """Columns and rows. Fails with a usage error."""
        if isinstance(value, tuple):
            return value
        try:
            return layout_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What was asked of contact sheets; None where nothing was."""

    layout: Layout | None
    paper: str | None
    dpi: int | None
    orientation: str | None

    def settings(self) -> SheetSettings | None:
        """What was asked, together; None when nothing was. Raises UsageProblem.

        What the archive's own file says is among it already (`options.archive_argument`).
        """
        if self == SheetOptions(None, None, None, None):
            return None
        return sheet_settings(
            self.layout, self.paper or "a4", self.dpi or 150, self.orientation or "portrait"
        )


def sheet_options(command: F) -> F:
    """The options of contact sheets, given to the command as `sheets`."""

    @option(
        "--sheet-layout",
        type=LayoutType(),
        metavar="CxR",
        help="Columns and rows of a contact sheet: 3x4 to 6x8 upright, 4x3 to 8x6 lying; 4x5.",
    )
    @option(
        "--sheet-paper",
        type=click.Choice(tuple(PAPERS), case_sensitive=False),
        help="Paper of contact sheets; a4.",
    )
    @option(
        "--sheet-dpi",
        type=click.Choice(RESOLUTIONS),
        help="Dots per inch of contact sheets; 150.",
    )
    @option(
        "--sheet-orientation",
        type=click.Choice(ORIENTATIONS, case_sensitive=False),
        help="Whether contact sheets stand or lie; portrait.",
    )
    @functools.wraps(command)
    def wrapped(
        sheet_layout: Layout | None,
        sheet_paper: str | None,
        sheet_dpi: int | None,
        sheet_orientation: str | None,
        **rest: Any,
    ) -> Any:
        asked = SheetOptions(sheet_layout, sheet_paper, sheet_dpi, sheet_orientation)
        return command(sheets=asked, **rest)

    return wrapped  # type: ignore[return-value]
