"""`python -m archiver`, and the `archiver` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    _insist_on_utf8()
    from archiver.cli import run

    sys.exit(run(sys.argv[1:]))


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
