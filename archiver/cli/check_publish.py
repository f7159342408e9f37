"""`archiver check-publish`: a folder gone through before the public sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archiver.cli.console import Console
from archiver.cli.options import common, option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archiver.hiddentexts import HiddenText
    from archiver.leaks import Finding
    from archiver.leakscan import Scan
    from archiver.profile import Profile


@click.command("check-publish")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="ARCHIVE",
    help="Also look for what the profile hides of this archive: names, ids, addresses, messages.",
)
@option("--profile", default="public", show_default=True, metavar="NAME", help="What may be seen.")
@option(
    "--hidden-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also look for the texts in FILE, one a line.",
)
@option(
    "--approve",
    multiple=True,
    metavar="TEXT",
    help="An address, position (LAT,LON) or text that may be seen (repeatable).",
)
@common
def command(
    console: Console,
    folder: Path,
    archive: Path | None,
    profile: str,
    hidden_file: Path | None,
    approve: tuple[str, ...],
) -> int:
    """Go through DIR before it is published: names every file and line that must not be seen.

    Looked for are signed addresses, keys and tokens, outside addresses, positions, what no
    published folder may hold, and hidden texts, in pages, scripts, JSON, file names, PDFs, zips and
    the metadata of pictures. Reads only. Exit code 3 when there is anything, else 0.
    """
    from archiver.errors import UsageProblem
    from archiver.hiddentexts import HiddenTexts
    from archiver.leaks import Rules
    from archiver.leakscan import scan_folder
    from archiver.profile import BUILT_IN, profile_named

    if not folder.is_dir():
        raise UsageProblem(f"There is no folder {folder}.", "Name the folder to be published.")
    if archive is not None:
        chosen = profile_named(archive, profile)
    elif profile in BUILT_IN:
        chosen = BUILT_IN[profile]
    else:
        raise UsageProblem(f"There is no profile “{profile}” of ours.", "Name its --archive too.")
    hidden = HiddenTexts(_hidden(archive, chosen, hidden_file))
    if hidden.too_short:
        console.note(f"{len(hidden.too_short)} texts are too short to be looked for.")
    rules = Rules.of(hidden, approve, locations=chosen.whole or chosen.location)
    return report(console, folder, scan_folder(folder, rules), len(hidden.too_short))


def _hidden(archive: Path | None, profile: Profile, file: Path | None) -> Iterator[HiddenText]:
    from archiver.errors import UsageProblem
    from archiver.hiddeninarchive import hidden_in_archive
    from archiver.hiddentexts import HiddenText

    if archive is not None:
        yield from hidden_in_archive(archive, profile)
    if file is None:
        return
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise UsageProblem(f"{file} cannot be read: {error}.", "Write one text a line.") from error
    yield from (HiddenText(line.strip(), "a hidden text") for line in lines if line.strip())


def report(console: Console, folder: Path, scan: Scan, too_short: int) -> int:
    """Tell what a scan of `folder` found; gives the exit code."""
    import humanize

    for finding in scan.findings:
        console.problem(str(finding))
    size = humanize.naturalsize(scan.size)
    console.say(f"{folder}: {scan.files:,} files of {size} looked at, {_found(scan)}.")
    console.result(
        {
            "folder": str(folder),
            "files": scan.files,
            "bytes": scan.size,
            "too_short": too_short,
            "findings": [as_json(one) for one in scan.findings],
        }
    )
    return 3 if scan.findings else 0


def _found(scan: Scan) -> str:
    number = len(scan.findings)
    if not number:
        return "nothing found"
    return f"{number} finding{'' if number == 1 else 's'}: do not publish it"


def as_json(finding: Finding) -> dict[str, object]:
    """A finding as `--json` gives it."""
    return {
        "file": finding.file,
        "part": finding.part or None,
        "line": finding.line,
        "offset": finding.offset,
        "kind": finding.kind,
        "what": finding.what,
        "next": finding.next,
    }
