"""Tying the ledger's head to the outside at the end of a run: a signature, a time stamp.

Both are over the head statement of the last entry, and become an entry of their own. Neither can
fail a run: what cannot be done is said. Public keys and tokens lie beside the ledger as files,
for `openssl`; what a crash kept from being written there, the next writer makes good.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from archiver.errors import ArchiverError, UsageProblem
from archiver.head import Head
from archiver.ledger import Ledger
from archiver.pins import LedgerKey, LedgerState
from archiver.record import time_text
from archiver.signing import SigningKey, key_id, load_key_file, public_pem
from archiver.storage import fsync_dir, put_file, remove_torn, sha256_bytes
from archiver.timestamps import BadStamp, read_stamp

KEYS = "keys"
STAMPS = "timestamps"
ANCHOR_AGE = timedelta(days=30)
"""After this an outside anchor is old: what came since could be cut off unnoticed."""


def default_key_file(folder: Path, genesis: str, key: str) -> Path:
    """Where a private key lies unless told otherwise: in the user's own configuration folder,
    named by the ledger's first line and the key, so that a moved archive still finds it, and a
    new key takes no old one's place."""
    return folder / "keys" / f"{genesis}-{key}.pem"


def find_key_file(folder: Path, state: LedgerState) -> Path:
    """The file of the newest key that may sign and lies in `folder`; the newest key's, if none
    is there."""
    files = [default_key_file(folder, state.genesis, key.id) for key in active_keys(state)]
    return next((file for file in reversed(files) if file.exists()), files[-1])


def key_name(key: str) -> str:
    """A public key's file, relative to `ledger/`."""
    return f"{KEYS}/{key}.pem"


def stamp_name(number: int) -> str:
    """The file, relative to `ledger/`, of the token over entry `number`."""
    return f"{STAMPS}/{number:06d}.tsr"


def active_keys(state: LedgerState) -> list[LedgerKey]:
    """The keys that may sign now, the newest last."""
    return sorted((key for key in state.keys.values() if key.ended is None), key=lambda k: k.added)


def anchor_warning(state: LedgerState, now: datetime) -> str | None:
    """What to say when nothing outside ties the ledger down, or not lately."""
    last = state.last_anchor
    if last is None:
        return (
            "Nothing outside the archive vouches for its ledger yet: "
            "keep a note of `archiver ledger checkpoint` elsewhere."
        )
    if now - last.time > ANCHOR_AGE:
        return (
            f"The last thing outside that vouches for the ledger is from {time_text(last.time)}, "
            f"more than {ANCHOR_AGE.days} days old: make an `archiver ledger checkpoint`."
        )
    return None


# --- signing ----------------------------------------------------------------------------------


def sign_head(
    ledger: Ledger, folder: Path, chosen: Path | None, clock: Callable[[], datetime]
) -> str | None:
    """Sign the head, if a key is set up; gives what has to be said when that was not possible.

    The key lies in `folder`, unless `chosen`. Raises nothing for a key that cannot be used.
    """
    active = active_keys(ledger.state)
    if not active:
        return (
            "the ledger has no key yet, so it was not signed; see `archiver ledger init-key`"
            if chosen is not None
            else None
        )
    try:
        key = usable_key(ledger.state, chosen or find_key_file(folder, ledger.state))
        append_signature(ledger, key, clock())
    except (ArchiverError, OSError) as error:
        return f"the ledger was not signed: {error}"
    return None


def usable_key(state: LedgerState, file: Path) -> SigningKey:
    """The key in a file, if it is one that may sign this ledger now. Raises UsageProblem."""
    key = load_key_file(file)
    if key.id not in {one.id for one in active_keys(state)}:
        raise UsageProblem(
            f"The key in {file} is not one that may sign this ledger now.",
            "Name the right one with --sign-key-file; `archiver ledger show` lists them.",
        )
    return key


def append_signature(ledger: Ledger, key: SigningKey, now: datetime) -> None:
    """Sign the head. Raises DiskFull, NotWritable, OSError."""
    head = ledger.head
    ledger.append("signed", now, of=head.number, key=key.id, signature=key.sign(head.statement))


def add_key(ledger: Ledger, public: str, now: datetime) -> str:
    """Make a public key one that may sign; gives its id. Raises OSError."""
    key = key_id(public)
    ledger.append("key-added", now, key=key, public=public)
    _put(ledger.folder / key_name(key), public_pem(public))
    return key


# --- time stamps ------------------------------------------------------------------------------


def keep_stamp(ledger: Ledger, head: Head, body: bytes, nonce: int, now: datetime) -> None:
    """Keep an authority's answer over the head, and enter it. Raises BadStamp, OSError."""
    read_stamp(body, head, nonce=nonce)
    if ledger.head != head:
        raise BadStamp("came when the ledger had gone on")
    _put(ledger.folder / stamp_name(head.number), body)
    _enter_stamp(ledger, head, body, now)


def _enter_stamp(ledger: Ledger, head: Head, body: bytes, now: datetime) -> None:
    name, sha256 = stamp_name(head.number), sha256_bytes(body)
    ledger.append("timestamped", now, of=head.number, token=name, sha256=sha256)


def _put(path: Path, body: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir()
        fsync_dir(path.parent.parent)
    put_file(path, body)


# --- after a crash ----------------------------------------------------------------------------


def heal_ledger_folder(ledger: Ledger, now: datetime) -> None:
    """Make good what a crash kept from being written beside the ledger: a public key's file, the
    entry of a token that had just come. Raises OSError."""
    for folder in (ledger.folder, ledger.folder / KEYS, ledger.folder / STAMPS):
        remove_torn(folder)
    for key in ledger.state.keys.values():
        path = ledger.folder / key_name(key.id)
        if not path.exists():
            with contextlib.suppress(ValueError):
                _put(path, public_pem(key.public))
    head = ledger.head
    with contextlib.suppress(FileNotFoundError, BadStamp):
        body = (ledger.folder / stamp_name(head.number)).read_bytes()
        read_stamp(body, head)
        _enter_stamp(ledger, head, body, now)
