"""Files for searching chat: everything in them is found again, and they lie still."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import wordshards
from archiver.searchable import searchable
from archiver.words import index_words
from archiver.wordshards import PER_TEXT, Bucket, buckets, chat_js, text_file, together, word_files
from tests.factories import START, a_job, a_message, a_record, an_odd_job
from tests.scripts import literals

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def read_words(files: dict[str, bytes]) -> dict[str, set[int]]:
    """Jobs by word, read as `assets/chat.js` reads them."""
    found: dict[str, set[int]] = {}
    for body in files.values():
        _, _, words, places = literals(body)
        assert words.split(" ") == sorted(words.split(" "))
        for word, steps in zip(words.split(" "), places.split(" "), strict=True):
            job = step = shift = 0
            assert word not in found
            found[word] = set()
            for char in steps:
                value = ALPHABET.index(char)
                step |= (value & 31) << shift
                shift += 5
                if value < 32:
                    job += step
                    step = shift = 0
                    found[word].add(job)
    return found


texts = st.text(st.characters(exclude_categories=()), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=12))
def test_every_word_leads_to_its_jobs_and_to_no_other(chats: list[str]) -> None:
    jobs = [sorted(index_words(text)) for text in chats]
    found = read_words(word_files("2025", jobs))
    assert found == {
        word: {at for at, one in enumerate(jobs) if word in one} for one in jobs for word in one
    }


def test_steps_of_any_size_are_read_back() -> None:
    jobs = [["x1"] if n in (0, 1, 40, 1100, 9999) else [] for n in range(10_000)]
    assert read_words(word_files("2025", jobs)) == {"x1": {0, 1, 40, 1100, 9999}}


def test_a_large_file_of_words_is_parted_by_the_next_character() -> None:
    jobs = [[f"b{chr(97 + n % 26)}{n}", f"ж{n}", f"{chr(0x4E00 + n)}水", "z1"] for n in range(9000)]
    files = word_files("2025", jobs)
    names = {wordshards.file_name(path) for path in files}
    assert {"ba", "bz", "z"} <= names
    assert "b" not in names
    assert {"u8-436-30", "u8-436-39"} <= names
    assert "u9c" in names  # small, so 128 characters together
    assert max(map(len, files.values())) < 200_000
    assert set(read_words(files)) == {word for job in jobs for word in job}


def test_file_names_are_plain_ascii_and_cannot_leave_the_folder() -> None:
    words = sorted(index_words("a ab 完成 ß ж 𠮷野 ../x %41 con"))
    for path in word_files("2025", [words]):
        assert re.fullmatch(r"search/words/2025/[a-z0-9_-]+\.js", path)


def test_lines_are_kept_in_files_of_a_few_jobs_with_their_writers() -> None:
    jobs = [searchable(an_odd_job()), *[searchable(a_job())] * PER_TEXT]
    first, rest = together([job.chat_json for job in jobs])
    path, body = text_file("2025", 1, first)
    assert (path, len(rest)) == ("search/text/2025/0001.js", 1)
    bucket, text = literals(body)
    read = json.loads(text)
    assert (bucket, len(read)) == ("2025", PER_TEXT)
    names, lines = read[0]
    said = {(line[0], line[2]): (names[line[1]], len(line) > 3) for line in lines}
    assert said[9, "Remade the joint with two new olives and PTFE."] == ("Craig Parker", False)
    assert said[9, "Remade the joint with a new olive."] == ("Craig Parker", True)


def test_a_wording_that_came_back_is_listed_once_as_the_present_one() -> None:
    record = a_record([a_message(1, "first", was=("first", "second"))], [])
    lines = searchable(record).lines
    assert [(line.text, line.former) for line in lines] == [("first", False), ("second", True)]


def test_jobs_stand_in_buckets_by_year_and_in_finer_ones_where_there_are_many() -> None:
    few = [(str(n), START - timedelta(days=200 * n)) for n in range(4)]
    assert [one.key for one in buckets([*few, ("x", None)])] == ["2025", "2024", "undated"]
    many = [(f"{n:05}", START - timedelta(minutes=20 * n)) for n in range(15_000)]
    made = buckets(many)
    assert [one.key for one in made] == [f"2025-{month:02}" for month in range(10, 2, -1)]
    assert [job for one in made for job in reversed(one.jobs)] == [job for job, _ in many]
    burst = [(f"{n:05}", START.replace(day=1 + n // 6000)) for n in reversed(range(12_000))]
    assert [one.key for one in buckets(burst)] == ["2025-10-02", "2025-10-01"]


def test_a_bucket_of_any_year_has_four_digits() -> None:
    (one,) = buckets([("a", datetime(33, 4, 3, tzinfo=UTC))])
    assert one == Bucket("0033", ("a",))


def test_a_new_job_moves_no_other_bucket_and_no_older_job_within_its_own() -> None:
    before = [(str(n), START - timedelta(days=100 * n)) for n in range(1, 9)]
    after = buckets([("new", START), *before])
    assert after[1:] == buckets(before)[1:]
    assert after[0].jobs[:-1] == buckets(before)[0].jobs


def test_the_page_learns_which_buckets_and_word_files_there_are() -> None:
    (text,) = literals(chat_js([(Bucket("2025", ("a", "b")), ["_", "bo"])]))
    assert json.loads(text) == {"version": 1, "per": PER_TEXT, "buckets": [["2025", 2, "_ bo"]]}
