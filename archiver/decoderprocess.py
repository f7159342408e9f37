"""The process that decodes pictures for `decoders.Decoders`: asked on stdin, answering on stdout.

A question is one line of JSON, an answer one line of JSON and, for a picture, its RGB bytes. This
process has no secret (its environment holds none), writes no file and reaches nobody; what it may
take of memory and processor time is limited by the system where the system can. When whoever
asked is gone, its input ends and so does it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from archiver.imagedecode import decode_check
from archiver.imagetypes import ImageInfo
from archiver.pictures import NotShown, load_picture

READY = b"ready\n"
MEMORY_MARGIN = 320_000_000
"""Bytes of address space beyond what the idle process has; an estimate that was right needs less
than half (measured: a HEIC of 12 megapixels takes 180 MB of it, 94 MB of them memory)."""
PROCESSOR_SECONDS = 20
"""For each question. The system ends a decoder that nobody is left to end."""


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; we are asked
    out = os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand among the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _prepare()
    limit_memory(MEMORY_MARGIN)
    out.write(READY)
    out.flush()
    for line in sys.stdin.buffer:
        limit_processor(PROCESSOR_SECONDS)
        _answer(json.loads(line), out)


def _prepare() -> None:
    """Load what every picture needs, before memory is limited and a clock runs."""
    from PIL import Image, JpegImagePlugin, PngImagePlugin

    del Image, JpegImagePlugin, PngImagePlugin


def _answer(question: dict[str, Any], out: BinaryIO) -> None:
    path = Path(question["path"])
    pixels = b""
    if question["do"] == "check":
        found = decode_check(path, ImageInfo(**question["info"]), question["memory"])
        answer: dict[str, Any] = {"kind": found.kind, "reason": found.reason}
    else:
        width, height = question["room"]
        try:
            shown = load_picture(path, (width, height))
            pixels = shown.image.tobytes()
            answer = {"kind": "shown", "size": shown.image.size, "stored": shown.stored}
        except NotShown as reason:
            answer = {"kind": "not shown", "reason": str(reason)}
    out.write(json.dumps(answer).encode("ascii") + b"\n" + pixels)
    out.flush()


def limit_memory(margin: int) -> None:
    """Let this process grow by `margin` bytes at most, write no file and leave no core dump,
    where the system has such limits (Linux has all; macOS does not heed the first)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + margin
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_processor(seconds: int) -> None:
    """Let this process take so many more seconds of processor time, where the system can say."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
