"""`archiver publish` and `check-publish` as an administrator or a nightly script runs them."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from archiver import publishing
from archiver.derivedbag import derive
from archiver.handover import ChosenJob
from archiver.localapi import LocalJob, Person, Workspace, hex_id
from tests.cli.conftest import Cli
from tests.pipeline import (
    START,
    Clock,
    a_workspace,
    add_job,
    check_with_bagit,
    snapshot_tree,
    synced,
)

ZOE = Person(hex_id("zoe"), "Zoë Ramírez-Quill")
SECRET = "The gate code is 4711, the key lies under the blue pot."
EDITED, FORMER = "Boiler pressure is fine again.", "Boiler pressure is a scandal, to be honest."
PLACE = (51.0, 30.0, 4.43)


def a_photo(seed: int) -> bytes:
    """A photo that says who took it, and where."""
    exif = Image.Exif()
    exif[0x010E] = f"by {ZOE.name.encode('ascii', 'ignore').decode()}"
    exif[0x013B] = "Quillworth Cameras"
    exif.get_ifd(0x8825).update({1: "N", 2: PLACE, 3: "W", 4: (0.0, 8.0, 30.8)})
    body = io.BytesIO()
    Image.new("RGB", (640, 480), (seed * 31 % 256, 90, 120)).save(body, "JPEG", exif=exif)
    return body.getvalue()


class Scene(NamedTuple):
    """A workspace with secrets, and the archive of it."""

    workspace: Workspace
    root: Path
    clock: Clock
    jobs: tuple[LocalJob, ...]

    def sync(self) -> None:
        """Archive what is new."""
        self.clock.forward(hours=1)
        synced(self.root, self.workspace, clock=self.clock)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Three jobs; the first has something of everything that must not be seen. Made once."""
    tmp_path = tmp_path_factory.mktemp("publish")
    workspace, clock = a_workspace(jobs=0), Clock()
    jobs = tuple(add_job(workspace, f"Kitchen fitting {n}", photos=2, number=n) for n in range(3))
    first, at = jobs[0].job_id, START - timedelta(days=3)
    workspace.add_chat(first, SECRET, by=ZOE, at=at)
    workspace.add_chat(first, FORMER, by=ZOE, at=at + timedelta(minutes=1))
    position = len(workspace.job(first).messages) - 1
    later = at + timedelta(minutes=2)
    workspace.add_photo(first, a_photo(1), a_photo(2), by=ZOE, at=later, name="e1")
    made = Scene(workspace, tmp_path / "archive", clock, jobs)
    made.sync()
    workspace.edit_message(first, position, textMessage=EDITED)
    made.sync()
    return made


@pytest.fixture
def scene(pattern: Scene, tmp_path: Path) -> Scene:
    """A copy of the pattern, with which a test may do what it likes."""
    shutil.copytree(pattern.root, tmp_path / "archive", symlinks=True)
    workspace = replace(pattern.workspace, jobs=copy.deepcopy(pattern.workspace.jobs))
    jobs = tuple(workspace.job(job.job_id) for job in pattern.jobs)
    return Scene(workspace, tmp_path / "archive", Clock(pattern.clock.now), jobs)


SECRETS = (
    "Ramírez",
    "Quill",
    "Craig",
    "Amira",
    "4711",
    "scandal",
    "boiler pressure",
    ZOE.person_id,
)


