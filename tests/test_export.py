"""Handing over: the zip a customer gets, what is in it, and when there is none."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from archiver import place as places
from archiver import zips
from archiver.archive import Archive, ArchiveSettings, begin
from archiver.bag import manifest_bytes
from archiver.choosing import choose_jobs, find_job
from archiver.commit import Change, commit
from archiver.errors import ArchiveDamaged, ArchiverError, DiskFull, NotAnArchive, UsageProblem
from archiver.export import default_name, export_jobs
from archiver.handover import disclosure
from archiver.ledger import Ledger
from archiver.models import (
    Absence,
    JobId,
    JobRecord,
    PhotoRecord,
    Reference,
    RelPath,
    Sha256,
    Wording,
)
from archiver.site import SiteSettings
from archiver.storage import make_read_only
from archiver.view import ViewMaker
from tests.factories import a_job, a_missing_photo, a_photo_message, a_time
from tests.htmlread import read

SITE = SiteSettings("Ridgeway Plumbing", "Europe/London")
OTHER_ID = "68d0ed784f25458a9e878d16"


class Built:
    """An archive made by the real commit and view, job by job."""

    def __init__(self, root: Path) -> None:
        settings = ArchiveSettings("ws", "Europe/London")
        self.root = root
        self.archive, self.ledger = begin(root, settings, a_time(), sync=False)

    def add(self, record: JobRecord, *, place: bool = False) -> Path:
        """Seal a job whose pictures are drawn here; gives its folder."""
        return add_job(self.archive, self.ledger, record, place)


def add_job(archive: Archive, ledger: Ledger, record: JobRecord, place: bool) -> Path:
    bodies: dict[RelPath, bytes] = {RelPath(s.file): b"{}" for s in record.snapshots}

    def drawn(reference: Reference, size: tuple[int, int], number: int) -> Reference:
        if reference.stored is None:
            return reference
        body = a_jpeg(size, number, place)
        bodies[reference.stored.file] = body
        kept = replace(
            reference.stored, sha256=Sha256(hashlib.sha256(body).hexdigest()), size=len(body)
        )
        return replace(reference, versions=(kept,))

    def with_files(photo: PhotoRecord) -> PhotoRecord:
        small = photo.thumbnail and drawn(photo.thumbnail, (236, 177), photo.number)
        return replace(photo, image=drawn(photo.image, (520, 390), photo.number), thumbnail=small)

    record = replace(record, photos=tuple(map(with_files, record.photos)))
    folder = RelPath(f"jobs/2025/{record.folder}")
    sizes = {path: len(body) for path, body in bodies.items()}
    hashes = {path: Sha256(hashlib.sha256(body).hexdigest()) for path, body in bodies.items()}
    change = Change(folder, record, None, {}, bodies, hashes, sizes, {}, b"s" * 32, {})
    view = ViewMaker(SITE, archive.private / "assets", lambda job_id: ())
    commit(archive, ledger, change, view, workspace_id="ws", clock=a_time, sync=False)
    return archive.root / folder


def a_jpeg(size: tuple[int, int], number: int, place: bool = False) -> bytes:
    body = io.BytesIO()
    tags = Image.Exif()
    if place:
        gps = tags.get_ifd(places.GPS)
        gps[1], gps[2], gps[3], gps[4] = "N", (51.0, 30.0, 0.0), "W", (0.0, 7.0, 0.0)
        tags[places.GPS] = gps
    Image.new("RGB", size, (number * 40 % 256, 90, 120)).save(body, "JPEG", exif=tags)
    return body.getvalue()


def a_second_job(**fields: object) -> JobRecord:
    named = {"title": "Boiler swap, 2 Linden Court", "folder": f"2025-10-22-swap-{OTHER_ID}"}
    return replace(a_job(photos=2, job_id=JobId(OTHER_ID)), **(named | fields))  # type: ignore[arg-type]


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return Built(tmp_path / "archive")


def export(built: Built, out: Path, *names: str) -> zipfile.ZipFile:
    jobs = choose_jobs(built.root, names)
    return zipfile.ZipFile(export_jobs(built.root, jobs, out, SITE).path)


def unpacked(archive: zipfile.ZipFile, folder: Path) -> Path:
    """The zip as `unzip` unpacks it; gives its single top folder."""
    assert archive.filename
    subprocess.run(["unzip", "-q", archive.filename, "-d", str(folder)], check=True)
    (top,) = folder.iterdir()
    return top


def state_of(root: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}


# --- the zip --------------------------------------------------------------------------------------


def test_one_job_is_its_folder_with_a_page_sheets_and_the_bag(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    archive = export(built, tmp_path / "x.zip", "Boiler")
    names = [name.removeprefix(f"{folder.name}/") for name in archive.namelist()]
    assert all(name.startswith(f"{folder.name}/") for name in archive.namelist())
    assert names[:2] == ["README.txt", "index.html"]
    assert names[-1] == "SHA256SUMS"
    assert {"contact-sheet-01.jpg", "contact-sheet.pdf", "bagit.txt", "seals/0001/salt"} <= {*names}
    assert "data/record.json" in names
    assert not {"view-sha256.txt", "archive.json"} & {*names}
    assert not [name for name in names if name.endswith((".js", ".toml")) or "ledger" in name]


def test_several_jobs_lie_side_by_side_under_a_list(built: Built, tmp_path: Path) -> None:
    folders = [built.add(a_job()), built.add(a_second_job())]
    archive = export(built, tmp_path / "x.zip", OTHER_ID, folders[0].name)
    tops = {name.split("/")[1] for name in archive.namelist()}
    assert {name.split("/")[0] for name in archive.namelist()} == {"records"}
    assert tops == {"README.txt", "index.html", "SHA256SUMS", *(f.name for f in folders)}
    listed = archive.read("records/index.html").decode()
    for folder in folders:
        assert f"{folder.name}/index.html" in listed
        assert f"records/{folder.name}/index.html" in archive.namelist()


def test_every_tool_already_there_accepts_what_was_handed_over(
    built: Built, tmp_path: Path
) -> None:
    built.add(a_job())
    built.add(a_second_job(title="Zoë's 屋根"))
    for names in (["Ashgrove"], ["Ashgrove", "屋根"]):
        out, folder = tmp_path / f"{len(names)}.zip", tmp_path / f"{len(names)}"
        archive = export(built, out, *names)
        assert archive.testzip() is None
        subprocess.run(["unzip", "-tqq", str(out)], check=True)
        top = unpacked(archive, folder)
        check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        subprocess.run(check, cwd=top, check=True)
        for bag in [top] if len(names) == 1 else [path for path in top.iterdir() if path.is_dir()]:
            subprocess.run(
                [sys.executable, "-m", "bagit", "--validate", "--quiet", str(bag)], check=True
            )


def test_the_sums_cover_every_file_the_view_included(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    built.add(a_second_job())
    for names in (["Ashgrove"], ["Ashgrove", "Linden"]):
        archive = export(built, tmp_path / f"{len(names)}.zip", *names)
        top = archive.namelist()[0].split("/")[0]
        sums = archive.read(f"{top}/SHA256SUMS").decode()
        listed = dict(line.split("  ", 1)[::-1] for line in sums.splitlines())
        assert list(listed) == sorted(listed)
        assert {f"{top}/{path}" for path in listed} == {*archive.namelist()} - {f"{top}/SHA256SUMS"}
        for path, sha256 in listed.items():
            assert hashlib.sha256(archive.read(f"{top}/{path}")).hexdigest() == sha256


def test_the_bag_is_the_archive_s_byte_for_byte(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    archive = export(built, tmp_path / "x.zip", "Boiler")
    bag = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"]
    inside = [p.relative_to(folder).as_posix() for d in ("data", "seals") for p in walk(folder / d)]
    assert len(inside) == 9
    for path in [*bag, *inside, "contact-sheet.pdf"]:
        assert archive.read(f"{folder.name}/{path}") == (folder / path).read_bytes()


def walk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_archive_gives_the_same_zip(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    built.add(a_second_job())
    export(built, tmp_path / "one.zip", "Linden", "Ashgrove")
    for path in walk(built.root):
        os.utime(path, (0, 0))
        make_read_only(path)
    export(built, tmp_path / "two.zip", "Ashgrove", OTHER_ID, "Linden")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_every_member_is_stored_with_the_time_of_its_seal(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    archive = export(built, tmp_path / "x.zip", "Boiler")
    for info in archive.infolist():
        assert info.compress_type == zipfile.ZIP_STORED
        assert info.date_time == (2025, 10, 23, 10, 12, 24)
        assert (info.external_attr >> 16, info.create_system) == (0o100644, 3)
        assert len(info.filename) <= 120


def test_no_link_of_a_page_leads_out_of_the_zip(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    built.add(a_second_job())
    for names in (["Ashgrove"], ["Ashgrove", "Linden"]):
        archive = export(built, tmp_path / f"{len(names)}.zip", *names)
        members = {*archive.namelist()}
        for page in [name for name in members if name.endswith(".html")]:
            for target in targets(archive.read(page)):
                address = urlsplit(target)
                assert address.scheme in ("", "http", "https", "mailto", "tel", "data"), target
                if not address.scheme and address.path:
                    assert not address.netloc
                    found = os.path.normpath(f"{os.path.dirname(page)}/{unquote(address.path)}")  # noqa: PTH120
                    assert found in members, f"{page}: {target}"


def targets(html: bytes) -> list[str]:
    nodes = read(html).all()
    return [n.attrs[name] for n in nodes for name in ("href", "src") if name in n.attrs]


def test_scripts_stand_inline_under_the_page_s_policy(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    page = read(export(built, tmp_path / "x.zip", "Boiler").read(f"{folder.name}/index.html"))
    (policy,) = [n.attrs["content"] for n in page.all("meta") if "http-equiv" in n.attrs]
    (allowed,) = [part for part in policy.split("; ") if part.startswith("script-src ")]
    assert "'self'" not in allowed
    scripts = [n for n in page.all("script") if n.attrs.get("type") != "application/json"]
    assert scripts
    for script in scripts:
        digest = hashlib.sha256(script.text.encode()).digest()
        assert "src" not in script.attrs
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in allowed


def test_the_readme_tells_how_to_open_and_check_it(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    archive = export(built, tmp_path / "x.zip", "Boiler")
    text = archive.read(f"{folder.name}/README.txt").decode()
    for word in (
        "Boiler service, 14 Ashgrove Terrace",
        "index.html",
        "contact-sheet.pdf",
        "certutil -hashfile",
        "Get-FileHash",
        "shasum -a 256 -c SHA256SUMS",
        "sha256sum -c SHA256SUMS",
        "RFC 8493",
        hashlib.sha256((folder / "tagmanifest-sha256.txt").read_bytes()).hexdigest(),
    ):
        assert word in text
    assert text.count("\n") == text.count("\r\n")
    assert "{" not in text.replace("{ $h", "").replace('{ "CHANGED', "")


def test_a_job_without_photos_can_be_handed_over(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job(photos=0))
    archive = export(built, tmp_path / "x.zip", "Boiler")
    names = archive.namelist()
    assert f"{folder.name}/index.html" in names
    assert b"contact-sheet.pdf" not in archive.read(f"{folder.name}/README.txt")
    assert not [name for name in names if "contact-sheet" in name]


def test_the_report_says_what_was_written(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    done: list[int] = []
    jobs = choose_jobs(built.root, ["Boiler"])
    report = export_jobs(built.root, jobs, tmp_path / "x.zip", SITE, progress=done.append)
    with zipfile.ZipFile(report.path) as archive:
        infos = archive.infolist()
    assert (report.jobs, report.files) == ((folder.name,), len(infos))
    assert report.size == sum(info.file_size for info in infos) == sum(done)
    assert report.sha256 == hashlib.sha256((tmp_path / "x.zip").read_bytes()).hexdigest()


# --- when there is no zip -------------------------------------------------------------------------


def damage(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(body)


@pytest.mark.parametrize(
    "which",
    [
        "data/images/0001-*.jpeg",
        "data/thumbnails/0002-*.jpeg",
        "data/snapshots/*.json",
        "data/record.json",
        "contact-sheet-01.jpg",
        "contact-sheet.pdf",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "seals/0001/salt",
        "view-sha256.txt",
    ],
)
def test_a_damaged_file_ends_the_export_and_leaves_nothing(
    built: Built, tmp_path: Path, which: str
) -> None:
    folder = built.add(a_job())
    (path,) = folder.glob(which)
    damage(path)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ArchiveDamaged) as raised:
        export(built, out / "x.zip", "Boiler")
    assert folder.name in raised.value.message
    if which.startswith(("data", "contact")):
        assert path.name in raised.value.message
    assert list(out.iterdir()) == []


def test_a_missing_file_ends_the_export_and_is_named(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    (path,) = folder.glob("data/images/0001-*.jpeg")
    path.unlink()
    with pytest.raises(ArchiveDamaged, match=path.name):
        export(built, tmp_path / "x.zip", "Boiler")
    path.symlink_to("/etc/passwd")
    with pytest.raises(ArchiveDamaged, match="no ordinary file"):
        export(built, tmp_path / "x.zip", "Boiler")


def test_a_bag_that_was_sealed_by_someone_else_is_not_handed_on(
    built: Built, tmp_path: Path
) -> None:
    """A swapped photo with manifests to match: only the ledger can tell."""
    folder = built.add(a_job())
    (photo,) = folder.glob("data/images/0001-*.jpeg")
    was = hashlib.sha256(photo.read_bytes()).hexdigest()
    damage(photo)
    now = hashlib.sha256(photo.read_bytes()).hexdigest()
    manifest = folder / "manifest-sha256.txt"
    tags = folder / "tagmanifest-sha256.txt"
    before = hashlib.sha256(manifest.read_bytes()).hexdigest()
    manifest.write_text(manifest.read_text().replace(was, now))
    after = hashlib.sha256(manifest.read_bytes()).hexdigest()
    tags.write_text(tags.read_text().replace(before, after))
    with pytest.raises(ArchiveDamaged, match="ledger"):
        export(built, tmp_path / "x.zip", "Boiler")


@pytest.mark.parametrize(
    "name",
    [
        "data/../../../secret",
        "/etc/passwd",
        "data/a\\b",
        "data/" + "x" * 120,
        "data//x",
        "data/x\n",
        "data/a:b",
    ],
)
def test_a_manifest_cannot_make_a_zip_name_anything(
    built: Built, tmp_path: Path, name: str
) -> None:
    built.add(a_job())
    (job,) = choose_jobs(built.root, ["Boiler"])
    forged = replace(job.bag, manifest=manifest_bytes({RelPath(name): Sha256("0" * 64)}))
    with pytest.raises(ArchiveDamaged):
        export_jobs(built.root, [replace(job, bag=forged)], tmp_path / "x.zip", SITE)
    assert not (tmp_path / "x.zip").exists()


def test_an_archive_whose_ledger_is_broken_hands_nothing_on(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    damage(built.root / "ledger" / "ledger.jsonl")
    with pytest.raises(ArchiveDamaged, match="ledger"):
        export(built, tmp_path / "x.zip", "Boiler")


def test_a_job_changed_by_a_sync_meanwhile_is_not_called_damaged(
    built: Built, tmp_path: Path
) -> None:
    folder = built.add(a_job())
    jobs = choose_jobs(built.root, ["Boiler"])
    # What a sync does: another folder with another seal takes the place.
    folder.rename(tmp_path / "before")
    built.add(a_job(photos=4))
    with pytest.raises(ArchiverError, match="changed by a sync") as raised:
        export_jobs(built.root, jobs, tmp_path / "x.zip", SITE)
    assert not isinstance(raised.value, ArchiveDamaged)
    assert not (tmp_path / "x.zip").exists()
    assert export(built, tmp_path / "x.zip", "Boiler").testzip() is None


def test_an_older_zip_is_replaced_only_by_a_whole_one(built: Built, tmp_path: Path) -> None:
    folder = built.add(a_job())
    out = tmp_path / "x.zip"
    out.write_bytes(b"the one before")
    (path,) = folder.glob("data/images/0003-*.jpeg")
    good = path.read_bytes()
    damage(path)
    with pytest.raises(ArchiveDamaged):
        export(built, out, "Boiler")
    assert out.read_bytes() == b"the one before"
    path.write_bytes(good)
    assert export(built, out, "Boiler").testzip() is None


def test_a_full_disk_is_said_and_nothing_is_left(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.add(a_job())

    def full(self: zips.ZipWriter, *_: object) -> Sha256:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zips.ZipWriter, "add_file", full)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(DiskFull):
        export(built, out, "Boiler")
    assert list(out.iterdir()) == []


def test_the_archive_is_only_read(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    before = state_of(built.root)
    export(built, tmp_path / "x.zip", "Boiler")
    assert state_of(built.root) == before
    for inside in (built.root / "x.zip", built.root / "jobs"):
        with pytest.raises(UsageProblem, match="inside the archive"):
            export(built, inside, "Boiler")
    assert state_of(built.root) == before


def test_a_place_that_does_not_exist_is_wrong_usage(built: Built, tmp_path: Path) -> None:
    built.add(a_job())
    with pytest.raises(UsageProblem, match="no folder"):
        export(built, tmp_path / "absent" / "x.zip", "Boiler")
    with pytest.raises(UsageProblem, match="No job"):
        export_jobs(built.root, [], tmp_path / "x.zip", SITE)


# --- names ----------------------------------------------------------------------------------------


def test_a_folder_as_place_gets_a_zip_named_after_the_present_title(
    built: Built, tmp_path: Path
) -> None:
    built.add(a_job(title='Roof: "A/B" <now>'))
    built.add(a_second_job(title="\u202e\x00"))
    one = choose_jobs(built.root, ["Roof"])
    assert default_name(one) == "Roof A B now.zip"
    assert export_jobs(built.root, one, tmp_path, SITE).path == tmp_path / "Roof A B now.zip"
    (nameless,) = choose_jobs(built.root, [OTHER_ID])
    assert default_name([nameless]) == f"{nameless.folder.name}.zip"
    assert default_name([*one, nameless]) == "2 job records.zip"


def test_a_job_is_found_by_id_folder_or_part_of_its_title(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = built.add(a_job())
    other = built.add(a_second_job())
    monkeypatch.chdir(built.root)
    inside = folder.relative_to(built.root).as_posix()
    for text in (
        "68d0ed784f25458a9e878d15",
        folder.name,
        inside,
        f"{inside}/",
        str(folder),
        "ashgrove",
        " Boiler service, 14 Ashgrove Terrace ",
    ):
        assert find_job(built.root, text) == folder, text
    assert find_job(built.root, "LINDEN") == other


def test_a_whole_title_goes_before_a_part_of_others(built: Built) -> None:
    folder = built.add(a_job(title="Boiler"))
    built.add(a_second_job(title="Boiler swap"))
    assert find_job(built.root, "boiler") == folder


def test_a_part_of_several_titles_is_wrong_usage_and_names_the_candidates(built: Built) -> None:
    built.add(a_job())
    built.add(a_second_job())
    with pytest.raises(UsageProblem, match="fits 2 jobs") as raised:
        find_job(built.root, "boiler")
    for part in ("68d0ed784f25458a9e878d15", OTHER_ID, "Boiler swap, 2 Linden Court"):
        assert part in raised.value.hint


@pytest.mark.parametrize("text", ["nothing like it", "", "  ", "/", "\ud800"])
def test_a_job_that_is_not_there_is_wrong_usage(built: Built, text: str) -> None:
    built.add(a_job())
    with pytest.raises(UsageProblem, match="No job"):
        find_job(built.root, text)


def test_a_folder_that_is_no_archive_has_no_jobs(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive):
        find_job(tmp_path, "Boiler")


def test_a_job_named_twice_is_exported_once(built: Built) -> None:
    built.add(a_job())
    assert len(choose_jobs(built.root, ["Boiler", "Ashgrove"])) == 1


# --- what the recipient will see ------------------------------------------------------------------


def test_before_it_writes_it_says_what_the_recipient_will_see(built: Built) -> None:
    record = a_job(photos=3, messages=3)
    gone, edited, *rest = record.messages
    gone = replace(gone, absences=(Absence(since=a_time(99)),))
    edited = replace(edited, wordings=(*edited.wordings, Wording(2, a_time(99), "other")))
    missing = a_missing_photo(4, 7)
    record = replace(
        record,
        messages=(gone, edited, *rest, a_photo_message(7, 4)),
        photos=(*record.photos, missing),
    )
    built.add(record, place=True)
    said = disclosure(choose_jobs(built.root, ["Boiler"]))
    assert "\n" not in said
    assert "Craig Parker" in said
    assert "1 removed and 1 edited" in said
    assert "4 photos, 3 with location" in said
    assert "raw answers" in said


def test_names_in_that_line_cannot_disturb_a_terminal(built: Built) -> None:
    record = a_job()
    wild = tuple(replace(m, uploader_name="\x1b[2J\u202eevil\n") for m in record.messages)
    built.add(replace(record, messages=wild))
    said = disclosure(choose_jobs(built.root, ["Boiler"]))
    assert said.isprintable()
    assert "evil" in said


def test_a_place_is_found_in_the_formats_phones_write(tmp_path: Path) -> None:
    tiff = Image.Exif()
    gps = tiff.get_ifd(places.GPS)
    gps[2], gps[4] = (51.0, 30.0, 0.0), (0.0, 7.0, 0.0)
    tiff[places.GPS] = gps
    picture = Image.new("RGB", (64, 64))
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        picture.save(tmp_path / "with", kind, exif=tiff)
        picture.save(tmp_path / "without", kind)
        assert places.file_has_place(tmp_path / "with"), kind
        assert not places.file_has_place(tmp_path / "without"), kind
    heic = b"\0\0\0\x18ftypheic" + bytes(3_000_000) + tiff.tobytes() + bytes(900)
    (tmp_path / "heic").write_bytes(heic)
    assert places.file_has_place(tmp_path / "heic")
    xmp = b"\xff\xd8\xff\xe1\0\x50http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='51,30N'/>"
    (tmp_path / "xmp").write_bytes(xmp)
    assert places.file_has_place(tmp_path / "xmp")


@given(st.binary(max_size=300))
@example(b"\x08\0\0\0\xff\xff")
@example(b"\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x08")
def test_no_bytes_make_looking_for_a_place_fail(body: bytes) -> None:
    for block in (body, b"II*\0" + body, b"MM\0*" + body, b"Exif\0\0MM\0*" + body):
        assert places.has_place(block) in (True, False)


# --- the zip writer -------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1, 1979, 1980, 2107, 2108, 9999])
def test_times_a_zip_cannot_tell_become_its_earliest(tmp_path: Path, year: int) -> None:
    with zips.ZipWriter(tmp_path / "x.zip") as target:
        target.add_bytes("a", b"a", datetime(year, 6, 1, tzinfo=UTC))
    (info,) = zipfile.ZipFile(tmp_path / "x.zip").infolist()
    assert info.date_time[0] == (year if 1980 <= year <= 2107 else 1980)


def test_a_large_file_goes_through_in_little_memory_and_as_zip64(tmp_path: Path) -> None:
    script = """
import resource, sys, zipfile
from datetime import datetime, UTC
from pathlib import Path
from archiver import zips
zipfile.ZIP64_LIMIT = 1 << 20  # as if 40 MB were 4 GiB
with zips.ZipWriter(Path(sys.argv[2])) as target, open(sys.argv[1], "rb") as source:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    target.add_file("large", source, datetime(2025, 1, 1, tzinfo=UTC))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    with (tmp_path / "large").open("wb") as large:
        large.truncate(40 << 20)
    command = [sys.executable, "-c", script, str(tmp_path / "large"), str(tmp_path / "x.zip")]
    assert int(subprocess.check_output(command)) < 8_000  # KiB
    subprocess.run(["unzip", "-tqq", str(tmp_path / "x.zip")], check=True)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.infolist()[0].file_size == 40 << 20
