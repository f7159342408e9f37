"""Which kept pictures browsers do not show, and what the JPEG made of each for the page is called.

A rendition belongs to the view: it is made from the evidence, never put into it, and may be made
again at any time. Its name holds the beginning of the original's SHA-256, so that one that is
there is known to be of this very picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.models import JobRecord, RelPath, StoredFile

FOLDER = "renditions"
ROOM = (2048, 2048)
"""Pixels a rendition may have at most: enough for a screen and for half a page of paper."""
BROWSERS_SHOW = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/avif"}
)
"""Media types that every current browser shows as a picture."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A JPEG that stands for a picture on the page: its file in the view, its size in pixels."""

    file: RelPath
    width: int
    height: int


def shown_in_browser(stored: StoredFile | None) -> bool:
    """Whether a kept file may stand in an `<img>`."""
    return stored is not None and stored.decoded and stored.media_type in BROWSERS_SHOW


def rendition_name(stored: StoredFile) -> RelPath:
    """Where the rendition of a kept picture lies in the job's folder."""
    name = stored.file.rpartition("/")[2].rpartition(".")[0]
    return RelPath(f"{FOLDER}/{name}-{stored.sha256[:8]}.jpg")


def is_rendition(path: RelPath) -> bool:
    """Whether a file of a view is a rendition."""
    return path.startswith(f"{FOLDER}/") and path.endswith(".jpg")


def wanted_renditions(record: JobRecord) -> dict[RelPath, StoredFile]:
    """The present pictures of a job that need a rendition, by its name: pictures only, in the
    order of the exhibits. (Of two exhibits with the same bytes, one.)"""
    wanted: dict[RelPath, StoredFile] = {}
    for photo in record.photos:
        stored = photo.image.stored
        if stored is None or shown_in_browser(stored):
            continue
        if stored.media_type.startswith("image/"):
            wanted.setdefault(rendition_name(stored), stored)
    return wanted
