"""Templates of somebody's own: what they override, what is refused, and when pages change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archiver.cli import run
from archiver.errors import UsageProblem
from archiver.site import SiteSettings, job_assets, site_files
from archiver.templating import check_templates, templates_digest, templates_folder
from tests.factories import a_job, a_seal, a_summary
from tests.htmlread import read
from tests.make_words import ROOT
from tests.pages import job_page
from tests.pipeline import a_workspace, synced

NOTE = (
    '{% extends "archiver/job.html" %}{% block end %}{{ super() }}'
    "<p>Ours, {{ page.title }}</p>{% endblock %}"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder that says something at the end of each job, with a style sheet and a picture."""
    folder = tmp_path / "templates"
    (folder / "assets").mkdir(parents=True)
    (folder / "job.html").write_text(NOTE)
    (folder / "assets" / "print.css").write_text("/* ours */")
    (folder / "assets" / "stamp.svg").write_text("<svg/>")
    return folder


def settings(own: Path | None) -> SiteSettings:
    return SiteSettings("Workspace", "Europe/London", templates=own)


def test_a_template_is_overridden_and_all_else_is_ours(own: Path) -> None:
    made = job_page(a_job(title="<Boiler>"), a_seal(), settings(own)).decode()
    ours = job_page(a_job(title="<Boiler>"), a_seal(), settings(None)).decode()
    assert made.replace("<p>Ours, &lt;Boiler&gt;</p>", "").split() == ours.split()
    index = site_files([a_summary()], settings(own))
    plain = site_files([a_summary()], settings(None))
    assert index["index.html"] == plain["index.html"]


def test_assets_are_overridden_and_others_laid_beside_them(own: Path) -> None:
    made, ours = job_assets(settings(own)), job_assets(settings(None))
    assert made["assets/print.css"] == b"/* ours */"
    assert made["assets/stamp.svg"] == b"<svg/>"
    assert {name for name in made if made[name] != ours.get(name)} == {
        "assets/print.css",
        "assets/stamp.svg",
    }
    assert "assets/stamp.svg" in site_files([a_summary()], settings(own))


def test_every_block_can_be_overridden_and_is_in_the_docs(tmp_path: Path) -> None:
    """What docs/templates.md lists is what there is, and each block really stands where it says."""
    listed = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \|", (ROOT / "docs/templates.md").read_text(), re.M
    )
    there: dict[str, set[str]] = {}
    for path in sorted(templates_folder().glob("*.html")):
        for block in re.findall(r"{% block (\w+) %}", path.read_text()):
            there.setdefault(block, set()).add(path.name)
    assert {block: set(re.findall(r"`([\w.]+)`", where)) for block, where in listed} == there
    for block, where in there.items():
        if "job.html" in where or "_page.html" in where:
            own = tmp_path / block
            own.mkdir()
            (own / "job.html").write_text(
                f'{{% extends "archiver/job.html" %}}{{% block {block} %}}MINE{{% endblock %}}'
            )
            page = job_page(a_job(), a_seal(), settings(own))
            assert page.count(b"MINE") == 1, block


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("jobs.html", "x", "jobs.html overrides nothing"),
        ("job.html", "a\n{% if %}", "job.html, line 2: "),
        ("job.html", "{% block x %}", "job.html, line 1: "),
    ],
)
def test_a_folder_that_cannot_override_is_refused_by_file_and_line(
    tmp_path: Path, name: str, body: str, said: str
) -> None:
    (tmp_path / name).write_text(body)
    with pytest.raises(UsageProblem, match=re.escape(said)):
        check_templates(tmp_path)


def test_a_name_that_was_meant_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "jobs.html").write_text("x")
    with pytest.raises(UsageProblem) as caught:
        check_templates(tmp_path)
    assert "job.html?" in str(caught.value.hint)
    (tmp_path / "jobs.html").rename(tmp_path / "_mine.html")
    check_templates(tmp_path)  # a piece of its own


@pytest.mark.parametrize("body", ["{{ page.nothing }}", "{{ 1 + page.title }}"])
def test_a_template_that_fails_is_named(tmp_path: Path, body: str) -> None:
    (tmp_path / "job.html").write_text(body)
    with pytest.raises(UsageProblem, match=r"job\.html could not be made with the templates in"):
        job_page(a_job(), a_seal(), settings(tmp_path))


def test_an_archive_cannot_bring_templates_along(
    tmp_path: Path, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Templates are programs, and archives are handed around."""
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=1, photos=0))
    (root / "archiver.toml").write_text(f'templates = "{own.as_posix()}"\n')
    assert run(["build", str(root)]) == 2
    assert "templates" in capsys.readouterr().err


# --- through the program --------------------------------------------------------------------------


def test_pages_are_made_with_them_and_again_when_they_change(tmp_path: Path, own: Path) -> None:
    """The views are pinned as any; without a change of the templates nothing is made again."""
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=2, photos=1))
    (page, _) = sorted(root.glob("jobs/*/*/index.html"))
    build = ["build", str(root), "--templates", str(own), "-q"]
    assert run(build) == 0
    assert read(page.read_bytes()).one("main").all("p")[-1].text.startswith("Ours, ")
    assert (page.parent / "assets" / "stamp.svg").read_bytes() == b"<svg/>"
    assert run(["verify", str(root), "-q"]) == 0
    before = page.stat().st_ino, page.stat().st_mtime_ns
    assert run(build) == 0
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == before
    digest = templates_digest(own)
    (own / "job.html").write_text(NOTE.replace("Ours", "Still ours"))
    _forget()
    assert templates_digest(own) != digest
    assert run(build) == 0
    assert "Still ours" in page.read_text()
    assert run(["build", str(root), "-q"]) == 0
    assert "Still ours" not in page.read_text()


def _forget() -> None:
    """A later run of the program: nothing of the folder is remembered."""
    from archiver import site, templating

    for cached in (
        templating.templates_digest,
        templating.asset,
        templating.own_assets,
        templating.template,
        templating._environment,
        templating.script_texts,
        site._shell,
    ):
        cached.cache_clear()
