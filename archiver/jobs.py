"""One job, from its details to its sealed folder: `archive_job(job_id) -> JobOutcome`.

The unit of work, of failure and of retry. Idempotent; it knows no scheduler and no other job, and
what goes wrong in it is in its outcome, so that one broken job never harms another.
"""

from __future__ import annotations

import asyncio
import filecmp
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from archiver.addresses import address_key
from archiver.api import ApiClient, DetailsRefused
from archiver.archive import (
    OpenArchive,
    accounted_for,
    job_folders,
    known_addresses,
    load_job,
    open_failures,
    payload_sizes,
    recorded_folder,
    tagmanifest_digest,
)
from archiver.bag import Bag, Series, check_record_untouched, read_bag
from archiver.blobs import Blob, Blobs
from archiver.catalog import CatalogJob
from archiver.commit import Change, MakeView, commit
from archiver.details import read_details
from archiver.download import Downloader, Fetched, FetchFailure
from archiver.errors import ArchiverError, JobProblem
from archiver.jsontext import BadJson, parse, sameness
from archiver.models import (
    AddressKey,
    Details,
    HistoryEvent,
    JobId,
    JobOutcome,
    JobRecord,
    JobState,
    JobSummary,
    ListedJob,
    Problem,
    RelPath,
    Sha256,
    SnapshotEntry,
    StoredFile,
)
from archiver.naming import folder_path, job_folder, job_key
from archiver.observe import observe
from archiver.plan import (
    Arrival,
    Look,
    Miss,
    Present,
    Slot,
    Want,
    marked_gone,
    new_record,
    slots,
    wanted,
)
from archiver.record import RECORD_PATH, time_text
from archiver.settle import settle
from archiver.storage import explain, fsync_dir, fsync_file, link_or_copy, sha256_bytes, sha256_file

log = logging.getLogger(__name__)
_T = TypeVar("_T")
LARGE_BODY = 1_500_000
"""Bytes from which on details bodies are worked on one at a time."""
BODIES_AT_ONCE = 4_000_000
"""Bytes of details bodies worked on at once; what is made of them takes some twenty times that."""
Clock = Callable[[], datetime]
SaltSource = Callable[[JobId, int], bytes]
"""Gives the 32 bytes of salt for a job's seal: random, except in a test driver."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a run shows while it works: called from the event loop, must return at once."""

    photo: Callable[[int, bool], None] = lambda size, kept: None


