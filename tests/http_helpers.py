"""Servers on the loopback, made-up names, and the mend that aioresponses needs.

`aioresponses` 0.7.9 makes a `ClientResponse` without the argument `stream_writer`, which aiohttp
3.14 requires. `MendedResponse` defaults it; a test in `test_http_helpers.py` fails as soon as the
mend is no longer needed.
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aioresponses import aioresponses
from PIL import Image

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class MendedResponse(aiohttp.ClientResponse):
    """A response that can be made without `stream_writer`."""

    def __init__(self, *args: Any, stream_writer: Any = None, **more: Any) -> None:
        writer: Any = stream_writer or SimpleNamespace(output_size=0)
        super().__init__(*args, stream_writer=writer, **more)


@contextmanager
def answers() -> Iterator[aioresponses]:
    """aioresponses, mended: requests get the answers that the test lays out."""
    with mock.patch("aioresponses.core.ClientResponse", MendedResponse), aioresponses() as mocked:
        yield mocked


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A real HTTP server on a free port; gives its base address."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_raw(handler: RawHandler) -> AsyncIterator[str]:
    """A TCP server that says what it likes after the request's head; gives its base address."""
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.sleep(0)


def raw(answer: bytes, *, then_wait: float = 0.0) -> RawHandler:
    """Say `answer`, wait, and close the connection."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if then_wait:
            await asyncio.sleep(then_wait)

    return handler


def http(body: bytes, *, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole HTTP answer that states `length` bytes (default: the truth)."""
    stated = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {stated}\r\n\r\n".encode() + body


def unused_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Names(AbstractResolver):
    """Resolves made-up names: `{"photos.example": ("127.0.0.1", 8080)}`; keeps what was asked."""

    def __init__(self, names: dict[str, tuple[str, int]]) -> None:
        self._names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        found = self._names.get(host)
        if not found:
            raise OSError(f"{host} is not known")
        return [_answer(host, found[0], found[1] or port)]

    async def close(self) -> None:
        """Nothing to let go of."""


def _answer(name: str, ip: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return ResolveResult(hostname=name, host=ip, port=port, family=family, proto=0, flags=0)


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 60), **options: Any) -> bytes:
    """The bytes of a noisy picture."""
    width, height = size
    image = Image.frombytes("RGB", size, os.urandom(width * height * 3))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
