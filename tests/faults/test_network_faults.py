"""Whatever the network does to a run: every folder is a bag, nothing is lost, and the next
undisturbed run ends in the evidence of a run that was never disturbed.

*The same evidence* means, with clock and salts fixed: the same files below `data/`, byte for byte,
and the same `record.json`, with these differences and no others, all of them history of failure:

- `seal`: a run that sealed what it could get makes one seal more (and so other `seals/`);
- events `photo-kept` in `history`: a photo that came later than its message;
- `data/damaged/` and what refers to it: bytes that came damaged, the same twice, are evidence too.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from archiver.archive import Archive, job_folders
from archiver.errors import ArchiverError
from archiver.jobcheck import check_job
from archiver.ledger import read_ledger
from archiver.localapi import LocalApi
from archiver.sync import sync
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.contract.stage import QUICK
from tests.faults.lab import (
    LATER,
    copy_archive,
    leftovers,
    sample,
    tell,
    workspace_after,
    workspace_before,
)
from tests.pipeline import START, a_jpeg, a_world, options, run_sync

Deed = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]


def raw(body: bytes) -> Deed:
    """Say these bytes, whatever HTTP would have, and close."""

    async def deed(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(body)
        request.transport.close()
        return web.Response()

    return deed


def says(status: int, **headers: str) -> Deed:
    """Answer with a status."""

    async def deed(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(
            status=status, headers={k.replace("_", "-"): headers[k] for k in headers}
        )

    return deed


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    """Drop the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def stall(_: web.BaseRequest) -> web.StreamResponse | None:
    """Say nothing for longer than anybody waits here."""
    await asyncio.sleep(1.5)
    return None


async def drip(request: web.BaseRequest) -> web.StreamResponse:
    """A picture that never ends, a byte at a time."""
    response = web.StreamResponse(headers={"Content-Length": "100000"})
    await response.prepare(request)
    for byte in a_jpeg(1)[:40]:
        await response.write(bytes([byte]))
        await asyncio.sleep(0.02)
    return response


async def loop(request: web.BaseRequest) -> web.StreamResponse:
    """A redirect to itself."""
    return web.Response(status=302, headers={"Location": request.path})


_HALF = a_jpeg(1)[:300]
_BOMB = gzip.compress(bytes(30_000_000))
FAULTS: dict[str, Deed] = {
    "reset": reset,
    "stall": stall,
    "slow-drip": drip,
    "short-body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + _HALF),
    "wrong-length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + a_jpeg(1)),
    "chunked-without-end": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12c\r\n" + _HALF + b"\r\n"
    ),
    "gzip-bomb": raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_BOMB)
        + _BOMB
    ),
    "429-storm": says(429, Retry_After="0"),
    "429-for-an-hour": says(429, Retry_After="3600"),
    "503-storm": says(503),
    "redirect-loop": loop,
    "404": says(404),
}


