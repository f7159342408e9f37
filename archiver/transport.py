"""One HTTP session as all parts use it, and what its faults mean in words.

Nothing is taken from the surroundings but proxies (`HTTPS_PROXY`, `NO_PROXY`, the system's own)
and certificates (the system's store): no cookies, no `.netrc`, no redirects followed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.request import getproxies, proxy_bypass

import aiohttp
import stamina
import truststore
from multidict import CIMultiDict
from yarl import URL

from archiver import remarks
from archiver.errors import UsageProblem
from archiver.netguard import AddressRefused, host_name, is_loopback_name, literal
from archiver.remarks import Remark, Wording

RETRIED_STATUSES = frozenset({408, 425, 429, *range(500, 600)})
"""HTTP statuses that another try may mend (RFC 9110 §15.5.9, RFC 8470, RFC 6585 §4)."""

BROKEN = (aiohttp.ClientError, TimeoutError, ConnectionError)
"""Everything that a request can raise for the network's sake."""


class Again(Exception):
    """A try failed in a way that another may mend. `wait` is what the host asked for, seconds;
    `unreachable` tells that nothing was sent."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        wait: float | None = None,
        unreachable: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.wait = wait
        self.unreachable = unreachable


def pause_before_next(error: Exception) -> bool | float:
    """For stamina: whether to try again, or after how many seconds the host asks to."""
    if not isinstance(error, Again):
        return False
    return True if error.wait is None else error.wait


class TriesSettings(Protocol):
    """How often something is asked for, and the seconds between (as stamina has them)."""

    @property
    def attempts(self) -> int: ...
    @property
    def wait_initial(self) -> float: ...
    @property
    def wait_max(self) -> float: ...
    @property
    def wait_jitter(self) -> float: ...


def tries(settings: TriesSettings) -> AsyncIterable[stamina.Attempt]:
    """The tries of one request: another one after each `Again`."""
    return stamina.retry_context(
        on=pause_before_next,
        attempts=settings.attempts,
        timeout=None,
        wait_initial=settings.wait_initial,
        wait_max=settings.wait_max,
        wait_jitter=settings.wait_jitter,
    )


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Certificates of the system's own store, and those in `ca_file` (PEM).

    Raises UsageProblem when `ca_file` cannot be read.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise UsageProblem(
                f"the certificates in {ca_file} could not be read: {error}",
                "give --ca-file a PEM file",
            ) from error
    return context


def open_session(
    connector: aiohttp.BaseConnector, *, connect: float, stall: float, user_agent: str
) -> aiohttp.ClientSession:
    """A session without memory. `connect` and `stall` are seconds; there is no limit for a whole
    body. Bodies come as they are on the wire, still encoded."""
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=stall),
        auto_decompress=False,
        read_bufsize=2**18,
        headers={"User-Agent": user_agent},
    )


# --- proxies -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy to go through, and the header that it wants, if any."""

    url: URL
    headers: CIMultiDict[str] | None = None


def through(proxy: Proxy | None, address: str, headers: dict[str, str]) -> dict[str, Any]:
    """The arguments of `ClientSession.request` for `headers` and a proxy.

    For https the proxy's own header goes with CONNECT, for plain http with the request itself,
    which is sent to the proxy (aiohttp 3.14 does only the first by itself).
    """
    if proxy is None:
        return {"headers": headers}
    if proxy.headers is not None and not address.startswith("https:"):
        headers = headers | dict(proxy.headers)
    return {"headers": headers, "proxy": proxy.url, "proxy_headers": proxy.headers}


class Proxies:
    """The proxies of the environment or the system, looked up once."""

    def __init__(self, found: Mapping[str, str] | None = None) -> None:
        self._found = dict(getproxies() if found is None else found)
        self._bypassed = lru_cache(maxsize=1024)(lambda host: bool(proxy_bypass(host)))

    def of(self, address: str) -> Proxy | None:
        """The proxy for an http(s) address, None to go straight. Raises UsageProblem for a
        proxy of a kind that cannot be used.

        This machine itself is never reached through a proxy: `archiver demo` must work in a
        company's network too.
        """
        proxy = self._found.get(address.partition(":")[0].lower())
        host = host_name(address)
        if not proxy or host is None or _is_this_machine(host) or self._bypassed(host):
            return None
        return _read_proxy(proxy)


