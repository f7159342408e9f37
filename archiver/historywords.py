"""A job's history in words: what came, changed, went and returned, when, and by which snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from archiver.jobbuild import NO_NAME, Build, person_key
from archiver.language import N_
from archiver.models import HistoryEvent, MessageRecord, PhotoRecord, Reference, StoredFile
from archiver.pagetext import href
from archiver.pagewords import (
    HistoryLine,
    Link,
    Part,
    Quote,
    Sentence,
    both_counted,
    message_link,
    numbers,
    photo_link,
    told,
)
from archiver.pins import Decision
from archiver.plan import Slot
from archiver.reader import Reader

UPSTREAM_CHANGES = frozenset(
    {
        "edited",
        "message-gone",
        "message-back",
        "photo-gone",
        "photo-back",
        "renamed",
        "job-gone",
        "job-back",
        "photo-changed",
        "people-renamed",
        "facts-changed",
    }
)
"""The kinds of event that change what was there before; additions and our own work are none."""

SHORT = 160
"""Characters of a wording in the history; the message itself has it whole."""
DETAILS_TOLD = 50
"""A line tells so many edits or versions one by one; the marks in the record tell the rest."""
_LOOKED_ASIDE = frozenset({"job-gone", "photo-kept", "photo-changed", "folder-lost"})
"""Events that no body told: their snapshot is only the newest one there was."""


def changes(history: Iterable[HistoryEvent]) -> int:
    """How many things changed upstream after they were first archived."""
    return sum(
        max(1, len(event.messages) + len(event.photos))
        for event in history
        if event.kind in UPSTREAM_CHANGES
    )


def history_lines(build: Build) -> tuple[HistoryLine, ...]:
    """The history of a job's record, and the losses that a person has accepted, oldest first."""
    teller = _Teller(
        build,
        {one.number: one for one in build.record.messages},
        {one.number: one for one in build.record.photos},
    )
    lines = [(event.seen, teller.line(event)) for event in build.record.history]
    lines += [(when, line) for when, line in teller.accepted()]
    lines.sort(key=lambda pair: pair[0])
    return tuple(line for _, line in lines)


