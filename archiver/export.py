"""`archiver export`: jobs as one zip for a customer.

One job: the zip's single folder is the job's. Several: a folder `records` with a list of them and
the job folders beside it. The bag's own files are the archive's, byte for byte, each compared with
its manifest as it is copied; the page is made for the zip (no link leads out, its scripts stand
inline, for mail services refuse zips with `.js` inside). The same archive gives the same zip.

The archive is only read. What a file hashes to decides whether it is handed on: a damaged one ends
the export and leaves nothing behind.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from archiver import site
from archiver.archive import accounted_for, job_folders, ledger_key, read_settings
from archiver.bag import (
    BAG_INFO,
    TAGMANIFEST,
    VIEW_MANIFEST,
    commitment,
    read_bag,
    read_bag_info,
    read_manifest,
)
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.handover import ChosenJob, disclosure, readme
from archiver.ledger import BrokenLedger, LedgerState, read_ledger
from archiver.models import RelPath, Sha256
from archiver.naming import job_key, safe_file_name
from archiver.record import RECORD_PATH, load_record
from archiver.renditionplan import Rendition
from archiver.renditions import listed_renditions
from archiver.sheetplan import PDF_NAME
from archiver.site import SiteSettings
from archiver.storage import explained, sha256_bytes, sha256_file
from archiver.zips import ZipWriter

__all__ = [
    "ChosenJob",
    "ExportReport",
    "changed_since",
    "choose_jobs",
    "default_name",
    "disclosure",
    "export_jobs",
    "find_job",
    "target_file",
]

TOP = "records"
"""The folder in a zip of several jobs."""
SUMS = "SHA256SUMS"
README = "README.txt"
REPORT = "record.pdf"
LONGEST_MEMBER = 120
"""Characters of a path inside a zip: Windows' Explorer gives up at 260 for where it unpacks to."""
_SHEET = re.compile(r"contact-sheet(-[0-9]{2,4}\.jpg|\.pdf)\Z")
_TRIES = 3
_CANDIDATES = 10


MakeReport: TypeAlias = Callable[[ChosenJob], bytes]
"""Makes the evidence report of a job (`archiver.report`)."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A zip that was written: where, of which jobs (by folder), how many files of how many bytes
    are in it, and the SHA-256 of the zip itself, which the sender can pass on by another way."""

    path: Path
    jobs: tuple[str, ...]
    files: int
    size: int
    sha256: Sha256


# --- which jobs -----------------------------------------------------------------------------------


def find_job(archive: Path, text: str) -> Path:
    """The folder of the job that `text` names: its id, its folder, or a part of its title.

    Case matters only for ids. A whole title goes before a part of others. Raises UsageProblem when
    no job or several have it, with the candidates and their ids; NotAnArchive.
    """
    return _find(archive, _known(archive), text)


def _known(archive: Path) -> list[_Known]:
    read_settings(archive)
    return [_Known.of(folder) for folder in job_folders(archive)]


