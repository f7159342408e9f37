"""What a ledger adds up to: which bag and view each job may have, and what was decided about it.

A bag's change is a pair: `sealing` (old and new commitment, the view's pin) before the folders are
exchanged, `sealed` or `abandoned` after. Views made again are `building` entries and one `built`. A
removal is an `erasing` entry, the changes of the bags it names, and one `erased`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from archiver.chain import GENESIS, Entry
from archiver.models import Sha256
from archiver.record import time_of, time_text

AnchorKind = Literal["signed", "timestamped", "checkpoint"]


@dataclass(frozen=True, slots=True)
class SealPin:
    """One sealing as the ledger has it. `view` is the view's pin at that time; `erasing` the
    number of the `erasing` entry that this seal carries out, None for an ordinary one, and
    `dropped` the earlier seals that cannot be opened any more once it is visible."""

    seal: int
    commitment: Sha256
    view: Sha256
    erasing: int | None = None
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: when, why, who."""

    time: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class ErasedJob:
    """What an erasure takes from one job, in numbers only: payload files and their bytes, exhibits
    and messages by number, and the earlier seals that can no longer be opened."""

    files: int
    size: int
    photos: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """One decision to erase, by the number of its `erasing` entry. `scope` is `job` (whole folders
    go, and from other jobs the photos that show the same), `items` (photos and messages go) or
    `person` (a person is pseudonymised); `marks` is what `ledger/marks.json` must hold for it, as
    a digest; `done` whether `erased` closed it."""

    number: int
    scope: str
    decided: Decision
    jobs: Mapping[str, ErasedJob]
    marks: Sha256 | None = None
    done: bool = False

    def takes_whole(self, job: str) -> bool:
        """Whether the whole folder of a job goes, not only photos and messages in it."""
        one = self.jobs[job]
        return self.scope == "job" and not one.photos and not one.messages


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """A key that may sign the ledger: `public` its 32 raw bytes in hexadecimal, `added` the entry
    that brought it, `ended` the entry that retired it or declared it lost."""

    id: str
    public: str
    added: int
    ended: int | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """Something that ties the ledger to the outside: it vouches for all entries up to `of`."""

    kind: AnchorKind
    of: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A restore from a backup, stated: the ledger was known to reach `checkpoint` (an entry and
    its hash, `reached` at that time if it is known) and goes on from entry `number` without what
    came between. `jobs` are those whose bags were taken in or stated again."""

    number: int
    checkpoint: int
    head: Sha256
    decided: Decision
    reached: datetime | None = None
    jobs: tuple[str, ...] = ()

    def __str__(self) -> str:
        lost = (
            f"entries {self.number} to {self.checkpoint} as they once stood are lost"
            if self.checkpoint >= self.number
            else "what came between the backup and the restore is not in it"
        )
        jobs = f"; {len(self.jobs)} jobs were taken as the backup had them" if self.jobs else ""
        return (
            f"the ledger has a gap before entry {self.number}: a backup was brought back, and "
            f"{lost}{jobs} ({self.decided.reason}; {self.decided.by})"
        )


@dataclass(slots=True)
class JobPins:
    """All the ledger says of one job: closed seals oldest first, the views that may be there now,
    and an open `sealing`, whose old and new commitment are both accepted.

    `dropped` are earlier seals that an erasure made impossible to open; `erased` is the number of
    the `erasing` entry with which the whole job went. `acknowledged` are losses a person has
    accepted, by the name of their reference (`image 13`); `holds` forbid removal, by the number
    of their entry. `readdressed` is the number of the entry that last gave its unlisted pages a
    new address, 0 for none.
    """

    seals: list[SealPin] = field(default_factory=list)
    views: set[Sha256] = field(default_factory=set)
    open: SealPin | None = None
    damaged: tuple[str, ...] = ()
    restarts: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    erased: int | None = None
    acknowledged: dict[str, Decision] = field(default_factory=dict)
    holds: dict[int, Decision] = field(default_factory=dict)
    readdressed: int = 0

    def dropped_before(self, commitment: Sha256) -> set[int]:
        """The earlier seals that cannot be opened any more when the visible bag has this
        commitment: before an erasure's seal is closed, the old bag may be there or the new one."""
        if self.open is None or self.open.commitment != commitment:
            return self.dropped
        return self.dropped | {*self.open.dropped}

    @property
    def accepted(self) -> set[Sha256]:
        """The commitments the visible bag may have."""
        found = {self.seals[-1].commitment} if self.seals else set()
        return found | {self.open.commitment} if self.open else found

    @property
    def last_number(self) -> int:
        """The highest number a seal of the job ever had, 0 for none: no number is given twice,
        also when an older bag was brought back from a backup."""
        return max((pin.seal for pin in self.seals), default=0)


