"""The clock, for whoever is given none: commands hand it down as an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The clock's time in UTC."""
    return datetime.now(UTC)
