"""`build` in the ledger: what it intends batch by batch, and one entry that pins every view."""

from __future__ import annotations

from pathlib import Path

import pytest

import archiver.build
from archiver.cli import run
from archiver.ledgercheck import entries_of
from archiver.site import templates_digest
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
        monkeypatch.setattr("archiver.site.templates_folder", lambda folder=folder: folder)
        templates_digest.cache_clear()
        made.append(templates_digest())
    templates_digest.cache_clear()
    assert len(set(made)) == 3
