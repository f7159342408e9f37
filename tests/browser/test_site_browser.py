"""The pages in a real browser, from `file://`: they work, stay silent, and ask for nothing."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from archiver.pagetext import initials, tint
from tests.browser.chrome import barriers, visiting
from tests.browser.sample import Sample, write, write_job
from tests.factories import a_message, a_record

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def every_picture_is_shown(page: Page) -> bool:
    shown: bool = page.evaluate(
        """async () => {
            const all = [...document.images];
            all.forEach((i) => { i.loading = 'eager'; });
            await Promise.all(all.map((i) => i.decode().catch(() => 0)));
            return all.every((i) => i.naturalWidth > 0);
        }"""
    )
    return shown


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 800, 390, 320])
def test_every_page_is_silent_asks_for_nothing_and_never_scrolls_sideways(
    browser: Browser, sample: Sample, width: int, dark: bool
) -> None:
    files = [
        sample.root / "index.html",
        sample.root / "browse.html",
        sample.root / "browse-2025-10.html",
        sample.root / "browse-undated.html",
        sample.job / "index.html",
        sample.odd / "index.html",
        sample.zipped / "index.html",
        sample.zipped / "one" / "index.html",
    ]
    with visiting(browser, width=width, dark=dark) as visit:
        for file in files:
            page = visit.open(file)
            assert page.evaluate(WIDE) == 0, file
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert background == ("rgb(16, 19, 21)" if dark else "rgb(252, 252, 251)")
            assert every_picture_is_shown(page), file


def test_the_job_page_has_three_views_by_key_and_by_click(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.job / "index.html")
        chat, facts = page.locator("#m0003 .msg"), page.locator("#p0001 .hash")
        expect(chat).to_be_visible()
        expect(facts).to_be_hidden()
        page.keyboard.press("3")
        expect(facts).to_be_visible()
        expect(chat).to_be_hidden()
        page.locator("label[for=v-gallery]").click()
        expect(facts).to_be_hidden()
        expect(page.locator("#p0001 img")).to_be_visible()
        page.reload()  # the choice is kept
        expect(page.locator("#v-gallery")).to_be_checked()
        page.keyboard.press("1")
        expect(chat).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("view", ["v-gallery", "v-register"])
def test_a_link_to_a_message_leads_to_it_in_every_view(
    browser: Browser, sample: Sample, view: str, scripts: bool
) -> None:
    """Where messages are set aside: the history's links once led nowhere."""
    with visiting(browser, scripts=scripts) as visit:
        page = visit.open(sample.odd / "index.html")
        page.locator(f"label[for={view}]").click()
        other = page.locator("#m0007 .msg").first
        expect(page.locator("#m0009 .msg").first).to_be_hidden()
        page.locator("#history a[href='#m0009']").first.click()
        expect(page.locator("#m0009 .msg").first).to_be_in_viewport()
        expect(page.locator("#m0009 .who")).to_be_in_viewport()
        expect(other).to_be_hidden()


def test_a_link_to_a_long_message_shows_all_of_it(browser: Browser, sample: Sample) -> None:
    """What was found in it may stand at its end; a link to another leaves it folded."""
    heights = []
    for message in ("m0001", "m0016"):
        with visiting(browser) as visit:
            page = visit.open(sample.odd / "index.html", f"#{message}")
            box = page.locator("#m0016 .msg").bounding_box()
            assert box
            heights.append(box["height"])
    assert heights[1] > heights[0] * 2


def test_the_lightbox_opens_by_key_tells_the_facts_and_gives_focus_back(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.job / "index.html")
        page.locator("#p0002 .shot").focus()
        page.keyboard.press("Enter")
        panel = page.locator(".pswp__details")
        expect(panel).to_contain_text("Photo #0002")
        stored = sample.record.photos[1].image.versions[0]
        for fact in ("Craig Parker", "BST", stored.file.rpartition("/")[2], stored.sha256[:8]):
            expect(panel).to_contain_text(fact)
        assert page.url.endswith("#photo-0002")
        page.keyboard.press("ArrowRight")
        expect(panel).to_contain_text("Photo #0003")
        page.keyboard.press("i")
        expect(panel).to_be_hidden()
        page.keyboard.press("i")
        page.keyboard.press("Escape")
        expect(page.locator(".pswp")).to_have_count(0)
        assert page.evaluate("document.activeElement.closest('figure').id") == "p0003"


def test_the_lightbox_of_an_odd_job_shows_pictures_only(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.odd / "index.html")
        page.locator("#p0001 .shot").click()
        expect(page.locator(".pswp__counter")).to_contain_text("1 / 5")
        page.keyboard.press("ArrowRight")
        expect(page.locator(".pswp__details")).to_contain_text("Photo #0005")
        expect(page.locator(".pswp__details")).to_contain_text("Earlier version, kept")


