"""What an erasure makes of one bag, in values: record, snapshots, files that go, seals that close.

A message is erased with all that hangs on it: its photo, its files, every wording, its entry in
each snapshot. Its number stays, emptied, so that no exhibit's number is ever given again. Earlier
seals from the first one on that tells of it can no longer be opened: they go, and the ledger says
so. Those before hold nothing of it, and all they hold must still stand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from archiver.archive import payload_sizes
from archiver.bag import Bag, past_tags, read_manifest, repacked, snapshot_series
from archiver.details import KeyOf, read_message
from archiver.errors import ArchiverError
from archiver.jsontext import JsonObject, dump, parse, sameness
from archiver.models import (
    Erased,
    ErasureNote,
    HistoryEvent,
    JobRecord,
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
from archiver.naming import job_key
from archiver.pins import ErasedJob
from archiver.plan import numbers_in
from archiver.record import converter, load_record
from archiver.redaction import (
    ItemMarks,
    Marks,
    address_mark,
    addresses_of,
    content_mark,
    is_placeholder,
    key_in,
    moment_mark,
    redacted,
    text_mark,
    without_person_in,
    without_strays,
)
from archiver.storage import sha256_bytes


@dataclass(frozen=True, slots=True)
class BagErasure:
    """What a bag becomes: its next record (seal and time still those of the present one), payload
    files that leave or are written anew, the new bodies, and the numbers for the ledger."""

    bag: Bag
    record: JobRecord
    gone: frozenset[RelPath]
    bodies: Mapping[RelPath, bytes]
    told: ErasedJob


# --- messages and photos ----------------------------------------------------------------------


def messages_of_photos(record: JobRecord, photos: Collection[int]) -> set[int]:
    """The messages to which some exhibits belong."""
    return {photo.message for photo in record.photos if photo.number in photos}


def item_marks(
    bag: Bag, record: JobRecord, numbers: Collection[int], marks: Marks
) -> tuple[ItemMarks, ...]:
    """The marks of some messages of a job, made of every body that has them. Raises OSError,
    ValueError."""
    contents: dict[int, dict[str, None]] = {number: {} for number in numbers}
    addresses: dict[int, set[str]] = {number: set() for number in numbers}
    moments: dict[int, str | None] = dict.fromkeys(numbers)
    texts: dict[int, set[str]] = {number: set() for number in numbers}
    others: set[str | None] = set()
    spare: dict[str, int] = {}
    for entry, body in _bodies(bag, record):
        key_of = key_in(marks, entry.api_origin)
        alike: dict[str, int] = {}
        for number, message in _messages_in(body, entry, key_of):
            content = content_mark(marks, message, key_of)
            if number not in contents:
                others.add(moment_mark(marks, message))
                alike[content] = alike.get(content, 0) + 1
                continue
            contents[number][content] = None
            moments[number] = moment_mark(marks, message)
            texts[number] |= {one for one in (text_mark(marks, message.text),) if one}
            addresses[number] |= {address_mark(marks, key_of(a)) for a in addresses_of(message)}
        spare = {one: max(spare.get(one, 0), alike.get(one, 0)) for one in {*spare, *alike}}
    for number, reference in _references(record, numbers):
        addresses[number] |= _address_marks(record, reference, marks)
    return tuple(
        ItemMarks(
            message=number,
            content=tuple(contents[number]) or (marks.mark("message", str(number)),),
            address=tuple(sorted(addresses[number])),
            moment=moments[number] if moments[number] not in others else None,
            text=tuple(sorted(texts[number])),
            spare=max((spare.get(one, 0) for one in contents[number]), default=0),
        )
        for number in sorted(numbers)
    )


def _address_marks(record: JobRecord, reference: Reference, marks: Marks) -> set[str]:
    """The marks of every address a picture was ever seen at."""
    origins = {entry.number: entry.api_origin for entry in record.snapshots}
    return {
        address_mark(marks, key_in(marks, origins.get(seen.first_snapshot, ""))(seen.address))
        for seen in reference.addresses
    }


def _messages_in(body: bytes, entry: SnapshotEntry, key_of: KeyOf) -> Iterable[tuple[int, Message]]:
    """The messages of a snapshot with their numbers, those erased before left out."""
    value = parse(body)
    listed = value.get("messages") if isinstance(value, JsonObject) else None
    if not isinstance(listed, list):
        return
    for number, item in zip(numbers_in(entry.order), listed, strict=False):
        if not is_placeholder(item):
            yield number, read_message(item, key_of)


def _references(record: JobRecord, numbers: Collection[int]) -> Iterable[tuple[int, Reference]]:
    """All that some messages point at, with the message's number."""
    for photo in record.photos:
        if photo.message in numbers:
            yield photo.message, photo.image
            if photo.thumbnail is not None:
                yield photo.message, photo.thumbnail
    for file in record.files:
        if file.message in numbers:
            yield file.message, file.reference


