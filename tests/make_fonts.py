"""Makes the fonts that letter contact sheets, from Debian's package `fonts-noto-core`.

    apt-get download fonts-noto-core && dpkg-deb -x fonts-noto-core_*.deb unpacked
    python -m tests.make_fonts unpacked/usr/share/fonts/truetype/noto

Cut down to the scripts named here, without hints (sheets are drawn large), so that the wheel stays
small. Where they come from, under which licence and with which checksums: `SOURCES.md` beside them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

FOLDER = Path(__file__).parent.parent / "archiver" / "fontfiles"
LATIN_GREEK_CYRILLIC = (
    "U+0020-007E,U+00A0-02FF,U+0300-036F,U+0370-03FF,U+0400-052F,U+1E00-1EFF,U+2010-2027,"
    "U+2030-205E,U+2070-209F,U+20A0-20CF,U+2100-214F,U+2190-2199,U+2212,U+25CC"
)
CHOSEN = {
    "NotoSans-Regular.ttf": LATIN_GREEK_CYRILLIC,
    "NotoSans-Bold.ttf": LATIN_GREEK_CYRILLIC,
    "NotoSansArabic-Regular.ttf": "U+0020,U+00A0,U+0600-06FF,U+200C-200D,U+25CC",
    "NotoSansHebrew-Regular.ttf": "U+0020,U+00A0,U+0590-05FF,U+25CC,U+FB1D-FB4F",
    "NotoSansThai-Regular.ttf": "U+0020,U+00A0,U+0E00-0E7F,U+25CC",
}


def main() -> None:
    """Cut each font down."""
    source = Path(sys.argv[1])
    for name, letters in CHOSEN.items():
        subset.main(
            [
                str(source / name),
                f"--unicodes={letters}",
                "--no-hinting",
                "--layout-features=ccmp,locl,mark,mkmk,kern,init,medi,fina,isol,rlig,liga,calt",
                "--no-recalc-timestamp",
                f"--output-file={FOLDER / name}",
            ]
        )
        print(f"{name}: {(FOLDER / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
