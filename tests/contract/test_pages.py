"""Contract, *Pages*: what a person reads, and what a page may never do."""

from __future__ import annotations

import html
import json
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from archiver.archive import job_folders
from archiver.localapi import LocalImage
from tests.contract.conftest import Demo
from tests.contract.stage import Done, cli, reached, served
from tests.pipeline import (
    AMIRA,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    add_job,
    folder_of,
    synced,
)

Here = Callable[..., Done]


def page_of(root: Path, job_id: str) -> str:
    """The HTML of a job's page."""
    return (folder_of(root, job_id) / "index.html").read_text("utf-8")


class Page(HTMLParser):
    """A page's elements, and its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join(" ".join(self.pieces).split())


WORDINGS = [
    ("Joint remade with one olive.", "Joint remade with two olives."),
    ("a <b>bold</b> & “quoted” line", "a <b>bolder</b> & “quoted” line\nand another"),
    ("https://example.com/one?a=1&b=2 see", "https://example.com/two?a=1&b=2 see"),
    ("שלום הדוד תקין", "שלום הדוד לא תקין"),
]


def test_both_wordings_of_an_edited_message_stand_whole(tmp_path: Path) -> None:
    """“Each as one unbroken text”: no mark-up inside either, links aside."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    for before, _ in WORDINGS:
        workspace.add_chat(job_id, before, by=AMIRA, at=START)
    synced(root, workspace)
    for place, (_, after) in enumerate(WORDINGS, 1):
        workspace.edit_message(job_id, place, textMessage=after)
    synced(root, workspace)
    source = page_of(root, job_id)
    text = Page(source).text
    for wordings in WORDINGS:
        for wording in wordings:
            assert " ".join(wording.split()) in text, wording
            if "http" not in wording:
                assert html.escape(wording, quote=False) in source.replace("&#34;", '"'), wording


NAMES = [
    "Ann <script>alert(1)</script>",
    "O'Brien & Söhne “GmbH”",
    "  two  spaces  ",
    "علي بن زيد",
    "完成 🔧",
    "{{ 7*7 }} {% raw %}",
    "x\u200by\u202ez",
]


