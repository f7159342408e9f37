"""Contact sheets: what they show, when they are made again, what hostile pictures do to them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFile

from archiver import fontchoice, fonts, pictures
from archiver.errors import UsageProblem
from archiver.fonts import (
    ELLIPSIS,
    MAX_CHARACTERS,
    Lettering,
    TextStyle,
    visible_text,
)
from archiver.images import ImageProbe
from archiver.models import (
    Absence,
    Failure,
    JobId,
    JobRecord,
    MessageRecord,
    PhotoRecord,
    Reference,
    RelPath,
    Sha256,
    StoredFile,
    Wording,
)
from archiver.pictures import NotShown, fitted, load_picture
from archiver.reader import reader_of
from archiver.sheetlayout import sheet_settings
from archiver.sheetplan import plan_sheets
from archiver.sheets import (
    SPELLED,
    Picture,
    SheetCell,
    SheetPlan,
    SheetSettings,
    draw_sheet,
    existing_key,
    lettered,
    make_sheets,
    sheet_key,
    sheet_names,
    texts_of_sheet,
)
from tests.hostile.pictures import a_heic

WHEN = datetime(2025, 10, 22, 10, 13, 16, tzinfo=UTC)
RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 160, 60), (40, 60, 200), (120, 120, 120)
# Small pages keep the tests quick: one cell is about 120 pixels wide.
SMALL = SheetSettings(columns=2, rows=2, page=(120, 150), dpi=72)


def a_picture(
    path: Path,
    colour: tuple[int, int, int] = RED,
    size: tuple[int, int] = (400, 300),
    **save: Any,
) -> Picture:
    Image.new("RGB", size, colour).save(path, **save)
    return Picture(RelPath(str(path)), Sha256(hashlib.sha256(path.read_bytes()).hexdigest()))


def a_plan(*cells: SheetCell, title: str = "Boiler service", **other: object) -> SheetPlan:
    plan = SheetPlan(title, JobId("68d0ed784f25458a9e878d15"), "22 Oct 2025", cells, WHEN)
    return replace(plan, **({"settings": SMALL} | other))  # type: ignore[arg-type]


def a_cell(number: int = 1, **other: object) -> SheetCell:
    return SheetCell(number, "22 Oct 11:13", **other)  # type: ignore[arg-type]


def colours(picture: Image.Image) -> set[str]:
    """Which of the plain colours cover a noticeable part of a picture."""
    named = {"red": RED, "green": GREEN, "blue": BLUE, "grey": GREY}
    counted = picture.quantize(32).convert("RGB").getcolors(1 << 24) or []
    return {
        name
        for name, wanted in named.items()
        for count, found in counted
        if count > 400 and all(abs(a - b) < 24 for a, b in zip(wanted, found, strict=True))  # type: ignore[arg-type]
    }


# --- the files ------------------------------------------------------------------------------------


def test_a_job_without_photos_has_no_sheets(tmp_path: Path) -> None:
    assert make_sheets(a_plan(), tmp_path) == ()
    assert sheet_names(a_plan()) == ()
    assert list(tmp_path.iterdir()) == []


def test_pages_and_one_pdf_are_made_and_described(tmp_path: Path) -> None:
    plan = a_plan(*(a_cell(number) for number in range(1, 6)))
    made = make_sheets(plan, tmp_path)
    assert [file.name for file in made] == [
        "contact-sheet-01.jpg",
        "contact-sheet-02.jpg",
        "contact-sheet.pdf",
    ]
    assert tuple(file.name for file in made) == sheet_names(plan)
    assert {path.name for path in tmp_path.iterdir()} == set(sheet_names(plan))
    for file in made:
        body = (tmp_path / file.name).read_bytes()
        assert (file.size, file.sha256) == (len(body), hashlib.sha256(body).hexdigest())


def test_a_page_is_a4_at_150_dots_per_inch_unless_told_otherwise(tmp_path: Path) -> None:
    make_sheets(a_plan(a_cell(), settings=SheetSettings()), tmp_path)
    with Image.open(tmp_path / "contact-sheet-01.jpg") as page:
        assert page.size == (1240, 1754)
        assert page.info["dpi"] == (150, 150)


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = a_plan(a_cell(picture=a_picture(tmp_path / "a.jpg")), a_cell(2, person="Zoë"))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    assert make_sheets(plan, tmp_path / "one") == make_sheets(plan, tmp_path / "two")


def test_the_pdf_holds_the_very_pages_and_dates_from_the_record(tmp_path: Path) -> None:
    plan = a_plan(*(a_cell(number) for number in range(1, 6)), title="Zoë's (roof) \\ 屋根")
    make_sheets(plan, tmp_path)
    pdf = (tmp_path / "contact-sheet.pdf").read_bytes()
    for name in sheet_names(plan)[:-1]:
        assert (tmp_path / name).read_bytes() in pdf
    assert pdf.count(b"(D:20251022101316Z)") == 2
    assert set(re.findall(rb"D:\d{4}", pdf)) == {b"D:2025"}
    title = re.search(rb"/Title <FEFF([0-9A-F]+)>", pdf)
    assert title is not None
    assert bytes.fromhex(title[1].decode()).decode("utf-16-be").startswith("Zoë's (roof) \\ 屋根")


def test_every_object_of_the_pdf_lies_where_its_table_says(tmp_path: Path) -> None:
    make_sheets(a_plan(*(a_cell(number) for number in range(1, 10))), tmp_path)
    pdf = (tmp_path / "contact-sheet.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.4\n")
    assert pdf.endswith(b"%%EOF\n")
    at = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    table = pdf[at:].split(b"trailer")[0].split(b"\n", 2)
    assert table[0] == b"xref"
    entries = re.findall(rb"(\d{10}) 00000 n \n", table[2])
    assert table[1] == f"0 {len(entries) + 1}".encode()
    for number, offset in enumerate(entries, 1):
        assert pdf[int(offset) :].startswith(f"{number} 0 obj\n".encode())
    assert b"/Count 3 " in pdf


def test_a_file_that_was_linked_from_elsewhere_is_replaced_never_written_into(
    tmp_path: Path,
) -> None:
    """A staged folder may hold a hard link to the visible folder's sheet."""
    seen, staged = tmp_path / "seen", tmp_path / "staged"
    seen.mkdir()
    staged.mkdir()
    for name in sheet_names(a_plan(a_cell())):
        (seen / name).write_bytes(b"as it was")
        os.link(seen / name, staged / name)
    make_sheets(a_plan(a_cell()), staged)
    assert {path.read_bytes() for path in seen.iterdir()} == {b"as it was"}


