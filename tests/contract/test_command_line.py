"""Contract, *Command line*: what a script that runs the command may rely on."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from archiver.archive import Archive, job_folders
from archiver.localapi import LocalImage, Served
from archiver.verify import verify_archive
from tests.contract.conftest import Demo
from tests.contract.stage import (
    EXCEPTED,
    SUMMARY_KEYS,
    Done,
    assert_adds_up,
    cli,
    command,
    environment,
    failure_of,
    in_thread,
    reached,
    reasons,
    served,
    until,
)
from tests.http_helpers import http, raw, serving_raw
from tests.pipeline import (
    AMIRA,
    KEY,
    START,
    WORKSPACE_ID,
    Clock,
    a_jpeg,
    a_workspace,
    add_job,
    folder_of,
    record_of,
    snapshot_tree,
    synced,
)

Here = Callable[..., Done]

# --- one object, with every key -----------------------------------------------------------------


def test_demo_prints_the_summary_of_sync_with_every_key_and_ends(demo: Demo) -> None:
    """“`sync --json` and `demo --json` print the same summary object, with every key.”"""
    told = demo.first.json
    assert demo.first.code == 0
    assert told.keys() >= SUMMARY_KEYS
    assert told["jobs_new"] == told["jobs_listed"] >= 40
    assert told["images_deduplicated"] > 0
    assert_adds_up(told)
    assert told["index"] == (demo.root / "index.html").as_uri()
    (failure,) = told["failures"]
    assert failure.keys() == {"job_id", "reason", "url"}
    assert "404" in failure["reason"]


def test_a_second_demo_on_another_port_finds_every_job_unchanged(demo: Demo) -> None:
    """Its keys are all there though zero; the missing photo is no change; nothing is fetched."""
    told = demo.second.json
    assert demo.second.code == 0
    assert told.keys() == demo.first.json.keys()
    assert told["jobs_unchanged"] == told["jobs_listed"] == demo.first.json["jobs_listed"]
    for name in ("jobs_new", "jobs_updated", "jobs_vanished", "jobs_failed"):
        assert told[name] == 0, name
    assert (told["images_downloaded"], told["images_deduplicated"]) == (0, 0)
    assert (told["images_failed"], told["bytes_downloaded"]) == (1, 0)
    assert demo.after == demo.before
    assert verify_archive(Archive(demo.root)).faults == []


def test_sync_has_every_key_also_when_zero_and_speaks_on_stdout_alone(tmp_path: Path) -> None:
    """The same object as `demo`, in a process of its own; progress goes to stderr."""
    with served(a_workspace(jobs=2, photos=1)) as api:
        first = cli("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync")
        again = cli("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync", "-q")
    assert (first.code, again.code, again.err) == (0, 0, "")
    assert first.json.keys() == again.json.keys() >= SUMMARY_KEYS
    assert (again.json["jobs_new"], again.json["jobs_unchanged"]) == (0, 2)
    assert again.json["failures"] == []
    assert_adds_up(first.json, attempted=4)
    assert_adds_up(again.json, attempted=0)


def test_failures_name_job_and_reason_and_the_address_as_received(tmp_path: Path) -> None:
    """“`failures[]` always has `job_id` and `reason`, and `url` (as received) for an image.”"""
    workspace = a_workspace(jobs=2, photos=0)
    first, second = workspace.jobs
    odd = "https://photos.example.invalid/\u202eevil\ud800 path/<b>.jpeg?X-Amz-Signature=1#frag"
    workspace.add_message(first.job_id, photo_message(odd))
    workspace.add_message(first.job_id, photo_message(None))
    second.details_body = b"<html>busy</html>"
    with served(workspace) as api:
        done = cli("sync", tmp_path / "a", *reached(api), "--json", env={"LC_ALL": "C"})
    assert done.code == 3
    failures = {(one["job_id"], one.get("url")): one["reason"] for one in done.json["failures"]}
    assert set(failures) == {
        (first.job_id, odd),
        (first.job_id, None),
        (second.job_id, None),
    }
    assert all(failures.values())
    assert_adds_up(done.json, attempted=2)


def photo_message(image: Any, **more: Any) -> dict[str, Any]:
    """An image message with any value as its address."""
    return {
        "messageType": "image",
        "timestampUploaded": "2025-10-22T10:13:16.994Z",
        "uploaderId": AMIRA.person_id,
        "uploaderName": AMIRA.name,
        "urlToImage": image,
        **more,
    }


def test_the_address_of_a_failure_is_the_one_of_this_run(tmp_path: Path) -> None:
    """A photo that fails again under a fresh signature is named by the fresh address."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    workspace.images["/images/gone"] = LocalImage(status=404)
    workspace.add_message(job.job_id, photo_message(Served("/images/gone?Signature=first")))
    assert str(synced(tmp_path / "a", workspace).failures[0].url).endswith("=first")
    workspace.edit_message(job.job_id, -1, urlToImage=Served("/images/gone?Signature=second"))
    again = synced(tmp_path / "a", workspace)
    assert str(again.failures[0].url).endswith("=second")
    assert again.jobs_unchanged == 1


# --- the API by hand ----------------------------------------------------------------------------


