"""An archive of forty jobs, damaged in every way: each damage is found and named, none falsely.

By default a sample of the files; `ARCHIVER_TORTURE=1 pytest tests/faults/test_forty.py` takes
every file of evidence, seal and view in turn. Each deed is judged by the check of every job that
holds the file, by name or by hard link (and a job that does not hold it cannot tell); a sample of
the deeds by a verification of the whole archive, which comes to the same.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.archive import Archive, job_folders
from archiver.jobcheck import Fault, check_job
from archiver.ledger import BrokenLedger, LedgerState, read_ledger
from archiver.localapi import Workspace
from archiver.verify import verify_archive
from tests.faults.lab import TORTURE, copy_archive, sample
from tests.pipeline import AMIRA, START, Clock, a_jpeg, a_workspace, add_photo, synced

JOBS = 40
WHOLE_ONES = 5
"""Of the deeds of each kind, so many are judged by a verification of the whole archive too."""


def forty_jobs() -> Workspace:
    """Forty jobs; one photo is in ten of them."""
    workspace = a_workspace(jobs=JOBS, photos=2)
    for job in workspace.jobs[::4]:
        workspace.add_photo(
            job.job_id, a_jpeg(777), a_jpeg(777, (32, 24)), name="shared", by=AMIRA, at=START
        )
    return workspace


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its archive; every fifth job was sealed twice."""
    root = tmp_path_factory.mktemp("forty") / "sound"
    workspace = forty_jobs()
    clock = Clock()
    synced(root, workspace, clock=clock)
    clock.forward(days=1)
    for number, job in enumerate(workspace.jobs[::5]):
        workspace.add_chat(job.job_id, f"Once more, {number}.", by=AMIRA, at=clock.now)
        add_photo(workspace, job, 90_000 + number, START + timedelta(days=1))
    synced(root, workspace, clock=clock)
    report = verify_archive(Archive(root))
    assert (report.faults, report.jobs) == ([], JOBS)
    return root


@dataclass
class Bench:
    """A copy of the archive to damage, with what a judge needs to know of it. `holders` gives, for
    an inode, each place that has it."""

    root: Path
    state: LedgerState
    holders: dict[int, list[Path]] = field(default_factory=dict)

    @classmethod
    def copy(cls, sound: Path, root: Path) -> Bench:
        """A fresh copy."""
        copy_archive(sound, root)
        bench = cls(root, read_ledger(root / "ledger")[0])
        for path in bench.files():
            bench.holders.setdefault(path.stat().st_ino, []).append(path)
        return bench

    def files(self) -> Iterator[Path]:
        """Every file of every job's folder."""
        for folder in job_folders(self.root):
            yield from sorted(path for path in folder.rglob("*") if path.is_file())

    def once(self) -> list[Path]:
        """One name of every file: what hard links share is damaged once."""
        return sorted(paths[0] for paths in self.holders.values())

    def name(self, path: Path) -> str:
        """A path as a fault has it."""
        return path.relative_to(self.root).as_posix()

    def check(self, paths: Sequence[Path]) -> list[Fault]:
        """What the jobs say that these paths belong to."""
        folders = {self.root / Path(*path.relative_to(self.root).parts[:3]) for path in paths}
        return [
            fault
            for folder in sorted(folders)
            for fault in check_job(self.root, folder, self.state).faults
        ]


def unfound(bench: Bench, faults: Sequence[Fault], touched: Sequence[Path]) -> list[str]:
    """What is wrong with a judgement: files not named, and files falsely named."""
    wanted = {bench.name(path) for path in touched}
    named = {fault.path for fault in faults}
    wrong = [f"{name}: not named" for name in sorted(wanted - named)]
    for fault in faults:
        # What is said of the folder that holds the file is true of it.
        true = fault.path in wanted or any(one.startswith(f"{fault.path}/") for one in wanted)
        if not true:
            wrong.append(f"falsely named: {fault}")
    return wrong


@dataclass
class Tally:
    """How many deeds of a kind were done, in how many files, and what went wrong."""

    kind: str
    made: int = 0
    files: int = 0
    whole: int = 0
    wrong: list[str] = field(default_factory=list)

    def judge(
        self, bench: Bench, touched: Sequence[Path], *, whole: bool, near: Sequence[Path] = ()
    ) -> None:
        """Judge what was done to some paths, by the jobs that hold them; perhaps by all."""
        self.made += 1
        self.files += len(touched)
        few = bench.check([*touched, *near])
        self.wrong += [f"{self.kind} {touched[0]}: {x}" for x in unfound(bench, few, touched)]
        if whole:
            self.whole += 1
            every = verify_archive(Archive(bench.root)).faults
            assert sorted(map(str, every)) == sorted(map(str, few)), touched

    def end(self, least: int) -> None:
        """Say the figures; fail on anything that went wrong."""
        print(
            f"{self.kind}: {self.made} damages made in {self.files} files of {JOBS} jobs, "
            f"{self.made - len(self.wrong)} found and named, {len(self.wrong)} wrong; "
            f"{self.whole} judged by a whole verification too"
        )
        assert self.wrong == []
        assert self.made >= least


