"""Files for searching all chat: words to jobs, and the lines themselves, loaded as they are needed.

Jobs stand in *buckets* by the day they were created (UTC): a year, or where a year has very many, a
month, or a day. A job's bucket does not depend on the jobs that come after it, so a night touches
the buckets of its changed jobs and no other. Within a bucket jobs are numbered from 0, the oldest
first; the page finds them by counting, since it lists all jobs in the same order.

`search/chat.js` names the buckets, newest first: key, number of jobs, names of its word files.
`search/words/<bucket>/<name>.js`: `Archive.words(bucket, name, words, places)`, both texts with a
space between items: folded words in order, and for each the numbers of its jobs as steps in
base64 VLQ without sign (five bits a character, the lowest first; 32 says that more follow).
`search/text/<bucket>/<nnnn>.js`: `Archive.text(bucket, nnnn, json)`: for `PER_TEXT` jobs each
`[names, [[message, place in names, text, 1 if a former wording], ...]]`.

A word's file is that of its first character, or of its first two where that would be large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from operator import sub

from archiver.scripttext import js_string, json_text

EDITION = "words 1"
"""Changed when the same jobs give other files."""
BUCKET_JOBS = 10_000
"""A year (a month) with more jobs is parted."""
PER_TEXT = 16
"""Jobs a file of lines: about 16 kB at 1 kB of chat a job, read in a few milliseconds."""
WORD_FILE = 48_000
"""Characters: a larger file of words is parted by the next character."""
SINGLES = "_"
"""The file of all words of one ASCII character: they are looked for whole only."""
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Jobs of one stretch of time, by id, the oldest first. `key` is `2025`, `2025-10`,
    `2025-10-22` or `undated`."""

    key: str
    jobs: tuple[str, ...]


def buckets(ordered: Iterable[tuple[str, datetime | None]]) -> list[Bucket]:
    """Jobs (id and creation, in the order of `search.newest_first`) by bucket, newest first."""
    days: dict[str, list[str]] = {}
    for job_id, created in ordered:
        day = created.astimezone(UTC) if created else None
        key = f"{day.year:04d}-{day.month:02d}-{day.day:02d}" if day else ""
        days.setdefault(key, []).append(job_id)
    found = []
    for key, members in _parted(days, 4):
        found.append(Bucket(key or "undated", tuple(reversed(members))))
    return found


def _parted(days: Mapping[str, list[str]], length: int) -> Iterator[tuple[str, list[str]]]:
    """Days gathered under the first `length` characters of their names, or finer where many."""
    groups: dict[str, dict[str, list[str]]] = {}
    for day, jobs in days.items():
        groups.setdefault(day[:length], {})[day] = jobs
    for key, inside in groups.items():
        if length < 10 and sum(map(len, inside.values())) > BUCKET_JOBS:
            yield from _parted(inside, length + 3)
        else:
            yield key, [job for jobs in inside.values() for job in jobs]


def word_files(bucket: str, words_of: Iterable[Iterable[str]]) -> dict[str, bytes]:
    """The word files of a bucket by path; `words_of` are the words of each of its jobs."""
    places: dict[str, list[int]] = {}
    for number, words in enumerate(words_of):
        for word in words:
            places.setdefault(word, []).append(number)
    entries = [(word, _steps(places[word])) for word in sorted(places)]
    files: dict[str, bytes] = {}
    for name, group in _groups(entries):
        words, numbers = (" ".join(column) for column in zip(*group, strict=True))
        call = f"Archive.words('{bucket}','{name}',{js_string(words)},'{numbers}')\n"
        files[f"search/words/{bucket}/{name}.js"] = call.encode()
    return files


def together(jobs: Sequence[str]) -> Iterator[Sequence[str]]:
    """The jobs whose lines share a file."""
    for start in range(0, len(jobs), PER_TEXT):
        yield jobs[start : start + PER_TEXT]


def text_file(bucket: str, number: int, chats: Iterable[str]) -> tuple[str, bytes]:
    """A file of lines and its path; `chats` are the `chat_json` of each of its jobs."""
    body = f"Archive.text('{bucket}',{number},{js_string('[' + ','.join(chats) + ']')})\n"
    return f"search/text/{bucket}/{number:04d}.js", body.encode()


def chat_js(made: Sequence[tuple[Bucket, Sequence[str]]]) -> bytes:
    """`search/chat.js`: buckets with the names of their word files."""
    value = {
        "version": 1,
        "per": PER_TEXT,
        "buckets": [[one.key, len(one.jobs), " ".join(names)] for one, names in made],
    }
    return f"Archive.chat(JSON.parse({js_string(json_text(value))}))\n".encode()


def file_name(path: str) -> str:
    """The name of a word file in `chat_js`: `bo` of `search/words/2025/bo.js`."""
    return path.rpartition("/")[2].removesuffix(".js")


# --- which file a word is in ----------------------------------------------------------------------


def _groups(
    entries: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Words and their places by the name of their file. `assets/chat.js` finds them again."""
    singles = [entry for entry in entries if len(entry[0]) == 1 and entry[0].isascii()]
    if singles:
        yield SINGLES, singles
    rest = [entry for entry in entries if len(entry[0]) > 1 or not entry[0].isascii()]
    yield from _finer(rest, 0)


def _finer(
    entries: Sequence[tuple[str, str]], level: int
) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        groups.setdefault(_name(entry[0], level), []).append(entry)
    for name, group in groups.items():
        size = sum(len(word) + len(numbers) + 2 for word, numbers in group)
        if size > WORD_FILE and level < 2:
            yield from _finer(group, level + 1)
        else:
            yield name, group


def _name(word: str, level: int) -> str:
    """The file of a word at a level of fineness: 0 and 1 by its first character (of other scripts
    at 0 by 128 characters together), 2 by its first two."""
    first = word[0]
    if first.isascii():
        if level < 2:
            return first
        return first + word[1] if word[1].isascii() else f"{first}-{ord(word[1]):x}"
    if level == 0:
        return f"u{ord(first) >> 7:x}"
    if level == 1:
        return f"u{ord(first) >> 7:x}-{ord(first):x}"
    return f"u{ord(first) >> 7:x}-{ord(first):x}-{ord(word[1]) if len(word) > 1 else 0:x}"


def _steps(numbers: Sequence[int]) -> str:
    steps = map(sub, numbers, chain((0,), numbers))
    return "".join([_SMALL[step] if step < _MANY else _vlq(step) for step in steps])


def _vlq(number: int) -> str:
    text = ""
    while True:
        number, digit = number >> 5, number & 31
        if not number:
            return text + _DIGITS[digit]
        text += _DIGITS[digit | 32]


_MANY = 1024
_SMALL = tuple(_vlq(number) for number in range(_MANY))
