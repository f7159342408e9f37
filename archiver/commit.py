"""A job's change becomes visible in one step, or not at all.

Order (design, *All or nothing*): stage payload, seal and view; sync to disk; append `sealing` to
the ledger; exchange the folders (`swap`); sync; append `sealed`; remove the old folder. Killed
anywhere, the visible folder is the old bag or the new one, and `recover` closes what was left open.
It never seals or removes anything that the ledger does not account for.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.abilities import PROBE
from archiver.anchoring import heal_ledger_folder
from archiver.archive import Archive, find_folder, job_folders, ledger_key, read_bag_or_none
from archiver.bag import (
    MANIFEST,
    TAGMANIFEST,
    VIEW_MANIFEST,
    Bag,
    manifest_bytes,
    read_manifest,
    seal_bag,
    seal_folder,
    view_pin,
)
from archiver.errors import ArchiverError
from archiver.ledger import Ledger
from archiver.models import JobRecord, RelPath, Seal, Sha256
from archiver.naming import job_key
from archiver.record import RECORD_PATH, record_bytes
from archiver.storage import (
    explained,
    files_below,
    is_sound,
    link_or_copy,
    move,
    remove_torn,
    remove_tree,
    sha256_bytes,
    sync_tree,
    write_staged,
)
from archiver.swap import OLD, OldFolder, aside_of, keep_all, refuse_pending, replay, swap_in

MakeView = Callable[[Path, JobRecord, Seal, OldFolder | None], Mapping[RelPath, Sha256]]
"""Writes a job's view into a staged folder and gives the hash of each file it made. Its last
argument is the folder of the view before, whose unchanged files may be kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """All that one commit needs.

    `record` is the record to seal, with its seal's number and time. `sources` gives, for each
    payload file that is new in this seal, where its verified bytes lie; `bodies` the payload files
    written from memory (snapshots). `hashes` and `sizes` hold for both. `summary` says in numbers
    what changed, for the ledger.

    A change that carries out an erasure names its ledger entry (`erasing`), the payload files of
    the bag before that leave or are written anew (`gone`), and the seals that go (`dropped`). Its
    old folder is deleted with all that lies in it.
    """

    folder: RelPath
    record: JobRecord
    previous: Bag | None
    sources: Mapping[RelPath, Path]
    bodies: Mapping[RelPath, bytes]
    hashes: Mapping[RelPath, Sha256]
    sizes: Mapping[RelPath, int]
    kept_sizes: Mapping[RelPath, int]
    salt: bytes
    summary: Mapping[str, int]
    erasing: int | None = None
    gone: frozenset[RelPath] = frozenset()
    dropped: tuple[int, ...] = ()


def commit(
    archive: Archive,
    ledger: Ledger,
    change: Change,
    make_view: MakeView,
    *,
    workspace_id: str,
    clock: Callable[[], datetime],
    sync: bool = True,
    moving: bool = False,
) -> Bag:
    """Seal a job's change and make it visible. Raises DiskFull, NotWritable, OSError; then the
    visible folder is what it was.

    `moving` says that unchanged files are moved into the new folder instead of shared with it, for
    a disk on which sharing them means copying them.
    """
    visible = archive.root / change.folder
    staged = archive.staging / visible.name
    old = OldFolder(change.previous.folder, staged, moving) if change.previous else None
    with explained(visible):
        if old is None and visible.exists():
            raise FileExistsError(errno.EEXIST, "a folder nobody knows is in the way", str(visible))
        refuse_pending(archive, job_key(change.record.job_id))
        try:
            clear_staged(archive, staged)
            bag = _stage(staged, change, old, make_view, workspace_id)
            if sync:
                sync_tree(staged)
            _open_sealing(ledger, change, bag, clock())
        except BaseException:
            # What stopped us is what must be said; leftovers wait for the next run.
            with contextlib.suppress(OSError):
                remove_tree(staged)
            raise
        try:
            gave_way = swap_in(archive, staged, visible, old.moves if old else (), sync=sync)
        except OSError:
            if _close_unseen(archive, ledger, change, clock()):
                with contextlib.suppress(OSError):
                    remove_tree(staged)
            raise
        ledger.append("sealed", clock(), job=job_key(change.record.job_id), seal=bag.number)
        with contextlib.suppress(OSError):
            # The change is made; an old folder that cannot go now goes with the next run.
            discard(archive, gave_way) if change.erasing is None else remove_tree(gave_way)
        return read_back(visible)


