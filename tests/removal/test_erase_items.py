"""A photo or a message is erased: nothing of it is left, its number stays, it does not return."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.catalog import Catalog
from archiver.ledger import read_ledger
from archiver.localapi import LocalApi, Served
from archiver.verify import verify_archive
from tests.cli.conftest import Cli
from tests.pipeline import (
    AMIRA,
    CRAIG,
    START,
    a_jpeg,
    check_with_bagit,
    folder_of,
    record_of,
    run_sync,
    sha256sum,
    with_api,
)
from tests.removal.scene import EDITED, SECRET, a_scene, image_of, secret_number

REASON = "asked for in ticket 4711"


@pytest.mark.parametrize("long", [False, True])
def test_of_an_erased_message_nothing_is_left_in_any_file_and_everything_else_is(
    tmp_path: Path, cli: Cli, long: bool
) -> None:
    """Both wordings, in snapshots plain and packed, past seals, record, page, search, catalogue."""
    scene = a_scene(tmp_path / "a", long=long)
    job_id = scene.job.job_id
    number = secret_number(scene)
    assert len(scene.left(SECRET, EDITED)) > 4
    before = scene.evidence()
    done = cli("erase", scene.root, job_id, "--message", number, "--reason", REASON, "--yes")
    assert done.code == 0, done.err
    assert scene.left(SECRET, EDITED) == []
    scene.assert_sound()
    assert check_with_bagit(folder_of(scene.root, job_id)) == ""
    assert sha256sum(folder_of(scene.root, job_id), "manifest-sha256.txt").returncode == 0
    after = scene.evidence()
    kept = {name for name in before if name.startswith(("images", "thumbnails"))}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    record = record_of(scene.root, job_id)
    assert [one.number for one in record.messages if one.erased] == [number]
    assert [entry.redacted for entry in record.snapshots] == [False, True, True]


def test_every_other_byte_of_a_snapshot_stays_as_received(tmp_path: Path, cli: Cli) -> None:
    """Only the message's own entry gives way."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    before = scene.evidence()
    cli("erase", scene.root, job_id, "--message", secret_number(scene), "--reason", REASON, "--yes")
    number = read_ledger(scene.root / "ledger")[0].erasures.popitem()[0]
    after = scene.evidence()
    for name in (one for one in before if one.startswith("snapshots/")):
        old, new = before[name].decode(), after[name].decode()
        gap = f'{{"erased": {number}}}'
        if gap not in new:
            assert old == new
            continue
        head, _, tail = new.partition(gap)
        assert old.startswith(head)
        assert old.endswith(tail)
        entry = json.loads(old[len(head) : len(old) - len(tail)])
        assert entry["textMessage"] in (SECRET, EDITED)


def test_seals_that_hold_nothing_of_it_are_kept_and_still_opened(tmp_path: Path, cli: Cli) -> None:
    """The first seal was made before the message came; the two after it go, and the ledger says
    so."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--message", secret_number(scene), "--reason", REASON, "--yes")
    folder = folder_of(scene.root, job_id)
    assert sorted(path.name for path in (folder / "seals").iterdir()) == ["0001", "0004"]
    state, _ = read_ledger(scene.root / "ledger")
    assert state.job(job_id).dropped == {2, 3}
    scene.assert_sound()
    # What an undropped seal holds must still stand.
    (folder / "data/images").chmod(0o755)
    photo = next((folder / "data/images").iterdir())
    photo.chmod(0o644)
    photo.write_bytes(b"another")
    assert verify_archive(Archive(scene.root)).faults != []


def test_of_what_came_last_only_the_last_seal_goes(tmp_path: Path, cli: Cli) -> None:
    """No earlier one tells of it."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    scene.workspace.add_chat(job_id, "The very last word.", by=AMIRA, at=START)
    scene.night()
    record = record_of(scene.root, job_id)
    number = next(m.number for m in record.messages if m.text == "The very last word.")
    cli("erase", scene.root, job_id, "--message", number, "--reason", REASON, "--yes")
    assert read_ledger(scene.root / "ledger")[0].job(job_id).dropped == {4}
    assert scene.left("The very last word.") == []
    scene.assert_sound()


def test_the_catalogue_keeps_no_page_of_what_was_deleted(tmp_path: Path) -> None:
    """Overwritten when it goes, and the file is written anew."""
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    catalog.note_failures({f"job {n}": "x" * 4000 for n in range(40)}, (), START)
    catalog.forget_failures([f"job {n}" for n in range(40)])
    pragma = catalog._rows
    assert pragma("PRAGMA secure_delete") == [(1,)]
    assert pragma("PRAGMA freelist_count") != [(0,)]
    catalog.shrink()
    assert pragma("PRAGMA freelist_count") == [(0,)]
    catalog.close()
    assert b"xxxx" not in (tmp_path / "catalog.sqlite3").read_bytes()


