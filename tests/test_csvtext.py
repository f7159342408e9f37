"""Cells of CSV files: no text of a stranger's is a formula, and none is lost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.csvtext import cell, row

SIGNS = "=+-@＝＋－＠﹢﹣﹦﹫\t\r\n"


@pytest.mark.parametrize("sign", SIGNS)
def test_what_begins_like_a_formula_is_text(sign: str) -> None:
    assert cell(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("hidden", [" ", "\u200b", "\ufeff", "\u202e", "\u00a0 \u2066"])
def test_blanks_and_invisible_characters_before_the_sign_hide_nothing(hidden: str) -> None:
    assert cell(f'{hidden}=cmd|"/C calc"!A0').startswith("'")


@pytest.mark.parametrize(
    "text", ["", "Boiler service", "a=b", "3-5", "Müller", "'quoted", '"=1"', "12 High Street"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_control_characters_and_lone_surrogates_are_shown() -> None:
    assert cell("a\x00b\x1b[2J\x85\ud800") == "a\\x00b\\x1b[2J\\x85\\ud800"


def test_a_row_holds_texts_numbers_and_gaps() -> None:
    assert row(["=1", 7, None, -1]) == ["'=1", "7", "", "-1"]


@given(st.lists(st.text(max_size=40), min_size=2, max_size=4))
@example(["=1\r\n", '"'])
@example(["\ud800", "\x00"])
@example(["a,b", ";=1"])
def test_any_texts_make_one_row_of_as_many_cells_that_runs_nothing(texts: list[str]) -> None:
    """Written by the `csv` module and read again, as UTF-8."""
    written = io.StringIO()
    csv.writer(written).writerow(row(texts))
    text = written.getvalue().encode().decode()
    (read,) = csv.reader(io.StringIO(text, newline=""))
    assert read == [cell(one) for one in texts]
    assert not any(one.strip().startswith(tuple(SIGNS)) for one in read)
