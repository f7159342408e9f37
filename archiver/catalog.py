"""The catalogue: what the bags say, in one SQLite file, so that a run need not read them all.

It is a cache. The bags are the truth: delete `.archiver/catalog.sqlite3` and the next run builds
it again from them. No write-ahead log, which network drives cannot hold.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver.errors import NotWritable
from archiver.models import AddressKey, JobSummary, RelPath, Sha256, StoredFile
from archiver.naming import job_key
from archiver.record import converter, time_of, time_text
from archiver.searchable import FoundPhoto, Searchable, photos_of
from archiver.storage import remove_file

CATALOG_VERSION = 4
_SCHEMA = """
CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY, folder TEXT NOT NULL UNIQUE, seal INTEGER NOT NULL,
    tagmanifest TEXT NOT NULL, sameness TEXT NOT NULL, listed TEXT NOT NULL,
    open_failures INTEGER NOT NULL, gone INTEGER NOT NULL, summary TEXT NOT NULL,
    last_look TEXT
);
CREATE TABLE payload (
    job_id TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (job_id, file)
);
CREATE INDEX payload_by_hash ON payload (sha256);
CREATE TABLE addresses (
    key TEXT NOT NULL, sha256 TEXT NOT NULL, job_id TEXT NOT NULL, facts TEXT NOT NULL,
    PRIMARY KEY (key, sha256)
);
CREATE INDEX addresses_by_job ON addresses (job_id);
CREATE TABLE failures (job_id TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE searchable (
    job_id TEXT PRIMARY KEY, chat_digest TEXT NOT NULL, photos_digest TEXT NOT NULL,
    words BLOB NOT NULL, chat BLOB NOT NULL, photos BLOB NOT NULL, zone TEXT
);
CREATE TABLE photo_months (
    month TEXT NOT NULL, job_id TEXT NOT NULL, photos INTEGER NOT NULL,
    PRIMARY KEY (month, job_id)
);
CREATE INDEX photo_months_by_job ON photo_months (job_id);
CREATE TABLE index_parts (part TEXT PRIMARY KEY, digest TEXT NOT NULL, files TEXT NOT NULL);
CREATE TABLE looks (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, bits BLOB, searched INTEGER NOT NULL
);
CREATE INDEX looks_unsearched ON looks (id) WHERE NOT searched;
CREATE TABLE alike (one INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (one, other));
CREATE INDEX alike_by_other ON alike (other);
CREATE TABLE compared (job_id TEXT PRIMARY KEY);
CREATE TABLE views (job_key TEXT PRIMARY KEY, made_from TEXT NOT NULL, pin TEXT NOT NULL);
"""


def _sql_text(text: str) -> str:
    """Text as SQLite can hold it: a lone surrogate, which has no UTF-8, is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _digests(db: sqlite3.Connection, job_id: str) -> set[Sha256]:
    rows = db.execute("SELECT sha256 FROM payload WHERE job_id = ?", (job_id,))
    return {sha for (sha,) in rows}


def _forget_looks(db: sqlite3.Connection, gone: Iterable[Sha256]) -> None:
    """Forget the looks of bytes that no job has any more: they may be of what was erased. What was
    joined by way of one is searched for anew."""
    for sha in gone:
        found = db.execute(
            "SELECT id FROM looks WHERE sha256 = ?"
            " AND NOT EXISTS (SELECT 1 FROM payload WHERE payload.sha256 = looks.sha256)",
            (sha,),
        ).fetchone()
        if found is not None:
            db.execute(
                "UPDATE looks SET searched = 0 WHERE id IN (SELECT one FROM alike WHERE other = ?1"
                " UNION SELECT other FROM alike WHERE one = ?1)",
                found,
            )
            db.execute("DELETE FROM alike WHERE one = ?1 OR other = ?1", found)
            db.execute("DELETE FROM looks WHERE id = ?", found)


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 1)


_DISK_FAULTS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
    sqlite3.SQLITE_LOCKED: errno.EBUSY,
}
_HOLDERS_AT_ONCE = 16
_PRIMARY = 0xFF
"""An extended result code's low byte is the primary one (sqlite.org/rescode.html)."""


