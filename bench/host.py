"""A loopback image host and WorkPhotos API for the benchmarks, in a process of its own.

    python bench/host.py --photos 1000 --jobs 40

Prints one line of JSON (`url`, `auth_key`, `workspace_id`, `jobs`) when it accepts connections,
and serves until its standard input is closed. Each photo is a real JPEG of 12 megapixels and about
2 MB, made unique by a comment segment of its own behind the first two bytes; the rest is sent by
`sendfile` from memory, so that the host takes as little as possible of the machine's two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image

AUTH_KEY = "bench-key"
WORKSPACE = "bench-workspace"
PAGE_SIZE = 30
PHOTO, THUMBNAIL = (4032, 3024), (400, 300)
PHOTO_BYTES, THUMBNAIL_BYTES = 2_000_000, 20_000
BEGIN = datetime(2024, 1, 8, 8, 0, tzinfo=UTC)
PEOPLE = ("Craig Parker", "Amina Yusuf", "Tom Reilly", "Jo Lindqvist")
SENTENCES = (
    "Arrived on site, access through the side gate.",
    "Old pipework taken out, joists are sound.",
    "Waiting for the electrician before closing up the wall.",
    "Customer asked for the valve to be moved to the left.",
    "Pressure test passed, 3 bar for 30 minutes.",
    "All done, area left clean.",
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """What is served: `photos` spread evenly over `jobs`; with `small`, thumbnails as photos."""

    photos: int
    jobs: int
    small: bool = False

    def job_id(self, job: int) -> str:
        """24 hexadecimal digits, as the product's own."""
        return f"{0x68D0ED78_0000_0000_0000_0000 + job:024x}"

    def photos_of(self, job: int) -> range:
        """The numbers of a job's photos."""
        return range(job * self.photos // self.jobs, (job + 1) * self.photos // self.jobs)


@dataclass
class Pictures:
    """A few encoded pictures in one file in memory, each sent from behind its first two bytes."""

    file: BinaryIO
    bodies: list[tuple[int, int]] = field(default_factory=list)

    def add(self, body: bytes) -> None:
        """Take in one JPEG."""
        self.bodies.append((self.file.seek(0, os.SEEK_END), len(body)))
        self.file.write(body)
        self.file.flush()


def make_pictures(size: tuple[int, int], wanted: int, count: int) -> Pictures:
    """`count` different JPEGs of about `wanted` bytes each: soft shapes under a fine grain."""
    name = "bench-pictures"
    if hasattr(os, "memfd_create"):
        file: BinaryIO = os.fdopen(os.memfd_create(name), "w+b")
    else:
        import tempfile

        file = tempfile.TemporaryFile()  # noqa: SIM115
    pictures = Pictures(file)
    quality = 0
    for number in range(count):
        picture = _picture(size, random.Random(number))
        quality = quality or _quality(picture, wanted)
        body = _jpeg(picture, quality)
        # What is lacking to the size wanted goes into comments of random bytes.
        lacking = b"".join(_comments(wanted - len(body), random.Random(number)))
        pictures.add(body[:2] + lacking + body[2:])
    return pictures


def _picture(size: tuple[int, int], chance: random.Random) -> Image:
    from PIL import Image

    def shade(channel: int) -> Image.Image:
        rough = Image.new("L", (8, 6))
        rough.putdata([chance.randrange(40, 215) for _ in range(48)])
        grain = Image.effect_noise(size, 36 if channel == 0 else 8)
        return Image.blend(rough.resize(size, Image.Resampling.BICUBIC), grain, 0.25)

    return Image.merge("RGB", [shade(channel) for channel in range(3)])


def _quality(picture: Image, wanted: int) -> int:
    """The highest JPEG quality at which a picture takes a little less than `wanted` bytes."""
    low, high = 5, 98
    while low < high:
        middle = (low + high + 1) // 2
        if len(_jpeg(picture, middle)) <= wanted * 0.99:
            low = middle
        else:
            high = middle - 1
    return low


def _jpeg(picture: Image, quality: int) -> bytes:
    from PIL.Image import Exif

    exif = Exif()
    exif[0x0110], exif[0x0112], exif[0x0132] = "Bench 12", 1, "2024:01:08 09:10:11"
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def _comments(count: int, chance: random.Random) -> Iterator[bytes]:
    while count > 4:
        part = min(count - 4, 65_000)
        yield comment(chance.randbytes(part))
        count -= part + 4


def comment(body: bytes) -> bytes:
    """A JPEG comment segment (ITU-T T.81 §B.2.4.5)."""
    return b"\xff\xfe" + (len(body) + 2).to_bytes(2, "big") + body


# --- answers --------------------------------------------------------------------------------------


class Host:
    """The listening socket and what is answered on it, one thread for each connection."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.thumbnails = make_pictures(THUMBNAIL, THUMBNAIL_BYTES, 8)
        self.photos = self.thumbnails if workspace.small else make_pictures(PHOTO, PHOTO_BYTES, 4)
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def serve(self) -> None:
        """Accept connections for ever."""
        while True:
            connection, _ = self.listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as reading:
            while line := reading.readline(65_536):
                length = 0
                while (header := reading.readline(65_536).strip()) != b"":
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                body = reading.read(length) if length else b""
                method, path, _ = line.decode("ascii").split(" ", 2)
                if method == "POST":
                    self._send_json(connection, self._answer(path, json.loads(body)))
                else:
                    self._send_picture(connection, path, whole=method == "GET")

    def _send_json(self, connection: socket.socket, value: dict[str, Any]) -> None:
        status = b"404 Not Found" if "error" in value else b"200 OK"
        body = json.dumps(value).encode()
        connection.sendall(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )

    def _send_picture(self, connection: socket.socket, path: str, *, whole: bool) -> None:
        kind, _, name = path.strip("/").partition("/")
        number = int(name.partition(".")[0])
        pictures = self.photos if kind == "photo" else self.thumbnails
        start, size = pictures.bodies[number % len(pictures.bodies)]
        unique = b"\xff\xd8" + comment(f"{kind} {number:08d}".encode())
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n"
            b'ETag: "%s-%d"\r\nLast-Modified: Mon, 08 Jan 2024 08:00:00 GMT\r\n\r\n'
            % (len(unique) + size - 2, kind.encode(), number)
        )
        if not whole:
            connection.sendall(head)
            return
        connection.sendall(head + unique, getattr(socket, "MSG_MORE", 0))
        at, end = start + 2, start + size
        while at < end:
            at += os.sendfile(connection.fileno(), pictures.file.fileno(), at, end - at)

    # The API

    def _answer(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        if path == "/job/list":
            return self._list(int(asked.get("page", 0)))
        if path == "/job/details":
            with contextlib.suppress(ValueError):
                job = int(asked["jobId"], 16) - int(self.workspace.job_id(0), 16)
                if 0 <= job < self.workspace.jobs:
                    return self._details(job)
        return {"error": "not found"}

    def _list(self, page: int) -> dict[str, Any]:
        total = self.workspace.jobs
        pages = -(-total // PAGE_SIZE)
        shown = range(page * PAGE_SIZE, min(total, (page + 1) * PAGE_SIZE))
        return {
            "jobs": [
                {
                    "jobId": self.workspace.job_id(job),
                    "name": title(job),
                    "createdAt": _stamp(created(job)),
                    **self._links(job),
                }
                for job in shown
            ],
            "page": page,
            "pageSize": PAGE_SIZE,
            "totalJobs": total,
            "totalPages": pages,
            "pagesRemaining": max(0, pages - page - 1),
        }

    def _details(self, job: int) -> dict[str, Any]:
        photos = self.workspace.photos_of(job)
        messages: list[dict[str, Any]] = []
        for place, photo in enumerate(photos):
            who = PEOPLE[(job + place) % len(PEOPLE)]
            time = created(job) + timedelta(minutes=11 * place)
            common = {"uploaderId": f"{PEOPLE.index(who) + 1:024x}", "uploaderName": who}
            if place % 5 == 0:
                text = SENTENCES[(job + place) % len(SENTENCES)]
                messages.append(
                    {"messageType": "chat", "timestampUploaded": _stamp(time), **common}
                    | {"textMessage": text}
                )
            messages.append(
                {
                    "messageType": "image",
                    "timestampUploaded": _stamp(time + timedelta(minutes=1)),
                    **common,
                    "urlToImage": f"{self.url}/photo/{photo:08d}.jpg",
                    "thumbnailForImage": f"{self.url}/thumbnail/{photo:08d}.jpg",
                }
            )
        return {
            "jobId": self.workspace.job_id(job),
            "jobName": title(job),
            "creatorId": "6477bc38c48b77d89ad1fcce",
            "creatorName": PEOPLE[0],
            "creationDate": _stamp(created(job)),
            "lastUpdateDate": _stamp(created(job) + timedelta(days=1)),
            "mainThumbnail": f"{self.url}/thumbnail/{photos.start:08d}.jpg",
            "messages": messages,
        }

    def _links(self, job: int) -> dict[str, str]:
        job_id = self.workspace.job_id(job)
        return {
            "webAppDeeplink": f"https://app.workphotos.com/{WORKSPACE}/jobs/{job_id}",
            "jobReportDeeplink": f"https://reports.workphotos.com/{job_id}",
        }


def title(job: int) -> str:
    """A job's name."""
    street = ("Mill Lane", "Castle Street", "Harbour View", "Station Road")[job % 4]
    what = ("Boiler service", "Roof repair", "Rewire", "Damp survey")[job // 4 % 4]
    return f"{what}, {job + 1} {street}"


def created(job: int) -> datetime:
    """When a job was made."""
    return BEGIN + timedelta(hours=7 * job)


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def main() -> None:
    """Serve until standard input is closed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--small", action="store_true", help="photos of thumbnail size")
    options = parser.parse_args()
    host = Host(Workspace(options.photos, options.jobs, options.small))
    threading.Thread(target=host.serve, daemon=True).start()
    ready = {"url": host.url, "auth_key": AUTH_KEY, "workspace_id": WORKSPACE}
    print(json.dumps(ready), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
