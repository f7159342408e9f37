"""Contact sheets: a job's photos at a glance, as JPEG pages and one PDF of the same pages.

Drawn with Pillow from what lies in the job's folder, one page in memory at a time. Each cell has
the exhibit number, the time and the uploader; a picture that cannot be shown is a labelled empty
cell. The design is that of the job page: paper, hairlines, one calm typeface (`frontend.md` §2).

Nothing here runs in parallel: the caller makes the sheets of several jobs at once, in threads
(Pillow lets go of the interpreter while it decodes, scales and encodes).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.decoders import LoadPicture
from archiver.fonts import Lettering, TextStyle, unlettered, visible_text
from archiver.language import N_, Language, language_of
from archiver.models import Sha256
from archiver.pdf import JpegPage, write_pdf
from archiver.pdftext import PageText
from archiver.pictures import NotShown, Shown, load_picture
from archiver.remarkwords import remark_text
from archiver.sheetlayout import SheetSettings
from archiver.sheetplan import (
    PDF_NAME,
    Picture,
    SheetCell,
    SheetPlan,
    cells_of_page,
    sheet_key,
    sheet_names,
)
from archiver.storage import remove_file, sha256_bytes

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = [
    "MadeFile",
    "Picture",
    "SheetCell",
    "SheetPlan",
    "SheetSettings",
    "existing_key",
    "lettered",
    "make_sheets",
    "sheet_key",
    "sheet_names",
]

# Tokens of the light theme (templates/assets/base.css).
PAPER, SURFACE = "#ffffff", "#f4f5f4"
INK, INK_2, INK_3 = "#15191b", "#454d52", "#626b70"
LINE, LINE_UI = "#dfe2e1", "#858d91"
WARN = "#835200"

SPELLED = N_(
    "Characters that no font here could draw are written as [name] or \\uXXXX; the text of the PDF "
    "and the job's page have them as they were sent."
)
"""Stands at the foot of a page where that happened."""
SHARP_ENOUGH = 0.6
"""Thumbnail pixels for each pixel shown from which a thumbnail is good enough: 90 dots per inch
on paper. Below, the full image is opened in its place, at some ten times the cost."""

_KEY_LIMIT = 1 << 16
_KEY = re.compile(rb"workphotos-archiver contact sheet ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was written: its name in the folder, digest and bytes."""

    name: str
    sha256: Sha256
    size: int


def make_sheets(
    plan: SheetPlan, folder: Path, load: LoadPicture = load_picture
) -> tuple[MadeFile, ...]:
    """Write the sheets of `plan` into `folder`: the JPEG pages, then the PDF; none for no photos.

    `folder` is a staged one that nobody sees yet: files are written in place and not synced.
    What bears one of the names is replaced, never written into (it may be a hard link to a file
    of the visible folder). `load` opens a picture; a run gives that of its decoder processes.
    Raises OSError when `folder` cannot be written.
    """
    if not plan.cells:
        return ()
    key = sheet_key(plan)
    made: list[MadeFile] = []

    def pages() -> Iterator[JpegPage]:
        # The PDF takes each page as it is written, so that one page at a time is in memory.
        sheet = _Sheet(plan, load)
        for page, name in enumerate(sheet_names(plan)[:-1], 1):
            image, texts = sheet.draw(page)
            body = _write_page(image, folder / name, plan.settings, key)
            del image  # the next page is drawn before this name would be given again
            made.append(MadeFile(name, sha256_bytes(body), len(body)))
            yield JpegPage(body, plan.settings.pixels, texts)

    with _Hashed(folder / PDF_NAME) as pdf:
        write_pdf(
            pdf,
            pages(),
            plan.pages,
            paper=plan.settings.page,
            title=language_of(plan.language).tr(
                "{title} \u2013 contact sheet", title=visible_text(plan.title)
            ),
            date=plan.pdf_date,
            identity=bytes.fromhex(key)[:16],
            language="" if plan.is_english else plan.language,
        )
    return (*made, pdf.made())


def lettered(plan: SheetPlan) -> SheetPlan:
    """The plan with the characters it shows that no font of this machine draws."""
    texts = {plan.title, plan.dates, *plan.facts}
    for cell in plan.cells:
        texts.update(filter(None, (cell.time, cell.person, cell.reason, cell.mark)))
    missing = {char for text in texts for char in unlettered(visible_text(text))}
    return replace(plan, unlettered="".join(sorted(missing))) if missing else plan


