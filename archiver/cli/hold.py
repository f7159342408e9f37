"""`archiver hold`: jobs of which nothing may be erased, and why."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option


@click.group("hold")
def command() -> None:
    """Keep jobs from being erased (a lawsuit, a warranty), or end that."""


@command.command("add")
@archive_argument()
@click.argument("job")
@option("--reason", required=True, help="Why, in a sentence without names or texts of the job.")
@option("--by", metavar="NAME", help="Who decided it; the login name by default.")
@common
def add(console: Console, archive: Path, job: str, reason: str, by: str | None) -> int:
    """Hold JOB of ARCHIVE (its id, folder or title): nothing of it may be erased.

    The reason goes into the ledger for ever.
    """
    from archiver.archive import load_job
    from archiver.choosing import find_job
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.naming import job_key
    from archiver.reasons import operator, sound_reason

    with writing(archive, "hold", console) as opened:
        record = load_job(find_job(archive, job))
        key = job_key(record.job_id)
        said = sound_reason(reason, [record])
        opened.ledger.append("held", now(), job=key, reason=said, by=by or operator())
        number = opened.pins.entries
    console.say(f"Job {record.job_id} is held (hold {number}).")
    console.result({"job_id": record.job_id, "hold": number, "reason": said})
    return 0


@command.command("remove")
@archive_argument()
@click.argument("job")
@option("--reason", required=True, help="Why the hold ends.")
@option("--hold", "number", type=int, help="Only this one of several holds.")
@option("--by", metavar="NAME", help="Who decided it; the login name by default.")
@common
def remove(
    console: Console, archive: Path, job: str, reason: str, number: int | None, by: str | None
) -> int:
    """End the holds of JOB of ARCHIVE, or one of them. Nothing is erased by this."""
    from archiver.archive import load_job
    from archiver.choosing import find_job
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.errors import UsageProblem
    from archiver.naming import job_key
    from archiver.reasons import operator, sound_reason

    with writing(archive, "hold", console) as opened:
        record = load_job(find_job(archive, job))
        key = job_key(record.job_id)
        said = sound_reason(reason, [record])
        ended = [one for one in sorted(opened.pins.job(key).holds) if number in (None, one)]
        if not ended:
            raise UsageProblem(
                f"Job {record.job_id} has no such hold.", "`archiver hold list` shows all."
            )
        for one in ended:
            opened.ledger.append(
                "released", now(), job=key, hold=one, reason=said, by=by or operator()
            )
    console.say(f"Ended for job {record.job_id}: hold {', '.join(map(str, ended))}.")
    console.result({"job_id": record.job_id, "released": ended, "reason": said})
    return 0


@command.command("list")
@archive_argument()
@click.argument("job", required=False)
@common
def list_(console: Console, archive: Path, job: str | None) -> int:
    """List the holds of ARCHIVE, or of one JOB. Reads only."""
    from archiver.archive import Archive, load_job, read_state
    from archiver.choosing import find_job
    from archiver.naming import job_key
    from archiver.record import time_text

    Archive(archive).settings()
    state = read_state(archive)
    wanted = job_key(load_job(find_job(archive, job)).job_id) if job else None
    found = [
        (key, number, hold)
        for key, pins in sorted(state.jobs.items())
        for number, hold in sorted(pins.holds.items())
        if wanted in (None, key)
    ]
    for key, number, hold in found:
        console.say(f"{key}  hold {number} of {hold.time:%Y-%m-%d} by {hold.by}: {hold.reason}")
    if not found:
        console.say("Nothing is held.")
    console.result(
        {
            "holds": [
                {
                    "job": key,
                    "hold": number,
                    "time": time_text(hold.time),
                    "reason": hold.reason,
                    "by": hold.by,
                }
                for key, number, hold in found
            ]
        }
    )
    return 0
