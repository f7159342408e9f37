"""A published file taken apart, whatever it is: pictures, PDFs, zips, packed files and texts.

Nothing raises: what cannot be looked into is said.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from archiver.leakpdf import pdf_pieces
from archiver.leakpictures import is_picture, picture_pieces
from archiver.leaktexts import Nested, Piece, Spot, Text, Unread, decoded, readings, strings_in

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_FILE = 1 << 29
"""Bytes of a file, member or stream that are looked into."""
_DEEP = 4
_LINKING = frozenset(
    {
        *(".html", ".htm", ".xhtml", ".js", ".mjs", ".json", ".jsonl", ".css", ".svg", ".xml"),
        *(".txt", ".csv", ".md", ".map", ".webmanifest"),
    }
)
_DRAWN = (".svg", ".css", ".js", ".mjs", ".csv")


def contents(name: str, body: bytes) -> Iterator[Text | Spot | Unread]:
    """What lies in a file; the ending of `name` says how its bytes are read. Never raises."""
    yield from _apart(Nested(name, body, ""), 0)


def _apart(file: Nested, deep: int) -> Iterator[Text | Spot | Unread]:
    if deep > _DEEP:
        yield Unread("files inside files, too deep to look into", file.part)
        return
    if len(file.body) > MAX_FILE:
        yield Unread("too large to look into", file.part)
        return
    for piece in _pieces(file):
        if isinstance(piece, Nested):
            yield from _apart(piece, deep + 1)
        elif isinstance(piece, Text) and file.line is not None:
            yield replace(piece, text=piece.text.replace("\n", " "), first_line=file.line)
        else:
            yield piece


def _pieces(file: Nested) -> Iterator[Piece]:
    body, part = file.body, file.part
    if is_picture(body):
        yield from picture_pieces(body, part)
        yield from _zip_behind(body, part)
    elif b"%PDF-" in body[:1024]:
        yield from pdf_pieces(body, part)
        yield from _zip_behind(body, part)
    elif body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip(body, part)
    elif body.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        yield from _packed(file.name, body, part)
    else:
        yield from _plain(file.name, body, part)


def _plain(name: str, body: bytes, part: str) -> Iterator[Piece]:
    suffix = PurePosixPath(name).suffix.lower()
    text = decoded(body)
    if text is None:
        yield from strings_in(body, part)
        yield from _zip_behind(body, part)
        return
    linking = suffix in _LINKING or suffix == ""
    whole = Text(text, part, may_link=linking, prose=suffix not in _DRAWN)
    yield from readings(whole, suffix)


# --- packed files ---------------------------------------------------------------------------------


def _zip_behind(body: bytes, part: str) -> Iterator[Piece]:
    """A zip that begins later in a file opens all the same: readers look at the end first."""
    if b"PK\x05\x06" in body[-65_600:] and zipfile.is_zipfile(io.BytesIO(body)):
        yield from _zip(body, part)


def _zip(body: bytes, part: str) -> Iterator[Piece]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            yield Text(packed.comment.decode("utf-8", "replace"), part, lines=False)
            for member in packed.infolist():
                yield from _member(packed, member, part)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        yield Unread(f"a zip that cannot be opened ({error})", part)


def _member(packed: zipfile.ZipFile, member: zipfile.ZipInfo, part: str) -> Iterator[Piece]:
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
        yield Unread("encrypted, or packed so that nobody can see what is in it", inside)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
        yield Unread(f"cannot be unpacked ({error})", inside)
    else:
        yield Nested(name, body, inside)


def _packed(name: str, body: bytes, part: str) -> Iterator[Piece]:
    """A gzip (RFC 1952) or zstd (RFC 8878) file."""
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
        yield Nested(inner, plain, part or "unpacked")
