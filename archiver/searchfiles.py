"""The index's larger data on disk, brought up to date part by part: a part whose jobs did not
change is not made, and not even read.

What tells is in the catalogue: for each part a digest over its jobs, and its files with their
sizes. All of it can be deleted; the same records give the same bytes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from archiver import wordshards
from archiver.catalog import Catalog
from archiver.storage import put_if_changed, remove_file, remove_tree

CHAT = "search/chat.js"
_WORDS, _TEXT = "search/words", "search/text"


@dataclass
class PartsOnDisk:
    """Parts of one kind below an archive's folder: those that are as they should be are left alone.

    `written` counts files that came out different.
    """

    root: Path
    catalog: Catalog
    kind: Literal["chat", "photos"]
    sync: bool
    written: int = 0
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
        self.catalog.put_index_part(self.kind, part, digest, made)
        return list(made)

    def forget_others(self) -> None:
        """Remove the parts that `keep` was not asked to see to. Raises OSError."""
        for part, (_, files) in self.known.items():
            for path in files:
                remove_file(self.root / path)
            self.catalog.forget_index_part(self.kind, part)
        self.known = {}

    def _is_there(self, path: str, size: int) -> bool:
        try:
            return (self.root / path).stat().st_size == size
        except OSError:
            return False


def update_chat(
    root: Path,
    catalog: Catalog,
    ordered: Sequence[tuple[str, datetime | None]],
    *,
    sync: bool = True,
) -> int:
    """Write what differs of the files for searching chat; `ordered` are all jobs, by id as the
    catalogue has it and creation, newest first. Gives the number of files written.

    Raises OSError.
    """
    digests = catalog.chat_digests()
    parts = PartsOnDisk(root, catalog, "chat", sync)
    made: list[tuple[wordshards.Bucket, list[str]]] = []
    for bucket in wordshards.buckets(ordered):
        lines = [wordshards.EDITION, *(digests.get(one, "") for one in bucket.jobs)]
        folders = (f"{_WORDS}/{bucket.key}", f"{_TEXT}/{bucket.key}")
        paths = parts.keep(bucket.key, lines, partial(_chat_files, catalog, bucket), folders)
        made.append((bucket, [wordshards.file_name(p) for p in paths if p.startswith(_WORDS)]))
    parts.forget_others()
    _remove_strangers(root, {bucket.key for bucket, _ in made})
    return parts.written + put_if_changed(root / CHAT, wordshards.chat_js(made), sync=sync)


def _chat_files(catalog: Catalog, bucket: wordshards.Bucket) -> Iterator[tuple[str, bytes]]:
    words = (text.split() for text in catalog.words(bucket.jobs))
    yield from wordshards.word_files(bucket.key, words).items()
    yield from wordshards.text_files(bucket.key, catalog.chat(bucket.jobs))


def _remove_strangers(root: Path, keys: set[str]) -> None:
    """Remove the files of buckets that are no longer, also those that the catalogue forgot."""
    for kind in (_WORDS, _TEXT):
        for folder in (root / kind).glob("*"):
            if folder.name not in keys:
                remove_tree(folder)
