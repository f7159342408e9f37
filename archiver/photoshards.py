"""Files for finding photos: a month's uploads each, loaded by the page for the dates looked at.

`search/photos.js` names the months, newest first, each with its number of photos.
`search/photos-2025-10.js`: `Archive.month('2025-10', json)` with columns, newest photo first:
`folder` (jobs below `jobs/`, joined by a line feed) and `who` (names) are lists; of each photo
`job` and `by` (places in them), `n` (exhibit), `at` (seconds since 1970, each as the step back from
the one before; empty in the month `undated`), `shift` (runs `[photos, seconds]`: local time less
UTC), `thumb` (by place, below the job's folder: only where it is not the usual name, empty where
nothing can be shown).

A photo's month is that of its upload, in the archive's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from archiver import localtime
from archiver.scripttext import js_string, json_text
from archiver.searchable import FoundPhoto, instant_of

EDITION = "photos 1"
"""Changed when the same photos give other files."""
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class PhotoOfJob:
    """A photo with the job it is of: folder (relative to the archive) and title."""

    folder: str
    title: str
    photo: FoundPhoto


def month_of(photo: FoundPhoto, tz: ZoneInfo) -> str:
    """`2025-10`, or `undated`."""
    if photo.second is None:
        return UNDATED
    moment = localtime.local(instant_of(photo.second), tz)
    return f"{moment.year:04d}-{moment.month:02d}"


def newest_first(photos: Iterable[PhotoOfJob]) -> list[PhotoOfJob]:
    """By upload; equal times by job and number."""
    return sorted(
        photos,
        key=lambda one: (-(one.photo.second or 0), one.folder, one.photo.number),
    )


def month_js(month: str, ordered: Sequence[PhotoOfJob], tz: ZoneInfo) -> bytes:
    """One month's file; `ordered` is newest first."""
    folders: dict[str, int] = {}
    names: dict[str, int] = {}
    jobs: list[int] = []
    people: list[int] = []
    thumbs: dict[str, str] = {}
    for place, one in enumerate(ordered):
        jobs.append(folders.setdefault(one.folder, len(folders)))
        people.append(names.setdefault(one.photo.person, len(names)))
        if one.photo.thumbnail != usual_thumbnail(one.photo):
            thumbs[str(place)] = one.photo.thumbnail
    seconds = [one.photo.second for one in ordered if one.photo.second is not None]
    value = {
        "folder": "\n".join(folder.removeprefix("jobs/") for folder in folders),
        "who": list(names),
        "job": jobs,
        "by": people,
        "n": [one.photo.number for one in ordered],
        "at": [before - at for before, at in zip([0, *seconds], seconds, strict=False)],
        "shift": _runs(_shift(second, tz) for second in seconds),
        "thumb": thumbs,
    }
    return f"Archive.month('{month}',{js_string(json_text(value))})\n".encode()


def photos_js(months: Sequence[tuple[str, int]]) -> bytes:
    """`search/photos.js`; months newest first."""
    value = {"version": 1, "months": [list(one) for one in months]}
    return f"Archive.photos(JSON.parse({js_string(json_text(value))}))\n".encode()


def usual_thumbnail(photo: FoundPhoto) -> str:
    """The name most thumbnails have (design.md, *A job's folder*); the page makes it likewise."""
    if photo.second is None:
        return f"data/thumbnails/{photo.number:04d}-undated.jpeg"
    stamp = localtime.compact(instant_of(photo.second))
    return f"data/thumbnails/{photo.number:04d}-{stamp}.jpeg"


def _shift(second: int, tz: ZoneInfo) -> int:
    """Seconds by which local time is ahead of UTC."""
    moment = localtime.local(instant_of(second), tz)
    offset = moment.utcoffset()
    return 0 if offset is None else offset.days * 86400 + offset.seconds


def _runs(values: Iterable[int]) -> list[list[int]]:
    return [[len(list(group)), value] for value, group in groupby(values)]
