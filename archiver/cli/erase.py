"""`archiver erase`: a job, photos, messages or a person, taken out for good."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option, templates_option

if TYPE_CHECKING:
    from archiver.archive import OpenArchive
    from archiver.exportlog import ExportNote
    from archiver.people import Person
    from archiver.removal import Plan, Reach

_SHOWN = 20


@click.command("erase")
@archive_argument()
@click.argument("job", required=False)
@option("--photo", "photos", type=int, multiple=True, help="Only this exhibit (repeatable).")
@option("--message", "messages", type=int, multiple=True, help="Only this message (repeatable).")
@option("--person", metavar="NAME|ID", help="Replace a person by a pseudonym in every job.")
@option("--also", multiple=True, metavar="NAME", help="Another name of that person (repeatable).")
@option("--reason", required=True, help="Why; stays in the ledger, so no names or texts.")
@option("--by", metavar="NAME", help="Who decided it; the login name by default.")
@option("--everywhere", is_flag=True, help="Also photos with the same bytes, in any job.")
@option("--here-only", is_flag=True, help="Leave photos with the same bytes where they are.")
@option("--volatile-query", multiple=True, help="As for sync: a parameter without meaning.")
@templates_option
@option("--dry-run", is_flag=True, help="Say what would go; write nothing of it.")
@option("--yes", is_flag=True, help="Do not ask.")
@common
def command(
    console: Console,
    archive: Path,
    job: str | None,
    photos: tuple[int, ...],
    messages: tuple[int, ...],
    person: str | None,
    also: tuple[str, ...],
    reason: str,
    by: str | None,
    everywhere: bool,
    here_only: bool,
    volatile_query: tuple[str, ...],
    templates: Path | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Erase JOB of ARCHIVE (its id, folder or title), or photos or messages of it, or a person.

    This cannot be undone. A job that is held is refused. The ledger keeps when, why, by whom and
    how much, and not what; the next sync does not fetch it again.
    """
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.erasing import erase
    from archiver.reasons import operator, sound_reason
    from archiver.removal import plan_job, plan_person

    _check_usage(job, photos, messages, person, also, everywhere, here_only)
    reach: Reach = "everywhere" if everywhere else "here-only" if here_only else "ask"
    with writing(archive, "erase", console, templates=templates) as opened:
        notes: list[str] = []
        if person is not None:
            whom = _person(opened, person, also)
            _refuse_own_name(whom, by or operator())
            plan = plan_person(opened, whom, volatile=volatile_query)
            notes += _left_of(opened, plan, whom)
        else:
            plan = plan_job(
                opened,
                _key(archive, job or ""),
                photos=photos,
                messages=messages,
                reach=reach,
                volatile=volatile_query,
            )
        said = sound_reason(reason, plan.records)
        if not plan.rehearsal.jobs:
            console.say("There is nothing to erase.")
            console.result({"erasing": None, "jobs": {}})
            return 0
        exports = _exports(opened, plan)
        notes += [*plan.notes, *_told(plan, exports)]
        _show(console, plan, notes)
        if dry_run:
            console.result(_result(None, plan, exports, notes))
            return 0
        _ask(console, yes)
        done = erase(opened, plan.rehearsal, said, by or operator(), now)
    console.say(f"Erased; ledger entry {done.number}.")
    console.result(_result(done.number, plan, exports, notes))
    return 0


def _check_usage(
    job: str | None,
    photos: tuple[int, ...],
    messages: tuple[int, ...],
    person: str | None,
    also: tuple[str, ...],
    everywhere: bool,
    here_only: bool,
) -> None:
    if (job is None) == (person is None):
        raise click.UsageError("Name either a JOB or a --person.")
    if person is not None and (photos or messages or everywhere or here_only):
        raise click.UsageError("--person goes with no other choice: it reaches every job.")
    if also and person is None:
        raise click.UsageError("--also names a --person.")
    if everywhere and here_only:
        raise click.UsageError("Use either --everywhere or --here-only.")


def _key(archive: Path, job: str) -> str:
    from archiver.archive import load_job
    from archiver.choosing import find_job
    from archiver.naming import job_key

    return job_key(load_job(find_job(archive, job)).job_id)


def _person(opened: OpenArchive, wanted: str, also: Iterable[str]) -> Person:
    from archiver.erasing import all_jobs, sound_bag
    from archiver.people import find_person, people_in

    named = (pair for key in all_jobs(opened) for pair in people_in(*sound_bag(opened, key)))
    return find_person(named, wanted, also)


