"""Times are read leniently, and always end up aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.jsontext import Number
from archiver.times import parse_time


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-10-22T10:12:24.620Z", datetime(2025, 10, 22, 10, 12, 24, 620000, UTC)),
        ("2025-10-22T12:12:24+02:00", datetime(2025, 10, 22, 10, 12, 24, 0, UTC)),
        ("2025-10-22 10:12:24", datetime(2025, 10, 22, 10, 12, 24, 0, UTC)),
        ("2025-10-22", datetime(2025, 10, 22, 0, 0, 0, 0, UTC)),
        ("2025-10-22T10:12:24.1234567890Z", datetime(2025, 10, 22, 10, 12, 24, 123456, UTC)),
        (Number("1761127951460"), datetime(2025, 10, 22, 10, 12, 31, 460000, UTC)),
        ("1761127951", datetime(2025, 10, 22, 10, 12, 31, 0, UTC)),
    ],
)
def test_a_time_is_read_in_the_forms_that_occur(text: object, instant: datetime) -> None:
    assert parse_time(text) == instant


@pytest.mark.parametrize("odd", ["", "soon", "2025-13-01", "0001-01-01T00:00:00+14:00", None, 5])
def test_what_names_no_instant_gives_none(odd: object) -> None:
    assert parse_time(odd) is None


@given(st.text())
def test_any_text_gives_an_instant_in_utc_or_none(text: str) -> None:
    found = parse_time(text)
    assert found is None or found.utcoffset() == UTC.utcoffset(None)
