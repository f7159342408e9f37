"""`archiver export --person`: the answer to a person who asks what is held of them.

One zip: everything they sent (messages with every wording, photos in full), what names them, and
the jobs they began, as a page and as JSON, with the files as received. Names of other persons are
left out of it. `SHA256SUMS` lists every file, as in the other exports.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import escape

from archiver.archive import job_folders, load_job
from archiver.bag import Bag, read_bag
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.finding import find_person_in
from archiver.models import JobRecord, MessageRecord, RelPath, Sha256, StoredFile
from archiver.naming import job_key
from archiver.pagetext import page_bytes
from archiver.people import Person, find_person, fold, people_in
from archiver.record import json_bytes, time_text
from archiver.redaction import Marks, person_marks, renamer
from archiver.storage import explained, sha256_file
from archiver.zips import ZipWriter

TOP = "personal-data"
SOMEBODY = "another person"


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """A zip for one person: where it lies, of which jobs (ledger keys), how many messages, photos
    and files are in it, and its SHA-256."""

    path: Path
    jobs: tuple[str, ...]
    messages: int
    photos: int
    files: int
    size: int
    sha256: Sha256


def readable_jobs(root: Path, problems: list[str]) -> Iterator[tuple[Bag, JobRecord]]:
    """Every job of an archive that can be read; what cannot is told in `problems`."""
    for folder in job_folders(root):
        try:
            bag, record = read_bag(folder), load_job(folder)
        except (OSError, ValueError, ArchiverError) as error:
            problems.append(f"{folder.name} cannot be read: {error}")
            continue
        yield bag, record


def person_of(root: Path, wanted: str, also: Iterable[str] = ()) -> tuple[Person, frozenset[str]]:
    """A person of an archive, and the names of all others. Raises UsageProblem, and ArchiveDamaged
    for a job that cannot be read: an answer that lacks something would be wrong."""
    problems: list[str] = []
    named = {pair for one in readable_jobs(root, problems) for pair in people_in(*one)}
    if problems:
        raise ArchiveDamaged(
            f"{problems[0]}, so not everything of the person could be given.",
            "Run `archiver verify`, then bring the folder back from a backup.",
        )
    person = find_person(named, wanted, also)
    own = {fold(name) for name in person.names}
    others = {name for one, name in named if name and one not in person.ids}
    return person, frozenset(name for name in others if fold(name) not in own)


def export_person(
    root: Path, person: Person, others: frozenset[str], out: Path, now: datetime
) -> SubjectReport:
    """Write a person's zip to `out`. Raises UsageProblem for a place inside the archive,
    ArchiveDamaged for a file that is not as it was sealed, DiskFull, NotWritable, OSError."""
    if out.is_dir():
        out /= f"{TOP}.zip"
    if not out.parent.is_dir():
        raise UsageProblem(f"There is no folder {out.parent}.", "Make it first, or name another.")
    if out.parent.resolve().is_relative_to(root.resolve()):
        raise UsageProblem(f"{out} lies inside the archive.", "Name a place outside it.")
    with explained(out), ZipWriter(out) as target:
        work = _Answer(target, person, others, now)
        for bag, record in readable_jobs(root, []):
            work.job(bag, record)
        work.finish()
    return SubjectReport(
        out,
        tuple(work.keys),
        work.messages,
        work.photos,
        target.files,
        target.size,
        sha256_file(out),
    )


class _Answer:
    """Fills one person's zip."""

    def __init__(
        self, target: ZipWriter, person: Person, others: frozenset[str], now: datetime
    ) -> None:
        self.target = target
        self.person = person
        self.now = now
        self.keys: list[str] = []
        self.messages = 0
        self.photos = 0
        self._jobs: list[dict[str, Any]] = []
        self._sums: dict[str, Sha256] = {}
        key = Marks(0, os.urandom(32))
        self._without_others: Callable[[str], str] = renamer(
            key, person_marks(key, (), others, SOMEBODY)
        )

    def job(self, bag: Bag, record: JobRecord) -> None:
        """Add what a job has of the person."""
        hits = list(find_person_in(record, self.person))
        theirs = [one for one in record.messages if self._is_theirs(one)]
        if not hits and not theirs:
            return
        self.keys.append(job_key(record.job_id))
        self._jobs.append(
            {
                "job_id": record.job_id,
                "title": self._text(record.title),
                "created_by_you": record.creator_id in self.person.ids,
                "names_you": sorted({hit.kind for hit in hits if hit.why == "names"}),
                "messages": [self._message(bag, record, one) for one in theirs],
            }
        )

    def _is_theirs(self, message: MessageRecord) -> bool:
        if message.erased is not None:
            return False
        name = message.uploader_name
        names = {fold(one) for one in self.person.names}
        return message.uploader_id in self.person.ids or (
            message.uploader_id is None and name is not None and fold(name) in names
        )

    def _text(self, text: str | None) -> str | None:
        return None if text is None else self._without_others(text)

    def _message(self, bag: Bag, record: JobRecord, message: MessageRecord) -> dict[str, Any]:
        self.messages += 1
        photos = [photo for photo in record.photos if photo.message == message.number]
        self.photos += len(photos)
        kept: list[StoredFile] = []
        for photo in photos:
            kept += photo.image.versions
        for file in record.files:
            if file.message == message.number:
                kept += file.reference.versions
        return {
            "number": message.number,
            "photo": message.photo,
            "kind": message.kind,
            "sent": message.uploaded_text,
            "name": message.uploader_name,
            "wordings": [
                {"seen": time_text(one.seen), "text": self._text(one.text)}
                for one in message.wordings
            ],
            "files": [self._file(bag, record, one) for one in kept],
        }

    def _file(self, bag: Bag, record: JobRecord, stored: StoredFile) -> dict[str, Any]:
        name = f"files/{job_key(record.job_id)}/{stored.file.removeprefix('data/')}"
        if name not in self._sums:
            path = bag.folder / stored.file
            try:
                with path.open("rb") as source:
                    found = self.target.add_file(f"{TOP}/{name}", source, self.now)
            except FileNotFoundError as error:
                raise _damaged(record, stored.file, "is missing") from error
            if found != bag.payload.get(stored.file) or found != stored.sha256:
                raise _damaged(record, stored.file, "is not what was sealed")
            self._sums[name] = found
        return {"file": name, "sha256": stored.sha256, "captured": stored.captured}

    def finish(self) -> None:
        """Add the lists and the sums."""
        value = {
            "ids": sorted(self.person.ids),
            "names": sorted(self.person.names),
            "made": time_text(self.now),
            "jobs": self._jobs,
        }
        self._bytes("data.json", json_bytes(value))
        self._bytes("index.html", page_bytes(_page(value)))
        self._bytes("README.txt", _README.replace("\n", "\r\n").encode())
        lines = (f"{self._sums[path]}  {path}\n" for path in sorted(self._sums))
        self.target.add_bytes(f"{TOP}/SHA256SUMS", "".join(lines).encode(), self.now)

    def _bytes(self, name: str, body: bytes) -> None:
        self._sums[name] = self.target.add_bytes(f"{TOP}/{name}", body, self.now)