@pytest.mark.parametrize("catalogue", ["kept", "deleted"])
def test_the_next_sync_does_not_bring_it_back_though_upstream_still_has_it(
    tmp_path: Path, cli: Cli, catalogue: str
) -> None:
    """Photo and message: nothing is asked for, nothing changes, not even with `.archiver` gone."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    image = image_of(scene, f"/images/{job_id}-1001")
    number = secret_number(scene)
    done = cli(
        *("erase", scene.root, job_id, "--photo", 2, "--message", number),
        *("--reason", REASON, "--yes"),
    )
    assert done.code == 0, done.err
    if catalogue == "deleted":
        shutil.rmtree(scene.root / ".archiver")
    asked: list[str] = []

    async def night(api: LocalApi) -> object:
        summary = await run_sync(scene.root, api, clock=scene.clock)
        asked.extend(one.path for one in api.requests if one.method == "GET")
        return summary

    scene.clock.forward(days=1)
    summary = with_api(scene.workspace, night)
    assert (summary.jobs_unchanged, summary.jobs_updated, summary.exit_code) == (3, 0, 0)
    assert asked == []
    assert scene.left(SECRET, EDITED, runs=(image,)) == []
    scene.assert_sound()


def test_a_new_message_beside_an_erased_one_is_archived_and_numbered_on(
    tmp_path: Path, cli: Cli
) -> None:
    """Numbers are never given again, also not that of the last, erased photo."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--photo", 3, "--reason", REASON, "--yes")
    scene.workspace.add_photo(
        job_id, a_jpeg(77), a_jpeg(77, (32, 24)), by=AMIRA, at=START, name="new"
    )
    scene.workspace.add_chat(job_id, "One more thing.", by=CRAIG, at=START + timedelta(hours=1))
    summary = scene.night()
    assert (summary.jobs_updated, summary.images_downloaded, summary.exit_code) == (1, 2, 0)
    record = record_of(scene.root, job_id)
    assert [photo.number for photo in record.photos] == [1, 2, 3, 4]
    assert [photo.erased is not None for photo in record.photos] == [False, False, True, False]
    assert record.photos[3].image.stored is not None
    assert scene.night().jobs_unchanged == 3
    scene.assert_sound()


def test_an_edit_upstream_of_an_erased_message_does_not_bring_it_back(
    tmp_path: Path, cli: Cli
) -> None:
    """It is known by time, person and kind."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--message", secret_number(scene), "--reason", REASON, "--yes")
    again = "The alarm code was changed to 4713"
    place = next(i for i, m in enumerate(scene.job.messages) if m.get("textMessage") == EDITED)
    scene.workspace.edit_message(job_id, place, textMessage=again)
    assert scene.night().exit_code == 0
    assert scene.left(again) == []
    scene.assert_sound()


def test_an_erased_photo_leaves_neither_image_nor_thumbnail_nor_cover(
    tmp_path: Path, cli: Cli
) -> None:
    """The first photo is also the job's cover upstream: the cover's address goes too."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    image, small = (image_of(scene, f"/{kind}/{job_id}-1000") for kind in ("images", "thumbnails"))
    address = f"/images/{job_id}-1000"
    assert len(scene.left(address, runs=(image, small))) > 4
    assert cli("erase", scene.root, job_id, "--photo", 1, "--reason", REASON, "--yes").code == 0
    assert scene.left(address, f"/thumbnails/{job_id}-1000", runs=(image, small)) == []
    scene.assert_sound()
    assert scene.night().exit_code == 0
    assert scene.left(address, f"/thumbnails/{job_id}-1000", runs=(image, small)) == []


