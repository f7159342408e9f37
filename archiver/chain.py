"""The chain of the ledger's lines: what an entry is, and that each follows from the one before.

One JSON object a line, in RFC 8785's canonical form (our entries hold only ASCII names, texts and
whole numbers, for which sorted keys, no spaces and UTF-8 are that form). `prev` is the SHA-256 of
the line before as it stands, its line feed included, so that `sed -n 7p ledger.jsonl | sha256sum`
is what line 8 must say. Nothing here knows what an event means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archiver.models import Sha256
from archiver.record import time_of

GENESIS = Sha256("0" * 64)
"""What the first entry says of the one before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its number from 1, what happened, when, and the rest of its fields."""

    number: int
    event: str
    time: datetime
    fields: Mapping[str, Any]


class BrokenLedger(ValueError):
    """The chain does not hold: `line` is the first that does not follow from those before."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"ledger line {line}: {reason}")
        self.line = line
        self.reason = reason


def canonical(value: Mapping[str, Any]) -> bytes:
    """An entry's line without its line feed. Raises ValueError for a lone surrogate."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def line_hash(line: bytes) -> Sha256:
    """What the next line says of this one, its line feed included."""
    return Sha256(hashlib.sha256(line).hexdigest())


def read_entries(lines: Iterable[bytes]) -> Iterator[tuple[Entry, Sha256]]:
    """Each entry with the hash of its line, the chain checked. Raises BrokenLedger."""
    head = GENESIS
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            entry = Entry(number, value["event"], time_of(value["time"]), value)
            if value["n"] != number:
                raise BrokenLedger(number, f"says it is entry {value['n']}")
            if value["prev"] != head:
                raise BrokenLedger(number, "does not follow from the line before it")
            if canonical(value) + b"\n" != line:
                raise BrokenLedger(number, "is not in canonical form")
        except BrokenLedger:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BrokenLedger(number, f"is not a ledger entry ({error})") from error
        head = line_hash(line)
        yield entry, head


def whole_lines(file: Iterable[bytes], torn: list[bytes]) -> Iterator[bytes]:
    """The lines that end with a line feed, one in memory at a time; a last one without goes to
    `torn`."""
    for line in file:
        if line.endswith(b"\n"):
            yield line
        else:
            torn.append(line)
