"""`archiver photo-log`: every photo has a row that says what became of it, and is a sound table."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from archiver import photolog, tables
from archiver.archive import Archive, job_folders
from archiver.columns import wall_time
from archiver.exportlog import archive_mark, exports_of, state_folder
from archiver.ledger import Ledger
from archiver.lock import ArchiveLock
from tests.cli.conftest import Cli
from tests.golden_plugin import check_golden
from tests.pipeline import START, folder_of, record_of, snapshot_tree
from tests.tables.scene import ATTACK, SECRET, Scene

pytestmark = pytest.mark.xdist_group("tables")  # the archive is made once, not once a worker


def read(text: str) -> list[dict[str, str]]:
    """A CSV file's rows by column."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def log(cli: Cli, scene: Scene, *jobs: str) -> list[dict[str, str]]:
    """The photo log of an archive."""
    done = cli("photo-log", scene.root, *jobs)
    assert done.code == 0, done.err
    return read(done.out)


def copied(scene: Scene, tmp_path: Path) -> Path:
    """A copy of the archive to do harm to."""
    return Path(shutil.copytree(scene.root, tmp_path / "copy"))


def test_every_photo_has_a_row_for_each_version_and_says_what_became_of_it(
    cli: Cli, scene: Scene
) -> None:
    """Kept, replaced, missing, damaged, vanished; the erased one (7) has none."""
    found = [(row["exhibit"], row["version"], row["status"]) for row in log(cli, scene, scene.odd)]
    assert found == [
        ("1", "1", "kept"),
        ("2", "1", "earlier"),
        ("2", "2", "kept"),
        ("3", "", "missing"),
        ("4", "1", "kept"),
        ("5", "1", "damaged"),
        ("6", "1", "vanished"),
        ("8", "1", "kept"),
    ]


def test_a_row_says_what_the_record_says(cli: Cli, scene: Scene) -> None:
    """File, hash, size, type, time and person; sides as looked at, for EXIF turns this photo."""
    (row,) = [one for one in log(cli, scene, scene.odd) if one["exhibit"] == "1"]
    stored = record_of(scene.root, scene.odd).photos[0].image.stored
    assert stored is not None
    file = scene.root / row["file"]
    assert file == folder_of(scene.root, scene.odd) / stored.file
    assert (row["sha256"], int(row["bytes"])) == (stored.sha256, file.stat().st_size)
    assert (stored.width, stored.height, stored.orientation) == (64, 48, 6)
    assert (row["width"], row["height"], row["media_type"]) == ("48", "64", "image/jpeg")
    assert (row["time_local"], row["time_utc"]) == ("2025-10-24 11:16:00", "2025-10-24T10:16:00Z")
    assert (row["exif_time"], row["camera"]) == ("2025:10:24 11:16:05", "Ridgeway One")
    assert (row["latitude"], row["longitude"]) == ("-33.858333", "-0.141890")
    assert (row["uploader"], row["message"], row["job_id"]) == ("Amira Hassan", "2", scene.odd)
    assert (row["archived_utc"], row["vanished_utc"]) == ("2025-11-23T10:15:00Z", "")


def test_reasons_stand_beside_what_is_not_simply_there(cli: Cli, scene: Scene) -> None:
    """Why a photo is missing and that it was accepted, damage, a shared file, when it vanished."""
    rows = {(one["exhibit"], one["version"]): one for one in log(cli, scene, scene.odd)}
    missing = rows["3", ""]
    assert missing["note"].startswith("the host answered 404 (not found); accepted as lost on ")
    assert missing["note"].endswith(": The phone was lost")
    assert (missing["file"], missing["sha256"], missing["bytes"]) == ("", "", "")
    assert missing["source"].endswith("/images/3.jpeg")
    assert rows["5", "1"]["note"] == "altered or missing since it was sealed"
    assert rows["8", "1"]["note"] == "the same file as exhibit 4"
    assert rows["8", "1"]["file"] == rows["4", "1"]["file"]
    assert rows["6", "1"]["vanished_utc"] == "2025-11-24T10:15:00Z"


def test_photos_of_a_job_that_is_gone_are_vanished(cli: Cli, scene: Scene) -> None:
    """With the time at which the job was found gone."""
    (row,) = log(cli, scene, scene.gone)
    assert (row["status"], row["vanished_utc"]) == ("vanished", "2025-11-25T10:15:00Z")


def test_neither_a_signature_nor_what_was_erased_is_in_it(cli: Cli, scene: Scene) -> None:
    """The address stays, without what would let somebody in."""
    done = cli("photo-log", scene.root)
    assert "/images/1.jpeg" in done.out
    assert "s3cret" not in done.out
    assert "Amz" not in done.out
    assert "0007-" not in done.out
    assert "Left out, because it was erased: 1 photo, 1 message." in done.err
    assert SECRET not in done.out


