"""`archiver export`: jobs as a zip for a customer, an auditor, or whoever a profile is for.

One job: the zip's single folder is the job's. Several: a folder `records` with a list of them and
the job folders beside it. An untouched bag's own files are the archive's, byte for byte, each
compared with its manifest as it is copied; its page is made for the zip. What a profile redacts is
a derived bag (`derivedbag`), made ready beside the zip first. No link of a page leads out and its
scripts stand inline, for mail services refuse zips with `.js` inside. The same archive and wish
give the same zips.

The archive is only read. What a file hashes to decides whether it is handed on: a damaged one ends
the export and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archiver import site
from archiver.bag import TAGMANIFEST
from archiver.choosing import changed_since
from archiver.decoders import Decoders
from archiver.derivedbag import derive
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.handover import ChosenJob, MakeReport, damaged
from archiver.models import RelPath, Sha256
from archiver.passphrase import Passphrase
from archiver.preparing import REPORT, Parcel, Preparer, Wish
from archiver.profile import FULL, Profile
from archiver.readme import readme
from archiver.renditionplan import Rendition
from archiver.renditions import listed_renditions
from archiver.sheetplan import PDF_NAME, sheet_pages
from archiver.site import SiteSettings
from archiver.storage import (
    explained,
    files_below,
    fsync_dir,
    move,
    put_file,
    sha256_bytes,
)
from archiver.wholefile import check_place, target_file
from archiver.zips import CHUNK, ZipWriter

if TYPE_CHECKING:
    from cryptography import x509

    from archiver.proof import Proof

TOP = "records"
"""The folder in a zip of several jobs."""
SUMS = "SHA256SUMS"
README = "README.txt"
PROOF = "proof"
"""The folder with what proves a seal, beside `tagmanifest-sha256.txt` in a zip for an auditor."""

LONGEST_MEMBER = 120
"""Characters of a path inside a zip: Windows' Explorer gives up at 260 for where it unpacks to."""
WHOLE = Wish(FULL)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A zip that was written: where, of which jobs (by folder), how many files of how many bytes
    are in it, and the SHA-256 of the zip itself, which the sender can pass on by another way."""

    path: Path
    jobs: tuple[str, ...]
    files: int
    size: int
    sha256: Sha256


def default_name(jobs: Sequence[ChosenJob], *, neutral: bool = False) -> str:
    """The zip's name: the job's present title, or how many jobs there are; a `neutral` one says
    nothing of what is in it."""
    if neutral:
        return "records.zip"
    if len(jobs) != 1:
        return f"{len(jobs)} job records.zip"
    return f"{jobs[0].file_name}.zip"


class Export:
    """A hand-over that is ready to be written: `parcels`, one for each zip; `proofs` of jobs by
    their folders."""

    def __init__(
        self,
        parcels: tuple[Parcel, ...],
        out: Path,
        settings: SiteSettings,
        report: MakeReport | None,
        proofs: Mapping[str, Proof],
        passphrase: Passphrase | None,
    ) -> None:
        self.parcels = parcels
        self.proofs = proofs
        self._out = out
        self._settings = settings
        self._report = report
        self._passphrase = passphrase

    def members(self) -> Iterator[tuple[Path, list[tuple[str, int]]]]:
        """Each zip with the files that it will have, by name and bytes; nothing is written."""
        names = _zip_names(self._out, len(self.parcels))
        for parcel, name in zip(self.parcels, names, strict=True):
            listed = _Listing()
            self._fill(listed, parcel, lambda size: None)
            yield name, listed.found

    def write(self, progress: Callable[[int], None] = lambda size: None) -> list[ExportReport]:
        """Write the zips; each is there whole or not at all, and none before all are made. Raises
        as `prepared`."""
        names = _zip_names(self._out, len(self.parcels))
        beside = [name.with_name(f".{name.name[:80]}.new") for name in names]
        try:
            made = [
                self._zip(parcel, path, progress)
                for parcel, path in zip(self.parcels, beside, strict=True)
            ]
            for path, name in zip(beside, names, strict=True):
                move(path, name)
            fsync_dir(self._out.parent)
        finally:
            for path in beside:
                path.unlink(missing_ok=True)
        return [
            ExportReport(name, tuple(job.folder.name for job in parcel.jobs), files, size, sha256)
            for parcel, name, (files, size, sha256) in zip(self.parcels, names, made, strict=True)
        ]

    def _zip(
        self, parcel: Parcel, path: Path, progress: Callable[[int], None]
    ) -> tuple[int, int, Sha256]:
        with ZipWriter(path, self._passphrase) as target:
            self._fill(target, parcel, progress)
        return target.files, target.size, target.sha256

    def _fill(
        self, target: ZipWriter | _Listing, parcel: Parcel, progress: Callable[[int], None]
    ) -> None:
        neutral = self._passphrase is not None
        filling = _Zip(target, self._settings, self._report, self.proofs, progress)
        filling.write(parcel.jobs, neutral=neutral)


class _Listing:
    """Stands for a zip that is only listed. Every file is read and checked all the same."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int]] = []
        self.size = 0

    def add_bytes(self, name: str, body: bytes, time: datetime) -> Sha256:
        self._add(name, len(body))
        return sha256_bytes(body)

    def add_file(self, name: str, source: BinaryIO, time: datetime) -> Sha256:
        self._add(name, os.fstat(source.fileno()).st_size)
        digest = hashlib.sha256()
        while chunk := source.read(CHUNK):
            digest.update(chunk)
        return Sha256(digest.hexdigest())

    def _add(self, name: str, size: int) -> None:
        self.found.append((name, size))
        self.size += size


