"""Picking jobs and a profile on a terminal, by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

from archiver.cli.console import shown

SHOWN = 30
"""Jobs listed at once; a longer list is searched first."""
_SAID = {
    "customer": "photos with dates and names; no chat, nothing removed, no ids, no places",
    "full": "the untouched bag with everything",
    "public": "photos without names, places or metadata, at most 2,048 pixels",
    "auditor": "the untouched bag with what proves its seal",
}


def pick_jobs(archive: Path) -> tuple[str, ...]:
    """The folders of the jobs a person picks; asks again until some were."""
    from archiver.choosing import known_jobs

    known = known_jobs(archive)
    if not known:
        raise click.UsageError("The archive has no jobs.")
    found: Sequence[tuple[str, str]] = known
    while True:
        for number, (folder, title) in enumerate(found[:SHOWN], 1):
            click.echo(shown(f"{number:>4}  {folder[:10]}  {title[:80]}"), err=True)
        if len(found) > SHOWN:
            click.echo(f"      … and {len(found) - SHOWN} more", err=True)
        said = click.prompt("Numbers like 1 3 5-7, or a part of a title", err=True).strip()
        numbers = _numbers(said, min(len(found), SHOWN))
        if numbers:
            return tuple(found[number - 1][0] for number in numbers)
        match = [one for one in known if said.casefold() in one[1].casefold()]
        if not match:
            click.echo("Nothing has that in its title.", err=True)
        found = match or known


def _numbers(said: str, most: int) -> list[int]:
    """The numbers in `1 3, 5-7`; none when it is something else."""
    picked: list[int] = []
    for one in re.split(r"[\s,]+", said):
        found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", one)
        if found is None:
            return []
        first = int(found[1])
        picked.extend(range(first, int(found[2] or first) + 1))
    return list(dict.fromkeys(picked)) if all(1 <= one <= most for one in picked) else []


def pick_profile(archive: Path, default: str) -> str:
    """The name of the profile a person picks."""
    from archiver.profile import profiles

    known = list(profiles(archive))
    for number, name in enumerate(known, 1):
        click.echo(
            shown(f"{number:>4}  {name:<12} {_SAID.get(name, 'as archiver.toml says')}"), err=True
        )
    while True:
        said = click.prompt("Profile", default=default, err=True).strip()
        if said in known:
            return str(said)
        if said.isdigit() and 1 <= int(said) <= len(known):
            return known[int(said) - 1]
