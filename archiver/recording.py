"""A verification whose result is kept: in the ledger, on the index, on damaged jobs' pages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from archiver.archive import Archive, OpenArchive, find_folder, opened_with
from archiver.budget import WHOLE, Budget
from archiver.build import build_views
from archiver.clock import now
from archiver.cloudsync import refuse_conflicts
from archiver.commit import recover
from archiver.decoders import Decoders
from archiver.errors import ArchiverError
from archiver.ledger import Ledger
from archiver.ledgercheck import NO_TRUST, Trust
from archiver.lock import ArchiveLock
from archiver.siteindex import update_index
from archiver.verify import Report, verify_archive
from archiver.view import site_of, view_maker


def verify_and_record(
    root: Path,
    *,
    jobs: Collection[str] = (),
    quick: bool = False,
    budget: Budget = WHOLE,
    trust: Trust = NO_TRUST,
    clock: Callable[[], datetime] = now,
    templates: Path | None = None,
) -> Report:
    """Verify an archive without a lock, then take the lock only to record what was found.

    On read-only media, or while another run holds the archive, it is verified in full all the
    same and the report says that nothing was recorded. Pages that then say otherwise are made with
    `templates`. Raises NotAnArchive, NewerFormat.
    """
    archive = Archive(root)
    report = verify_archive(
        archive, jobs=jobs, quick=quick, budget=budget, trust=trust, clock=clock
    )
    if quick:
        return report
    try:
        _record(archive, report, clock, templates)
        report.recorded = True
    except (ArchiverError, OSError) as error:
        report.notes.append(f"The result was not recorded: {error}")
    return report


def _record(
    archive: Archive, report: Report, clock: Callable[[], datetime], templates: Path | None
) -> None:
    with ArchiveLock(archive.private, "verify", clock()):
        refuse_conflicts(archive)
        ledger, _ = Ledger.open(archive.ledger)
        recover(archive, ledger, clock())
        if any(not one.done for one in ledger.state.erasures.values()):
            raise ArchiverError("an erasure has yet to be completed; `archiver build` does so.")
        with opened_with(archive, ledger, templates=templates) as opened:
            record_report(opened, report, clock)


def record_report(opened: OpenArchive, report: Report, clock: Callable[[], datetime]) -> None:
    """Keep what was found: in the ledger, on the pages of jobs that turned out otherwise than
    before, on the index. Under the archive's lock. Raises ArchiverError, OSError."""
    ledger = opened.ledger
    keys = sorted(key for key in report.checked if key in ledger.state.jobs)
    before = {key: ledger.state.jobs[key].damaged for key in keys}
    damaged = {key: report.damaged[key] for key in keys if key in report.damaged}
    ledger.append("verified", clock(), jobs=keys, damaged=damaged, faults=len(report.faults))
    changed = [key for key in keys if before[key] != tuple(damaged.get(key, ()))]
    _remake_pages(opened, changed, clock)
    update_index(opened, site_of(opened))


def _remake_pages(
    opened: OpenArchive, keys: Collection[str], clock: Callable[[], datetime]
) -> None:
    """The page of a job found damaged says so in words; one found sound again no longer does."""
    folders = [
        folder for key in keys if (folder := find_folder(opened.archive.root, key)) is not None
    ]
    if folders:
        with Decoders() as decoders:
            make_view = view_maker(opened, decoders.load)
            build_views(opened, make_view, clock, folders=folders, damaged_too=True)
