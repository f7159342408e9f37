"""Fetching pictures from hosts that do everything wrong: tried, bounded, named, nothing left."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from archiver.download import (
    Downloader,
    DownloadSettings,
    Fetched,
    FetchFailure,
    Kind,
    safe_type,
)
from archiver.errors import DiskFull, NotWritable
from archiver.models import RelPath, Sha256, StoredFile
from archiver.spool import Spool
from tests.http_helpers import (
    Names,
    RawHandler,
    http,
    picture,
    raw,
    serving,
    serving_raw,
    unused_port,
)

NOW = datetime(2025, 11, 23, 10, 0, tzinfo=UTC)
QUICK = DownloadSettings(
    attempts=3,
    wait_initial=0.001,
    wait_max=0.002,
    wait_jitter=0,
    connect_timeout=2,
    stall_timeout=0.25,
    head_timeout=0.4,
    slow_window=0.3,
    park_after=0.05,
)
PHOTO = picture(size=(160, 120))
Answer = Callable[[web.BaseRequest], web.StreamResponse]


@asynccontextmanager
async def downloads(folder: Path, origin: str, **changes: Any) -> AsyncIterator[Downloader]:
    resolver = changes.pop("resolver", None)
    async with Downloader(
        replace(QUICK, **changes),
        folder=folder,
        api_origin=origin,
        clock=lambda: NOW,
        resolver=resolver,
    ) as downloader:
        yield downloader


class Host:
    """An image host: the answers in turn (the last for ever), and the requests that came."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, dict[str, str]]] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append((f"{request.method} {request.raw_path}", dict(request.headers)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request)


def gives(body: bytes = PHOTO, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda request: web.Response(body=body, status=status, headers=named)


def points_to(address: str, **headers: str) -> Answer:
    return gives(b"", 302, Location=address, **headers)


async def fetched(
    folder: Path, host: Host, kind: Kind = "image", path: str = "/x.jpeg", **changes: Any
) -> Fetched | FetchFailure:
    async with serving(host) as base, downloads(folder, base, **changes) as downloader:
        return await downloader.fetch(base + path, kind)


async def from_raw(
    folder: Path, handler: RawHandler, kind: Kind = "image", **changes: Any
) -> Fetched | FetchFailure:
    async with serving_raw(handler) as base, downloads(folder, base, **changes) as downloader:
        return await downloader.fetch(f"{base}/x", kind)


def good(result: Fetched | FetchFailure) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def failed(result: Fetched | FetchFailure) -> FetchFailure:
    assert isinstance(result, FetchFailure)
    return result


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def is_empty(folder: Path) -> bool:
    return not files(folder)


# --- what comes whole --------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_photo_arrives_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    host = Host(gives(ETag='"e"', Last_Modified="yesterday", Content_Type="text/html"))
    async with serving(host) as base, downloads(tmp_path, base) as downloader:
        found = good(await downloader.fetch(f"{base}/a%7Eb.png?sig=1", "image"))
    assert found.path.read_bytes() == PHOTO
    assert found.path.parent == tmp_path
    assert (found.suffix, found.wire_bytes) == (".jpeg", len(PHOTO))
    assert found.facts == StoredFile(
        file=RelPath(""),
        sha256=Sha256(hashlib.sha256(PHOTO).hexdigest()),
        size=len(PHOTO),
        media_type="image/jpeg",
        width=160,
        height=120,
        final_address=f"{base}/a%7Eb.png?sig=1",
        status=200,
        etag='"e"',
        last_modified="yesterday",
        content_type="text/html",
        fetched=NOW,
    )
    asked, headers = host.requests[0]
    assert asked == "GET /a%7Eb.png?sig=1"
    assert headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Referer", "Authorization"} & headers.keys()


@pytest.mark.asyncio
async def test_many_large_photos_arrive_whole_at_once(tmp_path: Path) -> None:
    body = PHOTO + bytes(3_000_000)
    host = Host(gives(body))
    async with serving(host) as base, downloads(tmp_path, base, concurrency=4) as downloader:
        results = await asyncio.gather(
            *(downloader.fetch(f"{base}/{i}", "image") for i in range(12))
        )
    assert {good(one).facts.sha256 for one in results} == {hashlib.sha256(body).hexdigest()}
    assert len(files(tmp_path)) == 12


@pytest.mark.asyncio
async def test_no_more_than_the_settled_number_come_at_once(tmp_path: Path) -> None:
    now, most = 0, 0

    async def handler(request: web.BaseRequest) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.1)
        now -= 1
        return web.Response(body=PHOTO)

    settings = {"concurrency": 3, "park_after": 30}
    async with serving(handler) as base, downloads(tmp_path, base, **settings) as downloader:
        await asyncio.gather(*(downloader.fetch(f"{base}/{i}", "image") for i in range(12)))
    assert most == 3


