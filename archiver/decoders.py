"""Decoding pictures in processes of their own: one that kills or hangs its decoder costs itself.

Decoders are C libraries fed with a stranger's bytes. So all decoding of a run is done by one or
two small processes (`decoderprocess`), begun when the first picture comes and ended with the run.
A decoder that dies is asked the same once more, in a fresh process (it may have been the system
that killed it); one that takes too long is killed. Either way the answer is an ordinary one: this
picture is *not decoded*.

What a decoder process answers is believed only within bounds: it may be the attacker's by then.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

from archiver import remarks
from archiver.decoderprocess import READY
from archiver.errors import ArchiverError
from archiver.imagedecode import DECODE_MEMORY, SMALL, Decoding, decode_memory, obstacle
from archiver.imagetypes import ImageInfo
from archiver.pictures import NotShown, Shown
from archiver.remarks import Remark, as_noted

_T = TypeVar("_T")
_Read: TypeAlias = Callable[[int], bytes]

CheckPicture: TypeAlias = Callable[[Path, ImageInfo, int], Decoding]
"""Whether a picture decodes, as `imagedecode.decode_check` says it."""
LoadPicture: TypeAlias = Callable[[Path, tuple[int, int]], Shown]
"""A picture at the size it is shown, as `pictures.load_picture` gives it."""

COMMAND = (sys.executable, "-P", "-m", "archiver.decoderprocess")
DEADLINE = 20.0
"""Seconds one picture may take, after which its decoder is killed."""
PATIENCE = 120.0
"""Seconds of a run that may be lost to hanging decoders; then `SHORT` is the deadline."""
SHORT = 2.0
_START = 60.0
"""Seconds a decoder may take to begin, on a machine that is busy."""
_LONGEST_ANSWER = 65_536
_TICK = 0.1

DIED, SLOW = remarks.DIED(), remarks.SLOW()


class DecoderFailed(ArchiverError):
    """Decoder processes cannot be used on this machine at all."""

    code = "decoder"


class _Lost(Exception):
    """No answer came; `why` says why."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


