"""Verification: every byte, every seal, every link of the ledger; each fault named.

What is proven is that nothing changed since it was archived, never that it is true. Nothing is
repaired here. Verification depends on no time, mode, inode or link, and on no catalogue.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from archiver.archive import Archive, job_folders, ledger_key, payload_sizes, recorded_folder
from archiver.bag import VIEW_MANIFEST
from archiver.budget import WHOLE, Budget, Candidate, choose
from archiver.catalogcheck import UNREADABLE, compare_catalogue
from archiver.chain import BrokenLedger
from archiver.errors import UsageProblem
from archiver.jobcheck import Fault, JobCheck, check_job, inner_path, key_of
from archiver.ledger import read_ledger
from archiver.ledgercheck import NO_TRUST, Trust, check_ledger
from archiver.naming import job_key
from archiver.pins import Erasure, LedgerState
from archiver.storage import files_below

READERS = 4
"""Threads that read and hash: hashing leaves Python's lock, so two cores are kept busy."""
_TRIES = 3


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
    return key if known and key is not None else key_of(folder, state)


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
    r"archive\.json|archiver\.toml|\.archiver|assets|branding|browse(-.*)?(\.html)?|index\.html"
    r"|jobs|ledger|photos(-.*)?(\.html)?|reused\.html|search"
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
        return JobCheck(key_of(folder, state), None, (fault,), 0, 0)


def _stamp(folder: Path) -> tuple[int, int] | None:
    """What changes when a folder is exchanged. Used to notice, never to verify."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
