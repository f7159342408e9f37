"""Sessions, proxies and waiting, and what faults are called."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from multidict import CIMultiDict

from archiver.errors import UsageProblem
from archiver.transport import (
    Again,
    Pace,
    Proxies,
    header_text,
    in_words,
    pause_before_next,
    retry_after,
    tls_context,
)

NOW = datetime(2025, 11, 23, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Sun, 23 Nov 2025 10:00:30 GMT", 30.0),
        ("Sun, 23 Nov 2025 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, 999999999.0),
        ("Sun, 99 Nov 2025 10:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(value: str, seconds: float | None) -> None:
    assert retry_after(CIMultiDict({"Retry-After": value}), lambda: NOW) == seconds


def test_a_date_to_wait_for_is_compared_with_the_hosts_own_clock() -> None:
    headers = {
        "Retry-After": "Sun, 23 Nov 2025 13:00:10 GMT",
        "Date": "Sun, 23 Nov 2025 13:00:00 GMT",
    }
    assert retry_after(headers, lambda: NOW) == 10.0


def test_only_what_may_mend_is_tried_again() -> None:
    assert pause_before_next(Again("busy")) is True
    assert pause_before_next(Again("busy", wait=3.0)) == 3.0
    assert pause_before_next(ValueError("broken")) is False


def test_header_values_are_storable_text() -> None:
    headers = {"ETag": '"\udcff\x01ü"' + "x" * 2000}
    text = header_text(headers, "ETag")
    assert text is not None
    assert text.startswith('"ÿ')
    assert len(text) <= 1001
    text.encode("utf-8")
    assert header_text(headers, "Missing") is None


def test_proxies_come_from_the_environment_but_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    proxies = Proxies()
    proxy = proxies.of("https://cdn.example/x")
    assert proxy is not None
    assert str(proxy.url) == "http://proxy.example:3128"
    assert proxy.headers is not None
    assert proxy.headers["Proxy-Authorization"].startswith("Basic ")
    plain = proxies.of("http://cdn.example/x")
    assert plain is not None
    assert plain.headers is None
    for address in ("https://inside.example/x", "http://127.0.0.1:80/", "http://localhost/", "x"):
        assert proxies.of(address) is None


def test_a_proxy_of_another_kind_is_an_error_that_says_so() -> None:
    with pytest.raises(UsageProblem, match="socks5"):
        Proxies({"https": "socks5://proxy:1"}).of("https://cdn.example/")


def test_certificates_that_cannot_be_read_are_a_usage_problem(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="could not be read"):
        tls_context(tmp_path / "missing.pem")
    assert tls_context().verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no byte came in time"),
        (aiohttp.ServerDisconnectedError(), "without an answer"),
        (aiohttp.ClientPayloadError(), "ended early"),
        (ConnectionResetError(), "was cut"),
        (OSError(), "connection broke"),
        (aiohttp.ClientError(), "broken HTTP"),
    ],
)
def test_faults_are_told_in_words(error: Exception, words: str) -> None:
    assert words in in_words(error)


def test_a_transfer_creeps_when_too_little_comes_over_a_whole_window() -> None:
    now = [0.0]
    pace = Pace(rate=1024, window=60, clock=lambda: now[0])
    for second in range(1, 60):
        now[0] = second
        assert not pace.creeps(10)
    now[0] = 60
    assert pace.creeps(10)
    now[0] = 121
    assert not pace.creeps(100_000)
    now[0] = 150
    pace.restart()
    now[0] = 200
    assert not pace.creeps(1)
