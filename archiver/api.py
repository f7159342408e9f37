"""The three endpoints of the WorkPhotos Developer API (`create`, `list`, `details`).

Every answer is a stranger's: bounded, checked cheaply, and named when it is not what was asked
for. Tries are repeated where that can help and does no harm; `create` only while nothing can
have been received. Redirects are never followed: the key stands in the body.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from archiver import addresses
from archiver.authkey import AuthKey
from archiver.decoding import BadEncoding, Decoder
from archiver.errors import (
    ArchiverError,
    JobProblem,
    KeyRefused,
    ListRefused,
    NetworkDown,
    UsageProblem,
)
from archiver.jsontext import BadJson, Json, JsonObject, Number, parse
from archiver.models import JobId
from archiver.netguard import free_connector
from archiver.paging import Gathering, ListPage, Sweep, Walk, read_page, usable_id
from archiver.reach import Reach
from archiver.transport import (
    BROKEN,
    RETRIED_STATUSES,
    Again,
    Pace,
    Proxies,
    in_words,
    is_unreachable,
    open_session,
    retry_after,
    through,
    tls_context,
    tries,
)

__all__ = [
    "ApiClient",
    "ApiSettings",
    "CreatedJob",
    "DetailsRefused",
    "ListPage",
    "Sweep",
]

_LARGE = 4_000_000
"""Bytes: larger bodies are read and checked one at a time, to bound memory."""

_ERROR_BODY = 65_536
"""Bytes that are read of the body of an answer that is no 200."""

_DETAIL_FIELDS = frozenset(
    ("messages", "jobName", "creatorId", "creatorName", "creationDate", "lastUpdateDate")
)


class DetailsRefused(JobProblem):
    """A job's details were answered with 403, 404 or 410 (`status`)."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class CreatedJob:
    """What POST /job/create answers."""

    job_id: JobId
    web_app_link: str | None
    report_link: str | None


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How the API is asked. Times are seconds, sizes bytes.

    `stall_timeout` ends a transfer in which no byte comes; `head_timeout` bounds the wait for an
    answer's head; `slow_rate` (bytes a second over `slow_window`) is the least a body must bring.
    """

    base_url: str = "https://api.work.photos"
    concurrency: int = 4
    attempts: int = 5
    wait_initial: float = 0.5
    wait_max: float = 20.0
    wait_jitter: float = 1.0
    retry_after_cap: float = 120.0
    connect_timeout: float = 15.0
    stall_timeout: float = 60.0
    head_timeout: float = 90.0
    slow_rate: float = 1024.0
    slow_window: float = 60.0
    body_limit: int = 64 * 1024 * 1024
    max_walks: int = 5
    max_pages: int = 20_000
    pause_between_walks: float = 1.0
    ca_file: Path | None = None
    user_agent: str = "workphotos-archiver"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


class _Fault(Exception):
    """A request failed for good. `status` is None when there was no answer at all."""

    def __init__(self, reason: str, status: int | None = None, *, unreachable: bool = False):
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.unreachable = unreachable


class ApiClient:
    """The API of one workspace; use it as `async with`.

    `resolver` looks names up (tests give their own), `reach` is shared with the downloads.
    Raises UsageProblem when the base address is no http(s) address.
    """

    def __init__(
        self,
        settings: ApiSettings,
        workspace_id: str,
        auth_key: AuthKey,
        *,
        resolver: AbstractResolver | None = None,
        reach: Reach | None = None,
    ) -> None:
        origin = addresses.origin(settings.base_url)
        if origin is None or addresses.is_fetchable(settings.base_url) is not None:
            raise UsageProblem(
                f"the API's address is no http(s) address: {auth_key.scrub(settings.base_url)}",
                "give --api-url an address like https://api.work.photos",
            )
        self.origin = origin
        """`scheme://host[:port]` of the API, in lower case, without a default port."""
        self.reach = reach or Reach()
        """To be shared with the downloads, so that an outage of one is known to the other."""
        self._settings = settings
        self._workspace_id = workspace_id
        self._key = auth_key
        self._resolver = resolver
        self._base = addresses.request_address(settings.base_url).partition("?")[0].rstrip("/")
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._large = asyncio.Lock()
        self._proxy = Proxies().of(self._base)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._session = open_session(
            free_connector(
                self._resolver or aiohttp.DefaultResolver(), tls_context(settings.ca_file)
            ),
            connect=settings.connect_timeout,
            stall=settings.stall_timeout,
            user_agent=settings.user_agent,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    # --- the three endpoints ---------------------------------------------------------------

    async def create(self, name: str, message: str | None = None) -> CreatedJob:
        """Create a job. Not tried again once the request may have been received.

        Raises KeyRefused, NetworkDown when nothing was sent, ArchiverError for anything else,
        saying whether the job may exist all the same.
        """
        fields = {"name": name} | ({} if message is None else {"message": message})
        try:
            async with self._ask("/job/create", fields, repeat=False) as answer:
                value = await self._json_object(answer)
                return self._created(value)
        except _Fault as fault:
            raise self._as_run_error(fault, "the job was not created") from fault

    async def list_page(self, page: int) -> ListPage:
        """One page of the job list, from 0. Raises KeyRefused, ListRefused, NetworkDown."""
        try:
            return await self._page(page)
        except _Fault as fault:
            raise self._list_error(fault, page) from fault

    async def sweep(self) -> Sweep:
        """The whole list, walked again while it moves. Raises as `list_page`."""
        gathering = Gathering(self._settings.max_walks)
        while True:
            gathering.add(await self._walk())
            if gathering.is_done:
                return gathering.result()
            await asyncio.sleep(self._settings.pause_between_walks)

    async def details(self, job_id: str) -> bytes:
        """The details body of a job as received (content encoding undone).

        Checked is that it is a JSON object with a job's details, and of this job. Raises
        KeyRefused for 401, DetailsRefused for 403, 404 and 410, JobProblem for anything else
        that was answered, NetworkDown.
        """
        try:
            async with self._ask("/job/details", {"jobId": job_id}) as answer:
                value = await self._json_object(answer)
                self._refuse_other_job(value, job_id)
                return answer.body
        except _Fault as fault:
            raise self._details_error(fault) from fault

    # --- list ------------------------------------------------------------------------------

    async def _walk(self) -> Walk:
        walk = Walk(self._settings.max_pages)
        while walk.wants_more:
            page = walk.next_page
            try:
                walk.add(await self._page(page))
            except _Fault as fault:
                if not (walk.is_guessing and fault.status in (400, 404)):
                    raise self._list_error(fault, page) from fault
                walk.end()
        return walk

    async def _page(self, page: int) -> ListPage:
        async with self._ask("/job/list", {"page": page}) as answer:
            value = await self._json_object(answer)
            if not isinstance(value.get("jobs"), list):
                raise _Fault(_what_came(value, self._key) + " without a list of jobs", 200)
            return await _off_loop(len(answer.body), lambda: read_page(value, page))

    def _list_error(self, fault: _Fault, page: int) -> ArchiverError:
        if fault.unreachable:
            return self._unreachable(fault)
        if fault.status in (401, 403):
            return self._key_refused(fault)
        return ListRefused(
            f"page {page} of the job list could not be read: {fault.reason}",
            "try again later; if it stays so, check --api-url",
        )

    # --- details ---------------------------------------------------------------------------

    def _refuse_other_job(self, value: JsonObject, job_id: str) -> None:
        given = value.get("jobId")
        if not _DETAIL_FIELDS & value.keys() and (_error_words(value) or given in (None, "")):
            raise _Fault(f"the answer is {_what_came(value, self._key)}, not a job", 200)
        if given not in (None, "") and usable_id(given) != job_id:
            other = given if isinstance(given, str | Number) else "no text"
            raise _Fault(f"the answer is of another job ({self._said(str(other))})", 200)

    def _details_error(self, fault: _Fault) -> Exception:
        if fault.unreachable:
            return self._unreachable(fault)
        if fault.status == 401:
            return self._key_refused(fault)
        reason = f"its details could not be read: {fault.reason}"
        if fault.status in (403, 404, 410):
            return DetailsRefused(reason, fault.status)
        return JobProblem(reason)

    # --- create ----------------------------------------------------------------------------

    def _created(self, value: JsonObject) -> CreatedJob:
        job_id = usable_id(value.get("jobId"))
        if job_id is None:
            raise _Fault(
                f"the answer is {_what_came(value, self._key)} without a jobId; look whether the"
                " job exists before creating it again",
                200,
            )
        links = [value.get(name) for name in ("webAppDeeplink", "jobReportDeeplink")]
        web_app, report = (link if isinstance(link, str) else None for link in links)
        return CreatedJob(job_id, web_app, report)

    # --- errors ----------------------------------------------------------------------------

    def _as_run_error(self, fault: _Fault, what: str) -> ArchiverError:
        if fault.unreachable:
            return self._unreachable(fault)
        if fault.status in (401, 403):
            return self._key_refused(fault)
        return ArchiverError(f"{what}: {fault.reason}")

    def _unreachable(self, fault: _Fault) -> NetworkDown:
        return NetworkDown(
            f"{self.origin} cannot be reached: {fault.reason}",
            "check the network connection, the proxy and --api-url",
        )

    def _key_refused(self, fault: _Fault) -> KeyRefused:
        return KeyRefused(
            f"the key or the workspace was refused: {fault.reason}",
            "check the key and --workspace-id",
        )

    # --- asking ----------------------------------------------------------------------------

    @asynccontextmanager
    async def _ask(
        self, path: str, fields: Mapping[str, object], *, repeat: bool = True
    ) -> AsyncIterator[_Answer]:
        """A 200 answer to one question, tried as often as settled. Raises _Fault.

        While a large body is in use, no other large one is read.
        """
        turn = _Turn(self._large)
        try:
            yield await self._tries(path, self._payload(fields), turn, repeat=repeat)
        finally:
            turn.end()

    def _payload(self, fields: Mapping[str, object]) -> bytes:
        """The one place where the key leaves its wrapper."""
        ours = {"authKey": self._key.reveal(), "workspaceId": self._workspace_id}
        return json.dumps(ours | dict(fields)).encode("ascii")

    async def _tries(self, path: str, payload: bytes, turn: _Turn, *, repeat: bool) -> _Answer:
        try:
            async for attempt in tries(self._settings):
                with attempt:
                    return await self._try(path, payload, turn, repeat=repeat)
        except Again as last:
            raise _Fault(last.reason, last.status, unreachable=last.unreachable) from last
        raise AssertionError("stamina tries at least once")

    async def _try(self, path: str, payload: bytes, turn: _Turn, *, repeat: bool) -> _Answer:
        """One try. Raises Again where another may help, _Fault where none can."""
        try:
            async with self._slots:
                return await self._exchange(path, payload, turn)
        except BROKEN as error:
            fault = Again(in_words(error), unreachable=is_unreachable(error))
        except Again as error:
            fault = error
        if repeat or fault.unreachable:
            raise fault
        raise _Fault(f"{fault.reason}; it may exist all the same: look before trying again")

    async def _exchange(self, path: str, payload: bytes, turn: _Turn) -> _Answer:
        response = await self.reach.attempt(
            self.origin, lambda: self._send(path, payload), probe=self._probe
        )
        try:
            if response.status != 200:
                await self._refuse_status(response)
            return _Answer(response.status, await self._read(response, turn))
        finally:
            response.close()

    async def _send(self, path: str, payload: bytes) -> aiohttp.ClientResponse:
        async with asyncio.timeout(self._settings.head_timeout):
            return await self._request("POST", self._base + path, payload)

    async def _probe(self) -> None:
        """Ask the API's host for anything: any answer shows that it is there. No key is sent."""
        (await self._request("HEAD", f"{self._base}/", None)).close()

    def _request(
        self, method: str, address: str, payload: bytes | None
    ) -> Awaitable[aiohttp.ClientResponse]:
        assert self._session is not None, "use the client as `async with`"
        return self._session.request(
            method,
            URL(address, encoded=True),
            data=payload,
            allow_redirects=False,
            **through(
                self._proxy,
                address,
                {"Content-Type": "application/json", "Accept-Encoding": "identity"},
            ),
        )

    # --- reading ---------------------------------------------------------------------------

    async def _read(self, response: aiohttp.ClientResponse, turn: _Turn) -> bytes:
        """The body, decoded, within the limit. Raises _Fault, or Again when it is broken."""
        limit = self._settings.body_limit
        body = io.BytesIO()
        try:
            async for piece in self._pieces(response):
                if body.tell() + len(piece) > limit:
                    raise _Fault(f"the answer is larger than {limit // 1_000_000} MB", 200)
                body.write(piece)
                if body.tell() > _LARGE:
                    await turn.take()
        except BadEncoding as error:
            raise Again(f"the answer cannot be decoded: {error.reason}") from error
        return body.getvalue()

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        settings = self._settings
        decoder = Decoder(response.headers.get("Content-Encoding"))
        pace = Pace(rate=settings.slow_rate, window=settings.slow_window, clock=time.monotonic)
        async for chunk in response.content.iter_any():
            if pace.creeps(len(chunk)):
                raise TimeoutError
            for piece in decoder.feed(chunk):
                yield piece
        decoder.finish()

    async def _refuse_status(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        location = response.headers.get("Location")
        if 300 <= status < 400 and location is not None:
            raise _Fault(
                f"the server answered {status} and points to {self._said(location)};"
                " redirects are not followed, because the key would go along",
                status,
            )
        reason = f"the server answered {status}" + await self._message(response)
        if status not in RETRIED_STATUSES:
            raise _Fault(reason, status)
        wait = retry_after(response.headers)
        if wait is not None and wait > self._settings.retry_after_cap:
            raise _Fault(f"{reason}, and asks to wait {wait:.0f} s", status)
        raise Again(reason, status=status, wait=wait)

    async def _message(self, response: aiohttp.ClientResponse) -> str:
        """What the body of an error says, in brackets; empty when nothing can be made of it."""
        body = b""
        try:
            async for piece in self._pieces(response):
                body += piece
                if len(body) > _ERROR_BODY:
                    break
            value = parse(body)
        except (*BROKEN, BadEncoding, BadJson):
            return ""
        words = _error_words(value)
        return f" ({self._said(words)})" if words else ""

    def _said(self, text: str) -> str:
        return _shown(self._key.scrub(text))

    async def _json_object(self, answer: _Answer) -> JsonObject:
        """The body as a JSON object. Raises _Fault that names what came instead."""
        if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            title = _title(answer.body)
            said = f" (“{self._said(title)}”)" if title else ""
            raise _Fault(f"the answer is a web page or XML{said}, not JSON", 200)
        try:
            value = await _off_loop(len(answer.body), lambda: parse(answer.body))
        except BadJson as error:
            raise _Fault(f"the answer is broken JSON: {error.reason}", 200) from error
        if not isinstance(value, JsonObject):
            raise _Fault(f"the answer is {_what_came(value, self._key)}, not an object", 200)
        return value


class _Turn:
    """The right to hold a large body: taken at most once, given back at the end."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._taken = False

    async def take(self) -> None:
        if not self._taken:
            await self._lock.acquire()
            self._taken = True

    def end(self) -> None:
        if self._taken:
            self._taken = False
            self._lock.release()


_T = TypeVar("_T")


async def _off_loop(size: int, work: Callable[[], _T]) -> _T:
    """`work` on a body of `size` bytes, on a thread where it would hold the event loop up."""
    return work() if size < 262_144 else await asyncio.to_thread(work)


def _shown(text: str) -> str:
    """A stranger's text, short and printable."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text[:200]).strip()
    return clean + ("…" if len(text) > 200 else "")


def _what_came(value: Json, key: AuthKey) -> str:
    """A JSON value in a few words; an error object with what it says."""
    words = _error_words(value)
    if words:
        return f"an error (“{_shown(key.scrub(words))}”)"
    if isinstance(value, JsonObject):
        return "an empty object" if not value else "a JSON object"
    if isinstance(value, list):
        return "a JSON list"
    return "a JSON text" if isinstance(value, str) else "a single JSON value"


def _error_words(value: Json) -> str:
    """What an error object says: the first text under one of the usual names."""
    for name in ("error", "message", "errors", "detail", "reason"):
        found = value.get(name) if isinstance(value, JsonObject) else None
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, JsonObject):
            found = found.get("message")
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _title(body: bytes) -> str:
    """The title of a web page as it stands there, empty when it has none. Longer than it is shown:
    a key must be found in it whole."""
    found = re.search(rb"<title[^>]{0,200}>([^<]{1,2000})", body[:65_536], re.IGNORECASE)
    return found[1].decode("utf-8", "replace") if found else ""
