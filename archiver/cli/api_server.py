"""`archiver api-server`: the embedded API on its own, for integrators."""

from __future__ import annotations

import asyncio

import click

from archiver.cli.console import Console
from archiver.cli.options import common, option


@click.command("api-server")
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any.")
@common
def command(console: Console, host: str, port: int) -> int:
    """Serve the WorkPhotos API with the sample workspace until Ctrl-C.

    With --json, the first line on stdout tells the address, key and workspace as soon as
    connections are accepted.
    """
    from archiver.cli.running import until_stopped
    from archiver.errors import ArchiverError
    from archiver.localapi import LocalApi, sample_workspace

    async def serve(stop: asyncio.Event) -> None:
        try:
            async with LocalApi(sample_workspace(), host=host, port=port) as api:
                known = {
                    "url": api.url,
                    "auth_key": api.auth_key,
                    "workspace_id": api.workspace_id,
                }
                console.result(known)
                console.say(f"Serving the sample workspace at {api.url}")
                console.say(f"workspace {api.workspace_id}, key {api.auth_key}; Ctrl-C ends it.")
                console.out.flush()
                await stop.wait()
        except OSError as error:
            raise ArchiverError(
                f"{host}:{port} cannot be listened on: {error.strerror or error}.",
                "Choose another --port; 0 takes any free one.",
            ) from error

    return until_stopped(console, serve)
