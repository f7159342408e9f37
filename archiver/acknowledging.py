"""Accepting losses that will not be mended: `acknowledge`, and taking it back.

A photo that is gone for ever must not make every night end with exit code 3. The decision goes
into the ledger with its reason; the job's page keeps the gap in its place and says that it was
accepted. Evidence and seal are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.archive import OpenArchive, accounted_for
from archiver.bag import check_record_untouched, read_bag
from archiver.build import build_views
from archiver.decoders import Decoders
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.ledger import Event
from archiver.losses import accepted, loss_name, losses
from archiver.models import JobId, JobRecord
from archiver.naming import job_key
from archiver.plan import Slot
from archiver.reasons import sound_reason
from archiver.record import RECORD_PATH, load_record
from archiver.siteindex import update_index
from archiver.view import site_of, view_maker

LONGEST_NAME = 100
"""Characters of a name in the ledger."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What was decided of one job: the references (`image 13`), none if nothing was left to decide
    because it had been decided before."""

    job_id: JobId
    folder: str
    references: tuple[str, ...]
    reason: str
    by: str


def acknowledge(
    opened: OpenArchive,
    folder: Path,
    *,
    reason: str,
    by: str,
    clock: Callable[[], datetime],
    photos: Collection[int] = (),
    undo: bool = False,
    sync: bool = True,
) -> Acknowledgement:
    """Accept what is missing of a job (of the `photos` alone, if any are named), or take that back.

    Under the archive's lock. Raises UsageProblem where there is nothing to decide, ArchiveDamaged
    for a bag that is not the one the ledger knows, DiskFull, NotWritable, OSError.
    """
    record = _record(opened, folder)
    said, who = sound_reason(reason, [record]), _sound_name(by)
    pins = opened.pins.job(job_key(record.job_id))
    known = set(accepted(record, pins.acknowledged))
    chosen = _chosen(record, photos)
    if undo:
        found = [slot for slot in chosen if slot in known]
        if not found:
            raise UsageProblem("No loss of this job was acknowledged.", _where(photos))
    else:
        if not chosen:
            raise UsageProblem("Nothing is missing of this job.", _where(photos))
        found = [slot for slot in chosen if slot not in known]
    names = [loss_name(slot) for slot in found]
    if names:
        event: Event = "unacknowledged" if undo else "acknowledged"
        key = job_key(record.job_id)
        opened.ledger.append(event, clock(), job=key, references=names, reason=said, by=who)
    # Also when it was decided before: a run that was killed right here left the old page.
    with Decoders() as decoders:
        make_view = view_maker(opened, decoders.load)
        build_views(opened, make_view, clock, folders=[folder], sync=sync)
    update_index(opened, site_of(opened), sync=sync)
    return Acknowledgement(record.job_id, folder.name, tuple(names), said, who)


def _sound_name(by: str) -> str:
    """Who decides, as it goes into the ledger. Raises UsageProblem."""
    name = " ".join(by.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageProblem(f"Say who decides, in at most {LONGEST_NAME} characters (--by).")
    return name


def _record(opened: OpenArchive, folder: Path) -> JobRecord:
    """The job's record, if it is the very one that was sealed. Raises ArchiveDamaged."""
    try:
        bag = read_bag(folder)
        record = load_record((folder / RECORD_PATH).read_bytes())
        if accounted_for(bag, opened.pins, record.job_id) and check_record_untouched(bag):
            return record
        why = "it is not the bag the ledger knows"
    except (OSError, ValueError, ArchiverError) as error:
        why = str(error)
    raise ArchiveDamaged(
        f"{folder.name} was left as it is: {why}.",
        "Run `archiver verify`, then bring the folder back from a backup.",
    )


def _chosen(record: JobRecord, photos: Collection[int]) -> list[Slot]:
    """The losses that are meant. Raises UsageProblem for a photo that is not there."""
    found = list(losses(record))
    unknown = set(photos) - {photo.number for photo in record.photos}
    if unknown:
        raise UsageProblem(f"This job has no photo {_listed(unknown)}.", _where(()))
    if photos:
        found = [one for one in found if one.kind in ("image", "thumbnail")]
        found = [one for one in found if one.number in set(photos)]
    return found


def _where(photos: Collection[int]) -> str:
    if photos:
        return f"Asked for: photo {_listed(photos)}. Without --photo, all of the job is meant."
    return "`archiver status` lists what is missing, and what was acknowledged."


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(f"#{number:04d}" for number in sorted(numbers))
