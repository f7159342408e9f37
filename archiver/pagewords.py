"""What pages say in sentences: typed parts that a template can print.

A sentence is a tuple of parts. Plain `str` parts are the program's own words; whatever somebody
else wrote is a `Quote`, so that a template can keep its writing direction to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from archiver.localtime import When, when_day, when_full
from archiver.models import Absence, ErasureNote


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside a sentence; `href` is ready for the attribute."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words inside a sentence."""

    quote: str


Part = str | When | Link | Quote
Sentence = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history: when it was seen, what, by which snapshot, and one by one."""

    seen: When
    said: Sentence
    source: Sentence = ()
    details: tuple[Sentence, ...] = ()


RUNS_NAMED = 12
"""A longer list of numbers is told by its first runs; the marks in the record tell the rest."""


def message_link(number: int) -> Link:
    """A link to a message on its page."""
    return Link(f"#m{number:04d}", f"message {number}")


def photo_link(number: int) -> Link:
    """A link to an exhibit on its page."""
    return Link(f"#p{number:04d}", f"#{number:04d}")


def numbers(found: Sequence[int], link: Callable[[int], Link]) -> list[Part]:
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
        parts.append(link(first))
        if last > first:
            parts += [" to " if last > first + 1 else ", ", link(last)]
    if len(runs) > RUNS_NAMED:
        parts.append(" and more")
    return parts


def erasure_told(note: ErasureNote, tz: ZoneInfo) -> Sentence:
    """That something was erased: what kind of thing, when, why and by whom, and not what."""
    what = {
        "person": "A person's name and id were replaced by a pseudonym on ",
    }.get(note.scope, "Messages or photos of this job were erased on ")
    said = f" (reason given: {note.reason}; by {note.by})."
    return (what, when_full(note.time, tz), said)


def erased_words(notes: Sequence[ErasureNote], erasing: int, tz: ZoneInfo) -> tuple[str, str]:
    """Of one thing that an erasure took: when, and the reason given."""
    for note in notes:
        if note.erasing == erasing:
            return when_full(note.time, tz).text, note.reason
    return "", ""


def gone_since(absence: Absence, tz: ZoneInfo) -> Sentence:
    """That something is no longer upstream, since when, and when it was last seen there."""
    if absence.last_seen is None:
        return ("No longer in WorkPhotos since ", when_full(absence.since, tz), ". Kept here.")
    return (
        "No longer in WorkPhotos since ",
        when_full(absence.since, tz),
        ", last seen there ",
        when_full(absence.last_seen, tz),
        ". Kept here.",
    )


def was_away(absence: Absence, tz: ZoneInfo) -> Sentence:
    """That something was gone for a time and came back."""
    assert absence.back is not None
    return (
        "Was not in WorkPhotos from ",
        when_day(absence.since, tz),
        " to ",
        when_day(absence.back, tz),
        ".",
    )


def absences_told(absences: Sequence[Absence], tz: ZoneInfo) -> tuple[Sentence, ...]:
    """Each absence in words, oldest first."""
    return tuple(gone_since(a, tz) if a.back is None else was_away(a, tz) for a in absences)