class Decoders:
    """The decoder processes of a run; use it as `with`. Methods may be called from any thread.

    `count` processes at most, each begun when it is needed. `command` starts one (tests give
    their own). Methods raise DecoderFailed when a process cannot be started.
    """

    def __init__(
        self,
        *,
        count: int = 2,
        deadline: float = DEADLINE,
        command: Sequence[str] = COMMAND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._deadline = deadline
        self._clock = clock
        self._patience = PATIENCE
        self._free = threading.BoundedSemaphore(count)
        self._large = threading.Lock()
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; whoever still asks is told so."""
        self._closed.set()
        if self._watch is not None:
            self._watch.join()
        with self._lock:
            idle, self._idle = self._idle, []
            for process in self._busy:
                process.kill()
        for process in idle:
            process.end()

    # --- what they are asked --------------------------------------------------------------------

    def check(self, path: Path, info: ImageInfo, memory_limit: int = DECODE_MEMORY) -> Decoding:
        """Decode the image in `path`, whose structure said `info`, to see whether it can be."""
        why = obstacle(info, memory_limit)
        if why is not None:
            return Decoding("skipped", why)
        question = {"do": "check", "info": asdict(info), "memory": memory_limit}
        # Of the large ones one at a time, so that two never add up.
        large = decode_memory(info) > SMALL
        with self._large if large else contextlib.nullcontext():
            try:
                return self._ask(path, question, _decoding)
            except _Lost as lost:
                return Decoding("skipped", remarks.NOT_DECODED(why=lost.why))

    def load(self, path: Path, room: tuple[int, int]) -> Shown:
        """The picture at `path` as RGB, upright, scaled to fit into `room`, in pixels. Raises
        NotShown with the reason."""
        try:
            found = self._ask(
                path, {"do": "load", "room": room}, lambda said, read: _shown(said, read, room)
            )
        except _Lost as lost:
            raise NotShown(lost.why) from lost
        if isinstance(found, NotShown):
            raise found
        return found

    # --- asking ---------------------------------------------------------------------------------

    def _ask(
        self, path: Path, question: dict[str, Any], read: Callable[[dict[str, Any], _Read], _T]
    ) -> _T:
        line = json.dumps({**question, "path": str(path.absolute())}).encode("ascii") + b"\n"
        with self._free:
            try:
                return self._exchange(line, read)
            except _Died:
                pass
            try:
                return self._exchange(line, read)
            except _Died as died:
                raise _Lost(DIED) from died

    def _exchange(self, line: bytes, read: Callable[[dict[str, Any], _Read], _T]) -> _T:
        process = self._take()
        begun = self._clock()
        try:
            if not process.is_ready:
                self._until(process, begun + _START)
                process.begin()
                begun = self._clock()
            self._until(process, begun + (self._deadline if self._patience > 0 else SHORT))
            answer = process.ask(line, read)
        except _Died:
            self._give_up(process)
            if process.late:
                self._patience -= self._clock() - begun
                raise _Lost(SLOW) from None
            if self._closed.is_set():
                raise _Lost(remarks.RUN_STOPPED()) from None
            raise
        except BaseException:
            self._give_up(process)
            raise
        self._until(process, None)
        with self._lock:
            self._idle.append(process)
        return answer

    def _take(self) -> _Process:
        """An idle process, or a new one."""
        with self._lock:
            if self._watch is None:
                self._watch = threading.Thread(target=self._look_out, daemon=True)
                self._watch.start()
            if self._idle:
                return self._idle.pop()
        return _Process(self._command)

    def _until(self, process: _Process, deadline: float | None) -> None:
        with self._lock:
            process.deadline = deadline
            if deadline is None:
                self._busy.discard(process)
            else:
                self._busy.add(process)

    def _give_up(self, process: _Process) -> None:
        self._until(process, None)
        process.end()

    def _look_out(self) -> None:
        """Kill what takes too long; the thread that waits for it then sees its end. (Windows'
        pipes cannot be waited for with a deadline.)"""
        while not self._closed.wait(_TICK):
            now = self._clock()
            with self._lock:
                for process in self._busy:
                    if process.deadline is not None and now > process.deadline:
                        process.kill_late()


class _Died(Exception):
    """The process ended, or said what no decoder of ours says."""


class _Process:
    """One decoder process."""

    def __init__(self, command: Sequence[str]) -> None:
        self.deadline: float | None = None
        self.late = False
        self.is_ready = False
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=decoder_environment(),
                # Ctrl-C in a terminal is the run's alone.
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            raise _failed(str(error)) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in = self._process.stdin
        self._out = self._process.stdout

    def begin(self) -> None:
        """Wait until it is ready. Raises DecoderFailed."""
        if self._out.readline(len(READY)) != READY:
            self.end()
            raise _failed(f"it ended with {self._process.returncode} before it began")
        self.is_ready = True

    def ask(self, line: bytes, read: Callable[[dict[str, Any], _Read], _T]) -> _T:
        """The answer to a question. Raises _Died."""
        try:
            self._in.write(line)
            self._in.flush()
            answer = json.loads(self._out.readline(_LONGEST_ANSWER))
            return read(answer, self._read)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _Died from error

    def _read(self, size: int) -> bytes:
        body = self._out.read(size)
        if len(body) != size:
            raise ValueError("the answer was cut off")
        return body

    def kill_late(self) -> None:
        """End it because its time is over."""
        self.late = True
        self.kill()

    def kill(self) -> None:
        """End it, without waiting."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """End it, whatever it does."""
        self.kill()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()


def decoder_environment() -> dict[str, str]:
    """The environment of a decoder: where Python finds its modules, and nothing that is secret.
    Threads of a decoder share one heap, so that they reserve no memory they do not use."""
    kept = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONSAFEPATH": "1",
        "MALLOC_ARENA_MAX": "1",
    }


def _failed(why: str) -> DecoderFailed:
    return DecoderFailed(
        f"The process that decodes pictures could not be started: {why}.",
        "Check that this computer lets programs start others, and its free memory.",
    )


# --- reading answers ----------------------------------------------------------------------------

_KINDS = ("decoded", "warned", "skipped", "damaged")


def _decoding(answer: dict[str, Any], read: _Read) -> Decoding:
    del read
    kind, reason = answer["kind"], answer["reason"]
    if kind not in _KINDS or not isinstance(reason, str):
        raise ValueError("no such answer")
    return Decoding(kind, as_noted(reason))


def _shown(answer: dict[str, Any], read: _Read, room: tuple[int, int]) -> Shown | NotShown:
    from PIL import Image

    if answer["kind"] == "not shown":
        return NotShown(as_noted(str(answer["reason"])))
    size, stored = _sides(answer["size"]), _sides(answer["stored"])
    if size[0] > room[0] or size[1] > room[1]:
        raise ValueError("larger than asked for")
    return Shown(Image.frombytes("RGB", size, read(size[0] * size[1] * 3)), stored)


def _sides(value: Any) -> tuple[int, int]:
    width, height = value
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise ValueError("no size")
    return width, height