def test_people_can_be_set_aside(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.odd / "index.html")
        page.get_by_label("Show Tom Wells").uncheck()
        expect(page.locator("#m0010")).to_be_hidden()
        expect(page.locator("#m0001")).to_be_visible()
        expect(page.locator("#shown")).to_have_text("Some people are hidden. The record is whole.")


def test_the_folder_can_be_checked_in_the_browser(
    browser: Browser, sample: Sample, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sample.job, copy)
    with visiting(browser, height=500) as visit:
        page = visit.open(copy / "index.html")
        page.locator("#verify").set_input_files(copy)
        expect(page.locator("#verdict")).to_contain_text("files match their SHA-256, and the seal")
        expect(page.locator("#verdict")).to_be_in_viewport(ratio=1)  # not below the rail's edge
        # Browsers say nothing when the same folder is chosen again, say after it was mended.
        assert page.locator("#verify").input_value() == ""
        (thumb,) = (copy / "data/thumbnails").glob("0001*")
        thumb.chmod(0o644)
        thumb.write_bytes(thumb.read_bytes() + b"x")
        next((copy / "data/images").glob("0002*")).unlink()
        write(copy, {"data/images/extra.jpeg": b"x", "contact-sheet-01.jpg": b"x"})
        page.reload()
        page.locator("#verify").set_input_files(copy)
        verdict = page.locator("#verdict")
        expect(verdict).to_contain_text("3 problems")
        for word in ("was altered", "is missing", "extra.jpeg does not belong here"):
            expect(verdict).to_contain_text(word)


