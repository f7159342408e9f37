"""`archiver status --due`: the jobs that are older than the retention, held ones apart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from archiver.archive import read_state
from archiver.cli.console import Console
from archiver.clock import now
from archiver.record import time_text
from archiver.retention import DueJob, due_jobs


def tell_due(console: Console, archive: Path, retention: int | None) -> int:
    """List the jobs whose last activity is longer ago than the retention."""
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
            "due": [_fields(one) for one in free],
            "held": [_fields(one) for one in jobs if one.held],
            "failures": [{"job_id": "", "reason": problem} for problem in problems],
        }
    )
    return 3 if problems else 0


def _fields(job: DueJob) -> dict[str, Any]:
    return {"job_id": job.job_id, "since": time_text(job.since), "title": job.title}
