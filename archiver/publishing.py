"""A site of what may be seen of some jobs, made aside as a folder of its own.

Each job is a derived bag under an address that outlasts its seals; beside it lie its pages and, in
a site that lists its jobs, an index with its search, of these jobs alone. The archive is only read.

An address holds a keyed digest of the job's id (HMAC, RFC 2104). Its key is the salt of the job's
first seal: 32 random bytes that lie in the archive, are in no published file, never change, and go
when the job is erased. So an unlisted address can be guessed by nobody who cannot read the archive.
One that came into the wrong hands is given up for another by an entry of the ledger, whose number
is then part of what is digested.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from archiver import __version__
from archiver.catalog import Catalog, CatalogJob
from archiver.choosing import changed_since
from archiver.colleagues import everybody
from archiver.decoders import LoadPicture
from archiver.derivedbag import derive
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.handover import ChosenJob
from archiver.models import JobId, RelPath
from archiver.naming import folder_path, job_key
from archiver.photofiles import update_photos
from archiver.preparing import job_files
from archiver.profile import Profile
from archiver.record import RECORD_PATH, load_record
from archiver.search import newest_first
from archiver.searchable import searchable
from archiver.searchfiles import update_chat
from archiver.serverfiles import Serving, files_in_folder, policy_for
from archiver.sheetlayout import own_layout
from archiver.site import SiteSettings, checks_js, site_files
from archiver.storage import move, sha256_bytes, write_staged
from archiver.summary import job_summary
from archiver.templating import asset, templates_digest

_LISTED, _UNLISTED = 20, 32
"""Hexadecimal digits of an address: 80 and 128 bits."""
NOTHING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">
<link rel="icon" href="{up}assets/icon.svg">
<title>Nothing is listed here</title><p>Nothing is listed here.</html>
"""
"""Stands where an unlisted site would have lists, and hosts might make their own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be published: jobs, what of them, and whether their addresses are unlisted.
    `readdressed` has, by the job's key, the number of the entry that gave it a new address."""

    jobs: tuple[ChosenJob, ...]
    profile: Profile
    site: SiteSettings
    unlisted: bool = False
    readdressed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublishedJob:
    """A job as it is published: its id in the archive, its folder in the site, and a digest of all
    that it was made from."""

    job_id: JobId
    folder: RelPath
    made_from: str

    @property
    def address(self) -> str:
        """Its page, below the site's own address."""
        return f"{self.folder}/index.html"


@dataclass(frozen=True, slots=True)
class Site:
    """A site made aside: its folder, its jobs, and how it should be served."""

    folder: Path
    jobs: tuple[PublishedJob, ...]
    serving: Serving


def reference_for(job: ChosenJob, wanted: Wanted) -> JobId:
    """What stands for a job's id in its address: the same whenever it is sealed anew, another for
    every profile, another again where it is unlisted, and there after each entry of the ledger that
    asks for it. Raises OSError."""
    unlisted = wanted.unlisted
    salts = (job.folder / "seals").glob("[0-9]*/salt")
    first = min(salts, key=lambda path: (len(path.parent.name), path.parent.name), default=None)
    key = first.read_bytes() if first is not None else job.bag.salt
    kind = b"unlisted" if unlisted else b"listed"
    parts = [
        b"publish",
        kind,
        wanted.profile.name.encode(),
        job.record.job_id.encode("utf-8", "surrogatepass"),
    ]
    entry = wanted.readdressed.get(job_key(job.record.job_id), 0)
    if unlisted and entry:
        parts.append(b"%d" % entry)
    said = b"\n".join(parts)
    return JobId(hmac.digest(key, said, "sha256").hex()[: _UNLISTED if unlisted else _LISTED])


def check_profile(profile: Profile) -> None:
    """Raises UsageProblem for a profile that hides nothing."""
    if profile.whole:
        raise UsageProblem(
            f"The profile {profile.name} is the untouched bag: every id, message and place.",
            "Publish public, customer, or a profile of your own made from one of these.",
        )


Reuse = Callable[[str, str, Path], RelPath | None]
"""Brings a job that is published already, by its reference and the digest of what it was made from,
into a site made aside; gives its folder, or None where it has to be made."""


def never(reference: str, made_from: str, site: Path) -> RelPath | None:
    """Makes every job anew."""
    del reference, made_from, site
    return None