def clear_staged(archive: Archive, staged: Path) -> None:
    """Make room for a staged folder: what an earlier one left goes. Raises OSError."""
    remove_tree(staged)
    if (aside := aside_of(staged)).exists():
        discard(archive, aside)
    staged.mkdir(parents=True)


def discard(archive: Archive, old: Path) -> None:
    """Remove a folder that has been replaced. What in it is not ours (a note somebody put beside
    the page) is set aside in `.archiver/set-aside/`, never deleted.

    Raises OSError; then what could not be set aside is still in `old`.
    """
    if (old / VIEW_MANIFEST).is_file():
        with contextlib.suppress(ValueError):
            ours = _listed(old)
            for path, entry in list(files_below(old)):
                if path not in ours:
                    _set_aside(archive, old.name.removesuffix(OLD), path, Path(entry.path))
    remove_tree(old)


def _listed(folder: Path) -> set[RelPath]:
    """The files that the lists of a folder name, with the lists themselves; some may have been
    moved on already. Raises ValueError when one of the lists is broken."""
    lists = (MANIFEST, TAGMANIFEST, VIEW_MANIFEST)
    there = [path for path in lists if (folder / path).is_file()]
    named = (path for one in there for path in read_manifest((folder / one).read_bytes()))
    return {*named, *lists}


def _set_aside(archive: Archive, name: str, path: RelPath, file: Path) -> None:
    """Move a file out of a folder that is about to go, beside those set aside before it."""
    aside = archive.private / "set-aside" / name / path
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = aside.with_name(f"{number}-{file.name}")
    aside.parent.mkdir(parents=True, exist_ok=True)
    move(file, aside)


def read_back(visible: Path) -> Bag:
    """The bag that is now visible. Raises OSError, ValueError."""
    bag = read_bag_or_none(visible)
    if bag is None:
        raise OSError(5, "the folder just written cannot be read back", str(visible))
    return bag


def _stage(
    staged: Path, change: Change, old: OldFolder | None, make_view: MakeView, workspace_id: str
) -> Bag:
    """Prepare the new folder aside, in full but for what is to be moved: payload, seal, view."""
    payload: dict[RelPath, Sha256] = {}
    sizes: dict[RelPath, int] = {}
    previous = change.previous
    if previous is not None and old is not None:
        left = {RECORD_PATH, *change.gone}
        kept = {path: sha for path, sha in previous.payload.items() if path not in left}
        keep_all(old, kept)
        payload |= kept
        sizes |= {path: change.kept_sizes[path] for path in kept}
    for path, source in change.sources.items():
        (staged / path).parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(source, staged / path)
    for path, body in change.bodies.items():
        write_staged(staged / path, body, read_only=True)
    record_body = record_bytes(change.record)
    write_staged(staged / RECORD_PATH, record_body, read_only=True)
    payload |= change.hashes
    sizes |= change.sizes
    payload[RelPath(RECORD_PATH)] = sha256_bytes(record_body)
    sizes[RelPath(RECORD_PATH)] = len(record_body)
    bag = seal_bag(
        staged,
        change.record,
        payload,
        sizes,
        workspace_id=workspace_id,
        salt=change.salt,
        previous=previous,
        dropped=change.dropped,
        keep=(lambda path: _keep_seal(old, path, previous)) if old and previous else None,
    )
    stage_view(staged, change.record, bag, make_view, old)
    return bag


def _keep_seal(old: OldFolder, path: RelPath, previous: Bag) -> None:
    """Keep a file of a past seal; the last one's salt stays where it is too, so that the old folder
    remains one that can be told from a staged one."""
    if old.moving and path == f"{seal_folder(previous.number)}/salt":
        write_staged(old.staged / path, previous.salt)
    else:
        old.keep(path)


