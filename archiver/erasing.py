"""Carrying out an erasure: crash-safe, in every bag it names, and in all that was made from them.

Order: plan and rehearse; write the marks; append `erasing`; then each bag by its own `sealing`,
exchange, `sealed` (a whole folder is moved into staging and deleted); then catalogue, staging, what
was set aside, index; then `erased`. Ledger and marks hold all that is needed to go on: `complete`
does so for whoever opens the archive next, and until then no job the entry names is sealed.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from archiver.archive import (
    OpenArchive,
    accounted_for,
    find_folder,
    job_folders,
    ledger_key,
    load_job,
    payload_sizes,
    recorded_folder,
)
from archiver.bag import (
    TAGMANIFEST,
    VIEW_MANIFEST,
    Bag,
    check_record_untouched,
    read_bag,
    read_manifest,
)
from archiver.commit import Change, commit
from archiver.decoders import Decoders
from archiver.erasure import BagErasure, erase_items, erase_person, item_marks
from archiver.errors import ArchiveDamaged, ArchiverError
from archiver.marks import add_marks, marks_pin, read_marks
from archiver.models import ErasureNote, JobRecord, Problem, RelPath
from archiver.naming import job_key
from archiver.pins import ErasedJob, Erasure
from archiver.redaction import KEY_BYTES, Marks, PersonMarks, person_marks
from archiver.site import job_summary
from archiver.siteindex import update_index
from archiver.standing import catalogue
from archiver.storage import explained, files_below, fsync_dir, move, remove_tree, sha256_bytes
from archiver.view import site_of, view_maker

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be erased: `whole` jobs, messages (by number) of others, or a person by ids and
    names in `people_jobs`; all by ledger key. `volatile` are more parameters of addresses that
    change without meaning."""

    whole: frozenset[str] = frozenset()
    items: Mapping[str, frozenset[int]] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    volatile: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """What the ledger calls it."""
        if self.ids or self.names:
            return "person"
        return "job" if self.whole else "items"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An erasure tried out, nothing written: its scope, the marks it will keep, and what the ledger
    will say of each job."""

    scope: str
    marks: Marks | None
    jobs: Mapping[str, ErasedJob]

    @property
    def files(self) -> int:
        """Payload files that go."""
        return sum(job.files for job in self.jobs.values())

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(job.size for job in self.jobs.values())


# --- before -------------------------------------------------------------------------------------


def sound_bag(opened: OpenArchive, key: str) -> tuple[Bag, JobRecord]:
    """A job's bag and record, if they are those that were sealed last. Raises ArchiveDamaged."""
    folder = find_folder(opened.archive.root, key)
    try:
        if folder is None:
            raise ValueError("its folder is not there")
        bag, record = read_bag(folder), load_job(folder)
        if not accounted_for(bag, opened.pins, record.job_id) or not check_record_untouched(bag):
            raise ValueError("its folder is not the bag that was sealed last")
    except (OSError, ValueError) as error:
        raise ArchiveDamaged(
            f"Job {key} cannot be erased from: {error}.",
            "Run `archiver verify`, then bring the folder back from a backup.",
        ) from error
    return bag, record


def rehearse(
    opened: OpenArchive,
    intent: Intent,
    jobs: Iterable[str] = (),
    random: Callable[[int], bytes] = os.urandom,
) -> Rehearsal:
    """Try an erasure out without writing anything. `jobs` are those to look for a person in.

    Raises ArchiveDamaged for a bag that is not sound, ArchiverError, OSError, ValueError.
    """
    bare = Marks(opened.pins.entries + 1, random(KEY_BYTES), intent.volatile)
    told = {key: _whole_job(opened, key) for key in sorted(intent.whole)}
    if intent.scope == "person":
        marks = replace(bare, person=_person(intent, bare, random))
        return Rehearsal("person", marks, _rehearse_person(opened, jobs, marks))
    made = {}
    for key, numbers in sorted(intent.items.items()):
        bag, record = sound_bag(opened, key)
        made[key] = item_marks(bag, record, numbers, bare)
    marks = replace(bare, jobs=made)
    note = ErasureNote(bare.erasing, _NEVER, "", "", intent.scope)
    for key in made:
        numbers = intent.items[key]
        told[key] = erase_items(*sound_bag(opened, key), numbers, note, marks).told
    return Rehearsal(intent.scope, marks if made else None, told)


