"""`archiver export`: one zip of one or several jobs, for a customer."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option


@click.command("export")
@archive_argument()
@click.argument("jobs", nargs=-1, required=True, metavar="JOB...")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.zip",
    help="The zip to write; a folder: it is named after the job's present title.",
)
@common
def command(console: Console, archive: Path, jobs: tuple[str, ...], output: Path) -> int:
    """Make a zip of JOBs of ARCHIVE that opens with a double click and can be verified.

    A JOB is named by its id, its folder or an unambiguous part of its title. ARCHIVE is only read.
    """
    import humanize

    from archiver.archive import read_settings
    from archiver.export import choose_jobs, disclosure, export_jobs
    from archiver.view import site_settings

    chosen = choose_jobs(archive, jobs)
    console.note(disclosure(chosen))
    report = export_jobs(archive, chosen, output, site_settings(read_settings(archive)))
    console.say(f"{report.path}: {report.files} files, {humanize.naturalsize(report.size)}")
    console.say(f"SHA-256 {report.sha256}")
    console.result(
        {
            "path": str(report.path),
            "jobs": list(report.jobs),
            "files": report.files,
            "bytes": report.size,
            "sha256": report.sha256,
            "disclosure": disclosure(chosen),
        }
    )
    return 0