def test_a_folder_that_cannot_be_written_is_an_error_not_an_empty_cell(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_sheets(a_plan(a_cell()), tmp_path / "absent")


def test_memory_does_not_grow_with_the_number_of_pages(tmp_path: Path) -> None:
    script = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
from archiver.sheets import *
cells = tuple(SheetCell(n, "22 Oct 11:13") for n in range(int(sys.argv[1])))
make_sheets(SheetPlan("x", "id", "", cells, datetime(2025, 1, 1, tzinfo=UTC)), Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    few, many = (
        int(subprocess.check_output([sys.executable, "-c", script, str(count), str(tmp_path)]))
        for count in (40, 300)
    )
    assert many - few < 16_000  # KiB; one page as a picture is 8,500


# --- made again only when it matters --------------------------------------------------------------


def test_the_key_stands_in_every_page(tmp_path: Path) -> None:
    plan = a_plan(*(a_cell(number) for number in range(1, 6)))
    make_sheets(plan, tmp_path)
    for name in sheet_names(plan)[:-1]:
        assert existing_key(tmp_path / name) == sheet_key(plan)


def test_a_file_that_is_none_of_ours_has_no_key(tmp_path: Path) -> None:
    a_picture(tmp_path / "other.jpg")
    assert existing_key(tmp_path / "other.jpg") is None
    assert existing_key(tmp_path / "absent.jpg") is None
    assert existing_key(tmp_path) is None


A_PICTURE = Picture(RelPath("a"), Sha256("a" * 64))


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: replace(plan, title="Other"),
        lambda plan: replace(plan, dates="23 Oct 2025"),
        lambda plan: replace(plan, facts=("x",)),
        lambda plan: replace(plan, job_id=JobId("other")),
        lambda plan: replace(plan, pdf_date=WHEN.replace(year=2024)),
        lambda plan: replace(plan, settings=SheetSettings(quality=83)),
        lambda plan: replace(plan, cells=(*plan.cells, a_cell(2))),
        *(
            lambda plan, field=field, value=value: replace(
                plan, cells=(replace(plan.cells[0], **{field: value}),)
            )
            for field, value in (
                ("number", 2),
                ("time", "23 Oct 11:13"),
                ("person", "Tom"),
                ("picture", A_PICTURE),
                ("fallback", A_PICTURE),
                ("reason", "404"),
                ("mark", "gone"),
                ("person", "\ud800"),
            )
        ),
    ],
)
def test_whatever_shapes_the_sheets_changes_their_key(
    change: Callable[[SheetPlan], SheetPlan],
) -> None:
    plan = a_plan(a_cell())
    assert sheet_key(change(plan)) != sheet_key(plan)


def test_where_a_picture_lies_does_not_change_the_key() -> None:
    moved = Picture(RelPath("staging/b"), A_PICTURE.sha256)
    one, other = (a_plan(a_cell(picture=picture)) for picture in (A_PICTURE, moved))
    assert sheet_key(one) == sheet_key(other)