@pytest.mark.asyncio
async def test_an_encoding_sent_all_the_same_is_undone_and_noted(tmp_path: Path) -> None:
    packed = gzip.compress(PHOTO)
    found = good(await fetched(tmp_path, Host(gives(packed, Content_Encoding="gzip"))))
    assert found.path.read_bytes() == PHOTO
    assert found.wire_bytes == len(packed)
    assert "gzip" in found.facts.notes[0]


@pytest.mark.asyncio
async def test_credentials_in_an_address_are_not_sent_and_that_is_noted(tmp_path: Path) -> None:
    host = Host(gives())
    async with serving(host) as base, downloads(tmp_path, base) as downloader:
        address = base.replace("http://", "http://me:secret@") + "/x#part"
        found = good(await downloader.fetch(address, "image"))
    assert "Authorization" not in host.requests[0][1]
    assert "secret" not in (found.facts.final_address or "")
    assert "not sent" in found.facts.notes[0]


@pytest.mark.asyncio
async def test_a_sound_heic_is_kept_although_it_cannot_be_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.test_images import ISPE, MDAT, heif

    monkeypatch.setattr("archiver.imagedecode.is_supported", lambda kind: kind != "heic")
    kinds: tuple[Kind, ...] = ("image", "thumbnail")
    for kind in kinds:
        found = good(await fetched(tmp_path, Host(gives(heif(ISPE, MDAT))), kind))
        assert (found.suffix, found.facts.decoded) == (".heic", False)


@pytest.mark.asyncio
async def test_a_thumbnail_is_decoded_and_one_that_does_not_is_damaged(tmp_path: Path) -> None:
    from tests.test_images import IDAT, png

    good(await fetched(tmp_path, Host(gives()), "thumbnail"))
    hollow = Host(gives(png(50, 50, IDAT)))
    assert good(await fetched(tmp_path, hollow, "image")).facts.decoded
    result = failed(await fetched(tmp_path, hollow, "thumbnail"))
    assert "does not decode" in result.reason
    assert result.damaged is not None


