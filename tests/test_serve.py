"""Serving an archive: what is shown, what never is, and to whom; over real HTTP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive import ArchiveSettings
from archiver.errors import ArchiverError, NotAnArchive, UsageProblem
from archiver.serve import find_public, is_loopback, serve, serving

JOB = "jobs/2025/2025-10-22-boiler-68d0ed784f25458a9e878d15"
FILES = {
    "index.html": b"<!doctype html><title>All jobs</title>",
    "browse.html": b"<!doctype html><title>Months</title>",
    "assets/base.css": b"body{}",
    "assets/index.js": b"'use strict'",
    "assets/icon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "search/checks.js": b"{}",
    f"{JOB}/index.html": b"<!doctype html><title>Boiler</title>",
    f"{JOB}/contact-sheet.pdf": b"%PDF-1.4",
    f"{JOB}/manifest-sha256.txt": b"0  data/record.json\n",
    f"{JOB}/data/record.json": b"{}",
    f"{JOB}/data/images/0001-20251022T101316Z.jpeg": bytes(range(256)) * 40,
    f"{JOB}/data/files/0001.html": b"<script>steal()</script>",
    f"{JOB}/data/files/0002.svg": b"<svg onload='steal()'/>",
    f"{JOB}/data/files/0003.exe": b"MZ",
    "archiver.toml": b"secret-setting = 1",
    "ledger/ledger.jsonl": b"{}",
    ".archiver/catalog.sqlite3": b"SQLite",
    ".archiver/index.html": b"hidden",
    "notes.txt": b"left here by someone",
    "backup/index.html": b"left here by someone",
}


def make_archive(root: Path) -> Path:
    for path, body in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(body)
    (root / "archive.json").write_bytes(ArchiveSettings("ws", "Europe/London").to_bytes())
    return root.resolve()


def state_of(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in root.rglob("*")}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "archive")


@pytest.fixture(scope="module")
def one_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("serve") / "archive")


@pytest_asyncio.fixture
async def address(archive: Path) -> AsyncIterator[str]:
    async with serving(archive, port=0) as address:
        yield address


@pytest_asyncio.fixture
async def web(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(address, auto_decompress=False) as session:
        yield session


async def raw_status(address: str, target: str, *headers: str) -> int:
    """The status of a request whose target and headers are sent as they stand."""
    host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    lines = [f"GET {target} HTTP/1.1", *(headers or ("Host: localhost",)), "Connection: close"]
    writer.write("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape"))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.asyncio
@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(("assets", "search"))])
async def test_pages_and_their_files_come_byte_for_byte(
    web: aiohttp.ClientSession, path: str
) -> None:
    async with web.get(f"/{path}") as answer:
        assert (answer.status, await answer.read()) == (200, FILES[path])


@pytest.mark.asyncio
async def test_the_root_is_the_index(web: aiohttp.ClientSession) -> None:
    async with web.get("/") as answer:
        assert (answer.status, await answer.read()) == (200, FILES["index.html"])
        assert answer.url.path == "/"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    [
        "archiver.toml",
        "archive.json",
        "ledger",
        "ledger/",
        "ledger/ledger.jsonl",
        ".archiver/catalog.sqlite3",
        ".archiver/",
        "notes.txt",
        "backup/index.html",
        "backup/",
        "jobs/.hidden",
        "nothing.html",
        f"{JOB}/nothing",
        f"{JOB}/index.html/",
        "index.html/",
        "jobs/",
        "assets",
    ],
)
async def test_what_is_not_a_page_of_the_archive_is_not_found(
    web: aiohttp.ClientSession, path: str
) -> None:
    async with web.get(f"/{path}") as answer:
        assert answer.status == 404
        assert await answer.text() == "Not found.\n"
        assert answer.content_type == "text/plain"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "target",
    [
        "/jobs/../archiver.toml",
        "/jobs/%2e%2e/archiver.toml",
        "/jobs/..%2farchiver.toml",
        "/jobs%2f..%2farchiver.toml",
        "/jobs/..%5carchiver.toml",
        "/jobs\\..\\archiver.toml",
        "//archiver.toml",
        "/./archiver.toml",
        "/assets/%00",
        "/assets/base.css%00.html",
        "/assets/base.css.",
        "/assets/base.css%20",
        "/assets/base.css::$DATA",
        "/%ff%fe",
        "/jobs/....//archiver.toml",
        "/LEDGER/ledger.jsonl",
        "/.%61rchiver/catalog.sqlite3",
        "/" + "a" * 5000,
    ],
)
async def test_no_spelling_of_an_address_escapes(address: str, target: str) -> None:
    assert await raw_status(address, target) in (400, 404)


NAMES = {part for path in FILES for part in path.split("/")}
ODD = ["..", ".", "", "/", "\\", "%2e%2e", "%2f", "%5c", "%00", "%", "%c3", "C:", "~", " "]
PIECES = st.sampled_from([*sorted(NAMES), "archive.json", *ODD])


@given(pieces=st.lists(PIECES, max_size=8), glue=st.sampled_from(["/", "//", "\\", "%2f", ""]))
def test_whatever_the_address_only_public_files_are_found(
    one_archive: Path, pieces: list[str], glue: str
) -> None:
    found = find_public(one_archive, "/" + glue.join(pieces))
    if found is not None:
        path = found.path.as_posix()
        assert found.file == one_archive / path
        assert path.endswith(".html") or path.startswith(("assets/", "search/", "jobs/"))
        assert not path.startswith(("backup", "ledger", "."))


@given(st.text(max_size=60))
def test_no_text_makes_looking_for_a_file_fail(one_archive: Path, text: str) -> None:
    find_public(one_archive, f"/{text}")
    find_public(one_archive, text)


@pytest.mark.asyncio
async def test_links_out_of_what_is_public_are_not_followed(
    archive: Path, tmp_path: Path, web: aiohttp.ClientSession
) -> None:
    (tmp_path / "outside.html").write_text("outside")
    (archive / "assets/out.html").symlink_to(tmp_path / "outside.html")
    (archive / "assets/secret.css").symlink_to(archive / "archiver.toml")
    (archive / "jobs/books").symlink_to(archive / "ledger")
    (archive / "assets/round.css").symlink_to(archive / "assets/round.css")
    (archive / "assets/same.css").symlink_to(archive / "assets/base.css")
    os.mkfifo(archive / "assets/pipe.css")
    for name in ("assets/out.html", "assets/secret.css", "jobs/books/ledger.jsonl"):
        assert (await web.get(f"/{name}")).status == 404, name
    assert (await web.get("/assets/round.css")).status == 404
    assert (await web.get("/assets/pipe.css")).status == 404
    assert (await web.get("/assets/same.css")).status == 200


@pytest.mark.asyncio
async def test_a_folder_s_address_leads_to_its_page_if_it_has_one(
    web: aiohttp.ClientSession,
) -> None:
    for path in (f"/{JOB}", f"/{JOB}/"):
        async with web.get(path, allow_redirects=False) as answer:
            assert answer.status == 302
            assert answer.headers["Location"] == f"/{JOB}/index.html"
    async with web.get(f"/{JOB}/") as answer:
        assert await answer.read() == FILES[f"{JOB}/index.html"]
    async with web.get("/jobs/2025/", allow_redirects=False) as answer:
        assert answer.status == 404


@pytest.mark.asyncio
async def test_redirects_never_leave_this_server(address: str, archive: Path) -> None:
    (archive / "jobs/2025/evil.example").mkdir()
    (archive / "jobs/2025/evil.example/index.html").write_text("x")
    assert await raw_status(address, "//evil.example/%2e%2e/") == 404
    assert await raw_status(address, "//jobs/2025/evil.example") == 404


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("assets/base.css", "text/css; charset=utf-8"),
        ("assets/index.js", "text/javascript; charset=utf-8"),
        ("assets/icon.svg", "image/svg+xml"),
        (f"{JOB}/contact-sheet.pdf", "application/pdf"),
        (f"{JOB}/manifest-sha256.txt", "text/plain; charset=utf-8"),
        (f"{JOB}/data/record.json", "application/json"),
        (f"{JOB}/data/images/0001-20251022T101316Z.jpeg", "image/jpeg"),
    ],
)
async def test_every_answer_states_its_type_and_forbids_guessing(
    web: aiohttp.ClientSession, path: str, kind: str
) -> None:
    async with web.get(f"/{path}") as answer:
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "Python" not in answer.headers["Server"]


@pytest.mark.asyncio
async def test_pages_have_a_policy_no_stricter_than_their_own(web: aiohttp.ClientSession) -> None:
    async with web.get(f"/{JOB}/index.html") as answer:
        policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy  # the pages name their style by its hash
    assert "img-src 'self'" in policy


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["0001.html", "0002.svg", "0003.exe"])
async def test_what_was_received_and_could_run_is_only_offered_for_saving(
    web: aiohttp.ClientSession, name: str
) -> None:
    async with web.get(f"/{JOB}/data/files/{name}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.asyncio
async def test_a_part_of_a_photo_can_be_asked_for(web: aiohttp.ClientSession) -> None:
    path = f"/{JOB}/data/images/0001-20251022T101316Z.jpeg"
    whole = FILES[path[1:]]
    async with web.get(path, headers={"Range": "bytes=100-299"}) as answer:
        assert (answer.status, await answer.read()) == (206, whole[100:300])
        assert answer.headers["Content-Range"] == f"bytes 100-299/{len(whole)}"
    async with web.get(path, headers={"Range": "bytes=999999-"}) as answer:
        assert answer.status == 416


@pytest.mark.asyncio
async def test_an_unchanged_page_is_not_sent_again(
    archive: Path, web: aiohttp.ClientSession
) -> None:
    async with web.get("/index.html") as answer:
        tag = answer.headers["ETag"]
    async with web.get("/index.html", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    (archive / "index.html").write_bytes(b"changed by a sync")
    async with web.get("/index.html", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (200, b"changed by a sync")


@pytest.mark.asyncio
async def test_head_is_get_without_the_body(web: aiohttp.ClientSession) -> None:
    async with web.head("/index.html") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
        assert answer.headers["Content-Length"] == str(len(FILES["index.html"]))


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_nothing_but_reading_is_allowed(web: aiohttp.ClientSession, method: str) -> None:
    async with web.request(method, "/index.html") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Host: 127.0.0.1:8766"], 200),
        (["Host: localhost"], 200),
        (["Host: LOCALHOST:1"], 200),
        (["Host: [::1]:8766"], 200),
        (["Host: evil.example"], 421),
        (["Host: localhost.evil.example"], 421),
        (["Host: 192.168.1.5"], 421),
        (["Host: 127.0.0.1@evil.example"], 421),
        (["Host: [::1"], 421),
        (["Accept: */*"], 421),
    ],
)
async def test_another_site_s_name_for_this_machine_is_refused(
    address: str, headers: list[str], status: int
) -> None:
    """DNS rebinding: a page elsewhere points its own name at 127.0.0.1 and asks by that name."""
    assert await raw_status(address, "/index.html", *headers) in (status, 400)
    if status == 200:
        assert await raw_status(address, "/index.html", *headers) == 200


@pytest.mark.asyncio
async def test_other_machines_are_served_only_when_that_is_asked_for(archive: Path) -> None:
    with pytest.raises(UsageProblem):
        async with serving(archive, host="0.0.0.0", port=0):
            pass
    async with serving(
        archive, host="0.0.0.0", port=0, remote=True, names=["archive.example"]
    ) as address:
        for host, status in (
            ("archive.example", 200),
            ("192.168.1.5:80", 200),
            ("localhost", 200),
            ("evil.example", 421),
        ):
            local = address.replace("0.0.0.0", "127.0.0.1")
            assert await raw_status(local, "/", f"Host: {host}") == status


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("Localhost.", True),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_loopback_is_told_without_asking_the_network(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.asyncio
async def test_a_folder_that_is_no_archive_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive):
        async with serving(tmp_path, port=0):
            pass


@pytest.mark.asyncio
async def test_a_port_in_use_is_an_error_that_says_so(archive: Path, address: str) -> None:
    port = int(address.rstrip("/").rpartition(":")[2])
    with pytest.raises(ArchiverError, match=f"Port {port}"):
        async with serving(archive, port=port):
            pass
    with pytest.raises(ArchiverError, match="Port 99999"):
        async with serving(archive, port=99999):
            pass


@pytest.mark.asyncio
async def test_serving_says_where_and_lasts_until_it_is_stopped(archive: Path) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(serve(archive, port=0, ready=told.put_nowait))
    address = await told.get()
    assert await raw_status(address, "/") == 200
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ConnectionRefusedError):
        await raw_status(address, "/")


@pytest.mark.asyncio
async def test_serving_writes_nothing(archive: Path) -> None:
    before = state_of(archive)
    async with serving(archive, port=0) as address:
        await raw_status(address, "/")
        await raw_status(address, f"/{JOB}/index.html")
    assert state_of(archive) == before


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_command_warns_of_other_machines_and_asks_for_yes(
    archive: Path, host: str, capfd: pytest.CaptureFixture[str]
) -> None:
    from archiver.cli import run

    (archive / "archiver.toml").unlink()
    assert run(["serve", str(archive), "--host", host, "--no-input"]) == 2
    said = capfd.readouterr().err
    assert "they will see every job" in said
    assert "--yes" in said
