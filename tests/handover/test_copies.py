"""Derived bags in zips: valid on their own, the same every time, fit for a mail, or in parts."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from archiver.archive import read_settings
from archiver.choosing import choose_jobs
from archiver.errors import ArchiveDamaged, UsageProblem
from archiver.export import Export, prepared
from archiver.localapi import LocalJob, Workspace
from archiver.preparing import Wish
from archiver.profile import CUSTOMER, FULL, Profile
from archiver.report import report_maker
from archiver.storage import make_read_only
from archiver.view import site_settings
from tests.htmlread import read
from tests.pipeline import (
    AMIRA,
    CRAIG,
    KEY,
    START,
    WORKSPACE_ID,
    check_with_bagit,
    folder_of,
    snapshot_tree,
    synced,
)

SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "docs/record.schema.json").read_text("utf-8"))
)
BIG, SMALL = "b16b00000000000000000001", "b16b00000000000000000002"


def a_photo(seed: int, size: tuple[int, int] = (1500, 1100)) -> bytes:
    """A JPEG that hardly compresses, as photos of foliage do."""
    noise = random.Random(seed).randbytes(size[0] // 2 * (size[1] // 2))
    image = Image.frombytes("L", (size[0] // 2, size[1] // 2), noise).resize(size)
    body = io.BytesIO()
    image.convert("RGB").save(body, "JPEG", quality=90)
    return body.getvalue()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job of six large photos and some chat, and a small one."""
    root = tmp_path_factory.mktemp("copies") / "archive"
    workspace = Workspace(WORKSPACE_ID, KEY, clock=lambda: START)
    for job_id, title, count, size in (
        (BIG, "The large job", 6, (1500, 1100)),
        (SMALL, "The small job", 1, (200, 150)),
    ):
        at = START - timedelta(days=9)
        workspace.add_job(LocalJob(job_id, title, at, CRAIG))
        workspace.add_chat(job_id, "On my way.", by=CRAIG, at=at)
        for number in range(count):
            small = a_photo(number, (96, 70))
            taken = at + timedelta(minutes=number + 1)
            workspace.add_photo(job_id, a_photo(number, size), small, by=AMIRA, at=taken)
    synced(root, workspace)
    return root


def made(
    archive: Path, out: Path, wish: Wish, *jobs: str, report: bool = False
) -> Iterator[Export]:
    site = site_settings(archive, read_settings(archive))
    chosen = choose_jobs(archive, jobs or (BIG,))
    with (
        report_maker(archive) as maker,
        prepared(archive, chosen, out, site, wish, report=maker if report else None) as one,
    ):
        yield one


def written(archive: Path, out: Path, wish: Wish, *jobs: str, report: bool = False) -> list[Path]:
    out.parent.mkdir(parents=True, exist_ok=True)
    (export,) = (
        [zipped.path for zipped in one.write()]
        for one in made(archive, out, wish, *jobs, report=report)
    )
    return export