# --- what is no image --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>Sorry" + bytes(500_000), "a web page"),
        (b"", "an empty body"),
        (b"<svg/>", "an SVG drawing"),
        (b"\0\0\0\x18ftypisom" + bytes(100), "a video"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_no_image_is_named_asked_for_once_and_not_kept(
    tmp_path: Path, body: bytes, words: str
) -> None:
    host = Host(gives(body))
    result = failed(await fetched(tmp_path, host))
    assert words in result.reason
    assert result.damaged is None
    assert len(host.requests) == 1
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_a_header_of_too_many_pixels_is_refused_and_zero_pixels_are_damage(
    tmp_path: Path,
) -> None:
    from tests.test_images import IDAT, png

    huge = failed(await fetched(tmp_path, Host(gives(png(40_000, 40_000, IDAT)))))
    assert "1000 megapixels" in huge.reason
    assert is_empty(tmp_path)
    none = failed(await fetched(tmp_path, Host(gives(png(0, 5, IDAT)))))
    assert "0 × 5" in none.reason
    assert none.damaged is not None


@pytest.mark.asyncio
async def test_what_is_larger_than_the_limit_is_refused_also_when_it_unfolds(
    tmp_path: Path,
) -> None:
    stated = Host(gives(PHOTO + bytes(2_000_000)))
    bomb = Host(gives(gzip.compress(PHOTO + bytes(20_000_000)), Content_Encoding="gzip"))

    def unstated(request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(body=PHOTO + bytes(2_000_000))
        response.enable_chunked_encoding()
        return response

    for host in (stated, bomb, Host(unstated)):
        result = failed(await fetched(tmp_path, host, max_size=1_000_000))
        assert "the limit is 1.0 MB" in result.reason
        assert len(host.requests) == 1
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_an_unknown_encoding_and_a_broken_one_fail_by_name(tmp_path: Path) -> None:
    unknown = failed(await fetched(tmp_path, Host(gives(Content_Encoding="br"))))
    assert "not asked for" in unknown.reason
    broken = Host(gives(Content_Encoding="gzip"))
    assert "gzip encoding is broken" in failed(await fetched(tmp_path, broken)).reason
    assert len(broken.requests) == 3
    assert is_empty(tmp_path)


# --- other files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "suffix"),
    [
        (PHOTO, ".jpeg"),
        (b"%PDF-1.7 text", ".pdf"),
        (b"\0\0\0\x18ftypmp42", ".mp4"),
        (b"\0\0\0\x18ftypqt  ", ".mov"),
        (b"<html><script>", ".bin"),
        (b"<svg onload=", ".bin"),
        (b"alert(1)", ".bin"),
        (b"", ".bin"),
    ],
)
@pytest.mark.asyncio
async def test_a_file_of_any_type_is_kept_under_a_suffix_that_runs_nothing(
    tmp_path: Path, body: bytes, suffix: str
) -> None:
    host = Host(gives(body, Content_Type="text/html"))
    found = good(await fetched(tmp_path, host, "file", "/x.html"))
    assert found.suffix == suffix
    assert found.path.read_bytes() == body


def test_every_safe_type_has_a_suffix_that_runs_nothing() -> None:
    assert safe_type(b"RIFF\0\0\0\0WAVE") == (".wav", "audio/wav")
    assert safe_type(b"\0\0\0\x18ftypM4A ")[0] == ".m4a"


# --- statuses and tries ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 410])
@pytest.mark.asyncio
async def test_a_denied_address_is_asked_for_at_most_twice_in_a_run(
    tmp_path: Path, status: int
) -> None:
    host = Host(gives(b"no", status))
    async with serving(host) as base, downloads(tmp_path, base) as downloader:
        results = [failed(await downloader.fetch(f"{base}/x", "image")) for _ in range(4)]
    assert len(host.requests) == 2
    assert {one.status for one in results} == {status}
    assert {one.stale for one in results} == {status != 401}
    assert str(status) in results[0].reason


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
@pytest.mark.asyncio
async def test_what_may_mend_is_tried_again_bounded(tmp_path: Path, status: int) -> None:
    host = Host(gives(b"", status), gives(b"", status), gives())
    good(await fetched(tmp_path, host))
    assert len(host.requests) == 3
    stubborn = Host(gives(b"", status))
    result = failed(await fetched(tmp_path, stubborn))
    assert (len(stubborn.requests), result.status, result.stale) == (3, status, False)


@pytest.mark.parametrize("status", [204, 206, 304, 400, 418, 451])
@pytest.mark.asyncio
async def test_other_statuses_fail_at_once(tmp_path: Path, status: int) -> None:
    host = Host(gives(b"", status))
    assert str(status) in failed(await fetched(tmp_path, host)).reason
    assert len(host.requests) == 1


@pytest.mark.asyncio
async def test_retry_after_is_obeyed_up_to_the_cap(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    good(await fetched(tmp_path, Host(gives(b"", 429, Retry_After="1"), gives())))
    assert loop.time() - begun >= 1
    host = Host(gives(b"", 503, Retry_After="Wed, 01 Jan 2098 00:00:00 GMT"))
    assert "asks to wait" in failed(await fetched(tmp_path, host)).reason
    assert len(host.requests) == 1


@pytest.mark.asyncio
async def test_a_host_never_reached_fails_by_name_after_its_tries(tmp_path: Path) -> None:
    origin = f"http://127.0.0.1:{unused_port()}"
    async with downloads(tmp_path, origin) as downloader:
        assert "refused" in failed(await downloader.fetch(f"{origin}/x", "image")).reason


# --- broken bodies -----------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_short_body_is_tried_again_and_the_same_twice_is_kept_as_damaged(
    tmp_path: Path,
) -> None:
    half = PHOTO[: len(PHOTO) // 2]
    result = failed(await from_raw(tmp_path, raw(http(half, length=len(PHOTO)))))
    assert f"{len(half):,} of {len(PHOTO):,} bytes" in result.reason
    assert result.wire_bytes == 2 * len(half)
    assert result.damaged is not None
    assert result.damaged.path.read_bytes() == half
    assert (result.damaged.suffix, result.damaged.facts.width) == (".jpeg", 160)
    assert [result.damaged.path] == files(tmp_path)


@pytest.mark.asyncio
async def test_a_whole_body_that_is_cut_off_is_damaged_when_it_comes_twice(tmp_path: Path) -> None:
    host = Host(gives(PHOTO[:-1]))
    result = failed(await fetched(tmp_path, host))
    assert "cut off" in result.reason
    assert result.damaged is not None
    assert len(host.requests) == 2


@pytest.mark.asyncio
async def test_a_body_that_is_whole_the_second_time_is_good(tmp_path: Path) -> None:
    found = good(await fetched(tmp_path, Host(gives(PHOTO[:-1]), gives())))
    assert found.wire_bytes == 2 * len(PHOTO) - 1
    assert [found.path] == files(tmp_path)


@pytest.mark.asyncio
async def test_bodies_broken_in_different_ways_are_not_kept(tmp_path: Path) -> None:
    host = Host(gives(PHOTO[:-1]), gives(PHOTO[:-2]), gives(PHOTO[:-3]))
    result = failed(await fetched(tmp_path, host))
    assert result.damaged is None
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_chunks_without_end_and_resets_are_short_bodies(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless = head + b"%x\r\n%b\r\n" % (500, PHOTO[:500])
    result = failed(await from_raw(tmp_path, raw(endless)))
    assert "ended early" in result.reason

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(PHOTO[:500], length=9000))
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()

    assert "ended early" in failed(await from_raw(tmp_path, reset)).reason


@pytest.mark.asyncio
async def test_a_short_file_of_no_image_type_is_not_kept(tmp_path: Path) -> None:
    result = failed(await from_raw(tmp_path, raw(http(b"%PDF", length=99)), "file"))
    assert result.damaged is None
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_what_is_no_http_fails_by_name(tmp_path: Path) -> None:
    result = failed(await from_raw(tmp_path, raw(b"SSH-2.0\r\n\r\n")))
    assert "broken HTTP" in result.reason


# --- stalls ------------------------------------------------------------------------------------


def counted(handler: RawHandler, calls: list[int]) -> RawHandler:
    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(1)
        await handler(reader, writer)

    return counting


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n\xff\xd8\xff")
    for _ in range(200):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def drip_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(200):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "handler",
    [raw(b"", then_wait=9), raw(http(PHOTO[:99], length=999), then_wait=9), drip, drip_head],
)
@pytest.mark.asyncio
async def test_a_stalled_address_is_tried_twice_in_a_run(
    tmp_path: Path, handler: RawHandler
) -> None:
    calls: list[int] = []
    counting = counted(handler, calls)
    async with serving_raw(counting) as base, downloads(tmp_path, base) as downloader:
        for _ in range(2):
            assert "stalled" in failed(await downloader.fetch(base, "image")).reason
    assert len(calls) == 2
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_three_hundred_stalled_addresses_end_soon(tmp_path: Path) -> None:
    """At default settings a stall lasts 30 s and a place 2 s; here both are 60 times shorter."""
    loop = asyncio.get_running_loop()
    short = {"stall_timeout": 0.5, "head_timeout": 1, "park_after": 1 / 30}
    handler = raw(b"", then_wait=30)
    async with serving_raw(handler) as base, downloads(tmp_path, base, **short) as downloader:
        begun = loop.time()
        results = await asyncio.gather(
            *(downloader.fetch(f"{base}/{i}", "image") for i in range(300))
        )
        took = loop.time() - begun
    assert all("stalled" in failed(one).reason for one in results)
    assert took < 6


@pytest.mark.asyncio
async def test_good_photos_pass_while_stalled_ones_wait(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(9)

    patient = {"stall_timeout": 5, "head_timeout": 5, "allow_hosts": ("127.0.0.1",)}
    async with (
        serving_raw(handler) as bad,
        serving(Host(gives())) as base,
        downloads(tmp_path, base, concurrency=2, **patient) as downloader,
    ):
        stalled = [asyncio.create_task(downloader.fetch(f"{bad}/{i}", "image")) for i in range(8)]
        async with asyncio.timeout(3):
            for i in range(5):
                good(await downloader.fetch(f"{base}/{i}", "image"))
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)


# --- where it leads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "empty"),
        ("file:///etc/passwd", "kind file:"),
        ("https://127.0.0.1/x", "not a public address"),
        ("https://2130706433/x", "not a public address"),
        ("http://cdn.example/x", "not https"),
        ("https://cdn.example/\x01", "control character"),
        ("https://evil.example/x", "not public"),
        ("https://nowhere.example/x", "could not be resolved"),
    ],
)
@pytest.mark.asyncio
async def test_an_address_that_must_not_be_asked_for_fails_by_reason(
    tmp_path: Path, address: str, words: str
) -> None:
    names = Names({"evil.example": ("127.0.0.1", 443)})
    async with downloads(tmp_path, "https://api.work.photos", resolver=names) as downloader:
        assert words in failed(await downloader.fetch(address, "image")).reason


