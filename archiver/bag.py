"""A job's folder as a BagIt 1.0 bag (RFC 8493): manifests, `bag-info.txt`, numbered seals.

The seal covers `data/` and the bag's own tag files. Before a bag is sealed anew, its last tag
manifest, payload manifest, `bag-info.txt` and `record.json` go to `seals/NNNN/`, listed in the new
tag manifest. Each seal has a 32-byte salt in `seals/NNNN/salt`; its *commitment*,
SHA-256(salt ‖ tagmanifest-sha256.txt), is what the ledger holds: it pins everything, and says
nothing once the bag is gone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from archiver import __version__
from archiver.models import JobRecord, RelPath, Seal, Sha256
from archiver.naming import job_key
from archiver.packing import Packed, PackedName, compressed, pack, packed_name, unpack
from archiver.record import RECORD_PATH, time_of, time_text
from archiver.storage import link_or_copy, sha256_bytes, sha256_file, write_staged

BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = RelPath("manifest-sha256.txt")
TAGMANIFEST = RelPath("tagmanifest-sha256.txt")
BAG_INFO = RelPath("bag-info.txt")
VIEW_MANIFEST = RelPath("view-sha256.txt")
SALT_BYTES = 32
_KEPT_TAGS = ("tagmanifest-sha256.txt", "manifest-sha256.txt", "bag-info.txt", "record.json")
_LINE = re.compile(r"([0-9A-Fa-f]{64})[ \t]+\*?(.+)\Z")
_LONGEST_VALUE = 1000


# --- manifests --------------------------------------------------------------------------------


def manifest_bytes(entries: Mapping[RelPath, Sha256]) -> bytes:
    """A manifest as GNU `sha256sum -c` and RFC 8493 §2.1.3 read it: sorted, two spaces, `\\n`."""
    lines = (f"{entries[path]}  {_encoded(path)}\n" for path in sorted(entries))
    return "".join(lines).encode()


def read_manifest(body: bytes) -> dict[RelPath, Sha256]:
    """The entries of a manifest. Raises ValueError naming the first line that is not one."""
    found: dict[RelPath, Sha256] = {}
    for number, line in enumerate(body.decode().split("\n"), 1):
        line = line.removesuffix("\r")
        if not line:
            continue
        matched = _LINE.match(line)
        if matched is None:
            raise ValueError(f"line {number} is not a manifest entry: {line[:80]!r}")
        path = RelPath(decoded_path(matched[2].removeprefix("./")))
        if path in found:
            raise ValueError(f"line {number} lists {path!r} a second time")
        found[path] = Sha256(matched[1].lower())
    return found


def _encoded(path: str) -> str:
    """RFC 8493 §2.1.3: a percent sign, carriage return or line feed in a path is encoded."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decoded_path(path: str) -> str:
    """A path as it stands on disk, from the form it has in a manifest (RFC 8493 §2.1.3)."""
    if "%" not in path:  # as in all of our own names
        return path
    plain = re.sub("%0D", "\r", path, flags=re.IGNORECASE)
    return re.sub("%0A", "\n", plain, flags=re.IGNORECASE).replace("%25", "%")


# --- bag-info.txt -----------------------------------------------------------------------------


def bag_info_bytes(elements: Iterable[tuple[str, str]]) -> bytes:
    """`bag-info.txt` (RFC 8493 §2.2.2): one element a line, what a line cannot carry made plain."""
    return "".join(f"{label}: {_one_line(value)}\n" for label, value in elements).encode()


def _one_line(value: str) -> str:
    shown = "".join(
        c if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" else f"\\u{ord(c):04x}"
        for c in value[:_LONGEST_VALUE]
    )
    return shown.strip() or "-"


def read_bag_info(body: bytes) -> dict[str, str]:
    """The elements of `bag-info.txt`, a folded line joined; of a repeated label the first."""
    found: dict[str, str] = {}
    label = ""
    for line in body.decode("utf-8", "replace").splitlines():
        if line[:1] in (" ", "\t") and label:
            found[label] += " " + line.strip()
            continue
        label, _, value = line.partition(":")
        found.setdefault(label.strip(), value.strip())
    return found


def bag_info(record: JobRecord, workspace_id: str, payload: tuple[int, int]) -> bytes:
    """The `bag-info.txt` of a job: `payload` is the number of its files and their bytes."""
    files, size = payload
    gone = record.gone
    elements = [
        ("Source-Organization", f"WorkPhotos workspace {workspace_id}"),
        ("External-Identifier", record.job_id),
        ("External-Description", record.title or "(no title)"),
        ("Bagging-Date", record.sealed.astimezone(UTC).strftime("%Y-%m-%d")),
        ("Payload-Oxum", f"{size}.{files}"),
        ("Bag-Group-Identifier", workspace_id),
        ("Bag-Software-Agent", f"workphotos-archiver {__version__}"),
        ("Ledger-Identifier", job_key(record.job_id)),
        ("Seal-Number", str(record.seal)),
        ("Sealed-At", time_text(record.sealed)),
    ]
    if gone is not None:
        elements.append(("No-Longer-In-WorkPhotos-Since", time_text(gone.since)))
    return bag_info_bytes(elements)


