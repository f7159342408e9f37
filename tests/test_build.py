"""`build` in the ledger: what it intends batch by batch, and one entry that pins every view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archiver.build
from archiver.cli import run
from archiver.commit import stage_rebuilt
from archiver.ledgercheck import entries_of
from archiver.templating import templates_digest
from tests.pipeline import a_workspace, synced


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An archive of five jobs, looked at in batches of two."""
    synced(tmp_path / "a", a_workspace(jobs=5, photos=1))
    return tmp_path / "a"


def events(root: Path) -> list[str]:
    return [entry.event for entry, _ in entries_of(root / "ledger")]


def test_a_build_is_one_entry_that_pins_all_views_with_the_templates_version(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that came out as they were; a batch is intended before it is exchanged."""
    monkeypatch.setattr(archiver.build, "BATCH", 2)
    pages = sorted(root.glob("jobs/*/*/index.html"))
    for page in (pages[0], pages[4]):
        page.unlink()
        page.write_text("forged")
    before = len(events(root))
    assert run(["build", str(root), "-q"]) == 0
    assert events(root)[before:] == ["building", "building", "built"]
    *_, (built, _) = entries_of(root / "ledger")
    assert len(built.fields["views"]) == 5
    assert built.fields["templates"] == templates_digest()
    assert run(["verify", str(root), "-q"]) == 0


def test_a_build_that_changes_nothing_is_no_entry(root: Path) -> None:
    """The ledger is as long as before."""
    before = events(root)
    assert run(["build", str(root), "-q"]) == 0
    assert events(root) == before


def test_the_templates_version_is_that_of_every_file_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another byte or another name gives another one."""
    made = []
    for name, body in (("a.html", "1"), ("a.html", "2"), ("b.html", "2")):
        folder = tmp_path / f"{name}-{body}"
        folder.mkdir()
        (folder / name).write_text(body)
        monkeypatch.setattr("archiver.templating.templates_folder", lambda folder=folder: folder)
        templates_digest.cache_clear()
        made.append(templates_digest())
    templates_digest.cache_clear()
    assert len(set(made)) == 3


# --- only what changed ----------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs whose view was made, whether it came out as it was or not."""
    made: list[str] = []
    real = stage_rebuilt

    def stage(archive: Any, bag: Any, *rest: Any, **more: Any) -> Any:
        made.append(bag.folder.name)
        return real(archive, bag, *rest, **more)

    monkeypatch.setattr("archiver.restaging.stage_rebuilt", stage)
    return made


def test_a_view_that_was_made_from_the_same_is_not_made_again(
    root: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first build looks; the second knows; one with another program makes all of them again."""
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert len(asked) == 5
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert len(asked) == 5
    assert run(["build", str(root), "-q", "--no-fsync", "--sheet-dpi", "300"]) == 0
    assert len(asked) == 10
    monkeypatch.setattr("archiver.viewinputs.program_digest", lambda: "another")
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert len(asked) == 15


def test_whatever_is_not_as_it_was_made_is_made_again(root: Path, asked: list[str]) -> None:
    """A forged page, a missing sheet, an accepted loss or damage that `verify` found; and when the
    catalogue is gone."""
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    asked.clear()
    pages = sorted(root.glob("jobs/*/*/index.html"))
    body = pages[0].read_bytes()
    pages[0].unlink()
    pages[0].write_text("forged")
    pages[1].with_name("contact-sheet-01.jpg").unlink()
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert sorted(asked) == [page.parent.name for page in pages[:2]]
    assert pages[0].read_bytes() == body
    asked.clear()
    (root / ".archiver" / "catalog.sqlite3").unlink()
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    assert len(asked) == 5
    assert run(["verify", str(root), "-q"]) == 0


def test_a_damaged_record_is_named_although_the_view_is_as_it_was(root: Path) -> None:
    """Nothing that was made from a good record is shown as made from a bad one."""
    assert run(["build", str(root), "-q", "--no-fsync"]) == 0
    record = next(root.glob("jobs/*/*/data/record.json"))
    record.unlink()
    record.write_text("{}")
    assert run(["build", str(root), "-q", "--no-fsync"]) == 3
