"""`archiver messages`: every message of an archive in one table."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common
from archiver.cli.tableoptions import jobs_argument, output_option, write


@click.command("messages")
@archive_argument()
@jobs_argument
@output_option("csv|xlsx")
@common
def command(console: Console, archive: Path, jobs: tuple[str, ...], output: str | None) -> int:
    """Write a table of the messages of ARCHIVE, or of some JOBs: time, person, text and status;
    earlier wordings and vanished messages too.

    A JOB is named by its id, its folder or an unambiguous part of its title. Reads only. Exit code
    3 when a job cannot be read; the others are written.
    """
    from archiver.tables import MESSAGES

    return write(console, archive, jobs, MESSAGES, output)
