"""The record by time: messages and photos in days, by person, consecutive photos together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from archiver import localtime
from archiver.gallery import roll_class
from archiver.jobbuild import DAMAGED, ERASED, NO_NAME, Build, Spot, is_photo_only, person_key
from archiver.jobcontext import Attachment, Day, DayLink, Entry, Person, PhotoView, WordingView
from archiver.language import N_
from archiver.models import Erased, FileRecord, MessageRecord, PhotoRecord
from archiver.pagetext import href, initials, tint
from archiver.pagewords import (
    Sentence,
    absences_told,
    both_counted,
    erased_words,
    photo_link,
    told,
    unmarked,
)
from archiver.photoview import base_name, photo_view
from archiver.reader import When
from archiver.weblinks import linked

RUN_SECONDS = 30 * 60
"""A person's name is shown anew after a pause this long."""
SECTION_PHOTOS = 100
SECTION_ENTRIES = 200
FOLD_CHARACTERS = 1500
FOLD_LINES = 18
"""A longer text is folded: whole in the page, cut to some lines on screen until asked for."""


def fold_size(text: str | None) -> int:
    """The number of characters of a text too long to be shown unfolded, else 0."""
    if text and (len(text) > FOLD_CHARACTERS or text.count("\n", 0, 4000) > FOLD_LINES):
        return len(text)
    return 0


@dataclass(slots=True)
class _Tally:
    """Photos and messages counted, of a person or a day."""

    name: str = ""
    photos: int = 0
    messages: int = 0


def spots_of(build: Build) -> list[Spot]:
    """The messages in the order of the timeline: by time, those without one at the end."""
    record = build.record
    by_message: dict[int, list[PhotoRecord]] = {}
    for photo in record.photos:
        by_message.setdefault(photo.message, []).append(photo)
    spots: list[Spot] = []
    # What was erased keeps its place: after the message that was numbered before it.
    stands_at: dict[int, datetime] = {}
    last: datetime | None = None
    for message in record.messages:
        last = message.uploaded or last
        if message.erased is not None and last is not None:
            stands_at[message.number] = last
        photos = tuple(by_message.get(message.number, ()))
        only_photo = is_photo_only(message, photos)
        plain = (
            only_photo
            and len(message.wordings) < 2
            and not message.absences
            and not message.odd
            and message.raw is None
            and not message.files
            and not any(photo.number in build.photos_gone for photo in photos)
        )
        instant = message.uploaded or stands_at.get(message.number)
        moment = build.reader.local(instant) if instant else None
        spots.append(Spot(message, photos, moment, only_photo, plain, person_key(message)))
    end = datetime.max.replace(tzinfo=UTC)
    spots.sort(
        key=lambda s: (
            s.message.uploaded or stands_at.get(s.message.number, end),
            s.message.number,
        )
    )
    return spots


def people_of(build: Build, spots: Sequence[Spot]) -> tuple[Person, ...]:
    """Everybody who wrote or uploaded, in order of appearance, by their latest name."""
    tallies: dict[str, _Tally] = {}
    for spot in spots:
        if spot.message.erased is not None:
            continue
        tally = tallies.get(spot.person)
        if tally is None:
            tally = tallies[spot.person] = _Tally()
            build.person_keys[spot.person] = str(len(tallies))
        tally.name = spot.message.uploader_name or tally.name
        tally.photos += len(spot.photos)
        tally.messages += not spot.only_photo
    return tuple(
        Person(
            build.person_keys[key],
            tally.name or build.reader.tr(NO_NAME),
            initials(tally.name),
            tint(tally.name),
            tally.photos,
            tally.messages,
        )
        for key, tally in tallies.items()
    )


