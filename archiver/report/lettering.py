"""Texts as sent, made fit to be set by Typst: for each character a font, and nowhere too wide.

The rules for what cannot be drawn are those of contact sheets (`fonts`): it is said in words
(`[construction worker]`, `\\u7530`). What hides or turns text about goes. Line ends stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from archiver.bidi import begins_right_to_left
from archiver.fontchoice import SHIPPED, font_for, font_for_all
from archiver.fonts import in_words, legible
from archiver.pagetext import visible

Text: TypeAlias = str | dict[str, str]
"""A text for the template: as it is, or `{"rtl": text}` when it begins from right to left."""

BREAK = "\u200b"
"""Where a word that is too long may be parted. The template puts an empty box in its place, so that
it is no part of the text that a reader copies."""
IN_CAPTIONS = 16
IN_MESSAGES = 40
"""Characters that surely fit a line: of a caption, of a message."""
_LEFT_TO_RIGHT, _AS_IT_IS, _END = "\u2066", "\u2068", "\u2069"  # isolates (UAX #9 §2.4)
_VARIANTS = ("bold", "italic", "oblique", "cond", "light", "black", "thin")
_TURNING = ("R", "AL", "AN")
_TAB = "    "
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")


def fit(text: str, word: int = IN_MESSAGES) -> Text:
    """`text` as the template takes it; a word of more than `word` characters may be parted."""
    fitted = fitted_line(text, word) if text.isascii() and text.isprintable() else _fit(text, word)
    return {"rtl": fitted} if not text.isascii() and begins_right_to_left(fitted) else fitted


def fitted_line(text: str, word: int) -> str:
    """A text of one line with a `BREAK` wherever a long word may be parted."""
    if len(text) <= word:
        return text
    return " ".join(_parted(one, word) for one in text.split(" "))


def quoted(text: str, word: int = IN_MESSAGES, *, path: bool = False) -> str:
    """Somebody's words inside a line of ours: their direction is their own, and turns nothing. A
    `path` goes from left to right, whatever its parts do."""
    fitted = _fit(text, word)
    before = _LEFT_TO_RIGHT if path else _AS_IT_IS
    return f"{before}{fitted}{_END}" if _turns(fitted) else fitted


def _turns(text: str) -> bool:
    """Whether any letter goes from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in _TURNING for c in text)


def _fit(text: str, word: int) -> str:
    lines = _LINE_END.split(text.replace("\t", _TAB))
    return "\n".join(fitted_line(drawn(legible(visible(line))), word) for line in lines)


def drawn(text: str, *, shipped_only: bool = False) -> str:
    """`text` with each character that no font here draws said in words.

    A mark needs a font that has its letter too: Typst sets both with one.
    """
    if text.isascii():
        return text
    # What is said in words goes from left to right among letters that do not.
    before, after = (_LEFT_TO_RIGHT, _END) if _turns(text) else ("", "")
    out: list[str] = []
    cluster = ""
    for char in text:
        cluster = cluster + char if unicodedata.category(char)[0] == "M" else char
        if _has_no_shape(char) or _is_drawn(cluster, shipped_only):
            out.append(char)
        else:
            out.append(f"{before}{in_words(char)}{after}")
            cluster = ""
    return "".join(out)


@lru_cache(maxsize=20_000)
def _is_drawn(cluster: str, shipped_only: bool) -> bool:
    found = font_for_all(cluster, False)
    if found is None or found.path is None:
        return False
    return found.path.parent == SHIPPED or (not shipped_only and _is_upright(found.path))


def _is_upright(font: Path) -> bool:
    """Whether Typst, which takes one font of each family, takes this one: as far as names tell."""
    return not any(word in font.name.lower() for word in _VARIANTS)


def says_in_words(texts: Iterable[str]) -> bool:
    """Whether anything of `texts` is said in words, or as `\\uXXXX`."""
    odd = (text for text in texts if not (text.isascii() and text.isprintable()))
    return any(
        visible(text) != text or drawn(shown) != shown
        for text, shown in ((text, legible(text)) for text in odd)
    )


def _has_no_shape(char: str) -> bool:
    return char == "\n" or unicodedata.category(char) == "Cf"


def _parted(word: str, longest: int) -> str:
    if len(word) <= longest:
        return word
    step = longest // 2
    pieces: list[str] = []
    begin = 0
    while begin < len(word):
        end = begin + step
        while end < len(word) and unicodedata.category(word[end])[0] in "MC":
            end += 1  # never between a letter and its mark
        pieces.append(word[begin:end])
        begin = end
    return BREAK.join(pieces)


def font_files(texts: Iterable[str]) -> tuple[Path, ...]:
    """The fonts that draw `texts`, those that are shipped first."""
    shipped = [SHIPPED / name for name in SHIPPED_FONTS]
    letters = sorted({char for text in texts if not text.isascii() for char in text})
    found = (font_for(char, False) for char in letters if not _has_no_shape(char))
    others = sorted({one.path for one in found if one is not None and one.path is not None})
    return tuple(dict.fromkeys([*shipped, *others]))


SHIPPED_FONTS = (
    "NotoSans-Regular.ttf",
    "NotoSans-Bold.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThai-Regular.ttf",
)
