"""Text as sent, made fit for a page: what HTML cannot carry is shown.

Nothing here is trusted. Escaping is the template engine's work; this module only decides which
characters a page can carry, and which addresses may stand in a link.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote
from zlib import crc32

# Controls other than tab, line feed and carriage return, lone surrogates, and noncharacters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(1 << 16, 17 << 16, 1 << 16)
    )
    + "]"
)
_PLAIN = bytes([0x09, 0x0A, *range(0x20, 0x7F)])
_SAFE_PATH = re.compile(r"[A-Za-z0-9._~/-]*\Z")


def visible(text: str) -> str:
    """`text` with each code point that HTML cannot carry as a visible `\\uXXXX`, as JSON writes it.

    Above U+FFFF that is a pair, as in JSON. Everything else stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNFIT.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def page_bytes(html: str) -> bytes:
    """A finished page in UTF-8, with the rule of `visible` applied to all of it at once.

    Done here, at the only way out, so that no template can forget it. A carriage return is
    written as a reference because an HTML parser would otherwise read it as a line feed.
    """
    try:
        page = html.encode()
    except UnicodeEncodeError:  # a lone surrogate
        page = visible(html).encode()
    # What is left without plain ASCII is little: searching the whole page takes longer than
    # rendering it.
    doubtful = page.translate(None, _PLAIN)
    if doubtful and _UNFIT.search(doubtful.decode()):
        page = visible(html).encode()
    return page.replace(b"\r", b"&#13;") if b"\r" in doubtful else page


def href(path: str) -> str:
    """A relative path, percent-encoded for an `href`; `/` stays between its parts."""
    return path if _SAFE_PATH.match(path) else quote(path, safe="/~")


def web_address(address: str | None) -> str | None:
    """`address` if it may stand in a link as it is: absolute http or https, without controls."""
    if not address or not address.lower().startswith(("http://", "https://")):
        return None
    if _UNFIT.search(address) or any(mark in address for mark in "\t\n\r \\"):
        return None
    return address


@lru_cache(4096)
def initials(name: str) -> str:
    """One or two letters that stand for a name: of its first and its last word.

    `assets/jobrows.js` does the same; keep the two alike.
    """
    words = [word for word in name.split() if any(char.isalnum() for char in word)]
    letters = [next(char for char in word if char.isalnum()) for word in words]
    if not letters:
        return "·"
    return (letters[0] + (letters[-1] if len(letters) > 1 else "")).upper()


@lru_cache(4096)
def tint(name: str) -> int:
    """Which of the eight quiet colours stands for a person, 0 to 7: the same on every page."""
    return crc32(name.encode(errors="surrogatepass")) % 8


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 photo`, `27 photos`, `9,572 photos`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
