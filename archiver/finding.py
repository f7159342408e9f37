"""Where a person or a text stands in an archive: jobs, photos, messages and earlier wordings.

Reads the records alone; an archive of ten thousand jobs takes a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver import localtime
from archiver.models import JobRecord, MessageRecord
from archiver.people import Person, fold

HitKind = Literal["job", "photo", "message", "wording"]
_EXCERPT = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. `number` is that of the photo or message, None for a job; `why` says in
    words how it fits, `text` is its beginning. `wording` counts earlier wordings from 1."""

    job_id: str
    kind: HitKind
    number: int | None
    why: str
    when: datetime | None
    text: str
    wording: int | None = None

    def __str__(self) -> str:
        number = "" if self.number is None else f" {self.number}"
        wording = "" if self.wording is None else f", wording {self.wording}"
        when = f" of {localtime.utc(self.when)[:16]}" if self.when else ""
        return f"{self.job_id}  {self.kind}{number}{wording}{when} ({self.why}): {self.text}"


def find_person_in(record: JobRecord, person: Person) -> Iterator[Hit]:
    """All of a job that is a person's, or names them."""
    names = {fold(name) for name in person.names}

    def is_theirs(one: str | None, name: str | None) -> bool:
        return one in person.ids or (one is None and name is not None and fold(name) in names)

    def names_them(text: str | None) -> bool:
        return text is not None and any(name in fold(text) for name in names if name)

    if is_theirs(record.creator_id, record.creator_name):
        yield _job(record, "created by")
    yield from _titles(record, names_them)
    for message in record.messages:
        if is_theirs(message.uploader_id, message.uploader_name):
            yield from _message(record, message, "sent by", lambda text: True)
        else:
            yield from _message(record, message, "names", names_them)


def find_text_in(record: JobRecord, text: str) -> Iterator[Hit]:
    """All of a job that holds a text, whatever its case."""
    wanted = fold(text)

    def holds(one: str | None) -> bool:
        return one is not None and wanted in fold(one)

    yield from _titles(record, holds)
    for message in record.messages:
        yield from _message(record, message, "holds", holds)


def _titles(record: JobRecord, fits: Callable[[str | None], bool]) -> Iterator[Hit]:
    if fits(record.title) or fits(record.listed_name):
        yield _job(record, "title")
    for event in record.history:
        if event.kind == "renamed" and fits(event.was):
            was = _short(event.was)
            yield Hit(record.job_id, "job", None, "former title", event.seen, was)


def _job(record: JobRecord, why: str) -> Hit:
    return Hit(record.job_id, "job", None, why, record.created, _short(record.title))


def _message(
    record: JobRecord, message: MessageRecord, why: str, fits: Callable[[str | None], bool]
) -> Iterator[Hit]:
    if message.erased is not None:
        return
    present = message.wordings[-1].text
    if fits(present) or fits(message.raw):
        kind: HitKind = "message" if message.photo is None else "photo"
        number = message.number if message.photo is None else message.photo
        said = _short(present or message.raw)
        yield Hit(record.job_id, kind, number, why, message.uploaded, said)
    for place, wording in enumerate(message.wordings[:-1], 1):
        if fits(wording.text):
            said = _short(wording.text)
            yield Hit(record.job_id, "wording", message.number, why, message.uploaded, said, place)


def _short(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= _EXCERPT else words[:_EXCERPT] + "…"
