"""Builders of values for tests: each test names only what matters to it.

`a_job(photos=3)` is a plausible job; `a_record(...)` takes the parts; `an_odd_job()` has one of
everything a page must cope with. All of it is deterministic: no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from archiver.models import (
    Absence,
    AddressKey,
    AddressSeen,
    Failure,
    FileRecord,
    HistoryEvent,
    JobId,
    JobRecord,
    JobSummary,
    MessageRecord,
    PhotoRecord,
    Reference,
    RelPath,
    Seal,
    Sha256,
    SnapshotEntry,
    StoredFile,
    Wording,
)

START = datetime(2025, 10, 22, 10, 12, 24, 620_000, tzinfo=UTC)
JOB_ID = "68d0ed784f25458a9e878d15"
PEOPLE = ("Craig Parker", "Amira Hassan", "Tom Wells", "Sofia Lindqvist")
SHAPES = ((520, 390), (520, 390), (390, 520), (520, 292))


def a_time(minutes: float = 0) -> datetime:
    """`START` and some minutes."""
    return START + timedelta(minutes=minutes)


def a_digest(of: object) -> Sha256:
    """A SHA-256 that depends on `of` alone."""
    return Sha256(sha256(repr(of).encode()).hexdigest())


def an_address(name: str, **fields: object) -> AddressSeen:
    """An address a picture was seen at."""
    url = f"https://cdn.workphotos.com/{name}"
    return replace(AddressSeen(url, AddressKey(url), 1), **fields)  # type: ignore[arg-type]


def a_file(
    file: str, *, width: int | None = 520, height: int | None = 390, **fields: object
) -> StoredFile:
    """A kept file, by its path below the job's folder."""
    suffix = file.rpartition(".")[2]
    types = {"jpeg": "image/jpeg", "png": "image/png", "heic": "image/heic", "webp": "image/webp"}
    stored = StoredFile(
        RelPath(file),
        a_digest(file),
        10_511,
        types.get(suffix, "application/octet-stream"),
        width,
        height,
    )
    return replace(stored, **fields)  # type: ignore[arg-type]


def a_name(number: int, suffix: str = "jpeg") -> str:
    """A photo's file name."""
    return f"{number:04d}-{a_time(number):%Y%m%dT%H%M%SZ}.{suffix}"


def a_reference(*versions: StoredFile, failure: Failure | None = None) -> Reference:
    """A picture's reference, with one address."""
    return Reference((an_address("x.jpeg"),), versions, failure)


