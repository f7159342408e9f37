"""`--recheck-images`: the same address, asked again, may give other bytes; both are kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from archiver.archive import Archive
from archiver.localapi import LocalApi, LocalImage, Workspace
from archiver.models import AddressSeen, Reference, StoredFile
from archiver.plan import Present, Slot
from archiver.rechecking import to_recheck
from archiver.syncsummary import Summary
from archiver.verify import verify_archive
from tests.factories import a_photo, a_photo_message, a_record, an_address
from tests.pipeline import (
    AMIRA,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    folder_of,
    record_of,
    run_sync,
    snapshot_tree,
    synced,
    with_api,
)
from tests.test_plan import key_of

EXCEPTED = ("ledger/", ".archiver/", "search/checks.js")


class Stage:
    """A job of two photos, synced once; then asked again, each request for an image noted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = Clock()
        self.workspace: Workspace = a_workspace(jobs=1, photos=2)
        self.job = self.workspace.jobs[0]
        self.first = self.sync(recheck_images=False)
        self.clock.forward(days=1)

    def sync(self, *, recheck_images: bool = True, answer: object = None) -> Summary:
        self.asked: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

        async def watch(request: web.BaseRequest) -> web.StreamResponse | None:
            if request.method == "GET":
                self.asked[request.path] += 1
                self.headers = request.headers.copy()
                if callable(answer):
                    given = answer(request)
                    assert given is None or isinstance(given, web.Response)
                    return given
            return None

        return synced(
            self.root,
            self.workspace,
            clock=self.clock,
            intercept=watch,
            recheck_images=recheck_images,
        )

    def replace(self, path: str, body: bytes | LocalImage) -> None:
        image = body if isinstance(body, LocalImage) else LocalImage(body)
        self.workspace.images[path] = image

    def path(self, number: int, kind: str = "images") -> str:
        return f"/{kind}/{self.job.job_id}-{number - 1}"

    @property
    def folder(self) -> Path:
        return folder_of(self.root, self.job.job_id)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in record_of(self.root, self.job.job_id).history]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "a")


def test_unchanged_photos_are_asked_for_once_each_and_nothing_is_written(stage: Stage) -> None:
    """304 for all: no byte comes, no version, no page, no modification time."""
    before = snapshot_tree(stage.root, without=EXCEPTED)
    again = stage.sync()
    assert sorted(stage.asked) == sorted(stage.workspace.images)
    assert set(stage.asked.values()) == {1}
    assert "If-None-Match" in stage.headers
    assert (again.jobs_unchanged, again.images_rechecked, again.bytes_downloaded) == (1, 4, 0)
    assert (again.exit_code, again.images_downloaded, again.images_failed) == (0, 0, 0)
    assert snapshot_tree(stage.root, without=EXCEPTED) == before


def test_an_ordinary_run_asks_for_none_of_them(stage: Stage) -> None:
    """A known address is not fetched again."""
    assert stage.sync(recheck_images=False).images_rechecked == 0
    assert not stage.asked


def test_the_same_bytes_under_another_tag_are_no_change(stage: Stage) -> None:
    """A host that lost its tags sends everything again; what counts is the bytes."""
    for path, image in list(stage.workspace.images.items()):
        assert isinstance(image.body, bytes)
        stage.replace(path, LocalImage(image.body, etag="fresh", headers={"ETag": '"fresh"'}))
    before = snapshot_tree(stage.root, without=EXCEPTED)
    again = stage.sync()
    assert (again.jobs_unchanged, again.images_rechecked, again.exit_code) == (1, 4, 0)
    assert again.bytes_downloaded > 0
    assert snapshot_tree(stage.root, without=EXCEPTED) == before