def test_names_and_texts_are_shown_exactly_as_sent(tmp_path: Path) -> None:
    """People, titles and chats; what HTML cannot carry is a visible `\\uXXXX`."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    workspace.rename(job_id, "Title <i>as</i> sent & “so”")
    for name in NAMES:
        workspace.add_chat(job_id, f"Said by {name}", by=AMIRA, at=START)
        workspace.edit_message(job_id, -1, uploaderName=name)
    workspace.add_chat(job_id, "lone \ud800 null \x00 bell \x07 end", by=AMIRA, at=START)
    synced(root, workspace)
    source = page_of(root, job_id)
    page = Page(source)
    pieces = "\n".join(page.pieces)
    for name in NAMES:
        assert name in pieces, name
    assert "Title <i>as</i> sent & “so”" in pieces
    assert r"lone \ud800 null \u0000 bell \u0007 end" in pieces
    assert not [1 for tag, _ in page.elements if tag == "i" and "as</i>" in source]


def test_what_vanished_says_so_in_words(tmp_path: Path) -> None:
    """A photo, a message and a job: “no longer in WorkPhotos since …”."""
    workspace = a_workspace(jobs=2, photos=2)
    lost, edited = workspace.jobs
    clock, root = Clock(), tmp_path / "a"
    synced(root, workspace, clock=clock)
    workspace.remove_message(edited.job_id, 2)
    workspace.remove_message(edited.job_id, 0)
    workspace.remove_job(lost.job_id)
    clock.forward(days=1)
    synced(root, workspace, clock=clock)
    said = "no longer in workphotos since"
    marks = Page(page_of(root, edited.job_id)).text.lower()
    assert marks.count(said) >= 2
    assert "24 november 2025" in marks or "24 nov 2025" in marks
    assert said in Page(page_of(root, lost.job_id)).text.lower()


def test_a_page_says_when_it_was_sealed_and_claims_no_check(tmp_path: Path) -> None:
    """“Nothing that a later check could belie”; `verify` changes no page that is sound."""
    workspace = a_workspace(jobs=1, photos=1)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    synced(root, workspace)
    before = page_of(root, job_id)
    text = Page(before).text
    assert re.search(r"[Ss]ealed", text)
    assert "2025-11-23T10:15" in before
    assert not re.search(r"\b(verified|checked|intact|unaltered) (on|at|since|in full)", text)
    assert cli("verify", root, "--json").code == 0
    assert page_of(root, job_id) == before
    checks = (root / "search/checks.js").read_text("utf-8")
    assert job_id in checks
    for page in root.rglob("*.html"):
        assert "checks.js" not in page.read_text("utf-8") or page == root / "index.html", page


def test_the_page_of_a_damaged_job_says_so_until_it_is_sound_again(tmp_path: Path) -> None:
    """`verify` finds damage (3): page and index say so in words, until it is mended."""
    workspace = a_workspace(jobs=2, photos=1)
    job_id, root = workspace.jobs[0].job_id, tmp_path / "a"
    synced(root, workspace)
    sound = page_of(root, job_id)
    (image,) = (folder_of(root, job_id) / "data/images").iterdir()
    body = image.read_bytes()
    image.chmod(0o644)
    image.write_bytes(body[:-3] + b"xyz")
    found = cli("verify", root, "--json")
    assert found.code == 3
    assert [fault["path"].rpartition("/")[2] for fault in found.json["faults"]] == [image.name]
    text = Page(page_of(root, job_id)).text
    assert "damaged" in text.lower()
    assert image.name in text
    checks = (root / "search/checks.js").read_text("utf-8")
    known = json.loads(checks[checks.index("{") : checks.rindex("}") + 1])
    assert [known["id"][place] for place in known["bad"]] == [job_id]
    # The page that says so belongs to the view: nothing but the image is at fault.
    assert len(cli("verify", root, "--json").json["faults"]) == 1
    image.write_bytes(body)
    assert cli("verify", root, "--json").code == 0
    assert page_of(root, job_id) == sound


# --- what a page may never do -------------------------------------------------------------------

_SCHEMES = {"http", "https", "mailto", "tel", "blob", "data", ""}
_LINKS = ("href", "src", "srcset", "poster", "data-src", "data-href", "action", "formaction")


def pages(root: Path) -> Iterator[tuple[str, str]]:
    """Every page below a folder with its relative name."""
    for path in sorted(root.rglob("*.html")):
        if ".archiver" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_text("utf-8")


def check_page(name: str, source: str, files: set[str]) -> None:
    """The rules of the contract for one page among the `files` it lies with."""
    page = Page(source)
    assert "Content-Security-Policy" in source, name
    for tag, attributes in page.elements:
        assert tag not in ("iframe", "object", "embed", "base", "frame", "applet"), name
        assert not [key for key in attributes if key.startswith("on")], (name, attributes)
        if tag == "meta":
            assert (attributes.get("http-equiv") or "").lower() != "refresh", name
        for key in _LINKS:
            if attributes.get(key):
                check_link(name, tag, str(attributes[key]), files)


def check_link(name: str, tag: str, link: str, files: set[str]) -> None:
    """A link names a file that is there, stays inside, and has an allowed scheme."""
    parts = urlsplit(link)
    assert parts.scheme in _SCHEMES, (name, link)
    if parts.scheme == "data":
        assert link.startswith("data:image/"), (name, link)
    if parts.scheme or link.startswith("#"):
        assert tag not in ("script", "link", "img") or parts.scheme in ("data", ""), (name, link)
        return
    assert not parts.netloc, (name, link)
    assert not link.startswith("/"), (name, link)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
    assert not target.startswith(".."), (name, link)
    if parts.path:
        assert target in files, (name, link)


def hostile_archive(root: Path) -> None:
    """An archive in which every text tries to be mark-up."""
    workspace = a_workspace(jobs=2, photos=2)
    job = add_job(workspace, '"><iframe src=//x>', photos=1, number=9)
    for text in (
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1) data:text/html,x file:///etc/passwd //evil.example/x",
        "see http://example.com/<script>?a='b' or mailto:a@example.com, www.example.com.",
        "</script></style></textarea><base href=//x>",
    ):
        workspace.add_chat(job.job_id, text, by=AMIRA, at=START)
    for odd in (
        {"messageType": "<iframe>", "onload": "x", "href": "javascript:alert(1)"},
        {"messageType": "image", "urlToImage": "javascript:alert(1)"},
        {"messageType": "video", "url": "//evil.example/x"},
    ):
        workspace.add_message(job.job_id, odd)
    job.list_overrides["webAppDeeplink"] = "javascript:alert(1)"
    job.list_overrides["jobReportDeeplink"] = 'https://x.example/"onclick="x'
    workspace.images[next(iter(workspace.images))] = LocalImage(status=404)
    synced(root, workspace)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile archive, made once."""
    root = tmp_path_factory.mktemp("hostile") / "a"
    hostile_archive(root)
    return root


