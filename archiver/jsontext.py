"""Reading JSON from a stranger: nothing lost, nothing changed, bounded memory and depth.

`parse` keeps what the standard types would lose: the digits of a number (`Number`), NaN and
Infinity, keys that stand twice in one object (`JsonObject.pairs`), lone surrogates. `sameness`
compares two bodies token by token, as the contract's *Sameness of addresses* asks, and `dump`
shows a value as it was received. RFC 8259; what it forbids but can be read is read.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring
from typing import Any, TypeAlias, Union

from archiver.models import Sha256

MAX_DEPTH = 256
"""Levels of lists and objects inside each other; a details body has three."""

MEMORY_LIMIT = 300_000_000
"""Bytes that reading one body may take, estimated before it is read."""

_BYTES_PER_TOKEN = 160
"""Measured (CPython 3.11): 100,000 messages of ten short fields take about 150 bytes a field."""

FREE_TEXT_KEYS = frozenset({"textMessage", "jobName", "name", "uploaderName", "creatorName"})
"""Keys under which a text is what a person wrote, also when it looks like an address."""


class BadJson(ValueError):
    """The bytes cannot be read as JSON. `reason` says why, in words, without quoting the bytes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Number:
    """A JSON number as its own text: `1.0` is not `1`, and no digit is lost.

    Equal when the texts are equal, so NaN equals itself.
    """

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    def __str__(self) -> str:
        return self.token

    def __repr__(self) -> str:
        return f"Number({self.token!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and other.token == self.token

    def __hash__(self) -> int:
        return hash((Number, self.token))

    def whole(self) -> int | None:
        """The number when it is a whole one of at most 18 digits, written without exponent."""
        return int(self.token) if re.fullmatch(r"-?[0-9]{1,18}", self.token) else None


class JsonObject(dict[str, "Json"]):
    """A JSON object. As a dict it shows the last value of each key; `pairs` has every one."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: list[tuple[str, Json]]) -> None:
        super().__init__(pairs)
        # Kept only where a key stands twice: otherwise the dict holds the same, in order.
        self._pairs = tuple(pairs) if len(pairs) != len(self) else None

    @property
    def pairs(self) -> tuple[tuple[str, Json], ...]:
        """Every key with its value, in the order received, duplicate keys included."""
        return tuple(self.items()) if self._pairs is None else self._pairs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonObject) and self.pairs == other.pairs

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


# `Union` because the alias names itself, as a text.
Json: TypeAlias = Union[bool, Number, str, list["Json"], JsonObject, None]  # noqa: UP007

_DECODER = json.JSONDecoder(
    object_pairs_hook=JsonObject,
    parse_int=Number,
    parse_float=Number,
    parse_constant=Number,
    # A raw line break inside a text is against RFC 8259 §7, but it can be read: so it is kept.
    strict=False,
)


def parse(body: bytes) -> Json:
    """The value of `body`, in UTF-8, UTF-16 or UTF-32, with or without a byte-order mark.

    Raises BadJson for anything else, for nesting beyond `MAX_DEPTH`, and for a body that would
    take more than `MEMORY_LIMIT`. No other exception leaves it, whatever the bytes.
    """
    encoding = json.detect_encoding(body)
    if encoding != "utf-8" and not encoding.startswith("utf-8"):
        body, encoding = _decode(body, encoding).encode("utf-8", "surrogatepass"), "utf-8"
    _refuse_costly(body)
    text = _decode(body, encoding).strip(" \t\r\n")
    if not text:
        raise BadJson("the body is empty")
    value = _read(text)
    _refuse_deep(value)
    return value


def _decode(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise BadJson(f"not valid {name} at byte {error.start}") from error


def _read(text: str) -> Json:
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        raise BadJson(f"not JSON at character {error.pos}: {error.msg}") from error
    except RecursionError as error:
        raise BadJson(_TOO_DEEP) from error
    if end != len(text):
        raise BadJson(f"more text after the JSON value, at character {end}")
    result: Json = value
    return result


def read_at(text: str, at: int) -> tuple[Json, int]:
    """The value that begins at `at` in a text that `parse` has read, and where it ends."""
    return _DECODER.raw_decode(text, at)


_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


def _refuse_deep(value: Json) -> None:
    """Look level by level, so that no stack grows with the depth."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for parent in level
            for child in _children(parent)
            if child.__class__ is JsonObject or child.__class__ is list
        ]
        if not level:
            return
    raise BadJson(_TOO_DEEP)


def _children(value: Json) -> list[Json]:
    if isinstance(value, JsonObject):
        return [child for _, child in value.pairs]
    return value if isinstance(value, list) else []


# --- what it would cost ------------------------------------------------------------------------

_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_WIDE = re.compile(rb"[\xf0-\xf4]|\\u[dD][89abAB]")
_MIDDLE = re.compile(rb"[\xc4-\xef]|\\u")