def existing_key(path: Path) -> Sha256 | None:
    """The key of the plan that the sheet at `path` was made from; None if it is none of ours.

    Reads the first 64 KiB and decodes nothing. Raises no error for a file that is not there.
    """
    try:
        with path.open("rb") as file:
            found = _KEY.search(file.read(_KEY_LIMIT))
    except OSError:
        return None
    return Sha256(found[1].decode("ascii")) if found else None


def draw_sheet(plan: SheetPlan, page: int, load: LoadPicture = load_picture) -> Image:
    """One page, counted from 1, as a picture."""
    return _Sheet(plan, load).draw(page)[0]


def texts_of_sheet(
    plan: SheetPlan, page: int, load: LoadPicture = load_picture
) -> tuple[PageText, ...]:
    """The lines of text on a page, counted from 1, and where they stand."""
    return _Sheet(plan, load).draw(page)[1]


def _write_page(sheet: Image, path: Path, settings: SheetSettings, key: Sha256) -> bytes:
    """Write a page as JPEG, and give its bytes."""
    remove_file(path)
    with path.open("xb+") as file:
        # Into a real file Pillow encodes without holding the interpreter, into memory it does not.
        sheet.save(
            file,
            "JPEG",
            quality=settings.quality,
            dpi=(settings.dpi, settings.dpi),
            comment=f"workphotos-archiver contact sheet {key}",
        )
        file.seek(0)
        return file.read()


class _Hashed:
    """A new file that knows its digest and size when it is closed."""

    def __init__(self, path: Path) -> None:
        remove_file(path)
        self._name = path.name
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> _Hashed:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, body: bytes, /) -> None:
        self._hash.update(body)
        self._size += len(body)
        self._file.write(body)

    def made(self) -> MadeFile:
        return MadeFile(self._name, Sha256(self._hash.hexdigest()), self._size)


# --- drawing --------------------------------------------------------------------------------------


FULL_SIZE_CELL = 110
"""Points of width from which a cell's caption is set in full size: two thirds of an A4 page's width
in six columns, all of it in four."""
SMALLEST_CAPTION = 0.8
"""Of the full size: 6.4 points, which can still be read on paper."""


class _Layout:
    """Where things go on a page, in pixels; sizes are points of 1/72 inch turned into pixels.

    `stacked` says that number and time do not fit side by side: the time has a line of its own.
    """

    def __init__(self, settings: SheetSettings, title_lines: int, stacked: bool = False) -> None:
        def points(count: float) -> int:
            return round(count * settings.dpi / 72)

        self.width, self.height = settings.pixels
        self.margin = points(34)
        self.gap = points(11)
        self.hair = max(1, points(0.4))
        self.text_width = self.width - 2 * self.margin
        cell_width = (self.text_width - (settings.columns - 1) * self.gap) // settings.columns
        small = min(1.0, max(SMALLEST_CAPTION, cell_width / points(FULL_SIZE_CELL)))
        self.pad = points(6 * small)
        self.title = TextStyle(points(16), INK, bold=True)
        self.meta = TextStyle(points(8.5), INK_2)
        self.number = TextStyle(points(8 * small), INK, bold=True)
        self.note = TextStyle(points(6.5), INK_3)
        self.time = TextStyle(points(8 * small), INK_2)
        self.person = TextStyle(points(7.5 * small), INK_3)
        self.mark = TextStyle(points(7.5 * small), WARN)
        self.empty = TextStyle(points(8 * small), INK_2, bold=True)
        self.reason = TextStyle(points(7.5 * small), INK_2)
        self.title_line = points(20)
        self.title_base = self.margin + points(12)
        self.meta_base = self.title_base + (title_lines - 1) * self.title_line + points(17)
        self.rule = self.meta_base + points(9)
        self.grid_top = self.rule + points(14)
        self.stacked = stacked
        bases = (11, 21, 30.5, 40) if stacked else (11, 21, 30.5)
        self.caption = points((bases[-1] + 1.5) * small)
        self.caption_lines = tuple(points(base * small) for base in bases)
        self.cell = (
            cell_width,
            (self.height - self.margin - self.grid_top - (settings.rows - 1) * self.gap)
            // settings.rows,
        )
        self.room = (self.cell[0], max(8, self.cell[1] - self.caption))

    def corner(self, index: int, columns: int) -> tuple[int, int]:
        """The upper left corner of a cell."""
        row, column = divmod(index, columns)
        return (
            self.margin + column * (self.cell[0] + self.gap),
            self.grid_top + row * (self.cell[1] + self.gap),
        )


