"""A hand-over made ready: derived bags with their pages, fit for the size that was asked for.

A mail takes some 18 MB of zip, for encoding adds a third. What is larger is first made smaller:
without the contact sheets' JPEG pages (their PDF stays), then with photos of fewer pixels; then it
is parted: whole jobs, and a job that is too large alone in numbered parts, each of which opens and
checks by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from archiver.decoders import LoadPicture
from archiver.derivedbag import derive
from archiver.errors import UsageProblem
from archiver.handover import ChosenJob, MakeReport
from archiver.models import JobRecord, PhotoRecord
from archiver.profile import Profile
from archiver.renditions import listed_renditions
from archiver.sheetplan import PDF_NAME, sheet_pages
from archiver.site import SiteSettings, job_assets, job_pages
from archiver.storage import files_below, remove_tree, write_staged
from archiver.withholding import Part

MAIL = 18_000_000
"""Bytes of a zip that common mail services take: 25 MB, of which encoding needs a third."""
REPORT = "record.pdf"
EDGES = (3000, 2400, 2000, 1600, 1280, 1024)
"""Longest edges, in pixels, that photos are tried with to make a hand-over smaller."""
PARTED_EDGE = 1600
"""The longest edge of photos in a hand-over that is parted all the same."""
_BYTES_PER_PIXEL = 0.30
"""Of a JPEG of a photo at our quality; an estimate to begin with."""
_BESIDE = 90_000
"""Bytes that a photo needs beside itself: on contact sheets, in the report, on the page."""
_ENTRY = 260
"""Bytes of a zip for each file in it, beside the file."""
_SHARED = 10_000
"""Bytes of a zip that belong to no job."""
_TRIES = 6
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a hand-over is wanted: its profile, the bytes a zip may have (None: any), and whether
    photos may be made smaller for that."""

    profile: Profile
    max_size: int | None = None
    may_reduce: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes into one zip: jobs, and how many bytes they have."""

    jobs: tuple[ChosenJob, ...]
    size: int


class Preparer:
    """Makes hand-overs of an archive's jobs ready in the folder `aside`. `load` opens pictures;
    `report` makes the PDF that lies beside each page: without one the contact sheets' PDF does."""

    def __init__(
        self,
        archive: Path,
        aside: Path,
        site: SiteSettings,
        load: LoadPicture,
        report: MakeReport | None,
    ) -> None:
        self._archive = archive
        self._aside = aside
        self._site = site
        self._load = load
        self._report = report
        self._made = 0

    def parcels(self, jobs: Sequence[ChosenJob], wish: Wish) -> tuple[Parcel, ...]:
        """The jobs as the wish has them, in as many zips as it takes. Raises ArchiveDamaged,
        UsageProblem when a job cannot be made to fit, OSError."""
        if wish.profile.whole:
            return _whole(jobs, wish.max_size)
        ready = self._ready(jobs, wish.profile)
        limit = wish.max_size
        if limit is None or _size(ready) <= limit:
            return (_parcel(ready),)
        if wish.may_reduce:
            for edge in _edges(ready, limit, wish.profile.largest_edge):
                self._drop(ready)
                ready = self._ready(jobs, wish.profile.redacting(largest_edge=edge), slim=True)
                if _size(ready) <= limit:
                    return (_parcel(ready),)
            self._drop(ready)
            edge = min(PARTED_EDGE, wish.profile.largest_edge or PARTED_EDGE)
            wish = replace(wish, profile=wish.profile.redacting(largest_edge=edge))
            ready = self._ready(jobs, wish.profile, slim=True)
        return tuple(self._parted(jobs, ready, wish.profile, limit, slim=wish.may_reduce))

    def _ready(
        self,
        jobs: Sequence[ChosenJob],
        profile: Profile,
        part: Part | None = None,
        *,
        slim: bool = False,
    ) -> list[ChosenJob]:
        return [self._one(job, profile, part, slim=slim) for job in jobs]

    def _one(self, job: ChosenJob, profile: Profile, part: Part | None, *, slim: bool) -> ChosenJob:
        """A derived bag with all that lies beside it. A `slim` one is without the contact sheets'
        JPEG pages."""
        self._made += 1
        place = self._aside / str(self._made)
        made = derive(self._archive, job, profile, place, self._site, self._load, part)
        if slim:
            made = _slim(made)
        self._add_report(made)
        for name, body in job_files(made, self._site).items():
            write_staged(made.folder / name, body)
        return made

    def _add_report(self, job: ChosenJob) -> None:
        if self._report is not None:
            write_staged(job.folder / REPORT, self._report(job))
        elif PDF_NAME in job.view:
            shutil.copyfile(job.folder / PDF_NAME, job.folder / REPORT)

    def _drop(self, made: Sequence[ChosenJob]) -> None:
        for job in made:
            remove_tree(job.folder.parent)

    # --- several zips -------------------------------------------------------------------------

    def _parted(
        self,
        jobs: Sequence[ChosenJob],
        ready: Sequence[ChosenJob],
        profile: Profile,
        limit: int,
        *,
        slim: bool,
    ) -> Iterator[Parcel]:
        """Whole jobs as they fit, one after another; a larger one in parts of its own."""
        fitting: list[tuple[ChosenJob, int]] = []
        for job, made in zip(jobs, ready, strict=True):
            size = _of_job(made)
            if size <= limit - _SHARED:
                fitting.append((made, size))
                continue
            yield from map(_parcel, _grouped(fitting, limit - _SHARED))
            fitting = []
            yield from map(_parcel, self._parts(job, made, profile, limit, slim=slim))
        yield from map(_parcel, _grouped(fitting, limit - _SHARED))

    def _parts(
        self, job: ChosenJob, whole: ChosenJob, profile: Profile, limit: int, *, slim: bool
    ) -> list[list[ChosenJob]]:
        """A job in parts, each with its exhibits, instead of the `whole` one. Raises UsageProblem
        when one exhibit alone, or what every part has, is larger than a zip may be."""
        weights = _weights(whole.record)
        fixed = max(0, _size([whole]) - sum(weights.values()))
        self._drop([whole])
        room = limit - fixed
        for _ in range(_TRIES):
            if any(weight > room for weight in weights.values()):
                break
            groups = _grouped(weights.items(), room) or [[]]
            made = [
                [self._one(job, profile, Part(number, len(groups), frozenset(group)), slim=slim)]
                for number, group in enumerate(groups, 1)
            ]
            if all(_size(one) <= limit for one in made):
                return made
            for one in made:
                self._drop(one)
            room = int(room * 0.85)
        raise UsageProblem(
            f"{job.title} cannot be parted into zips of {limit:,} bytes: a single exhibit with "
            "what belongs to every part is larger.",
            "Give a larger --max-size, or a smaller --largest-edge.",
        )


