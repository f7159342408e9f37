"""A job's history in words: what came, changed, went and returned, when, and by which snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from archiver.jobbuild import NO_NAME, Build, person_key
from archiver.localtime import when_full
from archiver.models import HistoryEvent, MessageRecord, PhotoRecord, Reference, StoredFile
from archiver.pagetext import count, href
from archiver.pagewords import (
    HistoryLine,
    Link,
    Part,
    Quote,
    Sentence,
    message_link,
    numbers,
    photo_link,
)
from archiver.pins import Decision
from archiver.plan import Slot

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
        told = _TOLD.get(event.kind)
        said: Sentence = told(event) if told else (Quote(event.kind), *_about(event), ".")
        return HistoryLine(
            when_full(event.seen, self.build.tz), said, self._source(event), self._details(event)
        )

    # Where it comes from

    def _source(self, event: HistoryEvent) -> Sentence:
        found = [one for one in self.build.record.snapshots if one.number == event.snapshot]
        if not found:
            return ()
        file, name = found[0].file, f"snapshot {found[0].number}"
        # What is packed does not open in a browser: its name tells which tool does.
        if not file.endswith(".json"):
            name += f" ({file.rpartition('/')[2]})"
        there: Part = name if file in self.build.damaged else Link(href(file), name)
        first = "Newest then: " if event.kind in _LOOKED_ASIDE else "From "
        return (first, there, ".")

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
        more: list[Sentence] = [(f"And {left:,} more; each is marked in its place.",)]
        return tuple(found[:DETAILS_TOLD] + (more if left > 0 else []))

    def _edit(self, number: int, event: HistoryEvent) -> Sentence | None:
        """Both wordings of one edit, in short."""
        message = self.messages.get(number)
        for was, now in pairwise(message.wordings if message else ()):
            if now.snapshot == event.snapshot:
                return (
                    _capital(message_link(number)),
                    ": from ",
                    *_quoted(was.text),
                    " to ",
                    *_quoted(now.text),
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
        link = photo_link if event.photos else message_link
        for key, found in by_person.items():
            yield (Quote(names[key] or NO_NAME), ": ", *numbers(found, link))

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
            parts += [" and then " if parts else "", self._file(stored)]
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
            yield time, HistoryLine(when_full(time, self.build.tz), said)

    def _accepted(self, decision: Decision, found: Sequence[Slot]) -> Sentence:
        photos = [slot.number for slot in found if slot.kind in ("image", "thumbnail")]
        about: list[Part] = [" (", *numbers(photos, photo_link), ")"] if photos else []
        return (
            f"{count(len(found), 'missing file')} accepted as lost",
            *about,
            " by ",
            Quote(decision.by),
            ": ",
            Quote(decision.reason),
            "." if decision.reason[-1:] != "." else "",
        )


# --- words --------------------------------------------------------------------------------------


def _capital(link: Link) -> Link:
    return Link(link.href, link.text[0].upper() + link.text[1:])


def _quoted(text: str | None) -> Sentence:
    """A wording in short, in quotation marks; in our own words where there is none."""
    if not text:
        return ("no text" if text is None else "an empty text",)
    return ("“", Quote(short(text)), "”")


def short(text: str) -> str:
    """The first words of a text, whole ones if possible."""
    if len(text) <= SHORT:
        return text
    cut = text[:SHORT]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > SHORT // 2 else cut).rstrip() + "…"


def _about(event: HistoryEvent) -> list[Part]:
    """The messages and photos of an event, as links, in round brackets."""
    parts = numbers(event.messages, message_link)
    if event.photos:
        if parts:
            parts.append(", ")
        parts += numbers(event.photos, photo_link)
    return [" (", *parts, ")"] if parts else []


def _counted(event: HistoryEvent, words: str) -> Sentence:
    messages, photos = len(event.messages), len(event.photos)
    counts = [count(messages, "message")] if messages else []
    counts += [count(photos, "photo")] if photos else []
    return (f"{' and '.join(counts) or 'Something'} {words}", *_about(event), ".")


def _changed_names(event: HistoryEvent, words: str) -> Sentence:
    parts: list[Part] = [words]
    if event.was is not None:
        parts += [" from “", Quote(event.was), "”"]
    if event.now is not None:
        parts += [" to “", Quote(event.now), "”"]
    return (*parts, *_about(event), ".")


def _job_gone(event: HistoryEvent) -> Sentence:
    ways = {
        "not-found": "asked for by its id, it was not found",
        "unlisted": "it is no longer listed, but can still be read by its id",
    }
    way = ways.get(event.now or "")
    return ("The job is no longer in WorkPhotos" + (f": {way}" if way else "") + ".",)


def _photo_changed(event: HistoryEvent) -> Sentence:
    kept = "with other bytes upstream; both versions are kept"
    if event.now == "cover":
        return (f"The cover picture came {kept}.",)
    if event.now == "thumbnail":
        what = "thumbnail of 1 photo" if len(event.photos) == 1 else "thumbnails of photos"
        return (f"The {what} came {kept}", *_about(event), ".")
    return _counted(event, f"came {kept}")


def _facts(event: HistoryEvent) -> Sentence:
    if event.messages:
        return _counted(event, "with another time, sender or form upstream")
    return _changed_names(event, "Facts of the job changed")


_TOLD: dict[str, Callable[[HistoryEvent], Sentence]] = {
    "archived": lambda event: ("Archived for the first time.",),
    "messages-added": lambda event: _counted(event, "added"),
    "photos-added": lambda event: _counted(event, "added"),
    "edited": lambda event: _counted(event, "edited upstream; every wording is kept"),
    "message-gone": lambda event: _counted(event, "no longer in WorkPhotos; kept here"),
    "message-back": lambda event: _counted(event, "found in WorkPhotos again"),
    "photo-gone": lambda event: _counted(event, "no longer in WorkPhotos; kept here"),
    "photo-back": lambda event: _counted(event, "found in WorkPhotos again"),
    "renamed": lambda event: _changed_names(event, "The job was renamed"),
    "job-gone": _job_gone,
    "job-back": lambda event: ("The job is in WorkPhotos again.",),
    "photo-kept": lambda event: _counted(event, "missing until then, now kept"),
    "photo-changed": _photo_changed,
    "people-renamed": lambda event: _changed_names(event, "A person was renamed"),
    "facts-changed": _facts,
    "folder-lost": lambda event: (
        "This folder was found missing or incomplete, and was archived anew.",
    ),
}
