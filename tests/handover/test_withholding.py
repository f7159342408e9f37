"""What a profile leaves of a record: what is not known to be meant for the recipient is not there.

The strongest test here plants a text of its own into every field of a record, so that a field that
a later version adds cannot come along by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from archiver.hiding import names_of
from archiver.models import Absence, JobRecord, Wording
from archiver.profile import BUILT_IN, CUSTOMER, FULL, PUBLIC, Profile
from archiver.reader import reader_of
from archiver.record import load_record, record_bytes
from archiver.withholding import Left, Part, reference_of, withheld_record
from tests.factories import a_digest, a_job, a_message, a_time, an_odd_job

READER = reader_of("en", "Europe/London")
SALT = b"s" * 32
SHOWN = {"title", "creator_name", "uploader_name", "file", "media_type", "captured", "camera"}
"""Fields whose texts a customer is meant to see (and `place`, which goes with the file)."""
ENUMERATED = {"kind", "sha256", "uploaded_text", "place", "now"}


def left(record: JobRecord, profile: Profile, part: Part | None = None) -> Left:
    people = [(one.uploader_id, one.uploader_name) for one in record.messages]
    people.append((record.creator_id, record.creator_name))
    names = names_of(
        profile.names, people, profile.aliases, lambda n: f"Person {n}", "(name withheld)"
    )
    return withheld_record(
        record,
        profile,
        names,
        reference=reference_of(SALT, profile, part),
        source=a_digest("tagmanifest"),
        reader=READER,
        part=part,
    )


def body(record: JobRecord) -> str:
    return record_bytes(record).decode("utf-8", "backslashreplace")


def planted(value: Any, name: str, found: dict[str, str]) -> Any:
    """The same value with a secret in every text, each noted by its field."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            one.name: planted(getattr(value, one.name), one.name, found)
            for one in dataclasses.fields(value)
        }
        return replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(planted(one, name, found) for one in value)
    if isinstance(value, str) and name not in ENUMERATED:
        secret = f"planted{len(found):05d}"
        found[secret] = name
        # A path keeps its form, for it is taken apart.
        return f"data/images/{secret}.jpeg" if name == "file" else secret
    return value


def with_everything() -> JobRecord:
    """A record with something in every field."""
    record = an_odd_job()
    edited = replace(
        record.messages[0],
        wordings=(Wording(1, a_time(), "before"), Wording(2, a_time(60), "after")),
        odd=("something odd",),
        raw='{"a": "b"}',
    )
    return replace(
        record,
        messages=(edited, *record.messages[1:]),
        web_app_link="https://app.example/1",
        report_link="https://report.example/1",
        listed_name="another name",
    )


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - {"full", "auditor"}))
def test_only_texts_meant_for_the_recipient_are_left(name: str) -> None:
    """Of a secret in every text of a record, those in fields that the profile shows are left."""
    found: dict[str, str] = {}
    record = planted(with_everything(), "", found)
    assert len(found) > 60
    text = body(left(record, BUILT_IN[name]).record)
    leaked = {field for secret, field in found.items() if secret in text}
    allowed = SHOWN if name == "customer" else SHOWN - {"creator_name", "uploader_name"}
    assert leaked <= allowed


def test_chat_and_history_come_only_when_asked_for() -> None:
    """Each alone, and both."""
    found: dict[str, str] = {}
    record = planted(with_everything(), "", found)
    for chat in (False, True):
        for history in (False, True):
            profile = CUSTOMER.redacting(chat=chat, history=history)
            text = body(left(record, profile).record)
            leaked = {field for secret, field in found.items() if secret in text}
            assert ("text" in leaked) is chat
            assert leaked <= SHOWN | ({"text"} if chat else set()) | (
                {"was", "now"} if history else set()
            )


def test_ids_and_links_are_in_no_copy() -> None:
    """Not even in one of which almost nothing is withheld."""
    record = replace(
        a_job(photos=2),
        web_app_link="https://app.example/68d0",
        report_link="https://report.example/68d0",
    )
    text = body(left(record, FULL.redacting(names="hide")).record)
    assert record.job_id not in text
    assert "app.example" not in text
    assert "report.example" not in text


