"""A job in several pages is one job to whoever follows an address of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from archiver import jobparts
from archiver.site import job_pages
from tests.browser.chrome import barriers, keep_shot, visiting
from tests.browser.sample import SETTINGS, write, write_job
from tests.factories import a_seal
from tests.test_jobparts import a_long_job


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a job in three parts."""
    folder = tmp_path_factory.mktemp("parted")
    record = a_long_job(4, 5, 6)
    write_job(folder, record)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobparts, "PART_PHOTOS", 6)
        write(folder, {str(name): body for name, body in job_pages(record, a_seal(), SETTINGS)})
    return folder


def test_an_address_of_another_part_opens_its_photo_there(browser: Browser, parted: Path) -> None:
    with visiting(browser) as visit:
        page = visit.open(parted / "index.html", "#photo-0007")
        expect(page.locator(".pswp--open .pswp__details")).to_contain_text("Photo #0007")
        assert page.url.endswith("/part-2.html#photo-0007")
        page = visit.open(parted / "part-3.html", "#p0002")
        expect(page.locator("#p0002")).to_be_in_viewport()
        page = visit.open(parted / "index.html", "#m0018")
        page.wait_for_url("**/part-3.html#m0018")
        page = visit.open(parted / "index.html", "#p9999")  # nobody has it
        assert page.url.endswith("/index.html#p9999")


def test_without_scripts_plain_links_lead_from_part_to_part(browser: Browser, parted: Path) -> None:
    with visiting(browser, scripts=False) as visit:
        page = visit.open(parted / "index.html")
        page.get_by_role("link", name="Part 3").click()
        expect(page.locator("#p0012")).to_be_visible()
        page.locator(".days a").first.click()
        assert "/index.html#d" in page.url
        page.locator(".facts3").get_by_role("link", name="#0015").click()
        assert page.url.endswith("/part-3.html#p0015")


def test_a_later_part_has_no_barriers_and_is_silent(browser: Browser, parted: Path) -> None:
    with visiting(browser, width=390, dark=True) as visit:
        page = visit.open(parted / "part-2.html")
        assert barriers(page) == []
        keep_shot(page, "job-part-phone")
