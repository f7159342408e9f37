"""`build` as a whole: every view and the index made again, on the cores there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from archiver.archive import OpenArchive, job_folders
from archiver.build import BuildReport, build_views
from archiver.comparing import compare_photos
from archiver.decoders import Decoders
from archiver.sheetlayout import SheetSettings
from archiver.siteindex import update_index
from archiver.view import maker_of, view_settings
from archiver.viewhelpers import ViewHelpers, cores, helper_count
from archiver.viewinputs import common_inputs

_WORKERS = 2
"""Who make views at once, threads and helpers together."""


def rebuild(
    opened: OpenArchive,
    layout: SheetSettings | None,
    clock: Callable[[], datetime],
    *,
    sync: bool = True,
) -> BuildReport:
    """Make all views and the index again, with sheets laid out as `layout`, or as the archive's
    `archiver.toml` says. Under the archive's lock. Raises ArchiverError, OSError."""
    root = opened.archive.root
    folders = list(job_folders(root))
    views = view_settings(opened, layout)
    index_files = 0

    def index() -> None:
        # All of it comes from the catalogue: it need not wait for the pages.
        nonlocal index_files
        compare_photos(root, opened.catalog)
        index_files = update_index(opened, views.site, sync=sync)

    count = helper_count(len(folders), cores(), views.sheets.dpi)
    with Decoders() as decoders, ViewHelpers(opened, views, count) as helpers:
        make_view = maker_of(views, opened.pins.job, decoders.load)
        make_view.lay_out_assets()
        report = build_views(
            opened,
            make_view,
            clock,
            folders=folders,
            workers=_WORKERS - len(helpers.hands),
            helpers=helpers.hands,
            meanwhile=index,
            common=common_inputs(views),
            sync=sync,
        )
    report.index_files = index_files
    return report
