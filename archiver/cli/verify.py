"""`archiver verify`: is everything as it was archived?"""

from __future__ import annotations

from pathlib import Path

import click
import humanize

from archiver.cli.console import Console
from archiver.cli.options import archive_argument, common, option
from archiver.cli.trust import TrustOptions, trust_options


@click.command("verify")
@archive_argument(optional="")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@option("--quick", is_flag=True, help="Look at presence and size only.")
@option(
    "--bag",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Check any BagIt bag, or a customer's unpacked zip, instead of an archive.",
)
@trust_options
@common
def command(
    console: Console,
    archive: Path,
    jobs: tuple[str, ...],
    quick: bool,
    bag: Path | None,
    trust: TrustOptions,
) -> int:
    """Check every byte, every seal and the ledger of ARCHIVE, or of the JOBs named by id or folder.

    Proves that nothing changed since it was archived. Exit code 3 when there is damage, each
    damaged, missing or extra file named.
    """
    from archiver.anybag import verify_bag
    from archiver.recording import verify_and_record

    if bag is not None:
        report = verify_bag(bag)
    elif not archive.name:
        raise click.UsageError("Name an ARCHIVE, or a bag with --bag.")
    else:
        report = verify_and_record(archive, jobs=jobs, quick=quick, trust=trust.read())
    for fault in report.faults:
        console.problem(str(fault))
    for text in report.notes:
        console.note(text)
    _say(console, report, quick)
    console.result(
        {
            "ok": not report.faults,
            "jobs": report.jobs,
            "files": report.files,
            "bytes": report.size,
            "quick": quick,
            "ledger": {"entries": report.ledger_entries, "head": report.ledger_head},
            "recorded": report.recorded,
            "faults": [
                {
                    "kind": fault.kind,
                    "path": fault.path,
                    "detail": fault.detail,
                    "job_id": fault.job_id,
                    "expected": fault.expected,
                    "found": fault.found,
                }
                for fault in report.faults
            ],
            "notes": report.notes,
        }
    )
    return report.exit_code


def _say(console: Console, report: object, quick: bool) -> None:
    from archiver.verify import Report

    assert isinstance(report, Report)
    jobs = "1 job" if report.jobs == 1 else f"{report.jobs} jobs"
    read = f"{jobs}, {report.files} files, {humanize.naturalsize(report.size)}"
    if report.faults:
        console.problem(f"{len(report.faults)} faults found in {read}.")
    elif quick:
        console.say(f"{read}: everything is there (contents not read).")
    else:
        console.say(f"{read}: unchanged since archived.")
    if report.ledger_head:
        console.say(f"Ledger: {report.ledger_entries} entries, head {report.ledger_head}")