def make_site(
    archive: Path, wanted: Wanted, aside: Path, load: LoadPicture, reuse: Reuse = never
) -> Site:
    """Make the whole site in the new folder `aside`. `load` opens pictures.

    Raises ArchiveDamaged naming a file that is not as it was sealed, ArchiverError when a sync
    changed a job meanwhile, DiskFull, OSError.
    """
    common = _common(archive, wanted)
    jobs: list[PublishedJob] = []
    made: list[ChosenJob] = []
    for job in wanted.jobs:
        made_from = sha256_bytes(common + job.bag.tagmanifest)
        reference = reference_for(job, wanted)
        folder = reuse(reference, made_from, aside)
        if folder is None:
            folder = _job(archive, wanted, job, reference, aside, load)
        jobs.append(PublishedJob(job.record.job_id, folder, made_from))
        record = load_record((aside / folder / RECORD_PATH).read_bytes())
        made.append(ChosenJob(aside / folder, job.bag, record, {}))
    beside = _nothing(made, wanted.site) if wanted.unlisted else _index(aside, made, wanted.site)
    for name, body in beside.items():
        write_staged(aside / name, body)
    pages = (path.read_bytes() for path in sorted(aside.rglob("*.html")))
    serving = Serving(policy_for(pages), wanted.unlisted)
    for name, body in files_in_folder(serving).items():
        write_staged(aside / name, body)
    return Site(aside, tuple(jobs), serving)


def _common(archive: Path, wanted: Wanted) -> bytes:
    """All that every job's part of a site is made from, but the job: the program, its templates,
    the settings, the profile, what pictures can be opened, and whose names are hidden: one that
    another job tells may stand in any."""
    site = wanted.site
    hidden = () if wanted.profile.names == "show" else everybody(archive)
    said = (
        __version__,
        templates_digest(site.templates),
        repr(site),
        repr(own_layout(archive)),
        str(wanted.unlisted),
        str(sorted(Image.registered_extensions())),
        repr(hidden),
    )
    return "\n".join(said).encode() + wanted.profile.canonical()


def _job(
    archive: Path,
    wanted: Wanted,
    job: ChosenJob,
    reference: JobId,
    aside: Path,
    load: LoadPicture,
) -> RelPath:
    """Make one job with its pages; gives its folder."""
    try:
        made = derive(archive, job, wanted.profile, aside, wanted.site, load, reference=reference)
    except ArchiveDamaged as error:
        if not changed_since(archive, job):
            raise
        raise ArchiverError(
            f"{job.folder.name} was changed by a sync while it was being published.",
            "Nothing was written. Run the same command again.",
        ) from error
    for name, body in job_files(made, wanted.site, standalone=wanted.unlisted).items():
        write_staged(made.folder / name, body)
    folder = folder_path(made.record.folder)
    (aside / folder).parent.mkdir(parents=True, exist_ok=True)
    move(made.folder, aside / folder)
    return folder


def _nothing(jobs: Sequence[ChosenJob], site: SiteSettings) -> dict[str, bytes]:
    """What lies where an unlisted site would have lists of its jobs."""
    years = {folder_path(job.record.folder).rpartition("/")[0] for job in jobs}
    pages = {
        f"{folder}index.html": NOTHING.format(up="../" * folder.count("/")).encode()
        for folder in ("", "jobs/", *(f"{year}/" for year in years))
    }
    return {**pages, "assets/icon.svg": asset("icon.svg", site.templates)}


def _index(aside: Path, jobs: Sequence[ChosenJob], site: SiteSettings) -> dict[str, bytes]:
    """The index of these jobs; gives its pages, and writes the files of its search."""
    rows = [job_summary(job.record) for job in jobs]
    catalog = Catalog(None)
    try:
        for row in _rows(jobs):
            job, entry = row
            catalog.put_job(entry, {}, (), searchable(job.record))
        ordered = [(row.job_id, row.created) for row in newest_first(rows)]
        update_chat(aside, catalog, ordered, sync=False)
        update_photos(aside, catalog, {row.job_id: row for row in rows}, site, sync=False)
    finally:
        catalog.close()
    # When its bag was last verified is no matter of the public; the index asks for the file.
    return {**site_files(rows, site, published=True), "search/checks.js": checks_js({})}


def _rows(jobs: Sequence[ChosenJob]) -> Iterator[tuple[ChosenJob, CatalogJob]]:
    for job in jobs:
        summary = job_summary(job.record)
        yield (
            job,
            CatalogJob(
                job_id=job.record.job_id,
                folder=summary.folder,
                seal=job.bag.number,
                tagmanifest=job.bag.seal.tagmanifest,
                sameness="",
                listed="",
                open_failures=0,
                gone=job.record.gone is not None,
                summary=summary,
            ),
        )
