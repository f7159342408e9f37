"""The order in which a line is seen, compared with a library that follows UAX #9 whole."""

from __future__ import annotations

from ctypes import CDLL, byref, c_uint32
from ctypes.util import find_library
from unicodedata import normalize

import pytest
from bidi import get_display
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.bidi import visual_order, visual_runs

FRIBIDI_PAR_ON = 0x40
"""The line goes as its first letter does."""
LETTERS = st.text("ab 12.,-(&%שלוםמحم", max_size=24)


def test_names_are_put_in_the_order_in_which_they_are_seen() -> None:
    """Numbers in a line from right to left keep their own order."""
    assert visual_order("Tom Wells 12") == "Tom Wells 12"
    assert visual_order("אבג") == "גבא"
    assert visual_order("אב גד") == "דג בא"
    assert visual_order("Tom אב") == "Tom בא"
    assert visual_order("אב 12 Tom") == "Tom 12 בא"
    assert visual_order("Tom אב 12 גד") == "Tom דג 12 בא"
    assert visual_order("אב (גד)") == "(דג) בא"
    assert visual_order("") == ""


def test_brackets_open_and_close_around_what_stands_between_them() -> None:
    assert visual_order("סקר, 16 Royal Parade (damp)") == "Royal Parade (damp) 16 ,רקס"
    assert visual_order("سقر (BS1 4TR)") == "(BS1 4TR) رقس"
    assert visual_order("אב (a) 12") == "12 (a) בא"
    assert visual_order("א(a[א)b]") == "[b(א]a)א"  # they do not nest: the second pair is none
    assert visual_order("a (אב) c") == "a (בא) c"


@settings(max_examples=300)
@given(LETTERS)
@example("a אב 12.5 - 3% (x)")
@example("1 א")
def test_the_order_is_that_of_the_unicode_algorithm(text: str) -> None:
    """Brackets apart, which newer versions of it pair."""
    plain = text.replace("(", " ").strip()
    assert visual_order(plain) == get_display(plain)


@pytest.mark.skipif(find_library("fribidi") is None, reason="needs FriBiDi")
@settings(max_examples=300)
@given(st.text("ab 12.,-()[]&%שלוםמحم", min_size=1, max_size=24))
@example("(א [a) 1]")
def test_so_do_brackets(text: str) -> None:
    """Compared with FriBiDi, which pairs them; it also joins letters, which is undone here."""
    name = find_library("fribidi")
    codes, seen = (c_uint32 * len(text))(*map(ord, text)), (c_uint32 * (len(text) + 1))()
    base, none = c_uint32(FRIBIDI_PAR_ON), None
    assert CDLL(name).fribidi_log2vis(codes, len(text), byref(base), seen, none, none, none)
    joined = "".join(map(chr, seen[: len(text)]))
    assert visual_order(text) == normalize("NFKC", joined)


@given(st.text(max_size=40))
def test_no_character_is_lost(text: str) -> None:
    """Whatever the text."""
    assert sorted("".join(run.text for run in visual_runs(text))) == sorted(text)
