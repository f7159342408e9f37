"""Photos that are used in several jobs, as the pages of the archive tell of them."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from archiver.localapi import Workspace
from tests.browser.chrome import barriers, keep_shot, visiting
from tests.pipeline import folder_of, synced
from tests.test_reused import Office, a_scene, jpeg

OPEN = ".pswp--open .pswp__details"
AGAIN = "Also in another job"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """An archive with a photo that two of its three jobs have, and these two."""
    root = tmp_path_factory.mktemp("again") / "archive"
    office = Office()
    one = office.job(jpeg(a_scene(1)), jpeg(a_scene(2)))
    two = office.job(jpeg(a_scene(2)), jpeg(a_scene(3)))
    office.job(jpeg(a_scene(4)))
    # Playwright's event loop runs in this thread.
    worker = threading.Thread(target=_sync, args=(root, office.workspace))
    worker.start()
    worker.join()
    return root, one, two


def _sync(root: Path, workspace: Workspace) -> None:
    synced(root, workspace)


def test_a_photo_says_that_another_job_has_it_and_leads_to_where_that_is_told(
    browser: Browser, archive: tuple[Path, str, str]
) -> None:
    root, one, _ = archive
    with visiting(browser) as visit:
        page = visit.open(folder_of(root, one) / "index.html")
        mark = page.locator(".again")
        expect(mark).to_have_count(1)
        expect(page.locator("#p0002 .again")).to_have_text(AGAIN)
        assert barriers(page) == []
        keep_shot(page, "job-again")
        page.locator("#v-register + label").click()
        expect(mark).to_be_visible()
        mark.click()
        expect(page.locator("section:target")).to_contain_text("The same bytes in 2 jobs")
        expect(page.locator("section:target")).to_be_in_viewport()


def test_the_lightbox_says_so_too_also_when_it_was_opened_by_an_address(
    browser: Browser, archive: tuple[Path, str, str]
) -> None:
    root, _, two = archive
    with visiting(browser) as visit:
        page = visit.open(folder_of(root, two) / "index.html", "#photo-0001")
        link = page.locator(OPEN).get_by_role("link", name=AGAIN)
        expect(link).to_have_attribute("href", anchored(root))
        keep_shot(page, "lightbox-again")
        page.keyboard.press("ArrowRight")
        expect(page.locator(OPEN)).to_contain_text("Photo #0002")
        expect(link).to_have_count(0)


def test_beside_another_word_the_mark_is_a_sign_in_a_row_and_whole_where_there_is_room(
    browser: Browser, archive: tuple[Path, str, str]
) -> None:
    root, _, two = archive
    with visiting(browser) as visit:
        page = visit.open(folder_of(root, two) / "index.html")
        mark = page.locator("#p0001 .again")
        width = "(e) => e.getBoundingClientRect().width"
        assert mark.evaluate(width) > 99
        mark.evaluate(
            "(e) => { const s = document.createElement('span'); s.className = 'flag';"
            " s.textContent = 'HEIC'; e.before(s) }"
        )
        assert mark.evaluate(width) < 18
        expect(mark).to_have_accessible_name(AGAIN)
        for there_is_room in ("label[for=v-register]", "#p0001 .shot"):
            page.locator(there_is_room).click()
            spoken = page.get_by_role("link", name=AGAIN).last
            assert spoken.locator("span").evaluate(width) > 99
        page.keyboard.press("Escape")
        page.locator("label[for=v-timeline]").click()
        page.emulate_media(media="print")
        assert mark.evaluate(width) > 99


def anchored(root: Path) -> str:
    """The address of the one group, from a job's page."""
    (anchor,) = (line for line in (root / "reused.html").read_text("utf-8").split('"') if _is(line))
    return f"../../../reused.html#{anchor}"


def _is(text: str) -> bool:
    return len(text) == 13 and text[0] == "g" and all(c in "0123456789abcdef" for c in text[1:])


@pytest.mark.parametrize("width", [1280, 390])
def test_the_index_filters_by_it_keeps_that_in_its_address_and_marks_the_rows(
    browser: Browser, archive: tuple[Path, str, str], width: int
) -> None:
    root, _, _ = archive
    with visiting(browser, width=width) as visit:
        page = visit.open(root / "index.html")
        expect(page.locator("#count")).to_have_text("3 jobs")
        expect(page.locator("#rows .again")).to_have_count(2)
        page.locator("#status").select_option(label="Photos used in several jobs")
        expect(page.locator("#count")).to_have_text("2 of 3 jobs")
        assert page.url.endswith("#s=again")
        expect(page.locator("#rows tr:not(.pad)")).to_have_count(2)
        assert barriers(page) == []
        keep_shot(page, f"index-again-{width}")
        page.reload()
        expect(page.locator("#count")).to_have_text("2 of 3 jobs")
        page.evaluate("location.hash = '#s=again&v=cards'")
        expect(page.locator(".cards .again")).to_have_count(2)
        keep_shot(page, f"index-again-cards-{width}")


def test_a_jobs_folder_that_lies_by_itself_asks_for_nothing_outside(
    browser: Browser, archive: tuple[Path, str, str], tmp_path: Path
) -> None:
    root, one, _ = archive
    shutil.copytree(folder_of(root, one), tmp_path / "one")
    with visiting(browser) as visit:
        asked: list[str] = []
        visit.page.on("request", lambda request: asked.append(request.url))
        page = visit.open(tmp_path / "one/index.html")
        expect(page.locator("#p0002")).to_be_visible()
        assert [url for url in asked if not url.startswith((tmp_path / "one").as_uri())] == []


def test_without_scripts_the_page_still_leads_to_the_list(
    browser: Browser, archive: tuple[Path, str, str]
) -> None:
    root, one, _ = archive
    with visiting(browser, scripts=False) as visit:
        page = visit.open(folder_of(root, one) / "index.html")
        page.get_by_role("link", name="Photos used in several jobs").click()
        expect(page.locator("h1")).to_have_text("Photos used in several jobs")