class Budget:
    """A number of bytes that jobs share: one that wants more than is left waits its turn."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._size = size
        self._waiting: list[asyncio.Future[None]] = []

    async def take(self, wanted: int) -> None:
        """Wait until so many bytes are left, or nobody else holds any."""
        while self._left < min(wanted, self._size):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._left -= wanted

    def give_back(self, taken: int) -> None:
        """Give back bytes that were taken, and let those who wait look again."""
        self._left += taken
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)


@dataclass
class Workshop:
    """All that archiving a job needs; one for a whole run.

    `workers` runs what reads or writes the disk. `volatile_query` are more names of query
    parameters that change without meaning. `last_complete` is when the last complete run began.
    """

    open: OpenArchive
    api: ApiClient
    downloads: Downloader
    blobs: Blobs
    make_view: MakeView
    summarise: Callable[[JobRecord], JobSummary]
    workers: Executor
    clock: Clock
    salt: SaltSource
    last_complete: datetime | None = None
    volatile_query: tuple[str, ...] = ()
    fsync: bool = True
    counters: Counters = field(default_factory=Counters)
    taken: set[str] = field(default_factory=set)
    large: asyncio.Lock = field(default_factory=asyncio.Lock)
    budget: Budget = field(default_factory=lambda: Budget(BODIES_AT_ONCE))
    shared: dict[str, asyncio.Future[Blob | FetchFailure]] = field(default_factory=dict)

    def key_of(self, address: str) -> AddressKey:
        """An address in the form in which addresses are compared."""
        return address_key(address, api_origin=self.api.origin, volatile_query=self.volatile_query)

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do something on a worker thread. A cancelled caller waits for it to end all the same,
        so that a commit is never left half-known."""
        future = asyncio.get_running_loop().run_in_executor(self.workers, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands in the archive: its bag and record, what was missing from its folder (by
    file, with the hash it must have), and what has to be said about it."""

    row: CatalogJob | None = None
    bag: Bag | None = None
    record: JobRecord | None = None
    missing: Mapping[RelPath, Sha256] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    lost_seal: int | None = None


@dataclass
class _Tally:
    """Numbers and problems of one job while it is worked on."""

    attempted: int = 0
    downloaded: int = 0
    deduplicated: int = 0
    failed: int = 0
    bytes: int = 0
    problems: list[Problem] = field(default_factory=list)


async def archive_job(
    shop: Workshop, job_id: JobId, listed: ListedJob | None, *, unlisted: bool = False
) -> JobOutcome:
    """Bring one job up to date.

    `unlisted` says that a complete list no longer has it: it is then marked as no longer in
    WorkPhotos, and its state is `vanished`. Raises only what stops the whole run (ArchiverError);
    anything else becomes the outcome's problem.
    """
    tally = _Tally()
    work = _JobWork(shop, job_id, listed, unlisted, tally)
    try:
        state = await work.run()
    except JobProblem as problem:
        tally.problems.insert(0, Problem(job_id, problem.reason))
        state = "failed"
    except ArchiverError:
        raise
    except OSError as error:
        fatal = explain(error, shop.open.archive.root)
        if fatal is not None:
            raise fatal from error
        tally.problems.insert(0, Problem(job_id, f"could not be written: {error}"))
        state = "failed"
    except Exception as error:
        log.debug("job %s", job_id, exc_info=True)
        reason = f"internal error, please report it: {type(error).__name__}: {error}"
        tally.problems.insert(0, Problem(job_id, reason))
        state = "failed"
    finally:
        work.release()
    return JobOutcome(
        job_id=job_id,
        state=state,
        images_downloaded=tally.downloaded,
        images_deduplicated=tally.deduplicated,
        images_failed=tally.failed,
        bytes_downloaded=tally.bytes,
        problems=tuple(tally.problems),
        addresses_only=work.addresses_only,
    )


class _JobWork:
    """The work on one job; lives for one call of `archive_job`."""

    def __init__(
        self,
        shop: Workshop,
        job_id: JobId,
        listed: ListedJob | None,
        unlisted: bool,
        tally: _Tally,
    ) -> None:
        self.shop = shop
        self.job_id = job_id
        self.listed = listed
        self.unlisted = unlisted
        self.tally = tally
        self.held: list[Sha256] = []
        self.shares: list[str] = []
        self.addresses_only = False
        self.asked: dict[Slot, str | None] = {}
        self.addresses: set[str] = set()
        self.folder: str | None = None
        self.has_turn = False
        self.reserved = 0
        self.body = b""

    # The course of the work

    async def run(self) -> JobState:
        shop = self.shop
        gone_kind: str | None = None
        try:
            await self._read_details()
        except DetailsRefused as refused:
            if not (self.unlisted and refused.status in (404, 410)):
                raise
            gone_kind = "not-found"
        standing = await shop.run(lambda: standing_of(shop, self.job_id))
        self.tally.problems.extend(standing.problems)
        if gone_kind is not None:
            return await self._mark_not_found(standing)
        if await shop.run(lambda: self._is_unchanged(standing)):
            return "unchanged"
        record, results = await self._gather(standing)
        standing = self.standing
        changed = await self._finish(standing, record, results)
        if self.unlisted:
            return "vanished"
        if standing.record is None and standing.lost_seal is None:
            return "new"
        return "updated" if changed else "unchanged"

    async def _read_details(self) -> None:
        """Fetch the details body. A large one waits on disk for its turn, so that of the jobs
        worked on at once only one holds a large body in memory."""
        shop = self.shop
        self.body = await shop.api.details(self.job_id)
        if len(self.body) <= LARGE_BODY:
            if not self.reserved:
                await shop.budget.take(len(self.body))
                self.reserved = len(self.body)
            return
        if self.has_turn:
            return
        path = shop.downloads.folder / f"details-{secrets.token_hex(8)}"
        await shop.run(lambda: path.write_bytes(self.body))
        self.body = b""
        try:
            await shop.large.acquire()
            self.has_turn = True
            self.body = await shop.run(path.read_bytes)
        finally:
            path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let go of the downloads this job held: later jobs find them in its bag."""
        self.shop.budget.give_back(self.reserved)
        self.reserved = 0
        if self.has_turn:
            self.has_turn = False
            self.shop.large.release()
        for key in self.shares:
            self.shop.shared.pop(key, None)
        for sha256 in self.held:
            self.shop.blobs.release(sha256)

    def _is_unchanged(self, standing: Standing) -> bool:
        """The quick answer for the usual night: same body, same list entry, nothing open."""
        row = standing.row
        if row is None or standing.bag is not None or row.gone or row.open_failures:
            return False
        if self.unlisted or standing.missing or standing.problems:
            return False
        if self.listed is not None and _listed_differs(row, self.listed):
            return False
        return row.sameness == sameness(self._parsed(self.body), self.shop.key_of)

    def _parsed(self, body: bytes):  # type: ignore[no-untyped-def]
        try:
            return parse(body)
        except BadJson as error:
            raise JobProblem(f"its details cannot be read: {error.reason}") from error

    async def _gather(self, standing: Standing) -> tuple[JobRecord, dict[Slot, Arrival | Miss]]:
        """Look at the body and fetch what it wants; once more with fresh addresses if some were
        refused (contract, *Tries*)."""
        shop = self.shop
        self.standing = standing = await self._with_record(standing)
        results: dict[Slot, Arrival | Miss] = {}
        record, present, wants = await shop.run(lambda: self._observe(self.body))
        stale = await self._fetch_all(wants, results, last=False)
        if stale:
            try:
                await self._read_details()
            except (DetailsRefused, JobProblem):
                log.debug("details of %s could not be read again", self.job_id)
            record, present, wants = await shop.run(lambda: self._observe(self.body))
            again = [want for want in wants if not isinstance(results.get(want.slot), Arrival)]
            await self._fetch_all(again, results, last=True)
        await self._mend(record, present)
        return record, results

    async def _with_record(self, standing: Standing) -> Standing:
        if standing.row is None or standing.record is not None or standing.lost_seal is not None:
            return standing
        return await self.shop.run(lambda: with_record(self.shop, standing))

    def _observe(self, body: bytes) -> tuple[JobRecord, dict[Slot, Present], tuple[Want, ...]]:
        shop, standing = self.shop, self.standing
        value = self._parsed(body)
        try:
            details = read_details(value, shop.key_of)
        except ValueError as error:
            raise JobProblem(f"its details cannot be read: {error}") from error
        before = standing.record
        had_some = before is not None and any(m.position is not None for m in before.messages)
        if had_some and not details.has_messages:
            raise JobProblem(
                "its details came without messages although it had some; nothing was changed"
            )
        now = shop.clock()
        record = before or new_record(self.job_id, self._folder_name(details), now)
        self.is_new_body, entry = self._snapshot(record, body, value, now)
        look = Look(details, self.listed, now, entry, self._last_look(standing))
        record, present = observe(record, look, shop.key_of)
        if standing.lost_seal is not None and not record.seal:
            event = HistoryEvent("folder-lost", now, entry.number)
            record = replace(record, history=(*record.history, event))
        if self.unlisted:
            record = marked_gone(record, "unlisted", now, shop.last_complete)
        self.details = details
        self.addresses = {one.address for one in present.values() if one.address}
        return record, present, wanted(record, present)

    def _last_look(self, standing: Standing) -> datetime | None:
        if standing.row is not None and standing.row.last_look is not None:
            return standing.row.last_look
        return self.shop.last_complete

    def _folder_name(self, details: Details) -> str:
        row = self.standing.row
        if row is not None:
            return row.folder.rpartition("/")[2]
        if self.folder is not None:
            return self.folder
        listed = self.listed
        title = details.name or (listed.name if listed else None)
        created = details.created or (listed.created_at if listed else None)
        folder = job_folder(self.job_id, title, created, self.shop.taken)
        self.shop.taken.add(folder.casefold())
        self.folder = folder
        return folder

    def _snapshot(
        self, record: JobRecord, body: bytes, value: object, now: datetime
    ) -> tuple[bool, SnapshotEntry]:
        """The entry of this body: the newest one's when it says the same, else a new one."""
        shop = self.shop
        same = sameness(value, shop.key_of)  # type: ignore[arg-type]
        newest = record.snapshots[-1] if record.snapshots else None
        if newest is not None and (newest.sameness == same or self._same_now(newest, same)):
            return False, newest
        number = newest.number + 1 if newest is not None else 1
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return True, SnapshotEntry(
            number=number,
            taken=now,
            file=RelPath(f"data/snapshots/{number:04d}-{stamp}.json"),
            size=len(body),
            sha256=sha256_bytes(body),
            sameness=same,
            api_origin=shop.api.origin,
        )

    def _same_now(self, newest: SnapshotEntry, same: Sha256) -> bool:
        """Whether the newest snapshot, compared by today's rules, says the same: another list of
        volatile parameters must not make every job look changed."""
        bag = self.standing.bag
        if bag is None:
            return False
        try:
            body = snapshot_series(bag).body(newest.number)
            old = sameness(
                parse(body),
                lambda address: address_key(
                    address,
                    api_origin=newest.api_origin,
                    volatile_query=self.shop.volatile_query,
                ),
            )
        except (OSError, KeyError, ValueError):
            return False
        return old == same

    # Fetching

    async def _fetch_all(
        self, wants: Iterable[Want], results: dict[Slot, Arrival | Miss], *, last: bool
    ) -> bool:
        """Fetch every want, each address once; tells whether some address may have expired."""
        wants = tuple(wants)
        groups: dict[str, list[Want]] = {}
        ambiguous = self._ambiguous()
        for want in wants:
            self.asked[want.slot] = want.address
            if want.address is None:
                results[want.slot] = Miss(want.fault or "there is no address")
                continue
            groups.setdefault(self._share_key(want, ambiguous), []).append(want)
        stale = False
        fetched = await together(
            self._fetch_group(key, group, ambiguous) for key, group in groups.items()
        )
        for group, result in zip(groups.values(), fetched, strict=True):
            stale |= isinstance(result, FetchFailure) and result.stale
            for want in group:
                results[want.slot] = self._as_result(result)
        return stale and not last

    def _ambiguous(self) -> set[AddressKey]:
        """Keys that two different addresses of this body share, wanted or archived before: they
        are never taken for one before their bytes agree."""
        shared = Counter(map(self.shop.key_of, self.addresses))
        return {key for key, addresses in shared.items() if addresses > 1}

    def _share_key(self, want: Want, ambiguous: set[AddressKey]) -> str:
        assert want.address is not None
        key = self.shop.key_of(want.address)
        kind = "file:" if want.slot.kind == "file" else ""
        return f"{kind}={want.address}" if key in ambiguous else f"{kind}{key}"

    async def _fetch_group(
        self, key: str, group: list[Want], ambiguous: set[AddressKey]
    ) -> Blob | FetchFailure:
        """Fetch one address for all who want it, in this job and in others of this run."""
        shared = self.shop.shared
        if key in shared:
            result = await asyncio.shield(shared[key])
            if isinstance(result, Blob):
                self._hold(result)
                return replace(result, downloaded=0)
            if not result.stale:
                return replace(result, wire_bytes=0)
        future: asyncio.Future[Blob | FetchFailure] = asyncio.get_running_loop().create_future()
        shared[key] = future
        self.shares.append(key)
        try:
            result = await self._fetch_once(key, group[0], ambiguous)
        except BaseException as error:
            shared.pop(key, None)
            if not isinstance(error, asyncio.CancelledError | Exception):
                raise
            future.set_result(FetchFailure(reason="the fetch was stopped", stale=True))
            raise
        future.set_result(result)
        self.tally.bytes += result.downloaded if isinstance(result, Blob) else result.wire_bytes
        return result

    async def _fetch_once(
        self, key: str, want: Want, ambiguous: set[AddressKey]
    ) -> Blob | FetchFailure:
        shop = self.shop
        assert want.address is not None
        blob = await shop.run(lambda: shop.blobs.saved(key))
        if blob is None and shop.key_of(want.address) not in ambiguous and want.slot.kind != "file":
            blob = await shop.run(lambda: self._linked(shop.key_of(want.address or "")))
        if blob is not None:
            self._hold(blob)
            return blob
        kind = {"main": "thumbnail"}.get(want.slot.kind, want.slot.kind)
        result = await shop.downloads.fetch(want.address, kind)  # type: ignore[arg-type]
        if isinstance(result, FetchFailure):
            shop.counters.photo(result.wire_bytes, False)
            return await shop.run(lambda: self._with_damaged(key, result))
        shop.counters.photo(result.wire_bytes, True)
        blob = await shop.run(lambda: self._kept(key, result, result.wire_bytes))
        self._hold(blob)
        return blob

    def _kept(self, key: str, fetched: Fetched, wire: int) -> Blob:
        return self.shop.blobs.keep(key, fetched.path, stored_facts(fetched), fetched.suffix, wire)

    def _with_damaged(self, key: str, failure: FetchFailure) -> FetchFailure:
        """Keep what arrived whole but broken among the downloads until it is sealed."""
        if failure.damaged is not None:
            blob = self._kept(f"damaged:{key}", failure.damaged, 0)
            self._hold(blob)
        return failure

    def _hold(self, blob: Blob) -> None:
        self.shop.blobs.hold(blob.facts.sha256)
        self.held.append(blob.facts.sha256)

    def _linked(self, key: AddressKey) -> Blob | None:
        """What another job already got from this address, its file hashed before it is used."""
        shop = self.shop
        facts = shop.open.catalog.address(key)
        if facts is None:
            return None
        for held in shop.open.catalog.holders(facts.sha256):
            path = shop.open.archive.root / held.folder / held.file
            try:
                if sha256_file(path) == facts.sha256:
                    shop.blobs.sealed(facts.sha256, path)
                    return Blob(path, replace(facts, same_as=None), path.suffix)
            except OSError as error:
                log.debug("%s: %s", path, error)
            self.tally.problems.append(
                Problem(
                    held.job_id,
                    f"{held.file} is damaged: its bytes are not those that were sealed. "
                    "Run `archiver verify`, then bring the file back from a backup.",
                )
            )
        return None

    def _as_result(self, result: Blob | FetchFailure) -> Arrival | Miss:
        if isinstance(result, Blob):
            return Arrival(result.facts, result.suffix)
        damaged = result.damaged
        return Miss(
            result.reason,
            result.status,
            Arrival(stored_facts(damaged), damaged.suffix) if damaged is not None else None,
        )

    # Writing down

    async def _finish(
        self, standing: Standing, record: JobRecord, results: Mapping[Slot, Arrival | Miss]
    ) -> bool:
        """Write down what came; seal the job anew if anything changed. Tells whether it did."""
        shop = self.shop
        record, placed = settle(record, results, shop.clock())
        self._count(record, results)
        before = standing.record
        changed = before is None or standing.lost_seal is not None or record != before
        if changed:
            self.addresses_only = before is not None and _only_addresses(before, record)
            await shop.run(lambda: self._commit(standing, record, placed))
        self._let_go(record)
        return changed

    def _let_go(self, record: JobRecord) -> None:
        """Tell the downloads folder which of this job's bytes now lie in its bag."""
        folder = self.shop.open.archive.root / folder_path(record.folder)
        held = set(self.held)
        for reference in record.references:
            for stored in (*reference.versions, *reference.damaged):
                if stored.sha256 in held:
                    self.shop.blobs.sealed(stored.sha256, folder / stored.file)

    def _count(self, record: JobRecord, results: Mapping[Slot, Arrival | Miss]) -> None:
        tally, shop = self.tally, self.shop
        for slot, _ in slots(record):
            result = results.get(slot)
            if result is None:
                continue
            tally.attempted += 1
            if isinstance(result, Arrival):
                sha256 = result.facts.sha256
                known = shop.open.catalog.holders(sha256)
                if not known and shop.blobs.claim(sha256):
                    tally.downloaded += 1
                else:
                    tally.deduplicated += 1
                continue
            tally.failed += 1
            tally.problems.append(
                Problem(self.job_id, f"{slot_name(slot)}: {result.reason}", self.asked.get(slot))
            )

    def _commit(
        self, standing: Standing, record: JobRecord, placed: Mapping[RelPath, Sha256]
    ) -> None:
        shop = self.shop
        bag = standing.bag
        now = shop.clock()
        seal = (bag.number if bag else standing.lost_seal or 0) + 1
        record, bodies = self._with_snapshot(replace(record, seal=seal, sealed=now), bag)
        folder = folder_path(record.folder)
        sources = {file: self._source(sha256) for file, sha256 in placed.items()}
        hashes = {**placed, **{file: sha256_bytes(body) for file, body in bodies.items()}}
        sizes = {file: path.stat().st_size for file, path in sources.items()}
        sizes |= {file: len(body) for file, body in bodies.items()}
        change = Change(
            folder=folder,
            record=record,
            previous=bag,
            sources=sources,
            bodies=bodies,
            hashes=hashes,
            sizes=sizes,
            kept_sizes=payload_sizes(bag.folder) if bag else {},
            salt=shop.salt(self.job_id, seal),
            summary=dict(Counter(event.kind for event in record.history[self._told(standing) :])),
        )
        if bag is not None and not accounted_for(bag, shop.open.pins, self.job_id):
            raise JobProblem(UNACCOUNTED)
        if bag is None and (shop.open.archive.root / folder).exists():
            raise JobProblem(UNACCOUNTED)
        sealed = commit(
            shop.open.archive,
            shop.open.ledger,
            change,
            shop.make_view,
            workspace_id=shop.open.settings.workspace_id,
            clock=shop.clock,
            sync=shop.fsync,
        )
        catalogue(shop.open, sealed, record, shop.summarise(record), looked=now)

    @staticmethod
    def _told(standing: Standing) -> int:
        return len(standing.record.history) if standing.record else 0

    def _with_snapshot(
        self, record: JobRecord, bag: Bag | None
    ) -> tuple[JobRecord, dict[RelPath, bytes]]:
        """The record with its newest snapshot's file as it is kept, and that file's bytes."""
        if not self.is_new_body:
            return record, {}
        newest = record.snapshots[-1]
        if bag is None:
            return record, {newest.file: self.body}
        packed = snapshot_series(bag).pack_next(self.body)
        file = RelPath(f"{newest.file}{packed.suffix}")
        newest = replace(newest, file=file)
        return replace(record, snapshots=(*record.snapshots[:-1], newest)), {file: packed.body}

    def _source(self, sha256: Sha256) -> Path:
        """Where to link a new payload file from: a file another job already has, if its bytes
        are the very same; good bytes are never given up for rotten ones."""
        shop = self.shop
        fresh = shop.blobs.locate(sha256)
        for held in shop.open.catalog.holders(sha256):
            path = shop.open.archive.root / held.folder / held.file
            try:
                if path == fresh or filecmp.cmp(path, fresh, shallow=False):
                    return path
            except OSError as error:
                log.debug("%s: %s", path, error)
            self.tally.problems.append(
                Problem(
                    held.job_id,
                    f"{held.file} is damaged: its bytes are not those that were sealed. "
                    "Run `archiver verify`, then bring the file back from a backup.",
                )
            )
        return fresh

    # What had to be mended

    async def _mend(self, record: JobRecord, present: Mapping[Slot, Present]) -> None:
        """Bring back payload files that are missing from the folder, if the bytes agree."""
        standing = self.standing
        if standing.bag is None:
            return
        homes = {
            stored.file: (slot, reference)
            for slot, reference in slots(record)
            for stored in reference.versions
        }
        for file, sha256 in standing.missing.items():
            why = "nobody else has the same bytes"
            source = await self.shop.run(partial(self._good_copy, sha256))
            if source is None and file in homes:
                slot, reference = homes[file]
                there = present.get(slot)
                address = (there and there.address) or reference.address
                result = await self._fetch_group(f"again:{address}", [Want(slot, address)], set())
                if isinstance(result, FetchFailure):
                    why = result.reason
                elif result.facts.sha256 != sha256:
                    why = "its address now gives other bytes"
                else:
                    source = result.path
            said = f"{file} was missing from the archive and could not be had again: {why}. "
            said += "Bring it back from a backup."
            if source is not None:
                path = standing.bag.folder / file
                await self.shop.run(partial(_put_back, source, path, self.shop.downloads.folder))
                said = f"{file} was missing from the archive; the same bytes were put back"
            self.tally.problems.append(Problem(self.job_id, said))

    def _good_copy(self, sha256: Sha256) -> Path | None:
        for held in self.shop.open.catalog.holders(sha256):
            path = self.shop.open.archive.root / held.folder / held.file
            if path.is_file() and sha256_file(path) == sha256:
                return path
        return None

    async def _mark_not_found(self, standing: Standing) -> JobState:
        """The list no longer has the job, and neither has its own address."""
        shop = self.shop
        self.standing = standing = await self._with_record(standing)
        record = standing.record
        if record is None or record.gone is not None:
            return "vanished"
        marked = marked_gone(record, "not-found", shop.clock(), shop.last_complete)
        self.is_new_body = False
        await shop.run(lambda: self._commit(standing, marked, {}))
        return "vanished"


async def together(tasks: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run coroutines at once and give their results in order; the first error stops the others
    and is raised as itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(task) for task in tasks]
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None
    return [task.result() for task in running]


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error of a group that matters most: what stops the run, else whichever came first."""
    flat: list[BaseException] = []
    waiting: list[BaseException] = [errors]
    while waiting:
        error = waiting.pop(0)
        if isinstance(error, BaseExceptionGroup):
            waiting.extend(error.exceptions)
        else:
            flat.append(error)
    return next((error for error in flat if isinstance(error, ArchiverError)), flat[0])


UNACCOUNTED = (
    "its folder is not the bag that was sealed last (the ledger says otherwise), so it was left "
    "as it is. Run `archiver verify`, then bring the folder back from a backup."
)


def slot_name(slot: Slot) -> str:
    """A reference in words: `photo #0013`."""
    if slot.kind == "main":
        return "main thumbnail"
    what = {"image": "photo", "thumbnail": "thumbnail of photo", "file": "file"}[slot.kind]
    return f"{what} #{slot.number:04d}"


def stored_facts(fetched: Fetched) -> StoredFile:
    """What the record keeps of a download; its place in the bag is given later."""
    return StoredFile(
        file=RelPath(""),
        sha256=fetched.sha256,
        size=fetched.size,
        media_type=fetched.media_type,
        width=fetched.width,
        height=fetched.height,
        orientation=fetched.orientation,
        captured=fetched.captured,
        decoded=fetched.decoded,
        final_address=fetched.final_address,
        status=fetched.status,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        content_type=fetched.content_type,
        fetched=fetched.fetched,
        notes=fetched.notes,
    )


def snapshot_series(bag: Bag) -> Series:
    """The snapshots of a bag, by number."""
    files = {
        int(path.rpartition("/")[2][:4].split("-")[0]): path
        for path in bag.payload
        if path.startswith("data/snapshots/")
    }
    return Series(bag.folder, files)


def _listed_differs(row: CatalogJob, listed: ListedJob) -> bool:
    """Whether the list now says something of a job that it did not say before."""
    name, created, web_app, report = json.loads(row.listed)
    now = (
        (listed.name, name),
        (time_text(listed.created_at) if listed.created_at else None, created),
        (listed.web_app_link, web_app),
        (listed.report_link, report),
    )
    return any(said is not None and said != known for said, known in now)


def _only_addresses(before: JobRecord, after: JobRecord) -> bool:
    """Whether nothing changed but where pictures lie."""
    return (
        len(after.snapshots) > len(before.snapshots)
        and after.history == before.history
        and after.title == before.title
        and len(after.messages) == len(before.messages)
    )


# --- the state of a job on disk -----------------------------------------------------------------


def standing_of(shop: Workshop, job_id: JobId) -> Standing:
    """How a job stands: before it may count as unchanged its folder is compared with the
    catalogue, and a mismatch is settled from the bag itself.

    Raises JobProblem when the folder is not what was sealed.
    """
    opened = shop.open
    row = opened.catalog.job(job_id)
    if row is None:
        return _uncatalogued(shop, job_id)
    folder = opened.archive.root / row.folder
    if not folder.is_dir():
        return _lost(shop, row)
    digest = tagmanifest_digest(folder)
    if digest is None:
        raise JobProblem(UNACCOUNTED)
    bag: Bag | None = None
    if digest != row.tagmanifest:
        bag = _sound_bag(shop, folder, job_id)
        record = load_job(folder)
        catalogue(opened, bag, record, shop.summarise(record))
        row = opened.catalog.job(job_id)
        assert row is not None
    problems, missing = _presence(shop, row)
    standing = Standing(row, bag, None, missing, tuple(problems))
    return with_record(shop, standing) if bag is not None or missing else standing


def with_record(shop: Workshop, standing: Standing) -> Standing:
    """The same standing with bag and record read. Raises JobProblem when they are damaged."""
    assert standing.row is not None
    folder = shop.open.archive.root / standing.row.folder
    bag = standing.bag or _sound_bag(shop, folder, JobId(standing.row.job_id))
    try:
        if not check_record_untouched(bag):
            raise JobProblem(
                f"{RECORD_PATH} is damaged, so the job was left as it is. "
                "Run `archiver verify`, then bring the file back from a backup."
            )
        record = load_job(folder)
    except (OSError, ValueError) as error:
        raise JobProblem(f"{RECORD_PATH} cannot be read: {error}") from error
    return replace(standing, bag=bag, record=record)


def _put_back(source: Path, path: Path, beside: Path) -> None:
    """Bring a payload file back into its folder, by a rename: it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside.mkdir(parents=True, exist_ok=True)
    staged = beside / f"{path.parent.parent.parent.name}-{path.name}"
    staged.unlink(missing_ok=True)
    link_or_copy(source, staged)
    fsync_file(staged)
    staged.replace(path)
    fsync_dir(path.parent)


def _sound_bag(shop: Workshop, folder: Path, job_id: JobId) -> Bag:
    try:
        bag = read_bag(folder)
    except (OSError, ValueError) as error:
        raise JobProblem(f"{UNACCOUNTED} ({error})") from error
    if not accounted_for(bag, shop.open.pins, job_id):
        raise JobProblem(UNACCOUNTED)
    return bag


def _uncatalogued(shop: Workshop, job_id: JobId) -> Standing:
    """A job the catalogue does not know: a new one, unless the ledger knows it.

    Then its folder was lost with the catalogue; or it is there but could not be taken in, and
    is not touched. Raises JobProblem.
    """
    opened = shop.open
    key = job_key(job_id)
    pins = opened.pins.jobs.get(key)
    if pins is None:
        return Standing()
    if any(folder.name.endswith(f"-{key}") for folder in job_folders(opened.archive.root)):
        raise JobProblem(UNACCOUNTED)
    if not pins.seals:
        return Standing()
    last = pins.seals[-1].seal
    opened.ledger.append("lost", shop.clock(), job=key, seal=last)
    problem = Problem(
        job_id, "its folder was missing and was archived anew; earlier history is in a backup only"
    )
    return Standing(problems=(problem,), lost_seal=last)


def _lost(shop: Workshop, row: CatalogJob) -> Standing:
    """The job's folder is gone from the disk: said, logged, and archived anew."""
    opened = shop.open
    pins = opened.pins.job(job_key(row.job_id))
    last = pins.seals[-1].seal if pins.seals else row.seal
    opened.ledger.append("lost", shop.clock(), job=job_key(row.job_id), seal=last)
    opened.catalog.forget_job(row.job_id)
    problem = Problem(
        row.job_id,
        f"its folder {row.folder} was missing and was archived anew; earlier history is in a "
        "backup only",
    )
    return Standing(
        replace(row, sameness="", tagmanifest=Sha256("")), problems=(problem,), lost_seal=last
    )


def _presence(shop: Workshop, row: CatalogJob) -> tuple[list[Problem], dict[RelPath, Sha256]]:
    """Payload files that are missing or of another size than was sealed."""
    there = payload_sizes(shop.open.archive.root / row.folder)
    problems: list[Problem] = []
    missing: dict[RelPath, Sha256] = {}
    for file, (sha256, size) in shop.open.catalog.payload(row.job_id).items():
        if file not in there:
            missing[file] = sha256
            problems.append(Problem(row.job_id, f"{file} was missing from the archive"))
        elif there[file] != size:
            problems.append(
                Problem(
                    row.job_id,
                    f"{file} is damaged: it has {there[file]} bytes, not {size}. "
                    "Bring it back from a backup.",
                )
            )
    return problems, missing


def catalogue(
    opened: OpenArchive,
    bag: Bag,
    record: JobRecord,
    summary: JobSummary,
    *,
    looked: datetime | None = None,
) -> None:
    """Write a job down in the catalogue as its bag is."""
    sizes = payload_sizes(bag.folder)
    row = CatalogJob(
        job_id=record.job_id,
        folder=recorded_folder(opened.archive.root, bag.folder),
        seal=bag.number,
        tagmanifest=bag.seal.tagmanifest,
        sameness=record.snapshots[-1].sameness if record.snapshots else "",
        listed=listed_text(record),
        open_failures=open_failures(record),
        gone=record.gone is not None,
        summary=summary,
        last_look=looked,
    )
    payload = {file: (sha256, sizes.get(file, 0)) for file, sha256 in bag.payload.items()}
    opened.catalog.put_job(row, payload, known_addresses(record))


def listed_text(record: JobRecord) -> str:
    """What the list said of a job, in a form that can be compared."""
    created = time_text(record.listed_created) if record.listed_created else None
    return json.dumps([record.listed_name, created, record.web_app_link, record.report_link])
