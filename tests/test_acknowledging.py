"""A loss that somebody accepted: visible, tried now and then, and silent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.acknowledging import Acknowledgement, acknowledge
from archiver.archive import Archive, OpenArchive, open_catalog
from archiver.errors import ArchiveDamaged, UsageProblem
from archiver.ledger import Ledger
from archiver.localapi import LocalImage, Served, Workspace
from archiver.status import read_status
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.pipeline import (
    AMIRA,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    folder_of,
    record_of,
    snapshot_tree,
    synced,
)

EXCEPTED = ("ledger/", ".archiver/", "search/checks.js")
GONE = LocalImage(b"", status=404)
REASON = "Gone for good, ticket 4711"


@contextmanager
def opened(root: Path) -> Iterator[OpenArchive]:
    """An archive as a command that writes has it."""
    archive = Archive(root)
    ledger, _ = Ledger.open(archive.ledger, sync=False)
    found = OpenArchive(archive, archive.settings(), ledger, open_catalog(archive))
    try:
        yield found
    finally:
        found.catalog.close()


def decide(root: Path, job_id: str, clock: Clock, **options: object) -> Acknowledgement:
    with opened(root) as archive:
        values = {"reason": REASON, "by": "anna", "clock": clock, "sync": False, **options}
        return acknowledge(archive, folder_of(root, job_id), **values)  # type: ignore[arg-type]


class Stage:
    """A job of three photos, of which one and its thumbnail answer 404, synced once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = Clock()
        self.workspace: Workspace = a_workspace(jobs=2, photos=3)
        self.job = self.workspace.jobs[0]
        self.paths = [
            path
            for path in self.workspace.images
            if f"/{self.job.job_id}-" in path and path.endswith("1")
        ]
        self.bodies = {path: self.workspace.images[path] for path in self.paths}
        for path in self.paths:
            self.workspace.images[path] = GONE
        self.first = self.sync()

    def sync(self, **options: object) -> Summary:
        self.asked: list[str] = []

        async def watch(request: object) -> None:
            self.asked.append(request.path)  # type: ignore[attr-defined]

        return synced(self.root, self.workspace, clock=self.clock, intercept=watch, **options)

    def decide(self, **options: object) -> Acknowledgement:
        return decide(self.root, self.job.job_id, self.clock, **options)

    @property
    def page(self) -> str:
        return (folder_of(self.root, self.job.job_id) / "index.html").read_text()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path / "a")
    assert len(made.paths) == 2
    assert (made.first.images_failed, made.first.exit_code) == (2, 3)
    return made


def test_an_accepted_loss_no_longer_alarms_and_changes_no_page_at_night(stage: Stage) -> None:
    """Exit 0, no failure, the loss counted apart, nobody asked, not a byte written."""
    assert stage.decide().references == ("image 2", "thumbnail 2")
    before = snapshot_tree(stage.root, without=EXCEPTED)
    stage.clock.forward(days=1)
    night = stage.sync()
    assert (night.exit_code, night.failures, night.jobs_unchanged) == (0, [], 2)
    assert (night.images_failed, night.images_acknowledged) == (0, 2)
    assert any("accepted as lost" in note for note in night.notes)
    assert not set(stage.paths) & set(stage.asked)
    assert snapshot_tree(stage.root, without=EXCEPTED) == before


def test_the_page_keeps_the_gap_and_says_who_accepted_it_when_and_why(stage: Stage) -> None:
    """Still a gap in its place, and counted apart in the statement of completeness."""
    assert "2 of 3 photos kept, 1 missing<" in stage.page
    stage.decide()
    assert "2 of 3 photos kept, 1 missing, acknowledged" in stage.page
    assert "the host answered 404 (not found)" in stage.page
    assert f"Accepted as lost on 23 Nov 2025: {REASON}" in stage.page
    assert "anna" in stage.page
    assert 'class="ph miss' in stage.page
    assert verify_archive(Archive(stage.root)).faults == []


def test_it_is_tried_again_after_seven_days_and_kept_when_it_comes(stage: Stage) -> None:
    """A try that misses is no failure; one that hits is history."""
    stage.decide()
    before = snapshot_tree(stage.root, without=EXCEPTED)
    stage.clock.forward(days=7)
    night = stage.sync()
    assert set(stage.paths) <= set(stage.asked)
    assert (night.exit_code, night.images_failed, night.images_acknowledged) == (0, 0, 2)
    assert snapshot_tree(stage.root, without=EXCEPTED) == before
    stage.clock.forward(days=1)
    assert stage.sync().images_acknowledged == 2
    assert not set(stage.paths) & set(stage.asked)
    stage.workspace.images.update(stage.bodies)
    stage.clock.forward(days=6)
    night = stage.sync()
    assert (night.images_downloaded, night.images_acknowledged, night.jobs_updated) == (2, 0, 1)
    record = record_of(stage.root, stage.job.job_id)
    assert [event.kind for event in record.history] == ["archived", "photo-kept"]
    assert "All 3 photos kept" in stage.page
    assert "Accepted as lost" not in stage.page


def test_a_run_of_what_failed_tries_it_whenever_it_is_asked_to(stage: Stage) -> None:
    """`--failed` is how a person says: try now."""
    stage.decide()
    stage.clock.forward(days=1)
    night = stage.sync(failed_only=True)
    assert set(stage.paths) <= set(stage.asked)
    assert (night.jobs_listed, night.exit_code, night.images_acknowledged) == (1, 0, 2)


