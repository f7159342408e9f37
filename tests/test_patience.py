"""How much of one run a single bad host may cost."""

from __future__ import annotations

from archiver.patience import LONGEST_PAUSE, MOST_STALLS, SECOND_TRIES, Patience


def test_a_host_that_only_stalls_is_left_alone_in_the_end() -> None:
    """Its addresses lose their second try first."""
    patience = Patience(lambda: 0.0)
    answers = [patience.stalled("bad") for _ in range(MOST_STALLS)]
    assert answers == [True] * (SECOND_TRIES - 1) + [False] * (MOST_STALLS - SECOND_TRIES + 1)
    assert patience.is_spent("bad")
    assert not patience.is_spent("good")


def test_one_whole_file_makes_good_for_all_stalls() -> None:
    """A slow line is no bad host."""
    patience = Patience(lambda: 0.0)
    for _ in range(MOST_STALLS):
        patience.stalled("slow")
    patience.gave("slow")
    assert not patience.is_spent("slow")
    assert patience.stalled("slow")


def test_pauses_are_granted_for_a_time_and_no_longer() -> None:
    """Unless something came in between."""
    now = [0.0]
    patience = Patience(lambda: now[0])
    assert patience.may_pause("busy")
    now[0] = LONGEST_PAUSE - 1
    assert patience.may_pause("busy")
    now[0] = LONGEST_PAUSE + 1
    assert not patience.may_pause("busy")
    patience.gave("busy")
    assert patience.may_pause("busy")
