"""Words as the search knows them: folded, cut, and numbers however they are spaced.

`assets/words.js` does the same to what is typed; keep the two alike (a browser test compares them).

Three rules beside plain words, so that what is typed need not be spaced as it was written:

- scripts without spaces between words (Han, Kana, Thai, Lao, Khmer, Burmese) are cut into pairs of
  characters, the last one alone too;
- groups of digits ("07700 900 123", "010-4711") also stand joined, 5 to 15 digits together (E.164
  allows 15); telephone numbers also without leading zeros, and without the country code, which is
  one to three digits (E.164) after `+` or `00`;
- house numbers ("12 A") and British, Canadian and Dutch postcodes ("SW1A 1AA") also stand joined.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

WORD_UP_TO = 64
"""Characters: of a longer word only the beginning is searched for."""
JOINED_DIGITS = (5, 15)
TELEPHONE_DIGITS = 7

_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]"
)
"""Accents, Hebrew points, Arabic vowel signs: left out as a rule when one types."""
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"ς": "σ"}
)
"""Letters that Unicode does not take apart, as people type them without such a keyboard."""
_ASCII_WORD = re.compile("[a-z0-9]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_DIGITS = re.compile(r"(?<![a-z0-9])\+?[0-9]+(?:[ ./()\-]{1,2}[0-9]+)*(?![a-z0-9])")
_HOUSE = re.compile(r"(?<![a-z0-9])([0-9]{1,4})[ \-/]([a-z])(?![a-z0-9])")
_POSTCODE = re.compile(
    r"(?<![a-z0-9])(?:([a-z]{1,2}[0-9][a-z0-9]?)[ \-]([0-9][a-z]{2})"
    r"|([a-z][0-9][a-z])[ \-]([0-9][a-z][0-9]))(?![a-z0-9])"
)
_DUTCH = re.compile(r"\b([0-9]{4}) ([A-Z]{2})\b")
"""In capitals only: "2024 at" is none."""


def fold(text: str) -> str:
    """`text` in small letters, without accents, in compatibility form (a wide `Ａ` is `a`)."""
    if text.isascii():
        return text.lower()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    return unicodedata.normalize("NFC", plain).translate(_LETTERS)


def index_words(text: str) -> set[str]:
    """Everything under which a text is to be found."""
    folded = fold(text)
    return {word[:WORD_UP_TO] for word in _cut(folded)} | joined_forms(text, folded)


def joined_forms(text: str, folded: str) -> set[str]:
    """Numbers of a text as they are without their spacing."""
    forms: set[str] = set()
    if not _HAS_DIGIT.search(folded):
        return forms
    for found in _DIGITS.finditer(folded):
        forms |= _joined_digits(found.group())
    forms |= {found[1] + found[2] for found in _HOUSE.finditer(folded)}
    forms |= {"".join(filter(None, found.groups())) for found in _POSTCODE.finditer(folded)}
    return forms | {found[1] + found[2].lower() for found in _DUTCH.finditer(text)}


_HAS_DIGIT = re.compile("[0-9]")


def _joined_digits(written: str) -> set[str]:
    """Groups of digits joined, from each group on, and telephone numbers without what is dialled
    before them."""
    forms: set[str] = set()
    least, most = JOINED_DIGITS
    groups = re.findall("[0-9]+", written)
    for start in range(len(groups)):
        together = ""
        for at, group in enumerate(groups[start:]):
            together += group
            if len(together) > most:
                break
            if at and len(together) >= least:
                forms.add(together)
            if len(together) >= TELEPHONE_DIGITS:
                forms |= national_forms(together, abroad=written[0] == "+" and start == 0)
    return forms


def national_forms(digits: str, *, abroad: bool) -> set[str]:
    """A telephone number without leading zeros and, if it was written for callers from `abroad`
    (or begins with 00), without one, two and three digits of country code."""
    bare = digits.lstrip("0")
    forms = {bare} if bare != digits else set()
    if abroad or digits.startswith("00"):
        forms |= {bare[code:] for code in (1, 2, 3)}
    return {form for form in forms if len(form) >= JOINED_DIGITS[0]}


def _cut(folded: str) -> Iterator[str]:
    """The words of a folded text."""
    if folded.isascii():
        yield from _ASCII_WORD.findall(folded)
        return
    for is_word, letters in groupby(folded, _is_letter):
        if is_word:
            yield from _pairs("".join(letters))


def _pairs(run: str) -> Iterator[str]:
    """A run of letters and digits: what has no spaces in pairs, the rest as it is."""
    end = 0
    for found in _UNSPACED.finditer(run):
        if found.start() > end:
            yield run[end : found.start()]
        piece, end = found.group(), found.end()
        yield from (piece[at : at + 2] for at in range(len(piece)))
    if end < len(run):
        yield run[end:]


@lru_cache(8192)
def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"
