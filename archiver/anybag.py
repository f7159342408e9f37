"""Checking any BagIt bag, ours or not, versions 0.93 to 1.0 (RFC 8493), and unpacked zips of ours.

At least as strict as the reference validator, and stricter where that is lax: a malformed manifest
line is a fault, not skipped.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from archiver.bag import decoded_path, read_bag_info
from archiver.errors import NotAnArchive
from archiver.storage import files_below
from archiver.verify import Fault, FaultKind, Report

_ALGORITHMS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_DECLARATION = re.compile(
    r"BagIt-Version: (\d+\.\d+)\r?\nTag-File-Character-Encoding: ([A-Za-z0-9_.:-]+)(?:\r?\n)?\Z"
)
_VERSIONS = {"0.93", "0.94", "0.95", "0.96", "0.97", "1.0"}
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)\Z")
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt\Z")


def verify_bag(folder: Path) -> Report:
    """Check a bag, an unpacked zip of one (`SHA256SUMS` then covers the view too), or the folder
    of several. Raises NotAnArchive when there is no bag at all."""
    report = Report()
    bags = [folder] if (folder / "bagit.txt").is_file() else _bags_in(folder)
    if not bags:
        raise NotAnArchive(
            f"{folder} is not a bag: it has no bagit.txt.", "Name the folder that holds bagit.txt."
        )
    for bag in bags:
        work = _BagCheck(bag, "" if bag == folder else f"{bag.name}/", report)
        work.run()
        report.jobs += 1
    if (folder / "SHA256SUMS").is_file():
        _check_sums(folder, report)
    return report


def _bags_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path / "bagit.txt").is_file())


def _check_sums(folder: Path, report: Report) -> None:
    """The list beside a bag of ours: every file of the zip, the view included."""
    work = _BagCheck(folder, "", report)
    listed = work.manifest("SHA256SUMS", "sha256", "utf-8")
    for path, expected in listed.items():
        work.check_file(path, {"sha256": expected})
    for path, _ in files_below(folder):
        if path not in listed and path != "SHA256SUMS":
            work.fault("extra", path, "is not in SHA256SUMS")


class _BagCheck:
    """The state of checking one bag."""

    def __init__(self, folder: Path, place: str, report: Report) -> None:
        self.folder = folder
        self.place = place
        self.report = report

    def fault(self, kind: FaultKind, path: str, detail: str, **more: str) -> None:
        """Note a fault."""
        self.report.faults.append(Fault(kind, f"{self.place}{path}", detail, **more))

    def run(self) -> None:
        """Check declaration, manifests, payload, Oxum and tag files."""
        encoding = self._declaration()
        names = {path.name: found for path in self._top() if (found := _MANIFEST.match(path.name))}
        payload = self._listed(names, encoding, tag=False)
        tags = self._listed(names, encoding, tag=True)
        if not any(not found[1] for found in names.values()):
            self.fault("missing", "manifest-sha256.txt", "there is no payload manifest")
        self._check_complete(payload, names)
        for path, hashes in {**payload, **tags}.items():
            self.check_file(path, hashes)
        self._check_oxum()
        for path, entry in files_below(self.folder):
            if entry.is_symlink():
                self.fault("extra", path, "is a symbolic link")
            elif path.startswith("data/") and path not in payload:
                self.fault("extra", path, "lies in data/ but no manifest lists it")
        self._check_clashes({**payload, **tags})

    def _top(self) -> Iterator[Path]:
        return (path for path in sorted(self.folder.iterdir()) if path.is_file())

    def _declaration(self) -> str:
        body = (self.folder / "bagit.txt").read_bytes()
        found = _DECLARATION.match(body.decode("utf-8", "replace"))
        if found is None:
            self.fault("damaged", "bagit.txt", "is not a bag declaration (RFC 8493 §2.1.1)")
            return "utf-8"
        if found[1] not in _VERSIONS:
            self.fault("damaged", "bagit.txt", f"declares version {found[1]}, which is not known")
        try:
            return codecs.lookup(found[2]).name
        except LookupError:
            self.fault("damaged", "bagit.txt", f"declares the unknown encoding {found[2]}")
            return "utf-8"

    def _listed(
        self, names: Mapping[str, re.Match[str]], encoding: str, *, tag: bool
    ) -> dict[str, dict[str, str]]:
        """Every path the manifests list, with its hash by algorithm."""
        listed: dict[str, dict[str, str]] = {}
        for name, found in names.items():
            if bool(found[1]) != tag:
                continue
            if found[2] not in _ALGORITHMS:
                self.fault("damaged", name, f"the algorithm {found[2]} is not known")
                continue
            for path, digest in self.manifest(name, found[2], encoding).items():
                if tag == path.startswith("data/") or (
                    tag and _MANIFEST.match(path) and path[0] == "t"
                ):
                    self.fault("damaged", name, f"must not list {path}")
                listed.setdefault(path, {})[found[2]] = digest
        return listed

    def manifest(self, name: str, algorithm: str, encoding: str) -> dict[str, str]:
        """One manifest's entries; a line that is none is a fault."""
        entries: dict[str, str] = {}
        try:
            text = (self.folder / name).read_bytes().decode(encoding)
        except (OSError, UnicodeDecodeError) as error:
            self.fault("unreadable", name, f"cannot be read: {error}")
            return entries
        for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
            if not line:
                continue
            found = _LINE.match(line)
            if found is None or len(found[1]) != _ALGORITHMS[algorithm]:
                self.fault("damaged", name, f"line {number} is not a manifest entry")
                continue
            path = decoded_path(found[2].removeprefix("./"))
            if path in entries:
                self.fault("damaged", name, f"line {number} lists {path} a second time")
            entries[path] = found[1].lower()
        return entries

    def _check_complete(
        self, payload: Mapping[str, Mapping[str, str]], names: Mapping[str, re.Match[str]]
    ) -> None:
        wanted = {found[2] for found in names.values() if not found[1]}
        for path, hashes in payload.items():
            if missing := wanted - set(hashes):
                self.fault("damaged", path, f"is not listed for {', '.join(sorted(missing))}")

    def check_file(self, path: str, hashes: Mapping[str, str]) -> None:
        """Compare one file with its hashes, read once."""
        if path.startswith(("/", "~", "\\")) or ".." in path.split("/") or ":" in path[:3]:
            self.fault("damaged", path, "leads out of the bag")
            return
        file = self.folder / path
        if not file.is_file():
            self.fault("missing", path, "is missing")
            return
        digests = {name: hashlib.new(name) for name in hashes}
        size = 0
        with file.open("rb") as body:
            while chunk := body.read(1 << 20):
                size += len(chunk)
                for digest in digests.values():
                    digest.update(chunk)
        if file not in self.report.read:
            self.report.read.add(file)
            self.report.files += 1
            self.report.size += size
        for name, digest in digests.items():
            if digest.hexdigest() != hashes[name]:
                self.fault(
                    "damaged",
                    path,
                    "is not what was sealed",
                    expected=hashes[name],
                    found=digest.hexdigest(),
                )

    def _check_oxum(self) -> None:
        info = self.folder / "bag-info.txt"
        if not info.is_file():
            return
        stated = read_bag_info(info.read_bytes()).get("Payload-Oxum")
        if stated is None or not (self.folder / "data").is_dir():
            return
        sizes = [entry.stat().st_size for _, entry in files_below(self.folder / "data")]
        there = f"{sum(sizes)}.{len(sizes)}"
        if stated != there:
            self.fault("damaged", "data", f"Payload-Oxum says {stated}, there is {there}")

    def _check_clashes(self, paths: Mapping[str, object]) -> None:
        seen: dict[str, str] = {}
        for path in paths:
            shape = unicodedata.normalize("NFC", path).casefold()
            if shape in seen:
                self.fault("damaged", path, f"differs from {seen[shape]} only in case or form")
            seen[shape] = path
