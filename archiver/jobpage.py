"""One job's page: its context, from the record and the seal alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from archiver.capturetime import FAR
from archiver.completeness import completeness, is_kept, note_other_gaps
from archiver.derivedwords import copy_said
from archiver.historywords import changes, history_lines
from archiver.jobbuild import Build
from archiver.jobcontext import JobPage, SealFact, Sheet
from archiver.language import N_, NN_
from archiver.models import JobRecord, RelPath, Seal
from archiver.pagetext import href, web_address
from archiver.pagewords import (
    Sentence,
    absences_told,
    erasure_told,
    messages_counted,
    photos_counted,
    unmarked,
)
from archiver.pins import Decision
from archiver.plan import Slot
from archiver.reader import Reader
from archiver.renditionplan import Rendition
from archiver.timeline import days_of, people_of, spots_of

LONG_PHOTOS = 200
LONG_ENTRIES = 500
"""From here a job's days are sections that the browser may skip while they are off screen."""
NO_TITLE = N_("(no title)")
_CHANGES = (
    ("edited", *NN_("{n} message was edited", "{n} messages were edited")),
    ("message-gone", *NN_("{n} message was removed", "{n} messages were removed")),
    ("photo-gone", *NN_("{n} photo was removed", "{n} photos were removed")),
    ("photo-changed", *NN_("{n} photo was replaced", "{n} photos were replaced")),
)
_PLAIN_HEX = re.compile(r"[0-9A-Fa-f]{1,64}\Z")


def job_page_context(
    record: JobRecord,
    seal: Seal,
    *,
    workspace: str | None,
    reader: Reader,
    sheets: tuple[str, ...],
    sheet_pdf: str | None,
    damaged: tuple[str, ...],
    accepted: Mapping[Slot, Decision],
    renditions: Mapping[RelPath, Rendition],
    standalone: bool,
    report_pdf: str | None = None,
    far: timedelta = FAR,
) -> JobPage:
    """The context of a job's page. `far` is from when on a photo is far from its upload."""
    build = Build(
        record=record,
        reader=reader,
        damaged=frozenset(damaged),
        photos_gone=record.photos_gone,
        accepted=accepted,
        renditions=renditions,
        far=far,
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
        lang=reader.language.tag,
        standalone=standalone,
        style=_footer_style(reader, record, seal),
        workspace=workspace or "",
        title=title,
        window_title=_window_title(reader, title, created),
        listed_as=(record.listed_name or "") if record.listed_name != title else "",
        job_id=record.job_id,
        timezone=str(reader.tz),
        created=reader.when_full(created) if created else None,
        creator=record.creator_name or "",
        updated=reader.when_full(record.updated) if record.updated else None,
        counts=", ".join(
            (
                photos_counted(reader, photos),
                *([] if record.is_silent else [messages_counted(reader, messages)]),
                reader.counted(len(people), "{n} person", "{n} people"),
                reader.counted(dated, "{n} day", "{n} days"),
            )
        ),
        app_link=web_address(record.web_app_link) or "",
        report_link=web_address(record.report_link) or "",
        away=absences_told(record.absences, reader),
        odd=tuple(unmarked(build.why(one)) for one in record.odd),
        erased=tuple(erasure_told(one, reader) for one in record.erasures),
        copied=copy_said(record.derived, reader) if record.derived else (),
        damaged=damaged,
        seal=_seal_fact(reader, seal),
        complete=completeness(build, photos, kept, messages),
        snapshots=reader.counted(len(record.snapshots), "{n} snapshot", "{n} snapshots"),
        changes=reader.counted(changes(record.history), "{n} later change", "{n} later changes"),
        changed=_changed(reader, record),
        history=history_lines(build),
        long=photos > LONG_PHOTOS or len(record.messages) > LONG_ENTRIES,
        days=days,
        people=people,
        day_links=day_links,
        photos=photos,
        kept=kept,
        messages=messages_counted(reader, messages),
        sheets=tuple(Sheet(href(sheet), n) for n, sheet in enumerate(sheets, 1)),
        sheet_pdf=href(sheet_pdf) if sheet_pdf else "",
        report_pdf=href(report_pdf) if report_pdf else "",
    )


def _window_title(reader: Reader, title: str | None, created: datetime | None) -> str:
    parts = [title if title else reader.tr(NO_TITLE)]
    if created:
        parts.append(reader.when_day(created).text)
    return " · ".join([*parts, reader.tr("Job record")])


def _footer_style(reader: Reader, record: JobRecord, seal: Seal) -> str:
    """The printed footer, and what the style sheets say in words where that is not English. Only
    plain hexadecimal and our own words ever get into a style sheet."""
    plain = _PLAIN_HEX.match(record.job_id)
    said = reader.tr("Seal")
    if plain and record.derived is not None:
        said = reader.tr("Reference {job}, seal", job=record.job_id)
    elif plain:
        said = reader.tr("Job {job}, seal", job=record.job_id)
    short = seal.tagmanifest[:16] if _PLAIN_HEX.match(seal.tagmanifest) else ""
    look = "font: 8pt sans-serif; color: #555;"
    style = f'@page {{ @bottom-left {{ content: "{said} {short}…"; {look} }} }}'
    if reader.language.is_english:
        return style
    show, hide, exhibit = reader.tr("Show"), reader.tr("Hide"), reader.tr("Exhibit")
    pages = reader.tr(
        "Page {page} of {pages}", page='" counter(page) "', pages='" counter(pages) "'
    )
    return style + (
        f'@page {{ @bottom-right {{ content: "{pages}"; {look} }} }}'
        f'.mark summary::after {{ content: "{show}"; }}'
        f'.mark[open] summary::after {{ content: "{hide}"; }}'
        f'@media print {{ .record .ph .no::before {{ content: "{exhibit} "; }} }}'
    )


def _seal_fact(reader: Reader, seal: Seal) -> SealFact:
    digest = seal.tagmanifest
    groups = " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
    files = reader.counted(seal.files, "{n} file", "{n} files")
    covers = f"{files}, {reader.language.file_size(seal.size)}"
    return SealFact(seal.number, reader.when_full(seal.sealed), groups, digest, covers)


def _changed(reader: Reader, record: JobRecord) -> Sentence:
    """What changed upstream, in one short sentence with a link to the history."""
    tally: Counter[str] = Counter()
    for event in record.history:
        if event.kind == "photo-changed" and event.now:
            continue  # only its thumbnail, or the cover
        tally[event.kind] += max(1, len(event.messages or event.photos))
    said = [reader.counted(tally[kind], one, many) for kind, one, many in _CHANGES if tally[kind]]
    if tally["renamed"]:
        said.append(reader.tr("the job was renamed"))
    if not said:
        return ()
    words = reader.language.joined(said)
    words = words[0].upper() + words[1:]
    if record.erasures:
        told = reader.tr(
            "{changes} upstream after archiving. All but what was erased is kept and marked.",
            changes=words,
        )
    else:
        told = reader.tr(
            "{changes} upstream after archiving. All is kept and marked.", changes=words
        )
    return (told,)
