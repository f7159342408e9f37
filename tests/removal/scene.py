"""One workspace with something in it that has to go, and what must not be found afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from archiver.archive import Archive
from archiver.localapi import LocalJob, Workspace
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.pipeline import (
    AMIRA,
    CRAIG,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    add_job,
    folder_of,
    record_of,
    synced,
)
from tests.traces import traces

SECRET = "The alarm code of “Rosewood” is 4711 & the key hangs in the shed"
EDITED = "The alarm code of “Rosewood” is 4712 & the key is with the neighbour"
LONG = "Nothing to see here, just a long day of work on the roof with all that goes with it. " * 4


@dataclass
class Scene:
    """A workspace, its archive after some nights, and the clock."""

    root: Path
    workspace: Workspace
    clock: Clock = field(default_factory=Clock)

    @property
    def job(self) -> LocalJob:
        """The job from which something is erased."""
        return self.workspace.job(self._job_id)

    _job_id: str = ""

    def night(self, **options: Any) -> Summary:
        """One more sync, a day later."""
        self.clock.forward(days=1)
        return synced(self.root, self.workspace, clock=self.clock, **options)

    def assert_sound(self) -> None:
        """Everything verifies."""
        report = verify_archive(Archive(self.root))
        assert [str(fault) for fault in report.faults] == []

    def evidence(self) -> dict[str, bytes]:
        """All of the job's payload."""
        data = folder_of(self.root, self._job_id) / "data"
        return {
            path.relative_to(data).as_posix(): path.read_bytes()
            for path in data.rglob("*")
            if path.is_file()
        }

    def left(self, *texts: str, runs: tuple[bytes, ...] = ()) -> list[tuple[str, str]]:
        """Where any of it is still to be found, or the hash of one of the runs."""
        hashes = tuple(hashlib.sha256(run).hexdigest() for run in runs)
        return traces(self.root, (*texts, *hashes), runs)


def a_scene(root: Path, *, long: bool = False) -> Scene:
    """Three jobs over three nights: in the second job a secret that is edited in the second night,
    and photos; `long` makes its bodies large enough to be kept packed."""
    workspace = a_workspace(jobs=2, photos=3)
    scene = Scene(root, workspace, _job_id=workspace.jobs[0].job_id)
    job = scene.job
    if long:
        for number in range(60):
            workspace.add_chat(
                job.job_id, f"{number} {LONG}", by=AMIRA, at=START - timedelta(minutes=number)
            )
    scene.night()
    workspace.add_chat(job.job_id, SECRET, by=AMIRA, at=START)
    workspace.add_chat(job.job_id, "All done.", by=CRAIG, at=START + timedelta(minutes=1))
    scene.night()
    place = len(job.messages) - 2
    workspace.edit_message(job.job_id, place, textMessage=EDITED)
    add_job(workspace, "Another", photos=1, number=9)
    scene.night()
    assert record_of(root, job.job_id).seal == 3
    return scene


def secret_number(scene: Scene) -> int:
    """The number of the message that has to go."""
    record = record_of(scene.root, scene.job.job_id)
    return next(one.number for one in record.messages if one.text == EDITED)


def image_of(scene: Scene, path: str) -> bytes:
    """The bytes that the image host has at a path."""
    body = scene.workspace.images[path].body
    assert isinstance(body, bytes)
    return body


__all__ = ["EDITED", "SECRET", "Scene", "a_jpeg", "a_scene", "image_of", "secret_number"]
