"""The texts of a published file, in every way in which they are read, and what else lies in it.

Each text is given as it stands and, where that is another, as a browser, a script or a reader has
it: with entities, escapes and percent signs decoded, without its tags, and what lies in it in
base64. Every reading has the line ends of the text as it stands, so that lines can be named.
Nothing here raises, whatever the text.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from archiver.leakforms import Place

MARKUP = (".html", ".htm", ".xhtml", ".svg", ".xml")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a file. `lines` says whether lines can be named, `offset` where it lies, in bytes;
    `offsets` where each of its lines does.

    `noisy` was taken from bytes that may be anything; addresses in `may_link` text could be
    followed; `prose` is no drawing, in which numbers stand side by side.
    """

    text: str
    part: str = ""
    lines: bool = True
    offset: int | None = None
    offsets: tuple[int, ...] = ()
    noisy: bool = False
    may_link: bool = False
    prose: bool = False
    first_line: int = 1

    def at(self, place: int) -> tuple[int | None, int | None]:
        """As `place`, for what begins at a character."""
        return self.place(self.text.count("\n", 0, place))

    def place(self, ends: int) -> tuple[int | None, int | None]:
        """Where in the file something is that so many line ends stand before: its line from 1, or
        its offset in bytes; None for what is not known."""
        if self.lines:
            return self.first_line + ends, None
        return None, self.offsets[ends] if self.offsets else self.offset


@dataclass(frozen=True, slots=True)
class Spot:
    """A position in a picture's metadata."""

    place: Place
    part: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a file that could not be looked into."""

    reason: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Nested:
    """A file inside a file, still to be taken apart. `line` is where it stands, if that is known;
    else its own lines are told."""

    name: str
    body: bytes
    part: str
    line: int | None = None


Piece = Text | Spot | Unread | Nested


# --- texts ----------------------------------------------------------------------------------------


def decoded(body: bytes) -> str | None:
    """The text that bytes are; None when they are none."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    if b"\0" in body[:4096]:
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    odd = sum(byte < 9 or 13 < byte < 32 for byte in body[:4096])
    return None if odd * 50 > len(body[:4096]) else body.decode("cp1252", "replace")


def readings(text: Text, suffix: str = "") -> Iterator[Piece]:
    """A text as it stands, and in every other way in which it is read."""
    yield text
    plain = _decode(text.text, css=suffix == ".css")
    if plain != text.text:
        # Addresses and numbers are those of the text as it stands, or new ones.
        yield replace(text, text=plain)
    if suffix in MARKUP:
        for between in (" ", ""):
            yield replace(text, text=_untagged(text.text, between), may_link=False)
    yield from _in_base64(text, plain)


_JS = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|((?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})|([nrtbfv])|\n?([^\w\n]))"
)
_CSS = re.compile(r"\\([0-9A-Fa-f]{1,6})[ \t]?")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_TAG = re.compile(r"<(?:!--|/?[A-Za-z!?])[^<>]*>")


def _decode(text: str, *, css: bool = False) -> str:
    """Entities, escapes and percent signs decoded, again where one lies within another; no line
    end comes or goes."""
    for _ in range(3):
        before = text
        if "&" in text:
            text = re.sub(r"&(?:#?\w{1,31});?", lambda m: flat(html.unescape(m[0])), text)
        if "\\" in text:
            if css:
                text = _CSS.sub(lambda m: _character(int(m[1], 16)), text)
            text = _JS.sub(_unescaped, text)
        if "%" in text:
            text = _PERCENT.sub(lambda m: flat(unquote(m[0], errors="replace")), text)
        if text == before:
            break
    return text


def flat(text: str) -> str:
    return text.replace("\n", " ")


def _character(code: int) -> str:
    return flat(chr(code)) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return _character(int(found[1], 16))
    if found[2]:
        units = [int(one, 16) for one in re.findall(r"[ux]([0-9A-Fa-f]+)", found[2])]
        if len(units) == 2:
            return _character(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00)
        return _character(units[0])
    lost = "\n" if found[0].startswith("\\\n") else ""
    return lost + (" " if found[3] else found[4] or "")


def _untagged(text: str, between: str) -> str:
    bare = _TAG.sub(lambda m: between + "\n" * m[0].count("\n"), text)
    return _decode(bare)


_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?[^,\"'\s]{0,80};base64,\s*$", re.IGNORECASE)


def _in_base64(text: Text, plain: str) -> Iterator[Piece]:
    for found in _BASE64.finditer(plain):
        body = _unpacked(found[0])
        if body is None:
            continue
        part = ", ".join(filter(None, (text.part, "in base64")))
        line = text.first_line + plain.count("\n", 0, found.start())
        if _DATA.search(plain[max(0, found.start() - 120) : found.start()]):
            yield Nested("", body, part, line if text.lines else None)
            continue
        said = _readable(body)
        if said is not None:
            yield Text(flat(_decode(said)), part, text.lines, prose=text.prose, first_line=line)


def _unpacked(text: str) -> bytes | None:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None


def _readable(body: bytes) -> str | None:
    """The text that bytes are, if they can have been meant as one: long words of base64 that are
    something else decode to controls."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(sign.isprintable() or sign.isspace() for sign in text) else None


_STRINGS = re.compile(rb"[\x20-\x7e\x80-\xff]{4,}")
_WIDE = re.compile(rb"[\x00-\x06][\x20-\xff][\x00-\x06][\x20-\xff](?:[\x00-\x06][\x20-\xff])+")
_AT_ONCE = 1 << 20
"""Characters of such strings that are looked through together: each by itself takes longer."""


def strings_in(body: bytes, part: str, offset: int = 0, *, noisy: bool = True) -> Iterator[Piece]:
    """The texts that may stand in bytes of any kind, each on a line of its own."""
    yield from _together(_narrow(body), part, offset, noisy)
    if b"\0" in body:
        yield from _together(_wide(body), part, offset, noisy)


def _narrow(body: bytes) -> Iterator[tuple[int, str]]:
    """Strings of bytes and their offsets. What is no UTF-8 stands between words as any sign does: a
    blank of Latin-1, say, in the middle of a name."""
    for found in _STRINGS.finditer(body):
        yield found.start(), found[0].decode("utf-8", "replace")


def _wide(body: bytes) -> Iterator[tuple[int, str]]:
    """Strings of UTF-16 and their offsets, read in either order: which it is cannot be told from
    where they begin."""
    for found in _WIDE.finditer(body):
        begin, end = found.span()
        yield begin, body[begin:end].decode("utf-16-be", "replace")
        first = begin - 1 if begin and body[begin - 1] >= 0x20 else begin + 1
        last = end + 1 if body[end : end + 1] and body[end] < 7 else end - 1
        yield first, body[first:last].decode("utf-16-le", "replace")


def _together(
    strings: Iterator[tuple[int, str]], part: str, offset: int, noisy: bool
) -> Iterator[Piece]:
    size, lines, offsets = 0, [], []
    for at, said in strings:
        if not any(map(str.isalnum, said)):
            continue
        lines.append(flat(said))
        offsets.append(offset + at)
        size += len(said)
        if size >= _AT_ONCE:
            yield from _strings(lines, offsets, part, noisy)
            size, lines, offsets = 0, [], []
    if lines:
        yield from _strings(lines, offsets, part, noisy)


def _strings(lines: list[str], offsets: list[int], part: str, noisy: bool) -> Iterator[Piece]:
    text = Text("\n".join(lines), part, lines=False, offsets=tuple(offsets), noisy=noisy)
    yield text
    plain = _decode(text.text)
    if plain != text.text:
        yield replace(text, text=plain)
