"""Whatever is done to a file of a job or to the ledger, `verify` names that very file, and no
other."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive, job_folders
from archiver.bag import manifest_bytes, read_manifest
from archiver.models import RelPath, Sha256
from archiver.verify import Report, verify_archive
from tests.faults.lab import TORTURE, copy_archive, sample
from tests.pipeline import AMIRA, START, Clock, a_workspace, add_photo, synced


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three jobs of two photos, one of them sealed three times."""
    root = tmp_path_factory.mktemp("tampering") / "sound"
    workspace = a_workspace(jobs=3, photos=2)
    clock = Clock()
    synced(root, workspace, clock=clock)
    first = workspace.jobs[0]
    for day in range(2):
        clock.forward(days=1)
        workspace.add_chat(first.job_id, f"Day {day}.", by=AMIRA, at=START)
        add_photo(workspace, first, 50 + day, START)
        synced(root, workspace, clock=clock)
    assert verify_archive(Archive(root)).faults == []
    return root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    copy_archive(sound, tmp_path / "a")
    return tmp_path / "a"


def flip(path: Path) -> None:
    """One bit of the byte in the middle."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0x01
    _put(path, bytes(body))


def flip_first(path: Path) -> None:
    """The highest bit of the first byte, which makes most texts unreadable."""
    body = bytearray(path.read_bytes())
    body[0] ^= 0x80
    _put(path, bytes(body))


def cut(path: Path) -> None:
    """The last third is gone."""
    body = path.read_bytes()
    _put(path, body[: len(body) * 2 // 3])


def empty(path: Path) -> None:
    """Nothing is left."""
    _put(path, b"")


def lengthen(path: Path) -> None:
    """A line more."""
    _put(path, path.read_bytes() + b"0\n")


def delete(path: Path) -> None:
    """It is gone."""
    path.unlink()


def become_folder(path: Path) -> None:
    """A folder of that name is there instead."""
    path.unlink()
    path.mkdir()


def become_link(path: Path) -> None:
    """A symbolic link to the same bytes, outside the archive."""
    outside = path.parents[len(path.parents) - 4] / hashlib.sha256(str(path).encode()).hexdigest()
    shutil.copyfile(path, outside)
    path.unlink()
    path.symlink_to(outside)


DEEDS = (flip, flip_first, cut, empty, lengthen, delete, become_folder, become_link)


def _put(path: Path, body: bytes) -> None:
    """Other bytes under the same name; the file itself gives way, as its hard links stay."""
    path.unlink()
    path.write_bytes(body)


def job_files(root: Path) -> Iterator[Path]:
    """Every file of every job's folder."""
    for folder in job_folders(root):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def named(report: Report, root: Path, path: Path) -> bool:
    """Whether a report names a file, or the numbered seal it belongs to."""
    name = path.relative_to(root).as_posix()
    return any(fault.path == name for fault in report.faults)


def falsely_named(report: Report, root: Path, path: Path) -> list[str]:
    """Files named that nobody touched. What is said of the folder that holds the file (how many
    files `data` has, that a seal cannot be opened) is true of it."""
    name = path.relative_to(root).as_posix()
    return [
        str(fault)
        for fault in report.faults
        if fault.path != name and not name.startswith(f"{fault.path}/")
    ]


@pytest.mark.parametrize("deed", DEEDS)
def test_every_file_of_every_job_is_named_when_it_is_damaged_and_no_other(
    root: Path, deed: Callable[[Path], None]
) -> None:
    """Evidence, seal and view alike; some of each in the short form, all in the long one."""
    unnamed, false, tried = [], [], 0
    files = list(job_files(root))
    assert len(files) > 100
    for path in sample(files, 45):
        kept = path.with_name("kept")
        shutil.move(path, root / "kept")
        shutil.copyfile(root / "kept", path)
        body = path.read_bytes()
        deed(path)
        changed = not path.is_file() or path.is_symlink() or path.read_bytes() != body
        report = verify_archive(Archive(root))
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        shutil.move(root / "kept", path)
        assert not kept.exists()
        assert changed
        tried += 1
        if not named(report, root, path):
            unnamed.append((str(path), [str(fault) for fault in report.faults]))
        if wrong := falsely_named(report, root, path):
            false.append((str(path), wrong))
    print(f"{deed.__name__}: {tried - len(unnamed)} of {tried} found, {len(false)} false")
    assert unnamed == []
    assert false == []
    assert tried >= 45
    assert verify_archive(Archive(root)).faults == []


