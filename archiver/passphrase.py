"""A passphrase for an encrypted zip: what makes one fit, and a holder that never prints it."""

from __future__ import annotations

from dataclasses import dataclass, field

from archiver.errors import UsageProblem

SHORTEST = 16
"""Characters. Zips stretch a passphrase by 1,000 rounds only (WinZip AE-2): its length must do."""


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase in memory; printing it shows nothing of it."""

    _secret: str = field(repr=False)

    def reveal(self) -> bytes:
        """The secret itself, for the cipher and nothing else."""
        return self._secret.encode("ascii")

    def __str__(self) -> str:
        return "[passphrase]"


def passphrase_of(text: str) -> Passphrase:
    """A passphrase, if it is one that every unpacking program takes for the same.

    Raises UsageProblem for one that is too short, or with more than ASCII: Windows and others turn
    such characters into different bytes, and the zip would not open.
    """
    if not text.isascii() or not text.isprintable():
        raise UsageProblem(
            "The passphrase has characters beyond plain ASCII.",
            "Programs that open zips do not agree on those: use letters without accents, digits, "
            "spaces and signs.",
        )
    if len(text) < SHORTEST:
        raise UsageProblem(
            f"The passphrase is too short: {len(text)} characters, of at least {SHORTEST}.",
            "Four or five words that do not belong together are easy to tell on the telephone.",
        )
    return Passphrase(text)