@contextlib.contextmanager
def prepared(
    archive: Path,
    jobs: Sequence[ChosenJob],
    out: Path,
    settings: SiteSettings,
    wish: Wish = WHOLE,
    *,
    report: MakeReport | None = None,
    passphrase: Passphrase | None = None,
    roots: Sequence[x509.Certificate] = (),
) -> Iterator[Export]:
    """Make a hand-over of `jobs` (see `choosing.choose_jobs`) ready for `out`, a file, or a folder
    to name it in; what is made for it lies beside `out` until this ends.

    `report` makes the PDF that lies beside each job's page; with a `passphrase` the zip is
    encrypted, and its names say nothing of the jobs; `roots` are certificates of time-stamp
    authorities, for a proof. Existing files are replaced, and only by whole ones. Raises
    UsageProblem for a place inside the archive, ArchiveDamaged naming a file
    that is not as it was sealed, ArchiverError when a sync changed a job meanwhile, DiskFull,
    NotWritable, OSError.
    """
    if not jobs:
        raise UsageProblem("No job was named.", "Name a job by its id, its folder or its title.")
    neutral = passphrase is not None
    folder = out if out.is_dir() else None
    out = target_file(archive, out, default_name(jobs, neutral=neutral))
    with (
        explained(out),
        tempfile.TemporaryDirectory(prefix=".archiver-export-", dir=out.parent) as aside,
        Decoders() as decoders,
    ):
        try:
            preparer = Preparer(archive, Path(aside), settings, decoders.load, report)
            parcels = preparer.parcels(jobs, wish)
            if folder is not None and len(jobs) == 1:
                # By its title as the recipient gets it: names may be hidden in it.
                handed = parcels[0].jobs[:1]
                out = target_file(archive, folder, default_name(handed, neutral=neutral))
            proofs = _proofs(archive, jobs, roots) if wish.profile.proof else {}
            yield Export(parcels, out, settings, report, proofs, passphrase)
        except ArchiveDamaged as error:
            for job in jobs:
                if changed_since(archive, job):
                    # Not tried again by itself: it would show the recipient what nobody was told.
                    raise ArchiverError(
                        f"{job.folder.name} was changed by a sync or build while it was exported.",
                        "Nothing was written. Run the same command again.",
                    ) from error
            raise


def _proofs(
    archive: Path, jobs: Sequence[ChosenJob], roots: Sequence[x509.Certificate]
) -> dict[str, Proof]:
    """The proof of each job, by the names of their folders."""
    # Here, as certificates take a tenth of a second to load, and auditors are few.
    from archiver.proof import make_proof

    return {job.folder.name: make_proof(archive, job, roots) for job in jobs}


def export_jobs(
    archive: Path,
    jobs: Sequence[ChosenJob],
    out: Path,
    settings: SiteSettings,
    wish: Wish = WHOLE,
    *,
    report: MakeReport | None = None,
    progress: Callable[[int], None] = lambda size: None,
) -> ExportReport:
    """Prepare and write a hand-over that goes into one zip. `progress` is told bytes as they are
    done. Raises as `prepared`."""
    with prepared(archive, jobs, out, settings, wish, report=report) as export:
        return export.write(progress)[0]


