"""Which jobs are older than they are to be kept; it is only a list, and removes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.archive import Archive
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
        first = record.snapshots[0].taken if record.snapshots else record.sealed
        since = record.updated or record.created or record.listed_created or first
        if since < before:
            held = bool(state.job(job_key(record.job_id)).holds)
            found.append(DueJob(record.job_id, record.title, since, held))
    return tuple(sorted(found, key=lambda one: (one.since, one.job_id)))
