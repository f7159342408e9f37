"""A job's page as most tests want it: one."""

from __future__ import annotations

from typing import Any

from archiver.models import JobRecord, Seal
from archiver.site import SiteSettings, job_pages


def job_page(record: JobRecord, seal: Seal, settings: SiteSettings, **more: Any) -> bytes:
    """The first page that `job_pages` makes: the only one of all but very long jobs."""
    return next(job_pages(record, seal, settings, **more))[1]
