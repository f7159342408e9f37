"""Verification: every byte, every seal, every link of the ledger; each fault named.

What is proven is that nothing changed since it was archived, never that it is true. Nothing is
repaired here. Verification depends on no time, mode, inode or link, and on no catalogue.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from archiver.archive import (
    Archive,
    job_folders,
    ledger_key,
    load_job,
    payload_sizes,
    recorded_folder,
)
from archiver.bag import (
    BAG_INFO,
    BAGIT_TXT,
    MANIFEST,
    TAGMANIFEST,
    VIEW_MANIFEST,
    Bag,
    commitment,
    past_tags,
    read_bag,
    read_manifest,
    seal_folder,
    view_pin,
)
from archiver.budget import WHOLE, Budget, Candidate, choose
from archiver.catalogcheck import UNREADABLE, compare_catalogue
from archiver.chain import BrokenLedger
from archiver.errors import ArchiverError, UsageProblem
from archiver.ledger import read_ledger
from archiver.ledgercheck import NO_TRUST, Trust, check_ledger
from archiver.models import RelPath, Sha256
from archiver.naming import job_key
from archiver.pins import Erasure, JobPins, LedgerState, SealPin
from archiver.record import RECORD_PATH
from archiver.storage import files_below, sha256_bytes, sha256_file

FaultKind = Literal["damaged", "missing", "extra", "seal", "ledger", "unreadable", "catalogue"]
READERS = 4
"""Threads that read and hash: hashing leaves Python's lock, so two cores are kept busy."""
_TRIES = 3
_SALT = re.compile(r"seals/\d{4}/salt")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was sealed. `path` is relative to the archive (or bag);
    `expected` and `found` are SHA-256 or bytes, where they apply."""

    kind: FaultKind
    path: str
    detail: str
    job_id: str | None = None
    expected: str | None = None
    found: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


@dataclass
class Report:
    """What a verification found. `checked` are ledger keys of the jobs read in full; `damaged`
    their damaged evidence and seal files, relative to the job's folder; `erasures` what was erased,
    as the ledger has it."""

    faults: list[Fault] = field(default_factory=list)
    jobs: int = 0
    files: int = 0
    size: int = 0
    ledger_entries: int = 0
    ledger_head: str = ""
    checked: list[str] = field(default_factory=list)
    damaged: dict[str, list[str]] = field(default_factory=dict)
    results: list[JobCheck] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Jobs not read in this run, by folder."""
    oldest_check: datetime | None = None
    """When the job that was longest not read was last read in full; None if one never was."""
    recorded: bool = False
    notes: list[str] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    read: set[Path] = field(default_factory=set)
    """Files of a foreign bag already counted: several manifests may list one."""
    unsealed: list[str] = field(default_factory=list)
    """Files of a foreign bag, outside `data/`, that no tag manifest names."""

    @property
    def exit_code(self) -> int:
        """0 when everything is as it was sealed, 3 when anything is not."""
        return 3 if self.faults else 0

    def add(self, check: JobCheck, *, quick: bool = False) -> None:
        """Take one job in."""
        self.jobs += 1
        self.files += check.files
        self.size += check.size
        self.faults.extend(check.faults)
        self.checked.append(check.key)
        self.results.append(check)
        sealed = sorted({inner_path(fault.path) for fault in check.faults if _is_evidence(fault)})
        if sealed and not quick:
            self.damaged[check.key] = sealed


@dataclass(frozen=True, slots=True)
class JobCheck:
    """What reading one job's folder found. `place` is the folder relative to the archive."""

    key: str
    job_id: str | None
    faults: tuple[Fault, ...]
    files: int
    size: int
    place: str = ""
    seconds: float = 0.0


