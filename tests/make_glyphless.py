"""Makes `archiver/fontfiles/glyphless.ttf`: a font of one letter that draws nothing.

    python -m tests.make_glyphless

It stands behind the text of contact sheets in their PDF (`archiver/pdftext.py`): readers want a
font for text that is only searched and never seen. Made with fontTools, the same bytes every time.
"""

from __future__ import annotations

import io
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph

FILE = Path(__file__).parent.parent / "archiver" / "fontfiles" / "glyphless.ttf"
EM, ASCENT, DESCENT = 1000, 800, -200


def glyphless() -> bytes:
    """The font file."""
    builder = FontBuilder(EM, isTTF=True)
    names = [".notdef", "blank"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "blank"})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (EM, 0)))
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupOS2(sTypoAscender=ASCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupNameTable({"familyName": "Glyphless", "styleName": "Regular"})
    builder.setupPost(keepGlyphNames=False)
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    body = io.BytesIO()
    builder.save(body)
    return body.getvalue()


if __name__ == "__main__":
    FILE.write_bytes(glyphless())
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")
