"""Golden files: `check_golden` compares, `pytest --update-golden` makes them again.

A plugin that `tests/conftest.py` names; `UPDATE_GOLDEN=1 pytest` does the same.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`."""
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/ anew from what is made"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hand the option on to `check_golden`, also in pytest-xdist's workers."""
    if config.getoption("--update-golden"):
        os.environ["UPDATE_GOLDEN"] = "1"


def check_golden(name: str, made: bytes) -> None:
    """Assert that `made` is what `tests/golden/NAME` holds."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(made)
    assert file.is_file(), f"{file} is missing: run pytest --update-golden and review it"
    assert made.decode() == file.read_bytes().decode(), (
        f"{name} changed: run pytest --update-golden and review the diff"
    )
