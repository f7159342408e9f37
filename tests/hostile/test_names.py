"""A workspace made wholly of naughty texts: archived, verified, exported, opened in Chromium."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from archiver.archive import Archive, job_folders, read_settings
from archiver.choosing import choose_jobs
from archiver.export import export_jobs
from archiver.localapi import LocalJob, Person, Workspace, hex_id
from archiver.naming import job_key
from archiver.verify import verify_archive
from archiver.view import site_settings
from tests.browser.chrome import launched, visiting
from tests.hostile.fuzz import check_page
from tests.hostile.strings import ADDRESSES, NAUGHTY, UNICODE
from tests.pipeline import KEY, START, WORKSPACE_ID, a_jpeg, check_with_bagit, synced


@dataclass(frozen=True)
class Made:
    """The archive of the naughty workspace, and its jobs' zips unpacked."""

    root: Path
    unpacked: Path
    names: tuple[str, ...]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every text is somewhere a job's name, a person's name and id, a message, a kind, a key."""
    base = tmp_path_factory.mktemp("naughty")
    workspace = Workspace(WORKSPACE_ID, KEY, clock=lambda: START)
    share = 12
    for at in range(0, len(NAUGHTY), share):
        some = NAUGHTY[at : at + share]
        person = Person(some[0] or "x", some[1])
        job_id = hex_id("naughty", at) if at % 24 else some[2] + str(at)
        job = workspace.add_job(LocalJob(job_id, some[3], START, person))
        for text in some:
            message = {"messageType": "chat", "timestampUploaded": text, "uploaderName": text}
            workspace.add_message(job_id, {**message, "uploaderId": text, "textMessage": text})
            workspace.add_message(job_id, {"messageType": text, text: text, "urlTo" + text: text})
        for text in ADDRESSES[:6]:
            workspace.add_message(
                job_id,
                {"messageType": "image", "uploaderName": text, "urlToImage": text,
                 "thumbnailForImage": text, "timestampUploaded": "2025-10-22T10:13:16.994Z"},
            )  # fmt: skip
        workspace.add_photo(
            job.job_id, a_jpeg(at), a_jpeg(at), by=person, at=START, name=f"photo{at}"
        )
    root = base / "archive"
    summary = synced(root, workspace)
    assert summary.jobs_failed == 0, summary.failures
    assert summary.jobs_new == len(workspace.jobs)
    out = base / "out.zip"
    folders = [folder.name for folder in job_folders(root)]
    site = site_settings(root, read_settings(root))
    export_jobs(root, choose_jobs(root, folders), out, site)
    with zipfile.ZipFile(out) as file:
        names = tuple(file.namelist())
        file.extractall(base / "unpacked")
    return Made(root, base / "unpacked", names)


def test_the_archive_is_sound_and_its_pages_run_nothing(made: Made) -> None:
    assert verify_archive(Archive(made.root)).faults == []
    for folder in job_folders(made.root):
        check_page((folder / "index.html").read_bytes())
    assert check_with_bagit(next(iter(job_folders(made.root)))) == ""


def test_no_name_of_a_file_leads_out_or_hides(made: Made) -> None:
    for path in [*made.names, *(p.relative_to(made.root).as_posix() for p in walk(made.root))]:
        assert path.isascii() or path.isprintable(), path
        assert not path.startswith("/"), path
        assert not any(c in path for c in '\\:*?"<>|%'), path
        assert ".." not in path.split("/"), path
    assert not Path("/tmp/evil").exists()


def walk(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and "staging" not in path.parts)


def test_chromium_opens_every_page_without_a_dialog_a_request_or_a_word(
    made: Made, browser: Browser
) -> None:
    pages = [made.root / "index.html", *sorted(made.root.glob("browse*.html"))]
    pages += [folder / "index.html" for folder in job_folders(made.root)]
    pages += sorted(made.unpacked.rglob("index.html"))
    with visiting(browser) as visit:
        visit.page.on("dialog", lambda dialog: visit.faults.append(f"dialog: {dialog.message}"))
        for file in pages:
            page = visit.open(file)
            assert page.evaluate("typeof window.evil") == "undefined"
            assert page.url.startswith("file://"), file


def test_the_search_of_the_index_takes_any_text(made: Made, browser: Browser) -> None:
    with visiting(browser) as visit:
        visit.page.on("dialog", lambda dialog: visit.faults.append(f"dialog: {dialog.message}"))
        page = visit.open(made.root / "index.html")
        box = page.locator("input[type=search]").first
        for text in NAUGHTY[::4]:
            if text not in UNICODE:
                box.fill(text.replace("\0", ""))
        box.fill("")
        assert page.locator("a[href*='jobs/']").count() > 0


def test_ids_that_are_no_ids_have_folders_of_their_own(made: Made) -> None:
    keys = {folder.name for folder in job_folders(made.root)}
    assert len(keys) == len(list(job_folders(made.root)))
    assert job_key("../../x") != "../../x"