def _find(archive: Path, known: Sequence[_Known], text: str) -> Path:
    wanted = text.strip().rstrip("/\\")
    folded = wanted.casefold()
    rules: tuple[Callable[[_Known], bool], ...] = (
        lambda job: wanted in (job.job_id, job.key),
        lambda job: _same_folder(archive, job.folder, wanted),
        lambda job: job.title.casefold() == folded,
        lambda job: folded in job.title.casefold(),
    )
    for rule in rules if wanted else ():
        found = [job for job in known if rule(job)]
        if len(found) == 1:
            return found[0].folder
        if found:
            raise UsageProblem(f"“{text}” fits {len(found)} jobs.", _listed(found))
    raise UsageProblem(
        f"No job of this archive has “{text}” as its id, its folder or in its title.",
        "`archiver status` and the archive's index.html show what there is.",
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What `bag-info.txt` says of a job; reading every record would take too long."""

    folder: Path
    job_id: str
    key: str
    title: str

    @classmethod
    def of(cls, folder: Path) -> _Known:
        try:
            info = read_bag_info((folder / BAG_INFO).read_bytes())
        except OSError:
            info = {}
        return cls(
            folder,
            info.get("External-Identifier", ""),
            ledger_key(folder) or "",
            info.get("External-Description", ""),
        )


def _same_folder(archive: Path, folder: Path, wanted: str) -> bool:
    inside = folder.relative_to(archive).as_posix()
    return wanted in (folder.name, inside, str(folder), str(folder.resolve()))


def _listed(found: Sequence[_Known]) -> str:
    lines = [f"  {job.job_id}  {job.title[:70]}" for job in found[:_CANDIDATES]]
    if len(found) > _CANDIDATES:
        lines.append(f"  … and {len(found) - _CANDIDATES} more")
    return "Name one by its id:\n" + "\n".join(lines)


def choose_jobs(archive: Path, names: Sequence[str]) -> tuple[ChosenJob, ...]:
    """The jobs that `names` name, each once, in the order of their folders, as they are sealed.

    Raises UsageProblem, NotAnArchive, and ArchiveDamaged for a job whose seal does not hold.
    """
    known = _known(archive)
    folders = {_find(archive, known, name) for name in names}
    ledger = _ledger(archive)
    return tuple(_choose(archive, f, ledger) for f in sorted(folders, key=lambda f: f.name))


def _choose(archive: Path, folder: Path, ledger: LedgerState) -> ChosenJob:
    """A job as the ledger knows it; both are read again in case a sync changed them meanwhile."""
    for _ in range(_TRIES - 1):
        try:
            return _read(folder, ledger)
        except ArchiveDamaged:
            ledger = _ledger(archive)
    return _read(folder, ledger)


def _read(folder: Path, ledger: LedgerState) -> ChosenJob:
    """A job's bag, record and view, each compared with what vouches for it."""
    try:
        bag = read_bag(folder)
        body = (folder / RECORD_PATH).read_bytes()
        record = load_record(body)
        view = (folder / VIEW_MANIFEST).read_bytes()
        listed = read_manifest(view)
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"cannot be read: {error}") from error
    if bag.payload.get(RelPath(RECORD_PATH)) != sha256_bytes(body):
        raise _damaged(folder / RECORD_PATH, "is not the one that was sealed")
    if not accounted_for(bag, ledger, record.job_id):
        raise _damaged(folder, "is not as it was last sealed: the ledger has another seal")
    if commitment(bag.salt, view) not in ledger.job(job_key(record.job_id)).views:
        raise ArchiveDamaged(
            f"{folder / VIEW_MANIFEST} is not the one the ledger has: the contact sheets may have "
            "been replaced.",
            "`archiver build` makes pages and sheets again from the evidence.",
        )
    return ChosenJob(folder, bag, record, listed)


def _ledger(archive: Path) -> LedgerState:
    try:
        return read_ledger(archive / "ledger")[0]
    except (BrokenLedger, OSError) as error:
        raise ArchiveDamaged(
            f"The ledger of {archive} cannot be read: {error}.",
            "Without it nobody can tell whether a record is genuine. Run `archiver verify`.",
        ) from error


def _damaged(path: Path, what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"{path} {what}.",
        "Nothing was exported. Run `archiver verify` to see all that is wrong, "
        "and bring the file back from a backup.",
    )


# --- the zip --------------------------------------------------------------------------------------


def default_name(jobs: Sequence[ChosenJob]) -> str:
    """The zip's name: the job's present title, or how many jobs there are."""
    if len(jobs) != 1:
        return f"{len(jobs)} job records.zip"
    return f"{safe_file_name(jobs[0].record.title or '') or jobs[0].folder.name}.zip"


def export_jobs(
    archive: Path,
    jobs: Sequence[ChosenJob],
    out: Path,
    settings: SiteSettings,
    *,
    report: MakeReport | None = None,
    progress: Callable[[int], None] = lambda size: None,
) -> ExportReport:
    """Write `jobs` (see `choose_jobs`) as a zip to `out`, a file, or a folder to name it in.

    `report` makes the PDF that then lies beside each job's page. `progress` is told bytes as they
    are done. An existing file is replaced, and only by a whole
    one. Raises UsageProblem for a place inside the archive, ArchiveDamaged naming a file that is
    not as it was sealed, ArchiverError when a sync changed a job meanwhile, DiskFull, NotWritable,
    OSError.
    """
    if not jobs:
        raise UsageProblem("No job was named.", "Name a job by its id, its folder or its title.")
    out = target_file(archive, out, default_name(jobs))
    try:
        return _write(jobs, out, settings, report, progress)
    except ArchiveDamaged as error:
        for job in jobs:
            if changed_since(archive, job):
                # Not tried again by itself: it would show the recipient what nobody was told of.
                raise ArchiverError(
                    f"{job.folder.name} was changed by a sync or build while it was exported.",
                    "Nothing was written. Run the same command again.",
                ) from error
        raise


def changed_since(archive: Path, job: ChosenJob) -> bool:
    """Whether a job's folder is by now another one than was chosen, and a sound one."""
    try:
        now = _choose(archive, job.folder, _ledger(archive))
    except ArchiveDamaged:
        return False
    return (now.bag.tagmanifest, now.view) != (job.bag.tagmanifest, job.view)


