"""The index finds what was said, by whom and where, however numbers are spaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from archiver import search
from archiver.models import JobId, JobRecord
from archiver.site import site_files
from archiver.summary import job_summary
from archiver.words import fold, index_words
from tests.browser.chrome import Visit, visiting
from tests.browser.sample import SETTINGS, write, write_chat
from tests.factories import START, a_message, a_record, a_summary

SAID = (
    "The tenant at SW1A 1AA rang from 07700 900 123 about a leak.",
    "Her mother’s number is +44 7700 900456, flat 12 A.",
    "Schlüssel beim Nachbarn in der Königstraße 7b.",
    "漏水の修理が完成しました。",
    "ห้องน้ำรั่ว ต้องซ่อม",
    "<b>Not bold</b> & \"quoted\" 'text' with a \\ backslash",
    "Протёк кран на кухне.",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jobs with one line each (the first with an edit and more lines), in two years."""
    root = tmp_path_factory.mktemp("found")
    records: dict[str, JobRecord] = {}
    for number, text in enumerate(SAID):
        job_id = f"{number:024x}"
        created = START.replace(year=2025 - number % 2)
        record = a_record(
            [
                a_message(1, "Arrived.", who=1),
                a_message(2, text, who=2),
                a_message(3, "Done for today.", was=("Done for toady.",)),
            ],
            [],
        )
        records[job_id] = replace(
            record,
            job_id=JobId(job_id),
            folder=f"2025-10-22-{number}-{job_id}",
            title=f"Job number {number}" + (", 14 C Mill Lane" if number == 5 else ""),
            created=created,
        )
    summaries = [job_summary(record) for record in records.values()]
    write(root, site_files(summaries, SETTINGS))
    write_chat(root, summaries, records)
    write(root, {"search/checks.js": b"", "search/reused.js": b""})
    return root


def titles(page: Page) -> list[str]:
    """The jobs that are shown, once the chat has been read."""
    expect(page.locator("#count")).not_to_contain_text("reading")
    return [title.split(",")[0] for title in page.locator("#rows a:first-child").all_inner_texts()]


def opened(visit: Visit, archive: Path, query: str = "") -> Page:
    page = visit.open(archive / "index.html")
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    if query:
        page.locator("#q").fill(query)
        expect(page.locator("html")).to_have_attribute("data-searched", query)
    return page


def test_a_line_is_found_shown_in_its_context_and_leads_to_its_message(
    browser: Browser, archive: Path
) -> None:
    with visiting(browser) as visit:
        page = opened(visit, archive, "leak tenan")
        line = page.locator("#rows a.line")
        expect(line).to_have_text("Tom Wells: " + SAID[0])
        assert line.locator("mark").all_inner_texts() == ["tenan", "leak"]
        assert (line.get_attribute("href") or "").endswith("/index.html#m0002")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        expect(line).to_be_focused()
        page.locator("#q").fill("not bold")
        expect(page.locator("#rows a.line")).to_contain_text("<b>Not bold</b> & \"quoted\" 'text'")
        page.locator("#q").fill("toady")
        expect(page.locator("#rows a.line").first).to_have_text(
            "Craig Parker (edited since): Done for toady."
        )
        assert len(titles(page)) == len(SAID)


def test_the_part_of_a_long_message_is_shown_in_which_the_words_stand(
    browser: Browser, tmp_path: Path
) -> None:
    """Not where the commonest of them stands first."""
    listed = "Valve checked, no drip. " * 60 + "Valve 17 seized, order a new one."
    record = a_record([a_message(1, listed)], [])
    write(tmp_path, site_files([job_summary(record)], SETTINGS))
    write_chat(tmp_path, [job_summary(record)], {record.job_id: record})
    write(tmp_path, {"search/checks.js": b"", "search/reused.js": b""})
    with visiting(browser) as visit:
        page = opened(visit, tmp_path, "valve 17")
        line = page.locator("#rows a.line")
        expect(line).to_contain_text("Valve 17 seized")
        shown = line.bounding_box()
        found = line.locator("mark", has_text="17").first.bounding_box()
        assert shown is not None
        assert found is not None
        assert found["x"] + found["width"] < shown["x"] + shown["width"]  # not cut away


TYPED = (
    ("SW1A1AA", 0),
    ("sw1a 1aa", 0),
    ("sw1a1", 0),
    ("07700900123", 0),
    ("07700 900123", 0),
    ("+44 7700 900 123", 0),
    ("00447700900123", 0),
    ("07700 900 456", 1),
    ("07700900456", 1),
    ("12a", 1),
    ("12 a", 1),
    ("12-A", 1),
    ("7 B", 2),
    ("konigstrasse", 2),
    ("SCHLUSSEL", 2),
    ("漏水", 3),
    ("修理が完成", 3),
    ("理", 3),
    ("ซ่อม", 4),
    ("протек", 6),
    ("14c", 5),
    ("14 c mill", 5),
    ("job number 5 backslash", 5),
    ("nachb", 2),
    ("achbarn", None),
    ("backslash leak", None),
)


