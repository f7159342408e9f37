"""What an archive holds and how it fares, read from its bags and ledger; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archiver.abilities import Abilities, remembered
from archiver.anchoring import anchor_warning
from archiver.archive import Archive, job_folders, ledger_key, load_job
from archiver.clock import now
from archiver.cloudsync import cloud_warning, refuse_conflicts
from archiver.errors import ArchiveDamaged, ArchiverError
from archiver.ledger import BrokenLedger, LedgerState, read_ledger
from archiver.lock import Holder, present_holder
from archiver.losses import accepted, losses
from archiver.models import JobRecord, Problem
from archiver.naming import job_key
from archiver.pins import Anchor, Decision, Erasure, Gap
from archiver.plan import slot_name
from archiver.storage import free_bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A loss that a person has accepted: what is missing, and the decision."""

    loss: Problem
    decided: Decision


@dataclass
class Status:
    """What `archiver status` says. `missing` names every reference without a file that nobody has
    accepted and every job that cannot be read, `acknowledged` what was accepted; `damaged` what
    the last verification found, by ledger key."""

    workspace_id: str
    time_zone: str
    jobs: int = 0
    photos: int = 0
    photos_missing: int = 0
    messages: int = 0
    gone: int = 0
    held: int = 0
    erasures: int = 0
    missing: list[Problem] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    damaged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    last_run: datetime | None = None
    last_complete: datetime | None = None
    oldest_check: datetime | None = None
    never_checked: int = 0
    checks: dict[str, datetime | None] = field(default_factory=dict)
    """When each job was last read in full, by ledger key."""
    ledger_entries: int = 0
    ledger_head: str = ""
    last_anchor: Anchor | None = None
    anchor_warning: str | None = None
    gaps: tuple[Gap, ...] = ()
    owed: tuple[Erasure, ...] = ()
    holder: Holder | None = None
    lacking: tuple[str, ...] = ()
    abilities: Abilities | None = None


def read_status(root: Path, clock: Callable[[], datetime] = now) -> Status:
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
        _count(status, record, state)
        key = ledger_key(folder) or ""
        when = status.checks[key] = state.checked.get(key)
        if when is None:
            status.never_checked += 1
        else:
            checked.append(when)
    status.anchor_warning = anchor_warning(state, clock())
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
    status.held = sum(bool(pins.holds) for pins in state.jobs.values())
    status.erasures = len(state.erasures)
    status.last_run = state.run_start
    status.last_anchor = state.last_anchor
    status.gaps = tuple(state.gaps)
    status.owed = tuple(state.owed.values())
    status.last_complete = state.last_complete_start
    status.damaged = {key: pins.damaged for key, pins in state.jobs.items() if pins.damaged}
    return state


def _count(status: Status, record: JobRecord, state: LedgerState) -> None:
    status.jobs += 1
    status.photos += sum(photo.erased is None for photo in record.photos)
    status.messages += sum(m.photo is None and m.erased is None for m in record.messages)
    status.gone += record.gone is not None
    status.photos_missing += sum(
        photo.image.stored is None and photo.erased is None for photo in record.photos
    )
    decided = accepted(record, state.job(job_key(record.job_id)).acknowledged)
    for slot, reference in losses(record).items():
        assert reference.failure is not None
        reason = f"{slot_name(slot)}: {reference.failure.reason}"
        loss = Problem(record.job_id, reason, reference.address)
        if slot in decided:
            status.acknowledged.append(Acknowledged(loss, decided[slot]))
        else:
            status.missing.append(loss)


def _lacking(root: Path, able: Abilities | None) -> tuple[str, ...]:
    said = list(able.lacking) if able is not None else []
    if (warning := cloud_warning(root)) is not None:
        said.append(warning)
    if (free := free_bytes(root)) < 1e9:
        said.append(f"Only {free / 1e9:.1f} GB are free on its disk.")
    return tuple(said)
