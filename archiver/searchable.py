"""What the search knows of one job beside its row: chat line by line, its words, its photos.

A pure function of the record. The catalogue keeps it, so that a night reads no record of a job
that did not change; `wordshards` and `photoshards` make the index's files of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.jobbuild import NO_NAME, person_key
from archiver.localtime import EPOCH
from archiver.models import JobRecord, MessageRecord, PhotoRecord
from archiver.pagetext import visible
from archiver.renditionplan import shown_in_browser
from archiver.scripttext import json_text
from archiver.storage import sha256_bytes
from archiver.words import index_words

_EDITION = 1
"""Raised when the same record gives other lines, words or photos: the catalogue is then not
believed."""


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One wording of a message: the message's number, who wrote it, and whether it was edited away
    since."""

    message: int
    person: str
    text: str
    former: bool = False


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """An exhibit as the list of photos shows it: who uploaded it and when (whole seconds since
    1970, None if that cannot be read), and what to show, below the job's folder (empty if nothing
    can be shown)."""

    number: int
    person: str
    second: int | None
    thumbnail: str


@dataclass(frozen=True, slots=True)
class Searchable:
    """A job's lines, the words in them (sorted), and its photos by number."""

    lines: tuple[ChatLine, ...] = ()
    words: tuple[str, ...] = ()
    photos: tuple[FoundPhoto, ...] = ()

    @property
    def chat_json(self) -> str:
        """The lines as the index's files hold them: names, then one list a line."""
        names = list(dict.fromkeys(line.person for line in self.lines))
        place = {name: at for at, name in enumerate(names)}
        lines = [
            [line.message, place[line.person], line.text, *([1] if line.former else [])]
            for line in self.lines
        ]
        return json_text([names, lines])

    @property
    def photos_json(self) -> str:
        """The photos, as the catalogue keeps them."""
        return json_text(
            [[one.number, one.person, one.second, one.thumbnail] for one in self.photos]
        )

    @property
    def chat_digest(self) -> str:
        """What tells that the lines are as they were."""
        return sha256_bytes(f"{_EDITION}{self.chat_json}".encode())

    @property
    def photos_digest(self) -> str:
        """What tells that the photos are as they were."""
        return sha256_bytes(f"{_EDITION}{self.photos_json}".encode())


def photos_of(text: str) -> list[FoundPhoto]:
    """The photos of `photos_json`."""
    return [FoundPhoto(*one) for one in json.loads(text)]


def searchable(record: JobRecord) -> Searchable:
    """What is to be searched of a job. What was erased from it is in none of this."""
    names = _latest_names(record.messages)
    messages = {one.number: one for one in record.messages}
    lines = tuple(
        line for one in record.messages if one.erased is None for line in _lines(one, names)
    )
    words: set[str] = set()
    for line in lines:
        words |= index_words(line.text)
    photos = tuple(
        _photo(photo, messages.get(photo.message), names)
        for photo in record.photos
        if photo.erased is None
    )
    return Searchable(lines, tuple(sorted(words)), photos)


def _lines(message: MessageRecord, names: dict[str, str]) -> Iterable[ChatLine]:
    """Every wording once, the present one first: it is the one most looked for."""
    person = names.get(person_key(message), NO_NAME)
    texts = dict.fromkeys(w.text for w in reversed(message.wordings) if w.text)
    for text in texts:
        yield ChatLine(message.number, person, visible(text), former=text != message.text)


def _latest_names(messages: Iterable[MessageRecord]) -> dict[str, str]:
    """What people are called in the index (`summary.job_summary`), by their key."""
    names: dict[str, str] = {}
    for message in messages:
        if message.erased is None:
            key = person_key(message)
            names[key] = message.uploader_name or names.get(key, "")
    return {key: visible(name or NO_NAME) for key, name in names.items()}


def _photo(photo: PhotoRecord, message: MessageRecord | None, names: dict[str, str]) -> FoundPhoto:
    small = photo.thumbnail.stored if photo.thumbnail else None
    shown = small if shown_in_browser(small) else photo.image.stored
    thumbnail = shown.file if shown is not None and shown_in_browser(shown) else ""
    if message is None:
        return FoundPhoto(photo.number, NO_NAME, None, thumbnail)
    person = names.get(person_key(message), NO_NAME)
    second = _second(message.uploaded) if message.uploaded is not None else None
    return FoundPhoto(photo.number, person, second, thumbnail)


def _second(instant: datetime) -> int:
    since = instant - EPOCH
    return since.days * 86400 + since.seconds


def instant_of(second: int) -> datetime:
    """The instant of a photo's `second`."""
    return EPOCH + timedelta(seconds=second)
