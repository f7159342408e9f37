"""Text that can be searched and copied but is not seen, laid over the pictures of a PDF.

Each character that occurs gets a code, in the order in which they occur; a map at the end says
which character each code is (ToUnicode, ISO 32000-1 §9.10.3), so any script is found, whatever
fonts there are. The font behind it has one letter that draws nothing (`tests/make_glyphless.py`):
all codes lead to it, and each line is stretched to the width it has in the picture, so that what a
reader marks lies over what is seen.

Lines are written in the order in which they are seen, from left to right: that is how programs
that take text out of a PDF expect right-to-left scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archiver.bidi import visual_order

FONT_FILE = Path(__file__).parent / "fontfiles" / "glyphless.ttf"
_ASCENT, _DESCENT, _BLANK = 800, -200, 1
"""Of the font: thousandths of its size, and the number of the letter that draws nothing."""
_SPACE = 0.5
"""Width of a space, of its size; that of every letter is 1."""
MAX_CODES = 60_000
"""Codes have two bytes; a character beyond is written as a space."""
_MAP_AT_ONCE = 100
"""Entries in one part of the map (Adobe Technical Note 5014, §6)."""


@dataclass(frozen=True, slots=True)
class PageText:
    """A line of text: where its baseline begins, from the page's upper left corner, and its width
    and size; all in pixels of the page's picture."""

    text: str
    x: float
    baseline: float
    width: float
    size: float


class TextLayer:
    """The text of one PDF: gives what stands on each page, then the objects of its font."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {" ": 1}

    def page(
        self, texts: Iterable[PageText], pixels: tuple[int, int], points: tuple[float, float]
    ) -> bytes:
        """The drawing commands of a page of `pixels` that is `points` (of 1/72 inch) wide and
        high."""
        across, down = points[0] / pixels[0], points[1] / pixels[1]
        lines = ["BT 3 Tr"]
        for line in texts:
            if not line.text or line.width <= 0:
                continue
            size = line.size * down
            shown = visual_order(line.text)
            # No wider than the font's letters are: beyond, readers take letters for columns. (What
            # the picture says in words has far fewer characters than it has letters there.)
            letters = len(shown) - shown.count(" ") * (1 - _SPACE)
            stretch = min(100.0, 100 * line.width * across / (letters * size))
            codes = "".join(f"{self._code(char):04X}" for char in shown)
            lines.append(
                f"/Text {size:.2f} Tf {stretch:.2f} Tz 1 0 0 1 {line.x * across:.2f}"
                f" {points[1] - line.baseline * down:.2f} Tm <{codes}> Tj"
            )
        return "\n".join((*lines, "ET")).encode("ascii")

    def _code(self, char: str) -> int:
        code = self._codes.get(char)
        if code is None:
            if len(self._codes) >= MAX_CODES:
                return 1
            code = self._codes[char] = len(self._codes) + 1
        return code

    def objects(self, first: int) -> Iterator[tuple[str, bytes | None]]:
        """The objects of the font, numbered from `first`: a dictionary each, and its stream's
        bytes. The last page must have been given before. There are `OBJECTS` of them."""
        descendant, descriptor, program, glyphs, characters = range(first + 1, first + OBJECTS)
        yield (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /Glyphless /Encoding /Identity-H"
            f" /DescendantFonts [{descendant} 0 R] /ToUnicode {characters} 0 R >>",
            None,
        )
        yield (
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Glyphless /DW 1000"
            f" /W [1 [{_SPACE * 1000:.0f}]]"
            f" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
            f" /FontDescriptor {descriptor} 0 R /CIDToGIDMap {glyphs} 0 R >>",
            None,
        )
        yield (
            f"<< /Type /FontDescriptor /FontName /Glyphless /Flags 4 /ItalicAngle 0 /StemV 80"
            f" /FontBBox [0 {_DESCENT} 1000 {_ASCENT}] /Ascent {_ASCENT} /Descent {_DESCENT}"
            f" /CapHeight {_ASCENT} /FontFile2 {program} 0 R >>",
            None,
        )
        font = _font()
        yield f"<< /Length {len(font)} /Length1 {len(font)} >>", font
        # Code 0 is never used; every other leads to the letter that draws nothing.
        to_blank = b"\0\0" + _BLANK.to_bytes(2, "big") * len(self._codes)
        yield f"<< /Length {len(to_blank)} >>", to_blank
        known = _character_map(self._codes)
        yield f"<< /Length {len(known)} >>", known


OBJECTS = 6
"""Objects of the font."""


@cache
def _font() -> bytes:
    return FONT_FILE.read_bytes()


def _character_map(codes: dict[str, int]) -> bytes:
    entries = [
        f"<{code:04X}> <{char.encode('utf-16-be', 'replace').hex().upper()}>"
        for char, code in codes.items()
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    for part in range(0, len(entries), _MAP_AT_ONCE):
        some = entries[part : part + _MAP_AT_ONCE]
        lines += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