def a_photo(number: int, message: int, **fields: object) -> PhotoRecord:
    """A kept exhibit with its thumbnail; every fourth is of another shape."""
    width, height = SHAPES[number % len(SHAPES)]
    name = a_name(number)
    photo = PhotoRecord(
        number,
        message,
        a_reference(a_file(f"data/images/{name}", width=width, height=height)),
        a_reference(
            a_file(f"data/thumbnails/{name}", width=width * 236 // 520, height=height * 236 // 520)
        ),
    )
    return replace(photo, **fields)  # type: ignore[arg-type]


def a_missing_photo(number: int, message: int, reason: str = "HTTP 404 Not Found") -> PhotoRecord:
    """An exhibit that could not be fetched, its thumbnail neither."""
    failure = Failure(reason, a_time(60), 404)
    return PhotoRecord(number, message, a_reference(failure=failure), None)


def a_message(
    number: int,
    text: str | None = "Pressure was down at 0.4 bar.",
    *,
    minutes: float | None = None,
    who: int = 0,
    was: Sequence[str | None] = (),
    **fields: object,
) -> MessageRecord:
    """A chat message; `was` are its earlier wordings, `who` is a place in `PEOPLE`."""
    uploaded = a_time(number if minutes is None else minutes)
    said = [*was, text]
    message = MessageRecord(
        number=number,
        kind="chat",
        uploaded_text=None,
        uploaded=uploaded,
        uploader_id=f"person-{who}",
        uploader_name=PEOPLE[who],
        wordings=tuple(
            Wording(n, a_time(24 * 60 * n), wording) for n, wording in enumerate(said, 1)
        ),
        first_snapshot=1,
        position=number - 1,
    )
    return replace(message, **fields)  # type: ignore[arg-type]


def a_photo_message(number: int, photo: int, **fields: object) -> MessageRecord:
    """A message that is nothing but a photo."""
    return replace(a_message(number, None, **fields), kind="image", photo=photo)  # type: ignore[arg-type]


def a_snapshot(number: int = 1) -> SnapshotEntry:
    """A distinct details body."""
    taken = a_time(24 * 60 * number)
    return SnapshotEntry(
        number,
        taken,
        RelPath(f"data/snapshots/{number:04d}-{taken:%Y%m%dT%H%M%SZ}.json"),
        2048,
        a_digest(number),
        a_digest(-number),
        "https://api.work.photos",
    )


def a_record(
    messages: Sequence[MessageRecord] = (), photos: Sequence[PhotoRecord] = (), **fields: object
) -> JobRecord:
    """A job's record of the given parts."""
    record = JobRecord(
        job_id=JobId(JOB_ID),
        folder=f"2025-10-22-boiler-service-{JOB_ID}",
        seal=1,
        sealed=a_time(24 * 60),
        title="Boiler service, 14 Ashgrove Terrace",
        creator_id="person-0",
        creator_name=PEOPLE[0],
        created=START,
        updated=a_time(90),
        web_app_link=f"https://app.workphotos.com/w/jobs/{JOB_ID}",
        report_link=f"https://reports.workphotos.com/{JOB_ID}",
        snapshots=(a_snapshot(),),
        messages=tuple(messages),
        photos=tuple(photos),
        history=(HistoryEvent("archived", a_time(24 * 60), 1),),
    )
    return replace(record, **fields)  # type: ignore[arg-type]


def a_job(
    *, photos: int = 3, messages: int = 2, minutes_apart: float = 4, **fields: object
) -> JobRecord:
    """A plausible job: messages by several people, photos between them."""
    entries: list[MessageRecord] = []
    kept: list[PhotoRecord] = []
    for number in range(1, photos + messages + 1):
        minutes = number * minutes_apart
        # spread the messages evenly among the photos
        if len(entries) - len(kept) < messages * number // (photos + messages):
            text = f"Note {number}: found it, a weep on the compression joint."
            entries.append(a_message(number, text, minutes=minutes, who=number // 6 % 4))
        else:
            kept.append(a_photo(len(kept) + 1, number))
            entries.append(a_photo_message(number, len(kept), minutes=minutes, who=number // 6 % 4))
    return a_record(entries, kept, **fields)


def a_seal(number: int = 1) -> Seal:
    """A seal."""
    return Seal(number, a_time(24 * 60), a_digest(f"seal {number}"), 56, 395_478)


def a_summary(number: int = 0, **fields: object) -> JobSummary:
    """A row of the index, each number another job, an hour older each."""
    job_id = sha256(str(number).encode()).hexdigest()[:24]
    folder = f"jobs/2025/2025-10-22-boiler-service-{number}-{job_id}"
    summary = JobSummary(
        job_id=JobId(job_id),
        folder=RelPath(folder),
        title=f"Boiler service, {number} Ashgrove Terrace",
        created=START - timedelta(hours=number),
        updated=START - timedelta(hours=number) + timedelta(minutes=90),
        people=PEOPLE[: number % 4 + 1],
        photos=number % 30,
        messages=number % 12,
        thumbnail=RelPath(f"{folder}/data/thumbnails/{a_name(1)}"),
        excerpt="On site. No hot water since Sunday night.",
    )
    return replace(summary, **fields)  # type: ignore[arg-type]


def an_odd_job() -> JobRecord:
    """One of everything a page must cope with."""
    day = 24 * 60
    failed = Failure("HTTP 404 Not Found", a_time(day), 404)
    torn = Failure(
        "The file ends before its end marker",
        a_time(day),
        200,
        a_file("data/damaged/0006-20251022T101824Z.jpeg", width=None, height=None),
    )
    text = "See https://example.com/boiler?id=4&part=2 or write to craig@example.com."
    location = '{"messageType": "location",\n "label": "On site", "file": "https://x.test/a.gpx"}'
    messages = (
        a_message(1, "On site. Tenant says no hot water since Sunday night.", minutes=0),
        *(a_photo_message(n + 1, n, minutes=n) for n in range(1, 8)),
        a_message(
            9,
            "Remade the joint with two new olives and PTFE.",
            minutes=40,
            was=("Remade the joint with a new olive.", "Remade the joint with two olives."),
        ),
        a_message(
            10,
            "Lockshield was shut, the cap is missing.",
            minutes=44,
            who=2,
            position=None,
            absences=(Absence(a_time(3 * day), a_time(2 * day)),),
        ),
        a_message(
            11,
            "Back again tomorrow.",
            minutes=45,
            who=2,
            absences=(Absence(a_time(2 * day), a_time(day), a_time(3 * day)),),
        ),
        a_message(12, None, minutes=46, who=1, kind="location", raw=location, files=(1, 2), odd=()),
        a_message(
            13,
            "Understood in part.",
            minutes=47,
            who=1,
            raw='{"messageType": "chat", "textMessage": "Understood in part.", "x": 1}',
            odd=("a field “x” that is not documented",),
        ),
        a_message(14, "שלום, הדוד תקין <b>not bold</b> 完成 🔧", minutes=day, who=3),
        a_message(15, text, minutes=day + 1, who=3),
        a_message(16, "word " * 800, minutes=day + 2, who=3),
        a_message(17, None, minutes=day + 3, who=3),
        a_message(18, "No name here.", minutes=day + 4, uploader_id=None, uploader_name=None),
        a_message(
            19, "A time nobody can read.", uploaded=None, uploaded_text="yesterday, around noon"
        ),
        a_photo_message(
            20, 8, minutes=day + 60, who=3, position=None, absences=(Absence(a_time(3 * day)),)
        ),
        a_photo_message(21, 9, minutes=day + 61, who=3),
    )
    first = a_photo(1, 2)
    photos = (
        first,
        PhotoRecord(
            2, 3, a_reference(failure=failed), a_reference(a_file(f"data/thumbnails/{a_name(2)}"))
        ),
        PhotoRecord(
            3,
            4,
            a_reference(
                a_file(f"data/images/{a_name(3, 'heic')}", width=None, height=None, decoded=False)
            ),
            a_reference(a_file(f"data/thumbnails/{a_name(3)}", width=177, height=236)),
        ),
        PhotoRecord(
            4,
            5,
            a_reference(a_file("data/images/0004.tiff", media_type="image/tiff")),
        ),
        a_photo(
            5,
            6,
            image=a_reference(
                a_file(f"data/images/{a_name(5)}"),
                a_file("data/images/0005-v2.jpeg", captured="2025:10:22 11:13:05", orientation=6),
            ),
        ),
        PhotoRecord(6, 7, a_reference(failure=torn)),
        replace(
            first,
            number=7,
            message=8,
            image=replace(first.image, versions=(replace(first.image.versions[0], same_as=1),)),
        ),
        a_photo(8, 20),
        a_photo(9, 21),
    )
    files = (
        FileRecord(1, 12, a_reference(a_file("data/files/0001-a.gpx", width=None, height=None))),
        FileRecord(2, 12, a_reference(failure=Failure("HTTP 410 Gone", a_time(day), 410))),
    )
    history = (
        HistoryEvent("archived", a_time(day), 1, (1, 2, 3), (1, 2)),
        HistoryEvent("edited", a_time(2 * day), 2, (9,)),
        HistoryEvent("message-gone", a_time(3 * day), 3, (10, 20), (8,)),
        HistoryEvent("photo-gone", a_time(3 * day), 3, (), (9,)),
        HistoryEvent("renamed", a_time(3 * day), 3, was="Boiler <old>", now="Boiler service"),
        HistoryEvent("job-gone", a_time(4 * day), None, now="not-found"),
    )
    return a_record(
        messages,
        photos,
        files=files,
        history=history,
        snapshots=tuple(a_snapshot(n) for n in (1, 2, 3)),
        listed_name="Boiler service",
        absences=(Absence(a_time(4 * day), a_time(3 * day)),),
        odd=("a field “priority” that is not documented",),
    )
