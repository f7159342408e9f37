"""Which jobs a command means, and what vouches for them: for all that hands a record on.

A job is named by its id, its folder or a part of its title. It is read with its seal and its view,
each compared with what the ledger says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.archive import accounted_for, job_folders, ledger_key, read_settings, read_state
from archiver.bag import (
    BAG_INFO,
    VIEW_MANIFEST,
    NotTheSealedRecord,
    commitment,
    read_bag,
    read_bag_info,
    read_manifest,
    sealed_record,
)
from archiver.errors import ArchiveDamaged, UsageProblem
from archiver.handover import ChosenJob, damaged
from archiver.ledger import LedgerState
from archiver.naming import job_key
from archiver.record import RECORD_PATH, load_record

_TRIES = 3
_CANDIDATES = 10


def find_job(archive: Path, text: str) -> Path:
    """The folder of the job that `text` names: its id, its folder, or a part of its title.

    Case matters only for ids. A whole title goes before a part of others. Raises UsageProblem when
    no job or several have it, with the candidates and their ids; NotAnArchive.
    """
    return _find(archive, _known(archive), text)


def known_jobs(archive: Path) -> list[tuple[str, str]]:
    """Every job of an archive as its folder's name and its title, the newest first. Raises
    NotAnArchive."""
    return sorted(((job.folder.name, job.title) for job in _known(archive)), reverse=True)


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
    named = [f"{job.job_id} ({job.title[:50]})" for job in found[:_CANDIDATES]]
    if len(found) > _CANDIDATES:
        named.append(f"and {len(found) - _CANDIDATES} more")
    return "Name one by its id: " + "; ".join(named)


def choose_jobs(archive: Path, names: Sequence[str]) -> tuple[ChosenJob, ...]:
    """The jobs that `names` name, each once, in the order of their folders, as they are sealed.

    Raises UsageProblem, NotAnArchive, and ArchiveDamaged for a job whose seal does not hold.
    """
    known = _known(archive)
    folders = {_find(archive, known, name) for name in names}
    ledger = read_state(archive)
    return tuple(_choose(archive, f, ledger) for f in sorted(folders, key=lambda f: f.name))


def all_jobs(archive: Path) -> tuple[ChosenJob, ...]:
    """Every job, in the order of their folders, as they are sealed. Raises as `choose_jobs`."""
    read_settings(archive)
    ledger = read_state(archive)
    folders = sorted(job_folders(archive), key=lambda folder: folder.name)
    return tuple(_choose(archive, folder, ledger) for folder in folders)


def _choose(archive: Path, folder: Path, ledger: LedgerState) -> ChosenJob:
    """A job as the ledger knows it; both are read again in case a sync changed them meanwhile."""
    for _ in range(_TRIES - 1):
        try:
            return _read(folder, ledger)
        except ArchiveDamaged:
            ledger = read_state(archive)
    return _read(folder, ledger)


def _read(folder: Path, ledger: LedgerState) -> ChosenJob:
    """A job's bag, record and view, each compared with what vouches for it."""
    try:
        bag = read_bag(folder)
        record = load_record(sealed_record(bag))
        view = (folder / VIEW_MANIFEST).read_bytes()
        listed = read_manifest(view)
    except NotTheSealedRecord as error:
        raise damaged(folder / RECORD_PATH, "is not the one that was sealed") from error
    except (OSError, ValueError) as error:
        raise damaged(folder, f"cannot be read: {error}") from error
    if not accounted_for(bag, ledger, record.job_id):
        raise damaged(folder, "is not as it was last sealed: the ledger has another seal")
    if commitment(bag.salt, view) not in ledger.job(job_key(record.job_id)).views:
        raise ArchiveDamaged(
            f"{folder / VIEW_MANIFEST} is not the one the ledger has: the contact sheets may have "
            "been replaced.",
            "`archiver build` makes pages and sheets again from the evidence.",
        )
    return ChosenJob(folder, bag, record, listed)


def changed_since(archive: Path, job: ChosenJob) -> bool:
    """Whether a job's folder is by now another one than was chosen, and a sound one."""
    try:
        now = _choose(archive, job.folder, read_state(archive))
    except ArchiveDamaged:
        return False
    return (now.bag.tagmanifest, now.view) != (job.bag.tagmanifest, job.view)