def test_other_bytes_are_a_second_file_and_both_are_shown_and_told(stage: Stage) -> None:
    """`-v2` beside the first; the history links both; the numbers add up; the bag is sound."""
    stage.replace(stage.path(1), a_jpeg(77))
    again = stage.sync()
    assert (again.jobs_updated, again.images_downloaded, again.images_failed) == (1, 1, 0)
    assert again.exit_code == 0
    assert stage.kinds == ["archived", "photo-changed"]
    names = sorted(path.name for path in (stage.folder / "data/images").iterdir())
    assert [name.partition("Z")[2] for name in names] == ["-v2.jpeg", ".jpeg", ".jpeg"]
    v2 = next(name for name in names if "-v2" in name)
    assert (stage.folder / "data/images" / v2).read_bytes() == a_jpeg(77)
    page = (stage.folder / "index.html").read_text()
    assert "2 versions" in page
    assert "both versions are kept" in page
    history = page[page.index('id="history"') :]
    assert f'href="data/images/{v2}"' in history
    assert f'href="data/images/{v2.replace("-v2", "")}"' in history
    assert verify_archive(Archive(stage.root)).faults == []
    stage.clock.forward(days=1)
    third = stage.sync()
    assert (third.jobs_unchanged, third.bytes_downloaded) == (1, 0)


def test_bytes_that_come_back_are_told_and_stored_no_third_time(stage: Stage) -> None:
    """First, other, first again: two files, two changes in the history."""
    first = stage.workspace.images[stage.path(1)]
    stage.replace(stage.path(1), a_jpeg(77))
    stage.sync()
    stage.clock.forward(days=1)
    stage.replace(stage.path(1), first)
    stage.sync()
    assert stage.kinds == ["archived", "photo-changed", "photo-changed"]
    assert len(list((stage.folder / "data/images").iterdir())) == 3
    photo = record_of(stage.root, stage.job.job_id).photos[0]
    assert isinstance(first.body, bytes)
    assert photo.image.stored is not None
    assert (stage.folder / photo.image.stored.file).read_bytes() == first.body


def test_a_replaced_thumbnail_is_told_as_one(stage: Stage) -> None:
    """It is not a photo that was replaced."""
    stage.replace(stage.path(1, "thumbnails"), a_jpeg(78, (32, 24)))
    assert stage.sync().jobs_updated == 1
    page = (stage.folder / "index.html").read_text()
    assert "The thumbnail of 1 photo came with other bytes" in page
    assert "photo was replaced" not in page
    assert len(list((stage.folder / "data/thumbnails").iterdir())) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_address_that_gives_nothing_any_more_is_a_note_and_no_loss(
    stage: Stage, status: int
) -> None:
    """What is kept stays, page and exit code included; the details were read once more."""
    before = snapshot_tree(stage.root, without=EXCEPTED)
    stage.replace(stage.path(2), LocalImage(b"", status=status))
    again = stage.sync()
    assert (again.exit_code, again.failures, again.images_failed) == (0, [], 0)
    assert any("photo #0002" in n and "no longer to be had" in n for n in again.notes)
    assert stage.asked[stage.path(2)] <= 2
    assert snapshot_tree(stage.root, without=EXCEPTED) == before


@pytest.mark.parametrize(
    "image",
    [
        LocalImage(b"<html>sorry</html>"),
        LocalImage(a_jpeg(79)[:-30]),
        LocalImage(b"", status=500),
    ],
    ids=["html", "torn", "error"],
)
def test_what_is_no_sound_image_is_named_and_what_is_kept_stays(
    stage: Stage, image: LocalImage
) -> None:
    """One failed attempt in the numbers, exit 3, not a byte of the archive touched."""
    before = snapshot_tree(stage.root, without=EXCEPTED)
    stage.replace(stage.path(2), image)
    again = stage.sync()
    assert (again.exit_code, again.images_failed, again.images_downloaded) == (3, 1, 0)
    (problem,) = again.failures
    assert problem.reason.startswith("photo #0002, asked for again: ")
    assert problem.url is not None
    assert problem.url.endswith(stage.path(2))
    assert snapshot_tree(stage.root, without=EXCEPTED) == before
    assert [p for p in (stage.root / ".archiver/staging").rglob("*") if p.is_file()] == []


