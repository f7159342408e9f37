"""What a profile leaves of a record: the record of a derived bag, and what was withheld.

Pure: nothing here reads a file. Everything that is not known to be meant for the recipient is left
out, ids, addresses, snapshots and what was not understood among it; a field that a later version
adds to the record does not come along by itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from archiver.hiding import Names
from archiver.language import N_
from archiver.models import (
    Derivation,
    Failure,
    HistoryEvent,
    JobId,
    JobRecord,
    MessageRecord,
    PhotoRecord,
    Reference,
    Sha256,
    StoredFile,
    Withheld,
)
from archiver.naming import job_folder
from archiver.profile import Profile
from archiver.reader import Reader

REFERENCE_DIGITS = 20
UNTITLED = N_("Job record")
_NOT_HAD = N_("it could not be had from WorkPhotos")
_DAMAGED = N_("what came was damaged")
_PEOPLE_EVENTS = frozenset({"people-renamed", "facts-changed"})
_OWN_EVENTS = frozenset({"folder-lost"})


class Part(NamedTuple):
    """One of several parts in which a job is handed over: its number, how many there are, and the
    exhibits that it has."""

    number: int
    of: int
    photos: frozenset[int]


@dataclass(frozen=True, slots=True)
class Left:
    """A record as a profile leaves it, and the numbers of the messages and photos that stay out."""

    record: JobRecord
    messages: tuple[int, ...]
    photos: tuple[int, ...]


def reference_of(salt: bytes, profile: Profile, part: Part | None = None) -> JobId:
    """What stands for a job's id in a hand-over: the same for the same seal and profile, so that
    the sender can find it again, and nothing to anybody without the seal's salt (HMAC, RFC 2104).
    """
    shape = b"" if part is None else b"%d of %d" % (part.number, part.of)
    digest = hmac.digest(salt, b"handover\n" + profile.canonical() + shape, "sha256")
    return JobId(digest.hex()[:REFERENCE_DIGITS])


def withheld_record(
    record: JobRecord,
    profile: Profile,
    names: Names,
    *,
    reference: JobId,
    source: Sha256,
    reader: Reader,
    part: Part | None = None,
) -> Left:
    """`record` as `profile` leaves it, for `reader`. `reference` stands for the job's id, `source`
    is the SHA-256 of the source bag's tag manifest."""
    own = _Redaction(record, profile, names, reader, part)
    photos = tuple(own.photo(one) for one in record.photos if own.keeps_photo(one))
    kept = {photo.number for photo in photos}
    messages = own.messages({photo.message for photo in photos})
    title = _title(record, profile, names, reader)
    left_photos = tuple(one.number for one in own.counted_photos() if one.number not in kept)
    counts = Withheld(
        messages=len(own.silenced),
        photos=len(left_photos),
        files=len(record.files),
        wordings=own.wordings,
        versions=own.versions,
    )
    made = JobRecord(
        job_id=reference,
        folder=job_folder(reference, title, record.created or record.listed_created),
        seal=record.seal,
        sealed=record.sealed,
        title=title,
        creator_name=names.person(record.creator_id, record.creator_name)[1],
        created=record.created,
        updated=record.updated,
        listed_created=record.listed_created,
        absences=record.absences if profile.history else (),
        messages=messages,
        photos=photos,
        history=own.history({one.number for one in messages}, kept),
        derived=Derivation(
            profile=profile.name,
            source=source,
            names=profile.names,
            chat=profile.chat,
            history=profile.history,
            withheld=counts,
            part=part.number if part else 1,
            parts=part.of if part else 1,
            largest_edge=profile.largest_edge,
        ),
    )
    return Left(made, tuple(sorted(own.silenced)), left_photos)


def _title(record: JobRecord, profile: Profile, names: Names, reader: Reader) -> str:
    said = record.title if record.title is not None else record.listed_name
    return names.text(said) if said and profile.title else reader.tr(UNTITLED)


