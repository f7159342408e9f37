"""What the program talks about: jobs, messages, photos, their record; typed and immutable.

Times are aware and in UTC; sizes are bytes; pictures are measured in pixels as stored (before
EXIF orientation). Text from the API is kept as sent, lone surrogates included. Nothing here
reads, writes or fetches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

JobId = NewType("JobId", str)
"""A job's id as WorkPhotos gives it: usually 24 hexadecimal digits, but never relied upon."""
Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""
RelPath = NewType("RelPath", str)
"""A path with `/` between its parts, relative to a job's folder (or, where said, the archive)."""
AddressKey = NewType("AddressKey", str)
"""An address as it is compared: without signature parameters, and for the API's own origin
without scheme, host and port (contract, *Sameness of addresses*)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is missing or invalid; the run goes on and ends with exit code 3."""

    job_id: str
    reason: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """That something was erased: the ledger's `erasing` entry, and which of the items that entry
    speaks of (a name for its marks that says nothing; see `redaction`)."""

    erasing: int
    item: str


# --- what the API says ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One entry of the job list (API: POST /job/list). Texts are as sent."""

    job_id: JobId
    name: str | None = None
    created_at: datetime | None = None
    web_app_link: str | None = None
    report_link: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a job's `messages`, as sent.

    `image` and `thumbnail` are the values of `urlToImage` and `thumbnailForImage` where those are
    text, else None; `has_image` and `has_thumbnail` say whether the field was there at all.
    `links` are the http(s) addresses an entry of an unknown kind points at. `odd` says in words
    what was not understood; only then are `raw`, the entry's JSON text, and `identity`, the digest
    of its sameness (contract, *Sameness of addresses*), given. `erased` marks an entry that was
    cut out before anything looked at it, because it was erased here.
    """

    kind: str | None
    uploaded_text: str | None
    uploaded: datetime | None
    uploader_id: str | None
    uploader_name: str | None
    text: str | None
    image: str | None
    thumbnail: str | None
    has_image: bool
    has_thumbnail: bool
    links: tuple[str, ...]
    raw: str | None = None
    identity: Sha256 | None = None
    odd: tuple[str, ...] = ()
    erased: Erased | None = None

    @property
    def is_photo(self) -> bool:
        """Whether the entry shows a photo: it says so, or it is a chat that carries one."""
        return self.kind == "image" or (self.kind == "chat" and bool(self.image))

    @property
    def is_known(self) -> bool:
        """Whether the entry is of a kind the API documents."""
        return self.kind in ("chat", "image")


@dataclass(frozen=True, slots=True)
class Details:
    """A job's details as parsed from one body (API: POST /job/details)."""

    job_id: str | None
    name: str | None
    creator_id: str | None
    creator_name: str | None
    created: datetime | None
    updated: datetime | None
    main_thumbnail: str | None
    messages: tuple[Message, ...]
    has_messages: bool
    odd: tuple[str, ...] = ()


