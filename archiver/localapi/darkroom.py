"""Where the image host's pictures are made: off the event loop, once, and kept within bounds."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from archiver.localapi.workspace import LocalImage

CACHE_BYTES: Final = 12 * 1024 * 1024
"""How much drawn picture a server keeps by default: a few jobs' worth."""

WORKERS: Final = 1


class Darkroom:
    """Gives the bytes of images, drawing each at most once while it is kept.

    Belongs to one event loop. Requests for one picture that arrive together share one drawing,
    and a requester that goes away does not stop it for the others.
    """

    def __init__(self, cache_bytes: int = CACHE_BYTES, workers: int = WORKERS) -> None:
        """Keep at most `cache_bytes` of drawn pictures; draw in `workers` threads."""
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="localapi-draw")
        self._cache_bytes = cache_bytes
        self._kept: OrderedDict[int, tuple[LocalImage, bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._at_work: dict[int, asyncio.Future[bytes]] = {}

    async def bytes_of(self, image: LocalImage) -> bytes:
        """The image's bytes. Whatever its drawing function raises is raised here."""
        if isinstance(image.body, bytes):
            return image.body
        # Identity is the key: a test that puts another image at a path must get that one.
        # The entry holds the image, so its id cannot be taken by a new object meanwhile.
        key = id(image)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][1]
        if key not in self._at_work:
            loop = asyncio.get_running_loop()
            drawing = loop.run_in_executor(self._pool, image.body)
            self._at_work[key] = drawing
            drawing.add_done_callback(lambda done: self._finish(image, done))
        return await asyncio.shield(self._at_work[key])

    def _finish(self, image: LocalImage, drawing: asyncio.Future[bytes]) -> None:
        self._at_work.pop(id(image), None)
        # Asking for the exception also marks it as seen when every requester has gone.
        if drawing.cancelled() or drawing.exception() is not None:
            return
        data = drawing.result()
        self._kept[id(image)] = (image, data)
        self._kept_bytes += len(data)
        while self._kept_bytes > self._cache_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped)

    async def close(self) -> None:
        """Let the drawings at work end, drop those that wait, and forget all pictures."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._kept.clear()
        self._kept_bytes = 0
