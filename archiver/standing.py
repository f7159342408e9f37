"""How a job stands in the archive before it is worked on.

Before a job may count as unchanged its folder is compared with the catalogue, and a mismatch is
settled from the bag itself; what the ledger cannot account for is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.archive import (
    OpenArchive,
    accounted_for,
    job_folders,
    known_addresses,
    load_job,
    open_failures,
    payload_sizes,
    recorded_folder,
    tagmanifest_digest,
)
from archiver.bag import Bag, check_record_untouched, read_bag
from archiver.catalog import CatalogJob, Held
from archiver.errors import JobProblem
from archiver.models import (
    JobId,
    JobRecord,
    JobSummary,
    ListedJob,
    Problem,
    RelPath,
    Sha256,
)
from archiver.naming import job_key
from archiver.record import RECORD_PATH, time_text
from archiver.searchable import searchable
from archiver.swap import refuse_pending

if TYPE_CHECKING:
    from archiver.workshop import Workshop

UNACCOUNTED = (
    "its folder is not the bag that was sealed last (the ledger says otherwise), so it was left "
    "as it is. Run `archiver verify`, then bring the folder back from a backup; if a backup was "
    "just brought back, go on with `archiver ledger resume`."
)

ERASURE_OPEN = (
    "an erasure that was begun could not be completed in this job yet, so it was left as it is. "
    "What keeps it was said above; `archiver verify` may tell more."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands in the archive: its bag and record, what was missing from its folder (by
    file, with the hash it must have), and what has to be said about it."""

    row: CatalogJob | None = None
    bag: Bag | None = None
    record: JobRecord | None = None
    missing: Mapping[RelPath, Sha256] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    lost_seal: int | None = None


def standing_of(shop: Workshop, job_id: JobId) -> Standing:
    """How a job stands: before it may count as unchanged its folder is compared with the
    catalogue, and a mismatch is settled from the bag itself.

    Raises JobProblem when the folder is not what was sealed.
    """
    opened = shop.open
    _refuse_open_erasure(opened, job_id)
    row = opened.catalog.job(job_id)
    if row is None:
        return _uncatalogued(shop, job_id)
    folder = opened.archive.root / row.folder
    if not folder.is_dir():
        refuse_pending(opened.archive, job_key(job_id))
        return _lost(shop, row)
    digest = tagmanifest_digest(folder)
    if digest is None:
        raise JobProblem(UNACCOUNTED)
    bag: Bag | None = None
    if digest != row.tagmanifest or not is_last_seal(opened, job_id, row.seal):
        bag = _sound_bag(shop, folder, job_id)
        record = load_job(folder)
        catalogue(opened, bag, record, shop.summarise(record))
        row = opened.catalog.job(job_id)
        assert row is not None
    problems, missing = _presence(shop, row)
    standing = Standing(row, bag, None, missing, tuple(problems))
    return with_record(shop, standing) if bag is not None or missing else standing


def _refuse_open_erasure(opened: OpenArchive, job_id: JobId) -> None:
    """A job that an erasure has yet to reach must not be sealed before: the ledger has said which
    seals that takes. Raises JobProblem."""
    key = job_key(job_id)
    for erasure in opened.pins.erasures.values():
        if not erasure.done and key in erasure.jobs:
            raise JobProblem(ERASURE_OPEN)


def is_last_seal(opened: OpenArchive, job_id: str, seal: int) -> bool:
    """Whether the seal that the catalogue knows is the ledger's last; else it is behind after a
    crash, or one of them was brought back from a backup, and what it says proves nothing."""
    pins = opened.pins.jobs.get(job_key(job_id))
    if pins is not None and pins.open is not None:
        return True  # what is open was said already, and cannot be sealed over
    return pins is not None and bool(pins.seals) and pins.seals[-1].seal == seal


def with_record(shop: Workshop, standing: Standing) -> Standing:
    """The same standing with bag and record read. Raises JobProblem when they are damaged."""
    assert standing.row is not None
    folder = shop.open.archive.root / standing.row.folder
    bag = standing.bag or _sound_bag(shop, folder, JobId(standing.row.job_id))
    try:
        if not check_record_untouched(bag):
            raise JobProblem(
                f"{RECORD_PATH} is damaged, so the job was left as it is. "
                "Run `archiver verify`, then bring the file back from a backup."
            )
        record = load_job(folder)
    except (OSError, ValueError) as error:
        raise JobProblem(f"{RECORD_PATH} cannot be read: {error}") from error
    return replace(standing, bag=bag, record=record)


