"""`data/record.json`: a job's record as bytes, and back.

The format is `docs/record.schema.json`. Fields that hold nothing are left out, so that a record
of two thousand messages stays small; reading an older record gives them their empty value.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_origin

from archiver.errors import NewerFormat
from archiver.models import JobRecord

if TYPE_CHECKING:
    from cattrs import Converter

SCHEMA_VERSION = 1
RECORD_PATH = "data/record.json"
_Hook: TypeAlias = Callable[[Any, Any], Any]


def time_text(moment: datetime) -> str:
    """An instant as RFC 3339 in UTC, with as many digits as it has (at least seconds)."""
    utc = moment.astimezone(UTC)
    # Not by `strftime`: its %Y has no leading zeros on Linux, and 0001-01-01 is what some programs
    # send for "no date".
    spec = "seconds" if utc.microsecond == 0 else "milliseconds"
    spec = "microseconds" if utc.microsecond % 1000 else spec
    return utc.isoformat(timespec=spec).replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """The instant that `time_text` wrote. Raises ValueError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # Before 0.1.0 a year below 1000 was written without its leading zeros, and sealed so.
        year, dash, rest = text.partition("-")
        return datetime.fromisoformat(f"{year:0>4}{dash}{rest}")


@cache
def converter() -> Converter:
    """The one converter between models and plain JSON values."""
    from cattrs import Converter

    # Without notes on where in a record an error was found, which nobody is shown: a third faster.
    made = Converter(omit_if_default=True, detailed_validation=False)
    made.register_unstructure_hook(datetime, time_text)
    made.register_structure_hook(datetime, lambda value, _: time_of(value))
    made.register_structure_hook_factory(_is_row, _row_hook)
    made.register_structure_hook_factory(_may_be_none, _none_hook)
    return made


def _is_row(kind: Any) -> bool:
    """Whether a type is `tuple[X, ...]`."""
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def _row_hook(kind: Any, made: Converter) -> _Hook:
    """A record is mostly tuples and things that may be None, and of plain text and numbers in them.
    What each takes is found once here; cattrs finds it for every value.
    """
    inner = get_args(kind)[0]
    hook = made.get_structure_hook(inner, cache_result=False)
    return lambda values, _: tuple([hook(value, inner) for value in values])


def _may_be_none(kind: Any) -> bool:
    """Whether a type is `X | None`."""
    return isinstance(kind, UnionType) and len(get_args(kind)) == 2 and NoneType in get_args(kind)


def _none_hook(kind: Any, made: Converter) -> _Hook:
    inner = next(one for one in get_args(kind) if one is not NoneType)
    plain = _PLAIN.get(getattr(inner, "__supertype__", inner))
    if plain is not None:
        return lambda value, _: None if value is None else plain(value)
    hook = made.get_structure_hook(inner, cache_result=False)
    return lambda value, _: None if value is None else hook(value, inner)


_PLAIN: dict[Any, Callable[[Any], Any]] = {str: str, int: int, float: float, bool: bool}
"""What cattrs makes of plain values, without its asking each time."""


def json_bytes(value: Any) -> bytes:
    """JSON as this program writes it: UTF-8, one space of indent, a lone surrogate as `\\uXXXX`."""
    # In batches: `json.dumps` would hold every token at once, ten times the size of the text
    # (150,000 messages: 550 MB).
    pieces = json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(value)
    body = io.BytesIO()
    while batch := "".join(islice(pieces, 8192)):
        # A lone surrogate has no UTF-8; its backslash escape is also its JSON escape.
        body.write(batch.encode("utf-8", "backslashreplace"))
    body.write(b"\n")
    return body.getvalue()


def record_bytes(record: JobRecord) -> bytes:
    """The content of `data/record.json`: the same record gives the same bytes."""
    return json_bytes({"schema_version": SCHEMA_VERSION, **converter().unstructure(record)})


def load_record(body: bytes) -> JobRecord:
    """The record that `record_bytes` wrote.

    Raises NewerFormat for one of a later version and ValueError for anything else.
    """
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("record.json does not hold an object")
    version = value.pop("schema_version", None)
    if not isinstance(version, int):
        raise ValueError("record.json does not state its schema_version")
    if version > SCHEMA_VERSION:
        raise NewerFormat(
            f"record.json has format {version}; this program knows up to {SCHEMA_VERSION}.",
            "Install the version that wrote it, or a newer one.",
        )
    try:
        return converter().structure(value, JobRecord)
    except Exception as error:  # cattrs raises whatever its hooks do
        raise ValueError(f"record.json is not a job's record: {error!r}") from error