def days_of(build: Build, spots: Sequence[Spot]) -> tuple[tuple[Day, ...], tuple[DayLink, ...]]:
    """The timeline in days, long days in parts."""
    days: list[Day] = []
    links: list[DayLink] = []
    with_year = len({spot.moment.year for spot in spots if spot.moment}) > 1
    start = 0
    while start < len(spots):
        first = spots[start].moment
        day = first.date() if first else None
        end = start
        while end < len(spots):
            moment = spots[end].moment
            if (moment.date() if moment else None) != day:
                break
            end += 1
        of_day = spots[start:end]
        start = end
        whole = [spot for spot in of_day if spot.message.erased is None]
        photos = sum(len(spot.photos) for spot in whole)
        messages = sum(not spot.only_photo for spot in whole)
        written = day.isoformat() if day else ""
        day_id = f"d{written}" if day else "d-none"
        heading = build.reader.long_day(day) if day else build.reader.tr("No date given")
        counts = ", ".join(both_counted(build.reader, messages, photos))
        for part, entries in enumerate(_sections(_entries(build, of_day)), 1):
            section = day_id if part == 1 else f"{day_id}-{part}"
            days.append(Day(section, written, heading, part, counts, entries))
        links.append(DayLink(f"#{day_id}", _day_name(build, day, with_year), photos, messages))
    return tuple(days), tuple(links)


def _day_name(build: Build, day: date | None, with_year: bool) -> str:
    """A day in the rail. A job over several years needs the year beside its days."""
    if day is None:
        return build.reader.tr("No date")
    return build.reader.weekday_of_year(day) if with_year else build.reader.weekday(day)


def _sections(entries: Sequence[Entry]) -> list[tuple[Entry, ...]]:
    """Entries in sections of at most `SECTION_PHOTOS` photos and `SECTION_ENTRIES` entries."""
    sections: list[list[Entry]] = [[]]
    photos = 0
    for entry in entries:
        full = photos + len(entry.photos) > SECTION_PHOTOS or len(sections[-1]) >= SECTION_ENTRIES
        if sections[-1] and full:
            sections.append([])
            photos = 0
        sections[-1].append(entry)
        photos += len(entry.photos)
    return [tuple(section) for section in sections]


def _entries(build: Build, spots: Sequence[Spot]) -> list[Entry]:
    """A day's entries: consecutive photos of one person become one group."""
    entries: list[Entry] = []
    before: Spot | None = None
    at = 0
    while at < len(spots):
        spot = spots[at]
        group = [spot]
        photos = len(spot.photos)
        if spot.plain:
            # By place: a copy of all that follows, for each message, is the square of a long day.
            for place in range(at + 1, len(spots)):
                follower = spots[place]
                if (
                    not follower.plain
                    or follower.person != spot.person
                    or _pause(group[-1], follower)
                    or photos + len(follower.photos) > SECTION_PHOTOS
                ):
                    break
                group.append(follower)
                photos += len(follower.photos)
        lead = before is None or before.person != spot.person or _pause(before, spot)
        entries.append(_entry(build, group, lead=lead))
        before = group[-1]
        at += len(group)
    return entries


def _pause(before: Spot, after: Spot) -> bool:
    """Whether so much time passed that a person is named anew."""
    if before.moment is None or after.moment is None:
        return False
    return (after.moment - before.moment).total_seconds() >= RUN_SECONDS


