"""Which losses a person's decision covers, and when they are tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.losses import TRIED_EVERY, accepted, is_due, loss_name
from archiver.models import Failure, JobRecord, Reference
from archiver.pins import Decision
from archiver.plan import Slot
from tests.factories import (
    a_missing_photo,
    a_photo,
    a_photo_message,
    a_record,
    a_snapshot,
    a_time,
    an_address,
)

DAY = 24 * 60
DECIDED = Decision(a_time(5 * DAY), "lost with the phone", "anna")
IMAGE = Slot("image", 1)


def a_loss(reference: Reference | None = None) -> JobRecord:
    """A job of two snapshots, on days 1 and 9, whose one photo is missing."""
    photo = a_missing_photo(1, 1)
    if reference is not None:
        photo = replace(photo, image=reference)
    return a_record([a_photo_message(1, 1)], [photo], snapshots=(a_snapshot(1), a_snapshot(9)))


FAILURE = Failure("the host answered 404 (not found)", a_time(DAY), 404)


def test_the_ledgers_name_of_a_reference_is_its_kind_and_number() -> None:
    """The names stand in the ledger for ever."""
    names = [loss_name(Slot("image", 13)), loss_name(Slot("main", 0)), loss_name(Slot("file", 2))]
    assert names == ["image 13", "main 0", "file 2"]


def test_a_loss_is_covered_by_the_decision_that_names_it() -> None:
    """And by no other."""
    assert accepted(a_loss(), {"image 1": DECIDED}) == {IMAGE: DECIDED}
    assert accepted(a_loss(), {"image 2": DECIDED, "thumbnail 1": DECIDED}) == {}


def test_a_kept_photo_is_no_loss_whatever_was_decided() -> None:
    """It came after all."""
    record = a_record([a_photo_message(1, 1)], [a_photo(1, 1)])
    assert accepted(record, {"image 1": DECIDED}) == {}


def test_another_reason_at_the_same_address_is_the_same_loss() -> None:
    """404 in one week and 503 in the next: nothing new is missing."""
    later = replace(FAILURE, reason="the host answered 503", since=a_time(8 * DAY))
    same = Reference((an_address("x.jpeg"),), (), later)
    assert accepted(a_loss(same), {"image 1": DECIDED}) == {IMAGE: DECIDED}


def test_a_loss_at_an_address_first_seen_later_is_another_loss() -> None:
    """The acknowledgement covers what it was given for."""
    moved = (an_address("x.jpeg", last_snapshot=1), an_address("y.jpeg", first_snapshot=9))
    assert accepted(a_loss(Reference(moved, (), FAILURE)), {"image 1": DECIDED}) == {}


@pytest.mark.parametrize(("day", "covered"), [(4, True), (6, False)])
def test_without_any_address_the_loss_began_when_it_was_first_said(day: int, covered: bool) -> None:
    """An address that is null fails without ever having been one."""
    failed = Reference((), (), replace(FAILURE, since=a_time(day * DAY)))
    assert bool(accepted(a_loss(failed), {"image 1": DECIDED})) is covered


def test_a_record_that_lacks_the_snapshot_it_names_is_judged_by_its_failure() -> None:
    """A file in an archive may hold anything."""
    odd = Reference((an_address("x.jpeg", first_snapshot=77),), (), FAILURE)
    assert accepted(a_loss(odd), {"image 1": DECIDED}) == {IMAGE: DECIDED}


def test_it_is_tried_in_the_first_run_after_each_seven_days() -> None:
    """Nightly runs for a month, three hours after the hour of the decision: four tries."""
    nights = [DECIDED.time + timedelta(days=day, hours=3) for day in range(30)]
    tried = [
        day
        for day, began in enumerate(nights)
        if is_due(DECIDED, nights[day - 1] if day else None, began)
    ]
    assert tried == [7, 14, 21, 28]


def test_a_due_try_waits_for_the_next_run_however_late() -> None:
    """Without a complete run for three weeks, the next one tries once."""
    before = DECIDED.time + timedelta(days=6)
    assert is_due(DECIDED, before, before + timedelta(days=21))
    assert not is_due(DECIDED, DECIDED.time + timedelta(days=8), DECIDED.time + timedelta(days=9))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_no_period_is_tried_twice_and_none_is_passed_over(hours: list[int]) -> None:
    """Whatever the rhythm of the runs, tries are the periods in which a run fell."""
    began, last, tries = DECIDED.time, None, 0
    for pause in hours:
        began += timedelta(hours=pause)
        tries += is_due(DECIDED, last, began)
        last = began
    periods = {sum(hours[: n + 1]) * timedelta(hours=1) // TRIED_EVERY for n in range(len(hours))}
    assert tries == len(periods - {0})
