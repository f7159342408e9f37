"""The order in which the letters of a line are seen: right-to-left scripts among others.

For what has to be given letters from left to right: a PDF's text, and Pillow where it is without
Raqm.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby


def begins_right_to_left(text: str) -> bool:
    return next((side == "R" for side in map(_side, text) if side), False)


def _side(char: str) -> str:
    """`R` or `L` for a character with a direction of its own, else nothing."""
    kind = unicodedata.bidirectional(char)
    return "R" if kind in ("R", "AL") else "L" if kind in ("L", "EN", "AN") else ""


def visual_order(text: str) -> str:
    """`text` from left to right as a reader of its script sees it.

    A short form of the Unicode bidirectional algorithm (UAX #9) for one line without embeddings:
    what has no direction goes with its neighbours where they agree, else with the line.
    """
    sides = [_side(char) for char in text]
    if "R" not in sides:
        return text
    line = "R" if begins_right_to_left(text) else "L"
    for index, side in enumerate(sides):
        if not side:
            before = sides[index - 1] if index else line
            after = next((later for later in sides[index:] if later), line)
            sides[index] = before if before == after else line
    runs = [
        (side, "".join(char for _, char in run))
        for side, run in groupby(zip(sides, text, strict=True), lambda pair: pair[0])
    ]
    if line == "R":
        runs.reverse()
    return "".join(run[::-1] if side == "R" else run for side, run in runs)
