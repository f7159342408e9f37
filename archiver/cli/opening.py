"""Opening an archive for a command that writes to it: lock, recovery, catalogue."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from archiver.archive import Archive, OpenArchive
from archiver.cli.console import Console
from archiver.clock import now
from archiver.lock import ArchiveLock
from archiver.reopening import reopened
from archiver.storage import explained


@contextlib.contextmanager
def writing(
    root: Path,
    command: str,
    console: Console,
    *,
    break_lock: bool = False,
    fsync: bool = True,
    language: str | None = None,
    templates: Path | None = None,
) -> Iterator[OpenArchive]:
    """The archive, locked, with what a killed run left completed. Its pages are in `language` from
    now on, if one is given, and made with `templates` in this run.

    Raises NotAnArchive, ArchiveLocked, ArchiveDamaged, NotWritable.
    """
    archive = Archive(root)
    archive.settings()
    with explained(root):
        archive.private.mkdir(exist_ok=True)
    with (
        ArchiveLock(archive.private, command, now(), break_lock=break_lock),
        explained(root),
        reopened(
            archive, now, console.note, fsync=fsync, language=language, templates=templates
        ) as again,
    ):
        for problem in again.problems:
            console.problem(f"{problem.job_id}: {problem.reason}")
        yield again.opened
