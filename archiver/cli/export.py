"""`archiver export`: one zip of one or several jobs, for a customer."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.noting import note_handover
from archiver.cli.options import archive_argument, common, option, templates_option


@click.command("export")
@archive_argument()
@click.argument("jobs", nargs=-1, metavar="JOB...")
@option("--person", metavar="NAME|ID", help="Instead: everything of one person, from every job.")
@option("--also", multiple=True, metavar="NAME", help="Another name of that person (repeatable).")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.zip",
    help="The zip to write; a folder: it is named after the job's present title.",
)
@option("--pdf", is_flag=True, help="Also each job's evidence report, as record.pdf.")
@templates_option
@common
def command(
    console: Console,
    archive: Path,
    jobs: tuple[str, ...],
    person: str | None,
    also: tuple[str, ...],
    output: Path,
    templates: Path | None,
    pdf: bool,
) -> int:
    """Make a zip of JOBs of ARCHIVE that opens with a double click and can be verified.

    A JOB is named by its id, its folder or an unambiguous part of its title. ARCHIVE is only read.
    That a zip was made is noted on this computer, so that an erasure can name it.
    """
    import contextlib

    import humanize

    from archiver.archive import read_settings
    from archiver.export import choose_jobs, disclosure, export_jobs
    from archiver.naming import job_key
    from archiver.report import report_maker
    from archiver.view import site_settings

    if bool(jobs) == (person is not None):
        raise click.UsageError("Name either JOBs or a --person.")
    if pdf and person is not None:
        raise click.UsageError("--pdf goes with JOBs.")
    if person is not None:
        return _subject(console, archive, person, also, output)
    chosen = choose_jobs(archive, jobs)
    console.note(disclosure(chosen))
    site = site_settings(archive, read_settings(archive), templates)
    with report_maker(archive) if pdf else contextlib.nullcontext() as maker:
        report = export_jobs(archive, chosen, output, site, report=maker)
    keys = (job_key(one.record.job_id) for one in chosen)
    note_handover(console, archive, report.path, report.sha256, keys)
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


def _subject(
    console: Console, archive: Path, wanted: str, also: tuple[str, ...], output: Path
) -> int:
    """The zip that answers a person's request."""
    import humanize

    from archiver.archive import read_settings
    from archiver.subject import export_person, person_of
    from archiver.sync import now

    read_settings(archive)
    person, others = person_of(archive, wanted, also)
    report = export_person(archive, person, others, output, now())
    note_handover(console, archive, report.path, report.sha256, report.jobs)
    console.say(
        f"{report.path}: {report.messages} messages, {report.photos} photos from "
        f"{len(report.jobs)} jobs, {humanize.naturalsize(report.size)}"
    )
    console.say(f"SHA-256 {report.sha256}")
    console.result(
        {
            "path": str(report.path),
            "jobs": list(report.jobs),
            "messages": report.messages,
            "photos": report.photos,
            "files": report.files,
            "bytes": report.size,
            "sha256": report.sha256,
        }
    )
    return 0
