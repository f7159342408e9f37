"""The parts of a report's data: sentences, times, files, pictures, as its template takes them.

A sentence is a list: our own words are texts, somebody else's `{"quote": text}`, and what can be
followed is `{"to": label, "text": text}`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from archiver.historywords import short
from archiver.jobcontext import Attachment, Entry, Gap, PhotoLine
from archiver.pagewords import HistoryLine, Link, Quote, Sentence
from archiver.reader import When
from archiver.report.exhibits import Print
from archiver.report.lettering import IN_CAPTIONS, fit, quoted
from archiver.report.words import ReportWords

Json: TypeAlias = Any
"""What `json.dumps` takes; it goes to the template and nowhere else."""


def when_value(when: When | None) -> Json:
    """An instant, local and UTC."""
    return {"local": when.text, "utc": when.utc} if when is not None else None


def one_line(text: str) -> str:
    """Somebody's words in a narrow place."""
    return quoted(text, IN_CAPTIONS)


def path_value(path: str) -> str:
    """A path or the name of a file."""
    return quoted(path, IN_CAPTIONS, path=True)


def spoken(text: str | None, words: ReportWords) -> Json:
    """A wording; in our own words where there is none."""
    if text:
        return {"sent": fit(text)}
    return {"none": words.text("no-text" if text is None else "empty-text")}


def untimed(entry: Entry, words: ReportWords) -> Json:
    """The time of an entry that has none that can be read."""
    if entry.erased:
        return None
    return {"local": words.untimed(one_line(short(entry.sent_time))), "utc": ""}


def unknown_said(kind: str, words: ReportWords) -> list[Json]:
    """That an entry is of no known kind."""
    return sentence_value(words.unknown(short(kind)))


def sentence_value(sentence: Sentence) -> list[Json]:
    """A sentence of the page."""
    return [part_value(part) for part in sentence]


def part_value(part: object) -> Json:
    """One part of a sentence."""
    if isinstance(part, Quote):
        return {"quote": quoted(part.quote)}
    if isinstance(part, Link):
        # What a link to a file leads to lies in the job's folder, not in the report.
        to = part.href.removeprefix("#") if part.href.startswith("#") else ""
        return {"to": to, "text": fit(part.text)}
    return fit(part.text if isinstance(part, When) else str(part))


def gap_said(gap: Gap) -> list[Json]:
    """What is missing, and why."""
    return [part_value(gap.link), ": ", *sentence_value(gap.reason), "."]


def history_value(line: HistoryLine) -> dict[str, Json]:
    """A line of the history."""
    return {
        "seen": when_value(line.seen),
        "said": sentence_value(line.said),
        "source": sentence_value(line.source),
        "details": [sentence_value(detail) for detail in line.details],
    }


def file_said(file: Attachment) -> list[Json]:
    """A file of a message of an unknown kind."""
    parts: list[Json] = [{"quote": quoted(file.name)}, f", {file.facts}"] if file.name else []
    if file.reason:
        parts += [": "] if parts else []
        parts.append(fit(file.reason))
    return parts


def picture_value(shown: Print | None) -> Json:
    """A picture, if there is one."""
    if shown is None:
        return None
    return {"file": shown.file, "width": shown.width, "height": shown.height}


def line_value(line: PhotoLine) -> dict[str, Json]:
    """A further fact of an exhibit."""
    return {
        "name": fit(line.name),
        "text": fit(short(line.text), IN_CAPTIONS),
        "to": line.href.removeprefix("#") if line.href.startswith("#") else "",
        "label": fit(line.label, IN_CAPTIONS),
        "sha256": halves(line.sha256),
    }


def fours(digest: str) -> list[str]:
    """A digest in fours, to be read aloud."""
    return [digest[at : at + 4] for at in range(0, len(digest), 4)]


def halves(digest: str) -> list[str]:
    """A digest in two lines."""
    return [digest[at : at + 32] for at in range(0, len(digest), 32)]