@dataclass(slots=True)
class LedgerState:
    """What a whole ledger adds up to."""

    entries: int = 0
    head: Sha256 = GENESIS
    genesis: Sha256 = GENESIS
    """The hash of the first line, which tells one archive's ledger from another's."""
    workspace: str = ""
    jobs: dict[str, JobPins] = field(default_factory=dict)
    building: dict[str, Sha256] = field(default_factory=dict)
    last_complete_start: datetime | None = None
    last_run: Entry | None = None
    run_start: datetime | None = None
    checked: dict[str, datetime] = field(default_factory=dict)
    erasures: dict[int, Erasure] = field(default_factory=dict)
    keys: dict[str, LedgerKey] = field(default_factory=dict)
    anchors: dict[AnchorKind, Anchor] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    owed: dict[int, Erasure] = field(default_factory=dict)
    """Erasures that a restore undid and that have to be made again before anything is fetched, by
    the number they once had."""

    def job(self, job_id: str) -> JobPins:
        """The pins of a job, empty ones for a job never heard of."""
        return self.jobs.setdefault(job_id, JobPins())

    @property
    def last_anchor(self) -> Anchor | None:
        """The newest tie to the outside."""
        return max(self.anchors.values(), key=lambda anchor: anchor.of, default=None)

    def advance(self, entry: Entry, sha256: Sha256) -> None:
        """Take one more entry into account, and the hash of its line. Raises as `apply`."""
        self.apply(entry)
        self.entries, self.head = entry.number, sha256
        if entry.number == 1:
            self.genesis = sha256

    def apply(self, entry: Entry) -> None:
        """Take one more entry into account. Raises KeyError, ValueError for one that lacks what
        its event must have."""
        step = getattr(self, "_" + entry.event.replace("-", "_"), None)
        if step is not None:
            step(entry)

    # Runs

    def _created(self, entry: Entry) -> None:
        self.workspace = str(entry.fields.get("workspace", ""))

    def _run_start(self, entry: Entry) -> None:
        self.run_start = entry.time
        self.last_run = entry

    def _run_end(self, entry: Entry) -> None:
        self.last_run = entry
        if entry.fields.get("complete") and self.run_start is not None:
            self.last_complete_start = self.run_start

    # Bags

    def _sealing(self, entry: Entry) -> None:
        job, erasing = entry.fields["job"], entry.fields.get("erasing")
        pins = self.job(job)
        pins.open = _pin(entry.fields, erasing)
        if erasing is not None:
            pins.open = replace(pins.open, dropped=self.erasures[erasing].jobs[job].dropped)
        pins.views.add(pins.open.view)

    def _sealed(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        if pins.open is None:
            raise ValueError("closes a sealing that was never opened")
        pins.seals.append(pins.open)
        pins.views = {pins.open.view}
        pins.dropped.update(pins.open.dropped)
        pins.open = None

    def _abandoned(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        if pins.open is not None:
            pins.views.discard(pins.open.view)
        pins.open = None

    def _lost(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        pins.restarts.add(entry.fields["seal"] + 1)

    # Views

    def _building(self, entry: Entry) -> None:
        made = {job: Sha256(pin) for job, pin in entry.fields["views"].items()}
        self.building |= made
        for job, pin in made.items():
            self.job(job).views.add(pin)

    def _built(self, entry: Entry) -> None:
        for job, pin in entry.fields["views"].items():
            self.job(job).views = {Sha256(pin)}
        self.building = {}

    # Checks

    def _verified(self, entry: Entry) -> None:
        for job in entry.fields["jobs"]:
            self.checked[job] = entry.time
            self.job(job).damaged = tuple(entry.fields["damaged"].get(job, ()))

    # What people decide

    def _acknowledged(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        for name in entry.fields["references"]:
            pins.acknowledged[name] = _decision(entry)

    def _unacknowledged(self, entry: Entry) -> None:
        pins = self.job(entry.fields["job"])
        for name in entry.fields["references"]:
            pins.acknowledged.pop(name, None)

    def _held(self, entry: Entry) -> None:
        self.job(entry.fields["job"]).holds[entry.number] = _decision(entry)

    def _released(self, entry: Entry) -> None:
        self.job(entry.fields["job"]).holds.pop(entry.fields["hold"], None)

    def _readdressed(self, entry: Entry) -> None:
        self.job(entry.fields["job"]).readdressed = entry.number

    def _erasing(self, entry: Entry) -> None:
        made = erasure_of(entry.fields)
        self.erasures[entry.number] = made
        for job in made.jobs:
            if made.takes_whole(job):
                self.job(job).erased = entry.number
        again = entry.fields.get("again")
        self.owed = {
            number: one
            for number, one in self.owed.items()
            if number != again and not covers(made, one)
        }

    def _erased(self, entry: Entry) -> None:
        number = entry.fields["erasing"]
        open_one = self.erasures[number]
        self.erasures[number] = replace(open_one, done=True)
        for job, one in open_one.jobs.items():
            # Again: of a bag that a restore adopted, no sealing here said so.
            self.job(job).dropped.update(one.dropped)

    # Anchors, and what a restore leaves

    def _key_added(self, entry: Entry) -> None:
        key = entry.fields["key"]
        self.keys[key] = LedgerKey(key, entry.fields["public"], entry.number)

    def _key_retired(self, entry: Entry) -> None:
        self.end_key(entry, lost=False)

    def _key_lost(self, entry: Entry) -> None:
        self.end_key(entry, lost=True)

    def end_key(self, entry: Entry, *, lost: bool) -> None:
        """Take a key's end into account."""
        key = self.keys[entry.fields["key"]]
        self.keys[key.id] = LedgerKey(key.id, key.public, key.added, entry.number, lost)

    def _signed(self, entry: Entry) -> None:
        self.anchors["signed"] = Anchor("signed", entry.fields["of"], entry.time)

    def _timestamped(self, entry: Entry) -> None:
        self.anchors["timestamped"] = Anchor("timestamped", entry.fields["of"], entry.time)

    def _checkpoint(self, entry: Entry) -> None:
        self.anchors["checkpoint"] = Anchor("checkpoint", entry.number, entry.time)

    def _resumed(self, entry: Entry) -> None:
        point, adopted = entry.fields["checkpoint"], entry.fields["adopted"]
        reached = time_of(point["time"]) if point.get("time") else None
        head = Sha256(point["head"])
        self.gaps.append(
            Gap(entry.number, point["n"], head, _decision(entry), reached, tuple(sorted(adopted)))
        )
        for job, seals in adopted.items():
            self.adopt(job, seals)
        owed = (erasure_of(one) for one in entry.fields.get("erasures", ()))
        self.owed |= {one.number: one for one in owed}

    def adopt(self, job: str, seals: Sequence[Mapping[str, Any]]) -> None:
        """Take seals in that a backup's bag has, the present one last. If it is older than what was
        known, the seals between are without a bag: they can no longer be opened."""
        pins = self.job(job)
        taken = [_pin(one, None) for one in seals]
        pins.dropped.update(range(taken[-1].seal + 1, pins.last_number + 1))
        pins.open = None
        pins.seals.extend(taken)
        pins.views = {taken[-1].view}


def erasure_of(fields: Mapping[str, Any]) -> Erasure:
    """An erasure from the fields of its `erasing` entry, or from what `erasure_fields` made.

    Raises KeyError, ValueError, TypeError.
    """
    jobs = {
        job: ErasedJob(
            files=one["files"],
            size=one["bytes"],
            photos=tuple(one.get("photos", ())),
            messages=tuple(one.get("messages", ())),
            dropped=tuple(one.get("dropped", ())),
        )
        for job, one in fields["jobs"].items()
    }
    decided = Decision(time_of(fields["time"]), str(fields["reason"]), str(fields["by"]))
    marks = fields.get("marks")
    return Erasure(
        number=fields["n"],
        scope=str(fields["scope"]),
        decided=decided,
        jobs=jobs,
        marks=Sha256(str(marks)) if marks is not None else None,
        done=bool(fields.get("done")),
    )


def erasure_fields(erasure: Erasure) -> dict[str, Any]:
    """An erasure for a checkpoint or a `resumed` entry: numbers, reason and operator alone."""
    jobs = {
        job: {
            "files": one.files,
            "bytes": one.size,
            "photos": list(one.photos),
            "messages": list(one.messages),
            "dropped": list(one.dropped),
        }
        for job, one in erasure.jobs.items()
    }
    decided = erasure.decided
    return {
        "n": erasure.number,
        "scope": erasure.scope,
        "jobs": jobs,
        "reason": decided.reason,
        "by": decided.by,
        "time": time_text(decided.time),
        "marks": erasure.marks,
        "done": erasure.done,
    }


def covers(made: Erasure, owed: Erasure) -> bool:
    """Whether an erasure takes all that an earlier one took."""
    if made.scope != owed.scope and made.scope != "job":
        return False
    return all(
        job in made.jobs and (made.takes_whole(job) or _covers_items(made, owed, job))
        for job in owed.jobs
    )


def _covers_items(made: Erasure, owed: Erasure, job: str) -> bool:
    taken, wanted = made.jobs[job], owed.jobs[job]
    return (
        not owed.takes_whole(job)
        and set(wanted.photos) <= set(taken.photos)
        and set(wanted.messages) <= set(taken.messages)
    )


def _pin(fields: Mapping[str, Any], erasing: int | None) -> SealPin:
    # The views of seals that were adopted with a later one are not known.
    view = Sha256(fields.get("view", ""))
    return SealPin(fields["seal"], Sha256(fields["new"]), view, erasing)


def _decision(entry: Entry) -> Decision:
    return Decision(entry.time, str(entry.fields["reason"]), str(entry.fields["by"]))
