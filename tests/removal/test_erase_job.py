"""A whole job is erased; and what refuses an erasure."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from archiver.archive import job_folders
from archiver.ledger import read_ledger
from tests.cli.conftest import Cli
from tests.htmlread import read
from tests.pipeline import AMIRA, START, a_jpeg, folder_of, record_of
from tests.removal.scene import EDITED, SECRET, Scene, a_scene, image_of

REASON = "asked for in ticket 4711"


def shared_photo(scene: Scene) -> bytes:
    """One of the job's photos is also in another job; archived."""
    body = image_of(scene, f"/images/{scene.job.job_id}-1001")
    scene.workspace.add_photo(
        scene.workspace.jobs[-1].job_id,
        body,
        a_jpeg(1001, (32, 24)),
        by=AMIRA,
        at=START,
        name="the-same",
    )
    scene.night()
    return body


def test_of_an_erased_job_nothing_is_left_but_its_id_in_the_ledger(
    tmp_path: Path, cli: Cli
) -> None:
    """Folder, page, search, catalogue; the title, names, texts and bytes of it."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    scene.workspace.rename(job_id, "Rosewood, the house with the alarm")
    scene.night()
    images = tuple(image_of(scene, f"/images/{job_id}-{n}") for n in (1000, 1001, 1002))
    texts = (SECRET, EDITED, "Rosewood, the house with the alarm", "Arrived at job 1.", job_id)
    assert len(scene.left(*texts, runs=images)) > 10
    assert cli("erase", scene.root, job_id, "--reason", REASON, "--yes").code == 0
    found = scene.left(*texts, runs=images)
    assert [name for name, _ in found] == ["ledger/ledger.jsonl"]
    scene.assert_sound()


def test_the_next_sync_lists_an_erased_job_and_does_not_fetch_it(tmp_path: Path, cli: Cli) -> None:
    """It counts as unchanged, and is said; also with `.archiver` gone, and when asked for by id."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    cli("erase", scene.root, job_id, "--reason", REASON, "--yes")
    for options in ({}, {"jobs": (job_id,)}, {"failed_only": True}):
        summary = scene.night(**options)
        added = summary.jobs_new + summary.jobs_updated + summary.jobs_failed
        assert summary.jobs_listed == added + summary.jobs_unchanged
        assert (added, summary.exit_code, summary.images_downloaded) == (0, 0, 0)
        assert options.get("failed_only") or any("erased here" in note for note in summary.notes)
        shutil.rmtree(scene.root / ".archiver", ignore_errors=True)
    assert len(list(job_folders(scene.root))) == 2
    assert scene.left(SECRET, EDITED) == []
    scene.workspace.remove_job(job_id)
    summary = scene.night()
    assert (summary.jobs_vanished, summary.exit_code) == (0, 0)
    scene.assert_sound()


def test_the_index_and_the_months_keep_a_tombstone_that_says_not_what(
    tmp_path: Path, cli: Cli
) -> None:
    """When, why, by whom and how much."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    title = scene.job.name
    assert "Erased on request" not in (scene.root / "index.html").read_text()
    cli("erase", scene.root, job_id, "--reason", REASON, "--by", "Jo", "--yes")
    for name in ("index.html", "browse.html"):
        page = (scene.root / name).read_text()
        assert "Erased on request" in page
        assert f"by Jo. Reason given: {REASON}" in read(page.encode()).text
        assert "files" in page
        assert title not in page
        assert job_id not in page


def test_a_held_job_is_refused_until_its_hold_ends(tmp_path: Path, cli: Cli) -> None:
    """Whole, in part, or with a person; the message names the hold."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    added = cli("hold", "add", scene.root, job_id, "--reason", "a claim is open", "--json")
    assert added.code == 0
    (listed,) = cli("hold", "list", scene.root, job_id, "--json").json["holds"]
    assert (listed["hold"], listed["reason"]) == (added.json["hold"], "a claim is open")
    for what in ((job_id,), (job_id, "--photo", 1), (job_id, "--message", 1)):
        done = cli("erase", scene.root, *what, "--reason", REASON, "--yes", "--json")
        assert done.code == 1
        assert done.json["error"]["code"] == "erasure-refused"
        assert "a claim is open" in done.json["error"]["message"]
    done = cli("erase", scene.root, "--person", "Craig Parker", "--reason", REASON, "--yes")
    assert done.code == 1
    assert len(scene.left(SECRET)) == 6  # in the search and its catalogue too
    ended = cli("hold", "remove", scene.root, job_id, "--reason", "it was settled", "--json")
    assert ended.code == 0
    assert cli("hold", "list", scene.root, "--json").json["holds"] == []
    assert cli("hold", "remove", scene.root, job_id, "--reason", "again").code == 2
    assert cli("erase", scene.root, job_id, "--reason", REASON, "--yes").code == 0