def test_api_server_says_one_line_and_serves_what_jobs_create_adds(tmp_path: Path) -> None:
    """“One line of JSON … as soon as it listens, then it serves”; create, list and show."""
    server = subprocess.Popen(
        command("api-server", "--port", 0, "--json"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        assert told.keys() >= {"url", "auth_key", "workspace_id"}
        where = ["--api-url", told["url"], "--workspace-id", told["workspace_id"], "--json"]
        env = {"WORKPHOTOS_AUTH_KEY": told["auth_key"]}
        made = cli("jobs", "create", "Gutter “<b>” 完成", "--message", "Hi", *where, env=env).json
        link = f"https://app.workphotos.com/{told['workspace_id']}/jobs/{made['jobId']}"
        assert made["webAppDeeplink"] == link
        assert made["jobReportDeeplink"] == f"https://reports.workphotos.com/{made['jobId']}"
        listed = cli("jobs", "list", *where, env=env).json["jobs"]
        assert len(listed) > 40
        assert {"jobId": made["jobId"], "name": "Gutter “<b>” 完成"}.items() <= listed[0].items()
        assert all("name" in one and one["jobId"] for one in listed)
        shown = cli("jobs", "show", made["jobId"], *where, env=env).json["details"]
        assert shown["jobName"] == "Gutter “<b>” 完成"
        assert shown["messages"][0]["textMessage"] == "Hi"
        env = {**env, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
        said = cli("jobs", "list", *where[:-1], env=env)
        assert (said.code, r"\u5b8c\u6210" in said.out) == (0, True)
        unknown = cli("jobs", "show", "0" * 24, *where, env=env)
        assert unknown.code == 1
        assert "0" * 24 in unknown.error["message"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 143
        assert server.stdout.read() == b""
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize(
    ("token", "shown"),
    [("NaN", "NaN"), ("1e999", "1e999"), ("9" * 6000, "9" * 6000), ("1.50", 1.5), ("7", 7)],
)
def test_jobs_show_prints_sound_json_of_odd_numbers(here: Here, token: str, shown: object) -> None:
    """“Prints one machine-readable JSON object”: no NaN, no internal error for 6,000 digits."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    job.details_body = b'{"jobId":"%s","n":%s,"messages":[]}' % (
        job.job_id.encode(),
        token.encode(),
    )
    with served(workspace) as api:
        done = here("jobs", "show", job.job_id, *reached(api), "--json")
    assert done.code == 0
    found = done.json["details"]["n"]
    assert found == shown or str(found) == str(shown)


# --- counting -----------------------------------------------------------------------------------


def test_each_job_and_each_reference_counts_once_in_a_mixed_run(tmp_path: Path) -> None:
    """New, updated, unchanged and failed jobs; photos new, alike, twice linked and failing."""
    workspace = a_workspace(jobs=3, photos=1)
    root = tmp_path / "a"
    assert_adds_up(synced(root, workspace), attempted=6)
    edited, failing, still = workspace.jobs
    workspace.edit_message(edited.job_id, 0, textMessage="Other words.")
    failing.details_body = b"[]"
    fresh = add_job(workspace, "Fresh", photos=1, number=50)
    workspace.add_photo(fresh.job_id, a_jpeg(50_000), name="alike", at=START)
    known = next(path for path in workspace.images if still.job_id in path and "images" in path)
    workspace.add_message(fresh.job_id, photo_message(Served(known)))
    workspace.add_message(fresh.job_id, photo_message(Served("/images/nowhere")))
    workspace.add_message(fresh.job_id, photo_message(7))
    told = synced(root, workspace)
    states = (told.jobs_new, told.jobs_updated, told.jobs_unchanged, told.jobs_failed)
    assert states == (1, 1, 1, 1)
    # image, thumbnail; the same bytes elsewhere; a known address; 404, null, no text
    images = (told.images_downloaded, told.images_deduplicated, told.images_failed)
    assert images == (2, 2, 3)
    assert_adds_up(told, attempted=7)
    assert len(told.failures) == 4


@pytest.mark.parametrize("what", ["edit", "rename", "vanished message", "new photo"])
def test_whatever_changes_in_a_job_makes_it_updated_once(tmp_path: Path, what: str) -> None:
    """“An edit, rename, vanished message or new photo makes it updated.”"""
    workspace = a_workspace(jobs=2, photos=1)
    root, job_id = tmp_path / "a", workspace.jobs[0].job_id
    synced(root, workspace)
    if what == "edit":
        workspace.edit_message(job_id, 0, textMessage="Other words.")
    elif what == "rename":
        workspace.rename(job_id, "Another name")
    elif what == "vanished message":
        workspace.remove_message(job_id, 0)
    else:
        workspace.add_photo(job_id, a_jpeg(900), a_jpeg(901), at=START)
    told = synced(root, workspace)
    assert (told.jobs_updated, told.jobs_unchanged) == (1, 1)
    assert_adds_up(told, attempted=2 if what == "new photo" else 0)
    assert synced(root, workspace).jobs_unchanged == 2


# --- vanished -----------------------------------------------------------------------------------


def test_a_vanished_job_is_asked_for_by_its_id_and_anything_else_marks_nothing(
    tmp_path: Path,
) -> None:
    """404 and 410: not found. 200: no longer listed. 500 and the rest: failed, unmarked."""
    workspace = a_workspace(jobs=7, photos=0)
    clock, root = Clock(), tmp_path / "a"
    synced(root, workspace, clock=clock)
    ids = [job.job_id for job in workspace.jobs]
    answers = dict(zip(ids, (404, 410, 200, 500, 403, 418), strict=False))
    for job_id in answers:
        workspace.unlist_job(job_id)

    async def by_id(request: web.Request) -> web.StreamResponse | None:
        if request.path != "/job/details":
            return None
        status = answers.get((await request.json())["jobId"], 200)
        return None if status == 200 else web.Response(status=status)

    clock.forward(days=1)
    for _ in range(2):  # the same every time
        told = synced(root, workspace, clock=clock, intercept=by_id)
        assert (told.jobs_vanished, told.jobs_failed, told.jobs_listed) == (3, 3, 4)
        assert told.exit_code == 3
        assert_adds_up(told)
    gone = {job_id for job_id in ids if record_of(root, job_id).gone}
    assert gone == set(ids[:3])
    kinds = [record_of(root, job_id).history[-1].now for job_id in ids[:3]]
    assert kinds == ["not-found", "not-found", "unlisted"]
    page = (folder_of(root, ids[0]) / "index.html").read_text("utf-8")
    assert "no longer in workphotos since" in page.lower()


@pytest.mark.parametrize(
    "filters",
    [
        {"jobs": ("0" * 24,)},
        {"name": "Job*"},
        {"created_since": START - timedelta(days=900)},
        {"created_until": START},
        {"failed_only": True},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_filtered_run_never_finds_a_job_gone(tmp_path: Path, filters: dict[str, Any]) -> None:
    """“`--job`, `--name`, dates, `--failed` never do.”"""
    workspace = a_workspace(jobs=2, photos=0)
    synced(tmp_path / "a", workspace)
    gone = workspace.remove_job(workspace.jobs[0].job_id)
    told = synced(tmp_path / "a", workspace, **filters)
    assert told.jobs_vanished == 0
    assert record_of(tmp_path / "a", gone.job_id).gone is None


def test_a_sweep_that_never_agreed_finds_no_job_gone_and_exits_3(tmp_path: Path) -> None:
    """“Only an unfiltered sweep that agreed can”; “totals that cannot be reconciled: 3.”"""
    workspace = a_workspace(jobs=3, photos=0)
    synced(tmp_path / "a", workspace)
    gone = workspace.remove_job(workspace.jobs[0].job_id)

    async def lying(request: web.Request) -> web.StreamResponse | None:
        if request.path != "/job/list":
            return None
        page = workspace.list_page(0, "")
        return web.json_response({**page, "totalJobs": 9})

    told = synced(tmp_path / "a", workspace, intercept=lying)
    assert (told.exit_code, told.jobs_vanished, told.jobs_unchanged) == (3, 0, 2)
    assert "9" in reasons(told)
    assert record_of(tmp_path / "a", gone.job_id).gone is None


def test_found_gone_and_last_seen_are_written_once_and_a_return_is_one_update(
    tmp_path: Path,
) -> None:
    """T is when it was found gone; last seen the start of the last complete run before."""
    workspace = a_workspace(jobs=2, photos=0)
    clock, root = Clock(), tmp_path / "a"
    synced(root, workspace, clock=clock)
    job_id = workspace.jobs[0].job_id
    clock.forward(days=1)
    synced(root, workspace, clock=clock)
    clock.forward(days=1)
    synced(root, workspace, clock=clock, name="Job*")  # not complete: it was asked for a part
    workspace.remove_job(job_id)
    for _ in range(3):
        clock.forward(days=1)
        told = synced(root, workspace, clock=clock)
        assert (told.jobs_vanished, told.jobs_listed, told.exit_code) == (1, 1, 0)
    gone = record_of(root, job_id).gone
    assert gone is not None
    assert gone.since == START + timedelta(days=3)
    assert gone.last_seen == START + timedelta(days=1)
    assert len([e for e in record_of(root, job_id).history if e.kind == "job-gone"]) == 1
    clock.forward(days=1)
    workspace.restore_job(job_id)
    assert synced(root, workspace, clock=clock).jobs_updated == 1
    assert synced(root, workspace, clock=clock).jobs_unchanged == 2
    assert verify_archive(Archive(root)).faults == []


@pytest.mark.parametrize(("known", "lost", "held"), [(220, 11, False), (12, 10, False)])
def test_up_to_ten_jobs_or_a_twentieth_may_go_at_once(
    tmp_path: Path, known: int, lost: int, held: bool
) -> None:
    """“More than 10 jobs **and** more than 5 % of the known ones”: both must hold."""
    from archiver.sync import VANISHED_JOBS, VANISHED_SHARE

    assert (VANISHED_JOBS, VANISHED_SHARE) == (10, 0.05)
    if known > 50:
        assert not (lost > VANISHED_JOBS and lost > VANISHED_SHARE * known)
        return
    workspace = a_workspace(jobs=known, photos=0)
    synced(tmp_path / "a", workspace)
    for job in list(workspace.jobs)[:lost]:
        workspace.remove_job(job.job_id)
    told = synced(tmp_path / "a", workspace)
    assert (told.jobs_vanished, told.exit_code) == (lost, 0)


def test_a_half_broken_upstream_marks_none_says_why_and_names_the_option(
    tmp_path: Path, here: Here
) -> None:
    """“It marks none, says why, exits 3 and names `--accept-vanished`.”"""
    workspace = a_workspace(jobs=13, photos=0)
    root = tmp_path / "a"
    synced(root, workspace)
    before = snapshot_tree(root, without=EXCEPTED)
    for job in list(workspace.jobs)[:11]:
        workspace.remove_job(job.job_id)
    with served(workspace) as api:
        broken = here("sync", root, *reached(api), "--json", "--no-fsync")
        assert (broken.code, broken.json["jobs_vanished"]) == (3, 0)
        assert "--accept-vanished" in str(broken.json["failures"])
        assert "11 of 13" in str(broken.json["failures"])
        assert snapshot_tree(root, without=EXCEPTED) == before
        meant = here("sync", root, *reached(api), "--json", "--no-fsync", "--accept-vanished")
    assert (meant.code, meant.json["jobs_vanished"]) == (0, 11)


def test_a_first_sync_that_lists_no_job_binds_nothing(tmp_path: Path, here: Here) -> None:
    """Exit 1, no folder left behind; with `--allow-empty` an archive, exit 0."""
    workspace = a_workspace(jobs=0)
    with served(workspace) as api:
        done = here("sync", tmp_path / "a", *reached(api), "--json")
        assert done.code == 1
        assert "--allow-empty" in done.error["hint"]
        assert not (tmp_path / "a").exists()
        done = here("sync", tmp_path / "a", *reached(api), "--json", "--allow-empty")
        assert (done.code, done.json["jobs_listed"]) == (0, 0)
        assert here("sync", tmp_path / "a", *reached(api), "--json").code == 0


# --- exit codes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 404])
def test_refused_details_fail_that_job_alone_with_3(
    tmp_path: Path, here: Here, status: int
) -> None:
    """“403 or 404 for one job's details: that job failed, 3.”"""
    workspace = a_workspace(jobs=3, photos=0)
    refused = workspace.jobs[1].job_id

    async def refuse(request: web.Request) -> web.StreamResponse | None:
        if request.path == "/job/details" and (await request.json())["jobId"] == refused:
            return web.Response(status=status)
        return None

    with served(workspace, refuse) as api:
        done = here("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync")
    assert (done.code, done.json["jobs_new"], done.json["jobs_failed"]) == (3, 2, 1)
    (failure,) = done.json["failures"]
    assert (failure["job_id"], str(status) in failure["reason"]) == (refused, True)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("page", [0, 1])
def test_a_refused_list_is_4_also_in_its_middle(
    tmp_path: Path, here: Here, status: int, page: int
) -> None:
    """“401 or 403 for the list, also in its middle … 4.”"""

    async def refuse(request: web.Request) -> web.StreamResponse | None:
        if request.path == "/job/list" and (await request.json())["page"] == page:
            return web.Response(status=status)
        return None

    with served(a_workspace(jobs=31, photos=0), refuse) as api:
        done = here("sync", tmp_path / "a", *reached(api), "--json")
    assert (done.code, done.error["code"]) == (4, "key-refused")
    assert not (tmp_path / "a").exists()


def test_details_answered_401_are_4_and_what_was_archived_is_kept(
    tmp_path: Path, here: Here
) -> None:
    """“… or 401 for details after it: 4.”"""
    workspace = a_workspace(jobs=3, photos=0)
    root = tmp_path / "a"
    synced(root, workspace)

    async def refuse(request: web.Request) -> web.StreamResponse | None:
        return web.Response(status=401) if request.path == "/job/details" else None

    with served(workspace, refuse) as api:
        done = here("sync", root, *reached(api), "--json", "--no-fsync")
    assert (done.code, done.error["code"]) == (4, "key-refused")
    assert verify_archive(Archive(root)).faults == []
    assert len(list(job_folders(root))) == 3


LISTS = {
    "an error": web.json_response({"error": {"message": "no"}}, status=500),
    "not found": web.Response(status=404),
    "html": web.Response(text="<html><title>Log in</title></html>", content_type="text/html"),
    "broken json": web.Response(body=b'{"jobs": [', content_type="application/json"),
    "empty": web.Response(body=b""),
    "no jobs": web.json_response({"page": 0, "totalJobs": 0}),
    "an error object": web.json_response({"error": "quota"}),
    "jobs of another kind": web.json_response({"jobs": {"a": 1}}),
    "a list": web.json_response([]),
    "null": web.json_response(None),
    "a redirect": web.Response(status=302, headers={"Location": "https://login.example/"}),
}


@pytest.mark.parametrize("name", LISTS)
def test_what_is_no_list_of_jobs_is_1(tmp_path: Path, here: Here, name: str) -> None:
    """“An error, HTML, broken JSON or an object without `jobs` as the list: 1.”"""
    answer = LISTS[name]

    async def other(request: web.Request) -> web.StreamResponse | None:
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    with served(a_workspace(jobs=1), other) as api:
        done = here("sync", tmp_path / "a", *reached(api), "--json")
    assert done.code == 1
    assert done.error["message"]
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("build",),
        ("status",),
        ("export",),
        ("export", "ARCHIVE"),
        ("verify",),
        ("serve",),
        ("nonsense",),
        ("sync", "ARCHIVE", "--bogus"),
        ("sync", "ARCHIVE", "--auth-key", "x"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--concurrency", "0"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--max-image-size", "big"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--created-since", "soon"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--timezone", "Mars/Olympus"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--api-url", "ftp://x"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--allow-host", "127.0.0.1:80"),
        ("sync", "ARCHIVE", "--workspace-id", "1", "--allow-host", "http://h/"),
        ("sync", "ARCHIVE", "--no-input"),
        ("jobs",),
        ("jobs", "show"),
        ("api-server", "--port", "99999"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_with_one_error_object_on_stdout(
    tmp_path: Path, here: Here, arguments: tuple[str, ...]
) -> None:
    """Also when it fails, `--json` prints one object; and nothing is written."""
    archive = tmp_path / "archive"
    given = [str(archive) if one == "ARCHIVE" else one for one in arguments]
    done = here(*given, "--json")
    assert done.code == 2
    assert done.error["code"] == "usage"
    assert not archive.exists()


def test_json_asked_for_in_the_environment_holds_for_errors_too(tmp_path: Path) -> None:
    """“Every option can be set in the environment.”"""
    done = cli("sync", tmp_path / "a", "--bogus", env={"ARCHIVER_JSON": "1"})
    assert (done.code, done.error["code"]) == (2, "usage")


def test_another_workspace_and_another_folder_are_1_and_touch_nothing(
    tmp_path: Path, here: Here
) -> None:
    """“Not an archive”, “an archive of another workspace”: 1."""
    workspace = a_workspace(jobs=1, photos=0)
    synced(tmp_path / "a", workspace)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter.txt").write_text("mine")
    before = snapshot_tree(tmp_path)
    with served(workspace) as api:
        url = ["--api-url", api.url, "--json"]
        other = here("sync", tmp_path / "a", *url, "--workspace-id", "f" * 24)
        folder = here("sync", tmp_path / "b", *url, "--workspace-id", WORKSPACE_ID)
    assert (other.code, other.error["code"]) == (1, "wrong-workspace")
    assert (folder.code, folder.error["code"]) == (1, "not-an-archive")
    assert snapshot_tree(tmp_path) == before


def test_a_second_run_is_5_and_a_full_disk_6(tmp_path: Path) -> None:
    """5 says who holds the archive and since when; 6 says how much is free."""
    workspace = a_workspace(jobs=1, photos=1)
    held, go = threading.Event(), threading.Event()

    async def wait(request: web.Request) -> web.StreamResponse | None:
        if request.path.startswith("/images/"):
            held.set()
            await asyncio.to_thread(go.wait)
        return None

    with served(workspace, wait) as api:
        options = [*reached(api), "--json", "--no-fsync"]
        first = subprocess.Popen(
            command("sync", tmp_path / "a", *options),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            assert held.wait(15)
            second = cli("sync", tmp_path / "a", *options)
            assert (second.code, second.error["code"]) == (5, "archive-locked")
            assert str(first.pid) in second.error["message"]
            assert "since" in second.error["message"]
        finally:
            go.set()
            first.communicate(timeout=20)
        assert first.returncode == 0
        full = cli("sync", tmp_path / "a", *options, "--min-free", "900TB")
    assert (full.code, full.error["code"]) == (6, "disk-full")
    assert "900000.0 GB" in full.error["message"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_order_and_nothing_is_fetched_twice(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """130 and 143; what was downloaded for the unfinished job is kept, by hash."""
    workspace = a_workspace(jobs=1, photos=3)
    job_id = workspace.jobs[0].job_id
    slow, asked = f"/images/{job_id}-1", list[str]()
    go = threading.Event()

    async def wait(request: web.Request) -> web.StreamResponse | None:
        if request.method == "GET":
            asked.append(request.path)
        if request.path == slow:
            await asyncio.to_thread(go.wait)
        return None

    staging = tmp_path / "a/.archiver/staging"
    with served(workspace, wait) as api:
        options = ["sync", tmp_path / "a", *reached(api), "--json", "--no-fsync"]
        run = subprocess.Popen(
            command(*options), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        until(lambda: len(list(staging.glob("downloads/*.bin"))) == 5)
        run.send_signal(number)
        out, err = run.communicate(timeout=20)
        assert run.returncode == code
        assert json.loads(out)["error"]["code"] == "stopped"
        assert b"Traceback" not in err
        left = {path.parent.name for path in staging.rglob("*") if path.is_file()}
        assert left == {"downloads"}
        go.set()
        asked.clear()
        done = cli(*options)
    assert (done.code, asked) == (0, [slow])
    assert [path for path in staging.rglob("*") if path.is_file()] == []


# --- hosts --------------------------------------------------------------------------------------

PRIVATE = [
    "https://127.0.0.1/x.jpeg",
    "https://2130706433/x.jpeg",
    "https://0x7f000001/x.jpeg",
    "https://0177.0.0.1/x.jpeg",
    "https://127.1/x.jpeg",
    "https://[::1]/x.jpeg",
    "https://[::ffff:127.0.0.1]/x.jpeg",
    "https://[::ffff:a9fe:a9fe]/x.jpeg",
    "https://[64:ff9b::7f00:1]/x.jpeg",
    "https://[2002:7f00:1::]/x.jpeg",
    "https://localhost/x.jpeg",
    "https://LOCALHOST./x.jpeg",
    "https://10.0.0.1/x.jpeg",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.1.1/x.jpeg",
    "https://[fd00::1]/x.jpeg",
    "https://[fe80::1]/x.jpeg",
    "https://0.0.0.0/x.jpeg",
    "https://１２７.０.０.１/x.jpeg",
    "https://user@127.0.0.1/x.jpeg",
    "http://example.com/plain.jpeg",
    "ftp://example.com/x.jpeg",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//127.0.0.1/x.jpeg",
    "x.jpeg",
]


def test_private_addresses_in_any_spelling_are_refused_and_named(tmp_path: Path) -> None:
    """“Others must be public addresses … in any spelling (decimal, hex, IPv6-mapped).”"""
    workspace = a_workspace(jobs=1, photos=0)
    for address in PRIVATE:
        workspace.add_message(workspace.jobs[0].job_id, photo_message(address))
    told = synced(tmp_path / "a", workspace)
    assert {one.url for one in told.failures} == set(PRIVATE)
    assert told.images_failed == len(PRIVATE)
    for one in told.failures:
        assert "refused" not in one.reason, one  # no connection was even tried
        assert "resolved" not in one.reason, one


def test_a_named_host_may_be_plain_http_and_loopback_and_others_not(tmp_path: Path) -> None:
    """`--allow-host` takes a host without a port; the API's own host needs no flag."""
    body = a_jpeg(3)
    workspace = a_workspace(jobs=1, photos=0)
    with in_thread(serving_raw(raw(http(body)))) as images:
        workspace.add_message(workspace.jobs[0].job_id, photo_message(f"{images}/a.jpeg"))
        refused = synced(tmp_path / "a", workspace)
        assert "--allow-host 127.0.0.1" in failure_of(refused, "/a.jpeg").reason
        with served(workspace) as api:
            options = [*reached(api), "--json", "--no-fsync", "--allow-host", "127.0.0.1"]
            allowed = cli("sync", tmp_path / "a", *options)
    assert (allowed.code, allowed.json["images_downloaded"]) == (0, 1)


def test_a_redirect_to_a_private_address_is_refused(tmp_path: Path) -> None:
    """“… also behind redirects”: a hop is checked like a first address."""
    workspace = a_workspace(jobs=1, photos=0)
    seen: list[str] = []

    async def inner(reader: Any, writer: Any) -> None:
        seen.append("asked")

    with in_thread(serving_raw(inner)) as private:
        for place, target in enumerate((private, "https://[::ffff:127.0.0.1]/", "file:///etc")):
            path = workspace.add_image(
                f"/images/hop{place}",
                LocalImage(status=302, body=b" ", headers={"Location": f"{target}/x.jpeg"}),
            )
            workspace.add_message(workspace.jobs[0].job_id, photo_message(path))
        told = synced(tmp_path / "a", workspace)
    assert (told.images_failed, seen) == (3, [])
    assert all("redirect" in one.reason for one in told.failures)


# --- no traceback, whatever a server sends ------------------------------------------------------


async def endless_headers(reader: Any, writer: Any) -> None:
    """Header lines without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        writer.write(b"X-%d: y\r\n" % number)
        await writer.drain()


async def endless_chunks(reader: Any, writer: Any) -> None:
    """A chunked body without an end: it must stop at the limit."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        await writer.drain()


def gzip_bomb() -> bytes:
    """200 MB of spaces in 200 kB."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * 1_000_000
    body = b"".join(packer.compress(piece) for _ in range(200)) + packer.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def rare(body: bytes) -> bytes:
    """A whole answer with a list in which something is odd."""
    return http(body)


BROKEN_SERVERS: dict[str, Any] = {
    "closes at once": raw(b""),
    "garbage": raw(b"\x00\xff\xfe garbage \r\n\r\n"),
    "half a status line": raw(b"HTTP/1.1 2"),
    "half headers": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "endless headers": endless_headers,
    "a huge header": raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n{}"),
    "a header of bad bytes": raw(b"HTTP/1.1 200 OK\r\nX\xff\x00: \xed\xa0\x80\r\n\r\n{}"),
    "two lengths": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 9\r\n\r\n{}"),
    "a negative length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n{}"),
    "a short body": raw(http(b'{"jobs":[]', length=999)),
    "bad chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "endless chunks": endless_chunks,
    "a gzip bomb": gzip_bomb,
    "broken gzip": raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
    "an unknown encoding": raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "html": raw(http(b"<!doctype html><title>\xff\xfe</title>")),
    "redirect without place": raw(http(b"", status="302 Found")),
    "status 999": raw(http(b"{}", status="999 What")),
    "status 1xx for ever": raw(b"HTTP/1.1 102 Processing\r\n\r\n" * 50),
    "switching protocols": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "silence": raw(b"", then_wait=3),
    "NaN": raw(http(b"NaN")),
    "deep nesting": raw(http(b"[" * 100_000)),
    "deep objects": raw(http(b'{"jobs":' * 20_000)),
    "bad UTF-8": raw(http(b'{"jobs":"\xff\xfe\xfd"}')),
    "UTF-16": raw(http('{"jobs": 1}'.encode("utf-16"))),
    "only a BOM": raw(http(b"\xef\xbb\xbf")),
    "a huge number": raw(http(b'{"jobs":' + b"9" * 100_000 + b"}")),
    "lone surrogates": raw(http(b'{"error":"\\ud800 \\udfff"}', status="400 Bad")),
    "another jobs": raw(http(b'{"jobs":[null,1,"x",{"jobId":null},{"jobId":{}}],"totalJobs":5}')),
}


@pytest.mark.parametrize("name", BROKEN_SERVERS)
def test_a_broken_server_ends_in_a_sentence_never_in_a_traceback(
    tmp_path: Path, here: Here, name: str
) -> None:
    """“No traceback on any stream, whatever a server sends, unless `--debug`.”"""
    handler = raw(gzip_bomb()) if name == "a gzip bomb" else BROKEN_SERVERS[name]
    with in_thread(serving_raw(handler)) as url:
        where = ["--api-url", url, "--workspace-id", "1", "--json"]
        done = here("sync", tmp_path / "a", *where, "--network-wait", 1)
        assert done.code in (1, 3)
        if done.code == 1:
            assert done.error["message"]
            assert not (tmp_path / "a").exists()
        for more in (["list"], ["show", "x"], ["create", "x"]):
            assert here("jobs", *more, *where).code in (1, 3)
            if name in ("silence", "endless chunks", "a gzip bomb"):
                break


BODIES: dict[str, tuple[bytes, int]] = {
    "NaN and Infinity": (b'{"jobId":"ID","a":NaN,"b":-Infinity,"messages":[]}', 0),
    "duplicate keys": (b'{"jobId":"ID","jobName":"a","jobName":"b","messages":[]}', 0),
    "lone surrogates": (rb'{"jobId":"ID","jobName":"\ud800x\udfff","messages":[]}', 0),
    "huge numbers": (b'{"jobId":"ID","n":' + b"7" * 50_000 + b',"messages":[]}', 0),
    "a 5 MB text": (
        b'{"jobId":"ID","messages":[{"messageType":"chat","textMessage":"'
        + b"long " * 1_000_000
        + b'"}]}',
        0,
    ),
    "a BOM": (b'\xef\xbb\xbf{"jobId":"ID","messages":[]}', 0),
    "UTF-16": ('{"jobId":"ID","jobName":"ü","messages":[]}'.encode("utf-16"), 0),
    "bad UTF-8": (b'{"jobId":"ID","jobName":"\xff","messages":[]}', 3),
    "deep nesting": (b'{"jobId":"ID","n":' + b"[" * 5000 + b"]" * 5000 + b',"messages":[]}', 3),
    "null entries": (b'{"jobId":"ID","messages":[null,null,7,"x",[],{}]}', 0),
    "messages null": (b'{"jobId":"ID","jobName":"x","messages":null}', 0),
    "messages absent": (b'{"jobId":"ID","jobName":"x"}', 0),
    "messages a text": (b'{"jobId":"ID","jobName":"x","messages":"none"}', 0),
    "every field of another type": (
        b'{"jobId":"ID","jobName":[1],"creatorId":{},"creatorName":7,"creationDate":false,'
        b'"lastUpdateDate":"soon","mainThumbnail":null,"messages":[{"messageType":9,'
        b'"timestampUploaded":{},"uploaderId":[],"uploaderName":null,"textMessage":{"x":"y"}},'
        b'{"messageType":"chat","timestampUploaded":1e999,"textMessage":false}]}',
        0,
    ),
    "times out of range": (
        b'{"jobId":"ID","creationDate":"99999-01-01T00:00:00Z","lastUpdateDate":'
        b'"0001-01-01T00:00:00+14:00","messages":[{"messageType":"chat","timestampUploaded":'
        b'"9999-12-31T23:59:59-14:00","textMessage":"x"}]}',
        0,
    ),
    "another job": (b'{"jobId":"other","messages":[]}', 3),
    "an error object": (b'{"error":{"message":"no such thing"}}', 3),
    "a list": (b"[]", 3),
    "nothing": (b"", 3),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_odd_details_body_is_archived_byte_for_byte_or_named(
    tmp_path: Path, here: Here, name: str
) -> None:
    """“… are archived; a byte-order mark, UTF-16 or bad UTF-8 is archived or named.”"""
    body, code = BODIES[name]
    workspace = a_workspace(jobs=2, photos=0)
    job = workspace.jobs[0]
    utf16 = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    job.details_body = (
        body.decode("utf-16").replace("ID", job.job_id).encode("utf-16")
        if utf16
        else body.replace(b"ID", job.job_id.encode())
    )
    with served(workspace) as api:
        for _ in range(2):
            done = here("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync")
            assert done.code == code, done.out
    assert done.json["jobs_unchanged"] == (1 if code else 2)
    if code:
        assert [one["job_id"] for one in done.json["failures"]] == [job.job_id]
        return
    (snapshot,) = (folder_of(tmp_path / "a", job.job_id) / "data/snapshots").iterdir()
    assert snapshot.read_bytes() == job.details_body
    assert verify_archive(Archive(tmp_path / "a")).faults == []


def test_twenty_thousand_messages_are_archived(tmp_path: Path) -> None:
    """“20,000 messages … are archived.” With the program's own patience: the test's server takes
    longer than the short one of `here` to write so much."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    one = {"messageType": "chat", "uploaderId": "1", "uploaderName": "A", "textMessage": "x"}
    job.messages = [
        {**one, "timestampUploaded": f"2025-01-01T{n // 3600:02d}:00:00Z", "textMessage": str(n)}
        for n in range(20_000)
    ]
    with served(workspace) as api:
        done = cli("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync")
    assert done.code == 0
    assert len(record_of(tmp_path / "a", job.job_id).messages) == 20_000


@pytest.mark.parametrize(
    "ids", [(7, 8), (1.5, -3), (True,), (None,), ({},), ("",), ("x" * 600,), ("\ud800",)]
)
def test_ids_of_other_types_are_archived_or_named(
    tmp_path: Path, here: Here, ids: tuple[Any, ...]
) -> None:
    """Numbers are taken for their text; what can be no id is a named failure."""
    jobs = [{"jobId": one, "name": "x"} for one in ids]
    details = {str(one): {"jobId": one, "jobName": "x", "messages": []} for one in ids}

    async def answer(request: web.Request) -> web.StreamResponse | None:
        asked = await request.json()
        if request.path == "/job/list":
            return web.json_response({"jobs": jobs, "totalJobs": len(jobs), "pagesRemaining": 0})
        return web.json_response(details[asked["jobId"]])

    with served(a_workspace(jobs=0), answer) as api:
        done = here("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync", "--allow-empty")
    usable = all(isinstance(one, int | float) and not isinstance(one, bool) for one in ids)
    assert done.code == (0 if usable else 3)
    assert_adds_up(done.json)
    told = done.json["jobs_new"], done.json["jobs_failed"]
    assert told == ((len(ids), 0) if usable else (0, len(ids)))


# --- encodings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "POSIX"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_output_never_fails_for_its_encoding(tmp_path: Path, env: dict[str, str]) -> None:
    """“UTF-8, or escaped”: words for people, and one JSON object."""
    workspace = a_workspace(jobs=1, photos=0)
    workspace.rename(workspace.jobs[0].job_id, "完成 🔧 \ud800 “x”")
    workspace.add_message(workspace.jobs[0].job_id, photo_message("http://x.invalid/完.jpg"))
    with served(workspace) as api:
        told = cli("sync", tmp_path / "完 a", *reached(api), "--no-fsync", env=env)
        asked = cli("sync", tmp_path / "完 a", *reached(api), "--json", "--no-fsync", env=env)
        listed = cli("jobs", "list", *reached(api), env=env)
    assert (told.code, asked.code, listed.code) == (3, 3, 0)
    assert asked.json["failures"][0]["url"] == "http://x.invalid/完.jpg"
    assert asked.out.isascii()


def test_the_key_is_never_said(tmp_path: Path, here: Here) -> None:
    """Not in errors that a server sends back, nor with `--debug`."""

    async def echo(request: web.Request) -> web.StreamResponse | None:
        return web.json_response({"error": {"message": await request.text()}}, status=400)

    with served(a_workspace(jobs=1), echo) as api:
        for more in (["--json"], [], ["--debug"]):
            done = here_or_debug(here, "sync", tmp_path / "a", *reached(api), *more)
            assert KEY not in done.out + done.err


def here_or_debug(here: Here, *arguments: object) -> Done:
    """With `--debug` a traceback is meant to be there, so it runs apart."""
    if "--debug" not in arguments:
        return here(*arguments)
    done = subprocess.run(
        command(*arguments), env=environment(), capture_output=True, text=True, check=False
    )
    assert "Traceback" in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def test_the_key_lies_nowhere_in_the_archive_and_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """`--dry-run` makes no folder; a sync writes the key into no file."""
    with served(a_workspace(jobs=2, photos=1)) as api:
        dry = cli("sync", tmp_path / "a", *reached(api), "--json", "--dry-run")
        assert (dry.code, dry.json["images"], (tmp_path / "a").exists()) == (0, 4, False)
        assert cli("sync", tmp_path / "a", *reached(api), "--json", "--no-fsync").code == 0
    files = [path for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def test_a_signal_while_the_list_is_read_leaves_nothing_behind(tmp_path: Path) -> None:
    """Exit 130, one error object, and no folder that was not there before."""
    asked = threading.Event()

    async def silent(reader: Any, writer: Any) -> None:
        asked.set()
        await asyncio.sleep(30)

    with in_thread(serving_raw(silent)) as url:
        run = subprocess.Popen(
            command("sync", tmp_path / "a", "--api-url", url, "--workspace-id", "1", "--json"),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert asked.wait(15)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=15)
    assert (run.returncode, json.loads(out)["error"]["code"]) == (130, "stopped")
    assert not (tmp_path / "a").exists()