# --- what is on them ------------------------------------------------------------------------------


def test_a_good_thumbnail_is_shown_and_the_full_image_left_alone(tmp_path: Path) -> None:
    cell = a_cell(
        picture=a_picture(tmp_path / "t.jpg", RED), fallback=a_picture(tmp_path / "f.jpg", BLUE)
    )
    assert colours(draw_sheet(a_plan(cell), 1)) == {"red"}


def test_a_thumbnail_too_small_gives_way_to_the_full_image(tmp_path: Path) -> None:
    small = a_picture(tmp_path / "t.jpg", RED, (40, 30))
    cell = a_cell(picture=small, fallback=a_picture(tmp_path / "f.jpg", BLUE, (4000, 3000)))
    assert colours(draw_sheet(a_plan(cell), 1)) == {"blue"}
    broken = Picture(RelPath(f"{tmp_path}/absent"), Sha256("0" * 64))
    assert colours(draw_sheet(a_plan(replace(cell, fallback=broken)), 1)) == {"red"}
    assert colours(draw_sheet(a_plan(replace(cell, fallback=None)), 1)) == {"red"}


def test_a_broken_or_missing_thumbnail_gives_way_to_the_full_image(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"\xff\xd8\xff\xe0 no more")
    full = a_picture(tmp_path / "f.jpg", BLUE)
    for name in ("broken", "absent"):
        cell = a_cell(
            picture=Picture(RelPath(f"{tmp_path}/{name}"), Sha256("0" * 64)), fallback=full
        )
        assert colours(draw_sheet(a_plan(cell), 1)) == {"blue"}


def test_what_cannot_be_shown_is_a_labelled_cell_and_its_neighbours_are_not_touched(
    tmp_path: Path,
) -> None:
    (tmp_path / "no").write_bytes(b"not a picture")
    broken = Picture(RelPath(f"{tmp_path}/no"), Sha256("0" * 64))
    good = a_picture(tmp_path / "f.jpg", GREEN)
    plan = a_plan(
        a_cell(1, picture=broken),
        a_cell(2, picture=good),
        a_cell(3, reason="Not archived: the image host answered 404"),
        a_cell(4, picture=broken, fallback=broken),
    )
    made = make_sheets(plan, tmp_path)
    assert len(made) == 2
    page = draw_sheet(plan, 1)
    assert colours(page) - {"grey"} == {"green"}  # small letters are grey
    label_ink = page.crop((40, 120, 160, 190)).getcolors(1 << 20) or []
    assert any(sum(colour) < 400 for _, colour in label_ink if isinstance(colour, tuple))


def test_long_names_stay_in_their_cell(tmp_path: Path) -> None:
    name = "W" * 300
    plan = a_plan(
        a_cell(1, person=name, mark=name), a_cell(2), title="", settings=replace(SMALL, columns=2)
    )
    page = draw_sheet(plan, 1)
    middle = page.width // 2
    gap = page.crop((middle - 2, 120, middle + 2, page.height))
    assert gap.getcolors() == [(gap.width * gap.height, (255, 255, 255))]


LAYOUTS = [
    sheet_settings(layout, paper, 150, orientation)
    for paper in ("a4", "letter")
    for orientation, layouts in (
        ("portrait", ((3, 4), (4, 5), (5, 7), (6, 8))),
        ("landscape", ((4, 3), (8, 6))),
    )
    for layout in layouts
]
LONG = st.one_of(
    st.text(max_size=60),
    st.text("ABW", min_size=30, max_size=300),
    st.text("שלוםمحمد ", max_size=60),
    st.text("田中太郎👷 Å", max_size=60),
)


@settings(max_examples=40, deadline=None)
@given(
    layout=st.sampled_from(LAYOUTS),
    title=LONG,
    person=LONG,
    time=st.sampled_from(("22 Oct 11:13", "22 Oct 2025 11:13", "time unknown", "W" * 90)),
    reason=LONG,
)
@example(LAYOUTS[-1], "W" * 300, "W" * 300, "22 Oct 2025 11:13", "W" * 300)
def test_no_line_of_text_touches_another_one_or_a_picture_or_the_edge(
    layout: SheetSettings, title: str, person: str, time: str, reason: str
) -> None:
    """In every layout, on every paper, whatever people and jobs are called."""
    empty = SheetCell(9999, time, person, reason=reason, mark=person)
    cells = tuple(replace(empty, number=9000 + n) for n in range(layout.columns + 1))
    plan = a_plan(*cells, title=title, facts=(person,), settings=layout)
    boxes = [
        (
            text.x,
            text.baseline - text.size * 0.8,
            text.x + text.width,
            text.baseline + text.size / 5,
        )
        for text in texts_of_sheet(plan, 1)
    ]
    assert len(boxes) >= 2 + 3 * len(cells)
    width, height = layout.pixels
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
        for left2, top2, right2, bottom2 in boxes[number + 1 :]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top


