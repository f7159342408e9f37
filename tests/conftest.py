"""Resources every test may use; values come from `factories.py`."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

# Twice as many examples, hypothesis' own number, in the long form.
settings.register_profile("short", max_examples=50)
if not os.environ.get("ARCHIVER_TORTURE"):
    settings.load_profile("short")

pytest_plugins = ["tests.golden_plugin"]

IMPOSSIBLE = "not possible on this machine"
"""How the reason of a skip begins that no installed package could help (nothing can be mounted)."""


@pytest.fixture(autouse=True, scope="session")
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes what the tester keeps in their own folders."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where ARCHIVER_REQUIRE_ALL is set, a test that should run and is skipped is a failure."""
    del call
    report = yield
    if (
        report.skipped
        and os.environ.get("ARCHIVER_REQUIRE_ALL")
        and not hasattr(report, "wasxfail")
    ):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if IMPOSSIBLE not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped where every test must run: {reason}"
    return report


_LONGEST = (
    "test_the_wheel_has",
    "test_a_body_of_60_mb",
    "test_many_snapshots_of_a_long_job",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest single tests begin first, so that no worker waits for one of them in the end."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in _LONGEST))