_NEVER = datetime.min


def _whole_job(opened: OpenArchive, key: str) -> ErasedJob:
    bag, _ = sound_bag(opened, key)
    sizes = payload_sizes(bag.folder)
    return ErasedJob(len(sizes), sum(sizes.values()))


def _person(intent: Intent, bare: Marks, random: Callable[[int], bytes]) -> PersonMarks:
    return person_marks(bare, intent.ids, intent.names, f"Person {random(2).hex()}")


def _rehearse_person(
    opened: OpenArchive, jobs: Iterable[str], marks: Marks
) -> dict[str, ErasedJob]:
    note = ErasureNote(marks.erasing, _NEVER, "", "", "person")
    told = {}
    for key in jobs:
        bag, record = sound_bag(opened, key)
        made = erase_person(bag, record, note, marks)
        if made is not None:
            told[key] = made.told
    return told


def strangers(opened: OpenArchive, keys: Iterable[str]) -> tuple[RelPath, ...]:
    """Files in the jobs' folders that are not the archive's own: they go with what is erased."""
    found: list[RelPath] = []
    for key in keys:
        bag, _ = sound_bag(opened, key)
        ours: set[str] = {*bag.payload, *bag.tags, TAGMANIFEST, VIEW_MANIFEST}
        with contextlib.suppress(OSError, ValueError):
            ours |= {*read_manifest((bag.folder / VIEW_MANIFEST).read_bytes())}
        place = recorded_folder(opened.archive.root, bag.folder)
        found += [RelPath(f"{place}/{p}") for p, _ in files_below(bag.folder) if p not in ours]
    return tuple(found)


# --- carrying it out ------------------------------------------------------------------------------


def erase(
    opened: OpenArchive,
    rehearsal: Rehearsal,
    reason: str,
    by: str,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes] = os.urandom,
    *,
    again: int | None = None,
) -> Erasure:
    """Carry out what was rehearsed; `again` is the number of the erasure that a restore undid and
    that this one repeats. Raises ArchiverError, OSError; what was begun is completed by
    whoever opens the archive next."""
    with explained(opened.archive.root):
        marks = rehearsal.marks
        number = opened.pins.entries + 1
        if marks is not None:
            if marks.erasing != number:
                raise ArchiverError("The ledger has moved on since the erasure was planned.")
            add_marks(opened.archive.ledger, opened.pins, marks)
        opened.ledger.append(
            "erasing",
            clock(),
            scope=rehearsal.scope,
            jobs={key: _ledger_value(one) for key, one in rehearsal.jobs.items()},
            reason=reason,
            by=by,
            **({} if marks is None else {"marks": marks_pin(marks)}),
            **({} if again is None else {"again": again}),
        )
        _Work(opened, opened.pins.erasures[number], marks, clock, random).run()
        return opened.pins.erasures[number]


def _ledger_value(job: ErasedJob) -> dict[str, object]:
    value: dict[str, object] = {"files": job.files, "bytes": job.size}
    lists = {"photos": job.photos, "messages": job.messages, "dropped": job.dropped}
    return value | {name: list(numbers) for name, numbers in lists.items() if numbers}


def complete(
    opened: OpenArchive,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes] = os.urandom,
) -> list[Problem]:
    """Carry erasures that were cut short to their end. Gives what keeps one from it: the jobs it
    has yet to reach are left as they are. Under the archive's lock. Raises DiskFull, NotWritable.
    """
    problems: list[Problem] = []
    for erasure in list(opened.pins.erasures.values()):
        if erasure.done:
            continue
        try:
            with explained(opened.archive.root):
                _Work(opened, erasure, _pinned(opened, erasure), clock, random).run()
        except ArchiveDamaged as error:
            why = f"erasure {erasure.number} could not be completed: {error.message}"
            problems.append(Problem("", why))
    return problems


def _pinned(opened: OpenArchive, erasure: Erasure) -> Marks | None:
    """An open erasure's marks, as the ledger pins them. Raises ArchiveDamaged."""
    if erasure.marks is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        for one in read_marks(opened.archive.ledger):
            if one.erasing == erasure.number and marks_pin(one) == erasure.marks:
                return one
    raise ArchiveDamaged(
        "ledger/marks.json is missing or was altered.", "Bring it back from a backup."
    )