class _Sheet:
    """Draws the pages of one plan, and notes which text stands where."""

    def __init__(self, plan: SheetPlan, load: LoadPicture) -> None:
        self._plan = plan
        self._words = language_of(plan.language)
        self._load = load
        self._letters = Lettering()
        self._texts: list[PageText] = []
        plain = _Layout(plan.settings, 1)
        self._title_text = visible_text(plan.title) or self._words.tr("Untitled job")
        self._title = self._letters.wrap(self._title_text, plain.title, plain.text_width, 2)
        stacked = any(self._caption_width(cell, plain) > plain.cell[0] for cell in plan.cells)
        self._at = _Layout(plan.settings, len(self._title), stacked)

    def _caption_width(self, cell: SheetCell, at: _Layout) -> float:
        number = self._letters.width(_label(cell), at.number)
        return number + at.pad + self._letters.width(visible_text(cell.time), at.time)

    def draw(self, page: int) -> tuple[Image, tuple[PageText, ...]]:
        from PIL import Image, ImageDraw

        sheet = Image.new("RGB", self._plan.settings.pixels, PAPER)
        canvas = ImageDraw.Draw(sheet)
        self._texts = []
        self._header(canvas, page)
        for index, cell in enumerate(cells_of_page(self._plan, page)):
            corner = self._at.corner(index, self._plan.settings.columns)
            self._picture(sheet, canvas, cell, corner)
            self._caption(canvas, cell, corner)
        if any(unlettered(text.text) for text in self._texts):
            at = self._at
            place = at.margin, at.height - at.margin // 2
            said = self._words.tr(SPELLED)
            self._put(canvas, place, self._letters.fit(said, at.note, at.text_width), at.note)
        return sheet, tuple(self._texts)

    def _put(
        self,
        canvas: ImageDraw,
        place: tuple[float, float],
        shown: str,
        style: TextStyle,
        said: str | None = None,
    ) -> float:
        """Draw a line; gives its width. `said` is what it stands for, where it had to be cut."""
        width = self._letters.draw(canvas, place, shown, style)
        self._texts.append(PageText(said or shown, *place, width, style.size))
        return width

    def _header(self, canvas: ImageDraw, page: int) -> None:
        at, plan, letters = self._at, self._plan, self._letters
        for number, (line, said) in enumerate(_with_rest(self._title, self._title_text)):
            place = at.margin, at.title_base + number * at.title_line
            self._put(canvas, place, line, at.title, said)
        right = self._words.tr("Contact sheet {page} of {pages}", page=page, pages=plan.pages)
        right_width = letters.width(right, at.meta)
        self._put(canvas, (at.width - at.margin - right_width, at.meta_base), right, at.meta)
        left = "   ".join(visible_text(fact) for fact in self._facts(page) if fact)
        shown = letters.fit(left, at.meta, at.text_width - right_width - at.gap)
        self._put(canvas, (at.margin, at.meta_base), shown, at.meta, left)
        canvas.rectangle(
            (at.margin, at.rule, at.width - at.margin - 1, at.rule + at.hair - 1), fill=LINE
        )

    def _facts(self, page: int) -> tuple[str, ...]:
        plan = self._plan
        cells = cells_of_page(plan, page)
        photos = self._words.counted(len(plan.cells), "{n} photo", "{n} photos")
        if plan.pages > 1:
            photos = self._words.tr(
                "{photos}, here {first} to {last}",
                photos=photos,
                first=_label(cells[0]),
                last=_label(cells[-1]),
            )
        named = (
            self._words.tr("reference {job}", job=plan.job_id)
            if plan.derived
            else self._words.tr("job {job}", job=plan.job_id)
        )
        return plan.dates, photos, *plan.facts, named

    def _caption(self, canvas: ImageDraw, cell: SheetCell, corner: tuple[int, int]) -> None:
        at = self._at
        x, top = corner[0], corner[1] + at.room[1]
        first, *lines = (top + line for line in at.caption_lines)
        used = self._put(canvas, (x, first), _label(cell), at.number) + at.pad
        if at.stacked:
            self._line(canvas, (x, lines.pop(0)), cell.time, at.time, at.cell[0])
        else:
            self._line(canvas, (x + used, first), cell.time, at.time, at.cell[0] - used)
        self._line(canvas, (x, lines[0]), cell.person or "", at.person, at.cell[0])
        self._line(canvas, (x, lines[1]), cell.mark or "", at.mark, at.cell[0])

    def _line(
        self,
        canvas: ImageDraw,
        place: tuple[float, float],
        text: str,
        style: TextStyle,
        room: float,
    ) -> None:
        whole = visible_text(text)
        if whole:
            self._put(canvas, place, self._letters.fit(whole, style, room), style, whole)

    def _picture(
        self, sheet: Image, canvas: ImageDraw, cell: SheetCell, corner: tuple[int, int]
    ) -> None:
        image = _picture_of(cell, self._at.room, self._load, self._words)
        if isinstance(image, str):
            self._empty(canvas, image, corner)
            return
        # On the left, as in the mock-up, and on the row's ground line, next to its caption.
        sheet.paste(image, (corner[0], corner[1] + self._at.room[1] - image.height))

    def _empty(self, canvas: ImageDraw, reason: str, corner: tuple[int, int]) -> None:
        at, letters = self._at, self._letters
        width, height = at.room
        canvas.rectangle(
            (*corner, corner[0] + width - 1, corner[1] + height - 1),
            fill=SURFACE,
            outline=LINE_UI,
            width=at.hair,
        )
        step = round(at.reason.size * 1.35)
        fits = (height - 2 * at.pad) // step
        text = visible_text(reason)
        # Where there is room for one line only it is the reason: that the picture is missing is
        # seen.
        none = self._words.tr("No picture")
        lines = [(none, none, at.empty)] if fits > 1 else []
        wrapped = letters.wrap(text, at.reason, width - 2 * at.pad, max(1, min(6, fits - 1)))
        lines += [(line, said, at.reason) for line, said in _with_rest(wrapped, text)]
        base = corner[1] + (height - len(lines) * step) // 2 + at.reason.size
        for number, (line, said, style) in enumerate(lines):
            x = corner[0] + (width - letters.width(line, style)) / 2
            self._put(canvas, (x, base + number * step), line, style, said)


