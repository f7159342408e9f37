"""The head of a ledger, and the small text that stands for it: `N HASH` and a line feed.

N is the number of the last entry, HASH the SHA-256 of its line. Whoever has kept this text can
later tell whether a ledger still continues it. It is what `archiver ledger head` prints, what a
person writes down, what a key signs and what a time stamp is over, so that `openssl` can check
both without this program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.models import Sha256

_STATEMENT = re.compile(r"\s*([1-9]\d{0,11})[\s:,]+([0-9a-f]{64})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """An entry by its number, and the SHA-256 of its line."""

    number: int
    sha256: Sha256

    @property
    def statement(self) -> bytes:
        """The head statement: what is signed and stamped."""
        return f"{self}\n".encode()

    def __str__(self) -> str:
        return f"{self.number} {self.sha256}"


def head_of(text: str) -> Head | None:
    """The head that a person wrote down (`41 3f…`), or None when the text is no such thing."""
    found = _STATEMENT.fullmatch(text)
    return Head(int(found[1]), Sha256(found[2].lower())) if found else None
