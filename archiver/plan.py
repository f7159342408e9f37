"""What a new look at a job changes in its record, and what has to be fetched: pure functions.

`observe` merges one details body into the record, `wanted` says which references have no bytes
yet, `settle` writes down what fetching them gave. Nothing that was ever seen leaves a record: an
edit adds a wording, a loss opens an absence, other bytes add a version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from archiver.match import Traits, match
from archiver.models import (
    Absence,
    AddressKey,
    AddressSeen,
    Details,
    Failure,
    FileRecord,
    HistoryEvent,
    HistoryKind,
    JobId,
    JobRecord,
    ListedJob,
    Message,
    MessageRecord,
    PhotoRecord,
    Reference,
    RelPath,
    Sha256,
    SnapshotEntry,
    StoredFile,
    Wording,
)

KeyOf = Callable[[str], AddressKey]
SlotKind = Literal["image", "thumbnail", "main", "file"]


class Slot(NamedTuple):
    """Names one reference of a job: a photo's image or thumbnail by exhibit number, the main
    thumbnail (number 0), or a file by its own number."""

    kind: SlotKind
    number: int


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
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A sound file that came for a reference. `facts.file` is still to be given; `suffix` is that
    of its real type (`.jpeg`)."""

    facts: StoredFile
    suffix: str


@dataclass(frozen=True, slots=True)
class Miss:
    """Why nothing sound came; `damaged` is what arrived whole but broken."""

    reason: str
    status: int | None = None
    damaged: Arrival | None = None


def new_record(job_id: JobId, folder: str, seen: datetime) -> JobRecord:
    """The record of a job never seen before."""
    return JobRecord(job_id=job_id, folder=folder, seal=0, sealed=seen, title=None)


# --- observe ----------------------------------------------------------------------------------


def observe(record: JobRecord, look: Look, key_of: KeyOf) -> tuple[JobRecord, dict[Slot, Present]]:
    """The record after one more look, and where each of its references can be had now.

    Looking again at the same body changes nothing. A body without `messages` says nothing about
    them: the caller decides whether that is a failure.
    """
    work = _Observation(record, look, key_of)
    work.match_messages()
    work.mark_gone()
    work.look_at_main_thumbnail()
    return work.finished(), work.present


