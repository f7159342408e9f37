"""One job's folder against its seal, its seals against the ledger: each fault named.

Where a list of hashes is itself damaged, it is named, and not what it can no longer vouch for.
Nothing is repaired here, and time, mode, inode and link of a file are never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archiver.archive import load_job, payload_sizes, recorded_folder
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
from archiver.errors import ArchiverError
from archiver.models import RelPath, Sha256
from archiver.naming import job_key
from archiver.pins import JobPins, LedgerState, SealPin
from archiver.record import RECORD_PATH
from archiver.storage import files_below, sha256_bytes, sha256_file

FaultKind = Literal["damaged", "missing", "extra", "seal", "ledger", "unreadable", "catalogue"]
_SALT = re.compile(r"seals/(\d{4,})/salt")


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


def inner_path(path: str) -> str:
    """A fault's path relative to the job's folder."""
    return "/".join(path.split("/")[3:])


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
        return JobCheck(key_of(folder, state), None, _unreadable(place, folder, error), 0, 0)
    key = bag.info.get("Ledger-Identifier", "")
    if state is not None and key not in state.jobs:
        key = key_of(folder, state)
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


def key_of(folder: Path, state: LedgerState | None) -> str:
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
        salts = [int(found[1]) for path in self.bag.tags if (found := _SALT.fullmatch(path))]
        if self.info_sound or not salts:
            return self.bag.number, self.bag.salt
        number = max(salts)
        try:
            return number, (self.folder / seal_folder(number) / "salt").read_bytes()
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
