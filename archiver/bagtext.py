"""The tag files of any BagIt bag as text: declaration, manifests, metadata, list of what to fetch.

Pure: bytes or text in; values, and in words what is wrong with them, out. Where versions 0.93 to
1.0 (RFC 8493) differ, the declared one decides; where the reference validator is lax, this is not.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

WEAK = frozenset({"md5", "sha1"})
"""Still found in old bags: they show decay, but no longer a change that somebody meant to hide."""
ALGORITHMS = {
    **{"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128},
    **{"sha3_224": 56, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128},
    **{"blake2b": 128, "blake2s": 64},
}
"""Every algorithm that can be checked, with the hexadecimal digits of its hashes."""
VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")

_DECLARATION = re.compile(
    r"BagIt-Version: (\d+\.\d+)(?:\r\n|\n|\r)"
    r"Tag-File-Character-Encoding: ([A-Za-z0-9_.:-]+)(?:\r\n|\n|\r)?\Z"
)
_ENTRY = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)\Z", re.DOTALL)
_NO_TAG_ENCODINGS = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
)
_OTHER_BREAKS = re.compile("[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
"""What some readers, the reference validator among them, take for the end of a line."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_PERCENT = re.compile(r"%(?!25|0[DdAa])")


@dataclass(frozen=True, slots=True)
class Declared:
    """What `bagit.txt` declares; `encoding` is the name of a Python codec."""

    version: str = "1.0"
    encoding: str = "utf-8"

    @property
    def number(self) -> tuple[int, int]:
        """The version, to compare."""
        major, _, minor = self.version.partition(".")
        return int(major), int(minor)

    @property
    def metadata(self) -> str:
        """The name of the metadata file: `package-info.txt` up to 0.95."""
        return "package-info.txt" if self.number < (0, 96) else "bag-info.txt"


def read_declaration(body: bytes) -> tuple[Declared, list[str]]:
    """`bagit.txt` (RFC 8493 §2.1.1): exactly two lines, UTF-8, no byte-order mark, no space before
    a colon. What is wrong with it is read as 1.0 and UTF-8."""
    found = _DECLARATION.match(body.decode("utf-8", "replace"))
    if found is None:
        return Declared(), ["is not a bag declaration (RFC 8493 §2.1.1)"]
    if found[1] not in VERSIONS:
        return Declared(), [f"declares version {found[1]}, which is not known"]
    encoding = _encoding(found[2])
    if encoding is None:
        return Declared(found[1]), [f"declares the unknown encoding {found[2]}"]
    return Declared(found[1], encoding), []


def _encoding(name: str) -> str | None:
    """Python's codec of a declared character encoding; None for what encodes no text."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # refuses codecs that are not between text and bytes
    except (LookupError, UnicodeError):
        return None
    return None if found.replace("_", "-") in _NO_TAG_ENCODINGS else found


def decoded(body: bytes, encoding: str) -> tuple[str, list[str]]:
    """A tag file's text, and what is wrong with its form.

    Raises UnicodeDecodeError when it is not in its declared encoding.
    """
    text = body.decode(encoding)
    wrong = []
    if text.startswith("\ufeff"):
        text = text[1:]
        if encoding == "utf-8":
            wrong.append("begins with a byte-order mark")
    if _OTHER_BREAKS.search(text):
        wrong.append("holds a character that some readers take for the end of a line")
    return text, wrong


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, with their number, whatever ends them."""
    return ((number, line) for number, line in enumerate(_LINE_END.split(text), 1) if line)


# --- manifests --------------------------------------------------------------------------------


def read_entries(
    text: str, algorithm: str, declared: Declared, *, tag: bool | None
) -> tuple[dict[str, str], list[str]]:
    """The hashes of a manifest by path, and each line that is none, lists a path a second time or
    names what does not belong into it. `tag` is None for a plain list, which may name anything."""
    entries: dict[str, str] = {}
    wrong = []
    for number, line in _lines(text):
        found = _ENTRY.match(line)
        if found is None or len(found[1]) != ALGORITHMS[algorithm]:
            wrong.append(f"line {number} is not a manifest entry")
            continue
        path, fault = read_path(found[2], declared)
        fault = fault or _misplaced(path, tag)
        if fault:
            wrong.append(f"line {number}: {path} {fault}")
        elif path in entries:
            wrong.append(f"line {number} lists {path} a second time")
        else:
            entries[path] = found[1].lower()
    return entries, wrong


