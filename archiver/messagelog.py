"""The table of messages: a row for each wording of each message of a job, earlier ones included.

A pure function of the record. What was erased has no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from archiver.columns import columns_of, told, wall_time
from archiver.models import FileRecord, MessageRecord
from archiver.photolog import first_gone, note_of, sent_time, utc_text
from archiver.sealedjobs import SealedJob

MessageStatus = Literal["present", "edited", "earlier", "vanished"]
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One row; each field is a column."""

    job_id: str = field(metadata=told("the job's id in WorkPhotos", 26))
    job: str | None = field(metadata=told("the job's present title", 30))
    message: int = field(metadata=told("the message's number in its job; never changes", 9))
    wording: int = field(metadata=told("from 1; more than one where the message was edited", 8))
    status: MessageStatus = field(metadata=told("see below", 10))
    note: str | None = field(
        metadata=told("in words: what of it was not understood, which of its files is missing", 30)
    )
    time_local: datetime | None = field(
        metadata=told("when it was sent, in the archive's time zone, to the second", 19)
    )
    time_utc: str | None = field(metadata=told("the same instant in UTC, ISO 8601", 25))
    uploader: str | None = field(metadata=told("name of who sent it, as sent", 20))
    uploader_id: str | None = field(metadata=told("the sender's id in WorkPhotos", 26))
    kind: str | None = field(metadata=told("`chat`, `image`, or what else WorkPhotos called it", 8))
    text: str | None = field(metadata=told("this wording, as sent", 80))
    exhibit: int | None = field(metadata=told("number of the photo it shows", 8))
    files: str | None = field(
        metadata=told("other files it points at, relative to the archive's folder", 40)
    )
    raw: str | None = field(
        metadata=told("the entry's JSON as received, where not all of it was understood", 40)
    )
    seen_utc: str | None = field(metadata=told("when this wording was first seen, in UTC", 25))
    vanished_utc: str | None = field(
        metadata=told("when message or job was found no longer in WorkPhotos, in UTC", 25)
    )


COLUMNS = columns_of(MessageRow)


def message_rows(job: SealedJob, zone: ZoneInfo) -> Iterator[MessageRow]:
    """The rows of a job: by time sent, those without one at the end, the oldest wording first."""
    files = {one.number: one for one in job.record.files}
    for message in sorted(job.record.messages, key=lambda m: (m.uploaded or _LAST, m.number)):
        if message.erased is None:
            yield from _rows(job, message, [files[n] for n in message.files if n in files], zone)


def _rows(
    job: SealedJob, message: MessageRecord, files: list[FileRecord], zone: ZoneInfo
) -> Iterator[MessageRow]:
    gone = first_gone(message.gone, job.record.gone)
    kept = [f"{job.folder}/{one.reference.stored.file}" for one in files if one.reference.stored]
    for number, wording in enumerate(message.wordings, 1):
        last = number == len(message.wordings)
        yield MessageRow(
            job_id=job.record.job_id,
            job=job.record.title,
            message=message.number,
            wording=number,
            status=_status(last, number, gone),
            note=note_of(*message.odd, *map(_lost, files), sent_time(message)) if last else None,
            time_local=wall_time(message.uploaded, zone),
            time_utc=utc_text(message.uploaded),
            uploader=message.uploader_name,
            uploader_id=message.uploader_id,
            kind=message.kind,
            text=wording.text,
            exhibit=message.photo,
            files="; ".join(kept) or None,
            raw=message.raw if last else None,
            seen_utc=utc_text(wording.seen),
            vanished_utc=utc_text(gone),
        )


def _status(last: bool, number: int, gone: datetime | None) -> MessageStatus:
    if not last:
        return "earlier"
    if gone is not None:
        return "vanished"
    return "edited" if number > 1 else "present"


def _lost(file: FileRecord) -> str | None:
    """Why a file of a message is not kept, or not in its latest form."""
    failure = file.reference.failure
    return None if failure is None else f"file {file.number} is missing: {failure.reason}"
