"""A checkpoint: a small note of the ledger's head, to be kept where the archive is not.

Two lines of canonical JSON. The first is the note; the second, if a key is set up, holds the
Ed25519 signature of the first line as it stands, its line feed included, so that `sed` and
`openssl` can check it. No byte of the note can change without the signature failing.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver import __version__
from archiver.chain import canonical
from archiver.errors import ArchiverError, UsageProblem
from archiver.head import Head, head_of
from archiver.ledger import Ledger
from archiver.marks import marks_of, marks_value, suppression
from archiver.models import Sha256
from archiver.pins import Erasure, erasure_fields, erasure_of
from archiver.record import time_of, time_text
from archiver.redaction import Marks
from archiver.signing import SigningKey, is_signed
from archiver.storage import fsync_dir

FORMAT = "workphotos-ledger-checkpoint"
VERSION = 1
LONGEST = 50_000_000
"""Bytes: a note with the erasures of many years has some hundred thousand."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note vouches for. One written down by hand is only a head: the rest is unknown.

    `archive` is the hash of the ledger's first line; `marks` is what keeps out what the `erasures`
    took, so that they can be made again where a backup undid them; `body` the line that
    `signature` is over.
    """

    head: Head
    archive: Sha256 | None = None
    workspace: str | None = None
    time: datetime | None = None
    erasures: tuple[Erasure, ...] = ()
    marks: tuple[Marks, ...] = ()
    body: bytes = b""
    key: str | None = None
    signature: str | None = None

    def is_signed_by(self, public: str) -> bool:
        """Whether the note's signature is by this key."""
        return self.signature is not None and is_signed(public, self.signature, self.body)


def write_checkpoint(
    ledger: Ledger, key: SigningKey | None, out: Path, now: datetime
) -> Checkpoint:
    """Enter a checkpoint and write its note to `out`, which must not be there yet.

    Raises UsageProblem, ArchiverError when the note could not be written, OSError.
    """
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as error:
        raise UsageProblem(f"{out} is there already.", "Name a new file with -o.") from error
    before = ledger.state.entries
    with os.fdopen(descriptor, "wb") as file:
        try:
            ledger.append("checkpoint", now)
            body = note_bytes(ledger, key, now)
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        except BaseException as error:
            out.unlink(missing_ok=True)
            if isinstance(error, OSError) and ledger.state.entries > before:
                raise ArchiverError(
                    f"The note {out} could not be written: {error.strerror}. The ledger says that "
                    "a checkpoint was made, but there is none.",
                    "Repeat the command with another -o.",
                ) from error
            raise
    fsync_dir(out.resolve().parent)
    return read_note(body, str(out))


def note_bytes(ledger: Ledger, key: SigningKey | None, now: datetime) -> bytes:
    """The note of a ledger's head, signed if there is a key."""
    head, state = ledger.head, ledger.state
    erasures = sorted(
        (*state.erasures.values(), *state.owed.values()), key=lambda one: one.decided.time
    )
    value: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "program": __version__,
        "workspace": state.workspace,
        "archive": state.genesis,
        "n": head.number,
        "head": head.sha256,
        "time": time_text(now),
        "erasures": [erasure_fields(one) for one in erasures],
        "marks": [marks_value(one) for one in _marks_of(ledger)],
    }
    if key is not None:
        value["key"] = key.id
    body = canonical(value) + b"\n"
    if key is None:
        return body
    return body + canonical({"key": key.id, "signature": key.sign(body)}) + b"\n"


def _marks_of(ledger: Ledger) -> tuple[Marks, ...]:
    """The marks of all erasures. Raises ArchiveDamaged when some are missing."""
    return suppression(ledger.folder, ledger.state).marks


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from what a person names: a note's file, or a head as `N HASH`.

    Raises UsageProblem.
    """
    head = head_of(text)
    if head is not None:
        return Checkpoint(head)
    try:
        with Path(text).open("rb") as file:
            body = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise UsageProblem(f"The checkpoint {text} cannot be read: {reason}.", _HINT) from error
    written = head_of(body[:200].decode("utf-8", "replace")) if len(body) < 200 else None
    return Checkpoint(written) if written is not None else read_note(body, text)


_HINT = "Name the file that `archiver ledger checkpoint` wrote, or the head as 'N HASH'."


def read_note(body: bytes, name: str) -> Checkpoint:
    """A checkpoint from its note. Raises UsageProblem for what is none."""
    first, _, rest = body.partition(b"\n")
    try:
        value = json.loads(first)
        if value["format"] != FORMAT:
            raise ValueError("it says that it is something else")
        if value["version"] > VERSION:
            raise UsageProblem(
                f"{name} has a newer format than this program knows.",
                "Install a newer version of workphotos-archiver.",
            )
        seal = json.loads(rest) if rest.strip() else {}
        if seal and (set(seal) != {"key", "signature"} or seal["key"] != value.get("key")):
            raise ValueError("its second line is not its signature")
        return Checkpoint(
            head=_head(value),
            archive=Sha256(str(value["archive"])),
            workspace=str(value["workspace"]),
            time=time_of(value["time"]),
            erasures=tuple(erasure_of(one) for one in value["erasures"]),
            marks=tuple(marks_of(one) for one in value.get("marks", ())),
            body=first + b"\n",
            key=value.get("key"),
            signature=seal.get("signature"),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageProblem(f"{name} is not a checkpoint: {error!r}.", _HINT) from error


def _head(value: dict[str, Any]) -> Head:
    head = head_of(f"{value['n']} {value['head']}")
    if head is None:
        raise ValueError("its head is none")
    return head
