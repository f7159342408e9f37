"""`sync --dry-run`: what a sync would fetch, said without writing anything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archiver.addresses import address_key
from archiver.api import ApiClient
from archiver.archive import (
    Archive,
    check_workspace,
    is_fresh,
    job_folders,
    ledger_key,
    load_job,
    open_catalog,
    read_state,
)
from archiver.details import read_details
from archiver.download import Downloader
from archiver.errors import ArchiverError, JobProblem
from archiver.jsontext import parse, sameness
from archiver.ledger import LedgerState
from archiver.losses import accepted, is_due
from archiver.marks import Suppression, suppression
from archiver.models import AddressKey, JobId, JobRecord, ListedJob, Problem, RelPath, SnapshotEntry
from archiver.naming import job_key
from archiver.observe import observe
from archiver.plan import (
    Look,
    Want,
    new_record,
    wanted,
)
from archiver.redaction import redacted, without_people
from archiver.storage import sha256_bytes
from archiver.sync import World
from archiver.syncoptions import SyncOptions, failed_jobs, selected
from archiver.workshop import together

JOBS_AT_ONCE = 8


@dataclass
class Preview:
    """What a sync would do. `size` sums what the host tells, `unsized` counts what it does not;
    `photos` are images without thumbnails."""

    jobs_listed: int = 0
    jobs_new: int = 0
    jobs_changed: int = 0
    jobs_unchanged: int = 0
    images: int = 0
    photos: int = 0
    size: int = 0
    unsized: int = 0
    problems: list[Problem] = field(default_factory=list)


async def preview(options: SyncOptions, *, world: World | None = None) -> Preview:
    """Look at every job that a sync with these options would look at. Raises ArchiverError."""
    outside = world or World()
    archive = Archive(options.root)
    folders: dict[str, Path] = {}
    state, kept_out = LedgerState(), Suppression()
    if not is_fresh(options.root):
        check_workspace(archive, options.workspace_id)
        folders = {ledger_key(folder) or "": folder for folder in job_folders(options.root)}
        state = read_state(archive.root)
        kept_out = suppression(archive.ledger, state)
    found = Preview()
    async with (
        ApiClient(
            options.api, options.workspace_id, options.auth_key, resolver=outside.resolver
        ) as api,
        Downloader(
            options.downloads,
            folder=options.root,  # nothing is downloaded into it
            api_origin=api.origin,
            clock=outside.clock,
            resolver=outside.resolver,
            reach=api.reach,
        ) as downloads,
    ):
        sweep = await api.sweep()
        found.problems.extend(sweep.problems)
        if not sweep.agreed:
            found.problems.append(Problem("", f"the job list: {sweep.reason}"))
        jobs = selected(sweep, options, _failed(archive) if options.failed_only else ())
        found.jobs_listed = len(jobs)
        erased = {one for one, _ in jobs if state.job(job_key(one)).erased is not None}
        found.jobs_unchanged = len(erased)
        look = _Preview(options, api, downloads, outside, folders, state, found, kept_out)
        waiting = iter([pair for pair in jobs if pair[0] not in erased])
        await together(look.work(waiting) for _ in range(JOBS_AT_ONCE))
    return found


def _failed(archive: Archive) -> set[str]:
    with contextlib.closing(open_catalog(archive, read_only=True)) as catalog:
        return failed_jobs(catalog)


@dataclass
class _Preview:
    options: SyncOptions
    api: ApiClient
    downloads: Downloader
    world: World
    folders: dict[str, Path]
    state: LedgerState
    found: Preview
    suppression: Suppression

    def key_of(self, address: str) -> AddressKey:
        return address_key(
            address, api_origin=self.api.origin, volatile_query=self.options.volatile_query
        )

    async def work(self, waiting: Iterator[tuple[JobId, ListedJob | None]]) -> None:
        for job_id, listed in waiting:
            try:
                await self._look(job_id, listed)
            except JobProblem as problem:
                self.found.problems.append(Problem(job_id, problem.reason))
            except ArchiverError:
                raise
            except (OSError, ValueError) as error:
                self.found.problems.append(Problem(job_id, str(error)))

    async def _look(self, job_id: JobId, listed: ListedJob | None) -> None:
        body = await self.api.details(job_id)
        before = self._record(job_id)
        after, wants = await asyncio.to_thread(self._plan, job_id, listed, before, body)
        if before is None:
            self.found.jobs_new += 1
        elif after != before:
            self.found.jobs_changed += 1
        else:
            self.found.jobs_unchanged += 1
        fetchable = [want for want in wants if want.address is not None]
        self.found.images += len(fetchable)
        self.found.photos += sum(1 for want in fetchable if want.slot.kind == "image")
        await together(self._measure(want) for want in fetchable)

    def _record(self, job_id: JobId) -> JobRecord | None:
        folder = self.folders.get(job_key(job_id))
        return load_job(folder) if folder is not None else None

    def _plan(
        self, job_id: JobId, listed: ListedJob | None, before: JobRecord | None, body: bytes
    ) -> tuple[JobRecord, tuple[Want, ...]]:
        value = parse(body)
        key = job_key(job_id)
        marks = self.suppression.of_job(key)
        done = redacted(body, marks, key, self.api.origin)
        value = parse(done.body) if marks else value
        listed = listed and without_people(listed, marks)
        details = read_details(value, self.key_of, done.cut)
        now = self.world.clock()
        same = sameness(value, self.key_of)
        newest = before.snapshots[-1] if before is not None and before.snapshots else None
        entry = newest
        if entry is None or entry.sameness != same:
            number = newest.number + 1 if newest is not None else 1
            entry = SnapshotEntry(
                number, now, RelPath(""), len(body), sha256_bytes(body), same, self.api.origin
            )
        record = before or new_record(job_id, "", now)
        after, present = observe(record, Look(details, listed, now, entry), self.key_of)
        return after, self._to_fetch(after, wanted(after, present), now)

    def _to_fetch(
        self, record: JobRecord, wants: tuple[Want, ...], now: datetime
    ) -> tuple[Want, ...]:
        """All that is wanted but losses that somebody has accepted and that are not due."""
        state = self.state
        known = accepted(record, state.job(job_key(record.job_id)).acknowledged)
        return tuple(
            want
            for want in wants
            if want.slot not in known
            or self.options.failed_only
            or is_due(known[want.slot], state.last_complete_start, now)
        )

    async def _measure(self, want: Want) -> None:
        assert want.address is not None
        size = await self.downloads.head(want.address)
        if size is None:
            self.found.unsized += 1
        else:
            self.found.size += size
