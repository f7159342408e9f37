"""Downloads on their way into a bag: whose they are, and until when they lie there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from archiver.blobs import Blob, Blobs
from archiver.models import RelPath, Sha256, StoredFile

BODY = b"the same bytes, at two addresses"
SHA256 = Sha256(hashlib.sha256(BODY).hexdigest())


def facts() -> StoredFile:
    return StoredFile(RelPath(""), SHA256, len(BODY), "image/jpeg")


def fetched(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(BODY)
    return path


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """The downloads of a run that found what an earlier one left for two addresses."""
    before = Blobs(tmp_path / "downloads")
    for address in ("one", "other"):
        before.keep(address, fetched(tmp_path, address), facts(), ".jpeg", 1)
    return Blobs(tmp_path / "downloads")


def sealed(blobs: Blobs, tmp_path: Path) -> Path:
    """A job's bag now has the bytes."""
    bag = fetched(tmp_path, "bag.jpeg")
    blobs.sealed(SHA256, bag)
    return bag


def test_bytes_found_for_a_job_stay_when_another_lets_go_of_them(
    blobs: Blobs, tmp_path: Path
) -> None:
    """Two jobs have the same photo; the first is sealed before the second has come to place it."""
    assert blobs.saved("one")
    assert blobs.saved("other")
    bag = sealed(blobs, tmp_path)
    blobs.release(SHA256)
    assert blobs.locate(SHA256) == bag
    blobs.release(SHA256)
    with pytest.raises(FileNotFoundError):
        blobs.locate(SHA256)
    assert list((tmp_path / "downloads").iterdir()) == []


def test_bytes_that_just_arrived_stay_when_another_job_lets_go_of_them(
    blobs: Blobs, tmp_path: Path
) -> None:
    """As above, for a download."""
    assert blobs.saved("one")
    blobs.keep("third", fetched(tmp_path, "third"), facts(), ".jpeg", 1)
    bag = sealed(blobs, tmp_path)
    blobs.release(SHA256)
    assert blobs.locate(SHA256) == bag


def test_bytes_linked_from_another_job_stay_when_a_third_lets_go_of_them(
    blobs: Blobs, tmp_path: Path
) -> None:
    """As above, for what lies in a bag already."""
    assert blobs.saved("one")
    bag = sealed(blobs, tmp_path)
    assert blobs.link(Blob(bag, facts(), ".jpeg")).path == bag
    blobs.release(SHA256)
    assert blobs.locate(SHA256) == bag


def test_bytes_that_were_let_go_of_are_not_found_again(blobs: Blobs, tmp_path: Path) -> None:
    """They lie in a bag, where the catalogue knows them; nothing points at a file that is gone."""
    assert blobs.saved("one")
    sealed(blobs, tmp_path)
    blobs.release(SHA256)
    assert blobs.saved("other") is None
