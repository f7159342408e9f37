"""What a text is found under: folded words, pairs of characters, numbers however spaced."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.words import WORD_UP_TO, fold, index_words


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Überprüft: Ångström & café", "uberpruft angstrom cafe"),
        ("Straße nach Łódź, Œuvre, Søren", "strasse nach lodz oeuvre soren"),
        ("Протёк кран", "протек кран"),
        ("כְּתוֹבֶת", "כתובת"),
        ("ＡＢＣ１２", "abc12"),  # as Japanese keyboards write it
        ("it's 0.4 bar", "it s 0 4 bar"),
    ],
)
def test_accents_case_and_width_make_no_difference(written: str, found: str) -> None:
    assert set(found.split()) <= index_words(written)


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("漏水修理", {"漏水", "水修", "修理", "理"}),
        ("完", {"完"}),
        ("ボイラー", {"ボイ", "イラ", "ラー", "ー"}),
        ("A棟201号室", {"a", "棟", "201", "号室", "室"}),
        ("𠮷野家", {"𠮷野", "野家", "家"}),
    ],
)
def test_scripts_without_spaces_are_cut_into_pairs(written: str, pairs: set[str]) -> None:
    assert index_words(written) == pairs


@pytest.mark.parametrize(
    ("written", "joined"),
    [
        ("the flat at SW1A 1AA, please", "sw1a1aa"),
        ("M1 1AE", "m11ae"),
        ("K1A 0B1", "k1a0b1"),
        ("1012 AB Amsterdam", "1012ab"),
        ("〒100-0001", "1000001"),
        ("call 07700 900 123", "07700900123"),
        ("call 07700 900 123", "7700900123"),
        ("+44 7700 900123", "7700900123"),
        ("+447700900123", "7700900123"),
        ("0049 (0)30 901820", "30901820"),
        ("+44 (0)20 7946 0018", "2079460018"),
        ("07700 900123 07700 900456", "07700900456"),
        ("ring 12 A", "12a"),
        ("12-A", "12a"),
    ],
)
def test_numbers_and_postcodes_are_found_however_they_are_spaced(written: str, joined: str) -> None:
    assert joined in index_words(written)


@pytest.mark.parametrize("written", ["2024 at noon", "12 apples", "3 radiators"])
def test_ordinary_words_beside_numbers_are_not_joined(written: str) -> None:
    assert index_words(written) == set(written.split())


def test_a_table_of_numbers_gives_a_bounded_number_of_words() -> None:
    assert len(index_words("12 34 56 78 90 " * 2000)) < 400


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
@example("İstanbul ΟΔΟΣ ﬁ ㎏ \ud800")
def test_words_are_letters_and_digits_folded_and_bounded(text: str) -> None:
    for word in index_words(text):
        assert 0 < len(word) <= WORD_UP_TO
        assert all(unicodedata.category(char)[0] in "LMN" for char in word)
        assert " " not in word
        assert fold(word.upper()) == fold(word.upper()).lower()