def test_the_same_bytes_in_another_job_are_named_and_refused(tmp_path: Path, cli: Cli) -> None:
    """Until it is said how far to go; a hold there forbids to go everywhere."""
    scene = a_scene(tmp_path / "a")
    job_id, other = scene.job.job_id, scene.workspace.jobs[-1].job_id
    body = shared_photo(scene)
    assert other != job_id
    for what in ((job_id, "--photo", 2), (job_id,)):
        done = cli("erase", scene.root, *what, "--reason", REASON, "--yes")
        assert done.code == 1
        assert f"in this archive: photo #0004 of job {other}" in done.err
        assert "\\n" not in done.err
    assert len(scene.left(runs=(body,))) > 1
    cli("hold", "add", scene.root, other, "--reason", "a claim is open")
    everywhere = ("erase", scene.root, job_id, "--photo", 2, "--reason", REASON, "--yes")
    assert cli(*everywhere, "--everywhere").code == 1
    cli("hold", "remove", scene.root, other, "--reason", "it was settled")
    assert cli(*everywhere, "--everywhere").code == 0
    assert scene.left(runs=(body,)) == []
    assert [photo.erased is not None for photo in record_of(scene.root, other).photos] == [
        *(False, False, False),
        True,
    ]
    assert scene.night().jobs_unchanged == 3
    scene.assert_sound()


def test_the_same_bytes_are_named_although_the_catalogue_is_behind_the_bags(
    tmp_path: Path, cli: Cli
) -> None:
    """A run that was killed before it wrote there leaves it so, and so does a backup of it."""
    scene = a_scene(tmp_path / "a")
    catalogue = scene.root / ".archiver/catalog.sqlite3"
    behind = catalogue.read_bytes()
    other = scene.workspace.jobs[-1].job_id
    shared_photo(scene)
    catalogue.write_bytes(behind)
    done = cli("erase", scene.root, scene.job.job_id, "--photo", 2, "--reason", REASON, "--yes")
    assert done.code == 1
    assert f"photo #0004 of job {other}" in done.err


def test_a_job_erased_everywhere_takes_its_photos_out_of_other_jobs_too(
    tmp_path: Path, cli: Cli
) -> None:
    """One ledger entry: one folder goes whole, in the other job one photo is emptied."""
    scene = a_scene(tmp_path / "a")
    job_id, other = scene.job.job_id, scene.workspace.jobs[-1].job_id
    body = shared_photo(scene)
    done = cli("erase", scene.root, job_id, "--reason", REASON, "--yes", "--everywhere", "--json")
    assert done.code == 0
    assert scene.left(SECRET, EDITED, runs=(body,)) == []
    state, _ = read_ledger(scene.root / "ledger")
    ((number, erasure),) = state.erasures.items()
    assert erasure.takes_whole(job_id)
    assert not erasure.takes_whole(other)
    assert state.job(job_id).erased == number
    assert state.job(other).erased is None
    assert scene.night().jobs_unchanged == 3
    scene.assert_sound()


