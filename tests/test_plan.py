"""What a new look at a job changes in its record."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.models import (
    AddressKey,
    Details,
    JobId,
    JobRecord,
    ListedJob,
    Message,
    RelPath,
    Sha256,
    SnapshotEntry,
    StoredFile,
)
from archiver.observe import observe
from archiver.plan import (
    Arrival,
    Look,
    Miss,
    Slot,
    marked_gone,
    new_record,
    numbers_in,
    runs,
    slots,
    wanted,
)
from archiver.remarks import as_noted
from archiver.settle import settle

NOW = datetime(2025, 11, 23, 10, 15, tzinfo=UTC)
A_DIGEST = Sha256("d" * 64)
ID = JobId("68d0ed784f25458a9e878d15")


def key_of(address: str) -> AddressKey:
    return AddressKey(address.split("?")[0])


def a_chat(text: str | None, minute: int = 0, person: str = "p1") -> Message:
    time = NOW - timedelta(days=30) + timedelta(minutes=minute)
    return Message(
        "chat", time.isoformat(), time, person, person.upper(), text, None, None, False, False, ()
    )


def a_photo(name: str, minute: int = 0, person: str = "p1") -> Message:
    time = NOW - timedelta(days=30) + timedelta(minutes=minute)
    image = f"https://cdn/{name}.jpeg"
    thumb = f"https://cdn/{name}-t.jpeg"
    return Message(
        "image", time.isoformat(), time, person, person.upper(), None, image, thumb, True, True, ()
    )


def details(*messages: Message, name: str = "A job", main: str | None = None) -> Details:
    return Details(ID, name, "p1", "P1", NOW, NOW, main, messages, True)


def look(record: JobRecord | None, body: Details, day: int = 0) -> JobRecord:
    """The record after looking at one more body, as a new snapshot."""
    seen = NOW + timedelta(days=day)
    record = record or new_record(ID, "2025/x", seen)
    entry = SnapshotEntry(
        len(record.snapshots) + 1, seen, RelPath("s"), 1, Sha256("0" * 64), Sha256("0" * 64), ""
    )
    return observe(record, Look(body, ListedJob(ID), seen, entry), key_of)[0]


def arrived(name: str) -> Arrival:
    return Arrival(StoredFile(RelPath(""), Sha256(name.rjust(64, "0")), 1, "image/jpeg"), ".jpeg")


def fetched(record: JobRecord) -> JobRecord:
    """The record with every wanted reference arrived, its bytes named by its address."""
    results = {
        want.slot: arrived(want.address.rsplit("/", 1)[1][:-5])
        for want in wanted(record, {})
        if want.address
    }
    return settle(record, results, NOW)[0]


def test_exhibits_are_numbered_by_time_whatever_the_order_of_the_body() -> None:
    """A body that lists the newest first gives the same numbers."""
    record = look(None, details(a_photo("late", 9), a_photo("early", 1)))
    assert [p.image.address for p in record.photos] == [
        "https://cdn/early.jpeg",
        "https://cdn/late.jpeg",
    ]


def test_looking_again_at_the_same_body_changes_nothing() -> None:
    """Twice the same body: no edit, no loss, no event but the snapshot's entry."""
    body = details(a_chat("hello", 1), a_photo("a", 2), main="https://cdn/main.jpeg")
    first = look(None, body)
    again = look(first, body, day=1)
    assert replace(again, snapshots=first.snapshots) == first


def test_an_edit_keeps_both_wordings_and_says_which_snapshot_brought_it() -> None:
    """The old words stay; the new ones carry their snapshot and time."""
    record = look(look(None, details(a_chat("old"))), details(a_chat("new")), day=1)
    (message,) = record.messages
    assert [(w.text, w.snapshot) for w in message.wordings] == [("old", 1), ("new", 2)]
    assert [event.kind for event in record.history] == ["archived", "edited"]


def test_a_vanished_message_stays_with_an_open_absence_and_its_return_closes_it() -> None:
    """Trash and restore upstream: both are history."""
    first = look(None, details(a_chat("one", 1), a_chat("two", 2)))
    gone = look(first, details(a_chat("two", 2)), day=1)
    assert gone.messages[0].gone is not None
    assert gone.messages[0].position is None
    back = look(gone, details(a_chat("one", 1), a_chat("two", 2)), day=2)
    assert back.messages[0].gone is None
    assert back.messages[0].absences[0].back == NOW + timedelta(days=2)
    assert [event.kind for event in back.history] == ["archived", "message-gone", "message-back"]


