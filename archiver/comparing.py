"""Looking at photos that are new in an archive, and finding those that look like others.

What comes of it stands in the catalogue alone, a cache: no evidence and no page of a job depends
on it. A stranger's bytes are opened by decoder processes only.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from archiver.archive import load_job
from archiver.catalog import Catalog
from archiver.decoders import Decoders, LoadPicture
from archiver.errors import ArchiverError
from archiver.looks import SIDE, can_compare, look_of
from archiver.models import JobRecord, PhotoRecord, RelPath, Sha256, StoredFile
from archiver.nearsearch import near_links
from archiver.pictures import NotShown

PHOTOS_A_RUN = 10_000
"""Photos that a `sync` looks at: three minutes at 19 ms each, measured on a busy machine. `build`
looks at all. An archive filled before photos were compared catches up night by night."""
_OTHER_SHAPE = 0.02
"""By how much a thumbnail's proportions may differ from the photo's before it is another cut."""


def compare_photos(
    root: Path,
    catalog: Catalog,
    decoders: Callable[[], AbstractContextManager[Decoders]] = Decoders,
    *,
    most: int | None = None,
) -> int:
    """Look at the photos of jobs that are new or changed, until `most` of them were looked at, and
    search for what they look like. Gives how many were looked at: 0 without the extra `looks`.

    Raises OSError, sqlite3.Error.
    """
    if not can_compare():
        return 0
    looked = 0
    waiting = catalog.not_compared()
    if waiting:
        with decoders() as opened:
            for job_id, folder in waiting:
                looked += _look_at(root / folder, job_id, catalog, opened.load)
                if most is not None and looked >= most:
                    break
    search(catalog)
    return looked


def search(catalog: Catalog) -> None:
    """Search for all looks that were not searched for yet."""
    fresh = catalog.unsearched()
    if not fresh:
        return
    numbers = array("q")  # a million of them, where a list and a dict took 200 MB
    bits = bytearray()
    for number, look in catalog.looks():
        numbers.append(number)
        bits += look
    place = partial(bisect_left, numbers)
    joined = ((place(one), place(other)) for one, other in catalog.links())
    found = near_links(bytes(bits), map(place, fresh), joined)
    catalog.put_links([(numbers[one], numbers[other]) for one, other in found])


def _look_at(folder: Path, job_id: str, catalog: Catalog, load: LoadPicture) -> int:
    """Note the looks of one job's photos; what is no longer readable is `verify`'s to tell."""
    try:
        record = load_job(folder)
    except (OSError, ValueError, ArchiverError):
        return 0
    looks: dict[Sha256, bytes | None] = {}
    for sha256, file in _pictures(record):
        if sha256 not in looks and not catalog.has_look(sha256):
            looks[sha256] = _look(folder / file, load)
    catalog.put_looks(job_id, looks)
    return len(looks)


def _look(path: Path, load: LoadPicture) -> bytes | None:
    try:
        look = look_of(load(path, (SIDE, SIDE)).image)
    except NotShown:
        return None
    return look.bits if look.tells else None


def _pictures(record: JobRecord) -> Iterator[tuple[Sha256, RelPath]]:
    """Every kept version of every photo, and the file to look at in its place."""
    for photo in record.photos:
        for stored in photo.image.versions:
            small = _thumbnail(photo, stored)
            yield stored.sha256, (small or stored).file


def _thumbnail(photo: PhotoRecord, stored: StoredFile) -> StoredFile | None:
    """The thumbnail, a hundred times cheaper to open, where it shows all of the present photo."""
    small = photo.thumbnail.stored if photo.thumbnail else None
    if small is None or stored is not photo.image.stored or len(photo.image.versions) > 1:
        return None
    (width, height), (small_width, small_height) = stored.sides, small.sides
    if not (width and height and small_width >= SIDE // 2 and small_height):
        return None
    shape = (width * small_height) / (height * small_width)
    return small if abs(shape - 1) <= _OTHER_SHAPE else None
