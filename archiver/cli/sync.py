"""`archiver sync`: the main job."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from archiver.cli.console import Console
from archiver.cli.network import (
    ApiOptions,
    api_options,
    image_options,
    warn_of_plain_http,
    workspace_of,
)
from archiver.cli.options import (
    Day,
    Size,
    archive_argument,
    common,
    language_option,
    option,
    templates_option,
)
from archiver.cli.sheetoptions import SheetOptions, sheet_options


@click.command("sync")
@archive_argument()
@api_options
@option("--job", "jobs", multiple=True, metavar="ID", help="Only this job (repeatable).")
@option("--name", metavar="GLOB", help="Only jobs whose title fits, such as 'Boiler*'.")
@option("--created-since", type=Day(), metavar="DATE", help="Only jobs created on or after.")
@option("--created-until", type=Day(), metavar="DATE", help="Only jobs created before.")
@option("--failed", "failed_only", is_flag=True, help="Only jobs with something missing.")
@option("--recheck-images", is_flag=True, help="Ask whether kept images are still the same.")
@option("--dry-run", is_flag=True, help="Say what would be fetched; write nothing.")
@image_options
@option("--timezone", metavar="ZONE", help="Show times in this IANA zone from now on.")
@language_option
@templates_option
@option("--workspace-name", metavar="NAME", help="What a new archive's pages call the workspace.")
@sheet_options
@option(
    "--volatile-query", multiple=True, metavar="NAME", help="A query parameter without meaning."
)
@option("--min-free", type=Size(), default="1GB", show_default=True, help="Disk space to leave.")
@option(
    "--sign-key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The ledger's key, where it lies elsewhere than init-key put it.",
)
@option("--timestamp-url", metavar="URL", help="Fetch an RFC 3161 time stamp when the run ends.")
@option("--accept-vanished", is_flag=True, help="Mark jobs as gone even when very many are.")
@option("--allow-empty", is_flag=True, help="Begin an archive of a workspace without jobs.")
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@option("--no-fsync", is_flag=True, help="Do not wait for the disk: faster, unsafe in a power cut.")
@common
def command(
    console: Console, archive: Path, api: ApiOptions, sheets: SheetOptions, **values: Any
) -> int:
    """Archive every job of a workspace into ARCHIVE, or bring it up to date.

    The first run makes the archive; later runs add what is new and change nothing else. A message,
    photo or job that vanished upstream stays, marked. Exit code 0 says that the list was complete
    and everything in it is archived, 3 that something named is missing.
    """
    from archiver.cli.key import read_key
    from archiver.cli.running import preview_now, sync_now

    warn_of_plain_http(api, console)
    options = sync_options(
        archive,
        workspace_of(api, console),
        read_key(console, api.auth_key_file, api.auth_key_command),
        api,
        sheets=sheets.settings(),
        **{name: value for name, value in values.items() if name != "dry_run"},
    )
    if values["dry_run"]:
        return preview_now(console, options)
    return sync_now(console, options)


def sync_options(
    archive: Path,
    workspace_id: str,
    key: Any,
    api: ApiOptions,
    *,
    concurrency: int = 16,
    allow_hosts: tuple[str, ...] = (),
    max_image_size: int = 200_000_000,
    network_wait: int = 300,
    timezone: str | None = None,
    no_fsync: bool = False,
    created_since: datetime | None = None,
    created_until: datetime | None = None,
    **rest: Any,
) -> Any:
    """What `sync.sync` is asked to do, from what was typed. Raises UsageProblem."""
    from archiver.api import ApiSettings
    from archiver.archive import check_zone
    from archiver.cli.options import user_config
    from archiver.download import DownloadSettings
    from archiver.netguard import Guard
    from archiver.syncoptions import SyncOptions

    Guard(api.api_url, allow_hosts)  # a wrong --allow-host is said before anything is begun
    return SyncOptions(
        root=archive,
        workspace_id=workspace_id,
        auth_key=key,
        api=ApiSettings(base_url=api.api_url, ca_file=api.ca_file),
        downloads=DownloadSettings(
            concurrency=concurrency,
            allow_hosts=allow_hosts,
            max_size=max_image_size,
            ca_file=api.ca_file,
        ),
        network_wait=network_wait,
        created_since=created_since,
        created_until=created_until,
        time_zone=check_zone(timezone) if timezone else None,
        default_zone=machine_zone(),
        fsync=not no_fsync,
        key_folder=user_config().parent,
        **rest,
    )


def machine_zone() -> str:
    """The machine's time zone as an IANA name; UTC where it has none we can tell."""
    import tzlocal

    from archiver.archive import check_zone
    from archiver.errors import UsageProblem

    try:
        name = tzlocal.get_localzone_name()
        return "UTC" if name in ("Etc/UTC", "Etc/UCT", "Zulu") else check_zone(name)
    except (UsageProblem, LookupError, OSError, ValueError):
        return "UTC"
