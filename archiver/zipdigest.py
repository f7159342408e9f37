"""Hashing beside the writing of a zip: the members as they pass, the zip itself behind its writer.

SHA-256 is by far the dearest of what an export does (256 MB/s on a processor without instructions
for it, against 2 GB/s for a zip's own checksum), and `hashlib` leaves Python's lock while it works:
two threads halve the time.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from archiver.models import Sha256

PIECE = 1 << 20
_WAITING = 3
"""Pieces that may wait for the thread: memory stays flat."""


class PassingDigest:
    """Hashes pieces in a thread, in their order, while the caller goes on with them."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._digest = hashlib.sha256()
        self._waiting: deque[Future[None]] = deque()

    def update(self, piece: bytes) -> None:
        """Take a piece; waits when several have not been hashed yet."""
        self._waiting.append(self._threads.submit(self._digest.update, piece))
        if len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def finish(self) -> Sha256:
        """The digest of all pieces."""
        while self._waiting:
            self._waiting.popleft().result()
        return Sha256(self._digest.hexdigest())


class TrailingDigest:
    """Hashes a growing file up to where its writer says that no byte changes any more: a zip's
    header of a member is written again when the member's checksum is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._until = 0
        self._ended = False
        self._turn = threading.Condition()
        self._digest = hashlib.sha256()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def reach(self, offset: int) -> None:
        """All bytes before `offset` are written and stay."""
        with self._turn:
            self._until = offset
            self._turn.notify()

    def stop(self) -> None:
        """End the thread; the digest is then what it got to."""
        with self._turn:
            self._ended = True
            self._turn.notify()
        self._thread.join()

    def finish(self, size: int) -> Sha256:
        """The digest of the whole file of that size. Raises OSError."""
        self.reach(size)
        self.stop()
        if self._failed is not None:
            raise self._failed
        return Sha256(self._digest.hexdigest())

    def _follow(self) -> None:
        try:
            with self._path.open("rb", buffering=0) as file:
                done = 0
                while (until := self._next(done)) > done:
                    while done < until:
                        piece = file.read(min(PIECE, until - done))
                        if not piece:
                            raise OSError(f"{self._path} ends before {until} bytes")
                        self._digest.update(piece)
                        done += len(piece)
        except OSError as error:
            self._failed = error

    def _next(self, done: int) -> int:
        """Waits for more; gives `done` itself when there will be none."""
        with self._turn:
            self._turn.wait_for(lambda: self._until > done or self._ended)
            return self._until