def job_files(job: ChosenJob, site: SiteSettings, *, standalone: bool = True) -> dict[str, bytes]:
    """Pages and assets of a derived job, by their paths in its folder. Raises OSError."""
    _, renditions = listed_renditions(job.folder, job.record, job.view)
    written = job_pages(
        job.record,
        job.bag.seal,
        site,
        sheets=sheet_pages(job.view),
        sheet_pdf=PDF_NAME if PDF_NAME in job.view else None,
        renditions=renditions,
        standalone=standalone,
        report_pdf=REPORT if (job.folder / REPORT).exists() else None,
    )
    return {**dict(written), **job_assets(site, standalone=standalone, copied=True)}


def _slim(job: ChosenJob) -> ChosenJob:
    pages = sheet_pages(job.view)
    for page in pages:
        (job.folder / page).unlink()
    return replace(job, view={path: job.view[path] for path in job.view if path not in pages})


def _parcel(jobs: Sequence[ChosenJob]) -> Parcel:
    return Parcel(tuple(jobs), _size(jobs))


def _size(jobs: Sequence[ChosenJob]) -> int:
    """The bytes of a zip of some jobs, a little more rather than less."""
    return sum(map(_of_job, jobs)) + _SHARED


def _of_job(job: ChosenJob) -> int:
    """What one job adds to that: its files, each with a line in SHA256SUMS too, and its own line
    in the lists."""
    folder = job.folder
    return 200 + sum(
        entry.stat().st_size + 3 * (len(folder.name) + len(path)) + _ENTRY
        for path, entry in files_below(folder)
    )


def _whole(jobs: Sequence[ChosenJob], limit: int | None) -> tuple[Parcel, ...]:
    """Untouched bags, whole jobs as they fit. Raises UsageProblem for one that does not."""
    if limit is None:
        return (_parcel(jobs),)
    sizes = [(job, _of_job(job)) for job in jobs]
    for job, size in sizes:
        if size > limit - _SHARED:
            raise UsageProblem(
                f"{job.title} has {size + _SHARED:,} bytes; an untouched bag cannot be parted.",
                "Give a larger --max-size, or a profile that makes a copy, such as customer.",
            )
    return tuple(map(_parcel, _grouped(sizes, limit - _SHARED)))


def _photo_sizes(record: JobRecord) -> Iterator[tuple[int, int, int]]:
    """Bytes, and width and height in pixels, of each photo."""
    for photo in record.photos:
        for stored in photo.image.versions:
            yield stored.size, stored.width or 0, stored.height or 0


def _edges(ready: Sequence[ChosenJob], limit: int, longest: int | None) -> tuple[int, ...]:
    """The edges worth trying, the largest first: those before would not do by far."""
    sizes = [one for job in ready for one in _photo_sizes(job.record)]
    beside = _size(ready) - sum(size for size, _, _ in sizes) - _sheet_pages(ready)
    offered = [edge for edge in EDGES if longest is None or edge < longest]

    def estimated(edge: int) -> float:
        return beside + sum(
            min(size, _BYTES_PER_PIXEL * width * height * min(1, edge / max(width, height, 1)) ** 2)
            for size, width, height in sizes
        )

    return tuple(edge for edge in offered if estimated(edge) <= limit) or tuple(offered[-1:])


def _sheet_pages(ready: Sequence[ChosenJob]) -> int:
    return sum(
        (job.folder / path).stat().st_size for job in ready for path in sheet_pages(job.view)
    )


def _weights(record: JobRecord) -> dict[int, int]:
    """About how many bytes of a zip each exhibit takes."""

    def weight(photo: PhotoRecord) -> int:
        small = photo.thumbnail.versions if photo.thumbnail else ()
        return sum(one.size for one in (*photo.image.versions, *small)) + _BESIDE

    return {photo.number: weight(photo) for photo in record.photos}


def _grouped(weighed: Iterable[tuple[_T, int]], room: int) -> list[list[_T]]:
    """Things with their weights, in their order, in groups that are no heavier than `room`, unless
    one alone is."""
    groups: list[list[_T]] = []
    held = 0
    for one, weight in weighed:
        if not groups or held + weight > room:
            groups.append([])
            held = 0
        groups[-1].append(one)
        held += weight
    return groups
