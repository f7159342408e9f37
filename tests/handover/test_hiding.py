"""Names taken out of texts: whole, in parts, in any case and script; or shown as they are."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.hiding import Names, names_of

PEOPLE = (
    ("u1", "Maria Lopez"),
    ("u2", "Tom Baker"),
    ("u1", "Maria López-Vega"),
    (None, "田中太郎"),
)


def names(rule: str = "replace", **aliases: str) -> Names:
    found = {name.replace("_", " "): said for name, said in aliases.items()}
    return names_of(rule, PEOPLE, found, lambda n: f"Person {n}", "(hidden)")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Maria Lopez was here", "Person 1 was here"),
        ("maria   LOPEZ", "Person 1"),
        ("maria.lopez@example.com", "Person 1@example.com"),
        ("Lopez, Maria", "Person 1, Person 1"),
        ("Thanks MARIA!", "Thanks Person 1!"),
        ("Tom's van", "Person 2's van"),
        ("tom_baker", "Person 2"),
        ("tomorrow at the bakery", "tomorrow at the bakery"),
        ("Mari\u0301a is not Maria", "Mari\u0301a is not Person 1"),
        ("Maria Lo\u0301pez-Vega", "Person 1"),
        ("明日田中太郎さんが来る", "明日Person 3さんが来る"),
        ("MariaLopez", "Person 1"),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, said: str) -> None:
    """In any case, with anything between its words, and each of its words alone; and no other."""
    got = names().text(text)
    assert unicodedata.normalize("NFC", got) == unicodedata.normalize("NFC", said)


def test_a_person_is_one_by_whatever_name() -> None:
    """An id's names all become the same one; the key says nothing of the id."""
    rule = names()
    assert rule.person("u1", "Maria Lopez") == rule.person("u1", "Maria López-Vega")
    assert rule.person("u1", "Maria Lopez") == ("p1", "Person 1")
    assert rule.person("u2", "Tom Baker") == ("p2", "Person 2")
    assert rule.person(None, None) == (None, None)


def test_an_alias_goes_before_a_number() -> None:
    """Also that of somebody who is only written about."""
    rule = names(Maria_Lopez="Technician", Old_Joe="The neighbour")
    assert rule.person("u1", "Maria López-Vega")[1] == "Technician"
    assert rule.text("Ask old joe or Maria") == "Ask The neighbour or Technician"


def test_colleagues_who_are_only_written_about_are_hidden_too() -> None:
    """Those of other jobs; a word that is also one of this job's people stays theirs."""
    rule = names_of(
        "replace", PEOPLE, {}, lambda n: f"Person {n}", "#", ["Olga Petrova", "Tom Ray"]
    )
    assert rule.text("Olga petrova asked Ray for Tom") == "# asked # for Person 2"


def test_hidden_people_are_all_alike() -> None:
    """Nobody can tell from a page how many there were."""
    rule = names("hide")
    assert {rule.person(one, name) for one, name in PEOPLE} == {("p1", "(hidden)")}
    assert rule.text("Maria met Tom Baker") == "(hidden) met (hidden)"


def test_a_word_of_two_names_is_nobody_in_particular() -> None:
    """A shared surname must not name the wrong one of them."""
    both = (("1", "Ann Smith"), ("2", "Bob Smith"))
    rule = names_of("replace", both, {}, lambda n: f"Person {n}", "(hidden)")
    assert rule.text("Smith, Ann") == "(hidden), Person 1"


def test_shown_names_stay_as_they_are() -> None:
    """To the letter, and texts untouched."""
    rule = names("show")
    assert rule.person("u1", "Maria López-Vega") == ("p1", "Maria López-Vega")
    assert rule.text("Maria Lo\u0301pez") == "Maria Lo\u0301pez"


@given(
    st.lists(st.text("abcßÉé ´-'. 田の", min_size=1, max_size=12), min_size=1, max_size=4),
    st.lists(st.text("xyz .,-\n", max_size=5), min_size=2, max_size=5),
)
def test_no_whole_name_is_left(found: list[str], between: list[str]) -> None:
    """Whatever the names, none of them stands in a text any more as a word."""
    rule = names_of("hide", [(None, one) for one in found], {}, str, "#")
    text = " ".join(one + " " + name for one, name in zip(between, found, strict=False))
    got = unicodedata.normalize("NFC", rule.text(text)).casefold()
    for name in found[: len(between)]:
        words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).casefold())
        if words:
            pattern = r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, words)) + r"(?![^\W_])"
            assert re.search(pattern, got) is None, (name, got)
