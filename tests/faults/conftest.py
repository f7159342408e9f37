"""One lab for all tests of faults that only read its references."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.lab import Lab, a_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Two days of a workspace and a driver; its reference archives are not to be changed."""
    with a_lab(tmp_path_factory.mktemp("lab")) as made:
        yield made
