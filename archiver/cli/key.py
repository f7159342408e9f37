"""Where the key comes from: a file, a command, the environment or a hidden prompt; no argument."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click

from archiver.authkey import AuthKey
from archiver.cli.console import Console, keep_secret
from archiver.errors import UsageProblem

ENVIRONMENT = "WORKPHOTOS_AUTH_KEY"
_NO_KEY = (
    f"Give it with --auth-key-file FILE (- is stdin), --auth-key-command CMD or {ENVIRONMENT}; "
    "never as an argument, which every user of this computer could read."
)


def read_key(console: Console, file: str | None, command: str | None) -> AuthKey:
    """The key. Raises UsageProblem when there is none or it cannot be had."""
    if file is not None:
        text = _from_file(file)
    elif command is not None:
        text = _from_command(command)
    elif os.environ.get(ENVIRONMENT):
        text = os.environ[ENVIRONMENT]
    elif console.no_input or not sys.stdin.isatty():
        raise UsageProblem("No key was given.", _NO_KEY)
    else:
        text = click.prompt("WorkPhotos key", hide_input=True, err=True)
    text = text.strip("\ufeff \t\r\n")
    if not text:
        raise UsageProblem("The key is empty.", _NO_KEY)
    key = AuthKey(text)
    keep_secret(key)
    return key


def _from_file(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.readline()
        return Path(file).read_text("utf-8").split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageProblem(f"The key's file {file} cannot be read: {reason}.", _NO_KEY) from error


def _from_command(command: str) -> str:
    """The first line a command prints; what it says on stderr goes to the terminal."""
    try:
        done = subprocess.run(
            shlex.split(command), stdout=subprocess.PIPE, check=True, timeout=120, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # Its output may hold the key, so only what kind of failure it was is said.
        reason = (
            f"it ended with {error.returncode}"
            if isinstance(error, subprocess.CalledProcessError)
            else type(error).__name__
        )
        raise UsageProblem(f"--auth-key-command failed: {reason}.", _NO_KEY) from None
    return done.stdout.split("\n", 1)[0]
