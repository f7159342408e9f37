"""What a report says, as data for its template: made from the very context of the job's page.

Everything here is JSON: numbers, texts as `lettering.fit` makes them, and what `parts` makes. The
shapes are those that `report.typ` reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from markupsafe import Markup

from archiver import __version__
from archiver.branding import Branding
from archiver.historywords import short
from archiver.jobcontext import Day, Entry, JobPage, PhotoLine, PhotoView
from archiver.localtime import utc
from archiver.models import JobRecord, MessageRecord, Seal, Sha256
from archiver.pagetext import visible
from archiver.pagewords import unmarked
from archiver.reader import Reader
from archiver.report.exhibits import Frame, Print, Prints
from archiver.report.lettering import IN_CAPTIONS, drawn, fit, says_in_words
from archiver.report.parts import (
    Json,
    file_said,
    fours,
    gap_said,
    halves,
    history_value,
    line_value,
    one_line,
    path_value,
    picture_value,
    sentence_value,
    spoken,
    unknown_said,
    untimed,
    when_value,
)
from archiver.report.words import SHA256, ReportWords

ACCENT = "#0b5a70"
LINES_SHOWN = 10
"""Further facts under an exhibit, which must fit on a page whole."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a report is laid out: paper in millimetres, exhibits side by side."""

    paper: tuple[float, float] = (210, 297)
    per_row: int = 3
    margin: float = 17
    gap: float = 6

    @property
    def frame(self) -> Frame:
        """The room for an exhibit's picture: as wide as its column, four by three."""
        room = self.paper[0] - 2 * self.margin - (self.per_row - 1) * self.gap
        width = round(room / self.per_row, 2)
        return Frame(width, round(width * 3 / 4, 2))


@dataclass(frozen=True, slots=True)
class Source:
    """What a report is made from besides the page's context. `checked` is when all files were last
    read in full; `record_sha256` that of the sealed `record.json`."""

    record: JobRecord
    seal: Seal
    record_sha256: Sha256
    checked: datetime | None
    prints: Prints
    branding: Branding
    layout: Layout
    reader: Reader


def document(page: JobPage, source: Source) -> dict[str, Json]:
    """All that the template is given."""
    messages = {one.number: one for one in source.record.messages}
    maker = _Maker(
        page,
        source,
        {one.id: one for one in messages.values()},
        {one.number: messages[one.message].uploaded for one in source.record.photos},
    )
    layout, words = source.layout, maker.words
    language, country = language_and_country(page.lang)
    photos = (p for day in page.days for entry in day.entries for p in entry.photos)
    gaps = (*page.complete.first, *page.complete.more)
    made = {
        "words": {"sha256": SHA256, **{n: fit(text) for n, text in words.texts().items()}},
        "lang": language,
        "region": country,
        "paper": list(layout.paper),
        "margin": layout.margin,
        "gap": layout.gap,
        "columns": layout.per_row,
        "frame": [layout.frame.width, layout.frame.height],
        "accent": source.branding.accent.light if source.branding.accent else ACCENT,
        "date": list(source.seal.sealed.timetuple()[:6]),
        "cover": maker.cover(),
        "days": [maker.day(list(day)) for _, day in groupby(page.days, lambda part: part.date)],
        "exhibits": [maker.exhibit(photo) for photo in sorted(photos, key=lambda p: p.number)],
        "missing": [gap_said(gap) for gap in gaps] if page.complete.more else [],
        "history": [history_value(line) for line in page.history],
        "checking": [
            {"text": step.said, "digest": fours(step.digest)}
            for step in words.checking(
                path_value(source.record.folder), source.seal.tagmanifest, source.record_sha256
            )
        ],
        "end": fit(words.end(page.photos, page.kept, page.messages)),
        "made": fit(words.program(__version__)),
        "spelled": words.text("spelled") if says_in_words(_sent(source.record)) else "",
    }
    return {**_linked(made, _targets(page)), "title": visible(page.title or words.no_title())}


def language_and_country(tag: str) -> tuple[str, str | None]:
    """What Typst makes the PDF's language of: `de`, and the country if the BCP 47 tag names one by
    two letters (RFC 5646 §2.2.4); it knows no other regions."""
    language, *rest = tag.split("-")
    if rest and len(rest[0]) == 4:  # a script
        rest = rest[1:]
    country = rest[0] if rest and len(rest[0]) == 2 and rest[0].isalpha() else None
    return language.lower(), country and country.upper()


