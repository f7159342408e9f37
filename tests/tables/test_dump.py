"""`archiver dump`: each line is one job's record, whole; a stream or a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import job_folders
from tests.cli.conftest import Cli
from tests.tables.scene import LONG, SECRET, Scene
from tests.test_record_schema import faults

pytestmark = pytest.mark.xdist_group("tables")  # the archive is made once, not once a worker


def lines(text: str) -> list[Any]:
    """What JSON Lines hold."""
    return [json.loads(line) for line in text.rstrip("\n").split("\n")]


def test_each_line_is_a_jobs_record_and_fits_its_schema(cli: Cli, scene: Scene) -> None:
    """Equal in every field to `record.json`, in the order of the folders."""
    done = cli("dump", scene.root)
    assert done.code == 0
    found = lines(done.out)
    sealed = [(folder / "data/record.json").read_bytes() for folder in job_folders(scene.root)]
    assert found == [json.loads(body) for body in sealed]
    assert [faults(record) for record in found] == [[], [], []]
    assert LONG in done.out


def test_only_white_space_between_tokens_is_left_out(cli: Cli, scene: Scene) -> None:
    """Numbers, escapes and the order of fields are those that were sealed."""
    (line,) = cli("dump", scene.root, scene.plain).out.splitlines()
    (folder,) = [one for one in job_folders(scene.root) if one.name.endswith(scene.plain)]
    sealed = (folder / "data/record.json").read_text("utf-8")
    assert line == re.sub(r"\n *", "", sealed)


def test_what_was_erased_is_not_in_it(cli: Cli, scene: Scene) -> None:
    """Numbers stay, nothing else."""
    done = cli("dump", scene.root, scene.odd)
    assert SECRET not in done.out
    (record,) = lines(done.out)
    stub = record["photos"][6]
    assert set(stub) == {"number", "message", "image", "erased"}
    assert stub["image"] == {}


def test_a_file_is_what_the_output_would_be(cli: Cli, scene: Scene, tmp_path: Path) -> None:
    """Byte for byte; with --json the object alone is on the output."""
    done = cli("dump", scene.root, "-o", "all.jsonl", "--json")
    assert (done.code, done.json["jobs"]) == (0, 3)
    assert (tmp_path / "all.jsonl").read_bytes() == cli("dump", scene.root).out.encode()
    assert cli("dump", scene.root, "--json").code == 2
    assert cli("dump", scene.root, "-o", "all.csv").code == 2


def test_both_forms_can_be_had_at_once_but_not_in_one_file(
    cli: Cli, scene: Scene, tmp_path: Path
) -> None:
    """JSON Lines to the output, or to a file of its own."""
    done = cli("dump", scene.root, "--sqlite", "a.sqlite")
    assert (done.code, done.out.startswith("a.sqlite: 3 jobs. SHA-256 ")) == (0, True)
    both = cli("dump", scene.root, "--sqlite", "b.sqlite", "-o", "-")
    assert len(lines(both.out)) == 3
    assert (tmp_path / "a.sqlite").read_bytes() == (tmp_path / "b.sqlite").read_bytes()
    assert cli("dump", scene.root, "--sqlite", "x.jsonl", "-o", "x.jsonl").code == 2
    assert cli("dump", scene.root, "--sqlite", scene.root / "x").code == 2
