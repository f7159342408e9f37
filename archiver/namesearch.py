"""Where people's names stand in a text, however they are written.

A text and the names are folded (case, accents, compatibility forms, what is invisible), and cut
into words: runs of letters, and runs of digits. A name is found as these words one after another,
whatever stands between them: `Anna Meyer` in `anna_meyer`, `AnnaMeyer85`, `Anna-Meyer's`, `@anna`.
A word ends where letters do, and inside a run where a capital follows a small letter (`FotoAnna`)
or another kind of script begins. Scripts without capitals, most of which put no blanks between
words, are looked for anywhere.

Looking costs two passes over a text, however many names there are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from archiver.words import fold

Words = tuple[str, ...]
POSSESSIVE = 3
"""Letters from which on a word may have an `s` at its end: "Annas Auto", "the Meyers"."""
_WIDEST_GAP = 12
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_BROKEN = re.compile(r"[^\W_]|\n")
_BETWEEN = r"[^\w\n]{0,3}_{0,2}[^\w\n]{0,3}"
_UMLAUTS = frozenset("äöüÄÖÜ")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to write a name: its folded words, and where it counts: only with a `capital` or after
    an @, only where the text has an `umlaut`. A `whole` one is all of the name."""

    words: Words
    capital: bool = False
    umlaut: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where in a text something stands, and what is to stand there."""

    begin: int
    end: int
    said: str


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a folded text, and where it stands there."""

    word: str
    begin: int
    end: int


class NameSearch:
    """Many ways to write names, each with what stands for it, ready to be looked for."""

    def __init__(self, said_of: Mapping[Way, str]) -> None:
        self._ways: dict[str, list[tuple[Way, str]]] = defaultdict(list)
        dense: dict[str, str] = {}
        for way, said in said_of.items():
            if not any(map(is_cased, way.words)):
                dense.setdefault(_BETWEEN.join(map(re.escape, way.words)), said)
                continue
            self._ways[way.words[0]].append((way, said))
            if len(way.words) == 1:
                self._ways[way.words[0] + "s"].append((way, said))
        for found in self._ways.values():
            found.sort(key=lambda one: (-len(one[0].words), one[0].umlaut, one[0].words))
        # The longest first, each in a group of its own.
        forms = sorted(dense, key=lambda form: (-len(form), form))
        self._dense_said = [dense[form] for form in forms]
        self._dense = re.compile("|".join(f"({form})" for form in forms)) if forms else None

    def replaced(self, text: str) -> str:
        """The text with what stands for each name in its place; untouched where there is none."""
        plain = text if text.isascii() else unicodedata.normalize("NFC", text)
        found = sorted(self._sightings(plain), key=lambda one: (one.begin, -one.end))
        parts: list[str] = []
        at = 0
        for one in found:
            if one.begin >= at:
                parts += [plain[at : one.begin], one.said]
                at = one.end
        return "".join((*parts, plain[at:])) if found else text

    def _sightings(self, text: str) -> Iterator[Sighting]:
        folded, places = _folded(text)
        whole = [_Token(one[0], *one.span()) for one in _TOKEN.finditer(folded)]
        yield from self._among(whole, text, folded, places)
        parted = [part for token in whole for part in _parted(token, text, places)]
        if len(parted) > len(whole):
            yield from self._among(parted, text, folded, places)
        for found in self._dense.finditer(folded) if self._dense is not None else ():
            assert found.lastindex is not None
            begin, end = _span(text, *found.span(), places)
            yield Sighting(begin, end, self._dense_said[found.lastindex - 1])

    def _among(
        self, tokens: list[_Token], text: str, folded: str, places: list[int] | None
    ) -> Iterator[Sighting]:
        at = 0
        while at < len(tokens):
            here = at
            at += 1
            for way, said in self._ways.get(tokens[here].word, ()):
                if not _stands(way, tokens, here, folded):
                    continue
                last = tokens[here + len(way.words) - 1]
                begin, end = _span(text, tokens[here].begin, last.end, places)
                if _counts(way, text, begin, end):
                    yield Sighting(begin, end, said)
                    at = here + len(way.words)
                    break


def folded_words(name: str) -> Words:
    """The words of a name as they are looked for."""
    return tuple(_TOKEN.findall(_folded(unicodedata.normalize("NFC", name))[0]))


@lru_cache(8192)
def is_cased(letters: str) -> bool:
    """Whether any of some letters has a capital."""
    return letters.lower() != letters.upper()


def _stands(way: Way, tokens: list[_Token], at: int, folded: str) -> bool:
    """Whether a way to write a name begins at a token."""
    if at + len(way.words) > len(tokens):
        return False
    for number, word in enumerate(way.words):
        token = tokens[at + number]
        last = number == len(way.words) - 1
        owned = last and len(word) >= POSSESSIVE and token.word == word + "s"
        if token.word != word and not owned:
            return False
        if number:
            gap = folded[tokens[at + number - 1].end : token.begin]
            if len(gap) > _WIDEST_GAP or _BROKEN.search(gap):
                return False
    return True


def _counts(way: Way, text: str, begin: int, end: int) -> bool:
    if way.umlaut and not _UMLAUTS.intersection(text[begin:end]):
        return False
    if not way.capital or text[begin].isupper() or text[begin - 1 : begin] == "@":
        return True
    return len(way.words) > 1 and text[begin + 1] in "._-"  # a.meyer


# --- folding, with the places ---------------------------------------------------------------------


def _folded(text: str) -> tuple[str, list[int] | None]:
    """A text in small letters without accents and what is invisible, and of each character where it
    comes from; None where it is the same place."""
    if text.isascii():
        return text.lower(), None
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for piece in _folded_char(char):
            out.append(piece)
            places.append(place)
    return "".join(out), places


@lru_cache(8192)
def _folded_char(char: str) -> str:
    return "" if unicodedata.category(char) == "Cf" else fold(char)


def _place(at: int, places: list[int] | None) -> int:
    return at if places is None else places[at]


def _span(text: str, begin: int, end: int, places: list[int] | None) -> tuple[int, int]:
    """A piece of a folded text as a piece of the text, with the accents and invisible signs that
    belong to its last letter."""
    begin, end = _place(begin, places), _place(end - 1, places) + 1
    while end < len(text) and not text[end].isascii() and not _folded_char(text[end]):
        end += 1
    return begin, end


def _parted(token: _Token, text: str, places: list[int] | None) -> Iterator[_Token]:
    """A run of letters cut where a new word begins without a blank."""
    begin = token.begin
    for at in range(token.begin + 1, token.end):
        before, here = text[_place(at - 1, places)], text[_place(at, places)]
        if (before.islower() and here.isupper()) or is_cased(before) != is_cased(here):
            yield _Token(token.word[begin - token.begin : at - token.begin], begin, at)
            begin = at
    yield _Token(token.word[begin - token.begin :], begin, token.end)
