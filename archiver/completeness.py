"""How much of what a job points at is kept, and a link to each gap."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.capturetime import FAR, Side, far_told
from archiver.jobbuild import Build
from archiver.jobcontext import Completeness
from archiver.language import NN_
from archiver.models import PhotoRecord, Reference
from archiver.pagewords import (
    Link,
    Sentence,
    both_counted,
    filled,
    numbers,
    photo_link,
    photos_counted,
    told,
)
from archiver.plan import Slot
from archiver.reader import Reader

GAPS_SHOWN = 6


def is_kept(build: Build, photo: PhotoRecord) -> bool:
    stored = photo.image.stored
    return stored is not None and stored.file not in build.damaged


def _failed(build: Build, reference: Reference | None) -> Sentence:
    """Why a reference is not (or not in its latest form) kept, empty if it is."""
    if reference is None or reference.failure is None:
        return ()
    return build.why(reference.failure.reason)


def note_other_gaps(build: Build) -> None:
    """Gaps other than missing photos: thumbnails, the cover, newer versions, files."""
    record, reader = build.record, build.reader
    for photo in record.photos:
        link = photo_link(photo.number)
        if photo.image.stored is not None and (reason := _failed(build, photo.image)):
            said = told(reader, "a newer picture is missing: {reason}", reason=reason)
            build.gap(Slot("image", photo.number), link, said)
        # Of a photo that is missing as a whole, one gap is enough.
        if photo.image.stored is not None and (reason := _failed(build, photo.thumbnail)):
            said = told(reader, "its thumbnail is missing: {reason}", reason=reason)
            build.gap(Slot("thumbnail", photo.number), link, said)
    if reason := _failed(build, record.main_thumbnail):
        build.gap(Slot("main", 0), Link("#record", reader.tr("Cover picture")), reason)
    for file in record.files:
        if reason := _failed(build, file.reference):
            link = Link(f"#m{file.message:04d}", reader.tr("File"))
            build.gap(Slot("file", file.number), link, reason)


def _of_them_accepted(build: Build, missing: int) -> str:
    """How many of the missing photos a person has accepted as lost."""
    known = sum(
        Slot("image", photo.number) in build.accepted and photo.image.stored is None
        for photo in build.record.photos
    )
    if not known:
        return ""
    if known < missing:
        return build.reader.counted(
            known, ", {n} of them acknowledged", ", {n} of them acknowledged"
        )
    if missing == 1:
        return build.reader.tr(", acknowledged")
    if missing == 2:
        return build.reader.tr(", both acknowledged")
    return build.reader.tr(", all acknowledged")


def _erased(build: Build) -> str:
    """How much was erased, in a sentence of its own."""
    reader = build.reader
    photos = sum(photo.erased is not None for photo in build.record.photos)
    messages = sum(m.erased is not None and m.photo is None for m in build.record.messages)
    if not photos + messages:
        return ""
    things = reader.language.joined(list(reversed(both_counted(reader, messages, photos))))
    if photos + messages == 1:
        return reader.tr(" {things} was erased on request.", things=things)
    return reader.tr(" {things} were erased on request.", things=things)


def completeness(build: Build, photos: int, kept: int, messages: int) -> Completeness:
    """How much of the job's photos and messages is kept, in words, and where the gaps are."""
    gaps = build.gaps
    shown = gaps if len(gaps) <= GAPS_SHOWN + 1 else gaps[:GAPS_SHOWN]
    return Completeness(
        _photos_kept(build, photos, kept),
        not gaps,
        _messages_said(build, messages) + _erased(build),
        tuple(shown),
        tuple(gaps[len(shown) :]),
        tuple(_clocks(build)),
    )


_CLOCKS: tuple[tuple[Side, str, str], ...] = (
    (
        "before job",
        *NN_(
            "By its camera’s clock, {n} photo is from before the job was made: {photos}.",
            "By their cameras’ clocks, {n} photos are from before the job was made: {photos}.",
        ),
    ),
    (
        "before upload",
        *NN_(
            "By its camera’s clock, {n} photo is from more than a day before its upload: {photos}.",
            "By their cameras’ clocks, {n} photos are from more than a day before their upload: "
            "{photos}.",
        ),
    ),
    (
        "after upload",
        *NN_(
            "By its camera’s clock, {n} photo is from more than a day after its upload: {photos}.",
            "By their cameras’ clocks, {n} photos are from more than a day after their upload: "
            "{photos}.",
        ),
    ),
)


_FAR_CLOCKS: tuple[tuple[Side, str, str], ...] = (
    _CLOCKS[0],
    (
        "before upload",
        *NN_(
            "By its camera’s clock, {n} photo is from more than {time} before its upload: "
            "{photos}.",
            "By their cameras’ clocks, {n} photos are from more than {time} before their upload: "
            "{photos}.",
        ),
    ),
    (
        "after upload",
        *NN_(
            "By its camera’s clock, {n} photo is from more than {time} after its upload: {photos}.",
            "By their cameras’ clocks, {n} photos are from more than {time} after their upload: "
            "{photos}.",
        ),
    ),
)
"""Where the archive's settings call something else than a day far."""


def _clocks(build: Build) -> Iterator[Sentence]:
    """Photos whose camera's clock stands apart from the job or their upload, as facts."""
    reader = build.reader
    time = far_told(build.far, reader.language)
    for side, one, many in _CLOCKS if build.far == FAR else _FAR_CLOCKS:
        found = [number for number, which in build.clocks.items() if which == side]
        if found:
            words = reader.counted(len(found), one, many, photos="{photos}", time=time)
            yield filled(words, photos=numbers(reader, found, photo_link))


def _photos_kept(build: Build, photos: int, kept: int) -> str:
    reader = build.reader
    if not photos:
        return reader.tr("No photos in this job")
    if kept == photos:
        return reader.counted(photos, "Its {n} photo is kept", "All {n} photos kept")
    missing = photos - kept
    heading = reader.tr(
        "{kept} of {photos} kept, {missing} missing",
        kept=reader.language.number(kept),
        photos=photos_counted(reader, photos),
        missing=reader.language.number(missing),
    )
    return heading + _of_them_accepted(build, missing)


def _messages_said(build: Build, messages: int) -> str:
    if build.record.is_silent:
        return build.reader.tr("The chat is not part of this copy.")
    return _messages_kept(build.reader, messages)


def _messages_kept(reader: Reader, messages: int) -> str:
    if not messages:
        return reader.tr("It has no messages.")
    if messages == 2:
        return reader.tr("Both messages are kept.")
    return reader.counted(messages, "Its {n} message is kept.", "All {n} messages are kept.")
