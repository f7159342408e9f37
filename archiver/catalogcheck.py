"""The catalogue compared with the bags: where it is out of date, and what it claims falsely.

It is a cache, and the bags are the truth: one that is behind them does no harm. One that claims
payload no bag has would let `sync` look for it, so that is named as a fault.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archiver.archive import read_bag_or_none, recorded_folder, tagmanifest_digest
from archiver.bag import tags_fit
from archiver.catalog import Catalog
from archiver.models import RelPath, Sha256

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """One job of which catalogue and bags say different things.

    `behind`: the next sync brings the catalogue up to date. `gone`: it has a folder that is not
    there. `false`: it claims payload that the bag it speaks of does not have.
    """

    kind: Literal["behind", "gone", "false"]
    job_id: str
    detail: str


def compare_catalogue(path: Path, root: Path, folders: Iterable[Path]) -> Iterator[Difference]:
    """Every difference between a catalogue's file and the bags in `folders`.

    Raises sqlite3.Error and OSError when it cannot be read.
    """
    catalog = Catalog.as_it_is(path)
    try:
        rows = {folder: (job_id, digest) for job_id, folder, digest in catalog.seals()}
        for folder in folders:
            place = recorded_folder(root, folder)
            if place in rows:
                yield from _compare(catalog, folder, *rows.pop(place))
            else:
                yield Difference("behind", folder.name, f"the catalogue does not know {place}")
    finally:
        catalog.close()
    for place, (job_id, _) in rows.items():
        if (root / place).is_dir():
            continue  # it came while the others were read
        yield Difference("gone", job_id, f"the catalogue lists {place}, which is not there")


def _compare(catalog: Catalog, folder: Path, job_id: str, digest: Sha256) -> Iterator[Difference]:
    if tagmanifest_digest(folder) != digest:
        yield Difference("behind", job_id, f"the catalogue is not up to date for {folder.name}")
        return
    bag = read_bag_or_none(folder)
    if bag is None or not tags_fit(bag):
        return  # the bag's own lists are damaged, which is named elsewhere
    claimed = {file: sha256 for file, (sha256, _) in catalog.payload(job_id).items()}
    wrong = [file for file, sha256 in claimed.items() if bag.payload.get(file) != sha256]
    if wrong and tagmanifest_digest(folder) != digest:
        yield Difference("behind", job_id, f"{folder.name} was exchanged meanwhile")
    elif wrong:
        yield Difference("false", job_id, f"{_some(wrong)} claimed, which {folder.name} has not")
    elif len(claimed) != len(bag.payload):
        lacks = [file for file in bag.payload if file not in claimed]
        yield Difference("behind", job_id, f"the catalogue lacks {_some(lacks)} of {folder.name}")


def _some(files: list[RelPath]) -> str:
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return ", ".join(files[:_SHOWN]) + more


UNREADABLE = (sqlite3.Error, OSError)
"""What reading a catalogue can raise."""
