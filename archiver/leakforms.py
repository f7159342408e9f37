"""Secrets, addresses and positions as they look in any text: a short list of known forms.

No library is used for the secrets. The one that is kept for this (detect-secrets 1.5) is made for
lines of source code: it judges by entropy, so finds a secret in every SHA-256 of our pages, and
knows neither signed addresses nor positions. What is listed here has a form of its own and is
found with certainty; what has none is found by its label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A secret found by its form: what it is, itself, and at which character. `signs` says that
    it is what signs an address."""

    what: str
    value: str
    at: int
    signs: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A position in degrees, or the half of one that could be read."""

    latitude: float | None
    longitude: float | None

    def __str__(self) -> str:
        """So much of it that it is known again: a tenth of a degree is about 10 km."""
        halves = (self.latitude, self.longitude)
        return ", ".join("?" if half is None else f"{half:.1f}…" for half in halves)


# --- what signs an address ------------------------------------------------------------------------

# Amazon S3 and CloudFront, Google Cloud Storage, Azure (its short names only with `sig`, which is
# the one that opens it), Akamai, and what others call a token. `addresses` has the first ones too.
_SIGNED = re.compile(
    r"[?&;](?P<name>x-(?:amz|goog)-[a-z0-9-]{1,40}|awsaccesskeyid|googleaccessid|signature|expires"
    r"|policy|key-pair-id|sig|hmac|hdne?ts|hdnea|__token__|jwt|sas|auth|auth_?key|auth_?token"
    r"|access_?token|id_?token|refresh_?token|api_?key|token|password|passwd|secret)"
    r"=(?P<value>[^&;#\s\"'<>\\)]{4,})",
    re.IGNORECASE,
)

# --- keys and tokens ------------------------------------------------------------------------------

FORMS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (what, signs, re.compile(form))
    for what, signs, form in (
        (
            "a private key",
            ("PRIVATE KEY",),
            r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
        ),
        ("a private key", ("AGE-SECRET-KEY",), r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"),
        ("a token (JWT)", ("eyJ",), r"\beyJ[\w-]{6,}\.eyJ[\w-]{6,}\.[\w-]{6,}"),
        ("an Amazon key", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("a Google key", ("AIza",), r"\bAIza[\w-]{35}"),
        ("a Google token", ("ya29",), r"\bya29\.[\w-]{20,}"),
        (
            "a GitHub token",
            ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
            r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
        ),
        ("a GitLab token", ("glpat-",), r"\bglpat-[\w-]{20,}"),
        ("a Slack token", ("xox",), r"\bxox[abeoprs]-[\w-]{10,}"),
        ("a Slack address", ("hooks.slack.com",), r"hooks\.slack\.com/services/\w+/\w+/\w{10,}"),
        ("a Stripe key", ("_live_", "_test_"), r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
        ("a SendGrid key", ("SG.",), r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
        ("an npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{30,}"),
        ("an OpenAI or Anthropic key", ("sk-",), r"\bsk-(?:ant-|proj-)?[\w-]{32,}"),
        ("an Azure storage key", ("AccountKey=",), r"AccountKey=[A-Za-z0-9+/=]{40,}"),
        (
            "a name and password in an address",
            ("://",),
            r"://(?<=[a-z0-9+.-]://)[^\s/?#\"'<>@:]+:[^\s/?#\"'<>@]+@",
        ),
    )
)
"""What a secret is, signs of which every text of its form holds one, and the form: to look for a
sign costs a hundredth."""
_SIGNS = re.compile("|".join(re.escape(sign) for _, signs, _ in FORMS for sign in signs))
_BEARER = re.compile(r"B(?<!\w.)(?:earer|asic)\s+(?P<value>[\w.~+/=-]{16,})")
# A label, then a value in quotes or, for names that are nothing else, without.
_LABELLED = re.compile(
    r"(?P<name>(?:auth|api|access|secret|private|account|signing)[_-]?key(?:[_-]?id)?"
    r"|(?:access|auth|refresh|id|bearer)[_-]?token|client[_-]?secret|passw(?:or)?d|passphrase|secret)"
    r"[\"']?\s{0,3}[:=]\s{0,3}"
    r"(?:\"(?P<a>[^\"\s]{6,200})\"|'(?P<b>[^'\s]{6,200})'|(?P<c>(?=[A-Za-z_.~+/-]*\d)[\w.~+/=-]{8,200}))",
    re.IGNORECASE,
)
# What every label ends with; without it a text is not gone through for labels.
_LABEL_END = re.compile(
    r"[kK\u212atTsS\u017fpP](?i:ey(?:[_-]?id)?|oken|ecret|assw(?:or)?d|assphrase)[\"']?\s{0,3}[:=]"
)


def secrets_in(text: str) -> Iterator[Form]:
    """Signed addresses, keys and tokens in a text."""
    signed: set[int] = set()
    for found in _SIGNED.finditer(text) if "=" in text else ():
        signed.add(found.start("value"))
        yield Form(
            f"a signed address ({found['name'][:30]})", found["value"], found.start(), signs=True
        )
    for what, signs, form in FORMS if _SIGNS.search(text) else ():
        for found in form.finditer(text) if any(sign in text for sign in signs) else ():
            yield Form(what, found[0], found.start())
    for found in _BEARER.finditer(text):
        yield Form("a token (Bearer)", found["value"], found.start())
    for found in _LABELLED.finditer(text) if _LABEL_END.search(text) else ():
        group = next(one for one in "abc" if found[one] is not None)
        # `?token=` was told already; `"password": "password"` is a label twice.
        if found.start(group) not in signed and found[group].casefold() != found["name"].casefold():
            yield Form(f"a secret ({found['name'][:30]})", found[group], found.start())


# --- outside addresses ----------------------------------------------------------------------------

# Looked for by the slashes, which are few, and then by what stands before them.
_SLASHES = re.compile(r"[/\\]{2}")
_SCHEME = re.compile(r"\b(?:https?|wss?|ftps?|sftp|file):\Z", re.IGNORECASE)
_LONGEST_SCHEME = len("https:") + 1
_BEHIND_SCHEME = re.compile(r"//[^\s\"'<>`\\)\]}|^]+")
# The scheme left out, as browsers allow in a link, in CSS and in imports.
_LINK = re.compile(
    r"(?:\b(?:src|href|action|poster|data|srcset|content|cite|background|formaction|ping)\s*=\s*[\"']?"
    r"|url\(\s*[\"']?|@?\bimport\s*\(?\s*[\"']|\bfrom\s*[\"']|\bfetch\(\s*[\"'])\Z",
    re.IGNORECASE,
)
_LONGEST_LINK = len("formaction") + 1
_BEHIND_LINK = re.compile(r"[/\\]{2}[\w\[][^\s\"'<>)]*")
NAMES = frozenset(
    {
        # Names in XML and XMP, which nobody asks for.
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://www.w3.org/XML/1998/namespace",
        "http://purl.org/dc/elements/1.1/",
        "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
        "http://www.metadataworkinggroup.com/schemas/regions/",
        # What the licences of our vendored scripts say of where they come from.
        "https://photoswipe.com",
        "https://dimsemenov.com",
        # The pattern of a map's address in our pages: nobody is asked before a person clicks it,
        # and it has no position in it.
        "https://www.openstreetmap.org/?mlat=LAT&mlon=LON#map=17/LAT/LON",
        "https://www.openstreetmap.org/?mlat=LAT&amp;mlon=LON#map=17/LAT/LON",
    }
)
"""Addresses that are names, or told in a licence: known by their exact text."""
_NAMESPACES = (
    "http://ns.adobe.com/",
    "http://ns.google.com/",
    "http://www.aiim.org/",
    "http://cipa.jp/exif/",
)


def addresses_in(text: str) -> Iterator[tuple[int, str]]:
    """Addresses in a text that lead elsewhere, each with the character where it begins."""
    at = end = 0
    while slashes := _SLASHES.search(text, at):
        begin = slashes.start()
        at = begin + 1
        scheme = _SCHEME.search(text, max(0, begin - _LONGEST_SCHEME), begin)
        found = _BEHIND_SCHEME.match(text, begin) if scheme and begin >= end else None
        if scheme and found:
            end = found.end()
            address = (scheme[0] + found[0]).rstrip(".,;:!?*")
            if address not in NAMES and not address.startswith(_NAMESPACES):
                yield scheme.start(), address
        elif link := _bare_link(text, begin):
            yield begin, link


def _bare_link(text: str, begin: int) -> str | None:
    """The address without a scheme that begins with slashes, if it would be followed."""
    bare = _BEHIND_LINK.match(text, begin)
    if bare is None:
        return None
    start = begin  # of what stands between, however many blanks that are
    while start and (text[start - 1].isspace() or text[start - 1] in "\"'(="):
        start -= 1
    return bare[0] if _LINK.search(text, max(0, start - _LONGEST_LINK), begin) else None


# --- positions ------------------------------------------------------------------------------------

_NUMBER = r"-?\d{1,3}(?:\.\d{1,20})?"
_FINE = r"-?\d{1,3}\.\d{3,20}"
PAIRS = tuple(
    (sign, re.compile(form, re.IGNORECASE))
    for sign, form in (
        ("geo:", rf"\bgeo:({_NUMBER}),({_NUMBER})"),
        ("mlat=", rf"[?&;]mlat=({_NUMBER})&(?:amp;)?mlon=({_NUMBER})"),
        ("#map=", rf"#map=\d+(?:\.\d+)?/({_NUMBER})/({_NUMBER})"),
        ("", rf"[/@!](?:@|3d)({_FINE})(?:,|!4d)({_FINE})"),
        (
            "=",
            rf"[?&;](?:q|ll|sll|center|query|daddr|saddr|destination|loc|cp|markers|coordinate)="
            rf"(?:loc:)?({_FINE})(?:,|%2C|~)\+?({_FINE})",
        ),
        ("", rf"[\"']({_FINE}),\s?({_FINE})[\"']"),
        # ISO 6709, in films
        ("", r"([+-](?<![\d.].)\d{2}\.\d{2,12})([+-]\d{3}\.\d{2,12})(?![\d.])"),
        ("place", rf"\bplace[\"']?\s*[:=]\s*[\"']({_NUMBER}),\s*({_NUMBER})[\"']"),
    )
)
"""Forms of positions, each with a sign that every text of that form holds, in small letters."""
_LOOSE = re.compile(r"(?<![\w.,-])(-?\d{1,3}\.\d{4,20})\s?[,;/]\s?(-?\d{1,3}\.\d{4,20})(?![\w.])")
_FINE_POINT = re.compile(r"\.\d{4}")
_DRAWING = re.compile(r"(?<=\s)(?:d|points|transform|viewBox)=(?:\"[^\"]*\"|'[^']*')")
_HALF = re.compile(
    r"(?P<name>[lL](?i:at(?:itude)?|ng|on(?:g(?:itude)?)?))\b[\"']?\s*[:=>]\s*[\"']?"
    r"(?P<value>-?\d{1,3}(?:[.,][\d.]+)+|-?\d{1,3},\d)"
)
_OF_A_PLACE = re.compile(r"(?<!\w)(?:gps)?(?:dest)?\Z", re.IGNORECASE)
_SEXAGESIMAL = re.compile(
    r"(\d{1,3})\s?°\s?(\d{1,2}(?:\.\d+)?)\s?['′’](?:\s?(\d{1,2}(?:\.\d+)?)\s?(?:[\"″”]|''))?\s?([NSEW])"
)


def places_in(text: str, *, loose: bool) -> Iterator[tuple[int, Place]]:
    """Positions in a text; `loose` finds two numbers side by side too, which drawings are full
    of."""
    folded = text.casefold()
    for sign, form in PAIRS:
        for found in form.finditer(text) if sign in folded else ():
            yield from _if_sound(found)
    if loose and _FINE_POINT.search(text):
        shown = _DRAWING.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        for found in _LOOSE.finditer(shown):
            yield from _if_sound(found)
    for found in _HALF.finditer(text):
        begin = _OF_A_PLACE.search(text, max(0, found.start() - 8), found.start())
        value = _degrees(found["value"])
        is_latitude = found["name"].lower().startswith("lat")
        if begin and value:
            yield begin.start(), Place(*((value, None) if is_latitude else (None, value)))
    for found in _SEXAGESIMAL.finditer(text) if "°" in text else ():
        value = float(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
        value = -value if found[4] in "SW" else value
        yield found.start(), Place(*((value, None) if found[4] in "NS" else (None, value)))


def _if_sound(found: re.Match[str]) -> Iterator[tuple[int, Place]]:
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude):
        yield found.start(), Place(latitude, longitude)


def _degrees(text: str) -> float | None:
    """Degrees as JSON has them, or `51,30.0738` and `51,30,4` as XMP has them."""
    try:
        parts = [float(part) for part in text.rstrip(".,").split(",")]
    except ValueError:
        return None
    whole: float = sum(abs(part) / 60.0**at for at, part in enumerate(parts[:3]))
    return -whole if text.startswith("-") else whole
