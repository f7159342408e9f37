"""People's names taken out of what is handed over: each replaced by another, or all alike.

A name is looked for in every text: whole, whatever stands between its words, and each of its words
alone, whatever the case. What is also an ordinary word ("Will") goes too: a garbled sentence is
better than a name that stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from archiver.models import NameRule
from archiver.people import Named

SHORTEST_PART = 3
"""Letters from which on one word of a name is looked for alone; in scripts without capitals two."""
_BETWEEN = r"[^\w\n]{0,3}_{0,2}[^\w\n]{0,3}"


@dataclass(frozen=True, slots=True)
class Names:
    """What becomes of the people of a job: `person` gives what stands for an id and a name, `text`
    a text without the names."""

    rule: NameRule
    _shown: Mapping[str, tuple[str, str | None]]
    _pattern: re.Pattern[str] | None
    _instead: Mapping[str, str]

    def person(self, person_id: str | None, name: str | None) -> tuple[str | None, str | None]:
        """What stands for a person: a key that says nothing, and the name to show."""
        if person_id is None and name is None:
            return None, None
        key, said = self._shown.get(_key(person_id, name), ("p0", None))
        return key, name if self.rule == "show" else said

    def text(self, text: str) -> str:
        """A text with what stands for each name in its place."""
        if self._pattern is None:
            return text
        plain = unicodedata.normalize("NFC", text)
        found = self._pattern.search(plain)
        return text if found is None else self._pattern.sub(self._put, plain)

    def _put(self, found: re.Match[str]) -> str:
        return self._instead.get(_folded(found[0]), self._instead[""])


def names_of(
    rule: NameRule,
    named: Iterable[Named],
    aliases: Mapping[str, str],
    label: Callable[[int], str],
    hidden: str,
    others: Iterable[str] = (),
) -> Names:
    """The rule for the people in `named`, in order of appearance. `label` makes a name for the
    n-th of them who has no alias, `hidden` stands for everybody where names are hidden, for a
    word that several people have in their names, and for `others`, who are only written about."""
    people: dict[str, tuple[str, list[str]]] = {}
    for person_id, name in named:
        if person_id is None and name is None:
            continue
        key = _key(person_id, name)
        _, names = people.setdefault(key, (f"p{len(people) + 1}", []))
        if name and name not in names:
            names.append(name)
    instead: dict[str, str] = {"": hidden}
    shown: dict[str, tuple[str, str | None]] = {}
    parts: dict[str, set[str]] = {}
    for number, (key, (short, names)) in enumerate(people.items(), 1):
        alias = next((aliases[one] for one in names if one in aliases), None)
        said = hidden if rule == "hide" else alias or label(number)
        shown[key] = ("p1" if rule == "hide" else short, said)
        for name in names:
            instead[_folded(name)] = said
            for part in _parts(name):
                parts.setdefault(part, set()).add(said)
    # An alias may name somebody who only is written about.
    for name, alias in aliases.items():
        instead.setdefault(_folded(name), hidden if rule == "hide" else alias)
        for part in _parts(name):
            parts.setdefault(part, set()).add(hidden if rule == "hide" else alias)
    for name in others:
        instead.setdefault(_folded(name), hidden)
        for part in _parts(name):
            parts.setdefault(part, {hidden})
    for part, said_of in parts.items():
        instead.setdefault(part, said_of.pop() if len(said_of) == 1 else hidden)
    pattern = None if rule == "show" else _pattern(instead)
    # What is found may be written in one word, as in the names of mailboxes.
    return Names(
        rule, shown, pattern, {**{n.replace(" ", ""): s for n, s in instead.items()}, **instead}
    )


def _key(person_id: str | None, name: str | None) -> str:
    return f"id:{person_id}" if person_id is not None else f"name:{_folded(name or '')}"


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).casefold())


def _folded(name: str) -> str:
    return " ".join(_words(name))


def _parts(name: str) -> list[str]:
    """The words of a name that are looked for alone."""
    words = _words(name)
    return [
        word
        for word in words
        if len(words) > 1 and (len(word) >= SHORTEST_PART or (not word.isascii() and len(word) > 1))
    ]


def _pattern(instead: Mapping[str, str]) -> re.Pattern[str] | None:
    """All names, the longest first: as words; in scripts that put no blanks between words,
    anywhere."""
    made = []
    for name in sorted(filter(None, instead), key=lambda one: (-len(one), one)):
        # `casefold` makes two letters of ß: both spellings are looked for.
        body = _BETWEEN.join(re.escape(word).replace("ss", "(?:ss|ß)") for word in name.split(" "))
        cased = any(one.upper() != one for one in name)
        made.append(rf"(?<![^\W_]){body}(?![^\W_])" if cased else body)
    return re.compile("|".join(made), re.IGNORECASE) if made else None
