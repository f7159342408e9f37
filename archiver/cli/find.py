"""`archiver find`: all that names a person or holds a text, earlier wordings included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option

if TYPE_CHECKING:
    from archiver.finding import Hit


@click.command("find")
@archive_argument()
@option("--person", metavar="NAME|ID", help="Whose, by id or by any name they ever had.")
@option("--also", multiple=True, metavar="NAME", help="Another name of that person (repeatable).")
@option("--text", help="A text, whatever its case.")
@common
def command(
    console: Console, archive: Path, person: str | None, also: tuple[str, ...], text: str | None
) -> int:
    """List every job, photo, message and earlier wording of ARCHIVE that is a person's, names them,
    or holds a text. Reads only.
    """
    from archiver.record import time_text

    if (person is None) == (text is None):
        raise click.UsageError("Give either --person or --text.")
    problems: list[str] = []
    hits = list(_hits(archive, person, also, text, problems))
    for hit in hits:
        console.say(str(hit))
    for problem in problems:
        console.problem(problem)
    console.say(f"{len(hits)} found in {len({hit.job_id for hit in hits})} jobs.")
    console.result(
        {
            "hits": [
                {
                    "job_id": hit.job_id,
                    "kind": hit.kind,
                    "number": hit.number,
                    "wording": hit.wording,
                    "why": hit.why,
                    "time": time_text(hit.when) if hit.when else None,
                    "text": hit.text,
                }
                for hit in hits
            ],
            "failures": [{"job_id": "", "reason": problem} for problem in problems],
        }
    )
    return 3 if problems else 0


def _hits(
    archive: Path,
    person: str | None,
    also: tuple[str, ...],
    text: str | None,
    problems: list[str],
) -> Iterator[Hit]:
    from archiver.finding import find_person_in, find_text_in
    from archiver.people import find_person, people_in
    from archiver.subject import readable_jobs

    if person is None:
        for _, record in readable_jobs(archive, problems):
            yield from find_text_in(record, text or "")
        return
    named = (
        pair for bag, record in readable_jobs(archive, problems) for pair in people_in(bag, record)
    )
    whom = find_person(named, person, also)
    for _, record in readable_jobs(archive, []):
        yield from find_person_in(record, whom)