def _refuse_own_name(person: Person, by: str) -> None:
    """The ledger must not get the name that is erased. Raises UsageProblem."""
    from archiver.errors import UsageProblem
    from archiver.people import fold

    if fold(by) in {*map(fold, person.names), *person.ids}:
        raise UsageProblem(
            f"“{by}”, who would stand in the ledger for ever, is the person to be erased.",
            "Give another name or an office with --by.",
        )


def _left_of(opened: OpenArchive, plan: Plan, person: Person) -> list[str]:
    """What of a person cannot be altered, said plainly."""
    from archiver.erasing import sound_bag
    from archiver.people import left_in_addresses, left_in_files, left_in_ledger, left_in_names

    notes = [
        f"“{name}” is also the name of somebody else; there too it gives way to the pseudonym."
        for name in sorted(person.shared)
    ]
    if left_in_ledger(opened.archive.ledger, person):
        notes.append("The name stands in reasons or names given in the ledger, which never change.")
    for key in plan.rehearsal.jobs:
        bag, record = sound_bag(opened, key)
        if left_in_names(record, person):
            notes.append(f"The name stands in a folder's name, which is frozen: {record.folder}")
        if left_in_addresses(bag, record, person):
            notes.append(f"The name stands in addresses of photos of job {record.job_id}.")
        notes += [
            f"The name stands inside a photo, which is evidence and not altered: "
            f"{record.folder}/{path}; erase that photo if it must go."
            for path in left_in_files(bag, person)
        ]
    return notes


def _exports(opened: OpenArchive, plan: Plan) -> tuple[ExportNote, ...]:
    from archiver.exportlog import archive_mark, exports_of, state_folder

    mark = archive_mark(opened.archive.ledger)
    return exports_of(state_folder(), mark, plan.rehearsal.jobs)


def _told(plan: Plan, exports: tuple[ExportNote, ...]) -> Iterable[str]:
    for one in plan.elsewhere:
        yield f"The same bytes stay in the {one}."
    for path in plan.strangers:
        yield f"Not the archive's own, and goes too (move it away first to keep it): {path}"
    for note in exports:
        yield f"Exported on {note.time} and not reached by this: {note.path}"
    if exports:
        yield "Only exports made by this user on this computer are known."


def _show(console: Console, plan: Plan, notes: Iterable[str]) -> None:
    from archiver.pagetext import count

    rehearsal = plan.rehearsal
    for record in plan.records[:_SHOWN]:
        console.say(f"  {record.job_id}  {record.title or '(no title)'}")
    if len(plan.records) > _SHOWN:
        console.say(f"  … and {len(plan.records) - _SHOWN} more")
    photos = sum(len(one.photos) for one in rehearsal.jobs.values())
    messages = sum(len(one.messages) for one in rehearsal.jobs.values())
    dropped = sum(len(one.dropped) for one in rehearsal.jobs.values())
    jobs = count(len(plan.records), "job")
    what = {
        "job": jobs,
        "items": f"{count(messages, 'message')} ({count(photos, 'photo')}) of {jobs}",
        "person": f"a person's name and id in {jobs}",
    }[rehearsal.scope]
    files = count(rehearsal.files, "file")
    console.say(f"To be erased: {what}; {files} of {rehearsal.size:,} bytes.")
    if dropped:
        console.say(f"{count(dropped, 'earlier seal')} can then no longer be opened.")
    for note in notes:
        console.note(note)


def _ask(console: Console, yes: bool) -> None:
    from archiver.errors import UsageProblem

    if yes:
        return
    if console.no_input or console.as_json or not sys.stdin.isatty():
        raise UsageProblem("Nobody was asked, so nothing was erased.", "Repeat with --yes.")
    if not click.confirm("This cannot be undone. Erase it?", err=True):
        raise UsageProblem("Nothing was erased.")


def _result(
    number: int | None, plan: Plan, exports: tuple[ExportNote, ...], notes: list[str]
) -> dict[str, object]:
    rehearsal = plan.rehearsal
    return {
        "erasing": number,
        "scope": rehearsal.scope,
        "files": rehearsal.files,
        "bytes": rehearsal.size,
        "jobs": {
            key: {
                "files": one.files,
                "bytes": one.size,
                "photos": list(one.photos),
                "messages": list(one.messages),
                "seals_dropped": list(one.dropped),
            }
            for key, one in rehearsal.jobs.items()
        },
        "elsewhere": [{"job_id": one.job_id, "name": one.name} for one in plan.elsewhere],
        "exports": [{"time": one.time, "path": one.path, "sha256": one.sha256} for one in exports],
        "notes": notes,
    }