def test_a_missing_photo_has_a_number_and_keeps_it_when_it_comes_at_last() -> None:
    """Exhibit numbers are given at first sight, to missing photos too."""
    record = look(None, details(a_photo("a", 1), a_photo("b", 2)))
    record, _ = settle(record, {Slot("image", 1): Miss(as_noted("HTTP 404"), 404)}, NOW)
    record = replace(record, seal=1)
    assert record.photos[0].image.failure is not None
    record, placed = settle(record, {Slot("image", 1): arrived("a")}, NOW)
    assert record.photos[0].image.failure is None
    assert list(placed) == ["data/images/0001-20251024T101600Z.jpeg"]
    assert record.history[-1].kind == "photo-kept"


def test_a_failure_that_comes_again_in_the_same_way_is_no_change() -> None:
    """The time of the first failure stays, so that a page need not change every night."""
    record = look(None, details(a_photo("a")))
    once, _ = settle(record, {Slot("image", 1): Miss(as_noted("HTTP 404"), 404)}, NOW)
    later = NOW + timedelta(days=1)
    again, _ = settle(once, {Slot("image", 1): Miss(as_noted("HTTP 404"), 404)}, later)
    assert again == once
    other, _ = settle(once, {Slot("image", 1): Miss(as_noted("HTTP 500"), 500)}, later)
    assert other.photos[0].image.failure is not None
    assert other.photos[0].image.failure.since == later


def test_two_messages_with_the_same_bytes_share_one_payload_file() -> None:
    """The duplicate keeps its own number and points at the first's file."""
    record = look(None, details(a_photo("a", 1), a_photo("b", 2)))
    results = {Slot("image", 1): arrived("same"), Slot("image", 2): arrived("same")}
    record, placed = settle(record, results, NOW)
    assert len(placed) == 1
    second = record.photos[1].image.stored
    assert second is not None
    assert second.file == "data/images/0001-20251024T101600Z.jpeg"
    assert second.same_as == 1


def test_a_new_address_with_the_same_bytes_adds_an_alias_and_no_version() -> None:
    """A photo that moved is one photo with two addresses."""
    record = fetched(look(None, details(a_photo("a"))))
    moved = replace(a_photo("a"), image="https://other/x.jpeg")
    record = look(record, details(moved), day=1)
    assert [w.slot for w in wanted(record, {})] == [Slot("image", 1)]
    record, placed = settle(record, {Slot("image", 1): arrived("a")}, NOW)
    assert placed == {}
    image = record.photos[0].image
    assert len(image.addresses) == 2
    assert len(image.versions) == 1


def test_a_new_address_with_other_bytes_adds_a_version_beside_the_first() -> None:
    """Nothing that was archived gives way."""
    record = replace(fetched(look(None, details(a_photo("a")))), seal=1)
    moved = replace(a_photo("a"), image="https://other/x.jpeg")
    record, placed = settle(
        look(record, details(moved), day=1), {Slot("image", 1): arrived("other")}, NOW
    )
    assert list(placed) == ["data/images/0001-20251024T101500Z-v2.jpeg"]
    assert len(record.photos[0].image.versions) == 2
    assert record.history[-1].kind == "photo-changed"


def test_a_new_signature_is_no_new_address() -> None:
    """The known address is not fetched again, and nothing is written down."""
    signed = replace(a_photo("a"), image="https://cdn/a.jpeg?Signature=1")
    record = fetched(look(None, details(signed)))
    later = replace(a_photo("a"), image="https://cdn/a.jpeg?Signature=2")
    again = look(record, details(later), day=1)
    assert wanted(again, {}) == ()
    assert again.photos == record.photos


def test_the_main_thumbnail_is_wanted_only_if_no_message_has_its_address() -> None:
    """It is no exhibit."""
    shown = look(None, details(a_photo("a"), main="https://cdn/a-t.jpeg"))
    assert shown.main_thumbnail is None
    own = look(None, details(a_photo("a"), main="https://cdn/own.jpeg"))
    assert [slot for slot, _ in slots(own)][-1] == Slot("main", 0)
    assert len(own.photos) == 1