@pytest.mark.asyncio
async def test_the_apis_own_host_by_a_made_up_name_needs_no_flag(tmp_path: Path) -> None:
    async with serving(Host(gives())) as base:
        port = int(base.rpartition(":")[2])
        names = Names({"api.example": ("127.0.0.1", port)})
        async with downloads(tmp_path, "http://api.example", resolver=names) as downloader:
            good(await downloader.fetch("http://api.example/x", "image"))
            assert (
                "https" in failed(await downloader.fetch("http://api.example:1/x", "image")).reason
            )


@pytest.mark.asyncio
async def test_up_to_five_redirects_are_followed_each_hop_checked(tmp_path: Path) -> None:
    host = Host(*(points_to(f"/hop{i}", Set_Cookie="a=b") for i in range(5)), gives())
    found = good(await fetched(tmp_path, host))
    assert (found.facts.final_address or "").endswith("/hop4")
    assert all(not {"Cookie", "Referer"} & headers.keys() for _, headers in host.requests)
    endless = Host(points_to("/again"))
    assert "more than 5 redirects" in failed(await fetched(tmp_path, endless)).reason
    assert len(endless.requests) == 6


@pytest.mark.asyncio
async def test_credentials_in_a_redirect_are_not_sent_either(tmp_path: Path) -> None:
    host = Host()
    async with serving(host) as base, downloads(tmp_path, base) as downloader:
        host.answers = [points_to(base.replace("http://", "http://me:secret@") + "/y"), gives()]
        found = good(await downloader.fetch(base + "/x", "image"))
    assert all("Authorization" not in headers for _, headers in host.requests)
    assert "secret" not in repr(host.requests) + (found.facts.final_address or "")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://127.0.0.1:9/x", "redirected to http://127.0.0.1:9: 127.0.0.1 is not a public"),
        ("https://[::ffff:127.0.0.1]/x", "not a public address"),
        ("http://cdn.example/x", "not https"),
        ("file:///etc/passwd", "kind file:"),
        ("//169.254.169.254/latest", "not a public address"),
        ("http://[", "redirected to"),
    ],
)
@pytest.mark.asyncio
async def test_a_redirect_is_checked_like_a_first_address(
    tmp_path: Path, target: str, words: str
) -> None:
    host = Host(points_to(target))
    assert words in failed(await fetched(tmp_path, host)).reason
    assert len(host.requests) == 1


