"""Photos that are used in several jobs: the same bytes, or pictures that look alike.

Told as facts, from the catalogue alone; where there is none, from the jobs' records, and then the
same bytes only. A photo that comes twice in one job is one file there, and no matter of this.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from archiver.catalog import CATALOG_VERSION, Catalog
from archiver.looks import NEAR, distance
from archiver.models import JobRecord, RelPath, Sha256
from archiver.sealedjobs import JobReader
from archiver.searchable import FoundPhoto, instant_of, searchable

_IMAGE = re.compile(r"data/images/(\d+)-[^/]*?(?:-v(\d+))?\.[^./]+\Z")
"""Name of a kept photo (design.md, *A job's folder*): exhibit, and version from the second on."""
_MOST_COMPARED = 100
"""Different pictures of a group that each other one is compared with, to tell the nearest. In a
larger group those that the search linked it with stand for all: ten thousand photos of one wall
would be compared with each other on every night."""


@dataclass(frozen=True, slots=True)
class UsedPhoto:
    """A photo in one of several jobs. `bits` is in how many of 256 its look differs from the
    nearest photo of another job; None where that has the same bytes."""

    job_id: str
    folder: RelPath
    title: str | None
    exhibit: int
    version: int
    file: RelPath
    sha256: Sha256
    uploader: str
    uploaded: datetime | None
    thumbnail: str
    bits: int | None


@dataclass(frozen=True, slots=True)
class Reused:
    """A picture and where it is used, the first upload first."""

    photos: tuple[UsedPhoto, ...]

    @property
    def same_bytes(self) -> bool:
        """Whether all of them are the same file."""
        return len({one.sha256 for one in self.photos}) == 1

    @property
    def anchor(self) -> str:
        """Where `reused.html` tells of it: by the photo that was there first."""
        return f"g{self.photos[0].sha256[:12]}"

    @property
    def jobs(self) -> int:
        """In how many jobs."""
        return len({one.job_id for one in self.photos})


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found. `compared` photos were compared by their looks, `plain` ones have too little
    in them or cannot be opened, and of `waiting` jobs not all were looked at yet; `looks` is False
    where nothing is known of looks."""

    groups: tuple[Reused, ...] = ()
    compared: int = 0
    plain: int = 0
    waiting: int = 0
    looks: bool = True


@dataclass(frozen=True, slots=True)
class _Place:
    """A kept file: the job, and the file in its folder."""

    job_id: str
    file: RelPath


def read_reused(root: Path, catalogue: Path) -> tuple[Findings, list[str]]:
    """What an archive's catalogue knows, or, if that cannot be used, what its records say; and what
    could not be read. Writes nothing. Raises ArchiverError."""
    try:
        catalog = Catalog.as_it_is(catalogue)
        try:
            if catalog.version() == CATALOG_VERSION:
                return find_reused(catalog), []
        finally:
            catalog.close()
    except (OSError, sqlite3.Error):
        pass  # it is only a cache
    reader = JobReader(root)
    found = _from_records(reader)
    return found, [f"{one.job_id}: {one.reason}" for one in dict.fromkeys(reader.problems)]


def find_reused(catalog: Catalog) -> Findings:
    """What the catalogue knows of photos in several jobs. Raises OSError, sqlite3.Error."""
    linked = catalog.linked_looks()
    bits = dict(linked.values())
    links = [(linked[one][0], linked[other][0]) for one, other in catalog.links()]
    looks = _Looks(bits, links)
    kept: dict[Sha256, list[_Place]] = {}
    for sha, job_id, file in catalog.perhaps_reused():
        found = kept.setdefault(sha, [])
        if _IMAGE.match(file):
            found.append(_Place(job_id, file))
    known = _Known(catalog)
    groups = []
    for pictures in _joined([*kept, *bits], links):
        group = _group({sha: kept.get(sha, []) for sha in pictures}, looks, known)
        if group is not None:
            groups.append(group)
    compared, plain = catalog.look_counts()
    waiting = len(catalog.not_compared())
    return Findings(_ordered(groups), compared, plain, waiting, looks=bool(compared + plain))


class _Looks:
    """The looks that are like others, and which of them the search linked."""

    def __init__(
        self, bits: Mapping[Sha256, bytes], links: Iterable[tuple[Sha256, Sha256]] = ()
    ) -> None:
        self._bits = bits
        self._linked: dict[Sha256, list[Sha256]] = {}
        for one, other in links:
            self._linked.setdefault(one, []).append(other)
            self._linked.setdefault(other, []).append(one)

    def apart(self, sha: Sha256, job_id: str, jobs: Mapping[Sha256, set[str]]) -> int:
        """Bits to the nearest picture of another job, of those in `jobs`; more than `NEAR` if there
        is none. Of a large group only those that are linked are asked, if that tells."""
        if len(jobs) <= _MOST_COMPARED:
            return self._nearest(sha, job_id, jobs, jobs)
        linked = self._nearest(sha, job_id, self._linked.get(sha, ()), jobs)
        if linked <= NEAR:
            return linked
        return self._nearest(sha, job_id, islice(jobs, _MOST_COMPARED), jobs)

    def _nearest(
        self, sha: Sha256, job_id: str, others: Iterable[Sha256], jobs: Mapping[Sha256, set[str]]
    ) -> int:
        elsewhere = (one for one in others if one != sha and jobs[one] - {job_id})
        bits = self._bits
        return min((distance(bits[sha], bits[one]) for one in elsewhere), default=NEAR + 1)


class _Known:
    """What the catalogue tells of jobs and their photos, read once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._jobs: dict[str, tuple[RelPath, str | None, Mapping[int, FoundPhoto]]] = {}

    def job(self, job_id: str) -> tuple[RelPath, str | None, Mapping[int, FoundPhoto]]:
        if job_id not in self._jobs:
            row = self._catalog.job(job_id)
            assert row is not None
            photos = {photo.number: photo for photo in self._catalog.photos(job_id)}
            self._jobs[job_id] = (row.folder, row.summary.title, photos)
        return self._jobs[job_id]


class _Told:
    """The same from records."""

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[RelPath, str | None, Mapping[int, FoundPhoto]]] = {}

    def add(self, folder: RelPath, record: JobRecord) -> None:
        photos = {photo.number: photo for photo in searchable(record).photos}
        self._jobs[record.job_id] = (folder, record.title, photos)

    def job(self, job_id: str) -> tuple[RelPath, str | None, Mapping[int, FoundPhoto]]:
        return self._jobs[job_id]


