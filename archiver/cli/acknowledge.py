"""`archiver acknowledge`: accept that something is lost, so that it no longer alarms."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option, templates_option


@click.command("acknowledge")
@archive_argument()
@click.argument("job", metavar="JOB")
@option(
    "--photo",
    "photos",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Only this exhibit, by its number (repeatable); else all that is missing of the job.",
)
@option("--reason", required=True, metavar="TEXT", help="Why, in a sentence; kept in the ledger.")
@option("--by", metavar="NAME", help="Who decides; by default the login name.")
@option("--undo", is_flag=True, help="Take an acknowledgement back: the loss alarms again.")
@templates_option
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@option("--no-fsync", is_flag=True, help="Do not wait for the disk: faster, unsafe in a power cut.")
@common
def command(
    console: Console,
    archive: Path,
    job: str,
    photos: tuple[int, ...],
    reason: str,
    by: str | None,
    undo: bool,
    templates: Path | None,
    break_lock: bool,
    no_fsync: bool,
) -> int:
    """Accept what is missing of JOB (named by id, folder or part of its title) as lost.

    The gap stays on the job's page, marked as accepted, and is still tried every 7 days; it no
    longer makes `sync` and `status` exit with 3. A photo that comes after all is kept.
    """
    from archiver.acknowledging import acknowledge
    from archiver.choosing import find_job
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.reasons import operator

    name = "acknowledge"
    with writing(
        archive, name, console, break_lock=break_lock, fsync=not no_fsync, templates=templates
    ) as opened:
        done = acknowledge(
            opened,
            find_job(archive, job),
            reason=reason,
            by=by or operator(),
            clock=now,
            photos=photos,
            undo=undo,
            sync=not no_fsync,
        )
    told = ", ".join(done.references) or "nothing that was not accepted before"
    console.say(f"{done.folder}: {'no longer accepted' if undo else 'accepted as lost'}: {told}.")
    console.result(
        {
            "job_id": done.job_id,
            "folder": done.folder,
            "references": list(done.references),
            "reason": done.reason,
            "by": done.by,
            "undone": undo,
        }
    )
    return 0
