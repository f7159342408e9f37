"""The pipeline: list the workspace's jobs, bring each up to date, say what came of it.

The sweep of the list, the work on each job and the making of the index are apart, so that each
could run elsewhere. Nothing here knows what a page looks like or how a bag is laid out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp.abc import AbstractResolver

from archiver import __version__
from archiver.anchoring import anchor_warning, sign_head
from archiver.api import ApiClient, Sweep
from archiver.archive import (
    Archive,
    ArchiveSettings,
    OpenArchive,
    begin,
    check_workspace,
    is_fresh,
    opened_with,
)
from archiver.blobs import Blobs
from archiver.clock import now
from archiver.cloudsync import cloud_warning
from archiver.commit import Recovered
from archiver.comparing import PHOTOS_A_RUN, compare_photos
from archiver.decoders import Decoders
from archiver.download import Downloader
from archiver.errors import ArchiverError, DiskFull, ListRefused, Stopped
from archiver.jobs import archive_job
from archiver.lock import ArchiveLock
from archiver.marks import suppression
from archiver.models import JobId, JobOutcome, ListedJob, Problem
from archiver.naming import job_key
from archiver.reach import Reach
from archiver.reopening import reopened
from archiver.restored import check_not_restored
from archiver.site import SiteSettings, job_summary
from archiver.siteindex import update_index
from archiver.stamping import stamp_head
from archiver.storage import explained, free_bytes, remove_tree
from archiver.syncoptions import SyncOptions, failed_jobs, selected
from archiver.syncsummary import Summary
from archiver.view import site_of, view_maker
from archiver.workshop import Clock, Counters, SaltSource, Workshop, first_error

log = logging.getLogger(__name__)
_T = TypeVar("_T")
JOBS_AT_ONCE = 48
"""Many, so that jobs that wait for a stalled photo do not hold up the others; how much of them is
in memory is bounded by `jobs.BODIES_AT_ONCE`."""
INDEX_EVERY = 600.0
"""Seconds between two updates of the index during a long run."""
VANISHED_JOBS, VANISHED_SHARE = 10, 0.05
"""A run that would mark more jobs than this, and a larger share of the known ones, marks none."""
_NO_JOBS_HINT = "Check --workspace-id; to begin an empty archive all the same, use --allow-empty."


def random_salt(job_id: JobId, seal: int) -> bytes:
    """32 random bytes: the salt of a seal."""
    del job_id, seal
    return os.urandom(32)


@dataclass(frozen=True, slots=True)
class World:
    """What a run takes from outside, so that a test driver can fix it: clock, salts, how the two
    HTTP clients are made, and how decoder processes are started."""

    clock: Clock = now
    salt: SaltSource = random_salt
    resolver: AbstractResolver | None = None
    decoders: Callable[[], AbstractContextManager[Decoders]] = Decoders


@dataclass(frozen=True, slots=True)
class Reporter:
    """How a run tells what it is doing. Every call must return at once."""

    listed: Callable[[int], None] = lambda jobs: None
    job: Callable[[JobOutcome], None] = lambda outcome: None
    photo: Callable[[int, bool], None] = lambda size, kept: None
    note: Callable[[str], None] = lambda text: None


async def sync(
    options: SyncOptions,
    *,
    world: World | None = None,
    reporter: Reporter | None = None,
    stop: asyncio.Event | None = None,
) -> Summary:
    """Archive or refresh a workspace.

    Setting `stop` ends the run in an orderly way: what is in flight is finished or dropped, and
    Stopped is raised. Raises ArchiverError for whatever stops the run; all that was archived and
    downloaded until then is kept.
    """
    run = _Run(options, world or World(), reporter or Reporter(), stop or asyncio.Event())
    return await run.run()


class _Run:
    """One sync; lives for one call of `sync`."""

    def __init__(
        self, options: SyncOptions, world: World, reporter: Reporter, stop: asyncio.Event
    ) -> None:
        self.options = options
        self.world = world
        self.reporter = reporter
        self.stop = stop
        self.summary = Summary()
        self.archive = Archive(options.root)
        self.started = world.clock()
        self.workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="archiver")

    async def run(self) -> Summary:
        self._is_fresh()
        existed = self.archive.root.exists()
        with explained(self.archive.root):
            self.archive.private.mkdir(parents=True, exist_ok=True)
        try:
            lock = ArchiveLock(
                self.archive.private, "sync", self.started, break_lock=self.options.break_lock
            )
            with lock:
                # Asked again: another run may have begun the archive before we had the lock.
                fresh = self._is_fresh()
                try:
                    return await self._locked(fresh)
                finally:
                    self.workers.shutdown(wait=True)
                    if fresh and not (self.archive.root / "archive.json").exists():
                        self._take_back()
        finally:
            self.workers.shutdown(wait=True)
            if not existed:
                # Only where nothing came of it; a folder that holds anything stays.
                with contextlib.suppress(OSError):
                    self.archive.root.rmdir()

    def _is_fresh(self) -> bool:
        """Whether an archive has yet to be begun. Raises NotAnArchive, WrongWorkspace."""
        with explained(self.archive.root):
            if is_fresh(self.archive.root):
                return True
            check_workspace(self.archive, self.options.workspace_id)
            return False

    def _take_back(self) -> None:
        """Leave a folder in which no archive was begun as it was found."""
        for folder in (self.archive.ledger, self.archive.private):
            with contextlib.suppress(OSError):
                remove_tree(folder)
        with contextlib.suppress(OSError):
            self.archive.jobs.rmdir()

    async def _locked(self, fresh: bool) -> Summary:
        self._check_space()
        if warning := cloud_warning(self.archive.root):
            self._note(warning)
        with contextlib.ExitStack() as stack:
            opened = None if fresh else self._reopen(stack)
            async with self._client() as api:
                try:
                    sweep = await self._unless_stopped(api.sweep())
                except ArchiverError:
                    self._end(opened, "failed")
                    await self._anchor(opened)
                    raise
                if opened is None:
                    opened = self._begin(stack, sweep)
                return await self._with_archive(opened, api, sweep)

    async def _unless_stopped(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Await something, unless the run is stopped first. Raises Stopped."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Stopped(
                    "Stopped while reading the job list; what was archived is kept.",
                    "Run the same command again to go on.",
                )
            return task.result()
        finally:
            for one in (task, stop):
                one.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)

    # Opening

    def _check_space(self) -> None:
        free = free_bytes(self.archive.root)
        if free < self.options.min_free:
            raise DiskFull(
                f"Only {free / 1e9:.1f} GB are free on the disk of {self.archive.root}; "
                f"at least {self.options.min_free / 1e9:.1f} GB must stay free.",
                "Free some space, or lower --min-free; what was archived is kept.",
            )

    def _reopen(self, stack: contextlib.ExitStack) -> OpenArchive:
        """Open an existing archive, and say what had to be done first."""
        before = self.archive.settings()
        again = stack.enter_context(
            reopened(
                self.archive,
                self.world.clock,
                self._note,
                fsync=self.options.fsync,
                time_zone=self.options.time_zone,
                language=self.options.language,
                templates=self.options.templates,
                check=check_not_restored,
            )
        )
        self._tell_recovered(again.recovered)
        if again.opened.settings != before:
            said = "pages are made otherwise from now on; run `archiver build` for the old ones"
            self._note(said)
        self.summary.failures.extend(again.problems)
        with explained(self.archive.root):
            again.opened.ledger.append("run-start", self.started, program=__version__)
        return again.opened

    def _begin(self, stack: contextlib.ExitStack, sweep: Sweep) -> OpenArchive:
        if not sweep.jobs and not self.options.allow_empty:
            raise ListRefused(
                "The workspace's list holds no job, so no archive was begun.", _NO_JOBS_HINT
            )
        settings = ArchiveSettings(
            workspace_id=self.options.workspace_id,
            time_zone=self.options.time_zone or self.options.default_zone,
            language=self.options.language or "en-GB",
            workspace_name=self.options.workspace_name,
        )
        archive, ledger = begin(self.archive.root, settings, self.started, sync=self.options.fsync)
        ledger.append("run-start", self.started, program=__version__)
        opened = stack.enter_context(opened_with(archive, ledger, templates=self.options.templates))
        for text in opened.abilities.lacking:
            self._note(text)
        return opened

    def _tell_recovered(self, recovered: Recovered) -> None:
        if recovered.completed:
            self._note(f"{len(recovered.completed)} jobs of an interrupted run were completed")
        if recovered.abandoned:
            self._note(f"{len(recovered.abandoned)} jobs of an interrupted run are done again")

    def _client(self) -> ApiClient:
        options = self.options
        return ApiClient(
            options.api,
            options.workspace_id,
            options.auth_key,
            resolver=self.world.resolver,
            reach=Reach(patience=options.network_wait, tell=self.reporter.note),
        )

    # The work

    async def _with_archive(self, opened: OpenArchive, api: ApiClient, sweep: Sweep) -> Summary:
        outcome = "failed"
        try:
            async with self._workshop(opened, api) as shop:
                await self._work(shop, sweep)
            outcome = "complete"
        except Stopped:
            outcome = "stopped"
            raise
        finally:
            try:
                self._finish(opened, outcome)
            finally:
                await self._anchor(opened)
        return self.summary

    @contextlib.asynccontextmanager
    async def _workshop(self, opened: OpenArchive, api: ApiClient) -> AsyncIterator[Workshop]:
        options = self.options
        blobs = Blobs(self.archive.downloads)
        incoming = self.archive.private / "staging" / "incoming"
        remove_tree(incoming)
        incoming.mkdir(parents=True)
        with self.world.decoders() as decoders:
            async with Downloader(
                options.downloads,
                folder=incoming,
                api_origin=api.origin,
                clock=self.world.clock,
                resolver=self.world.resolver,
                reach=api.reach,
                check=decoders.check,
            ) as downloads:
                yield Workshop(
                    open=opened,
                    api=api,
                    downloads=downloads,
                    blobs=blobs,
                    make_view=view_maker(opened, decoders.load, options.sheets),
                    summarise=job_summary,
                    workers=self.workers,
                    clock=self.world.clock,
                    salt=self.world.salt,
                    last_complete=opened.pins.last_complete_start,
                    volatile_query=options.volatile_query,
                    try_accepted=options.failed_only,
                    recheck_images=options.recheck_images,
                    fsync=options.fsync,
                    suppression=suppression(self.archive.ledger, opened.pins),
                    counters=Counters(photo=self.reporter.photo),
                    taken={
                        folder.rpartition("/")[2].casefold() for folder in opened.catalog.folders()
                    },
                )
        if not options.filtered and not self.stop.is_set() and not self.summary.jobs_failed:
            blobs.clear()

    def _clear_incoming(self) -> None:
        """Downloads that were not finished are no use to anybody."""
        with contextlib.suppress(OSError):
            remove_tree(self.archive.private / "staging" / "incoming")

    def _site(self, opened: OpenArchive) -> SiteSettings:
        return site_of(opened)

    async def _work(self, shop: Workshop, sweep: Sweep) -> None:
        self._take_sweep(sweep)
        jobs = self._without_erased(shop.open, self._selected(shop.open, sweep))
        self.reporter.listed(len(jobs))
        await self._archive_all(shop, [(job_id, listed, False) for job_id, listed in jobs])
        if not self.options.filtered and self.summary.list_complete:
            await self._vanished(shop, sweep)
        self._say_addresses()
        self._say_acknowledged()

    def _take_sweep(self, sweep: Sweep) -> None:
        for problem in sweep.problems:
            self.summary.failures.append(problem)
            self.summary.jobs_listed += 1
            self.summary.jobs_failed += 1
        if not sweep.agreed:
            self._say_disagreed(sweep.reason)

    def _say_disagreed(self, reason: str) -> None:
        self.summary.list_complete = False
        self.summary.failures.append(Problem("", f"the job list: {reason}"))

    def _selected(self, opened: OpenArchive, sweep: Sweep) -> list[tuple[JobId, ListedJob | None]]:
        failed = failed_jobs(opened.catalog) if self.options.failed_only else ()
        return selected(sweep, self.options, failed)

    def _without_erased(
        self, opened: OpenArchive, jobs: list[tuple[JobId, ListedJob | None]]
    ) -> list[tuple[JobId, ListedJob | None]]:
        """The jobs without those that were erased here: they count as unchanged, and are said."""
        erased = {one for one, _ in jobs if opened.pins.job(job_key(one)).erased is not None}
        for job_id in sorted(erased):
            self.summary.add(JobOutcome(job_id, "unchanged"))
        if erased:
            are = "job was" if len(erased) == 1 else "jobs were"
            self._note(f"{len(erased)} {are} erased here, and so not fetched again")
        return [pair for pair in jobs if pair[0] not in erased]

    async def _archive_all(
        self, shop: Workshop, jobs: Iterable[tuple[JobId, ListedJob | None, bool]]
    ) -> None:
        """Archive jobs, a bounded number at once; the first error that stops the run stops all."""
        waiting = iter(jobs)
        failed: dict[str, str] = {}
        fine: list[str] = []

        async def work() -> None:
            for job_id, listed, unlisted in waiting:
                self._check_space()
                outcome = await archive_job(shop, job_id, listed, unlisted=unlisted)
                self.summary.add(outcome)
                for note in outcome.notes:
                    self._note(note)
                self.reporter.job(outcome)
                if outcome.state == "failed":
                    failed[job_id] = outcome.problems[0].reason
                else:
                    fine.append(job_id)

        tasks = [asyncio.create_task(work()) for _ in range(JOBS_AT_ONCE)]
        helpers = [
            asyncio.create_task(self.stop.wait()),
            asyncio.create_task(self._keep_index(shop.open)),
        ]
        try:
            await self._until_done(tasks, helpers[0])
        finally:
            for task in (*tasks, *helpers):
                task.cancel()
            await asyncio.gather(*tasks, *helpers, return_exceptions=True)
            shop.open.catalog.note_failures(failed, fine, self.world.clock())
            shop.open.catalog.looked(fine, self.started)
        if self.stop.is_set():
            raise Stopped(
                f"Stopped. {len(fine)} jobs of this run are up to date; what was downloaded for "
                "others is kept.",
                "Run the same command again to go on.",
            )

    async def _until_done(self, tasks: list[asyncio.Task[None]], stop: asyncio.Task[Any]) -> None:
        pending: set[asyncio.Task[None]] = set(tasks)
        while pending and not self.stop.is_set():
            done, _ = await asyncio.wait({*pending, stop}, return_when=asyncio.FIRST_COMPLETED)
            pending -= done
            for task in done:
                if task is not stop and (error := task.exception()) is not None:
                    if isinstance(error, BaseExceptionGroup):
                        raise first_error(error)
                    raise error

    async def _keep_index(self, opened: OpenArchive) -> None:
        while True:
            await asyncio.sleep(INDEX_EVERY)
            await asyncio.get_running_loop().run_in_executor(
                self.workers, lambda: update_index(opened, self._site(opened))
            )

    # What the list no longer has

    async def _vanished(self, shop: Workshop, sweep: Sweep) -> None:
        """Ask for each known job that a complete list lacks; a half-broken upstream must not
        rewrite history (contract, *Vanished*)."""
        listed = {job.job_id for job in sweep.jobs}
        rows = shop.open.catalog.jobs()
        known = len(rows)
        absent = [(JobId(row.job_id), row.gone) for row in rows if row.job_id not in listed]
        fresh = [job_id for job_id, gone in absent if not gone]
        if fresh:
            again = await self._unless_stopped(shop.api.sweep())
            if not again.agreed:
                self._say_disagreed(again.reason)
                return
            back = {job.job_id: job for job in again.jobs}
            late = [job_id for job_id in fresh if job_id in back]
            await self._archive_all(shop, [(one, back[one], False) for one in late])
            absent = [(one, gone) for one, gone in absent if one not in back]
            fresh = [one for one in fresh if one not in back]
        if self._too_many(len(fresh), known):
            absent = [(one, gone) for one, gone in absent if gone]
        await self._archive_all(shop, [(one, None, True) for one, _ in absent])

    def _too_many(self, fresh: int, known: int) -> bool:
        if self.options.accept_vanished:
            return False
        if fresh <= VANISHED_JOBS or fresh <= VANISHED_SHARE * known:
            return False
        self.summary.list_complete = False
        self.summary.failures.append(
            Problem(
                "",
                f"{fresh} of {known} known jobs are no longer in the list, which looks like a "
                "fault upstream, so none was marked as gone. If they really were removed, run "
                "the same command with --accept-vanished.",
            )
        )
        return True

    def _say_addresses(self) -> None:
        changed = self.summary.jobs_updated
        if self.summary.addresses_only * 2 > self.summary.jobs_listed and changed:
            self._note(
                f"{self.summary.addresses_only} jobs changed only in the addresses of their "
                "pictures; identical bytes were not stored again"
            )

    def _say_acknowledged(self) -> None:
        left = self.summary.images_acknowledged
        if left:
            self._note(
                f"{left} {'image is' if left == 1 else 'images are'} still missing that somebody "
                "accepted as lost with `archiver acknowledge`; tried again every 7 days, and by "
                "--failed"
            )

    # Ending

    def _note(self, text: str) -> None:
        self.summary.notes.append(text)
        self.reporter.note(text)

    def _finish(self, opened: OpenArchive, outcome: str) -> None:
        """On every end that still can write: the index, and the run's last ledger entry."""
        self._clear_incoming()
        try:
            if outcome == "complete":
                compare_photos(
                    opened.archive.root, opened.catalog, self.world.decoders, most=PHOTOS_A_RUN
                )
            update_index(opened, self._site(opened), sync=self.options.fsync)
        except (ArchiverError, OSError) as error:
            if outcome == "complete":
                self._end(opened, "failed")
                raise
            log.debug("the index could not be written: %s", error)
        self._end(opened, outcome)

    def _end(self, opened: OpenArchive | None, outcome: str) -> None:
        if opened is None:
            return
        told = self.summary
        complete = outcome == "complete" and told.list_complete and not self.options.filtered
        try:
            opened.ledger.append(
                "run-end",
                self.world.clock(),
                outcome=outcome,
                complete=complete,
                listed=told.jobs_listed,
                new=told.jobs_new,
                updated=told.jobs_updated,
                vanished=told.jobs_vanished,
                failed=told.jobs_failed,
                images_failed=told.images_failed,
            )
        except (ArchiverError, OSError):
            if outcome == "complete":
                raise

    async def _anchor(self, opened: OpenArchive | None) -> None:
        """Tie the ledger's head to the outside; what cannot be done is said, and fails no run."""
        if opened is None:
            return
        options, ledger, clock = self.options, opened.ledger, self.world.clock
        if ledger.last_event == "run-end":
            folder = options.key_folder or Path()
            unsigned = sign_head(ledger, folder, options.sign_key_file, clock)
            if unsigned:
                self._note(unsigned)
            if options.timestamp_url:
                unstamped = await stamp_head(
                    ledger, options.timestamp_url, clock, ca_file=options.api.ca_file
                )
                if unstamped:
                    self._note(unstamped)
        self.summary.last_anchor = ledger.state.last_anchor
        self.summary.anchor_warning = anchor_warning(ledger.state, clock())
