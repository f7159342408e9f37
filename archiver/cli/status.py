"""`archiver status`: what is in an archive, what failed, when it was last checked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import Span, archive_argument, common, option


@click.command("status")
@archive_argument()
@option("--due", is_flag=True, help="List jobs that are older than the retention instead.")
@option("--retention", type=Span(), metavar="6y", help="How long jobs are to be kept (y, m, d).")
@option("--reused-photos", is_flag=True, help="List photos used in several jobs instead.")
@common
def command(
    console: Console, archive: Path, due: bool, retention: int | None, reused_photos: bool
) -> int:
    """Say what is in ARCHIVE, what is missing, and when it was last synced and checked.

    Reads only. Exit code 3 when something is missing or damaged; a loss that was
    accepted with `archiver acknowledge` is listed apart and does not count. With --due, list what
    is due for removal by its age; nothing is ever removed by itself. With
    --reused-photos, list photos that are in more than one job, by their bytes or by what they
    look like; what is found is stated, and is no failure.
    """
    from archiver.cli.summary import anchor_json, anchor_words, gap_json, owed_words
    from archiver.pins import erasure_fields

    if reused_photos:
        from archiver.cli.reusedphotos import tell_reused

        return tell_reused(console, archive)
    if due:
        return _due(console, archive, retention)
    from archiver.record import time_text
    from archiver.status import read_status

    status = read_status(archive)
    console.say(f"Workspace {status.workspace_id}, times in {status.time_zone}")
    console.say(
        f"{status.jobs} jobs, {status.photos} photos, {status.messages} messages; "
        f"{status.gone} jobs no longer in WorkPhotos."
    )
    if status.held or status.erasures:
        console.say(f"{status.held} jobs are held; {status.erasures} erasures were carried out.")
    last = status.last_run
    console.say(f"Last run: {_time(last)}; last complete run: {_time(status.last_complete)}.")
    console.say(
        f"Last verified in full: {_time(status.oldest_check)}"
        + (f"; {status.never_checked} jobs never." if status.never_checked else ".")
    )
    if console.verbose:
        for key, when in sorted(status.checks.items()):
            console.say(f"  job {key} verified: {_time(when)}")
    console.say(f"Ledger: {status.ledger_entries} entries, head {status.ledger_head}")
    if status.last_anchor is not None:
        console.say(anchor_words(status.last_anchor))
    if status.anchor_warning is not None:
        console.note(status.anchor_warning)
    for gap in status.gaps:
        console.say(f"Restored: {gap}.")
    for owed in status.owed:
        console.problem(owed_words(owed))
    if status.holder:
        console.say(f"Held by: {status.holder}")
    for text in status.lacking:
        console.say(text)
    for missing in status.missing:
        about = f"job {missing.job_id}: " if missing.job_id else ""
        console.problem(f"{about}{missing.reason}")
    for known in status.acknowledged:
        console.say(
            f"job {known.loss.job_id}: {known.loss.reason}; accepted as lost on "
            f"{known.decided.time:%Y-%m-%d} by {known.decided.by}: {known.decided.reason}"
        )
    for key, paths in status.damaged.items():
        console.problem(f"job {key} is damaged: {', '.join(paths)}")
    console.result(
        {
            "workspace_id": status.workspace_id,
            "time_zone": status.time_zone,
            "jobs": status.jobs,
            "photos": status.photos,
            "messages": status.messages,
            "jobs_gone": status.gone,
            "jobs_held": status.held,
            "erasures": status.erasures,
            "photos_missing": status.photos_missing,
            "last_run": time_text(last) if last else None,
            "last_complete": time_text(status.last_complete) if status.last_complete else None,
            "last_verified": time_text(status.oldest_check) if status.oldest_check else None,
            "jobs_never_verified": status.never_checked,
            "checks": {
                key: time_text(when) if when else None for key, when in status.checks.items()
            },
            "ledger": {"entries": status.ledger_entries, "head": status.ledger_head},
            "last_anchor": anchor_json(status.last_anchor),
            "anchor_warning": status.anchor_warning,
            "gaps": [gap_json(gap) for gap in status.gaps],
            "erasures_owed": [erasure_fields(one) for one in status.owed],
            "locked_by": str(status.holder) if status.holder else None,
            "lacking": list(status.lacking),
            "abilities": asdict(status.abilities) if status.abilities else None,
            "failures": [{"job_id": p.job_id, "reason": p.reason} for p in status.missing],
            "acknowledged": [
                {
                    "job_id": known.loss.job_id,
                    "loss": known.loss.reason,
                    "since": time_text(known.decided.time),
                    "reason": known.decided.reason,
                    "by": known.decided.by,
                }
                for known in status.acknowledged
            ],
            "damaged": {key: list(paths) for key, paths in status.damaged.items()},
        }
    )
    return 3 if status.missing or status.damaged or status.owed else 0


def _time(moment: object) -> str:
    from datetime import datetime

    return moment.strftime("%Y-%m-%d %H:%M UTC") if isinstance(moment, datetime) else "never"


def _due(console: Console, archive: Path, retention: int | None) -> int:
    """List the jobs whose last activity is longer ago than the retention."""
    from datetime import timedelta

    from archiver.archive import read_state
    from archiver.clock import now
    from archiver.record import time_text
    from archiver.retention import due_jobs

    if retention is None:
        raise click.UsageError('Give --retention, or `retention = "6y"` in archiver.toml.')
    before = now() - timedelta(days=retention)
    problems: list[str] = []
    jobs = due_jobs(archive, read_state(archive), before, problems)
    for one in jobs:
        held = "  HELD" if one.held else ""
        console.say(f"{one.job_id}  {one.since:%Y-%m-%d}  {one.title or '(no title)'}{held}")
    for problem in problems:
        console.problem(problem)
    free = [one for one in jobs if not one.held]
    console.say(
        f"{len(free)} jobs are due (last activity before {before:%Y-%m-%d}), and "
        f"{len(jobs) - len(free)} that are held. Nothing is removed by itself: `archiver erase`."
    )
    console.result(
        {
            "retention_days": retention,
            "before": time_text(before),
            "due": [
                {"job_id": one.job_id, "since": time_text(one.since), "title": one.title}
                for one in free
            ],
            "held": [
                {"job_id": one.job_id, "since": time_text(one.since), "title": one.title}
                for one in jobs
                if one.held
            ],
            "failures": [{"job_id": "", "reason": problem} for problem in problems],
        }
    )
    return 3 if problems else 0
