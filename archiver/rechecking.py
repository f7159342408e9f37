"""Asking again for photos that are kept: does their address still give the same bytes?

`sync --recheck-images`. Each address is asked once in a job, conditionally where the host gave a
validator. Other bytes that are sound become a second version beside the first; whatever else comes,
the version that is kept stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archiver.blobs import Blob
from archiver.download import Fetched, FetchFailure, Kind, NotModified
from archiver.fetching import Fetching
from archiver.models import JobRecord, Problem, Reference, Sha256
from archiver.plan import Arrival, KeyOf, Miss, Present, Slot, slot_name, slots
from archiver.workshop import together

_NO_LONGER = frozenset({401, 403, 404, 410})
"""Statuses of an address that gives nothing any more: no loss, for what it gave is kept."""
_LONGEST_HEADER = 1000
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Recheck:
    """An address to be asked again, what it gave each reference that has it, and the conditions
    under which its file need not be sent."""

    address: str
    gave: Mapping[Slot, Sha256]
    conditions: Mapping[str, str]


def to_recheck(
    record: JobRecord, present: Mapping[Slot, Present], key_of: KeyOf
) -> tuple[Recheck, ...]:
    """Every kept photo, thumbnail and cover that this body names at an address that gave it.

    What two addresses of one key gave may differ, so addresses are compared as they are.
    """
    groups: dict[str, dict[Slot, Reference]] = {}
    for slot, reference in slots(record):
        there = present.get(slot)
        if slot.kind == "file" or there is None or there.address is None:
            continue
        if reference.addresses and reference.addresses[-1].sha256 is not None:
            groups.setdefault(there.address, {})[slot] = reference
    return tuple(_recheck(address, members, key_of) for address, members in groups.items())


def _recheck(address: str, members: Mapping[Slot, Reference], key_of: KeyOf) -> Recheck:
    gave = {slot: Sha256(one.addresses[-1].sha256 or "") for slot, one in members.items()}
    asked: list[dict[str, str]] = [_conditions(one, key_of) for one in members.values()]
    same = len(set(gave.values())) == 1
    return Recheck(address, gave, max(asked, key=len) if same else {})


def _conditions(reference: Reference, key_of: KeyOf) -> dict[str, str]:
    """What makes a request conditional (RFC 9110 §13.1): nothing where the file came from another
    address, whose validators say nothing of this one."""
    newest = reference.addresses[-1]
    stored = next((one for one in reference.versions if one.sha256 == newest.sha256), None)
    if stored is None:
        return {}
    came_from = key_of(stored.final_address) if stored.final_address else None
    if came_from != newest.key and {one.key for one in reference.addresses} != {newest.key}:
        return {}
    sent = {"If-None-Match": stored.etag, "If-Modified-Since": stored.last_modified}
    return {name: value for name, value in sent.items() if value and _is_header(value)}


def _is_header(value: str) -> bool:
    """Whether a stored text may stand in a request: a record may hold anything."""
    return value.isascii() and value.isprintable() and len(value) < _LONGEST_HEADER


class Rechecking:
    """The rechecks of one job. `asked` counts references whose address was asked, `problems` are
    those that gave something else than a sound file, `notes` what is no failure."""

    def __init__(self, fetching: Fetching, job_id: str) -> None:
        self._fetching = fetching
        self._job_id = job_id
        self._settled: set[Slot] = set()
        self._no_longer: list[Slot] = []
        self.asked = 0
        self.problems: list[Problem] = []

    async def ask(
        self, rechecks: Iterable[Recheck], results: dict[Slot, Arrival | Miss], *, last: bool
    ) -> bool:
        """Ask each address that was not settled before; other bytes go into `results`. Tells
        whether some address may have expired, so that fresh ones are to be tried before it is
        said."""
        waiting = [one for one in rechecks if not self._settled.issuperset(one.gave)]
        answers = await together(self._asked(one) for one in waiting)
        stale = False
        for one, answer in zip(waiting, answers, strict=True):
            if isinstance(answer, FetchFailure) and answer.stale and not last:
                stale = True
                continue
            self._settled.update(one.gave)
            self.asked += len(one.gave)
            if isinstance(answer, Blob):
                came = Arrival(answer.facts, answer.suffix)
                changed = [slot for slot, gave in one.gave.items() if gave != came.facts.sha256]
                results.update(dict.fromkeys(changed, came))
            elif isinstance(answer, FetchFailure):
                self._missed(one, answer)
        return stale

    async def _asked(self, one: Recheck) -> Blob | NotModified | FetchFailure:
        shop = self._fetching.shop
        key = f"recheck:{one.address}"
        saved = await shop.run(lambda: self._fetching.saved(key))
        if saved is not None:
            return saved
        kind: Kind = "image" if any(slot.kind == "image" for slot in one.gave) else "thumbnail"
        answer = await shop.downloads.recheck(one.address, kind, one.conditions)
        self._fetching.bytes += answer.wire_bytes
        if isinstance(answer, FetchFailure) and answer.damaged is not None:
            await shop.run(answer.damaged.path.unlink)
        if not isinstance(answer, Fetched):
            return answer
        if set(one.gave.values()) == {answer.facts.sha256}:
            await shop.run(answer.path.unlink)
            return NotModified()
        return await shop.run(lambda: self._fetching.kept(key, answer, answer.wire_bytes))

    def _missed(self, one: Recheck, failure: FetchFailure) -> None:
        if failure.status in _NO_LONGER:
            self._no_longer.extend(one.gave)
            return
        for slot in one.gave:
            reason = f"{slot_name(slot)}, asked for again: {failure.reason}; what is kept stays"
            self.problems.append(Problem(self._job_id, reason, one.address))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said and is no failure."""
        if not self._no_longer:
            return ()
        names = [slot_name(slot) for slot in self._no_longer]
        told = ", ".join(names[:_NAMED]) + (
            f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        )
        return (f"job {self._job_id}: no longer to be had at its address, and kept here: {told}",)