def test_from_the_index_to_a_job_to_a_photo_and_back(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        page.locator("#q").fill("14 ashgrove")
        page.locator("#rows a").first.click()
        expect(page.locator("h1")).to_have_text("Boiler service, 14 Ashgrove Terrace")
        page.locator("#p0001 .shot").click()
        expect(page.locator(".pswp__details")).to_contain_text("Photo #0001")
        page.keyboard.press("Escape")
        expect(page.locator(".pswp")).to_have_count(0)
        page.get_by_role("link", name="All jobs").click()
        expect(page.locator("h1")).to_have_text("Ridgeway Plumbing & Heating")
        page.go_back()
        page.go_back()  # the search is still in the address
        expect(page.locator("#q")).to_have_value("14 ashgrove")
        expect(page.locator("#count")).to_have_text("1 of 123 jobs")


def test_the_index_searches_filters_sorts_and_keeps_it_in_the_address(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        count = page.locator("#count")
        expect(count).to_have_text("123 jobs")
        page.locator("#q").fill("drain BIRCH")
        expect(count).to_have_text("24 of 123 jobs")
        expect(page).to_have_url(re.compile(r"#q=drain\+BIRCH$"))  # a moment after the last key
        expect(page.locator("#rows mark").first).to_have_text("Drain")
        page.locator("#q").fill("nothing like this")
        expect(page.locator("#empty")).to_be_visible()
        page.locator("#clear").click()
        page.locator("#status").select_option("1")
        expect(count).to_have_text("13 of 123 jobs")
        page.locator("#status").select_option("8")  # checks.js says so, not the shard
        expect(count).to_have_text("1 of 123 jobs")
        page.locator("#status").select_option("")
        page.locator("#date").select_option("none")
        expect(count).to_have_text("1 of 123 jobs")
        expect(page.locator("#rows a")).to_have_text("Never dated")
        page.locator("#clear").click()
        page.locator("#sort").select_option("name")
        expect(page.locator("#rows a").first).to_have_text("An odd one")
        page.locator("label[for=v-cards]").click()
        expect(page.locator("#list")).to_have_class("cards")
        expect(page.locator("#checked")).to_contain_text("2 jobs checked, the first on 28 Oct 2025")


def test_the_index_finds_a_job_by_a_former_name_and_by_its_id(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html", "#q=boiler+%3Cold%3E")
        expect(page.locator("#rows a")).to_have_text("An odd one")
        expect(page.locator("#rows .sub").first).to_have_text("Formerly Boiler <old>")
        page.locator("#q").fill("aaaaed784f25")
        expect(page.locator("#rows a")).to_have_text("An odd one")


def test_the_index_works_without_checks(browser: Browser, sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.root, tmp_path / "archive")
    (tmp_path / "archive/search/checks.js").unlink()
    with visiting(browser) as visit:
        page = visit.open(tmp_path / "archive/index.html", "#q=never+dated")
        expect(page.locator("#count")).to_have_text("1 of 123 jobs")
        visit.faults = [f for f in visit.faults if "checks.js" not in f and "FILE_NOT" not in f]


def test_keys_move_through_the_index(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        expect(page.locator("#count")).to_have_text("123 jobs")
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.dataset.i") == "1"
        page.keyboard.press("End")
        assert page.evaluate("document.activeElement.textContent") == "Never dated"
        assert page.evaluate("document.querySelectorAll('*').length") <= 1000
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Boiler service, 14 Ashgrove Terrace")


def test_the_scripted_rows_say_what_the_plain_ones_say(browser: Browser, sample: Sample) -> None:
    """Dates, initials, tints and states are worked out twice, in Python and in the browser."""
    read = """[...document.querySelectorAll('#rows tr:not(.pad)')].slice(0, 8).map((r) =>
        [...r.querySelectorAll('td')].map((d) => d.className + '|' + d.textContent + '|' +
            [...d.querySelectorAll('.av, time, a, img')].map((e) => e.className + ' ' +
                (e.dateTime || '').slice(0, 19) + (e.href || '') + (e.src || '')).join()))"""
    with visiting(browser) as visit:
        page = visit.open(sample.root / "index.html")
        expect(page.locator("#count")).to_have_text("123 jobs")
        page.evaluate("document.querySelectorAll('.c-st .sub').forEach((e) => e.remove())")
        scripted = page.evaluate(read)
    with visiting(browser, scripts=False) as visit:
        page = visit.open(sample.root / "index.html")
        plain = page.evaluate(read)
    scripted[1][-1] = plain[1][-1]  # checks.js knows it to be damaged
    assert scripted == plain
    assert f"av s av{tint('Craig Parker')} " in scripted[0][2]
    assert initials("Craig Parker") in scripted[0][2]


@pytest.mark.parametrize("width", [1280, 390])
def test_without_scripts_everything_is_still_there(
    browser: Browser, sample: Sample, width: int
) -> None:
    with visiting(browser, width=width, scripts=False) as visit:
        page = visit.open(sample.root / "index.html")
        expect(page.locator("#rows tr")).to_have_count(40)
        expect(page.locator("#q")).to_be_hidden()
        page.locator("noscript a[href='browse.html']").click()
        page.get_by_role("link", name="Jobs without a date").click()
        page.get_by_role("link", name="Never dated").click()
        expect(page.locator("h1")).to_have_text("Boiler service, 14 Ashgrove Terrace")
        expect(page.locator("#m0003 .msg")).to_be_visible()
        page.locator("label[for=v-register]").click()
        expect(page.locator("#p0001 .hash")).to_be_visible()
        expect(page.locator("#verify")).to_be_hidden()
        page = visit.open(sample.odd / "index.html")
        wording = page.locator("#m0009").get_by_text("Remade the joint with a new olive.")
        expect(wording).to_be_hidden()
        page.locator("#m0009 summary").click()
        expect(wording).to_be_visible()
        fold = page.locator("#m0016 .msg")
        height = fold.bounding_box()
        page.locator("#m0016 .fold label").click()
        unfolded = fold.bounding_box()
        assert height
        assert unfolded
        assert unfolded["height"] > height["height"] * 2


def test_a_standalone_page_has_its_lightbox(browser: Browser, sample: Sample) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.zipped / "index.html")
        page.locator("#rows a").click()
        page.locator("#p0001 .shot").click()
        expect(page.locator(".pswp__details")).to_contain_text("Photo #0001")


def test_paper_shows_every_exhibit_with_its_facts_and_opens_edits(
    browser: Browser, sample: Sample
) -> None:
    with visiting(browser) as visit:
        page = visit.open(sample.odd / "index.html")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        for wanted in ("#p0001 .hash", "#p0002 .x >> nth=1", "#m0009 .was >> nth=0", ".print-end"):
            expect(page.locator(wanted)).to_be_visible()
        for unwanted in (".rail .days", ".rail .files", ".viewbar", ".bar", ".fold label"):
            expect(page.locator(unwanted).first).to_be_hidden()
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("width", [1280, 390])
def test_files_and_the_check_stay_near_however_many_people_and_days(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    names = tuple(f"Person {n} of a very long list" for n in range(200))
    messages = [
        replace(a_message(n + 1, minutes=n * 24 * 60), uploader_id=f"p{n}", uploader_name=names[n])
        for n in range(200)
    ]
    write_job(tmp_path, a_record(messages, []))
    with visiting(browser, width=width) as visit:
        page = visit.open(tmp_path / "index.html")
        rail = page.locator(".rail").bounding_box()
        check = page.locator("#check").bounding_box()
        assert rail is not None
        assert check is not None
        assert check["y"] - rail["y"] < 1000
        assert barriers(page) == []
        page.emulate_media(media="print")  # paper does not scroll
        people = page.locator(".people").evaluate("(e) => [e.scrollHeight, e.clientHeight]")
        assert people[0] == people[1]