def _is_this_machine(host: str) -> bool:
    ip = literal(host)
    return is_loopback_name(host) if ip is None else ip.is_loopback


@lru_cache(maxsize=16)
def _read_proxy(text: str) -> Proxy:
    try:
        url = URL(text if "://" in text else f"http://{text}")
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageProblem(
            f"the proxy of the environment cannot be used: only http:// and https:// proxies can "
            f"(it begins with {url.scheme or 'nothing'}:)",
            "set HTTPS_PROXY to an http:// proxy, or NO_PROXY to the host",
        )
    if url.user is None and url.password is None:
        return Proxy(url)
    credentials = aiohttp.encode_basic_auth(url.user or "", url.password or "")
    return Proxy(url.with_user(None), CIMultiDict({"Proxy-Authorization": credentials}))


# --- what a host asks for ----------------------------------------------------------------------


def retry_after(
    headers: Mapping[str, str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """Seconds that `Retry-After` asks to wait, in either form (RFC 9110 §10.2.3); None when the
    header is missing or cannot be read. A date is compared with the host's own `Date`, so that
    a wrong clock on one side does no harm."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(headers.get("Date", "")) or now()
    return max(0.0, (until - since).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def header_text(headers: Mapping[str, str], name: str, *, longest: int = 1000) -> str | None:
    """A header's value as text that can be stored: at most `longest` characters, bytes that are not
    UTF-8 read as Latin-1, control characters left out."""
    value = headers.get(name)
    if value is None:
        return None
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        value = value.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join(sign for sign in value[:longest] if sign.isprintable())


# --- faults in words ---------------------------------------------------------------------------


def is_unreachable(error: BaseException) -> bool:
    """Whether no connection to the host came to be, so that nothing was sent to it."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return error.status >= 500
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)


def refused_address(error: BaseException) -> Remark | None:
    """The words of AddressRefused inside what aiohttp made of it, else None."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AddressRefused):
            return cause.why
        cause = getattr(cause, "os_error", None) or cause.__cause__
    return None


def in_words(error: BaseException) -> Remark:
    """What a fault of the network means, for a person."""
    for kinds, words in _WORDS:
        if isinstance(error, kinds):
            return words()
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return remarks.PROXY_ANSWERED(status=error.status)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connection_fault(error.os_error)
    broke = isinstance(error, OSError)
    return remarks.CONNECTION_BROKE() if broke else remarks.BROKEN_HTTP()


_WORDS: tuple[tuple[tuple[type[BaseException], ...], Wording], ...] = (
    ((aiohttp.ConnectionTimeoutError,), remarks.NO_CONNECTION),
    ((aiohttp.ServerTimeoutError, asyncio.TimeoutError), remarks.NO_BYTE),
    ((aiohttp.ServerDisconnectedError,), remarks.NO_ANSWER),
    ((aiohttp.ClientConnectorDNSError,), remarks.NOT_RESOLVED),
    ((aiohttp.ClientConnectorCertificateError,), remarks.NOT_TRUSTED),
    ((aiohttp.ClientSSLError,), remarks.NOT_SECURE),
    ((aiohttp.ClientPayloadError,), remarks.BODY_ENDED),
    ((aiohttp.InvalidURL,), remarks.NOT_ASKABLE),
    ((ConnectionResetError, BrokenPipeError), remarks.CUT),
)


def _connection_fault(cause: OSError) -> Remark:
    if isinstance(cause, ConnectionRefusedError):
        return remarks.REFUSED()
    return remarks.UNREACHABLE(error=cause.strerror or type(cause).__name__)


# --- pace --------------------------------------------------------------------------------------


class Pace:
    """Watches that a transfer does not creep: fewer than `rate` bytes a second over `window`
    seconds. (That no byte comes at all is the session's own timeout to find.)"""

    def __init__(self, *, rate: float, window: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._window = window
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Begin a new window, after a time in which we ourselves did not read."""
        self._since = self._clock()
        self._bytes = 0

    def creeps(self, arrived: int) -> bool:
        """Whether, with `arrived` more bytes, a window has ended in which too few came."""
        self._bytes += arrived
        elapsed = self._clock() - self._since
        if elapsed < self._window:
            return False
        slow = self._bytes < self._rate * elapsed
        self.restart()
        return slow
