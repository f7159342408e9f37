"""Company, logo, colour and foot: what an archive may say of its looks, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from archiver.branding import PLAIN, Branding, Logo, accent, own_branding
from archiver.cli import run
from archiver.errors import UsageProblem
from archiver.site import SiteSettings, job_assets, site_files
from tests.factories import a_record, a_seal, a_summary
from tests.pages import job_page
from tests.pipeline import a_workspace, synced

LIGHT = ("#fcfcfb", "#f4f5f4", "#ffffff")
DARK = ("#101315", "#181c1f", "#1d2225")
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_no_file_and_no_table_change_nothing(tmp_path: Path) -> None:
    """An archive without wishes looks like any other."""
    assert own_branding(tmp_path) == PLAIN
    (tmp_path / "archiver.toml").write_text('language = "en"\n')
    assert own_branding(tmp_path) == PLAIN
    assert PLAIN.assets() == {}


def test_everything_that_was_said_is_there(tmp_path: Path) -> None:
    """The logo is the file's bytes, under a name of ours."""
    (tmp_path / "branding").mkdir()
    (tmp_path / "branding/Our Logo.SVG").write_bytes(b"<svg/>")
    (tmp_path / "archiver.toml").write_text(
        '[branding]\ncompany = "Ridgeway"\nlogo = "Our Logo.SVG"\naccent = "#7a1fa2"\n'
        'footer = "Company no. 123"\n'
    )
    made = own_branding(tmp_path)
    assert (made.company, made.footer) == ("Ridgeway", "Company no. 123")
    assert made.assets().keys() == {"brand.css", "logo.svg"}
    assert made.assets()["logo.svg"] == b"<svg/>"
    assert b"--accent: #7a1fa2" in made.assets()["brand.css"]


@given(COLOURS)
def test_whatever_colour_is_wanted_it_can_be_read_on_every_background_or_is_refused(
    wanted: str,
) -> None:
    """4.5:1 on pages, tables and panels, light and dark, and for what is written on it; the colour
    that a refusal names is one that is taken."""
    try:
        made = accent(wanted)
    except ValueError as refused:
        nearest = re.findall("#[0-9a-f]{6}", str(refused))[-1]
        made = accent(nearest)
    for background in LIGHT:
        assert Color(made.light).contrast(background) >= 4.5
    for background in DARK:
        assert Color(made.dark).contrast(background) >= 4.5
    assert Color(made.light).contrast(made.light_ink) >= 4.5
    assert Color(made.dark).contrast(made.dark_ink) >= 4.5


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('accent = "#ffcc00"', "1.4:1"),
        ('accent = "red; } * { background: url(x)"', "a colour like"),
        ("accent = 12", "must be a text"),
        ('compny = "x"', "compny"),
        ('logo = "../../etc/passwd.png"', "branding/"),
        ('logo = "logo.html"', "ends in"),
        ('logo = "none.png"', "is not there"),
        ('logo = "link.png"', "is not there"),
        ('logo = "huge.png"', "200,001 bytes"),
        (f'footer = "{"x" * 301}"', "300 characters"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, said: str, why: str) -> None:
    """An archive is handed around: what it says of its looks is trusted with nothing."""
    (tmp_path / "branding").mkdir()
    (tmp_path / "branding/huge.png").write_bytes(b"x" * 200_001)
    (tmp_path / "elsewhere.png").write_bytes(b"x")
    (tmp_path / "branding/link.png").symlink_to(tmp_path / "elsewhere.png")
    (tmp_path / "archiver.toml").write_text(f"[branding]\n{said}\n")
    with pytest.raises(UsageProblem, match=re.escape(why)) as refused:
        own_branding(tmp_path)
    assert "archiver.toml" in str(refused.value)


def test_branding_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """With how to write it."""
    (tmp_path / "archiver.toml").write_text('branding = "x"\n')
    with pytest.raises(UsageProblem, match="is a table"):
        own_branding(tmp_path)


# --- on the pages -------------------------------------------------------------------------------

OURS = Branding("R & <b>Sons</b>", "No. 123", accent("#7a1fa2"), Logo(b"<svg/>", ".svg"))
SETTINGS = SiteSettings("Workspace", "Europe/London", branding=OURS)


def test_company_logo_colour_and_foot_are_on_every_page_and_run_nothing() -> None:
    """Text is text; the logo is a file beside the page, as its policy allows."""
    pages = site_files([a_summary(1)], SETTINGS)
    whole = {name: body for name, body in pages.items() if name.endswith(".html")}
    whole["job"] = job_page(a_record(), a_seal(), SETTINGS)
    assert len(whole) >= 4
    for name, body in whole.items():
        text = body.decode()
        assert "R &amp; &lt;b&gt;Sons&lt;/b&gt;" in text, name
        assert 'src="assets/logo.svg" alt=""' in text, name
        assert 'href="assets/brand.css"' in text, name
        assert "No. 123" in text, name
        # After ours, or it would change nothing.
        assert text.index("assets/base.css") < text.index("assets/brand.css"), name
    assert pages["assets/logo.svg"] == b"<svg/>"
    assert job_assets(SETTINGS)["assets/brand.css"] == OURS.assets()["brand.css"]


def test_pages_without_branding_say_nothing_of_it() -> None:
    """Nor do they ask for files that are not there."""
    page = job_page(a_record(), a_seal(), SiteSettings(None, "UTC")).decode()
    assert "brand" not in page
    assert "logo" not in page
    assert "assets/brand.css" not in job_assets(SiteSettings(None, "UTC"))


def test_a_build_puts_a_new_look_on_every_page_and_everything_still_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look is part of the view: pinned like the rest, and outside every seal."""
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=2, photos=1))
    seals = {path: path.read_bytes() for path in root.rglob("tagmanifest-sha256.txt")}
    (root / "branding").mkdir()
    (root / "branding/logo.png").write_bytes(b"a picture")
    (root / "archiver.toml").write_text(
        '[branding]\ncompany = "Ridgeway"\nlogo = "logo.png"\naccent = "#c00000"\n'
    )
    assert run(["build", str(root)]) == 0
    assert "2 views made again" in capsys.readouterr().out
    for page in (*root.glob("jobs/*/*/index.html"), root / "index.html"):
        assert "Ridgeway" in page.read_text("utf-8")
        assert (page.parent / "assets/logo.png").read_bytes() == b"a picture"
    assert {path: path.read_bytes() for path in seals} == seals
    assert run(["verify", str(root), "-q"]) == 0
    (root / "archiver.toml").write_text('[branding]\naccent = "#ffff00"\n')
    assert run(["build", str(root)]) == 2
    assert "nearest that can be read" in capsys.readouterr().err
