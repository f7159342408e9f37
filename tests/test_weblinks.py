"""Links in what somebody wrote lead where they seem to lead, or say where they do."""

from __future__ import annotations

import pytest

from archiver.weblinks import linked
from tests.htmlread import read

RTL = "\N{RIGHT-TO-LEFT OVERRIDE}"


def links(text: str) -> list[tuple[str, str, str]]:
    """Text, target and named host of each link; the words of the whole must be as sent."""
    page = read(f"<p>{linked(text)}</p>".encode())
    assert page.text == text
    return [(a.text, a.attrs["href"], a.attrs.get("data-host", "")) for a in page.all("a")]


def test_a_plain_address_is_its_own_text_and_names_no_host_beside_it() -> None:
    address = "https://en.wikipedia.org/wiki/Olive_(fitting)?a=1&b=%20c#d"
    assert links(f"see {address}.") == [(address, address, "")]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://аpple.com/id", "xn--pple-43d.com"),  # a Cyrillic а
        ("http://ⓔxample.com", "example.com"),
        ("https://пример.рф", "xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_a_host_outside_ascii_is_asked_and_named_as_a_browser_asks_for_it(
    address: str, asked: str
) -> None:
    ((shown, target, named),) = links(f"see {address}")
    assert (shown, named) == (address, asked)
    assert target.split("/")[2] == asked


def test_a_name_before_the_host_does_not_pass_for_the_host() -> None:
    address = "https://workphotos.com@evil.example/login"
    assert links(address) == [(address, address, "evil.example")]
    ((_, target, named),) = links("https://аpple.com@аpple.com/x")
    assert named == "xn--pple-43d.com"
    assert target.endswith("@xn--pple-43d.com/x")


def test_a_mail_address_outside_ascii_names_its_host_too() -> None:
    ((shown, target, named),) = links("write to craig@пример.рф")
    assert (shown, named) == ("craig@пример.рф", "xn--e1afmkfd.xn--p1ai")
    assert target == "mailto:craig@xn--e1afmkfd.xn--p1ai"


@pytest.mark.parametrize(
    "text",
    [
        f"https://a.example/{RTL}gpj.exe",
        "https://ex\N{ZERO WIDTH SPACE}ample.com/",
        "https://a.example/\N{SOFT HYPHEN}x",
        "https://a.example\\@b.example/",
    ],
)
def test_what_cannot_be_shown_for_what_it_is_is_no_link(text: str) -> None:
    for _, target, _ in links(text):
        assert not any(sign in target for sign in ("%E2%80", "%C2%AD", "\\", "b.example"))
