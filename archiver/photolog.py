"""The photo log: a row for each kept version of each photo of a job, and for each that is missing.

A pure function of the record and of what ledger and last verification say. What was erased has no
row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from archiver.addresses import told_address
from archiver.capturetime import FAR, clock_fact
from archiver.columns import columns_of, told, wall_time
from archiver.language import ENGLISH, language_of
from archiver.models import (
    Absence,
    MessageRecord,
    PhotoRecord,
    Reference,
    StoredFile,
)
from archiver.plan import Slot
from archiver.record import time_text
from archiver.sealedjobs import SealedJob

PhotoStatus = Literal["kept", "vanished", "earlier", "missing", "damaged"]
_PLACE = re.compile(r"(-?[0-9]{1,2}\.[0-9]{6}),(-?[0-9]{1,3}\.[0-9]{6})")


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One row; each field is a column."""

    job_id: str = field(metadata=told("the job's id in WorkPhotos", 26))
    job: str | None = field(metadata=told("the job's present title", 30))
    exhibit: int = field(metadata=told("the photo's number in its job; never changes", 8))
    version: int | None = field(
        metadata=told("of the kept file, from 1; more than one where other bytes came later", 8)
    )
    status: PhotoStatus = field(metadata=told("see below", 10))
    note: str | None = field(
        metadata=told("in words: why it is missing or damaged, and what else is to be known", 40)
    )
    time_local: datetime | None = field(
        metadata=told("when it was uploaded, in the archive's time zone, to the second", 19)
    )
    time_utc: str | None = field(metadata=told("the same instant in UTC, ISO 8601", 25))
    uploader: str | None = field(metadata=told("name, as sent", 20))
    uploader_id: str | None = field(metadata=told("the uploader's id in WorkPhotos", 26))
    message: int = field(metadata=told("number of the message that shows it", 9))
    file: str | None = field(metadata=told("the file, relative to the archive's folder", 60))
    sha256: str | None = field(metadata=told("SHA-256 of the file, as it was sealed", 66))
    bytes: int | None = field(metadata=told("its size", 11))
    width: int | None = field(
        metadata=told("pixels, as looked at (EXIF's orientation applied); empty if unknown", 7)
    )
    height: int | None = field(metadata=told("likewise", 7))
    media_type: str | None = field(metadata=told("by the bytes, never by a name or header", 12))
    exif_time: str | None = field(
        metadata=told("EXIF's DateTimeOriginal as written: the camera's clock, without zone", 19)
    )
    camera: str | None = field(metadata=told("EXIF's maker and model", 20))
    latitude: Decimal | None = field(
        metadata=told("EXIF's, in degrees (WGS 84), north positive", 11)
    )
    longitude: Decimal | None = field(metadata=told("likewise, east positive", 11))
    source: str | None = field(
        metadata=told("the address it came from, or is missing at, without signature", 60)
    )
    archived_utc: str | None = field(metadata=told("when it was fetched, in UTC", 25))
    vanished_utc: str | None = field(
        metadata=told("when photo, message or job was found no longer in WorkPhotos, in UTC", 25)
    )
    exif_offset: str | None = field(
        metadata=told("how far `exif_time` is from UTC, where the camera told it: `+02:00`", 7)
    )


COLUMNS = columns_of(PhotoRow)


def photo_rows(job: SealedJob, zone: ZoneInfo, far: timedelta = FAR) -> Iterator[PhotoRow]:
    """The rows of a job: by exhibit, and of each the oldest version first. From `far` on a photo is
    far from its upload."""
    messages = {message.number: message for message in job.record.messages}
    gone = job.record.photos_gone
    for photo in job.record.photos:
        message = messages[photo.message]
        if photo.erased is None and message.erased is None:
            away = (gone.get(photo.number), message.gone, job.record.gone)
            yield from _Exhibit(job, photo, message, first_gone(*away), zone, far).rows()


def first_gone(*absences: Absence | None) -> datetime | None:
    """When the first of some open absences began; None when nothing is gone."""
    return min((one.since for one in absences if one is not None), default=None)


def utc_text(moment: datetime | None) -> str | None:
    """A time in UTC as every table writes it: RFC 3339, `Z`, as many digits as it has."""
    return None if moment is None else time_text(moment)


def note_of(*said: str | None) -> str | None:
    """Some remarks as one, None when there are none."""
    return "; ".join(one.rstrip(".") for one in said if one) or None


