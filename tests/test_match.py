"""Which message of a new body is which of those already known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.match import Traits, match


def a_text(number: int, text: str, time: str = "t1", person: str = "p1") -> Traits:
    return Traits(number, "chat", time, person, (text, None), text=text)


def a_photo(number: int, key: str, time: str = "t1", person: str = "p1") -> Traits:
    return Traits(number, "image", time, person, (None, key), photo=key)


def test_the_same_messages_in_another_order_are_the_same_messages() -> None:
    """Position never tells messages apart."""
    known = [a_text(1, "one", "t1"), a_text(2, "two", "t2")]
    assert match(known, [], [a_text(0, "two", "t2"), a_text(1, "one", "t1")]) == {0: 2, 1: 1}


def test_two_equal_messages_of_one_second_stay_two() -> None:
    """Duplicates pair in order, and a third one is new."""
    known = [a_text(1, "ok"), a_text(2, "ok")]
    assert match(known, [], [a_text(i, "ok") for i in range(3)]) == {0: 1, 1: 2}


def test_an_edited_text_keeps_its_number() -> None:
    """Same kind, time and person, other words: an edit."""
    assert match([a_text(7, "old words")], [], [a_text(0, "new words")]) == {0: 7}


def test_of_two_texts_of_one_second_the_edit_goes_to_the_one_more_alike() -> None:
    """When one was removed and one edited, the edit is not pinned on the removed one."""
    known = [a_text(1, "the boiler is off"), a_text(2, "gate code is 4471")]
    assert match(known, [], [a_text(0, "gate code is 4472 now")]) == {0: 2}


def test_two_photos_of_one_instant_are_told_apart_by_their_addresses() -> None:
    """The one whose address is still there stays; the other is gone."""
    known = [a_photo(1, "a"), a_photo(2, "b")]
    assert match(known, [], [a_photo(0, "b")]) == {0: 2}


def test_a_message_that_came_back_is_not_taken_for_an_edit_of_its_neighbour() -> None:
    """What is certain is settled over all known messages first."""
    assert match([a_text(1, "here")], [a_text(2, "back")], [a_text(0, "back")]) == {0: 2}


def test_a_present_message_is_preferred_to_one_that_would_have_to_have_come_back() -> None:
    """An edit of what is there is likelier than a return with other words."""
    known, gone = [a_text(1, "here")], [a_text(2, "gone long ago")]
    assert match(known, gone, [a_text(0, "here, edited")]) == {0: 1}


def test_a_photo_whose_time_changed_is_known_by_its_address() -> None:
    """An address is unique enough to survive a corrected time."""
    assert match([a_photo(5, "a", "t1")], [], [a_photo(0, "a", "t2")]) == {0: 5}


def test_short_texts_at_another_time_are_other_messages() -> None:
    """“ok” is said more than once."""
    assert match([a_text(1, "ok", "t1")], [], [a_text(0, "ok", "t2")]) == {}


traits = st.builds(
    Traits,
    number=st.just(0),
    kind=st.sampled_from(["chat", "image", None]),
    time=st.sampled_from(["t1", "t2", None]),
    person=st.sampled_from(["p1", "p2", None]),
    content=st.sampled_from(["a", "b", "c"]),
    photo=st.sampled_from([None, "k1", "k2"]),
    text=st.sampled_from([None, "a", "b", "a long enough text to tell"]),
)


def numbered(ones: list[Traits], start: int = 0) -> list[Traits]:
    return [
        Traits(i, o.kind, o.time, o.person, o.content, o.photo, o.text)
        for i, o in enumerate(ones, start)
    ]


@given(st.lists(traits, max_size=8), st.lists(traits, max_size=4), st.lists(traits, max_size=8))
def test_every_known_message_is_used_at_most_once(
    present: list[Traits], gone: list[Traits], incoming: list[Traits]
) -> None:
    """Whatever comes, no two incoming messages get one number."""
    found = match(numbered(present, 1), numbered(gone, 101), numbered(incoming))
    assert len(set(found.values())) == len(found)
    assert set(found) <= set(range(len(incoming)))


@given(st.lists(traits, max_size=10))
def test_the_same_body_again_matches_every_message_to_itself(ones: list[Traits]) -> None:
    """Looking twice at the same body changes nothing."""
    found = match(numbered(ones, 1), [], numbered(ones))
    assert len(found) == len(ones)
    for index, number in found.items():
        old, new = numbered(ones, 1)[number - 1], numbered(ones)[index]
        assert (old.kind, old.time, old.person, old.content) == (
            new.kind,
            new.time,
            new.person,
            new.content,
        )
