"""Cells of CSV files: no text of a stranger's is a formula, and none is lost."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archiver.csvtext import cell, row, writer

SIGNS = "=+-@＝＋－＠﹢﹣﹦﹫\t\r\n"
TEXTS = st.text(max_size=40) | st.text(SIGNS + ';"a \u200b', max_size=12)


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


def test_a_row_holds_texts_numbers_times_and_gaps() -> None:
    moment = datetime(2025, 10, 22, 11, 13, 16)
    ours = [7, None, -1, Decimal("-0.141890"), moment]
    assert row(["=1", *ours]) == ["'=1", "7", "", "-1", "-0.141890", "2025-10-22 11:13:16"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ('x;"=1+1";y', 'x;\'"=1+1";y'),
        ('x; "\u200b"@A1', 'x;\' "\u200b"@A1'),
        ("x\n=1+1", "x\n'=1+1"),
        ("x\r\n-1", "x\r\n'-1"),
        ("x\r+1", "x\r'+1"),
        ("x\t＝1", "x\t'＝1"),
        ("a; b\nc\td", "a; b\nc\td"),
        ("a, -b = c", "a, -b = c"),
    ],
)
def test_what_another_country_would_take_for_a_cell_is_no_formula_either(
    text: str, safe: str
) -> None:
    """A German spreadsheet parts cells at semicolons, and rows at line ends, in spite of quotes
    that stand inside what it takes for a cell."""
    assert cell(text) == safe


def test_a_carriage_return_begins_no_row() -> None:
    """Before Python 3.13 the `csv` module left it unquoted where lines end in LF."""
    written = io.StringIO()
    writer(written).writerow(row(["a\r=1+1", "b\n", "c"]))
    assert written.getvalue() == '"a\r\'=1+1","b\n",c\r\n'


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine
@given(st.lists(TEXTS, min_size=2, max_size=4))
@example(["=1\r\n", '"'])
@example(["\ud800", "\x00"])
@example(["a,b", ";=1"])
def test_any_texts_make_one_row_of_as_many_cells_that_runs_nothing(texts: list[str]) -> None:
    """Written by the `csv` module and read again, as UTF-8."""
    written = io.StringIO()
    writer(written).writerow(row(texts))
    text = written.getvalue().encode().decode()
    (read,) = csv.reader(io.StringIO(text, newline=""))
    assert read == [cell(one) for one in texts]
    assert not any(one.strip().startswith(tuple(SIGNS)) for one in read)
    for part in re.split("[;\\t\\r\\n]", text):
        shown = re.sub('["\\\\s\u200b]', "", part)
        assert not shown.startswith(tuple(SIGNS)), part
