"""What the local API answers to whom: the documented contract, errors, images, faults."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import urllib.request
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from archiver.localapi import (
    ABSENT,
    LocalApi,
    LocalImage,
    LocalJob,
    Person,
    Served,
    Workspace,
    chat,
    hex_id,
    photo,
    timestamp,
)

KEY = "key-of-this-test"
WORKSPACE = hex_id("workspace of the test")
START = datetime(2025, 10, 22, 10, 12, 24, 620_000, tzinfo=UTC)
CRAIG = Person(hex_id("craig"), "Craig Parker")


class Ticking:
    """A clock that goes on by a minute whenever it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def a_workspace(jobs: int = 0) -> Workspace:
    workspace = Workspace(WORKSPACE, KEY, owner=CRAIG, clock=Ticking())
    for number in range(jobs):
        workspace.add_job(LocalJob(hex_id("job", number), f"Job {number}", START, CRAIG))
    return workspace


class Client:
    """Asks one server, with the right key unless a field says otherwise."""

    def __init__(self, api: LocalApi, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.session = session

    async def post(self, path: str, **fields: Any) -> tuple[int, Any]:
        body = {"authKey": KEY, "workspaceId": WORKSPACE, **fields}
        return await self.post_raw(path, json.dumps(body).encode())

    async def post_raw(self, path: str, body: bytes) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        async with self.session.post(self.api.url + path, data=body, headers=headers) as response:
            assert response.content_type == "application/json"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            return response.status, await response.json()

    async def names(self, page: int = 0) -> list[str]:
        _, body = await self.post("/job/list", page=page)
        return [job["name"] for job in body["jobs"]]


@pytest.fixture
def workspace() -> Workspace:
    return a_workspace()


@pytest_asyncio.fixture
async def client(workspace: Workspace) -> AsyncIterator[Client]:
    async with LocalApi(workspace) as api, aiohttp.ClientSession() as session:
        yield Client(api, session)


# -- the three endpoints ----------------------------------------------------------------------


@pytest.mark.asyncio
async def test_create_answers_with_the_id_and_both_links(client: Client) -> None:
    """The body has the three documented fields and no other."""
    status, body = await client.post("/job/create", name="Boiler service")
    assert status == 200
    assert body == {
        "jobId": body["jobId"],
        "webAppDeeplink": f"https://app.workphotos.com/{WORKSPACE}/jobs/{body['jobId']}",
        "jobReportDeeplink": f"https://reports.workphotos.com/{body['jobId']}",
    }
    assert len(body["jobId"]) == 24
    assert int(body["jobId"], 16) > 0


@pytest.mark.asyncio
async def test_a_created_job_is_listed_first_and_has_its_message(client: Client) -> None:
    """What create adds, list and details show."""
    client.api.workspace.add_job(LocalJob(hex_id("old"), "Old", START, CRAIG))
    _, created = await client.post("/job/create", name="New", message="On my way")
    assert await client.names() == ["New", "Old"]
    _, details = await client.post("/job/details", jobId=created["jobId"])
    assert details["jobName"] == "New"
    assert [m["textMessage"] for m in details["messages"]] == ["On my way"]


@pytest.mark.asyncio
async def test_list_has_exactly_the_documented_fields(client: Client) -> None:
    """The field names are those of the list, which differ from those of the details."""
    job = client.api.workspace.add_job(LocalJob(hex_id("a"), "Boiler service", START, CRAIG))
    _, body = await client.post("/job/list")
    assert body == {
        "jobs": [
            {
                "jobId": job.job_id,
                "name": "Boiler service",
                "createdAt": "2025-10-22T10:12:24.620Z",
                **client.api.workspace.links(job.job_id),
            }
        ],
        "page": 0,
        "pageSize": 30,
        "totalJobs": 1,
        "totalPages": 1,
        "pagesRemaining": 0,
    }


@pytest.mark.asyncio
async def test_details_have_exactly_the_documented_fields(client: Client) -> None:
    """A chat and an image, as in the API's own example, in its order of fields."""
    messages = [
        chat("test", CRAIG, START + timedelta(seconds=7)),
        photo(Served("/images/a.jpeg"), Served("/thumbnails/a.jpeg"), CRAIG, START),
    ]
    job = client.api.workspace.add_job(
        LocalJob(hex_id("a"), "test", START, CRAIG, messages, updated_at=START + timedelta(days=8))
    )
    _, body = await client.post("/job/details", jobId=job.job_id)
    url = client.api.url
    assert body == {
        "jobId": job.job_id,
        "jobName": "test",
        "creatorId": CRAIG.person_id,
        "creatorName": "Craig Parker",
        "creationDate": "2025-10-22T10:12:24.620Z",
        "lastUpdateDate": "2025-10-30T10:12:24.620Z",
        "mainThumbnail": f"{url}/thumbnails/a.jpeg",
        "messages": [
            {
                "messageType": "chat",
                "timestampUploaded": "2025-10-22T10:12:31.620Z",
                "uploaderId": CRAIG.person_id,
                "uploaderName": "Craig Parker",
                "textMessage": "test",
            },
            {
                "messageType": "image",
                "timestampUploaded": "2025-10-22T10:12:24.620Z",
                "uploaderId": CRAIG.person_id,
                "uploaderName": "Craig Parker",
                "urlToImage": f"{url}/images/a.jpeg",
                "thumbnailForImage": f"{url}/thumbnails/a.jpeg",
            },
        ],
    }


@pytest.mark.asyncio
async def test_thirty_jobs_make_a_page(client: Client) -> None:
    """65 jobs are three pages that together hold each job once; past the end it is empty."""
    client.api.workspace.jobs = a_workspace(65).jobs
    seen: list[str] = []
    for page, (count, remaining) in enumerate(((30, 2), (30, 1), (5, 0), (0, 0))):
        _, body = await client.post("/job/list", page=page)
        assert (len(body["jobs"]), body["pagesRemaining"]) == (count, remaining)
        assert (body["page"], body["totalJobs"], body["totalPages"]) == (page, 65, 3)
        seen += [job["name"] for job in body["jobs"]]
    assert seen == [f"Job {number}" for number in range(64, -1, -1)]


@pytest.mark.asyncio
async def test_an_active_job_jumps_to_page_0_and_shifts_the_rest(client: Client) -> None:
    """So a client that pages meanwhile sees one job twice."""
    client.api.workspace.jobs = a_workspace(40).jobs
    first = await client.names(0)
    client.api.workspace.add_chat(hex_id("job", 3), "Back again")
    second = await client.names(1)
    assert first[-1] == second[0]
    assert "Job 3" not in first + second
    assert (await client.names(0))[0] == "Job 3"


@pytest.mark.asyncio
async def test_a_null_page_is_page_0(client: Client) -> None:
    """An optional field that is null counts as not given."""
    assert (await client.post("/job/list", page=None))[1]["page"] == 0


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "fields", "status", "code"),
    [
        ("/job/list", {"authKey": "another"}, 401, "invalid_key"),
        ("/job/list", {"authKey": None}, 401, "invalid_key"),
        ("/job/list", {"authKey": 7}, 401, "invalid_key"),
        ("/job/list", {"authKey": "\ud800"}, 401, "invalid_key"),
        ("/job/list", {"workspaceId": hex_id("another")}, 403, "forbidden_workspace"),
        ("/job/list", {"workspaceId": None}, 400, "missing_field"),
        ("/job/list", {"workspaceId": 7}, 400, "invalid_field"),
        ("/job/list", {"page": -1}, 400, "invalid_field"),
        ("/job/list", {"page": "1"}, 400, "invalid_field"),
        ("/job/list", {"page": True}, 400, "invalid_field"),
        ("/job/list", {"page": 1.5}, 400, "invalid_field"),
        ("/job/details", {}, 400, "missing_field"),
        ("/job/details", {"jobId": 12}, 400, "invalid_field"),
        ("/job/details", {"jobId": ""}, 400, "missing_field"),
        ("/job/details", {"jobId": hex_id("unknown")}, 404, "job_not_found"),
        ("/job/create", {}, 400, "missing_field"),
        ("/job/create", {"name": "  "}, 400, "missing_field"),
        ("/job/create", {"name": ["a"]}, 400, "invalid_field"),
        ("/job/create", {"name": "A", "message": 5}, 400, "invalid_field"),
        ("/job/nothing", {}, 404, "not_found"),
    ],
)
async def test_a_wrong_request_is_refused_with_a_json_error(
    client: Client, path: str, fields: dict[str, Any], status: int, code: str
) -> None:
    """The error names its code and says something; nothing is created."""
    got, body = await client.post(path, **fields)
    assert (got, body["error"]["code"]) == (status, code)
    assert body["error"]["message"]
    assert KEY not in json.dumps(body)
    assert not client.api.workspace.jobs


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 5000, b'{"a":' + b"9" * 5000 + b"}"]
)
async def test_a_body_that_is_no_json_object_is_400(client: Client, body: bytes) -> None:
    """Also one that breaks Python's parser rather than JSON's grammar."""
    status, answer = await client.post_raw("/job/list", body)
    assert (status, answer["error"]["code"]) == (400, "invalid_json")