def reapply(
    opened: OpenArchive,
    erasure: Erasure,
    marks: Marks | None,
    clock: Callable[[], datetime],
) -> Erasure:
    """Do an erasure again in an archive that was brought back from a backup made before it, under
    an entry of its own. What the backup has not got yet is kept out by the same marks, and a job
    erased whole stays so.

    Raises ArchiverError, OSError.
    """
    if marks is None and erasure.marks is not None:
        raise ArchiverError(
            f"The marks of erasure {erasure.number} are not in the checkpoint, so it cannot be "
            "made again by itself.",
            "Repeat it with `archiver erase`; until then nothing is fetched.",
        )
    number = opened.pins.entries + 1
    marks = None if marks is None else replace(marks, erasing=number)
    told = {key: one for key, one in erasure.jobs.items() if erasure.takes_whole(key)}
    note = ErasureNote(number, _NEVER, "", "", erasure.scope)
    if marks is not None and marks.person is not None:
        told |= _rehearse_person(opened, all_jobs(opened), marks)
    elif marks is not None:
        for key in sorted(erasure.jobs.keys() - told.keys()):
            numbers = _still_whole(opened, key, erasure.jobs[key].messages, marks)
            if numbers:
                told[key] = erase_items(*sound_bag(opened, key), numbers, note, marks).told
    for key in erasure.jobs.keys() - told.keys():
        if _bears(opened, key, erasure.number):
            # A bag newer than the ledger, adopted as it is: what it lacks must be said again.
            told[key] = replace(erasure.jobs[key], files=0, size=0)
    rehearsed = Rehearsal(erasure.scope, marks, told)
    decided = erasure.decided
    return erase(opened, rehearsed, decided.reason, decided.by, clock, again=erasure.number)


def _bears(opened: OpenArchive, key: str, number: int) -> bool:
    """Whether a job's record says that this erasure has been carried out in it."""
    folder = find_folder(opened.archive.root, key)
    if folder is None:
        return False
    return any(note.erasing == number for note in load_job(folder).erasures)


def _still_whole(
    opened: OpenArchive, key: str, numbers: Iterable[int], marks: Marks
) -> frozenset[int]:
    """Of some messages those that a job has, and not emptied yet. A number that was given to
    another message since the backup is none of them: the marks tell."""
    if find_folder(opened.archive.root, key) is None:
        return frozenset()
    bag, record = sound_bag(opened, key)
    there = {one.number for one in record.messages if one.erased is None}
    known = {item.message: set(item.content) for item in marks.jobs.get(key, ())}
    return frozenset(
        item.message
        for item in item_marks(bag, record, there.intersection(numbers), marks)
        if not known.get(item.message, set()).isdisjoint(item.content)
    )


def all_jobs(opened: OpenArchive) -> tuple[str, ...]:
    """The ledger keys of all jobs there are. Raises ArchiveDamaged for a folder that cannot tell
    its own: it may hold what is looked for."""
    found: list[str] = []
    for folder in job_folders(opened.archive.root):
        key = ledger_key(folder)
        if key is None:
            raise ArchiveDamaged(
                f"{folder.name} cannot be read.",
                "Run `archiver verify`, then bring the folder back from a backup.",
            )
        found.append(key)
    return tuple(found)