def texts_in(value: Json) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from texts_in(one)


def _sent(record: JobRecord) -> Iterator[str]:
    """The texts of a record that a report shows."""
    named = (record.title, record.creator_name, record.listed_name, *record.odd)
    said = (
        text
        for one in record.messages
        for text in (one.uploader_name, one.raw, *(wording.text for wording in one.wordings))
    )
    return (text for text in (*named, *said) if text)


def _targets(page: JobPage) -> frozenset[str]:
    """What links may lead to."""
    entries = [entry for day in page.days for entry in day.entries]
    photos = [photo for entry in entries for photo in entry.photos]
    found = {"record", *(one.id for one in entries)}
    return frozenset(found.union(*((one.id, one.message) for one in photos)))


def _linked(value: Json, targets: frozenset[str]) -> Json:
    """The same without links that lead nowhere."""
    if isinstance(value, dict):
        return {
            name: "" if name == "to" and one not in targets else _linked(one, targets)
            for name, one in value.items()
        }
    return [_linked(one, targets) for one in value] if isinstance(value, list) else value


def in_shipped_fonts(value: Json) -> Json:
    """The same with nothing that needs a font of this machine: that is said in words too."""
    if isinstance(value, str):
        return drawn(value, shipped_only=True)
    if isinstance(value, dict):
        return {name: in_shipped_fonts(one) for name, one in value.items()}
    return [in_shipped_fonts(one) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class _Maker:
    """What the parts of a document are made from."""

    page: JobPage
    source: Source
    messages: Mapping[str, MessageRecord]
    uploaded: Mapping[int, datetime | None]

    @property
    def words(self) -> ReportWords:
        """In the language of the report's reader."""
        return ReportWords(self.source.reader)

    # --- cover ----------------------------------------------------------------------------------

    def cover(self) -> dict[str, Json]:
        page, branding, words = self.page, self.source.branding, self.words
        sealed = self.source.seal.sealed
        return {
            "house": one_line(branding.company or page.workspace),
            "footer": fit(branding.footer),
            "title": fit(page.title or words.no_title(), IN_CAPTIONS),
            "facts": [[words.text(name), value] for name, value in self._facts() if value],
            "notices": [
                *(sentence_value(told) for told in (*page.away, *page.erased)),
                *(sentence_value(words.odd(odd)) for odd in page.odd),
            ],
            "damage": self._damage(),
            "sealed": {"said": sentence_value(words.sealed(sealed)), "utc": page.seal.sealed.utc},
            "seal": fit(words.seal(page.seal.number, page.seal.covers)),
            "digest": fours(page.seal.sha256),
            "checked": fit(self._checked()),
            "complete": fit(page.complete.heading),
            "whole": page.complete.whole,
            "kept": fit(page.complete.said),
            "gaps": [gap_said(gap) for gap in page.complete.first],
            "more": fit(words.more_gaps(len(page.complete.more))) if page.complete.more else "",
            "versions": fit(
                words.text("copy") if page.copied else f"{page.snapshots}, {page.changes}"
            ),
            "changed": self._changed(),
            "running": one_line(
                words.running(
                    short(page.job_id),
                    page.seal.number,
                    page.seal.sha256,
                    copied=bool(page.copied),
                )
            ),
        }

    def _facts(self) -> Iterator[tuple[str, Json]]:
        page = self.page
        yield "created", when_value(page.created)
        yield "creator", one_line(page.creator)
        yield "updated", when_value(page.updated)
        yield "holds", fit(page.counts)
        yield "reference" if page.copied else "job", one_line(page.job_id)
        yield "listed", one_line(page.listed_as)
        yield "folder", path_value(self.source.record.folder)
        yield "app", one_line(page.app_link)
        yield "online", one_line(page.report_link)
        yield "zone", fit(self.words.zone(page.timezone))

    def _changed(self) -> list[Json]:
        if self.page.copied:
            return [fit(" ".join(self.page.copied))]
        return sentence_value(self.page.changed) or [self.words.text("unchanged")]

    def _damage(self) -> Json:
        if not self.page.damaged:
            return None
        said = fit(self.words.damage(len(self.page.damaged)))
        return {"said": said, "files": [path_value(file) for file in self.page.damaged]}

    def _checked(self) -> str:
        if self.page.copied:
            return self.words.text("copied")
        return self.words.last_checked(self.source.checked)

    # --- timeline -------------------------------------------------------------------------------

    def day(self, parts: Sequence[Day]) -> dict[str, Json]:
        first = parts[0]
        entries = [self._entry(entry) for part in parts for entry in part.entries]
        return {"heading": first.heading, "counts": first.counts, "entries": entries}

    def _entry(self, entry: Entry) -> dict[str, Json]:
        unknown = entry.unknown
        return {
            "id": entry.id,
            "lead": entry.lead,
            "who": one_line(short(entry.who)),
            "initials": fit(entry.initials),
            "tint": entry.tint,
            "away": entry.away,
            "time": when_value(entry.at) or untimed(entry, self.words),
            "text": self._text(entry) if entry.says or entry.erased else None,
            "unknown": None if unknown is None else unknown_said(unknown, self.words),
            "odd": sentence_value(self.words.not_understood("; ".join(entry.odd)))
            if entry.raw and not unknown
            else [],
            "raw": fit(entry.raw) if entry.raw else "",
            "edited": sentence_value(entry.edited),
            "earlier": [
                {"label": fit(unmarked(one.label)), "text": spoken(one.text, self.words)}
                for one in entry.earlier
            ],
            "files": [file_said(file) for file in entry.files],
            "photos": [self._thumb(photo) for photo in entry.photos],
            "marks": [sentence_value(mark) for mark in entry.marks],
        }

    def _text(self, entry: Entry) -> Json:
        text = entry.text
        if isinstance(text, Markup):  # with links for a browser; the record has it as it was sent
            text = self.messages[entry.id].text
        return None if entry.erased and text is None else spoken(text, self.words)

    def _thumb(self, photo: PhotoView) -> dict[str, Json]:
        picture = picture_value(self._print_of(photo))
        return {
            "to": photo.id,
            "message": photo.message,
            "label": photo.label,
            "clock": photo.clock,
            "picture": picture,
        }

    # --- exhibits -------------------------------------------------------------------------------

    def _print_of(self, photo: PhotoView) -> Print | None:
        """What stands for a photo; a thumbnail never stands for one that is missing."""
        found = self.source.prints.shown.get(photo.number)
        return found if photo.shape != "missing" else None

    def exhibit(self, photo: PhotoView) -> dict[str, Json]:
        shown, words = self._print_of(photo), self.words
        title, why = self._gap(photo, shown)
        lines = [line_value(line) for line in photo.lines[:LINES_SHOWN]]
        if len(photo.lines) > LINES_SHOWN:
            lines.append(line_value(PhotoLine(words.more_lines(len(photo.lines) - LINES_SHOWN))))
        return {
            "id": photo.id,
            "label": fit(words.exhibit(photo.label)),
            "alt": visible(words.described(photo.label, short(photo.who), photo.stamp)),
            "thumb-alt": words.thumbnail_described(photo.label),
            "picture": picture_value(shown),
            "thumb": picture_value(None if shown else self.source.prints.shown.get(photo.number)),
            "title": fit(title, IN_CAPTIONS),
            "why": fit(why, IN_CAPTIONS),
            "who": one_line(short(photo.who)),
            "times": [one_line(time) for time in self._times(photo)],
            "name": fit(photo.name, IN_CAPTIONS),
            "facts": fit(photo.facts),
            "sha256": halves(photo.sha256),
            "flag": fit(photo.flag),
            "lines": lines,
        }

    def _gap(self, photo: PhotoView, shown: Print | None) -> tuple[str, str]:
        """Title and reason of an exhibit whose picture is not there or not the whole of it."""
        if photo.shape == "missing":
            said = ". ".join(
                filter(None, (unmarked(photo.reason).rstrip("."), photo.detail.rstrip(".")))
            )
            return photo.title, f"{short(said)}."
        why = self.source.prints.reasons.get(photo.number)
        if photo.shape == "file":
            return photo.title, self.words.text("not-printed")
        return ("", "") if shown else (self.words.text("no-picture"), self.words.not_shown(why))

    def _times(self, photo: PhotoView) -> tuple[str, ...]:
        """Local, and UTC; or what is known instead."""
        uploaded = self.uploaded.get(photo.number)
        if uploaded is None:
            return (short(photo.stamp),)
        reader = self.source.reader
        return reader.exact(reader.local(uploaded)), utc(uploaded)
