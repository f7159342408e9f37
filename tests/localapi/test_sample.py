"""What the sample workspace holds: its size, its oddities, and that it never differs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from archiver.localapi import MISSING_PHOTO_PATH, LocalJob, Served, Workspace, sample_workspace
from archiver.localapi.sample import PEOPLE


@pytest.fixture(scope="module")
def sample() -> Workspace:
    return sample_workspace()


def photos(job: LocalJob) -> list[dict[str, Any]]:
    return [m for m in job.messages if m["messageType"] == "image"]


def texts(workspace: Workspace) -> list[str]:
    return [m["textMessage"] for j in workspace.jobs for m in j.messages if "textMessage" in m]


def named(workspace: Workspace, part: str) -> LocalJob:
    [job] = [job for job in workspace.jobs if part in job.name]
    return job


def drawn(workspace: Workspace, path: str) -> bytes:
    body = workspace.images[path].body
    return body if isinstance(body, bytes) else body()


def test_it_is_two_pages_of_jobs_over_three_years(sample: Workspace) -> None:
    """At least 45 jobs, from 2023 to 2025, most recent activity first."""
    assert 45 <= len(sample.jobs) <= 60
    assert {job.created_at.year for job in sample.jobs} == {2023, 2024, 2025}
    updates = [job.updated_at for job in sample.jobs]
    assert updates == sorted(updates, key=lambda at: at or datetime.min, reverse=True)


def test_it_has_some_450_photos_from_single_ones_to_150(sample: Workspace) -> None:
    """One-photo visits, and one job with 150."""
    counts = Counter(len(photos(job)) for job in sample.jobs)
    assert 420 <= sum(n * jobs for n, jobs in counts.items()) <= 480
    assert max(counts) == 150
    assert counts[150] == 1
    assert counts[1] >= 4


def test_three_to_eight_people_sent_all_messages(sample: Workspace) -> None:
    """And every one of them sent something."""
    names = {m["uploaderName"] for job in sample.jobs for m in job.messages}
    assert names == {person.name for person in PEOPLE.values()}
    assert 3 <= len(names) <= 8


def test_ids_are_24_hexadecimal_digits_and_distinct(sample: Workspace) -> None:
    """Of jobs and of people."""
    ids = [job.job_id for job in sample.jobs] + [p.person_id for p in PEOPLE.values()]
    assert len(set(ids)) == len(ids)
    assert all(len(i) == 24 and int(i, 16) > 0 for i in [*ids, sample.workspace_id])


def test_messages_are_in_order_within_working_hours_of_one_to_15_days(sample: Workspace) -> None:
    """UTC is at most an hour from the wall clock; nobody works at night or on Sundays."""
    for job in sample.jobs:
        times = [
            datetime.strptime(m["timestampUploaded"], "%Y-%m-%dT%H:%M:%S.%f%z")
            for m in job.messages
        ]
        assert times == sorted(times), job.name
        for at in times:
            assert 6 <= at.hour <= 17, (job.name, at)
            assert at.weekday() < 6, (job.name, at)
        if times:
            assert times[0] > job.created_at
            assert times[-1] - job.created_at < timedelta(days=15)


def test_a_job_has_no_photos_and_another_no_messages(sample: Workspace) -> None:
    """One of each without any message; a chat without a photo."""
    silent = named(sample, "Christmas stand-by rota")
    assert silent.messages == []
    talk = named(sample, "Quote request, damp in a converted chapel")
    assert len(talk.messages) == 5
    assert photos(talk) == []


def test_titles_and_names_are_hard_ones(sample: Workspace) -> None:
    """Very long, right-to-left, Chinese, emoji, and HTML that must not be HTML."""
    titles = [job.name for job in sample.jobs]
    assert max(len(title) for title in titles) > 240
    for part in ("סקר רטיבות", "陳記茶室", "☀️", "<script>", "<b>URGENT</b>"):
        assert named(sample, part)
    people = {person.name for person in PEOPLE.values()}
    assert {"יעל ברק", "陳美玲", "Jo <b>Bold</b> Reyes 🔧"} <= people
    assert any("<i>" in text for text in texts(sample))
    assert any("排" in text or "樹" in text for text in texts(sample))
    assert any("🎉" in text for text in texts(sample))


def test_no_two_messages_say_the_same(sample: Workspace) -> None:
    """It is conversation, not filler."""
    assert len(set(texts(sample))) == len(texts(sample)) > 200


def test_one_full_image_is_missing_and_its_thumbnail_is_not(sample: Workspace) -> None:
    """In the job about the boiler without hot water; all other images are there."""
    missing = [path for path, image in sample.images.items() if image.status != 200]
    assert missing == [MISSING_PHOTO_PATH]
    [message] = [
        m
        for m in photos(named(sample, "no hot water, 22 Alder Row"))
        if m["urlToImage"] == MISSING_PHOTO_PATH
    ]
    assert drawn(sample, message["thumbnailForImage"])


def test_a_message_of_unknown_kind_holds_no_address(sample: Workspace) -> None:
    """A location, in the annexe's measured survey."""
    kinds = Counter(m["messageType"] for job in sample.jobs for m in job.messages)
    assert set(kinds) == {"chat", "image", "location"}
    [location] = [
        m for m in named(sample, "Copse Lodge annexe").messages if m["messageType"] == "location"
    ]
    assert "://" not in json.dumps(location)