# --- what is kept: record.json ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """One distinct details body. `file` holds it, plain, or as a zstd frame (RFC 8878) when its
    name ends in `.zst`; `sha256` and `size` are those of the body itself.

    `order` is the order of the messages in that body, as inclusive runs of message numbers.
    `redacted` says that an erasure cut something out of it: it is no longer as received.
    """

    number: int
    taken: datetime
    file: RelPath
    size: int
    sha256: Sha256
    sameness: Sha256
    api_origin: str
    order: tuple[tuple[int, int], ...] = ()
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message said from one snapshot on."""

    snapshot: int
    seen: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Absence:
    """A time during which something was not to be found upstream.

    `since` is when it was found gone, `last_seen` the time of the last look that still had it;
    `back` is when it was found again, None while it is gone.
    """

    since: datetime
    last_seen: datetime | None = None
    back: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddressSeen:
    """An address a picture was seen at, with the first and last snapshot that had it.

    `last_snapshot` is None while the latest snapshot has it. `sha256` is what the address gave,
    None until it gave something sound.
    """

    address: str
    key: AddressKey
    first_snapshot: int
    last_snapshot: int | None = None
    sha256: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A payload file that a reference points at, with what was learned when it was fetched.

    `file` is relative to the job's folder. `width` and `height` are pixels as stored; `decoded`
    is False for a sound file this machine did not decode (HEIC, or above the memory limit).
    `same_as` is the exhibit number whose payload file this one shares, when it is another's.
    `orientation` is EXIF's 1 to 8; `captured` EXIF's DateTimeOriginal as written, `captured_offset`
    its distance from UTC (`+02:00`) where the camera told it; `camera` and `place` are
    maker and model, and latitude and longitude, as `exif.Exif` has them.
    """

    file: RelPath
    sha256: Sha256
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None
    orientation: int = 1
    captured: str | None = None
    captured_offset: str | None = None
    camera: str | None = None
    place: str | None = None
    decoded: bool = True
    final_address: str | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    fetched: datetime | None = None
    same_as: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height as looked at (EXIF's orientation applied), in pixels; 0 if unknown."""
        width, height = self.width or 0, self.height or 0
        return (height, width) if self.orientation >= 5 else (width, height)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a reference has no file yet, in words a person understands.

    `since` is when it failed in this way for the first time. `damaged` names what arrived whole
    but broken, kept under `data/damaged/`.
    """

    reason: str
    since: datetime
    status: int | None = None
    damaged: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """One picture or file a job points at: its addresses, what they gave, and what failed.

    `versions` is oldest first; more than one means that other bytes came later. `failure` speaks
    of the latest address only: an earlier version may be kept all the same. `damaged` is every
    broken file that ever came, kept under `data/damaged/`.
    """

    addresses: tuple[AddressSeen, ...] = ()
    versions: tuple[StoredFile, ...] = ()
    failure: Failure | None = None
    damaged: tuple[StoredFile, ...] = ()

    @property
    def stored(self) -> StoredFile | None:
        """The newest kept file, or None when nothing could be kept."""
        return self.versions[-1] if self.versions else None

    @property
    def address(self) -> str | None:
        """The newest address as received."""
        return self.addresses[-1].address if self.addresses else None


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """One exhibit. The number is given at first sight and never changes or repeats.

    Who and when stand in the message `message`. `thumbnail` is None when upstream names none.
    `erased` is the number of the erasure that emptied it.
    """

    number: int
    message: int
    image: Reference
    thumbnail: Reference | None = None
    erased: int | None = None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a message of an unknown kind points at: kept as received, never shown inline."""

    number: int
    message: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message through time. `number` is its stable id, given at first sight.

    `wordings` is oldest first (one entry unless it was edited). `position` is its place, from 0,
    in the latest snapshot, None when that no longer has it. `absences` is oldest first; the last
    one is open (`back` is None) while the message is gone. `raw` is the JSON text as received of
    a message that was not fully understood, `identity` the digest of its sameness, and `odd` says
    in words what was not. Of one that was `erased`, only number, place and its photo's number are
    left.
    """

    number: int
    kind: str | None
    uploaded_text: str | None
    uploaded: datetime | None
    uploader_id: str | None
    uploader_name: str | None
    wordings: tuple[Wording, ...]
    first_snapshot: int
    position: int | None
    photo: int | None = None
    files: tuple[int, ...] = ()
    absences: tuple[Absence, ...] = ()
    raw: str | None = None
    identity: Sha256 | None = None
    odd: tuple[str, ...] = ()
    erased: Erased | None = None

    @property
    def id(self) -> str:
        """The id used in pages and addresses: `m0001`."""
        return f"m{self.number:04d}"

    @property
    def text(self) -> str | None:
        """The present wording."""
        return self.wordings[-1].text

    @property
    def gone(self) -> Absence | None:
        """The open absence of a message no longer upstream, else None."""
        return self.absences[-1] if self.absences and self.absences[-1].back is None else None

    @property
    def is_known(self) -> bool:
        """Whether the message is of a kind the API documents."""
        return self.kind in ("chat", "image")


HistoryKind = Literal[
    "archived",
    "messages-added",
    "photos-added",
    "edited",
    "message-gone",
    "message-back",
    "photo-gone",
    "photo-back",
    "renamed",
    "job-gone",
    "job-back",
    "photo-kept",
    "photo-changed",
    "people-renamed",
    "facts-changed",
    "folder-lost",
]


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One thing that happened to a job: when it was seen and by which snapshot.

    `messages` and `photos` are numbers; `was` and `now` hold titles for `renamed`, names for
    `people-renamed`; `now` the kind of going (`not-found`, `unlisted`) for `job-gone`, and for
    `photo-changed` what was replaced (`thumbnail`, `cover`) if it was not the photo itself.
    """

    kind: HistoryKind
    seen: datetime
    snapshot: int | None = None
    messages: tuple[int, ...] = ()
    photos: tuple[int, ...] = ()
    was: str | None = None
    now: str | None = None


@dataclass(frozen=True, slots=True)
class ErasureNote:
    """An erasure that touched a job: the ledger's `erasing` entry, when, why and by whom it was
    decided. `scope` is `items` (messages and photos were emptied) or `person` (a person was
    pseudonymised)."""

    erasing: int
    time: datetime
    reason: str
    by: str
    scope: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """How much of a job its derived record leaves out: messages, photos, attached files, earlier
    wordings and former pictures; and of the photos that are in it, how many lost their place or
    other facts in their metadata, and how many were made smaller."""

    messages: int = 0
    photos: int = 0
    files: int = 0
    wordings: int = 0
    versions: int = 0
    places: int = 0
    metadata: int = 0
    reduced: int = 0


