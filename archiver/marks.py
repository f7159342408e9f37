"""`ledger/marks.json`: how the archive knows again what was erased, without holding it.

Beside the ledger and not in `.archiver/`, so that it outlives the cache; apart from the bags, so
that it outlives a folder that is lost. Each erasure's marks are pinned by its `erasing` entry (the
SHA-256 of their canonical form, which holds 32 random bytes and so says nothing). Marks that no
entry pins were written just before a crash and count for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver.chain import canonical
from archiver.errors import ArchiveDamaged
from archiver.models import Sha256
from archiver.pins import LedgerState
from archiver.record import json_bytes
from archiver.redaction import ItemMarks, Marks, PersonMarks
from archiver.storage import put_file, sha256_bytes

MARKS_FILE = "marks.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Suppression:
    """All marks of an archive, in the order of their erasures."""

    marks: tuple[Marks, ...] = field(default=())

    def of_job(self, job: str) -> tuple[Marks, ...]:
        """The marks that concern the job with this ledger key."""
        return tuple(one for one in self.marks if one.person is not None or job in one.jobs)


def marks_value(marks: Marks) -> dict[str, Any]:
    """An erasure's marks as a plain JSON value."""
    value: dict[str, Any] = {"erasing": marks.erasing, "key": marks.key.hex()}
    if marks.volatile:
        value["volatile"] = list(marks.volatile)
    if marks.jobs:
        value["jobs"] = {
            job: [_item_value(item) for item in items] for job, items in marks.jobs.items()
        }
    person = marks.person
    if person is not None:
        value["person"] = {
            "ids": list(person.ids),
            "names": list(person.names),
            "words": list(person.words),
            "pseudonym": person.pseudonym,
        }
    return value


def _item_value(item: ItemMarks) -> dict[str, Any]:
    value: dict[str, Any] = {
        "message": item.message,
        "content": list(item.content),
        "address": list(item.address),
    }
    if item.moment is not None:
        value["moment"] = item.moment
    if item.text:
        value["text"] = list(item.text)
    if item.spare:
        value["spare"] = item.spare
    return value


def marks_of(value: Mapping[str, Any]) -> Marks:
    """The marks that `marks_value` gave. Raises KeyError, TypeError, ValueError."""
    person = value.get("person")
    return Marks(
        erasing=int(value["erasing"]),
        key=bytes.fromhex(value["key"]),
        volatile=tuple(value.get("volatile", ())),
        jobs={
            str(job): tuple(
                ItemMarks(
                    message=int(item["message"]),
                    content=tuple(item["content"]),
                    address=tuple(item["address"]),
                    moment=item.get("moment"),
                    spare=int(item.get("spare", 0)),
                    text=tuple(item.get("text", ())),
                )
                for item in items
            )
            for job, items in value.get("jobs", {}).items()
        },
        person=None
        if person is None
        else PersonMarks(
            ids=tuple(person["ids"]),
            names=tuple(person["names"]),
            words=tuple(person["words"]),
            pseudonym=str(person["pseudonym"]),
        ),
    )


def marks_pin(marks: Marks) -> Sha256:
    """What the `erasing` entry says of an erasure's marks."""
    return sha256_bytes(canonical(marks_value(marks)))


def read_marks(ledger: Path) -> tuple[Marks, ...]:
    """Every erasure's marks in the file; none when there is no file. Raises OSError, ValueError."""
    try:
        value = json.loads((ledger / MARKS_FILE).read_bytes())
    except FileNotFoundError:
        return ()
    try:
        if value["version"] != _VERSION:
            raise ValueError(f"is of version {value['version']}")
        return tuple(marks_of(one) for one in value["erasures"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"is not what this program wrote ({error!r})") from error


def write_marks(ledger: Path, marks: Iterable[Marks]) -> None:
    """Write the file anew, whole. Raises OSError."""
    value = {"version": _VERSION, "erasures": [marks_value(one) for one in marks]}
    put_file(ledger / MARKS_FILE, json_bytes(value))


def add_marks(ledger: Path, state: LedgerState, marks: Marks) -> None:
    """Put an erasure's marks beside those that the ledger pins. Raises OSError, ValueError."""
    kept = [one for one in read_marks(ledger) if _is_pinned(one, state)]
    write_marks(ledger, (*kept, marks))


def _is_pinned(marks: Marks, state: LedgerState) -> bool:
    erasure = state.erasures.get(marks.erasing)
    return erasure is not None and erasure.marks == marks_pin(marks)


def lost_marks(ledger: Path, state: LedgerState) -> tuple[int, ...]:
    """The erasures whose marks are not in the file as the ledger pins them."""
    try:
        there = {one.erasing for one in read_marks(ledger) if _is_pinned(one, state)}
    except (OSError, ValueError):
        there = set()
    return tuple(n for n, one in state.erasures.items() if one.marks is not None and n not in there)


def suppression(ledger: Path, state: LedgerState) -> Suppression:
    """What must not come back. Raises ArchiveDamaged when the marks of an erasure are missing or
    altered: what it took would be archived again."""
    lost = lost_marks(ledger, state)
    if lost:
        raise ArchiveDamaged(
            f"{ledger / MARKS_FILE} is missing or was altered: without it, what was erased by "
            f"ledger entry {lost[0]} would be fetched again.",
            "Bring the file back from a backup; nothing was fetched.",
        )
    pinned = (one for one in read_marks(ledger) if _is_pinned(one, state))
    return Suppression(tuple(sorted(pinned, key=lambda one: one.erasing)))
