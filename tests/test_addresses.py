"""How addresses are compared, and which are never asked for."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.addresses import (
    MAX_ADDRESS,
    address_key,
    has_credentials,
    is_fetchable,
    origin,
    parts,
    request_address,
    told_address,
)

API = "http://127.0.0.1:8765"


def key(address: str, *volatile: str) -> str:
    return address_key(address, api_origin=API, volatile_query=volatile)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://c/x?X-Amz-Date=1&X-Amz-Signature=a", "https://c/x?X-Amz-Date=2"),
        ("https://c/x?x-goog-signature=1", "https://c/x"),
        ("https://c/x?Expires=1&Signature=a&Key-Pair-Id=b&Policy=c", "https://c/x"),
        ("https://c/x?sv=1&st=2&se=3&sr=b&sp=r&sig=z", "https://c/x"),
        ("https://c/x?v=1&sig=z&w=2", "https://c/x?v=1&w=2"),
        ("HTTPS://C:443/x", "https://c/x"),
        ("http://127.0.0.1:8765/p/1.jpeg?w=1", "http://127.0.0.1:8765/p/1.jpeg?w=1&sig=9"),
    ],
)
def test_addresses_that_differ_in_signatures_only_are_the_same(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://c/x", "http://c/x"),
        ("https://c/x", "https://c/X"),
        ("https://c/x?v=1", "https://c/x?v=2"),
        ("https://c/x?a=1&b=2", "https://c/x?b=2&a=1"),
        ("https://c/x?expires=1", "https://c/x?expires=2"),
        ("https://c/x?%53ignature=1", "https://c/x?%53ignature=2"),
        ("https://c/x", "https://c/x?"),
        ("https://c/x", "https://c/x#f"),
        ("https://c/a\tb", "https://c/ab"),
        ("https://c/%7Ea", "https://c/~a"),
        ("https://u@c/x", "https://c/x"),
        ("http://127.0.0.1:8765/x", "api:/x"),
        ("http://127.0.0.1:8766/x", "http://127.0.0.1:8765/x"),
    ],
)
def test_any_other_difference_makes_another_address(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_on_the_apis_own_origin_the_port_does_not_matter() -> None:
    assert key("http://127.0.0.1:8765/p?w=1") == "api:/p?w=1"
    elsewhere = address_key("http://127.0.0.1:9/p?w=1", api_origin="http://127.0.0.1:9")
    assert elsewhere == key("http://127.0.0.1:8765/p?w=1")


def test_further_volatile_names_can_be_given() -> None:
    assert key("https://c/x?token=1", "token") == key("https://c/x?token=2", "token")


@given(st.text(), st.text())
@example("https://[", "http://h:99999999999999999999/")
def test_any_text_has_a_key_an_origin_and_a_judgement(address: str, api: str) -> None:
    assert isinstance(address_key(address, api_origin=api), str)
    origin(address)
    is_fetchable(address)
    has_credentials(address)
    request_address(address)


@given(st.from_regex(r"(?i)https?://[a-z.:@]{1,9}[/?#][a-z?&=#/%\s]{0,12}", fullmatch=True))
def test_a_key_of_a_key_is_the_key(address: str) -> None:
    assert key(key(address)) in (key(address), f"literal:{key(address)}")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("photo.jpeg", "does not begin with http"),
        ("//c/x", "does not begin with http"),
        ("file:///etc/passwd", "kind file:"),
        ("FTP://c/x", "kind FTP:"),
        ("data:image/png;base64,AA", "kind data:"),
        ("javascript:alert(1)", "kind javascript:"),
        ("https://", "no host"),
        ("https:///x", "no host"),
        ("https://a\\@b/", "no host"),
        ("https://a b/", "no host"),
        ("https://c:70000/", "port"),
        ("https://c/\x00", "control character"),
        ("https://c/\n", "control character"),
        ("https://c/\ud800", "broken character"),
        ("https://c/" + "x" * MAX_ADDRESS, "characters long"),
    ],
)
def test_what_cannot_or_must_not_be_asked_for_is_refused_by_reason(
    address: str, reason: str
) -> None:
    assert reason in (is_fetchable(address) or "")


def test_an_address_is_asked_for_as_it_is_without_credentials_and_fragment() -> None:
    asked = request_address("https://me:secret@C/a%7Eb c/ü{}?sig=a%2Fb+c#part")
    assert asked == "https://c/a%7Eb%20c/%C3%BC%7B%7D?sig=a%2Fb+c"
    assert has_credentials("https://me:secret@c/")
    assert not has_credentials("https://c/@")


def test_parts_of_an_address_with_ipv6_and_port() -> None:
    found = parts("http://[::1]:80/x?y#z")
    assert found is not None
    assert found.origin == "http://[::1]"
    assert (found.path, found.query, found.fragment) == ("/x", "?y", "#z")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "https://Cdn.Test:443/a.jpeg?x=1&X-Amz-Signature=s3&tok=9#f",
            "https://cdn.test/a.jpeg?x=1",
        ),
        ("https://u:pass@cdn.test/a?b", "https://cdn.test/a?b"),
        ("https://api.test/images/1?sig=z", "https://api.test/images/1"),
        ("ftp://x.test/a?b", "ftp://x.test/a?b"),
        ("=1+1", "=1+1"),
    ],
)
def test_what_is_told_of_an_address_lets_nobody_in(address: str, said: str) -> None:
    """No user, password, signature, fragment, nor what was named as volatile."""
    key = address_key(address, api_origin="https://api.test", volatile_query=("tok",))
    assert told_address(address, key) == said