class _Observation:
    """The state of merging one body; lives for one call of `observe`."""

    def __init__(self, record: JobRecord, look: Look, key_of: KeyOf) -> None:
        self.record = record
        self.look = look
        self.key_of = key_of
        self.messages = {one.number: one for one in record.messages}
        self.photos = {one.number: one for one in record.photos}
        self.files = {one.number: one for one in record.files}
        self.main = record.main_thumbnail
        self.present: dict[Slot, Present] = {}
        self.order: list[int] = []
        self.touched: dict[HistoryKind, list[int]] = {}
        self.first = not record.snapshots
        self.known_snapshot = any(one.number == look.snapshot.number for one in record.snapshots)

    # Messages

    def match_messages(self) -> None:
        incoming = self.look.details.messages
        there = [one for one in self.record.messages if one.position is not None]
        # In the last body's order: of two messages that are quite alike, each stays itself.
        present = [self._traits(one) for one in sorted(there, key=lambda one: one.position or 0)]
        gone = [self._traits(one) for one in self.record.messages if one.position is None]
        pairs = match(present, gone, [self._traits_of(i, one) for i, one in enumerate(incoming)])
        numbers = self._numbers(incoming, pairs)
        for index, message in enumerate(incoming):
            number = numbers[index]
            if number in self.messages:
                self._seen_again(self.messages[number], message, index)
            else:
                self._seen_first(number, message, index)
            self.order.append(number)

    def _numbers(self, incoming: tuple[Message, ...], pairs: Mapping[int, int]) -> list[int]:
        """Each incoming message's number; new ones are numbered by time, then by place."""
        fresh: list[tuple[datetime | None, int]] = []
        carried: datetime | None = None
        for index, message in enumerate(incoming):
            carried = message.uploaded or carried
            if index not in pairs:
                fresh.append((carried, index))
        if all(time is not None for time, _ in fresh):
            fresh.sort(key=lambda pair: (pair[0], pair[1]))
        free = max(self.messages, default=0)
        given = {index: free + place for place, (_, index) in enumerate(fresh, 1)}
        # Exhibits are numbered in the same order, before the bodies' order is walked.
        self._next_photo = max(self.photos, default=0)
        self._photo_numbers: dict[int, int] = {}
        for _, index in fresh:
            if incoming[index].is_photo:
                self._next_photo += 1
                self._photo_numbers[index] = self._next_photo
        return [pairs.get(index) or given[index] for index in range(len(incoming))]

    def _seen_first(self, number: int, message: Message, index: int) -> None:
        look = self.look
        photo = self._photo_numbers.get(index)
        self.messages[number] = MessageRecord(
            number=number,
            kind=message.kind,
            uploaded_text=message.uploaded_text,
            uploaded=message.uploaded,
            uploader_id=message.uploader_id,
            uploader_name=message.uploader_name,
            wordings=(Wording(look.snapshot.number, look.seen, message.text),),
            first_snapshot=look.snapshot.number,
            position=index,
            photo=photo,
            raw=message.raw,
            identity=message.identity,
            odd=message.odd,
        )
        if photo is not None:
            self.photos[photo] = PhotoRecord(photo, number, Reference())
            self._touch("photos-added", photo)
        else:
            self._touch("messages-added", number)
        self._look_at_pictures(number, message)
        self._look_at_links(number, message)

    def _seen_again(self, known: MessageRecord, message: Message, index: int) -> None:
        look = self.look
        changed = replace(known, position=index)
        if known.text != message.text:
            wording = Wording(look.snapshot.number, look.seen, message.text)
            changed = replace(changed, wordings=(*known.wordings, wording))
            self._touch("edited", known.number)
        elif known.identity != message.identity:
            self._touch("facts-changed", known.number)
        changed = replace(
            changed,
            kind=message.kind,
            uploaded_text=message.uploaded_text,
            uploaded=message.uploaded,
            uploader_id=message.uploader_id,
            uploader_name=message.uploader_name,
            # The raw text follows only a change that counts: a new signature is none.
            raw=known.raw if known.identity == message.identity else message.raw,
            identity=message.identity,
            odd=message.odd,
        )
        if known.gone is not None:
            back = replace(known.gone, back=look.seen)
            changed = replace(changed, absences=(*known.absences[:-1], back))
            self._touch(
                "photo-back" if known.photo else "message-back", known.photo or known.number
            )
        if changed.photo is None and message.is_photo:
            self._next_photo += 1
            changed = replace(changed, photo=self._next_photo)
            self.photos[self._next_photo] = PhotoRecord(self._next_photo, known.number, Reference())
            self._touch("photos-added", self._next_photo)
        self.messages[known.number] = changed
        self._look_at_pictures(known.number, message)
        self._look_at_links(known.number, message)

    def mark_gone(self) -> None:
        if not self.look.details.has_messages:
            return
        there = set(self.order)
        for number, known in self.messages.items():
            if number in there or known.position is None:
                continue
            absence = Absence(since=self.look.seen, last_seen=self.look.last_look)
            self.messages[number] = replace(
                known, position=None, absences=(*known.absences, absence)
            )
            self._touch("photo-gone" if known.photo else "message-gone", known.photo or number)
            for slot in self._slots_of(number):
                self._store(slot, self._closed(self._reference(slot)))

    # Pictures and files

    def _look_at_pictures(self, number: int, message: Message) -> None:
        photo_number = self.messages[number].photo
        if photo_number is None:
            return
        image = Slot("image", photo_number)
        self.present[image] = _present(message.image, message.has_image, "photo")
        self._address(image, message.image)
        if message.has_thumbnail:
            thumbnail = Slot("thumbnail", photo_number)
            self.present[thumbnail] = _present(message.thumbnail, True, "thumbnail")
            self._address(thumbnail, message.thumbnail)

    def _look_at_links(self, number: int, message: Message) -> None:
        by_key = {
            self.files[one].reference.addresses[-1].key: one for one in self.messages[number].files
        }
        for link in message.links:
            key = self.key_of(link)
            if key not in by_key:
                by_key[key] = max(self.files, default=0) + 1
                self.files[by_key[key]] = FileRecord(by_key[key], number, Reference())
                files = (*self.messages[number].files, by_key[key])
                self.messages[number] = replace(self.messages[number], files=files)
            slot = Slot("file", by_key[key])
            self.present[slot] = Present(link)
            self._address(slot, link)

    def look_at_main_thumbnail(self) -> None:
        address = self.look.details.main_thumbnail
        if address is None:
            self._close_main()
            return
        shown = {
            self.key_of(there.address)
            for slot, there in self.present.items()
            if there.address and slot.kind in ("image", "thumbnail")
        }
        if self.key_of(address) in shown:
            self._close_main()
            return
        self.present[Slot("main", 0)] = Present(address)
        self._address(Slot("main", 0), address)

    def _close_main(self) -> None:
        if self.main is not None:
            self.main = self._closed(self.main)

    def _address(self, slot: Slot, address: str | None) -> None:
        """Write down that `slot` is now to be had at `address`."""
        known = self._reference(slot) or Reference()
        if not address:
            self._store(slot, self._closed(known))
            return
        key = self.key_of(address)
        newest = known.addresses[-1] if known.addresses else None
        if newest is not None and newest.key == key:
            if newest.last_snapshot is not None:
                known = replace(
                    known, addresses=(*known.addresses[:-1], replace(newest, last_snapshot=None))
                )
            self._store(slot, known)
            return
        gave = next((one.sha256 for one in reversed(known.addresses) if one.key == key), None)
        entry = AddressSeen(address, key, self.look.snapshot.number, sha256=gave)
        closed = self._closed(known)
        self._store(slot, replace(closed, addresses=(*closed.addresses, entry)))

    def _closed(self, reference: Reference | None) -> Reference:
        """The reference with its newest address marked as no longer named upstream."""
        known = reference or Reference()
        if not known.addresses or known.addresses[-1].last_snapshot is not None:
            return known
        last = self.record.snapshots[-1].number if self.record.snapshots else 1
        newest = replace(known.addresses[-1], last_snapshot=last)
        return replace(known, addresses=(*known.addresses[:-1], newest))

    def _slots_of(self, number: int) -> Iterator[Slot]:
        known = self.messages[number]
        if known.photo is not None:
            yield Slot("image", known.photo)
            if self.photos[known.photo].thumbnail is not None:
                yield Slot("thumbnail", known.photo)
        for one in known.files:
            yield Slot("file", one)

    def _reference(self, slot: Slot) -> Reference | None:
        return _reference_in(slot, self.photos, self.files, self.main)

    def _store(self, slot: Slot, reference: Reference) -> None:
        if slot.kind == "main":
            self.main = reference
        else:
            _put_reference(slot, reference, self.photos, self.files)

    # The whole

    def _touch(self, kind: HistoryKind, number: int) -> None:
        self.touched.setdefault(kind, []).append(number)

    def finished(self) -> JobRecord:
        look, record = self.look, self.record
        details, listed = look.details, look.listed
        title = details.name if details.name is not None else None
        if title is None:
            title = listed.name if listed and listed.name is not None else record.title
        absences = record.absences
        if record.gone is not None and listed is not None:
            absences = (*absences[:-1], replace(record.gone, back=look.seen))
        snapshots = record.snapshots
        if not self.known_snapshot:
            snapshots = (*snapshots, replace(look.snapshot, order=runs(self.order)))
        return replace(
            record,
            title=title,
            creator_id=details.creator_id,
            creator_name=details.creator_name,
            created=details.created or record.created,
            updated=details.updated or record.updated,
            web_app_link=_newer(listed.web_app_link if listed else None, record.web_app_link),
            report_link=_newer(listed.report_link if listed else None, record.report_link),
            listed_name=_newer(listed.name if listed else None, record.listed_name),
            listed_created=(listed and listed.created_at) or record.listed_created,
            absences=absences,
            snapshots=snapshots,
            messages=tuple(self.messages[number] for number in sorted(self.messages)),
            photos=tuple(self.photos[number] for number in sorted(self.photos)),
            main_thumbnail=self.main,
            files=tuple(self.files[number] for number in sorted(self.files)),
            history=(*record.history, *self._events(title)),
            odd=details.odd,
        )

    def _events(self, title: str | None) -> Iterator[HistoryEvent]:
        look = self.look
        snapshot = look.snapshot.number
        if self.first:
            yield HistoryEvent("archived", look.seen, snapshot)
            return
        if self.record.gone is not None and look.listed is not None:
            yield HistoryEvent("job-back", look.seen, snapshot)
        if title != self.record.title:
            yield HistoryEvent("renamed", look.seen, snapshot, was=self.record.title, now=title)
        for kind, numbers in self.touched.items():
            is_photo = kind.startswith("photo")
            yield HistoryEvent(
                kind,
                look.seen,
                snapshot,
                messages=() if is_photo else tuple(numbers),
                photos=tuple(numbers) if is_photo else (),
            )

    def _traits(self, one: MessageRecord) -> Traits:
        photo = self.photos[one.photo].image if one.photo else None
        key = photo.addresses[-1].key if photo and photo.addresses else None
        return Traits(
            number=one.number,
            kind=one.kind,
            time=one.uploaded_text,
            person=one.uploader_id or one.uploader_name,
            content=one.identity if not one.is_known else (one.text, key),
            photo=key,
            text=one.text,
        )

    def _traits_of(self, index: int, one: Message) -> Traits:
        key = self.key_of(one.image) if one.is_photo and one.image else None
        return Traits(
            number=index,
            kind=one.kind,
            time=one.uploaded_text,
            person=one.uploader_id or one.uploader_name,
            content=one.identity if not one.is_known else (one.text, key),
            photo=key,
            text=one.text,
        )


