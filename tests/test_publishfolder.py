"""The published folder is brought up to date file by file, and a killed run is completed."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import publishfolder
from archiver.errors import ArchiveLocked, ArchiverError
from archiver.publishfolder import Outcome, PublishFolder

OLD = {"index.html": "old", "jobs/a/index.html": "a", "jobs/a/data/1.jpeg": "1", "same.txt": "same"}
NEW = {"index.html": "new", "jobs/b/index.html": "b", "jobs/b/data/2.jpeg": "2", "same.txt": "same"}


def publish(root: Path, files: dict[str, str]) -> Outcome:
    """Publish a site of these files into `root/www`."""
    place = PublishFolder(root / "www", root / "state")
    with place.opened() as aside:
        site = aside / "site"
        for name, text in files.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(text)
        site.mkdir(exist_ok=True)
        return place.update(site)


def there(root: Path) -> dict[str, str]:
    """What is published."""
    www = root / "www"
    return {
        path.relative_to(www).as_posix(): path.read_text()
        for path in www.rglob("*")
        if path.is_file()
    }


def test_only_what_differs_is_written_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    same = (tmp_path / "www/same.txt").stat()
    outcome = publish(tmp_path, NEW)
    assert (outcome.written, outcome.unchanged) == (3, 1)
    assert outcome.removed == ("jobs/a/data/1.jpeg", "jobs/a/index.html")
    assert there(tmp_path) == NEW
    assert not (tmp_path / "www/jobs/a").exists()
    after = (tmp_path / "www/same.txt").stat()
    assert (after.st_ino, after.st_mtime_ns) == (same.st_ino, same.st_mtime_ns)


def dies(work: Callable[[], object]) -> bool:
    """Do it in a child; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def killed_at(step: int, root: Path, files: dict[str, str]) -> Callable[[], None]:
    """Publishing that kills its own process before its `step`-th change on disk."""
    left = step

    def counted(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*args)

        return call

    def run() -> None:
        for name in ("move", "remove_file", "put_file"):
            setattr(publishfolder, name, counted(getattr(publishfolder, name)))
        publish(root, files)

    return run


@pytest.mark.parametrize("second", [False, True], ids=["once", "twice"])
def test_a_run_killed_at_any_point_is_completed_by_the_next(tmp_path: Path, second: bool) -> None:
    """At every point each file is the old or the new one; and so after two killed runs, the second
    with something else again to publish."""
    step = 0
    while True:
        root = tmp_path / str(step)
        root.mkdir()
        publish(root, OLD)
        if not dies(killed_at(step, root, NEW)):
            break
        for name, text in there(root).items():
            assert text in (OLD.get(name), NEW.get(name)), (step, name)
        if second:
            third = NEW | {"index.html": "third"}
            dies(killed_at(2, root, third))
        publish(root, NEW)
        assert there(root) == NEW, step
        assert publish(root, NEW).written == 0
        step += 1
    assert step > 6


def test_a_file_that_was_there_before_is_never_overwritten(tmp_path: Path) -> None:
    """Nor one behind a link, nor a link: nothing changes before all is clear."""
    (tmp_path / "www").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "www/index.html").write_text("mine")
    with pytest.raises(ArchiverError, match=r"index\.html"):
        publish(tmp_path, OLD)
    assert there(tmp_path) == {"index.html": "mine"}
    (tmp_path / "www/index.html").unlink()
    (tmp_path / "www/jobs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArchiverError, match="jobs/a"):
        publish(tmp_path, OLD)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_file_changed_by_hand_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    """Also one of the same size, and one with its old time."""
    publish(tmp_path, OLD)
    file = tmp_path / "www/jobs/a/index.html"
    file.write_text("x")
    assert publish(tmp_path, NEW).stayed == ("jobs/a/index.html",)
    assert file.read_text() == "x"
    with pytest.raises(ArchiverError, match="jobs/a/index"):
        publish(tmp_path, OLD)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    """The second would take away what the first one makes."""
    first = PublishFolder(tmp_path / "www", tmp_path / "state")
    with (
        first.opened(),
        pytest.raises(ArchiveLocked),
        PublishFolder(tmp_path / "www", tmp_path / "state").opened(),
    ):
        pass


def test_a_folder_that_is_a_disk_of_its_own_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename does not lead from one disk to another; what a killed copy leaves is cleared."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    (tmp_path / "www").mkdir()
    (tmp_path / "www/.index.html.0123456789ab.tmp").write_text("half")
    monkeypatch.setattr(publishfolder, "move", refuse)
    publish(tmp_path, OLD)
    assert there(tmp_path) == OLD


def test_a_web_root_whose_parent_may_not_be_written_is_published_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made aside then lies in the user's own state folder."""
    (tmp_path / "www").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    place = PublishFolder(tmp_path / "www", tmp_path / "state")
    with place.opened() as aside:
        assert aside.is_relative_to(tmp_path / "state")
    publish(tmp_path, OLD)
    assert there(tmp_path) == OLD


_SITES = st.dictionaries(
    st.sampled_from(["index.html", "a/b", "a/c/d", "e", "f/g"]), st.sampled_from("xyz"), max_size=5
)


@settings(max_examples=60, deadline=None)
@given(sites=st.lists(_SITES, min_size=1, max_size=5))
def test_whatever_was_published_before_the_folder_is_the_last_site(
    tmp_path_factory: pytest.TempPathFactory, sites: list[dict[str, str]]
) -> None:
    root = tmp_path_factory.mktemp("site")
    for site in sites:
        publish(root, site)
        assert there(root) == site
