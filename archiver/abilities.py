"""What the file system of an archive can do: tried by every writer, remembered for `status`.

exFAT and many network shares have no hard links, most cannot exchange two folders in one step, and
some have no locks. Nothing here is needed for an archive to be sound; it decides how a change is
made visible (see `swap`), and what a person should know.
"""

from __future__ import annotations

import errno
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from filelock import FileLock, Timeout

from archiver.storage import exchange, put_if_changed, reflink, remove_tree

ABILITIES_FILE = "abilities.json"
PROBE = "probe-"
"""How a folder is named in which `probe` tries things."""
_DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
"""What says something of the disk today, and nothing of what its file system can do."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a file system can do."""

    hard_links: bool = True
    reflinks: bool = True
    exchange: bool = True
    case_sensitive: bool = True
    locks: bool = True

    @property
    def shares_bytes(self) -> bool:
        """Whether an unchanged file can lie in the old folder and in the new one at no cost."""
        return self.hard_links or self.reflinks

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is missing, and what that means, in words."""
        said = (
            (
                self.shares_bytes,
                "This disk has no hard links: identical photos of several jobs are copied, and "
                "unchanged files are moved into a job's new folder under a journal.",
            ),
            (
                self.exchange,
                "This disk cannot exchange folders in one step: a journal is used instead, and "
                "after a crash a job's folder may be absent until the next run.",
            ),
            (
                self.locks,
                "This disk does not keep locks: make sure that only one run at a time uses it.",
            ),
            (self.case_sensitive, "This disk does not tell upper from lower case in names."),
        )
        return tuple(text for able, text in said if not able)


def probe(folder: Path) -> Abilities:
    """Try links, exchange, case and locks in `folder`, leaving nothing behind.

    Raises OSError when the disk is full, faulty or read-only, which tells nothing.
    """
    place = folder / f"{PROBE}{secrets.token_hex(6)}"
    place.mkdir()
    try:
        one, other, file = place / "one", place / "two", place / "file"
        one.mkdir()
        other.mkdir()
        file.write_bytes(b"probe")
        return Abilities(
            hard_links=_can(lambda: (place / "link").hardlink_to(file)),
            reflinks=reflink(file, place / "reflink"),
            exchange=exchange(one, other),
            case_sensitive=not (place / "FILE").exists(),
            locks=_locks(place / "lock"),
        )
    finally:
        remove_tree(place)


def _can(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError as error:
        if error.errno in _DISK_FAULTS:
            raise
        return False
    return True


def _locks(path: Path) -> bool:
    """Whether a second holder of a lock is refused."""
    first, second = FileLock(path, timeout=0), FileLock(path, timeout=0)
    try:
        with first:
            second.acquire()
            second.release()
    except Timeout:
        return True
    except (OSError, RuntimeError):  # filelock's, where there is no such call at all
        return False
    return False


def probed(private: Path) -> Abilities:
    """Try what the disk of `.archiver` can do, and remember it there. Raises OSError.

    Tried anew by every writer, as an archive may have been moved to another disk since.
    """
    able = probe(private)
    put_if_changed(private / ABILITIES_FILE, (json.dumps(asdict(able)) + "\n").encode())
    return able


def remembered(private: Path) -> Abilities | None:
    """What the last writer found; None when nobody has looked or it cannot be read."""
    try:
        value = json.loads((private / ABILITIES_FILE).read_bytes())
        return Abilities(**{one.name: bool(value[one.name]) for one in fields(Abilities)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
