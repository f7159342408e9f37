"""`archiver messages`: every message has a row for each of its wordings."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from archiver.csvtext import cell, visible
from tests.cli.conftest import Cli
from tests.pipeline import folder_of, record_of
from tests.tables.scene import FORMULAS, LONG, SECRET, TEXTS, Scene
from tests.tables.test_photo_log import read

pytestmark = pytest.mark.xdist_group("tables")  # the archive is made once, not once a worker


def rows(cli: Cli, scene: Scene, *jobs: str) -> list[dict[str, str]]:
    """The table of messages of an archive."""
    done = cli("messages", scene.root, *jobs)
    assert done.code == 0, done.err
    return read(done.out)


def test_every_wording_of_every_message_but_the_erased_has_a_row(cli: Cli, scene: Scene) -> None:
    """One by one, as the record has them."""
    record = record_of(scene.root, scene.odd)
    expected = {
        (str(message.number), str(number), cell(wording.text or ""))
        for message in record.messages
        for number, wording in enumerate(message.wordings, 1)
        if message.erased is None
    }
    found = [(one["message"], one["wording"], one["text"]) for one in rows(cli, scene, scene.odd)]
    assert len(found) == len(expected)
    assert set(found) == expected
    assert {one.number for one in record.messages if one.erased} == {8, 10}
    assert SECRET not in str(found)


def test_edited_and_vanished_messages_say_so(cli: Cli, scene: Scene) -> None:
    """The wording before, the one since, and when a message was found gone."""
    found = {
        (one["message"], one["wording"]): (one["status"], one["text"], one["vanished_utc"])
        for one in rows(cli, scene, scene.odd)
    }
    assert found["11", "1"] == ("earlier", "A first wording", "")
    assert found["11", "2"] == ("edited", "'=A second wording", "")
    assert found["12", "1"] == ("vanished", "Taken back later", "2025-11-24T10:15:00Z")
    assert found["1", "1"] == ("present", "Arrived at job 0.", "")
    assert [one["status"] for one in rows(cli, scene, scene.gone)] == ["vanished", "vanished"]


def test_they_stand_in_the_order_they_were_sent_undated_ones_last(cli: Cli, scene: Scene) -> None:
    """With what the time said that nobody could read."""
    found = rows(cli, scene, scene.odd)
    times = [one["time_utc"] for one in found if one["time_utc"]]
    assert times == sorted(times)
    assert [one["message"] for one in found[-2:]] == ["13", "14"]
    assert found[-1]["note"].endswith("time as sent: at noon")


def test_an_unknown_kind_is_kept_as_received_with_its_file(cli: Cli, scene: Scene) -> None:
    """Kind, what was not understood, raw JSON, and where its file lies."""
    (track,) = [one for one in rows(cli, scene, scene.odd) if one["kind"] == "track"]
    assert track["note"] == "the kind of message is not known"
    assert '"length": 1.5' in track["raw"]
    assert (scene.root / track["files"]).read_bytes() == b"<gpx/>"
    assert (scene.root / track["files"]).is_relative_to(folder_of(scene.root, scene.odd))


def test_a_photos_message_names_its_exhibit(cli: Cli, scene: Scene) -> None:
    """So that both tables can be joined."""
    found = {one["exhibit"]: one["message"] for one in rows(cli, scene, scene.odd)}
    assert found["1"] == "2"
    assert found["8"] == "9"


def test_hostile_texts_run_nothing_and_are_all_there(
    cli: Cli, scene: Scene, tmp_path: Path
) -> None:
    """In CSV behind an apostrophe, in the workbook as they are."""
    said = [one["text"] for one in rows(cli, scene, scene.odd)]
    for text in TEXTS:
        assert cell(text) in said
    for text in FORMULAS:
        assert f"'{text}" in said or cell(text).startswith("'")
    assert not any(one.lstrip().startswith(tuple("=+-@")) for one in said)
    assert cli("messages", scene.root, scene.odd, "-o", "m.xlsx").code == 0
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    held = {unescape(one.value) for one in book["Messages"]["L"] if one.value is not None}
    for text in TEXTS:
        lines = visible(text).replace("\r\n", "\n").replace("\r", "\n")
        assert text is LONG or lines in held
    assert book.sheetnames == ["Messages", "Long texts"]
