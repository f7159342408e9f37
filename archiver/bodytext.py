"""A details body as text, with the places of its parts, so that one part can give way to another.

`jsontext` reads values; here it is known where each stands, because an erasure must leave every
other byte of a snapshot as it was received. Bodies given here have been read by `parse` before.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NamedTuple

from archiver.jsontext import Json, read_at

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"\ufeff]++', re.DOTALL)
_COLON = re.compile(r"[ \t\r\n]*:")
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Leaf(NamedTuple):
    """A text or number in a body: the object it stands in (numbered in order, 0 for none), the
    key it stands under (for entries of a list, the list's), and where; `value` is a text as meant,
    a number as written. `is_key` says that it is itself a key."""

    owner: int
    key: str | None
    start: int
    end: int
    value: str
    is_text: bool
    is_key: bool = False


Change = tuple[int, int, str]
"""What stands from one place up to another gives way to a text."""


def text_of(body: bytes) -> tuple[str, str]:
    """A body's text, a byte-order mark included, and the encoding that gives the body back."""
    for mark, encoding in _MARKED:
        if body.startswith(mark):
            return body.decode(encoding), encoding
    encoding = json.detect_encoding(body).removesuffix("-sig")
    return body.decode(encoding), encoding


def changed(text: str, changes: Iterable[Change]) -> str:
    """The text with some parts given way; changes must not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, instead in sorted(changes):
        parts += [text[at:start], instead]
        at = end
    return "".join((*parts, text[at:]))


def entries(text: str, name: str) -> list[list[tuple[int, int, Json]]]:
    """The entries of each list that the outermost object has under `name`, with their places: a
    key may stand twice, and the last counts."""
    found: list[list[tuple[int, int, Json]]] = []
    at = _after_space(text, 0)
    if text[at : at + 1] != "{":
        return found
    at = _after_space(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, False)
        at = _after_space(text, _after_space(text, at) + 1)
        if key == name and text[at] == "[":
            listed, at = _entries_at(text, at)
            found.append(listed)
        else:
            _, at = read_at(text, at)
        at = _after_space(text, at)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return found


def _entries_at(text: str, at: int) -> tuple[list[tuple[int, int, Json]], int]:
    found: list[tuple[int, int, Json]] = []
    at = _after_space(text, at + 1)
    while text[at] != "]":
        value, end = read_at(text, at)
        found.append((at, end, value))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return found, at + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def leaves(text: str) -> Iterator[Leaf]:
    """Every text and number of a body, keys included, in order."""
    objects = 0
    # What is open around: the number of the object (0 for a list) and the key last seen in it.
    around: list[tuple[int, str | None]] = [(0, None)]
    for token in _TOKEN.finditer(text):
        said = token[0]
        owner, key = around[-1]
        if said in (",", ":"):
            continue
        if said == "{":
            objects += 1
            around.append((objects, None))
        elif said == "[":
            around.append((0, key))
        elif said in ("}", "]"):
            around.pop()
        elif said[0] == '"':
            value = said[1:-1] if "\\" not in said else scanstring(said, 1, False)[0]
            start, end = token.span()
            is_key = owner != 0 and _COLON.match(text, end) is not None
            if is_key:
                around[-1] = (owner, value)
            yield Leaf(owner, key, start, end, value, True, is_key)
        else:
            yield Leaf(owner, key, token.start(), token.end(), said, False)
