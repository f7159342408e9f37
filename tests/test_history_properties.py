"""For any sequence of bodies: nothing that was ever seen is lost, and no number ever changes."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings

from archiver import remarks
from archiver.models import JobRecord, MessageRecord, RelPath, Sha256, SnapshotEntry, StoredFile
from archiver.observe import observe
from archiver.plan import Arrival, Look, Miss, Slot, new_record, numbers_in, slots, wanted
from archiver.record import load_record, record_bytes
from archiver.remarks import Remark
from archiver.settle import settle
from tests.factories import a_digest, a_time
from tests.strategies_history import ID, Said, body_of, histories
from tests.test_plan import key_of

EXAMPLES = int(os.environ.get("ARCHIVER_HISTORIES", "100"))
"""How many histories are played; `ARCHIVER_HISTORIES=20000` is the long run."""


class Played:
    """A job looked at again and again, with every record on the way."""

    def __init__(self) -> None:
        self.record: JobRecord | None = None
        self.bodies: list[list[Said]] = []

    def look(self, body: list[Said], *, again: bool = False) -> JobRecord:
        """Look once more: as a new snapshot, or `again` at the last one."""
        seen = a_time(24 * 60 * len(self.bodies))
        record = self.record or new_record(ID, "2025-10-22-x", seen)
        if again:
            entry = record.snapshots[-1]
        else:
            self.bodies.append(body)
            number = len(record.snapshots) + 1
            file = RelPath(f"data/snapshots/{number:04d}.json")
            same = Sha256(a_digest(number))
            entry = SnapshotEntry(number, seen, file, 1, same, same, "")
        found, present = observe(record, Look(body_of(body), None, seen, entry), key_of)
        results = {
            want.slot: self._answer(want.slot, want.address, want.fault)
            for want in wanted(found, present)
        }
        found, _ = settle(found, results, seen)
        self.record = replace(found, seal=len(self.bodies))
        return self.record

    @staticmethod
    def _answer(slot: Slot, address: str | None, fault: Remark | None) -> Arrival | Miss:
        """The host: every third address gives nothing, the bytes depend on the address alone."""
        if address is None:
            return Miss(fault or remarks.NO_ADDRESS())
        sha256 = a_digest(address.split("?")[0])
        if int(sha256, 16) % 3 == 0:
            return Miss(remarks.ANSWERED_AS[404](status=404), 404)
        return Arrival(StoredFile(RelPath(""), sha256, 1, "image/jpeg"), ".jpeg")


def played(bodies: list[list[Said]]) -> list[JobRecord]:
    play = Played()
    return [play.look(body) for body in bodies]


def addresses(record: JobRecord) -> set[str]:
    return {seen.address for _, one in slots(record) for seen in one.addresses}


def at(record: JobRecord) -> list[MessageRecord]:
    """The messages of the newest body, in its order."""
    there = [one for one in record.messages if one.position is not None]
    return sorted(there, key=lambda one: one.position or 0)


def check_nothing_lost(before: JobRecord, after: JobRecord) -> None:
    """All that a record held stands in the next one, under the same numbers."""
    assert after.history[: len(before.history)] == before.history
    assert after.snapshots[: len(before.snapshots)] == before.snapshots
    messages = {one.number: one for one in after.messages}
    for old in before.messages:
        new = messages[old.number]
        assert new.wordings[: len(old.wordings)] == old.wordings
        assert new.first_snapshot == old.first_snapshot
        assert new.photo == old.photo or old.photo is None
        assert new.files[: len(old.files)] == old.files
        closed = [one for one in old.absences if one.back is not None]
        assert list(new.absences[: len(closed)]) == closed
        assert len(new.absences) >= len(old.absences)
    photos = {one.number: one.message for one in after.photos}
    assert {one.number: one.message for one in before.photos}.items() <= photos.items()
    newer = dict(slots(after))
    for slot, reference in slots(before):
        assert {one.sha256 for one in reference.versions} <= {
            one.sha256 for one in newer[slot].versions
        }
        assert {one.file for one in reference.versions} <= {
            one.file for one in newer[slot].versions
        }
        was = [one.address for one in reference.addresses]
        assert [one.address for one in newer[slot].addresses][: len(was)] == was


def check_body(record: JobRecord, body: list[Said]) -> None:
    """Each message of the newest body has one record, which says the same."""
    found = at(record)
    assert [one.position for one in found] == list(range(len(body)))
    assert numbers_in(record.snapshots[-1].order) == [one.number for one in found]
    for message, said in zip(found, body, strict=True):
        sent = said.message
        assert (message.kind, message.text, message.uploader_id, message.uploader_name) == (
            sent.kind,
            sent.text,
            sent.uploader_id,
            sent.uploader_name,
        )
        assert message.uploaded == sent.uploaded
        assert message.raw == sent.raw
        if sent.is_photo:
            photo = next(one for one in record.photos if one.number == message.photo)
            assert photo.message == message.number
            if sent.image:
                assert key_of(photo.image.address or "") == key_of(sent.image)
                assert photo.image.addresses[-1].last_snapshot is None


def check_well_formed(record: JobRecord, bodies: list[list[Said]]) -> None:
    """Numbers, wordings, absences and addresses make sense by themselves."""
    assert [one.number for one in record.messages] == list(range(1, len(record.messages) + 1))
    assert [one.number for one in record.photos] == list(range(1, len(record.photos) + 1))
    for message in record.messages:
        for wording in message.wordings:
            texts = [said.text for said in bodies[wording.snapshot - 1]]
            assert wording.text in texts
        for was, now in pairwise(message.wordings):
            assert was.snapshot < now.snapshot
            assert was.text != now.text
        for absence in message.absences[:-1]:
            assert absence.back is not None
        for absence in message.absences:
            assert absence.back is None or absence.since < absence.back
        for first, then in pairwise(message.absences):
            assert first.back is not None
            assert first.back < then.since
        assert (message.position is None) == (message.gone is not None)
    for _, reference in slots(record):
        for old, new in pairwise(reference.addresses):
            assert old.last_snapshot is not None
            assert old.first_snapshot <= old.last_snapshot
            assert old.last_snapshot < new.first_snapshot
    kept = {(one.file, one.sha256) for _, ref in slots(record) for one in ref.versions}
    assert len({file for file, _ in kept}) == len({sha256 for _, sha256 in kept}) == len(kept)


@settings(max_examples=EXAMPLES, deadline=None)
@given(histories())
def test_nothing_is_ever_lost_and_no_number_changes(bodies: list[list[Said]]) -> None:
    """Edit, delete, return, double, move, rename, reverse, lose times: the record only grows."""
    play = Played()
    before: JobRecord | None = None
    texts: set[str | None] = set()
    seen: set[str] = set()
    for body in bodies:
        record = play.look(body)
        texts |= {said.text for said in body}
        seen |= {key_of(said.image) for said in body if said.message.is_photo and said.image}
        seen |= {key_of(said.link) for said in body if said.link}
        assert texts == {w.text for message in record.messages for w in message.wordings}
        assert seen <= {key_of(address) for address in addresses(record)}
        check_body(record, body)
        check_well_formed(record, play.bodies)
        if before is not None:
            check_nothing_lost(before, record)
        assert play.look(body, again=True) == record
        assert load_record(record_bytes(record)) == record
        before = record


@settings(max_examples=EXAMPLES, deadline=None)
@given(histories(bodies=3, steps=3))
def test_what_did_not_change_is_recognised_whatever_happens_around_it(
    bodies: list[list[Said]],
) -> None:
    """A message keeps its number as long as nobody else ever said or showed the same."""
    play = Played()
    known: dict[int, int] = {}
    told: dict[int, set[tuple[object, ...]]] = {}
    contents: dict[tuple[object, ...], set[int]] = {}
    for body in bodies:
        record = play.look(body)
        for said in body:
            contents.setdefault(said.content, set()).add(said.truth)
        for said, message in zip(body, at(record), strict=True):
            same = told.setdefault(said.truth, {said.traits}) == {said.traits}
            if said.truth in known and same and contents[said.content] == {said.truth}:
                assert message.number == known[said.truth]
            known[said.truth] = message.number
            told[said.truth].add(said.traits)


def test_two_photos_without_an_address_stay_themselves_when_they_are_looked_at_again() -> None:
    """Found by the property: an address that went is no trait of what is there now."""
    photo = Said(1, "image", 0, "p1", "P1", image="https://cdn/0.jpeg")
    bare = replace(photo, image=None)
    play = Played()
    for body in ([photo], [bare], [replace(bare, truth=2), bare]):
        record = play.look(body)
    assert play.look([replace(bare, truth=2), bare], again=True) == record


def numbers_after(*bodies: list[Said]) -> list[int]:
    """The numbers of the messages of the last body."""
    return [one.number for one in at(played(list(bodies))[-1])]


def a_chat(truth: int, text: str, second: int | None = 0) -> Said:
    return Said(truth, "chat", second, "p1", "P1", text)


def test_a_text_edited_and_moved_is_one_edit() -> None:
    """Its place is no trait: the number stays, both wordings stand, nothing came or went."""
    before = [a_chat(1, "on my way", 1), a_chat(2, "the boiler is off", 2), a_chat(3, "done", 3)]
    after = [a_chat(2, "the boiler is off again", 2), before[2], before[0]]
    record = played([before, after])[-1]
    assert [one.number for one in at(record)] == [2, 3, 1]
    assert [event.kind for event in record.history] == ["archived", "edited"]


def test_the_oldest_of_three_equal_messages_deleted_is_one_loss() -> None:
    """Equal ones cannot be told apart: one is gone, two stay, none is new."""
    body = [a_chat(n, "ok", 0) for n in (1, 2, 3)]
    record = played([body, body[1:]])[-1]
    assert [event.kind for event in record.history] == ["archived", "message-gone"]
    assert len(record.messages) == 3


def test_two_edits_of_one_second_each_find_their_own() -> None:
    """Also when the order was turned round."""
    before = [a_chat(1, "gate code is 4471", 0), a_chat(2, "the boiler is off", 0)]
    after = [a_chat(1, "gate code is 4472", 0), a_chat(2, "the boiler is on", 0)]
    assert numbers_after(before, after) == [1, 2]
    assert numbers_after(before, after[::-1]) == [2, 1]


def test_the_oldest_message_lost_moves_nobody_elses_number() -> None:
    """Everything shifts by one place, and stays what it is."""
    body = [a_chat(n, f"message {n}", n) for n in range(1, 6)]
    assert numbers_after(body, body[1:]) == [2, 3, 4, 5]


def test_one_of_two_photos_of_one_instant_deleted_and_brought_back() -> None:
    """Exhibit 2 stays exhibit 2 through it all."""
    two = [Said(n, "image", 1, "p1", "P1", image=f"https://cdn/{n}.jpeg") for n in (1, 2)]
    records = played([two, two[1:], two])
    assert [one.number for one in at(records[1])] == [2]
    assert [one.number for one in at(records[2])] == [1, 2]
    kinds = [event.kind for event in records[2].history]
    assert kinds == ["archived", "photo-gone", "photo-back"]


def test_a_renamed_person_is_one_event_and_no_message_is_new() -> None:
    """Both names stand in the history, with the messages that bear them."""
    body = [a_chat(1, "on my way", 1), a_chat(2, "done", 2)]
    record = played([body, [replace(one, name="Craig P.") for one in body]])[-1]
    event = record.history[-1]
    assert (event.kind, event.was, event.now) == ("people-renamed", "P1", "Craig P.")
    assert event.messages == (1, 2)
    assert len(record.messages) == 2