def test_an_address_that_expired_is_asked_again_with_the_fresh_one(tmp_path: Path) -> None:
    """On 403 the details are read once more, and their new signature is used."""
    workspace = a_workspace(jobs=1, photos=1)
    job = workspace.jobs[0]
    clock = Clock()
    signed = {"number": 0}
    image = next(path for path in workspace.images if path.startswith("/images/"))

    async def main(api: LocalApi) -> tuple[Summary, Summary]:
        async def sign(request: web.BaseRequest) -> web.StreamResponse | None:
            if request.path == "/job/details":
                signed["number"] += 1
                body = workspace.details(job.job_id, api.url)
                address = f"{api.url}{image}?X-Amz-Signature={signed['number']}"
                body["messages"][1]["urlToImage"] = address
                return web.json_response(body)
            expired = request.query.get("X-Amz-Signature") == "2"
            return web.Response(status=403) if expired else None

        api.intercept = sign
        first = await run_sync(tmp_path / "a", api, clock=clock)
        workspace.images[image] = LocalImage(a_jpeg(80))
        clock.forward(days=1)
        return first, await run_sync(tmp_path / "a", api, clock=clock, recheck_images=True)

    first, again = with_api(workspace, main)
    assert (first.exit_code, again.exit_code, again.notes) == (0, 0, [])
    assert again.images_downloaded == 1
    assert signed["number"] == 3


def test_one_address_of_two_messages_is_asked_once(tmp_path: Path) -> None:
    """Within one job each address once; both exhibits get what came."""
    stage = Stage(tmp_path / "a")
    stage.workspace.add_message(
        stage.job.job_id, {**stage.job.messages[1], "timestampUploaded": "2025-11-01T00:00:00.000Z"}
    )
    stage.sync(recheck_images=False)
    stage.clock.forward(days=1)
    stage.replace(stage.path(1), a_jpeg(81))
    again = stage.sync()
    assert stage.asked[stage.path(1)] == 1
    assert (again.images_downloaded, again.images_deduplicated) == (1, 1)
    photos = record_of(stage.root, stage.job.job_id).photos
    assert [len(photo.image.versions) for photo in photos] == [2, 1, 2]


def test_without_a_validator_the_whole_file_is_asked_for() -> None:
    """A plain GET, and the bytes are compared."""
    stored = a_photo(1, 1).image.stored
    assert stored is not None
    assert _to_recheck(an_address("x.jpeg", sha256=stored.sha256), stored) == {}


def _to_recheck(
    seen: AddressSeen, *versions: StoredFile, more: tuple[AddressSeen, ...] = ()
) -> object:
    photo = replace(a_photo(1, 1), image=Reference((*more, seen), versions))
    record = a_record([a_photo_message(1, 1)], [photo])
    (found,) = to_recheck(record, {Slot("image", 1): Present(seen.address)}, key_of)
    return found.conditions


def test_validators_of_another_address_are_not_sent() -> None:
    """An alias' tag says nothing of this address; a header that is none is never sent."""
    stored = a_photo(1, 1).image.stored
    assert stored is not None
    tagged = replace(stored, etag='"a"', last_modified="Sat, 01 Nov 2025 10:00:00 GMT")
    seen = an_address("x.jpeg", sha256=stored.sha256)
    both = {"If-None-Match": '"a"', "If-Modified-Since": "Sat, 01 Nov 2025 10:00:00 GMT"}
    assert _to_recheck(seen, tagged) == both
    elsewhere = replace(tagged, final_address="https://cdn.workphotos.com/old.jpeg")
    assert _to_recheck(seen, elsewhere, more=(an_address("old.jpeg"),)) == {}
    forged = replace(tagged, etag='"a"\r\nX-Evil: 1', last_modified=None)
    assert _to_recheck(seen, forged) == {}


def test_nothing_is_asked_of_what_is_gone_upstream(stage: Stage) -> None:
    """Only what the body names now."""
    stage.workspace.remove_message(stage.job.job_id, 2)
    stage.workspace.add_chat(stage.job.job_id, "Sorry, wrong job.", by=AMIRA, at=START)
    stage.sync()
    assert stage.path(2) not in stage.asked
