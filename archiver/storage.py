"""The one surface through which anything is written: put whole, link or copy, swap, sync, remove.

Everything that reaches a visible place gets there whole: written beside it, synced to disk, then
renamed. An object store could stand in for these few functions.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from archiver.errors import ArchiverError, DiskFull, NotWritable
from archiver.models import RelPath, Sha256

_T = TypeVar("_T")
CHUNK = 1 << 20
WINDOWS = os.name == "nt"
_HELD = (5, 32, 33)
"""Windows' ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION: what it says of a
file that another program (a virus scanner, an indexer, a viewer) has open."""
_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF}
"""What network and FUSE file systems say when a folder cannot be synced at all."""
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_FICLONE = 0x40049409
_NO_LINK = {
    errno.EMLINK,
    errno.EPERM,
    errno.EXDEV,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EACCES,
}


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns a full disk and a read-only folder into the errors that say so.

    Raises DiskFull and NotWritable; any other OSError passes.
    """
    try:
        yield
    except OSError as error:
        raised = explain(error, path)
        if raised is None:
            raise
        raise raised from error


def explain(error: OSError, path: Path) -> ArchiverError | None:
    """The error of ours for a full disk or a folder that cannot be written, else None: a file
    that another program holds is one job's failure."""
    if getattr(error, "winerror", None) in _HELD[1:]:
        return None
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            f"The disk is full: {path} could not be written.",
            "Free some space and run the same command again; what was archived is kept.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NotWritable(
            f"{error.filename or path} cannot be written: {os.strerror(error.errno)}.",
            "Check who owns the archive's folder and whether its disk is mounted read-only.",
        )
    return None


# --- files that another program holds ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a rename or removal is tried again while another program holds the file: `seconds`
    in all, waits growing from 10 ms to 1 s."""

    seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


PATIENCE = Patience()


def patiently(work: Callable[[], _T], path: Path) -> _T:
    """Do `work`, again and again while Windows says that another program holds the file.

    Raises OSError: EBUSY, which is one job's failure and not the archive's, when it is held still.
    """
    patience = PATIENCE
    end, wait = patience.clock() + patience.seconds, 0.01
    while True:
        try:
            return work()
        except OSError as error:
            if not _is_held(error):
                raise
            if patience.clock() >= end:
                raise OSError(
                    errno.EBUSY,
                    f"another program has held it for {patience.seconds:.0f} s",
                    str(error.filename or path),
                ) from error
        patience.sleep(wait)
        wait = min(wait * 2, 1.0)


def _is_held(error: OSError) -> bool:
    return getattr(error, "winerror", None) in _HELD


def move(source: Path, target: Path) -> None:
    """Rename a file or folder, over a file that is there. Raises OSError."""
    patiently(lambda: source.replace(target), source)


def remove_file(path: Path) -> None:
    """Remove a file, a read-only one too; one that is absent is fine. Raises OSError."""
    patiently(lambda: _unlink(path), path)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError as error:
        if not _is_held(error):
            raise
        # Windows refuses to remove what is read-only with the same number.
        with contextlib.suppress(FileNotFoundError):
            path.chmod(stat.S_IWRITE | stat.S_IREAD)
            path.unlink()


# --- hashes and whole files -------------------------------------------------------------------


def sha256_bytes(body: bytes) -> Sha256:
    """The SHA-256 of some bytes."""
    return Sha256(hashlib.sha256(body).hexdigest())


def sha256_file(path: Path) -> Sha256:
    """The SHA-256 of a file, read in 1 MiB pieces. Raises OSError."""
    with path.open("rb") as file:
        return Sha256(hashlib.file_digest(file, "sha256").hexdigest())


def is_sound(path: Path, sha256: Sha256) -> bool:
    """Whether a regular file has these bytes."""
    try:
        return path.is_file() and not path.is_symlink() and sha256_file(path) == sha256
    except OSError:
        return False


def put_file(path: Path, body: bytes, *, sync: bool = True) -> None:
    """Write a whole file where it can be seen: beside it, synced, then renamed over it.

    Raises OSError; nothing half-written is ever at `path`.
    """
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(body)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        move(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):  # what stopped us is what must be said
            remove_file(beside)
        raise
    if sync:
        fsync_dir(path.parent)


_BESIDE = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def is_torn(name: str) -> bool:
    """Whether a file's name is one that `put_file` gives before the rename: a killed run's."""
    return _BESIDE.fullmatch(name) is not None


def remove_torn(folder: Path, *, below: bool = False) -> None:
    """Remove what killed calls of `put_file` left in `folder`, or also `below` it.

    Raises OSError; a folder that is absent is fine.
    """
    for path in list(folder.rglob(".*.tmp") if below else folder.glob(".*.tmp")):
        if is_torn(path.name):
            remove_file(path)


def put_if_changed(path: Path, body: bytes, *, sync: bool = True) -> bool:
    """Write a whole file unless it already holds these bytes; tells whether it was written."""
    try:
        if path.stat().st_size == len(body) and path.read_bytes() == body:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    put_file(path, body, sync=sync)
    return True


def write_staged(path: Path, body: bytes, *, read_only: bool = False) -> None:
    """Write a file into a staged folder, which nobody sees and which is synced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if read_only:
        make_read_only(path)