def sent_time(message: MessageRecord) -> str | None:
    """What an upload time that nobody can read said, in words."""
    if message.uploaded is not None or not message.uploaded_text:
        return None
    return f"time as sent: {message.uploaded_text}"


@dataclass(frozen=True, slots=True)
class _Exhibit:
    """One photo on its way into the log."""

    job: SealedJob
    photo: PhotoRecord
    message: MessageRecord
    gone: datetime | None
    zone: ZoneInfo
    far: timedelta

    def rows(self) -> Iterator[PhotoRow]:
        versions = self.photo.image.versions
        if not versions:
            yield self._row(
                None, None, "missing", note_of(self._missing(), sent_time(self.message))
            )
        for number, stored in enumerate(versions, 1):
            last = number == len(versions)
            note = note_of(*self._remarks(stored, last), sent_time(self.message))
            yield self._row(stored, number, self._status(stored, last), note)

    def _status(self, stored: StoredFile, last: bool) -> PhotoStatus:
        if stored.file in self.job.damaged:
            return "damaged"
        if not last:
            return "earlier"
        return "kept" if self.gone is None else "vanished"

    def _missing(self) -> str:
        failure = self.photo.image.failure
        if failure is None:
            return "not fetched yet"
        kept = (
            f"what arrived is broken, kept as {failure.damaged.file}" if failure.damaged else None
        )
        return note_of(failure.reason, kept, self._accepted()) or ""

    def _accepted(self) -> str | None:
        decision = self.job.accepted.get(Slot("image", self.photo.number))
        if decision is None:
            return None
        return f"accepted as lost on {decision.time:%Y-%m-%d}: {decision.reason}"

    def _remarks(self, stored: StoredFile, last: bool) -> Iterator[str | None]:
        if stored.file in self.job.damaged:
            yield "altered or missing since it was sealed"
        if last and self.photo.image.failure is not None:
            yield f"a newer picture is missing: {self._missing()}"
        if stored.same_as is not None:
            yield f"the same file as exhibit {stored.same_as}"
        fact = clock_fact(self.job.record, stored, self.message.uploaded, self.far)
        if fact is not None:
            yield f"camera clock {fact.told(language_of(ENGLISH))}"
        if not stored.decoded:
            yield "kept as received, not decoded"
        yield from stored.notes

    def _row(
        self, stored: StoredFile | None, version: int | None, status: PhotoStatus, note: str | None
    ) -> PhotoRow:
        record, message = self.job.record, self.message
        width, height = stored.sides if stored else (0, 0)
        latitude, longitude = place_of(stored)
        return PhotoRow(
            job_id=record.job_id,
            job=record.title,
            exhibit=self.photo.number,
            version=version,
            status=status,
            note=note,
            time_local=wall_time(message.uploaded, self.zone),
            time_utc=utc_text(message.uploaded),
            uploader=message.uploader_name,
            uploader_id=message.uploader_id,
            message=message.number,
            file=f"{self.job.folder}/{stored.file}" if stored else None,
            sha256=stored.sha256 if stored else None,
            bytes=stored.size if stored else None,
            width=width or None,
            height=height or None,
            media_type=stored.media_type if stored else None,
            exif_time=stored.captured if stored else None,
            camera=stored.camera if stored else None,
            latitude=latitude,
            longitude=longitude,
            source=_source(self.photo.image, stored),
            archived_utc=utc_text(stored.fetched) if stored else None,
            vanished_utc=utc_text(self.gone),
            exif_offset=stored.captured_offset if stored else None,
        )


def place_of(stored: StoredFile | None) -> tuple[Decimal | None, Decimal | None]:
    """Latitude and longitude, to the digit as the record has them."""
    found = _PLACE.fullmatch(stored.place) if stored is not None and stored.place else None
    return (Decimal(found[1]), Decimal(found[2])) if found else (None, None)


def _source(reference: Reference, stored: StoredFile | None) -> str | None:
    """The newest address that gave a file; of one that is missing, the newest of all. None where
    an address of several gave other bytes since."""
    gave = [
        seen
        for seen in reference.addresses
        if stored is None or seen.sha256 == stored.sha256 or len(reference.addresses) == 1
    ]
    return told_address(gave[-1].address, gave[-1].key) if gave else None
