"""Contract, *Network*: how hosts are asked, how often, how long, and for how much memory."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import struct
import subprocess
import time
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from archiver.archive import Archive
from archiver.errors import NetworkDown
from archiver.localapi import LocalImage, Served, Workspace
from archiver.models import StoredFile
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.contract.stage import (
    QUICK,
    assert_adds_up,
    command,
    environment,
    failure_of,
    in_thread,
    reached,
    reasons,
    served,
)
from tests.faults.lab import TORTURE
from tests.http_helpers import http, raw, serving, serving_raw
from tests.pipeline import a_jpeg, a_workspace, add_job, folder_of, record_of, synced

LOOPBACK = ("127.0.0.1",)
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


def with_photos(*addresses: Any, thumbnail: Any = None) -> Workspace:
    """A workspace of one job whose photos lie at these addresses."""
    workspace = a_workspace(jobs=1, photos=0)
    for address in addresses:
        workspace.add_message(workspace.jobs[0].job_id, photo(address, thumbnail))
    return workspace


def photo(address: Any, thumbnail: Any = None) -> dict[str, Any]:
    """An image message."""
    message = {"messageType": "image", "urlToImage": address}
    return message if thumbnail is None else {**message, "thumbnailForImage": thumbnail}


def fetched(root: Path, workspace: Workspace, **downloads: Any) -> Summary:
    """A sync in which loopback hosts may be asked, without long waits."""
    limits = {"allow_hosts": LOOPBACK, **QUICK, **downloads}
    return synced(root, workspace, downloads=limits)


def kept(root: Path, workspace: Workspace) -> StoredFile:
    """The kept file of the first photo."""
    found = record_of(root, workspace.jobs[0].job_id).photos[0].image.stored
    assert found is not None
    return found


class Host:
    """An image host that counts what it is asked for."""

    def __init__(self, answer: Callable[[web.BaseRequest], Any]) -> None:
        self.asked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self._answer = answer

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked[request.path] += 1
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.times.append(time.monotonic())
        answer = self._answer(request)
        return await answer if asyncio.iscoroutine(answer) else answer  # type: ignore[no-any-return]


# --- tries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "least", "most", "looks"),
    [
        (400, 1, 1, 1),
        (418, 1, 1, 1),
        (401, 1, 2, 1),
        (403, 2, 2, 2),
        (404, 2, 2, 2),
        (410, 2, 2, 2),
        (408, 2, 8, 1),
        (425, 2, 8, 1),
        (429, 2, 8, 1),
        (500, 2, 8, 1),
        (503, 2, 8, 1),
        (599, 2, 8, 1),
    ],
)
def test_tries_are_bounded_by_status(
    tmp_path: Path, status: int, least: int, most: int, looks: int
) -> None:
    """At most 2 for 401, 403, 404, 410; details read again once on the last three; 408, 425, 429
    and 5xx are tried again, bounded."""
    host = Host(lambda request: web.Response(status=status))
    details = Counter[str]()

    async def count(request: web.Request) -> None:
        details[request.path] += 1

    with in_thread(serving(host)) as url:
        workspace = with_photos(f"{url}/x.jpeg")
        told = synced(
            tmp_path / "a",
            workspace,
            intercept=count,
            downloads={"allow_hosts": LOOPBACK, **QUICK},
        )
    assert (told.images_failed, told.exit_code) == (1, 3)
    assert str(status) in told.failures[0].reason
    assert least <= host.asked["/x.jpeg"] <= most
    assert details["/job/details"] == looks


def test_after_a_refusal_the_address_of_the_fresh_details_is_used(tmp_path: Path) -> None:
    """403, 404, 410: the job is looked at once more, and its new address is the one asked for."""
    body = a_jpeg(1)

    def answer(request: web.BaseRequest) -> web.Response:
        good = request.query.get("token") == "new"
        return web.Response(body=body) if good else web.Response(status=403)

    host = Host(answer)
    with in_thread(serving(host)) as url:
        workspace = with_photos(*(f"{url}/{n}.jpeg?token=old" for n in range(3)))
        looks = []

        async def renew(request: web.Request) -> None:
            if request.path == "/job/details":
                looks.append(1)
                if len(looks) == 2:
                    for place in range(3):
                        workspace.edit_message(
                            workspace.jobs[0].job_id,
                            place + 1,
                            urlToImage=f"{url}/{place}.jpeg?token=new",
                        )

        told = synced(
            tmp_path / "a",
            workspace,
            intercept=renew,
            downloads={"allow_hosts": LOOPBACK, **QUICK},
        )
    assert (told.failures, len(looks)) == ([], 2)
    assert set(host.asked.values()) == {2}


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed_in_both_forms(tmp_path: Path, form: str) -> None:
    """The next try comes when the host says, not before."""
    waits = {"seconds": "1", "date": format_datetime(datetime.now(UTC) + timedelta(seconds=2))}
    given = {"Retry-After": waits[form].replace("+0000", "GMT")}

    def answer(request: web.BaseRequest) -> web.Response:
        if host.asked.total() == 1:
            return web.Response(status=429, headers=given)
        return web.Response(body=a_jpeg(1))

    host = Host(answer)
    with in_thread(serving(host)) as url:
        told = fetched(tmp_path / "a", with_photos(f"{url}/x"))
    assert told.failures == []
    assert 0.5 <= host.times[1] - host.times[0] < 4


def test_past_the_cap_the_item_fails_by_name_and_the_run_goes_on(tmp_path: Path) -> None:
    """Default cap 120 s: nobody waits for 121."""
    from archiver.api import ApiSettings
    from archiver.download import DownloadSettings

    assert (ApiSettings().retry_after_cap, DownloadSettings().retry_after_cap) == (120, 120)

    def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/later":
            return web.Response(status=503, headers={"Retry-After": "121"})
        return web.Response(body=a_jpeg(1))

    host = Host(answer)
    with in_thread(serving(host)) as url:
        told = fetched(tmp_path / "a", with_photos(f"{url}/later", f"{url}/now"))
    assert (told.images_failed, told.images_downloaded) == (1, 1)
    assert "120" in failure_of(told, "/later").reason
    assert host.asked["/later"] == 1


# --- outages ------------------------------------------------------------------------------------


def test_an_outage_pauses_the_run_and_fails_nothing(tmp_path: Path) -> None:
    """The host goes away after its first answer and is back a second later: no failure."""
    asyncio.run(_outage(tmp_path / "a", back_after=1.0, patience=20.0))


def test_an_outage_past_its_time_ends_with_1_and_keeps_what_there_is(tmp_path: Path) -> None:
    """`NetworkDown` (exit 1) after the stated time; the next run fetches only the rest."""
    with pytest.raises(NetworkDown) as caught:
        asyncio.run(_outage(tmp_path / "a", back_after=None, patience=1.5))
    assert caught.value.exit_code == 1
    assert "kept" in caught.value.hint
    staging = tmp_path / "a/.archiver/staging"
    assert len(list(staging.glob("downloads/*.bin"))) >= 1
    assert verify_archive(Archive(tmp_path / "a")).faults == []


async def _outage(root: Path, *, back_after: float | None, patience: float) -> None:
    """A sync whose image host closes after one answer, and may come back at the same port."""
    from archiver.localapi import LocalApi
    from tests.pipeline import run_sync

    workspace = with_photos()
    servers: list[asyncio.Server] = []
    begun: list[asyncio.Task[None]] = []
    port = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        number = int(head.split(b"/")[1].split(b".")[0] or 0)
        writer.write(http(a_jpeg(number)).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await writer.drain()
        if not begun:
            servers[-1].close()
            begun.append(asyncio.create_task(back()))
        writer.close()

    async def back() -> None:
        if back_after is not None:
            await asyncio.sleep(back_after)
            servers.append(await asyncio.start_server(talk, "127.0.0.1", port))

    servers.append(await asyncio.start_server(talk, "127.0.0.1", 0))
    port = int(servers[0].sockets[0].getsockname()[1])
    for number in range(12):
        address = f"http://127.0.0.1:{port}/{number}.jpeg"
        workspace.add_message(workspace.jobs[0].job_id, photo(address))
    async with LocalApi(workspace) as api:
        limits = {"allow_hosts": LOOPBACK, "concurrency": 2, **QUICK}
        try:
            told = await run_sync(root, api, downloads=limits, network_wait=patience)
            assert (told.failures, told.images_downloaded) == ([], 12)
        finally:
            for server in servers:
                server.close()
            await asyncio.gather(*begun)


# --- stalls -------------------------------------------------------------------------------------


def test_the_limits_are_those_of_the_contract() -> None:
    """30 s without a byte, 1 KiB/s over 60 s, 200 MB, five redirects, a body of 64 MB."""
    from archiver.api import ApiSettings
    from archiver.download import DownloadSettings

    images = DownloadSettings()
    assert (images.stall_timeout, images.slow_rate, images.slow_window) == (30, 1024, 60)
    assert (images.max_size, images.max_redirects, images.concurrency) == (200_000_000, 5, 16)
    assert ApiSettings().body_limit in (64_000_000, 64 * 1024 * 1024)


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and never answer."""
    await asyncio.sleep(60)


