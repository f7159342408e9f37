"""`archiver build`: the view of every job, and the index, made again."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import (
    archive_argument,
    common,
    language_option,
    option,
    templates_option,
)
from archiver.cli.sheetoptions import SheetOptions, sheet_options


@click.command("build")
@archive_argument()
@sheet_options
@language_option
@templates_option
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@option("--no-fsync", is_flag=True, help="Do not wait for the disk: faster, unsafe in a power cut.")
@common
def command(
    console: Console,
    archive: Path,
    sheets: SheetOptions,
    language: str | None,
    templates: Path | None,
    break_lock: bool,
    no_fsync: bool,
) -> int:
    """Make pages, contact sheets, index and search of ARCHIVE again; needs no network.

    Only what comes out different is written. Seals and evidence are never touched.
    """
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.rebuilding import rebuild

    layout = sheets.settings()
    with writing(
        archive,
        "build",
        console,
        break_lock=break_lock,
        fsync=not no_fsync,
        language=language,
        templates=templates,
    ) as opened:
        report = rebuild(opened, layout, now, sync=not no_fsync)
    for problem in report.problems:
        console.problem(f"{problem.job_id}: {problem.reason}")
    console.say(
        f"{report.jobs} jobs: {report.rebuilt} views made again, "
        f"{report.jobs - report.rebuilt} were up to date; {report.index_files} index files written."
    )
    console.result(
        {
            "jobs": report.jobs,
            "rebuilt": report.rebuilt,
            "index_files": report.index_files,
            "failures": [{"job_id": p.job_id, "reason": p.reason} for p in report.problems],
        }
    )
    return report.exit_code
