"""Who is in an archive: the persons that jobs name, by id and by every name they ever had."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from archiver.bag import Bag, snapshot_series
from archiver.bodytext import leaves, text_of
from archiver.errors import UsageProblem
from archiver.models import JobRecord, RelPath
from archiver.naming import slug

_READ = 1 << 20
"""Bytes of a file that are looked at for a name: EXIF and XMP stand at its beginning."""
_NAMES = {"uploaderId": "uploaderName", "creatorId": "creatorName"}
Named = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Person:
    """A person: ids, every name they were seen with, and which of these names others have too."""

    ids: frozenset[str]
    names: frozenset[str]
    shared: frozenset[str] = frozenset()


def people_in(bag: Bag, record: JobRecord) -> Iterator[Named]:
    """Every pair of id and name in a job, its snapshots included. Raises OSError, ValueError."""
    yield record.creator_id, record.creator_name
    for message in record.messages:
        yield message.uploader_id, message.uploader_name
    uploaders = {message.number: message.uploader_id for message in record.messages}
    for event in record.history:
        if event.kind == "people-renamed":
            for number in event.messages:
                yield uploaders.get(number), event.was
                yield uploaders.get(number), event.now
    series = snapshot_series(bag)
    for entry in record.snapshots:
        yield from _in_body(series.body(entry.number))


def _in_body(body: bytes) -> Iterator[Named]:
    ids: dict[tuple[int, str], str] = {}
    names: dict[tuple[int, str], str] = {}
    for leaf in leaves(text_of(body)[0]):
        if leaf.is_key or leaf.key is None:
            continue
        if leaf.key in _NAMES:
            ids[leaf.owner, _NAMES[leaf.key]] = leaf.value
        elif leaf.is_text and leaf.key in _NAMES.values():
            names[leaf.owner, leaf.key] = leaf.value
    for place in {*ids, *names}:
        yield ids.get(place), names.get(place)


def find_person(named: Iterable[Named], wanted: str, also: Iterable[str] = ()) -> Person:
    """The person whose id or name is `wanted`, with every other name seen with their id, and the
    names in `also`.

    Raises UsageProblem when nobody or several persons have it.
    """
    pairs = set(named)
    folded = fold(wanted)
    ids: set[str | None] = {one for one, _ in pairs if one == wanted}
    if not ids:
        ids = {one for one, name in pairs if name is not None and fold(name) == folded}
    if not ids:
        raise UsageProblem(
            f"Nobody in this archive has “{wanted}” as id or name.",
            "Give the id, or the whole name as WorkPhotos shows it.",
        )
    known = {one for one in ids if one}
    if len(known) > 1:
        raise UsageProblem(
            f"{len(known)} persons have the name “{wanted}”.",
            "Name one by the id: " + ", ".join(sorted(known)),
        )
    names = {name for one, name in pairs if name and (one in known or fold(name) == folded)}
    others = {fold(name) for one, name in pairs if name and one and one not in known}
    return Person(
        frozenset(known),
        frozenset(names) | frozenset(also),
        frozenset(name for name in names if fold(name) in others),
    )


def fold(text: str) -> str:
    """A text as names and texts are compared: NFC, whatever the case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def left_in_names(record: JobRecord, person: Person) -> bool:
    """Whether a job's folder, whose name is frozen, has a person's name in it."""
    slugs = (slug(name, 60) for name in person.names)
    return any(len(one) > 3 and one in record.folder for one in slugs)


def left_in_files(bag: Bag, person: Person) -> Iterator[RelPath]:
    """Photos that have a person's name among their first bytes (as artist or owner, say): they
    are evidence as received, and are not altered. Raises OSError."""
    wanted = {
        name.encode(encoding, "surrogatepass")
        for name in person.names
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    }
    for path in bag.payload:
        if path.startswith(("data/images/", "data/thumbnails/", "data/files/", "data/damaged/")):
            with (bag.folder / path).open("rb") as file:
                head = file.read(_READ)
            if any(one in head for one in wanted):
                yield path


def left_in_ledger(ledger: Path, person: Person) -> bool:
    """Whether somebody gave a person's name in the ledger, as a reason or as who decided. Raises
    OSError."""
    lines = (ledger / "ledger.jsonl").read_text("utf-8", "replace")
    said = " ".join(re.findall(r'"(?:by|reason)":"((?:[^"\\]|\\.)*)"', lines))
    return any(fold(name) in fold(said) for name in person.names)


def left_in_addresses(bag: Bag, record: JobRecord, person: Person) -> bool:
    """Whether an address in a job's bodies has a person's name in it."""
    wanted = {quote(name) for name in person.names} | {quote(name, "") for name in person.names}
    series = snapshot_series(bag)
    wanted = {one for one in wanted if "%" in one}
    return any(
        one in text_of(series.body(entry.number))[0] for entry in record.snapshots for one in wanted
    )
