"""The sample workspace: three years of a small building firm, the same on every machine.

`chats.py` holds what its people wrote and which scenes they photographed; here that becomes
jobs, messages and photos. Every oddity that an archiver has to live with is in it once, and
`tests/localapi/test_sample.py` names the job of each: a job without photos, one without any
message, titles and names that are very long, right-to-left, Chinese, HTML or emoji, a PNG, a
WebP, the same bytes at several addresses, a photo that answers 404, a message of unknown kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from random import Random
from typing import Any, Final

from archiver.localapi.chats import SCRIPT
from archiver.localapi.studio import Camera, Shot, Studio
from archiver.localapi.workspace import (
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

SAMPLE_AUTH_KEY: Final = "sample-key-not-a-secret"
SAMPLE_WORKSPACE_ID: Final = "6477bc38c48b77d89ad1fc00"
MISSING_PHOTO_PATH: Final = "/images/0ae6a556aa37d31cebea00ce.jpeg"
"""The path whose full image answers 404; its thumbnail is there."""

StoredImages = Mapping[str, bytes] | Callable[[str], bytes | None]


def _person(name: str) -> Person:
    return Person(hex_id(SAMPLE_WORKSPACE_ID, "person", name), name)


PEOPLE: Final[dict[str, Person]] = {
    "gareth": _person("Gareth Pryce"),
    "nadia": _person("Nadia Rahman"),
    "tom": _person("Tom Ellery"),
    "siobhan": _person("Siobhán Keane"),
    "marek": _person("Marek Dvořák"),
    "yael": _person("יעל ברק"),
    "mei": _person("陳美玲"),
    "jo": _person("Jo <b>Bold</b> Reyes 🔧"),
}

_CAMERAS: Final[dict[str, Camera]] = {
    "gareth": Camera("samsung", "SM-A546B", "A546BXXU7CXA1"),
    "nadia": Camera("Apple", "iPhone 13 mini", "17.4.1"),
    "tom": Camera("Google", "Pixel 7a", "HDR+ 1.0.5"),
    "siobhan": Camera("Apple", "iPhone 14", "17.4.1"),
    "marek": Camera("CATERPILLAR", "S75", "S75_EEA"),
    "yael": Camera("Apple", "iPhone 15 Pro", "18.1"),
    "mei": Camera("HUAWEI", "P40 lite", "11.0.0"),
    "jo": Camera("motorola", "moto g54 5G", "U1TDS34"),
}

_TOWNS: Final[dict[str, tuple[float, float]]] = {
    "bristol": (51.4545, -2.5879),
    "bath": (51.3811, -2.3590),
    "keynsham": (51.4135, -2.4968),
    "clevedon": (51.4384, -2.8544),
    "frome": (51.2280, -2.3210),
    "portishead": (51.4817, -2.7690),
}

_WITHOUT_PLACE: Final = frozenset({"jo"})
"""Whose phone tells no position."""

_MANY: Final = 15
"""A scene with at least so many photos is drawn twice, for the newer and the older jobs."""

_ITEM: Final = re.compile(
    r"(?P<scene>[a-z]+)(?:=(?P<reading>[^#^!*]+?))?(?P<large>\^)?(?:\.(?P<suffix>png|webp))?"
    r"(?P<missing>!404)?(?:#(?P<label>[a-z]+))?(?:\*(?P<times>\d+))?"
)
_BETWEEN_ITEMS: Final = re.compile(r", (?=[a-z]+(?:[=^.!#*,]|$))")
_FILE_TYPES: Final = {None: ("JPEG", "jpeg"), "png": ("PNG", "png"), "webp": ("WEBP", "webp")}


@dataclass(slots=True)
class _Draft:
    """One job while its part of the script is read."""

    job: LocalJob
    place: tuple[float, float]
    now: datetime
    """Local time, aware."""
    rng: Random
    after_photo: bool = False


@dataclass(slots=True)
class _Reader:
    """Reads the script into jobs, and the photos into shots by path."""

    jobs: list[LocalJob] = field(default_factory=list)
    shots: dict[str, Shot] = field(default_factory=dict)
    """By path of the full image."""
    missing: str = ""
    """The path whose full image answers 404."""
    _labels: dict[str, Shot] = field(default_factory=dict)

    def read(self, script: str) -> None:
        """Read a whole script. Raises ValueError for a line it does not understand."""
        draft: _Draft | None = None
        for line in _joined(script):
            if line.startswith("== "):
                draft = self._begin(line)
            elif draft is None:
                raise ValueError(f"before the first job: {line!r}")
            else:
                self._line(draft, line)

    def _begin(self, line: str) -> _Draft:
        date, town, who, title = line.removeprefix("== ").split(" | ", 3)
        local = datetime.strptime(date, "%Y-%m-%d %H:%M")
        rng = Random(f"job/{line}")
        created = _in_uk(local) + timedelta(
            seconds=rng.randint(0, 50), milliseconds=rng.randint(1, 999)
        )
        # As in the product's own ids, the first digits are the time of creation.
        job_id = f"{int(created.timestamp()):08x}" + hex_id(SAMPLE_WORKSPACE_ID, title)[:16]
        job = LocalJob(job_id, title, created, PEOPLE[who], updated_at=created)
        self.jobs.append(job)
        latitude, longitude = _TOWNS[town]
        place = (latitude + rng.uniform(-0.012, 0.012), longitude + rng.uniform(-0.018, 0.018))
        return _Draft(job, place, created, rng)

    def _line(self, draft: _Draft, line: str) -> None:
        if line.startswith("-- "):
            days, clock = line.removeprefix("-- ").split()
            draft.now = _at(draft.now + timedelta(days=int(days)), clock)
        elif line.startswith("@"):
            later = _at(draft.now, line[1:])
            if later <= draft.now:
                raise ValueError(f"in {draft.job.name!r} it is already past {line}")
            draft.now = later
        elif line == "~location":
            self._location(draft)
        elif found := re.fullmatch(r"(\w+): (.+)", line):
            _wait(draft, 40, 160 if draft.after_photo else 540)
            self._add(draft, chat(found[2], PEOPLE[found[1]], draft.now))
            draft.after_photo = False
        elif found := re.fullmatch(r"(\w+) > (.+)", line):
            _wait(draft, 150, 1300)
            for item in _BETWEEN_ITEMS.split(found[2]):
                self._photos(draft, found[1], item)
            draft.after_photo = True
        else:
            raise ValueError(f"not understood: {line!r}")

    def _location(self, draft: _Draft) -> None:
        _wait(draft, 30, 90)
        by = draft.job.creator
        self._add(
            draft,
            {
                "messageType": "location",
                "timestampUploaded": timestamp(draft.now),
                "uploaderId": by.person_id,
                "uploaderName": by.name,
                "latitude": round(draft.place[0], 6),
                "longitude": round(draft.place[1], 6),
                "accuracyMetres": 6,
            },
        )

    def _photos(self, draft: _Draft, who: str, item: str) -> None:
        found = _ITEM.fullmatch(item)
        if found is None:
            raise ValueError(f"not understood: {item!r}")
        for _ in range(int(found["times"] or 1)):
            _wait(draft, 5, 34)
            self._photo(draft, who, found)

    def _photo(self, draft: _Draft, who: str, found: re.Match[str]) -> None:
        file_type, suffix = _FILE_TYPES[found["suffix"]]
        name = hex_id(draft.job.job_id, "photo", len(draft.job.messages))
        path = f"/images/{name}.{suffix}"
        if found["scene"] == "again":
            shot = self._labels[found["label"]]
        else:
            near = 0.0002
            shot = Shot(
                key=name,
                scene=found["scene"],
                view=0,
                taken=draft.now - timedelta(seconds=draft.rng.randint(3, 40)),
                camera=_CAMERAS[who],
                place=None
                if who in _WITHOUT_PLACE
                else (
                    draft.place[0] + draft.rng.uniform(-near, near),
                    draft.place[1] + draft.rng.uniform(-near, near),
                ),
                reading=found["reading"],
                large=found["large"] is not None,
                file_type=file_type,
            )
        if found["label"]:
            self._labels[found["label"]] = shot
        if found["missing"]:
            self.missing = path
        self.shots[path] = shot
        message = photo(Served(path), Served(_thumbnail_path(path)), PEOPLE[who], draft.now)
        self._add(draft, message)

    def _add(self, draft: _Draft, message: dict[str, Any]) -> None:
        draft.job.messages.append(message)
        draft.job.updated_at = draft.now


def _joined(script: str) -> Iterator[str]:
    """The script's lines, each with those that continue it."""
    whole = ""
    for line in script.splitlines():
        if line.startswith("  "):
            whole += " " + line.strip()
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole


