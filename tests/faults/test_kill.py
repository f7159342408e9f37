"""Killed at any system call that changes the disk: every folder is the old bag or the new one, and
the next run ends where a run that was never disturbed ends.

By default a sample of the points; `ARCHIVER_TORTURE=1 pytest tests/faults/test_kill.py` tries all.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from archiver.archive import job_folders
from tests.faults.lab import (
    LATER,
    MUTATING,
    TORTURE,
    Lab,
    Point,
    assert_completed,
    assert_every_folder_is_a_bag,
    assert_no_traceback,
    calls,
    copy_archive,
    leftovers,
    points_of,
    sample,
    tell,
)

KILL = "signal=KILL"
DAYS = ("first", "changed")


def killed_and_completed(
    lab: Lab, day: str, point: Point, *, reference: bool = False, platform: tuple[str, ...] = ()
) -> bool:
    """Kill a run at one point, look at what is visible, run again, compare; False past the end."""
    root = lab.folder / "killed"
    api, now, like = lab.day(day, root)
    ended = lab.sync(root, api, now=now, inject=point.inject(KILL), platform=platform)
    if ended.code == 0:
        return False
    assert ended.code == -9, ended.said
    if "no-exchange" not in platform:
        assert_every_folder_is_a_bag(root, lab.first, lab.changed, reference=reference)
        if day == "changed":
            there = {folder.name for folder in job_folders(root)}
            assert {folder.name for folder in job_folders(lab.first)} <= there
    again = lab.sync(root, api, now=now, platform=platform)
    assert again.code == 0, again.said
    assert_no_traceback(again)
    assert_completed(root, like)
    return True


def survive(
    lab: Lab, day: str, wanted: int, *, platform: tuple[str, ...] = ()
) -> tuple[int, list[str]]:
    """Kill at a sample of all points; how many, and what went wrong at which."""
    api, now, _ = lab.day(day, lab.folder / "counted")
    whole = lab.sync(
        lab.folder / "counted", api, now=now, trace=calls(*MUTATING), platform=platform
    )
    points = points_of(whole.trace)
    assert whole.code == 0
    assert len(points) > 100
    tried, faults = 0, []
    for number, point in enumerate(sample(points, wanted)):
        try:
            tried += killed_and_completed(
                lab, day, point, reference=number % 8 == 4, platform=platform
            )
        except AssertionError as error:
            faults.append(f"{day}, {point}: {str(error)[-600:]}")
    where = ", ".join(platform) or "all abilities"
    what = f"SIGKILL at a call, {day} sync, {where}"
    tell(what, tried=tried, of=len(points), faults=faults)
    return tried, faults


@pytest.mark.parametrize("day", DAYS)
def test_killed_at_any_call_every_folder_is_the_old_bag_or_the_new_and_the_next_run_completes(
    lab: Lab, day: str
) -> None:
    """A first sync, and one with an edit, a new photo, a vanished message and a new job."""
    tried, faults = survive(lab, day, 5)
    assert faults == []
    assert tried == 5 or TORTURE


@pytest.mark.parametrize("day", DAYS)
def test_killed_between_two_renames_the_journal_brings_the_folder_back(lab: Lab, day: str) -> None:
    """Where a platform cannot exchange folders nor link files: the next run ends the same."""
    tried, faults = survive(lab, day, 3, platform=("no-exchange", "no-links"))
    assert faults == []
    assert tried == 3 or TORTURE


def test_killed_right_between_the_two_renames_the_folder_is_absent_until_the_next_run(
    lab: Lab,
) -> None:
    """The one moment in which a job's folder is not there: the journal says where it is."""
    root = lab.folder / "renamed"
    api, now, like = lab.day("changed", root)
    whole = lab.sync(root, api, now=now, trace=calls("rename"), platform=["no-exchange"])
    lines = [line for line in whole.trace.splitlines() if line.startswith("rename(")]
    known = {folder.name for folder in job_folders(lab.first)}
    absent = []
    for nth, line in enumerate(lines, 1):
        # The rename into place, for a job that was there before.
        into = line.partition('", "')[2].partition('"')[0]
        if "/staging/" in into or Path(into).name not in known:
            continue
        lab.day("changed", root)
        inject = Point("rename", nth).inject(KILL)
        ended = lab.sync(root, api, now=now, inject=inject, platform=["no-exchange"])
        assert ended.code == -9
        (name,) = known - {folder.name for folder in job_folders(root)}
        (journal,) = (root / ".archiver").glob("exchange*.json")
        assert name in json.loads(journal.read_bytes())["visible"]
        again = lab.sync(root, api, now=now, platform=["no-exchange"])
        assert again.code == 0, again.said
        assert_completed(root, like)
        absent.append(name)
    assert sorted(absent) == sorted(known)


