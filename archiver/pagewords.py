"""What pages say in sentences: typed parts that a template can print.

A sentence is a tuple of parts. Plain `str` parts are the program's own words, in the reader's
language; whatever somebody else wrote is a `Quote`, so that a template can keep its writing
direction to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Formatter

from archiver.language import N_
from archiver.models import Absence, ErasureNote
from archiver.reader import Reader, When


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside a sentence; `href` is ready for the attribute."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words inside a sentence, and the BCP 47 tag of their language if known."""

    quote: str
    lang: str = ""


Part = str | When | Link | Quote
Sentence = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history: when it was seen, what, by which snapshot, and one by one."""

    seen: When
    said: Sentence
    source: Sentence = ()
    details: tuple[Sentence, ...] = ()


def told(reader: Reader, message: str, /, **parts: Part | Sequence[Part]) -> Sentence:
    """A message in the reader's language as a sentence, with parts for its placeholders; a
    placeholder may stand for several parts."""
    return filled(reader.tr(message), **parts)


def filled(words: str, /, **parts: Part | Sequence[Part]) -> Sentence:
    """Words that are translated already, with parts for their placeholders."""
    said: list[Part] = []
    for literal, name, _, _ in Formatter().parse(words):
        if literal:
            said.append(literal)
        if name:
            part = parts[name]
            said.extend([part] if isinstance(part, str | When | Link | Quote) else part)
    return tuple(said)


def unmarked(sentence: Sentence) -> str:
    """A sentence as plain text."""
    return "".join(
        part if isinstance(part, str) else part.quote if isinstance(part, Quote) else part.text
        for part in sentence
    )


def unstopped(sentence: Sentence) -> Sentence:
    """A sentence without a full stop of ours at its end, to go on with."""
    *before, last = sentence or ("",)
    return (*before, last.rstrip(".")) if isinstance(last, str) else sentence


def photos_counted(reader: Reader, number: int) -> str:
    """`27 photos`."""
    return reader.counted(number, "{n} photo", "{n} photos")


def messages_counted(reader: Reader, number: int) -> str:
    """`27 messages`."""
    return reader.counted(number, "{n} message", "{n} messages")


def both_counted(reader: Reader, messages: int, photos: int) -> list[str]:
    """`3 messages`, `1 photo`: those there are."""
    counts = [messages_counted(reader, messages)] if messages else []
    return counts + ([photos_counted(reader, photos)] if photos else [])


RUNS_NAMED = 12
"""A longer list of numbers is told by its first runs; the marks in the record tell the rest."""


def message_link(reader: Reader, number: int) -> Link:
    """A link to a message on its page."""
    return Link(f"#m{number:04d}", reader.tr("message {number}", number=number))


def photo_link(number: int) -> Link:
    """A link to an exhibit on its page."""
    return Link(f"#p{number:04d}", f"#{number:04d}")


def numbers(reader: Reader, found: Sequence[int], link: Callable[[int], Link]) -> list[Part]:
    """`#0003, #0007 to #0150`: numbers as links, runs of three and more by their ends."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(found)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    parts: list[Part] = []
    for index, (first, last) in enumerate(runs[:RUNS_NAMED]):
        if index:
            parts.append(", ")
        if last > first + 1:
            parts += told(reader, "{first} to {last}", first=link(first), last=link(last))
        else:
            parts += [link(first), ", ", link(last)] if last > first else [link(first)]
    if len(runs) > RUNS_NAMED:
        parts.append(reader.tr(" and more"))
    return parts


def erasure_told(note: ErasureNote, reader: Reader) -> Sentence:
    """That something was erased: what kind of thing, when, why and by whom, and not what."""
    what = {
        "person": N_(
            "A person's name and id were replaced by a pseudonym on {when} "
            "(reason given: {reason}; by {by})."
        ),
    }.get(
        note.scope,
        N_(
            "Messages or photos of this job were erased on {when} "
            "(reason given: {reason}; by {by})."
        ),
    )
    return told(reader, what, when=reader.when_full(note.time), reason=note.reason, by=note.by)


def erased_words(notes: Sequence[ErasureNote], erasing: int, reader: Reader) -> tuple[str, str]:
    """Of one thing that an erasure took: when, and the reason given."""
    for note in notes:
        if note.erasing == erasing:
            return reader.when_full(note.time).text, note.reason
    return "", ""


def gone_since(absence: Absence, reader: Reader) -> Sentence:
    """That something is no longer upstream, since when, and when it was last seen there."""
    since = reader.when_full(absence.since)
    if absence.last_seen is None:
        return told(reader, "No longer in WorkPhotos since {since}. Kept here.", since=since)
    return told(
        reader,
        "No longer in WorkPhotos since {since}, last seen there {seen}. Kept here.",
        since=since,
        seen=reader.when_full(absence.last_seen),
    )


def was_away(absence: Absence, reader: Reader) -> Sentence:
    """That something was gone for a time and came back."""
    assert absence.back is not None
    return told(
        reader,
        "Was not in WorkPhotos from {since} to {back}.",
        since=reader.when_day(absence.since),
        back=reader.when_day(absence.back),
    )


def absences_told(absences: Sequence[Absence], reader: Reader) -> tuple[Sentence, ...]:
    """Each absence in words, oldest first."""
    return tuple(
        gone_since(one, reader) if one.back is None else was_away(one, reader) for one in absences
    )
