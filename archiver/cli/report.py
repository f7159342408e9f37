"""`archiver report`: the evidence report of one job, a PDF that carries its record along."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.noting import note_handover
from archiver.cli.options import LanguageTag, archive_argument, common, option
from archiver.sheetlayout import PAPERS


@click.command("report")
@archive_argument()
@click.argument("job", metavar="JOB")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.pdf",
    help="The PDF to write; a folder: it is named after the job's present title.",
)
@option(
    "--paper",
    type=click.Choice(tuple(PAPERS), case_sensitive=False),
    help="Paper; that of the archive's contact sheets, which is a4 unless it says otherwise.",
)
@option(
    "--per-row",
    type=click.Choice((2, 3)),
    default=3,
    show_default=True,
    help="Exhibits side by side. Two are larger, and take longer.",
)
@option("--language", type=LanguageTag(), metavar="TAG", help="The reader's; else the archive's.")
@common
def command(
    console: Console,
    archive: Path,
    job: str,
    output: Path,
    paper: str | None,
    per_row: int,
    language: str | None,
) -> int:
    """Make the evidence report of JOB: cover, timeline, exhibits and history as one PDF.

    JOB is an id, a folder or an unambiguous part of a title. The record itself is attached to the
    PDF, names, ids and addresses in it included. ARCHIVE is only read. Exit code 3 when files of
    the job are not what was sealed: the report then names them. Needs the extra “pdf”.
    """
    import humanize

    from archiver.naming import job_key
    from archiver.report import make_report

    made = make_report(archive, job, output, paper=paper, per_row=per_row, language=language)
    record = made.job.record
    note_handover(console, archive, made.path, made.sha256, (job_key(record.job_id),))
    console.say(f"{made.path}: {made.exhibits} exhibits, {humanize.naturalsize(made.size)}")
    console.say(f"SHA-256 {made.sha256}")
    for file in made.damaged:
        console.problem(f"{record.job_id}: {file} is altered or missing; the report says so")
    console.result(
        {
            "path": str(made.path),
            "job_id": record.job_id,
            "exhibits": made.exhibits,
            "bytes": made.size,
            "sha256": made.sha256,
            "damaged": list(made.damaged),
        }
    )
    return 3 if made.damaged else 0
