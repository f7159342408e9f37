"""The text of a contact sheet's PDF: found by readers that are not ours, in any script, where it
is seen."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archiver.fonts import visible_text
from archiver.pdftext import FONT_FILE, PageText, TextLayer
from archiver.sheets import draw_sheet, make_sheets, texts_of_sheet
from tests.make_glyphless import glyphless
from tests.test_sheets import a_cell, a_plan

NAMES = (
    "Craig Parker",
    "Zoë Müller",
    "Nguyễn Thị Hằng",
    "Олег Иванов",
    "Δημήτρης",
    "محمد الفارسي",
    "שרה לוי",
    "田中 太郎",
    "김민수",
    "राम कुमार",
    "Anna 👷🏽",
    "<b>(Robert) \\ Tables</b>",
)


def by_pdfium(pdf: Path) -> str:
    """The text of all pages, as Chromium's reader finds it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def by_poppler(pdf: Path) -> str:
    """The text of all pages, as most readers on Linux find it, without marks of direction."""
    done = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return "".join(char for char in done.stdout.decode() if unicodedata.category(char) != "Cf")


def readers() -> list[object]:
    """Every reader this machine has."""
    missing = shutil.which("pdftotext") is None
    skip = pytest.mark.skipif(missing, reason="poppler-utils is not installed")
    return [
        pytest.param(by_pdfium, id="pdfium"),
        pytest.param(by_poppler, id="poppler", marks=skip),
    ]


@pytest.mark.parametrize("read", readers())
def test_names_of_every_script_are_found_by_a_search(tmp_path: Path, read: object) -> None:
    """Whether a font here can draw them or not: what is searched is not the picture."""
    cells = (a_cell(number, person=name) for number, name in enumerate(NAMES, 1))
    make_sheets(a_plan(*cells, title="Dach 屋根"), tmp_path)
    found = read(tmp_path / "contact-sheet.pdf")  # type: ignore[operator]
    for said in (*NAMES, "Dach 屋根", "#0012", "22 Oct 11:13", "Contact sheet 3 of 3"):
        assert unicodedata.normalize("NFC", said) in unicodedata.normalize("NFC", found), said


@pytest.mark.parametrize("read", readers())
def test_what_a_picture_has_no_room_for_is_found_all_the_same(tmp_path: Path, read: object) -> None:
    """A name that is cut by an ellipsis, and the reason of a missing photo."""
    name = "Wilhelmina " + "von und zu " * 8 + "Unterwald"
    make_sheets(a_plan(a_cell(person=name, reason="Not archived: 404 " + "x" * 200)), tmp_path)
    found = read(tmp_path / "contact-sheet.pdf")  # type: ignore[operator]
    assert name in " ".join(found.split())
    assert "No picture" in found
    assert "x" * 100 in "".join(found.split())


def test_a_reader_marks_what_is_seen(tmp_path: Path) -> None:
    """The box of a name's first letter to its last is the one where the picture has it."""
    plan = a_plan(a_cell(person="Craig Parker"))
    make_sheets(plan, tmp_path)
    (drawn,) = (text for text in texts_of_sheet(plan, 1) if text.text == "Craig Parker")
    with pypdfium2.PdfDocument(tmp_path / "contact-sheet.pdf") as document:
        page = document[0]
        text = page.get_textpage()
        start, count = text.search("Craig Parker").get_next()
        boxes = [text.get_charbox(index, loose=True) for index in range(start, start + count)]
        scale, height = page.get_width() / plan.settings.pixels[0], page.get_height()
    assert boxes[0][0] == pytest.approx(drawn.x * scale, abs=0.5)
    assert boxes[-1][2] == pytest.approx((drawn.x + drawn.width) * scale, abs=0.5)
    for _, bottom, _, top in boxes:
        assert bottom < height - drawn.baseline * scale < top


def test_the_text_is_not_seen(tmp_path: Path) -> None:
    """What a reader shows is the picture of the page, and nothing over it."""
    plan = a_plan(a_cell(person="Craig Parker"))
    make_sheets(plan, tmp_path)
    with pypdfium2.PdfDocument(tmp_path / "contact-sheet.pdf") as document:
        shown = document[0].render(scale=1, no_smoothtext=True).to_pil().convert("L")
    drawn = draw_sheet(plan, 1).convert("L").resize(shown.size)
    differing = sum(abs(a - b) > 60 for a, b in zip(shown.tobytes(), drawn.tobytes(), strict=True))
    assert differing < 0.002 * shown.width * shown.height


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(TEXTS.map(visible_text), max_size=8))
@example(["\U0010ffff", "\ud800", "(", ")", "\\", "<", ">>"])
def test_whatever_a_text_holds_the_document_stays_whole(tmp_path: Path, texts: list[str]) -> None:
    """Every page opens, and its letters are all there."""
    cells = (a_cell(number, person=text) for number, text in enumerate(texts, 1))
    make_sheets(a_plan(*cells, a_cell(99, person="the end")), tmp_path)
    assert "the end" in by_pdfium(tmp_path / "contact-sheet.pdf")


def test_each_character_has_one_code_in_all_pages_and_the_map_tells_it() -> None:
    layer = TextLayer()
    line = PageText("aba", 0, 10, 30, 10)
    one = layer.page((line,), (100, 100), (100, 100))
    other = layer.page((replace(line, text="ba👷"),), (100, 100), (100, 100))
    assert b"<000200030002> Tj" in one
    assert b"<000300020004> Tj" in other
    *_, (_, known) = layer.objects(9)
    assert known is not None
    assert b"<0001> <0020>\n<0002> <0061>\n<0003> <0062>\n<0004> <D83DDC77>" in known


def test_lines_without_text_or_width_are_left_out() -> None:
    """A stretch to nothing would be a division by nothing."""
    layer = TextLayer()
    nothing = (PageText("", 0, 1, 10, 10), PageText("a", 0, 1, 0, 10))
    assert layer.page(nothing, (100, 100), (100, 100)) == b"BT 3 Tr\nET"


def test_the_font_that_draws_nothing_is_what_its_maker_makes() -> None:
    """`python -m tests.make_glyphless`; any release of fontTools gives the same bytes."""
    assert FONT_FILE.read_bytes() == glyphless()
