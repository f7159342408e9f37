"""What a person or a script reads: messages, one JSON object, errors that read like help."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

SCHEMA_VERSION = 1
_secrets: list[Any] = []


@dataclass
class Console:
    """How this run speaks. JSON goes to stdout alone; everything else to stderr, except a
    command's own result for people."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    no_input: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def say(self, text: str = "") -> None:
        """A result for a person: on stdout, unless JSON goes there or `-q` silences it."""
        if not self.quiet and not self.as_json:
            print(shown(text, lines=True), file=self.out)

    def note(self, text: str) -> None:
        """Progress and remarks: on stderr, silent with `-q`."""
        if not self.quiet:
            self.problem(text)

    def problem(self, text: str) -> None:
        """What is wrong, on one line: on stderr, also with `-q`. A reader who has gone stops no
        run."""
        with contextlib.suppress(OSError):
            print(shown(text), file=self.err)

    def result(self, value: Mapping[str, Any]) -> None:
        """The one JSON object of `--json`."""
        if self.as_json:
            print(json_line(value), file=self.out, flush=True)

    @property
    def interactive(self) -> bool:
        """Whether a person is there to answer and to watch a bar."""
        return self.err.isatty() and not self.quiet and "TERM" in os.environ


def json_line(value: Mapping[str, Any]) -> str:
    """A JSON object on one line, in ASCII, so that it never fails for its encoding."""
    return scrubbed(json.dumps({"schema_version": SCHEMA_VERSION, **value}))


def keep_secret(key: Any) -> None:
    """From now on, scrub this key (an `authkey.AuthKey`) from everything that is said."""
    _secrets.append(key)


def scrubbed(text: str) -> str:
    """Text without any key in it."""
    for key in _secrets:
        text = key.scrub(text)
    return text


def shown(text: str, *, lines: bool = False) -> str:
    """Text as a terminal and a log may have it: no key, and nothing that a stranger's name could
    move the cursor, colour, turn about, hide or add lines with. Such characters are written as
    escapes; line ends too, unless `lines` (for results of several lines of ours)."""
    kept = "\n" if lines else ""
    return "".join(c if c in kept or not _commands(c) else _escape(c) for c in scrubbed(text))


def _commands(character: str) -> bool:
    # Controls (ESC and C1's CSI among them), formats (bidi, zero width), line and paragraph ends,
    # lone surrogates, and what is no character; blanks stay.
    return not character.isprintable() and unicodedata.category(character) != "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def harden_streams() -> None:
    """Let no stream fail for its encoding: what it cannot write is escaped."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def quiet_libraries() -> None:
    """Keep what libraries log and warn of (a retry, an odd TIFF) from a person's terminal: what
    matters of it is in the summary."""
    logging.captureWarnings(True)
    for name in ("stamina", "py.warnings", "PIL", "aiohttp"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def fail(as_json: bool, exit_code: int, code: str, message: str, hint: str) -> int:
    """Say why the run failed, in the form asked for; gives the exit code back."""
    if as_json:
        with contextlib.suppress(OSError):  # the output itself may lie on the full disk
            line = json_line({"error": {"code": code, "message": message, "hint": hint}})
            print(line, flush=True)
    said = message if code == "stopped" else f"Error: {message}"
    with contextlib.suppress(OSError):
        print(shown(said), file=sys.stderr)
        if hint:
            print(shown(hint), file=sys.stderr)
    return exit_code


def end_output(exit_code: int) -> int:
    """Write out what is still held back. What cannot be written is dropped without a traceback;
    the exit code then says failure."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            exit_code = exit_code or 1
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return exit_code


def unexpected(as_json: bool, error: Exception) -> int:
    """An error nobody foresaw, without a traceback; a full disk is said as such."""
    if isinstance(error, OSError):
        from archiver.storage import explain

        ours = explain(error, Path(str(error.filename or "a file or the output")))
        if ours is not None:
            return fail(as_json, ours.exit_code, ours.code, ours.message, ours.hint)
        if error.errno == errno.EPIPE:
            return 1
        place = f" ({error.filename})" if error.filename else ""
        message = f"{error.strerror or error}{place}"
        return fail(as_json, 1, "system", message, "Repeat with --debug to see where it happened.")
    return fail(
        as_json,
        1,
        "internal",
        f"An internal error: {type(error).__name__}: {error}",
        "Please report it, with the output of the same command and --debug.",
    )