def test_one_png_and_one_webp_are_what_they_say(sample: Workspace) -> None:
    """All others are JPEG, and every thumbnail is."""
    types = {path: image.content_type for path, image in sample.images.items()}
    [png] = [path for path, kind in types.items() if kind == "image/png"]
    [webp] = [path for path, kind in types.items() if kind == "image/webp"]
    assert Image.open(BytesIO(drawn(sample, png))).format == "PNG"
    assert Image.open(BytesIO(drawn(sample, webp))).format == "WEBP"
    assert all(types[p] == "image/jpeg" for p in types if p.startswith("/thumbnails/"))


def test_the_same_bytes_lie_at_three_addresses(sample: Workspace) -> None:
    """Twice in the agent's job, and once in the job they were taken in."""
    one, two = (m["urlToImage"] for m in photos(named(sample, "copy for the letting agent")))
    first = photos(named(sample, "no hot water, 22 Alder Row"))[2]["urlToImage"]
    assert len({one, two, first}) == 3
    assert drawn(sample, one) == drawn(sample, two) == drawn(sample, first)


def test_every_image_in_a_message_is_served_and_the_reverse(sample: Workspace) -> None:
    """No address leads nowhere, no image is unused."""
    used = {
        m[k] for j in sample.jobs for m in photos(j) for k in ("urlToImage", "thumbnailForImage")
    }
    assert used == set(sample.images)
    assert all(isinstance(path, Served) for path in used)


def test_two_samples_are_equal_and_separate(sample: Workspace) -> None:
    """The same bodies and headers each time; changing one changes no other."""
    other = sample_workspace()

    def bodies(workspace: Workspace) -> str:
        jobs = [workspace.details(job.job_id, "http://x") for job in workspace.jobs]
        return json.dumps([workspace.list_page(0, "http://x"), jobs])

    assert bodies(other) == bodies(sample)
    assert {p: (i.etag, i.last_modified) for p, i in other.images.items()} == {
        p: (i.etag, i.last_modified) for p, i in sample.images.items()
    }
    other.rename(other.jobs[5].job_id, "Changed")
    other.jobs[0].messages.clear()
    assert bodies(sample_workspace()) == bodies(sample)


def test_a_different_hash_seed_gives_the_same_sample() -> None:
    """Nothing depends on the order of sets or on a process's own secrets."""
    program = (
        "import json, hashlib; from archiver.localapi import sample_workspace as s; w = s();"
        "print(hashlib.sha256(json.dumps([w.details(j.job_id, '') for j in w.jobs])"
        ".encode()).hexdigest(), hashlib.sha256(w.images[max(w.images)].body()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_importing_and_building_it_does_not_import_pillow() -> None:
    """The first drawing does."""
    program = (
        "import sys; from archiver.localapi import sample_workspace; sample_workspace();"
        "assert not any(name.split('.')[0] == 'PIL' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=".", check=True)


@pytest.mark.parametrize("as_function", [False, True])
def test_stored_bytes_take_the_place_of_drawn_ones(sample: Workspace, as_function: bool) -> None:
    """Their headers stay those of the drawn photo, so that archives of both are equal."""
    path = photos(sample.jobs[0])[0]["urlToImage"]
    stored = {str(path): b"stored"}
    workspace = sample_workspace(stored.get if as_function else stored)
    assert drawn(workspace, path) == b"stored"
    assert workspace.images[path].etag == sample.images[path].etag
    assert callable(workspace.images[path.replace("/images/", "/thumbnails/")].body)
    assert workspace.images[MISSING_PHOTO_PATH].status == 404
