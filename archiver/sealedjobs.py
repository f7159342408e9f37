"""Every job of an archive as its seal vouches for it, one after another, for what only reads.

A table of hashes is worth what its records are worth: a record that is not the sealed one, or a
bag that is not the one the ledger knows, is told as a problem and not handed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.archive import (
    accounted_for,
    job_folders,
    ledger_key,
    read_state,
    recorded_folder,
)
from archiver.bag import read_bag, sealed_record
from archiver.errors import ArchiverError
from archiver.losses import accepted
from archiver.models import JobRecord, Problem, RelPath
from archiver.naming import job_key
from archiver.pins import Decision
from archiver.plan import Slot
from archiver.record import load_record

_TRIES = 3
"""A sync may exchange a job's folder while it is read."""


@dataclass(frozen=True, slots=True)
class SealedJob:
    """A job: its folder relative to the archive, its record and the bytes of it that were sealed,
    the files that the last `verify` found damaged, and the losses that a person accepted."""

    folder: RelPath
    record: JobRecord
    body: bytes
    damaged: frozenset[str]
    accepted: Mapping[Slot, Decision]


class JobReader:
    """Reads jobs one by one; `problems` tells of each that could not be read, and goes on."""

    def __init__(self, root: Path) -> None:
        """Raises ArchiveDamaged when the ledger cannot be read, ArchiverError while an erasure is
        under way: what it takes must not be handed on."""
        self._root = root
        self._state = read_state(self._root)
        self.problems: list[Problem] = []
        erasures = self._state.erasures.values()
        if self._state.owed or any(not one.done for one in erasures):
            raise ArchiverError(
                "An erasure has yet to be completed; until then nothing is written out.",
                "`archiver build` completes one that was cut short; see `archiver status`.",
            )

    def every(self) -> Iterator[SealedJob]:
        """All jobs, in the order of their folders. One that the ledger knows and that has no
        folder is a problem too."""
        state = self._state
        keys: set[str] = set()
        broken: list[str] = []
        for folder in job_folders(self._root):
            key = ledger_key(folder)
            if key is None:
                broken.append(folder.name)
            else:
                keys.add(key)
            yield from self.some([folder])
        for key, pins in state.jobs.items():
            there = key in keys or any(name.endswith(f"-{key}") for name in broken)
            if pins.seals and pins.erased is None and not there:
                self.problems.append(Problem(key, "its folder is gone: see `archiver verify`"))

    def some(self, folders: Iterable[Path]) -> Iterator[SealedJob]:
        """The jobs in `folders`, in that order."""
        for folder in folders:
            job = self._read(folder)
            if job is not None:
                yield job

    def _read(self, folder: Path) -> SealedJob | None:
        for left in reversed(range(_TRIES)):
            try:
                return self._sealed(folder)
            except (OSError, ValueError, ArchiverError) as error:
                if not left or not self._has_grown():
                    reason = f"cannot be read: {error}. Run `archiver verify`."
                    self.problems.append(Problem(folder.name, reason))
                    return None
        return None

    def _has_grown(self) -> bool:
        """Whether somebody wrote into the ledger since it was read; it is then read anew."""
        before = self._state.entries
        self._state = read_state(self._root)
        return self._state.entries > before

    def _sealed(self, folder: Path) -> SealedJob:
        bag = read_bag(folder)
        body = sealed_record(bag)
        record = load_record(body)
        if not accounted_for(bag, self._state, record.job_id):
            raise ValueError("it is not as it was last sealed, the ledger has another seal")
        pins = self._state.job(job_key(record.job_id))
        return SealedJob(
            recorded_folder(self._root, folder),
            record,
            body,
            frozenset(pins.damaged),
            accepted(record, pins.acknowledged),
        )
