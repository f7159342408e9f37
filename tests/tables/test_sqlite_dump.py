"""`archiver dump --sqlite`: a sound database whose tables hang together, opened by Datasette."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver import sqlitedump
from archiver.csvtext import visible
from tests.cli.conftest import Cli
from tests.pipeline import record_of
from tests.tables.scene import LONG, SECRET, TEXTS, Scene
from tests.tables.test_messages import rows as message_rows
from tests.tables.test_photo_log import log

pytestmark = pytest.mark.xdist_group("tables")  # the archive is made once, not once a worker


@pytest.fixture
def file(cli: Cli, scene: Scene, tmp_path: Path) -> Path:
    """The archive as a database."""
    assert cli("dump", scene.root, "--sqlite", "all.sqlite").code == 0
    return tmp_path / "all.sqlite"


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    """The same, open for reading."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def values(db: sqlite3.Connection, sql: str, *given: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    return [tuple(row) for row in db.execute(sql, given)]


def test_it_is_sound_and_every_reference_leads_somewhere(db: sqlite3.Connection) -> None:
    """By SQLite's own checks, the search tables' too."""
    assert values(db, "PRAGMA integrity_check") == [("ok",)]
    assert values(db, "PRAGMA foreign_key_check") == []
    assert values(db, "PRAGMA user_version") == [(sqlitedump.VERSION,)]
    for table in ("messages", "photos", "wordings", "versions", "changes"):
        assert values(db, f"PRAGMA foreign_key_list({table})") != []


def test_photos_and_versions_are_those_of_the_photo_log(
    cli: Cli, scene: Scene, db: sqlite3.Connection
) -> None:
    """A photo has one row, with its present file; each kept file is a version."""
    found = log(cli, scene)
    present = {(one["job_id"], one["exhibit"]): one for one in found}
    photos = db.execute("SELECT * FROM photos").fetchall()
    assert len(photos) == len(present)
    for photo in photos:
        row = present[photo["job_id"], str(photo["exhibit"])]
        for name in ("status", "note", "file", "sha256", "bytes", "source", "time_utc"):
            assert str(photo[name] or "") == row[name], name
        assert photo["message_id"] == f"{row['job_id']}-m{int(row['message']):04d}"
    versions = {
        (one["job_id"], one["exhibit"], one["version"], one["sha256"])
        for one in found
        if one["version"]
    }
    sql = (
        "SELECT job_id, exhibit, version, v.sha256 FROM versions v JOIN photos p ON p.id = photo_id"
    )
    assert {(a, str(b), str(c), d) for a, b, c, d in values(db, sql)} == versions
    place = "SELECT latitude, longitude FROM photos WHERE latitude IS NOT NULL"
    assert values(db, place) == [(-33.858333, -0.14189)]


def test_messages_and_wordings_are_those_of_the_messages_table(
    cli: Cli, scene: Scene, db: sqlite3.Connection
) -> None:
    """Texts as sent, whatever their length, what no table can hold made visible."""
    found = message_rows(cli, scene)
    assert values(db, "SELECT count(*) FROM wordings") == [(len(found),)]
    present = {(one["job_id"], one["message"]): one["status"] for one in found}
    sql = "SELECT job_id, message, status FROM messages"
    assert {(a, str(b)): c for a, b, c in values(db, sql)} == present
    texts = {text for (text,) in values(db, "SELECT text FROM messages")}
    assert {visible(text) for text in TEXTS} <= texts
    assert LONG in texts
    both = "SELECT wording, text FROM wordings WHERE message_id = ? ORDER BY wording"
    edited = values(db, both, f"{scene.odd}-m0011")
    assert edited == [(1, "A first wording"), (2, "=A second wording")]


def test_people_are_told_apart_by_id_and_have_their_newest_name(
    scene: Scene, db: sqlite3.Connection
) -> None:
    """Every message leads to who sent it, if anybody is named."""
    people = {name for (name,) in values(db, "SELECT name FROM people")}
    assert people == {"Craig Parker", "Amira Hassan", "@Mallory"}
    sql = "SELECT count(*) FROM messages JOIN people p ON p.id = person_id WHERE uploader = p.name"
    named = "SELECT count(*) FROM messages WHERE uploader IS NOT NULL"
    assert values(db, sql) == values(db, named)


