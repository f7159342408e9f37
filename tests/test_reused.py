"""Photos that are used in several jobs: found by bytes and by looks, told as facts."""

from __future__ import annotations

import io
import json
import random
import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

import archiver.comparing
from archiver.localapi import LocalJob, Workspace
from archiver.looks import can_compare
from tests.cli.conftest import Cli, cli  # noqa: F401
from tests.htmlread import read
from tests.pipeline import (
    AMIRA,
    KEY,
    START,
    WORKSPACE_ID,
    add_job,
    folder_of,
    snapshot_tree,
    synced,
)

Edit = Callable[[Image.Image], Image.Image]
QUIET = ("ledger/", ".archiver/", "search/checks.js")
needs_looks = pytest.mark.skipif(not can_compare(), reason="the extra `looks` is not installed")


def a_scene(seed: int) -> Image.Image:
    """A picture with much to see in it, another one for each seed."""
    rng = random.Random(seed)
    image = Image.new("RGB", (640, 480), (rng.randrange(256),) * 3)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = rng.randrange(-100, 640), rng.randrange(-100, 480)
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        draw.ellipse((x, y, x + rng.randrange(20, 300), y + rng.randrange(20, 300)), colour)
    return image


def jpeg(image: Image.Image, quality: int = 88) -> bytes:
    body = io.BytesIO()
    image.save(body, "JPEG", quality=quality)
    return body.getvalue()


class Office:
    """A workspace to which jobs with given photos are added."""

    def __init__(self) -> None:
        self.workspace = Workspace(WORKSPACE_ID, KEY, clock=lambda: START)
        self._jobs: list[LocalJob] = []

    def job(self, *bodies: bytes) -> str:
        number = len(self._jobs)
        job = add_job(self.workspace, f"Job {number}", photos=0, number=number)
        self._jobs.append(job)
        for index, body in enumerate(bodies):
            with Image.open(io.BytesIO(body)) as image:
                image.thumbnail((320, 320))
                small = jpeg(image.convert("RGB"), 75)
            at = START - timedelta(days=20 - number, minutes=-index)
            name = f"{number}-{index}"
            self.workspace.add_photo(job.job_id, body, small, by=AMIRA, at=at, name=name)
        return job.job_id


@pytest.fixture
def office() -> Office:
    return Office()


def groups(cli: Cli, root: Path) -> list[tuple[str, list[tuple[str, int]]]]:  # noqa: F811
    done = cli("status", root, "--reused-photos", "--json")
    assert done.code == 0
    return [
        (group["kind"], [(one["job_id"], one["exhibit"]) for one in group["photos"]])
        for group in done.json["groups"]
    ]


