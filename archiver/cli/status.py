"""`archiver status`: what is in an archive, what failed, when it was last checked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.console import Console
from archiver.cli.options import Span, archive_argument, common, option

if TYPE_CHECKING:
    from archiver.status import Status


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
    if reused_photos:
        from archiver.cli.reusedphotos import tell_reused

        return tell_reused(console, archive)
    if due:
        from archiver.cli.duejobs import tell_due

        return tell_due(console, archive, retention)
    from archiver.status import read_status

    status = read_status(archive)
    _say_holdings(console, status)
    _say_ledger(console, status)
    _say_losses(console, status)
    console.result(_fields(status))
    return 3 if status.missing or status.damaged or status.owed else 0


def _say_holdings(console: Console, status: Status) -> None:
    """What there is, and when it was last brought up to date and read in full."""
    console.say(f"Workspace {status.workspace_id}, times in {status.time_zone}")
    console.say(
        f"{status.jobs} jobs, {status.photos} photos, {status.messages} messages; "
        f"{status.gone} jobs no longer in WorkPhotos."
    )
    if status.held or status.erasures:
        console.say(f"{status.held} jobs are held; {status.erasures} erasures were carried out.")
    console.say(
        f"Last run: {_told(status.last_run)}; last complete run: {_told(status.last_complete)}."
    )
    console.say(
        f"Last verified in full: {_told(status.oldest_check)}"
        + (f"; {status.never_checked} jobs never." if status.never_checked else ".")
    )
    if console.verbose:
        for key, when in sorted(status.checks.items()):
            console.say(f"  job {key} verified: {_told(when)}")


def _say_ledger(console: Console, status: Status) -> None:
    """The ledger, how it is anchored, what a restored one owes; and who holds the archive."""
    from archiver.cli.summary import anchor_words, owed_words

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


def _say_losses(console: Console, status: Status) -> None:
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


def _fields(status: Status) -> dict[str, Any]:
    """All of it, for `--json`."""
    from archiver.cli.summary import anchor_json, gap_json
    from archiver.pins import erasure_fields

    return {
        "workspace_id": status.workspace_id,
        "time_zone": status.time_zone,
        "jobs": status.jobs,
        "photos": status.photos,
        "messages": status.messages,
        "jobs_gone": status.gone,
        "jobs_held": status.held,
        "erasures": status.erasures,
        "photos_missing": status.photos_missing,
        "last_run": _moment(status.last_run),
        "last_complete": _moment(status.last_complete),
        "last_verified": _moment(status.oldest_check),
        "jobs_never_verified": status.never_checked,
        "checks": {key: _moment(when) for key, when in status.checks.items()},
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
                "since": _moment(known.decided.time),
                "reason": known.decided.reason,
                "by": known.decided.by,
            }
            for known in status.acknowledged
        ],
        "damaged": {key: list(paths) for key, paths in status.damaged.items()},
    }


def _told(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _moment(moment: datetime | None) -> str | None:
    from archiver.record import time_text

    return time_text(moment) if moment else None
