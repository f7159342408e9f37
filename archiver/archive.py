"""An archive on disk: where everything lies, what it is bound to, how it is opened and begun."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archiver.abilities import Abilities, probed
from archiver.bag import BAG_INFO, TAGMANIFEST, Bag, read_bag, read_bag_info, tags_fit
from archiver.catalog import Catalog
from archiver.errors import (
    ArchiveDamaged,
    ArchiverError,
    NewerFormat,
    NotAnArchive,
    UsageProblem,
    WrongWorkspace,
)
from archiver.ledger import BrokenLedger, Ledger, LedgerState, read_ledger
from archiver.models import AddressKey, JobRecord, RelPath, Sha256, StoredFile
from archiver.naming import job_key
from archiver.ownsettings import OWN
from archiver.plan import slots
from archiver.record import RECORD_PATH, json_bytes, load_record, time_text
from archiver.storage import (
    explained,
    files_below,
    is_torn,
    put_file,
    remove_torn,
    remove_tree,
    sha256_file,
)

FORMAT_VERSION = 1
ARCHIVE_JSON = "archive.json"


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """What `archive.json` holds: fixed at the first sync, never a secret.

    `time_zone` is an IANA name, `language` a BCP 47 tag, `workspace_name` what pages call it.
    """

    workspace_id: str
    time_zone: str
    language: str = "en-GB"
    workspace_name: str | None = None
    created: str = ""
    format_version: int = FORMAT_VERSION

    def to_bytes(self) -> bytes:
        """The file's content."""
        return json_bytes(
            {
                "format": "workphotos-archive",
                "format_version": self.format_version,
                "workspace_id": self.workspace_id,
                "time_zone": self.time_zone,
                "language": self.language,
                "workspace_name": self.workspace_name,
                "created": self.created,
            }
        )


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive's folder. Only says where things are; nothing is opened by making one."""

    root: Path

    @property
    def jobs(self) -> Path:
        """The folder of the job folders."""
        return self.root / "jobs"

    @property
    def ledger(self) -> Path:
        """The folder of the ledger."""
        return self.root / "ledger"

    @property
    def private(self) -> Path:
        """`.archiver`: catalogue, staging, lock, logs; never served, exported or published."""
        return self.root / ".archiver"

    @property
    def staging(self) -> Path:
        """Where a job's change is prepared."""
        return self.private / "staging" / "jobs"

    @property
    def downloads(self) -> Path:
        """Verified downloads of unfinished jobs."""
        return self.private / "staging" / "downloads"

    @property
    def catalog_file(self) -> Path:
        """The catalogue's file."""
        return self.private / "catalog.sqlite3"

    def settings(self) -> ArchiveSettings:
        """What the archive is bound to. Raises NotAnArchive, NewerFormat."""
        return read_settings(self.root)


def change_settings(
    archive: Archive,
    ledger: Ledger,
    when: datetime,
    *,
    time_zone: str | None = None,
    language: str | None = None,
) -> ArchiveSettings:
    """The archive's settings after what was asked for, if anything; a change is kept and is in the
    ledger. Under the archive's lock. Raises NotAnArchive, NewerFormat, OSError."""
    settings = archive.settings()
    asked = {"time_zone": time_zone, "language": language}
    changed: dict[str, Any] = {
        name: value
        for name, value in asked.items()
        if value is not None and value != getattr(settings, name)
    }
    if not changed:
        return settings
    settings = replace(settings, **changed)
    put_file(archive.root / ARCHIVE_JSON, settings.to_bytes())
    ledger.append("settings", when, **changed)
    return settings