def test_it_is_found_however_it_is_typed(browser: Browser, archive: Path) -> None:
    """In any case and spacing, from the beginnings of words, never from their middles."""
    with visiting(browser) as visit:
        page = opened(visit, archive)
        found = []
        for typed, _ in TYPED:
            page.evaluate("delete document.documentElement.dataset.searched")
            page.locator("#q").fill(typed)
            expect(page.locator("html")).to_have_attribute("data-searched", typed)
            shown = page.locator("#rows a:first-child").all_inner_texts()
            found.append((typed, [title.split(",")[0] for title in shown]))
        assert found == [(t, [] if job is None else [f"Job number {job}"]) for t, job in TYPED]


def test_only_the_files_for_what_was_typed_are_loaded(browser: Browser, archive: Path) -> None:
    with visiting(browser) as visit:
        asked: list[str] = []
        visit.page.on("request", lambda request: asked.append(request.url.partition("search/")[2]))
        page = opened(visit, archive)
        assert not [one for one in asked if one.startswith(("words", "text"))]
        page.locator("#q").fill("tenant")
        expect(page.locator("#rows a.line")).to_have_count(1)
        assert sorted(one for one in asked if one.startswith(("words", "text"))) == [
            "text/2025/0000.js",
            "words/2024/t.js",
            "words/2025/t.js",
        ]


def test_the_page_folds_and_cuts_as_the_index_was_made(browser: Browser, archive: Path) -> None:
    """`words.js` and `words.py` are the same rules twice."""
    with visiting(browser) as visit:
        page = visit.open(archive / "index.html")
        samples = [*SAID, "İstanbul ΟΔΟΣ ﬁ ㎏ Å ｶﾞ が", "한국어 테스트", "x" * 80, "𠮷野家 ok"]
        for text in samples:
            assert page.evaluate("(t) => Archive.query.fold(t)", text) == fold(text)
            looks = page.evaluate("(t) => Archive.query.looks(Archive.query.fold(t))", text)
            assert {look["word"] for look in looks} <= index_words(text)


def test_an_archive_without_search_data_is_still_searched_by_its_rows(
    browser: Browser, archive: Path, tmp_path: Path
) -> None:
    for path in archive.rglob("*"):
        name = path.relative_to(archive).as_posix()
        if path.is_file() and not name.startswith(("search/chat", "search/words", "search/text")):
            write(tmp_path, {name: path.read_bytes()})
    with visiting(browser) as visit:
        page = opened(visit, tmp_path, "mill lane")
        assert titles(page) == ["Job number 5"]
        visit.faults = [
            one for one in visit.faults if "chat.js" not in one and "FILE_NOT" not in one
        ]


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 300 jobs in files of 7, every third of them on Birch Court."""
    root = tmp_path_factory.mktemp("sharded")
    streets = ("Birch Court", "Ash Lane", "Elm Row")
    summaries = [a_summary(n, title=f"{n} {streets[n % 3]}", thumbnail=None) for n in range(300)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SHARD_JOBS", 7)
        write(root, site_files(summaries, SETTINGS))
    write_chat(root, summaries, {})
    write(root, {"search/checks.js": b"", "search/reused.js": b""})
    return root


def test_the_rows_in_view_come_first_and_all_others_are_found_after_them(
    browser: Browser, sharded: Path
) -> None:
    birch = [f"{n} Birch Court" for n in range(0, 300, 3)]
    with visiting(browser, height=400) as visit:
        page = opened(visit, sharded)
        # Everything in one task, before the search could go on by itself.
        first, last, focused = page.evaluate(
            """async () => {
              const field = document.querySelector('#q'), shown = () =>
                [...document.querySelectorAll('#rows a')].map((a) => a.textContent);
              for (const typed of ['b', 'bi', 'birch c']) {
                field.value = typed;
                field.dispatchEvent(new Event('input', { bubbles: true }));
              }
              const first = shown(), key = (key) => document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', { key, bubbles: true }));
              field.focus();
              key('ArrowDown');
              key('End');
              return [first, shown(), document.activeElement.dataset.i];
            }"""
        )
        assert first == birch[: len(first)]
        assert 5 < len(first) < 30
        assert last == birch[-len(last) :]
        assert focused == "99"
        expect(page.locator("#count")).to_have_text("100 of 300 jobs")
        page.wait_for_url("**/index.html#q=birch+c")


def test_typing_on_finds_what_typing_at_once_finds_in_any_order(
    browser: Browser, sharded: Path
) -> None:
    with visiting(browser, height=400) as visit:
        page = opened(visit, sharded)
        for sort, wanted in (("created", "2 Elm Row"), ("oldest", "299 Elm Row")):
            page.locator("#sort").select_option(sort)
            for typed in (page.locator("#q").press_sequentially, page.locator("#q").fill):
                page.locator("#q").fill("")
                expect(page.locator("#count")).to_have_text("300 jobs")
                typed("elm row")
                expect(page.locator("#count")).to_have_text("100 of 300 jobs")
                assert page.locator("#rows a").first.inner_text() == wanted
