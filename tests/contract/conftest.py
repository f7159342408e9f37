"""What the contract's tests share: one demo archive, and a command line without long waits."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from archiver.api import ApiSettings
from archiver.cli import run
from archiver.download import DownloadSettings
from tests.contract.installed import Installed, install
from tests.contract.stage import EXCEPTED, QUICK, Done, cli
from tests.pipeline import KEY, snapshot_tree


@dataclass(frozen=True)
class Demo:
    """Two runs of `archiver demo` on one archive, with the temporary folder that they saw: the
    first by the installed wheel, the second from the source."""

    installed: Installed
    root: Path
    first: Done
    second: Done
    before: dict[str, tuple[str, int]]
    after: dict[str, tuple[str, int]]
    temporary: tuple[str, ...]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Demo:
    """`archiver demo --json`, twice, each on a port of its own; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        base = base.parent
    made = base / "contract-demo.pickle"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            made.write_bytes(pickle.dumps(_two_demos(base / "contract-demo")))
        found: Demo = pickle.loads(made.read_bytes())
    return found


def _two_demos(folder: Path) -> Demo:
    root, temporary = folder / "archive", folder / "watched"
    temporary.mkdir(parents=True)
    env = {"TMPDIR": str(temporary), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    installed = install(folder)
    first = installed("demo", root, "--json", "--no-fsync", env=env)
    before = snapshot_tree(root, without=EXCEPTED)
    second = cli("demo", root, "--json", "--no-fsync", env=env)
    after = snapshot_tree(root, without=EXCEPTED)
    left = tuple(path.name for path in temporary.rglob("*"))
    return Demo(installed, root, first, second, before, after, left)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command line in this process, its retries and time limits shrunk."""
    limits = {"connect_timeout": 1.0, "stall_timeout": 0.3, "head_timeout": 0.6, **QUICK}
    api = {**limits, "attempts": 2, "pause_between_walks": 0.0}
    monkeypatch.setattr("archiver.api.ApiSettings", functools.partial(ApiSettings, **api))
    downloads = functools.partial(DownloadSettings, **limits)
    monkeypatch.setattr("archiver.download.DownloadSettings", downloads)
    monkeypatch.setattr("archiver.cli.console._secrets", [])
    monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", KEY)

    def call(*arguments: object) -> Done:
        capfd.readouterr()
        code = run([str(one) for one in arguments])
        done = Done(code, *capfd.readouterr())
        assert "Traceback" not in done.out + done.err
        assert "internal error" not in (done.out + done.err).lower()
        return done

    return call
