"""The pipeline: from a workspace on a real server to sealed folders, and again the next night."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from aiohttp import web

from archiver.archive import Archive, job_folders
from archiver.errors import (
    DiskFull,
    KeyRefused,
    ListRefused,
    NotAnArchive,
    Stopped,
    WrongWorkspace,
)
from archiver.localapi import LocalApi, LocalImage, Served, hex_id
from archiver.sync import World, sync
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.pipeline import (
    AMIRA,
    KEY,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    add_job,
    add_photo,
    check_with_bagit,
    fixed_salt,
    folder_of,
    options,
    record_of,
    sha256sum,
    snapshot_tree,
    synced,
    with_api,
)

EXCEPTED = ("ledger/", ".archiver/", "search/checks.js")


def assert_adds_up(summary: Summary) -> None:
    """The numbers of every summary add up."""
    assert summary.jobs_listed == (
        summary.jobs_new + summary.jobs_updated + summary.jobs_unchanged + summary.jobs_failed
    )


def assert_sound(root: Path) -> None:
    """Our own verification, the reference validator and `sha256sum` find nothing wrong."""
    report = verify_archive(Archive(root))
    assert report.faults == []
    for folder in job_folders(root):
        assert check_with_bagit(folder) == ""
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt", "view-sha256.txt"):
            done = sha256sum(folder, manifest)
            assert done.returncode == 0, done.stdout + done.stderr


def test_a_first_sync_leaves_valid_bags_that_hold_everything(tmp_path: Path) -> None:
    """Chat, people, photos, thumbnails, snapshot, record, page, sheets and seal of each job."""
    workspace = a_workspace(jobs=3, photos=2)
    summary = synced(tmp_path / "a", workspace)
    assert (summary.jobs_new, summary.images_downloaded, summary.failures) == (3, 12, [])
    assert summary.exit_code == 0
    assert_adds_up(summary)
    assert_sound(tmp_path / "a")
    folder = folder_of(tmp_path / "a", workspace.jobs[0].job_id)
    for name in (
        "index.html",
        "contact-sheet-01.jpg",
        "contact-sheet.pdf",
        "data/record.json",
        "seals/0001/salt",
        "view-sha256.txt",
    ):
        assert (folder / name).is_file(), name
    assert len(list((folder / "data/images").iterdir())) == 2
    assert len(list((folder / "data/thumbnails").iterdir())) == 2


def test_a_second_sync_of_an_unchanged_workspace_changes_nothing(tmp_path: Path) -> None:
    """No page, no index, no modification time; only ledger, catalogue and checks may move."""
    workspace = a_workspace()
    clock = Clock()
    synced(tmp_path / "a", workspace, clock=clock)
    before = snapshot_tree(tmp_path / "a", without=EXCEPTED)
    clock.forward(days=1)
    summary = synced(tmp_path / "a", workspace, clock=clock)
    assert (summary.jobs_unchanged, summary.jobs_updated, summary.images_downloaded) == (3, 0, 0)
    assert summary.bytes_downloaded == 0
    assert snapshot_tree(tmp_path / "a", without=EXCEPTED) == before


def test_staging_is_empty_after_a_run(tmp_path: Path) -> None:
    """Nothing is left but verified downloads of unfinished jobs, of which there are none."""
    synced(tmp_path / "a", a_workspace())
    assert [p for p in (tmp_path / "a/.archiver/staging").rglob("*") if p.is_file()] == []


def test_a_new_message_adds_a_seal_and_keeps_the_last_one(tmp_path: Path) -> None:
    """The past seal's files lie in seals/0001, and verification opens them."""
    workspace = a_workspace(jobs=2)
    clock = Clock()
    synced(tmp_path / "a", workspace, clock=clock)
    job_id = workspace.jobs[0].job_id
    workspace.add_chat(job_id, "One more thing.", by=AMIRA, at=START)
    clock.forward(days=1)
    summary = synced(tmp_path / "a", workspace, clock=clock)
    assert (summary.jobs_updated, summary.jobs_unchanged) == (1, 1)
    folder = folder_of(tmp_path / "a", job_id)
    assert {p.name for p in (folder / "seals/0001").iterdir()} == {
        "salt",
        "tagmanifest-sha256.txt",
        "manifest-sha256.txt",
        "bag-info.txt",
        "record.json",
    }
    assert len(list((folder / "data/snapshots").iterdir())) == 2
    assert_sound(tmp_path / "a")
    assert "One more thing." in (folder / "index.html").read_text("utf-8")


