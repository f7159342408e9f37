"""What an erasure would take, and what stands in its way: holds, and the same bytes elsewhere.

Nothing is written here. The plan tells in numbers what goes; whoever asked decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from archiver.archive import OpenArchive
from archiver.erasing import Intent, Rehearsal, all_jobs, rehearse, sound_bag, strangers
from archiver.erasure import messages_of_photos
from archiver.errors import ErasureRefused, UsageProblem
from archiver.models import JobRecord, Reference, RelPath, Sha256
from archiver.naming import job_key
from archiver.people import Person
from archiver.plan import Slot, slot_name, slots

Reach = Literal["ask", "everywhere", "here-only"]
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same bytes as of something that is to go, in a photo or file that is not; `message` is
    None for a job's main thumbnail."""

    job_id: str
    name: str
    message: int | None

    def __str__(self) -> str:
        return f"{self.name} of job {self.job_id}"


@dataclass(frozen=True, slots=True)
class Plan:
    """An erasure as it would be: what was tried out, what has the same bytes and stays, files in
    the folders that are not the archive's and go too, and what else must be said."""

    rehearsal: Rehearsal
    records: tuple[JobRecord, ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    strangers: tuple[RelPath, ...] = ()
    notes: tuple[str, ...] = ()


def plan_job(
    opened: OpenArchive,
    key: str,
    *,
    photos: Collection[int] = (),
    messages: Collection[int] = (),
    reach: Reach = "ask",
    volatile: tuple[str, ...] = (),
) -> Plan:
    """The erasure of a job, or of photos and messages in it.

    Raises ErasureRefused for a hold and, unless `reach` says how far to go, when other photos have
    the same bytes; UsageProblem for a number that is not there; ArchiveDamaged.
    """
    refuse_held(opened, [key])
    _, record = sound_bag(opened, key)
    if photos or messages:
        intent = Intent(items={key: frozenset(_numbers(record, photos, messages))})
    else:
        intent = Intent(whole=frozenset({key}))
    intent = replace(intent, volatile=volatile)
    found = tuple(_elsewhere(opened, intent))
    if found and reach == "ask":
        raise _spread(found)
    while found and reach == "everywhere":
        refuse_held(opened, [job_key(one.job_id) for one in found])
        intent = _wider(intent, found)
        found = tuple(_elsewhere(opened, intent))
    keys = sorted(intent.whole | intent.items.keys())
    return Plan(
        rehearse(opened, intent),
        tuple(sound_bag(opened, one)[1] for one in keys),
        found,
        strangers(opened, keys),
        tuple(_cover_notes(opened, intent)),
    )


def plan_person(opened: OpenArchive, person: Person, *, volatile: tuple[str, ...] = ()) -> Plan:
    """The pseudonymisation of a person, in every job. Raises ErasureRefused for a hold on any of
    them; ArchiveDamaged."""
    intent = Intent(ids=person.ids, names=person.names, volatile=volatile)
    rehearsal = rehearse(opened, intent, all_jobs(opened))
    refuse_held(opened, rehearsal.jobs)
    records = tuple(sound_bag(opened, key)[1] for key in rehearsal.jobs)
    return Plan(rehearsal, records, strangers=strangers(opened, rehearsal.jobs))


def refuse_held(opened: OpenArchive, keys: Iterable[str]) -> None:
    """Raise ErasureRefused for the first job that a hold keeps."""
    for key in sorted(keys):
        for number, hold in sorted(opened.pins.job(key).holds.items()):
            raise ErasureRefused(
                f"Job {key} is held: nothing of it may be erased (hold {number} of "
                f"{hold.time:%Y-%m-%d}, by {hold.by}: {hold.reason}).",
                "`archiver hold remove` ends a hold, with a reason.",
            )


def _numbers(record: JobRecord, photos: Collection[int], messages: Collection[int]) -> set[int]:
    there = {one.number for one in record.photos if one.erased is None}
    known = {one.number for one in record.messages if one.erased is None}
    for what, wanted, have in (("photo", photos, there), ("message", messages, known)):
        missing = sorted(set(wanted) - have)
        if missing:
            raise UsageProblem(
                f"Job {record.job_id} has no {what} {missing[0]} that could be erased.",
                "The job's page shows their numbers; what was erased before has one too.",
            )
    return {*messages, *messages_of_photos(record, photos)}


# --- the same bytes elsewhere ---------------------------------------------------------------------


def _elsewhere(opened: OpenArchive, intent: Intent) -> Iterator[Elsewhere]:
    hashes: set[Sha256] = set()
    for key in sorted(intent.whole | intent.items.keys()):
        _, record = sound_bag(opened, key)
        hashes |= _pictures(record, intent.items.get(key))
    held = {job_key(one.job_id) for sha256 in hashes for one in opened.catalog.holders(sha256)}
    for key in sorted(held - intent.whole):
        _, record = sound_bag(opened, key)
        gone = intent.items.get(key, frozenset())
        for slot, message, reference in _placed(record):
            if slot.kind == "main" and key in intent.items:
                continue  # goes with what has its bytes
            if message not in gone and not hashes.isdisjoint(_hashes(reference)):
                yield Elsewhere(record.job_id, slot_name(slot), message)


def _pictures(record: JobRecord, numbers: frozenset[int] | None) -> set[Sha256]:
    """The hashes of what is to go, thumbnails aside: a stand-in may be that of many photos."""
    return {
        sha256
        for slot, message, reference in _placed(record)
        if slot.kind in ("image", "file") and (numbers is None or message in numbers)
        for sha256 in _hashes(reference)
    }


def _hashes(reference: Reference) -> set[Sha256]:
    return {stored.sha256 for stored in (*reference.versions, *reference.damaged)}


def _placed(record: JobRecord) -> Iterator[tuple[Slot, int | None, Reference]]:
    """Every reference of a job with the message it belongs to."""
    of_photo = {photo.number: photo.message for photo in record.photos}
    of_file = {file.number: file.message for file in record.files}
    for slot, reference in slots(record):
        of = of_file if slot.kind == "file" else of_photo
        yield slot, None if slot.kind == "main" else of[slot.number], reference


def _spread(found: tuple[Elsewhere, ...]) -> ErasureRefused:
    names = "; ".join(map(str, found[:_SHOWN]))
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ErasureRefused(
        f"The same bytes are also elsewhere in this archive: {names}{more}.",
        "--everywhere erases them there too, --here-only leaves them there. Nothing was erased.",
    )


def _wider(intent: Intent, found: tuple[Elsewhere, ...]) -> Intent:
    items = {key: set(numbers) for key, numbers in intent.items.items()}
    for one in found:
        if one.message is not None:
            items.setdefault(job_key(one.job_id), set()).add(one.message)
    wider = replace(intent, items={key: frozenset(numbers) for key, numbers in items.items()})
    if wider == intent:
        raise ErasureRefused(
            f"The {found[0]} has the same bytes, and no message to erase it with.",
            "Erase that job whole, or use --here-only. Nothing was erased.",
        )
    return wider


def _cover_notes(opened: OpenArchive, intent: Intent) -> Iterator[str]:
    """A cover picture with an address and bytes of its own may show what is erased: only a person
    can tell."""
    for key, numbers in sorted(intent.items.items()):
        _, record = sound_bag(opened, key)
        main = record.main_thumbnail
        if main is None or main.stored is None:
            continue
        gone = {
            sha256
            for _, message, reference in _placed(record)
            if message in numbers
            for sha256 in _hashes(reference)
        }
        if gone.isdisjoint(_hashes(main)):
            yield (
                f"The cover picture of job {record.job_id} ({main.stored.file}) is a file of its "
                "own and stays: look whether it shows what you erase."
            )
