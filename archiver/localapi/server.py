"""The WorkPhotos Developer API on a local port, with an image host beside it.

Three endpoints take `POST` with a JSON object: `/job/create`, `/job/list`, `/job/details`.
Pictures are served to `GET` and `HEAD` at the paths of the workspace (`/images/…`,
`/thumbnails/…`). What the documentation leaves open is decided like this, and each error has
the body `{"error": {"code": …, "message": …}}`:

==========================================  ======  ======================
what came                                   status  code
==========================================  ======  ======================
a body that is not a JSON object            400     `invalid_json`
`authKey` missing, of another type, wrong   401     `invalid_key`
`workspaceId` missing or not a text         400     `missing_field`
`workspaceId` is not this workspace's       403     `forbidden_workspace`
a required field missing, null or empty     400     `missing_field`
a field of the wrong type, page below 0     400     `invalid_field`
an unknown or removed job                   404     `job_not_found`
an unknown path                             404     `not_found`
another method                              405     `method_not_allowed`
a body of more than 1 MiB                   413     `body_too_large`
==========================================  ======  ======================

An optional field that is null counts as not given. The body is read as JSON whatever its
`Content-Type` says. Nothing is logged, and the key is in no `repr`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from archiver.localapi.darkroom import Darkroom
from archiver.localapi.workspace import LocalImage, Workspace

MAX_RECORDS: Final = 20_000
"""How many of the latest requests are remembered, at least."""

_STOP_SECONDS: Final = 0.25
"""How long `stop` waits for answers on their way, before it cuts them off."""

_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}

Intercept = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it came. `repr` shows neither the body, which holds the key, nor headers."""

    method: str
    path: str
    """With the query, as sent."""
    body: Any = field(default=None, repr=False)
    """The JSON of the body; None if it has none or is broken."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Refusal(Exception):
    """An error answer: raised anywhere in a handler, sent as JSON."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class LocalApi:
    """A server of one workspace.

    `async with LocalApi(workspace) as api` listens on a free port of this machine until the
    block ends. `api.requests` holds what came, oldest first. `api.intercept`, when set, is
    tried first on each request, and the response it returns is sent instead of the ordinary
    one: so a test injects any fault. Its request can still be read, as often as one likes.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
    ) -> None:
        """Serve `workspace` at `host` and `port`; port 0 takes a free one.

        `public_url` is the address under which clients reach this server when that is not its
        own, behind a proxy say. The addresses of images in bodies begin with it.
        """
        self.workspace = workspace
        self.requests: list[RequestRecord] = []
        self.intercept: Intercept | None = None
        self._host = host
        self._port = port
        self._public_url = public_url.rstrip("/") if public_url is not None else None
        self._bound_port: int | None = None
        self._runner: web.ServerRunner | None = None
        self._darkroom: Darkroom | None = None
        self._endpoints: dict[str, Callable[[dict[str, Any]], web.Response]] = {
            "/job/create": self._create,
            "/job/list": self._list,
            "/job/details": self._details,
        }

    def __repr__(self) -> str:
        state = "stopped" if self._bound_port is None else self.url
        return f"<LocalApi {state} workspace={self.workspace_id}>"

    @property
    def auth_key(self) -> str:
        """The key that the endpoints ask for."""
        return self.workspace.auth_key

    @property
    def workspace_id(self) -> str:
        """The id that the endpoints ask for."""
        return self.workspace.workspace_id

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError while it is stopped."""
        if self._bound_port is None:
            raise RuntimeError("the local API is not running")
        return self._bound_port

    @property
    def url(self) -> str:
        """The base address without a slash at the end. Raises RuntimeError while stopped."""
        if self._public_url is not None:
            return self._public_url
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    # -- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises OSError if the port is taken, RuntimeError if it runs already."""
        if self._runner is not None:
            raise RuntimeError("the local API is running already")
        runner = web.ServerRunner(
            web.Server(self._answer, access_log=None), shutdown_timeout=_STOP_SECONDS
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        self._darkroom = Darkroom()
        self._bound_port = int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening and close every connection. Does nothing when already stopped."""
        runner, self._runner = self._runner, None
        darkroom, self._darkroom = self._darkroom, None
        self._bound_port = None
        if runner is not None:
            await runner.cleanup()
        if darkroom is not None:
            await darkroom.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @contextmanager
    def run_in_thread(self) -> Iterator[Self]:
        """Serve from an event loop in another thread while the block runs.

        For callers that are not asynchronous, or that block their own loop. Raises what
        `start` raises.
        """
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="localapi", daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.start(), loop).result()
            try:
                yield self
            finally:
                asyncio.run_coroutine_threadsafe(self.stop(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    # -- one request -----------------------------------------------------------------------

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _error(413, "body_too_large", "The body has more than 1 MiB.")
        body = _json(raw)
        self._record(request, body)
        if self.intercept is not None:
            response = await self.intercept(request)
            if response is not None:
                return response
        try:
            endpoint = self._endpoints.get(request.path)
            if endpoint is None:
                return await self._image(request)
            if request.method == "OPTIONS":
                return web.Response(status=204, headers=_CORS)
            if request.method != "POST":
                return _not_allowed(request.method, "POST, OPTIONS")
            return endpoint(self._admit(body))
        except _Refusal as refusal:
            return _error(refusal.status, refusal.code, refusal.message)

    def _record(self, request: web.BaseRequest, body: Any) -> None:
        self.requests.append(
            RequestRecord(request.method, request.raw_path, body, request.headers.copy())
        )
        if len(self.requests) > 2 * MAX_RECORDS:
            del self.requests[:-MAX_RECORDS]

    def _admit(self, body: Any) -> dict[str, Any]:
        """The body, when it is an object with the right key and workspace."""
        if not isinstance(body, dict):
            raise _Refusal(400, "invalid_json", "The body is not a JSON object.")
        key = body.get("authKey")
        if not isinstance(key, str) or not _equal_secrets(key, self.auth_key):
            raise _Refusal(401, "invalid_key", "authKey is missing or wrong.")
        if _text_field(body, "workspaceId") != self.workspace_id:
            raise _Refusal(403, "forbidden_workspace", "The key does not open this workspace.")
        return body

    # -- endpoints -------------------------------------------------------------------------

    def _create(self, body: dict[str, Any]) -> web.Response:
        name = _text_field(body, "name")
        message = body.get("message")
        if message is not None and not isinstance(message, str):
            raise _Refusal(400, "invalid_field", "message is not a text.")
        job = self.workspace.create(name, message)
        return _ok({"jobId": job.job_id, **self.workspace.links(job.job_id)})

    def _list(self, body: dict[str, Any]) -> web.Response:
        page = body.get("page")
        if page is None:
            page = 0
        # JSON's true is no page number, though Python would take it for 1.
        if not isinstance(page, int) or isinstance(page, bool) or page < 0:
            raise _Refusal(400, "invalid_field", "page is not an integer of 0 or more.")
        raw = self.workspace.list_bodies.get(page)
        return _ok(self.workspace.list_page(page, self.url)) if raw is None else _raw(raw)

    def _details(self, body: dict[str, Any]) -> web.Response:
        job_id = _text_field(body, "jobId")
        try:
            details = self.workspace.details(job_id, self.url)
            raw = self.workspace.job(job_id).details_body
        except KeyError:
            raise _Refusal(404, "job_not_found", "There is no such job.") from None
        return _ok(details) if raw is None else _raw(raw)

    # -- the image host --------------------------------------------------------------------

    async def _image(self, request: web.BaseRequest) -> web.Response:
        image = self.workspace.images.get(request.path)
        if image is None:
            raise _Refusal(404, "not_found", "There is nothing at this path.")
        if request.method not in ("GET", "HEAD"):
            return _not_allowed(request.method, "GET, HEAD")
        if image.status != 200 and image.body == b"":
            refusal = _error(image.status, "image_error", HTTPStatus(image.status).phrase)
            refusal.headers.update(image.headers)
            return refusal
        headers = {"Cache-Control": "max-age=3600", "Content-Type": image.content_type}
        if image.last_modified is not None:
            headers["Last-Modified"] = format_datetime(
                image.last_modified.astimezone(UTC).replace(microsecond=0), usegmt=True
            )
        etag, data = await self._etag_and_bytes(image, request)
        headers["ETag"] = f'"{etag}"'
        headers.update(image.headers)
        if image.status == 200 and _is_fresh(request.headers, headers):
            del headers["Content-Type"]
            return web.Response(status=304, headers=headers)
        return web.Response(status=image.status, body=data, headers=headers)

    async def _etag_and_bytes(
        self, image: LocalImage, request: web.BaseRequest
    ) -> tuple[str, bytes]:
        """The tag without quotes, and the bytes, which may be empty if they will not be sent.

        A picture that has its tag already need not be drawn to say that it is unchanged.
        """
        known = image.etag is not None and image.status == 200
        if known and _matches(request.headers, f'"{image.etag}"'):
            return str(image.etag), b""
        if self._darkroom is None:
            raise _Refusal(503, "stopping", "The server is stopping.")
        data = await self._darkroom.bytes_of(image)
        return image.etag or hashlib.sha256(data).hexdigest(), data


def _json(raw: bytes) -> Any:
    """The JSON of a request body; None if it is empty or broken, however it is broken."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _equal_secrets(left: str, right: str) -> bool:
    """Compare in constant time, as a server should; lone surrogates included."""
    return hmac.compare_digest(
        left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    )


def _text_field(body: Mapping[str, Any], name: str) -> str:
    """A required text of the body. Raises _Refusal (400)."""
    value = body.get(name)
    if value is None:
        raise _Refusal(400, "missing_field", f"{name} is missing.")
    if not isinstance(value, str):
        raise _Refusal(400, "invalid_field", f"{name} is not a text.")
    if not value.strip():
        raise _Refusal(400, "missing_field", f"{name} is empty.")
    return value


def _ok(body: Mapping[str, Any]) -> web.Response:
    try:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8; written as an escape it is still JSON.
        raw = json.dumps(body, separators=(",", ":")).encode()
    return _raw(raw)


def _raw(body: bytes, status: int = 200) -> web.Response:
    headers = {**_CORS, "Content-Type": "application/json; charset=utf-8"}
    return web.Response(status=status, body=body, headers=headers)


def _error(status: int, code: str, message: str) -> web.Response:
    return _raw(json.dumps({"error": {"code": code, "message": message}}).encode(), status)


def _not_allowed(method: str, allowed: str) -> web.Response:
    response = _error(405, "method_not_allowed", f"{method} is not allowed here.")
    response.headers["Allow"] = allowed
    return response


def _matches(request_headers: Mapping[str, str], etag: str) -> bool:
    """Whether `If-None-Match` names the tag (RFC 9110 §13.1.2, weak comparison)."""
    wanted = request_headers.get("If-None-Match", "")
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return bool(wanted) and ("*" in tags or etag.removeprefix("W/") in tags)


def _is_fresh(request_headers: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether the requester already has it; the tag, when given, decides alone."""
    if "If-None-Match" in request_headers:
        return _matches(request_headers, headers["ETag"])
    since = request_headers.get("If-Modified-Since")
    # Equality is what a cache that stores our own header needs, and needs no date parsing.
    return since is not None and since == headers.get("Last-Modified")
