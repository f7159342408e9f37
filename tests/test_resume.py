"""A backup brought back is not tampering: the gap is stated, and everything goes on from there."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import archiver.commit
import archiver.swap
from archiver.archive import Archive, OpenArchive, job_folders
from archiver.checkpoint import Checkpoint, write_checkpoint
from archiver.errors import ArchiveDamaged, UsageProblem
from archiver.head import Head
from archiver.ledger import Ledger, read_ledger
from archiver.ledgercheck import Trust
from archiver.localapi import Workspace
from archiver.naming import job_key
from archiver.pins import Decision, ErasedJob, Erasure
from archiver.resume import Resumed, resume
from archiver.verify import Report, verify_archive
from tests.faults.lab import copy_archive
from tests.pipeline import AMIRA, START, Clock, a_workspace, add_job, folder_of, record_of, synced


@dataclass
class Story:
    """A workspace that changes day by day, its archive, and copies of it."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    workspace: Workspace = field(default_factory=lambda: a_workspace(jobs=5, photos=1))
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The workspace's own order is that of the last change.
        self.ids = [job.job_id for job in self.workspace.jobs]

    @property
    def root(self) -> Path:
        """The archive in use."""
        return self.folder / "a"

    def day(self, *jobs: int, new: bool = False) -> None:
        """The next day: a message more in some jobs, perhaps a new job; then a sync."""
        self.clock.forward(days=1)
        for number in jobs:
            job_id = self.ids[number]
            self.workspace.add_chat(job_id, f"At {self.clock.now}.", by=AMIRA, at=START)
        if new:
            made = add_job(self.workspace, f"New {self.clock.now}", number=len(self.ids))
            self.ids.append(made.job_id)
        assert self.sync() == 0

    def sync(self) -> int:
        return synced(self.root, self.workspace, clock=self.clock).exit_code

    def copy(self, name: str) -> Path:
        """What a backup program copies: all but what is private to the program."""
        target = self.folder / name
        for part in ("jobs", "ledger", "archive.json"):
            target.mkdir(exist_ok=True)
            copy_archive(self.root / part, target / part)
        (target / ".archiver").mkdir()
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self.root / ".archiver/catalog.sqlite3", target / ".archiver")
        return target

    def checkpoint(self, name: str = "cp") -> Checkpoint:
        self.clock.forward(minutes=1)
        ledger, _ = Ledger.open(self.root / "ledger")
        return write_checkpoint(ledger, None, self.folder / name, self.clock())

    def restore(self, jobs: Path, ledger: Path, private: Path | None = None) -> None:
        """Bring a backup back whose parts were copied at different moments."""
        shutil.rmtree(self.root)
        copy_archive(jobs, self.root)
        shutil.rmtree(self.root / "ledger")
        copy_archive(ledger / "ledger", self.root / "ledger")
        shutil.rmtree(self.root / ".archiver")
        if private is not None:
            copy_archive(private / ".archiver", self.root / ".archiver")

    def resume(self, point: Checkpoint, **more: object) -> Resumed:
        self.clock.forward(days=1)
        archive = Archive(self.root)
        ledger, _ = Ledger.open(archive.ledger)
        return resume(
            archive,
            ledger,
            point,
            reason="the disk died",
            by="amira",
            clock=self.clock,
            **more,  # type: ignore[arg-type]
        )

    def verify(self, *since: Checkpoint) -> Report:
        return verify_archive(Archive(self.root), trust=Trust(since))

    def assert_clean(self, *since: Checkpoint) -> None:
        """Everything verifies, and the gap is told."""
        report = self.verify(*since)
        assert [str(fault) for fault in report.faults] == []
        assert any("gap before entry" in note for note in report.notes)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """An archive of five jobs on its first day."""
    made = Story(tmp_path)
    made.day()
    return made


def test_a_whole_backup_is_resumed_and_the_gap_is_stated(story: Story) -> None:
    """Ledger and jobs of one moment: nothing is taken in, and the next sync fetches what is
    missing."""
    backup = story.copy("backup")
    story.day(0, 1, new=True)
    point = story.checkpoint()
    story.restore(backup, backup)
    cut = story.verify(point)
    assert any("was cut" in fault.detail for fault in cut.faults)
    done = story.resume(point)
    assert (done.newer, done.older, done.left, done.absent) == ([], [], [], [])
    assert story.sync() == 0
    story.assert_clean(point)
    (gap,) = read_ledger(story.root / "ledger")[0].gaps
    assert (gap.checkpoint, gap.head) == (point.head.number, point.head.sha256)
    assert gap.decided.reason == "the disk died"


