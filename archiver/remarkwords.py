"""Notes of a record in the reader's language: taken apart by the table that made them (`remarks`).

What the table does not know (another version's words, or somebody else's) stays as it was noted,
marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from string import Formatter

from archiver.language import Language
from archiver.pagewords import Part, Quote, Sentence, filled, unmarked
from archiver.remarks import NUMBERS, wordings

_REMARKS = frozenset({"why", "what"})
_ENGLISH = "en"
_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_WORD = r"\S+?"
_HOLES = {"host": _WORD, "scheme": _WORD, **dict.fromkeys(NUMBERS, _NUMBER)}
_DEEPEST = 4
"""How far notes lie in one another; what is deeper was not made by the table."""
_LONGEST = 2000
"""Characters of a note that is taken apart."""


def remark_told(language: Language, noted: str) -> Sentence:
    """A note as a sentence in the reader's language. In English just as it was noted."""
    if language.is_english:
        return (noted,)
    return _told(language, noted, _DEEPEST) or (Quote(noted, _ENGLISH),)


def remark_text(language: Language, noted: str) -> str:
    """The same as plain text."""
    return unmarked(remark_told(language, noted))


def _told(language: Language, noted: str, depth: int) -> Sentence | None:
    """A note in other words, None if the table does not know it."""
    found = _taken_apart(noted) if depth and len(noted) <= _LONGEST else None
    if found is None:
        return None
    message, values = found
    parts = {name: _value(language, name, value, depth) for name, value in values.items()}
    return filled(language.tr(message), **parts)


def _value(language: Language, name: str, value: str, depth: int) -> Part | Sentence:
    if name in NUMBERS:
        marks = {",": language.group, ".": language.decimal}
        return "".join(marks.get(sign, sign) for sign in value)
    if name in _REMARKS:
        return _told(language, value, depth - 1) or (Quote(value, _ENGLISH),)
    return Quote(value, _ENGLISH if name == "error" else "")


@lru_cache(4096)
def _taken_apart(noted: str) -> tuple[str, dict[str, str]] | None:
    """The message of a note and what was filled in."""
    if noted in _PLAIN:
        return noted, {}
    for message, pattern in _PATTERNS:
        if (found := pattern.fullmatch(noted)) is not None:
            return message, found.groupdict()
    return None


def _pattern(message: str) -> re.Pattern[str]:
    return re.compile("".join(_pieces(message)), re.DOTALL)


def _pieces(message: str) -> Iterator[str]:
    seen: set[str] = set()
    for literal, name, _, _ in Formatter().parse(message):
        yield re.escape(literal)
        if name in seen:
            yield f"(?P={name})"
        elif name:
            seen.add(name)
            yield f"(?P<{name}>{_HOLES.get(name, '.+?')})"


_MESSAGES = sorted(
    (one.message for one in wordings()), key=lambda text: (text[0] == "{", -len(text), text)
)
"""The longest first: one that says more goes before one that says less, and what begins with
anything comes last."""
_PLAIN = frozenset(message for message in _MESSAGES if "{" not in message)
_PATTERNS = [(message, _pattern(message)) for message in _MESSAGES if "{" in message]
