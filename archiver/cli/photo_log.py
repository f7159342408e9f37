"""`archiver photo-log`: every photo of an archive in one table."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common
from archiver.cli.tableoptions import jobs_argument, output_option, write


@click.command("photo-log")
@archive_argument()
@jobs_argument
@output_option("csv|xlsx")
@common
def command(console: Console, archive: Path, jobs: tuple[str, ...], output: str | None) -> int:
    """Write a table of the photos of ARCHIVE, or of some JOBs: number, time, uploader, file,
    SHA-256, size, EXIF, place, source and status; missing photos and earlier versions too.

    A JOB is named by its id, its folder or an unambiguous part of its title. Reads only. Exit code
    3 when a job cannot be read; the others are written.
    """
    from archiver.tables import PHOTO_LOG

    return write(console, archive, jobs, PHOTO_LOG, output)
