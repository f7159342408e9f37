"""Which losses of a job a person has accepted, and when such a one is tried again.

A pure function of the record and of what the ledger says. An acknowledgement covers the loss it
was given for: one that failed anew at an address first seen later is another loss, and alarms.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from archiver.models import JobRecord, Reference
from archiver.pins import Decision
from archiver.plan import Slot, slots

TRIED_EVERY = timedelta(days=7)
"""An accepted loss is asked for again when this much time has passed since it was accepted, and
each time again."""


def loss_name(slot: Slot) -> str:
    """What the ledger calls a reference: `image 13`, `thumbnail 13`, `main 0`, `file 2`."""
    return f"{slot.kind} {slot.number}"


def losses(record: JobRecord) -> dict[Slot, Reference]:
    """Every reference of a job that has no file for its newest address, and a reason why."""
    return {slot: one for slot, one in slots(record) if one.failure is not None}


def accepted(record: JobRecord, decisions: Mapping[str, Decision]) -> dict[Slot, Decision]:
    """The losses of a job that a person has accepted, with the decision that covers each."""
    if not decisions:
        return {}
    taken = {one.number: one.taken for one in record.snapshots}
    found: dict[Slot, Decision] = {}
    for slot, reference in losses(record).items():
        decision = decisions.get(loss_name(slot))
        if decision is not None and _began(reference, taken) <= decision.time:
            found[slot] = decision
    return found


def _began(reference: Reference, taken: Mapping[int, datetime]) -> datetime:
    """When the loss began: with its newest address, whatever that has answered since. (Why it
    failed may change from one night to the next; the loss is the same.)"""
    assert reference.failure is not None
    if not reference.addresses:
        return reference.failure.since
    return taken.get(reference.addresses[-1].first_snapshot, reference.failure.since)


def is_due(decision: Decision, last: datetime | None, now: datetime) -> bool:
    """Whether an accepted loss is tried in the run that began at `now`.

    `last` is when the last complete run began. Nothing is remembered but what the ledger says.
    """
    before = max(last or decision.time, decision.time)
    return _periods(decision, now) > _periods(decision, before)


def _periods(decision: Decision, until: datetime) -> int:
    return (until - decision.time) // TRIED_EVERY