@pytest.mark.asyncio
async def test_a_body_of_more_than_a_mebibyte_is_413(client: Client) -> None:
    """The server does not read without end."""
    body = io.BytesIO(b" " * 1_100_000)
    async with client.session.post(client.api.url + "/job/create", data=body) as response:
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "body_too_large"


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_another_method_than_post_is_405(client: Client, method: str) -> None:
    """And the answer says which are allowed."""
    async with client.session.request(method, client.api.url + "/job/list") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.asyncio
async def test_options_allows_posts_from_any_origin(client: Client) -> None:
    """A browser's preflight passes."""
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    async with client.session.options(client.api.url + "/job/list", headers=headers) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
        assert response.headers["Access-Control-Allow-Headers"] == "Content-Type"


# -- a workspace that changes -----------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_removed_job_is_404_and_not_listed_until_it_is_restored(client: Client) -> None:
    """The trash of the product."""
    workspace = client.api.workspace
    workspace.jobs = a_workspace(2).jobs
    workspace.remove_job(hex_id("job", 0))
    assert await client.names() == ["Job 1"]
    assert (await client.post("/job/details", jobId=hex_id("job", 0)))[0] == 404
    workspace.restore_job(hex_id("job", 0))
    assert await client.names() == ["Job 0", "Job 1"]
    assert (await client.post("/job/details", jobId=hex_id("job", 0)))[0] == 200


