"""An erasure killed at any call that changes the disk is completed by whoever comes next, and until
then every visible folder is a sound bag, old or new.

By default a sample of the points; `ARCHIVER_TORTURE=1 pytest tests/removal/test_erase_killed.py`
tries all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.ledger import read_ledger
from archiver.verify import verify_archive
from tests.faults.lab import (
    LATER,
    MUTATING,
    TORTURE,
    Driver,
    assert_no_traceback,
    calls,
    copy_archive,
    leftovers,
    points_of,
    sample,
    tell,
)
from tests.pipeline import AMIRA, START, a_jpeg, folder_of
from tests.removal.scene import EDITED, SECRET, Scene, a_scene, image_of, secret_number

KILL = "signal=KILL"
REASON = ("--reason", "asked for in ticket 4711", "--by", "Jo", "--yes")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """A process that forks runs of the command line."""
    with Driver(tmp_path_factory.mktemp("driver")) as made:
        yield made


def morning(folder: Path) -> Scene:
    """An archive in which two jobs share a photo, and somebody put a copy beside the page."""
    scene = a_scene(folder / "morning")
    job_id = scene.job.job_id
    body = image_of(scene, f"/images/{job_id}-1001")
    other = scene.workspace.jobs[-1].job_id
    scene.workspace.add_photo(
        other, body, a_jpeg(1001, (32, 24)), by=AMIRA, at=START, name="the-same"
    )
    scene.night()
    (folder_of(scene.root, job_id) / COPY).write_bytes(body)
    return scene


COPY = "copy.jpeg"
ORDERS = ("items", "job", "person")


def order(scene: Scene, scope: str) -> tuple[list[str], tuple[str, ...], tuple[bytes, ...]]:
    """The command after `erase ARCHIVE`, and the texts and bytes that must be gone after it."""
    job_id = scene.job.job_id
    body = image_of(scene, f"/images/{job_id}-1001")
    if scope == "person":
        return ["--person", AMIRA.person_id, *REASON], (AMIRA.name, AMIRA.person_id), ()
    if scope == "job":
        return [job_id, "--everywhere", *REASON], (SECRET, EDITED), (body,)
    number = str(secret_number(scene))
    what = [job_id, "--photo", "2", "--message", number, "--everywhere", *REASON]
    return what, (SECRET, EDITED), (body,)


def assert_every_bag_is_sound(root: Path) -> None:
    """No folder, seal, list or view that the ledger does not account for; a torn line and
    somebody's copy apart."""
    faults = verify_archive(Archive(root)).faults
    assert [str(f) for f in faults if "torn" not in f.detail and COPY not in f.path] == []


def completed(driver: Driver, root: Path, what: list[str]) -> None:
    """What the next person does: an ordinary command, and the erasure again if it never began."""
    assert driver.run(["build", str(root)], now=LATER).code == 0
    state, _ = read_ledger(root / "ledger")
    if not state.erasures:
        assert driver.run(["erase", str(root), *what], now=LATER).code == 0


def assert_erased(
    scene: Scene, root: Path, texts: tuple[str, ...], runs: tuple[bytes, ...]
) -> None:
    """Once, in full, with nothing left of it and nothing left behind."""
    state, torn = read_ledger(root / "ledger")
    assert torn == b""
    assert [one.done for one in state.erasures.values()] == [True]
    assert [key for key, pins in state.jobs.items() if pins.open is not None] == []
    report = verify_archive(Archive(root))
    assert [str(fault) for fault in report.faults] == []
    here = Scene(root, scene.workspace)
    assert here.left(*texts, runs=runs) == []
    assert leftovers(root) == []


@pytest.mark.parametrize("scope", ORDERS)
def test_killed_at_any_call_the_next_command_completes_the_erasure(
    tmp_path: Path, driver: Driver, scope: str
) -> None:
    """Before the entry nothing has happened; after it everything will."""
    scene = morning(tmp_path)
    what, texts, runs = order(scene, scope)
    root = tmp_path / "killed"

    def again() -> None:
        shutil.rmtree(root, ignore_errors=True)
        copy_archive(scene.root, root)

    again()
    whole = driver.run(["erase", str(root), *what], now=LATER, trace=calls(*MUTATING))
    assert whole.code == 0, whole.said
    assert_erased(scene, root, texts, runs)
    points = points_of(whole.trace)
    assert len(points) > 60
    tried, faults = 0, []
    for point in sample(points, 3):
        again()
        ended = driver.run(["erase", str(root), *what], now=LATER, inject=point.inject(KILL))
        if ended.code == 0:
            continue
        assert ended.code == -9, ended.said
        tried += 1
        try:
            assert_every_bag_is_sound(root)
            completed(driver, root, what)
            assert_erased(scene, root, texts, runs)
        except AssertionError as error:
            faults.append(f"{point}: {str(error)[-600:]}")
    tell(f"SIGKILL at a call, erase {scope}", tried=tried, of=len(points), faults=faults)
    assert faults == []
    assert tried == 3 or TORTURE