def read_settings(root: Path) -> ArchiveSettings:
    """Read `archive.json`. Raises NotAnArchive, NewerFormat."""
    path = root / ARCHIVE_JSON
    try:
        value = json.loads(path.read_bytes())
        version = value["format_version"]
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise NewerFormat(
                f"{root} has archive format {version}; this program knows up to {FORMAT_VERSION}.",
                "Install a newer version of workphotos-archiver.",
            )
        return ArchiveSettings(
            workspace_id=str(value["workspace_id"]),
            time_zone=str(value["time_zone"]),
            language=str(value.get("language", "en-GB")),
            workspace_name=_text_or_none(value.get("workspace_name")),
            created=str(value.get("created", "")),
            format_version=int(version),
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotAnArchive(
            f"{root} is not an archive: it has no {ARCHIVE_JSON}.",
            "Name the folder that `archiver sync` made, or make one with `archiver sync`.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnArchive(
            f"{path} is not what this program wrote: {error!r}.",
            "Bring the file back from a backup; the jobs themselves are not affected.",
        ) from error


def _text_or_none(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError("workspace_name is no text")


def is_fresh(root: Path) -> bool:
    """Whether a new archive may begin in `root`: absent, empty, or with leftovers of a beginning
    that never bound anything. Raises NotAnArchive when something else is there."""
    if not root.exists():
        return True
    if not root.is_dir():
        raise NotAnArchive(f"{root} is a file, not a folder.", "Name a folder for the archive.")
    if (root / ARCHIVE_JSON).exists():
        return False
    ours = {".archiver", "ledger", OWN}
    if (root / "jobs").is_dir() and not any((root / "jobs").iterdir()):
        ours.add("jobs")
    names = {one.name for one in root.iterdir() if not is_torn(one.name)} - ours
    if names or (any((root / "ledger").glob("*")) and not _only_begun(root)):
        some = ", ".join(sorted(names)[:3]) or "ledger"
        raise NotAnArchive(
            f"{root} is not an archive, and not empty ({some} …).",
            "Name a new or empty folder, or an existing archive.",
        )
    return True


def _only_begun(root: Path) -> bool:
    """Whether the ledger holds no more than its first line, written just before archive.json."""
    try:
        return (root / "ledger" / "ledger.jsonl").read_bytes().count(b"\n") <= 1
    except OSError:
        return False


def begin(
    root: Path, settings: ArchiveSettings, now: datetime, *, sync: bool = True
) -> tuple[Archive, Ledger]:
    """Begin an archive: its ledger, then `archive.json`, which makes it one. Raises OSError."""
    archive = Archive(root)
    with explained(root):
        archive.private.mkdir(parents=True, exist_ok=True)
        archive.jobs.mkdir(exist_ok=True)
        remove_torn(root)
        remove_tree(archive.ledger)
        ledger = Ledger.create(
            archive.ledger,
            now,
            sync=sync,
            workspace=job_key(settings.workspace_id),
            format=FORMAT_VERSION,
        )
        put_file(root / ARCHIVE_JSON, replace(settings, created=time_text(now)).to_bytes())
    return archive, ledger


def check_workspace(archive: Archive, workspace_id: str) -> ArchiveSettings:
    """The archive's settings, if it is this workspace's. Raises WrongWorkspace, NotAnArchive."""
    settings = archive.settings()
    if settings.workspace_id != workspace_id:
        raise WrongWorkspace(
            f"{archive.root} is the archive of workspace {settings.workspace_id}, "
            f"not of {workspace_id}.",
            "Use another folder for another workspace, or correct --workspace-id.",
        )
    return settings


def check_zone(name: str) -> str:
    """An IANA time zone's name, if it is one. Raises UsageProblem."""
    try:
        return str(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageProblem(
            f"“{name}” is not a time zone.", "Use an IANA name, such as Europe/London or UTC."
        ) from error


def job_folders(root: Path) -> Iterator[Path]:
    """Every job folder of an archive (`jobs/<year>/<folder>`), in the order of their names."""
    jobs = root / "jobs"
    if not jobs.is_dir():
        return
    for year in sorted(path for path in jobs.iterdir() if path.is_dir()):
        yield from sorted(path for path in year.iterdir() if path.is_dir())


def find_folder(root: Path, key: str) -> Path | None:
    """The folder of a job by its ledger key, found without the catalogue."""
    for folder in job_folders(root):
        if folder.name.endswith(f"-{key}") and ledger_key(folder) in (key, None):
            return folder
    return None


def load_job(folder: Path) -> JobRecord:
    """A job's record from its folder. Raises FileNotFoundError, ValueError, NewerFormat."""
    return load_record((folder / RECORD_PATH).read_bytes())


def records_below(root: Path) -> Iterator[JobRecord]:
    """Every job's record that can be read."""
    for folder in job_folders(root):
        with contextlib.suppress(OSError, ValueError, ArchiverError):
            yield load_job(folder)


# --- the catalogue, made from the bags ---------------------------------------------------------


def payload_sizes(folder: Path) -> dict[RelPath, int]:
    """The files below a job's `data/` with their bytes, by path relative to the job's folder."""
    data = folder / "data"
    if not data.is_dir():
        return {}
    return {
        RelPath(f"data/{path}"): entry.stat(follow_symlinks=False).st_size
        for path, entry in files_below(data)
    }


def known_addresses(record: JobRecord) -> Iterator[tuple[AddressKey, StoredFile]]:
    """Every address of a job that gave something sound, with what it gave."""
    for slot, reference in slots(record):
        if slot.kind == "file":
            continue
        by_hash = {stored.sha256: stored for stored in reference.versions}
        for seen in reference.addresses:
            if seen.sha256 is not None and seen.sha256 in by_hash:
                yield seen.key, by_hash[seen.sha256]


def open_failures(record: JobRecord) -> int:
    """How many references of a job have no file and a reason why."""
    return sum(1 for reference in record.references if reference.failure is not None)


def recorded_folder(root: Path, folder: Path) -> RelPath:
    """A job's folder relative to the archive, with `/`."""
    return RelPath(folder.relative_to(root).as_posix())


def ledger_key(folder: Path) -> str | None:
    """How the ledger calls the job in a folder, as its `bag-info.txt` states it, or None."""
    with contextlib.suppress(OSError):
        return read_bag_info((folder / BAG_INFO).read_bytes()).get("Ledger-Identifier")
    return None


def read_state(root: Path) -> LedgerState:
    """What the ledger of an archive adds up to, for whoever only reads it. Raises
    ArchiveDamaged."""
    try:
        return read_ledger(Archive(root).ledger)[0]
    except (OSError, BrokenLedger) as error:
        raise ArchiveDamaged(
            f"The ledger of {root} cannot be read: {error}.",
            "Without it nobody can tell whether a record is genuine. Run `archiver verify`.",
        ) from error


def open_catalog(archive: Archive, *, read_only: bool = False) -> Catalog:
    """The archive's catalogue; in memory when the archive may not be written."""
    if read_only:
        return Catalog(archive.catalog_file, read_only=True)
    archive.private.mkdir(parents=True, exist_ok=True)
    return Catalog(archive.catalog_file)


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """An archive open for one run: its settings, ledger and catalogue, what its disk can do, and
    a folder of templates that overrides ours."""

    archive: Archive
    settings: ArchiveSettings
    ledger: Ledger
    catalog: Catalog
    abilities: Abilities = field(default_factory=Abilities)
    templates: Path | None = None

    @property
    def pins(self) -> LedgerState:
        """What the ledger adds up to now."""
        return self.ledger.state


@contextlib.contextmanager
def opened_with(
    archive: Archive,
    ledger: Ledger,
    settings: ArchiveSettings | None = None,
    templates: Path | None = None,
) -> Iterator[OpenArchive]:
    """The archive open for one run, whose lock is held and whose ledger is read; its catalogue is
    closed in the end. Raises OSError."""
    settings = settings or archive.settings()
    with contextlib.closing(open_catalog(archive)) as catalog:
        # Tried once the catalogue is open, which makes the folder that this is tried in.
        able = probed(archive.private)
        yield OpenArchive(archive, settings, ledger, catalog, able, templates)


def accounted_for(bag: Bag, state: LedgerState, job_id: str) -> bool:
    """Whether the ledger knows this very bag as the job's present one, and the lists from which
    the next seal would be made are those that were sealed."""
    return bag.commitment in state.job(job_key(job_id)).accepted and tags_fit(bag)


def read_bag_or_none(folder: Path) -> Bag | None:
    """A job's bag, or None when its tag files are missing or broken."""
    try:
        return read_bag(folder)
    except (OSError, ValueError):
        return None


def tagmanifest_digest(folder: Path) -> Sha256 | None:
    """The SHA-256 of a job's tag manifest, or None when there is none."""
    try:
        return sha256_file(folder / TAGMANIFEST)
    except OSError:
        return None
