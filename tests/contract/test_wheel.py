"""The wheel ships everything: installed where nothing of ours is, it archives the sample."""

from __future__ import annotations

import json
import zipfile

from tests.contract.conftest import Demo


def test_the_wheel_has_what_pages_are_made_of_and_nothing_of_ours_besides(demo: Demo) -> None:
    names = zipfile.ZipFile(demo.installed.wheel).namelist()
    assert {"archiver/_templates/job.html", "archiver/locale/de/LC_MESSAGES/archiver.mo"} < set(
        names
    )
    assert not [name for name in names if name.startswith(("tests/", "sample_output/"))]


def test_wheel_and_installed_package_stay_small(demo: Demo) -> None:
    assert demo.installed.wheel.stat().st_size < 3_000_000
    files = demo.installed.package.rglob("*")
    assert sum(path.stat().st_size for path in files if path.suffix != ".pyc") < 3_000_000


def test_the_installed_program_made_and_verifies_the_demo(demo: Demo) -> None:
    """It is what ran the first demo of the contract, without the source tree."""
    assert demo.first.json["jobs_new"] >= 40
    done = demo.installed("verify", demo.root, "--json", "--quick")
    assert done.code == 0
    assert json.loads(done.out)["jobs"] >= 40
