"""The secret key: held so that it cannot be printed by accident, and scrubbed from every text.

Only `AuthKey.reveal` gives the secret, and only the API client calls it. `scrub` finds the key
in the spellings in which libraries print requests: raw, in JSON, in an address, in HTML, in
base64 (also in the middle of a longer encoded text, as in an `Authorization: Basic` header).
"""

from __future__ import annotations

import base64
import hmac
import html
import json
import logging
import re
import traceback
from collections.abc import Iterator
from typing import NoReturn
from urllib.parse import quote, quote_plus

from archiver.errors import UsageProblem

REDACTED = "[key]"

_MIN_ENCODED = 8
"""Characters: a shorter piece of base64 would be found in innocent texts."""


class AuthKey:
    """The WorkPhotos key. Every way of printing it gives `[key]`.

    Raises UsageProblem when the key is empty: scrubbing an empty text would mean nothing.
    """

    __slots__ = ("_pattern", "_secret")

    def __init__(self, secret: str) -> None:
        if not secret.strip():
            raise UsageProblem("the key is empty", "give the key of your WorkPhotos workspace")
        self._secret = secret
        spellings = sorted(set(_spellings(secret)), key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, spellings)))

    def reveal(self) -> str:
        """The secret itself, for a request body to the API's own origin and nothing else."""
        return self._secret

    def scrub(self, text: str) -> str:
        """`text` with `[key]` wherever the key stands, in any of its spellings."""
        return self._pattern.sub(REDACTED, text)

    def __repr__(self) -> str:
        return "AuthKey([key])"

    def __str__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return format(REDACTED, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AuthKey):
            return NotImplemented
        mine, theirs = (key.reveal().encode("utf-8", "surrogatepass") for key in (self, other))
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash(self._secret)

    def __copy__(self) -> AuthKey:
        return self

    def __deepcopy__(self, memo: object) -> AuthKey:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("the key is never pickled")


class KeyScrubber(logging.Filter):
    """A filter that takes the key out of a record: message, arguments, exception, stack, extras.

    Add it to *handlers*: a logger's own filters do not see what its children pass up.
    """

    def __init__(self, key: AuthKey) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub `record` in place; every record passes."""
        record.msg, record.args = self._key.scrub(_message(record)), None
        if record.exc_info:
            # The formatted text takes the place of the exception: a handler that prints the
            # exception object itself (rich does) would print the key again.
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_info = None
        for name, value in list(vars(record).items()):
            if isinstance(value, str):
                setattr(record, name, self._key.scrub(value))
            elif name not in _STANDARD_FIELDS:
                setattr(record, name, self._key.scrub(repr(value)))
        return True


_STANDARD_FIELDS = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None)))


def _message(record: logging.LogRecord) -> str:
    """The record's message; a record whose arguments do not fit must not print them raw."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield repr(secret)[1:-1]
    for form in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield form
        yield form.replace("/", "\\/")
    yield html.escape(secret)
    yield from _in_addresses(secret)
    yield from _in_base64(secret)


def _in_addresses(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="/:+=@!$,")):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def _in_base64(secret: str) -> Iterator[str]:
    """The characters that the key alone decides, for each of the three places (RFC 4648 §4)
    in which it can begin inside an encoded text."""
    raw = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode("ascii")
        whole = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        if len(whole) >= _MIN_ENCODED:
            yield whole
            yield whole.replace("+", "-").replace("/", "_")
