"""`archiver status`: what is in an archive, what failed, when it was last checked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common


@click.command("status")
@archive_argument()
@common
def command(console: Console, archive: Path) -> int:
    """Say what is in ARCHIVE, what is missing, and when it was last synced and checked.

    Reads only. Exit code 3 when something is missing or damaged.
    """
    from archiver.record import time_text
    from archiver.status import read_status

    status = read_status(archive)
    console.say(f"Workspace {status.workspace_id}, times in {status.time_zone}")
    console.say(
        f"{status.jobs} jobs, {status.photos} photos, {status.messages} messages; "
        f"{status.gone} jobs no longer in WorkPhotos."
    )
    last = status.last_run
    console.say(f"Last run: {_time(last)}; last complete run: {_time(status.last_complete)}.")
    console.say(
        f"Last verified in full: {_time(status.oldest_check)}"
        + (f"; {status.never_checked} jobs never." if status.never_checked else ".")
    )
    console.say(f"Ledger: {status.ledger_entries} entries, head {status.ledger_head}")
    if status.holder:
        console.say(f"Held by: {status.holder}")
    for text in status.lacking:
        console.say(text)
    for missing in status.missing:
        about = f"job {missing.job_id}: " if missing.job_id else ""
        console.problem(f"{about}{missing.reason}")
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
            "photos_missing": status.photos_missing,
            "last_run": time_text(last) if last else None,
            "last_complete": time_text(status.last_complete) if status.last_complete else None,
            "last_verified": time_text(status.oldest_check) if status.oldest_check else None,
            "jobs_never_verified": status.never_checked,
            "ledger": {"entries": status.ledger_entries, "head": status.ledger_head},
            "locked_by": str(status.holder) if status.holder else None,
            "lacking": list(status.lacking),
            "abilities": asdict(status.abilities) if status.abilities else None,
            "failures": [{"job_id": p.job_id, "reason": p.reason} for p in status.missing],
            "damaged": {key: list(paths) for key, paths in status.damaged.items()},
        }
    )
    return 3 if status.missing or status.damaged else 0


def _time(moment: object) -> str:
    from datetime import datetime

    return moment.strftime("%Y-%m-%d %H:%M UTC") if isinstance(moment, datetime) else "never"