def _wait(draft: _Draft, least: int, most: int) -> None:
    """Let some seconds go by."""
    draft.now += timedelta(
        seconds=draft.rng.randint(least, most), milliseconds=draft.rng.randint(0, 999)
    )


def _at(day: datetime, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return _in_uk(day.replace(hour=int(hour), minute=int(minute), tzinfo=None))


def _in_uk(local: datetime) -> datetime:
    """A British wall-clock time made aware, without a time zone database.

    Summer time runs from the last Sunday of March to the last of October. The script has no
    times in the small hours, where the day alone would not do.
    """

    def last_sunday(month: int) -> datetime:
        end = datetime(local.year, month, 31)
        return end - timedelta(days=(end.weekday() + 1) % 7)

    summer = last_sunday(3).date() <= local.date() < last_sunday(10).date()
    return local.replace(tzinfo=timezone(timedelta(hours=1 if summer else 0)))


def _thumbnail_path(path: str) -> str:
    """Thumbnails are JPEG files, whatever the image is."""
    return path.replace("/images/", "/thumbnails/").rsplit(".", 1)[0] + ".jpeg"


def _read() -> _Reader:
    reader = _Reader()
    reader.read(SCRIPT)
    reader.jobs.sort(key=lambda job: job.updated_at or job.created_at, reverse=True)
    return reader


def _with_views(jobs: list[LocalJob], shots: Mapping[str, Shot]) -> dict[str, Shot]:
    """The shots with their views, in the order of the list.

    Neighbouring jobs share a view, so that a client who goes through the list asks for a
    series of shots soon after they were taken.
    """
    order = [
        path
        for job in jobs
        for message in job.messages
        if isinstance(path := message.get("urlToImage"), Served)
    ]
    photos = Counter(shots[path].scene for path in order)
    middle = len(order) // 2
    return {
        path: replace(shots[path], view=int(index >= middle and photos[shots[path].scene] >= _MANY))
        for index, path in enumerate(order)
    }


def sample_workspace(images: StoredImages | None = None) -> Workspace:
    """A new sample workspace, most recent activity first; changing it changes no other.

    `images` gives stored bytes for paths (of full images and thumbnails) that are not to be
    drawn: a mapping, or a function that returns None for what it does not have. Headers stay
    the same, so that an archive of stored bytes equals one of drawn bytes.
    """
    reader = _read()
    stored = images.get if isinstance(images, Mapping) else images
    workspace = Workspace(
        SAMPLE_WORKSPACE_ID, SAMPLE_AUTH_KEY, owner=PEOPLE["nadia"], jobs=reader.jobs
    )
    shots = _with_views(reader.jobs, reader.shots)
    studio = Studio({shot.key: shot for shot in shots.values()})
    served: dict[tuple[str, bool], LocalImage] = {}
    for path, shot in shots.items():
        for each, draw in ((path, studio.photo), (_thumbnail_path(path), studio.thumbnail)):
            full = each == path
            # One shot at several addresses is one image, which is then drawn once for all.
            image = served.setdefault(
                (shot.key, full),
                LocalImage(
                    partial(draw, shot.key),
                    content_type=f"image/{shot.file_type.lower()}" if full else "image/jpeg",
                    etag=hex_id("etag", shot.key, full),
                    last_modified=shot.taken.astimezone(UTC),
                ),
            )
            data = stored(each) if stored else None
            workspace.images[each] = image if data is None else replace(image, body=data)
    workspace.images[reader.missing] = LocalImage(status=404)
    return workspace
