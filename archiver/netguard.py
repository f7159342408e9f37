"""Where requests for pictures may lead: public addresses, and the hosts a person named.

The address in a chat is a stranger's. Asked for blindly, it would let that stranger read what
only this machine can reach (RFC 1918 networks, the metadata service of a cloud, loopback). So:

- a host named by `--allow-host`, and the API's own origin (same scheme, host and port), may be
  plain http and may be anywhere;
- every other host must be https and resolve to public addresses only.

Requests of the second kind go through `public_connector`, which checks each address after name
resolution (in whatever spelling it was asked for) and once more when the socket for it is made:
no second resolution lies between check and connection, so a name that changes its mind (DNS
rebinding) gains nothing. Through a proxy, only literal addresses can be checked: resolving is
the proxy's.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any, TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from archiver import addresses, remarks
from archiver.errors import UsageProblem
from archiver.remarks import Remark

_IP: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SPECIAL = tuple(
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "3ffe::/16", "3fff::/20", "2620:4f:8000::/48")
)


class AddressRefused(OSError):
    """A host leads to an address that is not public. An OSError, so that aiohttp hands it on."""

    def __init__(self, why: Remark) -> None:
        super().__init__(why)
        self.why = why


def public(address: str) -> bool:
    """Whether an IP address, as text, is one of the public internet.

    Addresses that carry an IPv4 address (mapped, NAT64, 6to4) are judged by that one
    (RFC 4291 §2.5.5.2, RFC 6052, RFC 3056). False for what is no address.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _public4(ip) if isinstance(ip, ipaddress.IPv4Address) else _public6(ip)


def _public4(ip: ipaddress.IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _public6(ip: ipaddress.IPv6Address) -> bool:
    carried = ip.ipv4_mapped or ip.sixtofour
    if ip in _NAT64:
        carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if carried is not None:
        return _public4(carried)
    # A list of what is allowed: `is_global` is true for 64:ff9b:1::/48, fec0::/10 and more.
    return ip in _GLOBAL_UNICAST and not any(ip in net for net in _SPECIAL)


def literal(host: str) -> _IP | None:
    """The IP address that `host` spells, also in the ways only C libraries understand
    (`2130706433`, `0x7f.1`, `0177.0.0.1`); None when it is a name."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


def host_name(address: str) -> str | None:
    """The host of an address as it is looked up: ASCII (RFC 5891), lower case, no dot at the
    end, IPv6 without brackets. None when there is none that can be looked up."""
    found = addresses.parts(address)
    if found is None:
        return None
    try:
        raw = URL.build(scheme="http", host=found.host.strip("[]")).raw_host
    except ValueError:
        return None
    name = (raw or "").lower().rstrip(".")
    return name if name and set(name) <= _HOST_CHARACTERS else None


_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:")


class Guard:
    """Judges addresses by their text; what they resolve to is judged by the connectors.

    `api_origin` is `scheme://host[:port]` of the API. Raises UsageProblem for a name in
    `allow_hosts` that is no host without port.
    """

    def __init__(self, api_origin: str, allow_hosts: Iterable[str] = ()) -> None:
        self._api_origin = addresses.origin(api_origin)
        self._named = frozenset(map(_named_host, allow_hosts))

    def is_free(self, address: str) -> bool:
        """Whether `address` is on the API's own origin or on a host that a person named."""
        return (
            self._api_origin is not None and addresses.origin(address) == self._api_origin
        ) or host_name(address) in self._named

    def refusal(self, address: str) -> Remark | None:
        """Why `address` must not be asked for, in words; None when it may be, through
        `public_connector` unless `is_free`."""
        reason = addresses.is_fetchable(address)
        if reason is not None:
            return reason
        host = host_name(address)
        if host is None:
            return remarks.NO_HOST_KNOWN()
        return None if self.is_free(address) else _refusal_of_stranger(address, host)


def _refusal_of_stranger(address: str, host: str) -> Remark | None:
    ip = literal(host)
    if (ip is not None and not public(str(ip))) or is_loopback_name(host):
        return remarks.NOT_PUBLIC_UNLESS(host=host)
    if not address[:6].lower().startswith("https:"):
        return remarks.NOT_HTTPS(host=host)
    return None


def is_loopback_name(host: str) -> bool:
    """Whether a host name means this machine by definition (RFC 6761 §6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def _named_host(text: str) -> str:
    bare = text.strip().strip("[]")
    host = host_name(f"http://[{bare}]/" if ":" in bare else f"http://{bare}/")
    if host is None or "/" in bare or "@" in bare or (":" in host and literal(host) is None):
        raise UsageProblem(
            f"{text!r} is not a host name",
            "give --allow-host a host alone, without http:// and without a port",
        )
    return host


# --- the connectors ----------------------------------------------------------------------------


class PublicResolver(AbstractResolver):
    """Resolves names by another resolver and lets only public addresses through.

    Raises AddressRefused when a name has none.
    """

    def __init__(self, base: AbstractResolver) -> None:
        self._base = base

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._base.resolve(host, port, family)
        fit = [one for one in found if public(one["host"])]
        if found and not fit:
            raise AddressRefused(remarks.LEADS_INSIDE(host=host))
        return fit

    async def close(self) -> None:
        await self._base.close()


def public_socket(address_info: tuple[Any, ...]) -> socket.socket:
    """A socket for one resolved address, for aiohttp's connector: the last look before the
    connection is made. Raises AddressRefused."""
    family, kind, protocol, _, peer = address_info
    if not public(str(peer[0])):
        raise AddressRefused(remarks.NOT_PUBLIC(host=peer[0]))
    return socket.socket(family=family, type=kind, proto=protocol)


def public_connector(resolver: AbstractResolver, tls: ssl.SSLContext) -> aiohttp.TCPConnector:
    """A connector that reaches public addresses only."""
    return aiohttp.TCPConnector(
        resolver=PublicResolver(resolver), ssl=tls, limit=0, socket_factory=public_socket
    )


def free_connector(resolver: AbstractResolver, tls: ssl.SSLContext) -> aiohttp.TCPConnector:
    """A connector for the API's own origin, named hosts and proxies."""
    return aiohttp.TCPConnector(resolver=resolver, ssl=tls, limit=0)
