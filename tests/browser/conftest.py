"""One Chromium and one sample for all tests in a browser.

They end with this package: while Playwright runs, its thread has an event loop, in which tests of
other packages could not run theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chrome import launched
from tests.browser.sample import Sample, make_sample


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="package")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("site"))
