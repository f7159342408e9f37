"""Fetching the bytes of photos: streamed, checked as they arrive, bounded in every direction.

`Downloader.fetch` never raises for what a host does: it gives a `Fetched` or, with the reason in
plain words, a `FetchFailure`. What ends the run is raised: DiskFull, NotWritable, NetworkDown.
The contract's *Network* says what is tried how often.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Self, TypeAlias, TypeVar
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from archiver import addresses, remarks
from archiver.decoders import CheckPicture
from archiver.decoding import BadEncoding, Decoder
from archiver.imagedecode import DECODE_MEMORY, decode_check, is_decodable
from archiver.images import ImageProbe
from archiver.imagetypes import image_type
from archiver.models import RelPath, StoredFile
from archiver.netguard import Guard, free_connector, host_name, public_connector
from archiver.patience import Patience
from archiver.reach import Reach
from archiver.remarks import Remark
from archiver.slots import Slot, Slots
from archiver.spool import NoImage, Spool, Spooled, TooLarge
from archiver.storage import remove_file
from archiver.transport import (
    BROKEN,
    RETRIED_STATUSES,
    Again,
    Pace,
    Proxies,
    Proxy,
    header_text,
    in_words,
    is_unreachable,
    open_session,
    refused_address,
    retry_after,
    through,
    tls_context,
    tries,
)

Kind = Literal["image", "thumbnail", "file"]
_Flaw: TypeAlias = Remark | Literal[""]
"""What is wrong with a body; empty when nothing is."""

_T = TypeVar("_T")

_CHUNK = 524_288
"""Bytes that are gathered before they are handed to a worker thread."""

_WORKERS = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DENIALS = frozenset({401, 403, 404, 410})
_STALE = frozenset({403, 404, 410})
"""Statuses after which a job's details are read again: the address may have expired."""

_MOST_TRIES_WHEN_DENIED = 2
_MOST_STALLS = 2


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """How pictures are fetched. Times are seconds, sizes bytes.

    `stall_timeout` ends a transfer in which no byte comes; so does bringing less than
    `slow_rate` bytes a second over `slow_window`; `head_timeout` bounds the wait for an answer's
    head. After `park_after` such seconds a transfer gives its place to another.
    """

    concurrency: int = 16
    max_size: int = 200_000_000
    allow_hosts: tuple[str, ...] = ()
    attempts: int = 4
    wait_initial: float = 0.5
    wait_max: float = 20.0
    wait_jitter: float = 1.0
    retry_after_cap: float = 120.0
    connect_timeout: float = 10.0
    stall_timeout: float = 30.0
    head_timeout: float = 60.0
    slow_rate: float = 1024.0
    slow_window: float = 60.0
    park_after: float = 2.0
    max_redirects: int = 5
    decode_memory: int = DECODE_MEMORY
    ca_file: Path | None = None
    user_agent: str = "workphotos-archiver"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete, checked file at `path`, for the caller to move away.

    `facts` are what the record keeps of it; its place in the bag is given later. `suffix` is that
    of the real type, `wire_bytes` what came over the network for it, failed tries included.
    """

    path: Path
    suffix: str
    facts: StoredFile
    wire_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why there is no file, in plain words.

    `stale` asks the caller to read the job's details once more and to try the address they give
    then (403, 404, 410). `damaged` is what came whole but broken, twice the same.
    """

    reason: Remark
    status: int | None = None
    stale: bool = False
    damaged: Fetched | None = None
    wire_bytes: int = 0


@dataclass(frozen=True, slots=True)
class NotModified:
    """The host says that an address still gives what it gave (RFC 9110 §15.4.5)."""

    wire_bytes: int = 0


class _Unmodified(Exception):
    """The answer to a conditional request was 304."""


class _Again(Again):
    """Another try may help."""

    reason: Remark

    def __init__(
        self, reason: Remark, *, status: int | None = None, wait: float | None = None
    ) -> None:
        super().__init__(reason, status=status, wait=wait)


