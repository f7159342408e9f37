"""Checking a ledger by itself, without reading a bag: chain, signatures, time stamps, its files,
and whether it continues what somebody outside has kept of it.

A chain alone shows neither a cut tail nor a whole rewrite. A signature shows them to who has the
public key elsewhere, a time stamp to who trusts its authority, a checkpoint to who kept it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cryptography import x509

from archiver.anchoring import active_keys, key_name
from archiver.chain import BrokenLedger, Entry, read_entries, whole_lines
from archiver.checkpoint import Checkpoint
from archiver.head import Head
from archiver.ledger import LEDGER_FILE, read_ledger
from archiver.marks import MARKS_FILE, lost_marks
from archiver.models import Sha256
from archiver.pins import Gap, LedgerState
from archiver.signing import is_signed, key_id, public_pem
from archiver.storage import files_below, is_torn, sha256_bytes
from archiver.timestamps import BadStamp, Stamp, read_stamp

LedgerFaultKind = Literal["ledger", "missing", "extra", "damaged", "unreadable"]


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """One thing wrong with the ledger; `path` is relative to `ledger/`. `restored` tells that a
    backup that was brought back looks just so."""

    kind: LedgerFaultKind
    path: str
    detail: str
    restored: bool = False


@dataclass(frozen=True, slots=True)
class Trust:
    """What a person brings from outside: checkpoints, public keys (hexadecimal) and root
    certificates of time-stamp authorities."""

    since: tuple[Checkpoint, ...] = ()
    keys: tuple[str, ...] = ()
    roots: tuple[x509.Certificate, ...] = ()


NO_TRUST = Trust()
"""Nothing from outside: the ledger is checked against itself."""


@dataclass
class LedgerCheck:
    """What checking a ledger found. `state` is None when the chain does not hold; `signed_until`
    is the last entry that a signature vouches for, `trusted_until` one by a key of `Trust`."""

    state: LedgerState | None = None
    faults: list[LedgerFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    signatures: int = 0
    stamps: int = 0
    signed_until: int = 0
    trusted_until: int = 0

    def fault(
        self, kind: LedgerFaultKind, path: str, detail: str, *, restored: bool = False
    ) -> None:
        """Note a fault."""
        self.faults.append(LedgerFault(kind, path, detail, restored))


def check_ledger(folder: Path, trust: Trust = NO_TRUST) -> LedgerCheck:
    """Check the ledger in `folder`; every fault is named, nothing is raised for one."""
    check = LedgerCheck()
    watch = _Watch(folder, trust, check)
    try:
        state, torn = read_ledger(folder, watch)
    except FileNotFoundError:
        check.fault("missing", LEDGER_FILE, "the ledger is missing")
        return check
    except OSError as error:
        check.fault("unreadable", LEDGER_FILE, f"cannot be read: {error.strerror}")
        return check
    except BrokenLedger as broken:
        check.fault("ledger", LEDGER_FILE, f"line {broken.line} {broken.reason}")
        return check
    check.state = state
    if torn:
        detail = f"its last line is torn ({len(torn)} bytes); the next sync keeps it aside"
        check.fault("ledger", LEDGER_FILE, detail)
    check.notes.extend(str(gap) for gap in state.gaps)
    for point in trust.since:
        _check_since(check, state, point, watch.lines.get(point.head.number))
    _check_trust(check, state, trust, watch.trusted)
    _check_files(check, state, folder, watch.files)
    return check


# --- entry by entry ---------------------------------------------------------------------------


class _Watch:
    """Looks at each entry while the ledger is read; keeps the few hashes that are asked for."""

    def __init__(self, folder: Path, trust: Trust, check: LedgerCheck) -> None:
        self.folder = folder
        self.trust = trust
        self.check = check
        self.lines: dict[int, Sha256] = {}
        self.files: dict[str, Sha256 | None] = {}
        self._wanted = {point.head.number for point in trust.since}
        self.trusted = set(trust.keys)
        self._proposed: list[str] = []

    def __call__(self, state: LedgerState, entry: Entry, sha256: Sha256) -> None:
        if entry.number in self._wanted:
            self.lines[entry.number] = sha256
        head = Head(state.entries, state.head)
        if entry.event == "signed":
            self._signed(state, entry, head)
        elif entry.event == "timestamped":
            self._stamped(entry, head)
        elif entry.event == "key-added":
            self._added(state, entry)

    def _fault(self, entry: Entry, detail: str) -> None:
        self.check.fault("ledger", LEDGER_FILE, f"line {entry.number} {detail}")

    def _added(self, state: LedgerState, entry: Entry) -> None:
        key, public = entry.fields["key"], entry.fields["public"]
        try:
            sound = key_id(public) == key
            pem = public_pem(public)
        except (ValueError, TypeError, AttributeError):
            sound, pem = False, b""
        if not sound:
            self._fault(entry, f"adds key {key}, which is not the key that it says")
        if key in state.keys:
            self._fault(entry, f"adds key {key} a second time")
        self.files[key_name(str(key))] = sha256_bytes(pem)
        self._proposed.append(public)

    def _signed(self, state: LedgerState, entry: Entry, head: Head) -> None:
        self.check.signatures += 1
        name = entry.fields["key"]
        key = state.keys.get(name)
        if entry.fields["of"] != head.number:
            self._fault(entry, "signs another entry than the one before it")
        elif key is None:
            self._fault(entry, f"is signed with key {name}, which the ledger does not know by then")
        elif key.ended is not None:
            ended = "was declared lost" if key.lost else "was retired"
            self._fault(entry, f"is signed with key {name}, which {ended} in entry {key.ended}")
        elif not is_signed(key.public, str(entry.fields["signature"]), head.statement):
            self._fault(entry, f"holds a signature that key {name} did not make of this head")
        else:
            self.check.signed_until = head.number
            if key.public in self.trusted:
                # What a trusted key signs, it vouches for: the keys added until then too.
                self.check.trusted_until = head.number
                self.trusted |= set(self._proposed)
                self._proposed.clear()

    def _stamped(self, entry: Entry, head: Head) -> None:
        self.check.stamps += 1
        name = str(entry.fields["token"])
        self.files[name] = Sha256(str(entry.fields["sha256"]))
        if entry.fields["of"] != head.number:
            self._fault(entry, "stamps another entry than the one before it")
            return
        try:
            body = (self.folder / name).read_bytes() if _is_stamp(name) else b""
            if sha256_bytes(body) != entry.fields["sha256"]:
                return  # the file is named as missing or damaged
            stamp = read_stamp(body, head, roots=self.trust.roots)
        except OSError:
            return
        except BadStamp as error:
            self.check.fault("ledger", name, f"{error} (entry {entry.number})")
            return
        self._tell(stamp)

    def _tell(self, stamp: Stamp) -> None:
        if not stamp.proven and self.check.stamps == 1:
            self.check.notes.append(
                f"time stamps say that their authority is {stamp.authority}; that was not checked "
                "(give its root certificate with --timestamp-ca)"
            )


def _is_stamp(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder == "timestamps" and "/" not in file and file.removesuffix(".tsr").isdigit()


# --- against what was kept outside ------------------------------------------------------------


def _check_since(
    check: LedgerCheck, state: LedgerState, point: Checkpoint, there: Sha256 | None
) -> None:
    """Whether the ledger continues a checkpoint, and whether the note itself is sound."""
    number, sha256 = point.head.number, point.head.sha256
    if point.archive is not None and point.archive != state.genesis:
        detail = "is of another archive than the checkpoint (their first lines differ)"
        check.fault("ledger", LEDGER_FILE, detail)
        return
    gap = None if there == sha256 else _gap_around(state.gaps, point)
    _check_note(check, state, point, gap)
    if there == sha256:
        check.notes.append(f"the ledger continues the checkpoint at entry {number}")
    elif gap is not None:
        check.notes.append(
            f"the checkpoint at entry {number} lies in the gap that entry {gap.number} states: "
            "what stood there is not in this ledger"
        )
    elif there is None:
        check.fault(
            "ledger",
            LEDGER_FILE,
            f"was cut: it ends with entry {state.entries}, before the checkpoint at {number}",
            restored=True,
        )
    else:
        check.fault(
            "ledger",
            LEDGER_FILE,
            f"was rewritten: another line than the checkpoint's stands at entry {number}. Where "
            "the two histories part, at that entry or before it, this ledger cannot tell"
            + _by_hand(state, point),
        )


def _gap_around(gaps: Sequence[Gap], point: Checkpoint) -> Gap | None:
    """The restore that explains why a checkpoint is not continued: the very one that it was made
    from, or one whose lost entries, by their numbers and times, it is among."""
    for gap in gaps:
        if (gap.checkpoint, gap.head) == (point.head.number, point.head.sha256):
            return gap
        if (
            gap.number <= point.head.number <= gap.checkpoint
            and gap.reached is not None
            and point.time is not None
            and point.time <= gap.reached
        ):
            return gap
    return None


def _by_hand(state: LedgerState, point: Checkpoint) -> str:
    inside = any(gap.number <= point.head.number <= gap.checkpoint for gap in state.gaps)
    if not inside or point.time is not None:
        return ""
    return " (or it lies in the gap that the ledger states; a head by hand has no time to tell)"


def _check_note(check: LedgerCheck, state: LedgerState, point: Checkpoint, gap: Gap | None) -> None:
    """The note's own signature, by the key that could sign when it was made."""
    number = point.head.number
    if point.key is None:
        if point.archive is not None:
            check.notes.append(f"the checkpoint at entry {number} is not signed")
        return
    key = state.keys.get(point.key)
    if point.signature is None:
        detail = f"the checkpoint at entry {number} says that it is signed, but is not"
        check.fault("ledger", LEDGER_FILE, detail)
    elif key is None:
        if gap is None:
            detail = f"the checkpoint at entry {number} is signed with a key it does not know"
            check.fault("ledger", LEDGER_FILE, detail, restored=number > state.entries)
        else:
            check.notes.append(f"the checkpoint's key {point.key} was lost in the gap")
    elif not point.is_signed_by(key.public):
        detail = f"the checkpoint at entry {number} was changed after it was signed"
        check.fault("ledger", LEDGER_FILE, detail)
    elif key.added > number or (key.ended is not None and key.ended < number):
        detail = f"the checkpoint at entry {number} is signed with a key that could not sign then"
        check.fault("ledger", LEDGER_FILE, detail)


