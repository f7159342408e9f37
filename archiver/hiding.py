"""People's names taken out of what is handed over: each replaced by another, or all alike.

A name is looked for in every text (`namesearch`): whole, each of its words alone, its first word or
initial with its last, in one word as in mailboxes. What is also an ordinary word ("Will") goes too:
a garbled sentence is better than a name that stays. Nicknames, bare initials, and people whom no
job and no alias names cannot be known.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from archiver.models import NameRule
from archiver.namesearch import NameSearch, Way, Words, folded_words, is_cased
from archiver.people import Named

SHORTEST_PART = 2
"""Letters from which on one word of a name is looked for alone."""
_SHORTEST_LOGIN = 4
"""Letters of a surname from which on it is looked for with an initial in one word: `ameyer`."""
_SMALL = """
al am an as at au be by da de do du ed el en er es et go ha he if il im in is it ja la le lo me mi
my na ne ni no ob of oh ok on or ou se si so su te to tu um un up us va we wo ya ye yo zu
"""
_SMALL_WORDS = frozenset(_SMALL.split())
"""Words of two letters that stand in every other sentence: as a name they have a capital."""
_FORMS_OF_ADDRESS = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sr", "sra", "senor", "senora"]
)
"""Folded; alone they are nobody's name."""
_UMLAUT_SPELLINGS = tuple(
    (one, spelled)
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))
    for one, spelled in ((umlaut, letters), (umlaut.upper(), letters.title()))
)


@dataclass(frozen=True, slots=True)
class Names:
    """What becomes of the people of a job: `person` gives what stands for an id and a name, `text`
    a text without the names."""

    rule: NameRule
    _shown: Mapping[str, tuple[str, str | None]]
    _search: NameSearch | None

    def person(self, person_id: str | None, name: str | None) -> tuple[str | None, str | None]:
        """What stands for a person: a key that says nothing, and the name to show."""
        if person_id is None and name is None:
            return None, None
        key, said = self._shown.get(_key(person_id, name), ("p0", None))
        return key, name if self.rule == "show" else said

    def text(self, text: str) -> str:
        """A text with what stands for each name in its place."""
        return text if self._search is None else self._search.replaced(text)


def names_of(
    rule: NameRule,
    named: Iterable[Named],
    aliases: Mapping[str, str],
    label: Callable[[int], str],
    hidden: str,
    others: Iterable[str] = (),
) -> Names:
    """The rule for the people in `named`, in order of appearance. `label` makes a name for the
    n-th of them who has no alias (an empty one hides), `hidden` stands for everybody where names
    are hidden, for a word that several people have in their names, and for `others`, who are only
    written about."""
    people: dict[str, tuple[str, list[str]]] = {}
    for person_id, name in named:
        if person_id is None and name is None:
            continue
        key = _key(person_id, name)
        _, names = people.setdefault(key, (f"p{len(people) + 1}", []))
        if name and name not in names:
            names.append(name)
    spelled: dict[str, str] = {}
    shown: dict[str, tuple[str, str | None]] = {}
    for number, (key, (short, names)) in enumerate(people.items(), 1):
        alias = next((aliases[one] or hidden for one in names if one in aliases), None)
        said = hidden if rule == "hide" else alias or label(number)
        shown[key] = ("p1" if rule == "hide" else short, said)
        spelled |= dict.fromkeys(names, said)
    # An alias may name somebody who only is written about.
    about = {name: hidden if rule == "hide" else alias or hidden for name, alias in aliases.items()}
    if rule == "show":
        return Names(rule, shown, None)
    return Names(rule, shown, _search(spelled, about, dict.fromkeys(others, hidden), hidden))


def _key(person_id: str | None, name: str | None) -> str:
    if person_id is not None:
        return f"id:{person_id}"
    return f"name:{' '.join(folded_words(name or ''))}"


# --- how a name is written ------------------------------------------------------------------------


def _search(
    people: Mapping[str, str], about: Mapping[str, str], others: Mapping[str, str], hidden: str
) -> NameSearch:
    """All ways to write the names of a job's `people`, of those who are written `about`, and of
    `others`, by what stands for each. A way that several have is nobody's in particular; but what
    is somebody's whole name is theirs, and what is one of this job's people's is not another's."""
    said_of: dict[Way, str] = {}
    groups = [
        [(way, said) for name, said in group.items() for way in ways_of(name)]
        for group in (people, about, others)
    ]
    for whole in (True, False):
        for group in groups:
            found: dict[Way, set[str]] = {}
            for way, said in group:
                if way.whole is whole:
                    found.setdefault(replace(way, whole=False), set()).add(said)
            for way, several in found.items():
                said_of.setdefault(way, several.pop() if len(several) == 1 else hidden)
    return NameSearch(said_of)


def ways_of(name: str) -> Iterator[Way]:
    """The ways to write a name: whole, and parts of it that tell who it is."""
    plain = written = unicodedata.normalize("NFC", name)
    yield from _ways(plain, umlaut=False)
    for umlaut, letters in _UMLAUT_SPELLINGS:
        written = written.replace(umlaut, letters)
    if written != plain:
        yield from _ways(written, umlaut=False)
    for umlaut, letters in _UMLAUT_SPELLINGS:
        written = written.replace(letters, umlaut)
    if any(umlaut in written for umlaut, _ in _UMLAUT_SPELLINGS):
        yield from _ways(written, umlaut=True)


def _ways(name: str, *, umlaut: bool) -> Iterator[Way]:
    def way(*words: str, whole: bool = False, capital: bool = False) -> Way:
        return Way(words, capital=capital, umlaut=umlaut, whole=whole)

    words = folded_words(name)
    if not words:
        return
    yield way(*words, whole=True)
    if len(words) < 2:
        return
    yield way("".join(words), whole=True)
    letters = [word for word in words if word.isalpha()]
    first, last = (letters or words)[0], (letters or words)[-1]
    if first != last and is_cased(first) and is_cased(last):
        yield way(first, last)
        yield way(first[0], last, capital=True)
        if len(last) >= _SHORTEST_LOGIN:
            yield way(first[0] + last)
    for part in _parts(name):
        yield way(*part, capital=part[0] in _SMALL_WORDS)


def _parts(name: str) -> Iterator[Words]:
    """The words of a name that are looked for alone: not what only joins the others ("van", "de
    la"), in small letters between them, and no form of address."""
    spelled = name.split()
    titled = any(word[:1].isupper() for word in spelled)
    for place, word in enumerate(spelled):
        if titled and word.islower() and 0 < place < len(spelled) - 1:
            continue
        words = folded_words(word)
        if len(words) == 1 and words[0] in _FORMS_OF_ADDRESS:
            continue
        # Vowel signs part the words of some scripts, and pieces of a word are no word.
        parts = {words, ("".join(words),)} if len(words) > 1 else set()
        parts |= {(one,) for one in words if one.isalpha()} if is_cased(word) else {words}
        yield from (part for part in sorted(parts) if sum(map(len, part)) >= SHORTEST_PART)
