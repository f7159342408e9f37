"""Paper: an evidence report on A4 and on Letter, whole and in order."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chrome import SHOTS, visiting
from tests.browser.sample import Sample, write_job
from tests.factories import a_job

PAPERS = {"A4": (595, 842), "Letter": (612, 792)}


def printed(page: Page, paper: str, keep: str = "") -> list[str]:
    """The text of each printed page; page images are kept for the eye under a name."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # Playwright's pdf() sends none
    document = pypdfium2.PdfDocument(page.pdf(format=paper, prefer_css_page_size=True))
    SHOTS.mkdir(parents=True, exist_ok=True)
    texts = []
    for number, sheet in enumerate(document, 1):
        assert [round(side) for side in sheet.get_size()] == pytest.approx(PAPERS[paper], abs=1)
        texts.append(sheet.get_textpage().get_text_range().replace("\r\n", "\n"))
        if keep:
            sheet.render(scale=1).to_pil().save(SHOTS / f"{keep}-{paper}-{number}.png")
    return texts


@pytest.mark.parametrize("paper", PAPERS)
def test_the_report_fits_the_readers_paper_and_no_exhibit_is_split(
    browser: Browser, sample: Sample, paper: str
) -> None:
    with visiting(browser) as visit:
        sheets = printed(visit.open(sample.job / "index.html"), paper, "print-job")
    kept = {photo.number: photo.image.versions[0] for photo in sample.record.photos}
    seen = []
    for number, text in enumerate(sheets, 1):
        assert f"Page {number} of {len(sheets)}" in text
        assert "seal" in text  # in the footer of every page
        whole = text.replace("\n", "")
        for exhibit, stored in kept.items():
            if f"Exhibit #{exhibit:04d}" in text:
                seen.append(exhibit)
                assert stored.sha256 in whole  # the end of its caption is on the same page
    assert seen == sorted(kept)


def test_the_report_tells_cover_facts_completeness_history_people_and_addresses(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        text = "\n".join(printed(visit.open(sample.odd / "index.html"), "A4", "print-odd"))
    whole = " ".join(text.split())
    for said in (
        "An odd one",
        "7 of 9 photos kept, 2 missing",
        "Not archived",
        "HTTP 404 Not Found",
        "History",
        "Sofia Lindqvist",
        "sha256sum -c manifest-sha256.txt",
        "https://example.com/boiler?id=4&part=2",
        "Remade the joint with a new olive.",  # the first wording, without a click
        "End of record. 9 photos",
    ):
        assert said in whole, said
    for spelled in ("https://app.workphotos.com/w/jobs/", "data/snapshots/0002-"):
        assert spelled in text.replace("\n", "")


def test_a_long_job_prints_every_photo(browser: Browser, tmp_path: Path) -> None:
    """What the browser skips on screen (`content-visibility`) is on paper."""
    write_job(tmp_path, a_job(photos=205, messages=5, minutes_apart=0.1))
    with visiting(browser) as visit:
        text = "".join(printed(visit.open(tmp_path / "index.html"), "A4"))
    assert [n for n in range(1, 206) if f"Exhibit #{n:04d}" not in text] == []


@pytest.mark.parametrize("set_aside", ["v-gallery", "v-register", "a person"])
def test_paper_has_the_whole_record_whatever_was_set_aside_on_screen(
    browser: Browser, sample: Sample, set_aside: str
) -> None:
    """The end of the report counts every photo and message: it must not stand under fewer."""
    with visiting(browser) as visit:
        page = visit.open(sample.job / "index.html")
        whole = printed(page, "A4")
        if set_aside == "a person":
            page.uncheck(".people input >> nth=0")
            assert page.locator(".e:visible").count() < page.locator(".e").count()
        else:
            page.click(f"label[for={set_aside}]")
            assert page.locator(".msg:visible").count() == 0
        assert printed(page, "A4") == whole


def test_what_paper_opened_is_closed_again_on_screen(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.odd / "index.html")
        page.locator("details > summary").first.click()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details[open]").count() == 1


def test_no_address_on_paper_is_a_place_in_a_folder_that_paper_has_not(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        text = "".join(printed(visit.open(sample.job / "index.html"), "A4"))
    assert "https://app.workphotos.com/" in text
    assert "../" not in text
