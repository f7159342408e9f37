"""What a verification found, for other programs: one JSON object, or a table like JUnit's as CSV.

Pure. Names in it may be a stranger's (a file that does not belong), so no cell of the table can be
taken for a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archiver.csvtext import row, writer
from archiver.jobcheck import Fault, JobCheck
from archiver.record import time_text
from archiver.verify import Report

COLUMNS = ("suite", "case", "status", "file", "detail", "expected", "found", "seconds")


def summary_value(report: Report, *, quick: bool) -> dict[str, Any]:
    """What `verify --json` says."""
    return {
        "ok": not report.faults,
        "jobs": report.jobs,
        "files": report.files,
        "bytes": report.size,
        "quick": quick,
        "ledger": {"entries": report.ledger_entries, "head": report.ledger_head},
        "recorded": report.recorded,
        "jobs_left": len(report.left),
        "oldest_check": _time(report.oldest_check),
        "faults": [_fault(fault) for fault in report.faults],
        "unsealed": report.unsealed,
        "notes": report.notes,
    }


def whole_value(report: Report, *, quick: bool, now: datetime) -> dict[str, Any]:
    """The same with the time and every job that was checked or left."""
    return {
        "time": time_text(now),
        **summary_value(report, quick=quick),
        "checked": [
            {
                "job": check.key,
                "job_id": check.job_id,
                "folder": check.place,
                "files": check.files,
                "bytes": check.size,
                "seconds": round(check.seconds, 3),
                "faults": len(check.faults),
            }
            for check in report.results
        ],
        "left": report.left,
    }


def csv_text(report: Report) -> str:
    """One row for each job that is sound or was not read, and one for each fault."""
    out = io.StringIO()
    table = writer(out)
    table.writerow(COLUMNS)
    for one in _rows(report):
        table.writerow(row(one))
    return out.getvalue()


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    """Rows in the order of `COLUMNS`: first the jobs, then what belongs to none."""
    told: set[int] = set()
    for check in report.results:
        for fault in check.faults:
            told.add(id(fault))
            yield _failed("jobs", check.place, fault, check)
        if not check.faults:
            yield ("jobs", check.place, "passed", "", "", "", "", _seconds(check))
    for place in report.left:
        yield ("jobs", place, "skipped", "", "not read in this run", "", "", "")
    for fault in report.faults:
        if id(fault) not in told:
            yield _failed("archive", fault.kind, fault, None)
    for path in report.unsealed:
        yield ("bag", "unsealed", "skipped", path, "is named by no tag manifest", "", "", "")


def _failed(suite: str, case: str, fault: Fault, check: JobCheck | None) -> tuple[str, ...]:
    detail = f"{fault.kind}: {fault.detail}"
    expected, found = fault.expected or "", fault.found or ""
    return (suite, case, "failed", fault.path, detail, expected, found, _seconds(check))


def _seconds(check: JobCheck | None) -> str:
    return "" if check is None else f"{check.seconds:.3f}"


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "path": fault.path,
        "detail": fault.detail,
        "job_id": fault.job_id,
        "expected": fault.expected,
        "found": fault.found,
    }


def _time(moment: datetime | None) -> str | None:
    return time_text(moment) if moment is not None else None
