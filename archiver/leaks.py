"""What must not leave with a published file, found in the file's bytes: the rules and findings.

Pure: bytes, a name and rules in, findings out, whatever the bytes are. `leaktexts` takes a file
apart into the texts and places in it, `leakforms` knows secrets by their form, `hiddentexts` those
that are told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from archiver.hiddentexts import HiddenTexts, comparable, shortened
from archiver.leakcontents import contents
from archiver.leakforms import Place, addresses_in, places_in, secrets_in
from archiver.leaktexts import Spot, Text, Unread

Kind = Literal[
    "signed-address", "secret", "outside-address", "location", "hidden-text", "forbidden", "unread"
]
NEXT: dict[Kind, str] = {
    "signed-address": "Take the address out, and have the key it was signed with changed.",
    "secret": "Take it out, and change the key or password: whoever saw it can use it.",
    "outside-address": "Take it out, or approve it with --approve if all may see that it is used.",
    "location": "Strip it (--strip-location), or approve it with --approve LATITUDE,LONGITUDE.",
    "hidden-text": "Leave out or rename what holds it, or approve the text with --approve.",
    "forbidden": "Remove it: no page needs it, and nobody outside may have it.",
    "unread": "Remove it, or put in its place something that can be looked into.",
}
"""What to do next, by kind of finding."""
_NEAR = 0.001
"""Degrees, some 100 m: an approved position is written with fewer digits than a camera's."""
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be seen: in which file, and where in it.

    `part` is a part of the file (`EXIF`, `page 3`, a member of a zip), `line` counts from 1 where
    there are lines, `offset` is in bytes where there are none. `what` never holds a whole secret.
    """

    file: str
    kind: Kind
    what: str
    part: str = ""
    line: int | None = None
    offset: int | None = None

    @property
    def where(self) -> str:
        """File, part and line, as editors and people read them."""
        line = f":{self.line}" if self.line is not None else ""
        at = f"byte {self.offset:,}" if self.offset is not None and self.line is None else ""
        inside = ", ".join(filter(None, (self.part, at)))
        return f"{self.file}{line}" + (f" ({inside})" if inside else "")

    @property
    def next(self) -> str:
        """What to do next."""
        return NEXT[self.kind]

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.next}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is looked for, and what is approved: hosts or addresses, positions in degrees, texts
    (`comparable`). `locations` approves every position."""

    hidden: HiddenTexts = field(default_factory=HiddenTexts)
    addresses: tuple[str, ...] = ()
    positions: tuple[tuple[float, float], ...] = ()
    texts: frozenset[str] = frozenset()
    locations: bool = False

    @classmethod
    def of(
        cls, hidden: HiddenTexts | None = None, approved: Collection[str] = (), *, locations: bool
    ) -> Rules:
        """The rules with what a person approved: each an address with `://`, a position or a
        text."""
        pairs = [(text, _PAIR.match(text)) for text in approved]
        return cls(
            hidden or HiddenTexts(),
            tuple(text for text, pair in pairs if "://" in text and not pair),
            tuple((float(pair[1]), float(pair[2])) for _, pair in pairs if pair),
            frozenset(comparable(text).strip() for text, _ in pairs),
            locations,
        )

    def approves_address(self, address: str) -> bool:
        """Whether an address is approved, itself or by its beginning up to a whole part."""
        folded = address.lower()
        return any(
            folded.startswith(one.lower().rstrip("/"))
            and folded[len(one.rstrip("/")) :][:1] in ("", "/", "?", "#")
            for one in self.addresses
        )

    def approves_place(self, place: Place) -> bool:
        """Whether a position is approved; half of one by its half."""
        if self.locations:
            return True
        wanted = (place.latitude, place.longitude)
        return any(
            all(a is None or abs(a - b) <= _NEAR for a, b in zip(wanted, known, strict=True))
            for known in self.positions
        )


def findings_in(name: str, body: bytes, rules: Rules) -> tuple[Finding, ...]:
    """Everything in a file that must not be seen. `name` is its path in the folder; its ending
    says how the bytes are read. Never raises."""
    found: dict[tuple[Kind, str, str, int | None], Finding] = {}
    for piece in contents(name, body):
        for one in _in_piece(piece, rules):
            place = Finding(name, one.kind, one.what, one.part, one.line, one.offset)
            # The same thing is seen in several readings of one line.
            found.setdefault((one.kind, one.what, one.part, one.line), place)
    return tuple(found.values())


def findings_in_name(name: str, rules: Rules) -> tuple[Finding, ...]:
    """What the last part of a path gives away by itself; the path is told with it cut."""
    text = Text(name.rpartition("/")[2], lines=False)
    return tuple(
        Finding(masked(name, rules), one.kind, one.what, "its name")
        for one in (*_secrets(text, rules), *_hidden(text, rules))
    )


def masked(name: str, rules: Rules) -> str:
    """A path as it may be printed: what it must not say is cut after its first letters."""
    folded = comparable(name)
    if len(folded) != len(name):  # rare letters that grow when folded: nothing to cut by
        return name if not any(rules.hidden.seen_in(folded)) else shortened(name)
    for seen in sorted(rules.hidden.seen_in(folded), key=lambda one: -one.begin):
        if comparable(seen.hidden.text).strip() not in rules.texts:
            keep = seen.begin + min(4, max(1, (seen.end - seen.begin) // 3))
            name = name[:keep] + "…" + name[seen.end :]
    return name


def _in_piece(piece: Text | Spot | Unread, rules: Rules) -> Iterable[Finding]:
    if isinstance(piece, Unread):
        return [Finding("", "unread", piece.reason, piece.part)]
    if isinstance(piece, Spot):
        if rules.approves_place(piece.place):
            return []
        return [
            Finding("", "location", f"a position ({piece.place})", piece.part, None, piece.offset)
        ]
    return [
        *_secrets(piece, rules),
        *_addresses(piece, rules),
        *_places(piece, rules),
        *_hidden(piece, rules),
    ]


def _secrets(text: Text, rules: Rules) -> Iterator[Finding]:
    del rules
    for form in secrets_in(text.text):
        kind: Kind = "signed-address" if form.signs else "secret"
        what = f"{form.what}, {shortened(form.value)}"
        yield Finding("", kind, what, text.part, *text.at(form.at))


def _addresses(text: Text, rules: Rules) -> Iterator[Finding]:
    if not text.may_link:
        return
    for at, address in addresses_in(text.text):
        if not rules.approves_address(address):
            what = f"an outside address, {_origin(address)}"
            yield Finding("", "outside-address", what, text.part, *text.at(at))


def _origin(address: str) -> str:
    """Scheme and host of an address; what follows may be signed."""
    scheme, _, rest = address.partition("//")
    host = re.split(r"[/?#]", rest.rpartition("@")[2] if "@" in rest else rest, maxsplit=1)[0]
    return f"{scheme}//{host[:100]}" + ("/…" if len(rest) > len(host) + 1 else "")


def _places(text: Text, rules: Rules) -> Iterator[Finding]:
    for at, place in places_in(text.text, loose=text.prose):
        if not rules.approves_place(place):
            what = f"a position ({place})"
            yield Finding("", "location", what, text.part, *text.at(at))


def _hidden(text: Text, rules: Rules) -> Iterator[Finding]:
    folded = comparable(text.text)
    for seen in rules.hidden.seen_in(folded, noisy=text.noisy):
        if comparable(seen.hidden.text).strip() not in rules.texts:
            what = f"{seen.hidden.what}, {shortened(seen.hidden.text)}"
            place = text.place(folded.count("\n", 0, seen.begin))
            yield Finding("", "hidden-text", what, text.part, *place)