def test_the_same_bytes_in_two_jobs_are_found(office: Office, cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    """Once a group, the first upload first, with all that tells where it is."""
    one = office.job(jpeg(a_scene(1)), jpeg(a_scene(2)))
    two = office.job(jpeg(a_scene(3)), jpeg(a_scene(2)))
    synced(tmp_path / "a", office.workspace)
    assert groups(cli, tmp_path / "a") == [("identical", [(one, 2), (two, 2)])]
    (group,) = cli("status", tmp_path / "a", "--reused-photos", "--json").json["groups"]
    first = group["photos"][0]
    assert (tmp_path / "a" / first["file"]).is_file()
    assert first["uploader"] == "Amira Hassan"
    assert first["uploaded"] == "2025-11-03T10:16:00Z"
    assert first["distance"] == 0


@needs_looks
@pytest.mark.parametrize(
    "edit",
    [
        lambda image: image,
        lambda image: image.resize((320, 240)),
        lambda image: image.resize((1280, 960)),
        lambda image: image.convert("L").convert("RGB"),
        lambda image: image.point(lambda value: value * 0.8),
    ],
    ids=["compressed anew", "shrunk", "enlarged", "grey", "darker"],
)
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_a_picture_that_was_worked_on_still_looks_alike(edit: Edit, seed: int) -> None:
    from archiver.looks import NEAR, distance, look_of

    scene = a_scene(seed)
    with Image.open(io.BytesIO(jpeg(edit(scene), 40))) as again:
        again.thumbnail((256, 256))
        before = scene.copy()
        before.thumbnail((256, 256))
        assert distance(look_of(before).bits, look_of(again).bits) <= NEAR


@needs_looks
def test_a_picture_compressed_anew_in_another_job_is_found(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    """And no other one; its twin in the same job is no matter of this."""
    one = office.job(jpeg(a_scene(1)), jpeg(a_scene(2)), jpeg(a_scene(2), 60))
    office.job(*(jpeg(a_scene(seed)) for seed in range(20, 30)))
    office.job(jpeg(a_scene(4)), jpeg(a_scene(4), 50))
    three = office.job(jpeg(a_scene(1).resize((400, 300)), 40))
    synced(tmp_path / "a", office.workspace)
    assert groups(cli, tmp_path / "a") == [("near", [(one, 1), (three, 1)])]


@needs_looks
def test_blank_pictures_are_counted_and_not_compared(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    """A white wall looks like every other."""
    office.job(jpeg(Image.new("RGB", (640, 480), "white")))
    office.job(jpeg(Image.new("RGB", (640, 480), "#fdfdfd")))
    synced(tmp_path / "a", office.workspace)
    done = cli("status", tmp_path / "a", "--reused-photos", "--json")
    assert done.json["groups"] == []
    assert done.json["pictures_too_plain"] == 2


def test_a_job_that_came_later_changes_the_list_and_not_the_first_job(
    office: Office, tmp_path: Path
) -> None:
    """A job's page is made of its own evidence alone, whatever other jobs hold."""
    root = tmp_path / "a"
    one = office.job(jpeg(a_scene(1)))
    synced(root, office.workspace)
    assert "No photo is known" in read((root / "reused.html").read_bytes()).text
    before = snapshot_tree(folder_of(root, one))
    office.job(jpeg(a_scene(1)))
    synced(root, office.workspace)
    assert snapshot_tree(folder_of(root, one)) == before
    page = (root / "reused.html").read_text("utf-8")
    assert "The same bytes in 2 jobs" in page
    assert "Job 0" in page
    assert "Job 1" in page
    links = re.findall(r'<a href="([^"]+)"', page)
    assert len(links) > 4
    for link in links:
        assert (root / link.partition("#")[0]).is_file()


def marks(root: Path) -> dict[str, list[list[object]]]:
    """What the pages' scripts are told."""
    body = (root / "search/reused.js").read_text("utf-8")
    found = re.fullmatch(r"Archive\.reused\('(.*)'\)\n", body)
    assert found is not None
    told: dict[str, list[list[object]]] = json.loads(found[1])
    return told


def test_the_search_data_say_which_photos_are_in_another_job_and_where_that_is_told(
    office: Office, tmp_path: Path
) -> None:
    root = tmp_path / "a"
    one = office.job(jpeg(a_scene(1)), jpeg(a_scene(2)))
    two = office.job(jpeg(a_scene(3)), jpeg(a_scene(2)), jpeg(a_scene(2)))
    office.job(jpeg(a_scene(4)))
    synced(root, office.workspace)
    told = marks(root)
    folders = {folder_of(root, job).relative_to(root / "jobs").as_posix() for job in (one, two)}
    assert set(told) == folders
    ((number, anchor, same),) = told[min(folders)]
    assert (number, same) == (2, 1)
    assert {(place, kind) for _, place, kind in told[max(folders)]} == {(anchor, 1)}
    assert read((root / "reused.html").read_bytes()).by_id(str(anchor)).text


@needs_looks
def test_a_photo_that_only_looks_alike_is_marked_as_such(office: Office, tmp_path: Path) -> None:
    office.job(jpeg(a_scene(1), 95))
    office.job(jpeg(a_scene(1), 40))
    synced(tmp_path / "a", office.workspace)
    assert [one[0][2] for one in marks(tmp_path / "a").values()] == [0, 0]


def test_a_run_in_which_nothing_changed_changes_nothing(office: Office, tmp_path: Path) -> None:
    root = tmp_path / "a"
    office.job(jpeg(a_scene(1)))
    office.job(jpeg(a_scene(1), 50), jpeg(a_scene(2)))
    synced(root, office.workspace)
    before = snapshot_tree(root, without=QUIET)
    synced(root, office.workspace)
    assert snapshot_tree(root, without=QUIET) == before


def test_status_finds_the_same_bytes_without_a_catalogue_and_writes_nothing(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    root = tmp_path / "a"
    one = office.job(jpeg(a_scene(1)))
    two = office.job(jpeg(a_scene(1)), jpeg(a_scene(2)))
    synced(root, office.workspace)
    (root / ".archiver" / "catalog.sqlite3").unlink()
    before = snapshot_tree(root)
    assert groups(cli, root) == [("identical", [(one, 1), (two, 1)])]
    assert snapshot_tree(root) == before


@needs_looks
def test_a_build_compares_what_was_never_compared(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in an archive that was filled without the extra."""
    root = tmp_path / "a"
    one = office.job(jpeg(a_scene(1)))
    two = office.job(jpeg(a_scene(1), 50))
    with monkeypatch.context() as without:
        without.setattr(archiver.comparing, "can_compare", lambda: False)
        synced(root, office.workspace)
    assert groups(cli, root) == []
    assert cli("build", root, "-q").code == 0
    assert groups(cli, root) == [("near", [(one, 1), (two, 1)])]


@needs_looks
def test_a_sync_looks_at_so_many_photos_and_the_next_at_the_rest(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "a"
    monkeypatch.setattr("archiver.sync.PHOTOS_A_RUN", 1)
    for _ in range(2):
        office.job(jpeg(a_scene(1), 50 + 30 * len(office.workspace.jobs)))
    synced(root, office.workspace)
    assert groups(cli, root) == []
    assert "1 jobs were not looked at yet" in cli("status", root, "--reused-photos").out
    synced(root, office.workspace)
    assert len(groups(cli, root)) == 1


@needs_looks
def test_nothing_of_an_erased_photo_is_left_among_the_looks(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    """What was joined by way of it is searched for anew."""
    root = tmp_path / "a"
    one = office.job(jpeg(a_scene(1), 90))
    two = office.job(jpeg(a_scene(1), 60))
    three = office.job(jpeg(a_scene(1), 40))
    synced(root, office.workspace)
    ((_, found),) = groups(cli, root)
    assert len(found) == 3
    for left, job in ((2, one), (0, two)):
        done = cli("erase", root, job, "--reason", "asked", "--by", "office", "--yes", "--no-input")
        assert done.code == 0, done.err
        assert looks_of(root) == 3 - (1 if left else 2)
        assert sum(map(len, marks(root).values())) == left
        assert cli("build", root, "-q").code == 0
        assert sum(len(photos) for _, photos in groups(cli, root)) == left
    assert folder_of(root, three).is_dir()


def looks_of(root: Path) -> int:
    db = sqlite3.connect(root / ".archiver" / "catalog.sqlite3")
    try:
        ((count,),) = db.execute("SELECT count(*) FROM looks").fetchall()
    finally:
        db.close()
    return int(count)


def test_without_the_extra_it_says_how_to_have_it(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("archiver.comparing.can_compare", lambda: False)
    monkeypatch.setattr("archiver.looks.can_compare", lambda: False)
    office.job(jpeg(a_scene(1)))
    synced(tmp_path / "a", office.workspace)
    done = cli("status", tmp_path / "a", "--reused-photos")
    assert done.code == 0
    assert "workphotos-archiver[looks]" in done.out


def test_a_zip_for_a_customer_tells_of_no_other_job(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    import zipfile

    one = office.job(jpeg(a_scene(1)))
    other = office.job(jpeg(a_scene(1)))
    synced(tmp_path / "a", office.workspace)
    assert cli("export", tmp_path / "a", one, "-o", tmp_path / "one.zip", "-q").code == 0
    with zipfile.ZipFile(tmp_path / "one.zip") as made:
        bodies: dict[str, Any] = {name: made.read(name) for name in made.namelist()}
    for name, body in bodies.items():
        assert "reused" not in name
        assert other.encode() not in body
        assert b"reused.html" not in body
        assert b"Also in another job" not in body


def test_a_published_site_marks_no_photo_and_offers_no_such_filter(
    office: Office,
    cli: Cli,  # noqa: F811
    tmp_path: Path,
) -> None:
    office.job(jpeg(a_scene(1)))
    office.job(jpeg(a_scene(1)))
    synced(tmp_path / "a", office.workspace)
    assert cli("publish", tmp_path / "a", tmp_path / "www", "-q").code == 0
    names = [
        file.relative_to(tmp_path / "www").as_posix() for file in (tmp_path / "www").rglob("*")
    ]
    assert [name for name in names if "reused" in name or "again" in name] == []
    for page in (tmp_path / "www").rglob("*.html"):
        assert not re.search("again.js|reused|several jobs", page.read_text("utf-8")), page
    assert "several jobs" in (tmp_path / "a/index.html").read_text("utf-8")
