"""`data/record.json`: what is written is read back, whatever the times in it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from archiver.record import time_of, time_text


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC))
def test_any_instant_is_written_with_a_year_of_four_digits_and_read_back(instant: datetime) -> None:
    """`0001-01-01T00:00:00Z` is what some programs send for "no date"."""
    text = time_text(instant)
    assert text[4] == "-"
    assert time_of(text) == instant


def test_a_year_that_was_once_written_without_its_zeros_is_still_read() -> None:
    """What was sealed so cannot be written anew."""
    assert time_of("1-01-01T00:00:00Z") == datetime(1, 1, 1, tzinfo=UTC)
