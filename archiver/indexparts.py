"""The index's larger data on disk, brought up to date part by part: a part whose jobs did not
change is not made, and not even read.

What tells is in the catalogue: for each part a digest over what it depends on, and its files with
their sizes. All of it can be deleted; the same records give the same bytes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from archiver.catalog import Catalog
from archiver.storage import put_if_changed, remove_file


def remove_strangers(root: Path, patterns: Iterable[str], kept: Container[str]) -> None:
    """Remove files of an index that are made no longer, also those that the catalogue forgot: what
    `patterns` find below `root` and `kept` does not name. Raises OSError."""
    for pattern in patterns:
        for path in root.glob(pattern):
            if path.relative_to(root).as_posix() not in kept:
                remove_file(path)


@dataclass
class PartsOnDisk:
    """Parts of one kind below an archive's folder: those that are as they should be are left alone.

    `written` counts files that came out different.
    """

    root: Path
    catalog: Catalog
    kind: Literal["words", "text", "photos"]
    sync: bool
    written: int = 0
    made: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    known: dict[str, tuple[str, dict[str, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.known = self.catalog.index_parts(self.kind)

    def keep(
        self,
        part: str,
        lines: Iterable[str],
        make: Callable[[], Iterable[tuple[str, bytes]]],
        folders: Iterable[str] = (),
    ) -> list[str]:
        """See to one part; `lines` are what it depends on, `folders` hold nothing but its files.
        Gives the paths of its files, in order. Raises OSError.
        """
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        before, files = self.known.pop(part, ("", {}))
        if before == digest and all(map(self._is_there, files, files.values())):
            return list(files)
        made: dict[str, int] = {}
        for path, body in make():
            self.written += put_if_changed(self.root / path, body, sync=self.sync)
            made[path] = len(body)
        there = {f"{name}/{one.name}" for name in folders for one in (self.root / name).glob("*")}
        for path in (there | files.keys()) - made.keys():
            remove_file(self.root / path)
        self.made[part] = (digest, made)
        return list(made)

    def close(self) -> None:
        """Remove the parts that `keep` was not asked to see to, and note what was made: at the end,
        so that what was cut short is looked at again. Raises OSError."""
        for _, files in self.known.values():
            for path in files:
                remove_file(self.root / path)
        if self.made or self.known:
            self.catalog.note_index_parts(self.kind, self.made, self.known)

    def _is_there(self, path: str, size: int) -> bool:
        try:
            return (self.root / path).stat().st_size == size
        except OSError:
            return False
