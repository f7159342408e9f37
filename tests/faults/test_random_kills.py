"""Killed at any moment, with real threads: every folder is the old bag or the new one.

Where `test_kill.py` kills at each call of a run that is the same each time, here the clock decides:
several jobs are worked on at once, and a run that clears up after a kill is killed too. By default
a few; `make torture` a thousand. A seed makes each repeatable as far as threads are.
"""

from __future__ import annotations

import random
import time

import pytest

from tests.faults.lab import (
    TORTURE,
    Lab,
    assert_completed,
    assert_every_folder_is_a_bag,
    assert_no_traceback,
    tell,
)

KILLS = 1000 if TORTURE else 3
PARTS = 4 if TORTURE else 1
PLATFORMS = ((), (), ("no-exchange",), ("no-links", "no-exchange"), ("windows-busy",))


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_a_random_moment_nothing_is_lost_and_the_next_run_completes(
    lab: Lab, part: int
) -> None:
    """First and changed syncs, on disks of all kinds; every third is killed again at once."""
    dice = random.Random(f"kills {part}")
    root = lab.folder / "random"
    killed, tried, faults = 0, 0, []
    while killed < KILLS // PARTS and tried < KILLS // PARTS * 4:
        day, platform = dice.choice(("first", "changed")), dice.choice(PLATFORMS)
        api, now, like = lab.day(day, root)
        moments = [dice.random() for _ in range(dice.choice((1, 1, 2)))]
        try:
            for moment in moments:
                tried += 1
                begun = lab.sync(
                    root,
                    api,
                    now=now,
                    platform=platform,
                    threads=True,
                    kill_after=moment * _length(lab, day),
                )
                assert begun.code in (0, -9), begun.said
                killed += begun.code == -9
                assert_every_folder_is_a_bag(root, lab.first, lab.changed)
            again = lab.sync(root, api, now=now, platform=platform, threads=True)
            assert again.code == 0, again.said
            assert_no_traceback(again)
            assert_completed(root, like)
        except AssertionError as error:
            faults.append(f"{day} {platform} {moments}: {str(error)[-600:]}")
    tell("SIGKILL at a random moment, real threads", tried=killed, faults=faults)
    assert faults == []
    assert killed >= KILLS // PARTS


_lengths: dict[str, float] = {}


def _length(lab: Lab, day: str) -> float:
    """Seconds that an undisturbed run of a day takes here."""
    if day not in _lengths:
        root = lab.folder / "timed"
        api, now, _ = lab.day(day, root)
        begin = time.monotonic()
        assert lab.sync(root, api, now=now, threads=True).code == 0
        _lengths[day] = time.monotonic() - begin
    return _lengths[day]


@pytest.mark.parametrize("day", ["first", "changed"])
def test_a_scanner_that_holds_every_third_file_for_a_moment_changes_nothing(
    lab: Lab, day: str
) -> None:
    """Renames and removals refused as Windows refuses them: tried again, and it ends the same."""
    root = lab.folder / "scanned"
    api, now, like = lab.day(day, root)
    run = lab.sync(root, api, now=now, platform=("windows-busy", "no-exchange"))
    assert run.code == 0, run.said
    assert_completed(root, like)
