"""Looking for traces: does anything in a tree still hold a text, a hash or a run of bytes?

Every file is read as it lies, and once more unpacked where it is a zstd frame (patches against
their base) or holds zlib streams; names of files count too. A text is looked for in every form in
which a file may have it: UTF-8, UTF-16, JSON with escapes, percent-encoded, as HTML, in any case.
"""

from __future__ import annotations

import html
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from archiver.packing import packed_name, unpack

_STREAM = re.compile(rb"stream\r?\n")


def traces(
    root: Path, texts: Iterable[str] = (), runs: Iterable[bytes] = ()
) -> list[tuple[str, str]]:
    """Where in a tree something is still to be found: the file, and what was found in it."""
    wanted = {form: text for text in texts for form in forms(text)}
    wanted |= {run: f"{len(run)} bytes" for run in runs}
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        # A text is compared whatever its case; so are names of files.
        for body in (name.encode(), *(bodies(path) if path.is_file() else ())):
            low = body.lower()
            for form, said in wanted.items():
                if form in body or form.lower() in low:
                    found.append((name, said))
    return sorted(set(found))


def forms(text: str) -> set[bytes]:
    """A text in every form in which a file may have it."""
    plain = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(json.dumps(text)[1:-1])[1:-1],
        quote(text),
        quote(text, safe=""),
        text.replace(" ", "+"),
        html.escape(text),
        html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    }
    encoded = {one.encode("utf-8", "surrogatepass") for one in plain}
    return encoded | {
        text.encode(encoding, "surrogatepass") for encoding in ("utf-16-le", "utf-16-be")
    }


def bodies(path: Path) -> Iterator[bytes]:
    """A file as it lies, and whatever is packed in it."""
    body = path.read_bytes()
    yield body
    if packed_name(path.name).packed:
        yield unpacked(path)
    for start in _STREAM.finditer(body):
        try:
            yield zlib.decompressobj().decompress(body[start.end() :])
        except zlib.error:
            continue
    if path.name.endswith(".sqlite3"):
        with sqlite3.connect(path) as db:
            yield "\n".join(db.iterdump()).encode("utf-8", "surrogatepass")
            for column in ("words", "chat", "photos"):  # packed one by one
                for (packed,) in db.execute(f"SELECT {column} FROM searchable"):
                    yield zlib.decompress(packed)


def unpacked(path: Path) -> bytes:
    """A body of a series; its base lies in the same folder, or in a folder of that number."""
    name = packed_name(path.name)
    if name.base is None:
        return unpack(path.read_bytes())
    number = f"{name.base:04d}"
    places = (path.parent.glob(f"{number}-*"), (path.parent.parent / number).glob(f"{name.name}*"))
    base = next(one for place in places for one in place)
    plain = base.read_bytes() if not packed_name(base.name).packed else unpacked(base)
    return unpack(path.read_bytes(), plain)