def _present(address: str | None, has_field: bool, what: str) -> Present:
    if address:
        return Present(address)
    if not has_field:
        return Present(None, f"the message names no address of the {what}")
    if address == "":
        return Present(None, f"the address of the {what} is empty")
    return Present(None, f"the address of the {what} is null or not text")


def _newer(now: str | None, before: str | None) -> str | None:
    return before if now is None else now


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


# --- wanted and settle ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Want:
    """A reference without bytes for its newest address: fetch `address`, or record `fault`."""

    slot: Slot
    address: str | None
    fault: str | None = None


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
        self.changed: list[int] = []

    def arrived(self, slot: Slot, reference: Reference, arrival: Arrival) -> None:
        sha256 = arrival.facts.sha256
        newest = replace(reference.addresses[-1], sha256=sha256)
        versions = reference.versions
        if all(one.sha256 != sha256 for one in versions):
            stored = self._placed(slot, arrival, len(versions) + 1)
            versions = (*versions, stored)
            if slot.kind == "image" and self.record.seal:
                if len(versions) > 1:
                    self.changed.append(slot.number)
                elif reference.failure is not None:
                    self.kept.append(slot.number)
        elif versions[-1].sha256 != sha256:
            # The bytes of an earlier version are the present ones again.
            again = next(one for one in versions if one.sha256 == sha256)
            versions = (*(one for one in versions if one is not again), again)
        self._put(
            slot,
            replace(
                reference,
                addresses=(*reference.addresses[:-1], newest),
                versions=versions,
                failure=None,
            ),
        )

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
            time = uploaded.strftime("%Y%m%dT%H%M%SZ") if uploaded else "undated"
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
            _put_reference(slot, reference, self.photos, self.files)

    def finished(self) -> JobRecord:
        snapshot = self.record.snapshots[-1].number if self.record.snapshots else None
        events: list[HistoryEvent] = []
        for kind, numbers in (("photo-kept", self.kept), ("photo-changed", self.changed)):
            if numbers:
                events.append(
                    HistoryEvent(
                        "photo-kept" if kind == "photo-kept" else "photo-changed",
                        self.seen,
                        snapshot,
                        photos=tuple(numbers),
                    )
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


def _reference_in(
    slot: Slot,
    photos: Mapping[int, PhotoRecord],
    files: Mapping[int, FileRecord],
    main: Reference | None,
) -> Reference | None:
    if slot.kind == "main":
        return main
    if slot.kind == "file":
        return files[slot.number].reference
    photo = photos[slot.number]
    return photo.image if slot.kind == "image" else photo.thumbnail


def _put_reference(
    slot: Slot,
    reference: Reference,
    photos: dict[int, PhotoRecord],
    files: dict[int, FileRecord],
) -> None:
    if slot.kind == "file":
        files[slot.number] = replace(files[slot.number], reference=reference)
    elif slot.kind == "image":
        photos[slot.number] = replace(photos[slot.number], image=reference)
    else:
        photos[slot.number] = replace(photos[slot.number], thumbnail=reference)
