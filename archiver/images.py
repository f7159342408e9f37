"""Whether the bytes that arrive are a whole image, looked at while they arrive.

`ImageProbe` is fed chunk by chunk and never holds more than a block of metadata: it hands the
parser of the file's format (`imageformats`) what that asks for (`imageparsing`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

from archiver import remarks
from archiver.exif import BadTiff
from archiver.imageformats import PARSERS, tiff_in
from archiver.imageparsing import (
    Blocks,
    Broken,
    Ended,
    Found,
    Marker,
    Parser,
    Skip,
    Step,
    Take,
    TooLarge,
)
from archiver.imagetypes import ImageInfo, ImageType, image_type, what_it_is
from archiver.remarks import Remark

MAX_MEGAPIXELS = 1000
_HEAD = 64
"""Bytes that are gathered before the type is decided."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a whole body turned out to be.

    `sound` has an `info`. `damaged` is an image that is cut off or broken, for `reason`, with an
    `info` as far as the header went. `refused` is no image at all, or one beyond the limits.
    """

    kind: Literal["sound", "damaged", "refused"]
    reason: Remark | Literal[""] = ""
    info: ImageInfo | None = None
    type: ImageType | None = None


# FF 00 is a data byte, FF D0…D7 restart, FF FF fill (T.81 §B.1.1.2): all else is a marker.
# Named one by one: a fifth quicker than "none of the others".
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


class ImageProbe:
    """Fed with a body from its first byte to its last, tells what it is."""

    def __init__(self, max_megapixels: int = MAX_MEGAPIXELS) -> None:
        self._found = Found(max_megapixels * 1_000_000)
        self._head = bytearray()
        self._parser: Parser | None = None
        self._step: Step | None = None
        self._held = bytearray()
        self._half_marker = False
        self._verdict: Verdict | None = None

    @property
    def refusal(self) -> Remark | None:
        """Why the rest of the body need not be read: it is no image, or beyond the limits."""
        verdict = self._verdict
        return (verdict and verdict.kind == "refused" and verdict.reason) or None

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes. Never raises, whatever they are."""
        if self._verdict is not None:
            return
        if self._parser is None:
            if self._head or len(chunk) < _HEAD:
                self._head += chunk
                if len(self._head) < _HEAD:
                    return
                chunk = bytes(self._head)
            self._begin(chunk)
        self._run(memoryview(chunk))

    def finish(self, file: BinaryIO) -> Verdict:
        """What the body was, after its last byte. `file` holds it whole: a TIFF can only be read
        by jumping about. Never raises but OSError of `file`."""
        if self._parser is None and self._verdict is None:
            head = bytes(self._head)
            self._begin(head)
            self._run(memoryview(head))
        if self._verdict is None:
            self._resume(lambda parser: parser.throw(Ended(len(self._held))))
        if self._found.type == "tiff":
            self._verdict = self._checked(lambda: tiff_in(file, self._found))
        verdict = self._verdict or Verdict("damaged", _damaged(remarks.CUT_OFF()))
        return replace(verdict, type=self._found.type)

    def _begin(self, head: bytes) -> None:
        """Decide the type by the first bytes, which are to be looked at again."""
        self._head.clear()
        self._found.type = image_type(head)
        if self._found.type is None:
            self._verdict = Verdict("refused", remarks.NO_IMAGE(what=what_it_is(head)))
            self._parser = _nothing()
        else:
            self._parser = PARSERS[self._found.type](self._found)
            self._resume(next)

    def _run(self, view: memoryview) -> None:
        while view and self._verdict is None:
            if isinstance(self._step, Take):
                view = self._take(self._step, view)
            elif isinstance(self._step, Skip):
                view = self._skip(self._step, view)
            elif isinstance(self._step, Blocks):
                view = self._pass(self._step, view)
            else:
                view = self._seek(view)

    def _take(self, step: Take, view: memoryview) -> memoryview:
        wanted = step.size - len(self._held)
        self._held += view[:wanted]
        if len(self._held) == step.size:
            self._answer(bytes(self._held))
        return view[wanted:]

    def _skip(self, step: Skip, view: memoryview) -> memoryview:
        passed = view[: step.size]
        if step.crc is not None:
            step.crc = zlib.crc32(passed, step.crc)
        step.size -= len(passed)
        if not step.size:
            self._answer(step.crc or 0)
        return view[len(passed) :]

    def _pass(self, step: Blocks, view: memoryview) -> memoryview:
        # Counted here, without going back to the parser: there are hundreds of thousands.
        at, count, end, most = step.ahead, step.count, len(view), step.most
        size = 1
        while size and at < end and count < most:
            size = view[at]
            at += 1 + size
            count += 1
        step.ahead, step.count = max(0, at - end), count
        if not size or count >= most:
            self._answer(count)
        return view[at:]

    def _seek(self, view: memoryview) -> memoryview:
        if self._half_marker:
            self._half_marker = view[0] == 0xFF
            if _JPEG_MARKER.match(b"\xff%c" % view[0]):
                code = view[0]
                self._answer(code)
                return view[1:]
        found = _JPEG_MARKER.search(view)
        if found is None:
            self._half_marker = view[-1] == 0xFF
            return view[len(view) :]
        self._answer(view[found.end() - 1])
        return view[found.end() :]

    def _answer(self, value: bytes | int) -> None:
        self._held.clear()
        self._half_marker = False
        self._resume(lambda parser: parser.send(value))

    def _resume(self, go: Callable[[Parser], Step]) -> None:
        """Let the parser go on until it asks for something that is not there yet."""
        assert self._parser is not None
        try:
            self._step = go(self._parser)
            while (nothing := _asks_for_nothing(self._step)) is not None:
                self._step = self._parser.send(nothing)
        except StopIteration:
            self._verdict = self._checked(self._found.info)
        except (Ended, Broken, TooLarge) as error:
            self._verdict = self._failed(error)

    def _checked(self, info: Callable[[], ImageInfo]) -> Verdict:
        try:
            return Verdict("sound", info=info())
        except (Broken, TooLarge, BadTiff) as error:
            return self._failed(error)

    def _failed(self, error: Ended | Broken | TooLarge | BadTiff) -> Verdict:
        reason = remarks.CUT_OFF() if isinstance(error, Ended) else error.why
        if isinstance(error, TooLarge):
            return Verdict("refused", reason)
        found = self._found
        info = replace(found.info(), certain=False) if found.is_measured else None
        return Verdict("damaged", _damaged(reason), info)


def _damaged(why: Remark) -> Remark:
    return remarks.DAMAGED(why=why)


def _nothing() -> Parser:
    yield from ()


def _asks_for_nothing(step: Step) -> bytes | int | None:
    """The answer to a request for no bytes at all; None when it asks for some."""
    if isinstance(step, (Marker, Blocks)) or step.size:
        return None
    return b"" if isinstance(step, Take) else step.crc or 0
