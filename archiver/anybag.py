"""Checking any BagIt bag, ours or not, versions 0.93 to 1.0 (RFC 8493), and unpacked zips of ours.

At least as strict as the reference validator, and stricter where that is lax: `docs/design.md`,
*Other people's bags*, lists where.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from archiver.bagtext import (
    ALGORITHMS,
    WEAK,
    Declared,
    decoded,
    read_declaration,
    read_elements,
    read_entries,
    read_fetch,
    stated_oxum,
)
from archiver.errors import NotAnArchive
from archiver.jobcheck import Fault, FaultKind
from archiver.storage import CHUNK, files_below
from archiver.verify import Report

_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9_]+)\.txt\Z")
_LIKE_A_MANIFEST = re.compile(r"(tag)?manifest-[^/]*\.txt\Z", re.IGNORECASE)
SUMS = "SHA256SUMS"


def verify_bag(folder: Path, *, strict_tags: bool = False) -> Report:
    """Check a bag, an unpacked zip of one (`SHA256SUMS` then covers the view too), or the folder
    of several. Raises NotAnArchive when there is no bag at all.

    With `strict_tags`, a file outside `data/` that no list names is a fault.
    """
    report = Report()
    bags = [folder] if (folder / "bagit.txt").is_file() else _bags_in(folder)
    if not bags:
        raise NotAnArchive(
            f"{folder} is not a bag: it has no bagit.txt.", "Name the folder that holds bagit.txt."
        )
    for bag in bags:
        _BagCheck(bag, "" if bag == folder else f"{bag.name}/", report).run()
        report.jobs += 1
    if os.path.lexists(folder / SUMS):
        _check_sums(folder, report)
    if strict_tags:
        detail = "is named by no tag manifest"
        report.faults.extend(Fault("extra", path, detail) for path in report.unsealed)
    return report


def _bags_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path / "bagit.txt").is_file())


def _check_sums(folder: Path, report: Report) -> None:
    """The list beside a bag of ours: every file of the zip, the view included."""
    work = _BagCheck(folder, "", report)
    listed = work.manifest(SUMS, "sha256", tag=None)
    there = {path: entry.is_symlink() for path, entry in files_below(folder)}
    for path, expected in listed.items():
        work.check_file(path, {"sha256": expected}, path)
    for path, is_link in there.items():
        if is_link and path not in {fault.path for fault in report.faults}:
            work.fault("extra", path, "is a symbolic link")
        elif path not in listed and path != SUMS:
            work.fault("extra", path, f"is not in {SUMS}")
    report.unsealed = [path for path in report.unsealed if path not in listed and path != SUMS]


class _BagCheck:
    """The state of checking one bag."""

    def __init__(self, folder: Path, place: str, report: Report) -> None:
        self.folder = folder
        self.place = place
        self.report = report
        self.declared = Declared()

    def fault(self, kind: FaultKind, path: str, detail: str, **more: str) -> None:
        """Note a fault."""
        self.report.faults.append(Fault(kind, f"{self.place}{path}", detail, **more))

    def run(self) -> None:
        """Check declaration, manifests, payload, Oxum, fetch list and tag files."""
        self.declared, wrong = read_declaration((self.folder / "bagit.txt").read_bytes())
        self._faults("bagit.txt", wrong)
        there: dict[str, os.DirEntry[str]] = dict(files_below(self.folder))
        links = {path for path, entry in there.items() if entry.is_symlink()}
        for path in sorted(links):
            self.fault("extra", path, "is a symbolic link, which a bag may not rely on")
        manifests = self._manifests(there)
        payload = self._listed(manifests, tag=False)
        tags = self._listed(manifests, tag=True)
        self._check_lists(manifests, payload, tags)
        forms = _other_forms(set(there) - links)
        for path, hashes in payload.items():
            self.check_file(path, hashes, self._on_disk(path, there, forms))
        for path, hashes in tags.items():
            self.check_file(path, hashes, path)
        known = {self._on_disk(path, there, forms) for path in payload}
        self._check_payload_folder(there, known | links)
        self._check_metadata(there)
        self._check_fetch(there, payload)
        self._check_clashes(there)
        self._note_unsealed(there, tags)

    def _faults(self, name: str, wrong: Iterable[str]) -> None:
        for detail in wrong:
            self.fault("damaged", name, detail)

    # Lists

    def _manifests(self, there: Mapping[str, object]) -> dict[str, re.Match[str]]:
        """The manifests by name; one whose algorithm cannot be checked is a fault."""
        found: dict[str, re.Match[str]] = {}
        for name in sorted(path for path in there if "/" not in path):
            matched = _MANIFEST.match(name)
            if matched is not None and matched[2] in ALGORITHMS:
                found[name] = matched
            elif _LIKE_A_MANIFEST.match(name):
                algorithm = name.partition("-")[2].removesuffix(".txt")
                self.fault("damaged", name, f"the algorithm {algorithm} is not known")
        weak = sorted({m[2] for m in found.values() if not m[1]} & WEAK)
        strong = {m[2] for m in found.values() if not m[1]} - WEAK
        if weak and not strong:
            names = " and ".join(one.upper() for one in weak)
            self.report.notes.append(
                f"{self.place or 'The bag'} is sealed with {names} alone, which shows decay but "
                "no longer a change that somebody meant to hide."
            )
        return found

    def _listed(
        self, manifests: Mapping[str, re.Match[str]], *, tag: bool
    ) -> dict[str, dict[str, str]]:
        """Every path the manifests list, with its hash by algorithm."""
        listed: dict[str, dict[str, str]] = {}
        for name, found in manifests.items():
            if bool(found[1]) == tag:
                for path, digest in self.manifest(name, found[2], tag=tag).items():
                    listed.setdefault(path, {})[found[2]] = digest
        return listed

    def manifest(self, name: str, algorithm: str, *, tag: bool | None) -> dict[str, str]:
        """One manifest's entries; a line that is none is a fault. `tag` is None for a plain list
        of hashes, which may name anything."""
        text = self._text(name)
        if text is None:
            return {}
        declared = Declared("0.97") if tag is None else self.declared
        entries, wrong = read_entries(text, algorithm, declared, tag=tag)
        self._faults(name, wrong)
        return entries

    def _text(self, name: str) -> str | None:
        encoding = "utf-8" if name == SUMS else self.declared.encoding
        try:
            if (self.folder / name).is_symlink():
                return None  # named already
            text, wrong = decoded((self.folder / name).read_bytes(), encoding)
        except (OSError, UnicodeError) as error:
            self.fault("unreadable", name, f"cannot be read: {error}")
            return None
        self._faults(name, wrong)
        return text

    def _check_lists(
        self,
        manifests: Mapping[str, re.Match[str]],
        payload: Mapping[str, Mapping[str, str]],
        tags: Mapping[str, Mapping[str, str]],
    ) -> None:
        """From 1.0 all payload manifests list the same files, and each tag manifest lists every
        payload manifest (RFC 8493 §2.1.3, §2.2.1)."""
        wanted = {found[2] for found in manifests.values() if not found[1]}
        if not wanted:
            self.fault("missing", "manifest-sha256.txt", "there is no payload manifest")
        if self.declared.number < (1, 0):
            return
        for path, hashes in payload.items():
            if missing := wanted - set(hashes):
                self.fault("damaged", path, f"is not listed for {', '.join(sorted(missing))}")
        for name, found in manifests.items():
            if not found[1]:
                continue
            for other, kind in manifests.items():
                if not kind[1] and found[2] not in tags.get(other, {}):
                    self.fault("damaged", name, f"does not list {other}")

    # Files

    def _on_disk(
        self, path: str, there: Mapping[str, object], forms: Mapping[str, list[str]]
    ) -> str:
        """The name on disk of a listed file. Some file systems store another Unicode form of a
        name than was written: the only file of that name is taken for it, and that is said."""
        if path in there or path != unicodedata.normalize("NFC", path):
            return path
        found = forms.get(path, [])
        if len(found) != 1:
            return path
        self.report.notes.append(f"{self.place}{path} has its name in another Unicode form.")
        return found[0]

    def check_file(self, path: str, hashes: Mapping[str, str], name: str) -> None:
        """Compare one file, which has `name` on disk, with its hashes, read once."""
        file = self.folder / name
        digests = {algorithm: hashlib.new(algorithm) for algorithm in hashes}
        try:
            if file.is_symlink():
                return  # named already
            if not file.is_file():
                there = file.exists()
                self.fault("damaged" if there else "missing", path, _ABSENT[there])
                return
            size = _hash_into(file, list(digests.values()))
        except OSError as error:  # also for a name too long for any file
            self.fault("unreadable", path, f"cannot be read: {error.strerror or error}")
            return
        if file not in self.report.read:
            self.report.read.add(file)
            self.report.files += 1
            self.report.size += size
        for algorithm, digest in digests.items():
            found = digest.hexdigest()
            if found != hashes[algorithm]:
                expected = hashes[algorithm]
                detail = f"is not what was sealed ({algorithm})"
                self.fault("damaged", path, detail, expected=expected, found=found)

    def _check_payload_folder(self, there: Iterable[str], known: set[str]) -> None:
        data = self.folder / "data"
        if data.is_symlink() or not data.is_dir():
            self.fault("missing", "data", "the folder of the payload is missing")
        for path in there:
            if path.startswith("data/") and path not in known:
                self.fault("extra", path, "lies in data/ but no manifest lists it")

    def _check_metadata(self, there: Mapping[str, os.DirEntry[str]]) -> None:
        name = self.declared.metadata
        if name not in there:
            return
        text = self._text(name)
        if text is None:
            return
        elements, wrong = read_elements(text)
        stated, faults = stated_oxum(elements)
        self._faults(name, [*wrong, *faults])
        if stated is None:
            return
        sizes = [
            entry.stat(follow_symlinks=False).st_size
            for path, entry in there.items()
            if path.startswith("data/")
        ]
        found = f"{sum(sizes)}.{len(sizes)}"
        if stated != found:
            detail = f"Payload-Oxum says {stated}, there is {found}"
            self.fault("damaged", "data", detail, expected=stated, found=found)

    def _check_fetch(self, there: Mapping[str, object], payload: Mapping[str, object]) -> None:
        """A bag with files still to fetch is incomplete; nothing is fetched here."""
        if "fetch.txt" not in there:
            return
        text = self._text("fetch.txt")
        if text is None:
            return
        paths, wrong = read_fetch(text, self.declared)
        self._faults("fetch.txt", wrong)
        for path in paths:
            if path not in payload:
                self.fault("damaged", "fetch.txt", f"names {path}, which no manifest lists")
        if absent := [path for path in paths if path not in there]:
            detail = f"{len(absent)} files have yet to be fetched: the bag is incomplete"
            self.fault("missing", "fetch.txt", detail)

    def _check_clashes(self, there: Iterable[str]) -> None:
        seen: dict[str, str] = {}
        for path in sorted(there):
            shape = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
            if shape in seen:
                self.fault("damaged", path, f"differs from {seen[shape]} only in case or form")
            seen[shape] = path

    def _note_unsealed(self, there: Iterable[str], tags: Mapping[str, object]) -> None:
        for path in there:
            if not path.startswith("data/") and path not in tags and not _is_tag_list(path):
                self.report.unsealed.append(f"{self.place}{path}")


_ABSENT = {True: "is not a file", False: "is missing"}


def _is_tag_list(path: str) -> bool:
    found = _MANIFEST.match(path)
    return found is not None and bool(found[1])


def _other_forms(paths: Iterable[str]) -> dict[str, list[str]]:
    """Paths on disk by their composed Unicode form (NFC)."""
    forms: dict[str, list[str]] = {}
    for path in paths:
        forms.setdefault(unicodedata.normalize("NFC", path), []).append(path)
    return forms


def _hash_into(file: Path, digests: list[hashlib._Hash]) -> int:
    """Feed a file to several hashes at once; gives its bytes. Raises OSError."""
    size = 0
    with file.open("rb") as body:
        while chunk := body.read(CHUNK):
            size += len(chunk)
            for digest in digests:
                digest.update(chunk)
    return size
