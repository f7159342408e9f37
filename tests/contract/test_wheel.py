"""The wheel ships everything: installed where nothing of ours is, it archives the sample."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def quietly(*command: str | Path, cwd: Path, **env: str) -> str:
    """Run a command with a bare environment of its own; gives its standard output."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    kept |= {
        name: os.environ[name] for name in ("HTTPS_PROXY", "https_proxy") if name in os.environ
    }
    done = subprocess.run(
        [str(one) for one in command],
        cwd=cwd,
        env={**kept, "HOME": str(cwd), "PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_installed_in_an_empty_environment_runs_the_demo(tmp_path: Path) -> None:
    """From an empty folder, without the source tree; with pages, assets and templates inside."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    quietly(*pip, "wheel", "--no-deps", "-w", tmp_path / "dist", ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.stat().st_size < 3_000_000
    names = zipfile.ZipFile(wheel).namelist()
    assert "archiver/_templates/job.html" in names
    assert not [name for name in names if name.startswith(("tests/", "sample_output/"))]
    quietly(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    binary = tmp_path / "venv" / "bin"
    quietly(binary / "pip", "--quiet", "install", wheel, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    said = quietly(binary / "archiver", "demo", "--json", "--no-fsync", cwd=empty)
    summary = json.loads(said)
    assert summary["jobs_new"] >= 40
    assert (empty / "demo-archive" / "index.html").is_file()
    assert "0 jobs" not in quietly(binary / "archiver", "verify", "demo-archive", cwd=empty)
    installed = next((tmp_path / "venv").glob("lib/python*/site-packages/archiver"))
    size = sum(path.stat().st_size for path in installed.rglob("*") if path.suffix != ".pyc")
    assert size < 3_000_000
