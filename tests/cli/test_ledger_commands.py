"""`archiver ledger` as a person or a script uses it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from archiver.localapi import LocalApi
from archiver.localapi.workspace import Workspace
from tests.cli.conftest import Cli
from tests.pipeline import AMIRA, START


@pytest.fixture
def workspace(cli: Cli, api: LocalApi) -> Workspace:
    """A workspace whose archive `a` was made by one sync."""
    assert cli("sync", "a").code == 0
    return api.workspace


def test_head_prints_the_line_that_stands_for_the_ledger(cli: Cli, workspace: Workspace) -> None:
    """And `verify --since` takes it, also after more runs."""
    head = cli("ledger", "head", "a").out.strip()
    number, digest = head.split()
    told = cli("ledger", "head", "a", "--json").json
    assert (told["n"], told["head"]) == (int(number), digest)
    cli("sync", "a")
    for command in (("verify", "a"), ("ledger", "verify", "a")):
        done = cli(*command, "--since", head, "--json")
        assert done.code == 0
        assert f"continues the checkpoint at entry {number}" in " ".join(done.json["notes"])
    other = cli("ledger", "verify", "a", "--since", f"{number} {'0' * 64}", "--json")
    assert other.code == 3
    assert "was rewritten" in other.json["faults"][0]["detail"]


def test_show_prints_entries_and_can_be_narrowed(cli: Cli, workspace: Workspace) -> None:
    """By job, by number."""
    everything = cli("ledger", "show", "a", "--json").json["entries"]
    assert [entry["n"] for entry in everything] == list(range(1, len(everything) + 1))
    job = workspace.jobs[0].job_id
    mine = cli("ledger", "show", "a", "--job", job, "--json").json["entries"]
    assert [entry["event"] for entry in mine] == ["sealing", "sealed"]
    assert len(cli("ledger", "show", "a", "--last", "2").out.splitlines()) == 2
    assert "run-end" in cli("ledger", "show", "a", "--last", "1").out


def test_a_key_signs_every_runs_end_and_lies_outside_for_its_owner_alone(
    cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    """Rotated, it is signed by the old one; lost, it signs no more."""
    made = cli("ledger", "init-key", "a", "--json").json
    private = Path(made["private_key_file"])
    assert private.is_relative_to(tmp_path / "config")
    assert private.stat().st_mode & 0o777 == 0o600
    public = tmp_path / "public.pem"
    shutil.copy(made["public_key_file"], public)
    assert cli("ledger", "init-key", "a").code == 2
    summary = cli("sync", "a", "--json").json
    assert summary["last_anchor"]["kind"] == "signed"
    assert summary["anchor_warning"] is None
    rotated = cli("ledger", "rotate-key", "a", "--json").json
    assert rotated["retired"] == made["key"]
    assert cli("sync", "a", "--json").json["notes"] == []
    check = cli("verify", "a", "--trusted-key", public, "--json")
    assert (check.code, check.json["faults"]) == (0, [])
    lost = cli("ledger", "lost-key", "a", "--key", rotated["key"], "--reason", "laptop stolen")
    assert lost.code == 0
    assert cli("ledger", "lost-key", "a", "--key", rotated["key"], "--reason", "x").code == 2
    before = cli("ledger", "head", "a", "--json").json["n"]
    assert cli("sync", "a").code == 0
    events = cli("ledger", "show", "a", "--json").json["entries"][before:]
    assert "signed" not in [entry["event"] for entry in events]
    assert cli("ledger", "init-key", "a").code == 0
    assert cli("verify", "a").code == 0
    secret = private.read_bytes().splitlines()[1]
    for path in (tmp_path / "a").rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes(), path


def test_a_key_inside_the_archive_or_open_to_others_is_refused(
    cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    """It would be handed around. And a key that cannot be used fails no run: it is said."""
    inside = cli("ledger", "init-key", "a", "--key-file", "a/key.pem")
    assert inside.code == 2
    assert not (tmp_path / "a/key.pem").exists()
    assert cli("ledger", "init-key", "a", "--key-file", "key.pem").code == 0
    missing = cli("sync", "a", "--json")
    assert missing.code == 0
    assert "was not signed" in missing.json["notes"][0]
    (tmp_path / "key.pem").chmod(0o644)
    told = cli("sync", "a", "--sign-key-file", "key.pem", "--json").json["notes"]
    assert "read by others" in told[0]
    (tmp_path / "key.pem").chmod(0o600)
    assert cli("sync", "a", "--sign-key-file", "key.pem", "--json").json["notes"] == []
    (tmp_path / "a/archiver.toml").write_text('sign-key-file = "key.pem"\n')
    assert "may not" in cli("sync", "a").err
    (tmp_path / "a/archiver.toml").write_text('timestamp-url = "http://127.0.0.1:9/"\n')
    assert "may not" in cli("sync", "a").err


def test_a_checkpoint_is_written_outside_once_and_never_over_anything(
    cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    """Unsigned with a warning; a cut tail is found by it."""
    done = cli("ledger", "checkpoint", "a", "-o", "point.json")
    assert done.code == 0
    assert "not signed" in done.err
    body = (tmp_path / "point.json").read_bytes()
    assert cli("ledger", "checkpoint", "a", "-o", "point.json").code == 2
    assert (tmp_path / "point.json").read_bytes() == body
    assert cli("ledger", "checkpoint", "a", "-o", "a/point.json").code == 2
    entries = cli("ledger", "head", "a", "--json").json["n"]
    assert json.loads(body)["n"] == entries
    path = tmp_path / "a/ledger/ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert cli("verify", "a").code == 0
    found = cli("verify", "a", "--since", "point.json")
    assert found.code == 3
    assert "was cut" in found.err or "was rewritten" in found.err
    assert cli("verify", "a", "--since", "nothing.json").code == 2


def test_status_and_summary_say_the_last_anchor_and_warn_without_one(
    cli: Cli, workspace: Workspace
) -> None:
    """A note on stderr, nothing with -q, no exit code."""
    bare = cli("status", "a")
    assert (bare.code, "Nothing outside" in bare.err) == (0, True)
    assert cli("status", "a", "--json").json["last_anchor"] is None
    assert cli("sync", "a", "--json").json["anchor_warning"].startswith("Nothing outside")
    assert cli("status", "a", "-q").err == ""
    cli("ledger", "checkpoint", "a", "-o", "point.json")
    told = cli("status", "a", "--json").json
    assert (told["last_anchor"]["kind"], told["anchor_warning"]) == ("checkpoint", None)
    assert told["gaps"] == []


def test_a_restore_is_resumed_and_said(cli: Cli, workspace: Workspace, tmp_path: Path) -> None:
    """From backup to clean verification, as docs/backup-and-restore.md walks through it."""
    shutil.copytree(tmp_path / "a", tmp_path / "backup")
    workspace.add_chat(workspace.jobs[0].job_id, "Later.", by=AMIRA, at=START)
    cli("sync", "a")
    assert cli("ledger", "checkpoint", "a", "-o", "point.json").code == 0
    shutil.rmtree(tmp_path / "a")
    os.rename(tmp_path / "backup", tmp_path / "a")  # noqa: PTH104
    assert cli("verify", "a", "--since", "point.json").code == 3
    name = workspace.jobs[0].name
    telling = ("--reason", f"the disk of {name} died")
    assert cli("ledger", "resume", "a", "--from", "point.json", *telling).code == 2
    why = ("--reason", "disk failed")
    done = cli("ledger", "resume", "a", "--from", "point.json", *why, "--json")
    assert (done.code, done.json["left"]) == (0, [])
    assert cli("sync", "a").code == 0
    check = cli("verify", "a", "--since", "point.json", "--json")
    assert (check.code, check.json["faults"]) == (0, [])
    assert "gap before entry" in " ".join(check.json["notes"])
    (gap,) = cli("status", "a", "--json").json["gaps"]
    assert (gap["reason"], gap["entry"]) == ("disk failed", done.json["entry"])
    assert "Restored: " in cli("status", "a").out
    again = cli("ledger", "resume", "a", "--from", "point.json", *why, "--json")
    assert (again.code, again.json["entry"]) == (0, done.json["entry"])
