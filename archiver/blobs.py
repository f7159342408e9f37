"""Verified downloads on their way into a bag: kept by address and hash until their job is sealed.

A first fill may take days. What was downloaded for an unfinished job lies in
`.archiver/staging/downloads/`, each file named by a digest of its address and by its own hash, with
a small file beside it that says what was learned when it was fetched; the next run finds it there
and does not fetch it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from archiver.models import Sha256, StoredFile
from archiver.record import converter
from archiver.storage import make_read_only, move, put_file, remove_file, sha256_file


@dataclass(frozen=True, slots=True)
class Blob:
    """Verified bytes: where they lie now, what is known of them, and the suffix of their type."""

    path: Path
    facts: StoredFile
    suffix: str
    downloaded: int = 0


def _address_digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Blobs:
    """The downloads folder of an archive. Thread-safe.

    What `saved`, `keep` and `link` give is held for the caller, from the same moment on: another
    job may let go of the same bytes at any time. Each is to be let go of by `release`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._turn = threading.RLock()
        self._by_hash: dict[Sha256, Path] = {}
        self._wanted: Counter[Sha256] = Counter()
        self._claimed: set[Sha256] = set()
        self._sealed: set[Sha256] = set()
        self._addresses: dict[Sha256, list[str]] = {}
        self._saved = self._scan()

    def _scan(self) -> dict[str, Path]:
        """Downloads an earlier run left, by the digest of their address; torn ones are removed."""
        found: dict[str, Path] = {}
        for path in self.folder.iterdir():
            stem, _, kind = path.name.partition(".")
            address, _, sha256 = stem.partition("-")
            if kind == "json" and path.with_suffix(".bin").exists() and len(sha256) == 64:
                found[address] = path.with_suffix(".bin")
                self._addresses.setdefault(Sha256(sha256), []).append(address)
            elif kind != "bin" or not path.with_suffix(".json").exists():
                remove_file(path)
        return found

    def saved(self, key: str) -> Blob | None:
        """What an earlier, unfinished run downloaded from an address, its bytes hashed again."""
        path = self._saved.get(_address_digest(key))
        if path is None:
            return None
        with contextlib.suppress(OSError, ValueError, KeyError):
            value = json.loads(path.with_suffix(".json").read_bytes())
            facts = converter().structure(value["facts"], StoredFile)
            if sha256_file(path) == facts.sha256:
                return self._known(Blob(path, facts, str(value["suffix"])))
        with self._turn:
            self._saved.pop(_address_digest(key), None)
            _remove(path)
        return None

    def keep(self, key: str, fetched: Path, facts: StoredFile, suffix: str, wire: int) -> Blob:
        """Take a complete, verified download in; `fetched` is moved. Raises OSError.

        The facts are written first: a file without them would have to be fetched again.
        """
        path = self.folder / f"{_address_digest(key)}-{facts.sha256}.bin"
        note = {"suffix": suffix, "facts": converter().unstructure(facts)}
        put_file(path.with_suffix(".json"), json.dumps(note).encode(), sync=False)
        make_read_only(fetched)
        move(fetched, path)
        with self._turn:
            self._saved[_address_digest(key)] = path
            self._addresses.setdefault(facts.sha256, []).append(_address_digest(key))
            known = self._known(Blob(path, facts, suffix))
        if known is None:
            raise FileNotFoundError(2, "a download was removed by another program", str(path))
        return replace(known, downloaded=wire)

    def link(self, blob: Blob) -> Blob:
        """Take in bytes that lie in a sealed bag: jobs link them from there."""
        with self._turn:
            self._by_hash[blob.facts.sha256] = blob.path
            self._sealed.add(blob.facts.sha256)
            self._wanted[blob.facts.sha256] += 1
        return blob

    def _known(self, blob: Blob) -> Blob | None:
        """The same bytes under the path that came first in this run, so that jobs share them; None
        when another job has let go of them meanwhile, and they are gone."""
        sha256 = blob.facts.sha256
        with self._turn:
            paths = (self._by_hash.get(sha256), blob.path)
            there = next((path for path in paths if path is not None and path.exists()), None)
            if there is None:
                return None
            self._by_hash[sha256] = there
            self._wanted[sha256] += 1
        return replace(blob, path=there)

    def claim(self, sha256: Sha256) -> bool:
        """Whether these bytes are newly archived by this call; the second caller gets False."""
        with self._turn:
            if sha256 in self._claimed:
                return False
            self._claimed.add(sha256)
            return True

    def hold(self, sha256: Sha256) -> None:
        """Keep a download on disk while one more job means to link it; see `release`."""
        with self._turn:
            self._wanted[sha256] += 1

    def release(self, sha256: Sha256) -> None:
        """A job is done with these bytes; they go once they are sealed and nobody wants them."""
        with self._turn:
            self._wanted[sha256] -= 1
            if self._wanted[sha256] > 0:
                return
            del self._wanted[sha256]
            if sha256 not in self._sealed:
                return
            # From here on the catalogue knows these bytes: nothing of them stays in memory.
            self._sealed.discard(sha256)
            self._claimed.discard(sha256)
            self._by_hash.pop(sha256, None)
            done = self._addresses.pop(sha256, [])
            # In this turn: whoever holds these bytes from the next one on must not lose them.
            for path in [self._saved.pop(one) for one in done if one in self._saved]:
                _remove(path)

    def sealed(self, sha256: Sha256, path: Path) -> None:
        """These bytes now lie in a sealed bag: later jobs link from there."""
        with self._turn:
            self._by_hash[sha256] = path
            self._sealed.add(sha256)

    def given_up(self, sha256: Sha256) -> None:
        """A job that is finished has no place for these bytes: they go once nobody wants them."""
        with self._turn:
            self._sealed.add(sha256)

    def clear(self) -> None:
        """Remove what no job will ask for any more; after a run that finished every job."""
        with self._turn:
            paths = list(self._saved.values())
            self._saved.clear()
            self._addresses.clear()
        for path in paths:
            _remove(path)

    def locate(self, sha256: Sha256) -> Path:
        """Where these bytes lie now. Raises FileNotFoundError."""
        with self._turn:
            path = self._by_hash.get(sha256)
        if path is None:
            raise FileNotFoundError(2, "no download holds these bytes", sha256)
        return path


def _remove(path: Path) -> None:
    """Remove a download and the note beside it."""
    for done in (path, path.with_suffix(".json")):
        with contextlib.suppress(OSError):
            remove_file(done)
