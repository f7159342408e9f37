"""What was exported from which archive, noted on this computer: an erasure can then name it.

`export` never writes into an archive, and a zip in somebody's hands cannot be erased. So each
export is noted in the user's own state folder, one JSON object a line, for the user alone to read.
It knows of this computer's exports only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from archiver.record import time_text
from archiver.storage import sha256_bytes

LOG_FILE = "exports.jsonl"
EVERY_JOB = "*"
"""Stands for all jobs of an archive, where ten thousand keys a night would fill the disk. It is
no key: those are of `[0-9a-z-]`."""


@dataclass(frozen=True, slots=True)
class ExportNote:
    """One export: when, where to, its SHA-256, the jobs in it by ledger key (`EVERY_JOB` for all,
    none for the answer to a person's request), and the archive, by the hash of its ledger's first
    line."""

    time: str
    path: str
    sha256: str
    jobs: tuple[str, ...]
    archive: str


def state_folder() -> Path:
    """Where this user's notes lie."""
    import platformdirs

    return platformdirs.user_state_path("workphotos-archiver", appauthor=False)


def archive_mark(ledger: Path) -> str:
    """What tells one archive from another: the hash of its ledger's first line. Raises OSError."""
    with (ledger / "ledger.jsonl").open("rb") as file:
        return sha256_bytes(file.readline())


def note_export(
    folder: Path, now: datetime, path: Path, sha256: str, jobs: Iterable[str], archive: str
) -> None:
    """Note one export. Raises OSError."""
    note = ExportNote(time_text(now), str(path.resolve()), sha256, tuple(jobs), archive)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, json.dumps(asdict(note)).encode() + b"\n")
    finally:
        os.close(file)


def exports_of(folder: Path, archive: str, jobs: Collection[str]) -> tuple[ExportNote, ...]:
    """The exports of an archive that hold one of `jobs`, oldest first; a line that cannot be read
    is passed over."""
    found: list[ExportNote] = []
    try:
        lines = (folder / LOG_FILE).read_bytes().splitlines()
    except OSError:
        return ()
    for line in lines:
        try:
            value = json.loads(line)
            note = ExportNote(**{**value, "jobs": tuple(value["jobs"])})
        except (ValueError, TypeError, KeyError):
            continue
        if note.archive == archive and not {*jobs, EVERY_JOB}.isdisjoint(note.jobs):
            found.append(note)
    return tuple(found)
