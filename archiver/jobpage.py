"""One job's page: its context, from the record and the seal alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from archiver import localtime
from archiver.completeness import completeness, is_kept, note_other_gaps
from archiver.historywords import changes, history_lines
from archiver.jobbuild import Build
from archiver.jobcontext import JobPage, SealFact, Sheet
from archiver.models import Absence, JobRecord, RelPath, Seal
from archiver.pagetext import count, file_size, href, joined, web_address
from archiver.pagewords import Sentence, absences_told, erasure_told
from archiver.pins import Decision
from archiver.plan import Slot
from archiver.renditionplan import Rendition
from archiver.timeline import days_of, people_of, spots_of

LONG_PHOTOS = 200
LONG_ENTRIES = 500
"""From here a job's days are sections that the browser may skip while they are off screen."""
NO_TITLE = "(no title)"
_PLAIN_HEX = re.compile(r"[0-9A-Fa-f]{1,64}\Z")


def language_tag(wanted: str) -> str:
    """The language the pages' own words are in: English, of whatever country."""
    return wanted if re.match(r"en(-[A-Za-z0-9-]+)?\Z", wanted) else "en-GB"


def job_page_context(
    record: JobRecord,
    seal: Seal,
    *,
    workspace: str | None,
    timezone: str,
    language: str,
    sheets: tuple[str, ...],
    sheet_pdf: str | None,
    damaged: tuple[str, ...],
    accepted: Mapping[Slot, Decision],
    renditions: Mapping[RelPath, Rendition],
    standalone: bool,
) -> JobPage:
    """The context of a job's page."""
    tz = localtime.zone(timezone)
    build = Build(
        record=record,
        tz=tz,
        damaged=frozenset(damaged),
        photos_gone=_photos_gone(record),
        accepted=accepted,
        renditions=renditions,
        stored_of={p.number: s.file for p in record.photos if (s := p.image.stored) is not None},
    )
    spots = spots_of(build)
    people = people_of(build, spots)
    days, day_links = days_of(build, spots)
    messages = sum(not spot.only_photo and spot.message.erased is None for spot in spots)
    photos = sum(photo.erased is None for photo in record.photos)
    kept = sum(is_kept(build, photo) for photo in record.photos)
    note_other_gaps(build)
    created = record.created or record.listed_created
    dated = sum(1 for link in day_links if link.href != "#d-none")
    title = record.title
    return JobPage(
        lang=language_tag(language),
        standalone=standalone,
        style=_footer_style(record, seal),
        workspace=workspace or "",
        title=title,
        window_title=_window_title(title, created, tz),
        listed_as=(record.listed_name or "") if record.listed_name != title else "",
        job_id=record.job_id,
        timezone=timezone,
        created=localtime.when_full(created, tz) if created else None,
        creator=record.creator_name or "",
        updated=localtime.when_full(record.updated, tz) if record.updated else None,
        counts=", ".join(
            (
                count(photos, "photo"),
                count(messages, "message"),
                count(len(people), "person", "people"),
                count(dated, "day"),
            )
        ),
        app_link=web_address(record.web_app_link) or "",
        report_link=web_address(record.report_link) or "",
        away=absences_told(record.absences, tz),
        odd=record.odd,
        erased=tuple(erasure_told(one, tz) for one in record.erasures),
        damaged=damaged,
        seal=_seal_fact(seal, tz),
        complete=completeness(build, photos, kept, messages),
        snapshots=count(len(record.snapshots), "snapshot"),
        changes=count(changes(record.history), "later change"),
        changed=_changed(record),
        history=history_lines(build),
        long=photos > LONG_PHOTOS or len(record.messages) > LONG_ENTRIES,
        days=days,
        people=people,
        day_links=day_links,
        photos=photos,
        kept=kept,
        messages=count(messages, "message"),
        sheets=tuple(Sheet(href(sheet), n) for n, sheet in enumerate(sheets, 1)),
        sheet_pdf=href(sheet_pdf) if sheet_pdf else "",
    )


def _window_title(title: str | None, created: datetime | None, tz: ZoneInfo) -> str:
    parts = [title if title else NO_TITLE]
    if created:
        parts.append(localtime.day(localtime.local(created, tz)))
    return " · ".join([*parts, "Job record"])


def _footer_style(record: JobRecord, seal: Seal) -> str:
    """The printed footer: only plain hexadecimal ever gets into a style sheet."""
    job = f"Job {record.job_id}, seal" if _PLAIN_HEX.match(record.job_id) else "Seal"
    short = seal.tagmanifest[:16] if _PLAIN_HEX.match(seal.tagmanifest) else ""
    look = "font: 8pt sans-serif; color: #555;"
    return f'@page {{ @bottom-left {{ content: "{job} {short}…"; {look} }} }}'


def _seal_fact(seal: Seal, tz: ZoneInfo) -> SealFact:
    digest = seal.tagmanifest
    groups = " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
    covers = f"{count(seal.files, 'file')}, {file_size(seal.size)}"
    return SealFact(seal.number, localtime.when_full(seal.sealed, tz), groups, digest, covers)


def _changed(record: JobRecord) -> Sentence:
    """What changed upstream, in one short sentence with a link to the history."""
    tally: dict[str, int] = {}
    for event in record.history:
        if event.kind == "photo-changed" and event.now:
            continue  # only its thumbnail, or the cover
        tally[event.kind] = tally.get(event.kind, 0) + max(1, len(event.messages or event.photos))
    said: list[str] = []
    for kind, one, many in (
        ("edited", "message was edited", "messages were edited"),
        ("message-gone", "message was removed", "messages were removed"),
        ("photo-gone", "photo was removed", "photos were removed"),
        ("photo-changed", "photo was replaced", "photos were replaced"),
    ):
        if tally.get(kind):
            said.append(f"{tally[kind]:,} {one if tally[kind] == 1 else many}")
    if tally.get("renamed"):
        said.append("the job was renamed")
    if not said:
        return ()
    words = joined(said)
    kept = "All but what was erased" if record.erasures else "All"
    said_so = f" upstream after archiving. {kept} is kept and marked."
    return (words[0].upper() + words[1:] + said_so,)


def _photos_gone(record: JobRecord) -> dict[int, Absence]:
    """Photos that are gone while their message is not, from the history."""
    gone: dict[int, Absence] = {}
    for event in record.history:
        for number in event.photos:
            if event.kind == "photo-gone":
                gone[number] = Absence(since=event.seen)
            elif event.kind == "photo-back":
                gone.pop(number, None)
    return gone
