"""The key stands nowhere but in requests to the API: archive, output, processes, image host."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from archiver.localapi import LocalApi
from tests.contract.stage import command, environment, reached, served
from tests.pipeline import a_workspace

SECRET = "kEy-9f8e7d6c5b4a-very-secret"


async def _html(request: web.BaseRequest) -> web.StreamResponse | None:
    if request.path.startswith("/job/list"):
        return web.Response(text="<html>sign in</html>", content_type="text/html")
    return None


async def _redirects(request: web.BaseRequest) -> web.StreamResponse | None:
    if request.path.startswith("/job/details"):
        return web.Response(status=302, headers={"Location": "/elsewhere"})
    if request.path.startswith("/images"):
        return web.Response(status=302, headers={"Location": request.path.replace("s/", "s2/")})
    return None


async def _echoes(request: web.BaseRequest) -> web.StreamResponse | None:
    """The API says back what it was sent, as broken JSON and as an error."""
    if request.path.startswith("/job/details"):
        return web.Response(body=b'{"error": ' + await request.read(), status=200)
    return None


async def _echoes_refused(request: web.BaseRequest) -> web.StreamResponse | None:
    if request.path.startswith("/job/list"):
        return web.Response(body=await request.read(), status=403, reason=SECRET)
    return None


async def _host_echoes(request: web.BaseRequest) -> web.StreamResponse | None:
    if request.path.startswith(("/images", "/thumbnails")):
        said = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        return web.Response(text=said, content_type="image/jpeg")
    return None


async def _stalls(request: web.BaseRequest) -> web.StreamResponse | None:
    """A picture that begins, stands still, and is cut."""
    if request.path.startswith("/images"):
        answer = web.StreamResponse(headers={"Content-Length": "9999"})
        await answer.prepare(request)
        await answer.write(b"\xff\xd8")
        await asyncio.sleep(2)
        assert request.transport is not None
        request.transport.abort()
        return answer
    return None


async def _fine(request: web.BaseRequest) -> web.StreamResponse | None:
    return None


SCENES: dict[str, tuple[Any, tuple[str, ...], dict[str, str]]] = {
    "all is well": (_fine, ("-v",), {}),
    "debug": (_redirects, ("--debug", "-v"), {}),
    "html": (_html, (), {}),
    "redirects": (_redirects, (), {}),
    "echoed": (_echoes, ("-v",), {}),
    "echoed with debug": (_echoes, ("--debug",), {}),
    "echoed refusal": (_echoes_refused, ("--debug",), {}),
    "stalled": (_stalls, ("--debug",), {}),
    "host echoes": (_host_echoes, ("-v",), {}),
    "wrong key": (_fine, ("--debug",), {"WORKPHOTOS_AUTH_KEY": SECRET + "-wrong"}),
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_key_is_found_nowhere(tmp_path: Path, scene: str) -> None:
    intercept, arguments, env = SCENES[scene]
    workspace = a_workspace(jobs=2, photos=2)
    workspace.auth_key = SECRET
    seen: list[tuple[str, str, bytes]] = []

    async def watch(request: web.BaseRequest) -> web.StreamResponse | None:
        if not request.path.startswith("/job/"):
            seen.append((request.path_qs, str(request.raw_headers), await request.read()))
        found: web.StreamResponse | None = await intercept(request)
        return found

    with served(workspace, watch) as api:
        out, processes = run_watched(tmp_path, api, arguments, env)
    for what, text in {
        "output": out, "processes": processes, "requests": repr(seen).encode(),
    }.items():  # fmt: skip
        assert SECRET.encode() not in text, what
    for path in (tmp_path / "a").rglob("*"):
        assert SECRET not in str(path)
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    assert seen or scene not in ("all is well", "host echoes")


def run_watched(
    tmp_path: Path, api: LocalApi, arguments: tuple[str, ...], env: dict[str, str]
) -> tuple[bytes, bytes]:
    """Output of the real command, and the arguments of all its processes and the environment of
    those it started (its own is where the key came in)."""
    run = subprocess.Popen(
        command("sync", tmp_path / "a", *reached(api), "--no-fsync", *arguments),
        env=environment(**{"WORKPHOTOS_AUTH_KEY": SECRET, **env}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    found: list[bytes] = []
    watcher = threading.Thread(target=lambda: _watch(run, found.append))
    watcher.start()
    out, _ = run.communicate(timeout=120)
    watcher.join()
    return out, b"".join(found)


def _watch(run: subprocess.Popen[bytes], note: Callable[[bytes], None]) -> None:
    while run.poll() is None:
        for entry in os.listdir("/proc"):  # noqa: PTH208
            try:
                place = Path("/proc") / entry
                if (
                    not entry.isdigit()
                    or f"PPid:\t{run.pid}\n" not in (place / "status").read_text()
                ):
                    continue
                note((place / "cmdline").read_bytes() + (place / "environ").read_bytes())
            except OSError:
                continue
        note(Path(f"/proc/{run.pid}/cmdline").read_bytes() if run.poll() is None else b"")
        time.sleep(0.05)


BROKEN = """
import os
import archiver.cli.running as running

async def broken(options, **rest):
    raise RuntimeError("it broke at " + os.environ["WORKPHOTOS_AUTH_KEY"])

running.sync = broken
from archiver.__main__ import main
main()
"""


@pytest.mark.parametrize("debug", [(), ("--debug",), ("--json",)])
def test_an_internal_error_that_names_the_key_does_not_say_it(
    tmp_path: Path, debug: tuple[str, ...]
) -> None:
    """Message and, with `--debug`, traceback are said, the key is not."""
    arguments = ("sync", str(tmp_path / "a"), "--workspace-id", "w", *debug)
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, *arguments],
        env=environment(WORKPHOTOS_AUTH_KEY=SECRET),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "it broke at" in done.stdout + done.stderr
    assert ("Traceback" in done.stderr) == ("--debug" in debug)
    assert SECRET not in done.stdout + done.stderr
