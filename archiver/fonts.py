"""Lettering for contact sheets: harmless text, fonts found on this machine, fitting and wrapping.

Names of people and jobs come from anywhere and may be written in any script. A text is drawn with
one font where one covers it all, so that shaping and right-to-left order (Pillow's Raqm) see it
whole; else it is cut into runs by font. Without Raqm (it needs FriBiDi, which few Windows machines
have) right-to-left parts are put in order here, their letters unjoined.

A character that no font here covers is shown as `□`: the usual sign for a letter that cannot be
drawn, which keeps a name's length and spaces. The job's page has every name exactly as sent.

Sizes and widths are pixels. The same text gives the same pixels on one machine; another machine
may have other fonts.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.bidi import begins_right_to_left, visual_order

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

NO_GLYPH = "\u25a1"
ELLIPSIS = "\u2026"
MAX_CHARACTERS = 400
"""No line of a sheet holds as many; what is longer is cut before anything is measured."""
MAX_MARKS = 2
"""Combining marks kept on one letter: Vietnamese needs two; a tower of fifty covers its
neighbours."""
MAX_FONT_FILES = 4000

# Regular and bold; the first pair found letters the sheets. All are calm sans-serifs.
_BASE = (
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)
# Asked in this order for what the base font lacks. The wide ones first, then by script.
_FALLBACKS = (
    "DejaVuSans.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "DroidSansFallbackFull.ttf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "arial.ttf",
    "Arial Unicode.ttf",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "msyh.ttc",
    "YuGothR.ttc",
    "meiryo.ttc",
    "malgun.ttf",
    "Nirmala.ttf",
    "Nirmala.ttc",
    "LeelawUI.ttf",
    "Apple Symbols.ttf",
    "seguisym.ttf",
    "NotoEmoji-Regular.ttf",
    "seguiemj.ttf",
    "Symbola.ttf",
    "unifont.ttf",
    "unifont.otf",
)


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
    # Composed letters are likelier to be in a font than a letter and its mark.
    composed = unicodedata.normalize("NFC", text[: 4 * MAX_CHARACTERS])
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
    return " ".join("".join(kept).split())[:MAX_CHARACTERS].rstrip()


def _is_invisible(char: str, category: str, before: list[str]) -> bool:
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return True  # variation selectors
    if char in "\u200c\u200d":  # (non-)joiners: Persian and the Indic scripts are spelt with them
        return not (before and unicodedata.category(before[-1]) in ("Lo", "Mn", "Mc"))
    return category == "Cf"


class Lettering:
    """Measures and draws text, with each font loaded once. For one thread."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[Path | None, int], FreeTypeFont] = {}

    def width(self, text: str, style: TextStyle) -> float:
        """How wide `text` (already visible) will be, in pixels."""
        return sum(font.getlength(run) for font, run in self._runs(text, style))

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
        for font, run in self._runs(text, style):
            canvas.text((round(x), y), run, font=font, fill=style.fill, anchor="ls")
            x += font.getlength(run)
        return x - place[0]

    def _runs(self, text: str, style: TextStyle) -> list[tuple[FreeTypeFont, str]]:
        """`text` cut by the font each part is drawn with, in the order of drawing, left to right.

        One part wherever one font has it all.
        """
        base = _base_font(style.bold)
        if all(_has(base, char) for char in text):
            return [(self._font(base, style.size), _ordered(text))]
        shown = "".join(char if _font_for(char, style.bold) else "\0" for char in text)
        shown = shown.replace("\0", NO_GLYPH if _font_for(NO_GLYPH, style.bold) else "?")
        whole = _font_for_all(shown, style.bold)
        if whole is not None:
            return [(self._font(whole.path, style.size), _ordered(shown))]
        runs = [
            (self._font(found.path if found else base, style.size), _ordered("".join(chars)))
            for found, chars in groupby(shown, lambda char: _font_for(char, style.bold))
        ]
        return runs[::-1] if begins_right_to_left(shown) else runs

    def _font(self, path: Path | None, size: int) -> FreeTypeFont:
        key = (path, size)
        if key not in self._loaded:
            self._loaded[key] = _load(path, size)
        return self._loaded[key]


# --- direction ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _has_raqm() -> bool:
    from PIL import features

    return bool(features.check("raqm"))


def _ordered(text: str) -> str:
    """`text` as Pillow has to be given it: as it is, or in visual order where Raqm is missing."""
    return text if _has_raqm() else visual_order(text)


# --- which fonts there are, and what they cover -------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """A font that has a character; `path` is None for the one built into Pillow."""

    path: Path | None


def _load(path: Path | None, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    if path is not None:
        return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    # With FreeType, which every published Pillow has, a size always gives a scalable font.
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _font_folders() -> list[Path]:
    """Where this system keeps the fonts every user has."""
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts")]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]


@lru_cache(maxsize=1)
def _installed() -> dict[str, Path]:
    """Every font file by its name in lower case, in a fixed order; the first of a name wins."""
    found: dict[str, Path] = {}
    for folder in _font_folders():
        for where, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                if name.lower().endswith((".ttf", ".otf", ".ttc")) and len(found) < MAX_FONT_FILES:
                    found.setdefault(name.lower(), Path(where, name))
    return found


@lru_cache(maxsize=2)
def _base_font(bold: bool) -> Path | None:
    """The font for ordinary text: the first known pair that opens, else Pillow's own."""
    for pair in _BASE:
        path = _installed().get(pair[bold].lower())
        if path is not None and _probe(path) is not None:
            return path
    return None


@lru_cache(maxsize=1)
def _fallback_fonts() -> tuple[Path, ...]:
    installed = _installed()
    return tuple(installed[name.lower()] for name in _FALLBACKS if name.lower() in installed)


@lru_cache(maxsize=64)
def _probe(path: Path | None) -> tuple[FreeTypeFont, tuple[object, bytes]] | None:
    """A small instance of a font and what it draws for a character it lacks; None if unusable."""
    try:
        font = _load(path, 16)
        return font, _shape(font, "\U0010ffff")
    except OSError:  # bitmap-only (most colour emoji), damaged, or not to be read
        return None


def _shape(font: FreeTypeFont, char: str) -> tuple[object, bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=20_000)
def _has(path: Path | None, char: str) -> bool:
    """Whether the font draws `char` otherwise than the sign for what it lacks.

    Pillow tells nothing of a font's coverage; comparing the pixels needs no parser of font files.
    """
    if char == " ":
        return True
    probed = _probe(path)
    if probed is None:
        return False
    font, lacking = probed
    return _shape(font, char) != lacking


@lru_cache(maxsize=20_000)
def _font_for(char: str, bold: bool) -> _Found | None:
    for path in (_base_font(bold), *_fallback_fonts()):
        if _has(path, char):
            return _Found(path)
    return None


def _font_for_all(text: str, bold: bool) -> _Found | None:
    """One font that has every character, so that shaping and direction see the text whole."""
    for path in (_base_font(bold), *_fallback_fonts()):
        if all(_has(path, char) for char in text):
            return _Found(path)
    return None
