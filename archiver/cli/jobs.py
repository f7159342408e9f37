"""`archiver jobs`: the API's three endpoints, by hand."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import click

from archiver.cli.console import Console, shown
from archiver.cli.network import ApiOptions, api_options, workspace_of
from archiver.cli.options import common, option

T = TypeVar("T")


@click.group("jobs")
def command() -> None:
    """List, show and create jobs through the API."""


@command.command("list")
@api_options
@common
def list_jobs(console: Console, api: ApiOptions) -> int:
    """List every job of the workspace."""
    sweep = _with_client(console, api, lambda client: client.sweep())
    for job in sweep.jobs:
        created = job.created_at.date().isoformat() if job.created_at else "undated   "
        console.say(f"{shown(job.job_id)}  {created}  {shown(job.name or '')}")
    for problem in sweep.problems:
        console.problem(problem.reason)
    if not sweep.agreed:
        console.problem(f"The list never came to rest: {sweep.reason}")
    console.result(
        {
            "jobs": [
                {
                    "jobId": job.job_id,
                    "name": job.name,
                    "createdAt": job.created_at.isoformat() if job.created_at else None,
                    "webAppDeeplink": job.web_app_link,
                    "jobReportDeeplink": job.report_link,
                }
                for job in sweep.jobs
            ],
            "complete": sweep.agreed,
            "failures": [{"job_id": p.job_id, "reason": p.reason} for p in sweep.problems],
        }
    )
    return 0 if sweep.agreed and not sweep.problems else 3


@command.command("show")
@click.argument("job")
@api_options
@common
def show(console: Console, api: ApiOptions, job: str) -> int:
    """Print the details of JOB as the API sends them."""
    from archiver.errors import ArchiverError, JobProblem
    from archiver.jsontext import dump, parse, plain

    try:
        body = _with_client(console, api, lambda client: client.details(job))
    except JobProblem as problem:
        raise ArchiverError(f"Job {job}: {problem.reason}.", "See `archiver jobs list`.") from None
    value = parse(body)
    console.say(dump(value))
    console.result({"details": plain(value)})
    return 0


@command.command("create")
@click.argument("name")
@option("--message", help="The first chat message.")
@api_options
@common
def create(console: Console, api: ApiOptions, name: str, message: str | None) -> int:
    """Create a job called NAME."""
    made = _with_client(console, api, lambda client: client.create(name, message))
    console.say(f"Created job {made.job_id}")
    for link in (made.web_app_link, made.report_link):
        if link:
            console.say(link)
    console.result(
        {
            "jobId": made.job_id,
            "webAppDeeplink": made.web_app_link,
            "jobReportDeeplink": made.report_link,
        }
    )
    return 0


def _with_client(
    console: Console, api: ApiOptions, ask: Callable[[Any], Coroutine[Any, Any, T]]
) -> T:
    """Ask the API one thing."""
    from archiver.api import ApiClient, ApiSettings
    from archiver.cli.key import read_key
    from archiver.cli.running import under_signals

    workspace = workspace_of(api, console)
    key = read_key(console, api.auth_key_file, api.auth_key_command)
    settings = ApiSettings(base_url=api.api_url, ca_file=api.ca_file)

    async def run(_stop: object) -> T:
        async with ApiClient(settings, workspace, key) as client:
            return await ask(client)

    return under_signals(console, run)