# --- ends --------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_cancelled_fetch_leaves_no_file(tmp_path: Path) -> None:
    handler = raw(http(PHOTO + bytes(900_000), length=9_000_000), then_wait=9)
    patient = {"stall_timeout": 9, "slow_window": 9}
    async with serving_raw(handler) as base, downloads(tmp_path, base, **patient) as downloader:
        task = asyncio.create_task(downloader.fetch(base, "image"))
        for _ in range(200):
            await asyncio.sleep(0.01)
            if not is_empty(tmp_path):
                break
        assert not is_empty(tmp_path)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Spool, piece: bytes) -> None:
        raise DiskFull("the disk is full")

    monkeypatch.setattr(Spool, "_take", full)
    with pytest.raises(DiskFull):
        await fetched(tmp_path, Host(gives()))
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_a_folder_that_is_gone_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(NotWritable):
        await fetched(tmp_path / "gone", Host(gives()))


@pytest.mark.asyncio
async def test_the_size_is_asked_for_without_fetching(tmp_path: Path) -> None:
    host = Host(points_to("/there"), gives(), gives(b"", 404))
    async with serving(host) as base, downloads(tmp_path, base) as downloader:
        assert await downloader.head(f"{base}/x") == len(PHOTO)
        assert await downloader.head(f"{base}/x") is None
        assert await downloader.head("http://10.0.0.1/x") is None
    assert [asked.split()[0] for asked, _ in host.requests] == ["HEAD"] * 3
    assert is_empty(tmp_path)


@pytest.mark.asyncio
async def test_through_a_proxy_the_proxy_resolves_and_literal_addresses_are_still_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended(task: Awaitable[Fetched | FetchFailure]) -> FetchFailure:
        return failed(await task)

    host = Host(gives())
    async with serving(host) as proxy:
        monkeypatch.setenv("http_proxy", proxy.replace("http://", "http://me:secret@"))
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        names = Names({})
        async with downloads(
            tmp_path, "https://api.work.photos", allow_hosts=("cdn.example",), resolver=names
        ) as downloader:
            good(await downloader.fetch("http://cdn.example/x", "image"))
            for address in ("https://10.0.0.1/x", "https://0x7f.1/x"):
                result = await ended(downloader.fetch(address, "image"))
                assert "not a public" in result.reason
    asked, headers = host.requests[0]
    assert asked == "GET http://cdn.example/x"
    assert "Authorization" not in headers
    assert headers["Proxy-Authorization"].startswith("Basic ")
    assert names.asked == []
