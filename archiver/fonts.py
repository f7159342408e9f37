"""Lettering for contact sheets: harmless text, fitting and wrapping, drawing in any script.

Names of people and jobs come from anywhere and may be written in any script. A text is drawn with
one font where one covers it all, so that shaping and right-to-left order (Pillow's Raqm) see it
whole; else it is cut into runs by direction and font. Without Raqm (it needs FriBiDi, which few
Windows machines have) right-to-left parts are put in order here, their letters unjoined.

A character that no font here covers is said in words: an emoji or sign by its name in brackets
(`[construction worker]`), a letter as `\\u7530`. A sheet on which that happened says so. The text
in the PDF and the job's page have every name exactly as sent.

Sizes and widths are pixels. The same text gives the same pixels on one machine; for scripts whose
fonts are not shipped (`fontchoice`) another machine may have other ones.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from archiver.bidi import begins_right_to_left, turned, visual_order, visual_runs
from archiver.fontchoice import Face, Found, base_font, font_for, font_for_all, has, load_face

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

NO_GLYPH = "\u25a1"
"""Stands for half a character: a lone surrogate, which is no text at all."""
ELLIPSIS = "\u2026"
MAX_CHARACTERS = 400
"""No line of a sheet holds as many; what is longer is cut before anything is measured."""
MAX_MARKS = 2
"""Combining marks kept on one letter: Vietnamese needs two; a tower of fifty covers its
neighbours."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text is set: `size` in pixels, `fill` as `#rrggbb`."""

    size: int
    fill: str
    bold: bool = False


def visible_text(text: str) -> str:
    """`text` as it can safely stand in one line of a picture.

    White space becomes single spaces; controls, direction overrides, zero-width characters and
    variation selectors go; lone surrogates become `□`; towers of combining marks are cut; so is
    what exceeds `MAX_CHARACTERS`. Joiners stay where scripts need them to join letters.
    """
    return " ".join(legible(text[: 4 * MAX_CHARACTERS]).split())[:MAX_CHARACTERS].rstrip()


def legible(text: str) -> str:
    """The same without gathering white space or cutting anything: each control and blank of `text`
    is a space."""
    if text.isascii() and text.isprintable():
        return text
    # Composed letters are likelier to be in a font than a letter and its mark.
    composed = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    marks = 0
    for char in composed:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category == "Cs":
            kept.append(NO_GLYPH)
        elif marks > MAX_MARKS or _is_invisible(char, category, kept):
            continue
        else:
            kept.append(char)
    return "".join(kept)


def _is_invisible(char: str, category: str, before: list[str]) -> bool:
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return True  # variation selectors
    if char in "\u200c\u200d":  # (non-)joiners: Persian and the Indic scripts are spelt with them
        return not (before and unicodedata.category(before[-1]) in ("Lo", "Mn", "Mc"))
    return category == "Cf"


