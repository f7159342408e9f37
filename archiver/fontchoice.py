"""Which font draws which character: those shipped with the program, then those of this machine.

Latin, Greek, Cyrillic, Arabic, Hebrew and Thai come with the program (`fontfiles/SOURCES.md`), so
that sheets look the same everywhere. For the rest (Chinese, Japanese, Korean, Indic scripts, emoji)
fonts that systems are known to have are asked first, then whatever fontconfig knows of. Whether a
font really draws a character is always tried.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SHIPPED = Path(__file__).parent / "fontfiles"
MAX_FONT_FILES = 4000
_BASE = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
_OTHERS = ("NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf")
# Of the machine, asked in this order: by script first, then the wide ones, then emoji.
_KNOWN = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "msyh.ttc",
    "YuGothR.ttc",
    "meiryo.ttc",
    "malgun.ttf",
    "Nirmala.ttf",
    "Nirmala.ttc",
    "LeelawUI.ttf",
    "DroidSansFallbackFull.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "Kohinoor.ttc",
    "segoeui.ttf",
    "Arial Unicode.ttf",
    "arial.ttf",
    "NotoColorEmoji.ttf",
    "Apple Color Emoji.ttc",
    "NotoEmoji-Regular.ttf",
    "seguiemj.ttf",
    "Apple Symbols.ttf",
    "seguisym.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "DejaVuSans.ttf",
    "Symbola.ttf",
    "unifont.ttf",
    "unifont.otf",
)
_STRIKES = (109, 160, 136, 128, 64)
"""Sizes in pixels of fonts that are pictures (colour emoji), which have no other."""
_PATIENCE = 20.0
"""Seconds fontconfig may take; where it is asked the first time it reads every font."""
_PLAIN_LAST = ("bold", "italic", "oblique", "serif", "mono", "cond", "light", "black", "thin")


@dataclass(frozen=True, slots=True)
class Face:
    """A font at a size. One that is made of pictures has its own size: what it draws is then
    scaled by `scale`, which is 1 for all others."""

    font: FreeTypeFont
    scale: float = 1.0

    @property
    def is_pictures(self) -> bool:
        """Whether what it draws are pictures in colour."""
        return self.scale != 1.0

    def length(self, text: str) -> float:
        """How wide `text` will be, in pixels."""
        return self.font.getlength(text) * self.scale


@dataclass(frozen=True, slots=True)
class Found:
    """A font that has a character; `path` is None for the one built into Pillow."""

    path: Path | None


def load_face(path: Path | None, size: int, *, shaping: bool = True) -> Face:
    """A font at a size in pixels; without `shaping` each character is drawn as its font has it.

    Raises OSError for what is no font that can be used.
    """
    from PIL import ImageFont

    layout = None if shaping else ImageFont.Layout.BASIC

    if path is None:
        font = ImageFont.load_default(size)
        # With FreeType, which every published Pillow has, a size always gives a scalable font.
        assert isinstance(font, ImageFont.FreeTypeFont)
        return Face(font)
    try:
        return Face(ImageFont.truetype(path, size, layout_engine=layout))
    except OSError:
        for strike in _STRIKES:
            try:
                return Face(ImageFont.truetype(path, strike, layout_engine=layout), size / strike)
            except OSError:
                continue
        raise


@lru_cache(maxsize=2)
def base_font(bold: bool) -> Path | None:
    """The font for ordinary text: the shipped one, or Pillow's own if that cannot be read."""
    path = SHIPPED / _BASE[bold]
    return path if _probe(path) is not None else None


@lru_cache(maxsize=20_000)
def font_for(char: str, bold: bool) -> Found | None:
    """The first font that draws a character; None if none does."""
    for path in _candidates(char, bold):
        if has(path, char):
            return Found(path)
    return None


def font_for_all(text: str, bold: bool) -> Found | None:
    """One font that has every character, so that shaping and direction see the text whole."""
    for path in dict.fromkeys(found.path for char in text if (found := font_for(char, bold))):
        if all(has(path, char) for char in text):
            return Found(path)
    return None


@lru_cache(maxsize=20_000)
def has(path: Path | None, char: str) -> bool:
    """Whether the font draws `char` otherwise than the sign for what it lacks.

    Pillow tells nothing of a font's coverage; comparing the pixels needs no parser of font files.
    """
    if char == " ":
        return True
    probed = _probe(path)
    if probed is None:
        return False
    face, lacking = probed
    drawn = _shape(face, char)
    return drawn is not None and drawn != lacking


