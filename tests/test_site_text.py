"""Whatever somebody wrote is shown as sent, in every place, and never becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.models import (
    Absence,
    FileRecord,
    HistoryEvent,
    JobRecord,
    JobSummary,
    PhotoRecord,
    StoredFile,
)
from archiver.pagetext import visible, web_address
from archiver.site import ExportEntry, SiteSettings, export_index, site_files
from archiver.weblinks import linked
from tests.factories import (
    a_file,
    a_message,
    a_missing_photo,
    a_photo_message,
    a_record,
    a_reference,
    a_seal,
    a_summary,
    a_time,
)
from tests.htmlread import Node, read
from tests.pages import job_page

SETTINGS = SiteSettings("W", "Europe/London")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></p></li><h1>",
    "' onmouseover='x",
    "{{ 7 * 7 }}{% raw %}",
    "&amp; &lt; &#0; &notit;",
    "]]><!-- -->",
    "a\r\nb\rc\td\x00\x0c\x1f\x7f\x85",
    "\ud83d \udc00 \ufffe \U0001ffff \ufdd0",
    "שלום \u202e\u2066 דוד",
    "javascript:alert(1)",
    "https://example.com/<x>\"'",
    "\n\n leading and trailing \n",
    " ",
)
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=()), min_size=1, max_size=40),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join),
)


def told_by_camera(text: str) -> StoredFile:
    """A kept picture whose EXIF holds `text`."""
    return a_file("data/images/0002.jpeg", camera=text, captured=text, place=text, notes=(text,))


def hostile_record(text: str) -> JobRecord:
    """A record with `text` in every place that somebody else writes."""
    who: dict[str, Any] = {"uploader_name": text, "uploader_id": text}
    return a_record(
        [
            a_message(1, text, was=(text,), **who),
            a_message(2, text, minutes=100, **who),
            a_message(3, text, minutes=200, kind=text, raw=text, files=(1,), **who),
            a_message(4, text, minutes=300, odd=(text,), raw=text),
            a_message(5, text, uploaded=None, uploaded_text=text),
            a_photo_message(6, 1, minutes=400, **who),
            a_message(7, text, minutes=500, position=None, absences=(Absence(a_time(600)),)),
            a_photo_message(8, 2, minutes=501, **who),
        ],
        [a_missing_photo(1, 6, text), PhotoRecord(2, 8, a_reference(told_by_camera(text)))],
        title=text,
        creator_name=text,
        listed_name=text + "x",
        job_id=text,
        odd=(text,),
        files=(FileRecord(1, 3, a_reference(a_file("data/files/1", media_type=text))),),
        history=(HistoryEvent("renamed", a_time(1), was=text, now=text + "x"),),
        web_app_link=text,
        report_link=text,
    )


def markup(page: Node) -> set[tuple[str, str]]:
    """Every (tag, attribute) pair of a page."""
    return {(n.tag, a) for n in page.walk() for a in ["", *n.attrs]}


LINK = {("a", ""), ("a", "href"), ("a", "rel"), ("a", "data-host")}
BENIGN = markup(read(job_page(hostile_record("x"), a_seal(), SETTINGS))) | LINK
BENIGN |= markup(read(job_page(hostile_record("x" * 2000), a_seal(), SETTINGS)))


@settings(max_examples=80, deadline=None)
@given(texts)
@example("\n" * 30)
def test_a_hostile_text_is_read_back_as_sent_and_adds_no_markup(text: str) -> None:
    page = read(job_page(hostile_record(text), a_seal(), SETTINGS))
    shown = visible(text)
    assert markup(page) <= BENIGN
    assert page.one("h1").text == shown
    assert page.one("title").text == f"{shown} · 22 Oct 2025 · Job record"
    assert [p.children for p in page.by_id("m0001").all("p", cls="msg")] == [[shown], [shown]]
    assert page.by_id("m0002").one("p", cls="msg").text == shown
    assert page.by_id("m0002").one("span", cls="who").text == shown
    assert page.by_id("m0003").one("pre").text == shown
    assert f"(“{shown}”)" in page.by_id("m0003").text
    assert page.by_id("m0005").one("header").one("bdi").text == shown
    assert page.by_id("m0007").one("p", cls="msg").text == shown
    assert shown in page.by_id("p0001").text
    assert page.by_id("p0002").text.count(shown) >= 3
    assert shown in page.by_id("history").text


@settings(max_examples=60, deadline=None)
@given(texts)
def test_a_hostile_name_is_read_back_as_sent_in_every_list(text: str) -> None:
    summary = a_summary(1, title=text, people=(text, text + "x"), excerpt=text)
    hostile = SiteSettings(text, "Europe/London")
    files = site_files([summary], hostile)
    pages = [files["index.html"], files["browse-2025-10.html"]]
    pages.append(export_index([ExportEntry("x", summary)], hostile))
    for made in pages:
        row = read(made).one("tbody").one("tr")
        assert row.one("a").text == visible(text)
        assert row.one("span", cls="sub").text == visible(text)
        assert not row.all("script")
    assert read(files["index.html"]).one("h1").text == visible(text)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_visible_changes_only_what_html_cannot_carry_and_can_be_undone(text: str) -> None:
    shown = visible(text)
    shown.encode()  # no lone surrogate is left
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]", shown)
    if "\\" not in text:
        back = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), shown)
        joined = text.encode("utf-16", "surrogatepass")
        assert back.encode("utf-16", "surrogatepass") == joined


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("see https://a.test/x?a=1&b=2.", ["https://a.test/x?a=1&b=2"]),
        ("HTTP://A.test and www.b.com", ["HTTP://A.test", "http://www.b.com"]),
        ("mail craig@example.com now", ["mailto:craig@example.com"]),
        ("tel:+44-20-7946-0000 or tel:1", ["tel:+44-20-7946-0000"]),
        ("javascript:alert(1) data:text/html,x ftp://a.test //a.test file:///etc", []),
        ("report.pdf and photo.com", []),
    ],
)
def test_only_web_mail_and_telephone_addresses_become_links(
    text: str, addresses: list[str]
) -> None:
    page = read(f"<p>{linked(text)}</p>".encode())
    assert page.text == text
    assert [a.attrs["href"] for a in page.all("a")] == addresses


@given(texts)
def test_linking_changes_no_word_and_links_no_other_scheme(text: str) -> None:
    whole = f"{text} https://a.test/{text} x@y.com"
    page = page_of_text(whole)
    assert page.text == visible(whole)
    for link in page.all("a"):
        assert re.match(r"(?i)(https?|mailto|tel):", link.attrs["href"])


def page_of_text(text: str) -> Node:
    record = a_record([a_message(1, text)])
    return read(job_page(record, a_seal(), SETTINGS)).by_id("m0001").one("p", cls="msg")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//a.test", "file:///x", "/x", "http:x\n", "https://a b", None, ""],
)
def test_links_to_the_app_and_the_report_are_web_addresses_or_absent(address: str | None) -> None:
    assert web_address(address) is None
    record = a_record(web_app_link=address, report_link=address)
    (links,) = read(job_page(record, a_seal(), SETTINGS)).all("p", cls="links")
    assert [one.attrs["href"] for one in links.all("a")] == ["../../../reused.html"]


def test_an_enormous_text_is_whole_in_the_page() -> None:
    text = "0123456789abcdef\n" * 300_000
    assert page_of_text(text).children == [text]


def test_a_name_may_be_missing() -> None:
    record = a_record([a_message(1, uploader_id=None, uploader_name=None)], creator_name=None)
    page = read(job_page(record, a_seal(), SETTINGS))
    assert page.by_id("m0001").one("span", cls="who").text == "(no name)"
    nobody: JobSummary = replace(a_summary(1), title=None, people=(), created=None, updated=None)
    index = read(site_files([nobody], SETTINGS)["index.html"])
    assert index.one("tbody").one("a").text == "(no title)"
