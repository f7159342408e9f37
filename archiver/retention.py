"""Which jobs are older than they are to be kept; it is only a list, and removes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.archive import Archive
from archiver.models import JobRecord
from archiver.naming import job_key
from archiver.pins import LedgerState
from archiver.subject import readable_jobs


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job whose last activity, `since`, is long enough ago; `held` says that a hold keeps it."""

    job_id: str
    title: str | None
    since: datetime
    held: bool


def due_jobs(
    root: Path, state: LedgerState, before: datetime, problems: list[str]
) -> tuple[DueJob, ...]:
    """The jobs without activity since `before`, oldest first. A job without any date counts from
    when it was first archived. Raises NotAnArchive; a job that cannot be read goes to `problems`.
    """
    Archive(root).settings()
    found: list[DueJob] = []
    for _, record in readable_jobs(root, problems):
        since = _last_activity(record)
        if since < before:
            held = bool(state.job(job_key(record.job_id)).holds)
            found.append(DueJob(record.job_id, record.title, since, held))
    return tuple(sorted(found, key=lambda one: (one.since, one.job_id)))


def _last_activity(record: JobRecord) -> datetime:
    """The newest of all dates in a job: one that upstream leaves out, or says nonsense in, must
    make nothing look older than it is."""
    dates = (record.updated, record.created, record.listed_created)
    said = [one for one in dates if one is not None]
    said += [one.uploaded for one in record.messages if one.uploaded is not None]
    first = record.snapshots[0].taken if record.snapshots else record.sealed
    return max(said, default=first)
