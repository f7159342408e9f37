"""The data in the index's classic scripts, read as a browser reads it."""

from __future__ import annotations

import re

_LITERAL = re.compile(r"'((?:[^'\\\n\r\u2028\u2029]|\\(?:u[0-9a-f]{4}|.))*)'")
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)")


def literals(script: bytes) -> list[str]:
    """The string literals of a call, in order."""
    text = script.decode()
    assert text.startswith("Archive.")
    assert text.endswith(")\n")
    assert "\n" not in text[:-1]
    return [_ESCAPE.sub(_meant, found[1]) for found in _LITERAL.finditer(text)]


def _meant(found: re.Match[str]) -> str:
    escaped = found[1]
    if len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    return {"n": "\n", "r": "\r"}.get(escaped, escaped)
