"""What is wanted of the photos of a hand-over, and what is said of one that cannot be given so."""

from __future__ import annotations

from dataclasses import dataclass


class CannotStrip(Exception):
    """A picture out of which nothing can be taken without making another one; `reason` says why,
    in words for the reader: "its structure is broken"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PhotoWants:
    """What is wanted of a hand-over's photos.

    `location` is where a photo was taken; `facts` when, with which camera and exposure. With both,
    `untouched` hands over the very file that was received; otherwise all else is taken out of it
    (`strips`). `largest_edge` makes larger pictures smaller; in pixels, None for no limit.
    """

    location: bool = True
    facts: bool = True
    untouched: bool = True
    largest_edge: int | None = None

    @property
    def strips(self) -> bool:
        """Whether anything is taken out of a photo's file."""
        return not (self.untouched and self.location and self.facts)