def make_read_only(path: Path) -> None:
    """Guard a payload file against a slip of the hand; verification never depends on it."""
    with contextlib.suppress(OSError):
        path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def link_or_copy(source: Path | str, target: Path | str) -> None:
    """Make `target` the same bytes as `source`: a hard link, else a reflink, else a copy.

    Raises OSError when not even a copy can be made.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        if not reflink(Path(source), Path(target)):
            shutil.copyfile(source, target)
        shutil.copymode(source, target)


def reflink(source: Path, target: Path) -> bool:
    """Share the blocks of a file (Linux FICLONE); tells whether the file system could."""
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        with source.open("rb") as old, target.open("xb") as new:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
    except OSError:
        remove_file(target)
        return False
    return True


def fsync_dir(path: Path) -> None:
    """Make a rename in `path` survive a power cut.

    Raises OSError. Does nothing on Windows, which cannot open a folder for syncing, nor on a file
    system that has no such thing.
    """
    if WINDOWS:
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    """Make a file's bytes survive a power cut. Raises OSError.

    Windows syncs only what is open for writing, so there a read-only file is not so for a moment.
    """
    mode = path.stat().st_mode
    guarded = WINDOWS and not mode & stat.S_IWRITE
    if guarded:
        path.chmod(mode | stat.S_IWRITE)
    try:
        descriptor = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    finally:
        if guarded:
            path.chmod(mode)


@functools.cache
def _libc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    with contextlib.suppress(OSError):
        return ctypes.CDLL(None, use_errno=True)
    return None


def sync_tree(folder: Path) -> None:
    """Make everything below `folder` survive a power cut.

    On Linux one `syncfs` writes the whole file system at once, which for a job of many files
    costs a fraction of syncing each (see docs/performance.md); elsewhere, file by file.
    Raises OSError.
    """
    sync_trees([folder])


def sync_trees(folders: Sequence[Path]) -> None:
    """Make everything below some folders of one file system survive a power cut; see `sync_tree`.
    What else lies beside them may change meanwhile. Raises OSError."""
    if not folders or _sync_file_system(folders[0]):
        return
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            fsync_dir(path) if path.is_dir() else fsync_file(path)
        fsync_dir(folder)


def _sync_file_system(folder: Path) -> bool:
    """Write the whole file system that holds `folder`, where that can be had in one call; tells
    whether it could. Raises OSError."""
    libc = _libc()
    if libc is None or not hasattr(libc, "syncfs"):
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if libc.syncfs(descriptor) == 0:
            return True
        number = ctypes.get_errno()
        if number != errno.ENOSYS:
            raise OSError(number, os.strerror(number), str(folder))
        return False
    finally:
        os.close(descriptor)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step (Linux `renameat2(RENAME_EXCHANGE)`).

    False where the platform or file system has no such step. Raises OSError otherwise.
    """
    libc = _libc()
    if libc is None or not hasattr(libc, "renameat2"):
        return False
    done = libc.renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if done == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
        return False
    raise OSError(number, os.strerror(number), str(one))


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, read-only files included; one that is absent is fine."""

    def make_writable_and_retry(function, path, _error):  # type: ignore[no-untyped-def]
        Path(path).parent.chmod(stat.S_IRWXU)
        if function is os.unlink:
            remove_file(Path(path))
        else:
            patiently(lambda: function(path), Path(path))

    if not folder.exists() and not folder.is_symlink():
        return
    if sys.version_info >= (3, 12):
        shutil.rmtree(folder, onexc=make_writable_and_retry)
    else:
        shutil.rmtree(folder, onerror=make_writable_and_retry)


def files_below(folder: Path) -> Iterator[tuple[RelPath, os.DirEntry[str]]]:
    """Every file below a folder with its path relative to it, in the order of the names.

    A symbolic link is given as a file, never followed.
    """
    waiting = [("", folder)]
    while waiting:
        prefix, path = waiting.pop()
        with os.scandir(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append((f"{name}/", Path(entry.path)))
            else:
                yield RelPath(name), entry


def free_bytes(path: Path) -> int:
    """Bytes a person may still write on the disk that holds `path`."""
    return shutil.disk_usage(path).free
