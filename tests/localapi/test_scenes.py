"""What the drawn photos are: distinct, deterministic, with EXIF, of plausible size."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from archiver.localapi.photos import View, draw_view, take
from archiver.localapi.scenes import SCENES
from archiver.localapi.studio import Camera, Shot, Studio

BST = timezone(timedelta(hours=1))
SHOT = Shot(
    key="a",
    scene="gauge",
    view=0,
    taken=datetime(2025, 6, 3, 10, 14, 5, 250_000, tzinfo=BST),
    camera=Camera("Ridgeway", "One", "1.0"),
    place=(51.4545, -2.5879),
)


@pytest.fixture(scope="module")
def view() -> View:
    return draw_view("gauge", 0)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def difference(one: Image.Image, two: Image.Image) -> float:
    """Mean difference of two pictures, in levels of 255, at the size of a stamp."""
    small = [image.convert("RGB").resize((32, 32)) for image in (one, two)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3


def test_there_are_at_least_22_scenes_and_no_two_look_alike() -> None:
    """Told apart at the size of a stamp, and none is flat or nearly black."""
    stamps = {}
    for name in SCENES:
        thumbnail = opened(take(replace(SHOT, scene=name), draw_view(name, 0))[1])
        stat = ImageStat.Stat(thumbnail.convert("L"))
        assert stat.stddev[0] > 14, name
        assert 35 < stat.mean[0] < 235, name
        stamps[name] = thumbnail.copy()
    assert len(stamps) >= 22
    names = sorted(stamps)
    for i, one in enumerate(names):
        for two in names[i + 1 :]:
            assert difference(stamps[one], stamps[two]) > 8, (one, two)


def test_a_second_view_of_a_scene_is_another_drawing() -> None:
    """Another house, another board."""
    assert draw_view("house", 0).image.tobytes() != draw_view("house", 1).image.tobytes()


def test_shots_of_one_view_differ_in_framing_or_light(view: View) -> None:
    """Twenty keys, twenty pictures."""
    digests = {
        hashlib.sha256(take(replace(SHOT, key=str(n)), view)[0]).hexdigest() for n in range(20)
    }
    assert len(digests) == 20


def test_a_reading_changes_the_picture(view: View) -> None:
    """The needle stands elsewhere."""
    low, high = (
        opened(take(replace(SHOT, reading=reading), view)[1]) for reading in ("0.4 bar", "2.8 bar")
    )
    assert ImageChops.difference(low, high).getbbox() is not None


def test_exif_tells_device_time_zone_and_place(view: View) -> None:
    """DateTimeOriginal is the local time, with its offset; GPS is near the place."""
    exif = opened(take(SHOT, view)[0]).getexif()
    assert (exif[271], exif[272]) == ("Ridgeway", "One")
    details = exif.get_ifd(0x8769)
    assert details[36867] == "2025:06:03 10:14:05"
    assert details[36881] == "+01:00"
    gps = exif.get_ifd(0x8825)
    degrees, minutes, seconds = gps[2]
    assert float(degrees) + float(minutes) / 60 + float(seconds) / 3600 == pytest.approx(51.4545)
    assert (gps[1], gps[3]) == ("N", "W")


def test_without_a_place_there_is_no_gps(view: View) -> None:
    """Not an empty block either."""
    exif = opened(take(replace(SHOT, place=None), view)[0]).getexif()
    assert 0x8825 not in exif


def test_the_stored_pixels_turned_by_exif_are_the_thumbnail() -> None:
    """For each orientation that occurs: 1, 3, 6 and 8, and portrait and landscape."""
    views = {name: draw_view(name, 0) for name in ("cylinder", "pipes")}
    seen = set()
    shapes = set()
    for n in range(24):
        for name, view in views.items():
            full, small = take(replace(SHOT, key=str(n), scene=name), view)
            photo, thumbnail = opened(full), opened(small)
            seen.add(photo.getexif()[274])
            upright = ImageOps.exif_transpose(photo)
            shapes.add(upright.width > upright.height)
            assert difference(upright, thumbnail) < 3
            assert 320 <= max(thumbnail.size) <= 450
            assert 274 not in thumbnail.getexif()
    assert seen == {1, 3, 6, 8}
    assert shapes == {True, False}


def test_ordinary_photos_are_about_two_megapixels_and_large_ones_twelve(view: View) -> None:
    """And of a plausible weight."""
    ordinary = take(SHOT, view)[0]
    assert 1300 <= max(opened(ordinary).size) <= 1800
    assert 60_000 < len(ordinary) < 400_000
    assert opened(take(replace(SHOT, large=True), view)[0]).size == (4000, 3000)


def test_the_order_of_asking_changes_no_byte() -> None:
    """Nor does a store too small to keep anything."""
    shots = {str(n): replace(SHOT, key=str(n), scene=("pipes", "flue")[n % 2]) for n in range(6)}
    forward = Studio(shots)
    backward = Studio(shots, store_bytes=1)
    one = {n: (forward.photo(n), forward.thumbnail(n)) for n in shots}
    two = {n: (backward.photo(n), backward.thumbnail(n)) for n in reversed(shots)}
    assert one == two
    with pytest.raises(KeyError):
        forward.photo("unknown")


def test_a_series_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going through the shots in order, full image and thumbnail, draws one view."""
    drawn = []
    original = draw_view

    def counted(scene: str, number: int) -> View:
        drawn.append((scene, number))
        return original(scene, number)

    monkeypatch.setattr("archiver.localapi.photos.draw_view", counted)
    shots = {str(n): replace(SHOT, key=str(n)) for n in range(4)}
    studio = Studio(shots)
    for name in shots:
        studio.photo(name)
        studio.thumbnail(name)
    assert drawn == [("gauge", 0)]