def test_a_time_that_does_not_fit_beside_the_number_gets_a_line_of_its_own() -> None:
    """Rather than be cut: on a page of six columns one with its year."""
    time = "22 Oct 2025 11:13 (UTC)"
    for layout, lines in (((3, 4), 1), ((6, 8), 2)):
        plan = a_plan(SheetCell(1, time, "Craig Parker"), settings=sheet_settings(layout))
        number, moment = (
            next(text for text in texts_of_sheet(plan, 1) if text.text == said)
            for said in ("#0001", time)
        )
        assert len({number.baseline, moment.baseline}) == lines


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=80), person=st.text(max_size=40), reason=st.text(max_size=200))
@example("\ud800 \u202e", "\x00\n\t", "\U0010ffff" * 200)
@example("שלום 12 Tom", "محمد الفارسي", "田中 太郎 👷\u200d♀️")
@example("", "", " ")
def test_no_text_makes_drawing_fail(title: str, person: str, reason: str) -> None:
    cell = a_cell(person=person, reason=reason, mark=person)
    page = draw_sheet(a_plan(cell, title=title, dates=person, facts=(reason,)), 1)
    assert page.size == SMALL.pixels


def test_sheets_are_drawn_on_a_machine_without_fonts(
    monkeypatch: pytest.MonkeyPatch, fresh_fonts: None, tmp_path: Path
) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"a damaged font")
    monkeypatch.setattr(fontchoice, "_font_folders", lambda: [tmp_path, tmp_path / "absent"])
    monkeypatch.setattr(fontchoice, "SHIPPED", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: None)
    page = draw_sheet(a_plan(a_cell(person="Zoë 田中"), title="Boiler"), 1)
    darkest, _ = page.convert("L").getextrema()
    assert isinstance(darkest, int)
    assert darkest < 60


@pytest.fixture
def fresh_fonts() -> Iterator[None]:
    """Forget which fonts were found, before and after."""
    caches = (*fontchoice.CACHES, fonts.unlettered)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(
    "wrong",
    [{"columns": 0}, {"rows": 99}, {"dpi": 6000}, {"page": (1, 1)}, {"quality": 100}],
)
def test_settings_nothing_readable_could_come_of_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageProblem, match="Contact sheets"):
        SheetSettings(**wrong)  # type: ignore[arg-type]


# --- pictures -------------------------------------------------------------------------------------

# Four quarters, each of its own colour: any turn or flip can be told.
QUARTERS = {(0, 0): RED, (1, 0): GREEN, (0, 1): BLUE, (1, 1): GREY}
# How a camera stores the upright picture for each value of EXIF's orientation.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quarters(size: tuple[int, int] = (400, 200)) -> Image.Image:
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    width, height = size[0] // 2, size[1] // 2
    for (x, y), colour in QUARTERS.items():
        draw.rectangle((x * width, y * height, (x + 1) * width, (y + 1) * height), fill=colour)
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_shown_as_the_camera_was_held(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    turn = STORED_AS[orientation]
    stored = quarters().transpose(turn) if turn is not None else quarters()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "p", kind, exif=exif)
    shown = load_picture(tmp_path / "p", (100, 100))
    assert shown.image.size == (100, 50)
    assert shown.stored == (400, 200)
    for (x, y), colour in QUARTERS.items():
        found = shown.image.getpixel((25 + 50 * x, 12 + 25 * y))
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 24 for a, b in zip(found, colour, strict=True))


def test_a_broken_exif_block_does_not_hide_the_picture(tmp_path: Path) -> None:
    quarters().save(tmp_path / "p", "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff nonsense")
    assert load_picture(tmp_path / "p", (100, 100)).image.size == (100, 50)
    exif = Image.Exif()
    exif[0x0112] = 77
    quarters().save(tmp_path / "p", "JPEG", exif=exif)
    assert load_picture(tmp_path / "p", (100, 100)).image.size == (100, 50)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_colour_mode_are_shown(tmp_path: Path, mode: str) -> None:
    grey = Image.new("L", (64, 64), 128)
    picture = Image.new("I;16", (64, 64), 128 * 257) if mode == "I;16" else grey.convert(mode)
    picture.save(tmp_path / "p", "TIFF" if mode == "CMYK" else "PNG")
    shown = load_picture(tmp_path / "p", (64, 64)).image
    assert shown.mode == "RGB"
    if mode != "1":
        found = shown.getpixel((30, 30))
        assert isinstance(found, tuple)
        assert all(abs(value - 128) < 6 for value in found)