def _damaged(record: JobRecord, file: RelPath, what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"{file} of job {record.job_id} {what}.",
        "Nothing was exported. Run `archiver verify`, and bring the file back from a backup.",
    )


def _page(value: dict[str, Any]) -> str:
    jobs = "".join(map(_job_html, value["jobs"]))
    names = escape(", ".join(value["names"]))
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src 'self'\"><title>Personal data</title></head><body>"
        f"<h1>What is held of {names}</h1><p>Made {escape(value['made'])}. data.json holds the "
        f"same for a program.</p>{jobs}</body></html>\n"
    )


def _job_html(job: dict[str, Any]) -> str:
    began = " You began this job." if job["created_by_you"] else ""
    named = " Messages of others in it name you." if job["names_you"] else ""
    messages = "".join(map(_message_html, job["messages"]))
    title = escape(job["title"] or "(no title)")
    return f"<h2>{title}</h2><p>Job {escape(job['job_id'])}.{began}{named}</p><ol>{messages}</ol>\n"


def _message_html(message: dict[str, Any]) -> str:
    texts = [one["text"] for one in message["wordings"] if one["text"]]
    said = "".join(f"<p>{escape(text)}</p>" for text in texts)
    files = "".join(
        f'<p><a href="{escape(one["file"])}">{escape(one["file"])}</a></p>'
        for one in message["files"]
    )
    return f"<li>{escape(message['sent'] or 'no time given')}: {said}{files}</li>\n"


_README = """\
What is held of one person in an archive of WorkPhotos jobs.

  index.html  everything they sent, for reading
  data.json   the same for a program, every wording of each message included
  files/      their photos and files, as they were received

Names of other persons are left out; photos are not altered and may show them.
SHA256SUMS lists every file with its SHA-256: sha256sum -c SHA256SUMS
"""