def _refuse_costly(body: bytes) -> None:
    """Refuse a small body that would grow huge: `[[],[],[],…` takes 40 times its size."""
    fixed = len(body) * (_width(body) + 1)
    if fixed + _tokens_in(body) * _BYTES_PER_TOKEN <= MEMORY_LIMIT:
        return
    # Commas and brackets inside texts cost nothing: count again without the texts.
    tokens = _tokens_in(_STRINGS.sub(b"", body))
    if fixed + tokens * _BYTES_PER_TOKEN > MEMORY_LIMIT:
        raise BadJson(
            f"reading it would take more than {MEMORY_LIMIT // 1_000_000} MB of memory"
            f" ({len(body):,} bytes, about {tokens:,} values)"
        )


def _tokens_in(body: bytes) -> int:
    return sum(body.count(mark) for mark in (b",", b"[", b"{"))


def _width(body: bytes) -> int:
    """Bytes that CPython takes for each character of the widest text in `body` (PEP 393)."""
    if _WIDE.search(body):
        return 4
    return 2 if _MIDDLE.search(body) else 1


# --- sameness ----------------------------------------------------------------------------------

AddressKeyOf: TypeAlias = Callable[[str], str]

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def sameness(value: Json, address_key: AddressKeyOf) -> Sha256:
    """A digest that two bodies share exactly when they are the same snapshot."""
    digest = hashlib.sha256()
    for token in tokens(value, address_key):
        digest.update(token)
    return Sha256(digest.hexdigest())


def tokens(value: Json, address_key: AddressKeyOf) -> Iterator[bytes]:
    """The value token by token, in the order received, each marked with its kind and length.

    Duplicate keys are all there and NaN equals itself. A text that is one http(s) address is
    given as `address_key` makes it, except where a person wrote it (`FREE_TEXT_KEYS`, also in
    lists under such a key).
    """
    stack: list[_Step] = [(value, None)]
    while stack:
        step, key = stack.pop()
        if isinstance(step, bytes):
            yield step
        elif isinstance(step, JsonObject):
            stack.append((b"}", None))
            for name, child in reversed(step.pairs):
                stack.append((child, name))
                stack.append((_framed(b"k", name), None))
            yield b"{"
        elif isinstance(step, list):
            stack.append((b"]", None))
            stack.extend((child, key) for child in reversed(step))
            yield b"["
        else:
            yield _leaf(step, key, address_key)


_Step: TypeAlias = tuple[Json | bytes, str | None]


def _leaf(value: bool | Number | str | None, key: str | None, address_key: AddressKeyOf) -> bytes:
    if isinstance(value, str):
        if key not in FREE_TEXT_KEYS and _ADDRESS.fullmatch(value):
            return _framed(b"a", address_key(value))
        return _framed(b"s", value)
    if isinstance(value, Number):
        return _framed(b"n", value.token)
    return {None: b"z", True: b"t", False: b"f"}[value]


def _framed(kind: bytes, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return b"%b%d:%b" % (kind, len(raw), raw)


# --- showing it again --------------------------------------------------------------------------

_SURROGATE = re.compile("[\ud800-\udfff]")


def dump(value: Json) -> str:
    """`value` as indented JSON text: order, duplicate keys and the digits of numbers kept.

    The text has no lone surrogate (they are written `\\udXXX`), so it can always be encoded;
    `parse` reads it back as the same value.
    """
    return "".join(_lines(value))


def plain(value: Json) -> Any:
    """`value` for the standard `json`, so that any reader takes what it writes: of a key given
    twice the last value, NaN, Infinity and numbers beyond a double's range as their own text."""
    if isinstance(value, JsonObject):
        return {name: plain(child) for name, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    if not isinstance(value, Number):
        return value
    whole = value.whole()
    if whole is not None:
        return whole
    number = float(value.token)
    return number if math.isfinite(number) else value.token


def _lines(value: Json) -> Iterator[str]:
    # A stack of what is still to be written: a text, or a value with its indentation.
    stack: list[str | tuple[Json, int]] = [(value, 0)]
    while stack:
        step = stack.pop()
        if isinstance(step, str):
            yield step
            continue
        item, depth = step
        inner: list[tuple[str, Json]]
        if isinstance(item, JsonObject):
            marks, inner = "{}", [(f"{_quoted(name)}: ", child) for name, child in item.pairs]
        elif isinstance(item, list):
            marks, inner = "[]", [("", child) for child in item]
        else:
            yield _scalar(item)
            continue
        stack.extend(reversed(_container(marks, inner, depth)))


def _container(
    marks: str, inner: list[tuple[str, Json]], depth: int
) -> list[str | tuple[Json, int]]:
    if not inner:
        return [marks]
    steps: list[str | tuple[Json, int]] = [marks[0]]
    for place, (label, child) in enumerate(inner):
        comma = "," if place else ""
        steps += [f"{comma}\n{'  ' * (depth + 1)}{label}", (child, depth + 1)]
    return [*steps, f"\n{'  ' * depth}{marks[1]}"]


def _scalar(value: bool | Number | str | None) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Number):
        return value.token
    return {None: "null", True: "true", False: "false"}[value]


def _quoted(text: str) -> str:
    """`text` as a JSON string; DEL and C1 controls stay, as JSON allows them."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", encode_basestring(text))
