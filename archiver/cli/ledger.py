"""`archiver ledger`: an archive's history: show, check, sign, keep its head, resume it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.console import Console
from archiver.cli.ledgerkeys import init_key, lost_key, rotate_key, sign_key_option
from archiver.cli.options import archive_argument, common, option, templates_option, user_config
from archiver.cli.trust import TrustOptions, trust_options

if TYPE_CHECKING:
    from archiver.chain import Entry
    from archiver.resume import Resumed

_HASH_SHOWN = 12


@click.group("ledger")
def command() -> None:
    """The append-only history of an archive: show, check, sign, keep, and resume it."""


for _one in (init_key, rotate_key, lost_key):
    command.add_command(_one)


@command.command("show")
@archive_argument()
@option("--job", metavar="ID", help="Only what concerns this job.")
@option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N entries.")
@common
def show(console: Console, archive: Path, job: str | None, last: int | None) -> int:
    """Print the entries of ARCHIVE's ledger, oldest first."""
    from collections import deque

    from archiver.archive import Archive
    from archiver.chain import BrokenLedger
    from archiver.errors import ArchiveDamaged
    from archiver.ledgercheck import entries_of
    from archiver.naming import job_key

    opened = Archive(archive)
    opened.settings()
    keys = {job, job_key(job)} if job else None
    shown: deque[Entry] = deque(maxlen=last)
    try:
        for entry, _ in entries_of(opened.ledger):
            if keys is None or concerns(entry, keys):
                shown.append(entry)
    except (OSError, BrokenLedger) as error:
        raise ArchiveDamaged(
            f"The ledger cannot be read: {error}.", "Run `archiver ledger verify`."
        ) from error
    for entry in shown:
        console.say(entry_line(entry))
    console.result({"entries": [dict(entry.fields) for entry in shown]})
    return 0


def concerns(entry: Entry, keys: set[str]) -> bool:
    """Whether an entry is about one of these jobs."""
    fields = entry.fields
    named = {fields.get("job")}
    for name in ("jobs", "views", "adopted"):
        named |= set(fields.get(name) or ())
    return bool(named & keys)


def entry_line(entry: Entry) -> str:
    """An entry for a person: number, time, event, and its fields, hashes and lists cut short."""
    more = " ".join(
        f"{name}={_short(value)}"
        for name, value in entry.fields.items()
        if name not in ("n", "prev", "time", "event")
    )
    when = entry.time.strftime("%Y-%m-%d %H:%M:%S")
    return f"{entry.number:>6}  {when}  {entry.event:<12}  {more}".rstrip()


def _short(value: Any) -> str:
    if isinstance(value, str):
        is_hash = len(value) == 64 and set(value) <= set("0123456789abcdef")
        return value[:_HASH_SHOWN] if is_hash else repr(value) if " " in value else value
    if isinstance(value, list) and len(value) > 3:
        return f"[{len(value)}]"
    if isinstance(value, dict):
        if len(value) > 3:
            return f"{{{len(value)}}}"
        return "{" + " ".join(f"{key}:{_short(one)}" for key, one in value.items()) + "}"
    return f"[{' '.join(map(_short, value))}]" if isinstance(value, list) else str(value)


@command.command("head")
@archive_argument()
@common
def head(console: Console, archive: Path) -> int:
    """Print the head of ARCHIVE's ledger: number and hash of its last entry.

    That one line is what you write down, mail or sign: `archiver verify --since` takes it later.
    """
    from archiver.archive import read_settings, read_state
    from archiver.head import Head

    read_settings(archive)
    state = read_state(archive)
    console.say(str(Head(state.entries, state.head)))
    console.result({"n": state.entries, "head": state.head, "archive": state.genesis})
    return 0


@command.command("verify")
@archive_argument()
@trust_options
@common
def verify(console: Console, archive: Path, trust: TrustOptions) -> int:
    """Check ARCHIVE's ledger alone: chain, signatures, time stamps, checkpoints. No bag is read.

    Exit code 3 when anything is wrong.
    """
    from archiver.archive import Archive
    from archiver.ledgercheck import check_ledger, fault_json

    opened = Archive(archive)
    opened.settings()
    check = check_ledger(opened.ledger, trust.read())
    for fault in check.faults:
        console.problem(f"ledger/{fault.path}: {fault.detail}")
    for text in check.notes:
        console.note(text)
    state = check.state
    if state is not None and not check.faults:
        console.say(
            f"{state.entries} entries follow from each other; "
            f"{check.signatures} signatures, {check.stamps} time stamps."
        )
    console.result(
        {
            "ok": not check.faults,
            "n": state.entries if state else None,
            "head": state.head if state else None,
            "signatures": check.signatures,
            "timestamps": check.stamps,
            "signed_until": check.signed_until,
            "trusted_until": check.trusted_until,
            "faults": [fault_json(fault) for fault in check.faults],
            "notes": check.notes,
        }
    )
    return 3 if check.faults else 0