def stage_view(
    staged: Path, record: JobRecord, bag: Bag, make_view: MakeView, old: OldFolder | None
) -> None:
    """Make the view of a staged folder and list what was made."""
    made = make_view(staged, record, bag.seal, old)
    write_staged(staged / VIEW_MANIFEST, manifest_bytes(made))


def _open_sealing(ledger: Ledger, change: Change, bag: Bag, now: datetime) -> None:
    ledger.append(
        "sealing",
        now,
        job=job_key(change.record.job_id),
        seal=bag.number,
        old=change.previous.commitment if change.previous else None,
        new=bag.commitment,
        view=view_pin(bag.folder, bag.salt),
        changes=dict(change.summary),
        **({} if change.erasing is None else {"erasing": change.erasing}),
    )


def _close_unseen(archive: Archive, ledger: Ledger, change: Change, now: datetime) -> bool:
    """After a failed exchange: close the entry if the visible bag is certainly the old one; tells
    whether it was closed. What the ledger cannot take now, the next run closes."""
    visible = archive.root / change.folder
    bag = read_bag_or_none(visible)
    there = bag.commitment if bag else None
    old = change.previous.commitment if change.previous else None
    if there == old and (bag is not None or not visible.exists()):
        key = job_key(change.record.job_id)
        with contextlib.suppress(ArchiverError, OSError):
            ledger.append("abandoned", now, job=key, seal=change.record.seal)
            return True
    return False


# --- recovery ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery did: jobs whose last sealing was completed or abandoned, and in words what
    it could not account for."""

    completed: tuple[str, ...] = ()
    abandoned: tuple[str, ...] = ()
    unaccounted: tuple[tuple[str, str], ...] = ()


def recover(archive: Archive, ledger: Ledger, now: datetime) -> Recovered:
    """Close what a killed run left open and clear its leftovers. Under the archive's lock.

    Only what the ledger accounts for is closed or removed; the rest is said.
    """
    stuck = replay(archive, lambda key, commitment: _accepts(ledger, key, commitment))
    completed: list[str] = []
    abandoned: list[str] = []
    unaccounted = [(name, "the exchange of its folder was cut short") for name in stuck]
    waiting = {
        job: pins
        for job, pins in ledger.state.jobs.items()
        if pins.open is not None and not any(name.endswith(f"-{job}") for name in stuck)
    }
    folders = _folders_by_key(archive) if len(waiting) > 20 else None
    for key, pins in waiting.items():
        folder = folders.get(key) if folders is not None else find_folder(archive.root, key)
        bag = read_bag_or_none(folder) if folder else None
        old = pins.seals[-1].commitment if pins.seals else None
        assert pins.open is not None
        if bag is not None and bag.commitment == pins.open.commitment:
            ledger.append("sealed", now, job=key, seal=pins.open.seal)
            completed.append(key)
        elif (bag.commitment if bag else None) == old and (bag is not None or folder is None):
            ledger.append("abandoned", now, job=key, seal=pins.open.seal)
            abandoned.append(key)
        else:
            unaccounted.append((key, "its folder is neither the old bag nor the new one"))
    _close_building(archive, ledger, now)
    heal_ledger_folder(ledger, now)
    _clear_staging(archive, ledger, {key for key, _ in unaccounted})
    _clear_torn(archive)
    return Recovered(tuple(completed), tuple(abandoned), tuple(unaccounted))


def _accepts(ledger: Ledger, key: str, commitment: Sha256) -> bool:
    """Whether the ledger accepts a bag as the visible one of a job."""
    pins = ledger.state.jobs.get(key)
    return pins is not None and commitment in pins.accepted


def _folders_by_key(archive: Archive) -> dict[str, Path]:
    return {
        key: folder
        for folder in job_folders(archive.root)
        if (key := ledger_key(folder)) is not None
    }


def _close_building(archive: Archive, ledger: Ledger, now: datetime) -> None:
    """Close a `building` that was cut short with the views that are really there."""
    if not ledger.state.building:
        return
    folders = _folders_by_key(archive)
    pins: dict[str, Sha256] = {}
    for key in ledger.state.building:
        bag = read_bag_or_none(folders[key]) if key in folders else None
        if bag is None:
            continue
        pin = view_pin_or_none(bag)
        if pin is not None and pin in ledger.state.job(key).views:
            pins[key] = pin
    ledger.append("built", now, views=pins, closed=True)


def view_pin_or_none(bag: Bag) -> Sha256 | None:
    """The pin of the view that lies with a bag, or None when its list is missing."""
    try:
        return view_pin(bag.folder, bag.salt)
    except OSError:
        return None


def _clear_staging(archive: Archive, ledger: Ledger, unaccounted: set[str]) -> None:
    """Remove staged folders, except those of jobs nobody can account for."""
    if not archive.staging.is_dir():
        return
    for path in list(archive.staging.iterdir()):
        name = path.name.removesuffix(OLD)
        if any(name == one or name.endswith(f"-{one}") for one in unaccounted):
            continue
        if _was_visible(path, ledger):
            discard(archive, path)
        else:
            remove_tree(path)


def _was_visible(staged: Path, ledger: Ledger) -> bool:
    """Whether a staged folder is one that was replaced, rather than one that was being made:
    only in the former can there be anything that is not ours."""
    if staged.name.endswith(OLD):
        return True
    bag = read_bag_or_none(staged)
    if bag is None:
        return False
    pins = ledger.state.jobs.get(bag.info.get("Ledger-Identifier", ""))
    return pins is not None and bag.commitment in {pin.commitment for pin in pins.seals}


def _clear_torn(archive: Archive) -> None:
    """Remove the half-written files a killed run left where it writes them, and its probes."""
    for probed in archive.private.glob(f"{PROBE}*"):
        remove_tree(probed)
    for folder in (archive.root, archive.private, archive.ledger):
        remove_torn(folder)
    for name in ("assets", "browse", "search", ".archiver/assets"):
        remove_torn(archive.root / name, below=True)


# --- views alone ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A job's folder with its view made again, staged: its view's pin, and what is to be moved."""

    staged: Path
    pin: Sha256
    moves: tuple[RelPath, ...]


