"""How much of what a job points at is kept, and a link to each gap."""

from __future__ import annotations

from archiver.jobbuild import Build
from archiver.jobcontext import Completeness
from archiver.models import PhotoRecord, Reference
from archiver.pagetext import count
from archiver.pagewords import Link, photo_link
from archiver.plan import Slot

GAPS_SHOWN = 6


def is_kept(build: Build, photo: PhotoRecord) -> bool:
    stored = photo.image.stored
    return stored is not None and stored.file not in build.damaged


def _failed(reference: Reference | None) -> str:
    """Why a reference is not (or not in its latest form) kept, empty if it is."""
    if reference is None or reference.failure is None:
        return ""
    return reference.failure.reason


def note_other_gaps(build: Build) -> None:
    """Gaps other than missing photos: thumbnails, the cover, newer versions, files."""
    record = build.record
    for photo in record.photos:
        link = photo_link(photo.number)
        if photo.image.stored is not None and (reason := _failed(photo.image)):
            said = f"a newer picture is missing: {reason}"
            build.gap(Slot("image", photo.number), link, said)
        if reason := _failed(photo.thumbnail):
            said = f"its thumbnail is missing: {reason}"
            build.gap(Slot("thumbnail", photo.number), link, said)
    if reason := _failed(record.main_thumbnail):
        build.gap(Slot("main", 0), Link("#record", "Cover picture"), reason)
    for file in record.files:
        if reason := _failed(file.reference):
            link = Link(f"#m{file.message:04d}", "File")
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
        return f", {known:,} of them acknowledged"
    return ", " + {1: "", 2: "both "}.get(missing, "all ") + "acknowledged"


def _erased(build: Build) -> str:
    """How much was erased, in a sentence of its own."""
    photos = sum(photo.erased is not None for photo in build.record.photos)
    messages = sum(m.erased is not None and m.photo is None for m in build.record.messages)
    counts = [count(photos, "photo")] if photos else []
    counts += [count(messages, "message")] if messages else []
    were = "was" if photos + messages == 1 else "were"
    return f" {' and '.join(counts)} {were} erased on request." if counts else ""


def completeness(build: Build, photos: int, kept: int, messages: int) -> Completeness:
    if not photos:
        heading = "No photos in this job"
    elif kept == photos:
        heading = f"All {count(photos, 'photo')} kept" if photos > 1 else "Its 1 photo is kept"
    else:
        missing = photos - kept
        heading = f"{kept:,} of {count(photos, 'photo')} kept, {missing:,} missing"
        heading += _of_them_accepted(build, missing)
    if messages > 2:
        said = f"All {messages:,} messages are kept."
    elif messages == 2:
        said = "Both messages are kept."
    else:
        said = "Its 1 message is kept." if messages else "It has no messages."
    gaps = build.gaps
    shown = gaps if len(gaps) <= GAPS_SHOWN + 1 else gaps[:GAPS_SHOWN]
    return Completeness(
        heading, not gaps, said + _erased(build), tuple(shown), tuple(gaps[len(shown) :])
    )
