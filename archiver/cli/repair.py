"""`archiver repair`: damaged and missing files, put right from copies or by downloading again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.console import Console
from archiver.cli.network import ApiOptions, api_options, image_options, warn_of_plain_http
from archiver.cli.options import archive_argument, common, option, templates_option

if TYPE_CHECKING:
    from archiver.archive import OpenArchive
    from archiver.damage import Loss
    from archiver.repair import RepairReport


@click.command("repair")
@archive_argument()
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@api_options
@image_options
@option("--dry-run", is_flag=True, help="Say what would be repaired; write and fetch nothing.")
@option("--no-download", is_flag=True, help="Use only what lies in the archive.")
@templates_option
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@common
def command(
    console: Console,
    archive: Path,
    jobs: tuple[str, ...],
    api: ApiOptions,
    dry_run: bool,
    no_download: bool,
    templates: Path | None,
    break_lock: bool,
    **images: Any,
) -> int:
    """Put right what `verify` finds damaged or missing in ARCHIVE, or in the JOBs named.

    The bytes come from another job that has the same, else from their recorded address; with a
    key, from the address WorkPhotos gives now. Only bytes with the sealed hash are taken, and what
    was damaged is kept in .archiver/quarantine. Exit code 3 names what could not be repaired.
    """
    from archiver.archive import Archive
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.repair import no_fetch, plan_repair, repair

    if dry_run:
        report = plan_repair(Archive(archive), jobs=jobs)
    else:
        warn_of_plain_http(api, console)
        with writing(
            archive, "repair", console, break_lock=break_lock, templates=templates
        ) as opened:
            fetch = no_fetch if no_download else _fetcher(console, opened, api, images)
            report = repair(opened, jobs=jobs, fetch=fetch, clock=now)
    _say(console, report, dry_run)
    return report.exit_code


def _fetcher(
    console: Console, opened: OpenArchive, api: ApiOptions, images: Mapping[str, Any]
) -> Any:
    """What downloads, ready to be called once it is known what is lost. Raises UsageProblem."""
    from archiver.cli.running import under_signals
    from archiver.netguard import Guard

    Guard(api.api_url, images["allow_hosts"])

    def fetch(losses: Sequence[Loss]) -> Mapping[Loss, Path | str]:
        return under_signals(console, lambda _: _fetch(console, opened, api, images, losses))

    return fetch


async def _fetch(
    console: Console,
    opened: OpenArchive,
    api: ApiOptions,
    images: Mapping[str, Any],
    losses: Sequence[Loss],
) -> Mapping[Loss, Path | str]:
    from contextlib import AsyncExitStack

    from archiver.addresses import origin
    from archiver.api import ApiClient, ApiSettings
    from archiver.cli.key import ENVIRONMENT, read_key
    from archiver.clock import now
    from archiver.download import Downloader, DownloadSettings
    from archiver.reach import Reach
    from archiver.refetch import Refetcher

    folder = opened.archive.private / "staging" / "repair"
    folder.mkdir(parents=True, exist_ok=True)
    reach = Reach(patience=images["network_wait"], tell=console.note)
    api_origin = origin(api.api_url) or ""
    settings = DownloadSettings(
        concurrency=images["concurrency"],
        allow_hosts=images["allow_hosts"],
        max_size=images["max_image_size"],
        ca_file=api.ca_file,
    )
    async with AsyncExitStack() as stack:
        downloads = await stack.enter_async_context(
            Downloader(settings, folder=folder, api_origin=api_origin, clock=now, reach=reach)
        )
        client = None
        if api.auth_key_file or api.auth_key_command or os.environ.get(ENVIRONMENT):
            key = read_key(console, api.auth_key_file, api.auth_key_command)
            client = await stack.enter_async_context(
                ApiClient(
                    ApiSettings(base_url=api.api_url, ca_file=api.ca_file),
                    opened.settings.workspace_id,
                    key,
                    reach=reach,
                )
            )
        work = Refetcher(downloads, api_origin, opened.pins, now(), client)
        return await work.fetch_all(losses)


def _say(console: Console, report: RepairReport, dry_run: bool) -> None:
    done = "would be repaired" if dry_run else "repaired"
    for one in report.repaired:
        console.say(f"job {one.key}: {one.file} {done} ({one.source})")
    for place in report.views:
        console.say(f"{place}: its page {'would be' if dry_run else 'was'} made again")
    for fault, advice in report.left:
        console.problem(f"{fault}; {advice}")
    if not (report.repaired or report.views or report.left):
        console.say("Nothing is damaged.")
    console.result(
        {
            "dry_run": dry_run,
            "repaired": [
                {"job": one.key, "file": one.file, "from": one.source} for one in report.repaired
            ],
            "views": report.views,
            "left": [
                {
                    "kind": fault.kind,
                    "path": fault.path,
                    "detail": fault.detail,
                    "job_id": fault.job_id,
                    "advice": advice,
                }
                for fault, advice in report.left
            ],
        }
    )
