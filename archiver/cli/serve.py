"""`archiver serve`: look at an archive on a local port."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option


@click.command("serve")
@archive_argument()
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=8766, show_default=True, help="0: any.")
@option("--yes", is_flag=True, help="Serve to other machines without being asked.")
@common
def command(console: Console, archive: Path, host: str, port: int, yes: bool) -> int:
    """Serve ARCHIVE's pages on this machine until Ctrl-C; ARCHIVE is never written to."""
    from archiver.cli.running import until_stopped
    from archiver.serve import is_loopback, serving

    remote = not is_loopback(host)
    if remote:
        console.problem(f"{host} can be reached from other machines: they will see every job.")
        if not yes and (console.no_input or not click.confirm("Go on?", err=True)):
            raise click.UsageError("Serving to other machines needs --yes.")

    async def run(stop: asyncio.Event) -> None:
        async with serving(archive, host=host, port=port, remote=remote) as address:
            console.result({"url": address})
            console.say(f"Serving {archive} at {address}; Ctrl-C ends it.")
            console.out.flush()
            await stop.wait()

    return until_stopped(console, run)
