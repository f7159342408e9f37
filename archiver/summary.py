"""A job's row in the index, as a pure function of its record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archiver.historywords import changes
from archiver.jobbuild import NO_NAME, is_photo_only, person_key
from archiver.models import JobRecord, JobSummary, PhotoRecord, RelPath, StoredFile
from archiver.naming import folder_path
from archiver.renditionplan import shown_in_browser

EXCERPT = 140
"""Characters of chat shown under a job's name."""
STAND_IN_BYTES = 2_000_000
"""A full image stands in for a thumbnail up to this size, in bytes."""


def job_summary(record: JobRecord, *, damaged: bool = False) -> JobSummary:
    """The row of `record`; `damaged` is what `verify` last found."""
    created = record.created or record.listed_created
    folder = folder_path(record.folder)
    people = _people(record)
    thumbnail = _thumbnail(record)
    photos_of: dict[int, list[PhotoRecord]] = {}
    for photo in record.photos:
        photos_of.setdefault(photo.message, []).append(photo)
    return JobSummary(
        job_id=record.job_id,
        folder=folder,
        title=record.title,
        created=created,
        updated=record.updated,
        people=people,
        photos=sum(photo.erased is None for photo in record.photos),
        missing=sum(p.image.stored is None and p.erased is None for p in record.photos),
        messages=sum(
            message.erased is None and not is_photo_only(message, photos_of.get(message.number, ()))
            for message in record.messages
        ),
        changes=changes(record.history),
        gone=record.gone.since if record.gone else None,
        damaged=damaged,
        thumbnail=RelPath(f"{folder}/{thumbnail}") if thumbnail else None,
        excerpt=_excerpt(message.text for message in record.messages),
        former_titles=_former_titles(record),
        also_named=tuple(name for name in _other_names(record) if name not in people),
    )


def _people(record: JobRecord) -> tuple[str, ...]:
    """Everybody who wrote or uploaded, by their latest name, in order of appearance."""
    names: dict[str, str] = {}
    for message in record.messages:
        if message.erased is not None:
            continue
        key = person_key(message)
        names[key] = message.uploader_name or names.get(key, "")
    return tuple(dict.fromkeys(name or NO_NAME for name in names.values()))


def _other_names(record: JobRecord) -> Iterator[str]:
    """Who made the job, and every name that somebody in it once had."""
    renamed = (event for event in record.history if event.kind == "people-renamed")
    names = (record.creator_name, *(name for event in renamed for name in (event.was, event.now)))
    yield from dict.fromkeys(name for name in names if name)


def _pictures(record: JobRecord) -> Iterator[StoredFile | None]:
    """Pictures that may stand for the job, the fittest first."""
    if record.main_thumbnail is not None:
        yield record.main_thumbnail.stored
    for photo in record.photos:
        yield photo.thumbnail.stored if photo.thumbnail else None
    for photo in record.photos:
        image = photo.image.stored
        yield image if image is not None and image.size <= STAND_IN_BYTES else None


def _thumbnail(record: JobRecord) -> str:
    for stored in _pictures(record):
        if stored is not None and shown_in_browser(stored):
            return stored.file
    return ""


def _excerpt(texts: Iterable[str | None]) -> str:
    """The first words of chat, on one line."""
    for text in texts:
        words = " ".join(text[: EXCERPT * 8].split()) if text else ""
        if words:
            return words if len(words) <= EXCERPT else words[:EXCERPT].rsplit(" ", 1)[0] + "…"
    return ""


def _former_titles(record: JobRecord) -> tuple[str, ...]:
    """The names a job had before, oldest first, without the present one."""
    titles = (event.was for event in record.history if event.kind == "renamed" and event.was)
    return tuple(dict.fromkeys(title for title in titles if title != record.title))
