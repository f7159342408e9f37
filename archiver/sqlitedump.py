"""An archive as one SQLite file, for queries and for Datasette: jobs, people, messages, photos.

Columns of the same name mean the same as in the tables (`photolog`, `messagelog`). Ids are texts
that stay the same from one dump to the next: a job's is its key, as in the ledger (its id in
WorkPhotos if that is hexadecimal), a message's `<key>-m0004`, a photo's `<key>-p0012`, with `-2`
behind them a wording's or version's.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType

from archiver import localtime
from archiver.archive import ArchiveSettings
from archiver.capturetime import FAR
from archiver.catalog import disk_faults
from archiver.columns import Cell, wall_time
from archiver.csvtext import visible
from archiver.messagelog import MessageRow, message_rows
from archiver.naming import job_key
from archiver.photolog import PhotoRow, first_gone, photo_rows, utc_text
from archiver.sealedjobs import SealedJob

VERSION = 1
"""`PRAGMA user_version`: goes up when a table or column changes its meaning or leaves."""

SCHEMA = """
CREATE TABLE archive (
    workspace_id TEXT PRIMARY KEY, workspace_name TEXT, time_zone TEXT NOT NULL
);
CREATE TABLE people (id TEXT PRIMARY KEY, workphotos_id TEXT, name TEXT, named_utc TEXT);
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, workphotos_id TEXT, title TEXT, status TEXT NOT NULL,
    created_local TEXT, created_utc TEXT, updated_utc TEXT,
    creator_id TEXT REFERENCES people (id), creator TEXT, vanished_utc TEXT,
    folder TEXT NOT NULL UNIQUE, seal INTEGER NOT NULL, sealed_utc TEXT NOT NULL,
    web_app_link TEXT, report_link TEXT
);
CREATE TABLE messages (
    id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs (id), message INTEGER NOT NULL,
    status TEXT NOT NULL, note TEXT, time_local TEXT, time_utc TEXT,
    person_id TEXT REFERENCES people (id), uploader TEXT, kind TEXT, text TEXT, files TEXT,
    raw TEXT, vanished_utc TEXT, UNIQUE (job_id, message)
);
CREATE TABLE wordings (
    id TEXT PRIMARY KEY, message_id TEXT NOT NULL REFERENCES messages (id),
    wording INTEGER NOT NULL, seen_utc TEXT NOT NULL, text TEXT, UNIQUE (message_id, wording)
);
CREATE TABLE photos (
    id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs (id), exhibit INTEGER NOT NULL,
    message_id TEXT NOT NULL REFERENCES messages (id), status TEXT NOT NULL, note TEXT,
    time_local TEXT, time_utc TEXT, person_id TEXT REFERENCES people (id), uploader TEXT,
    file TEXT, sha256 TEXT, bytes INTEGER, width INTEGER, height INTEGER, media_type TEXT,
    exif_time TEXT, camera TEXT, latitude REAL, longitude REAL, source TEXT, archived_utc TEXT,
    vanished_utc TEXT, exif_offset TEXT, UNIQUE (job_id, exhibit)
);
CREATE TABLE versions (
    id TEXT PRIMARY KEY, photo_id TEXT NOT NULL REFERENCES photos (id), version INTEGER NOT NULL,
    status TEXT NOT NULL, note TEXT, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL, width INTEGER, height INTEGER, media_type TEXT NOT NULL,
    exif_time TEXT, camera TEXT, latitude REAL, longitude REAL, source TEXT, archived_utc TEXT,
    exif_offset TEXT, UNIQUE (photo_id, version)
);
CREATE TABLE changes (
    id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs (id), seen_utc TEXT NOT NULL,
    kind TEXT NOT NULL, snapshot INTEGER, messages TEXT, photos TEXT, was TEXT, now TEXT
);
CREATE INDEX messages_person ON messages (person_id);
CREATE INDEX messages_time ON messages (time_utc);
CREATE INDEX photos_message ON photos (message_id);
CREATE INDEX photos_person ON photos (person_id);
CREATE INDEX photos_time ON photos (time_utc);
CREATE INDEX versions_sha256 ON versions (sha256);
CREATE INDEX changes_job ON changes (job_id);
CREATE INDEX jobs_creator ON jobs (creator_id);
"""
_SEARCH = """
CREATE VIRTUAL TABLE {table}_fts USING fts5 (
    text, content="{table}", tokenize="unicode61 remove_diacritics 2"
)
"""
_SEARCHED = ("messages", "wordings")
_NEWEST_NAME = """
INSERT INTO people VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
SET name = excluded.name, named_utc = excluded.named_utc
WHERE excluded.name IS NOT NULL AND excluded.named_utc > coalesce(named_utc, '')
"""


class SqliteDump:
    """A new database at `path`, as a context. The same jobs give the same bytes (with the same
    version of SQLite). `notes` says what could not be made. Raises OSError."""

    def __init__(self, path: Path, settings: ArchiveSettings, far: timedelta = FAR) -> None:
        self._path = path
        self._settings = settings
        self._far = far
        self._zone = localtime.zone(settings.time_zone)
        self.notes: list[str] = []

    def __enter__(self) -> SqliteDump:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        # It is whole when it gets its name: no journal is needed, and one sync at the end.
        self._db.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = {VERSION};"
            + SCHEMA
        )
        self._db.execute("BEGIN")
        one = self._settings
        self._put("archive", [(one.workspace_id, one.workspace_name, one.time_zone)])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.closing(self._db):
            if error is None:
                with disk_faults("the database"):
                    self._make_searchable()
                    self._db.execute("COMMIT")

    def add(self, job: SealedJob) -> None:
        """Add a job with all that hangs on it. Raises OSError."""
        messages = list(message_rows(job, self._zone))
        photos = list(photo_rows(job, self._zone, self._far))
        with disk_faults("the database"):
            self._add(job, messages, photos)

    def _add(
        self, job: SealedJob, messages: Sequence[MessageRow], photos: Sequence[PhotoRow]
    ) -> None:
        self._people(job, messages)
        self._put("jobs", [self._job(job)])
        # Of several wordings or versions the last is the present one.
        self._put("messages", map(_message, {one.message: one for one in messages}.values()))
        self._put("wordings", map(_wording, messages))
        self._put("photos", map(_photo, {one.exhibit: one for one in photos}.values()))
        self._put("versions", [_version(one) for one in photos if one.version is not None])
        self._put("changes", _changes(job))

    def _make_searchable(self) -> None:
        try:
            for table in _SEARCHED:
                self._db.execute(_SEARCH.format(table=table))
                self._db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild')")
        except sqlite3.OperationalError as error:
            if "no such module" not in str(error):
                raise
            self.notes.append(f"No full-text search was made, this computer's SQLite: {error}.")

    def _people(self, job: SealedJob, rows: Iterable[MessageRow]) -> None:
        record = job.record
        creator = (record.creator_id, record.creator_name, utc_text(record.created))
        seen = [creator, *((one.uploader_id, one.uploader, one.time_utc) for one in rows)]
        for workphotos_id, name, when in seen:
            one = person_id(workphotos_id, name)
            if one is not None:
                self._db.execute(_NEWEST_NAME, [*map(_stored, (one, workphotos_id, name, when))])

    def _job(self, job: SealedJob) -> Sequence[Cell]:
        record = job.record
        created = record.created or record.listed_created
        return (
            job_key(record.job_id),
            record.job_id,
            record.title,
            "present" if record.gone is None else "vanished",
            wall_time(created, self._zone),
            utc_text(created),
            utc_text(record.updated),
            person_id(record.creator_id, record.creator_name),
            record.creator_name,
            utc_text(first_gone(record.gone)),
            job.folder,
            record.seal,
            utc_text(record.sealed),
            record.web_app_link,
            record.report_link,
        )

    def _put(self, table: str, rows: Iterable[Sequence[Cell]]) -> None:
        stored = [tuple(map(_stored, row)) for row in rows]
        if stored:
            places = ", ".join("?" * len(stored[0]))
            self._db.executemany(f"INSERT INTO {table} VALUES ({places})", stored)


def person_id(workphotos_id: str | None, name: str | None) -> str | None:
    """What tells people apart: their id, else their name; None where there is neither."""
    return workphotos_id or (f"name:{name}" if name else None)


def _stored(value: Cell) -> str | int | float | None:
    """A cell as SQLite holds it."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, datetime) else value


