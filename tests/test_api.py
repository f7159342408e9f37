"""The API client: what it asks, what it tries again, and what it makes of odd answers."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from archiver.api import ApiClient, ApiSettings, DetailsRefused
from archiver.authkey import AuthKey
from archiver.errors import (
    ArchiverError,
    JobProblem,
    KeyRefused,
    ListRefused,
    NetworkDown,
    UsageProblem,
)
from tests.http_helpers import Names, answers, http, raw, serving, serving_raw, unused_port

SECRET = "sk-very-secret-4711"
BASE = "https://api.work.photos"
QUICK = ApiSettings(
    base_url=BASE,
    attempts=3,
    wait_initial=0.001,
    wait_max=0.002,
    wait_jitter=0,
    stall_timeout=0.3,
    head_timeout=0.5,
    connect_timeout=2,
    pause_between_walks=0,
)
DETAILS = {"jobId": "j1", "jobName": "test", "messages": []}


@asynccontextmanager
async def client(base: str = BASE, **changes: Any) -> AsyncIterator[ApiClient]:
    settings = replace(QUICK, base_url=base, **changes)
    async with ApiClient(settings, "w1", AuthKey(SECRET)) as api:
        yield api


def said(error: BaseException) -> str:
    return f"{error} {getattr(error, 'hint', '')} {error.__cause__!r}"


class Scripted:
    """A server that gives one answer after the other (the last for ever) and keeps what came."""

    def __init__(self, *answers: Callable[[], web.Response]) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.paths.append(f"{request.method} {request.path}")
        self.headers.append(dict(request.headers))
        self.bodies.append(json.loads(await request.read() or b"{}"))
        return self.answers.pop(0)() if len(self.answers) > 1 else self.answers[0]()


def gives(value: object = DETAILS, status: int = 200, **headers: str) -> Callable[[], web.Response]:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda: web.json_response(value, status=status, headers=named)


# --- what is asked -----------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_details_are_asked_for_with_key_and_workspace_in_the_body_only() -> None:
    server = Scripted(gives())
    async with serving(server) as base, client(base) as api:
        assert json.loads(await api.details("j1")) == DETAILS
        assert api.origin == base
    assert server.paths == ["POST /job/details"]
    assert server.bodies == [{"authKey": SECRET, "workspaceId": "w1", "jobId": "j1"}]
    assert SECRET not in str(server.headers)
    assert "Cookie" not in server.headers[0]


@pytest.mark.asyncio
async def test_cookies_are_never_sent_back() -> None:
    server = Scripted(gives(Set_Cookie="a=b"))
    async with serving(server) as base, client(base) as api:
        await api.details("j1")
        await api.details("j1")
    assert "Cookie" not in server.headers[1]


@pytest.mark.asyncio
async def test_an_api_below_a_path_and_behind_a_made_up_name_is_reached() -> None:
    server = Scripted(gives())
    async with serving(server) as base:
        port = int(base.rpartition(":")[2])
        settings = replace(QUICK, base_url="http://api.example/v1/")
        names = Names({"api.example": ("127.0.0.1", port)})
        async with ApiClient(settings, "w1", AuthKey(SECRET), resolver=names) as api:
            await api.details("j1")
    assert server.paths == ["POST /v1/job/details"]


def test_a_base_address_that_is_none_is_a_usage_problem() -> None:
    for address in ("ftp://api", "api.work.photos", ""):
        with pytest.raises(UsageProblem, match="is no http"):
            ApiClient(replace(QUICK, base_url=address), "w1", AuthKey(SECRET))


@pytest.mark.asyncio
async def test_a_body_is_given_as_received_with_its_content_encoding_undone() -> None:
    body = b'{ "jobId": "j1",\n "jobName": "\xc3\xa9", "messages": [] }  '
    packed = gzip.compress(body)
    server = Scripted(lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"}))
    async with serving(server) as base, client(base) as api:
        assert await api.details("j1") == body


# --- create ------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_job_is_created_with_its_first_message() -> None:
    created = {"jobId": "j9", "webAppDeeplink": "https://app/j9", "jobReportDeeplink": None}
    server = Scripted(gives(created))
    async with serving(server) as base, client(base) as api:
        job = await api.create("Boiler", "Hello")
        assert (job.job_id, job.web_app_link, job.report_link) == ("j9", "https://app/j9", None)
        await api.create("Boiler")
    assert server.bodies[0] | {"name": "Boiler", "message": "Hello"} == server.bodies[0]
    assert "message" not in server.bodies[1]


@pytest.mark.parametrize("status", [429, 500, 503, 400])
@pytest.mark.asyncio
async def test_create_is_sent_once_whatever_the_answer(status: int) -> None:
    server = Scripted(gives({}, status))
    async with serving(server) as base, client(base) as api:
        with pytest.raises(ArchiverError, match=f"not created.*{status}"):
            await api.create("Boiler")
    assert len(server.paths) == 1


@pytest.mark.asyncio
async def test_create_says_that_the_job_may_exist_when_the_answer_was_lost() -> None:
    times = []

    async def vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        times.append(1)

    async with serving_raw(vanish) as base, client(base) as api:
        with pytest.raises(ArchiverError, match="may exist"):
            await api.create("Boiler")
    assert len(times) == 1


@pytest.mark.asyncio
async def test_create_answers_without_an_id_and_refused_keys_are_named() -> None:
    server = Scripted(gives({"ok": True}), gives({}, 401))
    async with serving(server) as base, client(base) as api:
        with pytest.raises(ArchiverError, match="without a jobId"):
            await api.create("Boiler")
        with pytest.raises(KeyRefused):
            await api.create("Boiler")


@pytest.mark.asyncio
async def test_create_is_tried_again_while_no_connection_came_to_be() -> None:
    async with client(f"http://127.0.0.1:{unused_port()}") as api:
        with pytest.raises(NetworkDown, match="refused"):
            await api.create("Boiler")


# --- tries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.asyncio
async def test_what_may_mend_is_tried_again(status: int) -> None:
    server = Scripted(gives({}, status), gives({}, status), gives())
    async with serving(server) as base, client(base) as api:
        await api.details("j1")
    assert len(server.paths) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
@pytest.mark.asyncio
async def test_what_will_not_mend_is_asked_for_once(status: int) -> None:
    server = Scripted(gives({}, status))
    async with serving(server) as base, client(base) as api:
        with pytest.raises((JobProblem, KeyRefused)):
            await api.details("j1")
    assert len(server.paths) == 1


@pytest.mark.asyncio
async def test_tries_are_bounded_and_the_last_answer_is_named() -> None:
    server = Scripted(gives({"error": "tea time"}, 503))
    async with serving(server) as base, client(base) as api:
        with pytest.raises(JobProblem, match=r"503 \(tea time\)"):
            await api.details("j1")
    assert len(server.paths) == 3


@pytest.mark.asyncio
async def test_retry_after_is_obeyed_up_to_a_cap() -> None:
    loop = asyncio.get_running_loop()
    server = Scripted(gives({}, 429, Retry_After="1"), gives())
    async with serving(server) as base, client(base) as api:
        begun = loop.time()
        await api.details("j1")
        assert loop.time() - begun >= 1
    server = Scripted(gives({}, 429, Retry_After="121"))
    async with serving(server) as base, client(base) as api:
        with pytest.raises(JobProblem, match="asks to wait 121 s"):
            await api.details("j1")
    assert len(server.paths) == 1


@pytest.mark.parametrize(
    ("answer", "then_wait", "words"),
    [
        (b"", 0, "closed the connection"),
        (b"", 3, "no byte came"),
        (http(b'{"jobId":', length=500), 0, "ended early"),
        (http(b'{"jobId":', length=500), 3, "no byte came"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", 0, "broken HTTP"),
    ],
)
@pytest.mark.asyncio
async def test_broken_http_and_stalls_are_tried_again_and_named(
    answer: bytes, then_wait: float, words: str
) -> None:
    handler = raw(answer, then_wait=then_wait)
    async with serving_raw(handler) as base, client(base, attempts=2) as api:
        with pytest.raises(JobProblem, match=words):
            await api.details("j1")


@pytest.mark.asyncio
async def test_an_api_that_was_never_reached_ends_the_run_after_its_tries() -> None:
    async with client(f"http://127.0.0.1:{unused_port()}") as api:
        with pytest.raises(NetworkDown, match="cannot be reached") as caught:
            await api.sweep()
    assert "--api-url" in caught.value.hint


@pytest.mark.asyncio
async def test_redirects_are_named_and_never_followed() -> None:
    elsewhere = Scripted(gives())
    async with serving(elsewhere) as other:
        server = Scripted(gives({}, 307, Location=f"{other}/job/details?k={SECRET}"))
        async with serving(server) as base, client(base) as api:
            with pytest.raises(JobProblem, match="redirects are not followed") as caught:
                await api.details("j1")
    assert other in caught.value.reason
    assert SECRET not in said(caught.value)
    assert elsewhere.paths == []


# --- details -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.asyncio
async def test_a_job_that_is_refused_is_told_apart_by_its_status(status: int) -> None:
    async with serving(Scripted(gives({"error": "no"}, status))) as base, client(base) as api:
        with pytest.raises(DetailsRefused, match=str(status)) as caught:
            await api.details("j1")
    assert caught.value.status == status


@pytest.mark.asyncio
async def test_a_key_refused_after_the_list_ends_the_run() -> None:
    async with serving(Scripted(gives({}, 401))) as base, client(base) as api:
        with pytest.raises(KeyRefused, match="401"):
            await api.details("j1")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><title>Log in\n</title>", "web page or XML (“Log in”)"),
        (b"\xef\xbb\xbf  <html>", "web page or XML"),
        (b"{", "broken JSON"),
        (b"", "broken JSON: the body is empty"),
        (b"[" * 100_000, "levels deep"),
        (b"[]", "a JSON list"),
        (b'"x"', "a JSON text"),
        (b"7", "a single JSON value"),
        (b"{}", "an empty object"),
        (b'{"ok": true}', "a JSON object"),
        (b'{"error": {"message": "no such job"}}', "an error (“no such job”)"),
        (b'{"jobId": "j1", "errors": ["broken"]}', "an error (“broken”)"),
        (b'{"jobId": "j2", "messages": []}', "another job (j2)"),
        (b'{"jobId": ["j1"], "messages": []}', "another job"),
    ],
)
@pytest.mark.asyncio
async def test_a_200_that_is_not_this_jobs_details_is_named(body: bytes, words: str) -> None:
    with answers() as mocked:
        mocked.post(f"{BASE}/job/details", body=body)
        async with client() as api:
            with pytest.raises(JobProblem) as caught:
                await api.details("j1")
    assert words in caught.value.reason


@pytest.mark.parametrize(
    "body",
    [
        b'{"messages": []}',
        b'{"jobId": null, "jobName": "x"}',
        b'{"jobId": "j1"}',
        b'{"jobId": "j1", "messages": null, "message": "hello"}',
        b'{"jobId": "j1", "jobId": "j1", "messages": [NaN, 1e999]}',
        b'\xef\xbb\xbf{"jobId": "j1", "messages": []}',
        '{"jobId": "j1", "messages": []}'.encode("utf-16"),
    ],
)
@pytest.mark.asyncio
async def test_odd_details_are_taken_as_they_are(body: bytes) -> None:
    with answers() as mocked:
        mocked.post(f"{BASE}/job/details", body=body)
        async with client() as api:
            assert await api.details("j1") == body


@pytest.mark.asyncio
async def test_a_job_whose_id_is_a_number_is_known_again() -> None:
    with answers() as mocked:
        mocked.post(f"{BASE}/job/details", body=b'{"jobId": 12, "messages": []}')
        async with client() as api:
            await api.details("12")


@pytest.mark.asyncio
async def test_a_body_beyond_the_limit_is_refused_also_when_it_unfolds() -> None:
    bomb = gzip.compress(b" " * 3_000_000)
    server = Scripted(
        lambda: web.Response(body=b" " * 2_000_000),
        lambda: web.Response(body=bomb, headers={"Content-Encoding": "gzip"}),
        lambda: web.Response(body=b"{}", headers={"Content-Encoding": "br"}),
    )
    async with serving(server) as base, client(base, body_limit=1_000_000, attempts=1) as api:
        for words in ("larger than 1 MB", "larger than 1 MB", "not asked for"):
            with pytest.raises(JobProblem, match=words):
                await api.details("j1")


@pytest.mark.asyncio
async def test_large_bodies_are_read_one_at_a_time_and_all_arrive() -> None:
    body = json.dumps(DETAILS | {"pad": "x" * 5_000_000}).encode()
    server = Scripted(lambda: web.Response(body=body))
    async with serving(server) as base, client(base, stall_timeout=5) as api:
        found = await asyncio.gather(*(api.details("j1") for _ in range(6)))
    assert all(one == body for one in found)


@pytest.mark.asyncio
async def test_no_more_than_the_settled_number_of_requests_run_at_once() -> None:
    now, most = 0, 0

    async def handler(request: web.BaseRequest) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return web.json_response(DETAILS)

    async with serving(handler) as base, client(base, concurrency=3) as api:
        await asyncio.gather(*(api.details("j1") for _ in range(12)))
    assert most == 3


@pytest.mark.asyncio
async def test_a_body_that_only_drips_ends_as_a_stall() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving_raw(drip) as base, client(base, slow_window=0.2, attempts=1) as api:
        with pytest.raises(JobProblem, match="no byte came in time"):
            await api.details("j1")


# --- list --------------------------------------------------------------------------------------


def page_of(ids: list[str], page: int = 0, total: int | None = None, left: int = 0) -> object:
    total = len(ids) if total is None else total
    jobs = [{"jobId": one, "name": f"Job {one}"} for one in ids]
    return {"jobs": jobs, "page": page, "totalJobs": total, "pagesRemaining": left}


@pytest.mark.asyncio
async def test_all_pages_are_gathered() -> None:
    server = Scripted(gives(page_of(["a", "b"], 0, 3, 1)), gives(page_of(["c"], 1, 3, 0)))
    async with serving(server) as base, client(base) as api:
        sweep = await api.sweep()
    assert sweep.agreed
    assert [job.job_id for job in sweep.jobs] == ["a", "b", "c"]
    assert [body["page"] for body in server.bodies] == [0, 1]


@pytest.mark.asyncio
async def test_a_list_that_shifted_is_read_again() -> None:
    server = Scripted(
        gives(page_of(["a", "b"], 0, 3, 1)),
        gives(page_of(["b"], 1, 3, 0)),
        gives(page_of(["c", "a"], 0, 3, 1)),
        gives(page_of(["b"], 1, 3, 0)),
    )
    async with serving(server) as base, client(base) as api:
        sweep = await api.sweep()
    assert sweep.agreed
    assert [job.job_id for job in sweep.jobs] == ["c", "a", "b"]


@pytest.mark.asyncio
async def test_a_list_that_never_agrees_gives_all_it_ever_named() -> None:
    server = Scripted(gives(page_of(["a"], 0, 3, 0)), gives(page_of(["b"], 0, 3, 0)))
    async with serving(server) as base, client(base) as api:
        sweep = await api.sweep()
    assert not sweep.agreed
    assert {job.job_id for job in sweep.jobs} == {"a", "b"}
    assert "read 5 times" in sweep.reason
    assert "states 3 jobs" in sweep.reason


@pytest.mark.asyncio
async def test_without_any_numbers_the_list_ends_where_a_page_does_not_exist() -> None:
    jobs = {"jobs": [{"jobId": "a"}]}
    server = Scripted(gives(jobs), gives({}, 404), gives(jobs), gives({}, 400))
    async with serving(server) as base, client(base) as api:
        sweep = await api.sweep()
    assert sweep.agreed
    assert len(sweep.jobs) == 1


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.asyncio
async def test_a_key_refused_in_the_middle_of_the_list_ends_the_run(status: int) -> None:
    server = Scripted(gives(page_of(["a"], 0, 2, 1)), gives({"message": SECRET}, status))
    async with serving(server) as base, client(base) as api:
        with pytest.raises(KeyRefused, match=str(status)) as caught:
            await api.sweep()
    assert SECRET not in said(caught.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><title>Sorry</title>", "web page"),
        (b"{", "broken JSON"),
        (b"[]", "a JSON list"),
        (b"{}", "an empty object without a list of jobs"),
        (b'{"jobs": null}', "without a list of jobs"),
        (b'{"error": "down"}', "an error (“down”)"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_no_list_ends_the_run_with_its_name(body: bytes, words: str) -> None:
    with answers() as mocked:
        mocked.post(f"{BASE}/job/list", body=body)
        async with client() as api:
            with pytest.raises(ListRefused) as caught:
                await api.list_page(0)
    assert words in caught.value.message


@pytest.mark.asyncio
async def test_an_error_or_a_missing_promised_page_ends_the_run() -> None:
    for later in (gives({}, 404), gives({}, 500)):
        server = Scripted(gives(page_of(["a"], 0, 2, 1)), later)
        async with serving(server) as base, client(base) as api:
            with pytest.raises(ListRefused, match="page 1"):
                await api.sweep()


# --- the key -----------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_key_stands_in_no_error_log_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"error": f"bad key {SECRET}", "jobId": "j1"}
    errors: list[BaseException] = []
    server = Scripted(gives(echo), gives(echo, 400), gives(echo, 503))
    async with serving(server) as base, client(base) as api:
        for _ in range(3):
            with pytest.raises(JobProblem) as caught:
                await api.details("j1")
            errors.append(caught.value)
        assert SECRET not in repr(api) + repr(vars(api))
    assert SECRET not in caplog.text + "".join(map(said, errors))


@pytest.mark.asyncio
async def test_a_certificate_that_is_not_trusted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with answers() as mocked:
        key = aiohttp.client_reqrep.ConnectionKey("h", 443, True, True, None, None, None)
        fault = aiohttp.ClientConnectorCertificateError(key, ValueError("expired"))
        mocked.post(URL(f"{BASE}/job/list"), exception=fault, repeat=True)
        async with client() as api:
            with pytest.raises(NetworkDown, match="certificate is not trusted"):
                await api.list_page(0)
