"""The texts of a whole archive that a profile keeps from the public, for a scan of what is
published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from archiver.archive import read_settings
from archiver.errors import ArchiveDamaged
from archiver.hiddentexts import HiddenText, HiddenTexts
from archiver.people import people_in
from archiver.profile import Profile
from archiver.subject import readable_jobs
from archiver.withheldtexts import not_shown, shown_words, withheld_identities, withheld_words


def hidden_in_archive(
    archive: Path, profile: Profile, published: Collection[str] | None = None
) -> HiddenTexts:
    """What must not be seen of any job in what is published under `profile`. `published` are the
    ids of the jobs that are, by default all: of the others nothing may be seen, their titles
    included.

    Raises NotAnArchive, and ArchiveDamaged for a job that cannot be read: what it hides would not
    be looked for.
    """
    return HiddenTexts(() if profile.whole else _hidden(archive, profile, published))


def _hidden(
    archive: Path, profile: Profile, published: Collection[str] | None
) -> Iterator[HiddenText]:
    workspace = read_settings(archive).workspace_id
    nothing = profile.redacting(chat=False, history=False, title=False)
    problems: list[str] = []
    words: list[HiddenText] = []
    shown: list[str] = []
    for bag, record in readable_jobs(archive, problems):
        try:
            named = dict.fromkeys(people_in(bag, record))
        except (OSError, ValueError) as error:
            problems.append(f"{bag.folder.name} cannot be read: {error}")
            continue
        yield from withheld_identities(record, profile, named, workspace)
        is_out = published is None or record.job_id in published
        words += withheld_words(record, profile if is_out else nothing)
        shown += shown_words(record, profile) if is_out else ()
    if problems:
        raise ArchiveDamaged(
            f"{problems[0]}, so nobody can say what of it must not be seen.",
            "Run `archiver verify`, then bring the folder back from a backup.",
        )
    yield from not_shown(words, shown)