class _Redaction:
    """One record on its way through a profile."""

    def __init__(
        self,
        record: JobRecord,
        profile: Profile,
        names: Names,
        reader: Reader,
        part: Part | None,
    ) -> None:
        self._record = record
        self._profile = profile
        self._names = names
        self._reader = reader
        self._part = part
        self._gone = record.photos_gone
        self._message = {one.number: one for one in record.messages}
        self.silenced: set[int] = set()
        self.wordings = 0
        self.versions = 0

    # --- photos -------------------------------------------------------------------------------

    def counted_photos(self) -> list[PhotoRecord]:
        """The photos whose absence from a hand-over is told: all but erased ones, of this part."""
        part = self._part
        return [
            photo
            for photo in self._record.photos
            if photo.erased is None and (part is None or photo.number in part.photos)
        ]

    def keeps_photo(self, photo: PhotoRecord) -> bool:
        """Whether a photo is handed over."""
        profile, part = self._profile, self._part
        message = self._message.get(photo.message)
        if photo.erased is not None or message is None or not self._keeps(message):
            return False
        if photo.number in profile.without_photos:
            return False
        if part is not None and photo.number not in part.photos:
            return False
        if photo.number in self._gone and not profile.history:
            return False
        return self._in_time(message.uploaded)

    def _in_time(self, uploaded: datetime | None) -> bool:
        since, until = self._profile.since, self._profile.until
        if since is None and until is None:
            return True
        if uploaded is None:
            return False  # nobody can say that it belongs
        day = self._reader.local(uploaded).date()
        return (since or date.min) <= day <= (until or date.max)

    def photo(self, photo: PhotoRecord) -> PhotoRecord:
        """A photo as it is handed over."""
        small = photo.thumbnail
        return PhotoRecord(
            photo.number,
            photo.message,
            self._reference(photo.image),
            None if small is None else self._reference(small, told=False),
        )

    def _reference(self, reference: Reference, told: bool = True) -> Reference:
        versions = reference.versions if self._profile.history else reference.versions[-1:]
        if told:
            self.versions += len(reference.versions) - len(versions)
        return Reference(
            versions=tuple(_file(one) for one in versions),
            failure=self._failure(reference.failure),
        )

    def _failure(self, failure: Failure | None) -> Failure | None:
        """Why a photo is missing, without the addresses and hosts that a reason may name."""
        if failure is None:
            return None
        return Failure(self._reader.tr(_DAMAGED if failure.damaged else _NOT_HAD), failure.since)

    # --- messages -----------------------------------------------------------------------------

    def messages(self, with_photo: Collection[int]) -> tuple[MessageRecord, ...]:
        """The messages that are handed over: those whose words are, and those of kept photos."""
        found: list[MessageRecord] = []
        place = 0
        for message in self._record.messages:
            if message.erased is not None:
                continue
            speaks = any(one.text for one in message.wordings) or not message.is_known
            keeps_words = speaks and self._keeps_words(message)
            if speaks and not keeps_words:
                self.silenced.add(message.number)
            if not keeps_words and message.number not in with_photo:
                continue
            position = None if message.position is None else place
            place += message.position is not None
            found.append(self._shown(message, keeps_words, message.number in with_photo, position))
        return tuple(found)

    def _keeps(self, message: MessageRecord) -> bool:
        """Whether anything of a message is handed over."""
        present = message.gone is None or self._profile.history
        wanted = message.number not in self._profile.without_messages
        return message.erased is None and present and wanted

    def _keeps_words(self, message: MessageRecord) -> bool:
        # What is of no known kind may say anything, to anybody.
        return self._profile.chat and message.is_known and self._keeps(message)

    def _shown(
        self, message: MessageRecord, words: bool, has_photo: bool, position: int | None
    ) -> MessageRecord:
        history = self._profile.history
        wordings = message.wordings if history else message.wordings[-1:]
        if words:
            self.wordings += len(message.wordings) - len(wordings)
        key, name = self._names.person(message.uploader_id, message.uploader_name)
        return MessageRecord(
            number=message.number,
            kind=message.kind if words else "image",
            uploaded_text=message.uploaded_text if message.uploaded else None,
            uploaded=message.uploaded,
            uploader_id=key,
            uploader_name=name,
            wordings=tuple(
                replace(one, snapshot=0, text=one.text and self._names.text(one.text))
                for one in wordings
            )
            if words
            else (replace(message.wordings[-1], snapshot=0, text=None),),
            first_snapshot=0,
            position=position,
            photo=message.photo if has_photo else None,
            absences=message.absences if history else (),
        )

    # --- history ------------------------------------------------------------------------------

    def history(
        self, messages: Collection[int], photos: Collection[int]
    ) -> tuple[HistoryEvent, ...]:
        """What happened to that which is handed over."""
        if not self._profile.history:
            return ()
        made = (self._event(event, messages, photos) for event in self._record.history)
        return tuple(event for event in made if event is not None)

    def _event(
        self, event: HistoryEvent, messages: Collection[int], photos: Collection[int]
    ) -> HistoryEvent | None:
        if event.kind in _OWN_EVENTS or event.kind in _PEOPLE_EVENTS:
            return None
        if event.kind == "renamed" and not self._profile.title:
            return None
        of_messages = tuple(one for one in event.messages if one in messages)
        of_photos = tuple(one for one in event.photos if one in photos)
        if (event.messages or event.photos) and not (of_messages or of_photos):
            return None
        named = event.kind == "renamed"
        return HistoryEvent(
            kind=event.kind,
            seen=event.seen,
            messages=of_messages,
            photos=of_photos,
            was=self._names.text(event.was) if named and event.was else None,
            now=self._names.text(event.now) if named and event.now else _kind(event),
        )


def _kind(event: HistoryEvent) -> str | None:
    """What a going or a change was of: words of ours, no names."""
    return event.now if event.kind in ("job-gone", "photo-changed") else None


def _file(stored: StoredFile) -> StoredFile:
    """What a payload file is, without where it came from and what was noted of it."""
    return StoredFile(
        file=stored.file,
        sha256=stored.sha256,
        size=stored.size,
        media_type=stored.media_type,
        width=stored.width,
        height=stored.height,
        orientation=stored.orientation,
        captured=stored.captured,
        captured_offset=stored.captured_offset,
        camera=stored.camera,
        place=stored.place,
        decoded=stored.decoded,
    )