def test_here_only_leaves_the_other_job_as_it_is(tmp_path: Path, cli: Cli) -> None:
    """And says so."""
    scene = a_scene(tmp_path / "a")
    job_id, other = scene.job.job_id, scene.workspace.jobs[-1].job_id
    body = shared_photo(scene)
    before = (folder_of(scene.root, other) / "tagmanifest-sha256.txt").read_bytes()
    done = cli(
        *("erase", scene.root, job_id, "--photo", 2, "--reason", REASON),
        *("--yes", "--here-only", "--json"),
    )
    assert done.json["elsewhere"] == [{"job_id": other, "name": "photo #0004"}]
    assert (folder_of(scene.root, other) / "tagmanifest-sha256.txt").read_bytes() == before
    places = {name.split("/")[2] for name, _ in scene.left(runs=(body,)) if "jobs/" in name}
    assert places == {folder_of(scene.root, other).name}
    assert scene.night().jobs_unchanged == 3
    scene.assert_sound()


def test_bytes_shared_inside_one_job_stay_for_the_photo_that_stays(
    tmp_path: Path, cli: Cli
) -> None:
    """Two photos, one file: the second keeps it and is no longer called the same as the first."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    body = image_of(scene, f"/images/{job_id}-1001")
    scene.workspace.add_photo(job_id, body, a_jpeg(5, (32, 24)), by=AMIRA, at=START, name="again")
    scene.night()
    assert record_of(scene.root, job_id).photos[3].image.versions[0].same_as == 2
    done = cli(
        *("erase", scene.root, job_id, "--photo", 2, "--reason", REASON, "--yes", "--here-only")
    )
    assert done.code == 0
    kept = record_of(scene.root, job_id).photos[3].image.versions[0]
    assert kept.same_as is None
    assert (folder_of(scene.root, job_id) / kept.file).read_bytes() == body
    assert scene.night().jobs_unchanged == 3
    scene.assert_sound()


def test_without_yes_and_without_a_terminal_nothing_is_erased(tmp_path: Path, cli: Cli) -> None:
    """Nobody was asked. What would go is said all the same; so with --dry-run."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    ledger = (scene.root / "ledger/ledger.jsonl").read_bytes()
    done = cli("erase", scene.root, job_id, "--reason", REASON)
    assert done.code == 2
    assert "--yes" in done.err
    assert "To be erased: 1 job;" in done.out
    assert cli("erase", scene.root, job_id, "--reason", REASON, "--dry-run").code == 0
    assert (scene.root / "ledger/ledger.jsonl").read_bytes() == ledger
    assert len(scene.left(SECRET)) == 6  # in the search and its catalogue too


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("JOB", "--person", "Craig Parker"),
        ("JOB", "--photo", "99"),
        ("JOB", "--message", "0"),
        ("JOB", "--everywhere", "--here-only"),
        ("--person", "Nobody At All"),
        ("nothing like it",),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    tmp_path: Path, cli: Cli, arguments: tuple[str, ...]
) -> None:
    """Wrong usage, and nothing is written."""
    scene = a_scene(tmp_path / "a")
    ledger = (scene.root / "ledger/ledger.jsonl").read_bytes()
    given = [scene.job.job_id if one == "JOB" else one for one in arguments]
    assert cli("erase", scene.root, *given, "--reason", REASON, "--yes").code == 2
    assert (scene.root / "ledger/ledger.jsonl").read_bytes() == ledger


@pytest.mark.parametrize("reason", [SECRET, "Craig Parker asked for it", " ", "x" * 301])
def test_a_reason_that_repeats_what_goes_is_refused(tmp_path: Path, cli: Cli, reason: str) -> None:
    """The ledger stays for ever."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    ledger = (scene.root / "ledger/ledger.jsonl").read_bytes()
    assert cli("hold", "add", scene.root, job_id, "--reason", reason).code == 2
    assert cli("erase", scene.root, job_id, "--reason", reason, "--yes").code == 2
    assert (scene.root / "ledger/ledger.jsonl").read_bytes() == ledger


def test_what_is_not_the_archives_own_is_named_and_goes_too(tmp_path: Path, cli: Cli) -> None:
    """A copy of the photo that somebody put beside the page, and one set aside from an earlier
    night."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    body = image_of(scene, f"/images/{job_id}-1001")
    (folder_of(scene.root, job_id) / "copy.jpeg").write_bytes(body)
    scene.workspace.add_chat(job_id, "Something new.", by=AMIRA, at=START)
    scene.night()
    assert len(list((scene.root / ".archiver/set-aside").rglob("copy.jpeg"))) == 1
    (folder_of(scene.root, job_id) / "again.jpeg").write_bytes(body)
    done = cli("erase", scene.root, job_id, "--photo", 2, "--reason", REASON, "--yes")
    assert done.code == 0
    assert "again.jpeg" in done.err
    assert scene.left(runs=(body,)) == []
    scene.assert_sound()


