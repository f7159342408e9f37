"""`archiver build`: the view of every job, and the index, made again."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import (
    archive_argument,
    common,
    language_option,
    option,
    templates_option,
)
from archiver.cli.sheetoptions import SheetOptions, sheet_options


@click.command("build")
@archive_argument()
@sheet_options
@language_option
@templates_option
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@option("--no-fsync", is_flag=True, help="Do not wait for the disk: faster, unsafe in a power cut.")
@common
def command(
    console: Console,
    archive: Path,
    sheets: SheetOptions,
    language: str | None,
    templates: Path | None,
    break_lock: bool,
    no_fsync: bool,
) -> int:
    """Make pages, contact sheets, index and search of ARCHIVE again; needs no network.

    Only what comes out different is written. Seals and evidence are never touched.
    """
    from archiver.archive import job_folders
    from archiver.build import build_views
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.comparing import compare_photos
    from archiver.decoders import Decoders
    from archiver.siteindex import update_index
    from archiver.view import maker_of, view_settings
    from archiver.viewhelpers import ViewHelpers, cores, helper_count
    from archiver.viewinputs import common_inputs

    layout = sheets.settings()
    with (
        writing(
            archive,
            "build",
            console,
            break_lock=break_lock,
            fsync=not no_fsync,
            language=language,
            templates=templates,
        ) as opened,
        Decoders() as decoders,
    ):
        views = view_settings(opened, layout)
        make_view = maker_of(views, opened.pins.job, decoders.load)
        make_view.lay_out_assets()
        folders = list(job_folders(archive))
        count = helper_count(len(folders), cores(), views.sheets.dpi)
        index_files = 0

        def index() -> None:
            # All of it comes from the catalogue: it need not wait for the pages.
            nonlocal index_files
            compare_photos(archive, opened.catalog)
            index_files = update_index(opened, views.site, sync=not no_fsync)

        with ViewHelpers(opened, views, count) as helpers:
            report = build_views(
                opened,
                make_view,
                now,
                folders=folders,
                workers=2 - len(helpers.hands),
                helpers=helpers.hands,
                meanwhile=index,
                common=common_inputs(views),
                sync=not no_fsync,
            )
        report.index_files = index_files
    for problem in report.problems:
        console.problem(f"{problem.job_id}: {problem.reason}")
    console.say(
        f"{report.jobs} jobs: {report.rebuilt} views made again, "
        f"{report.jobs - report.rebuilt} were up to date; {report.index_files} index files written."
    )
    console.result(
        {
            "jobs": report.jobs,
            "rebuilt": report.rebuilt,
            "index_files": report.index_files,
            "failures": [{"job_id": p.job_id, "reason": p.reason} for p in report.problems],
        }
    )
    return report.exit_code