def test_a_loss_at_a_new_address_alarms_again(stage: Stage) -> None:
    """The acknowledgement covers the loss it was given for."""
    stage.decide()
    stage.workspace.add_image("/images/moved", GONE)
    stage.clock.forward(days=1)
    stage.workspace.edit_message(stage.job.job_id, 2, urlToImage=Served("/images/moved"))
    night = stage.sync()
    assert (night.exit_code, night.images_failed, night.images_acknowledged) == (3, 1, 1)
    assert night.failures[0].reason.startswith("photo #0002")
    status = read_status(stage.root)
    assert (len(status.missing), len(status.acknowledged)) == (1, 1)


def test_another_loss_of_the_same_job_still_alarms(stage: Stage) -> None:
    """One accepted loss hides no other, and the accepted one is not asked for with it."""
    stage.decide()
    stage.clock.forward(days=1)
    stage.workspace.add_photo(stage.job.job_id, GONE, a_jpeg(9), by=AMIRA, at=START, name="new")
    night = stage.sync()
    assert (night.exit_code, night.images_failed, night.images_acknowledged) == (3, 1, 2)
    assert not set(stage.paths) & set(stage.asked)


def test_one_photo_can_be_accepted_and_taken_back(stage: Stage) -> None:
    """After `--undo` the night alarms as before."""
    assert stage.decide(photos=(2,)).references == ("image 2", "thumbnail 2")
    assert stage.decide(photos=(2,), undo=True).references == ("image 2", "thumbnail 2")
    assert "Accepted as lost" not in stage.page
    stage.clock.forward(days=1)
    night = stage.sync()
    assert (night.exit_code, night.images_failed, night.images_acknowledged) == (3, 2, 0)


def test_the_catalogue_made_anew_knows_as_much(stage: Stage) -> None:
    """What was decided stands in the ledger, not in a cache."""
    stage.decide()
    (stage.root / ".archiver/catalog.sqlite3").unlink()
    stage.clock.forward(days=1)
    night = stage.sync()
    assert (night.exit_code, night.images_acknowledged, night.jobs_unchanged) == (0, 2, 2)


def test_an_accepted_loss_is_tried_no_sooner_in_a_job_that_changed(stage: Stage) -> None:
    """A new message is no reason to ask for what is lost."""
    stage.decide()
    stage.clock.forward(days=1)
    stage.workspace.add_chat(stage.job.job_id, "One more thing.", by=AMIRA, at=START)
    night = stage.sync()
    assert (night.jobs_updated, night.exit_code, night.images_acknowledged) == (1, 0, 2)
    assert not set(stage.paths) & set(stage.asked)
    assert "acknowledged" in stage.page


def test_where_nothing_is_missing_there_is_nothing_to_accept(stage: Stage) -> None:
    """Each refusal says why, and nothing is written."""
    before = (stage.root / "ledger/ledger.jsonl").read_bytes()
    with pytest.raises(UsageProblem, match="Nothing is missing"):
        decide(stage.root, stage.workspace.jobs[1].job_id, stage.clock)
    with pytest.raises(UsageProblem, match="Nothing is missing"):
        stage.decide(photos=(3,))
    with pytest.raises(UsageProblem, match="no photo #0099"):
        stage.decide(photos=(99,))
    with pytest.raises(UsageProblem, match="No loss"):
        stage.decide(undo=True)
    with pytest.raises(UsageProblem, match="repeats"):
        stage.decide(reason="Amira Hassan deleted it")
    with pytest.raises(UsageProblem, match="who decides"):
        stage.decide(by=" ")
    assert (stage.root / "ledger/ledger.jsonl").read_bytes() == before


def test_accepting_it_twice_writes_one_entry_and_mends_a_page_left_behind(stage: Stage) -> None:
    """A run killed between the entry and the page is mended by the same command."""
    folder = folder_of(stage.root, stage.job.job_id)
    with opened(stage.root) as archive:
        names = ["image 2", "thumbnail 2"]
        archive.ledger.append(
            "acknowledged",
            stage.clock(),
            job=stage.job.job_id,
            references=names,
            reason=REASON,
            by="anna",
        )
    assert verify_archive(Archive(stage.root)).faults == []
    assert "Accepted as lost" not in stage.page
    assert stage.decide().references == ()
    assert "Accepted as lost" in stage.page
    assert folder.is_dir()
    lines = (stage.root / "ledger/ledger.jsonl").read_text().splitlines()
    assert sum('"event":"acknowledged"' in line for line in lines) == 1


def test_a_bag_the_ledger_does_not_know_is_left_alone(stage: Stage) -> None:
    """Nothing is decided of a forged record."""
    record = folder_of(stage.root, stage.job.job_id) / "data/record.json"
    body = record.read_bytes()
    record.chmod(0o644)
    record.write_bytes(body.replace(b"404", b"410"))
    with pytest.raises(ArchiveDamaged, match="left as it is"):
        stage.decide()


def test_the_damage_a_due_try_brings_is_kept_and_does_not_alarm(stage: Stage) -> None:
    """What arrives broken is evidence all the same."""
    stage.decide()
    for path in stage.paths:
        stage.workspace.images[path] = LocalImage(a_jpeg(5)[:-40])
    stage.clock.forward(days=8)
    night = stage.sync()
    assert (night.exit_code, night.images_failed, night.images_acknowledged) == (0, 0, 2)
    assert list((folder_of(stage.root, stage.job.job_id) / "data/damaged").iterdir())
