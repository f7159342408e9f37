"""Writing down what fetching gave: new payload files, aliases, versions, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from archiver import localtime
from archiver.models import (
    Failure,
    HistoryEvent,
    JobRecord,
    Reference,
    RelPath,
    Sha256,
    StoredFile,
)
from archiver.plan import Arrival, Miss, Slot, put_reference, slots


def settle(
    record: JobRecord, results: Mapping[Slot, Arrival | Miss], seen: datetime
) -> tuple[JobRecord, dict[RelPath, Sha256]]:
    """The record after fetching, and the new payload files: where each goes and its hash.

    Bytes that the job already has become an alias of the file that holds them. A failure that
    comes again in the same way changes nothing.
    """
    work = _Settlement(record, seen)
    for slot, reference in tuple(slots(record)):
        result = results.get(slot)
        if isinstance(result, Arrival):
            work.arrived(slot, reference, result)
        elif result is not None:
            work.missed(slot, reference, result)
    return work.finished(), work.placed


class _Settlement:
    """The state of writing down one round of fetching; lives for one call of `settle`."""

    def __init__(self, record: JobRecord, seen: datetime) -> None:
        self.record = record
        self.seen = seen
        self.photos = {one.number: one for one in record.photos}
        self.files = {one.number: one for one in record.files}
        self.main = record.main_thumbnail
        self.messages = {one.number: one for one in record.messages}
        self.placed: dict[RelPath, Sha256] = {}
        self.homes = _homes(record)
        self.kept: list[int] = []
        self.changed: dict[str | None, list[int]] = {}

    def arrived(self, slot: Slot, reference: Reference, arrival: Arrival) -> None:
        sha256 = arrival.facts.sha256
        newest = replace(reference.addresses[-1], sha256=sha256)
        versions = reference.versions
        if all(one.sha256 != sha256 for one in versions):
            stored = self._placed(slot, arrival, len(versions) + 1)
            versions = (*versions, stored)
            if len(versions) > 1:
                self._replaced(slot)
            elif slot.kind == "image" and self.record.seal and reference.failure is not None:
                self.kept.append(slot.number)
        elif versions[-1].sha256 != sha256:
            # The bytes of an earlier version are the present ones again.
            again = next(one for one in versions if one.sha256 == sha256)
            versions = (*(one for one in versions if one is not again), again)
            self._replaced(slot)
        self._put(
            slot,
            replace(
                reference,
                addresses=(*reference.addresses[:-1], newest),
                versions=versions,
                failure=None,
            ),
        )

    def _replaced(self, slot: Slot) -> None:
        """Note that other bytes came; a thumbnail and the cover are told apart from photos."""
        if slot.kind == "main":
            self.changed.setdefault("cover", [])
        elif slot.kind != "file":
            what = "thumbnail" if slot.kind == "thumbnail" else None
            self.changed.setdefault(what, []).append(slot.number)

    def missed(self, slot: Slot, reference: Reference, miss: Miss) -> None:
        broken = reference.damaged
        damaged: StoredFile | None = None
        if miss.damaged is not None:
            sha256 = miss.damaged.facts.sha256
            damaged = next((one for one in broken if one.sha256 == sha256), None)
            if damaged is None:
                damaged = self._placed(slot, miss.damaged, len(broken) + 1, broken=True)
                broken = (*broken, damaged)
        before = reference.failure
        same = before is not None and (before.reason, before.status) == (miss.reason, miss.status)
        since = before.since if before is not None and same else self.seen
        failure = Failure(miss.reason, since, miss.status, damaged)
        self._put(slot, replace(reference, failure=failure, damaged=broken))

    def _placed(
        self, slot: Slot, arrival: Arrival, version: int, *, broken: bool = False
    ) -> StoredFile:
        sha256 = arrival.facts.sha256
        home = self.homes.get((sha256, broken))
        if home is None:
            file = self._name(slot, arrival.suffix, version, broken)
            self.placed[file] = sha256
            owner = slot.number if slot.kind in ("image", "thumbnail") else None
            self.homes[sha256, broken] = (file, owner)
            return replace(arrival.facts, file=file, same_as=None)
        file, owner = home
        own = slot.kind in ("image", "thumbnail") and owner == slot.number
        return replace(arrival.facts, file=file, same_as=None if own else owner)

    def _name(self, slot: Slot, suffix: str, version: int, broken: bool) -> RelPath:
        stem = "main"
        if slot.kind != "main":
            number = (
                self.files[slot.number].message
                if slot.kind == "file"
                else self.photos[slot.number].message
            )
            uploaded = self.messages[number].uploaded
            time = localtime.compact(uploaded) if uploaded else "undated"
            stem = f"{slot.number:04d}-{time}"
        folder = {"image": "images", "file": "files"}.get(slot.kind, "thumbnails")
        if broken:
            folder = "damaged"
            stem += "" if slot.kind == "image" else f"-{slot.kind}"
        if version > 1:
            stem += f"-v{version}"
        return RelPath(f"data/{folder}/{stem}{suffix}")

    def _put(self, slot: Slot, reference: Reference) -> None:
        if slot.kind == "main":
            self.main = reference
        else:
            put_reference(slot, reference, self.photos, self.files)

    def finished(self) -> JobRecord:
        snapshot = self.record.snapshots[-1].number if self.record.snapshots else None
        events: list[HistoryEvent] = []
        if self.kept:
            kept = tuple(self.kept)
            events.append(HistoryEvent("photo-kept", self.seen, snapshot, photos=kept))
        for what, numbers in self.changed.items():
            photos = tuple(numbers)
            events.append(
                HistoryEvent("photo-changed", self.seen, snapshot, photos=photos, now=what)
            )
        return replace(
            self.record,
            photos=tuple(self.photos[number] for number in sorted(self.photos)),
            files=tuple(self.files[number] for number in sorted(self.files)),
            main_thumbnail=self.main,
            history=(*self.record.history, *events),
        )


def _homes(record: JobRecord) -> dict[tuple[Sha256, bool], tuple[RelPath, int | None]]:
    """Where the bytes a job already has lie, and the exhibit they came with first."""
    found: dict[tuple[Sha256, bool], tuple[RelPath, int | None]] = {}
    for slot, reference in slots(record):
        owner = slot.number if slot.kind in ("image", "thumbnail") else None
        for stored in reference.versions:
            if stored.same_as is None:
                found.setdefault((stored.sha256, False), (stored.file, owner))
        for stored in reference.damaged:
            found.setdefault((stored.sha256, True), (stored.file, owner))
    return found