def test_what_is_withheld_is_counted() -> None:
    """Messages whose words are gone, removed photos, earlier wordings."""
    record = an_odd_job()
    said = [m for m in record.messages if any(w.text for w in m.wordings) or not m.is_known]
    made = left(record, CUSTOMER)
    assert made.record.derived is not None
    held = made.record.derived.withheld
    assert held.messages == len(made.messages) == len(said)
    gone = {m.number for m in record.messages if m.gone is not None}
    photos = {p.number for p in record.photos if p.message in gone} | set(record.photos_gone)
    assert set(made.photos) == photos
    assert held.photos == len(photos)
    with_all = left(record, CUSTOMER.redacting(chat=True, history=True)).record
    assert with_all.derived is not None
    assert with_all.derived.withheld.photos == 0


def test_single_messages_and_photos_can_be_left_out() -> None:
    """A message with its photos, a photo alone; the rest keeps its numbers."""
    record = a_job(photos=4)
    number = record.photos[1].number
    message = record.photos[2].message
    made = left(
        record,
        CUSTOMER.redacting(without_photos=frozenset({number}), without_messages={message}),
    ).record
    kept = {photo.number for photo in record.photos} - {number, record.photos[2].number}
    assert {photo.number for photo in made.photos} == kept
    assert message not in {one.number for one in made.messages}


def test_photos_can_be_chosen_by_day() -> None:
    """By the day in the archive's time zone; a photo without a time does not come along."""
    record = a_job(photos=3)
    day = READER.local(record.messages[0].uploaded or a_time()).date()
    assert left(record, CUSTOMER.redacting(since=day, until=day)).record.photos
    later = left(record, CUSTOMER.redacting(since=date(2031, 1, 1))).record
    assert later.photos == ()
    undated = replace(record, messages=tuple(replace(m, uploaded=None) for m in record.messages))
    assert left(undated, CUSTOMER.redacting(since=day)).record.photos == ()


def test_a_name_in_chat_and_title_is_hidden_too() -> None:
    """In the title, from which folder and pages are named, and in every word of chat."""
    record = replace(
        a_job(photos=1),
        title="Boiler for Craig Parker",
        messages=(a_message(1, text="Craig is on his way"), *a_job(photos=1).messages[1:]),
    )
    made = left(record, CUSTOMER.redacting(chat=True, names="replace")).record
    assert "Craig" not in body(made)
    assert "craig" not in made.folder
    assert made.title is not None
    assert made.title.startswith("Boiler for Person ")


def test_a_removed_message_stays_with_the_sender() -> None:
    """Its words and its photo; asked for, it comes marked as removed."""
    record = a_job(photos=2)
    last = record.messages[-1]
    gone = replace(last, position=None, absences=(Absence(a_time(90)),))
    record = replace(record, messages=(*record.messages[:-1], gone))
    assert gone.number not in {m.number for m in left(record, CUSTOMER).record.messages}
    kept = left(record, CUSTOMER.redacting(history=True, chat=True)).record.messages[-1]
    assert kept.number == gone.number
    assert kept.gone is not None


def test_a_reason_does_not_name_where_a_photo_was() -> None:
    """The words of a failure may hold an address."""
    record = an_odd_job()
    reasons = {r.failure.reason for r in record.references if r.failure}
    assert reasons
    text = body(left(record, CUSTOMER.redacting(history=True)).record)
    assert not any(reason in text for reason in reasons)


def test_the_reference_says_nothing_and_is_the_same_every_time() -> None:
    """For the same seal and profile; another seal or profile has another one."""
    one = reference_of(SALT, CUSTOMER)
    assert one == reference_of(SALT, CUSTOMER)
    others = {
        reference_of(b"t" * 32, CUSTOMER),
        reference_of(SALT, PUBLIC),
        reference_of(SALT, CUSTOMER.redacting(chat=True)),
        reference_of(SALT, CUSTOMER, Part(1, 2, frozenset())),
    }
    assert len(others | {one}) == 5


def test_parts_share_the_photos_out() -> None:
    """Each exhibit is in one part, and what is in another is not called withheld."""
    record = a_job(photos=4)
    numbers = [photo.number for photo in record.photos]
    first = left(record, CUSTOMER, Part(1, 2, frozenset(numbers[:2]))).record
    second = left(record, CUSTOMER, Part(2, 2, frozenset(numbers[2:]))).record
    assert [p.number for p in (*first.photos, *second.photos)] == numbers
    assert first.derived
    assert first.derived.withheld.photos == 0
    assert first.folder != second.folder


def fields(record: JobRecord) -> Iterator[str]:
    yield from (one.name for one in dataclasses.fields(record))


def test_a_derived_record_can_be_read_again() -> None:
    """As any other."""
    made = left(an_odd_job(), CUSTOMER.redacting(chat=True, history=True)).record
    assert load_record(record_bytes(made)) == made
    assert "derived" in set(fields(made))