def test_killed_again_while_it_recovers_nothing_is_lost(lab: Lab) -> None:
    """A kill during the run that clears up after a kill."""
    root = lab.folder / "twice"
    api, now, like = lab.day("changed", root)
    trace = lab.sync(root, api, now=now, trace=calls(*MUTATING)).trace
    points = points_of(trace)
    exchanged = points[points.index(Point("renameat2", 1)) + 1]
    lab.day("changed", root)
    assert lab.sync(root, api, now=now, inject=exchanged.inject(KILL)).code == -9
    after_kill = lab.folder / "after-kill"
    copy_archive(root, after_kill)
    recovery = lab.sync(root, api, now=now, trace=calls(*MUTATING)).trace
    for point in sample(points_of(recovery)[:60], 4):
        shutil.rmtree(root)
        copy_archive(after_kill, root)
        second = lab.sync(root, api, now=now, inject=point.inject(KILL))
        assert second.code == -9
        assert_every_folder_is_a_bag(root, lab.first, lab.changed)
        assert lab.sync(root, api, now=now).code == 0
        assert_completed(root, like)


def test_a_build_killed_at_any_call_leaves_bags_and_the_next_command_completes(lab: Lab) -> None:
    """Views alone are exchanged: seal and evidence are the same before and after."""
    root = lab.folder / "built"

    def morning() -> None:
        lab.day("changed", root)
        path = root / "archive.json"
        body = path.read_bytes()
        assert b'"UTC"' in body
        path.write_bytes(body.replace(b'"UTC"', b'"Asia/Kolkata"'))

    morning()
    whole = lab.driver.run(["build", str(root)], now=LATER, trace=calls(*MUTATING))
    assert whole.code == 0, whole.said
    like = lab.folder / "built-whole"
    copy_archive(root, like)
    points = points_of(whole.trace)
    assert len(points) > 50
    for point in sample(points, 4):
        morning()
        ended = lab.driver.run(["build", str(root)], now=LATER, inject=point.inject(KILL))
        assert ended.code == -9
        assert_every_folder_is_a_bag(root, lab.first)
        again = lab.driver.run(["build", str(root)], now=LATER)
        assert again.code == 0, again.said
        assert_completed(root, like)


def test_what_a_killed_run_downloaded_is_not_fetched_again(lab: Lab, tmp_path: Path) -> None:
    """Killed just before the first seal: the next run asks for no picture of that job."""
    root = lab.folder / "kept"
    api, now, like = lab.day("first", root)
    ended = lab.sync(root, api, now=now, inject=calls("syncfs") + ":signal=KILL:when=1")
    assert ended.code == -9
    kept = len(list((root / ".archiver/staging/downloads").glob("*.bin")))
    assert kept >= 4
    api.requests.clear()
    assert lab.sync(root, api, now=now).code == 0
    fetched = [request.path for request in api.requests if request.method == "GET"]
    assert len(fetched) == 10 - kept
    assert_completed(root, like)
    assert leftovers(root) == []
