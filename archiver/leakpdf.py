"""What lies in a PDF: the words of its pages, its titles and notes, links, streams, attachments.

pypdf takes it apart, which knows fonts' ToUnicode maps (ISO 32000-1 §9.10.3), compressed objects
and attachments. A PDF that it cannot read, or an encrypted one, is said to be unread: nobody can
say what is in it.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

from archiver.leaktexts import Nested, Piece, Text, Unread, readings, strings_in

_MAX_OBJECTS = 200_000


def pdf_pieces(body: bytes, part: str) -> Iterator[Piece]:
    """Every text, picture and file in a PDF."""
    pieces: list[Piece] = []
    try:
        pieces.extend(_Pdf(body, part).pieces())
    except Exception as error:
        # pypdf raises what its parsers happen to meet, of any class, in a PDF that is broken.
        reason = str(error)[:80] or type(error).__name__
        pieces.append(Unread(f"a PDF that cannot be read ({reason})", part))
    yield from pieces
    if any(isinstance(piece, Unread) for piece in pieces):
        yield from strings_in(body, part)


def _joined(part: str, name: str) -> str:
    return ", ".join(filter(None, (part, name)))


class _Pdf:
    """One PDF on its way through the scan. Raises anything."""

    def __init__(self, body: bytes, part: str) -> None:
        from pypdf import PdfReader

        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        self._part = part
        self._reader = PdfReader(io.BytesIO(body), strict=False)

    def pieces(self) -> Iterator[Piece]:
        """Nothing is left out that a reader of PDFs could show."""
        if self._reader.is_encrypted:
            yield Unread("an encrypted PDF, so that nobody can see what is in it", self._part)
            return
        for number, page in enumerate(self._reader.pages, 1):
            said, where = page.extract_text(), _joined(self._part, f"page {number}")
            yield Text(said, where, lines=False, prose=True)
            # A long id or address goes on in the next line.
            yield Text(said.replace("\n", ""), where, lines=False)
        yield from self._objects()

    def _objects(self) -> Iterator[Piece]:
        from pypdf.generic import StreamObject

        numbers = sorted(
            {
                *(
                    (number, generation)
                    for generation, known in self._reader.xref.items()
                    for number in known
                ),
                *((number, 0) for number in self._reader.xref_objStm),
            }
        )
        if len(numbers) > _MAX_OBJECTS:
            yield Unread(f"a PDF of {len(numbers):,} objects, too many to look into", self._part)
        for number, generation in numbers[:_MAX_OBJECTS]:
            one = self._object(number, generation)
            where = _joined(self._part, f"object {number}")
            yield from self._strings(one, where, 0)
            if isinstance(one, StreamObject) and one.get("/Type") not in ("/XRef", "/ObjStm"):
                yield from self._stream(one, where)

    def _object(self, number: int, generation: int) -> Any:
        from pypdf.generic import IndirectObject

        return IndirectObject(number, generation, self._reader).get_object()

    def _strings(self, one: Any, where: str, deep: int) -> Iterator[Piece]:
        """The texts in an object: titles, notes, addresses of links, names of attachments."""
        from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, TextStringObject

        if deep > 20:
            return
        if isinstance(one, TextStringObject):
            yield from readings(Text(str(one), where, lines=False, may_link=True), "")
        elif isinstance(one, ByteStringObject):
            yield from strings_in(bytes(one), where)
        elif isinstance(one, DictionaryObject):
            for key in one:
                if key != "/ID":
                    yield from self._strings(one.raw_get(key), where, deep + 1)
        elif isinstance(one, ArrayObject):
            for inner in one:
                yield from self._strings(inner, where, deep + 1)

    def _stream(self, stream: Any, where: str) -> Iterator[Piece]:
        """What a stream holds: a picture, an attached file, XMP, or drawing."""
        filters = stream.get("/Filter")
        filters = filters if isinstance(filters, list) else [filters]
        if stream.get("/Subtype") == "/Image" and filters[-1:] != ["/DCTDecode"]:
            return  # pixels
        if stream.get("/Subtype") == "/Image" and filters == ["/DCTDecode"]:
            yield Nested("", bytes(stream._data), where)
            return
        body = stream.get_data()
        if not body or any(key in stream for key in ("/Length1", "/FunctionType", "/N")):
            return  # fonts' outlines, functions, colour profiles
        if stream.get("/Subtype") in ("/Type1C", "/CIDFontType0C", "/OpenType"):
            return
        name = ".xml" if stream.get("/Type") == "/Metadata" else ".pdfstream"
        yield Nested(name, bytes(body), where)
