"""The index's data: classic scripts that a page may load from `file://`, where it may not fetch.

`search/meta.js` names the shards, people and months; each `search/jobs-NNNN.js` holds 5,000 jobs
(the last one the newest, and what is left), newest first, as columns in one `JSON.parse` string;
`search/checks.js` says when jobs were last
verified, and is the only file here that changes without a change of the archive.

Columns of a shard (one item a job; texts joined by a line feed, a line feed inside one as U+000B):
`name`, `folder` (below `jobs/`), `thumb` (below the job's folder, below `data/thumbnails/` if it
has no `/`), `sub` (first words of chat), `created` and `updated` (seconds: the first as steps from
job to job, the second from `created`), `day` and `uday` (the same for days since 1970-01-01 in the
archive's time zone), `who` (places in `people`), `photos`, `st` (bits: 1 photos missing,
2 changed upstream, 4 gone, 8 damaged), `undated` and `still` (places of jobs without a creation or
update time), `ids`, `former` and `alt` (by place: an id its folder does not end in, former titles,
numbers and postcodes as they are without spaces).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from archiver import localtime
from archiver.models import JobSummary
from archiver.pagetext import visible
from archiver.scripttext import js_string, json_text
from archiver.words import fold, joined_forms

SHARD_JOBS = 5000
"""Measured (frontend.md §7): larger shards block the page longer, smaller ones load slower."""
MISSING, CHANGED, GONE, DAMAGED = 1, 2, 4, 8
_MONTHS_FILLED = 600
_THUMBNAILS = "data/thumbnails/"


def newest_first(summaries: Iterable[JobSummary]) -> list[JobSummary]:
    """The order of the index: by creation, undated jobs last, equal times by id."""
    dated = sorted(
        (s for s in summaries if s.created is not None),
        key=lambda s: (_seconds(s.created), s.job_id),
        reverse=True,
    )
    undated = sorted((s for s in summaries if s.created is None), key=lambda s: s.job_id)
    return dated + undated


def status_bits(summary: JobSummary) -> int:
    """What is to be said of a job, as bits."""
    return (
        (MISSING if summary.missing else 0)
        | (CHANGED if summary.changes else 0)
        | (GONE if summary.gone else 0)
        | (DAMAGED if summary.damaged else 0)
    )


def month_key(instant: datetime, tz: ZoneInfo) -> str:
    """`2025-10`: the month of an instant in the archive's time zone."""
    moment = localtime.local(instant, tz)
    return f"{moment.year:04d}-{moment.month:02d}"


def search_files(ordered: Sequence[JobSummary], tz: ZoneInfo) -> dict[str, bytes]:
    """`search/meta.js` and the shards, of jobs in the order of `newest_first`."""
    people: dict[str, int] = {}
    for summary in reversed(ordered):  # oldest first: a new job then renumbers nobody
        for name in summary.people:
            people.setdefault(name, len(people))
    files: dict[str, bytes] = {}
    names: list[str] = []
    for number, jobs in _shards(ordered):
        name = f"jobs-{number:04d}.js"
        call = f"Archive.shard({number},{js_string(json_text(_shard(jobs, people, tz)))})\n"
        files[f"search/{name}"] = call.encode()
        names.append(name)
    meta = {
        "version": 1,
        "jobs": len(ordered),
        "per": SHARD_JOBS,
        "shards": names,
        "people": [visible(name) for name in people],
        "months": _months(ordered, tz),
        "timezone": str(tz),
    }
    files["search/meta.js"] = f"Archive.index(JSON.parse({js_string(json_text(meta))}))\n".encode()
    return files


def checks_js(checks: Mapping[str, tuple[datetime | None, bool]]) -> bytes:
    """`search/checks.js`: by job id, when its bag was last verified, and whether it is damaged."""
    ordered = sorted(checks.items())
    columns = {
        "id": [job_id for job_id, _ in ordered],
        "at": [_seconds(at) if at is not None else None for _, (at, _) in ordered],
        "bad": [place for place, (_, (_, damaged)) in enumerate(ordered) if damaged],
    }
    return f"Archive.checks({js_string(json_text(columns))})\n".encode()