def erase_items(
    bag: Bag,
    record: JobRecord,
    numbers: Collection[int],
    note: ErasureNote,
    marks: Marks,
) -> BagErasure:
    """A bag without some messages; `marks` are those of this erasure. Raises OSError, ValueError,
    ArchiverError when a snapshot would still hold one."""
    items = {i.message: i for i in marks.jobs[job_key(record.job_id)] if i.message in numbers}
    stubs = {number: Erased(note.erasing, item.item) for number, item in items.items()}
    after = _without_messages(record, stubs, marks, {m for i in items.values() for m in i.address})
    snapshots, bodies, gone = _rewritten(bag, record, marks)
    _refuse_left(record, snapshots, stubs, items)
    messages = tuple(_without_quotes(one, after, marks, items) for one in after.messages)
    after = replace(
        after, messages=messages, snapshots=snapshots, erasures=(*record.erasures, note)
    )
    left = frozenset(_files(record) - _files(after))
    photos = tuple(p.number for p in record.photos if p.message in numbers and p.erased is None)
    gone |= left

    def tells(earlier: JobRecord) -> bool:
        return any(message.number in numbers for message in earlier.messages)

    told = _told(bag, left, tells, gone, photos=photos, messages=tuple(sorted(numbers)))
    return BagErasure(bag, after, frozenset(gone), bodies, told)


def _without_messages(
    record: JobRecord, stubs: Mapping[int, Erased], marks: Marks, addresses: set[str]
) -> JobRecord:
    photos = {photo.number for photo in record.photos if photo.message in stubs}
    hashes = {
        stored.sha256
        for _, reference in _references(record, stubs)
        for stored in (*reference.versions, *reference.damaged)
    }
    main = record.main_thumbnail
    if main is not None and (
        not _address_marks(record, main, marks).isdisjoint(addresses)
        or any(stored.sha256 in hashes for stored in main.versions)
    ):
        main = None
    return replace(
        record,
        messages=tuple(
            _stub(one, stubs[one.number]) if one.number in stubs else one for one in record.messages
        ),
        photos=tuple(
            PhotoRecord(one.number, one.message, Reference(), erased=stubs[one.message].erasing)
            if one.message in stubs
            else _unlike(one, photos)
            for one in record.photos
        ),
        files=tuple(
            replace(one, reference=Reference()) if one.message in stubs else one
            for one in record.files
        ),
        main_thumbnail=main if main is None else _reference_unlike(main, photos),
        history=tuple(_nameless(event, stubs) for event in record.history),
    )


def _nameless(event: HistoryEvent, stubs: Collection[int]) -> HistoryEvent:
    """The event without the names of a person that only erased messages told."""
    if event.kind == "people-renamed" and set(event.messages) <= set(stubs):
        return replace(event, was=None, now=None)
    return event


def _stub(message: MessageRecord, erased: Erased) -> MessageRecord:
    first = message.wordings[0]
    return MessageRecord(
        number=message.number,
        kind=None,
        uploaded_text=None,
        uploaded=None,
        uploader_id=None,
        uploader_name=None,
        wordings=(Wording(first.snapshot, first.seen, None),),
        first_snapshot=message.first_snapshot,
        position=message.position,
        photo=message.photo,
        erased=erased,
    )


def _without_quotes(
    message: MessageRecord, record: JobRecord, marks: Marks, items: Mapping[int, ItemMarks]
) -> MessageRecord:
    """A message that stays, without what its fields nobody knows quote of one that goes."""
    if message.raw is None:
        return message
    key_of = _latest_key(record, marks)
    own = {wording.text for wording in message.wordings if wording.text}
    raw = without_strays(message.raw, marks, tuple(items.values()), key_of, own)
    if raw == message.raw:
        return message
    raw = dump(parse(raw.encode()))
    return replace(message, raw=raw, identity=sameness(parse(raw.encode()), key_of))


def _latest_key(record: JobRecord, marks: Marks) -> KeyOf:
    """How addresses are compared in a job's newest body."""
    return key_in(marks, record.snapshots[-1].api_origin if record.snapshots else "")


def _unlike(photo: PhotoRecord, erased: Collection[int]) -> PhotoRecord:
    """A photo that stays, no longer said to be the same as one that goes."""
    small = photo.thumbnail
    return replace(
        photo,
        image=_reference_unlike(photo.image, erased),
        thumbnail=small if small is None else _reference_unlike(small, erased),
    )


def _reference_unlike(reference: Reference, erased: Collection[int]) -> Reference:
    def own(stored: StoredFile) -> StoredFile:
        return replace(stored, same_as=None) if stored.same_as in erased else stored

    return replace(
        reference,
        versions=tuple(map(own, reference.versions)),
        damaged=tuple(map(own, reference.damaged)),
    )


