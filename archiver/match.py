"""Which message of a new body is which of those already known: messages have no id upstream.

A pure function of values. Time, uploader, kind and content tell messages apart; position never
does, because the oldest message may vanish. Every known message is used at most once, and what
matches nothing is new, so nothing that was seen can be lost and no number can repeat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

_TELLING_TEXT = 20
"""From this many characters on, equal texts of one person are taken for one message moved."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells one message from another.

    `content` is its text, its photo's address key, or the digest of an odd entry; `number` is a
    known message's stable number, or the index of an incoming one.
    """

    number: int
    kind: str | None
    time: str | None
    person: str | None
    content: Hashable
    photo: Hashable = None
    text: str | None = None


Key = Callable[[Traits], Hashable | None]


def _exact(one: Traits) -> Hashable:
    return (one.kind, one.time, one.person, one.content)


def _same_photo(one: Traits) -> Hashable | None:
    return (one.kind, one.time, one.photo) if one.photo else None


def _same_moment(one: Traits) -> Hashable | None:
    return (one.kind, one.time, one.person) if one.time else None


def _person_changed(one: Traits) -> Hashable | None:
    return (one.kind, one.time, one.content) if one.time else None


def _time_changed(one: Traits) -> Hashable | None:
    telling = one.photo or len(one.text or "") >= _TELLING_TEXT
    return (one.kind, one.person, one.content) if telling else None


def match(
    present: Sequence[Traits], gone: Sequence[Traits], incoming: Sequence[Traits]
) -> dict[int, int]:
    """The known number for each index of `incoming` that is a known message.

    `present` are the messages the last body had, `gone` those it no longer had; a message still
    present is preferred to one that would have to have come back.
    """
    found: dict[int, int] = {}
    waiting = list(incoming)
    # What is certain goes first over everything known, so that a message that came back
    # unchanged is never mistaken for an edit of a neighbour of the same second.
    steps: tuple[tuple[Key, tuple[Sequence[Traits], ...]], ...] = (
        (_exact, (present, gone)),
        (_same_photo, (present, gone)),
        (_same_moment, (present, gone)),
        (_person_changed, (present, gone)),
        (_time_changed, (present, gone)),
    )
    for key, pools in steps:
        for pool in pools:
            if not waiting:
                return found
            taken = set(found.values())
            found |= _pair(key, (one for one in pool if one.number not in taken), waiting)
            waiting = [one for one in waiting if one.number not in found]
    return found


def _pair(key: Key, known: Iterable[Traits], incoming: Iterable[Traits]) -> dict[int, int]:
    """Pairs of incoming index and known number that share a key, nearest content first."""
    shelves: dict[Hashable, list[Traits]] = defaultdict(list)
    for one in known:
        if (shelf := key(one)) is not None:
            shelves[shelf].append(one)
    wanted: dict[Hashable, list[Traits]] = defaultdict(list)
    for one in incoming:
        if (shelf := key(one)) is not None and shelf in shelves:
            wanted[shelf].append(one)
    found: dict[int, int] = {}
    for shelf, ones in wanted.items():
        found |= _pair_shelf(shelves[shelf], ones)
    return found


def _pair_shelf(known: list[Traits], incoming: list[Traits]) -> dict[int, int]:
    """Pairs of the most alike texts first, in order where they are as alike."""
    if len(known) == len(incoming) == 1 or len({one.text for one in (*known, *incoming)}) == 1:
        return {new.number: old.number for old, new in zip(known, incoming, strict=False)}
    old_words, new_words = ([_words(one.text) for one in ones[:50]] for ones in (known, incoming))
    scores = sorted(
        (-_likeness(old, new), i, j)
        for i, old in enumerate(old_words)
        for j, new in enumerate(new_words)
    )
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in scores:
        if i not in used and incoming[j].number not in found:
            used.add(i)
            found[incoming[j].number] = known[i].number
    if len(known) == len(incoming):
        # Very many of one moment: those not compared pair in order.
        rest = (one for i, one in enumerate(known) if i not in used)
        left = (one for one in incoming if one.number not in found)
        found |= {new.number: old.number for new, old in zip(left, rest, strict=True)}
    return found


def _words(text: str | None) -> set[str]:
    """The words by which a text is compared: those of its beginning."""
    return set((text or "")[:5000].split())


def _likeness(old: set[str], new: set[str]) -> float:
    """How alike two texts are, from 0 to 1, by their words."""
    common = len(old & new)
    whole = len(old) + len(new) - common
    return common / whole if whole else 1.0
