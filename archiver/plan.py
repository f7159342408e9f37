"""The plan of a job's change, in values: what is wanted, where it can be had, what came of it.

A reference is named by its `Slot`. `observe` (its own module) merges one details body into the
record, `wanted` says which references have no bytes yet, `settle` (its own module) writes down
what fetching them gave. All are pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from archiver.models import (
    Absence,
    AddressKey,
    Details,
    FileRecord,
    HistoryEvent,
    JobId,
    JobRecord,
    ListedJob,
    PhotoRecord,
    Reference,
    SnapshotEntry,
    StoredFile,
)
from archiver.remarks import Remark

KeyOf = Callable[[str], AddressKey]
SlotKind = Literal["image", "thumbnail", "main", "file"]


class Slot(NamedTuple):
    """Names one reference of a job: a photo's image or thumbnail by exhibit number, the main
    thumbnail (number 0), or a file by its own number."""

    kind: SlotKind
    number: int


def slot_name(slot: Slot) -> str:
    """A reference in words: `photo #0013`."""
    if slot.kind == "main":
        return "main thumbnail"
    what = {"image": "photo", "thumbnail": "thumbnail of photo", "file": "file"}[slot.kind]
    return f"{what} #{slot.number:04d}"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a job: what its details said, by which snapshot, and when.

    `last_look` is the time of the last look that still found what this one may miss.
    """

    details: Details
    listed: ListedJob | None
    seen: datetime
    snapshot: SnapshotEntry
    last_look: datetime | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """Where a reference can be had now: its address as this body has it, or why there is none."""

    address: str | None
    fault: Remark | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A sound file that came for a reference. `facts.file` is still to be given; `suffix` is that
    of its real type (`.jpeg`)."""

    facts: StoredFile
    suffix: str


@dataclass(frozen=True, slots=True)
class Miss:
    """Why nothing sound came; `damaged` is what arrived whole but broken."""

    reason: Remark
    status: int | None = None
    damaged: Arrival | None = None


def new_record(job_id: JobId, folder: str, seen: datetime) -> JobRecord:
    """The record of a job never seen before."""
    return JobRecord(job_id=job_id, folder=folder, seal=0, sealed=seen, title=None)


@dataclass(frozen=True, slots=True)
class Want:
    """A reference without bytes for its newest address: fetch `address`, or record `fault`."""

    slot: Slot
    address: str | None
    fault: Remark | None = None


def slots(record: JobRecord) -> Iterator[tuple[Slot, Reference]]:
    """Every reference of a job with its name: images first, so that a shared payload file gets
    the image's name."""
    for photo in record.photos:
        yield Slot("image", photo.number), photo.image
    for photo in record.photos:
        if photo.thumbnail is not None:
            yield Slot("thumbnail", photo.number), photo.thumbnail
    if record.main_thumbnail is not None:
        yield Slot("main", 0), record.main_thumbnail
    for file in record.files:
        yield Slot("file", file.number), file.reference


def wanted(record: JobRecord, present: Mapping[Slot, Present]) -> tuple[Want, ...]:
    """What has to be fetched: each reference whose newest address has given nothing sound yet.

    The address is the one this body has (its signature is fresh); for what is gone upstream the
    last one known is tried again.
    """
    found = []
    for slot, reference in slots(record):
        newest = reference.addresses[-1] if reference.addresses else None
        there = present.get(slot)
        if newest is not None and newest.sha256 is not None:
            continue
        if there is not None and there.fault is not None and not reference.versions:
            found.append(Want(slot, None, there.fault))
        elif newest is not None and (there is None or there.fault is None):
            found.append(Want(slot, there.address if there else newest.address))
    return tuple(found)


def marked_gone(
    record: JobRecord, kind: str, since: datetime, last_seen: datetime | None
) -> JobRecord:
    """The record of a job found gone; one already marked stays as it is."""
    if record.gone is not None:
        return record
    snapshot = record.snapshots[-1].number if record.snapshots else None
    return replace(
        record,
        absences=(*record.absences, Absence(since=since, last_seen=last_seen)),
        history=(*record.history, HistoryEvent("job-gone", since, snapshot, now=kind)),
    )


def runs(order: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """A sequence of numbers as inclusive runs, rising or falling by one: 1 2 3 7 → (1,3) (7,7)."""
    found: list[tuple[int, int]] = []
    for number in order:
        if found:
            first, last = found[-1]
            step = number - last
            if abs(step) == 1 and (first == last or (last - first > 0) == (step > 0)):
                found[-1] = (first, number)
                continue
        found.append((number, number))
    return tuple(found)


def numbers_in(order: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers that `runs` packed, in order."""
    found: list[int] = []
    for first, last in order:
        step = 1 if last >= first else -1
        found.extend(range(first, last + step, step))
    return found


def reference_in(
    slot: Slot,
    photos: Mapping[int, PhotoRecord],
    files: Mapping[int, FileRecord],
    main: Reference | None,
) -> Reference | None:
    """The reference that a slot names, or None when there is none yet."""
    if slot.kind == "main":
        return main
    if slot.kind == "file":
        return files[slot.number].reference
    photo = photos[slot.number]
    return photo.image if slot.kind == "image" else photo.thumbnail


def put_reference(
    slot: Slot,
    reference: Reference,
    photos: dict[int, PhotoRecord],
    files: dict[int, FileRecord],
) -> None:
    """Put a reference of a photo or file in its place."""
    if slot.kind == "file":
        files[slot.number] = replace(files[slot.number], reference=reference)
    elif slot.kind == "image":
        photos[slot.number] = replace(photos[slot.number], image=reference)
    else:
        photos[slot.number] = replace(photos[slot.number], thumbnail=reference)
