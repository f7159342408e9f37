"""`python -m archiver`, and the `archiver` command."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from archiver.errors import Terminated


def main() -> None:
    """Run the command line and leave with its exit code."""
    _insist_on_utf8()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        from archiver.cli import run
        from archiver.cli.console import end_output

        code = end_output(run(sys.argv[1:]))
    except KeyboardInterrupt as interrupt:  # so early or so late that there is nothing to say
        code = 143 if isinstance(interrupt, Terminated) else 130
    for number in (signal.SIGINT, signal.SIGTERM):
        # All is done and said: a signal now only hurries the end.
        signal.signal(number, lambda _number, _frame: os._exit(code))
    if code in (130, 143):
        # CPython ends itself by SIGINT, whatever it is told here, when the interrupt once passed
        # through `exec` (which every dataclass is made by); output was flushed by `end_output`.
        os._exit(code)
    sys.exit(code)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise Terminated


def _insist_on_utf8() -> None:
    """Begin again in Python's UTF-8 mode (PEP 540) where a locale such as ISO-8859-1 would keep
    the folder of a job with a Chinese title from being made."""
    if sys.platform == "win32" or sys.getfilesystemencoding().lower() in ("utf-8", "utf8"):
        return
    if os.environ.get("PYTHONUTF8") == "1" or sys.flags.ignore_environment:
        return
    os.environ["PYTHONUTF8"] = "1"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


if __name__ == "__main__":
    main()
