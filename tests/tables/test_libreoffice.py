"""Tables opened in LibreOffice, a spreadsheet that is not ours: what its cells hold.

Collected where LibreOffice is installed (Debian: `libreoffice-calc`); `.ci/run` does without.
"""

from __future__ import annotations

import csv
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from archiver.csvtext import begins_a_formula, visible
from tests.cli.conftest import Cli
from tests.tables.scene import LONG, TEXTS, Scene

NAMES = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
}
_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
"""Commas, quotes, UTF-8, each sheet a file, cells as they are shown."""


def opened(file: Path, what: str, place: Path) -> Path:
    """What LibreOffice makes of a file: the folder it wrote to."""
    out = place / f"{file.name}-{what[:4]}"
    command = ["soffice", f"-env:UserInstallation=file://{place}/profile", "--headless"]
    if file.suffix == ".csv":  # what its window would ask
        command += ["--infilter=Text - txt - csv (StarCalc):44,34,76,1"]
    command += ["--convert-to", what, "--outdir", str(out), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return out


def rows_of(path: Path) -> list[list[str]]:
    """A CSV file's rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def plain(cell: str) -> str:
    """A cell without the apostrophes that keep it a text, with LF alone, a number at its
    shortest."""
    said = cell.replace("\r\n", "\n").replace("\r", "\n").replace("'", "")
    return str(float(said)) if re.fullmatch(r"-?\d{1,3}\.\d+", said) else said


@pytest.mark.parametrize("table", ["photo-log", "messages"])
def test_a_workbook_shows_what_the_csv_says(
    cli: Cli, scene: Scene, tmp_path: Path, table: str
) -> None:
    """Cell by cell: times as times, numbers as numbers, digests and ids as they are."""
    for suffix in ("csv", "xlsx"):
        assert cli(table, scene.root, "-o", tmp_path / f"{table}.{suffix}").code == 0
    out = opened(tmp_path / f"{table}.xlsx", _AS_CSV, tmp_path)
    (sheet,) = (one for one in out.iterdir() if "Long texts" not in one.name)
    found, expected = rows_of(sheet), rows_of(tmp_path / f"{table}.csv")
    assert len(found) == len(expected)
    for ours, theirs in zip(expected, found, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            if "whole on “Long texts”" not in other:
                assert plain(other) == plain(one)


def test_a_long_text_is_whole_on_its_sheet(cli: Cli, scene: Scene, tmp_path: Path) -> None:
    assert cli("messages", scene.root, "-o", tmp_path / "messages.xlsx").code == 0
    out = opened(tmp_path / "messages.xlsx", _AS_CSV, tmp_path)
    (sheet,) = out.glob("*Long texts*")
    assert "".join(row[4] for row in rows_of(sheet)[1:]) == LONG


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_no_cell_is_a_formula_or_a_link(
    cli: Cli, scene: Scene, tmp_path: Path, suffix: str
) -> None:
    """Read from LibreOffice's own format, of either kind of file; each hostile text is there."""
    assert cli("messages", scene.root, "-o", tmp_path / f"messages.{suffix}").code == 0
    out = opened(tmp_path / f"messages.{suffix}", "fods", tmp_path)
    root = ET.parse(out / "messages.fods").getroot()
    cells = list(root.iterfind(".//table:table-cell", NAMES))
    assert [c for c in cells if f"{{{NAMES['table']}}}formula" in c.attrib] == []
    assert [c for c in root.iter() if f"{{{NAMES['xlink']}}}href" in c.attrib] == []
    said = {"".join(c.itertext()).strip() for c in cells}
    kind = f"{{{NAMES['office']}}}value-type"
    texts = [one for one in TEXTS if begins_a_formula(one) and one.strip() == one]
    assert len(texts) > 4
    for text in texts:
        assert {visible(text), "'" + visible(text)} & said, text
    for cell in cells:
        if begins_a_formula("".join(cell.itertext()).strip()):
            assert cell.get(kind) == "string"
