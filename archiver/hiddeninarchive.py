"""The texts of a whole archive that a profile keeps from the public, for a scan of what is
published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archiver.archive import read_settings
from archiver.errors import ArchiveDamaged
from archiver.hiddentexts import HiddenText, HiddenTexts
from archiver.people import people_in
from archiver.profile import Profile
from archiver.subject import readable_jobs
from archiver.withheldtexts import withheld_texts


def hidden_in_archive(archive: Path, profile: Profile) -> HiddenTexts:
    """What must not be seen of any job in what is published under `profile`.

    Raises NotAnArchive, and ArchiveDamaged for a job that cannot be read: what it hides would not
    be looked for.
    """
    return HiddenTexts(_hidden(archive, profile))


def _hidden(archive: Path, profile: Profile) -> Iterator[HiddenText]:
    workspace = read_settings(archive).workspace_id
    problems: list[str] = []
    for bag, record in readable_jobs(archive, problems):
        try:
            named = dict.fromkeys(people_in(bag, record))
        except (OSError, ValueError) as error:
            problems.append(f"{bag.folder.name} cannot be read: {error}")
            continue
        yield from withheld_texts(record, profile, named, workspace)
    if problems:
        raise ArchiveDamaged(
            f"{problems[0]}, so nobody can say what of it must not be seen.",
            "Run `archiver verify`, then bring the folder back from a backup.",
        )
