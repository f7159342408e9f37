"""Addresses in what somebody wrote, as links that a reader can follow without being deceived.

The words stay exactly as sent: a link's text is the address itself. Only http, https, mailto and
tel are ever linked. An address is left as plain text when it cannot be shown for what it is
(invisible or direction-changing characters), and where the eye may take one host for another
(letters outside ASCII, or a name before an `@`), the host that a browser will really ask is said
beside it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from urllib.parse import quote

import idna
from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from archiver.addresses import parts

LINKED_UP_TO = 20_000
"""Characters: a longer text is shown without links, as nobody writes one to be clicked."""
_MAYBE = re.compile(r"https?:|mailto:|tel:|www\.|@", re.IGNORECASE)
_TEL = re.compile(r"\+?[0-9][0-9().\-]{2,30}")
_SCHEMES = ("http:", "https:", "mailto:", "tel:")
_UNCHANGED = "%/:=&?~#+!$,;'@()*[]"
"""What stays as it is in an address, so that one that is encoded already is not encoded twice."""


@cache
def _finder() -> LinkifyIt:
    """The link finder: explicit http, https, mailto and tel, e-mail addresses, and `www.`."""
    finder = LinkifyIt()
    finder.add("ftp:", None)
    finder.add("//", None)
    finder.add("tel:", {"validate": _tel_length})
    return finder


def _tel_length(_finder: LinkifyIt, text: str, at: int) -> int:
    found = _TEL.match(text, at)
    return len(found.group()) if found else 0


def linked(text: str) -> str | Markup:
    """`text` with the addresses in it as links; the words themselves stay exactly as sent."""
    if len(text) > LINKED_UP_TO or not _MAYBE.search(text):
        return text
    pieces: list[Markup] = []
    end = 0
    for match in _finder().match(text) or ():
        bare = match.schema == "" and not match.raw.lower().startswith("www.")
        if bare or match.index < end:
            continue
        link = _link(match.url, match.raw)
        if link is None:
            continue
        pieces += (escape(text[end : match.index]), link)
        end = match.last_index
    if not pieces:
        return text
    pieces.append(escape(text[end:]))
    return Markup("").join(pieces)


def _link(url: str, shown: str) -> Markup | None:
    """The link of one address, or None if it may not be one."""
    if not url.lower().startswith(_SCHEMES) or not _is_plain(url):
        return None
    host, deceptive = "", False
    if url[:4].lower() == "http":
        found = parts(url)
        if found is None or "\\" in url:
            return None
        host, deceptive = found.host, found.user is not None
    elif url[:7].lower() == "mailto:":
        host = url.rpartition("@")[2].partition("?")[0]
    asked = _ascii_host(host)
    if asked is None:
        return None
    if asked != host:
        # From the right: a name before an `@` may look like the host.
        before, _, after = url.rpartition(host) if host in url else url.lower().rpartition(host)
        url, deceptive = f"{before}{asked}{after}", True
    address = quote(url, safe=_UNCHANGED)
    if deceptive:
        return Markup('<a href="{}" rel="noopener noreferrer" data-host="{}">{}</a>').format(
            address, asked, shown
        )
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, shown)


def _is_plain(url: str) -> bool:
    """Whether every character of an address can be seen and stays where it is: no control, no
    lone surrogate, none that is invisible or turns the direction of what follows."""
    return url.isascii() or not any(unicodedata.category(char)[0] in "CZ" for char in url)


def _ascii_host(host: str) -> str | None:
    """A host as browsers ask for it (UTS #46); None for what is no host name at all."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
