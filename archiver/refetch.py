"""Downloading lost payload again: from the addresses on record, then from fresh ones.

The addresses of the record need no key. Only bytes with the very hash that was sealed are taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archiver.addresses import address_key
from archiver.api import DetailsRefused
from archiver.archive import load_job
from archiver.bag import read_bag, snapshot_series
from archiver.damage import Loss, sealed_files
from archiver.details import read_details
from archiver.download import Downloader, Fetched, FetchFailure, Kind
from archiver.errors import ArchiverError, DiskFull, JobProblem, NotWritable, Stopped
from archiver.jsontext import BadJson, parse
from archiver.models import AddressKey, JobRecord, Reference, RelPath
from archiver.observe import observe
from archiver.pins import LedgerState
from archiver.plan import Look, Slot, slots
from archiver.record import RECORD_PATH
from archiver.storage import is_sound, sha256_bytes

NO_ADDRESS = "it has no address to be downloaded from"


class Details(Protocol):
    """What gives a job's details body: the API client."""

    origin: str

    async def details(self, job_id: str) -> bytes:
        """The body. Raises DetailsRefused, JobProblem, ArchiverError."""


@dataclass
class Refetcher:
    """Downloads of one repair. `api` is None without a key: then only the addresses on record are
    tried. What came lies in `downloads.folder` until it is moved away."""

    downloads: Downloader
    api_origin: str
    state: LedgerState
    clock: datetime
    api: Details | None = None
    bodies: dict[str, bytes | str] = field(default_factory=dict)

    async def fetch_all(self, losses: Sequence[Loss]) -> dict[Loss, Path | str]:
        """For each loss the file that has its bytes, or in words why there is none.

        Raises DiskFull, NotWritable.
        """
        return {loss: await self._fetch(loss) for loss in losses}

    async def _fetch(self, loss: Loss) -> Path | str:
        record = self._record(loss)
        if isinstance(record, str):
            return record
        why = NO_ADDRESS
        tried: set[str] = set()
        for kind, address in recorded_addresses(record, loss.file):
            tried.add(address)
            got = await self._try(loss, address, kind)
            if isinstance(got, Path):
                return got
            why = got
        if self.api is None:
            return why
        return await self._freshly(loss, record, tried) or why

    def _record(self, loss: Loss) -> JobRecord | str:
        """The job's record, whose addresses are only followed when it is the sealed one."""
        sealed = sealed_files(loss.folder, loss.key, self.state)
        wanted = sealed.get(RelPath(RECORD_PATH))
        if wanted is None or not is_sound(loss.folder / RECORD_PATH, wanted):
            return f"{RECORD_PATH} is damaged, and with it the addresses"
        try:
            return load_job(loss.folder)
        except (OSError, ValueError, ArchiverError) as error:
            return f"{RECORD_PATH} cannot be read: {error}"

    async def _try(self, loss: Loss, address: str, kind: Kind) -> Path | str:
        try:
            result = await self.downloads.fetch(address, kind)
        except (DiskFull, NotWritable, Stopped):
            raise
        except ArchiverError as error:
            return error.message
        came = result.damaged if isinstance(result, FetchFailure) else result
        if isinstance(came, Fetched):
            if came.facts.sha256 == loss.sha256:
                return came.path
            came.path.unlink(missing_ok=True)
            return "its address now gives other bytes"
        assert isinstance(result, FetchFailure)
        return result.reason

    # Fresh addresses

    async def _freshly(self, loss: Loss, record: JobRecord, tried: set[str]) -> Path | str | None:
        """By the address that the job's details give now; or, for a snapshot, the body itself."""
        body = await self._body(record)
        if isinstance(body, str):
            return f"its job's details could not be read again: {body}"
        if loss.file.startswith("data/snapshots/"):
            return self._as_snapshot(loss, body)
        got: Path | str | None = None
        for kind, address in self._present(record, body, loss.file):
            if address not in tried:
                got = await self._try(loss, address, kind)
                if isinstance(got, Path):
                    return got
        return got

    async def _body(self, record: JobRecord) -> bytes | str:
        if record.job_id not in self.bodies:
            assert self.api is not None
            try:
                self.bodies[record.job_id] = await self.api.details(record.job_id)
            except (DiskFull, NotWritable, Stopped):
                raise
            except (DetailsRefused, JobProblem) as error:
                self.bodies[record.job_id] = error.reason
            except ArchiverError as error:
                self.bodies[record.job_id] = error.message
        return self.bodies[record.job_id]

    def _as_snapshot(self, loss: Loss, body: bytes) -> Path | str:
        try:
            again = _as_kept(loss, body)
        except (OSError, ValueError, LookupError):
            return "the snapshot that it is a patch of is damaged as well"
        if sha256_bytes(again) != loss.sha256:
            return "what WorkPhotos says of the job today is not what it said then"
        path = self.downloads.folder / secrets.token_hex(16)
        path.write_bytes(again)
        return path

    def _present(self, record: JobRecord, body: bytes, file: RelPath) -> Iterator[tuple[Kind, str]]:
        def key_of(address: str) -> AddressKey:
            return address_key(address, api_origin=self.api_origin)

        try:
            details = read_details(parse(body), key_of)
            look = Look(details, None, self.clock, record.snapshots[-1])
            _, present = observe(record, look, key_of)
        except (BadJson, ValueError, IndexError):
            return
        for slot, _ in _references(record, file):
            there = present.get(slot)
            if there is not None and there.address is not None:
                yield _kind(slot), there.address


def _as_kept(loss: Loss, body: bytes) -> bytes:
    """A body as the snapshot that was lost is kept: large ones are packed, against others."""
    series = snapshot_series(read_bag(loss.folder))
    (number,) = (number for number, file in series.files.items() if file == loss.file)
    return series.as_kept(number, body)


def _references(record: JobRecord, file: RelPath) -> Iterator[tuple[Slot, Reference]]:
    """The references that a payload file was kept for."""
    for slot, reference in slots(record):
        if any(stored.file == file for stored in (*reference.versions, *reference.damaged)):
            yield slot, reference


def recorded_addresses(record: JobRecord, file: RelPath) -> Iterable[tuple[Kind, str]]:
    """Every address on record that may give a file, the one that gave it first, then the newest."""
    gave: list[tuple[Kind, str]] = []
    others: list[tuple[Kind, str]] = []
    for slot, reference in _references(record, file):
        hashes = {stored.sha256 for stored in reference.versions if stored.file == file}
        for seen in reversed(reference.addresses):
            (gave if seen.sha256 in hashes else others).append((_kind(slot), seen.address))
    return dict.fromkeys([*gave, *others])


def _kind(slot: Slot) -> Kind:
    return "thumbnail" if slot.kind == "main" else slot.kind