def test_two_files_that_changed_places_are_both_named(root: Path) -> None:
    """Every pair of neighbours in a job's folder that differ."""
    (folder, *_) = job_folders(root)
    files = [path for path in folder.rglob("*") if path.is_file()]
    files = sorted(path for path in files if "assets" not in path.parts)
    for one, other in itertools.pairwise(files):
        first, second = one.read_bytes(), other.read_bytes()
        if first == second:
            continue
        _put(one, second)
        _put(other, first)
        report = verify_archive(Archive(root))
        assert named(report, root, one) or named(report, root, other), (one, other)
        if "data" in one.parts and "data" in other.parts:
            assert named(report, root, one), one
            assert named(report, root, other), other
        _put(one, first)
        _put(other, second)
    assert verify_archive(Archive(root)).faults == []


@pytest.mark.parametrize(
    "place", ["", "data", "data/images", "seals/0001", "seals/9999", "assets", "data/new/deep"]
)
def test_a_file_too_many_is_named(root: Path, place: str) -> None:
    """Wherever in a job's folder it lies."""
    (folder, *_) = job_folders(root)
    (folder / place).mkdir(parents=True, exist_ok=True)
    stranger = folder / place / "stranger.txt"
    stranger.write_text("I was never archived.")
    report = verify_archive(Archive(root))
    assert named(report, root, stranger)
    assert falsely_named(report, root, stranger) == []


def test_a_whole_job_that_is_gone_or_another_that_came_is_named(root: Path) -> None:
    """A folder removed, a folder copied under another name, a file between the folders."""
    one, other, _ = job_folders(root)
    away = root.parent / "away"
    shutil.move(one, away)
    faults = [str(fault) for fault in verify_archive(Archive(root)).faults]
    assert any(one.name.rpartition("-")[2] in fault for fault in faults)
    shutil.move(away, one)
    double = other.with_name("2020-01-01-forged-" + other.name.rpartition("-")[2])
    shutil.copytree(other, double)
    report = verify_archive(Archive(root))
    assert any(double.name in fault.path for fault in report.faults)
    shutil.rmtree(double)
    (root / "jobs/2025/note.txt").write_text("x")
    report = verify_archive(Archive(root))
    assert [fault.path for fault in report.faults] == ["jobs/2025/note.txt"]


@pytest.mark.parametrize("deed", [flip, flip_first, cut, empty, lengthen, delete])
def test_the_ledger_is_named_when_it_is_damaged(root: Path, deed: Callable[[Path], None]) -> None:
    """The file itself; what hangs on it may be named besides."""
    path = root / "ledger/ledger.jsonl"
    deed(path)
    report = verify_archive(Archive(root))
    assert named(report, root, path), [str(fault) for fault in report.faults]
    assert report.exit_code == 3


def test_no_single_byte_of_the_ledger_can_change_unnoticed(root: Path) -> None:
    """Except in its very last line, whose hash no later line holds: there each change is found
    that makes another entry of it that the bags contradict."""
    path = root / "ledger/ledger.jsonl"
    body = path.read_bytes()
    last = body.rstrip(b"\n").rfind(b"\n") + 1
    unnoticed = []
    for place in range(0, last, 13 if TORTURE else 53):
        changed = bytearray(body)
        changed[place] ^= 0x04
        path.write_bytes(changed)
        if verify_archive(Archive(root), quick=True).exit_code != 3:
            unnoticed.append(place)
    assert unnoticed == []


def test_a_ledger_without_its_last_seal_is_found_through_the_bag(root: Path) -> None:
    """A cut tail leaves a chain that holds; the bag it no longer knows gives it away."""
    path = root / "ledger/ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    at = max(number for number, line in enumerate(lines) if b'"sealing"' in line)
    path.write_bytes(b"".join(lines[:at]))
    report = verify_archive(Archive(root))
    assert any(fault.kind == "seal" for fault in report.faults)


