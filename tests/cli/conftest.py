"""Running the command line in this process, as the `archiver` command would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import console, run
from archiver.localapi import LocalApi
from tests.pipeline import a_workspace


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (line,) = self.out.splitlines()
        value = json.loads(line)
        assert isinstance(value, dict)
        return value


class Cli:
    """Runs commands; the environment holds nothing but what a test puts there."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path | int) -> Done:
        self._capsys.readouterr()
        code = run([str(one) for one in arguments])
        said = self._capsys.readouterr()
        assert "--debug" in arguments or "Traceback" not in said.out + said.err
        return Done(code, said.out, said.err)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line, in a folder of its own and with a configuration folder of its own."""
    for name in ("WORKPHOTOS_AUTH_KEY", "WORKPHOTOS_WORKSPACE_ID", "WORKPHOTOS_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(console, "_secrets", [])
    monkeypatch.chdir(tmp_path)
    return Cli(capsys)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalApi]:
    """A small workspace on a running server, known to the command line by its environment."""
    with LocalApi(a_workspace(jobs=2, photos=1)).run_in_thread() as running:
        monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", running.auth_key)
        monkeypatch.setenv("WORKPHOTOS_WORKSPACE_ID", running.workspace_id)
        monkeypatch.setenv("WORKPHOTOS_API_URL", running.url)
        monkeypatch.setenv("ARCHIVER_MIN_FREE", "0")
        yield running
