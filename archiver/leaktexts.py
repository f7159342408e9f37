"""A published file taken apart: every text that lies in it, and every place it tells.

Each text is given as it stands and, where that is another, as a browser, a script or a reader has
it: with entities, escapes and percent signs decoded, without its tags, and what lies in it in
base64. Every reading has the line ends of the text as it stands, so that lines can be named.
Pictures, PDFs and zips are taken apart in turn. Nothing raises: what cannot be looked into is said.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote

from archiver.leakforms import Place

MAX_FILE = 1 << 29
"""Bytes of a member or stream that are looked into."""
_DEEP = 4
_LINKING = frozenset(
    {
        *(".html", ".htm", ".xhtml", ".js", ".mjs", ".json", ".jsonl", ".css", ".svg", ".xml"),
        *(".txt", ".csv", ".md", ".map", ".webmanifest"),
    }
)
_DRAWN = (".svg", ".css", ".js", ".mjs", ".csv")
_MARKUP = (".html", ".htm", ".xhtml", ".svg", ".xml")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a file. `lines` says whether lines can be named, `offset` where it lies, in bytes.

    `noisy` was taken from bytes that may be anything; addresses in `may_link` text could be
    followed; `prose` is no drawing, in which numbers stand side by side.
    """

    text: str
    part: str = ""
    lines: bool = True
    offset: int | None = None
    noisy: bool = False
    may_link: bool = False
    prose: bool = False
    first_line: int = 1

    def line_at(self, at: int) -> int | None:
        """The line of a character, from 1; None where lines say nothing."""
        return self.first_line + self.text.count("\n", 0, at) if self.lines else None


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


Piece = Text | Spot | Unread


def contents(name: str, body: bytes, part: str = "", deep: int = 0) -> Iterator[Piece]:
    """What lies in a file. Never raises."""
    from archiver.leakpdf import pdf_contents
    from archiver.leakpictures import is_picture, picture_contents

    if deep > _DEEP:
        yield Unread("files inside files, too deep to look into", part)
    elif len(body) > MAX_FILE:
        yield Unread("too large to look into", part)
    elif is_picture(body):
        yield from picture_contents(body, part, deep)
        yield from _zip_behind(body, part, deep)
    elif b"%PDF-" in body[:1024]:
        yield from pdf_contents(body, part, deep)
        yield from _zip_behind(body, part, deep)
    elif body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip(body, part, deep)
    elif body.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        yield from _packed(name, body, part, deep)
    else:
        yield from _plain(name, body, part, deep)


# --- texts ----------------------------------------------------------------------------------------


def _plain(name: str, body: bytes, part: str, deep: int) -> Iterator[Piece]:
    suffix = PurePosixPath(name).suffix.lower()
    text = decoded(body)
    if text is None:
        yield from strings_in(body, part)
        yield from _zip_behind(body, part, deep)
        return
    linking = suffix in _LINKING or suffix == ""
    whole = Text(text, part, may_link=linking, prose=suffix not in _DRAWN)
    yield from readings(whole, suffix, deep)


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


def readings(text: Text, suffix: str = "", deep: int = 0) -> Iterator[Piece]:
    """A text as it stands, and in every other way in which it is read."""
    yield text
    plain = _decode(text.text, css=suffix == ".css")
    if plain != text.text:
        # Addresses and numbers are those of the text as it stands, or new ones.
        yield replace(text, text=plain)
    if suffix in _MARKUP:
        for between in (" ", ""):
            yield replace(text, text=_untagged(text.text, between), may_link=False)
    yield from _in_base64(text, plain, deep)


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
            text = re.sub(r"&(?:#?\w{1,31});?", lambda m: _flat(html.unescape(m[0])), text)
        if "\\" in text:
            if css:
                text = _CSS.sub(lambda m: _character(int(m[1], 16)), text)
            text = _JS.sub(_unescaped, text)
        if "%" in text:
            text = _PERCENT.sub(lambda m: _flat(unquote(m[0], errors="replace")), text)
        if text == before:
            break
    return text


def _flat(text: str) -> str:
    return text.replace("\n", " ")