class Scene:
    """One server for all runs, so that the addresses in all bodies are the same."""

    def __init__(self, folder: Path, api: LocalApi) -> None:
        self.folder, self.api = folder, api
        self.first, self.changed = folder / "first", folder / "changed"

    def sync(self, root: Path, day: str) -> Summary:
        """One run with all the fixed things fixed; Raises ArchiverError."""
        now = START if day == "first" else LATER
        limits: dict[str, Any] = {
            **QUICK,
            "stall_timeout": 0.4,
            "head_timeout": 0.6,
            "retry_after_cap": 0.2,
        }
        downloads = {**limits, "max_size": 1_000_000}
        asked = options(root, self.api, network_wait=0.5, downloads=downloads)
        asked = replace(asked, api=replace(asked.api, attempts=2, **limits))
        return asyncio.run(sync(asked, world=a_world(lambda: now)))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two days, archived by runs that nothing disturbed."""
    folder = tmp_path_factory.mktemp("network")
    with LocalApi(workspace_before()).run_in_thread() as api:
        made = Scene(folder, api)
        assert made.sync(made.first, "first").exit_code == 0
        copy_archive(made.first, made.changed)
        api.workspace = workspace_after()
        assert made.sync(made.changed, "changed").exit_code == 0
        yield made


def evidence(root: Path) -> dict[str, Any]:
    """What is compared; see the module."""
    found: dict[str, Any] = {}
    for folder in job_folders(root):
        for path in sorted((folder / "data").rglob("*")):
            if path.is_file() and path.parent.name != "damaged":
                body: Any = path.read_bytes()
                if path.name == "record.json":
                    body = _comparable(json.loads(body))
                found[path.relative_to(root).as_posix()] = body
    return found


def _comparable(record: dict[str, Any]) -> dict[str, Any]:
    kept_later = [event for event in record["history"] if event["kind"] != "photo-kept"]
    return dict(_without_damaged({**record, "seal": None, "history": kept_later}))


def _without_damaged(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_damaged(one) for key, one in value.items() if key != "damaged"}
    return [_without_damaged(one) for one in value] if isinstance(value, list) else value


def assert_sound(root: Path, old: Path | None) -> None:
    """Every visible folder is a bag the ledger knows; every payload file of the day before is
    there with the same bytes."""
    if (root / "archive.json").exists():
        state, _ = read_ledger(root / "ledger")
        for folder in job_folders(root):
            assert check_job(root, folder, state).faults == ()
    for name, body in evidence(old).items() if old is not None else ():
        if not name.endswith("record.json"):
            assert (root / name).read_bytes() == body, name


def begin(scene: Scene, root: Path, day: str) -> Path | None:
    """The morning of a day; gives the archive whose contents must survive."""
    scene.api.workspace = workspace_before() if day == "first" else workspace_after()
    if day == "first":
        return None
    copy_archive(scene.first, root)
    return scene.first


def disturbed(scene: Scene, root: Path, day: str, deed: Deed) -> None:
    """A run that meets a fault; it may end in any way that has a name."""
    scene.api.intercept = deed
    try:
        code = scene.sync(root, day).exit_code
    except ArchiverError as error:
        code = error.exit_code
    finally:
        scene.api.intercept = None
    assert code in (0, 1, 3, 4)


CASES = [
    (fault, where, day)
    for fault in FAULTS
    for where in ("/job/list", "/job/details", "/images/", "/thumbnails/")
    for day in ("first", "changed")
]


@pytest.mark.parametrize(("fault", "where", "day"), sample(CASES, 20))
def test_after_any_fault_of_the_network_the_next_run_ends_the_same(
    scene: Scene, tmp_path: Path, fault: str, where: str, day: str
) -> None:
    """Of every second request of a kind, and so of some more than once."""
    root = tmp_path / "a"
    old = begin(scene, root, day)
    asked: Counter[str] = Counter()

    async def deed(request: web.BaseRequest) -> web.StreamResponse | None:
        if not request.path.startswith(where):
            return None
        asked[where] += 1
        return await FAULTS[fault](request) if asked[where] % 2 else None

    disturbed(scene, root, day, deed)
    assert asked[where] or day == "changed"
    assert_sound(root, old)
    assert scene.sync(root, day).exit_code == 0
    like = scene.first if day == "first" else scene.changed
    assert evidence(root) == evidence(like)
    assert verify_archive(Archive(root)).faults == []
    assert leftovers(root) == []
    tell("a fault of the network", tried=1)


def shifting(scene: Scene) -> Deed:
    """The list's order changes with every page that is read."""

    async def deed(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path == "/job/list":
            jobs = scene.api.workspace.jobs
            jobs.append(jobs.pop(0))
        return None

    return deed


def vanishing(scene: Scene) -> Deed:
    """A job is removed once the list was read, and comes back after the run."""

    async def deed(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path == "/job/details":
            scene.api.workspace.jobs[0].removed = True
        return None

    return deed


@pytest.mark.parametrize("day", ["first", "changed"])
@pytest.mark.parametrize("upheaval", [shifting, vanishing])
def test_after_a_list_that_shifts_and_a_job_that_comes_and_goes_the_next_run_ends_the_same(
    scene: Scene, tmp_path: Path, upheaval: Callable[[Scene], Deed], day: str
) -> None:
    """Nothing that was archived is lost; history may tell of the absence, and of no more."""
    root = tmp_path / "a"
    old = begin(scene, root, day)
    disturbed(scene, root, day, upheaval(scene))
    assert_sound(root, old)
    scene.api.workspace = workspace_before() if day == "first" else workspace_after()
    assert scene.sync(root, day).exit_code == 0
    found, like = evidence(root), evidence(scene.first if day == "first" else scene.changed)
    assert found == like
    assert verify_archive(Archive(root)).faults == []


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_goes_backwards_breaks_nothing(
    scene: Scene, tmp_path: Path, back: timedelta
) -> None:
    """Within a run and between two: history stays in the order in which things were seen."""
    root = tmp_path / "a"
    scene.api.workspace = workspace_before()
    asked = 0

    def clock() -> Any:
        nonlocal asked
        asked += 1
        return START - back * (asked % 7) / 7

    assert asyncio.run(run_sync(root, scene.api, clock=clock)).exit_code == 0
    scene.api.workspace = workspace_after()
    assert asyncio.run(run_sync(root, scene.api, clock=lambda: START - back)).exit_code == 0
    assert verify_archive(Archive(root)).faults == []
    for folder in job_folders(root):
        history = json.loads((folder / "data/record.json").read_bytes())["history"]
        numbers = [event["snapshot"] for event in history if "snapshot" in event]
        assert numbers == sorted(numbers)
        assert history[0]["kind"] == "archived"
