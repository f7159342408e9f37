"""An archive opened by a run that writes: what a killed run left is made whole first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.archive import Archive, OpenArchive, change_settings, opened_with
from archiver.cloudsync import refuse_conflicts
from archiver.commit import Recovered, recover
from archiver.erasing import complete
from archiver.ledger import Ledger
from archiver.models import Problem
from archiver.reconciling import reconcile
from archiver.storage import explained


@dataclass(frozen=True, slots=True)
class Reopened:
    """The archive, what of a killed run was completed or given up, and jobs that are left as they
    are because nothing accounts for them."""

    opened: OpenArchive
    recovered: Recovered
    problems: tuple[Problem, ...]


@contextlib.contextmanager
def reopened(
    archive: Archive,
    clock: Callable[[], datetime],
    note: Callable[[str], None],
    *,
    fsync: bool = True,
    time_zone: str | None = None,
    language: str | None = None,
    templates: Path | None = None,
    check: Callable[[OpenArchive], None] = lambda opened: None,
) -> Iterator[Reopened]:
    """Open an archive whose lock is held; its catalogue is closed in the end.

    Its pages have `time_zone` and `language` from now on, if they are given, and are made with
    `templates` in this run. `check` may refuse to go on, before an erasure that was cut short is
    carried to its end. Raises ArchiverError, OSError.
    """
    with contextlib.ExitStack() as stack:
        with explained(archive.root):
            refuse_conflicts(archive)
            ledger, torn = Ledger.open(archive.ledger, sync=fsync)
            if torn:
                note(f"the ledger's last line was torn by a crash; it is kept as ledger/{torn}")
            recovered = recover(archive, ledger, clock())
            settings = change_settings(
                archive, ledger, clock(), time_zone=time_zone, language=language
            )
            opened = stack.enter_context(opened_with(archive, ledger, settings, templates))
            problems = _unaccounted(recovered) + reconcile(opened)
            check(opened)
            problems += complete(opened, clock)
        yield Reopened(opened, recovered, tuple(problems))


def _unaccounted(recovered: Recovered) -> list[Problem]:
    return [
        Problem(key, f"{reason}; it was left as it is. Run `archiver verify`.")
        for key, reason in recovered.unaccounted
    ]
