"""Contract, *On disk*: what lies in an archive, at every instant and for ever."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from archiver.archive import Archive, job_folders
from archiver.bag import read_bag
from archiver.localapi import LocalImage, LocalJob, Served, Workspace, hex_id
from archiver.models import StoredFile
from archiver.verify import verify_archive
from tests.contract.conftest import Demo
from tests.contract.stage import (
    EXCEPTED,
    QUICK,
    Done,
    assert_adds_up,
    cli,
    failure_of,
    in_thread,
    reached,
    served,
)
from tests.http_helpers import http, serving, serving_raw
from tests.pipeline import (
    AMIRA,
    CRAIG,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    add_job,
    check_with_bagit,
    folder_of,
    record_of,
    snapshot_tree,
    synced,
)

Here = Callable[..., Done]


def image_message(image: Any, thumbnail: Any = None, **more: Any) -> dict[str, Any]:
    """An image message; without a thumbnail the field is left out."""
    fields = {
        "messageType": "image",
        "timestampUploaded": "2025-10-22T10:13:16.994Z",
        "uploaderId": AMIRA.person_id,
        "uploaderName": AMIRA.name,
        "urlToImage": image,
    }
    return {**fields, **({} if thumbnail is None else {"thumbnailForImage": thumbnail}), **more}


def serve_image(workspace: Workspace, name: str, body: bytes, **more: Any) -> Served:
    """Put bytes on the image host."""
    return workspace.add_image(f"/images/{name}", LocalImage(body, **more))


def stored(root: Path, job_id: str, photo: int = 1) -> StoredFile:
    """The kept file of a photo."""
    found = record_of(root, job_id).photos[photo - 1].image.stored
    assert found is not None
    return found


def a_picture(kind: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A small picture of a type."""
    body = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(body, kind, **options)
    return body.getvalue()


def a_heic() -> bytes:
    """A HEIC file, whole by its boxes, that nothing here can decode."""

    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4) + kind + body

    ispe = box(b"ispe", bytes(4) + (640).to_bytes(4) + (480).to_bytes(4))
    meta = bytes(4) + box(b"iprp", box(b"ipco", ispe))
    return (
        box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
        + box(b"meta", meta)
        + box(b"mdat", b"x" * 99)
    )


# --- bags at every instant ----------------------------------------------------------------------


def test_every_folder_is_a_bag_at_every_instant(tmp_path: Path) -> None:
    """Another thread looks all the while: whatever it sees in `jobs/*/*` has its seal's files,
    each payload file of its own manifest, and the size that its Oxum says."""
    workspace = a_workspace(jobs=6, photos=2)
    root, over, wrong, looks = tmp_path / "a", threading.Event(), list[str](), list[int]()

    def look() -> None:
        while not over.is_set():
            for folder in list(root.glob("jobs/*/*")):
                looks.append(1)
                if not sound(folder) and not sound(folder):
                    wrong.append(str(folder))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for round_ in range(4):
            synced(root, workspace)
            for job in list(workspace.jobs):
                workspace.add_chat(job.job_id, f"Round {round_}.", by=CRAIG, at=START)
    finally:
        over.set()
        watcher.join()
    assert wrong == []
    assert len(looks) > 50
    for folder in job_folders(root):
        assert check_with_bagit(folder) == ""
    assert verify_archive(Archive(root)).faults == []


def sound(folder: Path) -> bool:
    """Whether one open folder is a whole bag. It is held open, so that an exchange under way
    does not mix two bags."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        place = Path(f"/proc/self/fd/{held}")
        if not place.exists():
            pytest.skip("needs /proc")
        bag = read_bag(place)
        sizes = [(place / path).stat().st_size for path in bag.payload]
        return bag.oxum == (len(sizes), sum(sizes)) and (place / "index.html").is_file()
    except (OSError, ValueError):
        return False
    finally:
        os.close(held)


def test_every_bag_of_the_demo_is_valid_to_the_reference_validator(demo: Demo) -> None:
    """RFC 8493 by bagit-python, in one process of its own."""
    folders = [str(folder) for folder in job_folders(demo.root)]
    line = [sys.executable, "-m", "bagit", "--validate", "--quiet", *folders]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_nothing_is_left_in_staging_or_in_the_temporary_folder(demo: Demo) -> None:
    """“Nothing was written outside the archive, the system's temporary folder included.”"""
    assert demo.temporary == ()
    staging = demo.root / ".archiver" / "staging"
    assert [path for path in staging.rglob("*") if path.is_file()] == []


