"""What one sync is asked to do, and which of the listed jobs that is."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.api import ApiSettings, Sweep
from archiver.authkey import AuthKey
from archiver.catalog import Catalog
from archiver.download import DownloadSettings
from archiver.models import JobId, ListedJob
from archiver.sheetlayout import SheetSettings


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What one sync is asked to do. Sizes are bytes; `network_wait` seconds.

    `time_zone` of None keeps the archive's (or, for a new one, `default_zone`); `sheets` of None is
    what the archive's `archiver.toml` says. The ledger's key is looked for in `key_folder`, unless
    `sign_key_file` names it.
    """

    root: Path
    workspace_id: str
    auth_key: AuthKey
    api: ApiSettings
    downloads: DownloadSettings
    jobs: tuple[str, ...] = ()
    name: str | None = None
    created_since: datetime | None = None
    created_until: datetime | None = None
    failed_only: bool = False
    recheck_images: bool = False
    accept_vanished: bool = False
    allow_empty: bool = False
    break_lock: bool = False
    fsync: bool = True
    min_free: int = 1_000_000_000
    volatile_query: tuple[str, ...] = ()
    time_zone: str | None = None
    default_zone: str = "UTC"
    language: str | None = None
    templates: Path | None = None
    workspace_name: str | None = None
    sheets: SheetSettings | None = None
    network_wait: float = 300.0
    key_folder: Path | None = None
    sign_key_file: Path | None = None
    timestamp_url: str | None = None

    @property
    def filtered(self) -> bool:
        """Whether only part of the workspace is asked for, so that nothing can be found gone."""
        return bool(
            self.jobs or self.name or self.created_since or self.created_until or self.failed_only
        )


def failed_jobs(catalog: Catalog) -> set[str]:
    """The jobs that failed as a whole when last tried, and those of which something is missing."""
    return set(catalog.failures()) | {row.job_id for row in catalog.jobs() if row.open_failures}


def selected(
    sweep: Sweep, options: SyncOptions, failed: Collection[str]
) -> list[tuple[JobId, ListedJob | None]]:
    """The jobs a run is for; one asked for by an id that is not listed has no entry. `failed` are
    those that `failed_only` asks for."""
    jobs = [job for job in sweep.jobs if _matches(job, options)]
    if options.failed_only:
        jobs = [job for job in jobs if job.job_id in failed]
    if not options.jobs:
        return [(job.job_id, job) for job in jobs]
    chosen = {job.job_id: job for job in jobs}
    listed = {job.job_id for job in sweep.jobs}
    return [
        (job_id, chosen.get(job_id))
        for job_id in (JobId(one) for one in dict.fromkeys(options.jobs))
        if job_id in chosen or job_id not in listed
    ]


def _matches(job: ListedJob, options: SyncOptions) -> bool:
    """Whether the filters by name and date let a listed job through.

    A job without a date is left out by any filter on dates.
    """
    if options.name is not None and not fnmatch.fnmatch(
        (job.name or "").casefold(), options.name.casefold()
    ):
        return False
    if options.created_since is None and options.created_until is None:
        return True
    created = job.created_at
    if created is None:
        return False
    after = options.created_since is None or created >= options.created_since
    before = options.created_until is None or created < options.created_until
    return after and before