def test_jobs_are_all_or_those_that_are_named_in_the_order_of_their_folders(
    cli: Cli, scene: Scene
) -> None:
    """By id, folder or title, each once however often it is named."""

    def ids(*jobs: str) -> list[str]:
        return list(dict.fromkeys(row["job_id"] for row in log(cli, scene, *jobs)))

    assert ids() == [scene.plain, scene.gone, scene.odd]
    assert ids("vanish", "Plain", scene.plain) == [scene.plain, scene.gone]
    assert cli("photo-log", scene.root, "no such job").code == 2


def test_no_cell_is_a_formula(cli: Cli, scene: Scene) -> None:
    """Titles and names begin with an apostrophe, our own negative numbers do not."""
    row = log(cli, scene, scene.odd)[0]
    assert row["job"] == f"'{ATTACK}"
    assert row["latitude"] == "-33.858333"


def test_a_file_begins_with_a_mark_for_excel_and_else_is_what_the_output_would_be(
    cli: Cli, scene: Scene, tmp_path: Path
) -> None:
    """Bytes, not characters: UTF-8, lines end in CR LF; - names the output too."""
    assert cli("photo-log", scene.root, "-o", "log.csv").code == 0
    body = (tmp_path / "log.csv").read_bytes()
    out = cli("photo-log", scene.root, "-o", "-").out
    assert body == b"\xef\xbb\xbf" + out.encode()
    assert body.count(b"\r\n") == body.count(b"\n") == len(read(out)) + 1


def test_the_workbook_says_the_same(cli: Cli, scene: Scene, tmp_path: Path) -> None:
    """Cell by cell; numbers as numbers, local times as times, all else as text."""
    assert cli("photo-log", scene.root, "-o", "log.xlsx").code == 0
    (sheet,) = openpyxl.load_workbook(tmp_path / "log.xlsx").worksheets
    header, *rows = sheet.iter_rows()
    assert sheet.title == "Photo log"
    assert [cell.value for cell in header] == [column.name for column in photolog.COLUMNS]
    numbers = {"exhibit", "version", "message", "bytes", "width", "height"}
    plain = log(cli, scene)
    assert len(rows) == len(plain)
    for cells, row in zip(rows, plain, strict=True):
        for name, cell in zip(row, cells, strict=True):
            assert told(cell.value, name) == row[name].removeprefix("'")
            if cell.value is not None:
                number = name in numbers or name in ("latitude", "longitude")
                assert cell.data_type == ("n" if number else "d" if name == "time_local" else "s")


def told(value: Any, name: str) -> str:
    """A workbook's value as the CSV has it."""
    if name in ("latitude", "longitude") and value is not None:
        return f"{value:.6f}"
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", ["log.csv", "log.xlsx"])
def test_the_same_archive_gives_the_same_bytes(
    cli: Cli, scene: Scene, tmp_path: Path, name: str
) -> None:
    """Whatever the clock and this computer's time zone."""
    assert cli("photo-log", scene.root, "-o", name).code == 0
    other = tmp_path / "other" / name
    other.parent.mkdir()
    command = [sys.executable, "-m", "archiver", "photo-log", str(scene.root), "-q", "-o"]
    subprocess.run([*command, str(other)], env={**os.environ, "TZ": "Asia/Tokyo"}, check=True)
    assert other.read_bytes() == (tmp_path / name).read_bytes()


def test_with_json_there_is_one_object_and_the_table_is_in_a_file(cli: Cli, scene: Scene) -> None:
    """Both cannot go to the output."""
    assert cli("photo-log", scene.root, "--json").code == 2
    done = cli("photo-log", scene.root, "--json", "-o", "log.csv")
    assert done.code == 0
    (file,) = done.json["files"]
    assert (file["path"], done.json["jobs"], done.json["rows"]) == ("log.csv", 3, 10)
    assert (done.json["photos_erased"], done.json["messages_erased"]) == (1, 1)
    assert (done.json["notes"], done.json["failures"]) == ([], [])


@pytest.mark.parametrize("place", ["log.txt", "log", "nowhere/log.csv", "{root}/log.csv"])
def test_a_place_that_will_not_do_is_refused_before_anything_is_read(
    cli: Cli, scene: Scene, place: str
) -> None:
    """Another kind of file, a folder that is not there, a place inside the archive."""
    assert cli("photo-log", scene.root, "-o", place.format(root=scene.root)).code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="not possible on this machine: no pipes")
def test_what_is_no_ordinary_file_is_not_replaced(cli: Cli, scene: Scene, tmp_path: Path) -> None:
    """A rename over a device or a folder would take its place."""
    os.mkfifo(tmp_path / "log.csv")
    assert cli("photo-log", scene.root, "-o", "log.csv").code == 2
    assert (tmp_path / "log.csv").is_fifo()


@pytest.mark.parametrize("name", ["log.csv", "log.xlsx"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("gone")])
def test_a_run_that_ends_half_way_leaves_the_old_file_and_nothing_else(
    cli: Cli,
    scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    error: BaseException,
) -> None:
    """All or nothing."""
    real = photolog.photo_rows

    def breaking(*given: Any) -> Iterator[object]:
        yield from real(*given)
        raise error

    table = tables.Table("Photo log", photolog.COLUMNS, breaking)
    monkeypatch.setattr(tables, "PHOTO_LOG", table)
    (tmp_path / name).write_bytes(b"yesterday's")
    assert cli("photo-log", scene.root, "-o", name).code not in (0, 3)
    assert (tmp_path / name).read_bytes() == b"yesterday's"
    assert {one.name for one in tmp_path.iterdir()} <= {name, "state", "config"}