class _Work:
    """The carrying out of one erasure; lives for one call of `erase` or `complete`."""

    def __init__(
        self,
        opened: OpenArchive,
        erasure: Erasure,
        marks: Marks | None,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self.opened = opened
        self.erasure = erasure
        self.marks = marks
        self.clock = clock
        self.random = random
        self.decoders = Decoders()
        decided = erasure.decided
        self.note = ErasureNote(
            erasure.number, decided.time, decided.reason, decided.by, erasure.scope
        )

    def run(self) -> None:
        """Every job, then everything made from them. Raises ArchiveDamaged when a job could not
        be reached; the others were."""
        stuck: ArchiveDamaged | None = None
        with self.decoders:
            for key in sorted(self.erasure.jobs):
                try:
                    self._job(key)
                except ArchiveDamaged as error:
                    stuck = stuck or error
        self._clean()
        if stuck is not None:
            raise stuck
        self.opened.ledger.append("erased", self.clock(), erasing=self.erasure.number)

    def _job(self, key: str) -> None:
        if self.erasure.takes_whole(key):
            self._remove(key)
            return
        pins = self.opened.pins.job(key)
        if any(pin.erasing == self.erasure.number for pin in pins.seals):
            return
        bag, record = sound_bag(self.opened, key)
        made = self._made(key, bag, record)
        if made is not None:
            self._seal(made)

    def _made(self, key: str, bag: Bag, record: JobRecord) -> BagErasure | None:
        if self.marks is None:
            raise ArchiveDamaged(
                f"The ledger's entry {self.erasure.number} erases without marks, which this "
                "program never writes.",
                "Compare the ledger with a backup and your checkpoints.",
            )
        if self.erasure.scope == "person":
            return erase_person(bag, record, self.note, self.marks)
        whole = {one.number for one in record.messages if one.erased is None}
        numbers = whole.intersection(self.erasure.jobs[key].messages)
        return erase_items(bag, record, numbers, self.note, self.marks) if numbers else None

    def _seal(self, made: BagErasure) -> None:
        opened, bag = self.opened, made.bag
        # No number twice: after a restore the ledger may know later seals than the bag.
        last = opened.pins.job(job_key(made.record.job_id)).last_number
        record = replace(made.record, seal=max(bag.number, last) + 1, sealed=self.clock())
        change = Change(
            folder=recorded_folder(opened.archive.root, bag.folder),
            record=record,
            previous=bag,
            sources={},
            bodies=made.bodies,
            hashes={path: sha256_bytes(body) for path, body in made.bodies.items()},
            sizes={path: len(body) for path, body in made.bodies.items()},
            kept_sizes=payload_sizes(bag.folder),
            salt=self.random(SALT_BYTES),
            summary=dict(Counter(["erased"])),
            erasing=self.erasure.number,
            gone=made.gone,
            dropped=self.erasure.jobs[job_key(record.job_id)].dropped,
        )
        commit(
            opened.archive,
            opened.ledger,
            change,
            view_maker(opened, self.decoders.load),
            workspace_id=opened.settings.workspace_id,
            clock=self.clock,
            moving=not opened.abilities.shares_bytes,
        )

    def _remove(self, key: str) -> None:
        """Take a whole folder out of sight in one step, then delete it."""
        archive = self.opened.archive
        folder = find_folder(archive.root, key)
        if folder is None:
            return
        staged = archive.staging / folder.name
        remove_tree(staged)
        archive.staging.mkdir(parents=True, exist_ok=True)
        move(folder, staged)
        fsync_dir(folder.parent)
        remove_tree(staged)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()  # the year's folder, if this was its last job

    # What was made from them

    def _clean(self) -> None:
        opened = self.opened
        self._clean_catalogue()
        # What unfinished jobs have downloaded is fetched again: nobody can tell what it shows.
        for name in ("staging/downloads", "staging/incoming", "logs"):
            remove_tree(opened.archive.private / name)
        for name in ("staging/jobs", "set-aside", "quarantine"):
            self._clean_aside(opened.archive.private / name)
        update_index(opened, site_of(opened))

    def _clean_catalogue(self) -> None:
        opened = self.opened
        gone = {key for key in self.erasure.jobs if self.erasure.takes_whole(key)}
        for row in opened.catalog.jobs():
            if job_key(row.job_id) in gone:
                opened.catalog.forget_job(row.job_id)
        failed = [job for job in opened.catalog.failures() if job_key(job) in self.erasure.jobs]
        opened.catalog.forget_failures(failed)
        for key in self.erasure.jobs.keys() - gone:
            with contextlib.suppress(ArchiveDamaged):
                bag, record = sound_bag(opened, key)
                catalogue(opened, bag, record, job_summary(record))
        opened.catalog.shrink()

    def _clean_aside(self, folder: Path) -> None:
        """Remove what was put aside from the jobs concerned, whatever it is."""
        if not folder.is_dir():
            return
        for path in sorted(folder.rglob("*")):
            if path.exists() and any(key in path.name for key in self.erasure.jobs):
                remove_tree(path) if path.is_dir() else path.unlink()
