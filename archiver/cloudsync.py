"""Folders that a cloud service copies to other computers, and the second copies it makes.

Such a service knows nothing of a lock, and where two computers wrote it keeps both files under two
names. An archive may lie there, but only one computer may write to it; when two did, nothing more
is written until a person has said which of the two goes on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from archiver.archive import ARCHIVE_JSON, Archive, ledger_key
from archiver.errors import ArchiveDamaged
from archiver.ledger import LEDGER_FILE

_BY_NAME = (
    ("Dropbox", r"dropbox( \(.+\))?"),
    ("OneDrive", r"onedrive( - .+)?"),
    ("Google Drive", r"google ?drive(-.+)?|my drive|drivefs"),
    ("iCloud Drive", r"icloud ?drive|mobile documents|com~apple~clouddocs"),
    ("Nextcloud", r"nextcloud\d*"),
    ("ownCloud", r"owncloud\d*"),
    ("Box", r"box|box sync|box-box"),
    ("pCloud", r"pcloud ?drive|pcloud ?sync|pcloud"),
    ("Syncthing", r"syncthing"),
    ("Resilio Sync", r"resilio ?sync"),
)
_BY_MARK = (
    ("Dropbox", ".dropbox"),
    ("Dropbox", ".dropbox.cache"),
    ("Syncthing", ".stfolder"),
    ("ownCloud", ".owncloudsync.log"),
    ("Nextcloud", ".nextcloudsync.log"),
    ("Resilio Sync", ".sync/ID"),
    ("Google Drive", ".tmp.driveupload"),
)
_NOT_OURS = re.compile(r"[ ().]")
"""What no job folder's name of ours holds."""
_HOW_TO = (
    "docs/how-to.md, “A cloud folder made two of one”, says how to go on; nothing was written."
)


def cloud_service(root: Path) -> str | None:
    """The name of the service whose folder an archive lies in, as far as can be told."""
    root = root.absolute()
    for part in root.parts:
        for name, pattern in _BY_NAME:
            if re.fullmatch(pattern, part, re.IGNORECASE):
                return name
    for folder in (root, *root.parents):
        for name, mark in _BY_MARK:
            if (folder / mark).exists():
                return name
    return None


def cloud_warning(root: Path) -> str | None:
    """What to say of an archive in such a folder, or None."""
    name = cloud_service(root)
    if name is None:
        return None
    return (
        f"This folder is copied to other computers by {name}: let one computer alone write to the "
        "archive, and let the copying finish before and after each run."
    )


# --- second copies ----------------------------------------------------------------------------


def refuse_conflicts(archive: Archive) -> None:
    """Raises ArchiveDamaged when a service has made two of one of the archive's own files or
    folders; a ledger with two heads says how the two stand to each other."""
    found = list(conflicts(archive))
    if not found:
        return
    heads = [path for path in found if path.parent == archive.ledger]
    said = "; ".join(
        f"{path.relative_to(archive.root).as_posix()}"
        + (f" ({_heads(archive.ledger / LEDGER_FILE, path)})" if path in heads else "")
        for path in found[:5]
    )
    what = "The ledger has two heads" if heads else "There are conflict copies in this archive"
    more = f", and {len(found) - 5} more" if len(found) > 5 else ""
    raise ArchiveDamaged(f"{what}: {said}{more}.", _HOW_TO)


def conflicts(archive: Archive) -> Iterator[Path]:
    """Every second copy of the ledger, `archive.json`, the catalogue and job folders."""
    yield from _doubles(archive.ledger, LEDGER_FILE)
    yield from _doubles(archive.root, ARCHIVE_JSON)
    yield from _doubles(archive.private, archive.catalog_file.name)
    if archive.jobs.is_dir():
        for year in sorted(archive.jobs.iterdir()):
            if year.is_dir():
                names = {path.name for path in year.iterdir()}
                yield from (year / name for name in sorted(names) if _is_double(year, name, names))


def _doubles(folder: Path, name: str) -> Iterator[Path]:
    """Files beside `name` that are called like a copy of it: `ledger (1).jsonl`, `ledger-PC.jsonl`,
    `ledger.sync-conflict-….jsonl`, `ledger.jsonl.Conflict`."""
    stem, _, kind = name.partition(".")
    pattern = re.compile(
        rf"{stem}(?!\.{kind}\Z)[ ._(-].*\.{kind}|{stem}\.{kind}.*conflict.*", re.IGNORECASE
    )
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))


def _is_double(year: Path, name: str, names: Collection[str]) -> bool:
    """Whether a job folder's name is that of another one with something behind it.

    A title can make a name look so (it may hold another job's id), so the bag has the last word.
    """
    if not any(start in names for start in _starts(name)):
        return False
    key = ledger_key(year / name)
    return key is None or not name.endswith(f"-{key}")


def _starts(name: str) -> Iterator[str]:
    """A name up to the first character that is not ours, and without its last one, two, three
    parts (`DESKTOP-4F2K` is two)."""
    if (found := _NOT_OURS.search(name)) is not None:
        yield name[: found.start()]
    for _ in range(3):
        name, mark, _ = name.rpartition("-")
        if not mark:
            return
        yield name


def _heads(ours: Path, theirs: Path) -> str:
    try:
        return compare_heads(ours.read_bytes(), theirs.read_bytes())
    except OSError as error:
        return f"it cannot be compared: {error}"


def compare_heads(ours: bytes, theirs: bytes) -> str:
    """How a second ledger stands to `ledger.jsonl`: the same, older, newer, or forked and where."""
    mine, other = ours.splitlines(), theirs.splitlines()
    pairs = zip(mine, other, strict=False)
    same = next(
        (number for number, (one, two) in enumerate(pairs) if one != two),
        min(len(mine), len(other)),
    )
    if same == len(mine) == len(other):
        return "it is the same, entry for entry, and may be removed"
    if same == len(other):
        return f"all its {same} entries stand in {LEDGER_FILE}, which goes on: the copy is older"
    if same == len(mine):
        return f"it holds all {same} entries of {LEDGER_FILE} and goes on: the copy is newer"
    return f"the two agree up to entry {same} and fork there: two computers wrote"