def _check_trust(
    check: LedgerCheck, state: LedgerState, trust: Trust, trusted: Collection[str]
) -> None:
    """Keys given from outside, or those they vouch for, must have signed this ledger, and the
    checkpoints that are signed."""
    for point in trust.since if trust.keys else ():
        if point.key is not None and not any(map(point.is_signed_by, trusted)):
            detail = f"the checkpoint at entry {point.head.number} is not by a trusted key"
            check.fault("ledger", LEDGER_FILE, detail)
    if trust.keys and not check.trusted_until:
        check.fault("ledger", LEDGER_FILE, "holds no signature by the trusted key")
    elif trust.keys:
        check.notes.append(
            f"the trusted key vouches for entries 1 to {check.trusted_until} of {state.entries}"
        )
    elif check.signed_until:
        check.notes.append(
            f"signed up to entry {check.signed_until} of {state.entries}, by keys that the ledger "
            "itself names (compare them with --trusted-key)"
        )
    elif active_keys(state):
        check.notes.append("the ledger has a key, but nothing is signed yet")


# --- the files beside it ----------------------------------------------------------------------


def _check_files(
    check: LedgerCheck, state: LedgerState, folder: Path, wanted: dict[str, Sha256 | None]
) -> None:
    """Every file in `ledger/` is one that belongs there, as the ledger says it is."""
    there = {str(path): Path(entry.path) for path, entry in files_below(folder)}
    for path, file in there.items():
        if path in (LEDGER_FILE, MARKS_FILE) or is_torn(path.rpartition("/")[2]):
            continue
        expected = wanted.get(path, _torn_hash(path))
        if expected is None:
            if not _waits_for_its_entry(path, file, state):
                check.fault("extra", path, "is not part of the ledger")
        else:
            _check_file(check, path, file, expected)
    for path in sorted(set(wanted) - set(there)):
        check.fault("missing", path, "is missing")
    for number in lost_marks(folder, state):
        detail = f"does not hold what keeps out what entry {number} erased"
        check.fault("ledger", MARKS_FILE, detail)


