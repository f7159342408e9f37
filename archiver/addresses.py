"""Addresses from a stranger: how they are compared, and which may be asked for at all.

Nothing here raises, whatever the text: an address is first of all a text that somebody sent.
Addresses are taken apart by hand because `urllib.parse` drops tabs and line breaks and so would
take two different addresses for one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from archiver import remarks
from archiver.models import AddressKey
from archiver.remarks import Remark

MAX_ADDRESS = 16_384
"""Characters; signed addresses take about 2,000, and servers refuse more than 8,000."""

_SIGNATURE_NAMES = frozenset(
    ("Expires", "Signature", "Policy", "Key-Pair-Id", "se", "sig", "sp", "sr", "st", "sv")
)
_SIGNATURE_PREFIXES = ("x-amz-", "x-goog-")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

_PARTS = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^/?#:\[\]]*)(?::(?P<port>[0-9]*))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>\#.*)?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)


class Parts(NamedTuple):
    """An http(s) address taken apart. `query` has its `?` and `fragment` its `#`, both may be
    empty; `port` is empty for the scheme's own; scheme and host are in lower case; `user` is
    None where there is no `@`."""

    scheme: str
    user: str | None
    host: str
    port: str
    path: str
    query: str
    fragment: str

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`, without a default port."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")


def parts(address: str) -> Parts | None:
    """`address` taken apart, or None when it is no http(s) address with a host."""
    found = _PARTS.fullmatch(address)
    if found is None or not found["host"]:
        return None
    scheme = found["scheme"].translate(_LOWER)
    port = (found["port"] or "").lstrip("0")
    return Parts(
        scheme=scheme,
        user=found["user"],
        host=found["host"].translate(_LOWER),
        port="" if port == _DEFAULT_PORTS[scheme] else port,
        path=found["path"] or "",
        query=found["query"] or "",
        fragment=found["fragment"] or "",
    )


def origin(address: str) -> str | None:
    """`scheme://host[:port]` of an http(s) address, in lower case and without a default port;
    None for anything else."""
    found = parts(address)
    return None if found is None else found.origin


def address_key(
    address: str, *, api_origin: str, volatile_query: Collection[str] = ()
) -> AddressKey:
    """`address` as it is compared (contract, *Sameness of addresses*).

    Left out are the known signature parameters and those named in `volatile_query`; scheme and
    host lose their case and a default port goes; on the API's own origin, scheme, host and port
    go. All the rest stays as it is, in order. `X-Amz-*` and `X-Goog-*` are compared without
    regard to case (both are written, and neither ever names a picture), all other names exactly,
    because `st` and `Expires` are words that others use; percent-encoded names are not decoded.
    """
    found = parts(address)
    if found is None:
        # Marked where it could be taken for a key of the other kind.
        clash = address.startswith(("api:", "literal:"))
        return AddressKey(f"literal:{address}" if clash else address)
    rest = found.path + _lasting_query(found.query, volatile_query) + found.fragment
    if found.user is not None:
        return AddressKey(f"{found.scheme}://{found.user}@{found.origin.split('://', 1)[1]}{rest}")
    if found.origin == origin(api_origin):
        return AddressKey(f"api:{rest}")
    return AddressKey(found.origin + rest)


def told_address(address: str, key: AddressKey) -> str:
    """`address` as others may be told it: without user, password, fragment, and the parameters
    that `key`, its form for comparing, leaves out; what is no http(s) address stays as it is."""
    found = parts(address)
    if found is None:
        return address
    lasting = key.partition("#")[0].partition("?")[2]
    return found.origin + found.path + (f"?{lasting}" if lasting else "")


def _lasting_query(query: str, volatile: Collection[str]) -> str:
    if not query:
        return ""
    lasting = [pair for pair in query[1:].split("&") if not _is_volatile(pair, volatile)]
    return "?" + "&".join(lasting) if lasting else ""


def _is_volatile(pair: str, volatile: Collection[str]) -> bool:
    name = pair.split("=", 1)[0]
    return (
        name in _SIGNATURE_NAMES
        or name.translate(_LOWER).startswith(_SIGNATURE_PREFIXES)
        or name in volatile
    )


# --- what may be asked for ---------------------------------------------------------------------

_NEVER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NO_HOST = re.compile(r"[\s\\]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_QUOTE = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")


def is_fetchable(address: str) -> Remark | None:
    """Why `address` is not asked for, in words; None when it may be (as far as its text goes:
    where it leads is for `netguard`)."""
    if not address.strip():
        return remarks.ADDRESS_EMPTY()
    if len(address) > MAX_ADDRESS:
        return remarks.ADDRESS_LONG(length=f"{len(address):,}", limit=f"{MAX_ADDRESS:,}")
    if _NEVER.search(address):
        return remarks.ADDRESS_BROKEN()
    scheme = _SCHEME.match(address)
    if scheme is None:
        return remarks.ADDRESS_OTHER()
    if scheme[0].lower() not in _DEFAULT_PORTS:
        return remarks.NEVER_ASKED(scheme=scheme[0][:20])
    found = parts(address)
    if found is None or _NO_HOST.search(found.host + (found.user or "")):
        return remarks.NO_HOST()
    if found.port and int(found.port[:6]) > 65535:
        return remarks.NO_PORT()
    return None


def has_credentials(address: str) -> bool:
    """Whether a user name or password stands in the address (they are not sent on)."""
    found = parts(address)
    return found is not None and found.user is not None


def request_address(address: str) -> str:
    """The address as it is asked for: without credentials and fragment, and with characters
    that no request line can carry percent-encoded; what is encoded already stays as it is,
    because a signature may cover it. `address` must be fetchable."""
    found = parts(address)
    if found is None:
        return address
    return found.origin + _QUOTE.sub(_percent, (found.path or "/") + found.query)


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))