async def half_then_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half a body, then silence."""
    writer.write(http(a_jpeg(1, (300, 300)))[:400])
    await writer.drain()
    await asyncio.sleep(60)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then."""
    for byte in http(a_jpeg(1, (300, 300))):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.1)


async def drip_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A header line now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


SHRUNK = {
    "stall_timeout": 0.4,
    "head_timeout": 0.8,
    "slow_window": 0.8,
    "connect_timeout": 1.0,
    "park_after": 0.05,
}


@pytest.mark.parametrize("handler", [say_nothing, half_then_nothing, drip, drip_head])
def test_a_stalled_address_is_ended_and_tried_at_most_twice_in_a_run(
    tmp_path: Path, handler: Raw
) -> None:
    """No byte for a time, or too few over a longer one; also when several jobs want it."""
    tries: list[int] = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(1)
        await handler(reader, writer)

    with in_thread(serving_raw(counted)) as url:
        workspace = with_photos(f"{url}/slow", Served("/images/none"))
        other = add_job(workspace, "Other", photos=0, number=5)
        workspace.add_message(other.job_id, photo(f"{url}/slow"))
        begun = time.monotonic()
        told = fetched(tmp_path / "a", workspace, **SHRUNK)
    assert time.monotonic() - begun < 8
    assert told.images_failed == 3
    assert "stalled" in failure_of(told, "/slow").reason if len(told.failures) < 3 else True
    assert 1 <= len(tries) <= 2