def stage_rebuilt(
    archive: Archive, bag: Bag, record: JobRecord, make_view: MakeView, *, moving: bool = False
) -> Rebuilt | None:
    """Stage a job's folder with its view made again and everything else kept.

    None (and nothing staged) when the view came out the same as it is. Raises OSError.
    """
    staged = archive.staging / bag.folder.name
    clear_staged(archive, staged)
    old = OldFolder(bag.folder, staged, moving)
    made = make_view(staged, record, bag.seal, old)
    body = manifest_bytes(made)
    if _same_view(bag.folder, body, made):
        remove_tree(staged)
        return None
    write_staged(staged / VIEW_MANIFEST, body)
    keep_all(old, _SEALED_WHOLE if moving else _evidence_and_seal(bag.folder))
    return Rebuilt(staged, view_pin(staged, bag.salt), tuple(old.moves))


_SEALED_WHOLE = tuple(
    map(RelPath, ("data", "seals", "bagit.txt", "bag-info.txt", MANIFEST, TAGMANIFEST))
)
"""Evidence and seal as they lie in a job's folder; a folder can be moved in one step."""


def _same_view(folder: Path, body: bytes, made: Mapping[RelPath, Sha256]) -> bool:
    """Whether a folder's view already is what was made: the list, and the files themselves."""
    try:
        if (folder / VIEW_MANIFEST).read_bytes() != body:
            return False
        return all(is_sound(folder / path, sha256) for path, sha256 in made.items())
    except OSError:
        return False


def _evidence_and_seal(folder: Path) -> list[RelPath]:
    """The files of a job's folder that are not its view, whatever they are: nothing is dropped."""
    sealed = tuple(f"{one}/" for one in _SEALED_WHOLE)
    return [
        path for path, _ in files_below(folder) if path.startswith(sealed) or path in _SEALED_WHOLE
    ]
