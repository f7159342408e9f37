"""Fetching what a job wants: each address once, for all who want it, in this job and in others.

What an unfinished run downloaded is used again, and what another job already has is linked, once
its bytes have been looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from archiver import remarks
from archiver.blobs import Blob
from archiver.download import Fetched, FetchFailure
from archiver.models import (
    AddressKey,
    JobRecord,
    Problem,
    Sha256,
)
from archiver.naming import folder_path
from archiver.plan import (
    Arrival,
    Miss,
    Slot,
    Want,
)
from archiver.standing import rotten
from archiver.storage import sha256_file
from archiver.workshop import Workshop, together

log = logging.getLogger(__name__)


class Fetching:
    """The fetching of one job. `asked` notes the address each reference was asked from, `bytes`
    what came over the wire, `problems` damage found in other jobs' files."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.held: list[Sha256] = []
        self.shares: list[str] = []
        self.asked: dict[Slot, str | None] = {}
        self.addresses: set[str] = set()
        self.bytes = 0
        self.problems: list[Problem] = []

    async def release(self) -> None:
        """Let go of the downloads this job held: later jobs find them in its bag."""
        for key in self.shares:
            self.shop.shared.pop(key, None)
        if self.held:
            await self.shop.run(self._release_held)

    def _release_held(self) -> None:
        # On a worker: hundreds of files go, each of which would hold the event loop up.
        for sha256 in self.held:
            self.shop.blobs.release(sha256)

    def let_go(self, record: JobRecord) -> None:
        """Tell the downloads folder which of this job's bytes now lie in its bag, and which have
        no place in it: those of an address that gave way to another meanwhile."""
        folder = self.shop.open.archive.root / folder_path(record.folder)
        left = set(self.held)
        for reference in record.references:
            for stored in (*reference.versions, *reference.damaged):
                if stored.sha256 in left:
                    left.discard(stored.sha256)
                    self.shop.blobs.sealed(stored.sha256, folder / stored.file)
        for sha256 in left:
            self.shop.blobs.given_up(sha256)

    async def fetch_all(
        self, wants: Iterable[Want], results: dict[Slot, Arrival | Miss], *, last: bool
    ) -> bool:
        """Fetch every want, each address once; tells whether some address may have expired."""
        wants = tuple(wants)
        groups: dict[str, list[Want]] = {}
        ambiguous = self._ambiguous()
        for want in wants:
            self.asked[want.slot] = want.address
            if want.address is None:
                results[want.slot] = Miss(want.fault or remarks.NO_ADDRESS())
                continue
            groups.setdefault(self._share_key(want, ambiguous), []).append(want)
        stale = False
        fetched = await together(
            self.fetch_group(key, group, ambiguous) for key, group in groups.items()
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

    async def fetch_group(
        self, key: str, group: list[Want], ambiguous: set[AddressKey]
    ) -> Blob | FetchFailure:
        """Fetch one address for all who want it, in this job and in others of this run."""
        shared = self.shop.shared
        if key in shared:
            result = await asyncio.shield(shared[key])
            if isinstance(result, Blob):
                self.hold(result)
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
            future.set_result(FetchFailure(remarks.STOPPED(), stale=True))
            raise
        future.set_result(result)
        self.bytes += result.downloaded if isinstance(result, Blob) else result.wire_bytes
        return result

    async def _fetch_once(
        self, key: str, want: Want, ambiguous: set[AddressKey]
    ) -> Blob | FetchFailure:
        shop = self.shop
        assert want.address is not None
        known = shop.key_of(want.address)
        may_link = known not in ambiguous and want.slot.kind != "file"
        blob = await shop.run(
            lambda: self.saved(key) or (self._linked(known) if may_link else None)
        )
        if blob is not None:
            return blob
        kind = {"main": "thumbnail"}.get(want.slot.kind, want.slot.kind)
        result = await shop.downloads.fetch(want.address, kind)  # type: ignore[arg-type]
        if isinstance(result, FetchFailure):
            shop.counters.photo(result.wire_bytes, False)
            return await shop.run(lambda: self._with_damaged(key, result))
        shop.counters.photo(result.wire_bytes, True)
        return await shop.run(lambda: self.kept(key, result, result.wire_bytes))

    def saved(self, key: str) -> Blob | None:
        """What an earlier run downloaded from an address and could not seal, if it did."""
        blob = self.shop.blobs.saved(key)
        return self._held(blob) if blob is not None else None

    def kept(self, key: str, fetched: Fetched, wire: int) -> Blob:
        """Take a download in, until its job is sealed. Raises OSError."""
        path, facts, suffix = fetched.path, fetched.facts, fetched.suffix
        return self._held(self.shop.blobs.keep(key, path, facts, suffix, wire))

    def _with_damaged(self, key: str, failure: FetchFailure) -> FetchFailure:
        """Keep what arrived whole but broken among the downloads until it is sealed."""
        if failure.damaged is not None:
            self.kept(f"damaged:{key}", failure.damaged, 0)
        return failure

    def hold(self, blob: Blob) -> None:
        """Keep these bytes on disk until the job lets go of them."""
        self.shop.blobs.hold(blob.facts.sha256)
        self._held(blob)

    def _held(self, blob: Blob) -> Blob:
        """Note that this job has to let go of these bytes in the end."""
        self.held.append(blob.facts.sha256)
        return blob

    def _linked(self, key: AddressKey) -> Blob | None:
        """What another job already got from this address, its file hashed before it is used."""
        shop = self.shop
        facts = shop.open.catalog.address(key)
        if facts is None:
            return None
        for held in shop.open.catalog.holders(facts.sha256):
            path = shop.open.archive.root / held.folder / held.file
            try:
                with shop.undisturbed():
                    digest = sha256_file(path)
                if digest == facts.sha256:
                    found = Blob(path, replace(facts, same_as=None), path.suffix)
                    return self._held(shop.blobs.link(found))
            except OSError as error:
                log.debug("%s: %s", path, error)
            self.problems.append(rotten(held))
        return None

    def _as_result(self, result: Blob | FetchFailure) -> Arrival | Miss:
        if isinstance(result, Blob):
            return Arrival(result.facts, result.suffix)
        damaged = result.damaged
        return Miss(
            result.reason,
            result.status,
            Arrival(damaged.facts, damaged.suffix) if damaged is not None else None,
        )