class Reports:
    """Evidence reports that are ready to be written, without a zip around them."""

    def __init__(self, jobs: Sequence[ChosenJob], out: Path, report: MakeReport) -> None:
        self.jobs = jobs
        self._out = out
        self._report = report

    def write(self) -> list[ExportReport]:
        """Write them; each is there whole or not at all. Raises as `prepared`."""
        made = []
        for job in self.jobs:
            body = self._report(job)
            path = self._out
            if path.is_dir():
                path /= f"{job.file_name if len(self.jobs) == 1 else job.folder.name}.pdf"
            put_file(path, body)
            made.append(ExportReport(path, (job.folder.name,), 1, len(body), sha256_bytes(body)))
        return made


@contextlib.contextmanager
def prepared_reports(
    archive: Path,
    jobs: Sequence[ChosenJob],
    out: Path,
    settings: SiteSettings,
    profile: Profile,
    report: MakeReport,
) -> Iterator[Reports]:
    """Make the reports of `jobs` ready for `out`: a file, or for several a folder. Raises as
    `prepared`."""
    if len(jobs) > 1 and not out.is_dir():
        raise UsageProblem(f"{out} is no folder.", "Reports of several jobs need a folder.")
    check_place(out / "report.pdf" if out.is_dir() else out, archive)
    with (
        explained(out),
        tempfile.TemporaryDirectory(prefix="archiver-export-") as aside,
        Decoders() as decoders,
    ):
        ready = jobs
        if not profile.whole:
            ready = [
                derive(archive, job, profile, Path(aside) / str(at), settings, decoders.load)
                for at, job in enumerate(jobs)
            ]
        yield Reports(ready, out, report)


def _zip_names(out: Path, count: int) -> list[Path]:
    if count == 1:
        return [out]
    width = len(str(count))
    return [
        out.with_name(f"{out.stem} {number:0{width}d} of {count}{out.suffix or '.zip'}")
        for number in range(1, count + 1)
    ]


@dataclass(frozen=True, slots=True)
class _Member:
    """A file on its way into the zip, and what it must hash to; None for one just made here."""

    path: RelPath
    sha256: Sha256 | None