def test_a_run_writes_nothing_to_the_temporary_folder_even_for_an_instant(tmp_path: Path) -> None:
    """TMPDIR leads to a folder that cannot be entered: no run, check or build needs it."""
    workspace = a_workspace(jobs=2, photos=2)
    env = {"TMPDIR": "/proc/nowhere", "TMP": "/proc/nowhere", "TEMP": "/proc/nowhere"}
    env |= {"SQLITE_TMPDIR": "/proc/nowhere"}
    with served(workspace) as api:
        sync = cli("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync", env=env)
    assert (sync.code, sync.json["failures"]) == (0, [])
    assert cli("verify", tmp_path / "a", "--json", env=env).code == 0
    assert cli("build", tmp_path / "a", "--json", env=env).code == 0


def test_downloads_nobody_wants_any_more_do_not_stay_in_staging(tmp_path: Path) -> None:
    """“Nothing is left in staging but verified downloads of unfinished jobs”: not what an address
    gave that the same run replaced, though another job failed."""
    workspace = a_workspace(jobs=2, photos=0)
    good, bad = workspace.jobs
    one = serve_image(workspace, "one", a_jpeg(1))
    workspace.add_message(good.job_id, image_message(one))
    workspace.add_message(good.job_id, image_message(Served("/images/expired")))
    bad.details_body = b"[]"

    async def refreshed(request: web.Request) -> web.StreamResponse | None:
        if request.path == "/images/expired":  # by now the first photo lies elsewhere too
            workspace.edit_message(
                good.job_id, 1, urlToImage=serve_image(workspace, "two", a_jpeg(2))
            )
        return None

    told = synced(tmp_path / "a", workspace, intercept=refreshed)
    assert (told.jobs_new, told.jobs_failed) == (1, 1)
    staging = tmp_path / "a/.archiver/staging"
    assert [path.name for path in staging.rglob("*") if path.is_file()] == []


# --- unchanged runs -----------------------------------------------------------------------------


def test_an_unchanged_run_touches_no_file_and_no_folder(tmp_path: Path) -> None:
    """No page, no index, no modification time, of folders neither; photos that failed again in
    the same way (404, 500, an asked-for wait, a short body, damage) are no change."""
    workspace = a_workspace(jobs=3, photos=2)
    job_id = workspace.jobs[0].job_id
    rounds = [0]
    odd = {
        "missing": LocalImage(status=404),
        "busy": LocalImage(status=500),
        "torn": LocalImage(a_jpeg(7, (400, 300))[:-40]),
        "html": LocalImage(b"<html>no</html>"),
    }
    for name, image in odd.items():
        path = workspace.add_image(f"/images/{name}", image)
        workspace.add_message(job_id, image_message(path))
    workspace.add_message(job_id, image_message(None))
    workspace.add_message(job_id, image_message(Served("/images/later")))

    async def later(request: web.Request) -> web.StreamResponse | None:
        if request.path != "/images/later":
            return None
        return web.Response(status=429, headers={"Retry-After": str(3000 + rounds[0])})

    clock, root = Clock(), tmp_path / "a"
    first = synced(root, workspace, clock=clock, intercept=later, downloads=QUICK)
    before = snapshot_tree(root, without=EXCEPTED), folder_times(root)
    for _ in range(2):
        rounds[0] += 1
        clock.forward(days=1)
        told = synced(root, workspace, clock=clock, intercept=later, downloads=QUICK)
        assert (told.jobs_unchanged, told.images_failed) == (3, first.images_failed)
        assert (snapshot_tree(root, without=EXCEPTED), folder_times(root)) == before


def folder_times(root: Path) -> dict[str, int]:
    """When each folder was last changed, the excepted ones left out."""
    found = {
        path.relative_to(root).as_posix(): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if path.is_dir()
    }
    return {
        name: time
        for name, time in found.items()
        if not f"{name}/".startswith(("ledger/", ".archiver/", "search/"))
    }


# --- names --------------------------------------------------------------------------------------