def read_path(written: str, declared: Declared) -> tuple[str, str | None]:
    """A path as it stands on disk, and what is wrong with how a manifest writes it, if anything.

    CR and LF are percent-encoded in every version that speaks of them; the percent sign itself
    only since 1.0 (RFC 8493 §2.1.3), where one that is not encoded is a fault.
    """
    fault = None
    path = written.removeprefix("./")
    if declared.number >= (1, 0) and _PERCENT.search(path):
        fault = "has a percent sign that is not written %25 (RFC 8493 §2.1.3)"
    path = re.sub("%0D", "\r", path, flags=re.IGNORECASE)
    path = re.sub("%0A", "\n", path, flags=re.IGNORECASE)
    if declared.number >= (1, 0):
        path = path.replace("%25", "%")
    return path, fault or _leads_away(path)


def _leads_away(path: str) -> str | None:
    parts = path.split("/")
    if path.startswith(("/", "~", "\\")) or ".." in parts or re.match("[A-Za-z]:", path):
        return "leads out of the bag"
    if "" in parts or "." in parts or path != path.strip() or "\0" in path:
        return "is not a plain path"
    return None


def _misplaced(path: str, tag: bool | None) -> str | None:
    if tag is None:
        return None
    if not tag:
        return None if path.startswith("data/") else "does not lie in data/"
    if path.startswith("data/"):
        return "is payload, which no tag manifest may list"
    if re.fullmatch(r"tagmanifest-[^/]+\.txt", path):
        return "is a tag manifest, which no tag manifest may list"
    return "is not a plain path" if path.startswith("*") else None


# --- metadata, fetch.txt ----------------------------------------------------------------------


def read_elements(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The elements of `bag-info.txt` in order (RFC 8493 §2.2.2), a folded line joined."""
    elements: list[tuple[str, str]] = []
    wrong = []
    for number, line in _lines(text):
        if line.isspace():
            continue
        if line[0].isspace() and elements:
            label, value = elements[-1]
            elements[-1] = (label, f"{value} {line.strip()}")
            continue
        label, colon, value = line.partition(":")
        if not colon or not label.strip():
            wrong.append(f"line {number} is not an element")
            continue
        elements.append((label.strip(), value.strip()))
    return elements, wrong


def stated_oxum(elements: list[tuple[str, str]]) -> tuple[str | None, list[str]]:
    """The `Payload-Oxum`, bytes `.` files, and what is wrong with it. Labels are compared without
    case; it may stand there once (RFC 8493 §2.2.2)."""
    found = [value for label, value in elements if label.casefold() == "payload-oxum"]
    if not found:
        return None, []
    if len(found) > 1:
        return None, ["states Payload-Oxum more than once"]
    if not re.fullmatch(r"[0-9]+\.[0-9]+", found[0]):
        return None, [f"its Payload-Oxum is not one: {found[0][:80]}"]
    size, _, files = found[0].partition(".")
    return f"{int(size)}.{int(files)}", []


def read_fetch(text: str, declared: Declared) -> tuple[list[str], list[str]]:
    """The files `fetch.txt` names (RFC 8493 §2.2.3), and what is wrong with it."""
    paths = []
    wrong = []
    for number, line in enumerate(_LINE_END.split(text.removesuffix("\n").removesuffix("\r")), 1):
        parts = line.strip().split(None, 2)
        if len(parts) != 3 or not re.fullmatch(r"[0-9]+|-", parts[1]) or not _is_url(parts[0]):
            if text:
                wrong.append(f"line {number} is not an entry: address, length, file")
            continue
        path, fault = read_path(parts[2], declared)
        if fault or not path.startswith("data/"):
            wrong.append(f"line {number}: {path} {fault or 'does not lie in data/'}")
            continue
        paths.append(path)
    return paths, wrong


def _is_url(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "file" or bool(parts.scheme and parts.netloc)
