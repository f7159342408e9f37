"""Options of the commands that talk to WorkPhotos, and what is made of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from archiver.cli.console import Console
from archiver.cli.options import Size, option

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_API = "https://api.work.photos"


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """How the API is reached, as given; the key is read when it is needed."""

    workspace_id: str | None
    api_url: str
    auth_key_file: str | None
    auth_key_command: str | None
    ca_file: Path | None


def api_options(command: F) -> F:
    """The options that say which workspace, which API and where the key is."""

    @option(
        "--workspace-id",
        also=("WORKPHOTOS_WORKSPACE_ID",),
        metavar="ID",
        help="The workspace to archive.",
    )
    @option(
        "--api-url",
        also=("WORKPHOTOS_API_URL",),
        default=DEFAULT_API,
        show_default=True,
        metavar="URL",
        help="Base address of the API.",
    )
    @option(
        "--auth-key-file",
        metavar="FILE",
        help="Read the key from a file; - is stdin. Also: WORKPHOTOS_AUTH_KEY, or a prompt.",
    )
    @option("--auth-key-command", metavar="CMD", help="Read the key from what a command prints.")
    @option(
        "--ca-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="More certificates to trust, as PEM (a company's proxy).",
    )
    @functools.wraps(command)
    def wrapped(
        workspace_id: str | None,
        api_url: str,
        auth_key_file: str | None,
        auth_key_command: str | None,
        ca_file: Path | None,
        **rest: Any,
    ) -> Any:
        api = ApiOptions(workspace_id, api_url, auth_key_file, auth_key_command, ca_file)
        return command(api=api, **rest)

    return wrapped  # type: ignore[return-value]


def image_options(command: F) -> F:
    """The options that bound the download of images."""

    @option(
        "--concurrency",
        type=click.IntRange(1, 256),
        default=16,
        show_default=True,
        help="Image downloads at once.",
    )
    @option(
        "--allow-host",
        "allow_hosts",
        multiple=True,
        metavar="HOST",
        help="A host that may be plain http, loopback or private (repeatable).",
    )
    @option(
        "--max-image-size",
        type=Size(),
        default="200MB",
        show_default=True,
        help="Larger images are named failures.",
    )
    @option(
        "--network-wait",
        type=click.IntRange(0),
        default=300,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for a network that is down.",
    )
    @functools.wraps(command)
    def wrapped(**values: Any) -> Any:
        return command(**values)

    return wrapped  # type: ignore[return-value]


def warn_of_plain_http(api: ApiOptions, console: Console) -> None:
    """Say it when the key would cross a network unencrypted."""
    from urllib.parse import urlsplit

    parts = urlsplit(api.api_url)
    local = (parts.hostname or "").startswith("127.") or parts.hostname in ("localhost", "::1")
    if parts.scheme.lower() == "http" and not local:
        console.problem(f"Warning: {api.api_url} is not encrypted; the key can be read on its way.")


def workspace_of(api: ApiOptions, console: Console) -> str:
    """The workspace's id, asked for if a person is there. Raises click.UsageError."""
    if api.workspace_id:
        return api.workspace_id
    if console.no_input or not console.interactive:
        raise click.UsageError("Name the workspace with --workspace-id.")
    return str(click.prompt("Workspace id", err=True)).strip()