@pytest.mark.parametrize("private", ["none", "early", "late"])
def test_jobs_newer_than_the_ledger_are_taken_in_with_all_their_seals(
    story: Story, private: str
) -> None:
    """The ledger was copied days before the jobs; one job was sealed twice since, one is new. With
    or without the catalogue of either moment."""
    early = story.copy("early")
    story.day(0)
    story.day(0, 1, 2, 3, new=True)
    late = story.copy("late")
    point = story.checkpoint()
    story.restore(late, early, {"none": None, "early": early, "late": late}[private])
    if private == "early":
        # The catalogue agrees with the ledger: each job is compared when it is its turn.
        summary = synced(story.root, story.workspace, clock=story.clock)
        assert summary.jobs_failed == 5
        assert sum("ledger resume" in one.reason for one in summary.failures) == 5
    else:
        with pytest.raises(ArchiveDamaged, match="5 jobs were sealed after") as refused:
            story.sync()
        assert "ledger resume" in refused.value.hint
    done = story.resume(point)
    assert len(done.newer) == 5
    assert (done.older, done.left) == ([], [])
    story.assert_clean(point)
    assert story.sync() == 0
    story.day(0, 4)
    story.assert_clean(point)


def test_jobs_older_than_the_ledger_are_stated_again_and_no_number_is_given_twice(
    story: Story,
) -> None:
    """The jobs were copied first. The seals between can no longer be opened; numbering goes on."""
    early = story.copy("early")
    story.day(0, 1)
    story.day(0)
    late = story.copy("late")
    story.day(2)
    point = story.checkpoint()
    story.restore(early, late)
    done = story.resume(point)
    assert len(done.older) == 2
    assert done.newer == []
    story.assert_clean(point)
    assert story.sync() == 0
    story.assert_clean(point)
    first = story.ids[0]
    assert record_of(story.root, first).seal == 4
    assert sorted(one.name for one in (folder_of(story.root, first) / "seals").iterdir()) == [
        "0001",
        "0004",
    ]
    story.day(0)
    story.assert_clean(point)
    assert len(record_of(story.root, first).messages) == 5


