"""One job, from its details to its sealed folder: `archive_job(job_id) -> JobOutcome`.

The unit of work, of failure and of retry. Idempotent; it knows no scheduler and no other job, and
what goes wrong in it is in its outcome, so that one broken job never harms another.
"""

from __future__ import annotations

import filecmp
import logging
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from archiver import localtime
from archiver.addresses import address_key
from archiver.api import DetailsRefused
from archiver.archive import (
    accounted_for,
    payload_sizes,
)
from archiver.bag import Bag, snapshot_series
from archiver.commit import Change, commit
from archiver.details import read_details
from archiver.download import FetchFailure
from archiver.errors import ArchiverError, JobProblem
from archiver.fetching import Fetching
from archiver.jsontext import BadJson, Json, parse, sameness
from archiver.losses import accepted, is_due
from archiver.models import (
    Details,
    Erased,
    HistoryEvent,
    JobId,
    JobOutcome,
    JobRecord,
    JobState,
    ListedJob,
    Problem,
    RelPath,
    Sha256,
    SnapshotEntry,
)
from archiver.naming import folder_path, job_folder, job_key
from archiver.observe import observe
from archiver.pins import Decision
from archiver.plan import (
    Arrival,
    Look,
    Miss,
    Present,
    Slot,
    Want,
    marked_gone,
    new_record,
    slot_name,
    slots,
    wanted,
)
from archiver.rechecking import Rechecking, to_recheck
from archiver.redaction import redacted, without_people
from archiver.settle import settle
from archiver.standing import (
    UNACCOUNTED,
    Standing,
    catalogue,
    listed_differs,
    rotten,
    standing_of,
    with_record,
)
from archiver.storage import (
    explain,
    fsync_dir,
    fsync_file,
    link_or_copy,
    move,
    remove_file,
    sha256_bytes,
    sha256_file,
)
from archiver.workshop import LARGE_BODY, Workshop

log = logging.getLogger(__name__)