def test_a_photo_swapped_and_everything_sealed_again_is_found_through_the_ledger(
    root: Path,
) -> None:
    """The attack a standard validator cannot see: manifests and tag manifest all fit."""
    from tests.pipeline import a_jpeg, check_with_bagit

    folder = next(folder for folder in job_folders(root) if (folder / "seals/0003").is_dir())
    image = min((folder / "data/images").iterdir())
    forged = a_jpeg(4711)
    old, new = hashlib.sha256(image.read_bytes()), hashlib.sha256(forged)
    sizes = (image.stat().st_size, len(forged))
    _put(image, forged)
    record = folder / "data/record.json"
    _replace(record, old.hexdigest(), new.hexdigest())
    _reseal(folder, sizes[1] - sizes[0])
    assert check_with_bagit(folder) == ""
    report = verify_archive(Archive(root))
    tag = (folder / "tagmanifest-sha256.txt").relative_to(root).as_posix()
    faults = {fault.path: fault for fault in report.faults}
    assert "not the one the ledger holds" in faults[tag].detail
    # Seal 1 had this photo with other bytes: that names the very file.
    assert image.relative_to(root).as_posix() in faults


def test_a_forged_page_is_found_even_when_its_list_fits(root: Path) -> None:
    """The ledger pins the view's list."""
    (folder, *_) = job_folders(root)
    page = folder / "index.html"
    _replace(page, "Craig", "Diane")
    listed = read_manifest((folder / "view-sha256.txt").read_bytes())
    listed[RelPath("index.html")] = Sha256(hashlib.sha256(page.read_bytes()).hexdigest())
    _put(folder / "view-sha256.txt", manifest_bytes(listed))
    report = verify_archive(Archive(root))
    view = (folder / "view-sha256.txt").relative_to(root).as_posix()
    assert [fault.path for fault in report.faults] == [view]


def test_an_old_bag_put_back_in_the_place_of_the_new_one_is_found(
    sound: Path, tmp_path: Path
) -> None:
    """A sealed, valid bag, but not the last that the ledger has."""
    root = tmp_path / "a"
    workspace = a_workspace(jobs=1, photos=1)
    clock = Clock()
    synced(root, workspace, clock=clock)
    (folder,) = job_folders(root)
    shutil.copytree(folder, tmp_path / "old")
    clock.forward(days=1)
    workspace.add_chat(workspace.jobs[0].job_id, "Another.", by=AMIRA, at=START)
    synced(root, workspace, clock=clock)
    shutil.rmtree(folder)
    shutil.move(tmp_path / "old", folder)
    report = verify_archive(Archive(root))
    assert any("tagmanifest-sha256.txt" in fault.path for fault in report.faults)
    # And the next sync neither believes it nor builds on it.
    (root / ".archiver/catalog.sqlite3").unlink()
    before = {path: path.read_bytes() for path in job_files(root)}
    summary = synced(root, workspace, clock=clock)
    assert (summary.jobs_failed, summary.exit_code) == (1, 3)
    assert {path: path.read_bytes() for path in job_files(root)} == before


def _replace(path: Path, old: str, new: str) -> None:
    body = path.read_text("utf-8")
    assert old in body
    _put(path, body.replace(old, new).encode())


def _reseal(folder: Path, more_bytes: int) -> None:
    """Make manifest, `bag-info.txt` and tag manifest fit what lies in a folder."""

    def hashed(path: str) -> Sha256:
        return Sha256(hashlib.sha256((folder / path).read_bytes()).hexdigest())

    manifest = read_manifest((folder / "manifest-sha256.txt").read_bytes())
    _put(folder / "manifest-sha256.txt", manifest_bytes({path: hashed(path) for path in manifest}))
    info = (folder / "bag-info.txt").read_text("utf-8")
    oxum = next(line for line in info.splitlines() if line.startswith("Payload-Oxum"))
    size, _, files = oxum.removeprefix("Payload-Oxum: ").partition(".")
    _replace(folder / "bag-info.txt", oxum, f"Payload-Oxum: {int(size) + more_bytes}.{files}")
    tags = read_manifest((folder / "tagmanifest-sha256.txt").read_bytes())
    _put(folder / "tagmanifest-sha256.txt", manifest_bytes({path: hashed(path) for path in tags}))