def test_transparent_parts_become_paper(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(tmp_path / "rgba.png")
    Image.new("P", (64, 64), 0).save(tmp_path / "p.png", transparency=0)
    for name in ("rgba.png", "p.png"):
        shown = load_picture(tmp_path / name, (64, 64)).image
        assert shown.getpixel((30, 30)) == (255, 255, 255)


def a_png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose header claims a size; its pixels are `body`."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(body))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def as_jpeg(picture: Image.Image, **save: Any) -> bytes:
    body = io.BytesIO()
    picture.save(body, "JPEG", **save)
    return body.getvalue()


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame header claims another size (ITU-T T.81 §B.2.2)."""
    at = next(at for mark in (b"\xff\xc0", b"\xff\xc2") if (at := jpeg.find(mark)) > 0)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def first_scan_of_one_component(jpeg: bytes) -> bytes:
    """A baseline JPEG whose first scan holds one component: libjpeg then keeps all of it."""
    at = jpeg.find(b"\xff\xda")
    return jpeg[:at] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + jpeg[at + 14 :]


PLAIN = as_jpeg(quarters())
PROGRESSIVE = as_jpeg(quarters(), progressive=True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a picture"),
        (b"<html>404</html>", "not a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "cannot be decoded"),
        (PLAIN[: len(PLAIN) // 2], "cannot be decoded"),
        (PLAIN[:30], "cannot be decoded"),
        (claiming(PLAIN, 0, 100), "cannot be decoded"),
        (a_png(64, 64), "cannot be decoded"),
        (a_png(0, 64), "cannot be decoded"),
        (a_png(20_000, 20_000), "too large"),
        (a_png(2_000_000_000, 2_000_000_000), "too large"),
        (claiming(PROGRESSIVE, 14_000, 14_000), "too large"),
        (claiming(first_scan_of_one_component(PLAIN), 14_000, 14_000), "too large"),
        (PROGRESSIVE + b"\xff\xda" * 100, "too slow"),
        (b"\xff\xd8\xff" + b"\xe1\xff\xff" + b"\0" * 65533, "cannot be decoded"),
        (b"\xff\xd8" + (b"\xff\xe1\xff\xff" + bytes(65533)) * 600, "too large"),
        (b"GIF89a" + b"\xff" * 20, "cannot be decoded"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "cannot be decoded"),
        (b"BM" + b"\xff" * 60, "not a picture"),
        (b"II*\0" + b"\xff" * 60, "cannot be decoded"),
        (b"\0\0\0\x1cftypavif" + b"\xff" * 60, "cannot be decoded"),
    ],
)
def test_what_cannot_be_decoded_says_why(tmp_path: Path, body: bytes, reason: str) -> None:
    (tmp_path / "p").write_bytes(body)
    with pytest.raises(NotShown, match=reason):
        load_picture(tmp_path / "p", (100, 100))


def test_without_its_decoder_a_heic_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.pictures.is_supported", lambda kind: kind != "heic")
    (tmp_path / "p").write_bytes(a_heic())
    with pytest.raises(NotShown, match="HEIC"):
        load_picture(tmp_path / "p", (100, 100))


@pytest.mark.parametrize(("turn", "orientation"), [(0, 1), (1, 8), (2, 3), (3, 6)])
def test_a_heic_is_shown_as_it_was_held_and_measured_as_stored(
    tmp_path: Path, turn: int, orientation: int
) -> None:
    (tmp_path / "p").write_bytes(a_heic(turn=turn))
    shown = load_picture(tmp_path / "p", (100, 100))
    assert shown.stored == ((64, 128) if turn % 2 else (128, 64))
    probe = ImageProbe()
    probe.feed((tmp_path / "p").read_bytes())
    with (tmp_path / "p").open("rb") as file:
        info = probe.finish(file).info
    assert info is not None
    assert (info.width, info.height, info.orientation) == (128, 64, orientation)


def test_a_large_ordinary_jpeg_is_shown_for_it_is_decoded_small(tmp_path: Path) -> None:
    """`Image.open` would warn of 90 megapixels, and refuse twice as many."""
    Image.new("L", (11_000, 8_300), 120).save(tmp_path / "p", "JPEG", quality=20)
    assert colours(load_picture(tmp_path / "p", (200, 200)).image) == {"grey"}


def test_the_settings_of_pillow_stay_as_they_were(tmp_path: Path) -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    (tmp_path / "p").write_bytes(a_png(30_000, 30_000))
    make_sheets(
        a_plan(a_cell(picture=Picture(RelPath(f"{tmp_path}/p"), Sha256("0" * 64)))), tmp_path
    )
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    assert after == before


@settings(max_examples=80, deadline=None)
@given(
    start=st.sampled_from([PLAIN, PROGRESSIVE, a_png(8, 8, bytes(200))]),
    at=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=40),
)
def test_damaged_pictures_are_shown_or_refused_but_never_crash(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, at: float, junk: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    cut = int(at * len(start))
    path.write_bytes(start[:cut] + junk + start[cut + len(junk) :])
    try:
        shown = load_picture(path, (100, 100))
    except NotShown:
        return
    assert shown.image.width <= 100
    assert shown.image.height <= 100


@given(
    size=st.tuples(st.integers(1, 100_000), st.integers(1, 100_000)),
    room=st.tuples(st.integers(1, 2000), st.integers(1, 2000)),
)
def test_a_fitted_picture_fits_and_is_at_most_doubled(
    size: tuple[int, int], room: tuple[int, int]
) -> None:
    width, height = fitted(size, room)
    assert 1 <= width <= max(room[0], 1)
    assert 1 <= height <= max(room[1], 1)
    assert width <= 2 * size[0]
    assert height <= 2 * size[1]


# --- text -----------------------------------------------------------------------------------------

STYLE = TextStyle(16, "#000000")


@given(st.text())
@example("a\u202eb\u2066c")
@example("Z" + "\u0301" * 60)
@example("می\u200cخواهم")
def test_shown_text_has_nothing_that_moves_hides_or_overwrites_other_text(text: str) -> None:
    shown = visible_text(text)
    assert len(shown) <= MAX_CHARACTERS
    assert "  " not in shown
    assert shown == shown.strip()
    for char in shown:
        if char not in "\u200c\u200d ":
            assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")
    marks = "".join("m" if unicodedata.category(c) in ("Mn", "Me") else "." for c in shown)
    assert "mmm" not in marks


def test_plain_names_are_shown_as_they_are() -> None:
    for name in (
        "Craig Parker",
        "<b>Robert</b>",
        "محمد الفارسي",
        "田中 太郎",
        "Zoë",
        "می\u200cخواهم",
    ):
        assert visible_text(name) == name
    assert visible_text("a\tb\r\nc\u202ed\u200b") == "a b cd"
    assert visible_text("\ud800") == fonts.NO_GLYPH


def test_a_text_of_megabytes_is_cut_before_it_is_looked_at() -> None:
    assert len(visible_text("x" * 5_000_000)) == MAX_CHARACTERS


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(30, 300))
def test_fitted_text_takes_no_more_room_than_there_is(text: str, room: int) -> None:
    letters, shown = Lettering(), visible_text(text)
    fit = letters.fit(shown, STYLE, room)
    assert letters.width(fit, STYLE) <= room
    assert fit == shown or fit.endswith(ELLIPSIS)
    lines = letters.wrap(shown, STYLE, room, 3)
    assert len(lines) <= 3
    for line in lines:
        assert letters.width(line, STYLE) <= room or len(line) == 1
    if lines and not lines[-1].endswith(ELLIPSIS):
        assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, fresh_fonts: None) -> None:
    """One that has no font of its own."""
    monkeypatch.setattr(fontchoice, "_font_folders", lambda: [])
    monkeypatch.setattr("shutil.which", lambda name: None)


def test_names_in_the_shipped_scripts_need_no_font_of_the_machine(bare_machine: None) -> None:
    """Each with one font, so that letters join and go their way; on any machine the same."""
    for name in (
        "Zoë Łukasz Nguyễn Thị Hằng",
        "Олег Іванов",
        "Δημήτρης",
        "محمد الفارسي",
        "می\u200cخواهم رضا",
        "שרה לוי",
        "สมชาย",
    ):
        assert fonts.unlettered(visible_text(name)) == ""
        runs = Lettering()._runs(visible_text(name), STYLE)
        assert len(runs) == 1
        assert Path(str(runs[0][0].font.path)).parent == fontchoice.SHIPPED


def test_arabic_letters_join(bare_machine: None) -> None:
    """Shaped, a word is of another width than its letters one by one."""
    if not fonts._has_raqm():
        pytest.skip("this machine has no FriBiDi")
    letters = Lettering()
    assert letters.width("محمد", STYLE) != sum(letters.width(char, STYLE) for char in "محمد")


def test_what_no_font_has_is_said_in_words_and_the_sheet_says_so(bare_machine: None) -> None:
    """No empty boxes: a sign by its name, a letter by its number; searched as it was sent."""
    assert fonts.spelled("Anna 👷") == "Anna [construction worker]"
    assert fonts.spelled("田中") == "\\u7530\\u4E2D"
    assert fonts.spelled("\U0010ffff") == "\\U0010FFFF"
    letters = Lettering()
    assert letters.width("田", STYLE) == letters.width("\\u7530", STYLE)
    plan = a_plan(a_cell(person="田中"), settings=SheetSettings())
    texts = [text.text for text in texts_of_sheet(plan, 1)]
    assert "田中" in texts
    assert SPELLED in texts
    assert SPELLED not in [text.text for text in texts_of_sheet(a_plan(a_cell()), 1)]


def test_sheets_are_others_where_a_font_has_come(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that `build` makes them again; those that never lacked one stay."""
    plan, plain = a_plan(a_cell(person="田中")), a_plan(a_cell(person="Zoë"))
    assert lettered(plain) == plain
    before = sheet_key(lettered(plan))
    monkeypatch.setattr(fonts, "font_for", lambda char, bold: fontchoice.Found(None))
    fonts.unlettered.cache_clear()
    assert sheet_key(lettered(plan)) == sheet_key(plan) != before


def test_fonts_that_fontconfig_knows_are_asked_in_a_fixed_order(
    monkeypatch: pytest.MonkeyPatch, fresh_fonts: None, tmp_path: Path
) -> None:
    """The plainest first, by the characters it says they have; what it says is tried."""
    said = "{0}/b-Bold.ttf\t41-5a 7530\n{0}/a.ttf\t7530\n{0}/broken.ttf\tnonsense\n"
    tool = tmp_path / "fc-list"
    tool.write_text(f"#!/bin/sh\nprintf '{said.format(tmp_path)}'\n".replace("\t", "\\t"))
    tool.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda name: str(tool))
    asked: list[Path | None] = []
    monkeypatch.setattr(fontchoice, "has", lambda path, char: asked.append(path))
    monkeypatch.setattr(fontchoice, "_font_folders", lambda: [])
    assert fontchoice.font_for("田", False) is None
    assert asked[-2:] == [tmp_path / "a.ttf", tmp_path / "b-Bold.ttf"]