def test_the_page_says_in_place_what_was_erased_when_and_why(tmp_path: Path, cli: Cli) -> None:
    """Photo and message each keep their number and their place; completeness states them."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    number = secret_number(scene)
    cli(
        *("erase", scene.root, job_id, "--photo", 2, "--message", number),
        *("--reason", REASON, "--by", "the data protection officer", "--yes"),
    )
    page = (folder_of(scene.root, job_id) / "index.html").read_text()
    assert 'id="p0002"' in page
    assert page.index('id="p0001"') < page.index('id="p0002"') < page.index('id="p0003"')
    assert "It was erased on" in page
    assert f'id="m{number:04d}"' in page
    assert "This message was erased on" in page
    assert page.count(REASON) >= 3
    assert "by the data protection officer" in page
    assert "1 photo and 1 message were erased on request." in page
    assert "All 2 photos kept" in page
    index = (scene.root / "search/jobs-0000.js").read_text()
    assert "4711 &" not in index


def test_verify_says_what_was_erased(tmp_path: Path, cli: Cli) -> None:
    """For a script in numbers, for a person in a sentence."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--photo", 2, "--reason", REASON, "--by", "Jo", "--yes")
    done = cli("verify", scene.root, "--json")
    assert done.code == 0
    (erasure,) = done.json["erasures"]
    assert (erasure["scope"], erasure["reason"], erasure["by"]) == ("items", REASON, "Jo")
    assert erasure["jobs"][job_id]["photos"] == [2]
    assert erasure["jobs"][job_id]["seals_dropped"] == [1, 2, 3]
    assert REASON in cli("verify", scene.root).out


def test_an_exact_twin_of_an_erased_message_stays(tmp_path: Path, cli: Cli) -> None:
    """Two messages alike to the last letter: one goes, one stays, also after the next sync."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    for _ in range(2):
        scene.workspace.add_chat(job_id, "Twice the same words, really.", by=AMIRA, at=START)
    scene.night()
    record = record_of(scene.root, job_id)
    twins = [m.number for m in record.messages if (m.text or "").startswith("Twice")]
    cli("erase", scene.root, job_id, "--message", twins[1], "--reason", REASON, "--yes")
    scene.assert_sound()
    assert scene.night().exit_code == 0
    assert scene.night().jobs_unchanged == 3
    texts = [m.text for m in record_of(scene.root, job_id).messages]
    assert texts.count("Twice the same words, really.") == 1
    newest = record_of(scene.root, job_id).snapshots[-1]
    body = (folder_of(scene.root, job_id) / newest.file).read_text()
    assert body.count("Twice the same words, really.") == 1
    assert body.count('{"erased"') == 1


def test_altered_marks_are_found_and_nothing_is_fetched(tmp_path: Path, cli: Cli) -> None:
    """Without the marks what was erased would come back."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--message", secret_number(scene), "--reason", REASON, "--yes")
    marks = scene.root / "ledger/marks.json"
    good = marks.read_bytes()
    for bad in (b"", b"{}", good.replace(b'"moment": "', b'"moment": "0')):
        marks.write_bytes(bad)
        assert any("marks.json" in f.path for f in verify_archive(Archive(scene.root)).faults)
        with pytest.raises(Exception, match=r"marks\.json"):
            scene.night()
    marks.unlink()
    with pytest.raises(Exception, match=r"marks\.json"):
        scene.night()
    marks.write_bytes(good)
    assert scene.night().exit_code == 0
    assert scene.left(SECRET, EDITED) == []


def test_a_job_archived_anew_after_its_folder_was_lost_stays_without_what_was_erased(
    tmp_path: Path, cli: Cli
) -> None:
    """The marks do not lie in the folder."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--message", secret_number(scene), "--reason", REASON, "--yes")
    shutil.rmtree(folder_of(scene.root, job_id))
    scene.night()
    assert scene.left(SECRET, EDITED) == []
    assert scene.night().jobs_unchanged == 3
    scene.assert_sound()


def test_a_message_of_an_unknown_kind_goes_with_its_files_and_with_what_quotes_it(
    tmp_path: Path, cli: Cli
) -> None:
    """Raw text, file, and the copy of its words in another message's unknown field."""
    scene = a_scene(tmp_path / "a")
    job_id, workspace = scene.job.job_id, scene.workspace
    workspace.add_image("/files/walk.gpx", b"<gpx>all the way to the hidden cellar</gpx>")
    said = "Through the garden, then left at the shed."
    workspace.add_message(
        job_id,
        {"messageType": "track", "file": Served("/files/walk.gpx"), "textMessage": said},
    )
    workspace.add_message(
        job_id, {"messageType": "chat", "textMessage": "Thanks!", "replyTo": {"text": said}}
    )
    scene.night()
    record = record_of(scene.root, job_id)
    assert record.files[0].reference.stored is not None
    number = record.files[0].message
    track = b"all the way to the hidden cellar"
    assert len(scene.left(said, "walk.gpx", runs=(track,))) > 4
    cli("erase", scene.root, job_id, "--message", number, "--reason", REASON, "--yes")
    assert scene.left(said, "walk.gpx", runs=(track,)) == []
    scene.assert_sound()
    assert scene.night().jobs_unchanged == 3
    assert scene.left(said, "walk.gpx", runs=(track,)) == []
