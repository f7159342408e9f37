"""A PDF of JPEG pages, written in one pass with one page in memory (ISO 32000-1, PDF 1.4).

Over each page lies its text, not seen but found by a search (`pdftext`).

Pillow's own writer keeps every page in memory, or appends a new revision of the file for each
page: 250 pages took 9.6 s and left 250 revisions and 7 MB of leftovers in the file, all pages
compressed a second time. Here the pages are the very JPEG bytes of the sheets, and the same pages
give the same file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from archiver import localtime
from archiver.pdftext import PageText, TextLayer

PRODUCER = "workphotos-archiver"


class Writable(Protocol):
    """Anything bytes can be written to."""

    def write(self, body: bytes, /) -> object:
        """Take all of `body`."""


@dataclass(frozen=True, slots=True)
class JpegPage:
    """A page filled by one RGB JPEG: its bytes, its size in pixels, and the text that is on it."""

    jpeg: bytes
    pixels: tuple[int, int]
    texts: tuple[PageText, ...] = ()


def write_pdf(
    out: Writable,
    pages: Iterable[JpegPage],
    count: int,
    *,
    paper: tuple[float, float],
    title: str,
    date: datetime,
    identity: bytes,
    language: str = "",
) -> None:
    """Write `count` pages to `out`, taking them from `pages` one at a time.

    `paper` is width and height in millimetres. `date` is the one the document claims, `identity`
    16 bytes that tell it from others: neither comes from the clock or from chance. `language` is
    the BCP 47 tag of its text, empty to say none.
    Raises what `out` and `pages` raise.
    """
    _Pdf(out).document(pages, count, paper, title, date, identity, language)


class _Pdf:
    """Writes numbered objects and remembers where each begins."""

    def __init__(self, out: Writable) -> None:
        self._out = out
        self._position = 0
        self._offsets: list[int] = []
        self._layer = TextLayer()

    def document(
        self,
        pages: Iterable[JpegPage],
        count: int,
        paper: tuple[float, float],
        title: str,
        date: datetime,
        identity: bytes,
        language: str,
    ) -> None:
        # Four bytes above 127 tell mail programs that the file is binary (§7.5.2).
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        width, height = (side / 25.4 * 72 for side in paper)
        first_page = 4
        kids = " ".join(f"{first_page + 3 * number} 0 R" for number in range(count))
        spoken = f" /Lang {_text(language)}" if language else ""  # §14.9.2
        self._object(
            "<< /Type /Catalog /Pages 2 0 R"
            f" /ViewerPreferences << /DisplayDocTitle true >>{spoken} >>"
        )
        self._object(
            f"<< /Type /Pages /Count {count} /Kids [{kids}]"
            f" /MediaBox [0 0 {width:.3f} {height:.3f}] >>"
        )
        stamp = f"D:{localtime.compact(date.astimezone(UTC)).replace('T', '')}"
        self._object(
            f"<< /Title {_text(title)} /Producer ({PRODUCER})"
            f" /CreationDate ({stamp}) /ModDate ({stamp}) >>"
        )
        font = first_page + 3 * count
        for page in pages:
            self._page(page, width, height, font)
        for dictionary, stream in self._layer.objects(font):
            self._object(dictionary, stream)
        self._end(identity.hex())

    def _page(self, page: JpegPage, width: float, height: float, font: int) -> None:
        number = len(self._offsets) + 1
        self._object(
            f"<< /Type /Page /Parent 2 0 R /Contents {number + 1} 0 R"
            f" /Resources << /XObject << /Sheet {number + 2} 0 R >>"
            f" /Font << /Text {font} 0 R >> >> >>"
        )
        drawing = f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Sheet Do Q\n".encode()
        drawing += self._layer.page(page.texts, page.pixels, (width, height))
        self._object(f"<< /Length {len(drawing)} >>", drawing)
        self._object(
            f"<< /Type /XObject /Subtype /Image /Width {page.pixels[0]} /Height {page.pixels[1]}"
            f" /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
            f" /Length {len(page.jpeg)} >>",
            page.jpeg,
        )

    def _object(self, dictionary: str, stream: bytes | None = None) -> None:
        self._offsets.append(self._position)
        self._write(f"{len(self._offsets)} 0 obj\n{dictionary}\n".encode("ascii"))
        if stream is not None:
            self._write(b"stream\n")
            self._write(stream)
            self._write(b"\nendstream\n")
        self._write(b"endobj\n")

    def _end(self, identity: str) -> None:
        at, size = self._position, len(self._offsets) + 1
        # Each entry is 20 bytes, its line end two (§7.5.4).
        entries = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n{entries}".encode("ascii"))
        self._write(
            f"trailer\n<< /Size {size} /Root 1 0 R /Info 3 0 R"
            f" /ID [<{identity}> <{identity}>] >>\nstartxref\n{at}\n%%EOF\n".encode("ascii")
        )

    def _write(self, body: bytes) -> None:
        self._out.write(body)
        self._position += len(body)


def _text(text: str) -> str:
    """A text string in UTF-16 as hexadecimal: any name, and nothing to escape (§7.9.2.2)."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"