# --- the fonts of this machine --------------------------------------------------------------------


def _candidates(char: str, bold: bool) -> Iterator[Path | None]:
    yield base_font(bold)
    for name in _OTHERS:
        yield SHIPPED / name
    yield from _known_fonts()
    for path, letters in _by_fontconfig():
        if any(first <= ord(char) <= last for first, last in letters):
            yield path


def _font_folders() -> list[Path]:
    """Where this system keeps the fonts every user has, and those of this one."""
    if sys.platform == "win32":
        own = os.environ.get("LOCALAPPDATA")
        folders = [Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")]
        return folders + ([Path(own, "Microsoft", "Windows", "Fonts")] if own else [])
    home = os.environ.get("HOME", "")
    if sys.platform == "darwin":
        folders = [Path("/System/Library/Fonts"), Path("/Library/Fonts")]
        return folders + ([Path(home, "Library", "Fonts")] if home else [])
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    return folders + ([Path(home, ".local", "share", "fonts")] if home else [])


@lru_cache(maxsize=1)
def _installed() -> dict[str, Path]:
    """Every font file by its name in lower case, in a fixed order; the first of a name wins."""
    found: dict[str, Path] = {}
    for folder in _font_folders():
        for where, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                if name.lower().endswith((".ttf", ".otf", ".ttc")) and len(found) < MAX_FONT_FILES:
                    found.setdefault(name.lower(), Path(where, name))
    return found


def installed_digest() -> str:
    """Tells one set of installed fonts from another: by name and size of each file."""
    sizes: list[str] = []
    for name, path in sorted(_installed().items()):
        with contextlib.suppress(OSError):
            sizes.append(f"{path.stat().st_size} {name}\n")
    return hashlib.sha256("".join(sizes).encode("utf-8", "backslashreplace")).hexdigest()


@lru_cache(maxsize=1)
def _known_fonts() -> tuple[Path, ...]:
    installed = _installed()
    return tuple(installed[name.lower()] for name in _KNOWN if name.lower() in installed)


@lru_cache(maxsize=1)
def _by_fontconfig() -> tuple[tuple[Path, tuple[tuple[int, int], ...]], ...]:
    """Every font fontconfig knows of, the plainest first, with the characters it says it has;
    nothing where there is no fontconfig."""
    command = shutil.which("fc-list")
    if command is None:
        return ()
    try:
        done = subprocess.run(
            [command, ":scalable=true", "--format=%{file}\t%{charset}\n"],
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    fonts: dict[Path, tuple[tuple[int, int], ...]] = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        name, _, letters = line.partition("\t")
        ranges = [part.partition("-") for part in letters.split()]
        try:
            found = tuple((int(a, 16), int(b or a, 16)) for a, _, b in ranges)
        except ValueError:
            continue
        fonts[Path(name)] = fonts.get(Path(name), ()) + found
    return tuple(sorted(fonts.items(), key=lambda one: (_plainness(one[0]), str(one[0]))))


def _plainness(path: Path) -> int:
    name = path.name.lower()
    return sum(word in name for word in _PLAIN_LAST)


@lru_cache(maxsize=256)
def _probe(path: Path | None) -> tuple[Face, tuple[object, bytes] | None] | None:
    """A small instance of a font and what it draws for a character it lacks; None if unusable."""
    try:
        # Shaping would set a mark that the font lacks on a circle, which looks like something.
        face = load_face(path, 16, shaping=False)
        return face, _shape(face, "\U0010ffff")
    except OSError:  # damaged, of an unknown kind, or not to be read
        return None


def _shape(face: Face, char: str) -> tuple[object, bytes] | None:
    """What a font draws for a character; None if it draws nothing at all."""
    if not face.is_pictures:
        mask = face.font.getmask(char)
        return mask.size, bytes(mask)
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (_STRIKES[1], _STRIKES[1]))
    try:
        ImageDraw.Draw(picture).text((0, 0), char, font=face.font, embedded_color=True)
    except OSError:  # said of a character that a font of pictures lacks
        return None
    box = picture.getbbox()
    return (box, picture.tobytes()) if box else None


CACHES = (base_font, font_for, has, _installed, _known_fonts, _by_fontconfig, _probe)
"""What is remembered of this machine's fonts."""
