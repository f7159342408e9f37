"""Company, logo, colour and foot: what an archive may say of its looks, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from archiver.branding import PLAIN, accent, own_branding
from archiver.errors import UsageProblem

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