# --- a bag on disk ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Bag:
    """A sealed bag as its tag files describe it; the payload itself is not read."""

    folder: Path
    number: int
    sealed: datetime
    salt: bytes
    tagmanifest: bytes
    manifest: bytes
    info: Mapping[str, str]

    @cached_property
    def payload(self) -> dict[RelPath, Sha256]:
        """The payload manifest's entries."""
        return read_manifest(self.manifest)

    @cached_property
    def tags(self) -> dict[RelPath, Sha256]:
        """The tag manifest's entries."""
        return read_manifest(self.tagmanifest)

    @property
    def commitment(self) -> Sha256:
        """What the ledger holds of this seal."""
        return commitment(self.salt, self.tagmanifest)

    @property
    def oxum(self) -> tuple[int, int]:
        """Payload files and bytes, as `bag-info.txt` states them."""
        size, _, files = self.info.get("Payload-Oxum", "0.0").partition(".")
        return int(files), int(size)

    @property
    def seal(self) -> Seal:
        """The seal as a page speaks of it."""
        files, size = self.oxum
        return Seal(self.number, self.sealed, sha256_bytes(self.tagmanifest), files, size)


def commitment(salt: bytes, body: bytes) -> Sha256:
    """SHA-256(salt ‖ body): of a seal's tag manifest, or of a view's `view-sha256.txt`."""
    return Sha256(hashlib.sha256(salt + body).hexdigest())


def read_bag(folder: Path) -> Bag:
    """Read the tag files of a job's folder.

    Raises FileNotFoundError when one is missing and ValueError when one is not what it should be.
    """
    info = read_bag_info((folder / BAG_INFO).read_bytes())
    number = int(info.get("Seal-Number", "0"))
    return Bag(
        folder=folder,
        number=number,
        sealed=time_of(info.get("Sealed-At", "")),
        salt=(folder / seal_folder(number) / "salt").read_bytes(),
        tagmanifest=(folder / TAGMANIFEST).read_bytes(),
        manifest=(folder / MANIFEST).read_bytes(),
        info=info,
    )


def view_pin(folder: Path, salt: bytes) -> Sha256:
    """What the ledger holds of a job's view. Raises FileNotFoundError."""
    return commitment(salt, (folder / VIEW_MANIFEST).read_bytes())


def seal_folder(number: int) -> RelPath:
    """Where a seal's salt lies, and later its tag files."""
    return RelPath(f"seals/{number:04d}")


# --- series of almost equal bodies ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """The files, by number, that hold one body through time: `record.json` of each seal, or the
    snapshots. `files` maps a number to its file below `folder`."""

    folder: Path
    files: Mapping[int, RelPath]

    def body(self, number: int) -> bytes:
        """One body, unpacked. Raises KeyError, OSError, ValueError."""
        body = (self.folder / self.files[number]).read_bytes()
        kept = self._kept(number)
        return unpack(body, self._base(kept)) if kept.packed else body

    def as_kept(self, number: int, body: bytes) -> bytes:
        """A body packed as the one of that number is: the bytes of its file, if it is the same.
        Raises KeyError, OSError, ValueError."""
        kept = self._kept(number)
        return compressed(body, self._base(kept)) if kept.packed else body

    def pack_next(self, body: bytes) -> Packed:
        """How to keep the body that follows."""
        number, base, spent, cost = self.last_base()
        return pack(body, base=base, base_number=number, spent=spent, full=cost)

    def last_base(self) -> tuple[int, bytes | None, int, int]:
        """What the next body may be a patch against: number and body (0 and None for none), the
        bytes of all patches against it so far, and what it costs itself."""
        full = self._last_full()
        if full is None:
            return 0, None, 0, 0
        spent = sum(
            (self.folder / file).stat().st_size
            for number, file in self.files.items()
            if self._kept(number).base == full
        )
        base_body = self.body(full)
        cost = min((self.folder / self.files[full]).stat().st_size, len(base_body) // 4)
        return full, base_body, spent, cost

    def _last_full(self) -> int | None:
        full = (number for number in self.files if self._kept(number).base is None)
        return max(full, default=None)

    def _kept(self, number: int) -> PackedName:
        """How a body is kept, as its file's name says. Raises KeyError."""
        return packed_name(self.files[number].rpartition("/")[2])

    def _base(self, kept: PackedName) -> bytes | None:
        """What a body is a patch of, if it is one."""
        return None if kept.base is None else self.body(kept.base)


