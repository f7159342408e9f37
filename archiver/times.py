"""Reading the times that the API writes, leniently; every result is aware and in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from archiver.jsontext import Number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(value: object) -> datetime | None:
    """The instant that `value` names, or None when it names none. Never raises.

    A text is read as ISO 8601 (`2025-10-22T10:12:24.620Z`; without an offset it is UTC); ten or
    thirteen digits, also as a JSON number, as seconds or milliseconds since 1970. Anything
    finer than a microsecond is cut off.
    """
    if not isinstance(value, str | Number):
        return None
    text = str(value).strip()
    try:
        return _since_1970(text) if re.fullmatch(r"[0-9]{10}|[0-9]{13}", text) else _iso(text)
    except (ValueError, OverflowError):
        return None


def _since_1970(digits: str) -> datetime:
    unit = timedelta(seconds=1) if len(digits) == 10 else timedelta(milliseconds=1)
    return _EPOCH + int(digits) * unit


def _iso(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    # `replace` for a time without an offset: astimezone would take it for this machine's time.
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