def _shards(ordered: Sequence[JobSummary]) -> Iterator[tuple[int, Sequence[JobSummary]]]:
    """Shards, the newest first. They are numbered and filled from the oldest job on: a new one
    then changes the last shard and no other."""
    total = len(ordered)
    for number in reversed(range(-(-total // SHARD_JOBS))):
        older = number * SHARD_JOBS
        yield number, ordered[max(0, total - older - SHARD_JOBS) : total - older]


def _shard(
    summaries: Sequence[JobSummary], people: Mapping[str, int], tz: ZoneInfo
) -> dict[str, object]:
    created: list[int] = []
    updated: list[int] = []
    days: list[int] = []
    updated_days: list[int] = []
    undated: list[int] = []
    still: list[int] = []
    ids: dict[str, str] = {}
    former: dict[str, str] = {}
    second = day = 0
    for place, summary in enumerate(summaries):
        now = second if summary.created is None else _seconds(summary.created)
        today = day if summary.created is None else _day(summary.created, tz)
        if summary.created is None:
            undated.append(place)
        created.append(now - second)
        days.append(today - day)
        second, day = now, today
        if summary.updated is None:
            still.append(place)
        updated.append(0 if summary.updated is None else _seconds(summary.updated) - now)
        updated_days.append(0 if summary.updated is None else _day(summary.updated, tz) - today)
        if not summary.folder.endswith(f"-{summary.job_id}"):
            ids[str(place)] = visible(summary.job_id)
        if summary.former_titles:
            former[str(place)] = visible("\t".join(summary.former_titles))
    return {
        "name": _column(s.title or "" for s in summaries),
        "folder": _column(s.folder.removeprefix("jobs/") for s in summaries),
        "thumb": _column(_thumb(s) for s in summaries),
        "sub": _column(s.excerpt for s in summaries),
        "created": created,
        "updated": updated,
        "day": days,
        "uday": updated_days,
        "undated": undated,
        "still": still,
        "who": [[people[name] for name in s.people] for s in summaries],
        "photos": [s.photos for s in summaries],
        "st": [status_bits(s) for s in summaries],
        "ids": ids,
        "former": former,
        "alt": {str(at): alt for at, one in enumerate(summaries) if (alt := _joined(one))},
    }


def _joined(summary: JobSummary) -> str:
    """Numbers and postcodes of titles and first words without their spaces, where they have any."""
    text = visible("\n".join([summary.title or "", *summary.former_titles, summary.excerpt]))
    folded = fold(text)
    return " ".join(sorted(form for form in joined_forms(text, folded) if form not in folded))


def _thumb(summary: JobSummary) -> str:
    path = (summary.thumbnail or "").removeprefix(f"{summary.folder}/")
    return path.removeprefix(_THUMBNAILS) if path.count("/") == 2 else path


def _column(texts: Iterable[str]) -> str:
    """Texts in one string: a line feed inside one is U+000B, which `visible` leaves in none."""
    return "\n".join(visible(text).replace("\n", "\v") for text in texts)


def _months(summaries: Sequence[JobSummary], tz: ZoneInfo) -> dict[str, int]:
    """Jobs a month; months without one are filled in unless the dates are absurdly far apart."""
    found: dict[str, int] = {}
    for summary in summaries:
        if summary.created is not None:
            key = month_key(summary.created, tz)
            found[key] = found.get(key, 0) + 1
    if not found:
        return {}
    first, last = (int(k[:4]) * 12 + int(k[5:]) - 1 for k in (min(found), max(found)))
    if last - first > _MONTHS_FILLED:
        return dict(sorted(found.items()))
    keys = (f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1))
    return {key: found.get(key, 0) for key in keys}


def _seconds(instant: datetime | None) -> int:
    """Whole seconds since 1970-01-01, also before it and far from it."""
    if instant is None:
        return 0
    since = instant - localtime.EPOCH
    return since.days * 86400 + since.seconds


def _day(instant: datetime, tz: ZoneInfo) -> int:
    return localtime.epoch_day(localtime.local(instant, tz))
