"""Typst, which sets a report: data and pictures in, an archival and accessible PDF out.

The PDF claims PDF/A-3b (ISO 19005-3) and PDF/UA-1 (ISO 14289-1) at once; Typst refuses to write one
that breaks either. No font of the machine is found by itself, no package is fetched, and the
template reads nothing but the files that are put beside it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from archiver.errors import ArchiverError
from archiver.report.document import in_shipped_fonts, texts_in
from archiver.report.lettering import font_files
from archiver.storage import link_or_copy

TEMPLATE = Path(__file__).with_name("report.typ")
DATA, RECORD, FONTS = "report.json", "record.json", "fonts"
STANDARDS = ("a-3b", "ua-1")


class TypstMissing(ArchiverError):
    """Typst, an extra of this program, is not installed."""

    code = "typst-missing"


class NotSet(ArchiverError):
    """Typst could not set the report."""

    code = "typesetting"


def typst() -> ModuleType:
    """The library. Raises TypstMissing."""
    try:
        import typst as found
    except ImportError as error:
        raise TypstMissing(
            "Reports are set by Typst, which is not installed.",
            "Install it with: pip install 'workphotos-archiver[pdf]'",
        ) from error
    return found


def typeset(document: Mapping[str, Any], folder: Path) -> bytes:
    """The PDF of a document whose pictures and `record.json` lie in `folder`, where what Typst
    reads is written too. Raises TypstMissing, NotSet, OSError."""
    library = typst()
    try:
        return _compiled(library, document, folder)
    except library.TypstError:
        # Most likely a font of this machine that draws here and not in Typst.
        plain = in_shipped_fonts(document)
    try:
        return _compiled(library, plain, folder)
    except library.TypstError as error:
        hints = "\n".join(error.hints)
        raise NotSet(f"The report could not be set: {error.message}.", hints) from error


def _compiled(library: ModuleType, document: Mapping[str, Any], folder: Path) -> bytes:
    fonts, families = _fonts(library, font_files(texts_in(document)), folder / FONTS)
    (folder / DATA).write_text(json.dumps({**document, "fonts": families}), "ascii")
    body, warnings = library.compile_with_warnings(
        TEMPLATE.read_bytes(),
        root=folder,
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=list(STANDARDS),
    )
    if warnings:  # of an unknown font, say: Typst would go on without the text
        raise NotSet(f"The report could not be set: {warnings[0].message}.")
    assert isinstance(body, bytes)
    return body


def _fonts(library: ModuleType, files: Sequence[Path], folder: Path) -> tuple[Any, list[str]]:
    """The fonts in `files` as Typst takes them, by way of a `folder` that has no other, and their
    families in the order of the files."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    for number, file in enumerate(files):
        link_or_copy(file, folder / f"{number:03d}{file.suffix.lower()}")
    fonts = library.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )
    found = sorted(fonts.fonts(), key=lambda font: (font.path, font.index))
    return fonts, list(dict.fromkeys(font.family for font in found))