def test_pages_hold_no_handlers_frames_or_links_that_lead_out(hostile: Path) -> None:
    """No inline handler, `iframe`, `object`, `embed`, `base`, `meta refresh`; links name files
    that are there, relative or http, https, mailto, tel, blob, `data:image`."""
    files = {p.relative_to(hostile).as_posix() for p in hostile.rglob("*") if p.is_file()}
    count = 0
    for name, source in pages(hostile):
        check_page(name, source, files)
        count += 1
        for tag, attributes in Page(source).elements:
            if tag == "script" and "src" not in attributes:
                assert attributes.get("type") == "application/json", name
            assert tag != "a" or "evil" not in str(attributes.get("href")), name
    assert count >= 4


def test_every_page_of_the_demo_keeps_the_rules(demo: Demo) -> None:
    """The same rules over the whole sample workspace."""
    files = {p.relative_to(demo.root).as_posix() for p in demo.root.rglob("*") if p.is_file()}
    names = []
    for name, source in pages(demo.root):
        check_page(name, source, files)
        names.append(name)
    assert len(names) > len(list(job_folders(demo.root)))


def test_an_exported_zip_keeps_the_rules_and_holds_no_script_file(
    hostile: Path, tmp_path: Path
) -> None:
    """“Exported zips hold no `.js` file, the page's own scripts stand inline under a CSP hash.”"""
    ids = [json.loads((f / "data/record.json").read_bytes()) for f in job_folders(hostile)]
    zipped = tmp_path / "out.zip"
    done = cli("export", hostile, *(one["job_id"] for one in ids), "-o", zipped, "--json")
    assert done.code == 0, done.err
    with zipfile.ZipFile(zipped) as file:
        names = set(file.namelist())
        assert not [name for name in names if name.endswith(".js")]
        found = [name for name in names if name.endswith(".html")]
        assert len(found) >= 4
        for name in found:
            source = file.read(name).decode()
            check_page(name, source, names)
            inline = [
                attributes
                for tag, attributes in Page(source).elements
                if tag == "script" and attributes.get("type") != "application/json"
            ]
            assert not inline or "sha256-" in source


def test_a_photo_that_failed_has_a_placeholder_with_its_reason(tmp_path: Path, here: Here) -> None:
    """It is never an `<img>` of nothing."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    path = workspace.add_image("/images/gone", LocalImage(status=410))
    message: dict[str, Any] = {"messageType": "image", "urlToImage": path}
    workspace.add_message(job_id, message)
    workspace.add_photo(job_id, a_jpeg(1), a_jpeg(2), at=START)
    with served(workspace) as api:
        assert here("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync").code == 3
    page = Page(page_of(tmp_path / "a", job_id))
    assert "410" in page.text
    shown = [str(a.get("src")) for tag, a in page.elements if tag == "img"]
    assert not [one for one in shown if "/0001-" in one and "data/" in one]
