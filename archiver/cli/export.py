"""`archiver export`: a zip of one or several jobs, for a customer or whoever a profile is for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.console import Console
from archiver.cli.noting import note_handover
from archiver.cli.options import (
    Day,
    LanguageTag,
    Size,
    archive_argument,
    common,
    option,
    templates_option,
)
from archiver.profile import SMALLEST_EDGE

if TYPE_CHECKING:
    from archiver.export import Export, ExportReport
    from archiver.handover import ChosenJob, MakeReport
    from archiver.preparing import Wish
    from archiver.profile import Profile
    from archiver.site import SiteSettings


@click.command("export")
@archive_argument()
@click.argument("jobs", nargs=-1, metavar="JOB...")
@option("--profile", metavar="NAME", default="customer", show_default=True, help="What goes in.")
@option("--with-chat", "chat", flag_value=True, type=bool, default=None, help="Also the chat.")
@option("--no-chat", "chat", flag_value=False, type=bool, help="No word of chat.")
@option("--with-history", is_flag=True, help="Also what was removed or edited, and the history.")
@option("--hide-names", is_flag=True, help="No name of a person anywhere.")
@option("--hide-name", multiple=True, metavar="NAME", help="Nor this one, a nickname say.")
@option(
    "--with-location", "location", flag_value=True, type=bool, default=None, help="Keep places."
)
@option("--strip-location", "location", flag_value=False, type=bool, help="No places in photos.")
@option("--strip-metadata", is_flag=True, help="Photos with nothing but their picture.")
@option("--largest-edge", type=click.IntRange(SMALLEST_EDGE), metavar="N", help="Pixels at most.")
@option("--since", type=Day(), metavar="DATE", help="Only photos sent from this day on.")
@option("--until", type=Day(), metavar="DATE", help="Only photos sent up to this day.")
@option("--without-photo", type=int, multiple=True, metavar="N", help="Not this exhibit.")
@option("--without-message", type=int, multiple=True, metavar="N", help="Not this message.")
@option("--originals", is_flag=True, help="All photos in full size, however large the zip.")
@option("--max-size", type=Size(), metavar="SIZE", help="Several zips of at most this size.")
@option("--language", type=LanguageTag(), metavar="TAG", help="The recipient's language.")
@option("--person", metavar="NAME|ID", help="Instead: everything of one person, from every job.")
@option("--also", multiple=True, metavar="NAME", help="Another name of that person (repeatable).")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FILE.zip",
    help="The zip to write; a folder (by default this one): it is named after the job's title.",
)
@option("--pdf", is_flag=True, help="With full or auditor: also the evidence report.")
@option("--pdf-only", is_flag=True, help="Only the evidence report, as a PDF for each job.")
@option("--encrypt", is_flag=True, help="Ask for a passphrase: an AES-256 zip for 7-Zip.")
@option(
    "--timestamp-ca",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.pem",
    help="With auditor: the time-stamp authority's root certificate.",
)
@option("--passphrase-file", metavar="FILE", help="Encrypt with its first line; - is stdin.")
@option("--dry-run", is_flag=True, help="Write nothing; list what would go in and stay out.")
@option("--yes", is_flag=True, help="Do not ask before writing.")
@templates_option
@common
def command(
    console: Console,
    archive: Path,
    jobs: tuple[str, ...],
    person: str | None,
    also: tuple[str, ...],
    output: Path,
    **said: Any,
) -> int:
    """Make a zip of JOBs of ARCHIVE that opens with a double click and can be verified.

    A JOB is named by its id, its folder or an unambiguous part of its title; on a terminal without
    any, you are asked. ARCHIVE is only read.

    The profile says what goes in. customer (the default): present photos with dates and people's
    names, in a sealed copy that says what was withheld; no chat, no removed or former things, no
    ids, no places. public: no names and no metadata either, photos of at most 2,048 pixels. full:
    the untouched bag with everything. auditor: that with proof/. ARCHIVE's archiver.toml may have
    more as [profile.NAME]. The other options change a profile for this one hand-over.

    A zip fits one mail (18 MB): if need be, photos are made smaller, and it says so; --originals
    and --max-size change that. That a zip was made is noted on this computer, so that an erasure
    can name it.
    """
    from archiver.archive import read_settings
    from archiver.choosing import choose_jobs
    from archiver.profile import check_numbers, profile_named

    if person is not None:
        if jobs or said["pdf"] or said["pdf_only"]:
            raise click.UsageError("Name either JOBs or a --person; a person's zip has no PDF.")
        return _subject(console, archive, person, also, output)
    if not jobs and not _can_ask(console):
        raise click.UsageError("Name a JOB, or a --person.")
    settings = read_settings(archive)
    if not jobs:
        from archiver.cli.picking import pick_jobs, pick_profile

        jobs = pick_jobs(archive)
        said["profile"] = pick_profile(archive, said["profile"])
    chosen = choose_jobs(archive, jobs)
    profile = _profile(profile_named(archive, said["profile"]), said)
    if said["without_photo"] or said["without_message"]:
        if len(chosen) > 1:
            raise click.UsageError("--without-photo and --without-message go with one JOB.")
        record = chosen[0].record
        photos = [one.number for one in record.photos]
        check_numbers(profile, photos, [one.number for one in record.messages])
    from archiver.view import site_settings

    site = site_settings(archive, settings, said["templates"], said["language"])
    with _reports(console, archive, profile, said) as report:
        if said["pdf_only"]:
            return _pdfs(console, archive, chosen, output, profile, site, report, said)
        return _zips(console, archive, chosen, output, _wish(profile, said), site, report, said)


def _profile(profile: Profile, said: dict[str, Any]) -> Profile:
    """The profile as the options change it."""
    changes: dict[str, Any] = {}
    for name in ("chat", "location", "largest_edge"):
        if said[name] is not None:
            changes[name] = said[name]
    if said["with_history"]:
        changes["history"] = True
    if said["hide_name"]:
        changes["aliases"] = {**dict.fromkeys(said["hide_name"], ""), **profile.aliases}
    if said["hide_names"] or (said["hide_name"] and profile.names == "show"):
        changes["names"] = "hide"
        changes.setdefault("metadata", "facts")
    if said["strip_metadata"]:
        changes["metadata"] = "none"
    for name in ("since", "until"):
        if (moment := said[name]) is not None:
            changes[name] = _day(moment)
    for name, numbers in (
        ("without_photos", said["without_photo"]),
        ("without_messages", said["without_message"]),
    ):
        if numbers:
            changes[name] = getattr(profile, name) | frozenset(numbers)
    adds_only = {"chat", "history", "location"} >= changes.keys() and all(changes.values())
    if not changes or (profile.whole and adds_only):
        return profile
    return profile.redacting(**changes)


def _day(moment: datetime) -> Any:
    return moment.date()


def _wish(profile: Profile, said: dict[str, Any]) -> Wish:
    """Which size is wanted: one mail, unless something else was said."""
    from archiver.preparing import MAIL, Wish

    if profile.whole or said["max_size"] is not None or said["originals"]:
        return Wish(profile, said["max_size"])
    return Wish(profile, MAIL, may_reduce=True)


@contextlib.contextmanager
def _reports(
    console: Console, archive: Path, profile: Profile, said: dict[str, Any]
) -> Iterator[MakeReport | None]:
    """What makes the PDF beside each page: for an untouched bag on demand."""
    from archiver.report import TypstMissing, report_maker

    demanded = said["pdf"] or said["pdf_only"]
    if profile.whole and not demanded:
        yield None
        return
    with contextlib.ExitStack() as stack:
        try:
            maker = stack.enter_context(report_maker(archive, said["language"]))
        except TypstMissing as error:
            if demanded:
                raise
            console.note(f"record.pdf is the contact sheets alone: {error.message} {error.hint}")
            maker = None
        yield maker


# --- what is written ------------------------------------------------------------------------------


def _zips(
    console: Console,
    archive: Path,
    chosen: Sequence[ChosenJob],
    output: Path,
    wish: Wish,
    site: SiteSettings,
    report: MakeReport | None,
    said: dict[str, Any],
) -> int:
    from archiver.export import prepared
    from archiver.naming import job_key
    from archiver.timestamps import load_roots

    passphrase = None
    if said["encrypt"] or said["passphrase_file"]:
        from archiver.cli.passphrase import read_passphrase

        passphrase = read_passphrase(console, said["passphrase_file"])
    roots = load_roots(said["timestamp_ca"]) if said["timestamp_ca"] else ()
    with prepared(
        archive, chosen, output, site, wish, report=report, passphrase=passphrase, roots=roots
    ) as export:
        ready = [job for parcel in export.parcels for job in parcel.jobs]
        result: dict[str, Any] = {
            "profile": wish.profile.name,
            **_told(console, ready, export, wish),
        }
        if said["dry_run"]:
            return _listed(console, export, result)
        _confirm(console, said)
        made = export.write()
    for one in made:
        keys = (job_key(job.record.job_id) for job in chosen)
        note_handover(console, archive, one.path, one.sha256, keys)
        _say_zip(console, one)
    console.result({**_as_json(made[0]), **result, "zips": [_as_json(one) for one in made]})
    return 0


def _told(
    console: Console, ready: Sequence[ChosenJob], export: Export, wish: Wish
) -> dict[str, Any]:
    """Say what the recipient sees and does not, and what was done to make it fit."""
    from archiver.handover import NAMES_NOTE, disclosure, hides_names, staying, withheld_line

    seen = disclosure(ready)  # reads the beginnings of all photos
    console.note(seen)
    several = len(export.proofs) > 1
    notes = [
        f"{folder}: {note}" if several else note
        for folder, proof in export.proofs.items()
        for note in proof.notes
    ]
    notes += [NAMES_NOTE] if hides_names(ready) else []
    if not wish.profile.whole:
        console.note(withheld_line(ready))
    for note in notes:
        console.note(note)
    if wish.profile.whole:
        return {"disclosure": seen, "withheld": {}, "largest_edge": None, "notes": notes}
    edges = {job.record.derived.largest_edge for job in ready if job.record.derived}
    edge = min((one for one in edges if one), default=None)
    if edge is not None and edge != wish.profile.largest_edge:
        console.note(
            f"Photos are made smaller, to {edge:,} pixels, so that it fits one mail of 18 MB; "
            "--originals leaves them as they are."
        )
    if len(export.parcels) > 1:
        console.note(f"It takes {len(export.parcels)} zips.")
    held = staying(ready)
    return {"disclosure": seen, "withheld": held, "largest_edge": edge, "notes": notes}


def _listed(console: Console, export: Export, result: dict[str, Any]) -> int:
    """The list of `--dry-run`."""
    zips = []
    for path, names in export.members():
        console.say(f"{path.name}:")
        for name, size in names:
            console.say(f"  {size:>12,}  {name}")
        zips.append({"path": str(path), "files": [{"name": n, "bytes": s} for n, s in names]})
    stays = []
    for parcel in export.parcels:
        for job in parcel.jobs:
            if job.left is None:
                continue
            messages, photos = job.left.messages, job.left.photos
            console.say(f"Stays out of {job.folder.name}:")
            console.say(f"  exhibits: {', '.join(f'#{one:04d}' for one in photos) or 'none'}")
            console.say(f"  messages: {', '.join(f'm{one:04d}' for one in messages) or 'none'}")
            console.say("  job id, workspace id, links, addresses, snapshots, notes of the ledger")
            stays.append(
                {"folder": job.folder.name, "messages": list(messages), "photos": list(photos)}
            )
    console.result({**result, "dry_run": True, "zips": zips, "stays": stays})
    return 0


def _pdfs(
    console: Console,
    archive: Path,
    chosen: Sequence[ChosenJob],
    output: Path,
    profile: Profile,
    site: SiteSettings,
    report: MakeReport | None,
    said: dict[str, Any],
) -> int:
    """The evidence reports alone."""
    from archiver.export import prepared_reports
    from archiver.handover import NAMES_NOTE, disclosure, hides_names, withheld_line
    from archiver.naming import job_key

    if said["encrypt"] or said["passphrase_file"]:
        raise click.UsageError("A PDF alone is not encrypted; leave out --pdf-only.")
    assert report is not None
    with prepared_reports(archive, chosen, output, site, profile, report) as export:
        console.note(disclosure(export.jobs))
        if not profile.whole:
            console.note(withheld_line(export.jobs))
        notes = [NAMES_NOTE] if hides_names(export.jobs) else []
        for note in notes:
            console.note(note)
        if said["dry_run"]:
            console.result({"profile": profile.name, "dry_run": True, "notes": notes})
            return 0
        _confirm(console, said)
        made = export.write()
    for job, one in zip(chosen, made, strict=True):
        note_handover(console, archive, one.path, one.sha256, [job_key(job.record.job_id)])
        _say_zip(console, one)
    pdfs = [_as_json(one) for one in made]
    console.result({"profile": profile.name, "pdfs": pdfs, "notes": notes})
    return 0


def _can_ask(console: Console) -> bool:
    import sys

    return console.interactive and sys.stdin.isatty() and not console.no_input


def _confirm(console: Console, said: dict[str, Any]) -> None:
    """On a terminal, ask before anything is written."""
    if _can_ask(console) and not said["yes"]:
        click.confirm("Write it?", default=True, abort=True, err=True)


def _say_zip(console: Console, made: ExportReport) -> None:
    import humanize

    console.say(f"{made.path}: {made.files} files, {humanize.naturalsize(made.size)}")
    console.say(f"SHA-256 {made.sha256}")


def _as_json(made: ExportReport) -> dict[str, Any]:
    return {
        "path": str(made.path),
        "jobs": list(made.jobs),
        "files": made.files,
        "bytes": made.size,
        "sha256": made.sha256,
    }


def _subject(
    console: Console, archive: Path, wanted: str, also: tuple[str, ...], output: Path
) -> int:
    """The zip that answers a person's request."""
    import humanize

    from archiver.archive import read_settings
    from archiver.clock import now
    from archiver.subject import export_person, person_of

    read_settings(archive)
    person, others = person_of(archive, wanted, also)
    report = export_person(archive, person, others, output, now())
    note_handover(console, archive, report.path, report.sha256, report.jobs)
    console.say(
        f"{report.path}: {report.messages} messages, {report.photos} photos from "
        f"{len(report.jobs)} jobs, {humanize.naturalsize(report.size)}"
    )
    console.say(f"SHA-256 {report.sha256}")
    console.result(
        {
            "path": str(report.path),
            "jobs": list(report.jobs),
            "messages": report.messages,
            "photos": report.photos,
            "files": report.files,
            "bytes": report.size,
            "sha256": report.sha256,
        }
    )
    return 0
