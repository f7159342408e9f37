"""The order in which the letters of a line are seen: right-to-left scripts among others.

For what has to be given letters from left to right: a PDF's text, a line drawn with several fonts,
and Pillow where it is without Raqm. A short form of the Unicode bidirectional algorithm (UAX #9)
for one line without embeddings and direction marks, which `fonts.visible_text` takes out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby

_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class DirectedRun:
    """A part of a line whose letters go one way, in the order in which they are written."""

    text: str
    right_to_left: bool


def begins_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction goes from right to left (rules P2 and P3)."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def visual_runs(text: str) -> list[DirectedRun]:
    """`text` in parts, from left to right as a reader sees them."""
    # ASCII has no letter that goes from right to left, and most lines are ASCII.
    if text.isascii():
        return [DirectedRun(text, False)] if text else []
    line = "R" if begins_right_to_left(text) else "L"
    sides = _sides(text, line)
    parts = [
        (side, "".join(char for _, char in run))
        for side, run in groupby(zip(sides, text, strict=True), lambda pair: pair[0])
    ]
    if line == "R":
        # Numbers and letters from left to right are one part, seen from its beginning.
        whole = [
            DirectedRun("".join(part for _, part in group), right_to_left)
            for right_to_left, group in groupby(parts, lambda part: part[0] == "R")
        ]
        return whole[::-1]
    runs: list[DirectedRun] = []
    for is_left, group in groupby(parts, lambda part: part[0] == "L"):
        some = list(group)
        # In a line from left to right, what is not, numbers in it included, is seen from its end.
        runs += [DirectedRun(part, side == "R") for side, part in (some if is_left else some[::-1])]
    return runs


def visual_order(text: str) -> str:
    """`text` from left to right as a reader of its script sees it."""
    return "".join(turned(run.text) if run.right_to_left else run.text for run in visual_runs(text))


def turned(text: str) -> str:
    """What goes from right to left, from left to right: brackets open to the other side (L4)."""
    return text.translate(_MIRRORED)[::-1]


def _sides(text: str, line: str) -> list[str]:
    """For each character `L`, `R`, or `N` for a number among letters that go from right to left."""
    kinds = _with_numbers(text)
    # A number after a letter from left to right goes with it (rule W7).
    strong = line
    for index, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "N" and strong == "L":
            kinds[index] = "L"
    _join_brackets(kinds, text, line)
    # What has no direction goes with its neighbours where they agree, else with the line (N1, N2).
    index = 0
    while index < len(kinds):
        end = index
        while end < len(kinds) and not kinds[end]:
            end += 1
        if end > index:
            before = kinds[index - 1] if index else line
            after = kinds[end] if end < len(kinds) else line
            alike = (before == "L") == (after == "L")
            kinds[index:end] = [("L" if before == "L" else "R") if alike else line] * (end - index)
        index = end + 1
    return kinds


def _join_brackets(kinds: list[str], text: str, line: str) -> None:
    """Brackets that belong together go one way: that of the line if any letter between them does,
    else that of those letters if they only go on with what stands before them (rule N0)."""
    for start, end in _bracket_pairs(text):
        inside = {_side(kind) for kind in kinds[start + 1 : end] if kind}
        if not inside:
            continue
        before = _side(next((kind for kind in reversed(kinds[:start]) if kind), line))
        kinds[start] = kinds[end] = line if line in inside or before == line else before


def _side(kind: str) -> str:
    """A number goes from right to left as far as its neighbours are concerned."""
    return "L" if kind == "L" else "R"


def _bracket_pairs(text: str) -> list[tuple[int, int]]:
    """Where brackets open and close, in the order of their opening (definition BD16)."""
    pairs: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for index, char in enumerate(text):
        if char in _PAIRS:
            waiting.append((_PAIRS[char], index))
        elif char in ")]}":
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == char:
                    pairs.append((waiting[depth][1], index))
                    del waiting[depth:]
                    break
    return sorted(pairs)


def _with_numbers(text: str) -> list[str]:
    """The direction each character has by itself: `L`, `R`, `N` for what belongs to a number, or
    nothing (rules W1 to W6)."""
    raw: list[str] = []
    strong = ""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind == "NSM" and raw:
            kind = raw[-1]  # a mark goes with its letter
        if kind in ("L", "R", "AL"):
            strong = kind
        # Among Arabic letters numbers are Arabic ones, which no sign of a currency joins.
        raw.append("AN" if kind == "EN" and strong == "AL" else kind)
    for index in range(1, len(raw) - 1):
        around = raw[index - 1], raw[index + 1]
        if around == ("EN", "EN") and raw[index] in ("CS", "ES"):
            raw[index] = "EN"
        elif around == ("AN", "AN") and raw[index] == "CS":
            raw[index] = "AN"
    for indices in (range(len(raw)), range(len(raw) - 1, -1, -1)):
        before = ""
        for index in indices:
            if raw[index] == "ET" and before == "EN":
                raw[index] = "EN"
            before = raw[index]
    kinds = {"L": "L", "R": "R", "AL": "R", "EN": "N", "AN": "N"}
    return [kinds.get(kind, "") for kind in raw]