def bytes_below(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def leaked(folder: Path, secrets: tuple[str, ...]) -> set[tuple[str, str]]:
    """Which files have which texts in them, looked for without our scanner, as plainly as can be;
    PDFs by poppler's reader."""
    found = set()
    for name, body in bytes_below(folder).items():
        if name.endswith(".pdf"):
            body += subprocess.run(
                ["pdftotext", str(folder / name), "-"], capture_output=True, check=True
            ).stdout
        whole = (name.encode() + b"\n" + body).lower()
        found |= {(name, one) for one in secrets if one.lower().encode() in whole}
    return found


# --- what is published ----------------------------------------------------------------------------


def test_nothing_of_what_the_profile_hides_is_in_what_is_published(cli: Cli, scene: Scene) -> None:
    """Names, ids, addresses, messages and places, in any file or file name."""
    done = cli("publish", scene.root, "www", "--json")
    assert (done.code, done.json["findings"]) == (0, [])
    ids = [job.job_id for job in scene.jobs]
    hosts = ("127.0.0.1", "localhost", "workphotos.com", scene.workspace.workspace_id)
    assert leaked(Path("www"), (*SECRETS, *ids, *hosts)) == set()
    for name, body in bytes_below(Path("www")).items():
        if name.endswith(".jpeg"):
            assert dict(Image.open(io.BytesIO(body)).getexif().get_ifd(0x8825)) == {}, name
    assert not any(
        part in ("ledger", "seals", "snapshots", ".archiver", "archive.json")
        for name in bytes_below(Path("www"))
        for part in name.split("/")
    )


def test_each_published_job_is_a_bag_that_a_validator_accepts(cli: Cli, scene: Scene) -> None:
    done = cli("publish", scene.root, "www", "--json")
    for job in done.json["jobs"]:
        assert check_with_bagit((Path("www") / job["address"]).parent) == ""


def test_the_archive_is_not_touched_and_shares_no_file(cli: Cli, scene: Scene) -> None:
    """A published file that somebody edits must not be evidence."""
    (scene.root / "archiver.toml").write_text('[profile.all]\nmetadata = "keep"\nlocation = true\n')
    before = snapshot_tree(scene.root)
    assert cli("publish", scene.root, "www", "--profile", "all").code == 0
    assert snapshot_tree(scene.root) == before
    ours = {path.stat().st_ino for path in scene.root.rglob("*") if path.is_file()}
    assert not ours & {path.stat().st_ino for path in Path("www").rglob("*") if path.is_file()}


def test_the_index_lists_what_is_published_and_nothing_else(cli: Cli, scene: Scene) -> None:
    """Neither pages nor search know of a job that is not."""
    assert cli("publish", scene.root, "www", "--job", scene.jobs[1].job_id).code == 0
    assert "Kitchen fitting 1" in Path("www/index.html").read_text()
    assert leaked(Path("www"), ("fitting 0", "fitting 2", "ledger/")) == set()
    assert len(list(Path("www/jobs").glob("*/*"))) == 1


# --- kept up to date ------------------------------------------------------------------------------


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of every file."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_second_run_writes_nothing(cli: Cli, scene: Scene) -> None:
    """So that rsync and object stores move nothing: inodes and times stay."""
    cli("publish", scene.root, "www")
    before = stamps(Path("www"))
    done = cli("publish", scene.root, "www", "--json")
    assert (done.json["written"], done.json["removed"]) == (0, [])
    assert stamps(Path("www")) == before


def test_a_job_in_which_nothing_changed_is_not_made_again(
    cli: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nightly run costs what the day's changes cost; other settings make all anew."""
    cli("publish", scene.root, "www")
    made: list[str] = []

    def counted(archive: Path, job: ChosenJob, *args: Any, **kwargs: Any) -> ChosenJob:
        made.append(job.record.job_id)
        return derive(archive, job, *args, **kwargs)

    monkeypatch.setattr(publishing, "derive", counted)
    cli("publish", scene.root, "www")
    assert made == []
    scene.workspace.rename(scene.jobs[2].job_id, "Kitchen fitting, finished")
    scene.sync()
    cli("publish", scene.root, "www")
    assert made == [scene.jobs[2].job_id]
    cli("publish", scene.root, "www", "--language", "de")
    assert len(made) == 4


def test_a_change_in_one_job_writes_that_job_and_the_index(cli: Cli, scene: Scene) -> None:
    """Its address stays, though it has a new seal and a new title."""
    first = cli("publish", scene.root, "www", "--json").json["jobs"]
    before = stamps(Path("www"))
    scene.workspace.rename(scene.jobs[2].job_id, "Kitchen fitting, finished")
    scene.sync()
    done = cli("publish", scene.root, "www", "--json")
    assert done.json["jobs"] == first
    address = next(one["address"] for one in first if one["job_id"] == scene.jobs[2].job_id)
    own = address.rpartition("/")[0]
    after = stamps(Path("www"))
    changed = {name for name in after if after[name] != before.get(name)}
    assert f"{own}/index.html" in changed
    others = {name for name in changed if name.startswith("jobs/") and not name.startswith(own)}
    assert others == set()
    assert not {name for name in changed if "/data/images/" in name}


def test_what_is_erased_or_not_named_any_more_goes_and_is_said(cli: Cli, scene: Scene) -> None:
    """By the next run; folders that are then empty go too."""
    jobs = cli("publish", scene.root, "www", "--json").json["jobs"]
    gone = {one["job_id"]: one["address"].rpartition("/")[0] for one in jobs}
    erased = scene.jobs[0].job_id
    assert cli("erase", scene.root, erased, "--reason", "asked for", "--yes").code == 0
    done = cli("publish", scene.root, "www", "--json")
    assert (done.code, done.json["jobs_removed"]) == (0, [gone[erased]])
    assert not (Path("www") / gone[erased]).exists()
    said = cli("publish", scene.root, "www", "--job", scene.jobs[1].job_id)
    assert f"removed: {gone[scene.jobs[2].job_id]}" in said.out
    assert leaked(Path("www"), ("fitting 0", "fitting 2")) == set()


def test_files_that_publish_did_not_make_are_left_alone(cli: Cli, scene: Scene) -> None:
    """Neither removed nor overwritten: in its way they stop the run before it changes anything."""
    Path("www/jobs").mkdir(parents=True)
    Path("www/robots.txt").write_text("mine")
    Path("www/jobs/notes.txt").write_text("mine")
    assert cli("publish", scene.root, "www").code == 0
    assert Path("www/robots.txt").read_text() == "mine"
    Path("www/browse.html").write_text("edited by hand")
    before = stamps(Path("www"))
    scene.workspace.rename(scene.jobs[1].job_id, "Another title")
    scene.sync()
    done = cli("publish", scene.root, "www")
    assert done.code == 1
    assert "browse.html" in done.err
    assert stamps(Path("www")) == before


def test_a_file_of_a_removed_job_that_was_changed_by_hand_stays_and_is_named(
    cli: Cli, scene: Scene
) -> None:
    jobs = cli("publish", scene.root, "www", "--json").json["jobs"]
    page = Path("www") / jobs[0]["address"]
    page.write_text("edited by hand")
    for _ in range(2):
        done = cli("publish", scene.root, "www", "--job", scene.jobs[1].job_id, "--json")
        assert (done.code, done.json["stayed"]) == (3, [jobs[0]["address"]])
    assert [path.name for path in page.parent.rglob("*")] == ["index.html"]


def test_without_its_list_equal_files_are_known_again(cli: Cli, scene: Scene) -> None:
    """The list lies on one computer; what is published may have been made on another."""
    cli("publish", scene.root, "www")
    before = stamps(Path("www"))
    for file in Path("state").rglob("published/*.json"):
        file.unlink()
    assert cli("publish", scene.root, "www", "--json").json["written"] == 0
    assert stamps(Path("www")) == before
    done = cli("publish", scene.root, "www", "--job", scene.jobs[1].job_id, "--json")
    assert len(done.json["jobs_removed"]) == 2


_KILLED = """
import os, signal, sys
from archiver import publishfolder
from archiver.cli import run
left = int(sys.argv[1])
def counted(work):
    def call(*args):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args)
    return call
for name in ("move", "remove_file", "put_file"):
    setattr(publishfolder, name, counted(getattr(publishfolder, name)))
sys.exit(run(sys.argv[2:]))
"""


def test_a_killed_run_is_completed_by_the_next(cli: Cli, scene: Scene) -> None:
    """Killed while it writes, and on the way back while it removes (`test_publishfolder` has every
    point)."""
    ids = [job.job_id for job in scene.jobs]
    before, after = (["--job", one, "--job", other] for one, other in (ids[:2], ids[1:]))
    cli("publish", scene.root, "www", *before)
    old = bytes_below(Path("www"))
    cli("publish", scene.root, "plain", *after)
    new = bytes_below(Path("plain"))
    for at, wanted, whole in ((9, after, new), (50, before, old)):
        command = [sys.executable, "-c", _KILLED, str(at), "publish", str(scene.root), "www"]
        done = subprocess.run([*command, *wanted], check=False, capture_output=True)
        assert done.returncode == -signal.SIGKILL, (at, done)
        for name, body in bytes_below(Path("www")).items():
            assert body in (old.get(name), new.get(name)), (at, name)
        assert cli("publish", scene.root, "www", *wanted).code == 0, at
        assert bytes_below(Path("www")) == whole, at
    assert not list(Path().glob(".archiver-publish-*"))


# --- refused --------------------------------------------------------------------------------------


def test_what_is_found_stops_everything_and_is_named(cli: Cli, scene: Scene) -> None:
    """An outside address in a title, say: nothing in DEST changes, not even a removal."""
    cli("publish", scene.root, "www")
    before = stamps(Path("www"))
    scene.workspace.rename(scene.jobs[2].job_id, "See https://files.example.net/offer for more")
    scene.sync()
    done = cli("publish", scene.root, "www", "--job", scene.jobs[2].job_id, "--json")
    assert done.code == 3
    pages = {one["file"] for one in done.json["findings"]}
    assert "index.html" in pages
    assert any(re.fullmatch(r"jobs/2025/[^/]+/index\.html", page) for page in pages)
    assert all(one["next"] for one in done.json["findings"])
    assert stamps(Path("www")) == before
    again = cli("publish", scene.root, "www", "--approve", "https://files.example.net")
    assert again.code == 0


def test_a_damaged_file_stops_everything_and_is_named(cli: Cli, scene: Scene) -> None:
    """What is not what was sealed is not published; what was published before stays."""
    cli("publish", scene.root, "www")
    before = stamps(Path("www"))
    photo = next(scene.root.glob("jobs/*/*/data/images/0001-*"))
    photo.chmod(0o644)
    photo.write_bytes(photo.read_bytes() + b"x")
    done = cli("publish", scene.root, "www", "--profile", "customer")
    assert done.code == 1
    assert photo.name in done.err
    assert stamps(Path("www")) == before


@pytest.mark.parametrize("place", ["archive", "archive/www", "."])
def test_a_folder_in_the_archive_or_around_it_is_refused(
    cli: Cli, scene: Scene, place: str
) -> None:
    done = cli("publish", scene.root, place)
    assert done.code == 2
    assert "lie in one another" in done.err


def test_a_profile_that_hides_nothing_is_refused(cli: Cli, scene: Scene) -> None:
    for profile in ("full", "auditor"):
        done = cli("publish", scene.root, "www", "--profile", profile)
        assert done.code == 2
        assert not Path("www").exists()


# --- unlisted -------------------------------------------------------------------------------------


def test_unlisted_jobs_are_in_no_list_and_at_addresses_of_their_own(cli: Cli, scene: Scene) -> None:
    """128 bits in each, the same in every run, told by no file, and not those of the listed."""
    listed = cli("publish", scene.root, "listed", "--json").json["jobs"]
    done = cli("publish", scene.root, "www", "--unlisted", "--json")
    assert done.code == 0
    parts = [re.search(r"-([0-9a-f]{32})/", one["address"]) for one in done.json["jobs"]]
    assert all(parts)
    for one, part in zip(done.json["jobs"], parts, strict=True):
        assert part is not None
        own = (Path("www") / one["address"]).parent
        for name, body in bytes_below(Path("www")).items():
            if not (Path("www") / name).is_relative_to(own):
                assert part[1].encode() not in body, name
        assert part[1][:20] not in json.dumps(listed)
    assert not list(Path("www").glob("search")) + list(Path("www").glob("browse*"))
    for index in ("index.html", "jobs/index.html", "jobs/2025/index.html"):
        assert "Nothing is listed here" in (Path("www") / index).read_text()
    scene.workspace.rename(scene.jobs[0].job_id, "Kitchen fitting, finished")
    scene.sync()
    again = cli("publish", scene.root, "www", "--unlisted", "--json")
    assert again.json["jobs"] == done.json["jobs"]
    assert "noindex" in Path("www/_headers").read_text()


def test_an_unlisted_address_is_given_up_for_a_new_one(cli: Cli, scene: Scene) -> None:
    """That of one job alone, for good, and by every folder's next run; the old one is gone."""
    wanted = ("publish", scene.root, "www", "--unlisted", "--json")
    named = ["--job", scene.jobs[0].job_id, "--job", scene.jobs[1].job_id]
    before = {one["job_id"]: one["address"] for one in cli(*wanted, *named).json["jobs"]}
    told = scene.jobs[0].job_id
    cli("publish", scene.root, "other", "--unlisted", "--job", told)
    done = cli(*wanted, *named, "--new-address", told)
    after = {one["job_id"]: one["address"] for one in done.json["jobs"]}
    old = before[told].rpartition("/")[0]
    assert (done.code, done.json["readdressed"], done.json["jobs_removed"]) == (0, [told], [old])
    assert {job for job in before if before[job] != after[job]} == {told}
    assert not (Path("www") / old).exists()
    assert re.search(r"-([0-9a-f]{32})/", after[told])
    assert leaked(Path("www"), (old[-32:],)) == set()
    again = cli(*wanted, *named)
    assert {one["job_id"]: one["address"] for one in again.json["jobs"]} == after
    assert again.json["readdressed"] == []
    elsewhere = cli("publish", scene.root, "other", "--unlisted", "--job", told)
    assert f"removed: {old}" in elsewhere.out
    assert cli("verify", scene.root).code == 0


def test_an_address_that_is_listed_cannot_be_given_up(cli: Cli, scene: Scene) -> None:
    before = snapshot_tree(scene.root)
    done = cli("publish", scene.root, "www", "--new-address", scene.jobs[0].job_id)
    assert done.code == 2
    assert "--unlisted" in done.err
    assert snapshot_tree(scene.root) == before


def test_an_old_address_that_a_finding_kept_is_told_and_goes_with_the_next_run(
    cli: Cli, scene: Scene
) -> None:
    job = scene.jobs[2].job_id
    wanted = ("publish", scene.root, "www", "--unlisted", "--job", job)
    cli(*wanted)
    scene.workspace.rename(job, "See https://files.example.net/offer for more")
    scene.sync()
    done = cli(*wanted, "--new-address", job)
    assert done.code == 3
    assert f"{job} is still there under its old address" in done.err
    approved = cli(*wanted, "--approve", "https://files.example.net", "--json")
    assert len(approved.json["jobs_removed"]) == 1


# --- check-publish --------------------------------------------------------------------------------


def test_check_publish_knows_what_the_archive_hides(cli: Cli, scene: Scene) -> None:
    """The master itself, checked as if it were to be published: names, ids, messages, places."""
    done = cli("check-publish", scene.root, "--archive", scene.root, "--json")
    assert done.code == 3
    told = {one["what"].partition(",")[0] for one in done.json["findings"]}
    assert {
        "the name of a person",
        "the id of a person",
        "the id of a job in WorkPhotos",
        "the id of the workspace",
        "a message",
        "the address of a picture",
    } <= told
    kinds = {one["kind"] for one in done.json["findings"]}
    assert {"location", "forbidden", "hidden-text", "outside-address"} <= kinds
    assert ZOE.name not in done.out


def test_check_publish_finds_nothing_in_what_publish_made(cli: Cli, scene: Scene) -> None:
    """But the one hidden file that it made for Apache."""
    cli("publish", scene.root, "www")
    done = cli("check-publish", "www", "--archive", scene.root)
    assert (done.code, done.err) == (0, "")
    assert "nothing found" in done.out


def test_check_publish_takes_a_list_of_hidden_texts(cli: Cli) -> None:
    Path("www").mkdir()
    Path("www/a.html").write_text("<p>\nProject  Nightingale is late")
    Path("hidden.txt").write_text("project nightingale\n\nab\n")
    done = cli("check-publish", "www", "--hidden-file", "hidden.txt")
    assert done.code == 3
    assert "a.html:2: a hidden text, proj… (19 characters). " in done.err
    assert "1 texts are too short" in done.err
    assert cli("check-publish", "www", "--hidden-file", "none.txt").code == 2
    assert cli("check-publish", "nowhere").code == 2
    assert cli("check-publish", "www").code == 0


# --- the zips of the same profiles ----------------------------------------------------------------


@pytest.mark.parametrize("profile", ["customer", "public"])
def test_a_zip_of_these_profiles_has_no_finding_either(
    cli: Cli, scene: Scene, profile: str
) -> None:
    """Every planted secret, in every file of the zip, by the same scan and by a plain search."""
    first = scene.jobs[0].job_id
    done = cli("export", scene.root, first, "--profile", profile, "-o", "out.zip", "--yes")
    assert done.code == 0
    with zipfile.ZipFile("out.zip") as packed:
        packed.extractall("out")
    names = () if profile == "customer" else ("Ramírez", "Quill", "Craig", "Amira")
    shown = (
        first,
        ZOE.person_id,
        "4711",
        "scandal",
        "boiler pressure",
        "127.0.0.1",
        "workphotos.com",
    )
    assert leaked(Path("out"), (*names, *shown)) == set()
    found = cli("check-publish", "out", "--archive", scene.root, "--profile", profile, "--json")
    assert found.json["findings"] == []


def test_a_name_that_a_later_job_tells_is_taken_out_of_what_is_published_already(
    cli: Cli, scene: Scene
) -> None:
    """Nobody knew that it is one: the job that has it in its title did not change."""
    add_job(scene.workspace, "Meet Perpetua Nightingale", number=7)
    scene.sync()
    assert cli("publish", scene.root, "site").code == 0
    assert any(b"Perpetua" in body for body in bytes_below(Path("site")).values())
    new = add_job(scene.workspace, "Another", number=8)
    night = Person(hex_id("night"), "Perpetua Nightingale")
    scene.workspace.add_chat(new.job_id, "On my way.", by=night, at=START)
    scene.sync()
    assert cli("publish", scene.root, "site").code == 0
    assert not any(b"Perpetua" in body for body in bytes_below(Path("site")).values())
