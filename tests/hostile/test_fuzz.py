"""A small number of what `make fuzz` does at length."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from archiver.cli.console import shown
from tests import strategies
from tests.hostile.fuzz import check_page, fuzz_bodies, fuzz_lists, fuzz_pictures, page_of
from tests.hostile.strings import NAUGHTY


def test_generated_bodies_make_pages_that_run_and_load_nothing() -> None:
    assert fuzz_bodies(7, 60) > 0


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.details)
def test_any_details_value_makes_a_page_that_runs_and_loads_nothing(value: Any) -> None:
    check_page(page_of(strategies.body_of(value)))


def test_a_sweep_over_any_list_ends_with_each_job_once_or_a_reason() -> None:
    assert fuzz_lists(7, 200) == 200


def test_mutated_pictures_get_a_verdict() -> None:
    assert fuzz_pictures(7, 300) == 300


@pytest.mark.parametrize(
    "page",
    [
        b"<p onclick=x></p>",
        b"<a href='javascript:alert(1)'></a>",
        b"<a href='//evil.example'></a>",
        b"<img src='https://evil.example/x'>",
        b"<iframe></iframe>",
        b"<script>alert(1)</script>",
        b"<p style='background:url(x)'></p>",
        b"<meta http-equiv=refresh>",
    ],
)
def test_the_check_of_pages_finds_what_must_not_be_there(page: bytes) -> None:
    with pytest.raises(AssertionError):
        check_page(page)


@pytest.mark.parametrize("text", NAUGHTY)
def test_what_the_command_line_prints_commands_no_terminal_and_adds_no_line(text: str) -> None:
    """Escape sequences, cursor moves, bidi overrides and forged lines are written out."""
    said = shown(f"job 1: {text}")
    assert said.isprintable() or all(c.isprintable() or c.isspace() for c in said)
    assert not set(said) & set("\x1b\x9b\x07\x08\r\n\u202e\u2066\u2028\u200b\x85")
    said.encode()


def test_plain_names_are_printed_as_they_are() -> None:
    for text in ("Müller & Söhne", "שלום עולם", "田中さん", "50 % of £3"):
        assert shown(text) == text
    assert shown("a\nb", lines=True) == "a\nb"