def test_two_links_of_one_message_that_differ_in_their_signature_are_two_files() -> None:
    """Never taken for one before their bytes agree; and known as themselves the next day."""
    links = ("https://cdn/a?Signature=1", "https://cdn/a?Signature=2")
    odd = Message(
        "video", None, None, None, None, None, None, None, False, False, links, "{}", A_DIGEST
    )
    record = look(None, details(odd))
    assert [slot for slot, _ in slots(record)] == [Slot("file", 1), Slot("file", 2)]
    again = look(record, details(odd), day=1)
    assert replace(again, snapshots=record.snapshots) == record


def test_what_a_body_of_many_links_costs_grows_with_their_number_and_no_faster() -> None:
    """A body of 4 MB can name 200,000 files: by the square of that it would take half an hour."""

    def seconds(messages: int) -> float:
        links = tuple(f"https://cdn/{at}" for at in range(100))
        body = details(*[replace(a_chat(None, at), links=links) for at in range(messages)])
        begun = time.process_time()
        assert len(look(None, body).files) == messages * 100
        return time.process_time() - begun

    assert seconds(160) < 20 * seconds(20)  # 8 times as many; the square would be 64


def test_an_address_that_is_null_is_a_fault_and_no_fetch() -> None:
    """The photo has its number, and its failure says why."""
    odd = replace(a_photo("a"), image=None)
    record = new_record(ID, "x", NOW)
    entry = SnapshotEntry(1, NOW, RelPath("s"), 1, Sha256("0" * 64), Sha256("0" * 64), "")
    record, present = observe(record, Look(details(odd), None, NOW, entry), key_of)
    first = wanted(record, present)[0]
    assert first.address is None
    assert first.fault == "the address of the photo is null or not text"


def test_a_job_marked_gone_keeps_the_first_time_and_is_unmarked_when_it_returns() -> None:
    """T is when it was found gone, written once."""
    record = look(None, details(a_chat("x")))
    gone = marked_gone(record, "not-found", NOW, None)
    assert marked_gone(gone, "not-found", NOW + timedelta(days=1), None) == gone
    back = look(gone, details(a_chat("x")), day=2)
    assert back.gone is None
    assert [event.kind for event in back.history] == ["archived", "job-gone", "job-back"]


@given(st.lists(st.integers(1, 30), unique=True))
def test_an_order_packed_as_runs_reads_back(order: list[int]) -> None:
    """Runs lose nothing, rising or falling."""
    assert numbers_in(runs(order)) == order


messages = st.one_of(
    st.builds(
        a_chat,
        st.sampled_from(["ok", "ok", "the joint was remade today", None]),
        st.integers(0, 3),
        st.sampled_from(["p1", "p2"]),
    ),
    st.builds(
        a_photo,
        st.sampled_from(["a", "b", "c", "d"]),
        st.integers(0, 3),
        st.sampled_from(["p1", "p2"]),
    ),
)
bodies = st.lists(st.lists(messages, max_size=7), min_size=1, max_size=5)


@settings(max_examples=150)
@given(bodies)
def test_nothing_ever_seen_is_lost_whatever_the_sequence_of_bodies(
    sequence: list[list[Message]],
) -> None:
    """Every wording and address stays; exhibit numbers never change or repeat; the snapshot's
    order gives every message of its body; the same body twice changes nothing."""
    record: JobRecord | None = None
    exhibits: dict[int, int] = {}
    for day, body in enumerate(sequence):
        before = record
        record = look(record, details(*body), day)
        texts = {wording.text for message in record.messages for wording in message.wordings}
        assert {message.text for message in body} <= texts
        seen = {a.address for _, reference in slots(record) for a in reference.addresses}
        assert {message.image for message in body if message.image} <= seen
        if before is not None:
            kept = {w.text for m in before.messages for w in m.wordings}
            assert kept <= texts
            assert {a.address for _, r in slots(before) for a in r.addresses} <= seen
            assert set(exhibits.items()) <= {(p.number, p.message) for p in record.photos}
        exhibits = {photo.number: photo.message for photo in record.photos}
        assert sorted(exhibits) == list(range(1, len(exhibits) + 1))
        assert len(numbers_in(record.snapshots[-1].order)) == len(body)
        present = sorted(m.position for m in record.messages if m.position is not None)
        assert present == list(range(len(body)))
        again = look(record, details(*body), day)
        assert replace(again, snapshots=record.snapshots) == record