@dataclass(frozen=True, slots=True)
class _Teller:
    """What the words of an event are made from."""

    build: Build
    messages: dict[int, MessageRecord]
    photos: dict[int, PhotoRecord]

    def line(self, event: HistoryEvent) -> HistoryLine:
        reader = self.build.reader
        teller = _TOLD.get(event.kind)
        said: Sentence = (
            teller(reader, event) if teller else (Quote(event.kind), *_about(reader, event), ".")
        )
        return HistoryLine(
            reader.when_full(event.seen), said, self._source(event), self._details(event)
        )

    # Where it comes from

    def _source(self, event: HistoryEvent) -> Sentence:
        found = [one for one in self.build.record.snapshots if one.number == event.snapshot]
        if not found:
            return ()
        reader = self.build.reader
        file, name = found[0].file, reader.tr("snapshot {number}", number=found[0].number)
        # What is packed does not open in a browser: its name tells which tool does.
        if not file.endswith(".json"):
            name += f" ({file.rpartition('/')[2]})"
        there: Part = name if file in self.build.damaged else Link(href(file), name)
        if event.kind in _LOOKED_ASIDE:
            return told(reader, "Newest then: {snapshot}.", snapshot=there)
        return told(reader, "From {snapshot}.", snapshot=there)

    # One by one

    def _details(self, event: HistoryEvent) -> tuple[Sentence, ...]:
        if event.kind == "edited":
            found = [one for n in event.messages if (one := self._edit(n, event)) is not None]
        elif event.kind == "photo-changed":
            found = list(self._replaced(event))
        elif event.kind in ("messages-added", "photos-added"):
            found = list(self._by_person(event))
        else:
            return ()
        left = len(found) - DETAILS_TOLD
        more = self.build.reader.counted(
            left,
            "And {n} more; it is marked in its place.",
            "And {n} more; each is marked in its place.",
        )
        return tuple(found[:DETAILS_TOLD] + ([(more,)] if left > 0 else []))

    def _edit(self, number: int, event: HistoryEvent) -> Sentence | None:
        """Both wordings of one edit, in short."""
        message = self.messages.get(number)
        for was, now in pairwise(message.wordings if message else ()):
            if now.snapshot == event.snapshot:
                reader = self.build.reader
                return told(
                    reader,
                    "{message}: from {was} to {now}",
                    message=_capital(message_link(reader, number)),
                    was=_quoted(reader, was.text),
                    now=_quoted(reader, now.text),
                )
        return None

    def _by_person(self, event: HistoryEvent) -> Iterator[Sentence]:
        """Who brought what; nothing where the line itself says as much."""
        by_person: dict[str, list[int]] = {}
        names: dict[str, str] = {}
        for number in event.photos or event.messages:
            photo = self.photos.get(number) if event.photos else None
            message = self.messages.get(photo.message if photo else number)
            if message is not None:
                key = person_key(message)
                names[key] = message.uploader_name or names.get(key, "")
                by_person.setdefault(key, []).append(number)
        reader = self.build.reader
        for key, found in by_person.items():
            many = _photos(reader, found) if event.photos else _messages(reader, found)
            yield (Quote(names[key] or reader.tr(NO_NAME)), ": ", *many)

    def _replaced(self, event: HistoryEvent) -> Iterator[Sentence]:
        """The file before and the file after, each as a link."""
        for number in event.photos:
            photo = self.photos.get(number)
            if photo is None:
                continue
            reference = photo.thumbnail if event.now == "thumbnail" else photo.image
            if reference is not None:
                yield (photo_link(number), ": ", *self._versions(reference, event))
        if event.now == "cover" and self.build.record.main_thumbnail is not None:
            yield tuple(self._versions(self.build.record.main_thumbnail, event))

    def _versions(self, reference: Reference, event: HistoryEvent) -> list[Part]:
        then = [one for one in reference.versions if one.fetched and one.fetched <= event.seen]
        two = sorted(then, key=lambda one: one.fetched or event.seen)[-2:]
        if len(two) < 2:
            two = list(reference.versions)
        parts: list[Part] = []
        for stored in two:
            parts += [self.build.reader.tr(" and then ") if parts else "", self._file(stored)]
        return parts

    def _file(self, stored: StoredFile) -> Part:
        name = stored.file.rpartition("/")[2]
        return name if stored.file in self.build.damaged else Link(href(stored.file), name)

    # What a person decided, from the ledger

    def accepted(self) -> Iterator[tuple[datetime, HistoryLine]]:
        """The losses that were accepted, those of one decision together."""
        decided: dict[tuple[datetime, str, str], list[Slot]] = {}
        for slot, one in self.build.accepted.items():
            decided.setdefault((one.time, one.reason, one.by), []).append(slot)
        for (time, reason, by), found in decided.items():
            said = self._accepted(Decision(time, reason, by), found)
            yield time, HistoryLine(self.build.reader.when_full(time), said)

    def _accepted(self, decision: Decision, found: Sequence[Slot]) -> Sentence:
        reader = self.build.reader
        photos = [slot.number for slot in found if slot.kind in ("image", "thumbnail")]
        files = reader.counted(len(found), "{n} missing file", "{n} missing files")
        return told(
            reader,
            "{files} accepted as lost{about} by {by}: {reason}",
            files=files,
            about=[" (", *_photos(reader, photos), ")"] if photos else [],
            by=Quote(decision.by),
            reason=[Quote(decision.reason), "." if decision.reason[-1:] != "." else ""],
        )


# --- words --------------------------------------------------------------------------------------


def _capital(link: Link) -> Link:
    return Link(link.href, link.text[0].upper() + link.text[1:])


def _quoted(reader: Reader, text: str | None) -> Sentence:
    """A wording in short, in quotation marks; in our own words where there is none."""
    if not text:
        return (reader.tr("no text") if text is None else reader.tr("an empty text"),)
    return told(reader, "“{words}”", words=Quote(short(text)))


def short(text: str) -> str:
    """The first words of a text, whole ones if possible."""
    if len(text) <= SHORT:
        return text
    cut = text[:SHORT]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > SHORT // 2 else cut).rstrip() + "…"


def _photos(reader: Reader, found: Sequence[int]) -> list[Part]:
    return numbers(reader, found, photo_link)


def _messages(reader: Reader, found: Sequence[int]) -> list[Part]:
    return numbers(reader, found, lambda number: message_link(reader, number))


def _about(reader: Reader, event: HistoryEvent) -> list[Part]:
    """The messages and photos of an event, as links, in round brackets."""
    parts = _messages(reader, event.messages)
    if event.photos:
        if parts:
            parts.append(", ")
        parts += _photos(reader, event.photos)
    return [" (", *parts, ")"] if parts else []


