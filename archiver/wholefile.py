"""A file outside the archive that is there whole or not at all.

What is made lies in a hidden folder beside its place, which also takes the temporary files of its
making; it is synced, then renamed over what was there.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from archiver.errors import UsageProblem
from archiver.storage import explained, fsync_dir, fsync_file, move, remove_tree


def check_place(out: Path, archive: Path) -> None:
    """Refuse a place that cannot be written, before any work is done.

    Raises UsageProblem for one inside the archive, without a folder, or that is no ordinary file
    (a device would be replaced by the rename).
    """
    if not out.parent.is_dir():
        raise UsageProblem(f"There is no folder {out.parent}.", "Make it first, or name another.")
    if out.resolve().is_relative_to(archive.resolve()):
        raise UsageProblem(
            f"{out} lies inside the archive, into which only a sync writes.",
            "Name a place outside it.",
        )
    if out.exists() and not out.is_file():
        raise UsageProblem(f"{out} is no file.", "Name a file to write, or - for the output.")


def target_file(archive: Path, out: Path, name: str) -> Path:
    """Where something is written: `out`, or `name` in it when it is a folder. Raises UsageProblem
    as `check_place` does."""
    if out.is_dir():
        out /= name
    check_place(out, archive)
    return out


@contextlib.contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """Gives a path to write to, in a folder of its own; on leaving, that file becomes `out`.

    On any exception nothing is left and `out` is as it was. Raises DiskFull, NotWritable, OSError.
    """
    with explained(out):
        beside = out.with_name(f".{out.name[:40]}.{secrets.token_hex(6)}.tmp")
        beside.mkdir(mode=0o700)
        try:
            made = beside / out.name
            yield made
            fsync_file(made)
            move(made, out)
            fsync_dir(out.parent)
        finally:
            remove_tree(beside)
