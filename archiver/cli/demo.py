"""`archiver demo`: the whole thing on a sample workspace, without a key or a network."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.network import ApiOptions
from archiver.cli.options import archive_argument, common, option


@click.command("demo")
@archive_argument(optional="demo-archive")
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@option("--no-fsync", is_flag=True, help="Do not wait for the disk: faster, unsafe in a power cut.")
@common
def command(console: Console, archive: Path, break_lock: bool, no_fsync: bool) -> int:
    """Start the embedded API with a sample workspace, archive it into ARCHIVE, and stop it.

    The ordinary sync over HTTP. One photo of the sample is missing on purpose; its page says so.
    """
    from archiver.authkey import AuthKey
    from archiver.cli.running import run_sync
    from archiver.cli.summary import say_summary, summary_json
    from archiver.cli.sync import sync_options
    from archiver.localapi import MISSING_PHOTO_PATH, LocalApi, sample_workspace

    with LocalApi(sample_workspace()).run_in_thread() as api:
        options = sync_options(
            archive,
            api.workspace_id,
            AuthKey(api.auth_key),
            ApiOptions(api.workspace_id, api.url, None, None, None),
            no_fsync=no_fsync,
            break_lock=break_lock,
            min_free=200_000_000,
            workspace_name="Ridgeway Property Services",
        )
        summary = run_sync(console, options)
    unexpected = [
        problem
        for problem in summary.failures
        if problem.url is None or not problem.url.endswith(MISSING_PHOTO_PATH)
    ]
    say_summary(console, summary, archive)
    if summary.failures and not unexpected:
        console.say("The missing photo is part of the sample: see how its page says so.")
    index = (archive / "index.html").resolve()
    console.result({**summary_json(summary, archive), "index": index.as_uri()})
    return 3 if unexpected or not summary.list_complete else 0
