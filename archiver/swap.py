"""The one step in which a prepared folder takes the place of the old one.

Where the file system can exchange two folders, that is one system call. Elsewhere it is two
renames under a journal, which `replay` finishes after a crash. Where it cannot share bytes between
two folders either (exFAT, many network shares), the journal also names the unchanged files, which
are moved from the old folder into the new one: adding a message to a job of 800 MB then writes
what is new and no more.

    journal written      staged: what is new      visible: the old folder
    visible → aside      staged: what is new                                aside: the old folder
    files → staged       staged: the new folder                             aside: what gave way
    staged → visible                              visible: the new folder   aside: what gave way
    journal removed

Killed anywhere, each file that is moved lies in exactly one of the three places, and each step can
be told from what is there. So `replay` goes on if what it ends with is a bag the ledger accepts, in
full, and else goes back.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archiver.archive import Archive, read_bag_or_none
from archiver.errors import JobProblem
from archiver.models import RelPath, Sha256
from archiver.storage import (
    exchange,
    fsync_dir,
    link_or_copy,
    move,
    put_file,
    remove_file,
)

JOURNAL = "exchange-{}.json"
OLD = ".old"
"""What is added to a folder's name in staging when it has been replaced under a journal."""
Accepts = Callable[[str, Sha256], bool]
"""Whether the ledger accepts a bag, by its job's key and its commitment."""


