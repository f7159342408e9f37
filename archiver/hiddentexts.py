"""Texts that must not be seen, and where they stand in other texts all the same.

Names, ids and messages are compared word by word, so that `Craig Parker` is found in
`craig-parker.jpg`, in `CRAIG&nbsp;PARKER` and across a line break alike: in any case, composed or
decomposed (Unicode TR15), whatever stands between the words and whatever is invisible in them. Ids,
and scripts that put no space between words, are found inside longer words too. Words of
right-to-left scripts are also looked for as PDFs have them: last word first, or last letter first.

Looking costs one pass over a text, however many are hidden.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

SHORTEST_NAME = 3
"""Letters from which on a name is looked for; two of a script without spaces."""
GLUED = 12
"""Letters and digits from which on a single word with a digit in it is an id, found anywhere."""
NOISY = 6
"""Letters that a text needs to be looked for in bytes that are no text."""
_HEAD = 2
"""Letters by which what may stand inside a longer word is kept: so many has the shortest."""
_WORD = re.compile(r"[^\W_]+")
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)


@dataclass(frozen=True, slots=True)
class HiddenText:
    """A text that must not be seen, and what it is: `the name of a person`, say."""

    text: str
    what: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hidden text that was seen: where in `comparable` text it begins and ends."""

    hidden: HiddenText
    begin: int
    end: int


def comparable(text: str) -> str:
    """A text as texts are compared; it has the line ends of `text`, and no others."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    return unicodedata.normalize("NFC", composed)


def shortened(secret: str) -> str:
    """So much of a secret that its owner knows it again, and nobody else can use it."""
    flat = " ".join(secret.split())
    return f"{flat[: min(4, max(1, len(flat) // 3))]}… ({len(flat)} characters)"


_NONE: dict[int, dict[str, HiddenText]] = {}


class HiddenTexts:
    """Many hidden texts, ready to be looked for. `too_short` are those that are not."""

    def __init__(self, hidden: Iterable[HiddenText] = ()) -> None:
        self._runs: dict[str, list[tuple[int, tuple[str, ...], HiddenText]]] = defaultdict(list)
        self._glued: dict[str, dict[int, dict[str, HiddenText]]] = {}
        self._signs: list[tuple[str, HiddenText]] = []
        self._least = 1 << 30
        self.too_short: list[HiddenText] = []
        self._all_of = tuple(dict.fromkeys(hidden))
        for one in self._all_of:
            self._add(one)

    def __iter__(self) -> Iterator[HiddenText]:
        return iter(self._all_of)

    def __bool__(self) -> bool:
        return bool(self._runs or self._glued or self._signs)

    def _add(self, hidden: HiddenText) -> None:
        folded = comparable(hidden.text)
        words = tuple(_WORD.findall(folded))
        letters = sum(map(len, words))
        dense = _DENSE.search(folded) is not None
        if not words and folded.strip():
            self._signs.append((folded.strip(), hidden))
        elif letters < (2 if dense else SHORTEST_NAME):
            self.too_short.append(hidden)
        else:
            self._add_words(words, hidden, dense=dense)
            if _RTL.search(folded):
                self._add_words(words[::-1], hidden)
                self._add_words(tuple(word[::-1] for word in words[::-1]), hidden)

    def _add_words(
        self, words: tuple[str, ...], hidden: HiddenText, *, dense: bool = False
    ) -> None:
        place = max(range(len(words)), key=lambda at: len(words[at]))
        self._runs[words[place]].append((place, words, hidden))
        joined = "".join(words)
        is_id = len(words) == 1 and len(joined) >= GLUED and any(map(str.isdigit, joined))
        is_name = 1 < len(words) <= 3 and 8 <= len(joined) <= 40
        if is_id or is_name or (dense and len(words) == 1):
            alike = self._glued.setdefault(joined[:_HEAD], {})
            alike.setdefault(len(joined), {}).setdefault(joined, hidden)
            self._least = min(self._least, len(joined))

    def seen_in(self, text: str, *, noisy: bool = False) -> Iterator[Sighting]:
        """Where hidden texts stand in `comparable` text, each where it stands first. `noisy` text
        was taken from bytes that may be anything, where short texts stand by chance."""
        if not self:
            return
        found: dict[HiddenText, Sighting] = {}
        for sighting in self._all(text):
            known = found.get(sighting.hidden)
            if known is None or sighting.begin < known.begin:
                found[sighting.hidden] = sighting
        for sighting in sorted(found.values(), key=lambda one: (one.begin, one.end)):
            if not noisy or len("".join(_WORD.findall(sighting.hidden.text))) >= NOISY:
                yield sighting

    def _all(self, text: str) -> Iterator[Sighting]:
        # Most texts hold none of them, and a page says most of its words many times.
        said = set(_WORD.findall(text))
        telling = (said & self._runs.keys()) | {word for word in said if any(self._inside(word))}
        if telling:
            yield from self._among(list(_WORD.finditer(text)), telling)
        for sign, hidden in self._signs:
            begin = text.find(sign)
            if begin >= 0:
                yield Sighting(hidden, begin, begin + len(sign))

    def _among(self, words: list[re.Match[str]], telling: Set[str]) -> Iterator[Sighting]:
        for at, word in enumerate(words):
            said = word[0]
            if said not in telling:
                continue
            for place, run, hidden in self._runs.get(said, ()):
                begin = at - place
                rest = words[begin : begin + len(run)] if begin >= 0 else []
                if len(rest) == len(run) and all(a[0] == b for a, b in zip(rest, run, strict=True)):
                    yield Sighting(hidden, rest[0].start(), rest[-1].end())
            for begin, end, hidden in self._inside(said):
                yield Sighting(hidden, word.start() + begin, word.start() + end)

    def _inside(self, word: str) -> Iterator[tuple[int, int, HiddenText]]:
        """Ids and names written in one word, inside a longer one; and where in it."""
        for begin in range(len(word) - self._least + 1):
            for length, known in self._glued.get(word[begin : begin + _HEAD], _NONE).items():
                hidden = known.get(word[begin : begin + length])
                if hidden is not None:
                    yield begin, begin + length, hidden
