"""The archive that all tests of tables read; none of them may write into it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.cli.conftest import cli as cli
from tests.pipeline import snapshot_tree
from tests.tables.scene import Scene, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Made once; see `scene.py`."""
    return make(tmp_path_factory.mktemp("tables") / "archive")


@pytest.fixture
def scene(made: Scene) -> Iterator[Scene]:
    """The archive, of which a test changes not a byte nor a time: no lock, catalogue or log."""
    before = snapshot_tree(made.root)
    yield made
    assert snapshot_tree(made.root) == before


# An extra look by another program: nothing that CI needs (it takes half a gigabyte).
collect_ignore = [] if shutil.which("soffice") else ["test_libreoffice.py"]
