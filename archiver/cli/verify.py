"""`archiver verify`: is everything as it was archived?"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import click
import humanize

from archiver.cli.console import SCHEMA_VERSION, Console
from archiver.cli.options import (
    Duration,
    Share,
    archive_argument,
    common,
    option,
    templates_option,
)
from archiver.cli.trust import TrustOptions, trust_options


@click.command("verify")
@archive_argument(optional="")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@option("--quick", is_flag=True, help="Look at presence and size only.")
@option(
    "--sample",
    type=Share(),
    metavar="SHARE",
    help="Read only so much of the archive's bytes, such as 5%, longest unchecked jobs first.",
)
@option(
    "--max-duration",
    type=Duration(),
    metavar="TIME",
    help="Begin no further job after so long, such as 2h; longest unchecked first.",
)
@option(
    "--max-age", type=Duration(), metavar="TIME", help="Pass over jobs read within, such as 30d."
)
@option(
    "--bag",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Check any BagIt bag, or a customer's unpacked zip, instead of an archive.",
)
@option("--strict-tags", is_flag=True, help="With --bag: files no tag manifest names are faults.")
@option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all that was found to FILE.json or FILE.csv, outside ARCHIVE.",
)
@templates_option
@trust_options
@common
def command(
    console: Console,
    archive: Path,
    jobs: tuple[str, ...],
    quick: bool,
    sample: float | None,
    max_duration: timedelta | None,
    max_age: timedelta | None,
    bag: Path | None,
    strict_tags: bool,
    report: Path | None,
    templates: Path | None,
    trust: TrustOptions,
) -> int:
    """Check every byte, every seal and the ledger of ARCHIVE, or of the JOBs named by id or folder.

    Proves that nothing changed since it was archived. Exit code 3 when there is damage, each
    damaged, missing or extra file named.
    """
    from archiver.anybag import verify_bag
    from archiver.budget import Budget
    from archiver.checkreport import summary_value
    from archiver.cli.erasures import erasure_json, erasure_said
    from archiver.recording import verify_and_record

    if bag is None and not archive.name:
        raise click.UsageError("Name an ARCHIVE, or a bag with --bag.")
    if strict_tags and bag is None:
        raise click.UsageError("--strict-tags goes with --bag.")
    if report is not None:
        _check_place(report, bag or archive)
    if bag is not None:
        found = verify_bag(bag, strict_tags=strict_tags)
    else:
        budget = Budget(sample, max_age, max_duration)
        trusted = trust.read()
        found = verify_and_record(
            archive, jobs=jobs, quick=quick, budget=budget, trust=trusted, templates=templates
        )
    if report is not None:
        _write_report(report, found, quick)
    for fault in found.faults:
        console.problem(str(fault))
    for text in found.notes:
        console.note(text)
    for one in found.erasures:
        console.say(erasure_said(one))
    _say(console, found, quick)
    erasures = [erasure_json(one) for one in found.erasures]
    console.result({**summary_value(found, quick=quick), "erasures": erasures})
    return found.exit_code


def _check_place(file: Path, checked: Path) -> None:
    """Refuse a report that could not be written, before hours are spent. Raises UsageError."""
    if file.suffix.lower() not in (".json", ".csv"):
        raise click.UsageError("--report takes a FILE that ends in .json or .csv.")
    if file.resolve().is_relative_to(checked.resolve()):
        raise click.UsageError(f"--report must lie outside {checked}, which is only read.")
    if not file.resolve().parent.is_dir():
        raise click.UsageError(f"There is no folder {file.resolve().parent} for --report.")


def _write_report(file: Path, found: object, quick: bool) -> None:
    from archiver.checkreport import csv_text, whole_value
    from archiver.clock import now
    from archiver.storage import explained, put_file
    from archiver.verify import Report

    assert isinstance(found, Report)
    if file.suffix.lower() == ".csv":
        body = csv_text(found)
    else:
        value = {"schema_version": SCHEMA_VERSION, **whole_value(found, quick=quick, now=now())}
        body = json.dumps(value, indent=1) + "\n"
    with explained(file):
        put_file(file, body.encode("utf-8", "backslashreplace"))


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
    if report.left:
        oldest = report.oldest_check
        when = f"{oldest:%Y-%m-%d %H:%M} UTC" if oldest else "never"
        console.say(f"{len(report.left)} jobs were not read; the longest unchecked: {when}.")
    if report.unsealed:
        shown = report.unsealed if console.verbose else report.unsealed[:5]
        more = "" if len(shown) == len(report.unsealed) else " …"
        console.say(f"{len(report.unsealed)} unsealed files: {', '.join(shown)}{more}")
    if report.ledger_head:
        console.say(f"Ledger: {report.ledger_entries} entries, head {report.ledger_head}")
