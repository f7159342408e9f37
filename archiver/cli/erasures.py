"""How erasures are told: to a person in a sentence, to a script as an object."""

from __future__ import annotations

from typing import Any

from archiver.pins import Erasure
from archiver.record import time_text

_WHAT = {"job": "jobs", "items": "photos and messages", "person": "a person's name and id"}


def erasure_json(erasure: Erasure) -> dict[str, Any]:
    """An erasure for a script: all that the ledger says of it."""
    return {
        "erasing": erasure.number,
        "scope": erasure.scope,
        "time": time_text(erasure.decided.time),
        "reason": erasure.decided.reason,
        "by": erasure.decided.by,
        "done": erasure.done,
        "jobs": {
            key: {
                "whole": erasure.takes_whole(key),
                "files": one.files,
                "bytes": one.size,
                "photos": list(one.photos),
                "messages": list(one.messages),
                "seals_dropped": list(one.dropped),
            }
            for key, one in erasure.jobs.items()
        },
    }


def erasure_said(erasure: Erasure) -> str:
    """An erasure in a sentence."""
    files = sum(one.files for one in erasure.jobs.values())
    dropped = sum(len(one.dropped) for one in erasure.jobs.values())
    when = f"{erasure.decided.time:%Y-%m-%d}"
    seals = f"; {dropped} earlier seals can no longer be opened" if dropped else ""
    jobs = "1 job" if len(erasure.jobs) == 1 else f"{len(erasure.jobs)} jobs"
    return (
        f"Erased on {when} by {erasure.decided.by} (ledger entry {erasure.number}): "
        f"{_WHAT[erasure.scope]}, {files} files in {jobs}{seals}. "
        f"Reason given: {erasure.decided.reason}"
    )