NameRule = Literal["show", "replace", "hide"]
"""What becomes of people's names: shown, each replaced by another, or all hidden alike."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """That a record was derived from another by a profile: its name, the SHA-256 of the source
    bag's `tagmanifest-sha256.txt`, what became of names, whether chat and history are in it, what
    was withheld; of a record in parts, which part of how many; and the longest edge, in pixels,
    that photos may have."""

    profile: str
    source: Sha256
    names: NameRule = "show"
    chat: bool = False
    history: bool = False
    withheld: Withheld = Withheld()
    part: int = 1
    parts: int = 1
    largest_edge: int | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """All that is known of one job: the content of `data/record.json`.

    `folder` is the frozen folder name (its last part). `seal` is the number of the seal this
    record was written for, `sealed` when. `title` is the present name (details' `jobName`, else
    the list's `name`). `derived` says of which source a redacted copy was made; its `job_id` is
    then a reference that only the sender can follow.
    """

    job_id: JobId
    folder: str
    seal: int
    sealed: datetime
    title: str | None
    creator_id: str | None = None
    creator_name: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    web_app_link: str | None = None
    report_link: str | None = None
    listed_name: str | None = None
    listed_created: datetime | None = None
    absences: tuple[Absence, ...] = ()
    snapshots: tuple[SnapshotEntry, ...] = ()
    messages: tuple[MessageRecord, ...] = ()
    photos: tuple[PhotoRecord, ...] = ()
    main_thumbnail: Reference | None = None
    files: tuple[FileRecord, ...] = ()
    history: tuple[HistoryEvent, ...] = ()
    odd: tuple[str, ...] = ()
    erasures: tuple[ErasureNote, ...] = ()
    derived: Derivation | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it is a copy without chat, so that its number of messages says nothing."""
        return self.derived is not None and not self.derived.chat

    @property
    def gone(self) -> Absence | None:
        """The open absence of a job no longer in WorkPhotos, else None."""
        return self.absences[-1] if self.absences and self.absences[-1].back is None else None

    @property
    def photos_gone(self) -> dict[int, Absence]:
        """Photos that are gone while their message is not, by number, from the history."""
        gone: dict[int, Absence] = {}
        for event in self.history:
            for number in event.photos:
                if event.kind == "photo-gone":
                    gone[number] = Absence(since=event.seen)
                elif event.kind == "photo-back":
                    gone.pop(number, None)
        return gone

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every picture and file the job points at: images, thumbnails, main thumbnail, files."""
        found: list[Reference] = []
        for photo in self.photos:
            found.append(photo.image)
            if photo.thumbnail is not None:
                found.append(photo.thumbnail)
        if self.main_thumbnail is not None:
            found.append(self.main_thumbnail)
        found.extend(file.reference for file in self.files)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal a page speaks of: its number, when it was made, and what it covers.

    `tagmanifest` is the SHA-256 of `tagmanifest-sha256.txt`; `files` and `size` are the Oxum.
    """

    number: int
    sealed: datetime
    tagmanifest: Sha256
    files: int
    size: int


# --- what a run says --------------------------------------------------------------------------

JobState = Literal["new", "updated", "unchanged", "failed", "vanished"]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What became of one job in one run. Numbers count references newly archived (images and
    thumbnails alike), `bytes_downloaded` counts bodies. `images_acknowledged` counts losses that a
    person has accepted and that are still missing, tried in this run or not; a try that misses is
    none of `images_failed`. `images_rechecked` counts kept references whose address was asked
    again; `notes` are facts worth saying that are no failures."""

    job_id: JobId
    state: JobState
    images_downloaded: int = 0
    images_deduplicated: int = 0
    images_failed: int = 0
    images_acknowledged: int = 0
    images_rechecked: int = 0
    bytes_downloaded: int = 0
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    addresses_only: bool = False


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One row of the workspace index, a pure function of a job's record.

    `folder` is relative to the archive (`jobs/2025/…`). `thumbnail` is relative to the archive,
    None when no picture is fit to show. `former_titles` is oldest first. `missing` counts photos
    without a kept full image. `excerpt` is the first words of chat. `people` are those who wrote or
    uploaded, `also_named` other names in the job: of who made it, and former ones.
    """

    job_id: JobId
    folder: RelPath
    title: str | None
    created: datetime | None
    updated: datetime | None
    people: tuple[str, ...] = ()
    photos: int = 0
    missing: int = 0
    messages: int = 0
    changes: int = 0
    gone: datetime | None = None
    damaged: bool = False
    thumbnail: RelPath | None = None
    excerpt: str = ""
    former_titles: tuple[str, ...] = field(default=())
    also_named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That a job was erased: when, why, by whom and how much; not what."""

    time: datetime
    reason: str
    by: str
    files: int
    size: int