@contextlib.contextmanager
def disk_faults(what: str = "the catalogue", folder: Path | None = None) -> Iterator[None]:
    """What the disk did to SQLite, as the OSError that it is; `what` is the file it was writing,
    in `folder` if that is known."""
    try:
        yield
    except sqlite3.OperationalError as error:
        number = _DISK_FAULTS.get(error.sqlite_errorcode & _PRIMARY)
        if number is None:
            raise
        if number == errno.EIO and folder is not None and _is_full(folder):
            number = errno.ENOSPC
        raise OSError(number, f"{what}: {error}") from error


def _held(path: Path) -> NotWritable:
    return NotWritable(
        f"Another program holds the catalogue, {path}.",
        "Close it there (a viewer of databases, a backup), then run the same command again.",
    )


def _is_full(folder: Path) -> bool:
    """Whether the disk has no room for one more block. SQLite does not say what syncing met: many
    file systems find only then that they are full."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
            getattr(os, "fdatasync", os.fsync)(file.fileno())
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False


@dataclass(frozen=True, slots=True)
class CatalogJob:
    """One job's row. `folder` is relative to the archive; `sameness` that of its newest snapshot;
    `listed` a digest of what the list said; `open_failures` counts references without a file."""

    job_id: str
    folder: RelPath
    seal: int
    tagmanifest: Sha256
    sameness: str
    listed: str
    open_failures: int
    gone: bool
    summary: JobSummary
    last_look: datetime | None = None


@dataclass(frozen=True, slots=True)
class LastView:
    """The view of a job that a build last made, or found as it should be: a digest of all that it
    was made from (`viewinputs`), and its pin."""

    made_from: Sha256
    pin: Sha256


@dataclass(frozen=True, slots=True)
class Held:
    """A payload file somewhere in the archive: the job it lies in and its path in that folder."""

    job_id: str
    folder: RelPath
    file: RelPath
    sha256: Sha256
    size: int


class Catalog:
    """The catalogue of one archive. Thread-safe; every method may raise OSError for what is the
    disk's fault (with the number of a full one), and sqlite3.Error."""

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        """Open the file, beginning it anew when it is absent, broken or of another version; None
        keeps it in memory (for an archive that may not be written). Raises OSError when the disk
        is at fault, NotWritable when another program holds the file: then the file stays."""
        self._turn = threading.RLock()
        self._folder = path.parent if path is not None and not read_only else None
        self._db = self._opened(path, read_only)

    @staticmethod
    def _opened(path: Path | None, read_only: bool) -> sqlite3.Connection:
        if path is not None and (path.exists() or not read_only):
            address = f"{path.absolute().as_uri()}?mode=rwc"
            try:
                with disk_faults(folder=path.parent):
                    return Catalog._connect(address, fresh=False)
            except OSError as error:
                if not read_only:
                    if error.errno == errno.EBUSY:
                        raise _held(path) from error
                    raise
            except sqlite3.DatabaseError:
                if not read_only:
                    remove_file(path)
                    with disk_faults(folder=path.parent):
                        return Catalog._connect(address, fresh=False)
        return Catalog._connect("file::memory:", fresh=True)

    @classmethod
    def as_it_is(cls, path: Path) -> Catalog:
        """The file to be looked at only: never written, never made anew.

        Raises sqlite3.Error when it is no catalogue, OSError when the disk is at fault.
        """
        catalog = cls(None)
        catalog.close()
        with disk_faults():
            catalog._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
            )
        return catalog

    @staticmethod
    def _connect(address: str, *, fresh: bool) -> sqlite3.Connection:
        db = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=TRUNCATE")
            db.execute("PRAGMA synchronous=NORMAL")
            # What is deleted is overwritten: a row may be of something that was erased.
            db.execute("PRAGMA secure_delete=ON")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("damaged")
            if version != CATALOG_VERSION or fresh:
                if tables:
                    raise sqlite3.DatabaseError("another version")
                db.executescript(_SCHEMA)
                db.execute(f"PRAGMA user_version={CATALOG_VERSION}")
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def version(self) -> int:
        """The version that the file says it is of."""
        ((version,),) = self._rows("PRAGMA user_version")
        return int(version)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._db.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._turn, disk_faults(folder=self._folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    with contextlib.suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._turn, disk_faults(folder=self._folder):
            return self._db.execute(query, values).fetchall()

    # Jobs

    def job(self, job_id: str) -> CatalogJob | None:
        """One job's row, or None."""
        rows = self._rows(f"SELECT {_JOB_COLUMNS} FROM jobs WHERE job_id = ?", _sql_text(job_id))
        return _job(rows[0]) if rows else None

    def jobs(self) -> list[CatalogJob]:
        """Every job's row, in the order of their folders."""
        return [_job(row) for row in self._rows(f"SELECT {_JOB_COLUMNS} FROM jobs ORDER BY folder")]

    def folders(self) -> dict[RelPath, Sha256]:
        """Each job folder the catalogue knows with its tag manifest's hash."""
        rows = self._rows("SELECT folder, tagmanifest FROM jobs")
        return {RelPath(folder): Sha256(digest) for folder, digest in rows}

    def numbers(self) -> dict[RelPath, tuple[str, int]]:
        """Each job folder the catalogue knows with the job's id and the number of its seal."""
        rows = self._rows("SELECT folder, job_id, seal FROM jobs")
        return {RelPath(folder): (job_id, seal) for folder, job_id, seal in rows}

    def seals(self) -> list[tuple[str, RelPath, Sha256]]:
        """Each job's id, its folder and its tag manifest's hash, in the order of the folders."""
        return self._rows("SELECT job_id, folder, tagmanifest FROM jobs ORDER BY folder")

    def put_job(
        self,
        job: CatalogJob,
        payload: Mapping[RelPath, tuple[Sha256, int]],
        addresses: Iterable[tuple[AddressKey, StoredFile]],
        searched: Searchable,
    ) -> None:
        """Write down a job as its bag now is; what was known of it before gives way."""
        summary = json.dumps(converter().unstructure(job.summary))
        job_id = _sql_text(job.job_id)
        with self._writing() as db:
            before = _digests(db, job_id)
            db.execute("DELETE FROM payload WHERE job_id = ?", (job_id,))
            db.execute("DELETE FROM addresses WHERE job_id = ?", (job_id,))
            db.execute(
                "INSERT INTO jobs (job_id, folder, seal, tagmanifest, sameness, listed,"
                " open_failures, gone, summary, last_look) VALUES (?,?,?,?,?,?,?,?,?,?)"
                " ON CONFLICT (job_id) DO UPDATE SET folder=excluded.folder, seal=excluded.seal,"
                " tagmanifest=excluded.tagmanifest, sameness=excluded.sameness,"
                " listed=excluded.listed, open_failures=excluded.open_failures,"
                " gone=excluded.gone, summary=excluded.summary,"
                " last_look=coalesce(excluded.last_look, last_look)",
                (
                    job_id,
                    job.folder,
                    job.seal,
                    job.tagmanifest,
                    job.sameness,
                    job.listed,
                    job.open_failures,
                    job.gone,
                    summary,
                    time_text(job.last_look) if job.last_look else None,
                ),
            )
            db.executemany(
                "INSERT INTO payload (job_id, file, sha256, size) VALUES (?,?,?,?)",
                ((job_id, file, sha, size) for file, (sha, size) in payload.items()),
            )
            _forget_looks(db, before - {sha for sha, _ in payload.values()})
            db.execute("DELETE FROM compared WHERE job_id = ?", (job_id,))
            db.executemany(
                "INSERT OR IGNORE INTO addresses (key, sha256, job_id, facts) VALUES (?,?,?,?)",
                (
                    (
                        _sql_text(key),
                        facts.sha256,
                        job_id,
                        json.dumps(converter().unstructure(facts)),
                    )
                    for key, facts in addresses
                ),
            )
            db.execute("DELETE FROM photo_months WHERE job_id = ?", (job_id,))
            db.execute(
                "INSERT OR REPLACE INTO searchable"
                " (job_id, chat_digest, photos_digest, words, chat, photos) VALUES (?,?,?,?,?,?)",
                (
                    job_id,
                    searched.chat_digest,
                    searched.photos_digest,
                    _packed(" ".join(searched.words)),
                    _packed(searched.chat_json),
                    _packed(searched.photos_json),
                ),
            )

    def forget_job(self, job_id: str) -> None:
        """Drop a job whose folder is no longer there."""
        with self._writing() as db:
            before = _digests(db, _sql_text(job_id))
            for table in ("jobs", "payload", "addresses", "searchable", "photo_months", "compared"):
                db.execute(f"DELETE FROM {table} WHERE job_id = ?", (_sql_text(job_id),))
            _forget_looks(db, before)
            db.execute("DELETE FROM views WHERE job_key = ?", (job_key(job_id),))

    def forget_failures(self, job_ids: Iterable[str]) -> None:
        """Drop what was noted of jobs that failed: its words may quote what is erased."""
        with self._writing() as db:
            db.executemany(
                "DELETE FROM failures WHERE job_id = ?", ((_sql_text(one),) for one in job_ids)
            )

    def shrink(self) -> None:
        """Write the file anew without what was deleted from it."""
        with self._turn, disk_faults(folder=self._folder):
            self._db.execute("VACUUM")

    def looked(self, job_ids: Iterable[str], when: datetime) -> None:
        """Note when jobs were last seen upstream."""
        with self._writing() as db:
            db.executemany(
                "UPDATE jobs SET last_look = ? WHERE job_id = ?",
                ((time_text(when), _sql_text(job_id)) for job_id in job_ids),
            )

    def note_failures(self, failed: Mapping[str, str], fine: Iterable[str], now: datetime) -> None:
        """Remember which jobs failed as a whole, for `--failed` and `status`."""
        with self._writing() as db:
            db.executemany(
                "DELETE FROM failures WHERE job_id = ?", ((_sql_text(one),) for one in fine)
            )
            db.executemany(
                "INSERT INTO failures (job_id, since, reason) VALUES (?,?,?)"
                " ON CONFLICT (job_id) DO UPDATE SET reason=excluded.reason",
                (
                    (_sql_text(job), time_text(now), _sql_text(reason))
                    for job, reason in failed.items()
                ),
            )

    def failures(self) -> dict[str, tuple[datetime, str]]:
        """Jobs that failed as a whole when last tried: since when and why."""
        rows = self._rows("SELECT job_id, since, reason FROM failures ORDER BY job_id")
        return {job: (time_of(since), reason) for job, since, reason in rows}

    # What is searched

    def chat_digests(self) -> dict[str, str]:
        """By job, what tells that its lines are as they were."""
        return dict(self._rows("SELECT job_id, chat_digest FROM searchable"))

    def chat(self, job_ids: Iterable[str]) -> Iterator[str]:
        """The lines of jobs (`Searchable.chat_json`), in the order asked for."""
        return self._unpacked("chat", job_ids)

    def words(self, job_ids: Iterable[str]) -> Iterator[str]:
        """The words in the lines of jobs, in the order asked for, with spaces between them."""
        return self._unpacked("words", job_ids)

    def _unpacked(self, column: str, job_ids: Iterable[str]) -> Iterator[str]:
        for job_id in job_ids:
            query = f"SELECT {column} FROM searchable WHERE job_id = ?"
            ((packed,),) = self._rows(query, _sql_text(job_id))
            yield zlib.decompress(packed).decode()

    def photo_jobs(self, month: str) -> list[tuple[str, str, int]]:
        """Jobs with photos of a month, each with what tells that its photos are as they were, and
        how many there are."""
        return self._rows(
            "SELECT s.job_id, s.photos_digest, m.photos FROM photo_months m JOIN searchable s"
            " ON s.job_id = m.job_id WHERE m.month = ? ORDER BY s.job_id",
            month,
        )

    def photos(self, job_id: str) -> list[FoundPhoto]:
        """The photos of one job."""
        query = "SELECT photos FROM searchable WHERE job_id = ?"
        ((packed,),) = self._rows(query, _sql_text(job_id))
        return photos_of(zlib.decompress(packed).decode())

    def photo_months(self) -> list[str]:
        """The months that photos are of, as far as `put_photo_months` said."""
        query = "SELECT DISTINCT month FROM photo_months ORDER BY month"
        return [month for (month,) in self._rows(query)]

    def without_months(self, zone: str) -> list[str]:
        """Jobs of whose photos it is not known in which months of a time zone they are."""
        query = "SELECT job_id FROM searchable WHERE zone IS NOT ? ORDER BY job_id"
        return [job_id for (job_id,) in self._rows(query, zone)]

    def put_photo_months(self, zone: str, months: Mapping[str, Mapping[str, int]]) -> None:
        """Write down, by job, how many of its photos are of which months of a time zone."""
        with self._writing() as db:
            for job_id, named in months.items():
                key = _sql_text(job_id)
                db.execute("DELETE FROM photo_months WHERE job_id = ?", (key,))
                db.executemany(
                    "INSERT INTO photo_months (month, job_id, photos) VALUES (?,?,?)",
                    ((month, key, photos) for month, photos in named.items()),
                )
                db.execute("UPDATE searchable SET zone = ? WHERE job_id = ?", (zone, key))

    def index_parts(self, kind: str) -> dict[str, tuple[str, dict[str, int]]]:
        """Parts of the index that were written, by name below `kind`: what tells that one is as it
        was, and its files with their bytes."""
        rows = self._rows(
            "SELECT part, digest, files FROM index_parts WHERE part GLOB ?", f"{kind}/*"
        )
        return {part.partition("/")[2]: (digest, json.loads(files)) for part, digest, files in rows}

    def note_index_parts(
        self,
        kind: str,
        written: Mapping[str, tuple[str, Mapping[str, int]]],
        gone: Iterable[str],
    ) -> None:
        """Write down which parts of the index were written, and which are no longer there."""
        with self._writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO index_parts (part, digest, files) VALUES (?,?,?)",
                (
                    (f"{kind}/{part}", digest, json.dumps(files))
                    for part, (digest, files) in written.items()
                ),
            )
            db.executemany(
                "DELETE FROM index_parts WHERE part = ?", ((f"{kind}/{part}",) for part in gone)
            )

    # Views

    def views(self) -> dict[str, LastView]:
        """The views that builds remember, by the key of their job."""
        rows = self._rows("SELECT job_key, made_from, pin FROM views")
        return {key: LastView(Sha256(made_from), Sha256(pin)) for key, made_from, pin in rows}

    def note_views(self, views: Mapping[str, LastView]) -> None:
        """Remember what views were made from, by the key of their job."""
        with self._writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO views (job_key, made_from, pin) VALUES (?,?,?)",
                ((key, view.made_from, view.pin) for key, view in views.items()),
            )

    # What photos look like

    def not_compared(self) -> list[tuple[str, RelPath]]:
        """Jobs whose photos' looks are not all known yet, each with its folder."""
        return self._rows(
            "SELECT job_id, folder FROM jobs WHERE job_id NOT IN (SELECT job_id FROM compared)"
            " ORDER BY folder"
        )

    def has_look(self, sha256: Sha256) -> bool:
        """Whether it was looked at a picture with these bytes."""
        return bool(self._rows("SELECT 1 FROM looks WHERE sha256 = ?", sha256))

    def put_looks(self, job_id: str, looks: Mapping[Sha256, bytes | None]) -> None:
        """Write down what photos look like, and that these were the last of a job. None is for one
        that cannot be compared."""
        with self._writing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO looks (sha256, bits, searched) VALUES (?,?,?)",
                ((sha, bits, bits is None) for sha, bits in looks.items()),
            )
            db.execute("INSERT OR IGNORE INTO compared VALUES (?)", (_sql_text(job_id),))

    def look_counts(self) -> tuple[int, int]:
        """How many looks there are, and of how many more pictures none can be compared."""
        ((all_of_them, told),) = self._rows("SELECT count(*), count(bits) FROM looks")
        return told, all_of_them - told

    def unsearched(self) -> list[int]:
        """Numbers of looks that have yet to be searched for among the others."""
        return [one for (one,) in self._rows("SELECT id FROM looks WHERE NOT searched ORDER BY id")]

    def looks(self) -> Iterator[tuple[int, bytes]]:
        """Every look that can be compared, with its number, in that order."""
        last = 0
        while rows := self._rows(
            "SELECT id, bits FROM looks WHERE id > ? AND bits IS NOT NULL ORDER BY id LIMIT 20000",
            last,
        ):
            yield from rows
            last = rows[-1][0]

    def links(self) -> list[tuple[int, int]]:
        """Which looks are alike, as far as it joins them into groups."""
        return self._rows("SELECT one, other FROM alike ORDER BY one, other")

    def put_links(self, links: Iterable[tuple[int, int]]) -> None:
        """Write down what the search for all that was not searched yet found."""
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO alike VALUES (?,?)", links)
            db.execute("UPDATE looks SET searched = 1 WHERE NOT searched")

    def linked_looks(self) -> dict[int, tuple[Sha256, bytes]]:
        """By number, the looks that are like others: bytes of which picture, and their bits."""
        rows = self._rows(
            "SELECT id, sha256, bits FROM looks WHERE id IN"
            " (SELECT one FROM alike UNION SELECT other FROM alike)"
        )
        return {number: (sha, bits) for number, sha, bits in rows}

    def perhaps_reused(self) -> list[tuple[Sha256, str, RelPath]]:
        """Payload that lies in the archive more than once, or looks like other payload: hash, job
        and file, in a fixed order."""
        rows = self._rows(
            "SELECT p.sha256, p.job_id, p.file FROM payload p JOIN jobs j ON j.job_id = p.job_id"
            " WHERE p.sha256 IN (SELECT sha256 FROM payload GROUP BY sha256 HAVING count(*) > 1"
            " UNION SELECT sha256 FROM looks WHERE id IN"
            " (SELECT one FROM alike UNION SELECT other FROM alike)) ORDER BY j.folder, p.file"
        )
        return [(Sha256(sha), job, RelPath(file)) for sha, job, file in rows]

    # Payload and addresses

    def payload(self, job_id: str) -> dict[RelPath, tuple[Sha256, int]]:
        """The payload files of one job with hash and bytes."""
        rows = self._rows(
            "SELECT file, sha256, size FROM payload WHERE job_id=?", _sql_text(job_id)
        )
        return {RelPath(file): (Sha256(sha), size) for file, sha, size in rows}

    def holders(self, sha256: Sha256) -> Iterator[Held]:
        """Every payload file with these bytes, in the order in which they were written down. Read
        a few at a time: a logo may lie in ten thousand jobs, and the first will mostly do."""
        last = 0
        while rows := self._rows(
            "SELECT p.rowid, p.job_id, j.folder, p.file, p.size FROM payload p"
            " JOIN jobs j ON j.job_id = p.job_id WHERE p.sha256 = ? AND p.rowid > ?"
            " ORDER BY p.rowid LIMIT ?",
            sha256,
            last,
            _HOLDERS_AT_ONCE,
        ):
            for _, job_id, folder, file, size in rows:
                yield Held(job_id, RelPath(folder), RelPath(file), sha256, size)
            last = rows[-1][0]

    def address(self, key: AddressKey) -> StoredFile | None:
        """What an address gave when another job asked for it; None when that is not known or
        not certain (it gave different bytes)."""
        rows = self._rows("SELECT facts FROM addresses WHERE key = ?", _sql_text(key))
        if len(rows) != 1:
            return None
        return converter().structure(json.loads(rows[0][0]), StoredFile)


_JOB_COLUMNS = (
    "job_id, folder, seal, tagmanifest, sameness, listed, open_failures, gone, summary, last_look"
)


def _job(row: tuple[Any, ...]) -> CatalogJob:
    return CatalogJob(
        job_id=row[0],
        folder=RelPath(row[1]),
        seal=row[2],
        tagmanifest=Sha256(row[3]),
        sameness=row[4],
        listed=row[5],
        open_failures=row[6],
        gone=bool(row[7]),
        summary=converter().structure(json.loads(row[8]), JobSummary),
        last_look=time_of(row[9]) if row[9] else None,
    )