def test_snapshots_are_the_bodies_byte_for_byte(tmp_path: Path) -> None:
    """White space, key order, duplicate keys and odd numbers included."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    body = (
        b'{ "jobId":"%s",  "jobName":"x", "n": 1.0, "n": NaN, "messages":[]\n}'
        % job.job_id.encode()
    )
    job.details_body = body
    synced(tmp_path / "a", workspace)
    (snapshot,) = (folder_of(tmp_path / "a", job.job_id) / "data/snapshots").iterdir()
    assert snapshot.read_bytes() == body
    assert snapshot.name == "0001-20251123T101500Z.json"
    assert synced(tmp_path / "a", workspace).jobs_unchanged == 1


def test_another_port_is_no_change(tmp_path: Path) -> None:
    """Addresses on the API's own origin are compared without scheme, host and port."""
    workspace = a_workspace(jobs=1)
    for _ in range(3):  # each server takes another free port
        summary = synced(tmp_path / "a", workspace)
    assert (summary.jobs_unchanged, summary.images_downloaded) == (1, 0)


def test_identical_bytes_of_two_jobs_are_hard_links(tmp_path: Path) -> None:
    """Every job folder is whole by itself, and the bytes lie on disk once."""
    workspace = a_workspace(jobs=0)
    first = add_job(workspace, "First", photos=1, number=1)
    second = add_job(workspace, "Second", photos=0, number=2)
    image = workspace.images[f"/images/{first.job_id}-1000"]
    workspace.add_photo(second.job_id, image.body, a_jpeg(77), name="copy", by=AMIRA, at=START)  # type: ignore[arg-type]
    summary = synced(tmp_path / "a", workspace)
    assert (summary.images_downloaded, summary.images_deduplicated) == (3, 1)
    one = next((folder_of(tmp_path / "a", first.job_id) / "data/images").iterdir())
    other = next((folder_of(tmp_path / "a", second.job_id) / "data/images").iterdir())
    assert one.samefile(other)
    assert_sound(tmp_path / "a")


