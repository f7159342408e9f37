"""`archiver serve`: an archive's pages over HTTP on this machine, and nothing else of it.

What may be seen is named, not what may not: the pages at the archive's top, `assets/`, `search/`
and `jobs/`. So `archiver.toml`, `archive.json` (which no page needs), `ledger/`, `.archiver/` and
whatever someone lays beside them are never served. Links out of the archive are not followed.

The photos are evidence from elsewhere and the pages' own scripts run here, so anything that was
received and that a browser might run (HTML, SVG, anything unknown) is only offered for saving.
Nothing is ever written.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import stat
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

from archiver.archive import read_settings
from archiver.errors import ArchiverError, UsageProblem

if TYPE_CHECKING:
    from aiohttp import web

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8766

PUBLIC_FOLDERS = ("assets", "search", "jobs")
"""What is served of the archive's top, besides its `*.html`. `docs/hosting.md` says the same."""
RECEIVED = ("data", "seals")
"""Folders of a job that hold what was received, not what this program made."""

# Not from the system's tables: Windows keeps them in the registry, where any program may have
# made `.js` into text/plain.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
}
_ACTIVE = (".html", ".css", ".js", ".svg", ".pdf")
"""Types shown inline only where this program made the file."""
_UNKNOWN = "application/octet-stream"

# No stricter than the pages' own policies, which hold besides: some have one inline style, named
# there by its hash.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer, here and on a host of what is published."""
_ALWAYS = {
    **GUARDS,
    # Kept by the browser, but asked for again: a sync may change any page.
    "Cache-Control": "private, no-cache",
    "Server": "workphotos-archiver",
}


