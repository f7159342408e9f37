"""The sample's photos as descriptions, and the studio that turns them into bytes when asked.

A *view* is one drawing of a scene: it costs tens of milliseconds. A *shot* is one photo of a
view, with its own framing, exposure and reading: it costs about ten. So the studio draws a view
once, takes all shots of it there and then, and keeps them, as room permits, until they are
asked for. The same shot gives the same bytes in whatever order shots are asked for.

Pillow is imported when the first view is drawn, not before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

STORE_BYTES: Final = 48 * 1024 * 1024
"""How much the studio keeps of what was taken and not asked for yet."""


@dataclass(frozen=True, slots=True)
class Camera:
    """The device, as EXIF names it."""

    make: str
    model: str
    software: str


@dataclass(frozen=True, slots=True)
class Shot:
    """All that decides the bytes of one photo."""

    key: str
    """Any text of its own: framing and exposure are drawn from it."""
    scene: str
    view: int
    """Which drawing of the scene: another number is another boiler, another roof."""
    taken: datetime
    """Aware; EXIF shows the local time with its offset."""
    camera: Camera
    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees; None when the device does not tell."""
    reading: str | None = None
    """What a display or label says; None takes one of the scene's own."""
    large: bool = False
    """4000 x 3000 pixels instead of about 1600 x 1200."""
    file_type: str = "JPEG"
    """`JPEG`, `PNG` or `WEBP`."""


class Studio:
    """Takes shots when they are first asked for, a view's whole series at a time.

    Safe to call from several threads. One series is taken at a time: two would need twice the
    memory, and hardly be done sooner, as most of Pillow's work holds the interpreter lock.
    """

    def __init__(self, shots: Mapping[str, Shot], *, store_bytes: int = STORE_BYTES) -> None:
        """Know the shots by name; an unknown scene is found when it is drawn (KeyError)."""
        self._shots = dict(shots)
        self._series: dict[tuple[str, int], list[str]] = defaultdict(list)
        for name, shot in self._shots.items():
            self._series[shot.scene, shot.view].append(name)
        self._store: OrderedDict[tuple[str, bool], bytes] = OrderedDict()
        self._store_bytes = 0
        self._room = store_bytes
        self._store_lock = threading.Lock()
        self._drawing_lock = threading.Lock()

    def photo(self, name: str) -> bytes:
        """The full image of a shot. Raises KeyError for an unknown name."""
        return self._get(name, thumbnail=False)

    def thumbnail(self, name: str) -> bytes:
        """Its thumbnail: a JPEG of about 400 pixels, upright, without EXIF. Raises KeyError."""
        return self._get(name, thumbnail=True)

    def _get(self, name: str, *, thumbnail: bool) -> bytes:
        shot = self._shots[name]
        view_key = (shot.scene, shot.view)
        with self._store_lock:
            found = self._collect(name, thumbnail)
        if found is not None:
            return found
        with self._drawing_lock:
            with self._store_lock:
                found = self._collect(name, thumbnail)
            return found if found is not None else self._take_series(view_key, name, thumbnail)

    def _collect(self, name: str, thumbnail: bool) -> bytes | None:
        """Take something out of the store: who asked for it keeps it, or has it taken again."""
        data = self._store.pop((name, thumbnail), None)
        self._store_bytes -= len(data or b"")
        return data

    def _take_series(self, view_key: tuple[str, int], name: str, thumbnail: bool) -> bytes:
        from archiver.localapi.photos import draw_view, take

        view = draw_view(*view_key)
        # Clients go through a workspace in order, so what lies before was collected already.
        series = self._series[view_key]
        full, small = take(self._shots[name], view)
        wanted, other = (small, full) if thumbnail else (full, small)
        with self._store_lock:
            self._keep((name, not thumbnail), other)
        for member in series[series.index(name) + 1 :]:
            with self._store_lock:
                if (member, True) in self._store and (member, False) in self._store:
                    continue
            full, small = take(self._shots[member], view)
            with self._store_lock:
                self._keep((member, False), full)
                self._keep((member, True), small)
        return wanted

    def _keep(self, key: tuple[str, bool], data: bytes) -> None:
        self._store_bytes += len(data) - len(self._store.pop(key, b""))
        self._store[key] = data
        while self._store_bytes > self._room:
            _, dropped = self._store.popitem(last=False)
            self._store_bytes -= len(dropped)
