"""What the house asks of its own text: no machine's paths, no secrets, nothing left open."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".json", ".txt", ".yml", ""}


def tracked() -> list[Path]:
    """Every text file git tracks, vendored and sample files left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    skipped = ("templates/assets/vendor/", "sample_output/")
    return [
        ROOT / name
        for name in listed
        if name
        and not name.startswith(skipped)
        and Path(name).suffix in TEXT
        and (ROOT / name).is_file()
    ]


def test_no_tracked_file_names_a_machines_path() -> None:
    """A path of somebody's computer helps nobody else."""
    private = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work)/[\w.]")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if (match := private.search(path.read_text("utf-8", "replace")))
    ]
    assert found == []


def test_nothing_is_marked_as_left_open() -> None:
    """What is not done is not in the house."""
    mark = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b|NotImplemented" r"Error")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py" and mark.search(path.read_text("utf-8"))
    ]
    assert found == []
