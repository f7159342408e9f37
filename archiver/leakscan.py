"""A folder as it would be published, gone through file by file for what must not be seen.

Reads only. What may lie there at all is judged by name first: an archive's own books, keys and
leftovers are named whatever is in them.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from archiver.leakcontents import MAX_FILE
from archiver.leaks import Finding, Rules, findings_in, findings_in_name, masked
from archiver.templating import templates_folder

_BOOKS = {
    "ledger": "the archive's ledger",
    "snapshots": "raw answers of WorkPhotos",
    "archive.json": "the archive's own settings",
    "archiver.toml": "the archive's own settings",
    "salt": "a seal's salt",
    "damaged": "what arrived broken",
    "proof": "the proof for an auditor",
}
_KEYS = re.compile(
    r"\.(?:pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg|age|env|netrc)\Z|\Aid_(?:rsa|dsa|ecdsa|ed25519)\b"
    r"|\A(?:auth[_-]?key|credentials?|secrets?)(?:\.[a-z]+)?\Z"
)
_LEFTOVERS = re.compile(
    r"(?:~|\.bak|\.orig|\.swp|\.tmp|\.part|\.log|\.sqlite3?(?:-wal|-shm)?|\.db)\Z"
)
_SCRIPT = re.compile(rb"(?<=<script>).+?(?=</script>)", re.DOTALL)
ALLOWED_HIDDEN = frozenset({".htaccess"})


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found, and how much it looked at."""

    findings: tuple[Finding, ...]
    files: int
    size: int


def scan_folder(
    folder: Path, rules: Rules, progress: Callable[[int], None] = lambda size: None
) -> Scan:
    """Everything in `folder` that must not be seen, in the order of its paths. `progress` is told
    bytes as they are done. Raises OSError only where `folder` itself cannot be listed."""
    findings: list[Finding] = []
    known: dict[bytes, tuple[Finding, ...]] = {}
    files = size = 0
    for path in entries_below(folder):
        name = path.relative_to(folder).as_posix()
        forbidden = why_forbidden(path, name)
        findings += findings_in_name(_spoken(name), rules)
        shown = masked(_spoken(name), rules)
        if forbidden is not None:
            findings.append(Finding(shown, "forbidden", forbidden))
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                continue
            found, read = _in_file(path, shown, rules, known)
        except OSError as error:
            found, read = (Finding(shown, "unread", f"cannot be read ({error.strerror})"),), 0
        findings += found
        files, size = files + 1, size + read
        progress(read)
    return Scan(tuple(findings), files, size)


def _in_file(
    path: Path, shown: str, rules: Rules, known: dict[bytes, tuple[Finding, ...]]
) -> tuple[tuple[Finding, ...], int]:
    """What is found in a file, and its size. `known` is what was found in equal ones: every job
    brings the same assets along. Raises OSError."""
    if path.lstat().st_size > MAX_FILE:
        return (Finding(shown, "unread", "too large to look into"),), 0
    body = path.read_bytes()
    if hashlib.sha256(body).digest() in _shipped():
        return (), len(body)
    alike = hashlib.sha256(path.suffix.encode("utf-8", "surrogateescape") + b"\n" + body).digest()
    if alike not in known:
        known[alike] = findings_in(path.name, _without_ours(path.name, body), rules)
    return tuple(replace(one, file=shown) for one in known[alike]), len(body)


@cache
def _shipped() -> frozenset[bytes]:
    """The hashes of the assets that come with the program: the same for everybody, so they tell
    nothing (a test goes through them)."""
    files = (templates_folder() / "assets").rglob("*.*")
    return frozenset(hashlib.sha256(one.read_bytes()).digest() for one in files if one.is_file())


def _without_ours(name: str, body: bytes) -> bytes:
    """A page without those of our scripts that stand in it word for word (pages of unlisted jobs
    and of zips have them all inline): they are most of such a page. The lines stay the same."""
    if not name.endswith(".html"):
        return body
    return _SCRIPT.sub(
        lambda found: (
            b"\n" * found[0].count(b"\n")
            if hashlib.sha256(found[0]).digest() in _shipped()
            else found[0]
        ),
        body,
    )


def _spoken(name: str) -> str:
    """A path's text; bytes that are none become marks."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def entries_below(folder: Path) -> Iterator[Path]:
    """Every file and folder below, sorted; links are told, never followed. Raises OSError."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = Path(entry.path)
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from entries_below(path)


def why_forbidden(path: Path, name: str) -> str | None:
    """Why something may not lie in a published folder at all, in words; None when it may.

    `name` is its path in the folder. Raises nothing.
    """
    last = name.rpartition("/")[2].casefold()
    if last.startswith(".") and name not in ALLOWED_HIDDEN:
        return "a hidden file or folder"
    if last in _BOOKS:
        return _BOOKS[last]
    if _KEYS.search(last):
        return "a key file, by its name"
    if _LEFTOVERS.search(last):
        return "a leftover, log or database"
    try:
        mode = path.lstat().st_mode
    except OSError:
        return None
    if stat.S_ISLNK(mode):
        return "a symbolic link, which may lead anywhere"
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return "no ordinary file"
    return None