def _from_records(reader: JobReader) -> Findings:
    """Photos with the same bytes; the records are read twice, so that not all is held at once."""
    first: dict[Sha256, str] = {}
    shared: set[Sha256] = set()
    for job in reader.every():
        for sha, _ in _kept(job.record):
            if first.setdefault(sha, job.record.job_id) != job.record.job_id:
                shared.add(sha)
    del first
    places: dict[Sha256, list[_Place]] = {}
    told = _Told()
    for job in reader.every():
        mine = dict.fromkeys((sha, file) for sha, file in _kept(job.record) if sha in shared)
        if mine:
            told.add(job.folder, job.record)
        for sha, file in mine:
            places.setdefault(sha, []).append(_Place(job.record.job_id, file))
    groups = [_group({sha: found}, _Looks({}), told) for sha, found in places.items()]
    return Findings(_ordered(one for one in groups if one is not None), looks=False)


def _kept(record: JobRecord) -> Iterator[tuple[Sha256, RelPath]]:
    for photo in record.photos:
        for stored in photo.image.versions:
            yield stored.sha256, stored.file


def _joined(
    pictures: Iterable[Sha256], links: Iterable[tuple[Sha256, Sha256]]
) -> list[list[Sha256]]:
    """Pictures in groups of those that are linked, directly or by way of others."""
    groups: dict[Sha256, list[Sha256]] = {sha: [sha] for sha in pictures}
    for one, other in links:
        small, large = sorted((groups[one], groups[other]), key=len)
        if small is not large:
            large += small
            groups |= dict.fromkeys(small, large)
    return list({id(group): group for group in groups.values()}.values())


def _group(
    places: Mapping[Sha256, list[_Place]], looks: _Looks, known: _Known | _Told
) -> Reused | None:
    """The photos of a group that are used in another job as well, if there are any."""
    jobs = {sha: {place.job_id for place in found} for sha, found in places.items()}
    photos: list[UsedPhoto] = []
    for sha, found in places.items():
        for place in found:
            apart = None if len(jobs[sha]) > 1 else looks.apart(sha, place.job_id, jobs)
            if apart is None or apart <= NEAR:
                photos.append(_used(place, sha, apart, known))
    photos.sort(key=lambda one: (one.uploaded is None, one.uploaded, one.folder, one.file))
    return Reused(tuple(photos)) if photos else None


def _used(place: _Place, sha: Sha256, apart: int | None, known: _Known | _Told) -> UsedPhoto:
    named = _IMAGE.match(place.file)
    assert named is not None
    folder, title, photos = known.job(place.job_id)
    exhibit = int(named[1])
    photo = photos.get(exhibit)
    second = photo.second if photo else None
    return UsedPhoto(
        job_id=place.job_id,
        folder=folder,
        title=title,
        exhibit=exhibit,
        version=int(named[2] or 1),
        file=place.file,
        sha256=sha,
        uploader=photo.person if photo else "",
        uploaded=instant_of(second) if second is not None else None,
        thumbnail=photo.thumbnail if photo else "",
        bits=apart,
    )


def _ordered(groups: Iterable[Reused]) -> tuple[Reused, ...]:
    """What was used again last comes first; what has no time, last."""

    def when(group: Reused) -> tuple[float, str, str]:
        times = [one.uploaded.timestamp() for one in group.photos if one.uploaded is not None]
        return (-max(times, default=0.0), group.photos[0].folder, group.photos[0].file)

    return tuple(sorted(groups, key=when))
