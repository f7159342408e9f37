"""The order in which a line is seen, compared with a library that follows UAX #9 whole."""

from __future__ import annotations

from bidi import get_display
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.bidi import visual_order, visual_runs

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


@settings(max_examples=300)
@given(LETTERS)
@example("a אב 12.5 - 3% (x)")
@example("1 א")
def test_the_order_is_that_of_the_unicode_algorithm(text: str) -> None:
    """Brackets apart, which newer versions of it pair."""
    plain = text.replace("(", " ").strip()
    assert visual_order(plain) == get_display(plain)


@given(st.text(max_size=40))
def test_no_character_is_lost(text: str) -> None:
    """Whatever the text."""
    assert sorted("".join(run.text for run in visual_runs(text))) == sorted(text)
