"""A large workspace's search data from made-up words: what it takes to make, and a night's share.

Used by `bench/index.py`. Words follow Zipf's law over 30,000 made-up ones, a few of them rare
numbers; jobs are an hour apart, with ten photos each, as in `tests.factories.a_summary`.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archiver.catalog import Catalog, CatalogJob
from archiver.models import JobSummary, Sha256
from archiver.photofiles import update_photos
from archiver.search import newest_first
from archiver.searchable import ChatLine, FoundPhoto, Searchable
from archiver.searchfiles import update_chat
from archiver.site import SiteSettings
from archiver.words import index_words
from tests.factories import PEOPLE

WORDS_A_JOB = 107
PHOTOS_A_JOB = 10
VOCABULARY = 30_000
_SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "ou", "ea")]
NIGHT = 50


def vocabulary(dice: random.Random) -> list[str]:
    """Distinct made-up words, the short ones first, as in a language."""
    words = {"boiler": None, "leak": None, "pressure": None}
    while len(words) < VOCABULARY:
        syllables = dice.choices((1, 2, 3, 4), (1, 6, 8, 3))[0]
        words["".join(dice.choices(_SYLLABLES, k=syllables))] = None
    return sorted(words, key=len)


def searched(
    summaries: Sequence[JobSummary], seed: int = 1
) -> Iterator[tuple[JobSummary, Searchable]]:
    """Each job with made-up chat of some lines, and photos over the days after it."""
    dice = random.Random(seed)
    words = vocabulary(dice)
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    for number, summary in enumerate(summaries):
        said = dice.choices(words, cum_weights=weights, k=WORDS_A_JOB)
        said[5] = f"{number * 7919 % 90000 + 10000}"
        lines = [
            ChatLine(at // 12 + 1, PEOPLE[at // 12 % 4], " ".join(said[at : at + 12]))
            for at in range(0, len(said), 12)
        ]
        found: set[str] = set()
        for line in lines:
            found |= index_words(line.text)
        assert summary.created is not None
        begun = int(summary.created.timestamp())
        photos = [
            FoundPhoto(n, PEOPLE[n % 4], begun + n * 9000, _thumbnail(n, begun + n * 9000))
            for n in range(1, PHOTOS_A_JOB + 1)
        ]
        yield summary, Searchable(tuple(lines), tuple(sorted(found)), tuple(photos))


def _thumbnail(number: int, second: int) -> str:
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
    return f"data/thumbnails/{number:04d}-{stamp}.jpeg"


def put(catalog: Catalog, summary: JobSummary, made: Searchable) -> None:
    """Write a job into the catalogue."""
    row = CatalogJob(summary.job_id, summary.folder, 1, Sha256("0" * 64), "", "", 0, False, summary)
    catalog.put_job(row, {}, (), made)


def _update(
    out: Path, catalog: Catalog, ordered: Sequence[JobSummary], site: SiteSettings
) -> tuple[int, float, float]:
    """Bring the files up to date: how many were written, seconds for chat, seconds for photos."""
    begun = time.perf_counter()
    chat = update_chat(out, catalog, [(one.job_id, one.created) for one in ordered], sync=False)
    between = time.perf_counter()
    by_id: dict[str, JobSummary] = {one.job_id: one for one in ordered}
    photos = update_photos(out, catalog, by_id, site, sync=False)
    return chat + photos, between - begun, time.perf_counter() - between


def make(summaries: Sequence[JobSummary], out: Path, site: SiteSettings) -> dict[str, Any]:
    """Make all of it, then what a night of some changed jobs writes; what that took."""
    catalog = Catalog(None)
    begun = time.perf_counter()
    for summary, made in searched(summaries):
        put(catalog, summary, made)
    catalogued = time.perf_counter()
    ordered = newest_first(summaries)
    files, first, photos_first = _update(out, catalog, ordered, site)
    dice = random.Random(2)
    # most jobs that change are young; a few are old
    changed = [ordered[int(dice.random() ** 4 * len(ordered))] for _ in range(NIGHT)]
    for summary, made in searched(changed, seed=3):
        put(catalog, summary, made)
    night, chat_night, photos_night = _update(out, catalog, ordered, site)
    catalog.close()
    size = {
        kind: sum(path.stat().st_size for path in (out / "search").glob(pattern))
        for kind, pattern in (
            ("words", "words/*/*.js"),
            ("text", "text/*/*.js"),
            ("photos", "photos-*.js"),
        )
    }
    return {
        "chat_words": len(summaries) * WORDS_A_JOB,
        "photos": len(summaries) * PHOTOS_A_JOB,
        "catalogue_s": round(catalogued - begun, 1),
        "chat_first_s": round(first, 1),
        "photos_first_s": round(photos_first, 1),
        "search_files": files,
        "chat_night_s": round(chat_night, 1),
        "photos_night_s": round(photos_night, 1),
        "search_night_files": night,
    } | {f"search_{kind}_mb": round(bytes_ / 1e6, 1) for kind, bytes_ in size.items()}
