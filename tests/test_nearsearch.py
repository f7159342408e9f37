"""The search among many looks finds what a comparison of each with each finds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.looks import BITS, NEAR, distance

pytest.importorskip("numpy", reason="the extra `looks` is not installed")
from archiver.nearsearch import near_links


def flipped(look: int, bits: Iterable[int]) -> int:
    for bit in bits:
        look ^= 1 << bit
    return look


@st.composite
def crowds(draw: st.DrawFn) -> list[bytes]:
    """Looks of which many are a few bits, or a few too many, away from others."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    looks = [rng.getrandbits(BITS) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(0, 12))):
        away = draw(st.sampled_from([0, 1, 2, NEAR - 1, NEAR, NEAR + 1, NEAR + 2, 3 * NEAR]))
        looks.append(flipped(rng.choice(looks), rng.sample(range(BITS), away)))
    return [look.to_bytes(BITS // 8, "big") for look in looks]


def groups(count: int, links: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    parts = {one: {one} for one in range(count)}
    for one, other in links:
        if parts[one] is not parts[other]:
            parts[one] |= parts[other]
            for member in parts[one]:
                parts[member] = parts[one]
    return {frozenset(part) for part in parts.values()}


def brute(looks: list[bytes]) -> set[frozenset[int]]:
    pairs = itertools.combinations(range(len(looks)), 2)
    return groups(len(looks), ((a, b) for a, b in pairs if distance(looks[a], looks[b]) <= NEAR))


@settings(deadline=None, max_examples=50)
@given(crowds())
def test_the_groups_are_those_of_comparing_each_with_each(looks: list[bytes]) -> None:
    links = list(near_links(b"".join(looks), range(len(looks))))
    assert groups(len(looks), links) == brute(looks)
    assert all(distance(looks[one], looks[other]) <= NEAR for one, other in links)
    assert len(links) < len(looks)


@settings(deadline=None, max_examples=50)
@given(crowds(), st.integers(0, 16))
def test_looks_that_come_later_join_what_was_found_before(looks: list[bytes], known: int) -> None:
    known = min(known, len(looks))
    before = list(near_links(b"".join(looks[:known]), range(known)))
    later = list(near_links(b"".join(looks), range(known, len(looks)), before))
    assert groups(len(looks), before + later) == brute(looks)


def test_the_bit_that_two_bands_share_a_word_for_is_not_lost() -> None:
    """Every single bit, and every run of bits as long as is near, flipped by itself."""
    rng = random.Random(1)
    look = rng.getrandbits(BITS)
    for start in range(BITS):
        run = [(start + step) % BITS for step in range(NEAR)]
        pair = b"".join(one.to_bytes(32, "big") for one in (look, flipped(look, run)))
        assert list(near_links(pair, [1])), start
