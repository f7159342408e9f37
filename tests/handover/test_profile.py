"""Profiles: those that come along, and those of an archive's own `archiver.toml`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from archiver.errors import UsageProblem
from archiver.profile import CUSTOMER, FULL, PUBLIC, check_numbers, profile_named, profiles


def own(root: Path, text: str) -> Path:
    (root / "archiver.toml").write_text(text, encoding="utf-8")
    return root


def test_there_are_four_without_any_setting(tmp_path: Path) -> None:
    """The untouched bag is never the first that one is offered."""
    assert list(profiles(tmp_path)) == ["customer", "full", "public", "auditor"]


def test_an_own_one_changes_another(tmp_path: Path) -> None:
    """By default `customer`; one may build on another above it."""
    own(
        tmp_path,
        """
        [profile.insurer]
        chat = true
        location = true
        since = 2026-01-01
        without-photos = [3, 7]
        largest-edge = 1600
        [profile.blind]
        base = "insurer"
        metadata = "none"
        aliases = { "Maria Lopez" = "Technician" }
        """,
    )
    insurer = profile_named(tmp_path, "insurer")
    assert insurer == replace(
        CUSTOMER,
        name="insurer",
        chat=True,
        location=True,
        since=date(2026, 1, 1),
        without_photos=frozenset({3, 7}),
        largest_edge=1600,
    )
    blind = profile_named(tmp_path, "blind")
    assert blind.chat
    assert blind.metadata == "none"
    assert blind.names == "replace"


def test_one_that_changes_the_whole_bag_is_no_longer_whole(tmp_path: Path) -> None:
    """It keeps what it may, in a copy."""
    own(tmp_path, '[profile.quiet]\nbase = "full"\nchat = false\n')
    made = profile_named(tmp_path, "quiet")
    assert not made.whole
    assert made.history
    assert not made.chat
    assert made.metadata == "keep"
    same = own(tmp_path, '[profile.mine]\nbase = "full"\n')
    assert profile_named(same, "mine").whole


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[profile.customer]\nchat = true\n", "name of ours"),
        ("[profile.a]\nchatt = true\n", "chatt"),
        ("[profile.a]\nchat = 1\n", "true or false"),
        ('[profile.a]\nnames = "keep"\n', "show, replace, hide"),
        ("[profile.a]\nlargest-edge = 10\n", "200"),
        ("[profile.a]\nlargest-edge = true\n", "200"),
        ("[profile.a]\nwithout-photos = [0]\n", "[3, 7]"),
        ('[profile.a]\nsince = "2026-01-01"\n', "without quotes"),
        ('[profile.a]\nbase = "b"\n[profile.b]\n', "above"),
        ("[profile.a]\naliases = { A = 1 }\n", "table"),
        ("profile = 3\n", "[profile.NAME]"),
        ("[profile]\na = 3\n", "no table"),
    ],
)
def test_a_slip_is_named_with_file_and_profile(tmp_path: Path, text: str, word: str) -> None:
    """A profile that is not understood hands over nothing."""
    with pytest.raises(UsageProblem) as caught:
        profiles(own(tmp_path, text))
    assert "archiver.toml" in caught.value.message
    assert word in caught.value.message


def test_an_unknown_one_is_told_with_those_there_are(tmp_path: Path) -> None:
    """A typing slip must not hand over something else."""
    with pytest.raises(UsageProblem) as caught:
        profile_named(tmp_path, "costumer")
    assert "customer" in caught.value.hint


def test_leaving_out_what_is_not_there_is_a_slip() -> None:
    """Somebody meant another photo, and it would go out."""
    check_numbers(CUSTOMER.redacting(without_photos=frozenset({2})), [1, 2], [])
    with pytest.raises(UsageProblem, match="exhibit 9"):
        check_numbers(CUSTOMER.redacting(without_photos=frozenset({9})), [1, 2], [])


def test_equal_profiles_are_equal_bytes() -> None:
    """References are made of them."""
    assert CUSTOMER.canonical() == replace(CUSTOMER).canonical()
    made = {one.canonical() for one in (CUSTOMER, FULL, PUBLIC, CUSTOMER.redacting(chat=True))}
    assert len(made) == 4