def test_a_slow_but_steady_image_is_never_cut_off(tmp_path: Path) -> None:
    """It takes several times every limit for a stall, but brings its bytes."""
    body = a_jpeg(1, (700, 700)) + b"\0" * 3000

    async def steady(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(body, length=len(body))[: -len(body)])
        for place in range(0, len(body), len(body) // 25):
            writer.write(body[place : place + len(body) // 25])
            await writer.drain()
            await asyncio.sleep(0.1)

    with in_thread(serving_raw(steady)) as url:
        workspace = with_photos(f"{url}/large")
        told = fetched(tmp_path / "a", workspace, **SHRUNK)
    assert told.failures == []
    assert kept(tmp_path / "a", workspace).size == len(body)


SCALE = 40
"""How much faster than at default settings the worst of hosts is played."""


def test_the_worst_of_hosts_ends_within_8_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 bad addresses in 100 jobs, a third of them stalling, all times scaled down alike."""
    from archiver.download import DownloadSettings

    monkeypatch.setattr("archiver.patience.LONGEST_PAUSE", 300 / SCALE)
    names = (
        *("wait_initial", "wait_max", "wait_jitter", "retry_after_cap", "connect_timeout"),
        *("stall_timeout", "head_timeout", "slow_window", "park_after"),
    )
    times = {name: getattr(DownloadSettings(), name) / SCALE for name in names}

    with in_thread(serving_raw(worst_of_hosts)) as url:
        workspace = a_workspace(jobs=100, photos=0)
        for number in range(300):
            job = workspace.jobs[number % 100]
            workspace.add_message(job.job_id, photo(f"{url}/{number}"))
        begun = time.monotonic()
        told = synced(
            tmp_path / "a",
            workspace,
            downloads={"allow_hosts": LOOPBACK, "concurrency": 16, **times},
            network_wait=300 / SCALE,
        )
    assert time.monotonic() - begun < 8 * 60 / SCALE + 15  # + making a hundred bags and pages
    assert (told.images_failed, told.jobs_new) == (300, 100)
    assert_adds_up(told, attempted=300)


async def worst_of_hosts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every third address stalls; the others fail in nine ways."""
    number = next(_numbers)
    if number % 3 == 0:
        await (say_nothing, half_then_nothing, drip_head)[number // 3 % 3](reader, writer)
        return
    answers = (
        http(b"", status="404 Not Found"),
        http(b"", status="500 Internal"),
        http(b"<html>no</html>"),
        http(a_jpeg(1)[:-9], length=len(a_jpeg(1))),
        b"",
        b"HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
        b"garbage\r\n\r\n",
        http(b"", status="403 Forbidden"),
    )
    writer.write(answers[number % len(answers)])
    await writer.drain()


_numbers = iter(range(10**9))


# --- what is asked and what comes -----------------------------------------------------------------


def test_requests_carry_no_cookie_no_key_and_ask_for_identity(tmp_path: Path) -> None:
    """Cookies are neither kept nor sent; `Accept-Encoding: identity`; API and images alike."""
    sent: list[dict[str, str]] = []

    async def note(request: web.Request) -> web.StreamResponse | None:
        sent.append({name.lower(): value for name, value in request.headers.items()})
        if request.path == "/job/details":
            details = workspace.details((await request.json())["jobId"], "http://" + request.host)
            return web.json_response(details, headers={"Set-Cookie": "a=1; Path=/"})
        return None

    def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=a_jpeg(1), headers={"Set-Cookie": "a=1; Path=/"})

    host = Host(answer)
    with in_thread(serving(host)) as url:
        workspace = with_photos(f"{url}/1", f"{url}/2", Served("/images/own"))
        workspace.add_image("/images/own", LocalImage(a_jpeg(2)))
        limits = {"allow_hosts": LOOPBACK, "concurrency": 1, **QUICK}
        told = synced(tmp_path / "a", workspace, intercept=note, downloads=limits)
    assert told.failures == []
    assert len(host.headers) == 2
    for headers in (*host.headers, *sent):
        assert headers["accept-encoding"] == "identity"
        assert "cookie" not in headers
        assert "authorization" not in headers
        assert "referer" not in headers


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_an_encoding_sent_all_the_same_is_decoded_noted_and_stored_decoded(
    tmp_path: Path, encoding: str
) -> None:
    """And `Content-Length` is compared with the bytes on the wire, not with the decoded ones."""
    body = a_jpeg(1, (200, 200))
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(packed)}"
    with in_thread(serving_raw(raw(head.encode() + b"\r\n\r\n" + packed))) as url:
        workspace = with_photos(f"{url}/x")
        told = fetched(tmp_path / "a", workspace)
    assert told.failures == []
    assert told.bytes_downloaded == len(packed)
    found = kept(tmp_path / "a", workspace)
    stored = folder_of(tmp_path / "a", workspace.jobs[0].job_id) / found.file
    assert stored.read_bytes() == body
    assert any(encoding in note for note in found.notes)


def test_a_gzip_bomb_ends_at_the_limit_of_size(tmp_path: Path) -> None:
    """“Decoded within bounds.”"""
    bomb = gzip.compress(a_jpeg(1) + bytes(30_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with in_thread(serving_raw(raw(head.encode() + bomb))) as url:
        told = fetched(tmp_path / "a", with_photos(f"{url}/x"), max_size=1_000_000)
    assert "limit" in failure_of(told, "/x").reason
    assert told.bytes_downloaded < 200_000


@pytest.mark.parametrize(("hops", "fine"), [(5, True), (6, False)])
def test_five_redirects_are_followed_and_no_more(tmp_path: Path, hops: int, fine: bool) -> None:
    """At most five, relative or absolute."""

    def answer(request: web.BaseRequest) -> web.Response:
        left = int(request.path[1:])
        if not left:
            return web.Response(body=a_jpeg(1))
        return web.Response(status=307, headers={"Location": f"./{left - 1}"})

    host = Host(answer)
    with in_thread(serving(host)) as url:
        workspace = with_photos(f"{url}/{hops}")
        told = fetched(tmp_path / "a", workspace)
    assert (told.failures == []) == fine
    if fine:
        assert str(kept(tmp_path / "a", workspace).final_address).endswith("/0")
    else:
        assert "redirect" in reasons(told)
        assert "/0" not in host.asked


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("path", ["/job/list", "/job/details"])
def test_api_redirects_are_not_followed_so_the_key_stays(
    tmp_path: Path, status: int, path: str
) -> None:
    """Not to another host, not to the same."""
    from archiver.errors import ListRefused

    host = Host(lambda request: web.Response(body=b"{}"))
    with in_thread(serving(host)) as url:

        async def redirect(request: web.Request) -> web.StreamResponse | None:
            if request.path != path:
                return None
            return web.Response(status=status, headers={"Location": f"{url}/job/x"})

        workspace = a_workspace(jobs=1, photos=0)
        if path == "/job/list":
            with pytest.raises(ListRefused, match="redirects are not followed"):
                synced(tmp_path / "a", workspace, intercept=redirect)
        else:
            told = synced(tmp_path / "a", workspace, intercept=redirect)
            assert (told.jobs_failed, told.exit_code) == (1, 3)
    assert host.asked == {}


# --- image checks -------------------------------------------------------------------------------


def a_png(width: int, height: int, *, data: bytes = b"") -> bytes:
    """A PNG whose header says what it likes; its chunks are sound."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = data or zlib.compress(b"\0" * 100)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def picture(kind: str) -> bytes:
    """A small noisy picture."""
    body = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(body, kind)
    return body.getvalue()


def broken(body: bytes, place: int) -> bytes:
    """`body` with one byte changed."""
    return body[:place] + bytes((body[place] ^ 0xFF,)) + body[place + 1 :]


BAD_IMAGES = {
    "zero width": (a_png(0, 10), "0 × 10"),
    "1,001 megapixels": (a_png(1_001_000, 1_000), "megapixels"),
    "PNG with a wrong checksum": (broken(picture("PNG"), 45), "checksum"),
    "PNG without its end": (picture("PNG")[:-12], "cut off"),
    "JPEG without its end": (picture("JPEG")[:-2], "cut off"),
    "WebP shorter than it says": (picture("WEBP")[:-10], "cut off"),
    "a page": (b"<!doctype html><p>Log in", "web page"),
    "JSON": (b'{"error": 1}', "JSON"),
    "nothing": (b"", "empty"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_an_image_that_fails_a_check_is_named_and_never_a_photo(tmp_path: Path, name: str) -> None:
    """First bytes, the header's size, structure; as image and as thumbnail."""
    body, word = BAD_IMAGES[name]
    workspace = with_photos(Served("/images/x"), thumbnail=Served("/images/y"))
    for path in ("/images/x", "/images/y"):
        workspace.add_image(path, LocalImage(body))
    told = fetched(tmp_path / "a", workspace)
    assert (told.images_failed, told.images_downloaded) == (2, 0)
    assert word in reasons(told), reasons(told)
    folder = folder_of(tmp_path / "a", workspace.jobs[0].job_id)
    assert not (folder / "data/images").exists()
    assert not (folder / "data/thumbnails").exists()


def test_each_check_is_cheap_before_the_next(tmp_path: Path) -> None:
    """A stated length above the limit, a page without end, a header of 1,001 megapixels: none is
    read to its end."""
    said: Counter[str] = Counter()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = ("long", "page", "huge")[next(turn) % 3]
        begin = {"long": a_jpeg(1)[:300], "page": b"<html>", "huge": a_png(1_001_000, 1000)[:60]}
        length = 900_000_000 if kind == "long" else 150_000_000
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + begin[kind])
        while said[kind] < 150_000_000:
            writer.write(b" " * 65_536)
            said[kind] += 65_536
            await writer.drain()

    turn = iter(range(100))
    with in_thread(serving_raw(endless)) as url:
        told = fetched(
            tmp_path / "a", with_photos(*(f"{url}/{n}" for n in range(3))), concurrency=1
        )
    assert told.images_failed == 3
    # What lies in the buffers of a busy machine's loopback has been said, but was never read.
    assert all(count < 80_000_000 for count in said.values()), said
    assert told.bytes_downloaded < 80_000_000


def test_bytes_after_the_end_are_kept_as_they_are(tmp_path: Path) -> None:
    """Phones hang films on the ends of photos."""
    bodies = [picture(kind) + b"\0trailer" * 50 for kind in ("JPEG", "PNG", "WEBP")]
    workspace = with_photos(*(Served(f"/images/{n}") for n in range(3)))
    for number, body in enumerate(bodies):
        workspace.add_image(f"/images/{number}", LocalImage(body))
    told = fetched(tmp_path / "a", workspace)
    assert told.failures == []
    folder = folder_of(tmp_path / "a", workspace.jobs[0].job_id)
    found = {path.read_bytes() for path in (folder / "data/images").iterdir()}
    assert found == set(bodies)


# --- memory -------------------------------------------------------------------------------------


def peak(root: Path, options: list[Any]) -> tuple[int, dict[str, Any], float]:
    """Exit code, summary and peak memory in MB of a sync in a process of its own and of all it
    starts: at each look the sum of what is theirs, pages that several share divided among them."""
    run = subprocess.Popen(
        command("sync", root, *options, "--json", "--no-fsync"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    most = 0
    while run.poll() is None:
        most = max(most, sum(map(share_of_memory, [run.pid, *children(run.pid)])))
        time.sleep(0.05)
    out, _ = run.communicate()
    return run.returncode, json.loads(out), most / 1000


def children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]
    except (OSError, ProcessLookupError):
        return []


def share_of_memory(pid: int) -> int:
    """kB of a process's proportional set; 0 when it is gone."""
    try:
        found = re.search(r"Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text())
    except (OSError, ProcessLookupError):
        return 0
    return int(found[1]) if found else 0


def test_a_thousand_photos_take_no_more_than_250_mb(tmp_path: Path) -> None:
    """“250 MB ordinarily”, independent of the number of photos."""
    workspace = a_workspace(jobs=5, photos=0)
    large = [a_jpeg(n, (1600, 1200)) for n in range(4)]
    for number in range(1000):
        body = large[number % 4] + b"%d" % number
        path = workspace.add_image(f"/images/{number}", LocalImage(body))
        small = workspace.add_image(f"/thumbnails/{number}", LocalImage(a_jpeg(number)))
        workspace.add_message(workspace.jobs[number % 5].job_id, photo(path, small))
    with served(workspace) as api:
        code, told, memory = peak(tmp_path / "a", reached(api))
    assert (code, told["images_downloaded"] + told["images_deduplicated"]) == (0, 2000)
    print(f"peak {memory:.0f} MB")
    assert memory < 250


@pytest.mark.parametrize("kind", ["messages", "tokens"])
def test_a_body_of_60_mb_takes_no_more_than_600_mb(tmp_path: Path, kind: str) -> None:
    """“600 MB under attack”: archived or named, the other job archived. The long form has 150,000
    messages in place of 40,000."""
    workspace = a_workspace(jobs=2, photos=0)
    job = workspace.jobs[0]
    chat = b'{"messageType":"chat","uploaderName":"A","textMessage":"%s"}'
    entries = {
        "messages": [chat % (b"x" * (340 if TORTURE else 1440))] * 150_000,
        "tokens": [b"{}"] * 20_000_000,
    }[kind]
    head = b'{"jobId":"%s","messages":[' % job.job_id.encode()
    job.details_body = head + b",".join(entries)[:60_000_000].rsplit(entries[0], 1)[0]
    job.details_body = job.details_body.rstrip(b",") + b"]}"
    del entries
    with served(workspace) as api:
        code, told, memory = peak(tmp_path / "a", reached(api))
    assert code in (0, 3)
    assert told["jobs_new"] + told["jobs_failed"] == 2
    assert told["jobs_new"] >= 1
    print(f"peak {memory:.0f} MB")
    assert memory < 600


def test_bombs_as_thumbnails_and_photos_take_no_more_than_600_mb(tmp_path: Path) -> None:
    """900 megapixels in a small PNG, stored and marked *not decoded*; a progressive JPEG of 36."""
    packer = zlib.compressobj(9)
    line = b"\0" * (30_000 // 8 + 1)
    rows = b"".join(packer.compress(line) for _ in range(30_000)) + packer.flush()
    bomb = a_png(30_000, 30_000, data=rows)
    progressive = io.BytesIO()
    Image.new("L", (6000, 6000)).save(progressive, "JPEG", progressive=True, quality=5)
    workspace = with_photos()
    for number in range(6):
        body = (bomb if number % 2 else progressive.getvalue()) + b"%d" % number
        path = workspace.add_image(f"/images/{number}", LocalImage(body))
        workspace.add_message(workspace.jobs[0].job_id, photo(path, path))
    with served(workspace) as api:
        code, told, memory = peak(tmp_path / "a", reached(api))
    assert code == 0, told["failures"]
    record = record_of(tmp_path / "a", workspace.jobs[0].job_id)
    undecoded = [one for one in record.photos if one.image.stored and not one.image.stored.decoded]
    assert len(undecoded) >= 3
    print(f"peak {memory:.0f} MB")
    assert memory < 600