class _GivenUp(Exception):
    """An address will give nothing, however often it is asked."""

    def __init__(self, reason: Remark, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class _Damaged(Exception):
    """The same broken body came twice."""

    def __init__(self, reason: Remark, kept: Fetched) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kept = kept


class Downloader:
    """Fetches files into `folder`; use it as `async with`.

    `api_origin` is the API's own, from which pictures may always come. `clock` gives the time
    noted as `fetched`. `resolver` looks names up (tests give their own); `reach` is the API
    client's, so that an outage of one is known to the other. `check` decodes a picture to see
    whether it can be; a run gives that of its decoder processes.
    """

    def __init__(
        self,
        settings: DownloadSettings,
        *,
        folder: Path,
        api_origin: str,
        clock: Callable[[], datetime],
        resolver: AbstractResolver | None = None,
        reach: Reach | None = None,
        check: CheckPicture = decode_check,
    ) -> None:
        self.settings = settings
        self.check = check
        self.folder = folder
        self.clock = clock
        self.guard = Guard(api_origin, settings.allow_hosts)
        self.slots = Slots(
            settings.concurrency, rate=settings.slow_rate, park_after=settings.park_after
        )
        self.denials: dict[str, tuple[int, FetchFailure]] = {}
        self.stalls: Counter[str] = Counter()
        self.patience = Patience(time.monotonic)
        self._reach = reach or Reach()
        self._resolver = resolver
        self._proxies = Proxies()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="download")
        self._sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession] | None = None

    async def __aenter__(self) -> Self:
        resolver = self._resolver or aiohttp.DefaultResolver()
        tls = tls_context(self.settings.ca_file)
        self._sessions = (
            self._open_session(public_connector(resolver, tls)),
            self._open_session(free_connector(resolver, tls)),
        )
        return self

    def _open_session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        settings = self.settings
        return open_session(
            connector,
            connect=settings.connect_timeout,
            stall=settings.stall_timeout,
            user_agent=settings.user_agent,
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions or ():
            await session.close()
        self._workers.shutdown(wait=True)

    async def fetch(self, address: str, kind: Kind) -> Fetched | FetchFailure:
        """The file at `address`, or why there is none.

        An image or thumbnail must pass the contract's image checks, and a thumbnail must decode
        where this machine can; a `file` may be of any type. Raises DiskFull, NotWritable and
        NetworkDown.
        """
        result = await self.recheck(address, kind, {})
        assert not isinstance(result, NotModified), "nothing was asked conditionally"
        return result

    async def recheck(
        self, address: str, kind: Kind, conditions: Mapping[str, str]
    ) -> Fetched | FetchFailure | NotModified:
        """As `fetch`, but only if the file is another one than `conditions` tell (request headers,
        RFC 9110 §13.1: `If-None-Match`, `If-Modified-Since`)."""
        tries, failure = self.denials.get(address, (0, None))
        if failure is not None and tries >= _MOST_TRIES_WHEN_DENIED:
            return failure
        if self.stalls[address] >= _MOST_STALLS:
            return FetchFailure(_STALLED)
        if self.patience.is_spent(host_name(address) or ""):
            return FetchFailure(_STALLED)
        result = await _Fetch(self, address, kind, conditions).run()
        if isinstance(result, FetchFailure) and result.status in _DENIALS:
            self.denials[address] = (
                tries + 1,
                FetchFailure(result.reason, result.status, result.stale),
            )
        return result

    async def head(self, address: str) -> int | None:
        """How many bytes the host says `address` has, without fetching it; None when it does
        not say. Raises NetworkDown."""
        try:
            async with Slot(self.slots):
                response, _ = await self.open("HEAD", address)
                response.close()
                return response.content_length if response.status == 200 else None
        except (*BROKEN, _GivenUp):
            return None

    async def on_worker(self, work: Callable[[], _T]) -> _T:
        """`work` on one of the download threads."""
        return await self.to_worker(work)

    def to_worker(self, work: Callable[[], _T]) -> asyncio.Future[_T]:
        """`work` begun on one of the download threads; a fault that nobody waits for is not
        reported."""
        future = asyncio.get_running_loop().run_in_executor(self._workers, work)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    # --- asking ----------------------------------------------------------------------------

    async def open(
        self, method: str, address: str, more: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[aiohttp.ClientResponse, str]:
        """The answer to a request, redirects followed (each hop checked like a first address),
        and the address that gave it. `more` are further request headers. Raises _GivenUp, and
        what aiohttp raises."""
        current = address
        for _ in range(self.settings.max_redirects + 1):
            refusal = self.guard.refusal(current)
            if refusal is not None:
                raise _GivenUp(refusal if current == address else _redirected(current, refusal))
            current = addresses.request_address(current)
            response = await self._request(method, current, more)
            location = header_text(response.headers, "Location", longest=addresses.MAX_ADDRESS)
            if response.status not in _REDIRECTS or not location:
                return response, current
            response.close()
            current = _target(current, location)
        raise _GivenUp(remarks.TOO_MANY_REDIRECTS(count=self.settings.max_redirects))

    async def _request(
        self, method: str, address: str, more: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        assert self._sessions is not None, "use the downloader as `async with`"
        public, free = self._sessions
        proxy = self._proxies.of(address)
        # Through a proxy the connection goes to the proxy, wherever that is.
        session = free if proxy is not None or self.guard.is_free(address) else public
        return await self._reach.attempt(
            addresses.origin(address) or address,
            lambda: self._send(session, method, address, proxy, more),
            probe=lambda: self._probe(session, address, proxy),
        )

    async def _send(
        self,
        session: aiohttp.ClientSession,
        method: str,
        address: str,
        proxy: Proxy | None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> aiohttp.ClientResponse:
        async with asyncio.timeout(self.settings.head_timeout):
            return await session.request(
                method,
                URL(address, encoded=True),
                allow_redirects=False,
                **through(proxy, address, {"Accept": "*/*", "Accept-Encoding": "identity", **more}),
            )

    async def _probe(
        self, session: aiohttp.ClientSession, address: str, proxy: Proxy | None
    ) -> None:
        (await self._send(session, "HEAD", address, proxy)).close()


def _redirected(address: str, refusal: Remark) -> Remark:
    origin = addresses.origin(address)
    if origin is None:
        return remarks.REDIRECTED_ELSEWHERE(why=refusal)
    return remarks.REDIRECTED(host=origin, why=refusal)


def _target(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise _GivenUp(remarks.REDIRECTED_NOWHERE()) from error


class _Fetch:
    """One address on its way: what its tries share."""

    def __init__(
        self, downloads: Downloader, address: str, kind: Kind, conditions: Mapping[str, str]
    ) -> None:
        self._downloads = downloads
        self._conditions = conditions
        self._settings = downloads.settings
        self._address = address
        self._kind = kind
        self._host = host_name(address) or ""
        self._wire = 0
        self._flawed: Fetched | None = None

    async def run(self) -> Fetched | FetchFailure | NotModified:
        try:
            return await self._tries()
        except _Unmodified:
            self._downloads.patience.gave(self._host)
            return NotModified(self._wire)
        except (_Again, _GivenUp) as error:
            return FetchFailure(
                reason=error.reason,
                status=error.status,
                stale=error.status in _STALE,
                wire_bytes=self._wire,
            )
        except _Damaged as error:
            # It is the caller's now.
            self._flawed = None
            return FetchFailure(
                error.reason, error.kept.facts.status, damaged=error.kept, wire_bytes=self._wire
            )
        finally:
            self._forget_flawed()

    def _forget_flawed(self) -> None:
        if self._flawed is not None:
            remove_file(self._flawed.path)
            self._flawed = None

    async def _tries(self) -> Fetched:
        async for attempt in tries(self._settings):
            with attempt:
                fetched = await self._try()
                self._downloads.patience.gave(self._host)
                return fetched
        raise AssertionError("stamina tries at least once")

    async def _try(self) -> Fetched:
        """One try. Raises _Again where another may help, _GivenUp or _Damaged where none can."""
        try:
            async with Slot(self._downloads.slots) as slot:
                return await self._exchange(slot)
        except BROKEN as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> _Again | _GivenUp:
        refused = refused_address(error)
        if refused is not None or isinstance(error, aiohttp.InvalidURL):
            return _GivenUp(refused or in_words(error))
        if isinstance(error, TimeoutError) and not is_unreachable(error):
            self._downloads.stalls[self._address] += 1
            again = self._downloads.patience.stalled(self._host)
            if self._downloads.stalls[self._address] >= _MOST_STALLS:
                return _GivenUp(_STALLED)
            if not again:
                return _GivenUp(_STALLED)
        return _Again(in_words(error))

    async def _exchange(self, slot: Slot) -> Fetched:
        response, address = await self._downloads.open("GET", self._address, self._conditions)
        try:
            self._check_status(response)
            self._check_length(response)
            return await self._body(response, address, slot)
        finally:
            response.close()

    def _check_status(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in (200, 203):
            return
        if status == 304 and self._conditions:
            raise _Unmodified
        reason = remarks.ANSWERED_AS.get(status, remarks.ANSWERED)(status=status)
        if status not in RETRIED_STATUSES:
            raise _GivenUp(reason, status)
        wait = retry_after(response.headers)
        if wait is not None and wait > self._settings.retry_after_cap:
            # Without the number, which may differ from day to day: the same failure is no change.
            cap = f"{self._settings.retry_after_cap:.0f}"
            raise _GivenUp(remarks.ASKS_TO_WAIT(why=reason, seconds=cap), status)
        if wait is not None and not self._downloads.patience.may_pause(self._host):
            raise _GivenUp(remarks.ASKS_FOR_PAUSES(why=reason), status)
        raise _Again(reason, status=status, wait=wait)

    def _check_length(self, response: aiohttp.ClientResponse) -> None:
        length = response.content_length
        if length is not None and length > self._settings.max_size:
            too_large = remarks.TOO_LARGE(size=_megabytes(length), limit=self._limit())
            raise _GivenUp(too_large, response.status)

    def _limit(self) -> str:
        return _megabytes(self._settings.max_size)

    # --- the body --------------------------------------------------------------------------

    async def _body(self, response: aiohttp.ClientResponse, address: str, slot: Slot) -> Fetched:
        try:
            decoder = Decoder(response.headers.get("Content-Encoding"))
        except BadEncoding as error:
            raise _GivenUp(remarks.IT_WAS(why=error.reason), response.status) from error
        spool = self._spool(decoder)
        try:
            spooled, flaw = await self._received(response, spool, slot)
        except BaseException:
            spool.discard()
            raise
        return self._judged(self._fetched(response, address, spooled, decoder.name), flaw, spooled)

    def _spool(self, decoder: Decoder) -> Spool:
        return Spool(
            self._downloads.folder,
            limit=self._settings.max_size,
            decoder=decoder,
            probe=None if self._kind == "file" else ImageProbe(),
            decode=self._kind == "thumbnail",
            check=self._downloads.check,
            memory_limit=self._settings.decode_memory,
        )

    async def _received(
        self, response: aiohttp.ClientResponse, spool: Spool, slot: Slot
    ) -> tuple[Spooled, _Flaw]:
        """The body on disk, and what is wrong with its length, if anything."""
        try:
            rest, flaw = await self._stream(response, spool, slot)
            whole = not flaw
            return await self._downloads.on_worker(lambda: spool.finish(rest, whole=whole)), flaw
        except TooLarge as error:
            raise _GivenUp(remarks.LARGER(limit=self._limit()), response.status) from error
        except NoImage as error:
            raise _GivenUp(error.why, response.status) from error
        except BadEncoding as error:
            raise _Again(error.reason, status=response.status) from error

    async def _stream(
        self, response: aiohttp.ClientResponse, spool: Spool, slot: Slot
    ) -> tuple[list[bytes], _Flaw]:
        """Hand the body over to `spool`, one batch being written while the next arrives. Returns
        the last batch, and how the body fell short, if it did."""
        settings = self._settings
        pace = Pace(rate=settings.slow_rate, window=settings.slow_window, clock=time.monotonic)
        batch: list[bytes] = []
        held = arrived = 0
        writing: asyncio.Future[None] | None = None
        try:
            async for chunk in response.content.iter_any():
                arrived += len(chunk)
                self._wire += len(chunk)
                if pace.creeps(len(chunk)):
                    raise TimeoutError
                if await slot.moved(len(chunk)):
                    pace.restart()
                batch.append(chunk)
                held += len(chunk)
                if held >= _CHUNK:
                    if writing is not None:
                        await writing
                    writing = self._writing(spool, batch)
                    batch, held = [], 0
        except (aiohttp.ClientPayloadError, ConnectionError) as error:
            flaw: _Flaw = _shortfall(arrived, response.content_length, error)
        else:
            flaw = ""
        if writing is not None:
            await writing
        return batch, flaw

    def _writing(self, spool: Spool, batch: list[bytes]) -> asyncio.Future[None]:
        return self._downloads.to_worker(lambda: spool.write(batch))

    # --- the verdict -----------------------------------------------------------------------

    def _fetched(
        self, response: aiohttp.ClientResponse, address: str, spooled: Spooled, encoding: str
    ) -> Fetched:
        info = spooled.verdict.info if spooled.verdict else None
        suffix, media_type = self._type_of(spooled)
        facts = StoredFile(
            file=RelPath(""),
            sha256=spooled.sha256,
            size=spooled.size,
            media_type=media_type,
            width=info.width if info else None,
            height=info.height if info else None,
            orientation=info.orientation if info else 1,
            captured=info.captured if info else None,
            captured_offset=info.captured_offset if info else None,
            camera=info.camera if info else None,
            place=info.place if info else None,
            decoded=self._is_decoded(spooled),
            final_address=address,
            status=response.status,
            etag=header_text(response.headers, "ETag"),
            last_modified=header_text(response.headers, "Last-Modified"),
            content_type=header_text(response.headers, "Content-Type"),
            fetched=self._downloads.clock(),
            notes=tuple(self._notes(spooled, encoding)),
        )
        return Fetched(spooled.path, suffix, facts, self._wire)

    def _type_of(self, spooled: Spooled) -> tuple[str, str]:
        """Suffix and media type by the bytes, never by what the address or a header says."""
        kind = spooled.verdict.type if spooled.verdict else image_type(spooled.head)
        return (f".{kind}", f"image/{kind}") if kind else safe_type(spooled.head)

    def _is_decoded(self, spooled: Spooled) -> bool:
        info = spooled.verdict.info if spooled.verdict else None
        if spooled.decoding is not None:
            return spooled.decoding.kind in ("decoded", "warned")
        return info is not None and is_decodable(info, self._settings.decode_memory)

    def _notes(self, spooled: Spooled, encoding: str) -> list[Remark]:
        notes = []
        if addresses.has_credentials(self._address):
            notes.append(remarks.CREDENTIALS())
        if encoding:
            notes.append(remarks.STORED_DECODED(encoding=encoding))
        if spooled.decoding is not None and spooled.decoding.kind in ("warned", "skipped"):
            notes += [spooled.decoding.reason] if spooled.decoding.reason else []
        return notes

    def _judged(self, fetched: Fetched, flaw: _Flaw, spooled: Spooled) -> Fetched:
        """`fetched` when it is sound. Raises _Again for the first broken body, _Damaged when the
        same came before."""
        flaw = flaw or _flaw(spooled)
        if not flaw:
            return fetched
        before, self._flawed = self._flawed, fetched
        if before is not None:
            remove_file(before.path)
            same = before.facts.sha256 == fetched.facts.sha256
            if same and self._kind != "file" and fetched.facts.size:
                raise _Damaged(flaw, fetched)
        raise _Again(flaw, status=fetched.facts.status)


_STALLED = remarks.STALLED()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}"


def _flaw(spooled: Spooled) -> _Flaw:
    """What is wrong with a body that came whole; empty when nothing is."""
    if spooled.verdict is not None and spooled.verdict.kind == "damaged":
        return spooled.verdict.reason
    if spooled.decoding is not None and spooled.decoding.kind == "damaged":
        return remarks.DAMAGED(why=spooled.decoding.reason)
    return ""


def _shortfall(arrived: int, length: int | None, error: Exception) -> Remark:
    came = f"{arrived:,}"
    if length is not None and arrived < length:
        return remarks.ENDED_EARLY_OF(arrived=came, length=f"{length:,}")
    return remarks.ENDED_EARLY_AFTER(arrived=came, why=in_words(error))


# --- types of other files ----------------------------------------------------------------------

_SAFE_TYPES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF-", ".pdf", "application/pdf"),
    (0, b"PK\x03\x04", ".zip", "application/zip"),
    (0, b"\x1aE\xdf\xa3", ".webm", "video/webm"),
    (0, b"OggS", ".ogg", "application/ogg"),
    (0, b"ID3", ".mp3", "audio/mpeg"),
    (8, b"WAVE", ".wav", "audio/wav"),
    (4, b"ftypqt", ".mov", "video/quicktime"),
    (4, b"ftypM4A", ".m4a", "audio/mp4"),
    (4, b"ftyp3gp", ".3gp", "video/3gpp"),
    (4, b"ftyp", ".mp4", "video/mp4"),
)
"""Types that a browser shows without running anything; all others are stored as `.bin`."""


def safe_type(head: bytes) -> tuple[str, str]:
    """Suffix and media type of a file that is no image, by its first bytes."""
    for place, magic, suffix, media_type in _SAFE_TYPES:
        if head.startswith(magic, place):
            return suffix, media_type
    return ".bin", "application/octet-stream"
