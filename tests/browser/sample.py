"""A small archive on disk for the browser: real pages, real (small) pictures, a real bag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from archiver.localtime import zone
from archiver.models import JobId, JobRecord, JobSummary, PhotoRecord, Seal, Sha256
from archiver.photoshards import PhotoOfJob, month_js, month_of, photos_js
from archiver.photoshards import newest_first as photos_newest_first
from archiver.reusedmarks import reused_js
from archiver.search import newest_first
from archiver.searchable import Searchable, searchable
from archiver.site import (
    ExportEntry,
    SiteSettings,
    checks_js,
    export_index,
    job_assets,
    job_summary,
    photo_month_pages,
    photo_months_page,
    site_files,
)
from archiver.wordshards import buckets, chat_js, file_name, text_file, together, word_files
from tests.factories import START, a_job, a_record, a_seal, a_summary, a_time, an_odd_job
from tests.pages import job_page

SETTINGS = SiteSettings("Ridgeway Plumbing & Heating", "Europe/London")
TRADES = ("Boiler swap", "Drain survey", "Flue extension", "Damp survey", "Meter move")


@dataclass(frozen=True)
class Sample:
    """Where the sample lies: an archive, three of its jobs, and a zip's folder with one."""

    root: Path
    job: Path
    odd: Path
    empty: Path
    zipped: Path
    record: JobRecord
    summaries: tuple[JobSummary, ...]


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put files below a folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def draw(file: Path, width: int, height: int, seed: int) -> None:
    """A small picture that can be told from others."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shade = ((seed * 67) % 200 + 40, (seed * 131) % 200 + 40, (seed * 29) % 200 + 40)
    image = Image.linear_gradient("L").resize((width, height))
    Image.merge("RGB", [image.point(lambda v, s=s: v * s // 255) for s in shade]).save(file, "JPEG")


def write_job(
    folder: Path,
    record: JobRecord,
    settings: SiteSettings = SETTINGS,
    *,
    standalone: bool = False,
) -> None:
    """A job's folder: pictures, bag and page."""
    for reference in record.references:
        for stored in reference.versions:
            if stored.media_type == "image/jpeg":
                draw(
                    folder / stored.file, stored.width or 40, stored.height or 30, len(stored.file)
                )
            else:
                write(folder, {stored.file: b"not a picture"})
    write(folder, {"data/record.json": b"{}\n", "bagit.txt": b"BagIt-Version: 1.0\n"})
    seal = write_bag(folder)
    write(folder, job_assets(settings, standalone=standalone))
    write(folder, {"index.html": job_page(record, seal, settings, standalone=standalone)})


def write_bag(folder: Path) -> Seal:
    """The manifests of what lies in the folder."""

    def lines(files: list[Path]) -> bytes:
        hashed = [(hashlib.sha256(file.read_bytes()).hexdigest(), file) for file in files]
        return "".join(f"{h}  {f.relative_to(folder).as_posix()}\n" for h, f in hashed).encode()

    payload = sorted(file for file in (folder / "data").rglob("*") if file.is_file())
    write(folder, {"manifest-sha256.txt": lines(payload)})
    tags = lines([folder / "bagit.txt", folder / "manifest-sha256.txt"])
    write(folder, {"tagmanifest-sha256.txt": tags})
    return replace(a_seal(), tagmanifest=Sha256(hashlib.sha256(tags).hexdigest()))


def with_camera(photo: PhotoRecord) -> PhotoRecord:
    """A photo whose EXIF names camera, time and place."""
    told = {"camera": "Ridgeway One", "captured": "2025:10:22 11:13:05"}
    told["place"] = "51.501230,-0.141890"
    seen = replace(photo.image.versions[0], **told)  # type: ignore[arg-type]
    return replace(photo, image=replace(photo.image, versions=(seen,)))


def write_chat(
    root: Path, summaries: Sequence[JobSummary], records: Mapping[str, JobRecord]
) -> None:
    """The files for searching chat; jobs without a record have none."""
    ordered = [(one.job_id, one.created) for one in newest_first(summaries)]
    made = []
    for bucket in buckets(ordered):
        jobs = [searchable(records[i]) if i in records else Searchable() for i in bucket.jobs]
        words = word_files(bucket.key, [job.words for job in jobs])
        write(root, words)
        for number, some in enumerate(together([job.chat_json for job in jobs])):
            write(root, dict([text_file(bucket.key, number, some)]))
        made.append((bucket, [file_name(path) for path in words]))
    write(root, {"search/chat.js": chat_js(made)})


def write_photos(
    root: Path,
    summaries: Sequence[JobSummary],
    records: Mapping[str, JobRecord],
    settings: SiteSettings,
) -> None:
    """The files for finding photos, and the pages that list them without scripts."""
    tz = zone(settings.timezone)
    found = [
        PhotoOfJob(one.folder, one.title or "", photo)
        for one in summaries
        if one.job_id in records
        for photo in searchable(records[one.job_id]).photos
    ]
    months = sorted({month_of(one.photo, tz) for one in found}, reverse=True)
    counts = []
    for month in months:
        inside = photos_newest_first(one for one in found if month_of(one.photo, tz) == month)
        counts.append((month, len(inside)))
        write(root, {f"search/photos-{month}.js": month_js(month, inside, tz)})
        write(root, photo_month_pages(month, inside, settings))
    write(root, {"search/photos.js": photos_js(counts)})
    write(root, {"photos.html": photo_months_page(counts, settings)})


def make_sample(root: Path, settings: SiteSettings = SETTINGS) -> Sample:
    """Write the sample below `root`."""
    record = a_job(photos=9, messages=6)
    record = replace(record, photos=(with_camera(record.photos[0]), *record.photos[1:]))
    odd_id = "aaaaed784f25458a9e878d15"
    odd = replace(an_odd_job(), job_id=JobId(odd_id), folder=f"2025-10-22-odd-{odd_id}")
    odd = replace(odd, created=START - timedelta(minutes=5), title="An odd one")
    first, second = job_summary(record), job_summary(odd)
    archive, zipped = root / "archive", root / "zip"
    write_job(archive / first.folder, record, settings)
    write_job(archive / second.folder, odd, settings)
    empty = archive / "jobs/undated/empty-0"
    write_job(empty, a_record(title=None, created=None, updated=None, history=()), settings)
    write_job(zipped / "one", record, settings, standalone=True)
    write(zipped, {"index.html": export_index([ExportEntry("one", first)], settings)})
    rows = [
        a_summary(
            n,
            title=f"{TRADES[n % 5]}, {n} Birch Court",
            created=START - timedelta(days=5 * n),
            folder=first.folder,  # any page that is there
            thumbnail=first.thumbnail if n % 3 else None,
            missing=int(n % 10 == 0),
        )
        for n in range(1, 121)
    ]
    rows.append(
        a_summary(200, title="Never dated", created=None, folder=first.folder, thumbnail=None)
    )
    summaries = (first, second, *rows)
    write(archive, site_files(summaries, settings))
    write_chat(archive, summaries, {first.job_id: record, second.job_id: odd})
    write_photos(archive, (first, second), {first.job_id: record, second.job_id: odd}, settings)
    checks: dict[str, tuple[datetime | None, bool]] = {
        first.job_id: (a_time(9000), False),
        second.job_id: (a_time(9000), True),
    }
    write(archive, {"search/checks.js": checks_js(checks), "search/reused.js": reused_js(())})
    return Sample(
        archive, archive / first.folder, archive / second.folder, empty, zipped, record, summaries
    )