def test_exports_made_earlier_are_listed(tmp_path: Path, cli: Cli) -> None:
    """Those that hold the job; only this computer's are known."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    other = scene.workspace.jobs[-1].job_id
    cli("export", scene.root, job_id, "-o", tmp_path / "one.zip")
    cli("export", scene.root, other, "-o", tmp_path / "other.zip")
    cli("export", scene.root, job_id, other, "-o", tmp_path / "both.zip")
    done = cli("erase", scene.root, job_id, "--photo", 2, "--reason", REASON, "--yes", "--json")
    assert [Path(one["path"]).name for one in done.json["exports"]] == ["one.zip", "both.zip"]
    assert "one.zip" in done.err
    assert "this computer" in done.err
    note = tmp_path / "state/workphotos-archiver/exports.jsonl"
    assert note.stat().st_mode & 0o777 == 0o600


def test_an_erased_job_that_is_put_back_is_found_and_can_be_erased_again(
    tmp_path: Path, cli: Cli
) -> None:
    """Somebody copies the folder back from a backup."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    folder = folder_of(scene.root, job_id)
    shutil.copytree(folder, tmp_path / "copy")
    cli("erase", scene.root, job_id, "--reason", REASON, "--yes")
    shutil.copytree(tmp_path / "copy", folder)
    done = cli("verify", scene.root, "--json")
    assert done.code == 3
    assert any("erased" in fault["detail"] for fault in done.json["faults"])
    assert cli("erase", scene.root, job_id, "--reason", REASON, "--yes").code == 0
    assert scene.left(SECRET, EDITED) == []
    scene.assert_sound()


def test_status_tells_how_many_jobs_are_held_and_how_much_was_erased(
    tmp_path: Path, cli: Cli
) -> None:
    """In numbers; what was erased is not missing."""
    scene = a_scene(tmp_path / "a")
    job_id, other = scene.job.job_id, scene.workspace.jobs[-1].job_id
    cli("erase", scene.root, job_id, "--photo", 2, "--reason", REASON, "--yes")
    cli("hold", "add", scene.root, other, "--reason", "a claim is open")
    done = cli("status", scene.root, "--json")
    assert done.code == 0
    told = done.json
    assert (told["jobs_held"], told["erasures"], told["photos_missing"]) == (1, 1, 0)


class Terminal(io.StringIO):
    """A person at the keyboard."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(("answer", "code"), [("n", 2), ("y", 0)])
def test_a_person_at_a_terminal_is_asked(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """After being told what would go, and that it cannot be undone."""
    scene = a_scene(tmp_path / "a")
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    done = cli("erase", scene.root, scene.job.job_id, "--reason", REASON)
    assert done.code == code
    assert "cannot be undone" in done.err
    assert bool(scene.left(SECRET)) is (code != 0)


def test_a_job_that_is_not_as_it_was_sealed_is_not_erased_from(tmp_path: Path, cli: Cli) -> None:
    """Nothing that cannot be accounted for is sealed anew or removed."""
    scene = a_scene(tmp_path / "a")
    job_id = scene.job.job_id
    path = folder_of(scene.root, job_id) / "data/record.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Arrived", b"Left___"))
    ledger = (scene.root / "ledger/ledger.jsonl").read_bytes()
    for what in ((job_id,), (job_id, "--photo", 1), ("--person", "Craig Parker")):
        done = cli("erase", scene.root, *what, "--reason", REASON, "--yes", "--json")
        assert (done.code, done.json["error"]["code"]) == (1, "archive-damaged")
    assert (scene.root / "ledger/ledger.jsonl").read_bytes() == ledger