def test_two_messages_of_one_job_with_the_same_bytes_share_a_file(tmp_path: Path) -> None:
    """The duplicate keeps its own exhibit number."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    for name in ("one", "two"):
        workspace.add_photo(job_id, a_jpeg(5), a_jpeg(6), name=name, by=AMIRA, at=START)
    summary = synced(tmp_path / "a", workspace)
    assert (summary.images_downloaded, summary.images_deduplicated) == (2, 2)
    record = record_of(tmp_path / "a", job_id)
    assert [photo.number for photo in record.photos] == [1, 2]
    assert record.photos[1].image.stored is not None
    assert record.photos[1].image.stored.same_as == 1


def test_a_missing_photo_is_named_retried_and_kept_when_it_comes(tmp_path: Path) -> None:
    """404 today is a named failure and a placeholder; tomorrow it is a photo."""
    workspace = a_workspace(jobs=1, photos=2)
    job_id = workspace.jobs[0].job_id
    path = f"/images/{job_id}-1"
    good = workspace.images[path]
    workspace.images[path] = LocalImage(status=404)
    clock = Clock()
    summary = synced(tmp_path / "a", workspace, clock=clock)
    assert summary.exit_code == 3
    assert summary.images_failed == 1
    (failure,) = summary.failures
    assert failure.job_id == job_id
    assert failure.url is not None
    assert failure.url.endswith(path)
    assert "404" in failure.reason
    before = snapshot_tree(tmp_path / "a", without=EXCEPTED)
    clock.forward(days=1)
    again = synced(tmp_path / "a", workspace, clock=clock)
    assert (again.jobs_unchanged, again.images_failed, again.exit_code) == (1, 1, 3)
    assert snapshot_tree(tmp_path / "a", without=EXCEPTED) == before
    workspace.images[path] = good
    last = synced(tmp_path / "a", workspace, clock=clock)
    assert (last.jobs_updated, last.images_downloaded, last.exit_code) == (1, 1, 0)
    assert_sound(tmp_path / "a")


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_address_refused_once_is_tried_with_the_fresh_one(tmp_path: Path, status: int) -> None:
    """On 403, 404 and 410 the details are read again, and the new address is used: no failure."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    workspace.add_photo(job.job_id, a_jpeg(1), a_jpeg(2), name="signed", by=AMIRA, at=START)
    asked: list[str] = []

    async def expire(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path != "/images/signed":
            return None
        asked.append(request.query.get("Signature", ""))
        return web.Response(status=status) if len(asked) == 1 else None

    job.messages[-1]["urlToImage"] = Served("/images/signed?Signature=old")

    async def main(api: LocalApi) -> Summary:
        api.intercept = expire
        return await sync(options(tmp_path / "a", api), world=World(Clock(), fixed_salt))

    summary = with_api(workspace, main)
    assert summary.failures == []
    assert len(asked) == 2


def test_an_edited_and_a_vanished_message_stay_on_the_page(tmp_path: Path) -> None:
    """Both wordings whole, and the lost one marked."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    workspace.add_chat(job.job_id, "The joint was remade with one olive.", by=AMIRA, at=START)
    workspace.add_chat(job.job_id, "Said in anger.", by=AMIRA, at=START)
    clock = Clock()
    synced(tmp_path / "a", workspace, clock=clock)
    workspace.edit_message(job.job_id, 1, textMessage="The joint was remade with two olives.")
    workspace.remove_message(job.job_id, 2)
    clock.forward(days=1)
    assert synced(tmp_path / "a", workspace, clock=clock).jobs_updated == 1
    page = (folder_of(tmp_path / "a", job.job_id) / "index.html").read_text("utf-8")
    assert "The joint was remade with one olive." in page
    assert "The joint was remade with two olives." in page
    assert "Said in anger." in page
    assert "no longer in WorkPhotos since" in page.replace("No longer", "no longer")


def test_a_job_that_left_the_list_is_marked_counted_every_time_and_unmarked(tmp_path: Path) -> None:
    """404 when asked by id: gone since it was found gone; back: updated once."""
    workspace = a_workspace(jobs=3, photos=1)
    job_id = workspace.jobs[1].job_id
    clock = Clock()
    synced(tmp_path / "a", workspace, clock=clock)
    workspace.remove_job(job_id)
    clock.forward(days=1)
    gone = synced(tmp_path / "a", workspace, clock=clock)
    assert (gone.jobs_listed, gone.jobs_vanished, gone.exit_code) == (2, 1, 0)
    assert_adds_up(gone)
    since = record_of(tmp_path / "a", job_id).gone
    assert since is not None
    assert since.since == START.replace(day=24)
    assert since.last_seen == START
    before = snapshot_tree(tmp_path / "a", without=EXCEPTED)
    clock.forward(days=1)
    again = synced(tmp_path / "a", workspace, clock=clock)
    assert again.jobs_vanished == 1
    assert snapshot_tree(tmp_path / "a", without=EXCEPTED) == before
    workspace.restore_job(job_id)
    clock.forward(days=1)
    back = synced(tmp_path / "a", workspace, clock=clock)
    assert (back.jobs_updated, back.jobs_vanished) == (1, 0)
    assert record_of(tmp_path / "a", job_id).gone is None
    assert synced(tmp_path / "a", workspace, clock=clock).jobs_unchanged == 3
    assert_sound(tmp_path / "a")


def test_a_job_no_longer_listed_but_still_there_is_marked_and_still_archived(
    tmp_path: Path,
) -> None:
    """200 when asked by id: its details go on being archived."""
    workspace = a_workspace(jobs=2, photos=0)
    job_id = workspace.jobs[0].job_id
    synced(tmp_path / "a", workspace)
    workspace.unlist_job(job_id)
    workspace.job(job_id).messages[0]["textMessage"] = "Changed after it left the list."
    assert synced(tmp_path / "a", workspace).jobs_vanished == 1
    record = record_of(tmp_path / "a", job_id)
    assert record.gone is not None
    assert record.messages[0].text == "Changed after it left the list."


def test_a_filtered_run_finds_nothing_gone(tmp_path: Path) -> None:
    """Only an unfiltered sweep that agreed can."""
    workspace = a_workspace(jobs=2, photos=0)
    synced(tmp_path / "a", workspace)
    workspace.remove_job(workspace.jobs[0].job_id)
    assert synced(tmp_path / "a", workspace, name="*").jobs_vanished == 0


def test_a_half_broken_upstream_does_not_rewrite_history(tmp_path: Path) -> None:
    """More than ten jobs and more than a twentieth gone: none is marked, exit 3."""
    workspace = a_workspace(jobs=14, photos=0)
    synced(tmp_path / "a", workspace)
    for job in list(workspace.jobs)[:11]:
        workspace.remove_job(job.job_id)
    broken = synced(tmp_path / "a", workspace)
    assert (broken.jobs_vanished, broken.exit_code) == (0, 3)
    assert any("--accept-vanished" in failure.reason for failure in broken.failures)
    accepted = synced(tmp_path / "a", workspace, accept_vanished=True)
    assert (accepted.jobs_vanished, accepted.exit_code) == (11, 0)


def test_a_job_whose_details_are_refused_fails_alone(tmp_path: Path) -> None:
    """403 for one job's details: that job failed, the others are archived."""
    workspace = a_workspace(jobs=3, photos=0)
    bad = workspace.jobs[1].job_id

    async def refuse(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path == "/job/details" and (await request.json())["jobId"] == bad:
            return web.json_response({"error": {"code": "forbidden"}}, status=403)
        return None

    summary = synced(tmp_path / "a", workspace, intercept=refuse)
    assert (summary.jobs_new, summary.jobs_failed, summary.exit_code) == (2, 1, 3)
    assert [failure.job_id for failure in summary.failures] == [bad]
    assert_adds_up(summary)


def test_a_wrong_key_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Exit 4, and no folder is left behind."""
    from archiver.authkey import AuthKey

    with pytest.raises(KeyRefused):
        synced(tmp_path / "a", a_workspace(), auth_key=AuthKey("wrong"))
    assert not (tmp_path / "a").exists()


def test_a_first_sync_that_lists_no_job_binds_nothing(tmp_path: Path) -> None:
    """Unless it is told that an empty workspace is meant."""
    with pytest.raises(ListRefused):
        synced(tmp_path / "a", a_workspace(jobs=0))
    assert not (tmp_path / "a").exists()
    summary = synced(tmp_path / "a", a_workspace(jobs=0), allow_empty=True)
    assert summary.exit_code == 0
    assert (tmp_path / "a/archive.json").exists()


def test_an_archive_of_another_workspace_is_left_alone(tmp_path: Path) -> None:
    """It is bound at the first sync."""
    synced(tmp_path / "a", a_workspace())
    other = a_workspace()
    other.workspace_id = hex_id("another")
    with pytest.raises(WrongWorkspace):
        synced(tmp_path / "a", other)


def test_a_folder_with_other_things_in_it_is_no_place_for_an_archive(tmp_path: Path) -> None:
    """Nothing is written among somebody's files."""
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(NotAnArchive):
        synced(tmp_path, a_workspace())
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_too_little_free_space_stops_before_anything_is_written(tmp_path: Path) -> None:
    """Exit 6."""
    with pytest.raises(DiskFull):
        synced(tmp_path / "a", a_workspace(), min_free=10**18)


def test_the_catalogue_can_be_made_again_from_the_bags(tmp_path: Path) -> None:
    """Delete it, and the next run finds every job unchanged and downloads nothing."""
    workspace = a_workspace()
    synced(tmp_path / "a", workspace)
    before = snapshot_tree(tmp_path / "a", without=EXCEPTED)
    (tmp_path / "a/.archiver/catalog.sqlite3").unlink()
    summary = synced(tmp_path / "a", workspace)
    assert (summary.jobs_unchanged, summary.images_downloaded) == (3, 0)
    assert snapshot_tree(tmp_path / "a", without=EXCEPTED) == before


def test_a_broken_catalogue_is_made_again(tmp_path: Path) -> None:
    """It is only a cache."""
    workspace = a_workspace(jobs=1)
    synced(tmp_path / "a", workspace)
    (tmp_path / "a/.archiver/catalog.sqlite3").write_bytes(b"not a database" * 100)
    assert synced(tmp_path / "a", workspace).jobs_unchanged == 1


def test_a_payload_file_that_went_missing_is_fetched_again_and_said(tmp_path: Path) -> None:
    """The same bytes go back in place, and the run ends with 3."""
    workspace = a_workspace(jobs=1, photos=1)
    synced(tmp_path / "a", workspace)
    folder = folder_of(tmp_path / "a", workspace.jobs[0].job_id)
    image = next((folder / "data/images").iterdir())
    image.unlink()
    summary = synced(tmp_path / "a", workspace)
    assert summary.exit_code == 3
    assert any(image.name in failure.reason for failure in summary.failures)
    assert_sound(tmp_path / "a")


def test_a_job_folder_that_went_missing_is_archived_anew_and_said(tmp_path: Path) -> None:
    """Its seals go on counting; verification knows of the loss."""
    workspace = a_workspace(jobs=2, photos=1)
    synced(tmp_path / "a", workspace)
    job_id = workspace.jobs[0].job_id
    shutil.rmtree(folder_of(tmp_path / "a", job_id))
    summary = synced(tmp_path / "a", workspace)
    assert (summary.exit_code, summary.jobs_updated) == (3, 1)
    assert record_of(tmp_path / "a", job_id).seal == 2
    assert_sound(tmp_path / "a")
    assert synced(tmp_path / "a", workspace).exit_code == 0


def test_a_bag_the_ledger_does_not_know_is_never_sealed_again(tmp_path: Path) -> None:
    """Somebody swapped a photo and made the manifests fit: the job fails, untouched."""
    workspace = a_workspace(jobs=1, photos=1)
    synced(tmp_path / "a", workspace)
    job_id = workspace.jobs[0].job_id
    folder = folder_of(tmp_path / "a", job_id)
    tag = folder / "tagmanifest-sha256.txt"
    tag.write_text(tag.read_text().replace("a", "b", 1))
    workspace.add_chat(job_id, "new", by=AMIRA, at=START)
    before = snapshot_tree(folder)
    summary = synced(tmp_path / "a", workspace)
    assert (summary.jobs_failed, summary.exit_code) == (1, 3)
    assert snapshot_tree(folder) == before


def test_good_bytes_are_never_given_up_for_rotten_ones(tmp_path: Path) -> None:
    """A photo another job also has rotted there: the fresh bytes are kept, the damage is named."""
    workspace = a_workspace(jobs=1, photos=1)
    first = workspace.jobs[0]
    synced(tmp_path / "a", workspace)
    rotten = next((folder_of(tmp_path / "a", first.job_id) / "data/images").iterdir())
    body = bytearray(rotten.read_bytes())
    body[len(body) // 2] ^= 1
    rotten.chmod(0o644)
    rotten.write_bytes(body)
    second = add_job(workspace, "Second", photos=0, number=9)
    good = workspace.images[f"/images/{first.job_id}-0"].body
    workspace.add_photo(second.job_id, good, a_jpeg(78), name="again", by=AMIRA, at=START)  # type: ignore[arg-type]
    summary = synced(tmp_path / "a", workspace)
    kept = next((folder_of(tmp_path / "a", second.job_id) / "data/images").iterdir())
    assert kept.read_bytes() == good
    assert any("damaged" in failure.reason for failure in summary.failures)


def test_a_message_of_an_unknown_kind_is_kept_and_what_it_points_at_is_fetched(
    tmp_path: Path,
) -> None:
    """Into data/files, never as a photo; if it cannot be had, that is a named failure."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    clip = workspace.add_image("/files/clip", LocalImage(b"ftyp-not-really", "video/mp4"))
    workspace.add_message(job_id, {"messageType": "video", "urlToVideo": clip})
    workspace.add_message(job_id, {"messageType": "video", "urlToVideo": Served("/files/none")})
    summary = synced(tmp_path / "a", workspace)
    assert (summary.images_failed, summary.exit_code) == (1, 3)
    folder = folder_of(tmp_path / "a", job_id)
    (kept,) = (folder / "data/files").iterdir()
    assert kept.read_bytes() == b"ftyp-not-really"
    assert "urlToVideo" in (folder / "index.html").read_text("utf-8")


def test_nothing_that_is_no_image_is_ever_stored_as_a_photo(tmp_path: Path) -> None:
    """HTML named .jpeg, an empty body, a truncated JPEG."""
    workspace = a_workspace(jobs=1, photos=0)
    job_id = workspace.jobs[0].job_id
    for name, body in (
        ("html", b"<html><script>alert(1)</script></html>"),
        ("empty", b""),
        ("cut", a_jpeg(1, (400, 300))[:-400]),
    ):
        workspace.add_photo(job_id, body, a_jpeg(7), name=name, by=AMIRA, at=START)
    summary = synced(tmp_path / "a", workspace)
    assert summary.images_failed == 3
    folder = folder_of(tmp_path / "a", job_id)
    assert not (folder / "data/images").exists()
    assert [path.suffix for path in (folder / "data/damaged").iterdir()] == [".jpeg"]
    assert_sound(tmp_path / "a")


def test_odd_ids_and_titles_get_safe_and_distinct_folders(tmp_path: Path) -> None:
    """Whatever an id is, its job is archived under a name every system can hold."""
    workspace = a_workspace(jobs=0)
    ids = ["../../etc/passwd", "CON", "a", "A", "ü" * 300, "x?*:|", "deadbeef"]
    for number, job_id in enumerate(ids):
        add_job(workspace, f"<b>{job_id[:30]}</b>", photos=1, number=number, job_id=job_id)
    summary = synced(tmp_path / "a", workspace)
    assert summary.failures == []
    names = [folder.name for folder in job_folders(tmp_path / "a")]
    assert len({name.casefold() for name in names}) == len(ids)
    assert_sound(tmp_path / "a")
    assert synced(tmp_path / "a", workspace).jobs_unchanged == len(ids)


def test_a_date_that_means_none_upstream_leaves_the_archive_readable(tmp_path: Path) -> None:
    """`0001-01-01T00:00:00Z` is an instant like any other: in names, record and catalogue."""
    root = tmp_path / "a"
    workspace = a_workspace(jobs=1, photos=1)
    (job,) = workspace.jobs
    job.details_overrides["creationDate"] = "0001-01-01T00:00:00Z"
    job.messages[1]["timestampUploaded"] = "0001-01-01T00:00:00Z"
    assert synced(root, workspace).exit_code == 0
    assert folder_of(root, job.job_id).parent.name == "0001"
    (photo,) = record_of(root, job.job_id).photos
    assert photo.image.stored is not None
    assert photo.image.stored.file == "data/images/0001-00010101T000000Z.jpeg"
    workspace.add_chat(job.job_id, "And one more.", by=AMIRA, at=START)
    summary = synced(root, workspace)
    assert (summary.exit_code, summary.jobs_updated) == (0, 1)
    assert_sound(root)


def test_the_key_is_nowhere_in_the_archive_nor_sent_to_the_image_host(tmp_path: Path) -> None:
    """Not in a record, a log, the ledger or a request for a picture."""
    workspace = a_workspace()

    async def main(api: LocalApi) -> list[str]:
        await sync(options(tmp_path / "a", api), world=World(Clock(), fixed_salt))
        return [
            json.dumps([dict(request.headers), repr(request)])
            for request in api.requests
            if not request.path.startswith("/job/")
        ]

    assert all(KEY not in text for text in with_api(workspace, main))
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_an_answer_that_repeats_the_key_puts_it_into_no_file(tmp_path: Path) -> None:
    """What is said of a job that failed is kept in the catalogue, for `status`."""
    workspace = a_workspace(jobs=2, photos=0)
    first, second = workspace.jobs
    first.details_overrides["jobId"] = KEY
    second.details_body = f"<html><title>Bad request: {KEY}</title></html>".encode()
    summary = synced(tmp_path / "a", workspace)
    assert summary.jobs_failed == 2
    assert not any(KEY in problem.reason for problem in summary.failures)
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_a_stopped_run_keeps_what_it_downloaded(tmp_path: Path) -> None:
    """Verified downloads of an unfinished job are never fetched twice."""
    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    for seed in range(4):
        add_photo(workspace, job, seed, START)
    asked: list[str] = []
    stop_at = f"/images/{job.job_id}-3"

    async def main(api: LocalApi) -> None:
        stop, over = asyncio.Event(), asyncio.Event()
        kept = tmp_path / "a/.archiver/staging/downloads"

        async def hold(request: web.BaseRequest) -> web.StreamResponse | None:
            if request.path.startswith(("/images", "/thumbnails")):
                asked.append(request.path)
            if request.path == stop_at and not stop.is_set():
                async with asyncio.timeout(60):
                    while len(list(kept.glob("*.bin"))) < 7:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                stop.set()
                await over.wait()
            return None

        api.intercept = hold
        with pytest.raises(Stopped):
            await sync(options(tmp_path / "a", api), world=World(Clock(), fixed_salt), stop=stop)
        over.set()
        first = list(asked)
        asked.clear()
        summary = await sync(options(tmp_path / "a", api), world=World(Clock(), fixed_salt))
        assert summary.jobs_new == 1
        assert asked == [stop_at]
        assert len(first) == 8

    with_api(workspace, main)
    assert_sound(tmp_path / "a")


def test_many_snapshots_of_a_long_job_stay_small(tmp_path: Path) -> None:
    """Five changes of a 1,000-message job cost a fraction of five bodies, and each comes
    back byte for byte."""
    from archiver.bag import read_bag, snapshot_series

    workspace = a_workspace(jobs=1, photos=0)
    job = workspace.jobs[0]
    for number in range(1_000):
        workspace.add_chat(job.job_id, f"Message {number} {hex_id(number)}", by=AMIRA, at=START)
    bodies: list[bytes] = []
    clock = Clock()
    for day in range(6):
        workspace.add_chat(job.job_id, f"Day {day}", by=AMIRA, at=START)
        synced(tmp_path / "a", workspace, clock=clock)
        clock.forward(days=1)
        bodies.append(json.dumps(workspace.details(job.job_id, "")).encode())
    folder = folder_of(tmp_path / "a", job.job_id)
    series = snapshot_series(read_bag(folder))
    assert [len(series.body(number)) > 100_000 for number in range(1, 7)] == [True] * 6
    later = sum(
        (folder / path).stat().st_size for number, path in series.files.items() if number > 1
    )
    assert later < 5 * 20_000
    assert_sound(tmp_path / "a")
