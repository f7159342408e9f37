"""What may be asked of contact sheets, where it may be said, and that it is heeded."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from archiver.cli import run
from archiver.errors import UsageProblem
from archiver.sheetlayout import SheetSettings, layout_of, own_layout, sheet_settings
from tests.pipeline import a_workspace, synced


def test_nothing_asked_is_twenty_photos_on_a4_at_150_dots_per_inch() -> None:
    assert sheet_settings() == SheetSettings(4, 5, (210, 297), 150)


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("dpi", [150, 300])
def test_every_layout_from_3_by_4_to_6_by_8_is_offered_upright_and_lying(
    paper: str, dpi: int
) -> None:
    for short in range(3, 7):
        for long in range(4, 9):
            upright = sheet_settings((short, long), paper, dpi, "portrait")
            lying = sheet_settings((long, short), paper, dpi, "landscape")
            assert upright.per_page == lying.per_page == short * long
            assert upright.pixels == lying.pixels[::-1]


def test_letter_is_eight_and_a_half_by_eleven_inches() -> None:
    assert sheet_settings(paper="letter").pixels == (1275, 1650)
    assert sheet_settings(paper="letter", dpi=300, orientation="landscape").pixels == (3300, 2550)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (((2, 4), "a4", 150, "portrait"), "not 2x4"),
        (((7, 8), "a4", 150, "portrait"), "not 7x8"),
        (((4, 8), "a4", 150, "landscape"), "not 4x8"),
        ((None, "a3", 150, "portrait"), "a4 or letter"),
        ((None, "a4", 600, "portrait"), "150 or 300"),
        ((None, "a4", 150, "upside-down"), "portrait or landscape"),
    ],
)
def test_what_is_not_offered_is_refused_with_what_is(asked: tuple[object, ...], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        sheet_settings(*asked)  # type: ignore[arg-type]


def test_a_layout_is_columns_and_rows() -> None:
    assert layout_of("4x5") == layout_of(" 4 × 5 ") == (4, 5)
    for wrong in ("", "45", "4x", "0x5", "4x55", "-4x5"):
        with pytest.raises(ValueError, match="write columns × rows"):
            layout_of(wrong)


def test_an_archive_says_in_its_own_file_how_its_sheets_are_laid_out(tmp_path: Path) -> None:
    assert own_layout(tmp_path) == SheetSettings()
    toml = tmp_path / "archiver.toml"
    toml.write_text('sheet-layout = "5x3"\nsheet-orientation = "landscape"\nsheet-dpi = 300\n')
    assert own_layout(tmp_path) == SheetSettings(5, 3, (297, 210), 300)
    for wrong in (
        "sheet-layout = 45",
        "sheet-dpi = 'many'",
        'sheet-paper = "a3"',
        "=",
        "sheet-dpi = []",
    ):
        toml.write_text(wrong)
        with pytest.raises(UsageProblem):
            own_layout(tmp_path)


def test_another_layout_makes_the_sheets_again_and_every_command_keeps_to_it(
    tmp_path: Path,
) -> None:
    """By the command line for one run; by the archive's file for all, also those that only make
    pages in passing."""
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=1, photos=1))
    (sheet,) = root.glob("jobs/*/*/contact-sheet-01.jpg")
    assert run(["build", str(root), "-q", "--sheet-paper", "letter", "--no-fsync"]) == 0
    with Image.open(sheet) as page:
        assert page.size == (1275, 1650)
    (root / "archiver.toml").write_text('sheet-orientation = "landscape"\n')
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    with Image.open(sheet) as page:
        assert page.size == (1754, 1240)
    body = sheet.read_bytes()
    # `verify` names the page it finds damaged, and makes it again.
    page_file = sheet.with_name("index.html")
    page_file.unlink()
    page_file.write_text("forged")
    assert run(["repair", str(root), "-q"]) in (0, 3)
    assert sheet.read_bytes() == body
    assert run(["verify", str(root), "-q"]) == 0


def test_a_wrong_layout_is_said_before_anything_is_done(tmp_path: Path) -> None:
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=1, photos=1))
    for wrong in (("--sheet-layout", "9x9"), ("--sheet-layout", "x"), ("--sheet-dpi", "72")):
        assert run(["build", str(root), "-q", *wrong]) == 2
    (root / "archiver.toml").write_text('sheet-layout = "2x2"\n')
    assert run(["build", str(root), "-q"]) == 2


def test_a_layout_told_the_wrong_way_round_is_told_the_right_one() -> None:
    """Columns come first, also on a page that lies."""
    with pytest.raises(UsageProblem) as refused:
        sheet_settings((6, 8), "a4", 150, "landscape")
    assert "8x6 fits" in refused.value.hint
    with pytest.raises(UsageProblem) as refused:
        sheet_settings((9, 9), "a4", 150, "landscape")
    assert not refused.value.hint
