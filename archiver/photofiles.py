"""The files for finding photos, and the pages that list them without scripts, on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from archiver import localtime, photoshards
from archiver.catalog import Catalog
from archiver.indexparts import PartsOnDisk, remove_strangers
from archiver.models import JobSummary
from archiver.pagetext import visible
from archiver.photoshards import UNDATED, PhotoOfJob
from archiver.site import (
    SiteSettings,
    photo_month_pages,
    photo_months_page,
)
from archiver.storage import put_if_changed, sha256_bytes
from archiver.templating import templates_digest

PHOTOS, PHOTOS_PAGE = "search/photos.js", "photos.html"
_BATCH = 500
"""Jobs whose months are noted in one transaction."""


def update_photos(
    root: Path,
    catalog: Catalog,
    summaries: Mapping[str, JobSummary],
    site: SiteSettings,
    *,
    sync: bool = True,
) -> int:
    """Write what differs of the photos' files and pages; `summaries` are those of all jobs by id as
    the catalogue has it. Gives the number of files written. Raises OSError.
    """
    tz = localtime.zone(site.timezone)
    _note_months(catalog, site.timezone, tz)
    # The newest first; those without a date, whose name sorts highest, last.
    months = sorted(catalog.photo_months(), key=lambda m: "" if m == UNDATED else m, reverse=True)
    parts = PartsOnDisk(root, catalog, "photos", sync)
    common = (
        photoshards.EDITION,
        templates_digest(site.templates),
        sha256_bytes(repr(site).encode()),
    )
    counts: list[tuple[str, int]] = []
    kept = {PHOTOS, PHOTOS_PAGE}
    for newer, month, older in zip([None, *months], months, [*months[1:], None], strict=False):
        jobs = catalog.photo_jobs(month)
        named = [f"{_said(summaries[job])} {digest}" for job, digest, _ in jobs]
        make = partial(
            _month_files, catalog, {job: summaries[job] for job, *_ in jobs}, site, month
        )
        lines = [*common, f"{newer} {older}", *named]
        kept.update(parts.keep(month, lines, partial(make, newer, older)))
        counts.append((month, sum(number for *_, number in jobs)))
    parts.close()
    remove_strangers(root, ("search/photos-*.js", "photos-*.html"), kept)
    files = {PHOTOS: photoshards.photos_js(counts), PHOTOS_PAGE: photo_months_page(counts, site)}
    written = sum(put_if_changed(root / path, body, sync=sync) for path, body in files.items())
    return parts.written + written


def _said(summary: JobSummary) -> str:
    """What pages of photos say of a job."""
    return f"{summary.folder} {visible(summary.title or '')!r}"


def _note_months(catalog: Catalog, zone: str, tz: ZoneInfo) -> None:
    """Note the months of photos of jobs that are new or changed, or all of another time zone."""
    jobs = catalog.without_months(zone)
    for start in range(0, len(jobs), _BATCH):
        months = {
            job: Counter(photoshards.month_of(photo, tz) for photo in catalog.photos(job))
            for job in jobs[start : start + _BATCH]
        }
        catalog.put_photo_months(zone, months)


def _month_files(
    catalog: Catalog,
    jobs: Mapping[str, JobSummary],
    site: SiteSettings,
    month: str,
    newer: str | None,
    older: str | None,
) -> Iterator[tuple[str, bytes]]:
    tz = localtime.zone(site.timezone)
    photos = photoshards.newest_first(
        PhotoOfJob(summary.folder, summary.title or "", photo)
        for job, summary in jobs.items()
        for photo in catalog.photos(job)
        if photoshards.month_of(photo, tz) == month
    )
    yield f"search/photos-{month}.js", photoshards.month_js(month, photos, tz)
    yield from photo_month_pages(month, photos, site, newer=newer, older=older).items()