def repacked(series: Series, bodies: Mapping[int, bytes]) -> dict[int, Packed]:
    """How to keep the bodies of a series' last numbers anew, when they changed; those before stay
    as they are. Raises OSError, ValueError."""
    if not bodies:
        return {}
    kept = {number: file for number, file in series.files.items() if number not in bodies}
    before = Series(series.folder, kept)
    base, base_body, spent, cost = before.last_base()
    packed: dict[int, Packed] = {}
    for number in sorted(bodies):
        body = bodies[number]
        made = pack(body, base=base_body, base_number=base, spent=spent, full=cost)
        packed[number] = made
        if packed_name(f"x{made.suffix}").base is None:
            base, base_body, spent = number, body, 0
            cost = min(len(made.body), len(body) // 4)
        else:
            spent += len(made.body)
    return packed


def past_tags(folder: Path, tags: Iterable[RelPath], name: str) -> Series:
    """The series of one tag file through the past seals, from the tag manifest's paths."""
    files: dict[int, RelPath] = {}
    for path in tags:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "seals" and packed_name(parts[2]).name == name:
            files[int(parts[1])] = path
    return Series(folder, files)


def snapshot_series(bag: Bag) -> Series:
    """The snapshots of a bag, by number."""
    files = {
        int(path.rpartition("/")[2].partition("-")[0]): path
        for path in bag.payload
        if path.startswith("data/snapshots/")
    }
    return Series(bag.folder, files)


# --- sealing ----------------------------------------------------------------------------------


def seal_bag(
    folder: Path,
    record: JobRecord,
    payload: Mapping[RelPath, Sha256],
    sizes: Mapping[RelPath, int],
    *,
    workspace_id: str,
    salt: bytes,
    previous: Bag | None,
    dropped: Collection[int] = (),
    keep: Callable[[RelPath], None] | None = None,
) -> Bag:
    """Seal a staged folder whose payload is in place: write its tag files and keep the last seal's.

    `payload` gives every payload file's hash as known since it was written (nothing is read a
    second time), `sizes` its bytes. `record.seal` is the number of the new seal. `dropped` are
    earlier seals that an erasure takes with it. `keep` brings a file of an earlier seal into the
    folder, by default as a link. Raises OSError.
    """
    tags = _keep_last_seal(folder, previous, dropped, keep) if previous is not None else {}

    def put(path: RelPath, body: bytes) -> None:
        write_staged(folder / path, body)
        tags[path] = sha256_bytes(body)

    put(RelPath(f"{seal_folder(record.seal)}/salt"), salt)
    put(RelPath("bagit.txt"), BAGIT_TXT)
    put(BAG_INFO, bag_info(record, workspace_id, (len(payload), sum(sizes.values()))))
    put(MANIFEST, manifest_bytes(payload))
    write_staged(folder / TAGMANIFEST, manifest_bytes(tags))
    return read_bag(folder)


def _keep_last_seal(
    folder: Path,
    previous: Bag,
    dropped: Collection[int],
    keep: Callable[[RelPath], None] | None,
) -> dict[RelPath, Sha256]:
    """Keep the past seals in the staged folder and move the last one's tag files among them."""

    def link(path: RelPath) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(previous.folder / path, folder / path)

    tags: dict[RelPath, Sha256] = {}
    for path, sha256 in previous.tags.items():
        if path.startswith("seals/") and int(path.split("/")[1]) not in dropped:
            (keep or link)(path)
            tags[path] = sha256
    if previous.number in dropped:
        return tags
    for name in _KEPT_TAGS:
        source = RECORD_PATH if name == "record.json" else name
        body = (previous.folder / source).read_bytes()
        packed = past_tags(previous.folder, previous.tags, name).pack_next(body)
        path = RelPath(f"{seal_folder(previous.number)}/{name}{packed.suffix}")
        write_staged(folder / path, packed.body)
        tags[path] = sha256_bytes(packed.body)
    return tags


def tags_fit(bag: Bag) -> bool:
    """Whether `bag-info.txt` and the payload manifest are those that the tag manifest lists."""
    try:
        named = (BAG_INFO, MANIFEST)
        return all(sha256_file(bag.folder / path) == bag.tags[path] for path in named)
    except (OSError, KeyError, ValueError):
        return False


class NotTheSealedRecord(ValueError):
    """`record.json` is gone, or not the one that its bag's manifest has."""

    def __init__(self) -> None:
        super().__init__(f"{RECORD_PATH} is not the one that was sealed")


def sealed_record(bag: Bag) -> bytes:
    """`record.json`, byte for byte as it was sealed. Raises NotTheSealedRecord, OSError."""
    try:
        body = (bag.folder / RECORD_PATH).read_bytes()
    except FileNotFoundError as error:
        raise NotTheSealedRecord from error
    if bag.payload.get(RelPath(RECORD_PATH)) != sha256_bytes(body):
        raise NotTheSealedRecord
    return body


def check_record_untouched(bag: Bag) -> bool:
    """Whether `record.json`, from which the next record is made, is the one that was sealed."""
    return sha256_file(bag.folder / RECORD_PATH) == bag.payload.get(RelPath(RECORD_PATH))
