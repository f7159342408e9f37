"""Making the evidence report of a job: what is read, what vouches for it, where it is written.

The archive is only read, and no lock is taken: a job that a sync changes meanwhile is found out,
and then nothing is written. A record that is not the sealed one, or a seal that the ledger does not
know, makes no report: nobody could vouch for a line of it. A photo or another file that is not what
was sealed does not silence the rest: it is named on the first page and in its place.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.archive import payload_sizes, read_settings
from archiver.bag import NotTheSealedRecord, sealed_record
from archiver.choosing import changed_since, choose_jobs
from archiver.decoders import Decoders, LoadPicture
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.handover import ChosenJob, MakeReport, damaged
from archiver.jobpage import job_page_context
from archiver.ledger import read_ledger
from archiver.losses import accepted
from archiver.models import RelPath, Sha256, StoredFile
from archiver.naming import job_key
from archiver.pins import LedgerState
from archiver.record import RECORD_PATH
from archiver.renditionplan import Rendition, shown_in_browser
from archiver.report.document import Layout, Source, document
from archiver.report.exhibits import Prints, make_prints
from archiver.report.typesetting import RECORD, typeset, typst
from archiver.sheetlayout import PAPERS, own_layout
from archiver.site import SiteSettings
from archiver.storage import explained, put_file, sha256_bytes
from archiver.view import site_settings
from archiver.wholefile import target_file

PER_ROW = (2, 3)
"""Exhibits side by side."""


@dataclass(frozen=True, slots=True)
class ReportMade:
    """A report that was written: where, of which job, how large, its own SHA-256; and the files of
    the job that are not what was sealed, which it names."""

    path: Path
    job: ChosenJob
    size: int
    sha256: Sha256
    exhibits: int
    damaged: tuple[str, ...]


def layout_for(archive: Path, paper: str | None, per_row: int) -> Layout:
    """The layout asked for; without `paper` that of the archive's contact sheets, upright.

    Raises UsageProblem.
    """
    if paper is not None and paper not in PAPERS:
        raise UsageProblem(f"The paper is {' or '.join(PAPERS)}, not “{paper}”.")
    page = PAPERS[paper] if paper is not None else own_layout(archive).page
    return Layout((min(page), max(page)), per_row)


def make_report(
    archive: Path,
    name: str,
    out: Path,
    *,
    paper: str | None = None,
    per_row: int = PER_ROW[1],
    language: str | None = None,
) -> ReportMade:
    """Write the report of the job that `name` names to `out`, a file, or a folder to name it in.
    Without a `language` (a BCP 47 tag) it speaks the archive's.

    An existing file is replaced, and only by a whole one. Raises TypstMissing, UsageProblem,
    NotAnArchive, ArchiveDamaged for a job whose seal does not hold, ArchiverError when it was
    changed meanwhile, DiskFull, NotWritable, OSError.
    """
    typst()
    layout = layout_for(archive, paper, per_row)
    settings = site_settings(archive, read_settings(archive), language=language)
    (job,) = choose_jobs(archive, (name,))
    out = target_file(archive, out, default_name(job))
    # Read after the job: what it says of a newer seal would only name more damage.
    ledger = read_ledger(archive / "ledger")[0]
    try:
        with Decoders() as decoders:
            body, altered = report_bytes(settings, job, ledger, layout, decoders.load)
    except ArchiveDamaged as error:
        _refuse_changed(archive, job, error)
        raise
    _refuse_changed(archive, job)
    with explained(out):
        put_file(out, body)
    return ReportMade(out, job, len(body), sha256_bytes(body), len(job.record.photos), altered)


def _refuse_changed(archive: Path, job: ChosenJob, cause: ArchiverError | None = None) -> None:
    """Raises ArchiverError when a sync changed the job meanwhile."""
    if changed_since(archive, job):
        raise ArchiverError(
            f"{job.folder.name} was changed by a sync or build while its report was made.",
            "Nothing was written. Run the same command again.",
        ) from cause


@contextlib.contextmanager
def report_maker(archive: Path, language: str | None = None) -> Iterator[MakeReport]:
    """Makes reports of several jobs of an archive, on the paper of its contact sheets and in its
    language unless another is named. Raises TypstMissing, UsageProblem; and as `report_bytes`."""
    typst()
    settings = site_settings(archive, read_settings(archive), language=language)
    layout = layout_for(archive, None, PER_ROW[1])
    ledger = read_ledger(archive / "ledger")[0]
    with Decoders() as decoders:
        yield lambda job: report_bytes(settings, job, ledger, layout, decoders.load)[0]


def default_name(job: ChosenJob) -> str:
    """The report's name: the job's present title."""
    return f"{job.file_name}.pdf"


def report_bytes(
    settings: SiteSettings, job: ChosenJob, ledger: LedgerState, layout: Layout, load: LoadPicture
) -> tuple[bytes, tuple[str, ...]]:
    """The PDF, and the files of the job that are not what was sealed. `load` opens pictures.

    The same state of the archive gives the same bytes. Raises as `typeset`, and
    ArchiveDamaged for a record that is not the sealed one.
    """
    record, bag = job.record, job.bag
    pins = ledger.job(job_key(record.job_id))
    reader = settings.reader
    with tempfile.TemporaryDirectory(prefix="archiver-report-") as made:
        folder = Path(made)
        body = _sealed_record(job)
        doubtful = {*map(RelPath, pins.damaged), *_changed_sizes(job)}
        prints = make_prints(job.folder, record, doubtful, layout.frame, load, folder)
        named = tuple(sorted({*doubtful, *prints.altered}))
        page = job_page_context(
            record,
            bag.seal,
            workspace=settings.workspace_name,
            reader=reader,
            sheets=(),
            sheet_pdf=None,
            damaged=named,
            accepted=accepted(record, pins.acknowledged),
            renditions=_renditions(job, prints),
            standalone=True,
            far=settings.far,
        )
        source = Source(
            record=record,
            seal=bag.seal,
            record_sha256=sha256_bytes(body),
            checked=_checked(ledger, job),
            prints=prints,
            branding=settings.branding,
            layout=layout,
            reader=reader,
        )
        (folder / RECORD).write_bytes(body)
        return typeset(document(page, source), folder), named


def _sealed_record(job: ChosenJob) -> bytes:
    try:
        return sealed_record(job.bag)
    except NotTheSealedRecord as error:
        raise damaged(job.folder / RECORD_PATH, "is not the one that was sealed") from error


def _changed_sizes(job: ChosenJob) -> set[RelPath]:
    """Payload files that are not there, or not of the size that the record says. Reading them all
    is `verify`'s work."""
    found = payload_sizes(job.folder)
    sizes = {stored.file: stored.size for stored in _kept_files(job)}
    return {
        path
        for path in job.bag.payload
        if path not in found or sizes.get(path, found[path]) != found[path]
    }


def _kept_files(job: ChosenJob) -> Collection[StoredFile]:
    return [
        stored
        for reference in job.record.references
        for stored in (*reference.versions, *reference.damaged)
    ]


def _renditions(job: ChosenJob, prints: Prints) -> dict[RelPath, Rendition]:
    """What stands for pictures that browsers do not show: the page's words for them then fit."""
    kept = {stored.file: stored for stored in _kept_files(job)}
    return {
        one.of: Rendition(RelPath(one.file), one.width, one.height)
        for one in prints.shown.values()
        if not shown_in_browser(kept[one.of])
    }


def _checked(ledger: LedgerState, job: ChosenJob) -> datetime | None:
    """When all files of this very seal were last read in full."""
    when = ledger.checked.get(job_key(job.record.job_id))
    return when if when is not None and when >= job.bag.seal.sealed else None
