"""The catalogue: what lies where, without a bag being read."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from archiver.catalog import Catalog, CatalogJob
from archiver.errors import NotWritable
from archiver.models import RelPath, Sha256
from archiver.searchable import Searchable
from tests.factories import a_summary

LOGO = Sha256("a" * 64)
FILE = RelPath("data/thumbnails/main.jpeg")


def jobs_with_the_logo(catalog: Catalog, count: int) -> list[str]:
    """Take that many jobs in, each with a picture of the same bytes; gives their ids."""
    ids: list[str] = []
    for number in range(count):
        summary = a_summary(number)
        ids.append(summary.job_id)
        row = CatalogJob(summary.job_id, summary.folder, 1, LOGO, "", "[]", 0, False, summary)
        catalog.put_job(row, {FILE: (LOGO, 7)}, (), Searchable())
    return ids


def test_everybody_who_holds_the_same_bytes_is_named_once_the_first_to_have_them_first() -> None:
    """However many there are."""
    catalog = Catalog(None)
    ids = jobs_with_the_logo(catalog, 40)
    found = list(catalog.holders(LOGO))
    assert [one.job_id for one in found] == ids
    assert {(one.file, one.sha256, one.size) for one in found} == {(FILE, LOGO, 7)}
    assert list(catalog.holders(Sha256("b" * 64))) == []


def test_the_first_holder_of_bytes_is_had_without_asking_for_all_of_them() -> None:
    """Each of ten thousand jobs asks for it: ten thousand answers each would be an hour's work."""
    catalog = Catalog(None)
    ids = jobs_with_the_logo(catalog, 40)
    holders = catalog.holders(LOGO)
    assert next(holders).job_id == ids[0]
    catalog.forget_job(ids[-1])
    assert [one.job_id for one in holders] == ids[1:-1]


def test_a_catalogue_that_another_program_holds_is_left_alone(tmp_path: Path) -> None:
    """What was found out about photos is dear to find again."""
    path = tmp_path / "catalog.sqlite3"
    Catalog(path).close()
    before = path.read_bytes()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(NotWritable, match="Another program holds the catalogue"):
            Catalog(path)
    assert path.read_bytes() == before
