"""Names on disk: safe on Windows, macOS, Linux and in zips, however hostile the title.

A job's folder is named once, when the job is first seen, and never renamed (contract, *On disk*:
NFC, at most 120 bytes a name, 150 characters from the archive's root, 120 inside a zip).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime

from pathvalidate import sanitize_filename

from archiver.models import RelPath

LONGEST_NAME = 60
"""Characters of a job's folder name: what the longest path inside a zip leaves room for."""
LONGEST_NAME_BYTES = 120
_LONGEST_PLAIN_ID = 40
_PLAIN_ID = re.compile(rf"[0-9A-Fa-f]{{1,{_LONGEST_PLAIN_ID}}}\Z")
_KEPT_CATEGORIES = ("L", "N", "M")


def job_folder(
    job_id: str, title: str | None, created: datetime | None, taken: Collection[str] = ()
) -> str:
    """The name of a new job's folder: `2025-10-22-boiler-service-<id>`.

    `taken` are the folder names already given, case-folded; a name that clashes with one of them
    gets a digest of the id, so two jobs never share a folder, on case-insensitive disks either.
    """
    day = created.astimezone(UTC).date().isoformat() if created else "undated"
    end = job_key(job_id)
    room = LONGEST_NAME - len(day) - len(end) - 2
    name = "-".join(part for part in (day, slug(title or "", room), end) if part)
    if name.casefold() in taken:
        digest = hashlib.sha256(job_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name = f"{day}-{digest}-{end}"
    return name


def folder_path(name: str) -> RelPath:
    """Where a job's folder lies in the archive: `jobs/<year>/<name>`, or `jobs/undated/<name>`."""
    year = "undated" if name.startswith("undated") else name[:4]
    return RelPath(f"jobs/{year}/{name}")


def job_key(job_id: str) -> str:
    """What stands for a job at the end of its folder's name and in the ledger: the id itself where
    it is plain hexadecimal, else a safe form of it that stays unique."""
    return job_id if _PLAIN_ID.match(job_id) else safe_id(job_id)


def safe_id(job_id: str) -> str:
    """A form of any id that is a safe name and stays unique: what is readable of it, and a
    digest of the whole (lone surrogates as they are: escaped, they would be another id's text)."""
    digest = hashlib.sha256(job_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    head = re.sub(r"[^0-9a-z]+", "-", job_id[:40].lower())[:11].strip("-")
    return f"{head}-{digest}" if head else f"id-{digest}"


def slug(text: str, longest: int) -> str:
    """The words of `text` in lower case with `-` between them, cut at a word where possible.

    Letters and digits of any script are kept, in NFC; everything else separates words. The
    result has at most `longest` characters and is empty when nothing is left.
    """
    if longest < 4:
        return ""
    plain = unicodedata.normalize("NFKC", text[:1000]).casefold()
    words = "".join(c if unicodedata.category(c)[0] in _KEPT_CATEGORIES else " " for c in plain)
    joined = unicodedata.normalize("NFC", "-".join(words.split()))
    return _cut(joined, longest)


def _cut(text: str, longest: int) -> str:
    """At most `longest` characters and the bytes a name has room for, whole words if it can be."""
    room = LONGEST_NAME_BYTES - (LONGEST_NAME - longest)
    cut = text[:longest].encode()[:room].decode(errors="ignore")
    if len(cut) < len(text) and text[len(cut)] != "-" and "-" in cut:
        cut = cut[: cut.rindex("-")]
    # A combining mark must not lose its letter at the cut, nor stand first.
    return unicodedata.normalize("NFC", cut).strip("-")


def safe_file_name(text: str, longest: int = 80) -> str:
    """A title as a file name for people (an export's zip): readable, safe everywhere."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[:1000])
    cleaned = sanitize_filename(visible, replacement_text=" ", platform="universal")
    cleaned = re.sub(r"[%#~]", " ", cleaned)
    cleaned = " ".join(unicodedata.normalize("NFC", cleaned).split()).lstrip("-. ")
    return cleaned[:longest].encode()[:LONGEST_NAME_BYTES].decode(errors="ignore").rstrip(". ")
