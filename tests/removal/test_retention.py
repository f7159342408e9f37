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
