"""What proves a job's seal to somebody who has neither the archive nor this program: `proof/`.

The seal's salt; the ledger's lines from the entry that pins the seal to the next head that a
signature or a time stamp vouches for, byte for byte, because each holds the hash of the one before;
what vouches for that head; and `PROOF.txt` (`prooftext`), which says how to check it all. Reads the
archive, writes nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from archiver.chain import Entry, line_hash
from archiver.errors import ArchiveDamaged
from archiver.handover import ChosenJob
from archiver.head import Head
from archiver.ledger import LEDGER_FILE, BrokenLedger, LedgerState, read_ledger
from archiver.models import Sha256
from archiver.naming import job_key
from archiver.prooftext import (
    CA,
    CHAIN,
    KEY,
    LINES,
    PROOF_TEXT,
    SALT,
    SIGNATURE,
    SIGNED_HEAD,
    STAMP,
    STAMPED_HEAD,
    ProofFacts,
    SignedHead,
    StampedHead,
    proof_text,
    told_of_others,
)
from archiver.signing import is_signed, public_pem
from archiver.storage import sha256_bytes
from archiver.timestamps import BadStamp, read_stamp, token_certificates


@dataclass(frozen=True, slots=True)
class Proof:
    """The files of `proof/` by their names in it, and what to say before they are handed out."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...]
    others: tuple[str, ...]
    """The keys of other jobs that the ledger's lines name."""


def make_proof(archive: Path, job: ChosenJob, roots: Sequence[x509.Certificate] = ()) -> Proof:
    """What proves the present seal of a job. `roots` are certificates of time-stamp authorities
    that somebody brought from outside the archive.

    Raises ArchiveDamaged when the ledger does not pin this seal, or what should vouch for it does
    not; OSError.
    """
    ledger, key = archive / "ledger", job_key(job.record.job_id)
    span = _Span(key, job.bag.commitment)
    try:
        state, _ = read_ledger(ledger, span)
    except BrokenLedger as error:
        raise ArchiveDamaged(
            f"The ledger's chain does not hold: {error}.",
            "Nothing was exported. Run `archiver verify` and compare with a backup.",
        ) from error
    if span.first == 0:
        raise _damaged(f"does not pin the present seal of {job.folder.name}")
    signed = span.chosen(state)
    last = span.last(signed, state)
    lines = tuple(_lines(ledger, span.first, last))
    files = {SALT: job.bag.salt, LINES: b"".join(lines)}
    facts = ProofFacts(
        title=job.title,
        seal=job.bag.number,
        first=span.first,
        head=Head(last, line_hash(lines[-1])),
        checkpoint=last == span.checkpoint,
        signed=_add_signature(files, signed, state, lines, span.first),
        stamped=_add_stamp(files, span.stamped, ledger, lines, span.first, roots),
        told=told_of_others(lines, key),
    )
    files[PROOF_TEXT] = proof_text(facts)
    return Proof(files, facts.notes, facts.told.jobs)


@dataclass(slots=True)
class _Span:
    """Looks for the entry that pins a seal, and for what first vouches for it after that."""

    key: str
    commitment: Sha256
    first: int = 0
    signatures: list[Entry] = field(default_factory=list)
    stamped: Entry | None = None
    checkpoint: int = 0

    def __call__(self, state: LedgerState, entry: Entry, sha256: Sha256) -> None:
        del state, sha256
        if self._pins(entry):
            self.first, self.signatures, self.stamped, self.checkpoint = entry.number, [], None, 0
        elif not self.first:
            return
        elif entry.event == "signed":
            self._note_signature(entry)
        elif entry.event == "timestamped" and self.stamped is None:
            self.stamped = entry
        elif entry.event == "checkpoint":
            self.checkpoint = self.checkpoint or entry.number

    def _pins(self, entry: Entry) -> bool:
        if entry.event == "sealing":
            pins: Sequence[Mapping[str, Any]] = [entry.fields]
            return entry.fields.get("job") == self.key and _newest(pins) == self.commitment
        if entry.event == "resumed":
            return _newest(entry.fields["adopted"].get(self.key, ())) == self.commitment
        return False

    def _note_signature(self, entry: Entry) -> None:
        """The first of each key: which of them is lost is known at the ledger's end alone."""
        if all(one.fields["key"] != entry.fields["key"] for one in self.signatures):
            self.signatures.append(entry)

    def chosen(self, state: LedgerState) -> Entry | None:
        """The first signature by a key that nobody has declared lost."""
        sound = (one for one in self.signatures if not _is_lost(state, one))
        return next(sound, None)

    def last(self, signed: Entry | None, state: LedgerState) -> int:
        """The entry to which the lines go: as far as is vouched for, else to a checkpoint, whose
        note somebody may have kept, else to the ledger's end."""
        anchors = [one.fields["of"] for one in (signed, self.stamped) if one is not None]
        return max(anchors, default=self.checkpoint or state.entries)


def _newest(pins: Sequence[Mapping[str, Any]]) -> str | None:
    return pins[-1].get("new") if pins else None


def _is_lost(state: LedgerState, signed: Entry) -> bool:
    key = state.keys.get(signed.fields["key"])
    return key is None or key.lost


def _lines(ledger: Path, first: int, last: int) -> Iterator[bytes]:
    with (ledger / LEDGER_FILE).open("rb") as file:
        yield from islice(file, first - 1, last)


def _head(lines: Sequence[bytes], first: int, number: int) -> Head:
    return Head(number, line_hash(lines[number - first]))


def _add_signature(
    files: dict[str, bytes],
    signed: Entry | None,
    state: LedgerState,
    lines: Sequence[bytes],
    first: int,
) -> SignedHead | None:
    """Put in a signature, what it is over and the key's public half."""
    if signed is None:
        return None
    key, head = state.keys[signed.fields["key"]], _head(lines, first, signed.fields["of"])
    signature = str(signed.fields["signature"])
    if not is_signed(key.public, signature, head.statement):
        raise _damaged(f"has a signature that does not hold, in line {signed.number}")
    files[SIGNED_HEAD] = head.statement
    files[SIGNATURE] = base64.b64decode(signature)
    files[KEY] = public_pem(key.public)
    return SignedHead(head, signed.time, key.id, sha256_bytes(bytes.fromhex(key.public)))


def _add_stamp(
    files: dict[str, bytes],
    stamped: Entry | None,
    ledger: Path,
    lines: Sequence[bytes],
    first: int,
    roots: Sequence[x509.Certificate],
) -> StampedHead | None:
    """Put in a time stamp, what it is over, and the certificates that are known."""
    if stamped is None:
        return None
    head = _head(lines, first, stamped.fields["of"])
    try:
        body = (ledger / str(stamped.fields["token"])).read_bytes()
        stamp = read_stamp(body, head, roots=roots)
        chain = token_certificates(body)
    except FileNotFoundError as error:
        raise _damaged(f"names a time stamp that is missing ({error.filename})") from error
    except BadStamp as error:
        raise _damaged(f"has in line {stamped.number} a time stamp that {error}") from error
    own = tuple(one for one in chain if one.issuer == one.subject)
    anchors = tuple(roots) or own or chain[-1:]
    files[STAMPED_HEAD] = head.statement
    files[STAMP] = body
    files[CHAIN], files[CA] = _pem(chain), _pem(anchors)
    return StampedHead(
        head=head,
        time=stamp.time,
        authority=stamp.authority,
        source="given" if roots else "token" if own else "none",
        anchor=anchors[0],
    )


def _pem(certificates: Iterable[x509.Certificate]) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def _damaged(what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"The ledger {what}.", "Nothing was exported. Run `archiver ledger verify`."
    )