def verify_archive(
    archive: Archive,
    *,
    jobs: Collection[str] = (),
    quick: bool = False,
    budget: Budget = WHOLE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    timer: Callable[[], float] = time.monotonic,
    readers: int = READERS,
    trust: Trust = NO_TRUST,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Check an archive, or the jobs of it whose id or folder name is in `jobs`, or as much as a
    budget allows.

    `quick` looks at presence and size instead of bytes. A damaged file that several jobs share is
    looked for in all of them. `trust` is what a person brings from outside. Raises
    NotAnArchive, NewerFormat, UsageProblem for a job that nobody knows.
    """
    archive.settings()
    report = Report()
    state = _check_ledger(archive, report, trust)
    everywhere = list(job_folders(archive.root))
    folders = [path for path in everywhere if not jobs or _is_meant(path, jobs)]
    if jobs:
        report.faults.extend(_named_but_absent(state, folders, jobs))
    started = timer()
    last = None if budget.max_duration is None else budget.max_duration.total_seconds()
    if not budget.is_whole:
        folders = _within(folders, state, budget, clock())

    def check(folder: Path) -> JobCheck | None:
        begun = timer()
        if last is not None and begun - started > last:
            return None
        found = _check_again(archive, folder, state, quick)
        place = recorded_folder(archive.root, folder)
        return replace(found, place=place, seconds=timer() - begun)

    with ThreadPoolExecutor(max_workers=readers, thread_name_prefix="verify") as pool:
        for done, found in enumerate(pool.map(check, folders), 1):
            if found is not None:
                report.add(found, quick=quick)
            progress(done, len(folders))
        if not quick:
            for found in pool.map(check, _sharers(archive.root, everywhere, report)):
                if found is not None:
                    report.add(found, quick=quick)
    _note_left(archive.root, everywhere, state, report, None if quick else clock())
    if not jobs:
        present = {*report.checked, *(_key_in(archive.root / one, state) for one in report.left)}
        report.faults.extend(_absent_jobs(state, present))
        report.faults.extend(_strangers(archive))
        report.notes.extend(_around(archive.root))
        _check_catalogue(archive, everywhere, state, report)
    return report


def _is_meant(folder: Path, jobs: Collection[str]) -> bool:
    return folder.name in jobs or any(folder.name.endswith(f"-{job_key(one)}") for one in jobs)


def _named_but_absent(
    state: LedgerState | None, folders: Collection[Path], jobs: Collection[str]
) -> Iterator[Fault]:
    """Jobs asked for by name whose folder is nowhere. Raises UsageProblem for one of which the
    ledger knows nothing either."""
    for one in jobs:
        if any(_is_meant(folder, [one]) for folder in folders):
            continue
        key = job_key(one)
        if state is None or key not in state.jobs:
            raise UsageProblem(
                f"There is no job “{one}” in this archive.",
                "Name a job by its id or its folder's name; `archiver status -v` lists all.",
            )
        yield from _absent_jobs(state, set(state.jobs) - {key})


def _key_in(folder: Path, state: LedgerState | None) -> str:
    """The ledger key of a folder that was not read."""
    key = ledger_key(folder)
    known = key is not None and (state is None or key in state.jobs)
    return key if known and key is not None else _key_of(folder, state)


def _within(
    folders: Iterable[Path], state: LedgerState | None, budget: Budget, now: datetime
) -> list[Path]:
    """The folders that a budget allows to read, longest unchecked first."""
    checked = state.checked if state is not None else {}
    candidates = [
        Candidate(folder, key, sum(payload_sizes(folder).values()), checked.get(key))
        for folder in folders
        for key in [_key_in(folder, state)]
    ]
    return [one.folder for one in choose(candidates, budget, now)]


def _sharers(root: Path, everywhere: Iterable[Path], report: Report) -> list[Path]:
    """Folders not read so far that hold a hard link to a file that was found damaged: its damage
    is theirs as well."""
    damaged = set()
    for fault in report.faults:
        try:
            found = (root / fault.path).lstat()
        except OSError:
            continue
        if fault.kind == "damaged" and found.st_nlink > 1:
            damaged.add((found.st_dev, found.st_ino))
    read = {check.place for check in report.results}
    if not damaged:
        return []
    return [
        folder
        for folder in everywhere
        if recorded_folder(root, folder) not in read
        and any(_identity(entry) in damaged for _, entry in files_below(folder))
    ]


def _identity(entry: os.DirEntry[str]) -> tuple[int, int]:
    found = entry.stat(follow_symlinks=False)
    return found.st_dev, found.st_ino


def _note_left(
    root: Path,
    everywhere: Iterable[Path],
    state: LedgerState | None,
    report: Report,
    now: datetime | None,
) -> None:
    """Say which jobs were not read, and how long ago the longest unchecked one was. `now` is None
    when this run reads no bytes, and so does not count."""
    read = {check.place for check in report.results}
    report.left = [
        place for folder in everywhere if (place := recorded_folder(root, folder)) not in read
    ]
    checked = state.checked if state is not None else {}
    keys = [_key_in(root / place, state) for place in report.left]
    if now is None:
        keys += report.checked
    times = [checked.get(key) for key in keys]
    if now is not None and report.checked:
        times.append(now)
    known = [one for one in times if one is not None]
    report.oldest_check = min(known) if known and len(known) == len(times) else None


def inner_path(path: str) -> str:
    """A fault's path relative to the job's folder."""
    return "/".join(path.split("/")[3:])


def _is_evidence(fault: Fault) -> bool:
    inner = inner_path(fault.path)
    return inner.startswith(("data/", "seals/")) or (
        "/" not in inner and inner.endswith(".txt") and inner != VIEW_MANIFEST
    )


# --- the ledger -------------------------------------------------------------------------------


def _check_ledger(archive: Archive, report: Report, trust: Trust) -> LedgerState | None:
    check = check_ledger(archive.ledger, trust)
    report.faults.extend(
        Fault(fault.kind, f"ledger/{fault.path}", fault.detail) for fault in check.faults
    )
    report.notes.extend(check.notes)
    if check.state is not None:
        report.ledger_entries = check.state.entries
        report.ledger_head = check.state.head
        _tell_erasures(check.state, report)
    return check.state


def _tell_erasures(state: LedgerState, report: Report) -> None:
    """Say what was erased."""
    report.erasures.extend(state.erasures.values())
    for one in state.erasures.values():
        if not one.done:
            report.notes.append(
                f"Erasure {one.number} was begun and not completed; the next sync or build does so."
            )


def _absent_jobs(state: LedgerState | None, present: Iterable[str]) -> Iterator[Fault]:
    """Jobs the ledger has sealed but whose folder is nowhere."""
    if state is None:
        return
    there = set(present)
    for key, pins in sorted(state.jobs.items()):
        if pins.seals and pins.erased is None and key not in there:
            detail = f"the folder of job {key} is missing (sealed {pins.seals[-1].seal} times)"
            yield Fault("missing", f"jobs/…-{key}", detail, job_id=key)


def _strangers(archive: Archive) -> Iterator[Fault]:
    """Files that lie between the job folders."""
    if not archive.jobs.is_dir():
        yield Fault("missing", "jobs", "the folder of all jobs is missing")
        return
    for year in sorted(archive.jobs.iterdir()):
        inside = sorted(year.iterdir()) if year.is_dir() and not year.is_symlink() else [year]
        for path in inside:
            if path.is_symlink() or not path.is_dir():
                relative = path.relative_to(archive.root).as_posix()
                yield Fault("extra", relative, "is not part of the archive")


_OURS = re.compile(
    r"archive\.json|archiver\.toml|\.archiver|assets|browse(-.*)?(\.html)?|index\.html|jobs|ledger|search"
)


def _around(root: Path) -> Iterator[str]:
    """What lies beside the archive's own folders. It can harm nothing, so it is only said."""
    foreign = sorted(path.name for path in root.iterdir() if not _OURS.fullmatch(path.name))
    if foreign:
        more = " and others" if len(foreign) > 5 else ""
        yield f"Not part of the archive: {', '.join(foreign[:5])}{more}."


def _check_catalogue(
    archive: Archive, folders: Iterable[Path], state: LedgerState | None, report: Report
) -> None:
    """The catalogue is only a cache: that it is behind the bags is a remark, that it claims what
    no bag has a fault."""
    path = archive.catalog_file
    place = path.relative_to(archive.root).as_posix()
    if not path.exists():
        return
    known = state.jobs if state is not None else {}
    try:
        for one in compare_catalogue(path, archive.root, folders):
            pins = known.get(job_key(one.job_id))
            if one.kind == "behind" or (one.kind == "gone" and pins is not None and pins.erased):
                report.notes.append(f"Job {one.job_id}: {one.detail}; the next sync mends that.")
            elif one.kind == "false" or pins is None:
                detail = f"{one.detail}; delete this file, and the next sync makes it again"
                report.faults.append(Fault("catalogue", place, detail, job_id=one.job_id))
    except UNREADABLE as error:
        report.notes.append(f"{place} cannot be read ({error}); the next sync makes it again.")


# --- one job ----------------------------------------------------------------------------------


def _check_again(
    archive: Archive, folder: Path, state: LedgerState | None, quick: bool
) -> JobCheck:
    """Check a job's folder; one exchanged by a running sync meanwhile, or made since the ledger
    was read, is read again."""
    for attempt in range(_TRIES):
        before = _stamp(folder)
        check = _check_job(archive.root, folder, state, quick)
        if not check.faults or attempt == _TRIES - 1:
            break
        try:
            now, _ = read_ledger(archive.ledger)
        except (OSError, BrokenLedger):
            break
        moved = state is None or now.head != state.head
        if not moved and before == _stamp(folder):
            break
        state = now
    return check


def _check_job(root: Path, folder: Path, state: LedgerState | None, quick: bool) -> JobCheck:
    """As `check_job`; a folder that vanishes while it is read is a fault, not an error."""
    try:
        return check_job(root, folder, state, quick=quick)
    except OSError as error:
        place = recorded_folder(root, folder)
        fault = Fault("unreadable", place, f"cannot be read: {error.strerror or error}")
        return JobCheck(_key_of(folder, state), None, (fault,), 0, 0)


def _stamp(folder: Path) -> tuple[int, int] | None:
    """What changes when a folder is exchanged. Used to notice, never to verify."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def check_job(
    root: Path, folder: Path, state: LedgerState | None, *, quick: bool = False
) -> JobCheck:
    """Check one job's folder against its seal, and its seals against the ledger.

    Where a list of hashes is itself damaged, it is named, and not what it can no longer vouch for.
    """
    place = recorded_folder(root, folder)
    try:
        bag = read_bag(folder)
        tags, payload = bag.tags, bag.payload
    except (OSError, ValueError) as error:
        return JobCheck(_key_of(folder, state), None, _unreadable(place, folder, error), 0, 0)
    key = bag.info.get("Ledger-Identifier", "")
    if state is not None and key not in state.jobs:
        key = _key_of(folder, state)
    work = _JobCheck(folder, place, bag, quick, state.jobs.get(key) if state is not None else None)
    work.check_tags(tags)
    work.check_payload(payload)
    work.check_view()
    work.check_strangers({*tags, *payload})
    if state is not None:
        work.check_pins()
        work.check_erased(state)
    work.check_record(key)
    return JobCheck(key, work.job_id, tuple(work.faults), work.files, work.size)


def _key_of(folder: Path, state: LedgerState | None) -> str:
    """The ledger key of a folder whose `bag-info.txt` cannot be trusted to say it."""
    known = [key for key in (state.jobs if state else ()) if folder.name.endswith(f"-{key}")]
    return max(known, key=len, default=folder.name.rpartition("-")[2])


def _unreadable(place: str, folder: Path, error: Exception) -> tuple[Fault, ...]:
    """What keeps a bag from being read: by its tag manifest, else the tag manifest itself."""
    try:
        tags = read_manifest((folder / TAGMANIFEST).read_bytes())
    except FileNotFoundError:
        return (Fault("missing", f"{place}/{TAGMANIFEST}", "is missing"),)
    except (OSError, ValueError) as why:
        return (Fault("damaged", f"{place}/{TAGMANIFEST}", f"is damaged: {why}"),)
    faults = []
    for path, sha256 in tags.items():
        file = folder / path
        if not file.exists():
            faults.append(Fault("missing", f"{place}/{path}", "is missing"))
        elif not file.is_file() or sha256_file(file) != sha256:
            faults.append(Fault("damaged", f"{place}/{path}", "is not what was sealed"))
    return tuple(faults) or (Fault("unreadable", place, f"is not a readable bag: {error}"),)


class _JobCheck:
    """The state of checking one job; lives for one call of `check_job`."""

    def __init__(
        self, folder: Path, place: str, bag: Bag, quick: bool, pins: JobPins | None
    ) -> None:
        self.pins = pins
        self.folder = folder
        self.place = place
        self.bag = bag
        self.quick = quick
        self.job_id = bag.info.get("External-Identifier")
        self.faults: list[Fault] = []
        self.files = 0
        self.size = 0
        self.info_sound = self._fits(BAG_INFO)
        self.number, self.salt = self._newest_salt()
        self.pinned = pins is None or commitment(self.salt, bag.tagmanifest) in pins.accepted
        self.salt_lost = not self.pinned and self._is_salt_lost()
        self.tags_sound = True
        self.manifest_sound = sha256_bytes(bag.manifest) == bag.tags.get(MANIFEST)
        self.view_sound = False

    def _fits(self, path: RelPath) -> bool:
        try:
            return sha256_file(self.folder / path) == self.bag.tags.get(path)
        except OSError:
            return False

    def _newest_salt(self) -> tuple[int, bytes]:
        """Number and salt of the seal; a damaged `bag-info.txt` cannot be trusted to tell it."""
        salts = [path for path in self.bag.tags if _SALT.fullmatch(path)]
        if self.info_sound or not salts:
            return self.bag.number, self.bag.salt
        try:
            return int(max(salts)[6:10]), (self.folder / max(salts)).read_bytes()
        except OSError:
            return self.bag.number, self.bag.salt

    def _is_salt_lost(self) -> bool:
        """Whether it is the salt that is damaged, and not what it opens: neither of the two
        commitments made with it, of seal and view, can be opened."""
        return (
            not self._fits(RelPath(f"{seal_folder(self.number)}/salt")) and not self._opens_view()
        )

    def _opens_view(self) -> bool:
        try:
            return self.pins is None or view_pin(self.folder, self.salt) in self.pins.views
        except OSError:
            return False

    def _check_listed(
        self,
        name: RelPath,
        files: Mapping[RelPath, Sha256],
        *,
        sound: bool,
        always: bool = False,
    ) -> bool:
        """Check the files that a list names. A list that is not `sound` proves nothing: what does
        not fit it is told as the list's own fault. Tells whether the list could be used."""
        before = len(self.faults)
        for path, sha256 in files.items():
            self._check_file(path, sha256, always=always)
        found = self.faults[before:]
        if sound or (files and not found):
            return True
        del self.faults[before:]
        first = ", ".join(sorted(inner_path(fault.path) for fault in found)[:5]) or "any file"
        more = " and others" if len(found) > 5 else ""
        self.fault("damaged", name, f"is damaged; by it these could not be checked: {first}{more}")
        return False

    def fault(self, kind: FaultKind, path: str, detail: str, **more: str) -> None:
        """Note a fault of this job."""
        where = f"{self.place}/{path}" if path else self.place
        self.faults.append(Fault(kind, where, detail, job_id=self.job_id, **more))

    def check_tags(self, tags: Mapping[RelPath, Sha256]) -> None:
        for needed in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt"):
            if needed not in tags:
                self.fault("seal", TAGMANIFEST, f"does not list {needed}")
        if (self.folder / TAGMANIFEST).is_symlink():
            self.fault("damaged", TAGMANIFEST, "is not a file")
        self.tags_sound = self._check_listed(
            TAGMANIFEST, tags, sound=self.pinned or self.salt_lost, always=True
        )
        try:
            if (self.folder / "bagit.txt").read_bytes() != BAGIT_TXT and "bagit.txt" not in tags:
                self.fault("damaged", "bagit.txt", "is not what this program writes")
        except OSError:
            self.fault("missing", "bagit.txt", "is missing")

    def check_payload(self, payload: Mapping[RelPath, Sha256]) -> None:
        self._check_listed(MANIFEST, payload, sound=self.manifest_sound)
        if not self.info_sound:
            return  # what it says of number and bytes proves nothing
        sizes = payload_sizes(self.folder)
        there = (len(sizes), sum(sizes.values()))
        try:
            files, size = self.bag.oxum
        except ValueError:
            self.fault("damaged", "bag-info.txt", "its Payload-Oxum is not one")
            return
        if there != (files, size):
            self.fault(
                "damaged",
                "data",
                f"holds {there[0]} files and {there[1]} bytes, not {files} and {size}",
                expected=f"{size}.{files}",
                found=f"{there[1]}.{there[0]}",
            )

    def check_view(self) -> None:
        try:
            body = (self.folder / VIEW_MANIFEST).read_bytes()
            made = read_manifest(body)
        except FileNotFoundError:
            self.fault("missing", VIEW_MANIFEST, "is missing")
            return
        except (OSError, ValueError) as error:
            self.fault("damaged", VIEW_MANIFEST, f"is damaged: {error}")
            return
        if (self.folder / VIEW_MANIFEST).is_symlink():
            self.fault("damaged", VIEW_MANIFEST, "is not a file")
        known = self.salt_lost or self._opens_view()
        if not known:
            self.fault("damaged", VIEW_MANIFEST, "is not the view the ledger holds")
        self.view_sound = self._check_listed(VIEW_MANIFEST, made, sound=known) and known
        self.view = made

    view: Mapping[RelPath, Sha256] = {}

    def _check_file(self, path: RelPath, sha256: Sha256, *, always: bool = False) -> None:
        """Compare one file with its hash; `quick` only looks whether payload is there."""
        file = self.folder / path
        if ".." in path.split("/") or path.startswith(("/", "~")):
            self.fault("seal", path, "leads out of the bag")
            return
        try:
            if file.is_symlink() or not file.is_file():
                kind: FaultKind = "missing" if not file.exists() else "damaged"
                self.fault(kind, path, "is missing" if kind == "missing" else "is not a file")
                return
            self.files += 1
            self.size += file.stat().st_size
            if self.quick and not always:
                return
            found = sha256_file(file)
        except OSError as error:
            self.fault("unreadable", path, f"cannot be read: {error}")
            return
        if found != sha256:
            self.fault("damaged", path, "is not what was sealed", expected=sha256, found=found)

    def check_strangers(self, sealed: set[RelPath]) -> None:
        known = {*sealed, *self.view, TAGMANIFEST, VIEW_MANIFEST}
        for path, _ in files_below(self.folder):
            if path not in known and self._has_list(path):
                self.fault("extra", path, "is not part of the archive")

    def _has_list(self, path: RelPath) -> bool:
        """Whether the list that would name a file is sound, so that its silence says something."""
        if path.startswith("data/"):
            return self.manifest_sound
        if path.startswith("seals/") or path in ("bagit.txt", BAG_INFO, MANIFEST):
            return self.tags_sound and (self.pinned or self.salt_lost)
        return self.view_sound

    # Against the ledger

    def check_pins(self) -> None:
        pins = self.pins
        if pins is None or not (pins.seals or pins.open):
            self.fault("seal", "", "the ledger knows nothing of this bag")
            return
        if not self.pinned and not self.salt_lost:
            self.fault(
                "seal",
                TAGMANIFEST,
                f"seal {self.number} is not the one the ledger holds as the last",
            )
        named = {inner_path(fault.path) for fault in self.faults}
        if self.tags_sound and not any(path.startswith("seals/") for path in named):
            self._check_past(pins)

    def check_erased(self, state: LedgerState) -> None:
        """A job that was erased whole must not be here again (from a copy, say)."""
        number = self.pins.erased if self.pins is not None else None
        if number is not None and state.erasures[number].done:
            self.fault(
                "extra",
                "",
                f"was erased (ledger entry {number}) and is here again; erase it once more",
            )

    def _check_past(self, pins: JobPins) -> None:
        """Open every earlier commitment, and see each seal's payload stand in the next."""
        first = max((one for one in pins.restarts if one <= self.number), default=1)
        closed = {pin.seal: pin for pin in pins.seals if first <= pin.seal}
        later: Mapping[RelPath, Sha256] | None = self.bag.payload if self.manifest_sound else None
        manifests = past_tags(self.folder, self.bag.tags, "manifest-sha256.txt")
        tagmanifests = past_tags(self.folder, self.bag.tags, "tagmanifest-sha256.txt")
        dropped = pins.dropped_before(self.bag.commitment)
        for number in range(self.number - 1, first - 1, -1):
            if number in dropped:
                # An erasure took what opened it, as the ledger says. A seal before it that was
                # kept held nothing of what was erased: all of it must stand in what follows.
                continue
            try:
                body = tagmanifests.body(number)
                manifest = manifests.body(number)
                listed = read_manifest(body).get(RelPath("manifest-sha256.txt"))
                earlier = read_manifest(manifest)
            except (OSError, KeyError, ValueError) as error:
                self.fault("seal", seal_folder(number), f"cannot be opened: {error}")
                return
            self._check_commitment(closed.get(number), number, body)
            if listed != sha256_bytes(manifest):
                self.fault("seal", seal_folder(number), "its manifest is not the one it sealed")
                return
            if later is not None:
                self._check_kept(number, earlier, later)
            later = earlier

    def _check_commitment(self, pin: SealPin | None, number: int, body: bytes) -> None:
        try:
            salt = (self.folder / seal_folder(number) / "salt").read_bytes()
        except OSError:
            return  # already named by check_tags
        if pin is None:
            self.fault("seal", seal_folder(number), "the ledger knows nothing of this seal")
        elif commitment(salt, body) != pin.commitment:
            self.fault("seal", seal_folder(number), "is not the seal the ledger holds")

    def _check_kept(
        self, number: int, earlier: Mapping[RelPath, Sha256], later: Mapping[RelPath, Sha256]
    ) -> None:
        for path, sha256 in earlier.items():
            if path != RECORD_PATH and later.get(path) != sha256:
                self.fault(
                    "damaged",
                    path,
                    f"was sealed with other bytes in seal {number}",
                    expected=sha256,
                    found=later.get(path, "nothing"),
                )

    def check_record(self, key: str) -> None:
        try:
            record = load_job(self.folder)
        except (OSError, ValueError, ArchiverError) as error:
            self.fault("damaged", RECORD_PATH, f"cannot be read: {error}")
            return
        if job_key(record.job_id) != key or record.folder != self.folder.name:
            self.fault("seal", RECORD_PATH, "belongs to another folder")