@dataclass(frozen=True, slots=True)
class OldFolder:
    """The folder a staged one will replace, and how its unchanged files get into that one: shared
    or copied at once, or only noted in `moves` to be moved when the time has come."""

    folder: Path
    staged: Path
    moving: bool = False
    moves: list[RelPath] = field(default_factory=list)
    _made: set[str] = field(default_factory=set, compare=False, repr=False)

    def keep(self, path: RelPath) -> None:
        """Have a file of the old folder, or a folder in it, in the new one too, under the same
        path. Raises OSError; a file that is not there cannot be kept."""
        if self.moving:
            (self.folder / path).stat()
            self.moves.append(path)
            return
        # By strings: for the seventy files of a job `Path` takes as long as the disk.
        parent = path.rpartition("/")[0]
        if parent not in self._made:
            (self.staged / parent).mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        link_or_copy(f"{self.folder}/{path}", f"{self.staged}/{path}")

    def place(self, path: RelPath) -> Path:
        """Where a file of the new folder lies while that is staged."""
        staged = os.path.lexists(f"{self.staged}/{path}")
        return (self.staged if staged else self.folder) / path


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What a journal says: three folders, and what is moved from `aside` to `staged`."""

    journal: Path
    staged: Path
    visible: Path
    aside: Path
    moves: tuple[RelPath, ...] = ()

    def forward(self) -> None:
        """Go on from wherever it is until the new folder is visible. Raises OSError."""
        if not self.aside.exists():
            move(self.visible, self.aside)
        for path in self.moves:
            _move_over(self.aside / path, self.staged / path)

    def sync(self) -> None:
        """Make the moves survive a power cut. Raises OSError."""
        folders = {(top / path).parent for top in (self.staged, self.aside) for path in self.moves}
        for folder in sorted(folders):
            fsync_dir(folder)

    def back(self) -> None:
        """Go back from wherever it is until the old folder is visible. Raises OSError."""
        if not self.aside.exists():
            return
        for path in self.moves:
            _move_over(self.staged / path, self.aside / path)
        move(self.aside, self.visible)

    def show(self) -> None:
        """The last step: the staged folder becomes the visible one."""
        move(self.staged, self.visible)


def _move_over(source: Path, target: Path) -> None:
    """Move what is still at `source`; what has been moved before is left."""
    if not os.path.lexists(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    move(source, target)


def swap_in(
    archive: Archive,
    staged: Path,
    visible: Path,
    moves: Sequence[RelPath] = (),
    *,
    sync: bool = True,
) -> Path:
    """Put a staged folder where it can be seen; gives the folder in which the old one lies now.

    Raises OSError; then what can be seen is what it was, or a journal stays for the next run.
    """
    if not visible.parent.is_dir():
        visible.parent.mkdir(parents=True, exist_ok=True)
        fsync_dir(visible.parent.parent)
    old = staged
    if not visible.exists():
        move(staged, visible)
    elif moves or not exchange(staged, visible):
        old = _swap_by_journal(archive, staged, visible, moves, sync)
    if sync:
        fsync_dir(visible.parent)
        fsync_dir(staged.parent)
    return old


def _swap_by_journal(
    archive: Archive, staged: Path, visible: Path, moves: Sequence[RelPath], sync: bool
) -> Path:
    # One journal for each job: several are exchanged at once.
    one = _Exchange(
        journal=archive.private / JOURNAL.format(staged.name),
        staged=staged,
        visible=visible,
        aside=aside_of(staged),
        moves=tuple(moves),
    )
    if one.aside.exists():
        raise OSError(errno.EEXIST, "an old folder is in the way", str(one.aside))
    names = {
        name: getattr(one, name).relative_to(archive.root).as_posix()
        for name in ("staged", "visible", "aside")
    }
    put_file(one.journal, json.dumps({**names, "moves": list(moves)}).encode())
    try:
        one.forward()
        if sync:
            one.sync()
        one.show()
    except OSError:
        with contextlib.suppress(OSError):
            if not visible.exists():
                one.back()
            remove_file(one.journal)
        raise
    if sync:
        fsync_dir(visible.parent)
    remove_file(one.journal)
    fsync_dir(one.journal.parent)
    return one.aside


def aside_of(staged: Path) -> Path:
    """Where the old folder lies after an exchange under a journal."""
    return staged.with_name(staged.name + OLD)


# --- after a crash ----------------------------------------------------------------------------


def replay(archive: Archive, accepts: Accepts) -> list[str]:
    """Finish the exchanges under a journal that were cut short; gives the names of the folders
    for which that could not be done, which are left exactly as they are. Raises OSError.
    """
    stuck = []
    for journal in sorted(archive.private.glob(JOURNAL.format("*"))):
        one = _read(archive, journal)
        if one is None or not _finish(one, accepts):
            stuck.append(_name_of(journal))
            continue
        fsync_dir(one.visible.parent)
        remove_file(journal)
    return stuck


def _read(archive: Archive, journal: Path) -> _Exchange | None:
    """What a journal says, unless it makes no sense or names something outside the archive."""
    try:
        value = json.loads(journal.read_bytes())
        staged, visible, aside = (
            archive.root / value[name] for name in ("staged", "visible", "aside")
        )
        moves = tuple(RelPath(str(path)) for path in value.get("moves", ()))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    inside = [*(staged / path for path in moves), *(aside / path for path in moves)]
    for path, folder in (
        (staged, archive.staging),
        (aside, archive.staging),
        (visible, archive.jobs),
        *((one, archive.staging) for one in inside),
    ):
        if not _lies_in(folder, path):
            return None
    return _Exchange(journal, staged, visible, aside, moves)


def _lies_in(folder: Path, path: Path) -> bool:
    """Whether a path a journal names stays inside a folder."""
    there = path.resolve()
    return there != folder.resolve() and there.is_relative_to(folder.resolve())


def _finish(one: _Exchange, accepts: Accepts) -> bool:
    """Bring one exchange to an end, the new folder or the old; tells whether that could be."""
    if one.visible.exists():
        # Not begun, done, or brought back: then nothing that was to be moved is only in `aside`.
        return not (one.aside.exists() and one.staged.exists())
    if not one.aside.exists():
        return False
    if one.staged.exists():
        one.forward()
        if _is_whole(one.staged, accepts):
            one.sync()
            one.show()
            return True
    one.back()
    return True


def _is_whole(folder: Path, accepts: Accepts) -> bool:
    """Whether a folder is a bag the ledger accepts, with all its files there."""
    bag = read_bag_or_none(folder)
    if bag is None or not accepts(bag.info.get("Ledger-Identifier", ""), bag.commitment):
        return False
    try:
        return all((folder / path).exists() for path in (*bag.payload, *bag.tags))
    except ValueError:
        return False


def _name_of(journal: Path) -> str:
    head, _, tail = JOURNAL.partition("{}")
    return journal.name.removeprefix(head).removesuffix(tail)


def refuse_pending(archive: Archive, key: str) -> None:
    """Raise JobProblem when what lies in staging may be the only copy of a job's files: the
    exchange of its folder was cut short and could not be finished. `key` is the ledger's."""
    for journal in archive.private.glob(JOURNAL.format("*")):
        if _name_of(journal).endswith(f"-{key}"):
            raise JobProblem(
                "the exchange of its folder was cut short and could not be finished, so it was "
                f"left as it is; {journal.name} in .archiver says where its files are. "
                "Bring the folder back from a backup."
            )


def keep_all(old: OldFolder, paths: Iterable[RelPath]) -> None:
    """Keep many files of the old folder. Raises OSError."""
    if old.moving:
        for path in paths:
            old.keep(path)
        return
    # Plain text: for the thousands of files of a build, making paths took longer than linking.
    source, target = f"{old.folder}{os.sep}", f"{old.staged}{os.sep}"
    made: set[str] = set()
    for path in paths:
        parent = path.rpartition("/")[0]
        if parent not in made:
            Path(target + parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        link_or_copy(source + path, target + path)
