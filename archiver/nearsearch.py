"""Finding looks that differ in few bits among very many, without comparing each with each.

Multi-index hashing (Norouzi, Punjani, Fleet: "Fast Exact Search in Hamming Space with Multi-Index
Hashing", 2014): the 256 bits are cut into 11 bands of 23 or 24. Two looks that differ in at most
10 bits have some band in common, so only looks that agree in a band are compared. Nothing within
the distance is missed.

What is given are links: enough of them to join all that is alike into groups, directly or by way
of others, and no more, so that ten thousand copies of a logo cost ten thousand links.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from archiver.looks import BITS, NEAR

if TYPE_CHECKING:
    from numpy import ndarray

    Array = ndarray[Any, Any]

BANDS = 11
_EDGES = tuple(BITS * band // BANDS for band in range(BANDS + 1))
_AT_ONCE = 250_000
"""Pairs compared at once: 20 MB."""
assert NEAR < BANDS  # or a pair could differ in every band


class _Groups:
    """Which looks are joined already (union-find, paths halved)."""

    def __init__(self, count: int, joined: Iterable[tuple[int, int]]) -> None:
        self._parent = array("q", range(count))
        for one, other in joined:
            self.join(one, other)

    def join(self, one: int, other: int) -> bool:
        """Whether they were apart until now."""
        first, second = self._root(one), self._root(other)
        self._parent[max(first, second)] = min(first, second)
        return first != second

    def _root(self, one: int) -> int:
        parent = self._parent
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one


def near_links(
    looks: bytes, fresh: Iterable[int], joined: Iterable[tuple[int, int]] = ()
) -> Iterator[tuple[int, int]]:
    """New links among looks (32 bytes each, told by their place) of which the `fresh` ones have not
    been compared yet and the others have: `joined` is what was found then."""
    import numpy as np

    if not looks:
        return
    words = np.frombuffer(looks, dtype=">u8").reshape(-1, 4).astype(np.uint64)
    groups = _Groups(len(words), joined)
    new = np.zeros(len(words), dtype=bool)
    new[np.fromiter(fresh, dtype=np.int64)] = True
    # Of looks that are equal one is compared with the rest, a fresh one if there is any.
    order = np.lexsort((~new, *words.T))
    same = np.concatenate([[False], (words[order[1:]] == words[order[:-1]]).all(axis=1)])
    first = order[~same][np.cumsum(~same) - 1]
    for one, other in zip(first[same].tolist(), order[same].tolist(), strict=True):
        if groups.join(one, other):
            yield one, other
    kept = order[~same]
    for band in range(BANDS):
        for ones, others in _candidates(_keys(words[kept], band), np.flatnonzero(new[kept])):
            one, other = kept[ones], kept[others]
            bits = np.bitwise_count(words[one] ^ words[other]).sum(axis=1)
            near = bits <= NEAR
            for a, b in zip(one[near].tolist(), other[near].tolist(), strict=True):
                if groups.join(a, b):
                    yield a, b


def _keys(words: Array, band: int) -> Array:
    """One band of each look, as a number."""
    import numpy as np

    start, end = _EDGES[band], _EDGES[band + 1]
    column, shift = divmod(start, 64)
    key = words[:, column] << np.uint64(shift)
    if start // 64 != (end - 1) // 64:
        key |= words[:, column + 1] >> np.uint64(64 - shift)
    return (key >> np.uint64(64 - (end - start))).astype(np.uint32)


def _candidates(keys: Array, fresh: Array) -> Iterator[tuple[Array, Array]]:
    """Places of looks whose keys are equal, one of each pair being fresh."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    asked = fresh[np.argsort(keys[fresh], kind="stable")]  # in order: kind to the processor's cache
    begin = np.searchsorted(ranked, keys[asked])
    counts = np.searchsorted(ranked, keys[asked], "right") - begin
    yield from _pairs(order, asked, begin, counts)


def _pairs(order: Array, ones: Array, begin: Array, counts: Array) -> Iterator[tuple[Array, Array]]:
    """Each of `ones` with all that stands in its stretch of `order`, some at a time."""
    import numpy as np

    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, _AT_ONCE):
        at = np.arange(start, min(start + _AT_ONCE, total))
        row = np.searchsorted(ends, at, "right")
        others = order[begin[row] + at - (ends[row] - counts[row])]
        apart = ones[row] != others
        yield ones[row][apart], others[apart]
