"""What is lost of an archive's evidence and seals, and which bytes would make it good.

A file counts as lost here only when its right hash is certain: its list is the one that was
sealed, and the seal the one the ledger holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.archive import Archive, job_folders
from archiver.bag import (
    BAGIT_TXT,
    MANIFEST,
    TAGMANIFEST,
    VIEW_MANIFEST,
    commitment,
    manifest_bytes,
    read_manifest,
)
from archiver.jobcheck import JobCheck, inner_path
from archiver.ledger import LedgerState
from archiver.models import RelPath, Sha256
from archiver.storage import files_below, is_sound, sha256_bytes, sha256_file

_LOST = frozenset({"damaged", "missing", "unreadable"})


@dataclass(frozen=True, slots=True)
class Loss:
    """A file that is not what was sealed: its job's folder and ledger key, its path in there, and
    the hash it must have."""

    folder: Path
    key: str
    file: RelPath
    sha256: Sha256

    @property
    def path(self) -> Path:
        """Where it belongs."""
        return self.folder / self.file


def losses_of(archive: Archive, check: JobCheck, state: LedgerState) -> list[Loss]:
    """The files of one job that are not what was sealed, as far as their hashes are certain."""
    folder = archive.root / check.place
    wanted = sealed_files(folder, check.key, state)
    lost = {inner_path(fault.path) for fault in check.faults if fault.kind in _LOST}
    return [
        Loss(folder, check.key, RelPath(file), wanted[RelPath(file)])
        for file in sorted(lost & set(wanted))
        if not is_sound(folder / file, wanted[RelPath(file)])
    ]


def has_lost_view(check: JobCheck) -> bool:
    """Whether something of a job's view is not what was made."""
    return any(
        fault.kind in _LOST and (inner == VIEW_MANIFEST or _is_view(inner))
        for fault in check.faults
        for inner in [inner_path(fault.path)]
    )


def _is_view(inner: str) -> bool:
    tag = "/" not in inner and inner.endswith(".txt")
    return bool(inner) and not inner.startswith(("data/", "seals/")) and inner != "data" and not tag


def sealed_files(folder: Path, key: str, state: LedgerState) -> Mapping[RelPath, Sha256]:
    """Every file of a job's last seal with its hash; without those whose list is damaged, and
    empty when the seal is not the one the ledger holds."""
    pins = state.jobs.get(key)
    try:
        body = (folder / TAGMANIFEST).read_bytes()
        tags = read_manifest(body)
    except (OSError, ValueError):
        return {}
    accepted = pins.accepted if pins is not None else set()
    if not any(commitment(salt, body) in accepted for salt in _salts(folder)):
        return {}
    try:
        manifest = (folder / MANIFEST).read_bytes()
        payload = read_manifest(manifest)
    except (OSError, ValueError):
        return tags
    return {**tags, **payload} if sha256_bytes(manifest) == tags.get(MANIFEST) else tags


def _salts(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("seals/*/salt"), reverse=True):
        try:
            yield path.read_bytes()
        except OSError:
            continue


# --- where the right bytes may be -------------------------------------------------------------


def find_copies(archive: Archive, wanted: Iterable[Sha256]) -> Mapping[Sha256, list[Path]]:
    """Where bytes with these hashes should lie: in any job, by its lists, and among the verified
    downloads of unfinished jobs. Nothing is believed yet: see `storage.is_sound`."""
    found: dict[Sha256, list[Path]] = {sha256: [] for sha256 in wanted}
    for folder in job_folders(archive.root):
        for name in (MANIFEST, TAGMANIFEST):
            try:
                listed = read_manifest((folder / name).read_bytes())
            except (OSError, ValueError):
                continue
            for path, sha256 in listed.items():
                if sha256 in found:
                    found[sha256].append(folder / path)
    if archive.downloads.is_dir():
        for kept in sorted(archive.downloads.glob("*-*.bin")):
            sha256 = Sha256(kept.stem.rpartition("-")[2])
            if sha256 in found:
                found[sha256].append(kept)
    return found


def written_again(loss: Loss) -> bytes | None:
    """A list that can be written again from what it lists, if it comes out with the very hash it
    must have; None otherwise."""
    if loss.file == "bagit.txt":
        body = BAGIT_TXT
    elif loss.file == MANIFEST:
        data = loss.folder / "data"
        try:
            body = manifest_bytes(
                {RelPath(f"data/{file}"): sha256_file(data / file) for file, _ in files_below(data)}
            )
        except OSError:
            return None
    else:
        return None
    return body if sha256_bytes(body) == loss.sha256 else None