def _with_rest(lines: list[str], text: str) -> list[tuple[str, str]]:
    """Each line with what it stands for: the last one, which may be cut, for all that is left."""
    said: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        said.append((line, text if number == len(lines) else line))
        text = text[len(line) :].lstrip()
    return said


def _label(cell: SheetCell) -> str:
    return f"#{cell.number:04d}"


def _picture_of(
    cell: SheetCell, room: tuple[int, int], load: LoadPicture, words: Language
) -> Image | str:
    """The cell's picture: its thumbnail if that is good enough, else the full image, else the
    thumbnail all the same; or why there is none that can be shown.

    The reason is given and not raised: an exception holds the frames it came through, and with
    them the page, until Python looks for rings.
    """
    small: Shown | None = None
    why = cell.reason or words.tr("Not archived")
    if cell.picture is not None:
        try:
            small = load(cell.picture.path, room)
        except NotShown as error:
            why = words.tr("The thumbnail: {error}.", error=remark_text(words, error.why))
        if small is not None and (cell.fallback is None or _is_sharp(small, room)):
            return small.image
    if cell.fallback is not None:
        try:
            return load(cell.fallback.path, room).image
        except NotShown as error:
            said = remark_text(words, error.why)
            why = words.tr("The photo is kept, but {error}.", error=said)
    return small.image if small is not None else why


def _is_sharp(shown: Shown, room: tuple[int, int]) -> bool:
    # `fitted` never more than doubles, so the room itself is asked.
    wanted = min(room[0] / shown.stored[0], room[1] / shown.stored[1])
    return wanted * SHARP_ENOUGH <= 1
