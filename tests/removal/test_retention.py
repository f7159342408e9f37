"""Retention only lists what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import archiver.clock
from tests.cli.conftest import Cli
from tests.pipeline import START, a_workspace, snapshot_tree, synced


def test_what_is_due_is_listed_held_jobs_apart_and_nothing_is_removed(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the last activity; from `archiver.toml` or the command line."""
    workspace = a_workspace(jobs=3, photos=1)
    old, held, new = (job.job_id for job in workspace.jobs)
    workspace.touch(new, at=START + timedelta(days=300))
    root = tmp_path / "a"
    synced(root, workspace)
    assert cli("hold", "add", root, held, "--reason", "a claim is open").code == 0
    monkeypatch.setattr(archiver.clock, "now", lambda: datetime(2026, 11, 26, tzinfo=UTC))
    assert cli("status", root, "--due").code == 2
    (root / "archiver.toml").write_text('retention = "1y"\n')
    before = snapshot_tree(root)
    done = cli("status", root, "--due", "--json")
    assert done.code == 0, done.err
    assert [one["job_id"] for one in done.json["due"]] == [old]
    assert [one["job_id"] for one in done.json["held"]] == [held]
    assert snapshot_tree(root) == before
    assert "HELD" in cli("status", root, "--due").out
    assert cli("status", root, "--due", "--retention", "3y", "--json").json["due"] == []
    assert cli("status", root, "--due", "--retention", "soon").code == 2
    assert cli("status", root).code == 0


def test_a_job_is_as_old_as_the_newest_thing_in_it(tmp_path: Path, cli: Cli) -> None:
    """Upstream need not say when a job changed, and 0001-01-01 is what some programs say then."""
    workspace = a_workspace(jobs=3, photos=0)
    (unsaid, silly, old) = workspace.jobs
    for job in workspace.jobs:
        job.details_overrides["creationDate"] = "2019-01-01T00:00:00.000Z"
        job.list_overrides["createdAt"] = "2019-01-01T00:00:00.000Z"
    unsaid.details_overrides["lastUpdateDate"] = None
    silly.details_overrides["lastUpdateDate"] = "0001-01-01T00:00:00Z"
    old.details_overrides["lastUpdateDate"] = "2020-01-01T00:00:00.000Z"
    old.messages[0]["timestampUploaded"] = "2019-06-01T00:00:00.000Z"
    synced(tmp_path / "a", workspace)
    due = cli("status", tmp_path / "a", "--due", "--retention", "4y", "--json").json["due"]
    assert [one["job_id"] for one in due] == [old.job_id]
