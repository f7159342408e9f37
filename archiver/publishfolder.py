"""The published folder brought up to date: only what changed is written, only what we made goes.

What was put there is listed, with hashes, in the user's own state folder and not beside it: the
list would tell unlisted addresses, and whatever lies in the folder is served. Before anything is
written the list says what will be, so that a run that was killed is completed by the next one. A
file that is not in the list, or was changed since, is neither overwritten nor removed.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from archiver.errors import ArchiveLocked, ArchiverError, UsageProblem
from archiver.models import RelPath, Sha256
from archiver.storage import (
    explained,
    files_below,
    fsync_file,
    link_or_copy,
    move,
    put_file,
    remove_file,
    remove_torn,
    remove_tree,
    sha256_bytes,
    sha256_file,
)

_SHOWN = 10
_INDEX = ("index.html", "browse", "photos", "search/")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was put into the folder: its hash and, for telling quickly that it still is that
    file, its size in bytes and time of change in nanoseconds. `former` is the hash it had before a
    run that may not have come to it."""

    sha256: Sha256
    size: int = -1
    changed: int = -1
    former: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the folder: how many files were written and left as they were, which were
    removed, which of ours were changed by somebody and therefore stayed, and bytes written."""

    written: int = 0
    unchanged: int = 0
    removed: tuple[RelPath, ...] = ()
    stayed: tuple[RelPath, ...] = ()
    size: int = 0


def check_places(archive: Path, folder: Path) -> None:
    """Raises UsageProblem when one of the two lies in the other, or `folder` is a link."""
    ours, theirs = archive.resolve(), folder.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        raise UsageProblem(
            f"{folder} and the archive lie in one another: the archive would be published.",
            "Name a folder of its own for what is published.",
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageProblem(f"{folder} is no folder.", "Name a folder, new or published before.")
    if not theirs.parent.is_dir():
        raise UsageProblem(f"There is no folder {theirs.parent}.", "Make it first.")


class PublishFolder:
    """The folder that is published, and the list of what was put there, in `state`."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        self._mark = sha256_bytes(os.fsencode(folder.resolve()))[:24]
        self._list = state / "published" / f"{self._mark}.json"
        self.files: dict[RelPath, Kept] = {}
        self.jobs: dict[RelPath, str] = {}
        """The folder of each published job, and a digest of what it was made from."""

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Hold the folder; gives a new folder aside, on the same disk where that may be, gone
        afterwards.

        Raises ArchiveLocked when another run holds it, NotWritable, OSError.
        """
        self._list.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self._list.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ArchiveLocked(
                f"Another publish is writing to {self.folder}.", "Wait until it has ended."
            ) from error
        beside = self.folder.resolve().parent
        if not os.access(beside, os.W_OK):
            beside = self._list.parent  # a web root's own parent is often the system's
        aside = beside / f".archiver-publish-{self._mark}"
        try:
            with explained(aside):
                remove_tree(aside)  # a killed run's
                aside.mkdir(mode=0o700)
            self._read()
            yield aside
        finally:
            remove_tree(aside)
            lock.release()

    def _read(self) -> None:
        try:
            said = json.loads(self._list.read_bytes())
            self.files = {RelPath(path): Kept(*kept) for path, kept in said["files"].items()}
            self.jobs = {RelPath(path): str(made) for path, made in said["jobs"].items()}
        except FileNotFoundError:
            self.files, self.jobs = {}, {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArchiverError(
                f"The list of what was published, {self._list}, cannot be read: {error}.",
                "Remove the list and what is published, then publish anew.",
            ) from error

    def _write(self) -> None:
        files = {
            path: [one.sha256, one.size, one.changed, one.former]
            for path, one in sorted(self.files.items())
        }
        said: dict[str, Any] = {"folder": str(self.folder.resolve())}
        said |= {"jobs": dict(sorted(self.jobs.items())), "files": files}
        put_file(self._list, json.dumps(said, indent=0).encode() + b"\n")

    def reuse(self, reference: str, made_from: str, site: Path) -> RelPath | None:
        """Bring a job that is published already, and was made from the same, into `site`, if every
        file of it is as it was put there; gives its folder. Raises OSError."""
        for folder, made in self.jobs.items():
            if made != made_from or not folder.endswith(f"-{reference}"):
                continue
            files = [path for path in self.files if path.startswith(f"{folder}/")]
            if not files or not all(map(self._is_as_kept, files)):
                return None
            for path in files:
                (site / path).parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(self.folder / path, site / path)
            return folder
        return None

    def _is_as_kept(self, path: RelPath) -> bool:
        """Whether a file is, as far as its size and time tell, the one that was put there."""
        kept, target = self.files[path], self.folder / path
        try:
            found = target.lstat()
        except OSError:
            return False
        same = (kept.size, kept.changed) == (found.st_size, found.st_mtime_ns)
        return same and kept.former is None and stat.S_ISREG(found.st_mode)

    def update(self, aside: Path, jobs: Mapping[RelPath, str] | None = None) -> Outcome:
        """Make the folder what `aside` is; `jobs` are its jobs' folders, each with a digest of what
        it was made from. Raises ArchiverError when a file that is not ours would
        have to give way: then nothing was changed. Raises DiskFull, NotWritable, OSError."""
        with explained(self.folder):
            remove_torn(self.folder, below=True)
            wanted = {path: sha256_file(Path(entry.path)) for path, entry in files_below(aside)}
            fresh = [path for path in wanted if not self._is_there(path, wanted[path])]
            self._refuse_strangers(fresh)
            gone = [path for path in self.files if path not in wanted]
            if fresh or gone:
                self._promise(wanted, fresh)
            size = self._bring(aside, fresh, wanted)
            removed, stayed = self._remove(gone)
            self._settle(wanted, stayed, jobs or {})
        unchanged = len(wanted) - len(fresh)
        return Outcome(len(fresh), unchanged, tuple(removed), tuple(stayed), size)

    def _is_there(self, path: RelPath, sha256: Sha256) -> bool:
        """Whether the folder has a file already. One with the very bytes is ours, whoever put it
        there: so nothing is lost with the list."""
        target = self.folder / path
        try:
            found = target.lstat()
        except OSError:
            return False
        if target.is_symlink() or not target.is_file():
            return False
        kept = self.files.get(path)
        if kept and (kept.size, kept.changed) == (found.st_size, found.st_mtime_ns):
            return kept.sha256 == sha256
        return sha256_file(target) == sha256

    def _refuse_strangers(self, fresh: Iterable[RelPath]) -> None:
        strangers = [path for path in fresh if self._is_strange(path)]
        if strangers:
            more = f" and {len(strangers) - _SHOWN} more" if len(strangers) > _SHOWN else ""
            raise ArchiverError(
                f"In {self.folder} lie files that publish did not make, or that were changed since:"
                f" {', '.join(strangers[:_SHOWN])}{more}. Nothing was changed.",
                "Move them away, or name another folder.",
            )

    def _is_strange(self, path: RelPath) -> bool:
        """Whether something lies in a file's place that is not of our making."""
        target = self.folder
        for part in path.split("/")[:-1]:
            target /= part
            if target.is_symlink() or (target.exists() and not target.is_dir()):
                return True
        target = self.folder / path
        if not target.is_symlink() and not target.exists():
            return False
        return not self._is_ours(path)

    def _is_ours(self, path: RelPath) -> bool:
        kept, target = self.files.get(path), self.folder / path
        if kept is None or target.is_symlink() or not target.is_file():
            return False
        return sha256_file(target) in (kept.sha256, kept.former)

    def _promise(self, wanted: Mapping[RelPath, Sha256], fresh: Iterable[RelPath]) -> None:
        """Write down what will be there, before it is."""
        for path in fresh:
            before = self.files.get(path)
            former = None if before is None else before.sha256
            if before is not None and before.former and not self._has(path, before.sha256):
                former = before.former  # a killed run never came to it
            self.files[path] = Kept(wanted[path], former=former)
        self._write()

    def _has(self, path: RelPath, sha256: Sha256) -> bool:
        target = self.folder / path
        return target.is_file() and sha256_file(target) == sha256

    def _bring(self, aside: Path, fresh: list[RelPath], wanted: Mapping[RelPath, Sha256]) -> int:
        """Put the new files into their places, each whole; what lists them comes last."""
        size = 0
        for path in sorted(fresh, key=lambda one: (one.startswith(_INDEX), one)):
            source, target = aside / path, self.folder / path
            size += source.stat().st_size
            target.parent.mkdir(parents=True, exist_ok=True)
            self._put(source, target)
        return size

    def _put(self, source: Path, target: Path) -> None:
        if source.stat().st_nlink > 1 or not os.access(source, os.W_OK):
            # The archive's own file: whoever changes the published one must not reach it.
            own = source.with_name(f"{source.name}.own")
            shutil.copyfile(source, own)
            move(own, source)
        fsync_file(source)
        try:
            move(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            put_file(target, source.read_bytes())  # the folder is a disk of its own

    def _remove(self, gone: Iterable[RelPath]) -> tuple[list[RelPath], list[RelPath]]:
        removed: list[RelPath] = []
        stayed: list[RelPath] = []
        for path in sorted(gone):
            target = self.folder / path
            if not target.is_symlink() and not target.exists():
                continue
            if not self._is_ours(path):
                stayed.append(path)
                continue
            remove_file(target)
            removed.append(path)
            self._remove_empty(target.parent)
        return removed, stayed

    def _remove_empty(self, folder: Path) -> None:
        while folder != self.folder:
            try:
                folder.rmdir()
            except OSError:  # something still lies in it
                return
            folder = folder.parent

    def _settle(
        self,
        wanted: Mapping[RelPath, Sha256],
        stayed: Iterable[RelPath],
        jobs: Mapping[RelPath, str],
    ) -> None:
        """Write down what is there now. What stayed is told again by the next run."""
        before = (self.files, self.jobs)
        self.files = {path: self.files[path] for path in stayed}
        self.jobs = dict(jobs)
        for path, sha256 in wanted.items():
            found = (self.folder / path).stat()
            self.files[path] = Kept(sha256, found.st_size, found.st_mtime_ns)
        if (self.files, self.jobs) != before:
            self._write()
