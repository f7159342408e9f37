"""Going on after a backup was brought back: the gap is stated, and what is there is taken in.

A restored ledger ends before what a checkpoint vouches for, and a copy made during a sync may hold
job folders of another moment than the ledger. A bag that is newer is taken in only if it is sound
in itself and all seals the ledger does know open in it; one that is older is stated again, and the
seals between can no longer be opened. What is neither is named and left. Erasures that the restore
undid are made again before anything is fetched.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver.archive import (
    Archive,
    OpenArchive,
    job_folders,
    ledger_key,
    opened_with,
    read_bag_or_none,
    recorded_folder,
)
from archiver.bag import Bag, commitment, past_tags, seal_folder
from archiver.build import build_views
from archiver.checkpoint import Checkpoint
from archiver.commit import recover, view_pin_or_none
from archiver.decoders import Decoders
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.jobcheck import check_job
from archiver.ledger import Ledger
from archiver.ledgercheck import NO_TRUST, Trust, check_ledger
from archiver.models import Sha256
from archiver.pins import Erasure, JobPins, LedgerState, erasure_fields
from archiver.reconciling import reconcile
from archiver.record import time_text
from archiver.siteindex import update_index
from archiver.view import site_of, view_maker

Reapply = Callable[[OpenArchive, Erasure], object]
"""Makes an erasure again; its `erasing` entry must take all that the erasure once took. Raises
ArchiverError."""


def reapply_by_hand(opened: OpenArchive, erasure: Erasure) -> None:
    """Leaves an erasure to a person. Raises ArchiverError, which names it."""
    del opened
    jobs = ", ".join(sorted(erasure.jobs))
    raise ArchiverError(
        f"The erasure of {time_text(erasure.decided.time)} (jobs {jobs}) was undone by the "
        "restore.",
        "Repeat it with `archiver erase`; until then nothing is fetched.",
    )


@dataclass
class Resumed:
    """What resuming did. `newer` and `older` are jobs by ledger key whose bags were taken in and
    stated again; `absent` those whose folder the backup lacks; `left` the folders that nobody can
    account for, with the reason; `pending` the erasures still to be made again."""

    entry: int = 0
    newer: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    erased_again: list[Erasure] = field(default_factory=list)
    pending: list[tuple[Erasure, str]] = field(default_factory=list)
    views: int = 0

    @property
    def exit_code(self) -> int:
        """0 when everything that is there is accounted for, else 3."""
        return 3 if self.left or self.pending else 0


def resume(
    archive: Archive,
    ledger: Ledger,
    point: Checkpoint,
    *,
    reason: str,
    by: str,
    clock: Callable[[], datetime],
    reapply: Reapply = reapply_by_hand,
    trust: Trust = NO_TRUST,
    templates: Path | None = None,
) -> Resumed:
    """Continue a restored ledger from a checkpoint. Under the archive's lock. May be repeated: what
    was cut short is finished. Views are made with `templates`.

    Raises ArchiveDamaged when the ledger is not one that the checkpoint could have grown from,
    UsageProblem when there is nothing to resume, OSError.
    """
    _check_origin(archive, point, trust)
    recover(archive, ledger, clock())
    result = Resumed()
    adopted = _look_at_bags(archive, ledger.state, result)
    undone = [one for one in point.erasures if _is_undone(one, ledger.state)]
    stated = [gap.number for gap in ledger.state.gaps if gap.head == point.head.sha256]
    if adopted or undone or (point.head.number > ledger.state.entries and not stated):
        ledger.append(
            "resumed",
            clock(),
            checkpoint=_reached(point),
            adopted=adopted,
            erasures=[erasure_fields(one) for one in undone],
            reason=reason,
            by=by,
        )
        result.entry = ledger.state.entries
    elif stated:
        result.entry = stated[-1]  # begun before, and cut short perhaps: what follows is done again
    else:
        raise UsageProblem(
            "The ledger continues this checkpoint and knows every bag, so there is nothing to "
            "resume.",
            "Run `archiver verify --since` to see it proven; what it names is damage, and needs a "
            "backup or `archiver repair`.",
        )
    with opened_with(archive, ledger, templates=templates) as opened:
        _rebuild_catalogue(opened)
        _make_views(opened, result, clock)
        _erase_again(opened, reapply, result)
    return result


def _reached(point: Checkpoint) -> dict[str, Any]:
    """The checkpoint as the entry holds it."""
    time = time_text(point.time) if point.time is not None else None
    return {"n": point.head.number, "head": point.head.sha256, "time": time}


def _check_origin(archive: Archive, point: Checkpoint, trust: Trust) -> None:
    """The present ledger must be of the checkpoint's archive, not altered by itself, and not
    another history. Raises ArchiveDamaged."""
    check = check_ledger(archive.ledger, Trust((point,), trust.keys, trust.roots))
    faults = [one.detail for one in check.faults if one.kind == "ledger" and not one.restored]
    if faults:
        raise ArchiveDamaged(
            f"This ledger cannot be resumed from that checkpoint: {faults[0]}.",
            "Bring back the backup of this very archive that is nearest to the checkpoint.",
        )


def _is_undone(erasure: Erasure, state: LedgerState) -> bool:
    """Whether the ledger knows nothing of an erasure that the checkpoint lists."""
    here = (*state.erasures.values(), *state.owed.values())
    return not any(
        (one.decided.time, one.scope) == (erasure.decided.time, erasure.scope) for one in here
    )


# --- the bags ---------------------------------------------------------------------------------


def _look_at_bags(
    archive: Archive, state: LedgerState, result: Resumed
) -> dict[str, list[dict[str, Any]]]:
    """The seals to take in, by job, of every bag that is not the one the ledger has as the last."""
    adopted: dict[str, list[dict[str, Any]]] = {}
    present: set[str] = set()
    for folder in job_folders(archive.root):
        place = recorded_folder(archive.root, folder)
        bag = read_bag_or_none(folder)
        key = ledger_key(folder)
        if bag is None or not key:
            result.left.append((place, "is not a readable bag"))
            continue
        if key in present:
            result.left.append((place, f"is a second folder of job {key}"))
            continue
        present.add(key)
        pins = state.jobs.get(key) or JobPins()
        if bag.commitment in pins.accepted:
            continue
        seals = _seals_to_take(archive, folder, bag, key, pins)
        if isinstance(seals, str):
            result.left.append((place, seals))
            continue
        adopted[key] = seals
        (result.newer if bag.number > pins.last_number else result.older).append(key)
    result.absent = sorted(
        key
        for key, pins in state.jobs.items()
        if pins.seals and pins.erased is None and key not in present
    )
    return adopted


def _seals_to_take(
    archive: Archive, folder: Path, bag: Bag, key: str, pins: JobPins
) -> list[dict[str, Any]] | str:
    """The seals of a bag that the ledger has to learn, or why it must not."""
    known = {pin.seal: pin.commitment for pin in pins.seals}
    if bag.number <= pins.last_number and known.get(bag.number) != bag.commitment:
        return f"has a seal {bag.number} that is not the one the ledger holds; it was left as it is"
    view = view_pin_or_none(bag)
    if view is None:
        return "has no list of its view; it was left as it is"
    try:
        new = {n: _commitment_of(bag, n) for n in _unknown(bag, known)}
    except (OSError, KeyError, ValueError) as error:
        return f"has a seal that cannot be opened ({error}); it was left as it is"
    seals: list[dict[str, Any]] = [{"seal": n, "new": one} for n, one in sorted(new.items())]
    seals.append({"seal": bag.number, "new": bag.commitment, "view": view})
    fault = _unsound(archive, folder, key, pins, seals)
    return f"is not sound ({fault}); it was left as it is" if fault else seals


def _unknown(bag: Bag, known: Mapping[int, Sha256]) -> Iterable[int]:
    """Earlier seals in a bag that the ledger does not know."""
    kept = past_tags(bag.folder, bag.tags, "tagmanifest-sha256.txt").files
    return [number for number in kept if number not in known]


def _commitment_of(bag: Bag, number: int) -> Sha256:
    body = past_tags(bag.folder, bag.tags, "tagmanifest-sha256.txt").body(number)
    return commitment((bag.folder / seal_folder(number) / "salt").read_bytes(), body)


def _unsound(
    archive: Archive, folder: Path, key: str, pins: JobPins, seals: list[dict[str, Any]]
) -> str | None:
    """What full verification finds wrong with a bag, were its seals known: every byte, every seal
    that the ledger does know, and each seal's payload in the next."""
    trial = LedgerState(jobs={key: copy.deepcopy(pins)})
    trial.adopt(key, seals)
    check = check_job(archive.root, folder, trial)
    # The view is made again from the evidence, so that nothing of it need be believed.
    wrong = [fault for fault in check.faults if not _is_view(fault.path)]
    return str(wrong[0]) if wrong else None


