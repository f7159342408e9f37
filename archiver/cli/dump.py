"""`archiver dump`: all records of an archive, for a database."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option
from archiver.cli.tableoptions import jobs_argument, opened, output_option, target, told


@click.command("dump")
@archive_argument()
@jobs_argument
@output_option("jsonl")
@option(
    "--sqlite",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a SQLite file of jobs, people, messages and photos (for Datasette, say); JSON "
    "Lines then only with -o.",
)
@common
def command(
    console: Console, archive: Path, jobs: tuple[str, ...], output: str | None, sqlite: Path | None
) -> int:
    """Write all that is known of every job of ARCHIVE, or of some JOBs, as JSON Lines: each line
    is one job's `record.json`.

    A JOB is named by its id, its folder or an unambiguous part of its title. Reads only. Exit code
    3 when a job cannot be read; the others are written.
    """
    from archiver.archive import read_settings
    from archiver.capturetime import own_far
    from archiver.tables import write_dump
    from archiver.wholefile import check_place

    settings = read_settings(archive)
    lines = None
    if sqlite is None or output is not None:
        lines = target(console, archive, output, (".jsonl", ".ndjson"))
    if sqlite is not None:
        check_place(sqlite, archive)
    if isinstance(lines, Path) and sqlite is not None and lines.resolve() == sqlite.resolve():
        raise click.UsageError("-o and --sqlite name the same file.")
    reader, chosen = opened(archive, jobs)
    tally = write_dump(chosen, settings, lines, sqlite, own_far(archive))
    return told(console, archive, reader, tally, (lines, sqlite), every=not jobs)