def _sound_bag(shop: Workshop, folder: Path, job_id: JobId) -> Bag:
    try:
        bag = read_bag(folder)
    except (OSError, ValueError) as error:
        raise JobProblem(f"{UNACCOUNTED} ({error})") from error
    if not accounted_for(bag, shop.open.pins, job_id):
        raise JobProblem(UNACCOUNTED)
    return bag


def _uncatalogued(shop: Workshop, job_id: JobId) -> Standing:
    """A job the catalogue does not know: a new one, unless the ledger knows it.

    Then its folder was lost with the catalogue; or it is there but could not be taken in, and
    is not touched. Raises JobProblem.
    """
    opened = shop.open
    key = job_key(job_id)
    pins = opened.pins.jobs.get(key)
    if pins is None:
        return Standing()
    if any(folder.name.endswith(f"-{key}") for folder in job_folders(opened.archive.root)):
        raise JobProblem(UNACCOUNTED)
    if not pins.seals:
        return Standing()
    refuse_pending(opened.archive, key)
    last = pins.seals[-1].seal
    opened.ledger.append("lost", shop.clock(), job=key, seal=last)
    problem = Problem(
        job_id, "its folder was missing and was archived anew; earlier history is in a backup only"
    )
    return Standing(problems=(problem,), lost_seal=last)


def _lost(shop: Workshop, row: CatalogJob) -> Standing:
    """The job's folder is gone from the disk: said, logged, and archived anew."""
    opened = shop.open
    pins = opened.pins.job(job_key(row.job_id))
    last = pins.seals[-1].seal if pins.seals else row.seal
    opened.ledger.append("lost", shop.clock(), job=job_key(row.job_id), seal=last)
    opened.catalog.forget_job(row.job_id)
    problem = Problem(
        row.job_id,
        f"its folder {row.folder} was missing and was archived anew; earlier history is in a "
        "backup only",
    )
    return Standing(
        replace(row, sameness="", tagmanifest=Sha256("")), problems=(problem,), lost_seal=last
    )


def _presence(shop: Workshop, row: CatalogJob) -> tuple[list[Problem], dict[RelPath, Sha256]]:
    """Payload files that are missing or of another size than was sealed."""
    there = payload_sizes(shop.open.archive.root / row.folder)
    problems: list[Problem] = []
    missing: dict[RelPath, Sha256] = {}
    for file, (sha256, size) in shop.open.catalog.payload(row.job_id).items():
        if file not in there:
            missing[file] = sha256
            problems.append(Problem(row.job_id, f"{file} was missing from the archive"))
        elif there[file] != size:
            problems.append(
                Problem(
                    row.job_id,
                    f"{file} is damaged: it has {there[file]} bytes, not {size}. "
                    "Bring it back from a backup.",
                )
            )
    return problems, missing


def catalogue(
    opened: OpenArchive,
    bag: Bag,
    record: JobRecord,
    summary: JobSummary,
    *,
    looked: datetime | None = None,
) -> None:
    """Write a job down in the catalogue as its bag is."""
    sizes = payload_sizes(bag.folder)
    row = CatalogJob(
        job_id=record.job_id,
        folder=recorded_folder(opened.archive.root, bag.folder),
        seal=bag.number,
        tagmanifest=bag.seal.tagmanifest,
        sameness=record.snapshots[-1].sameness if record.snapshots else "",
        listed=listed_text(record),
        open_failures=open_failures(record),
        gone=record.gone is not None,
        summary=summary,
        last_look=looked,
    )
    payload = {file: (sha256, sizes.get(file, 0)) for file, sha256 in bag.payload.items()}
    opened.catalog.put_job(row, payload, known_addresses(record), searchable(record))


def listed_text(record: JobRecord) -> str:
    """What the list said of a job, in a form that can be compared."""
    created = time_text(record.listed_created) if record.listed_created else None
    return json.dumps([record.listed_name, created, record.web_app_link, record.report_link])


def listed_differs(row: CatalogJob, listed: ListedJob) -> bool:
    """Whether the list now says something of a job that it did not say before."""
    name, created, web_app, report = json.loads(row.listed)
    now = (
        (listed.name, name),
        (time_text(listed.created_at) if listed.created_at else None, created),
        (listed.web_app_link, web_app),
        (listed.report_link, report),
    )
    return any(said is not None and said != known for said, known in now)


def rotten(held: Held) -> Problem:
    """What is said of a payload file whose bytes are no longer those that were sealed."""
    return Problem(
        held.job_id,
        f"{held.file} is damaged: its bytes are not those that were sealed. "
        "Run `archiver verify`, then bring the file back from a backup.",
    )