@dataclass
class _Tally:
    """Numbers and problems of one job while it is worked on."""

    downloaded: int = 0
    deduplicated: int = 0
    failed: int = 0
    acknowledged: int = 0
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
        await work.release()
    return JobOutcome(
        job_id=job_id,
        state=state,
        images_downloaded=tally.downloaded,
        images_deduplicated=tally.deduplicated,
        images_failed=tally.failed,
        images_acknowledged=tally.acknowledged,
        bytes_downloaded=work.fetching.bytes,
        images_rechecked=work.rechecking.asked,
        problems=(*tally.problems, *work.fetching.problems),
        notes=work.rechecking.notes,
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
        self.marks = shop.suppression.of_job(job_key(job_id))
        self.listed = listed and without_people(listed, self.marks)
        self.cut: Mapping[int, Erased] = {}
        self.unlisted = unlisted
        self.tally = tally
        self.fetching = Fetching(shop)
        self.rechecking = Rechecking(self.fetching, job_id)
        self.addresses_only = False
        self.accepted: Mapping[Slot, Decision] = {}
        self.left: frozenset[Slot] = frozenset()
        self.folder: str | None = None
        self.has_turn = False
        self.reserved = 0
        self.body = b""
        self.redacted = False

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
        if self.marks:
            # Before anything looks at it: what was erased here is still upstream.
            await shop.run(self._redact)
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
            remove_file(path)

    def _redact(self) -> None:
        self._parsed(self.body)
        done = redacted(self.body, self.marks, job_key(self.job_id), self.shop.api.origin)
        self.redacted = done.body is not self.body
        self.body, self.cut = done.body, done.cut

    async def release(self) -> None:
        """Let go of the downloads this job held: later jobs find them in its bag."""
        self.shop.budget.give_back(self.reserved)
        self.reserved = 0
        if self.has_turn:
            self.has_turn = False
            self.shop.large.release()
        await self.fetching.release()

    def _is_unchanged(self, standing: Standing) -> bool:
        """The quick answer for the usual night: same body, same list entry, nothing open."""
        row = standing.row
        if row is None or standing.bag is not None or row.gone:
            return False
        if self.shop.recheck_images or self.unlisted or standing.missing or standing.problems:
            return False
        if self.listed is not None and listed_differs(row, self.listed):
            return False
        if row.sameness != sameness(self._parsed(self.body), self.shop.key_of):
            return False
        return not row.open_failures or self._only_accepted(standing, row.open_failures)

    def _only_accepted(self, standing: Standing, failures: int) -> bool:
        """Whether all that is missing of a job was accepted, and nothing of it is due."""
        decisions = self._decisions()
        if not decisions:
            return False
        record = with_record(self.shop, standing).record
        assert record is not None
        found = accepted(record, decisions)
        if len(found) < failures or any(map(self._is_due, found.values())):
            return False
        self.tally.acknowledged = len(found)
        return True

    def _decisions(self) -> Mapping[str, Decision]:
        return self.shop.open.pins.job(job_key(self.job_id)).acknowledged

    def _is_due(self, decision: Decision) -> bool:
        shop = self.shop
        began = shop.open.pins.run_start or shop.clock()
        return shop.try_accepted or is_due(decision, shop.last_complete, began)

    def _without_accepted(self, record: JobRecord, wants: tuple[Want, ...]) -> tuple[Want, ...]:
        """What is to be fetched: an accepted loss only when it is due."""
        self.accepted = accepted(record, self._decisions())
        self.left = frozenset(
            want.slot
            for want in wants
            if want.address is not None
            and want.slot in self.accepted
            and not self._is_due(self.accepted[want.slot])
        )
        return tuple(want for want in wants if want.slot not in self.left)

    def _parsed(self, body: bytes) -> Json:
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
        stale = await self.fetching.fetch_all(wants, results, last=False)
        stale |= await self._recheck(record, present, results, last=False)
        if stale:
            try:
                await self._read_details()
            except (DetailsRefused, JobProblem):
                log.debug("details of %s could not be read again", self.job_id)
            record, present, wants = await shop.run(lambda: self._observe(self.body))
            again = [want for want in wants if not self._came(want, results)]
            await self.fetching.fetch_all(again, results, last=True)
            await self._recheck(record, present, results, last=True)
        await self._mend(record, present)
        return record, results

    def _came(self, want: Want, results: Mapping[Slot, Arrival | Miss]) -> bool:
        """Whether what is wanted came already, from the very address that is named now."""
        asked, key_of = self.fetching.asked.get(want.slot), self.shop.key_of
        if asked is None or want.address is None:
            return False
        return isinstance(results.get(want.slot), Arrival) and key_of(asked) == key_of(want.address)

    async def _recheck(
        self,
        record: JobRecord,
        present: Mapping[Slot, Present],
        results: dict[Slot, Arrival | Miss],
        *,
        last: bool,
    ) -> bool:
        if not self.shop.recheck_images:
            return False
        found = to_recheck(record, present, self.shop.key_of)
        return await self.rechecking.ask(found, results, last=last)

    async def _with_record(self, standing: Standing) -> Standing:
        if standing.row is None or standing.record is not None or standing.lost_seal is not None:
            return standing
        return await self.shop.run(lambda: with_record(self.shop, standing))

    def _observe(self, body: bytes) -> tuple[JobRecord, dict[Slot, Present], tuple[Want, ...]]:
        shop, standing = self.shop, self.standing
        value = self._parsed(body)
        try:
            details = read_details(value, shop.key_of, self.cut)
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
        same = sameness(value, shop.key_of)
        del value  # 100 MB for a body of 60 MB, and an earlier one may be read next
        self.is_new_body, entry = self._snapshot(record, body, same, now)
        look = Look(details, self.listed, now, entry, self._last_look(standing))
        record, present = observe(record, look, shop.key_of)
        if standing.lost_seal is not None and not record.seal:
            event = HistoryEvent("folder-lost", now, entry.number)
            record = replace(record, history=(*record.history, event))
        if self.unlisted:
            record = marked_gone(record, "unlisted", now, shop.last_complete)
        self.fetching.addresses = {one.address for one in present.values() if one.address}
        return record, present, self._without_accepted(record, wanted(record, present))

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
        self, record: JobRecord, body: bytes, same: Sha256, now: datetime
    ) -> tuple[bool, SnapshotEntry]:
        """The entry of this body: the newest one's when it says the same, else a new one."""
        shop = self.shop
        newest = record.snapshots[-1] if record.snapshots else None
        if newest is not None and (newest.sameness == same or self._same_now(newest, same)):
            return False, newest
        number = newest.number + 1 if newest is not None else 1
        stamp = localtime.compact(now.astimezone(UTC))
        return True, SnapshotEntry(
            number=number,
            taken=now,
            file=RelPath(f"data/snapshots/{number:04d}-{stamp}.json"),
            size=len(body),
            sha256=sha256_bytes(body),
            sameness=same,
            api_origin=shop.api.origin,
            redacted=self.redacted,
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
            await shop.run(lambda: self._commit_in_turn(standing, record, placed))
        self.fetching.let_go(record)
        return changed

    def _count(self, record: JobRecord, results: Mapping[Slot, Arrival | Miss]) -> None:
        tally, shop = self.tally, self.shop
        tally.acknowledged = len(self.left)
        tally.failed = len(self.rechecking.problems)
        tally.problems.extend(self.rechecking.problems)
        for slot, _ in slots(record):
            result = results.get(slot)
            if result is None:
                continue
            if isinstance(result, Arrival):
                sha256 = result.facts.sha256
                known = next(shop.open.catalog.holders(sha256), None)
                if known is None and shop.blobs.claim(sha256):
                    tally.downloaded += 1
                else:
                    tally.deduplicated += 1
                continue
            if slot in self.accepted:
                tally.acknowledged += 1
                continue
            tally.failed += 1
            tally.problems.append(
                Problem(
                    self.job_id,
                    f"{slot_name(slot)}: {result.reason}",
                    self.fetching.asked.get(slot),
                )
            )

    def _commit_in_turn(
        self, standing: Standing, record: JobRecord, placed: Mapping[RelPath, Sha256]
    ) -> None:
        with self.shop.undisturbed():
            self._commit(standing, record, placed)

    def _commit(
        self, standing: Standing, record: JobRecord, placed: Mapping[RelPath, Sha256]
    ) -> None:
        shop = self.shop
        bag = standing.bag
        now = shop.clock()
        last = bag.number if bag else standing.lost_seal or 0
        seal = max(last, shop.open.pins.job(job_key(self.job_id)).last_number) + 1
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
            moving=not shop.open.abilities.shares_bytes,
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
            self.tally.problems.append(rotten(held))
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
                result = await self.fetching.fetch_group(
                    f"again:{address}", [Want(slot, address)], set()
                )
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
                await self.shop.run(partial(self._put_back, source, path))
                said = f"{file} was missing from the archive; the same bytes were put back"
            self.tally.problems.append(Problem(self.job_id, said))

    def _good_copy(self, sha256: Sha256) -> Path | None:
        with self.shop.undisturbed():
            for held in self.shop.open.catalog.holders(sha256):
                path = self.shop.open.archive.root / held.folder / held.file
                if path.is_file() and sha256_file(path) == sha256:
                    return path
        return None

    def _put_back(self, source: Path, path: Path) -> None:
        with self.shop.undisturbed():
            _put_back(source, path, self.shop.downloads.folder)

    async def _mark_not_found(self, standing: Standing) -> JobState:
        """The list no longer has the job, and neither has its own address."""
        shop = self.shop
        self.standing = standing = await self._with_record(standing)
        record = standing.record
        if record is None or record.gone is not None:
            return "vanished"
        marked = marked_gone(record, "not-found", shop.clock(), shop.last_complete)
        self.is_new_body = False
        await shop.run(lambda: self._commit_in_turn(standing, marked, {}))
        return "vanished"


def _only_addresses(before: JobRecord, after: JobRecord) -> bool:
    """Whether nothing changed but where pictures lie."""
    return (
        len(after.snapshots) > len(before.snapshots)
        and after.history == before.history
        and after.title == before.title
        and len(after.messages) == len(before.messages)
    )


# --- the state of a job on disk -----------------------------------------------------------------


def _put_back(source: Path, path: Path, beside: Path) -> None:
    """Bring a payload file back into its folder, by a rename: it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside.mkdir(parents=True, exist_ok=True)
    staged = beside / f"{path.parent.parent.parent.name}-{path.name}"
    remove_file(staged)
    link_or_copy(source, staged)
    fsync_file(staged)
    move(staged, path)
    fsync_dir(path.parent)
