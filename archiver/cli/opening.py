"""Opening an archive for a command that writes to it: lock, recovery, catalogue."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from archiver.archive import Archive, OpenArchive, change_settings, opened_with
from archiver.cli.console import Console
from archiver.clock import now
from archiver.cloudsync import refuse_conflicts
from archiver.commit import recover
from archiver.erasing import complete
from archiver.ledger import Ledger
from archiver.lock import ArchiveLock
from archiver.reconciling import reconcile
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
    with ArchiveLock(archive.private, command, now(), break_lock=break_lock), explained(root):
        refuse_conflicts(archive)
        ledger, torn = Ledger.open(archive.ledger, sync=fsync)
        if torn:
            console.note(f"the ledger's last line was torn by a crash; kept as ledger/{torn}")
        for key, reason in recover(archive, ledger, now()).unaccounted:
            console.problem(f"{key}: {reason}")
        settings = change_settings(archive, ledger, now(), language=language)
        with opened_with(archive, ledger, settings, templates) as opened:
            for problem in (*reconcile(opened), *complete(opened, now)):
                console.problem(f"{problem.job_id}: {problem.reason}")
            yield opened