def _torn_hash(path: str) -> str | None:
    """What a torn line's name says of its bytes."""
    found = re.fullmatch(r"torn-([0-9a-f]{12})\.txt", path)
    return found[1] if found else None


def _waits_for_its_entry(path: str, file: Path, state: LedgerState) -> bool:
    """Whether a token is one that a run was killed over: of the head, its entry not yet written."""
    if path != f"timestamps/{state.entries:06d}.tsr" or file.is_symlink():
        return False
    try:
        read_stamp(file.read_bytes(), Head(state.entries, state.head))
    except (OSError, BadStamp):
        return False
    return True


def _check_file(check: LedgerCheck, path: str, file: Path, expected: str) -> None:
    try:
        sound = not file.is_symlink() and sha256_bytes(file.read_bytes()).startswith(expected)
    except OSError as error:
        check.fault("unreadable", path, f"cannot be read: {error.strerror}")
        return
    if not sound:
        check.fault("damaged", path, "is not what the ledger says")


def entries_of(folder: Path) -> Iterator[tuple[Entry, Sha256]]:
    """Each entry of a ledger with the hash of its line. Raises BrokenLedger, FileNotFoundError."""
    with (folder / LEDGER_FILE).open("rb") as file:
        yield from read_entries(whole_lines(file, []))


def fault_json(fault: LedgerFault) -> dict[str, Any]:
    """A fault for `--json`, as `verify` gives its own."""
    return {"kind": fault.kind, "path": f"ledger/{fault.path}", "detail": fault.detail}