class Lettering:
    """Measures and draws text, with each font loaded once. For one thread."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[Path | None, int], Face] = {}
        self._widths: dict[tuple[str, int, bool], float] = {}

    def width(self, text: str, style: TextStyle) -> float:
        """How wide `text` (already visible) will be, in pixels."""
        key = text, style.size, style.bold
        if key not in self._widths:
            self._widths[key] = sum(face.length(run) for face, run in self._runs(text, style))
        return self._widths[key]

    def fit(self, text: str, style: TextStyle, room: float) -> str:
        """`text`, or its beginning and an ellipsis, so that it takes at most `room` pixels."""
        if self.width(text, style) <= room:
            return text
        low, high = 0, len(text) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle].rstrip() + ELLIPSIS, style) <= room:
                low = middle
            else:
                high = middle - 1
        # Never part a letter from its marks: it would become another letter.
        while low and unicodedata.combining(text[low]):
            low -= 1
        return text[:low].rstrip() + ELLIPSIS

    def wrap(self, text: str, style: TextStyle, room: float, lines: int) -> list[str]:
        """`text` in at most `lines` lines of `room` pixels, cut with an ellipsis at the end."""
        wrapped: list[str] = []
        rest = text
        while rest and len(wrapped) < lines - 1:
            line = self._first_line(rest, style, room)
            wrapped.append(line)
            rest = rest[len(line) :].lstrip()
        if rest:
            wrapped.append(self.fit(rest, style, room))
        return wrapped

    def _first_line(self, text: str, style: TextStyle, room: float) -> str:
        words = text.split(" ")
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(" ".join(words[:middle]), style) <= room:
                low = middle
            else:
                high = middle - 1
        if low:
            return " ".join(words[:low])
        # One word wider than the room (an address, or a script without spaces): cut anywhere.
        return self.fit(text, style, room).removesuffix(ELLIPSIS) or text[:1]

    def draw(
        self,
        canvas: ImageDraw,
        place: tuple[float, float],
        text: str,
        style: TextStyle,
    ) -> float:
        """Draw `text` with the left end of its baseline at `place`; returns its width."""
        x, y = place
        for face, run in self._runs(text, style):
            if face.is_pictures:
                _draw_pictures(canvas, (round(x), round(y)), run, face, style.fill)
            else:
                stencil, left, top = _stencil(face, run)
                canvas.bitmap((round(x) + left, round(y) + top), stencil, style.fill)
            x += face.length(run)
        return x - place[0]

    def _runs(self, text: str, style: TextStyle) -> list[tuple[Face, str]]:
        """`text` cut by the font each part is drawn with, in the order of drawing, left to right.

        One part wherever one font has it all.
        """
        base = base_font(style.bold)
        if text.isascii() and text.isprintable():
            return [(self._face(base, style.size), text)]
        shown = spelled(text, style.bold)
        whole = font_for_all(shown, style.bold)
        if whole is not None:
            return [(self._face(whole.path, style.size), _ordered(shown))]
        return [
            (self._face(path, style.size), _alone(part) if run.right_to_left else _ordered(part))
            for run in visual_runs(shown)
            for path, part in _by_font(run.text, style.bold, backwards=run.right_to_left)
        ]

    def _face(self, path: Path | None, size: int) -> Face:
        key = (path, size)
        if key not in self._loaded:
            self._loaded[key] = load_face(path, size)
        return self._loaded[key]


def _by_font(text: str, bold: bool, *, backwards: bool) -> list[tuple[Path | None, str]]:
    """A text of one direction cut by font, in the order of drawing. A mark stays with its letter's
    font where that has it, and so does what stands between words that go from right to left."""
    paths: list[Path | None] = []
    for char in text:
        found = font_for(char, bold) or Found(base_font(bold))
        joins = (backwards and not char.isalnum()) or unicodedata.category(char).startswith("M")
        stays = bool(paths) and joins and has(paths[-1], char)
        paths.append(paths[-1] if stays else found.path)
    parts = [
        (path, "".join(char for _, char in pairs))
        for path, pairs in groupby(zip(paths, text, strict=True), lambda pair: pair[0])
    ]
    return parts[::-1] if backwards else parts


_Stencil: TypeAlias = "tuple[Image, int, int]"
_stencils: dict[tuple[object, float, str], _Stencil] = {}
_MOST_STENCILS = 2048
"""Some 2 kB each. Numbers and names of people stand on very many sheets; drawing a line anew takes
ten times as long as laying its picture on the page."""


def _stencil(face: Face, run: str) -> _Stencil:
    """A line as a mask, and where its upper left corner lies from the beginning of its baseline."""
    from PIL import Image, ImageDraw

    key = (face.font.path, face.font.size, run)
    known = _stencils.get(key)
    if known is None:
        left, top, right, bottom = map(int, face.font.getbbox(run, anchor="ls"))
        mask = Image.new("L", (max(1, right - left), max(1, bottom - top)))
        ImageDraw.Draw(mask).text((-left, -top), run, font=face.font, fill=255, anchor="ls")
        if len(_stencils) >= _MOST_STENCILS:
            _stencils.clear()
        known = _stencils[key] = mask, left, top
    return known


def _draw_pictures(
    canvas: ImageDraw, place: tuple[int, int], text: str, face: Face, fill: str
) -> None:
    """Draw with a font of pictures, scaled to the size that is wanted."""
    from PIL import Image, ImageDraw

    ascent, descent = face.font.getmetrics()
    whole = ceil(face.font.getlength(text)), ascent + descent
    picture = Image.new("RGBA", whole)
    ImageDraw.Draw(picture).text(
        (0, ascent), text, font=face.font, fill=fill, embedded_color=True, anchor="ls"
    )
    size = tuple(max(1, round(side * face.scale)) for side in whole)
    small = picture.resize((size[0], size[1]), Image.Resampling.BOX)
    # The canvas' own picture: only it can take colours that are there already.
    canvas._image.paste(small, (place[0], place[1] - round(ascent * face.scale)), small)


# --- what no font here draws ----------------------------------------------------------------------


@lru_cache(maxsize=4096)
def unlettered(text: str) -> str:
    """The characters of a text that no font here draws, each once, sorted."""
    if text.isascii():
        return ""
    return "".join(sorted({char for char in text if font_for(char, False) is None}))


def spelled(text: str, bold: bool = False) -> str:
    """`text` with every character that no font here draws said in words."""
    return "".join(char if font_for(char, bold) else in_words(char) for char in text)


def in_words(char: str) -> str:
    """What stands for a character that cannot be drawn."""
    name = unicodedata.name(char, "")
    if name and unicodedata.category(char).startswith("S"):
        return f"[{name.lower()}]"
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"


# --- direction ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _has_raqm() -> bool:
    from PIL import features

    return bool(features.check("raqm"))


def _alone(text: str) -> str:
    """The same for a part of a run from right to left: signs that another font than that of the
    letters beside them draws would go from left to right by themselves."""
    return _ordered(text) if begins_right_to_left(text) else turned(text)


def _ordered(text: str) -> str:
    """`text` as Pillow has to be given it: as it is, or in visual order where Raqm is missing."""
    return text if _has_raqm() else visual_order(text)