class _Zip:
    """Fills one zip, collecting what `SHA256SUMS` will say."""

    def __init__(
        self,
        target: ZipWriter | _Listing,
        settings: SiteSettings,
        report: MakeReport | None,
        proofs: Mapping[str, Proof],
        progress: Callable[[int], None],
    ) -> None:
        self._target = target
        self._settings = settings
        self._report = report
        self._proofs = proofs
        self._progress = progress
        self._sums: dict[str, Sha256] = {}

    def write(self, jobs: Sequence[ChosenJob], *, neutral: bool = False) -> None:
        """All of it: for people first, then the jobs, then the sums. With `neutral` names the
        folders have numbers: an encrypted zip's names can be read by everybody."""
        names = [f"job-{at:04d}" if neutral else job.folder.name for at, job in enumerate(jobs, 1)]
        top = names[0] if len(jobs) == 1 else TOP
        sealed = max(job.bag.sealed for job in jobs)
        said = readme(
            jobs, top, self._pdf_of(jobs[0]), self._settings.reader, proof=bool(self._proofs)
        )
        self._bytes(top, README, said, sealed)
        if len(jobs) > 1:
            entries = [
                site.ExportEntry(name, site.job_summary(job.record))
                for name, job in zip(names, jobs, strict=True)
            ]
            self._bytes(top, "index.html", site.export_index(entries, self._settings), sealed)
        for name, job in zip(names, jobs, strict=True):
            put = self._job if job.left is None else self._derived
            put(job, top, "" if len(jobs) == 1 else f"{name}/")
        lines = (f"{self._sums[path]}  {path}\n" for path in sorted(self._sums))
        self._add(f"{top}/{SUMS}", "".join(lines).encode(), sealed)

    def _pdf_of(self, job: ChosenJob) -> str:
        if self._report is not None or (job.left and (job.folder / REPORT).exists()):
            return REPORT
        return ""

    def _job(self, job: ChosenJob, top: str, below: str) -> None:
        sealed = job.bag.sealed
        sheets = _sheets(job)
        pages = tuple(sheet.path for sheet in sheets if sheet.path != PDF_NAME)
        made, renditions = _renditions(job)
        written = site.job_pages(
            job.record,
            job.bag.seal,
            self._settings,
            sheets=pages,
            sheet_pdf=PDF_NAME if len(pages) < len(sheets) else None,
            renditions=renditions,
            standalone=True,
            report_pdf=REPORT if self._report is not None else None,
        )
        for page, body in written:
            self._bytes(top, f"{below}{page}", body, sealed)
        if self._report is not None:
            self._bytes(top, f"{below}{REPORT}", self._report(job), sealed)
        for member in (*sheets, *made):
            self._file(top, below, job.folder, member, sealed)
        for name, body in sorted(site.job_assets(self._settings, standalone=True).items()):
            self._bytes(top, f"{below}{name}", body, sealed)
        for member in _bag_files(job):
            self._file(top, below, job.folder, member, sealed)
        if (proof := self._proofs.get(job.folder.name)) is not None:
            for name, body in proof.files.items():
                self._bytes(top, f"{below}{PROOF}/{name}", body, sealed)

    def _derived(self, job: ChosenJob, top: str, below: str) -> None:
        """All that was made ready; of the bag, what its manifests list."""
        sealed = {one.path: one for one in _bag_files(job)}
        beside = (path for path, _ in files_below(job.folder) if path not in sealed)
        made = (_Member(path, None) for path in sorted(beside, key=_rank))
        for member in (*made, *sealed.values()):
            self._file(top, below, job.folder, member, job.bag.sealed)

    def _bytes(self, top: str, path: str, body: bytes, time: datetime) -> None:
        self._sums[path] = self._add(f"{top}/{path}", body, time)

    def _add(self, name: str, body: bytes, time: datetime) -> Sha256:
        made = self._target.add_bytes(_checked(name), body, time)
        self._progress(len(body))
        return made

    def _file(self, top: str, below: str, folder: Path, member: _Member, time: datetime) -> None:
        path, name = folder / member.path, f"{below}{member.path}"
        before = self._target.size
        try:
            # A link could show the recipient any file of this machine.
            if not stat.S_ISREG(path.lstat().st_mode):
                raise damaged(path, "is no ordinary file")
            with path.open("rb") as source:
                found = self._target.add_file(_checked(f"{top}/{name}"), source, time)
        except FileNotFoundError as error:
            raise damaged(path, "is missing") from error
        if member.sha256 not in (None, found):
            raise damaged(path, f"is damaged: its SHA-256 is {found}, not {member.sha256}")
        self._sums[name] = found
        self._progress(self._target.size - before)


def _bag_files(job: ChosenJob) -> Iterator[_Member]:
    """The bag's own files, payload last: it is the bulk."""
    yield _Member(TAGMANIFEST, sha256_bytes(job.bag.tagmanifest))
    for entries in (job.bag.tags, job.bag.payload):
        for path in sorted(entries):
            yield _Member(path, entries[path])


def _rank(path: str) -> tuple[bool, bool, str]:
    """For people first: pages, then what lies beside them, then folders."""
    return not path.endswith(".html"), "/" in path, path


def _sheets(job: ChosenJob) -> tuple[_Member, ...]:
    """The job's contact sheets, as its `view-sha256.txt` lists them: pages, then the PDF."""
    pdf = [RelPath(PDF_NAME)] if PDF_NAME in job.view else []
    return tuple(_Member(path, job.view[path]) for path in (*sheet_pages(job.view), *pdf))


def _renditions(job: ChosenJob) -> tuple[list[_Member], Mapping[RelPath, Rendition]]:
    """The job's renditions, and what each stands for. Raises ArchiveDamaged."""
    try:
        files, shown = listed_renditions(job.folder, job.record, job.view)
    except OSError as error:
        raise damaged(Path(error.filename or job.folder), "cannot be read") from error
    return [_Member(path, sha256) for path, sha256 in files.items()], shown


def _checked(name: str) -> str:
    """A member's name, if a zip may hold it: manifests are read from disk and could name anything.

    Raises ArchiveDamaged.
    """
    parts = name.split("/")
    safe = all(part not in ("", ".", "..") and not set(part) & set('\\:*?"<>|') for part in parts)
    if not safe or not name.isprintable() or len(name) > LONGEST_MEMBER:
        raise damaged(Path(name), "is not a name this program gives")
    return name
