"""A WorkPhotos workspace in memory, which the local API serves and its users may change.

Everything here is plain data. Jobs are kept most recent activity first, as the product orders
them, and every change moves its job to the front. Messages are the raw JSON that the API will
send, so that a caller can put in what the documentation does not foresee: an unknown kind, a
missing field, null. Any `Served` path found in that JSON is sent as an absolute address below
the server's present base address; every other text is sent exactly as it stands.

The clock is an argument: with a fixed clock, the same calls give the same workspace.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

PAGE_SIZE: Final = 30
"""Jobs on one page of the list, as documented."""

APP_URL: Final = "https://app.workphotos.com"
REPORTS_URL: Final = "https://reports.workphotos.com"


class Served(str):
    """A path below this server, such as `/images/a.jpeg`; sent with the base address before it.

    A query may follow the path (a signature, say): the image is found without it.
    """

    __slots__ = ()


class Absent:
    """The type of `ABSENT`, which marks a documented field that a body must leave out."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


def utc_now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """An aware time in the form of the API: UTC, milliseconds, `Z`."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def hex_id(*parts: object) -> str:
    """A 24-digit hexadecimal id, always the same for the same parts."""
    text = "/".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Person:
    """Who created a job or sent a message."""

    person_id: str
    name: str


@dataclass(slots=True)
class LocalImage:
    """What the image host answers at one path.

    `body` is the bytes themselves, or a function that makes them when they are first asked for;
    it must give the same bytes each time, because they are kept only as room permits. It runs
    in a worker thread. Without an `etag` (written without quotes) the SHA-256 of the bytes is
    sent. `headers` are added last and win. With a `status` other than 200, `body` is sent as
    the body of that answer, and an empty one becomes a JSON error.
    """

    body: bytes | Callable[[], bytes] = field(default=b"", repr=False)
    content_type: str = "image/jpeg"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: datetime | None = None


@dataclass(slots=True)
class LocalJob:
    """One job. `name` and `messages` may hold any JSON, also what the API would never send.

    `list_overrides` and `details_overrides` replace or add fields of this job in the list and
    in its details; the value `ABSENT` leaves a field out. `details_body`, when given, is sent
    as the whole body of the details, byte for byte.
    """

    job_id: str
    name: Any
    created_at: datetime
    creator: Person
    messages: list[Any] = field(default_factory=list)
    updated_at: datetime | None = None
    listed: bool = True
    removed: bool = False
    list_overrides: dict[str, Any] = field(default_factory=dict)
    details_overrides: dict[str, Any] = field(default_factory=dict)
    details_body: bytes | None = None
    trash: list[tuple[int, Any]] = field(default_factory=list, repr=False)
    """Removed messages with their positions, the last removed at the end."""


def chat(text: str, by: Person, at: datetime) -> dict[str, Any]:
    """A chat message as the API sends it."""
    return {
        "messageType": "chat",
        "timestampUploaded": timestamp(at),
        "uploaderId": by.person_id,
        "uploaderName": by.name,
        "textMessage": text,
    }


def photo(image: str, thumbnail: str | None, by: Person, at: datetime) -> dict[str, Any]:
    """An image message as the API sends it; give `Served` paths for images of this server."""
    return {
        "messageType": "image",
        "timestampUploaded": timestamp(at),
        "uploaderId": by.person_id,
        "uploaderName": by.name,
        "urlToImage": image,
        "thumbnailForImage": thumbnail,
    }


def absolute(value: Any, base_url: str) -> Any:
    """A copy of a JSON value in which each `Served` path is an address below `base_url`."""
    if isinstance(value, Served):
        return base_url + value
    if isinstance(value, Mapping):
        return {key: absolute(item, base_url) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [absolute(item, base_url) for item in value]
    return value


def _overridden(body: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in {**body, **overrides}.items() if v is not ABSENT}


@dataclass
class Workspace:
    """The jobs, people and images of one workspace, and every way in which they change.

    Each method that changes a job moves it to the front of the list and sets its last update
    to `at`, or to the clock's time. Methods that take a job id raise KeyError for an unknown
    one; those that take a position raise IndexError for one that is not there. The methods may
    be called from another thread than the server's.
    """

    workspace_id: str
    auth_key: str = field(repr=False)
    owner: Person = field(default_factory=lambda: Person(hex_id("owner"), "Workspace Owner"))
    """Who has created the jobs that come from `/job/create`."""
    jobs: list[LocalJob] = field(default_factory=list, repr=False)
    """All jobs, also removed and unlisted ones, most recent activity first."""
    images: dict[str, LocalImage] = field(default_factory=dict, repr=False)
    """What the image host answers, by path; the path begins with a slash and has no query."""
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)
    list_bodies: dict[int, bytes] = field(default_factory=dict, repr=False)
    """Whole bodies that replace pages of the list, by page number."""
    _created: int = field(default=0, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    # -- jobs ------------------------------------------------------------------------------

    def job(self, job_id: str) -> LocalJob:
        """The job of that id, removed or not. Raises KeyError."""
        for job in self.jobs:
            if job.job_id == job_id:
                return job
        raise KeyError(job_id)

    def add_job(self, job: LocalJob) -> LocalJob:
        """Put a ready-made job at the front of the list. Raises ValueError for a known id."""
        with self._lock:
            if any(known.job_id == job.job_id for known in self.jobs):
                raise ValueError(f"the workspace already has a job {job.job_id}")
            self.jobs.insert(0, job)
            return job

    def create(
        self,
        name: str,
        message: str | None = None,
        *,
        by: Person | None = None,
        at: datetime | None = None,
    ) -> LocalJob:
        """Add a job as `/job/create` does, with its first chat message if there is one."""
        with self._lock:
            at = at or self.clock()
            by = by or self.owner
            self._created += 1
            job_id = hex_id(self.workspace_id, "created", self._created)
            job = LocalJob(job_id, name, at, by, updated_at=at)
            if message:
                job.messages.append(chat(message, by, at))
            return self.add_job(job)

    def rename(self, job_id: str, name: Any, *, at: datetime | None = None) -> LocalJob:
        """Give a job another title."""
        with self._lock:
            job = self._touch(job_id, at)
            job.name = name
            return job

    def remove_job(self, job_id: str) -> LocalJob:
        """Move a job to the trash: gone from the list, and 404 when asked for."""
        with self._lock:
            job = self.job(job_id)
            job.removed = True
            return job

    def restore_job(self, job_id: str, *, at: datetime | None = None) -> LocalJob:
        """Bring a removed or unlisted job back, at the front of the list."""
        with self._lock:
            job = self._touch(job_id, at)
            job.removed = False
            job.listed = True
            return job

    def unlist_job(self, job_id: str) -> LocalJob:
        """Take a job from the list only: its details are still given."""
        with self._lock:
            job = self.job(job_id)
            job.listed = False
            return job

    def touch(self, job_id: str, *, at: datetime | None = None) -> LocalJob:
        """Count as activity in a job, which moves it to the front, without changing it."""
        with self._lock:
            return self._touch(job_id, at)

    def _touch(self, job_id: str, at: datetime | None) -> LocalJob:
        job = self.job(job_id)
        self.jobs.remove(job)
        self.jobs.insert(0, job)
        job.updated_at = at or self.clock()
        return job

    # -- messages --------------------------------------------------------------------------

    def add_message(
        self,
        job_id: str,
        message: Any,
        *,
        position: int | None = None,
        at: datetime | None = None,
    ) -> Any:
        """Add one message, any JSON, at the end or before the one at `position`."""
        with self._lock:
            job = self._touch(job_id, at)
            job.messages.insert(len(job.messages) if position is None else position, message)
            return message

    def add_chat(
        self, job_id: str, text: str, *, by: Person | None = None, at: datetime | None = None
    ) -> dict[str, Any]:
        """Add an ordinary chat message at the end."""
        at = at or self.clock()
        message = chat(text, by or self.owner, at)
        self.add_message(job_id, message, at=at)
        return message

    def add_photo(
        self,
        job_id: str,
        image: LocalImage | bytes,
        thumbnail: LocalImage | bytes | None = None,
        *,
        name: str | None = None,
        by: Person | None = None,
        at: datetime | None = None,
    ) -> dict[str, Any]:
        """Add a photo at the end: its image, its thumbnail if any, and the message.

        The paths are `/images/{name}` and `/thumbnails/{name}`; without a name, one is made
        from the job's id and the number of its messages.
        """
        with self._lock:
            at = at or self.clock()
            name = name or f"{hex_id(job_id, 'photo', len(self.job(job_id).messages))}.jpeg"
            image_path = self.add_image(f"/images/{name}", image, last_modified=at)
            thumbnail_path = None
            if thumbnail is not None:
                thumbnail_path = self.add_image(f"/thumbnails/{name}", thumbnail, last_modified=at)
            message = photo(image_path, thumbnail_path, by or self.owner, at)
            self.add_message(job_id, message, at=at)
            return message

    def edit_message(
        self, job_id: str, position: int, *, at: datetime | None = None, **fields: Any
    ) -> Any:
        """Change fields of a message that is an object; the value `ABSENT` takes one away."""
        with self._lock:
            message = self.job(job_id).messages[position]
            return self.replace_message(job_id, position, _overridden(message, fields), at=at)

    def replace_message(
        self, job_id: str, position: int, message: Any, *, at: datetime | None = None
    ) -> Any:
        """Put another message, any JSON, in the place of one."""
        with self._lock:
            self.job(job_id).messages[position] = message
            self._touch(job_id, at)
            return message

    def remove_message(self, job_id: str, position: int, *, at: datetime | None = None) -> Any:
        """Take a message away; `restore_message` can bring it back."""
        with self._lock:
            job = self.job(job_id)
            message = job.messages[position]
            place = position if position >= 0 else len(job.messages) + position
            del job.messages[place]
            job.trash.append((place, message))
            self._touch(job_id, at)
            return message

    def restore_message(self, job_id: str, *, at: datetime | None = None) -> Any:
        """Put the last removed message back where it was. Raises IndexError if none was."""
        with self._lock:
            job = self.job(job_id)
            position, message = job.trash.pop()
            return self.add_message(job_id, message, position=position, at=at)

    # -- images ----------------------------------------------------------------------------

    def add_image(
        self, path: str, image: LocalImage | bytes, *, last_modified: datetime | None = None
    ) -> Served:
        """Serve an image at a path, which is given back as it goes into messages.

        Raises ValueError for a path without a leading slash or with a query.
        """
        if not path.startswith("/") or "?" in path:
            raise ValueError(f"not the path of an image: {path!r}")
        if isinstance(image, bytes):
            image = LocalImage(image, last_modified=last_modified)
        self.images[path] = image
        return Served(path)

    # -- bodies ----------------------------------------------------------------------------

    def links(self, job_id: str) -> dict[str, str]:
        """A job's two links, as the list and `/job/create` give them."""
        return {
            "webAppDeeplink": f"{APP_URL}/{self.workspace_id}/jobs/{job_id}",
            "jobReportDeeplink": f"{REPORTS_URL}/{job_id}",
        }

    def list_page(self, page: int, base_url: str) -> dict[str, Any]:
        """The body of one page of the list; past the last page it holds no jobs."""
        with self._lock:
            listed = [job for job in self.jobs if job.listed and not job.removed]
            pages = -(-len(listed) // PAGE_SIZE)
            entries = [
                _overridden(
                    {
                        "jobId": job.job_id,
                        "name": job.name,
                        "createdAt": timestamp(job.created_at),
                        **self.links(job.job_id),
                    },
                    job.list_overrides,
                )
                for job in listed[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
            ]
            body = {
                "jobs": entries,
                "page": page,
                "pageSize": PAGE_SIZE,
                "totalJobs": len(listed),
                "totalPages": pages,
                "pagesRemaining": max(0, pages - page - 1),
            }
            return dict(absolute(body, base_url))

    def details(self, job_id: str, base_url: str) -> dict[str, Any]:
        """The body of a job's details. Raises KeyError for an unknown or a removed job."""
        with self._lock:
            job = self.job(job_id)
            if job.removed:
                raise KeyError(job_id)
            body = {
                "jobId": job.job_id,
                "jobName": job.name,
                "creatorId": job.creator.person_id,
                "creatorName": job.creator.name,
                "creationDate": timestamp(job.created_at),
                "lastUpdateDate": timestamp(job.updated_at or job.created_at),
                "mainThumbnail": _first_thumbnail(job.messages),
                "messages": job.messages,
            }
            return dict(absolute(_overridden(body, job.details_overrides), base_url))


def _first_thumbnail(messages: Iterable[Any]) -> Any:
    """The thumbnail of the first photo, which the product shows for a job; None without one."""
    for message in messages:
        if isinstance(message, Mapping) and message.get("messageType") == "image":
            return message.get("thumbnailForImage")
    return None