@pytest.mark.asyncio
async def test_an_unlisted_job_still_gives_its_details(client: Client) -> None:
    """Gone from the list is not gone."""
    client.api.workspace.jobs = a_workspace(2).jobs
    client.api.workspace.unlist_job(hex_id("job", 1))
    assert await client.names() == ["Job 0"]
    assert (await client.post("/job/details", jobId=hex_id("job", 1)))[0] == 200


@pytest.mark.asyncio
async def test_messages_can_be_added_edited_removed_and_restored(client: Client) -> None:
    """Each change shows in the details and moves the last update."""
    workspace = client.api.workspace
    job = workspace.create("A", "one")
    workspace.add_chat(job.job_id, "three")
    workspace.add_message(job.job_id, chat("two", CRAIG, START), position=1)
    workspace.edit_message(job.job_id, 0, textMessage="ONE", uploaderName=ABSENT)
    before = workspace.job(job.job_id).updated_at
    removed = workspace.remove_message(job.job_id, -2)
    _, details = await client.post("/job/details", jobId=job.job_id)
    assert [m["textMessage"] for m in details["messages"]] == ["ONE", "three"]
    assert "uploaderName" not in details["messages"][0]
    assert removed["textMessage"] == "two"
    assert before is not None
    assert details["lastUpdateDate"] > timestamp(before)
    workspace.restore_message(job.job_id)
    _, details = await client.post("/job/details", jobId=job.job_id)
    assert [m["textMessage"] for m in details["messages"]] == ["ONE", "two", "three"]


@pytest.mark.asyncio
async def test_a_rename_shows_in_list_and_details(client: Client) -> None:
    """Both have the new title at once."""
    job = client.api.workspace.create("Before")
    client.api.workspace.rename(job.job_id, "After")
    assert await client.names() == ["After"]
    assert (await client.post("/job/details", jobId=job.job_id))[1]["jobName"] == "After"


@pytest.mark.asyncio
async def test_any_json_can_stand_in_a_job(client: Client) -> None:
    """Unknown kinds, missing fields, null, surrogates: sent as they were put in."""
    odd: list[Any] = [
        None,
        7,
        [],
        {"messageType": "hologram", "at": {"x": [1.5]}},
        {"textMessage": "\ud83d"},
    ]
    job = LocalJob(hex_id("odd"), None, START, CRAIG, list(odd))
    job.details_overrides = {"creatorName": ABSENT, "mainThumbnail": "/no/address", "extra": 1}
    job.list_overrides = {"createdAt": None}
    client.api.workspace.add_job(job)
    _, details = await client.post("/job/details", jobId=job.job_id)
    assert details["messages"] == odd
    assert "creatorName" not in details
    assert (details["mainThumbnail"], details["extra"]) == ("/no/address", 1)
    _, listed = await client.post("/job/list")
    assert listed["jobs"][0]["createdAt"] is None