def _entry(build: Build, group: Sequence[Spot], *, lead: bool) -> Entry:
    """One message, or a run of photos, as an entry of the timeline."""
    spot = group[0]
    message = spot.message
    name = message.uploader_name or ""
    photos: list[PhotoView] = []
    for member in group:
        for index, photo in enumerate(member.photos):
            anchor = member.message.id if member is not spot and index == 0 else ""
            photos.append(photo_view(build, photo, member, anchor))
    edited = len(message.wordings) > 1
    text = message.text
    only_photo = spot.only_photo and not edited
    raw = message.raw or ""
    if message.erased is not None:
        name = build.reader.tr(ERASED)
        text = None if photos else _erased_text(build, message.erased)
    return Entry(
        id=message.id,
        person=build.person_keys.get(spot.person, "0"),
        lead=lead,
        away=message.gone is not None,
        who=name or build.reader.tr(NO_NAME),
        initials=initials(name),
        tint=tint(name),
        at=_when_clock(build, message, spot),
        sent_time=(message.uploaded_text or "") if spot.moment is None else "",
        says=not only_photo and (message.is_known or bool(text) or edited),
        text=text if edited or not text else linked(text),
        fold=fold_size(text),
        unknown=None if message.is_known or message.erased else message.kind or "",
        raw=raw,
        raw_fold=fold_size(raw),
        odd=tuple(unmarked(build.why(one)) for one in message.odd),
        earlier=_earlier(build, message) if edited else (),
        edited=_edited(build, message) if edited else (),
        marks=() if spot.plain else _marks(build, spot),
        files=_attachments(build, message),
        erased=message.erased is not None,
        roll=roll_class([photo.ratio for photo in photos]) if photos else "",
        photos=tuple(photos),
    )


def _erased_text(build: Build, erased: Erased) -> str:
    when, reason = erased_words(build.record.erasures, erased.erasing, build.reader)
    return build.reader.tr(
        "This message was erased on {when}. Reason given: {reason}", when=when, reason=reason
    )


def _marks(build: Build, spot: Spot) -> tuple[Sentence, ...]:
    """When a message, or a photo of it, was not to be found upstream."""
    marks = list(absences_told(spot.message.absences, build.reader))
    for photo in spot.photos:
        gone = build.photos_gone.get(photo.number)
        if gone is not None and spot.message.gone is None:
            marks.append((photo_link(photo.number), ": ", *absences_told((gone,), build.reader)[0]))
    return tuple(marks)


def _when_clock(build: Build, message: MessageRecord, spot: Spot) -> When | None:
    instant, moment = message.uploaded, spot.moment
    if instant is None or moment is None:
        return None
    return When(localtime.iso(instant), localtime.utc(instant), build.reader.clock(moment))


def _earlier(build: Build, message: MessageRecord) -> tuple[WordingView, ...]:
    """All wordings but the present one, oldest first."""
    return tuple(
        WordingView(
            label=told(
                build.reader,
                N_("First wording, seen {when}") if index == 0 else N_("Then, seen {when}"),
                when=build.reader.when_full(wording.seen),
            ),
            text=wording.text,
            fold=fold_size(wording.text),
        )
        for index, wording in enumerate(message.wordings[:-1])
    )


def _edited(build: Build, message: MessageRecord) -> Sentence:
    before, now = message.wordings[-2], message.wordings[-1]
    said = (
        N_("Edited upstream between {before} and {now}, both wordings kept.")
        if len(message.wordings) == 2
        else N_("Edited upstream between {before} and {now}, every wording kept.")
    )
    return told(
        build.reader,
        said,
        before=build.reader.when_day(before.seen),
        now=build.reader.when_day(now.seen),
    )


def _attachments(build: Build, message: MessageRecord) -> tuple[Attachment, ...]:
    if not message.files:
        return ()
    by_number = {file.number: file for file in build.record.files}
    return tuple(
        _attachment(build, by_number[number]) for number in message.files if number in by_number
    )


def _attachment(build: Build, file: FileRecord) -> Attachment:
    stored, failure = file.reference.stored, file.reference.failure
    if stored is None:
        reason = (
            unmarked(build.why(failure.reason)) if failure else build.reader.tr("not fetched yet")
        )
        said = build.reader.tr("A file could not be kept: {reason}", reason=reason)
        return Attachment("", "", "", said)
    size = build.reader.language.file_size(stored.size)
    name, facts = base_name(stored.file), f"{stored.media_type}, {size}"
    if stored.file in build.damaged:
        return Attachment("", name, facts, build.reader.tr(DAMAGED))
    return Attachment(href(stored.file), name, facts, "")
