"""Repair: a damaged or missing file gives way to the very bytes that were sealed, or stays.

They come from an intact copy elsewhere in the archive, else from a download, and only when their
hash is the sealed one; no hash is ever changed to fit a file. What was damaged goes to
`.archiver/quarantine/`, never away. Killed at any moment, a file is the old one or the good one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from archiver.archive import Archive, OpenArchive, find_folder
from archiver.build import build_views
from archiver.damage import (
    Loss,
    find_copies,
    has_lost_view,
    losses_of,
    written_again,
)
from archiver.decoders import Decoders
from archiver.jobcheck import Fault
from archiver.ledger import BrokenLedger, LedgerState, read_ledger
from archiver.models import RelPath, Sha256
from archiver.recording import record_report
from archiver.storage import (
    explain,
    fsync_dir,
    fsync_file,
    is_sound,
    link_or_copy,
    make_read_only,
    put_file,
    remove_tree,
)
from archiver.verify import Report, verify_archive
from archiver.view import view_maker

Source = Literal["copy", "download", "made"]
"""Where good bytes came from; `made` is a list written again from what it lists."""
Fetch = Callable[[Sequence[Loss]], Mapping[Loss, "Path | str"]]
"""Downloads what is lost: for each the file that has its bytes, or in words why there is none."""
JOURNAL = "repair-{}.json"
_BACKUP = "bring it back from a backup"
_NO_COPY = "no other job has the same bytes"


@dataclass(frozen=True, slots=True)
class Repaired:
    """A file that is good again (or, in a dry run, would be): by ledger key, and from where."""

    key: str
    file: RelPath
    source: Source


@dataclass
class RepairReport:
    """What a repair did: files, views made again (by folder), and every fault that is left with
    what to do about it. `checked` is the verification that stands at its end."""

    repaired: list[Repaired] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    left: list[tuple[Fault, str]] = field(default_factory=list)
    checked: Report = field(default_factory=Report)

    @property
    def exit_code(self) -> int:
        """0 when everything is sound now, else 3."""
        return 3 if self.left else 0


def no_fetch(losses: Sequence[Loss]) -> Mapping[Loss, Path | str]:
    """Downloads nothing."""
    return dict.fromkeys(losses, "nothing was downloaded")


def plan_repair(archive: Archive, *, jobs: Collection[str] = ()) -> RepairReport:
    """What a repair would do without a download; nothing is written.

    Raises NotAnArchive, NewerFormat, UsageProblem.
    """
    try:
        state, _ = read_ledger(archive.ledger)
    except (OSError, BrokenLedger):
        state = LedgerState()  # named by the verification; by such a ledger nothing is certain
    report = RepairReport(checked=verify_archive(archive, jobs=jobs))
    lost = [loss for one in report.checked.results for loss in losses_of(archive, one, state)]
    work = _Repair(archive, find_copies(archive, {loss.sha256 for loss in lost}))
    for loss in lost:
        source = work.find(loss)
        if source is not None:
            report.repaired.append(Repaired(loss.key, loss.file, source[0]))
        else:
            work.why[loss.path] = f"{_NO_COPY}; a repair would try to download it"
    report.views = [one.place for one in report.checked.results if has_lost_view(one)]
    mended = {loss.path for loss in lost} - set(work.why)
    faults = [f for f in report.checked.faults if archive.root / f.path not in mended]
    report.left = [(fault, work.advice(fault)) for fault in faults]
    return report


def repair(
    opened: OpenArchive,
    *,
    jobs: Collection[str] = (),
    fetch: Fetch = no_fetch,
    clock: Callable[[], datetime],
) -> RepairReport:
    """Repair an archive, or some jobs of it and those that share their damage. Under the lock.

    The jobs are verified before and after, and the result is recorded as `verify` does. Raises
    DiskFull, NotWritable, UsageProblem.
    """
    archive = opened.archive
    scratch = archive.private / "staging" / "repair"
    remove_tree(scratch)
    finish_journals(opened, clock)
    found = verify_archive(archive, jobs=jobs, clock=clock)
    lost = [loss for one in found.results for loss in losses_of(archive, one, opened.pins)]
    work = _Repair(archive, find_copies(archive, {loss.sha256 for loss in lost}))
    report = RepairReport()
    for key in dict.fromkeys(loss.key for loss in lost):
        work.mend(opened, [loss for loss in lost if loss.key == key], clock)
    missing = [loss for loss in lost if not is_sound(loss.path, loss.sha256)]
    if missing:
        work.take(fetch(missing))
        for key in dict.fromkeys(loss.key for loss in missing):
            work.mend(opened, [loss for loss in missing if loss.key == key], clock)
    report.repaired = work.repaired
    views = [one.place for one in found.results if has_lost_view(one)]
    if views:
        folders = [archive.root / place for place in views]
        with Decoders() as decoders:
            make_view = view_maker(opened, decoders.load)
            build_views(opened, make_view, clock, folders=folders, damaged_too=True)
    remove_tree(scratch)
    touched = [one.place for one in found.results if one.faults]
    report.checked = _after(archive, found, touched, clock)
    still = {fault.path for fault in report.checked.faults}
    report.views = [place for place in views if not any(_is_view_of(p, place) for p in still)]
    report.left = [(fault, work.advice(fault)) for fault in report.checked.faults]
    record_report(opened, report.checked, clock)
    return report


def _is_view_of(path: str, place: str) -> bool:
    inner = path.removeprefix(f"{place}/")
    return path != inner and not inner.startswith(("data/", "seals/"))


def _after(
    archive: Archive, found: Report, touched: Collection[str], clock: Callable[[], datetime]
) -> Report:
    """The verification that stands after a repair: jobs that had faults are read again."""
    if not touched:
        return found
    again = verify_archive(
        archive, jobs=[place.rpartition("/")[2] for place in touched], clock=clock
    )
    read = {one.place for one in again.results}
    merged = Report(
        ledger_entries=again.ledger_entries, ledger_head=again.ledger_head, notes=found.notes
    )
    for one in (*(one for one in found.results if one.place not in read), *again.results):
        merged.add(one)
    of_jobs = {id(fault) for one in found.results for fault in one.faults}
    merged.faults += [fault for fault in found.faults if id(fault) not in of_jobs]
    return merged


class _Repair:
    """The work of one repair: where good bytes are, what was put right, and why the rest was not.

    `good` are files whose bytes were looked at; `why` is by the path of what stays lost.
    """

    def __init__(self, archive: Archive, copies: Mapping[Sha256, list[Path]]) -> None:
        self.archive = archive
        self.copies = copies
        self.fetched: dict[Loss, Path] = {}
        self.repaired: list[Repaired] = []
        self.why: dict[Path, str] = {}

    def take(self, fetched: Mapping[Loss, Path | str]) -> None:
        """Take downloads in, and reasons why there are none."""
        for loss, one in fetched.items():
            if isinstance(one, Path):
                self.fetched[loss] = one
            else:
                self.why[loss.path] = f"{_NO_COPY}, and {one}"

    def find(self, loss: Loss) -> tuple[Source, Path | bytes] | None:
        """Good bytes for a loss: hashed just now."""
        for path in self.copies.get(loss.sha256, ()):
            if path != loss.path and is_sound(path, loss.sha256):
                return "copy", path
        body = written_again(loss)
        if body is not None:
            return "made", body
        path_or_none = self.fetched.get(loss)
        if path_or_none is not None and is_sound(path_or_none, loss.sha256):
            return "download", path_or_none
        return None

    def mend(
        self, opened: OpenArchive, losses: Sequence[Loss], clock: Callable[[], datetime]
    ) -> None:
        """Put right what can be of one job, and write that into the ledger."""
        sources = {loss: found for loss in losses if (found := self.find(loss)) is not None}
        if not sources:
            return
        key = losses[0].key
        journal = self.archive.private / JOURNAL.format(key)
        noted = {loss.file: [loss.sha256, source] for loss, (source, _) in sources.items()}
        put_file(journal, json.dumps({"job": key, "files": noted}).encode())
        done: dict[str, Source] = {}
        for loss, (source, good) in sources.items():
            try:
                self._put(loss, good)
            except OSError as error:
                if (ours := explain(error, loss.path)) is not None:
                    raise ours from error
                self.why[loss.path] = f"the good bytes could not be put there: {error}"
                continue
            self.why.pop(loss.path, None)
            done[loss.file] = source
            self.repaired.append(Repaired(key, loss.file, source))
        if done:
            opened.ledger.append("repaired", clock(), job=key, files=done)
        journal.unlink()

    def _put(self, loss: Loss, good: Path | bytes) -> None:
        """Bring good bytes to where they belong, by a rename: never half. Raises OSError."""
        staged = self.archive.private / "staging" / "repair" / f"{loss.key}-{loss.path.name}"
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.unlink(missing_ok=True)
        if isinstance(good, bytes):
            staged.write_bytes(good)
        elif loss.file.startswith("data/"):
            link_or_copy(good, staged)
            make_read_only(staged)
        else:
            shutil.copyfile(good, staged)
        fsync_file(staged)
        if not is_sound(staged, loss.sha256):
            raise OSError(5, "the copy came out damaged", str(staged))
        _quarantine(self.archive, loss)
        loss.path.parent.mkdir(parents=True, exist_ok=True)
        if os.name == "nt" and loss.path.exists():
            loss.path.chmod(0o600)  # Windows refuses to replace a read-only file
        staged.replace(loss.path)
        fsync_dir(loss.path.parent)

    def advice(self, fault: Fault) -> str:
        """What keeps a fault from being repaired, and what to do."""
        why = self.why.get(self.archive.root / fault.path)
        if why is not None:
            return f"{why}; {_BACKUP}"
        return {
            "extra": "it is not ours to remove: look at it and move it away",
            "ledger": "a ledger is never mended: bring it back from a backup",
            "catalogue": "the bags are not affected",
        }.get(fault.kind, f"nothing here says what the right bytes are; {_BACKUP}")


def _quarantine(archive: Archive, loss: Loss) -> None:
    """Keep what is in a lost file's place. It stays where it is as well, until the good bytes
    replace it; only a folder in a file's place has to be moved."""
    path = loss.path
    if not os.path.lexists(path):
        return
    aside = archive.private / "quarantine" / loss.folder.name / loss.file
    aside.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    first = aside
    while os.path.lexists(aside):
        if not path.is_symlink() and path.is_file() and aside.exists() and aside.samefile(path):
            return  # a run that was killed has put it there
        number += 1
        aside = first.with_name(f"{number}-{first.name}")
    if path.is_symlink():
        aside.symlink_to(path.readlink())
    elif path.is_dir():
        path.rename(aside)
    else:
        link_or_copy(path, aside)
        fsync_file(aside)
    fsync_dir(aside.parent)


def finish_journals(opened: OpenArchive, clock: Callable[[], datetime]) -> None:
    """Write into the ledger what a killed repair put right but could not say. Raises OSError."""
    for journal in sorted(opened.archive.private.glob(JOURNAL.format("*"))):
        try:
            noted = json.loads(journal.read_bytes())
            key, files = str(noted["job"]), dict(noted["files"])
            folder = find_folder(opened.archive.root, key)
            done = {
                file: source
                for file, (sha256, source) in files.items()
                if folder is not None and is_sound(folder / file, Sha256(sha256))
            }
        except (ValueError, KeyError, TypeError):
            done = {}
        if done and key in opened.pins.jobs:
            opened.ledger.append("repaired", clock(), job=key, files=done)
        journal.unlink()
