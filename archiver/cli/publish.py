"""`archiver publish`: a folder for a static host, made and kept up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.console import Console
from archiver.cli.noting import note_handover
from archiver.cli.options import (
    LanguageTag,
    archive_argument,
    common,
    option,
    templates_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archiver.leakscan import Scan
    from archiver.publishfolder import Outcome
    from archiver.publishing import PublishedJob, Site, Wanted


@click.command("publish")
@archive_argument()
@click.argument("folder", metavar="DEST", type=click.Path(path_type=Path))
@option("--job", "jobs", multiple=True, metavar="JOB", help="Only this job (repeatable).")
@option("--profile", default="public", show_default=True, metavar="NAME", help="What may be seen.")
@option("--unlisted", is_flag=True, help="Addresses that nobody can guess, and no list of them.")
@option(
    "--new-address",
    "renewed",
    multiple=True,
    metavar="JOB",
    help="Give up this job's unlisted address for a new one (repeatable).",
)
@option(
    "--approve",
    multiple=True,
    metavar="TEXT",
    help="An address, position (LAT,LON) or text that may be seen (repeatable).",
)
@option(
    "--server-config",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write nginx.conf and Caddyfile, for the host, into DIR.",
)
@option("--language", type=LanguageTag(), metavar="TAG", help="The language of the pages.")
@templates_option
@common
def command(
    console: Console,
    archive: Path,
    folder: Path,
    jobs: tuple[str, ...],
    profile: str,
    unlisted: bool,
    renewed: tuple[str, ...],
    approve: tuple[str, ...],
    server_config: Path | None,
    language: str | None,
    templates: Path | None,
) -> int:
    """Make DEST a folder of ARCHIVE's jobs that is fit for a static host, or bring it up to date.

    It holds pages, pictures, index and search of what the profile shows of these jobs, all jobs
    without --job, and nothing else of ARCHIVE, which is only read (--new-address alone writes, a
    line into its ledger). Only changed files are written;
    jobs that were erased, or are no longer named, are removed. Files that publish did not make are
    left alone.

    Everything is made aside first and gone through as by check-publish: if anything is found that
    the profile hides, nothing in DEST changes and the exit code is 3.
    """
    from archiver.decoders import Decoders
    from archiver.exportlog import EVERY_JOB, state_folder
    from archiver.handover import NAMES_NOTE
    from archiver.hiddeninarchive import hidden_in_archive
    from archiver.leaks import Rules
    from archiver.leakscan import scan_folder
    from archiver.naming import job_key
    from archiver.publishfolder import PublishFolder, check_places
    from archiver.publishing import make_site
    from archiver.storage import explained

    check_places(archive, folder)
    given_up = _renew(console, archive, renewed, unlisted=unlisted)
    wanted = _wanted(archive, jobs, profile, unlisted, language, templates)
    place = PublishFolder(folder, state_folder())
    with place.opened() as aside, explained(aside), Decoders() as decoders:
        site = make_site(archive, wanted, aside / "site", decoders.load, place.reuse)
        hidden = hidden_in_archive(archive, wanted.profile, [one.job_id for one in site.jobs])
        rules = Rules.of(hidden, approve, locations=wanted.profile.location)
        scan = scan_folder(site.folder, rules)
        if scan.findings:
            return _refused(console, folder, scan, given_up)
        made = {one.folder: one.made_from for one in site.jobs}
        outcome = place.update(site.folder, made)
    if outcome.written:
        keys = [job_key(one.job_id) for one in site.jobs] if jobs else [EVERY_JOB]
        note_handover(console, archive, folder, "", keys)
    if server_config is not None:
        _write_config(server_config, site)
    if wanted.profile.names != "show":
        console.note(NAMES_NOTE)
    return _told(console, folder, site, scan, outcome, given_up)


def _renew(
    console: Console, archive: Path, jobs: tuple[str, ...], *, unlisted: bool
) -> tuple[str, ...]:
    """Note in the ledger that jobs are to have new addresses; gives their ids."""
    from archiver.archive import load_job
    from archiver.choosing import find_job
    from archiver.cli.opening import writing
    from archiver.clock import now
    from archiver.errors import UsageProblem
    from archiver.naming import job_key
    from archiver.reasons import operator

    if not jobs:
        return ()
    if not unlisted:
        raise UsageProblem(
            "A listed job has no secret address to give up.", "Say --unlisted too, or neither."
        )
    with writing(archive, "publish", console) as opened:
        found = {load_job(find_job(archive, job)).job_id for job in jobs}
        for job_id in sorted(found):
            opened.ledger.append("readdressed", now(), job=job_key(job_id), by=operator())
    return tuple(sorted(found))


def _wanted(
    archive: Path,
    jobs: tuple[str, ...],
    profile: str,
    unlisted: bool,
    language: str | None,
    templates: Path | None,
) -> Wanted:
    from archiver.archive import read_settings, read_state
    from archiver.choosing import all_jobs, choose_jobs
    from archiver.profile import profile_named
    from archiver.publishing import Wanted, check_profile
    from archiver.view import site_settings

    settings = read_settings(archive)
    chosen = profile_named(archive, profile)
    check_profile(chosen)
    site = site_settings(archive, settings, templates, language)
    found = choose_jobs(archive, jobs) if jobs else all_jobs(archive)
    pins = read_state(archive).jobs if unlisted else {}
    entries = {key: one.readdressed for key, one in pins.items() if one.readdressed}
    return Wanted(found, chosen, site, unlisted, entries)


def _write_config(folder: Path, site: Site) -> None:
    from archiver.serverfiles import files_for_servers
    from archiver.storage import explained, put_if_changed

    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in files_for_servers(site.serving).items():
            put_if_changed(folder / name, body)


def _refused(console: Console, folder: Path, scan: Scan, given_up: tuple[str, ...]) -> int:
    from archiver.cli.check_publish import as_json
    from archiver.publishfolder import Outcome

    for finding in scan.findings:
        console.problem(str(finding))
    console.problem(
        f"{len(scan.findings)} found that must not be seen: nothing in {folder} was changed, and "
        "what should go from there is there still."
    )
    for job in given_up:
        console.problem(f"{job} is still there under its old address, until a run finds nothing.")
    findings = [as_json(one) for one in scan.findings]
    console.result(_result(folder, (), Outcome(), scan.files, findings, given_up=given_up))
    return 3


def _told(
    console: Console,
    folder: Path,
    site: Site,
    scan: Scan,
    outcome: Outcome,
    given_up: tuple[str, ...],
) -> int:
    import humanize

    gone = _jobs_of(outcome.removed) - {one.folder for one in site.jobs}
    for job in sorted(gone):
        console.say(f"removed: {job}")
    for path in outcome.stayed:
        console.problem(f"{path} was changed since it was published, so it stayed: remove it.")
    if site.serving.unlisted:
        for one in site.jobs:
            console.say(f"{one.job_id}: {one.address}")
    console.say(
        f"{folder}: {len(site.jobs)} jobs; {outcome.written:,} files of "
        f"{humanize.naturalsize(outcome.size)} written, {outcome.unchanged:,} unchanged, "
        f"{len(outcome.removed):,} removed; nothing found that must not be seen."
    )
    console.result(_result(folder, site.jobs, outcome, scan.files, [], sorted(gone), given_up))
    return 3 if outcome.stayed else 0


def _result(
    folder: Path,
    jobs: Sequence[PublishedJob],
    outcome: Outcome,
    files: int,
    findings: Sequence[dict[str, object]],
    gone: Sequence[str] = (),
    given_up: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "jobs": [{"job_id": one.job_id, "address": one.address} for one in jobs],
        "written": outcome.written,
        "unchanged": outcome.unchanged,
        "bytes_written": outcome.size,
        "removed": list(outcome.removed),
        "jobs_removed": list(gone),
        "readdressed": list(given_up),
        "stayed": list(outcome.stayed),
        "files_checked": files,
        "findings": list(findings),
    }


def _jobs_of(paths: tuple[str, ...]) -> set[str]:
    parts = (path.split("/") for path in paths)
    return {"/".join(part[:3]) for part in parts if part[0] == "jobs" and len(part) > 3}