def _counted(message: str) -> _Tells:
    """What happened to so many messages and photos, `{things}`; `{about}` names them."""

    def tell(reader: Reader, event: HistoryEvent) -> Sentence:
        counts = both_counted(reader, len(event.messages), len(event.photos))
        things = reader.language.joined(counts) or reader.tr("Something")
        return told(reader, message, things=things, about=_about(reader, event))

    return tell


def _changed_names(neither: str, was: str, now: str, both: str) -> _Tells:
    """That a name or a fact became another, each of which may be unknown."""

    def tell(reader: Reader, event: HistoryEvent) -> Sentence:
        message = {
            (False, False): neither,
            (True, False): was,
            (False, True): now,
            (True, True): both,
        }[event.was is not None, event.now is not None]
        return told(
            reader,
            message,
            was=Quote(event.was or ""),
            now=Quote(event.now or ""),
            about=_about(reader, event),
        )

    return tell


def _plain(message: str) -> _Tells:
    return lambda reader, event: told(reader, message)


_JOB_GONE = {
    "": N_("The job is no longer in WorkPhotos."),
    "not-found": N_("The job is no longer in WorkPhotos: asked for by its id, it was not found."),
    "unlisted": N_(
        "The job is no longer in WorkPhotos: it is no longer listed, but can still be read by its "
        "id."
    ),
}


def _job_gone(reader: Reader, event: HistoryEvent) -> Sentence:
    return told(reader, _JOB_GONE.get(event.now or "", _JOB_GONE[""]))


def _photo_changed(reader: Reader, event: HistoryEvent) -> Sentence:
    if event.now == "cover":
        return told(
            reader,
            "The cover picture came with other bytes upstream; both versions are kept.",
        )
    if event.now != "thumbnail":
        message = N_("{things} came with other bytes upstream; both versions are kept{about}.")
        return _counted(message)(reader, event)
    words = N_(
        "The thumbnails of photos came with other bytes upstream; both versions are kept{about}."
    )
    if len(event.photos) == 1:
        words = N_(
            "The thumbnail of 1 photo came with other bytes upstream; both versions are kept"
            "{about}."
        )
    return told(reader, words, about=_about(reader, event))


def _facts(reader: Reader, event: HistoryEvent) -> Sentence:
    if event.messages:
        message = N_("{things} with another time, sender or form upstream{about}.")
        return _counted(message)(reader, event)
    return _facts_changed(reader, event)


_Tells = Callable[[Reader, HistoryEvent], Sentence]
_facts_changed = _changed_names(
    N_("Facts of the job changed{about}."),
    N_("Facts of the job changed from “{was}”{about}."),
    N_("Facts of the job changed to “{now}”{about}."),
    N_("Facts of the job changed from “{was}” to “{now}”{about}."),
)
_GONE = N_("{things} no longer in WorkPhotos; kept here{about}.")
_BACK = N_("{things} found in WorkPhotos again{about}.")
_ADDED = N_("{things} added{about}.")
_TOLD: dict[str, _Tells] = {
    "archived": _plain(N_("Archived for the first time.")),
    "messages-added": _counted(_ADDED),
    "photos-added": _counted(_ADDED),
    "edited": _counted(N_("{things} edited upstream; every wording is kept{about}.")),
    "message-gone": _counted(_GONE),
    "message-back": _counted(_BACK),
    "photo-gone": _counted(_GONE),
    "photo-back": _counted(_BACK),
    "renamed": _changed_names(
        N_("The job was renamed{about}."),
        N_("The job was renamed from “{was}”{about}."),
        N_("The job was renamed to “{now}”{about}."),
        N_("The job was renamed from “{was}” to “{now}”{about}."),
    ),
    "job-gone": _job_gone,
    "job-back": _plain(N_("The job is in WorkPhotos again.")),
    "photo-kept": _counted(N_("{things} missing until then, now kept{about}.")),
    "photo-changed": _photo_changed,
    "people-renamed": _changed_names(
        N_("A person was renamed{about}."),
        N_("A person was renamed from “{was}”{about}."),
        N_("A person was renamed to “{now}”{about}."),
        N_("A person was renamed from “{was}” to “{now}”{about}."),
    ),
    "facts-changed": _facts,
    "folder-lost": _plain(
        N_("This folder was found missing or incomplete, and was archived anew.")
    ),
}
