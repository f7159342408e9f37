"""What holds for every page: policy, links, assets, determinism, and what templates may use."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from jinja2 import nodes

import archiver.indexpage
import archiver.jobcontext
import archiver.monthpages
import archiver.pagewords
import archiver.photopages
import archiver.reader
import archiver.reusedpage
import archiver.site
from archiver.branding import Branding
from archiver.gallery import ratio_rules
from archiver.photoshards import PhotoOfJob
from archiver.searchable import searchable
from archiver.site import (
    ExportEntry,
    SiteSettings,
    export_index,
    job_assets,
    job_summary,
    photo_month_pages,
    photo_months_page,
    site_files,
)
from archiver.templating import _environment, templates_folder
from tests.factories import a_job, a_name, a_record, a_seal, a_summary, an_odd_job
from tests.golden_plugin import check_golden
from tests.htmlread import Node, read
from tests.pages import job_page

SETTINGS = SiteSettings("Ridgeway Plumbing & Heating", "Europe/London")
ODD = an_odd_job()
SUMMARIES = [a_summary(n) for n in range(3)] + [
    a_summary(3, title=None, created=None, updated=None, thumbnail=None, people=()),
    a_summary(4, missing=2, changes=1, people=("a", "b", "c", "d", "e")),
    a_summary(5, gone=a_summary().created),
    a_summary(6, damaged=True, missing=1),
]


def every_page(settings: SiteSettings = SETTINGS) -> dict[str, bytes]:
    """Each kind of page, by a path at which it may lie."""
    folder = "jobs/2025/x"
    files = site_files(SUMMARIES, settings)
    pages = {name: made for name, made in files.items() if name.endswith(".html")}
    sheets = ("contact-sheet-01.jpg", "contact-sheet-02.jpg")
    pages[f"{folder}/index.html"] = job_page(
        ODD, a_seal(), settings, sheets=sheets, sheet_pdf="contact-sheet.pdf"
    )
    pages[f"{folder}/damaged.html"] = job_page(
        ODD, a_seal(), settings, damaged=(f"data/images/{a_name(9)}",)
    )
    found = [PhotoOfJob(folder, "<Boiler>", photo) for photo in searchable(ODD).photos]
    pages |= photo_month_pages("2025-10", found * 60, settings, newer="2025-11", older="undated")
    pages["photos.html"] = photo_months_page([("2025-10", 540), ("undated", 1)], settings)
    pages["zip/one/index.html"] = job_page(ODD, a_seal(), settings, standalone=True)
    pages["zip/index.html"] = export_index([ExportEntry("one", job_summary(ODD))], settings)
    return pages


PAGES = every_page()
pages = pytest.mark.parametrize("path", sorted(PAGES))


@pytest.mark.parametrize("name", ["index.html", "browse.html", "browse-2025-10.html"])
def test_the_lists_of_jobs_are_as_reviewed(name: str) -> None:
    check_golden(name, PAGES[name])


def test_the_list_in_a_zip_is_as_reviewed() -> None:
    made = re.sub(rb"(?s)<style>.*</style>", b"<style>(its CSS)</style>", PAGES["zip/index.html"])
    check_golden("export.html", re.sub(rb"&#39;sha256-[^&]+&#39;", b"(its hash)", made))


@pages
def test_a_page_has_a_strict_policy_and_keeps_it(path: str) -> None:
    page = read(PAGES[path])
    (policy,) = [
        m.attrs["content"]
        for m in page.all("meta")
        if m.attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "'self'"
    assert "unsafe" not in policy
    assert "http:" not in policy
    for node in page.all("style"):
        assert _hash(node.text) in rules["style-src"]
    for node in page.all("script"):
        if "src" in node.attrs:
            assert rules["script-src"] == "'self'"
            assert not node.text
        else:
            assert _hash(node.text) in rules["script-src"]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pages
def test_a_page_has_no_handlers_frames_or_base(path: str) -> None:
    page = read(PAGES[path])
    assert not {n.tag for n in page.walk()} & {"iframe", "object", "embed", "base", "frame"}
    for node in page.walk():
        assert not [a for a in node.attrs if a.startswith("on") or a in ("style", "srcdoc")]
        assert node.attrs.get("http-equiv", "").lower() != "refresh"
    assert [m for m in page.all("meta") if m.attrs.get("name") == "robots"]
    assert page.one("html").attrs["lang"] == "en-GB"


@pages
def test_links_name_files_and_never_lead_out(path: str) -> None:
    here = PurePosixPath(path).parent
    top = "zip" if path.startswith("zip/") else ""
    for target in _targets(read(PAGES[path])):
        parts = urlsplit(target)
        if parts.scheme:
            assert parts.scheme in ("http", "https", "mailto", "tel")
            continue
        assert not parts.netloc
        if not parts.path:
            read(PAGES[path]).by_id(parts.fragment)  # a place on this page
            continue
        assert not parts.path.startswith("/")
        assert PurePosixPath(parts.path).suffix, f"{target} names a folder"
        inside = os.path.normpath(here / unquote(parts.path))
        assert not inside.startswith(".."), f"{target} leads out of the archive"
        assert inside.startswith(top), f"{target} leads out of the zip"
        if top and path.count("/") == 2:
            assert inside.startswith("zip/one/"), f"{target} leads out of the job's folder"


def _targets(page: Node) -> list[str]:
    return [n.attrs[a] for n in page.walk() for a in ("href", "src") if a in n.attrs]


@pages
def test_ids_are_unique_and_pictures_have_alternatives(path: str) -> None:
    page = read(PAGES[path])
    ids = [n.attrs["id"] for n in page.walk() if "id" in n.attrs]
    assert len(ids) == len(set(ids))
    assert all("alt" in image.attrs and image.attrs["width"] for image in page.all("img"))


def test_a_standalone_page_needs_no_script_file() -> None:
    page = read(PAGES["zip/one/index.html"])
    assert not [n for n in page.all("script") if "src" in n.attrs]
    assert not [target for target in _targets(page) if target.endswith(".js") or "../" in target]
    assert len(page.all("script")) == 6
    assert not [name for name in job_assets(SETTINGS, standalone=True) if name.endswith(".js")]


def test_a_job_folder_has_every_asset_its_page_names() -> None:
    for standalone in (False, True):
        pages = [
            read(job_page(job, a_seal(), SETTINGS, standalone=standalone))
            for job in (ODD, a_job(photos=201, messages=1))
        ]
        named = {t for page in pages for t in _targets(page) if t.startswith("assets/")}
        assets = job_assets(SETTINGS, standalone=standalone)
        assert named <= set(assets)
        beside = {name for name in assets if not name.endswith("LICENSE")}
        assert beside == named


def test_a_long_page_lets_go_of_the_browser_between_its_sections() -> None:
    pause = '<script src="assets/pause.js"></script>'
    for photos, pauses in ((200, 0), (201, 2)):
        page = job_page(a_job(photos=photos, messages=1), a_seal(), SETTINGS).decode()
        assert page.count(pause) == pauses
    assert page.count('<section class="day long"') == 3


def test_the_index_has_every_asset_it_names() -> None:
    files = site_files(SUMMARIES, SETTINGS)
    for name in (n for n in files if n.endswith(".html")):
        for target in _targets(read(files[name])):
            if target.startswith(("assets/", "browse")):
                assert target in files


def test_css_and_scripts_of_a_job_stay_within_their_weight() -> None:
    assets = job_assets(SETTINGS)
    assert sum(len(v) for k, v in assets.items() if k.endswith((".css", ".js"))) <= 130_000


def test_the_vendored_files_are_as_published() -> None:
    vendor = templates_folder() / "assets" / "vendor"
    listed = re.findall(
        r"\| (photoswipe\S+) \| ([0-9a-f]{64}) \|", (vendor / "VENDOR.md").read_text()
    )
    assert {name for name, _ in listed} == {
        file.relative_to(vendor).as_posix() for file in vendor.glob("*/*")
    }
    for name, digest in listed:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest


def test_our_scripts_never_parse_text_as_html_and_ask_for_nothing() -> None:
    for file in (templates_folder() / "assets").glob("*.js"):
        code = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(
            r"innerHTML|insertAdjacentHTML|outerHTML|document\.write|\beval\b|fetch\(", code
        )
        assert "XMLHttpRequest" not in code
        assert "://" not in code.replace("http://www.w3.org/2000/svg", "")


def test_the_ratio_classes_are_the_ones_pages_use() -> None:
    css = (templates_folder() / "assets" / "ratios.css").read_text()
    assert "".join(css.split("\n")[1:]) == ratio_rules()


def test_the_same_values_give_the_same_bytes_whatever_the_machine() -> None:
    """Another process, with another clock zone, locale and hash seed, makes the same pages."""
    code = (
        "import hashlib\nfrom tests.test_site import every_page\n"
        "print(hashlib.sha256(repr(sorted(every_page().items())).encode()).hexdigest())"
    )
    env = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    root = Path(__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=root, capture_output=True, text=True, check=True
    )
    here = hashlib.sha256(repr(sorted(every_page().items())).encode()).hexdigest()
    assert run.stdout.strip() == here


def test_templates_use_every_field_of_their_contexts_and_nothing_else() -> None:
    """Nothing is computed for no page, and no template reaches for what it was not given."""
    environment = _environment(None, "en")
    used: set[str] = set()
    for name in environment.list_templates(extensions=["html"]):
        assert environment.loader is not None
        source = environment.loader.get_source(environment, name)[0]
        tree = environment.parse(source)
        used |= {node.attr for node in tree.find_all(nodes.Getattr)}
    modules = (
        archiver.jobcontext,
        archiver.indexpage,
        archiver.pagewords,
        archiver.reader,
        archiver.monthpages,
        archiver.photopages,
        archiver.reusedpage,
        archiver.site,
    )
    contexts = {
        item
        for item in chain.from_iterable(vars(module).values() for module in modules)
        if dataclasses.is_dataclass(item)
        and isinstance(item, type)
        and item.__module__ in {module.__name__ for module in modules}
        and not item.__name__.startswith("_")
        and item not in (SiteSettings, ExportEntry, archiver.reader.Reader)
    }
    fields = {
        field.name for context in (*contexts, Branding) for field in dataclasses.fields(context)
    }
    fields.add("asset")  # of a logo
    jinja = {"first", "last", "index", "format"}  # of `loop` and of a string
    assert used - jinja == fields - jinja


def test_an_unknown_setting_of_language_leaves_the_page_in_english() -> None:
    made = job_page(a_record(), a_seal(), SiteSettings(None, "UTC", 'de"><script>'))
    assert read(made).one("html").attrs["lang"] == "en-GB"


def test_the_printed_footer_holds_nothing_but_hexadecimal() -> None:
    plain = read(job_page(a_job(), a_seal(), SETTINGS)).all("style")[-1].text
    assert "Job 68d0ed784f25458a9e878d15, seal" in plain
    odd = a_record(job_id='x"; } </style><script>')
    assert "script" not in read(job_page(odd, a_seal(), SETTINGS)).all("style")[-1].text


def test_a_summary_tells_what_the_page_tells() -> None:
    summary = job_summary(ODD, damaged=True)
    assert (summary.photos, summary.missing, summary.messages) == (9, 2, 12)
    assert summary.folder == f"jobs/2025/{ODD.folder}"
    assert summary.thumbnail == f"{summary.folder}/data/thumbnails/{a_name(1)}"
    assert summary.people[0] == "Craig Parker"
    assert "(no name)" in summary.people
    assert summary.former_titles == ("Boiler <old>",)
    assert summary.excerpt.startswith("On site. Tenant says")
    assert summary.gone is not None
    assert summary.damaged
    assert summary.changes == 7
    undated = job_summary(a_record(folder="undated-x", created=None))
    assert undated.folder == "jobs/undated/undated-x"
    assert undated.thumbnail is None
