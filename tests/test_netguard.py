"""Pictures come from public addresses over https, or from where a person said."""

from __future__ import annotations

import socket

import aiohttp
import pytest
from aiohttp import web

from archiver.errors import UsageProblem
from archiver.netguard import (
    AddressRefused,
    Guard,
    PublicResolver,
    host_name,
    literal,
    public,
    public_connector,
    public_socket,
)
from archiver.transport import refused_address, tls_context
from tests.http_helpers import Names, serving

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_recognised(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"],
)
def test_a_public_address_is_recognised_also_when_carried_in_ipv6(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "017700000001"],
)
def test_every_spelling_of_an_address_is_read(host: str) -> None:
    assert str(literal(host)) == "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://0177.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[::ffff:a9fe:a9fe]/x",
        "https://169.254.169.254/latest",
        "https://１２７.0.0.1/x",
        "https://127。0。0。1/x",
        "https://127.0.0.1./x",
        "https://localhost/x",
        "https://LOCALHOST./x",
        "https://api.localhost/x",
        "https://user@127.0.0.1/x",
        "https://10.0.0.1:443/x",
    ],
)
def test_an_address_that_spells_a_private_place_is_refused_by_its_text(address: str) -> None:
    assert "not a public address" in (Guard("https://api.work.photos").refusal(address) or "")


def test_an_unnamed_host_must_be_https() -> None:
    guard = Guard("https://api.work.photos")
    assert guard.refusal("https://cdn.example/x") is None
    assert "not https" in (guard.refusal("http://cdn.example/x") or "")


def test_a_named_host_may_be_plain_http_and_private() -> None:
    guard = Guard("https://api.work.photos", ["CDN.example", "10.0.0.1", "[::1]", "bücher.example"])
    for address in (
        "http://cdn.EXAMPLE:8080/x",
        "http://cdn.example./x",
        "http://10.0.0.1/x",
        "http://[::1]:99/x",
        "http://xn--bcher-kva.example/x",
    ):
        assert guard.refusal(address) is None
        assert guard.is_free(address)
    assert guard.refusal("http://10.0.0.2/x") is not None
    assert guard.refusal("http://notcdn.example/x") is not None
    assert guard.refusal("file:///etc/passwd") is not None


def test_the_apis_own_origin_needs_no_flag_but_another_port_does() -> None:
    guard = Guard("http://127.0.0.1:8765")
    assert guard.refusal("http://127.0.0.1:8765/x") is None
    assert guard.refusal("http://127.0.0.1:22/x") is not None
    assert not Guard("https://api.work.photos").is_free("http://api.work.photos:443/x")


@pytest.mark.parametrize(
    "host",
    ["", "http://cdn.example", "cdn.example:80", "cdn.example/x", "a b", "u@cdn", "[::1]:80"],
)
def test_a_flag_that_names_no_host_is_a_usage_problem(host: str) -> None:
    with pytest.raises(UsageProblem, match="not a host name"):
        Guard("https://api.work.photos", [host])


def test_a_host_that_cannot_be_looked_up_is_refused() -> None:
    assert host_name("https://ex%41mple/x") is None
    assert "looked up" in (Guard("https://a").refusal("https://ex%41mple/x") or "")


@pytest.mark.asyncio
async def test_a_name_that_leads_to_a_private_address_is_refused_at_resolution() -> None:
    resolver = PublicResolver(Names({"evil.example": ("10.0.0.1", 443)}))
    with pytest.raises(AddressRefused, match=r"evil\.example leads"):
        await resolver.resolve("evil.example", 443)
    good = PublicResolver(Names({"cdn.example": ("8.8.8.8", 443)}))
    assert [one["host"] for one in await good.resolve("cdn.example")] == ["8.8.8.8"]


def test_the_socket_itself_is_not_made_for_a_private_address() -> None:
    private = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80))
    with pytest.raises(AddressRefused):
        public_socket(private)
    public_socket((*private[:4], ("8.8.8.8", 80))).close()


@pytest.mark.asyncio
async def test_no_name_and_no_address_reaches_this_machine_through_the_guarded_connector() -> None:
    """The last look is at the connection itself, so DNS rebinding gains nothing."""
    reached = []

    async def handler(request: web.BaseRequest) -> web.Response:
        reached.append(request.path)
        return web.Response()

    async with serving(handler) as base:
        port = int(base.rpartition(":")[2])
        names = Names({"evil.example": ("127.0.0.1", port)})
        connector = public_connector(names, tls_context())
        async with aiohttp.ClientSession(connector=connector) as session:
            for address in ("http://evil.example/x", f"{base}/x"):
                with pytest.raises(aiohttp.ClientConnectorError) as caught:
                    await session.get(address)
                assert "public" in (refused_address(caught.value) or "")
    assert reached == []