async def serve(
    archive: Path,
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    remote: bool = False,
    names: Collection[str] = (),
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve `archive` until cancelled; `ready` is told the address once connections are accepted.

    For the other arguments and the errors see `serving`.
    """
    async with serving(archive, host=host, port=port, remote=remote, names=names) as address:
        if ready is not None:
            ready(address)
        await asyncio.Event().wait()


@asynccontextmanager
async def serving(
    archive: Path,
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    remote: bool = False,
    names: Collection[str] = (),
) -> AsyncIterator[str]:
    """Serve `archive` while the context lasts; gives the address of its index.

    `port` 0 is any free one. `remote` allows a `host` that other machines can reach; `names` are
    the host names it may then be asked by, besides its addresses and its own name. Raises
    NotAnArchive, UsageProblem for a host that needs `remote`, and ArchiverError when the port
    cannot be had.
    """
    from aiohttp import web

    await asyncio.to_thread(read_settings, archive)
    if not is_loopback(host) and not remote:
        raise UsageProblem(
            f"{host} can be reached from other machines, and whoever reaches it sees everything.",
            "Leave the host out to serve on this machine only, or allow it explicitly.",
        )
    runner = web.AppRunner(make_app(archive, host=host, names=names), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except (OSError, OverflowError) as error:
            raise ArchiverError(
                f"Port {port} on {host} cannot be used: {error}.",
                "Choose another port; 0 takes any free one.",
            ) from error
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def make_app(
    archive: Path, *, host: str = DEFAULT_HOST, names: Collection[str] = ()
) -> web.Application:
    """The web application that serves `archive` when bound to `host`."""
    from aiohttp import web

    root = archive.resolve()
    hosts = _Hosts.of(host, names)

    async def answer(request: web.Request) -> web.StreamResponse:
        if not hosts.allow(request.headers.getall("Host", [])):
            return _plain(421, "This server is not known by that name.")
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "Only for reading.", {"Allow": "GET, HEAD"})
        return await asyncio.to_thread(_respond, root, request.rel_url.raw_path)

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_ALWAYS)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    app.on_response_prepare.append(add_headers)
    return app


def _plain(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    from aiohttp import web

    return web.Response(status=status, text=f"{text}\n", headers=headers)


def _respond(root: Path, raw_path: str) -> web.StreamResponse:
    """What a GET of `raw_path` is answered with; looks at the disk."""
    from aiohttp import web

    found = find_public(root, raw_path)
    if found is None:
        return _plain(404, "Not found.")
    if found.redirect is not None:
        return _plain(302, "See the page.", {"Location": found.redirect})
    response = web.FileResponse(found.file)
    response.headers.update(_headers(found.path))
    return response


# --- which file -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be served: its place on disk, and its path in the archive.

    `redirect` is the address of a folder's page when the folder itself was asked for.
    """

    file: Path
    path: PurePosixPath
    redirect: str | None = None


def find_public(root: Path, raw_path: str) -> Found | None:
    """The file that an address's percent-encoded path names, if it may be served.

    `root` is the archive's folder without symbolic links. Raises nothing.
    """
    parts = _parts(raw_path)
    if parts is None or not _is_public(tuple(parts)):
        return None
    try:
        file = root.joinpath(*parts).resolve(strict=True)
        # What links lead to has to be public itself: inside the archive, and no secret of it.
        inside = file.relative_to(root).parts
        if not _is_public(inside):
            return None
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            return _index_of(root, raw_path, parts)
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle, before 3.13
        return None
    if not stat.S_ISREG(mode) or raw_path.endswith("/"):
        return None
    return Found(file, PurePosixPath(*inside))


def _index_of(root: Path, raw_path: str, parts: list[str]) -> Found | None:
    address = "/" + "".join(f"{quote(part, safe='')}/" for part in parts)
    found = find_public(root, f"{address}index.html")
    if found is None or not parts:
        return found
    return Found(found.file, found.path, f"{address}index.html")


def _parts(raw_path: str) -> list[str] | None:
    """The decoded parts of an address's path; None when one of them is no plain name.

    Each part is decoded for itself, so that `%2F` never becomes a separator.
    """
    if not raw_path.startswith("/"):
        return None
    encoded = raw_path[1:].removesuffix("/")
    if not encoded:
        return []
    try:
        parts = [unquote_to_bytes(part).decode() for part in encoded.split("/")]
    except ValueError:
        return None
    return parts if all(map(_is_plain, parts)) else None


def _is_plain(name: str) -> bool:
    """Whether a name can only name something in its folder, on any system, and is not hidden."""
    if not name or name[0] == "." or name[-1] in ". ":  # Windows ignores those at the end
        return False
    return not any(c in '/\\:*?"<>|' or c < " " for c in name)


def _is_public(parts: tuple[str, ...]) -> bool:
    if any(part.startswith(".") for part in parts):
        return False
    if len(parts) <= 1:
        return not parts or parts[0] in PUBLIC_FOLDERS or parts[0].endswith(".html")
    return parts[0] in PUBLIC_FOLDERS


def _headers(path: PurePosixPath) -> dict[str, str]:
    """Type, policy and disposition of a file of the archive."""
    suffix = path.suffix.lower()
    # By any spelling: some disks know no case.
    received = len(path.parts) > 4 and path.parts[3].casefold() in RECEIVED
    if suffix not in _TYPES or (received and suffix in _ACTIVE):
        return {
            "Content-Type": _UNKNOWN,
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
    headers = {"Content-Type": _TYPES[suffix]}
    if suffix in (".html", ".svg"):
        headers["Content-Security-Policy"] = PAGE_POLICY
    return headers


# --- by which name --------------------------------------------------------------------------------


def is_loopback(host: str) -> bool:
    """Whether `host` means this machine only, judged without asking the network."""
    if host.lower().removesuffix(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class _Hosts:
    """The names this server answers to.

    A page elsewhere can point a name of its own at this machine (DNS rebinding) and would then
    read the archive as its own origin. It can do so only by a name, never by an address.
    """

    addresses: bool
    names: frozenset[str]

    @classmethod
    def of(cls, host: str, names: Collection[str]) -> _Hosts:
        if is_loopback(host):
            return cls(False, frozenset(name.lower() for name in names))
        own = socket.gethostname().lower()
        known = {host.lower(), own, f"{own}.local", *(name.lower() for name in names)}
        return cls(True, frozenset(known))

    def allow(self, headers: list[str]) -> bool:
        if len(headers) != 1:
            return False
        try:
            name = urlsplit(f"//{headers[0]}").hostname or ""
        except ValueError:
            return False
        if is_loopback(name) or name.removesuffix(".") in self.names:
            return True
        return self.addresses and _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
