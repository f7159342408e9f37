"""What the commands that write tables share: which jobs, where to, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from archiver.cli.console import Console
from archiver.cli.noting import note_handover
from archiver.cli.options import option

if TYPE_CHECKING:
    from archiver.sealedjobs import JobReader, SealedJob
    from archiver.tables import Table, Tally

F = TypeVar("F", bound=Callable[..., Any])
STREAM = "-"


def jobs_argument(command: F) -> F:
    """The JOBs; none means all."""
    return click.argument("jobs", nargs=-1, metavar="[JOB]...")(command)


def output_option(kinds: str) -> Callable[[F], F]:
    """`-o`: a file of one of some kinds, or the standard output."""
    return option(
        "-o",
        "--output",
        metavar=f"FILE.{kinds}",
        help="The file to write; an existing one gives way. Without it, or with -, the "
        "standard output.",
    )


def target(
    console: Console, archive: Path, output: str | None, suffixes: Sequence[str]
) -> Path | BinaryIO:
    """Where to write. Raises UsageError, UsageProblem."""
    from archiver.wholefile import check_place

    if output is None or output == STREAM:
        if console.as_json:
            raise click.UsageError("With --json, name a file with -o: both go to the output.")
        return console.out.buffer
    path = Path(output)
    if path.suffix.lower() not in suffixes:
        raise click.UsageError(f"“{output}” does not end in {' or '.join(suffixes)}.")
    check_place(path, archive)
    return path


def opened(archive: Path, names: Sequence[str]) -> tuple[JobReader, Iterator[SealedJob]]:
    """The reader of an archive, and its jobs or those that `names` name, each once.

    Raises NotAnArchive, ArchiveDamaged, UsageProblem.
    """
    from archiver.sealedjobs import JobReader

    if not names:
        reader = JobReader(archive)
        return reader, reader.every()
    from archiver.choosing import find_job

    folders = {find_job(archive, name) for name in names}
    reader = JobReader(archive)
    return reader, reader.some(sorted(folders, key=lambda folder: folder.name))


def write(
    console: Console, archive: Path, jobs: Sequence[str], table: Table, output: str | None
) -> int:
    """Write one table; gives the exit code."""
    from archiver import localtime
    from archiver.archive import read_settings
    from archiver.capturetime import own_far
    from archiver.tables import write_table

    settings = read_settings(archive)
    out = target(console, archive, output, (".csv", ".xlsx"))
    reader, chosen = opened(archive, jobs)
    zone, far = localtime.zone(settings.time_zone), own_far(archive)
    tally = write_table(table, chosen, zone, out, far)
    return told(console, archive, reader, tally, (out,), every=not jobs)


def told(
    console: Console,
    archive: Path,
    reader: JobReader,
    tally: Tally,
    written: Sequence[Path | BinaryIO | None],
    *,
    every: bool,
) -> int:
    """Say what was written and what was not, note the files for a later erasure; gives the exit
    code."""
    from archiver.exportlog import EVERY_JOB
    from archiver.pagetext import count
    from archiver.storage import sha256_file

    for text in tally.notes:
        console.note(text)
    if tally.photos_erased or tally.messages_erased:
        console.note(
            f"Left out, because it was erased: {count(tally.photos_erased, 'photo')}, "
            f"{count(tally.messages_erased, 'message')}."
        )
    for problem in reader.problems:
        console.problem(f"{problem.job_id}: {problem.reason}")
    # What was written to the output must stay alone there.
    say = console.note if console.out.buffer in written else console.say
    files = [
        {"path": str(one), "sha256": sha256_file(one)} for one in written if isinstance(one, Path)
    ]
    for file in files:
        keys = (EVERY_JOB,) if every else tally.keys
        note_handover(console, archive, Path(file["path"]), file["sha256"], keys)
        say(f"{file['path']}: {_said(tally)}. SHA-256 {file['sha256']}")
    console.result(
        {
            "files": files,
            "jobs": len(tally.keys),
            **({} if tally.rows is None else {"rows": tally.rows}),
            "photos_erased": tally.photos_erased,
            "messages_erased": tally.messages_erased,
            "notes": tally.notes,
            "failures": [{"job_id": one.job_id, "reason": one.reason} for one in reader.problems],
        }
    )
    return 3 if reader.problems else 0


def _said(tally: Tally) -> str:
    from archiver.pagetext import count

    jobs = count(len(tally.keys), "job")
    return jobs if tally.rows is None else f"{count(tally.rows, 'row')} of {jobs}"
