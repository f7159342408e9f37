"""`archiver ledger init-key`, `rotate-key`, `lost-key`: who may sign an archive's ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option, user_config

if TYPE_CHECKING:
    from archiver.archive import OpenArchive
    from archiver.signing import SigningKey

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)

sign_key_option = option(
    "--sign-key-file",
    type=_FILE,
    metavar="FILE",
    help="The ledger's key, where it lies elsewhere than init-key put it.",
)
_key_file = option(
    "--key-file",
    type=_FILE,
    metavar="FILE",
    help="Where the private key is to lie, or lies already; outside ARCHIVE.",
)
_break_lock = option(
    "--break-lock", is_flag=True, help="Take over a lock that another computer left."
)


@click.command("init-key")
@archive_argument()
@_key_file
@_break_lock
@common
def init_key(console: Console, archive: Path, key_file: Path | None, break_lock: bool) -> int:
    """Make an Ed25519 key that signs ARCHIVE's ledger at the end of every run.

    The private key goes into your own configuration folder, readable by you alone; the public key
    into ARCHIVE. Keep a copy of the public key elsewhere: `verify --trusted-key` takes it.
    """
    from archiver.anchoring import active_keys, add_key, append_signature
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.errors import UsageProblem

    _refuse_inside(archive, key_file)
    with writing(archive, "ledger init-key", console, break_lock=break_lock) as opened:
        if active_keys(opened.pins):
            raise UsageProblem(
                "The ledger has a key already.",
                "Replace it with `archiver ledger rotate-key`, or declare it lost first.",
            )
        key, file = _take_key(opened, key_file)
        add_key(opened.ledger, key.public, now())
        append_signature(opened.ledger, key, now())
    return _tell(console, archive, key, file)


@click.command("rotate-key")
@archive_argument()
@_key_file
@sign_key_option
@option("--reason", default="rotation", show_default=True, help="Why the key is replaced.")
@_break_lock
@common
def rotate_key(
    console: Console,
    archive: Path,
    key_file: Path | None,
    sign_key_file: Path | None,
    reason: str,
    break_lock: bool,
) -> int:
    """Replace ARCHIVE's signing key by a new one, which the old one signs.

    Whoever trusts the old public key can so trust the new one.
    """
    from archiver.anchoring import add_key, append_signature, find_key_file, usable_key
    from archiver.archive import records_below
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.reasons import operator, sound_reason

    _refuse_inside(archive, key_file)
    with writing(archive, "ledger rotate-key", console, break_lock=break_lock) as opened:
        ledger = opened.ledger
        _check_has_key(opened)
        why = sound_reason(reason, records_below(archive))
        old = usable_key(
            opened.pins, sign_key_file or find_key_file(user_config().parent, opened.pins)
        )
        key, file = _take_key(opened, key_file)
        add_key(ledger, key.public, now())
        append_signature(ledger, old, now())
        ledger.append("key-retired", now(), key=old.id, reason=why, by=operator())
        append_signature(ledger, key, now())
    return _tell(console, archive, key, file, retired=old.id)


@click.command("lost-key")
@archive_argument()
@click.option("--key", "key_id", metavar="ID", required=True, help="The key, as `show` names it.")
@click.option("--reason", required=True, help="What happened, in a sentence.")
@_break_lock
@common
def lost_key(console: Console, archive: Path, key_id: str, reason: str, break_lock: bool) -> int:
    """Declare that a key of ARCHIVE's ledger is lost, or that somebody else may have it.

    Signatures by it count until this entry, and no later. Then make another with init-key.
    """
    from archiver.anchoring import active_keys
    from archiver.archive import records_below
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.errors import UsageProblem
    from archiver.reasons import operator, sound_reason

    with writing(archive, "ledger lost-key", console, break_lock=break_lock) as opened:
        known = [key.id for key in active_keys(opened.pins)]
        if key_id not in known:
            raise UsageProblem(
                f"“{key_id}” is no key that may sign this ledger now.",
                f"Those that may: {', '.join(known) or 'none'}.",
            )
        why = sound_reason(reason, records_below(archive))
        opened.ledger.append("key-lost", now(), key=key_id, reason=why, by=operator())
        entry = opened.pins.entries
    console.say(f"Key {key_id} was declared lost in entry {entry}.")
    console.result({"key": key_id, "entry": entry})
    return 0


def _refuse_inside(archive: Path, file: Path | None) -> None:
    """A private key inside an archive would be handed around with it. Raises UsageProblem."""
    from archiver.errors import UsageProblem

    if file is not None and file.resolve().is_relative_to(archive.resolve()):
        raise UsageProblem(
            f"{file} lies inside the archive, with which the key would be handed around.",
            "Name a file elsewhere with --key-file.",
        )


def _check_has_key(opened: OpenArchive) -> None:
    from archiver.anchoring import active_keys
    from archiver.errors import UsageProblem

    if not active_keys(opened.pins):
        raise UsageProblem(
            "The ledger has no key that could be replaced.",
            "Make one with `archiver ledger init-key`.",
        )


def _take_key(opened: OpenArchive, file: Path | None) -> tuple[SigningKey, Path]:
    """The key in `file` if there is one, else a new one, written there or to its usual place.

    Raises UsageProblem for a key that this ledger has had before.
    """
    from archiver.anchoring import default_key_file
    from archiver.errors import UsageProblem
    from archiver.signing import load_key_file, new_key, write_key_file

    if file is not None and file.exists():
        key = load_key_file(file)
    else:
        key = new_key()
        file = file or default_key_file(user_config().parent, opened.pins.genesis, key.id)
        _refuse_inside(opened.archive.root, file)
        write_key_file(file, key)
    if key.id in opened.pins.keys:
        raise UsageProblem(f"The key in {file} was one of this ledger's before.", "Make a new one.")
    return key, file


def _tell(
    console: Console, archive: Path, key: SigningKey, file: Path, *, retired: str | None = None
) -> int:
    from archiver.anchoring import key_name

    public = archive / "ledger" / key_name(key.id)
    console.say(f"Key {key.id} signs the ledger from now on.")
    console.say(f"Private key: {file} (keep a copy safe; only you can read it)")
    console.say(f"Public key: {public} (keep a copy where nobody can change it)")
    console.result(
        {
            "key": key.id,
            "private_key_file": str(file),
            "public_key_file": str(public),
            "retired": retired,
        }
    )
    return 0
