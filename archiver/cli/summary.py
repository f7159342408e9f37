"""The summary of a sync: the same object for `sync` and `demo`, and the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import humanize

from archiver.cli.console import Console
from archiver.models import Problem
from archiver.pins import Anchor, Erasure, Gap
from archiver.record import time_text
from archiver.syncsummary import Summary

_SHOWN = 20
"""Failures listed for a person; `--json` and `-v` have them all."""


def summary_json(summary: Summary, archive: Path) -> dict[str, Any]:
    """The summary for a script; every key is present, also when zero."""
    return {
        "archive": str(archive),
        "jobs_listed": summary.jobs_listed,
        "jobs_new": summary.jobs_new,
        "jobs_updated": summary.jobs_updated,
        "jobs_unchanged": summary.jobs_unchanged,
        "jobs_vanished": summary.jobs_vanished,
        "jobs_failed": summary.jobs_failed,
        "images_downloaded": summary.images_downloaded,
        "images_deduplicated": summary.images_deduplicated,
        "images_failed": summary.images_failed,
        "images_acknowledged": summary.images_acknowledged,
        "images_rechecked": summary.images_rechecked,
        "bytes_downloaded": summary.bytes_downloaded,
        "list_complete": summary.list_complete,
        "failures": [failure_json(problem) for problem in summary.failures],
        "notes": list(summary.notes),
        "last_anchor": anchor_json(summary.last_anchor),
        "anchor_warning": summary.anchor_warning,
    }


def anchor_json(anchor: Anchor | None) -> dict[str, Any] | None:
    """The last thing outside that vouches for the ledger, or null."""
    if anchor is None:
        return None
    return {"kind": anchor.kind, "of": anchor.of, "time": time_text(anchor.time)}


def anchor_words(anchor: Anchor) -> str:
    """The same for a person."""
    kind = {"signed": "signature", "timestamped": "time stamp", "checkpoint": "checkpoint"}
    when = anchor.time.strftime("%Y-%m-%d %H:%M UTC")
    return f"Last outside anchor of the ledger: {kind[anchor.kind]} at entry {anchor.of}, {when}"


def gap_json(gap: Gap) -> dict[str, Any]:
    """A restore that the ledger states."""
    return {
        "entry": gap.number,
        "time": time_text(gap.decided.time),
        "checkpoint": {"n": gap.checkpoint, "head": gap.head},
        "jobs": list(gap.jobs),
        "reason": gap.decided.reason,
        "by": gap.decided.by,
    }


def owed_words(erasure: Erasure) -> str:
    """An erasure that a restore undid, for a person."""
    what = "; ".join(
        f"job {job}"
        + (f", photos {_numbers(one.photos)}" if one.photos else "")
        + (f", messages {_numbers(one.messages)}" if one.messages else "")
        for job, one in erasure.jobs.items()
    )
    return (
        f"erasure of {time_text(erasure.decided.time)} ({erasure.scope}; "
        f"{erasure.decided.reason}): {what} must be erased again"
    )


def _numbers(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))


def failure_json(problem: Problem) -> dict[str, Any]:
    """One failure: `url` only where there is one, as received."""
    value = {"job_id": problem.job_id, "reason": problem.reason}
    return value if problem.url is None else {**value, "url": problem.url}


def say_summary(console: Console, summary: Summary, archive: Path) -> None:
    """The summary in words, failures first on stderr, also with `-q`."""
    shown = summary.failures if console.verbose else summary.failures[:_SHOWN]
    for problem in shown:
        where = f" ({problem.url})" if problem.url else ""
        name = f"job {problem.job_id}: " if problem.job_id else ""
        console.problem(f"{name}{problem.reason}{where}")
    if len(shown) < len(summary.failures):
        console.problem(f"… and {len(summary.failures) - len(shown)} more; repeat with -v for all.")
    gone = f", {summary.jobs_vanished} no longer in WorkPhotos" if summary.jobs_vanished else ""
    console.say(
        f"{summary.jobs_listed} jobs: {summary.jobs_new} new, {summary.jobs_updated} updated, "
        f"{summary.jobs_unchanged} unchanged, {summary.jobs_failed} failed{gone}."
    )
    console.say(
        f"{summary.images_downloaded} images downloaded "
        f"({humanize.naturalsize(summary.bytes_downloaded)}), "
        f"{summary.images_deduplicated} were there already, {summary.images_failed} failed."
    )
    if summary.images_rechecked:
        console.say(f"{summary.images_rechecked} kept images were asked for again.")
    if summary.last_anchor is not None:
        console.say(anchor_words(summary.last_anchor))
    if summary.anchor_warning is not None:
        console.note(summary.anchor_warning)
    index = (archive / "index.html").resolve()
    if index.exists():
        console.say(f"Open {index.as_uri()}")
