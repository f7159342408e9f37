"""Running the real pipeline in tests: a small workspace on the embedded server, over real HTTP."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import hashlib
import io
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from archiver.api import ApiSettings
from archiver.archive import job_folders, load_job
from archiver.authkey import AuthKey
from archiver.decoders import Decoders
from archiver.download import DownloadSettings
from archiver.localapi import LocalApi, LocalJob, Person, Workspace, hex_id
from archiver.models import JobRecord
from archiver.sync import World, sync
from archiver.syncoptions import SyncOptions
from archiver.syncsummary import Summary

START = datetime(2025, 11, 23, 10, 15, tzinfo=UTC)
CRAIG = Person(hex_id("craig"), "Craig Parker")
AMIRA = Person(hex_id("amira"), "Amira Hassan")
KEY = "test-key-6b1f0c"
WORKSPACE_ID = hex_id("workspace")


def a_jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A small, sound JPEG that differs by seed."""
    body = io.BytesIO()
    colour = (seed * 53 % 256, seed * 97 % 256, seed * 193 % 256)
    image = Image.new("RGB", size, colour)
    image.putpixel((0, 0), (255 - colour[0], seed % 256, seed // 256 % 256))
    image.save(body, "JPEG", quality=90, comment=f"seed {seed}")
    return body.getvalue()


def a_workspace(jobs: int = 3, photos: int = 2) -> Workspace:
    """A workspace of small jobs, each with a chat and some photos; everything differs."""
    workspace = Workspace(WORKSPACE_ID, KEY, clock=lambda: START)
    for number in range(jobs):
        add_job(workspace, f"Job {number}", photos=photos, number=number)
    return workspace


def add_job(
    workspace: Workspace, name: Any, *, photos: int = 1, number: int = 0, job_id: str | None = None
) -> LocalJob:
    """Add one job to a workspace."""
    created = START - timedelta(days=30 + number)
    job = workspace.add_job(LocalJob(job_id or hex_id("job", number, name), name, created, CRAIG))
    workspace.add_chat(job.job_id, f"Arrived at job {number}.", by=CRAIG, at=created)
    for index in range(photos):
        add_photo(workspace, job, number * 1000 + index, created + timedelta(minutes=index + 1))
    return job


def add_photo(workspace: Workspace, job: LocalJob, seed: int, at: datetime) -> None:
    """Add one photo with its thumbnail to a job."""
    workspace.add_photo(
        job.job_id,
        a_jpeg(seed),
        a_jpeg(seed, (32, 24)),
        by=AMIRA,
        at=at,
        name=f"{job.job_id if job.job_id.isalnum() else hex_id(job.job_id)}-{seed}",
    )


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Move on, by what `timedelta` takes."""
        self.now += timedelta(**by)


def fixed_salt(job_id: str, seal: int) -> bytes:
    """A salt that depends on job and seal alone."""
    return hashlib.sha256(f"{job_id} {seal}".encode("utf-8", "backslashreplace")).digest()


def options(root: Path, api: LocalApi, **overrides: Any) -> SyncOptions:
    """What a test's sync is asked for: quick retries, no wait for the disk."""
    downloads = {"concurrency": 8, **overrides.pop("downloads", {})}
    settings: dict[str, Any] = {
        "base_url": api.url,
        "wait_initial": 0.01,
        "wait_max": 0.05,
        "wait_jitter": 0.01,
    }
    settings |= {"pause_between_walks": 0.0, **overrides.pop("api", {})}
    values: dict[str, Any] = {
        "root": root,
        "workspace_id": api.workspace_id,
        "auth_key": AuthKey(api.auth_key),
        "api": ApiSettings(**settings),
        "downloads": DownloadSettings(**downloads),
        "fsync": False,
        "min_free": 0,
        "default_zone": "Europe/London",
        "network_wait": 2.0,
    }
    return SyncOptions(**{**values, **overrides})


@functools.cache
def shared_decoders() -> Decoders:
    """The decoder processes of all syncs of a test process: to begin one takes 0.2 s."""
    made = Decoders()
    atexit.register(made.close)
    return made


def a_world(clock: Callable[[], datetime] | None = None) -> World:
    """A world whose clock stands still and whose salts depend on job and seal alone."""
    return World(
        clock=clock or Clock(),
        salt=fixed_salt,
        decoders=lambda: contextlib.nullcontext(shared_decoders()),
    )


async def run_sync(
    root: Path, api: LocalApi, *, clock: Callable[[], datetime] | None = None, **overrides: Any
) -> Summary:
    """One sync against a running server."""
    return await sync(options(root, api, **overrides), world=a_world(clock))


def synced(
    root: Path,
    workspace: Workspace,
    *,
    clock: Callable[[], datetime] | None = None,
    intercept: Any = None,
    **overrides: Any,
) -> Summary:
    """One sync of a workspace, server and all, on a free port."""

    async def main() -> Summary:
        async with LocalApi(workspace) as api:
            api.intercept = intercept
            return await run_sync(root, api, clock=clock, **overrides)

    return asyncio.run(main())


def with_api(workspace: Workspace, work: Callable[[LocalApi], Awaitable[Any]]) -> Any:
    """Run something while a server of the workspace listens."""

    async def main() -> Any:
        async with LocalApi(workspace) as api:
            return await work(api)

    return asyncio.run(main())


def record_of(root: Path, job_id: str) -> JobRecord:
    """The record of a job, as it lies on disk."""
    return load_job(folder_of(root, job_id))


def folder_of(root: Path, job_id: str) -> Path:
    """A job's folder."""
    return next(folder for folder in job_folders(root) if folder.name.endswith(job_id))


def snapshot_tree(root: Path, *, without: tuple[str, ...] = ()) -> dict[str, tuple[str, int]]:
    """Every file of a tree with its hash and modification time, some prefixes left out."""
    found: dict[str, tuple[str, int]] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(without):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = (digest, path.stat().st_mtime_ns)
    return found


def check_with_bagit(folder: Path) -> str:
    """What the reference validator says of a bag, in a process of its own; empty when valid.

    It changes its working directory, and so must not run in ours.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bagit", "--validate", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr


def sha256sum(folder: Path, manifest: str) -> subprocess.CompletedProcess[str]:
    """GNU `sha256sum -c --strict` over a manifest of a bag."""
    return subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", manifest],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
