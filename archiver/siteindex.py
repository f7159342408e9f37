"""The workspace index, brought up to date on disk: pages, search data, when jobs were verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from archiver.archive import OpenArchive
from archiver.indexparts import remove_strangers
from archiver.ledger import LedgerState
from archiver.models import JobSummary, Tombstone
from archiver.naming import job_key
from archiver.photofiles import update_photos
from archiver.reused import find_reused
from archiver.reusedmarks import reused_js
from archiver.reusedpage import reused_page
from archiver.search import newest_first
from archiver.searchfiles import update_chat
from archiver.site import SiteSettings, checks_js, plain_page, site_files
from archiver.storage import explained, put_if_changed

CHECKS = "search/checks.js"
REUSED_PAGE, REUSED = "reused.html", "search/reused.js"
_OURS = ("search/jobs-*.js", "browse*.html", "browse/*.html")


def update_index(opened: OpenArchive, site: SiteSettings, *, sync: bool = True) -> int:
    """Write what differs of the index; gives the number of files written.

    An archive in which nothing changed is not touched, `search/checks.js` excepted.
    Raises DiskFull, NotWritable, OSError.
    """
    root = opened.archive.root
    known = opened.catalog.jobs()
    rows = [
        replace(row.summary, damaged=bool(opened.pins.job(job_key(row.job_id)).damaged))
        for row in known
    ]
    catalogued = {row.summary.job_id: row.job_id for row in known}
    ordered = [(catalogued[row.job_id], row.created) for row in newest_first(rows)]
    files = dict(site_files(rows, site, tombstones(opened.pins)))
    found = find_reused(opened.catalog)
    files[REUSED_PAGE] = plain_page(
        site, "reused.html", reused_page(found, site.reader, site.workspace_name)
    )
    files[REUSED] = reused_js(found.groups)
    files[CHECKS] = checks_js(checks(opened.pins, rows))
    with explained(root):
        written = sum(put_if_changed(root / name, files[name], sync=sync) for name in sorted(files))
        remove_strangers(root, _OURS, files)
        written += update_chat(root, opened.catalog, ordered, sync=sync)
        by_id = {row.job_id: row.summary for row in known}
        return written + update_photos(root, opened.catalog, by_id, site, sync=sync)


def tombstones(state: LedgerState) -> tuple[Tombstone, ...]:
    """One for each job that was erased whole, as the ledger tells it."""
    return tuple(
        Tombstone(one.decided.time, one.decided.reason, one.decided.by, job.files, job.size)
        for one in state.erasures.values()
        for key, job in one.jobs.items()
        if one.takes_whole(key)
    )


def checks(
    state: LedgerState, rows: Iterable[JobSummary]
) -> Mapping[str, tuple[datetime | None, bool]]:
    """When each job was last verified, and whether it was damaged then."""
    return {
        row.job_id: (state.checked[job_key(row.job_id)], row.damaged)
        for row in rows
        if job_key(row.job_id) in state.checked
    }