def test_jobs_and_changes_say_what_happened(scene: Scene, db: sqlite3.Connection) -> None:
    """A vanished job, and the history of each."""
    jobs = values(db, "SELECT id, status, vanished_utc FROM jobs ORDER BY folder")
    assert jobs == [
        (scene.plain, "present", None),
        (scene.gone, "vanished", "2025-11-25T10:15:00Z"),
        (scene.odd, "present", None),
    ]
    history = record_of(scene.root, scene.odd).history
    kinds = values(db, "SELECT kind FROM changes WHERE job_id = ? ORDER BY id", scene.odd)
    assert [kind for (kind,) in kinds] == [event.kind for event in history]
    sql = "SELECT value FROM changes, json_each(photos) WHERE kind = 'photo-changed'"
    assert values(db, sql) == [(2,)]


def test_what_was_erased_is_in_no_page_of_the_file(file: Path, db: sqlite3.Connection) -> None:
    """Nor has it a row."""
    assert SECRET.encode() not in file.read_bytes()
    assert values(db, "SELECT id FROM photos WHERE exhibit = 7") == []
    assert values(db, "SELECT id FROM messages WHERE message IN (8, 10) AND time_utc > ''") == []


def test_texts_are_found_by_words_without_accents(db: sqlite3.Connection) -> None:
    """FTS5 over present and former wordings."""
    sql = (
        "SELECT m.message FROM messages m JOIN messages_fts f ON f.rowid = m.rowid "
        "WHERE messages_fts MATCH ?"
    )
    assert values(db, sql, "séCOND") == [(11,)]
    assert values(db, sql, "first") == []
    former = "SELECT count(*) FROM wordings_fts WHERE wordings_fts MATCH 'first'"
    assert values(db, former) == [(1,)]


def test_without_fts5_there_is_everything_else_and_that_is_said(
    cli: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Some builds of SQLite lack it."""
    monkeypatch.setattr(sqlitedump, "_SEARCH", "CREATE VIRTUAL TABLE {table}_fts USING fts99 (x)")
    done = cli("dump", scene.root, "--sqlite", "a.sqlite")
    assert done.code == 0
    assert "No full-text search was made" in done.err
    with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite")) as db:
        assert values(db, "SELECT count(*) FROM jobs") == [(3,)]


def test_a_full_disk_is_said_and_leaves_nothing(
    cli: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SQLite has a word of its own for it: exit code 6."""
    small = sqlitedump.SCHEMA + "PRAGMA max_page_count = 30;"
    monkeypatch.setattr(sqlitedump, "SCHEMA", small)
    assert cli("dump", scene.root, "--sqlite", "a.sqlite").code == 6
    assert not [one for one in tmp_path.iterdir() if "sqlite" in one.name]


def test_the_queries_of_the_docs_give_what_they_say(scene: Scene, db: sqlite3.Connection) -> None:
    """Photos in several jobs, gaps, edits, people."""
    docs = (Path(__file__).parents[2] / "docs/tables.md").read_text("utf-8")
    shared, missing, edits, people = re.findall(r"\| `(SELECT .+)` \|", docs)
    assert values(db, shared) == []
    assert [row[1:2] for row in values(db, missing)] == [(3,)]
    assert values(db, edits) == [("A first wording", "=A second wording")]
    assert values(db, people) == [("Amira Hassan", 9)]


# --- Datasette --------------------------------------------------------------------------------


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def datasette(file: Path) -> Iterator[str]:
    """Where Datasette serves the file."""
    if importlib.util.find_spec("datasette") is None:
        pytest.skip("datasette is not installed")
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", str(file), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            yield f"http://127.0.0.1:{port}/all"
        finally:
            server.terminate()


def ask(address: str) -> Any:
    """What Datasette's JSON API answers; it takes a while to listen."""
    end = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_datasette_opens_it_with_keys_labels_and_search(datasette: str, scene: Scene) -> None:
    """Tables, primary and foreign keys as links, a search box over messages."""
    tables = {one["name"]: one for one in ask(f"{datasette}.json")["tables"]}
    shown = {name for name, one in tables.items() if not one["hidden"]}
    created = set(re.findall(r"CREATE TABLE (\w+)", sqlitedump.SCHEMA))
    assert shown == created
    assert tables["messages"]["fts_table"] == "messages_fts"
    assert tables["photos"]["primary_keys"] == ["id"]
    query = f"{datasette}/photos.json?job_id={scene.odd}&exhibit=2&_shape=objects&_labels=on"
    (photo,) = ask(query)["rows"]
    assert photo["message_id"]["value"] == f"{scene.odd}-m0003"
    assert photo["person_id"]["label"] == "Amira Hassan"
    found = ask(f"{datasette}/messages.json?_search=second&_shape=array")
    assert [one["message"] for one in found] == [11]
