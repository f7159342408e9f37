"""The program as its users have it: a wheel, installed where nothing of ours is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.contract.stage import Done

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installed:
    """The wheel, and the environment it was installed in."""

    wheel: Path
    environment: Path

    def __call__(self, *arguments: object, env: Mapping[str, str] | None = None) -> Done:
        """Run `archiver`, without the source tree, without any setting of the tester's."""
        return bare(
            self.environment / "bin" / "archiver", *arguments, cwd=self.wheel.parent, env=env
        )

    @property
    def package(self) -> Path:
        """The installed package's folder."""
        return next(self.environment.glob("lib/python*/site-packages/archiver"))


def install(folder: Path) -> Installed:
    """Build the wheel and install it, with what it says it needs."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    _quietly(*pip, "wheel", "--no-deps", "-w", folder / "dist", ROOT, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    _quietly(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    _quietly(folder / "venv" / "bin" / "pip", "--quiet", "install", wheel, cwd=folder)
    return Installed(wheel, folder / "venv")


def bare(*command: object, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run a command with a bare environment of its own."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    kept |= {
        name: os.environ[name] for name in ("HTTPS_PROXY", "https_proxy") if name in os.environ
    }
    done = subprocess.run(
        [str(one) for one in command],
        cwd=cwd,
        env={**kept, "HOME": str(cwd), "PATH": "/usr/bin:/bin", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def _quietly(*command: object, cwd: Path) -> None:
    done = bare(*command, cwd=cwd)
    assert done.code == 0, done.out + done.err