TITLES = [
    "../../etc/passwd",
    'a/b\\c:d*e?f"g<h>i|j',
    "CON",
    "nul.txt",
    "-rf ~ %41 #x",
    "trailing dots...   ",
    "\u202egpj.exe\u200b\u2066\ufeff",
    "e\u0301" * 80,
    "完" * 200,
    "🔧" * 100,
    "\ud800\udfff",
    "\x00\x07\x1b[31m",
    "x" * 5000,
    "   ",
    None,
    7,
    "ﷺ" * 30,
    "ß" * 100,
    "same",
    "SAME",
]
IDS = [
    "68d0ed784f25458a9e878d15",
    "ABCDEF",
    "abcdef",
    "../../x",
    "CON",
    "a b",
    "A B",
    "x" * 500,
    "完成",
    "ünïcode",
    "\u202e",
    "-",
    "~",
    "0" * 41,
    "a/../../b",
]
_FORBIDDEN = re.compile(r'[<>:"|?*\\%#\x00-\x1f\x7f-\x9f]')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}


def test_names_are_safe_everywhere_however_hostile_ids_and_titles(
    tmp_path: Path, here: Here
) -> None:
    """NFC, ≤ 120 bytes a name, ≤ 150 characters a path, ≤ 120 in a zip, no two alike but for
    their case, nothing that some system forbids."""
    workspace = a_workspace(jobs=0)
    for number, title in enumerate(TITLES):
        add_job(workspace, title, photos=1, number=number, job_id=hex_id("title", number))
    for number, job_id in enumerate(IDS, 100):
        created = START - timedelta(days=number)
        job = workspace.add_job(LocalJob(job_id, "Same title", created, CRAIG))
        address = serve_image(workspace, f"of-{number}", a_jpeg(number))
        if number % 2:
            job.details_overrides["creationDate"] = None
            job.list_overrides["createdAt"] = "soon"
        message = image_message(address, timestampUploaded="2025-10-22T10:13:16.994Z")
        workspace.add_message(job_id, message)
    root = tmp_path / "a"
    told = synced(root, workspace)
    assert (told.jobs_new, told.failures) == (len(TITLES) + len(IDS), [])
    assert_adds_up(told, attempted=2 * len(TITLES) + len(IDS))
    assert synced(root, workspace).jobs_unchanged == told.jobs_new
    paths = [path.relative_to(root).as_posix() for path in root.rglob("*")]
    check_names(paths, longest=150)
    folders = {folder.name for folder in job_folders(root)}
    for job in workspace.jobs:
        if re.fullmatch(r"[0-9A-Fa-f]{1,40}", job.job_id):
            assert any(name.endswith(f"-{job.job_id}") for name in folders), job.job_id
    zipped = tmp_path / "jobs.zip"
    ids = [hex_id("title", number) for number in range(len(TITLES))]
    assert here("export", root, *ids, "-o", zipped, "--json").code == 0
    with zipfile.ZipFile(zipped) as file:
        check_names(file.namelist(), longest=120)
    assert verify_archive(Archive(root)).faults == []


def check_names(paths: list[str], *, longest: int) -> None:
    """Every rule of the contract's *Names*, over relative paths."""
    assert len({path.rstrip("/").casefold() for path in paths}) == len(paths)
    for path in paths:
        assert len(path) <= longest, path
        for name in path.rstrip("/").split("/"):
            assert name == unicodedata.normalize("NFC", name)
            assert len(name.encode()) <= 120, name
            assert not _FORBIDDEN.search(name), name
            assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name), name
            assert not name.startswith(("-", "~")), name
            assert not name.endswith((".", " ")), name
            assert name.split(".")[0].lower() not in _DEVICES, name
            assert name not in ("", "..")