@command.command("checkpoint")
@archive_argument()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The note, outside the archive; nothing is overwritten.",
)
@sign_key_option
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@common
def checkpoint(
    console: Console, archive: Path, output: Path, sign_key_file: Path | None, break_lock: bool
) -> int:
    """Write a small note of ARCHIVE's ledger, to be kept where nobody with access to it can write.

    `archiver verify --since FILE` later proves that the ledger continues it.
    """
    from archiver.anchoring import active_keys, find_key_file, usable_key
    from archiver.checkpoint import write_checkpoint
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.errors import UsageProblem

    if output.resolve().is_relative_to(archive.resolve()):
        raise UsageProblem(
            f"{output} lies inside the archive, where it proves nothing.", "Name a file elsewhere."
        )
    with writing(archive, "ledger checkpoint", console, break_lock=break_lock) as opened:
        state, key = opened.pins, None
        if active_keys(state):
            key = usable_key(state, sign_key_file or find_key_file(user_config().parent, state))
        else:
            console.note("The note is not signed: the ledger has no key (`ledger init-key`).")
        made = write_checkpoint(opened.ledger, key, output, now())
    console.say(str(made.head))
    console.say(f"Written to {output}: keep it where nobody with access to the archive can write.")
    console.result(
        {
            "n": made.head.number,
            "head": made.head.sha256,
            "file": str(output),
            "key": key.id if key else None,
            "erasures": len(made.erasures),
        }
    )
    return 0


@command.command("resume")
@archive_argument()
@click.option(
    "--from",
    "checkpoint_",
    required=True,
    metavar="CHECKPOINT",
    help="The newest checkpoint that was kept, or a head as 'N HASH'.",
)
@click.option("--reason", required=True, help="What happened, in a sentence.")
@templates_option
@trust_options
@option("--break-lock", is_flag=True, help="Take over a lock that another computer left.")
@common
def resume(
    console: Console,
    archive: Path,
    checkpoint_: str,
    reason: str,
    templates: Path | None,
    trust: TrustOptions,
    break_lock: bool,
) -> int:
    """Go on with ARCHIVE after a backup was brought back; the gap is stated for ever.

    Job folders that are newer or older than the ledger are taken in if they are sound. Exit code
    3 when a folder cannot be accounted for or an erasure has to be made again.
    """
    from archiver.archive import Archive, records_below
    from archiver.checkpoint import read_checkpoint
    from archiver.clock import now
    from archiver.erasing import reapply
    from archiver.ledger import Ledger
    from archiver.lock import ArchiveLock
    from archiver.reasons import operator, sound_reason
    from archiver.resume import resume as resume_ledger
    from archiver.storage import explained

    place = Archive(archive)
    place.settings()
    point, outside = read_checkpoint(checkpoint_), trust.read()
    with explained(archive):
        place.private.mkdir(exist_ok=True)
    with (
        ArchiveLock(place.private, "ledger resume", now(), break_lock=break_lock),
        explained(archive),
    ):
        ledger, torn = Ledger.open(place.ledger)
        if torn:
            console.note(f"the ledger's last line was torn; kept as ledger/{torn}")
        why = sound_reason(reason, records_below(archive))
        marks = {one.erasing: one for one in point.marks}
        done = resume_ledger(
            place,
            ledger,
            point,
            reason=why,
            by=operator(),
            clock=now,
            trust=outside,
            templates=templates,
            reapply=lambda opened, one: reapply(opened, one, marks.get(one.number), now),
        )
    _tell_resumed(console, done)
    return done.exit_code


def _tell_resumed(console: Console, done: Resumed) -> None:
    from archiver.pins import erasure_fields

    for folder, why in done.left:
        console.problem(f"{folder}: {why}")
    for _, words in done.pending:
        console.problem(words)
    console.say(f"Resumed in entry {done.entry}; what was lost is stated there.")
    console.say(
        f"{len(done.newer)} jobs were newer than the ledger and {len(done.older)} older; "
        f"{len(done.absent)} are not in the backup; {done.views} views were made again."
    )
    console.say("Now run `archiver sync`, then `archiver verify`, and make a new checkpoint.")
    console.result(
        {
            "entry": done.entry,
            "newer": done.newer,
            "older": done.older,
            "absent": done.absent,
            "left": [{"folder": folder, "reason": why} for folder, why in done.left],
            "views": done.views,
            "erased_again": [erasure_fields(one) for one in done.erased_again],
            "erasures_pending": [erasure_fields(one) for one, _ in done.pending],
        }
    )
