"""What an archive holds and how it fares, read from its bags and ledger; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archiver.abilities import Abilities, remembered
from archiver.archive import Archive, job_folders, ledger_key, load_job
from archiver.cloudsync import cloud_warning, refuse_conflicts
from archiver.errors import ArchiveDamaged, ArchiverError
from archiver.ledger import BrokenLedger, LedgerState, read_ledger
from archiver.lock import Holder, present_holder
from archiver.models import JobRecord, Problem
from archiver.plan import slot_name, slots
from archiver.storage import free_bytes


@dataclass
class Status:
    """What `archiver status` says. `missing` names every reference without a file and every job
    that cannot be read; `damaged` what the last verification found, by ledger key."""

    workspace_id: str
    time_zone: str
    jobs: int = 0
    photos: int = 0
    photos_missing: int = 0
    messages: int = 0
    gone: int = 0
    missing: list[Problem] = field(default_factory=list)
    damaged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    last_run: datetime | None = None
    last_complete: datetime | None = None
    oldest_check: datetime | None = None
    never_checked: int = 0
    ledger_entries: int = 0
    ledger_head: str = ""
    holder: Holder | None = None
    lacking: tuple[str, ...] = ()
    abilities: Abilities | None = None


def read_status(root: Path) -> Status:
    """Look at an archive without a lock. Raises NotAnArchive, NewerFormat."""
    archive = Archive(root)
    settings = archive.settings()
    status = Status(settings.workspace_id, settings.time_zone)
    state = _read_ledger(archive, status)
    checked: list[datetime] = []
    for folder in job_folders(root):
        try:
            record = load_job(folder)
        except (OSError, ValueError, ArchiverError) as error:
            status.missing.append(Problem(folder.name, f"cannot be read: {error}"))
            continue
        _count(status, record)
        when = state.checked.get(ledger_key(folder) or "")
        if when is None:
            status.never_checked += 1
        else:
            checked.append(when)
    status.oldest_check = min(checked, default=None)
    status.holder = present_holder(archive.private)
    status.abilities = remembered(archive.private)
    status.lacking = _lacking(root, status.abilities)
    try:
        refuse_conflicts(archive)
    except ArchiveDamaged as error:
        status.missing.append(Problem("", error.message))
    return status


def _read_ledger(archive: Archive, status: Status) -> LedgerState:
    try:
        state, _ = read_ledger(archive.ledger)
    except (OSError, BrokenLedger) as error:
        status.missing.append(Problem("", f"the ledger cannot be read: {error}"))
        return LedgerState()
    status.ledger_entries, status.ledger_head = state.entries, state.head
    status.last_run = state.run_start
    status.last_complete = state.last_complete_start
    status.damaged = {key: pins.damaged for key, pins in state.jobs.items() if pins.damaged}
    return state


def _count(status: Status, record: JobRecord) -> None:
    status.jobs += 1
    status.photos += len(record.photos)
    status.messages += sum(1 for message in record.messages if message.photo is None)
    status.gone += record.gone is not None
    status.photos_missing += sum(1 for photo in record.photos if photo.image.stored is None)
    for slot, reference in slots(record):
        if reference.failure is not None:
            reason = f"{slot_name(slot)}: {reference.failure.reason}"
            status.missing.append(Problem(record.job_id, reason, reference.address))


def _lacking(root: Path, able: Abilities | None) -> tuple[str, ...]:
    said = list(able.lacking) if able is not None else []
    if (warning := cloud_warning(root)) is not None:
        said.append(warning)
    if (free := free_bytes(root)) < 1e9:
        said.append(f"Only {free / 1e9:.1f} GB are free on its disk.")
    return tuple(said)