@pytest.mark.asyncio
async def test_a_raw_body_is_sent_byte_for_byte(client: Client) -> None:
    """So a test can send what no encoder makes; the key is still asked for."""
    job = client.api.workspace.create("A")
    job.details_body = b'\xef\xbb\xbf{"a": NaN, "a": 2}'
    client.api.workspace.list_bodies[0] = b"<html>"
    for path, raw in (("/job/details", job.details_body), ("/job/list", b"<html>")):
        body = {"authKey": KEY, "workspaceId": WORKSPACE, "jobId": job.job_id}
        async with client.session.post(client.api.url + path, json=body) as response:
            assert await response.read() == raw
        assert (await client.post(path, authKey="no", jobId=job.job_id))[0] == 401


# -- images -----------------------------------------------------------------------------------


def with_photo(client: Client, body: bytes | Callable[[], bytes] = b"\xff\xd8 photo") -> str:
    """A job with one photo; its address."""
    job = client.api.workspace.create("A")
    image = LocalImage(body, last_modified=START)
    client.api.workspace.add_photo(job.job_id, image, b"small", name="a.jpeg")
    return client.api.url + "/images/a.jpeg"


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_image_has_its_type_length_tag_and_date(client: Client, method: str) -> None:
    """HEAD says the same as GET, without the bytes."""
    async with client.session.request(method, with_photo(client)) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["Content-Length"] == "8"
        assert response.headers["Last-Modified"] == "Wed, 22 Oct 2025 10:12:24 GMT"
        assert response.headers["ETag"].startswith('"')
        assert await response.read() == (b"\xff\xd8 photo" if method == "GET" else b"")