def test_killed_again_while_it_is_completed_it_is_completed_after_that(
    tmp_path: Path, driver: Driver
) -> None:
    """A kill right after the entry, then one in the recovery."""
    scene = morning(tmp_path)
    what, texts, runs = order(scene, "items")
    root, half = tmp_path / "killed", tmp_path / "half"
    copy_archive(scene.root, half)
    trace = driver.run(["erase", str(half), *what], now=LATER, trace=calls(*MUTATING)).trace
    lines = [line for line in trace.splitlines() if line.partition("(")[0] in MUTATING]
    entry = next(i for i, line in enumerate(lines) if '\\"event\\":\\"erasing\\"' in line)
    point = points_of(trace)[entry + 1]
    shutil.rmtree(half)
    copy_archive(scene.root, half)
    assert driver.run(["erase", str(half), *what], now=LATER, inject=point.inject(KILL)).code == -9
    copy_archive(half, root)
    recovery = driver.run(["build", str(root)], now=LATER, trace=calls(*MUTATING))
    assert recovery.code == 0
    assert_erased(scene, root, texts, runs)
    for one in sample(points_of(recovery.trace), 3):
        shutil.rmtree(root)
        copy_archive(half, root)
        assert driver.run(["build", str(root)], now=LATER, inject=one.inject(KILL)).code == -9
        assert_every_bag_is_sound(root)
        assert driver.run(["build", str(root)], now=LATER).code == 0
        assert_erased(scene, root, texts, runs)


def test_while_an_erasure_waits_its_jobs_are_not_sealed_and_others_are(
    tmp_path: Path, driver: Driver
) -> None:
    """The marks were lost just then: the sync says so and fetches nothing; with them back it goes
    on."""
    scene = morning(tmp_path)
    what, texts, runs = order(scene, "items")
    trace_root = tmp_path / "traced"
    copy_archive(scene.root, trace_root)
    trace = driver.run(["erase", str(trace_root), *what], now=LATER, trace=calls(*MUTATING)).trace
    lines = [line for line in trace.splitlines() if line.partition("(")[0] in MUTATING]
    entry = next(i for i, line in enumerate(lines) if '\\"event\\":\\"erasing\\"' in line)
    point = points_of(trace)[entry + 1]
    assert (
        driver.run(["erase", str(scene.root), *what], now=LATER, inject=point.inject(KILL)).code
        == -9
    )
    marks = scene.root / "ledger/marks.json"
    good = marks.read_bytes()
    marks.unlink()
    with pytest.raises(Exception, match=r"marks\.json"):
        scene.night()
    marks.write_bytes(good)
    assert scene.night().exit_code == 0
    assert_erased(scene, scene.root, texts, runs)


def test_a_full_disk_ends_an_erasure_in_words_and_the_next_command_completes_it(
    tmp_path: Path, driver: Driver
) -> None:
    """At a write, a link or a rename, once: the room is there again afterwards."""
    scene = morning(tmp_path)
    what, texts, runs = order(scene, "items")
    root = tmp_path / "full"
    copy_archive(scene.root, root)
    trace = driver.run(["erase", str(root), *what], now=LATER, trace=calls(*MUTATING)).trace
    names = ("write", "pwrite64", "link", "linkat", "rename", "renameat2", "mkdir", "syncfs")
    failed = 0
    points = points_of(trace, names)
    for point in sample(points, 3):
        shutil.rmtree(root)
        copy_archive(scene.root, root)
        ended = driver.run(
            ["erase", str(root), *what], now=LATER, inject=point.inject("error=ENOSPC")
        )
        assert_no_traceback(ended)
        failed += ended.code == 6
        assert_every_bag_is_sound(root)
        completed(driver, root, what)
        assert_erased(scene, root, texts, runs)
    tell("ENOSPC once, erase", tried=len(sample(points, 3)), of=len(points))
    assert failed or TORTURE