def _refuse_left(
    record: JobRecord,
    snapshots: tuple[SnapshotEntry, ...],
    stubs: Mapping[int, Erased],
    items: Mapping[int, ItemMarks],
) -> None:
    """Raise ArchiverError for a snapshot that has a message still: nothing was changed yet."""
    for before, after in zip(record.snapshots, snapshots, strict=True):
        held = {number for number in numbers_in(before.order) if number in stubs}
        if held and not after.redacted and not all(items[one].spare for one in held):
            raise ArchiverError(
                f"{before.file} of job {record.job_id} holds message {min(held)} in a way that "
                "cannot be cut out.",
                "Nothing was erased. Please report it.",
            )


def _files(record: JobRecord) -> set[RelPath]:
    """Every payload file that a record's pictures and files lie in."""
    found: set[RelPath] = set()
    for reference in record.references:
        found |= {stored.file for stored in (*reference.versions, *reference.damaged)}
        if reference.failure is not None and reference.failure.damaged is not None:
            found.add(reference.failure.damaged.file)
    return found


# --- a person -----------------------------------------------------------------------------------


def erase_person(bag: Bag, record: JobRecord, note: ErasureNote, marks: Marks) -> BagErasure | None:
    """A bag in which a pseudonym stands for a person; None when the person is not in it.
    Raises OSError, ValueError."""
    assert marks.person is not None
    plain = converter().unstructure(record)
    after = converter().structure(without_person_in(plain, marks, marks.person), JobRecord)
    snapshots, bodies, gone = _rewritten(bag, record, marks)
    if after == record and not bodies:
        return None
    key_of = _latest_key(record, marks)
    messages = tuple(
        replace(one, identity=sameness(parse(one.raw.encode()), key_of)) if one.raw else one
        for one in after.messages
    )
    after = replace(
        after, messages=messages, snapshots=snapshots, erasures=(*record.erasures, note)
    )
    told = _told(bag, frozenset(), lambda earlier: True, gone)
    return BagErasure(bag, after, frozenset(gone), bodies, told)


# --- what both have in common -------------------------------------------------------------------


def _bodies(bag: Bag, record: JobRecord) -> Iterable[tuple[SnapshotEntry, bytes]]:
    series = snapshot_series(bag)
    for entry in record.snapshots:
        yield entry, series.body(entry.number)


def _rewritten(
    bag: Bag, record: JobRecord, marks: Marks
) -> tuple[tuple[SnapshotEntry, ...], dict[RelPath, bytes], set[RelPath]]:
    """The snapshots without what was erased: entries, files to write, files that go. From the first
    that changes on all are packed anew, for a later one may be kept as a patch against it."""
    key = job_key(record.job_id)
    entries = list(record.snapshots)
    new: dict[int, bytes] = {}
    first: int | None = None
    for place, (entry, body) in enumerate(_bodies(bag, record)):
        now = redacted(body, (marks,), key, entry.api_origin).body
        if now != body:
            first = entry.number if first is None else first
            entries[place] = replace(
                entry,
                size=len(now),
                sha256=sha256_bytes(now),
                sameness=sameness(parse(now), key_in(marks, entry.api_origin)),
                redacted=True,
            )
        if first is not None:
            new[entry.number] = now
    gone: set[RelPath] = set()
    bodies: dict[RelPath, bytes] = {}
    packed = repacked(snapshot_series(bag), new)
    for place, entry in enumerate(entries):
        if entry.number in packed:
            one = packed[entry.number]
            plain = entry.file.partition(".json")[0] + ".json"
            gone.add(entry.file)
            entries[place] = replace(entry, file=RelPath(plain + one.suffix))
            bodies[entries[place].file] = one.body
    return tuple(entries), bodies, gone


def _told(
    bag: Bag,
    left: Collection[RelPath],
    tells: Callable[[JobRecord], bool],
    gone: Collection[RelPath],
    *,
    photos: tuple[int, ...] = (),
    messages: tuple[int, ...] = (),
) -> ErasedJob:
    sizes = payload_sizes(bag.folder)
    return ErasedJob(
        files=len(left),
        size=sum(sizes.get(path, 0) for path in left),
        photos=photos,
        messages=messages,
        dropped=_dropped(bag, tells, gone),
    )


def _dropped(
    bag: Bag, tells: Callable[[JobRecord], bool], gone: Collection[RelPath]
) -> tuple[int, ...]:
    """The seals that go: from the first on whose record tells of what is erased, or that lists a
    file that is no longer what it was; the present one always, for its record does."""
    manifests = past_tags(bag.folder, bag.tags, "manifest-sha256.txt")
    records = past_tags(bag.folder, bag.tags, "record.json")
    past = sorted(manifests.files)
    for place, number in enumerate(past):
        listed: Mapping[RelPath, Sha256] = read_manifest(manifests.body(number))
        if not listed.keys().isdisjoint(gone) or tells(load_record(records.body(number))):
            return (*past[place:], bag.number)
    return (bag.number,)