def test_a_font_made_of_pictures_is_scaled_to_the_size_of_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As colour emoji are: their font has one size only."""
    real = fontchoice.load_face(None, 96)
    face = fontchoice.Face(real.font, 16 / 96)
    monkeypatch.setattr(Lettering, "_runs", lambda self, text, style: [(face, text)])
    canvas = Image.new("RGB", (60, 40), "white")
    width = Lettering().draw(ImageDraw.Draw(canvas), (5, 30), "HH", STYLE)
    assert width == pytest.approx(fontchoice.load_face(None, 16).length("HH"), abs=1.5)
    box = canvas.convert("L").point(lambda value: 255 * (value < 128)).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert 5 <= left < right <= 6 + width
    assert 15 < top < bottom <= 31


def test_a_text_that_no_single_font_has_is_drawn_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "font_for_all", lambda text, bold: None)
    letters = Lettering()
    for text in ("Tom שרה ☃", "שרה Tom ☃", "☃☃"):
        runs = letters._runs(text, STYLE)
        assert sum(len(run) for _, run in runs) == len(fonts.spelled(text))
        assert letters.width(text, STYLE) == sum(face.length(run) for face, run in runs)
        letters.draw(ImageDraw.Draw(Image.new("RGB", (200, 40))), (5, 30), text, STYLE)


def test_a_line_of_several_fonts_is_drawn_in_the_order_in_which_it_is_read() -> None:
    """Two Hebrew words after an English one: the second stands left of the first."""
    runs = [run for _, run in Lettering()._runs("Zoë שרה לוי 12", STYLE)]
    assert "".join(runs) == "Zoë 12שרה לוי "  # the space at its end is seen on the left


@pytest.mark.parametrize("words", ["(BS1 4TR)", "16 Royal Parade (damp)", "[x]"])
@pytest.mark.parametrize("name", ["شارع", "סקר"])
def test_brackets_beside_letters_of_another_font_open_to_the_right_side(
    name: str, words: str
) -> None:
    """A bracket that is drawn by itself would go from left to right."""
    drawn = "".join(run for _, run in Lettering()._runs(f"{name} {words}", STYLE))
    assert words.removeprefix("16 ") in drawn


def test_the_fonts_shipped_are_those_that_were_pinned() -> None:
    """By the checksums beside them, with their licence; each under a name of its own."""
    said = (fontchoice.SHIPPED / "SOURCES.md").read_text("utf-8")
    files = sorted(fontchoice.SHIPPED.glob("*.ttf"))
    assert len(files) == 6
    for file in files:
        pinned = re.search(rf"^\| `{file.name}` .* \| `([0-9a-f]{{64}})` \|$", said, re.MULTILINE)
        assert pinned is not None
        assert pinned[1] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert "SIL OPEN FONT LICENSE" in (fontchoice.SHIPPED / "OFL.txt").read_text("utf-8")


def test_without_raqm_right_to_left_names_are_drawn_in_reading_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "_has_raqm", lambda: False)
    ((_, run),) = Lettering()._runs("Tom Wells", STYLE)
    assert run == "Tom Wells"
    drawn = "".join(run for _, run in Lettering()._runs("אב", STYLE))
    assert drawn == "בא"


# --- from a job's record --------------------------------------------------------------------------

LONDON = reader_of("en-GB", "Europe/London")


def stored(file: str, **other: object) -> Reference:
    kept = StoredFile(RelPath(file), Sha256("0" * 64), 1, "image/jpeg")
    return Reference(versions=(replace(kept, **other),))  # type: ignore[arg-type]


def a_message(number: int, photo: int, uploaded: datetime | None = WHEN) -> MessageRecord:
    return MessageRecord(
        number=number,
        kind="image",
        uploaded_text=None if uploaded is None else uploaded.isoformat(),
        uploaded=uploaded,
        uploader_id="u",
        uploader_name="Craig Parker",
        wordings=(Wording(1, WHEN, None),),
        first_snapshot=1,
        position=number,
        photo=photo,
    )


def a_record(*photos: PhotoRecord, messages: tuple[MessageRecord, ...] = ()) -> JobRecord:
    return JobRecord(
        job_id=JobId("68d0ed784f25458a9e878d15"),
        folder="2025-10-22-boiler",
        seal=1,
        sealed=datetime(2026, 1, 1, tzinfo=UTC),
        title="Boiler service",
        photos=photos,
        messages=messages or tuple(a_message(photo.message, photo.number) for photo in photos),
    )


def test_a_cell_tells_number_local_time_and_uploader() -> None:
    record = a_record(PhotoRecord(1, 1, stored("data/i.jpeg"), stored("data/t.jpeg")))
    cell = plan_sheets(record, Path("job").joinpath, LONDON).cells[0]
    assert (cell.number, cell.time, cell.person) == (1, "22 Oct 11:13", "Craig Parker")
    assert cell.picture is not None
    assert cell.fallback is not None
    assert (cell.picture.path, cell.fallback.path) == (
        Path("job/data/t.jpeg"),
        Path("job/data/i.jpeg"),
    )
    assert (cell.reason, cell.mark) == (None, None)


def test_the_header_tells_first_and_last_day_and_cells_the_year_if_there_are_several() -> None:
    photos = [PhotoRecord(n, n, stored("i")) for n in (1, 2)]
    for last, dates, time in (
        (WHEN, "22 Oct 2025", "22 Oct 11:13"),
        (WHEN.replace(day=30), "22 Oct \u2013 30 Oct 2025", "22 Oct 11:13"),
        (WHEN.replace(year=2026), "22 Oct 2025 \u2013 22 Oct 2026", "22 Oct 2025 11:13"),
    ):
        record = a_record(*photos, messages=(a_message(1, 1), a_message(2, 2, last)))
        plan = plan_sheets(record, Path().joinpath, LONDON)
        assert (plan.dates, plan.cells[0].time, plan.pdf_date) == (dates, time, last)


def test_a_photo_that_is_missing_not_decoded_or_gone_says_so() -> None:
    failed = Reference(failure=Failure("the image host answered 404", WHEN, 404))
    record = a_record(
        PhotoRecord(1, 1, failed),
        PhotoRecord(2, 2, stored("i.heic", media_type="image/heic", decoded=False)),
        PhotoRecord(3, 3, failed, stored("t.jpeg")),
        PhotoRecord(4, 4, stored("i.jpeg")),
        PhotoRecord(5, 5, Reference()),
        messages=(
            a_message(1, 1),
            a_message(2, 2),
            a_message(3, 3),
            replace(a_message(4, 4), absences=(Absence(since=WHEN),)),
            a_message(5, 5, None),
        ),
    )
    missing, heic, partly, gone, unknown = plan_sheets(record, Path().joinpath, LONDON).cells
    assert missing.reason == "Not archived: the image host answered 404"
    assert heic.reason is not None
    assert "HEIC" in heic.reason
    assert (partly.reason, partly.mark) == (None, "full photo not archived")
    assert gone.mark == "gone since 22 Oct 2025"
    assert (unknown.time, unknown.reason) == ("time unknown", "Not archived")


def test_a_new_seal_or_chat_message_leaves_the_sheets_as_they_are() -> None:
    record = a_record(PhotoRecord(1, 1, stored("i.jpeg")))
    chat = replace(a_message(2, 0), kind="chat", photo=None, uploaded=WHEN.replace(year=2030))
    later = replace(record, seal=2, sealed=WHEN, messages=(*record.messages, chat))
    one, other = (plan_sheets(each, Path().joinpath, LONDON) for each in (record, later))
    assert sheet_key(one) == sheet_key(other)


def test_a_time_at_the_end_of_the_calendar_is_no_error() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    record = a_record(PhotoRecord(1, 1, stored("i")), messages=(a_message(1, 1, last),))
    assert plan_sheets(record, Path().joinpath, reader_of("en-GB", "Asia/Tokyo")).cells[0].time


def test_memory_of_a_decoding_is_estimated_within_bounds() -> None:
    assert pictures.MEMORY_LIMIT <= 150 << 20  # 250 MB is all the program may take ordinarily
