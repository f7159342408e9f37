"""Noting on this computer that something was handed over, so that an erasure can name it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archiver.cli.console import Console


def note_handover(
    console: Console, archive: Path, path: Path, sha256: str, jobs: Iterable[str]
) -> None:
    """Note that `path` was made of `jobs` (ledger keys, or `exportlog.EVERY_JOB`). What cannot be
    noted is said, no more."""
    from archiver.clock import now
    from archiver.exportlog import archive_mark, note_export, state_folder

    try:
        mark = archive_mark(archive / "ledger")
        note_export(state_folder(), now(), path, sha256, jobs, mark)
    except OSError as error:
        console.note(f"This export could not be noted for a later erasure: {error}")