def rewrite(path: Path, body: bytes) -> None:
    """Other bytes in the same inode: whoever shares it has them too."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(body)
        file.truncate(len(body))


def flipped(body: bytes, seed: str) -> bytes:
    """One bit of one byte, somewhere."""
    place = random.Random(seed).randrange(len(body))
    return body[:place] + bytes([body[place] ^ 1 << place % 8]) + body[place + 1 :]


def chosen(bench: Bench, wanted: int) -> list[tuple[bool, Path]]:
    """The files to damage, and whether the whole archive is to be verified for it."""
    paths = sample(bench.once(), wanted)
    every = max(len(paths) // WHOLE_ONES, 1)
    return [(number % every == every // 2, path) for number, path in enumerate(paths)]


ALTERED: dict[str, Callable[[bytes, str], bytes]] = {
    "flip": flipped,
    "truncate": lambda body, _: body[: len(body) * 2 // 3],
}


@pytest.mark.parametrize("kind", ALTERED)
def test_one_byte_or_the_end_of_any_file_is_missed_in_every_job_that_has_it(
    sound: Path, tmp_path: Path, kind: str
) -> None:
    """A file that hard links share is damaged in all of them, and named in each."""
    bench = Bench.copy(sound, tmp_path / "a")
    tally = Tally(kind)
    for whole, path in chosen(bench, 50):
        body = path.read_bytes()
        rewrite(path, ALTERED[kind](body, path.name))
        tally.judge(bench, bench.holders[path.stat().st_ino], whole=whole)
        rewrite(path, body)
    tally.end(50)
    assert verify_archive(Archive(bench.root)).faults == []


def test_any_file_that_is_deleted_is_missed(sound: Path, tmp_path: Path) -> None:
    """By the job that had it, and by no other that shares it."""
    bench = Bench.copy(sound, tmp_path / "a")
    tally = Tally("delete")
    for whole, path in chosen(bench, 50):
        aside = bench.root.parent / "aside"
        path.rename(aside)
        tally.judge(bench, [path], whole=whole)
        aside.rename(path)
    tally.end(50)
    assert verify_archive(Archive(bench.root)).faults == []


def test_any_two_files_that_changed_places_are_missed(sound: Path, tmp_path: Path) -> None:
    """Within a job and between jobs, of one kind and of two."""
    bench = Bench.copy(sound, tmp_path / "a")
    tally = Tally("swap")
    files = [path for path in bench.files() if "assets" not in path.parts and not _opens(path)]
    dice = random.Random(40)
    pairs = [tuple(dice.sample(files, 2)) for _ in range(2000 if TORTURE else 40)]
    for number, (one, other) in enumerate(pairs):
        if one.read_bytes() == other.read_bytes():
            continue
        _exchange(one, other)
        tally.judge(bench, [one, other], whole=number % (len(pairs) // WHOLE_ONES) == 0)
        _exchange(one, other)
    tally.end(35)
    assert verify_archive(Archive(bench.root)).faults == []


def _opens(path: Path) -> bool:
    """Whether a file is one of those without which other files of the job cannot be judged: then
    the list is named, and what could not be checked by it. `test_tampering` swaps these."""
    return path.suffix == ".txt" or path.name == "salt"


def _exchange(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def test_a_file_too_many_is_found_wherever_it_lies(sound: Path, tmp_path: Path) -> None:
    """In any folder of any job, between the jobs, in a year of its own."""
    bench = Bench.copy(sound, tmp_path / "a")
    tally = Tally("add")
    folders = sorted({Path(d) for f in job_folders(bench.root) for d, _, _ in os.walk(f)})
    folders = list(sample(folders, 40))
    for number, folder in enumerate(folders):
        stranger = folder / ("stranger.txt" if number % 2 else ".DS_Store")
        stranger.write_text("I was never archived.")
        tally.judge(bench, [stranger], whole=number % (len(folders) // WHOLE_ONES) == 0)
        stranger.unlink()
    for place in ("jobs/note.txt", "jobs/2025/note.txt"):
        (bench.root / place).write_text("x")
        faults = verify_archive(Archive(bench.root)).faults
        assert [fault.path for fault in faults] == [place]
        (bench.root / place).unlink()
        tally.made += 1
    tally.end(40)


def test_whatever_is_done_to_the_ledger_is_found(sound: Path, tmp_path: Path) -> None:
    """One byte of any line but the last, a line taken out, two in each other's place, one twice,
    its end cut off, all of it deleted."""
    bench = Bench.copy(sound, tmp_path / "a")
    path = bench.root / "ledger/ledger.jsonl"
    body = path.read_bytes()
    lines = body.splitlines(keepends=True)
    dice = random.Random(4)
    last = len(body) - len(lines[-1])
    flips = range(last) if TORTURE else sorted(dice.sample(range(last), 60))
    seals = [n for n, line in enumerate(lines[:-1]) if b'"sealing"' in line]
    deeds = [body[:n] + bytes([body[n] ^ 1 << n % 8]) + body[n + 1 :] for n in flips]
    for n in range(1, len(lines) - 1) if TORTURE else dice.sample(range(1, len(lines) - 1), 20):
        deeds.append(b"".join(lines[:n] + lines[n + 1 :]))
        deeds.append(b"".join(lines[: n + 1] + lines[n:]))
        if n + 1 < len(lines):
            deeds.append(b"".join([*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]]))
    deeds += [b"".join(lines[:n]) for n in (seals if TORTURE else dice.sample(seals, 10))]
    deeds += [b"", body[:-1], body[: len(body) // 2]]
    unnoticed = []
    for number, deed in enumerate(deeds):
        path.write_bytes(deed)
        if not _is_noticed(bench.root, whole=number % (len(deeds) // WHOLE_ONES) == 0):
            unnoticed.append(number)
    path.unlink()
    assert verify_archive(Archive(bench.root), quick=True).exit_code == 3
    print(f"ledger: {len(deeds) + 1} damages made, {len(deeds) + 1 - len(unnoticed)} found")
    assert unnoticed == []


def _is_noticed(root: Path, *, whole: bool) -> bool:
    """Whether a damaged ledger is found. One whose chain does not hold is a fault of any
    verification, so that is made only for some of those, and for every other one."""
    try:
        read_ledger(root / "ledger")
    except BrokenLedger:
        if not whole:
            return True
    return verify_archive(Archive(root), quick=True).exit_code == 3
