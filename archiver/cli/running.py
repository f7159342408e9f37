"""Running a sync under signals: Ctrl-C and SIGTERM end it in an orderly way, the second at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from archiver.cli.console import Console
from archiver.cli.progress import SyncProgress
from archiver.cli.summary import say_summary, summary_json
from archiver.errors import Stopped
from archiver.sync import Reporter, World, sync
from archiver.syncoptions import SyncOptions
from archiver.syncsummary import Summary

T = TypeVar("T")


def sync_now(console: Console, options: SyncOptions) -> int:
    """Run a sync, show it, say what came of it; gives the exit code."""
    summary = run_sync(console, options)
    say_summary(console, summary, options.root)
    console.result(summary_json(summary, options.root))
    return summary.exit_code


def run_sync(
    console: Console,
    options: SyncOptions,
    *,
    world: World | None = None,
) -> Summary:
    """Run a sync under signals with its progress shown. Raises ArchiverError."""
    with SyncProgress(console) as progress:
        reporter: Reporter = progress.reporter
        return under_signals(
            console,
            lambda stop: sync(options, world=world, reporter=reporter, stop=stop),
            orderly=True,
        )


def under_signals(
    console: Console,
    work: Callable[[asyncio.Event], Coroutine[Any, Any, T]],
    *,
    orderly: bool = False,
) -> T:
    """Run a coroutine; the first signal sets the event it is given, and unless it is `orderly`,
    and so looks at the event itself, cancels it. The second signal ends the process at once.

    Raises Stopped with exit code 130 for SIGINT and 143 for SIGTERM.
    """
    caught: list[int] = []

    async def main() -> T:
        stop = asyncio.Event()
        task = asyncio.current_task()
        assert task is not None

        def on_signal(number: int) -> None:
            if caught:
                os._exit(128 + number)
            caught.append(number)
            _end_at_once()
            stop.set()
            if orderly:
                console.problem("Stopping: what is in flight is finished or dropped.")
            else:
                task.cancel()

        _listen(asyncio.get_running_loop(), on_signal)
        return await work(stop)

    try:
        return asyncio.run(main())
    except (Stopped, asyncio.CancelledError, KeyboardInterrupt) as error:
        number = caught[0] if caught else signal.SIGINT
        said = error if isinstance(error, Stopped) else None
        raise Stopped(
            said.message if said else "Stopped; nothing that was archived is lost.",
            said.hint if said else "",
            exit_code=128 + number,
        ) from None


def until_stopped(
    console: Console, work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]
) -> int:
    """Run a server until a signal, its ordinary end; gives the exit code."""
    try:
        under_signals(console, work)
    except Stopped as stopped:
        return stopped.exit_code
    return 0


def _end_at_once() -> None:
    """From now on a signal ends the process, also while the event loop is busy ending the run."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: os._exit(128 + got))


def _listen(loop: asyncio.AbstractEventLoop, on_signal: Callable[[int], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, on_signal, number)
        except RuntimeError:
            # Windows' loops have no signal handlers; the plain ones do there.
            signal.signal(number, lambda got, _frame: loop.call_soon_threadsafe(on_signal, got))


def preview_now(console: Console, options: SyncOptions) -> int:
    """Say what a sync would fetch; write nothing."""
    from archiver.preview import preview

    found = under_signals(console, lambda _: preview(options))
    for problem in found.problems:
        console.problem(f"job {problem.job_id}: {problem.reason}")
    console.say(
        f"{found.jobs_listed} jobs listed: {found.jobs_new} new, {found.jobs_changed} changed, "
        f"{found.jobs_unchanged} unchanged."
    )
    console.say(f"{found.images} images would be fetched{_size(found.size, found.unsized)}.")
    console.result(
        {
            "dry_run": True,
            "archive": str(Path(options.root)),
            "jobs_listed": found.jobs_listed,
            "jobs_new": found.jobs_new,
            "jobs_updated": found.jobs_changed,
            "jobs_unchanged": found.jobs_unchanged,
            "jobs_failed": len({problem.job_id for problem in found.problems}),
            "images": found.images,
            "photos": found.photos,
            "bytes": found.size,
            "images_without_size": found.unsized,
            "failures": [
                {"job_id": problem.job_id, "reason": problem.reason} for problem in found.problems
            ],
        }
    )
    return 3 if found.problems else 0


def _size(size: int, unsized: int) -> str:
    import humanize

    if not size:
        return ""
    more = f", and {unsized} whose size the host does not tell" if unsized else ""
    return f": {humanize.naturalsize(size)}{more}"