def test_it_reads_while_another_run_holds_the_archive(
    cli: Cli, scene: Scene, tmp_path: Path
) -> None:
    """And so holds up no sync either: it takes no lock."""
    root = copied(scene, tmp_path)
    with ArchiveLock(root / ".archiver", "sync", START):
        assert cli("photo-log", root).code == 0


@pytest.mark.parametrize("harm", ["record", "garbage", "old seal", "no folder"])
def test_a_job_that_cannot_be_vouched_for_is_named_and_the_others_are_written(
    cli: Cli, scene: Scene, tmp_path: Path, harm: str
) -> None:
    """A record that is not the sealed one, a bag that is none, one that was sealed anew by somebody
    else, a folder that is gone. Exit code 3."""
    root = copied(scene, tmp_path)
    folder = folder_of(root, scene.gone)
    record = folder / "data/record.json"
    record.chmod(0o644)
    if harm == "record":
        record.write_bytes(record.read_bytes().replace(b"Amira", b"Amigo"))
    elif harm == "garbage":
        (folder / "bag-info.txt").unlink()
    elif harm == "old seal":
        (folder / "seals/0001/salt").write_bytes(b"x" * 32)
        (folder / "seals/0002/salt").write_bytes(b"x" * 32)
    else:
        shutil.rmtree(folder)
    done = cli("photo-log", root, "--json", "-o", "log.csv")
    assert done.code == 3
    (failure,) = done.json["failures"]
    assert scene.gone in failure["job_id"]
    assert failure["reason"] in done.err
    left = {row["job_id"] for row in read((tmp_path / "log.csv").read_text("utf-8"))}
    assert left == {scene.odd, scene.plain}


def test_nothing_is_handed_on_while_an_erasure_is_under_way(
    cli: Cli, scene: Scene, tmp_path: Path
) -> None:
    """What it takes is still in the records until it is completed."""
    root = copied(scene, tmp_path)
    ledger, _ = Ledger.open(Archive(root).ledger)
    jobs = {scene.plain: {"files": 1, "bytes": 1, "messages": [1]}}
    ledger.append("erasing", START, scope="items", jobs=jobs, reason="asked", by="amira")
    done = cli("photo-log", root, "-o", "log.csv")
    assert done.code == 1
    assert "erasure" in done.err
    assert not (tmp_path / "log.csv").exists()


def test_an_erasure_can_name_the_tables_that_were_made(
    cli: Cli, scene: Scene, tmp_path: Path
) -> None:
    """Those of all jobs, and those of the job; not those of another."""
    mark = archive_mark(scene.root / "ledger")
    cli("photo-log", scene.root, "-o", "all.csv")
    cli("photo-log", scene.root, scene.odd, "-o", "odd.xlsx")
    cli("photo-log", scene.root, scene.plain, "-o", "plain.csv")
    noted = exports_of(state_folder(), mark, [scene.odd])
    assert [Path(one.path).name for one in noted] == ["all.csv", "odd.xlsx"]


def test_an_archive_without_jobs_gives_a_header(cli: Cli, scene: Scene, tmp_path: Path) -> None:
    """And a damaged ledger gives nothing: nobody could tell what is genuine."""
    root = copied(scene, tmp_path)
    for folder in list(job_folders(root)):
        shutil.rmtree(folder)
    done = cli("photo-log", root)
    assert (done.code, read(done.out)) == (3, [])
    assert done.out.startswith("job_id,job,exhibit,")
    (root / "ledger/ledger.jsonl").write_bytes(b"{}\n{}\n")
    assert cli("photo-log", root).code == 1


def test_the_header_is_the_one_that_scripts_know(cli: Cli, scene: Scene) -> None:
    """Names and order of columns are a promise: new ones go to the end."""
    headers = [cli(name, scene.root).out.partition("\r\n")[0] for name in ("photo-log", "messages")]
    check_golden("table-headers.txt", "".join(f"{one}\n" for one in headers).encode())


def test_an_upload_time_at_the_end_of_the_calendar_is_no_error() -> None:
    """Where the zone's offset would lead out of it, UTC stands."""
    zone = ZoneInfo("Asia/Tokyo")
    last = datetime.fromisoformat("9999-12-31T23:59:59.999999+00:00")
    assert wall_time(last, zone) == datetime(9999, 12, 31, 23, 59, 59)


def test_no_file_of_the_archive_is_touched(cli: Cli, scene: Scene, tmp_path: Path) -> None:
    """Also where it lies on read-only media."""
    root = copied(scene, tmp_path)
    before = snapshot_tree(root)
    for name in ("photo-log", "messages", "dump"):
        assert cli(name, root).code == 0
    assert snapshot_tree(root) == before
