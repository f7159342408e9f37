"""Where the passphrase of an encrypted zip comes from: a hidden prompt, twice, or a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archiver.authkey import AuthKey
from archiver.cli.console import Console, keep_secret
from archiver.errors import UsageProblem
from archiver.passphrase import SHORTEST, Passphrase, passphrase_of

WARNING = (
    "Many mail services reject encrypted zips, since they cannot look into them for viruses: send "
    "it another way, and the passphrase by yet another. Without the passphrase the names of the "
    "files in it, their sizes and dates can still be read, and nobody can bring it back."
)
_HOW = (
    "Run it on a terminal to be asked, or give --passphrase-file FILE (- is stdin); never as an "
    "argument or in the environment, which others on this computer could read."
)


def read_passphrase(console: Console, file: str | None) -> Passphrase:
    """The passphrase, from the first line of a file (`-` is stdin), else asked for twice.

    Raises UsageProblem when there is none, when the two differ, or for an unfit one.
    """
    if file is not None:
        text = _from_file(file)
    elif console.no_input or not sys.stdin.isatty():
        raise UsageProblem("No passphrase was given, and nobody is there to be asked.", _HOW)
    else:
        text = _asked(console)
    made = passphrase_of(text)
    keep_secret(AuthKey(text))
    if file is not None:
        console.note(WARNING)
    return made


def _asked(console: Console) -> str:
    console.problem(WARNING)
    said = f"Passphrase for the zip (at least {SHORTEST} characters)"
    first: str = click.prompt(said, hide_input=True, err=True)
    if click.prompt("The same again", hide_input=True, err=True) != first:
        raise UsageProblem("The two passphrases differ.", "Nothing was written. Try again.")
    return first


def _from_file(file: str) -> str:
    try:
        body = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageProblem(
            f"The passphrase's file {file} cannot be read: {reason}.", _HOW
        ) from error
    return body.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