def _write(
    jobs: Sequence[ChosenJob],
    out: Path,
    settings: SiteSettings,
    report: MakeReport | None,
    progress: Callable[[int], None],
) -> ExportReport:
    with explained(out), ZipWriter(out) as target:
        _Zip(target, settings, report, progress).write(jobs)
    return ExportReport(
        out, tuple(job.folder.name for job in jobs), target.files, target.size, sha256_file(out)
    )


def target_file(archive: Path, out: Path, name: str) -> Path:
    """Where a hand-over is written: `out`, or `name` in it when it is a folder.

    Raises UsageProblem for a place inside the archive, or in a folder that is not there.
    """
    if out.is_dir():
        out /= name
    if not out.parent.is_dir():
        raise UsageProblem(f"There is no folder {out.parent}.", "Make it first, or name another.")
    if out.parent.resolve().is_relative_to(archive.resolve()):
        raise UsageProblem(
            f"{out} lies inside the archive, into which only a sync writes.",
            "Name a place outside it.",
        )
    return out


@dataclass(frozen=True, slots=True)
class _Member:
    """A file of the archive on its way into the zip, and what it must hash to."""

    path: RelPath
    sha256: Sha256


class _Zip:
    """Fills one zip, collecting what `SHA256SUMS` will say."""

    def __init__(
        self,
        target: ZipWriter,
        settings: SiteSettings,
        report: MakeReport | None,
        progress: Callable[[int], None],
    ) -> None:
        self._target = target
        self._settings = settings
        self._report = report
        self._progress = progress
        self._sums: dict[str, Sha256] = {}

    def write(self, jobs: Sequence[ChosenJob]) -> None:
        """All of it: for people first, then the jobs, then the sums."""
        top = jobs[0].folder.name if len(jobs) == 1 else TOP
        sealed = max(job.bag.sealed for job in jobs)
        self._bytes(top, README, readme(jobs, top, REPORT if self._report else ""), sealed)
        if len(jobs) > 1:
            entries = [
                site.ExportEntry(job.folder.name, site.job_summary(job.record)) for job in jobs
            ]
            self._bytes(top, "index.html", site.export_index(entries, self._settings), sealed)
        for job in jobs:
            self._job(job, top, "" if len(jobs) == 1 else f"{job.folder.name}/")
        lines = (f"{self._sums[path]}  {path}\n" for path in sorted(self._sums))
        self._add(f"{top}/{SUMS}", "".join(lines).encode(), sealed)

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
                raise _damaged(path, "is no ordinary file")
            with path.open("rb") as source:
                found = self._target.add_file(_checked(f"{top}/{name}"), source, time)
        except FileNotFoundError as error:
            raise _damaged(path, "is missing") from error
        if found != member.sha256:
            raise _damaged(path, f"is damaged: its SHA-256 is {found}, not {member.sha256}")
        self._sums[name] = found
        self._progress(self._target.size - before)


def _bag_files(job: ChosenJob) -> Iterator[_Member]:
    """The bag's own files, payload last: it is the bulk."""
    yield _Member(TAGMANIFEST, sha256_bytes(job.bag.tagmanifest))
    for entries in (job.bag.tags, job.bag.payload):
        for path in sorted(entries):
            yield _Member(path, entries[path])


def _sheets(job: ChosenJob) -> tuple[_Member, ...]:
    """The job's contact sheets, as its `view-sha256.txt` lists them: pages, then the PDF."""
    names = sorted((path for path in job.view if _SHEET.match(path)), key=_page_number)
    return tuple(_Member(path, job.view[path]) for path in names)


def _renditions(job: ChosenJob) -> tuple[list[_Member], Mapping[RelPath, Rendition]]:
    """The job's renditions, and what each stands for. Raises ArchiveDamaged."""
    try:
        files, shown = listed_renditions(job.folder, job.record, job.view)
    except OSError as error:
        raise _damaged(Path(error.filename or job.folder), "cannot be read") from error
    return [_Member(path, sha256) for path, sha256 in files.items()], shown


def _page_number(path: RelPath) -> tuple[bool, int]:
    number = re.sub(r"\D", "", path)
    return not number, int(number or 0)


def _checked(name: str) -> str:
    """A member's name, if a zip may hold it: manifests are read from disk and could name anything.

    Raises ArchiveDamaged.
    """
    parts = name.split("/")
    safe = all(part not in ("", ".", "..") and not set(part) & set('\\:*?"<>|') for part in parts)
    if not safe or not name.isprintable() or len(name) > LONGEST_MEMBER:
        raise _damaged(Path(name), "is not a name this program gives")
    return name