def _is_view(path: str) -> bool:
    """Whether a fault's path lies outside evidence and seal."""
    inner = path.split("/", 3)[3] if path.count("/") > 2 else ""
    sealed = ("data/", "seals/", "bagit.txt", "bag-info.txt", "manifest-sha256", "tagmanifest-")
    return bool(inner) and not inner.startswith(sealed)


# --- afterwards -------------------------------------------------------------------------------


def _rebuild_catalogue(opened: OpenArchive) -> None:
    """The catalogue may be of another moment than the bags: it is made again from them."""
    for row in opened.catalog.jobs():
        opened.catalog.forget_job(row.job_id)
    reconcile(opened)


def _make_views(opened: OpenArchive, result: Resumed, clock: Callable[[], datetime]) -> None:
    """Make all views again: those of the backup may be of another moment, and are not believed."""
    with Decoders() as decoders:
        report = build_views(opened, view_maker(opened, decoders.load), clock)
    update_index(opened, site_of(opened))
    result.views = report.rebuilt


def _erase_again(opened: OpenArchive, reapply: Reapply, result: Resumed) -> None:
    for erasure in list(opened.pins.owed.values()):
        try:
            reapply(opened, erasure)
            result.erased_again.append(erasure)
        except ArchiverError as error:
            result.pending.append((erasure, str(error)))
