"""The files for searching chat, and those for finding photos, brought up to date on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from archiver import wordshards
from archiver.catalog import Catalog
from archiver.indexparts import PartsOnDisk, remove_strangers
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
    words = PartsOnDisk(root, catalog, "words", sync)
    texts = PartsOnDisk(root, catalog, "text", sync)
    kept: set[str] = set()
    made: list[tuple[wordshards.Bucket, list[str]]] = []
    for bucket in wordshards.buckets(ordered):
        lines = [wordshards.EDITION, *(digests.get(one, "") for one in bucket.jobs)]
        make = partial(_word_files, catalog, bucket)
        paths = words.keep(bucket.key, lines, make, [f"{_WORDS}/{bucket.key}"])
        made.append((bucket, [wordshards.file_name(path) for path in paths]))
        for number, jobs in enumerate(wordshards.together(bucket.jobs)):
            lines = [wordshards.EDITION, *(digests.get(one, "") for one in jobs)]
            make = partial(_text_file, catalog, bucket.key, number, jobs)
            kept.update(texts.keep(f"{bucket.key}/{number}", lines, make))
    words.close()
    texts.close()
    _remove_strangers(root, {bucket.key for bucket, _ in made}, kept)
    written = words.written + texts.written
    return written + put_if_changed(root / CHAT, wordshards.chat_js(made), sync=sync)


def _word_files(catalog: Catalog, bucket: wordshards.Bucket) -> Iterable[tuple[str, bytes]]:
    words = (text.split() for text in catalog.words(bucket.jobs))
    return wordshards.word_files(bucket.key, words).items()


def _text_file(
    catalog: Catalog, bucket: str, number: int, jobs: Sequence[str]
) -> Iterable[tuple[str, bytes]]:
    return [wordshards.text_file(bucket, number, list(catalog.chat(jobs)))]


def _remove_strangers(root: Path, keys: set[str], texts: set[str]) -> None:
    """Remove the files of buckets that are no longer, also those that the catalogue forgot."""
    for kind in (_WORDS, _TEXT):
        for folder in (root / kind).glob("*"):
            if folder.name not in keys:
                remove_tree(folder)
    remove_strangers(root, (f"{_TEXT}/*/*",), texts)