def _character(code: int) -> str:
    return _flat(chr(code)) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


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


def _in_base64(text: Text, plain: str, deep: int) -> Iterator[Piece]:
    for found in _BASE64.finditer(plain):
        body = _unpacked(found[0])
        if body is None:
            continue
        part = ", ".join(filter(None, (text.part, "in base64")))
        line = text.first_line + plain.count("\n", 0, found.start())
        if _DATA.search(plain[max(0, found.start() - 120) : found.start()]):
            for piece in contents("", body, part, deep + 1):
                yield (
                    replace(piece, lines=text.lines, first_line=line, text=_flat(piece.text))
                    if isinstance(piece, Text)
                    else piece
                )
            continue
        said = _readable(body)
        if said is not None:
            yield Text(_flat(_decode(said)), part, text.lines, prose=text.prose, first_line=line)


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
_WIDE = re.compile(rb"(?:[\x20-\xff][\x00-\x06]){4,}|(?:[\x00-\x06][\x20-\xff]){4,}")


def strings_in(body: bytes, part: str, offset: int = 0, *, noisy: bool = True) -> Iterator[Piece]:
    """The texts that may stand in bytes of any kind."""
    for found in _STRINGS.finditer(body):
        said = found[0].decode("utf-8", "replace")
        if any(sign.isalnum() for sign in said):
            yield from _string(said, part, offset + found.start(), noisy)
    if b"\0" in body:
        for found in _WIDE.finditer(body):
            order = "utf-16-be" if found[0][0] < 7 else "utf-16-le"
            said = found[0].decode(order, "replace")
            yield from _string(said, part, offset + found.start(), noisy)


def _string(said: str, part: str, offset: int, noisy: bool) -> Iterator[Piece]:
    text = Text(said, part, lines=False, offset=offset, noisy=noisy)
    yield text
    if any(sign in said for sign in "&\\%"):
        plain = _decode(said)
        if plain != said:
            yield replace(text, text=plain)


# --- packed files ---------------------------------------------------------------------------------


def _zip_behind(body: bytes, part: str, deep: int) -> Iterator[Piece]:
    """A zip that begins later in a file opens all the same: readers look at the end first."""
    if b"PK\x05\x06" in body[-65_600:] and zipfile.is_zipfile(io.BytesIO(body)):
        yield from _zip(body, part, deep)


def _zip(body: bytes, part: str, deep: int) -> Iterator[Piece]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            yield Text(packed.comment.decode("utf-8", "replace"), part, lines=False)
            for member in packed.infolist():
                yield from _member(packed, member, part, deep)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield Unread(f"a zip that cannot be opened ({error})", part)


def _member(
    packed: zipfile.ZipFile, member: zipfile.ZipInfo, part: str, deep: int
) -> Iterator[Piece]:
    name = member.filename
    inside = ", ".join(filter(None, (part, name)))
    yield Text(name, part or "the name of a member", lines=False)
    yield Text(member.comment.decode("utf-8", "replace"), inside, lines=False)
    if member.is_dir():
        return
    if member.file_size > MAX_FILE:
        yield Unread("too large to look into", inside)
        return
    try:
        with packed.open(member) as file:
            body = file.read(MAX_FILE)
    except RuntimeError:
        yield Unread("encrypted, so that nobody can see what is in it", inside)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
        yield Unread(f"cannot be unpacked ({error})", inside)
    else:
        yield from contents(name, body, inside, deep + 1)


def _packed(name: str, body: bytes, part: str, deep: int) -> Iterator[Piece]:
    """A gzip (RFC 1952) or zstd (RFC 8878) file."""
    from archiver.packing import zstd

    inner = re.sub(r"\.(gz|zst)\Z", "", name)
    try:
        if body.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(body)) as file:
                plain = file.read(MAX_FILE)
        else:
            with zstd.open(io.BytesIO(body)) as file:
                plain = file.read(MAX_FILE)
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        yield Unread(f"cannot be unpacked ({error})", part)
    else:
        yield from contents(inner, plain, part or "unpacked", deep + 1)