@pytest.mark.parametrize(
    ("body", "suffix"),
    [
        (a_picture("PNG"), ".png"),
        (a_picture("WEBP"), ".webp"),
        (a_picture("GIF"), ".gif"),
        (a_picture("BMP"), ".bmp"),
        (a_picture("TIFF"), ".tiff"),
        (a_picture("AVIF"), ".avif"),
        (a_jpeg(1), ".jpeg"),
        (a_heic(), ".heic"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_suffix_is_that_of_the_real_type(tmp_path: Path, body: bytes, suffix: str) -> None:
    """“Never what the address says”, nor what a header does."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    path = serve_image(workspace, "lie.jpg.exe", body, content_type="application/x-msdownload")
    workspace.add_message(job_id, image_message(path))
    told = synced(tmp_path / "a", workspace)
    assert told.failures == []
    kept = stored(tmp_path / "a", job_id)
    assert kept.file.endswith(suffix)
    assert (folder_of(tmp_path / "a", job_id) / kept.file).read_bytes() == body


# --- what is kept where -------------------------------------------------------------------------


def test_a_sound_heic_is_stored_marked_and_offered_as_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """“Stored as received, marked *not decoded*, shown as a labelled file link, no failure.”"""
    # As on a machine without the extra `heif`.
    monkeypatch.setattr("archiver.imagedecode.is_supported", lambda kind: kind != "heic")
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    workspace.add_message(job_id, image_message(serve_image(workspace, "h.jpeg", a_heic())))
    told = synced(tmp_path / "a", workspace)
    assert (told.exit_code, told.images_downloaded, told.images_failed) == (0, 1, 0)
    kept = stored(tmp_path / "a", job_id)
    assert not kept.decoded
    page = (folder_of(tmp_path / "a", job_id) / "index.html").read_text("utf-8")
    assert f'href="{kept.file}"' in page
    assert f'src="{kept.file}"' not in page
    assert "HEIC" in page


def test_the_damaged_is_kept_apart_never_shown_and_named(tmp_path: Path) -> None:
    """“An image's head without its end, the same twice” lies in `data/damaged/`."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    torn = a_jpeg(3, (300, 200))[:-30]
    workspace.add_message(job_id, image_message(serve_image(workspace, "torn", torn)))
    told = synced(tmp_path / "a", workspace)
    assert (told.exit_code, told.images_failed, told.images_downloaded) == (3, 1, 0)
    assert "damaged" in failure_of(told, "/images/torn").reason
    folder = folder_of(tmp_path / "a", job_id)
    (kept,) = (folder / "data/damaged").iterdir()
    assert kept.read_bytes() == torn
    assert not (folder / "data/images").exists()
    page = (folder / "index.html").read_text("utf-8")
    assert f'src="data/damaged/{kept.name}"' not in page
    assert check_with_bagit(folder) == ""


@pytest.mark.parametrize(
    "body", [b"", b"<html>sorry</html>", b"GIF", b"\xff\xd8", b"%PDF-1.7", b"<svg/>", b"x" * 9999]
)
def test_what_is_no_image_is_not_kept(tmp_path: Path, body: bytes) -> None:
    """“What is not an image at all is not kept”, neither as a photo nor as damage."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    path = serve_image(workspace, "no.jpeg", body)
    workspace.add_message(job_id, image_message(path, path))
    told = synced(tmp_path / "a", workspace)
    assert (told.images_failed, told.images_downloaded, told.exit_code) == (2, 0, 3)
    kept = [path for path in folder_of(tmp_path / "a", job_id).rglob("data/*/*") if path.is_file()]
    assert {path.parent.name for path in kept} == {"snapshots"}


def test_an_address_that_is_null_empty_or_no_text_is_a_named_failure(tmp_path: Path) -> None:
    """Of that photo; the others are archived."""
    workspace = a_workspace(jobs=1, photos=1)
    job_id = workspace.jobs[0].job_id
    for odd in (None, "", 7, {"url": "x"}, ["x"], True, "   "):
        workspace.add_message(job_id, image_message(odd))
    told = synced(tmp_path / "a", workspace)
    assert (told.images_failed, told.images_downloaded) == (7, 2)
    assert len({one.reason for one in told.failures}) == 7
    assert all("photo #" in one.reason for one in told.failures)


def test_what_an_unknown_kind_points_at_is_fetched_or_a_named_failure(tmp_path: Path) -> None:
    """Into `data/files/`, under the same limits, never inline, offered as a link."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    page_bytes = b"<html><script>alert(1)</script></html>"
    plan = serve_image(workspace, "plan.html", page_bytes, content_type="text/html")
    workspace.add_message(
        job_id,
        {
            "messageType": "document",
            "file": {"href": plan, "name": "plan"},
            "copies": [Served("/images/none"), "https://127.0.0.1/private", "not an address"],
        },
    )
    told = synced(tmp_path / "a", workspace)
    assert told.exit_code == 3
    assert {one.reason.split(":")[0] for one in told.failures} == {"file #0002", "file #0003"}
    folder = folder_of(tmp_path / "a", job_id)
    (kept,) = (folder / "data/files").iterdir()
    assert (kept.suffix, kept.read_bytes()) == (".bin", page_bytes)
    text = (folder / "index.html").read_text("utf-8")
    assert f'href="data/files/{kept.name}"' in text
    assert f'src="data/files/{kept.name}"' not in text
    assert "<script>alert(1)" not in text
    assert "document" in text


# --- sameness of addresses ----------------------------------------------------------------------

SIGNED = "X-Amz-Signature={0}&X-Amz-Date={0}&X-Goog-Signature={0}&Expires={0}&Signature={0}"
SIGNED += "&Policy={0}&Key-Pair-Id={0}&se={0}&sig={0}&sp={0}&sr={0}&st={0}&sv={0}&mine={0}"


def test_an_address_that_differs_in_its_signature_alone_is_the_same(tmp_path: Path) -> None:
    """Every known signature parameter, and one given in `volatile_query`: nothing is fetched."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id, clock, root = workspace.jobs[0].job_id, Clock(), tmp_path / "a"
    path = serve_image(workspace, "s", a_jpeg(5))
    workspace.add_message(job_id, image_message(Served(f"{path}?w=1&{SIGNED.format(1)}")))
    synced(root, workspace, clock=clock, volatile_query=("mine",))
    before = snapshot_tree(root, without=EXCEPTED)
    clock.forward(days=1)
    workspace.edit_message(job_id, -1, urlToImage=Served(f"{path}?w=1&{SIGNED.format(2)}"))
    told = synced(root, workspace, clock=clock, volatile_query=("mine",))
    assert (told.jobs_unchanged, told.bytes_downloaded) == (1, 0)
    assert snapshot_tree(root, without=EXCEPTED) == before


@pytest.mark.parametrize("query", ["w=2", "W=1", "w=1&v=2", "w=1&mine=2", "expires=2", "se2=1"])
def test_any_other_difference_is_a_new_address_whose_equal_bytes_are_an_alias(
    tmp_path: Path, query: str
) -> None:
    """It is fetched; no second file, no second version."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    path = serve_image(workspace, "s", a_jpeg(5))
    workspace.add_message(job_id, image_message(Served(f"{path}?w=1")))
    synced(root, workspace)
    workspace.edit_message(job_id, -1, urlToImage=Served(f"{path}?{query}"))
    told = synced(root, workspace)
    assert (told.jobs_updated, told.images_deduplicated) == (1, 1)
    assert told.bytes_downloaded == len(a_jpeg(5))
    (photo,) = record_of(root, job_id).photos
    assert (len(photo.image.versions), len(photo.image.addresses)) == (1, 2)
    assert len(list((folder_of(root, job_id) / "data/images").iterdir())) == 1


@pytest.mark.parametrize("later", [False, True], ids=["at once", "the second a day later"])
def test_two_addresses_in_one_body_are_not_one_before_their_bytes_agree(
    tmp_path: Path, later: bool
) -> None:
    """Alike but for their signature, with other bytes: two photos, also when the second comes to
    a body whose first was archived the day before."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    bodies = {"1": a_jpeg(1), "2": a_jpeg(2)}

    async def by_signature(request: web.Request) -> web.StreamResponse | None:
        body = bodies.get(request.query.get("sig", ""))
        return None if body is None else web.Response(body=body)

    workspace.add_message(job_id, image_message(Served("/images/one?sig=1")))
    if later:
        synced(root, workspace, intercept=by_signature)
    workspace.add_message(job_id, image_message(Served("/images/one?sig=2")))
    synced(root, workspace, intercept=by_signature)
    folder = folder_of(root, job_id)
    for number, body in ((1, bodies["1"]), (2, bodies["2"])):
        assert (folder / stored(root, job_id, number).file).read_bytes() == body
    assert synced(root, workspace, intercept=by_signature).jobs_unchanged == 1


def test_when_most_jobs_change_in_addresses_alone_the_run_says_so(
    tmp_path: Path, here: Here
) -> None:
    """A moved CDN: fetched once, no versions for identical bytes, and a note."""
    workspace = a_workspace(jobs=3, photos=2)
    with served(workspace) as api:
        options = [*reached(api), "--json", "--no-fsync"]
        here("sync", tmp_path / "a", *options)
        for job in list(workspace.jobs):
            for position, message in enumerate(list(job.messages)):
                if message["messageType"] == "image":
                    moved: dict[str, Any] = {
                        name: Served(f"{message[name]}?cdn=2")
                        for name in ("urlToImage", "thumbnailForImage")
                    }
                    workspace.edit_message(job.job_id, position, **moved)
        done = here("sync", tmp_path / "a", *options)
    assert (done.code, done.json["jobs_updated"]) == (0, 3)
    assert done.json["images_deduplicated"] == 12
    assert any("address" in note for note in done.json["notes"])
    for job in workspace.jobs:
        for photo in record_of(tmp_path / "a", job.job_id).photos:
            assert len(photo.image.versions) == 1


def test_sameness_compares_tokens_duplicate_keys_and_nan(tmp_path: Path) -> None:
    """White space is no change; another digit, order of duplicates or key is."""
    workspace = a_workspace(jobs=1, photos=0)
    job, root = workspace.jobs[0], tmp_path / "a"
    start = b'{"jobId":"%s","messages":[],' % job.job_id.encode()
    job.details_body = start + b'"n":NaN,"n":1.0,"m":1e5}'
    synced(root, workspace)
    for body, state in (
        (start + b' "n" : NaN, "n":1.0,\n"m":1e5 }', "jobs_unchanged"),
        (start + b'"n":NaN,"n":1.00,"m":1e5}', "jobs_updated"),
        (start + b'"n":1.00,"n":NaN,"m":1e5}', "jobs_updated"),
        (start + b'"n":1.00,"n":NaN,"m":100000}', "jobs_updated"),
    ):
        job.details_body = body
        told = synced(root, workspace)
        assert getattr(told, state) == 1, body
    assert len(record_of(root, job.job_id).snapshots) == 4


def test_verification_does_not_depend_on_times_modes_inodes_or_links(tmp_path: Path) -> None:
    """A copy without links, with other times and modes, is sound; and may be synced."""
    workspace = a_workspace(jobs=2, photos=1)
    synced(tmp_path / "a", workspace)
    done = subprocess.run(
        ["cp", "-r", "--no-preserve=all", str(tmp_path / "a"), str(tmp_path / "b")], check=False
    )
    assert done.returncode == 0
    for path in (tmp_path / "b").rglob("*"):
        path.chmod(0o777)
        os.utime(path, (1, 1))
    assert verify_archive(Archive(tmp_path / "b")).faults == []
    before = snapshot_tree(tmp_path / "b", without=EXCEPTED)
    assert synced(tmp_path / "b", workspace).jobs_unchanged == 2
    assert snapshot_tree(tmp_path / "b", without=EXCEPTED) == before


def test_two_jobs_that_want_one_address_fetch_it_once(tmp_path: Path) -> None:
    """The second is counted as deduplicated, its bytes are a hard link."""
    workspace = a_workspace(jobs=2, photos=0)
    body, asked = a_jpeg(9), list[str]()

    async def image(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(body=body)

    with in_thread(serving(image)) as host:
        for job in workspace.jobs:
            workspace.add_message(job.job_id, image_message(f"{host}/shared.jpeg"))
        told = synced(tmp_path / "a", workspace, downloads={"allow_hosts": ("127.0.0.1",)})
    assert asked == ["/shared.jpeg"]
    assert (told.images_downloaded, told.images_deduplicated) == (1, 1)
    one, other = (
        folder / "data/images" / stored(tmp_path / "a", job.job_id).file.rpartition("/")[2]
        for job in workspace.jobs
        for folder in [folder_of(tmp_path / "a", job.job_id)]
    )
    assert one.samefile(other)


def test_snapshots_and_manifests_are_plain_text_to_any_reader(tmp_path: Path) -> None:
    """A snapshot is the body as sent; `record.json` is JSON."""
    workspace = a_workspace(jobs=1, photos=1)
    synced(tmp_path / "a", workspace)
    folder = folder_of(tmp_path / "a", workspace.jobs[0].job_id)
    (snapshot,) = (folder / "data/snapshots").iterdir()
    assert json.loads(snapshot.read_bytes())["jobId"] == workspace.jobs[0].job_id
    assert json.loads((folder / "data/record.json").read_bytes())
    for line in (folder / "manifest-sha256.txt").read_bytes().splitlines():
        assert re.fullmatch(rb"[0-9a-f]{64}  data/\S+", line)


def test_a_body_that_ends_early_is_tried_again(tmp_path: Path) -> None:
    """Nothing torn is ever kept as a photo."""
    workspace = a_workspace(jobs=1, photos=0)
    body, tries = a_jpeg(4), list[int]()

    async def torn_once(reader: Any, writer: Any) -> None:
        tries.append(1)
        writer.write(http(body)[: -20 if len(tries) == 1 else None])
        await writer.drain()

    with in_thread(serving_raw(torn_once)) as host:
        workspace.add_message(workspace.jobs[0].job_id, image_message(f"{host}/a.jpeg"))
        told = synced(tmp_path / "a", workspace, downloads={"allow_hosts": ("127.0.0.1",), **QUICK})
    assert (told.failures, len(tries)) == ([], 2)
