"""What contact sheets show: cells, header, layout and key, as values; nothing is opened here.

The key is a digest of everything that shapes the sheets. It is written into each JPEG page
(`sheets.existing_key` reads it back), so a run can tell without decoding anything that sheets
need not be made again. A path shapes nothing and is not part of it; the bytes at the path are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from archiver.language import ENGLISH, language_of
from archiver.models import (
    JobId,
    JobRecord,
    MessageRecord,
    PhotoRecord,
    Reference,
    RelPath,
    Sha256,
    StoredFile,
)
from archiver.reader import Reader
from archiver.remarkwords import remark_text
from archiver.sheetlayout import SheetSettings

SHEET_VERSION = 4
"""Goes up when the same plan would be drawn differently, so that `build` makes sheets again."""
PDF_NAME = "contact-sheet.pdf"
_PAGE = re.compile(r"contact-sheet-([0-9]{2,4})\.jpg\Z")
UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
"""Stands in the PDF of a job none of whose photos has a readable time."""


Place: TypeAlias = Callable[[RelPath], Path]
"""Where a file of a job lies, by its path in the job's folder."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that may be drawn, and the digest of its bytes. Where it lies is asked when it is
    drawn: most runs plan the sheets of every job only to see that they still hold."""

    file: RelPath
    sha256: Sha256
    place: Place = field(default=Path, compare=False, repr=False)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.place(self.file)


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One photo on a sheet.

    `time` is formatted, in the archive's zone. `picture` is the thumbnail, `fallback` the full
    image, used when the thumbnail is absent, broken or too small; `reason` says why there is
    neither. `mark` is a short remark under the picture (no longer upstream, say).
    """

    number: int
    time: str
    person: str | None = None
    picture: Picture | None = None
    fallback: Picture | None = None
    reason: str | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """The contact sheets of one job. `dates` and `facts` stand in the header, as given.

    `pdf_date` is the date the PDF claims: one from the record, never the clock's. `unlettered` are
    the characters that no font of this machine draws (`sheets.lettered`): where fonts come or go,
    the sheets that show such characters are others. `language` is the tag of the words on them. A
    `derived` record's id is a reference.
    """

    title: str
    job_id: JobId
    dates: str
    cells: tuple[SheetCell, ...]
    pdf_date: datetime
    facts: tuple[str, ...] = ()
    settings: SheetSettings = field(default_factory=SheetSettings)
    unlettered: str = ""
    language: str = ENGLISH
    derived: bool = False

    @property
    def is_english(self) -> bool:
        """Whether they speak English, of whatever country: then all is as it was before they had
        another language, so that no sheet is made again for it."""
        return language_of(self.language).is_english

    @property
    def pages(self) -> int:
        """How many sheets there will be; none for a job without photos."""
        return -(-len(self.cells) // self.settings.per_page)


def cells_of_page(plan: SheetPlan, page: int) -> tuple[SheetCell, ...]:
    """The cells of one page, counted from 1."""
    per_page = plan.settings.per_page
    return plan.cells[(page - 1) * per_page : page * per_page]


def sheet_names(plan: SheetPlan) -> tuple[str, ...]:
    """The names of the files the plan makes: the pages, then the PDF; nothing without photos."""
    if not plan.cells:
        return ()
    return (*(f"contact-sheet-{page:02d}.jpg" for page in range(1, plan.pages + 1)), PDF_NAME)


def sheet_pages(view: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """The JPEG pages among the files of a job's view, in their order."""
    numbered = ((_PAGE.match(path), path) for path in view)
    pages = sorted((int(found[1]), path) for found, path in numbered if found)
    return tuple(path for _, path in pages)


def sheet_key(plan: SheetPlan) -> Sha256:
    """A digest of everything that shapes the sheets: equal keys, equal sheets on one machine."""
    shape = [
        SHEET_VERSION,
        plan.title,
        plan.job_id,
        plan.dates,
        plan.facts,
        plan.pdf_date.astimezone(UTC).isoformat(),
        astuple(plan.settings),
        [_cell_shape(cell) for cell in plan.cells],
        plan.unlettered,
        *([] if plan.is_english else [plan.language, "in the PDF too"]),
        *(["derived"] if plan.derived else []),
    ]
    # ASCII, so that lone surrogates in names have a digest too.
    return Sha256(hashlib.sha256(json.dumps(shape).encode("ascii")).hexdigest())


def _cell_shape(cell: SheetCell) -> tuple[object, ...]:
    return (
        cell.number,
        cell.time,
        cell.person,
        cell.picture and cell.picture.sha256,
        cell.fallback and cell.fallback.sha256,
        cell.reason,
        cell.mark,
    )


# --- from a job's record --------------------------------------------------------------------------


def plan_sheets(
    record: JobRecord,
    place: Place,
    reader: Reader,
    settings: SheetSettings | None = None,
) -> SheetPlan:
    """The contact sheets of a job whose files lie where `place` says, for `reader`.

    Only what concerns the photos enters: a new chat message, or a new seal, leaves the key as it
    was. That is why the seal does not stand on the sheets.
    """
    messages = {message.number: message for message in record.messages}
    shown = [(photo, messages.get(photo.message)) for photo in record.photos]
    times = [reader.local(m.uploaded) for _, m in shown if m is not None and m.uploaded]
    with_year = len({time.year for time in times}) > 1
    return SheetPlan(
        title=record.title or record.listed_name or reader.tr("Untitled job"),
        job_id=record.job_id,
        dates=_date_range(times, reader),
        cells=tuple(_cell(photo, message, place, reader, with_year) for photo, message in shown),
        pdf_date=max(times, default=record.created or UNDATED).astimezone(UTC),
        settings=settings or SheetSettings(),
        language=reader.language.tag,
        derived=record.derived is not None,
    )


def _cell(
    photo: PhotoRecord,
    message: MessageRecord | None,
    place: Place,
    reader: Reader,
    with_year: bool,
) -> SheetCell:
    fallback = _drawable(photo.image, place)
    picture = _drawable(photo.thumbnail, place) if photo.thumbnail else None
    return SheetCell(
        number=photo.number,
        time=_time(message, reader, with_year),
        person=message.uploader_name if message else None,
        picture=picture,
        fallback=fallback,
        reason=None if picture or fallback else _why_empty(photo, reader),
        mark=_mark(photo, message, reader),
    )


def _drawable(reference: Reference, place: Place) -> Picture | None:
    kept = reference.stored
    if kept is None or not kept.decoded:
        return None
    return Picture(kept.file, kept.sha256, place)


def _why_empty(photo: PhotoRecord, reader: Reader) -> str:
    kept = photo.image.stored
    if photo.erased is not None:
        return reader.tr("Erased on request")
    if kept is not None:
        return reader.tr(
            "Kept as {kind}, which is not shown here: open the original file.", kind=_kind(kept)
        )
    if photo.image.failure is not None:
        why = remark_text(reader.language, photo.image.failure.reason)
        return reader.tr("Not archived: {reason}", reason=why)
    return reader.tr("Not archived")


def _kind(kept: StoredFile) -> str:
    return kept.media_type.removeprefix("image/").upper()


def _mark(photo: PhotoRecord, message: MessageRecord | None, reader: Reader) -> str | None:
    if message is not None and message.gone is not None:
        return reader.tr("gone since {day}", day=reader.when_day(message.gone.since).text)
    if photo.image.stored is None and photo.thumbnail and photo.thumbnail.stored:
        return reader.tr("full photo not archived")
    return None


def _time(message: MessageRecord | None, reader: Reader, with_year: bool) -> str:
    if message is None or message.uploaded is None:
        return (message and message.uploaded_text) or reader.tr("time unknown")
    moment = reader.local(message.uploaded)
    day = reader.day(moment) if with_year else reader.short_day(moment)
    return f"{day} {reader.clock(moment)}"


def _date_range(times: Sequence[datetime], reader: Reader) -> str:
    if not times:
        return ""
    first, last = min(times), max(times)
    if first.date() == last.date():
        return reader.day(last)
    begin = reader.short_day(first) if first.year == last.year else reader.day(first)
    return f"{begin} \u2013 {reader.day(last)}"