@pytest.mark.asyncio
async def test_an_unchanged_image_is_304(client: Client) -> None:
    """By tag, by one of several tags, by date; a tag that differs gives the bytes."""
    url = with_photo(client)
    async with client.session.get(url) as response:
        tag, date = response.headers["ETag"], response.headers["Last-Modified"]
    for headers, status in (
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"x", W/{tag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-Modified-Since": date}, 304),
        ({"If-None-Match": '"x"', "If-Modified-Since": date}, 200),
        ({"If-Modified-Since": "Wed, 22 Oct 2024 10:12:24 GMT"}, 200),
    ):
        async with client.session.get(url, headers=headers) as response:
            assert response.status == status, headers
            assert (await response.read() == b"") == (status == 304)


@pytest.mark.asyncio
async def test_a_query_does_not_hide_an_image(client: Client) -> None:
    """Signed addresses are found by their path; the record keeps the query."""
    async with client.session.get(
        URL(with_photo(client) + "?Signature=a%2Fb", encoded=True)
    ) as response:
        assert response.status == 200
    assert client.api.requests[-1].path == "/images/a.jpeg?Signature=a%2Fb"


@pytest.mark.asyncio
async def test_a_drawn_image_is_drawn_once_for_many_requests(client: Client) -> None:
    """Requests at the same time share the drawing, later ones the bytes."""
    drawn: list[int] = []

    def draw() -> bytes:
        drawn.append(1)
        return b"drawn"

    url = with_photo(client, draw)

    async def get() -> bytes:
        async with client.session.get(url) as response:
            return await response.read()

    assert await asyncio.gather(*(get() for _ in range(8))) == [b"drawn"] * 8
    assert await get() == b"drawn"
    assert drawn == [1]


@pytest.mark.asyncio
async def test_an_image_that_is_replaced_gives_the_new_bytes(client: Client) -> None:
    """The same address may later give other bytes, with another tag."""
    url = with_photo(client, lambda: b"old")
    async with client.session.get(url) as response:
        old = response.headers["ETag"]
    client.api.workspace.images["/images/a.jpeg"] = LocalImage(lambda: b"new")
    async with client.session.get(url) as response:
        assert (await response.read(), response.headers["ETag"] == old) == (b"new", False)


@pytest.mark.asyncio
async def test_an_image_can_answer_with_any_status_and_headers(client: Client) -> None:
    """A missing one has a JSON error; given headers win."""
    images = client.api.workspace.images
    images["/images/gone"] = LocalImage(status=404)
    images["/images/busy"] = LocalImage(status=503, headers={"Retry-After": "1"})
    images["/images/lies"] = LocalImage(
        b"<p>", headers={"Content-Type": "image/png", "ETag": '"1"'}
    )
    url = client.api.url
    async with client.session.get(url + "/images/gone") as response:
        assert response.status == 404
        assert (await response.json())["error"]["message"] == "Not Found"
    async with client.session.get(url + "/images/busy") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
    async with client.session.get(url + "/images/lies") as response:
        assert (response.content_type, response.headers["ETag"]) == ("image/png", '"1"')
    async with client.session.post(url + "/images/lies") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


# -- the server itself ------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_addresses_in_bodies_follow_the_server() -> None:
    """A second server on another port gives the same path below another address."""
    workspace = a_workspace()
    job = workspace.create("A")
    workspace.add_photo(job.job_id, b"1", b"2", name="a.jpeg")
    seen = []
    for public in (None, None, "https://photos.example/"):
        api = LocalApi(workspace, public_url=public)
        async with api, aiohttp.ClientSession() as session:
            own = Client(api, session)
            own_url = f"http://127.0.0.1:{api.port}"
            body = {"authKey": KEY, "workspaceId": WORKSPACE, "jobId": job.job_id}
            async with session.post(own_url + "/job/details", json=body) as response:
                seen.append((await response.json())["messages"][0]["urlToImage"])
            assert seen[-1] == f"{own.api.url}/images/a.jpeg"
    assert len(set(seen)) == 3
    assert seen[2] == "https://photos.example/images/a.jpeg"


@pytest.mark.asyncio
async def test_every_request_is_recorded_and_no_repr_tells_the_key(client: Client) -> None:
    """A record has method, path, JSON body and headers; printing it prints no secret."""
    await client.post("/job/list", page=2)
    record = client.api.requests[-1]
    assert (record.method, record.path, record.body["page"]) == ("POST", "/job/list", 2)
    assert record.headers["Content-Type"] == "application/json"
    for shown in (record, client.api, client.api.workspace, client.api.requests):
        assert KEY not in repr(shown)


@pytest.mark.asyncio
async def test_an_interceptor_answers_first_or_lets_pass(client: Client) -> None:
    """It may read the body, answer anything, or return None for the ordinary answer."""

    async def fault(request: web.BaseRequest) -> web.StreamResponse | None:
        if (await request.json()).get("page") == 1:
            return web.json_response(
                {"slow": "down"},
                status=429,
                headers={"Retry-After": "3", "Access-Control-Allow-Origin": "*"},
            )
        return None

    client.api.intercept = fault
    assert (await client.post("/job/list", page=1))[0] == 429
    assert (await client.post("/job/list", page=0))[0] == 200


@pytest.mark.asyncio
async def test_stop_does_not_wait_for_a_stalled_answer() -> None:
    """A test that stalls a request still ends promptly."""

    came = asyncio.Event()

    async def stall(request: web.BaseRequest) -> web.StreamResponse | None:
        came.set()
        await asyncio.sleep(60)
        return None

    api = LocalApi(a_workspace())
    api.intercept = stall
    async with aiohttp.ClientSession() as session:
        await api.start()
        asking = asyncio.ensure_future(session.get(api.url + "/images/x"))
        await came.wait()
        await asyncio.wait_for(api.stop(), 5)
        with pytest.raises(aiohttp.ClientError):
            await asking


@pytest.mark.asyncio
async def test_a_taken_port_is_an_oserror_and_a_stopped_server_has_no_url() -> None:
    """Neither leaves a half-started server behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        api = LocalApi(a_workspace(), port=taken.getsockname()[1])
        with pytest.raises(OSError, match="address already in use"):
            await api.start()
        with pytest.raises(RuntimeError):
            _ = api.url
    await api.start()
    with pytest.raises(RuntimeError):
        await api.start()
    await api.stop()
    await api.stop()


def test_it_runs_in_a_thread_for_synchronous_callers() -> None:
    """While the block runs it serves; afterwards nobody listens."""
    workspace = a_workspace()
    workspace.add_image("/images/a", b"bytes")
    with LocalApi(workspace).run_in_thread() as api:
        url = api.url + "/images/a"
        with urllib.request.urlopen(url) as response:
            assert response.read() == b"bytes"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)


def test_a_workspace_refuses_what_it_cannot_hold() -> None:
    """Unknown ids, known ids, paths that are none."""
    workspace = a_workspace(1)
    with pytest.raises(KeyError):
        workspace.rename("unknown", "A")
    with pytest.raises(ValueError, match="already has a job"):
        workspace.add_job(LocalJob(hex_id("job", 0), "A", START, CRAIG))
    with pytest.raises(ValueError, match="not the path"):
        workspace.add_image("images/a", b"")
    with pytest.raises(IndexError):
        workspace.remove_message(hex_id("job", 0), 0)
