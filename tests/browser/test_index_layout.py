"""The index' table at every width, on paper, and in colours that the reader's system forces."""

from __future__ import annotations

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chrome import keep_shot, visiting
from tests.browser.sample import Sample

JOBS = 123


@pytest.mark.parametrize("width", [721, 768, 900, 1040, 1041, 1280])
def test_the_columns_share_the_whole_width(browser: Browser, sample: Sample, width: int) -> None:
    """Rows that hold the place of others once counted columns which a narrow window has not."""
    with visiting(browser, width=width) as visit:
        page = visit.open(sample.root / "index.html")
        expect(page.locator("#count")).to_have_text(f"{JOBS} jobs")
        edges = page.evaluate(
            "['#list', '#rows tr:not(.pad) td:last-child', 'thead th:last-child']"
            ".map((s) => Math.round(document.querySelector(s).getBoundingClientRect().right))"
        )
        assert edges[1:] == edges[:1] * 2


def printed(page: Page) -> list[str]:
    """The text of each printed page, in one line."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # Playwright's pdf() sends none
    document = pypdfium2.PdfDocument(page.pdf(format="A4"))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    return [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in document]


@pytest.mark.parametrize("layout", ["dense", "cards"])
def test_paper_has_every_job_that_was_found_under_its_column(
    browser: Browser, sample: Sample, layout: str
) -> None:
    """On the screen only the rows in view are in the document."""
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html", f"#v={layout}")
        expect(page.locator("#count")).to_have_text(f"{JOBS} jobs")
        sheets = printed(page)
        whole = " ".join(sheets)
        assert [n for n in range(1, 121) if f", {n} Birch Court" not in whole] == []
        assert f"{JOBS} jobs" in whole
        if layout == "dense":
            assert "Job Photos Created Status" in sheets[0]
        assert all("Birch Court" in sheet for sheet in sheets[:-1])  # none is blank
        assert page.locator("#rows tr").count() < 40  # and the screen has its own again
        page.locator("#q").fill("drain BIRCH")
        expect(page.locator("#count")).to_have_text(f"24 of {JOBS} jobs")
        whole = " ".join(printed(page))
        assert f"24 of {JOBS} jobs" in whole
        assert "Boiler" not in whole


def test_paper_has_photos_that_were_found(browser: Browser, sample: Sample) -> None:
    with visiting(browser, height=300) as visit:
        page = visit.open(sample.root / "index.html", "#v=photos")
        expect(page.locator("#count")).to_have_text("18 photos")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#photos .tile").count() == 18
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("#photos .tile").count() < 18


def test_a_dark_index_is_printed_in_dark_ink(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.emulate_media(media="print")
        assert (
            page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
        )


def test_what_is_chosen_is_seen_in_forced_colours(browser: Browser, sample: Sample) -> None:
    """Windows' contrast themes take backgrounds and shadows away; a choice must stand in more."""
    look = """(s) => { const c = getComputedStyle(document.querySelector(s));
        return [c.color, c.backgroundColor] }"""
    with visiting(browser) as visit:
        page = visit.page
        page.emulate_media(forced_colors="active")
        visit.open(sample.root / "index.html", "#ph=1")
        expect(page.locator("#ph")).to_be_checked()
        keep_shot(page, "index-forced")
        chosen = page.evaluate(look, "label[for=v-dense]")
        assert page.evaluate(look, "label[for=v-cards]")[0] != chosen[0]
        assert page.evaluate(look, "label[for=ph]") == chosen
        page.locator("#ph").uncheck(force=True)
        assert page.evaluate(look, "label[for=ph]")[0] != chosen[0]
        bar = "getComputedStyle(document.querySelector('.months button')).backgroundImage"
        assert "gradient" in page.evaluate(bar)
        visit.open(sample.job / "index.html")
        keep_shot(page, "job-forced")
        assert page.evaluate(look, "label[for=v-timeline]") == chosen
        assert page.evaluate(look, "label[for=v-gallery]")[0] != chosen[0]


@pytest.mark.parametrize(("width", "height"), [(1280, 600), (640, 450)])
def test_no_row_that_has_the_focus_lies_under_the_bar(
    browser: Browser, sample: Sample, width: int, height: int
) -> None:
    """WCAG 2.2, 2.4.11: going back by Shift+Tab, as the browser scrolls by itself."""
    edges = """() => [document.activeElement.closest('tr').getBoundingClientRect().top,
        ...['.find', 'thead th:last-child'].map((s) =>
            document.querySelector(s).getBoundingClientRect().bottom)]"""
    with visiting(browser, width=width, height=height) as visit:
        page = visit.open(sample.root / "index.html")
        expect(page.locator("#count")).to_have_text(f"{JOBS} jobs")
        page.keyboard.press("/")
        for _ in range(30):
            page.keyboard.press("ArrowDown")
        for _ in range(12):
            page.keyboard.press("Shift+Tab")
            top, bar, head = page.evaluate(edges)
            assert top >= max(bar, head) - 1