def _message(row: MessageRow) -> Sequence[Cell]:
    return (
        _message_id(row),
        job_key(row.job_id),
        row.message,
        row.status,
        row.note,
        row.time_local,
        row.time_utc,
        person_id(row.uploader_id, row.uploader),
        row.uploader,
        row.kind,
        row.text,
        row.files,
        row.raw,
        row.vanished_utc,
    )


def _wording(row: MessageRow) -> Sequence[Cell]:
    message = _message_id(row)
    return (f"{message}-{row.wording}", message, row.wording, row.seen_utc, row.text)


def _photo(row: PhotoRow) -> Sequence[Cell]:
    return (
        _photo_id(row),
        job_key(row.job_id),
        row.exhibit,
        _message_id(row),
        row.status,
        row.note,
        row.time_local,
        row.time_utc,
        person_id(row.uploader_id, row.uploader),
        row.uploader,
        *_file(row),
        row.vanished_utc,
        row.exif_offset,
    )


def _version(row: PhotoRow) -> Sequence[Cell]:
    photo = _photo_id(row)
    version = (f"{photo}-{row.version}", photo, row.version, row.status, row.note)
    return (*version, *_file(row), row.exif_offset)


def _file(row: PhotoRow) -> Sequence[Cell]:
    return (
        row.file,
        row.sha256,
        row.bytes,
        row.width,
        row.height,
        row.media_type,
        row.exif_time,
        row.camera,
        row.latitude,
        row.longitude,
        row.source,
        row.archived_utc,
    )


def _changes(job: SealedJob) -> Iterator[Sequence[Cell]]:
    key = job_key(job.record.job_id)
    for number, event in enumerate(job.record.history, 1):
        yield (
            f"{key}-c{number:04d}",
            key,
            utc_text(event.seen),
            event.kind,
            event.snapshot,
            json.dumps(event.messages) if event.messages else None,
            json.dumps(event.photos) if event.photos else None,
            event.was,
            event.now,
        )


def _message_id(row: MessageRow | PhotoRow) -> str:
    return f"{job_key(row.job_id)}-m{row.message:04d}"


def _photo_id(row: PhotoRow) -> str:
    return f"{job_key(row.job_id)}-p{row.exhibit:04d}"
