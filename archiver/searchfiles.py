"""The files for searching chat, and those for finding photos, brought up to date on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from archiver import wordshards
from archiver.catalog import Catalog
from archiver.indexparts import PartsOnDisk
from archiver.storage import put_if_changed, remove_tree

CHAT = "search/chat.js"
_WORDS, _TEXT = "search/words", "search/text"


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