def test_a_job_that_the_jobs_copy_lacks_is_archived_anew(story: Story) -> None:
    """As for a folder that was lost."""
    early = story.copy("early")
    story.day(new=True)
    late = story.copy("late")
    point = story.checkpoint()
    story.restore(early, late)
    done = story.resume(point)
    assert done.absent == [job_key(story.ids[-1])]
    assert story.sync() == 3  # said once
    assert story.sync() == 0
    story.assert_clean(point)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_copy_taken_between_exchange_and_sealed_is_resumed(
    story: Story, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The very moment in which ledger and folder differ; `after`, the folders were copied only
    when a later job was there already, and the ledger long before."""
    real, turn = archiver.swap.swap_in, threading.Lock()
    copies: list[Path] = []

    def copying(*where: Any, **rest: Any) -> Path:
        with turn:  # copies are made of what stands still
            if when == "before":
                copies.append(story.copy(f"copy-{len(copies)}"))
            old = real(*where, **rest)
            if when == "after":
                copies.append(story.copy(f"copy-{len(copies)}"))
            return old

    monkeypatch.setattr(archiver.commit, "swap_in", copying)
    story.day(0, 1, 2)
    monkeypatch.setattr(archiver.commit, "swap_in", real)
    assert len(copies) == 3
    point = story.checkpoint()
    for jobs, ledger in ((2, 2), (2, 0), (0, 2), (1, 1)):
        story.restore(copies[jobs], copies[ledger])
        done = story.resume(point)
        assert done.left == []
        assert story.sync() == 0
        story.assert_clean(point)


def test_what_is_not_sound_is_named_and_left(story: Story) -> None:
    """A newer bag with one flipped byte is never taken in."""
    early = story.copy("early")
    story.day(0, 1)
    late = story.copy("late")
    point = story.checkpoint()
    story.restore(late, early)
    folder = folder_of(story.root, story.ids[0])
    image = next((folder / "data/images").iterdir())
    body = bytearray(image.read_bytes())
    body[40] ^= 1
    image.chmod(0o644)
    image.unlink()
    image.write_bytes(body)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = story.resume(point)
    assert done.exit_code == 3
    ((place, why),) = done.left
    assert folder.name in place
    assert image.name in why
    assert {path: path.read_bytes() for path in before} == before
    assert len(done.newer) == 1


def test_a_forged_page_of_the_backup_is_not_believed(story: Story) -> None:
    """All views are made again from the evidence."""
    early = story.copy("early")
    story.day(0)
    late = story.copy("late")
    point = story.checkpoint()
    story.restore(late, early)
    page = folder_of(story.root, story.ids[0]) / "index.html"
    page.write_text(page.read_text("utf-8") + "<p>forged</p>", "utf-8")
    assert story.resume(point).left == []
    assert "forged" not in page.read_text("utf-8")
    story.assert_clean(point)


def test_another_history_or_another_archive_is_not_resumed(story: Story, tmp_path: Path) -> None:
    """Only what the checkpoint could have grown from."""
    backup = story.copy("backup")
    story.day(0)
    point = story.checkpoint()
    story.restore(backup, backup)
    for _ in range(4):
        story.day()
    with pytest.raises(ArchiveDamaged, match="was rewritten"):
        story.resume(point)
    other = Story(tmp_path / "other")
    other.folder.mkdir()
    other.clock.forward(days=9)
    other.day()
    with pytest.raises(ArchiveDamaged, match="another archive"):
        other.resume(point)


def test_there_must_be_something_to_resume(story: Story) -> None:
    """An archive that lacks nothing gets no gap."""
    point = story.checkpoint()
    story.day(0)
    with pytest.raises(UsageProblem, match="nothing to"):
        story.resume(point)


def test_a_head_written_down_by_hand_will_do(story: Story) -> None:
    """Also the restored ledger's own head, when the bags alone are newer and nobody kept more."""
    early = story.copy("early")
    story.day(0)
    late = story.copy("late")
    story.restore(late, early)
    ledger, _ = Ledger.open(story.root / "ledger")
    done = story.resume(Checkpoint(Head(ledger.state.entries, ledger.state.head)))
    assert len(done.newer) == 1
    story.assert_clean()


def erase_by_entry(opened: OpenArchive, erasure: Erasure) -> None:
    """What `archive erase` writes first, enough to count as made again."""
    jobs = {job: {"files": 0, "bytes": 0, "photos": [1]} for job in erasure.jobs}
    opened.ledger.append("erasing", START, scope="items", jobs=jobs, reason="again", by="amira")
    opened.ledger.append("erased", START, erasing=opened.ledger.state.entries)


@pytest.mark.parametrize("reapply", [None, erase_by_entry])
def test_erasures_that_a_restore_undid_come_before_anything_is_fetched(
    story: Story, reapply: Callable[[OpenArchive, Erasure], None] | None
) -> None:
    """Until they are made again, `sync` refuses; the checkpoint brings them."""
    backup = story.copy("backup")
    key = job_key(story.ids[0])
    ledger, _ = Ledger.open(story.root / "ledger")
    story.clock.forward(hours=1)
    jobs = {key: {"files": 1, "bytes": 9, "photos": [1], "messages": []}}
    ledger.append("erasing", story.clock(), scope="items", jobs=jobs, reason="asked", by="amira")
    point = story.checkpoint()
    (listed,) = point.erasures
    assert listed.jobs == {key: ErasedJob(1, 9, (1,))}
    assert listed.decided == Decision(story.clock() - timedelta(minutes=1), "asked", "amira")
    story.restore(backup, backup)
    done = story.resume(point, **({"reapply": reapply} if reapply else {}))
    if reapply is None:
        assert [one for one, _ in done.pending] == [listed]
        assert done.exit_code == 3
        with pytest.raises(ArchiveDamaged, match="erasures"):
            story.sync()
        ledger, _ = Ledger.open(story.root / "ledger")
        assert ledger.state.owed == {listed.number: listed}
        # A checkpoint made now still lists it.
        assert listed in story.checkpoint("again").erasures
        ledger, _ = Ledger.open(story.root / "ledger")
        jobs = {key: {"files": 1, "bytes": 9, "photos": [1, 2], "messages": []}}
        ledger.append("erasing", story.clock(), scope="items", jobs=jobs, reason="x", by="y")
        ledger.append("erased", story.clock(), erasing=ledger.state.entries)
        assert ledger.state.owed == {}
    else:
        assert (done.erased_again, done.pending) == ([listed], [])
    assert story.sync() == 0


def test_every_folder_is_a_bag_that_is_accounted_for_whatever_two_moments_were_mixed(
    story: Story,
) -> None:
    """Any day's jobs with any day's ledger, as a copy during a long sync may have them."""
    days = [story.copy("day-0")]
    for number in range(1, 4):
        story.day(number - 1, number, new=number == 2)
        days.append(story.copy(f"day-{number}"))
    story.day(4)
    point = story.checkpoint()
    for jobs in days:
        for ledger in days:
            story.restore(jobs, ledger)
            done = story.resume(point)
            assert done.left == [], (jobs, ledger)
            story.sync()
            assert story.sync() == 0, (jobs, ledger)
            story.assert_clean(point)
            assert len(list(job_folders(story.root))) == 6