def unpacked(path: Path, place: Path) -> Path:
    """The single folder of a zip."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(place)
    (top,) = place.iterdir()
    return top


PROFILES = [
    CUSTOMER,
    CUSTOMER.redacting(chat=True, history=True, names="replace", location=True),
    CUSTOMER.redacting(largest_edge=640, without_photos=frozenset({2})),
    FULL.redacting(chat=False),
]


@pytest.mark.parametrize("profile", PROFILES, ids=range(len(PROFILES)))
def test_a_standard_validator_accepts_every_copy(
    archive: Path, tmp_path: Path, profile: Profile
) -> None:
    """And its record is one by the published schema; `bag-info.txt` says where it came from."""
    (path,) = written(archive, tmp_path / "zip" / "a.zip", Wish(profile))
    folder = unpacked(path, tmp_path / "out")
    check_with_bagit(folder)
    record = json.loads((folder / "data/record.json").read_bytes())
    assert [error.message for error in SCHEMA.iter_errors(record)] == []
    info = (folder / "bag-info.txt").read_text()
    (master,) = choose_jobs(archive, (BIG,))
    assert f"Derived-By-Profile: {profile.name}\n" in info
    assert f"Derived-From-Tagmanifest-SHA256: {master.bag.seal.tagmanifest}\n" in info
    assert "Withheld: " in info
    assert BIG not in info


def test_the_page_says_what_was_withheld(archive: Path, tmp_path: Path) -> None:
    """In one sentence of its header, and by which profile."""
    wish = Wish(CUSTOMER.redacting(without_photos=frozenset({2}), names="replace"))
    (path,) = written(archive, tmp_path / "zip" / "a.zip", wish)
    folder = unpacked(path, tmp_path / "out")
    text = " ".join(read((folder / "index.html").read_bytes()).text.split())
    assert "Made for handing over, by the profile “customer”." in text
    assert "1 message and 1 photo withheld, names replaced." in text
    assert "Amira" not in text


def test_the_same_archive_and_wish_give_the_same_zip(archive: Path, tmp_path: Path) -> None:
    """Report and made pictures included; another wish gives another."""
    wish = Wish(CUSTOMER.redacting(largest_edge=800))
    one, two, other = (
        written(archive, tmp_path / name / "a.zip", wish, BIG, SMALL, report=True)[0].read_bytes()
        for name, wish in (("1", wish), ("2", wish), ("3", Wish(CUSTOMER)))
    )
    assert one == two
    assert one != other


def test_the_master_is_never_touched(archive: Path, tmp_path: Path) -> None:
    """Nor is anything left beside the zip."""
    before = snapshot_tree(archive)
    (path,) = written(archive, tmp_path / "zip" / "a.zip", Wish(CUSTOMER), BIG, SMALL)
    assert snapshot_tree(archive) == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("percent", [85, 60])
def test_photos_are_made_smaller_until_it_fits(archive: Path, tmp_path: Path, percent: int) -> None:
    """As little as need be; the page and the record say so."""
    (whole,) = written(archive, tmp_path / "whole" / "a.zip", Wish(CUSTOMER))
    limit = whole.stat().st_size * percent // 100
    (path,) = written(archive, tmp_path / "zip" / "a.zip", Wish(CUSTOMER, limit, may_reduce=True))
    assert path.stat().st_size <= limit
    folder = unpacked(path, tmp_path / "out")
    check_with_bagit(folder)
    edge = json.loads((folder / "data/record.json").read_bytes())["derived"]["largest_edge"]
    for photo in (folder / "data/images").iterdir():
        with Image.open(photo) as image:
            assert max(image.size) == edge < 1500
    assert f"to {edge:,} pixels at most" in (folder / "index.html").read_text()


def test_what_does_not_fit_is_parted(archive: Path, tmp_path: Path) -> None:
    """Whole jobs first, a large one in numbered parts; each opens and checks by itself, every
    exhibit is in exactly one, and no zip is larger than was asked for."""
    (whole,) = written(archive, tmp_path / "whole" / "a.zip", Wish(CUSTOMER))
    limit = whole.stat().st_size * 55 // 100
    zips = written(archive, tmp_path / "zip" / "a.zip", Wish(CUSTOMER, limit), BIG, SMALL)
    assert [path.name for path in zips] == [f"a {n} of {len(zips)}.zip" for n in range(1, 4)]
    assert all(path.stat().st_size <= limit for path in zips)
    exhibits: list[int] = []
    for path in zips:
        folder = unpacked(path, tmp_path / path.stem)
        check_with_bagit(folder)
        record = json.loads((folder / "data/record.json").read_bytes())
        page = (folder / "index.html").read_text()
        if record["title"] == "The large job":
            exhibits += [photo["number"] for photo in record["photos"]]
            assert f"Part {record['derived'].get('part', 1)} of 2." in page
    assert exhibits == [1, 2, 3, 4, 5, 6]


def test_one_exhibit_that_is_too_large_is_told(archive: Path, tmp_path: Path) -> None:
    """Nothing is written then; so is an untouched bag that is too large."""
    with pytest.raises(UsageProblem, match="The large job"):
        written(archive, tmp_path / "zip" / "a.zip", Wish(CUSTOMER, 100_000))
    with pytest.raises(UsageProblem, match="cannot be parted"):
        written(archive, tmp_path / "zip" / "a.zip", Wish(FULL, 100_000))
    assert list((tmp_path / "zip").iterdir()) == []


def test_whole_bags_are_shared_out_as_they_are(archive: Path, tmp_path: Path) -> None:
    """Each zip is what an export of its jobs alone would be."""
    alone = [written(archive, tmp_path / job / "a.zip", Wish(FULL), job)[0] for job in (BIG, SMALL)]
    limit = max(one.stat().st_size for one in alone) + 30_000
    zips = written(archive, tmp_path / "zip" / "a.zip", Wish(FULL, limit), BIG, SMALL)
    assert {one.read_bytes() for one in zips} == {one.read_bytes() for one in alone}


def test_a_damaged_photo_ends_it_by_name(archive: Path, tmp_path: Path) -> None:
    """Nothing is made of bytes that nobody vouches for."""
    folder = folder_of(archive, SMALL)
    (photo,) = (folder / "data/images").iterdir()
    body = photo.read_bytes()
    photo.chmod(0o644)
    photo.write_bytes(body[:-9] + b"\0" + body[-8:])
    try:
        with pytest.raises(ArchiveDamaged, match=photo.name):
            written(archive, tmp_path / "zip" / "a.zip", Wish(CUSTOMER), SMALL)
    finally:
        photo.write_bytes(body)
        make_read_only(photo)
    assert list((tmp_path / "zip").iterdir()) == []


def test_record_pdf_always_lies_beside_the_page(archive: Path, tmp_path: Path) -> None:
    """The evidence report; without what sets it, the contact sheets. The page links it."""
    for report in (True, False):
        place = tmp_path / str(report)
        (path,) = written(archive, place / "zip" / "a.zip", Wish(CUSTOMER), report=report)
        folder = unpacked(path, place / "out")
        assert (folder / "record.pdf").read_bytes().startswith(b"%PDF")
        assert "record.pdf" in (folder / "index.html").read_text()
        assert "record.pdf" in (folder / "README.txt").read_text()


def test_no_file_is_of_a_kind_that_mail_services_refuse(archive: Path, tmp_path: Path) -> None:
    """Gmail and Outlook look into zips for these."""
    (path,) = written(archive, tmp_path / "zip" / "a.zip", Wish(CUSTOMER), BIG, SMALL, report=True)
    suffixes = {Path(name).suffix.lower() for name in zipfile.ZipFile(path).namelist()}
    assert suffixes <= {"", ".css", ".html", ".jpeg", ".jpg", ".json", ".pdf", ".svg", ".txt"}


def test_a_profile_is_in_the_reference(archive: Path, tmp_path: Path) -> None:
    """Two hand-overs of one job are not called the same."""
    ids = set()
    for profile in (CUSTOMER, replace(CUSTOMER, name="insurer")):
        (path,) = written(archive, tmp_path / profile.name / "a.zip", Wish(profile), SMALL)
        folder = unpacked(path, tmp_path / f"{profile.name}-out")
        ids.add(json.loads((folder / "data/record.json").read_bytes())["job_id"])
    assert len(ids) == 2


def test_a_job_without_photos_that_is_too_large_is_told_and_not_left_out(
    archive: Path, tmp_path: Path
) -> None:
    """It cannot be parted; a zip of the others alone would look whole."""
    wish = Wish(CUSTOMER.redacting(chat=True, since=date(2031, 1, 1)), 20_000)
    with pytest.raises(UsageProblem, match="The small job"):
        written(archive, tmp_path / "zip" / "a.zip", wish, SMALL)
