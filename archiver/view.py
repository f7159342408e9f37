"""A job's view: page, assets, contact sheets, renditions, all made from the evidence beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from archiver.archive import ArchiveSettings, OpenArchive, read_bag_or_none
from archiver.bag import VIEW_MANIFEST, commitment, read_manifest
from archiver.branding import own_branding
from archiver.capturetime import own_far
from archiver.decoders import LoadPicture
from archiver.losses import accepted
from archiver.models import JobRecord, RelPath, Seal, Sha256
from archiver.naming import job_key
from archiver.pictures import load_picture
from archiver.pins import Decision, JobPins
from archiver.plan import Slot
from archiver.renditions import make_renditions
from archiver.sheetlayout import SheetSettings, own_layout
from archiver.sheetplan import plan_sheets, sheet_key, sheet_names
from archiver.sheets import existing_key, lettered, make_sheets
from archiver.site import SiteSettings, job_assets, job_pages
from archiver.storage import is_sound, link_or_copy, put_if_changed, sha256_bytes, write_staged
from archiver.swap import OldFolder, keep_all
from archiver.templating import check_templates

PinsOf = Callable[[str], JobPins]
"""What the ledger says of a job, by the job's key."""


def site_settings(
    root: Path,
    settings: ArchiveSettings,
    templates: Path | None = None,
    language: str | None = None,
) -> SiteSettings:
    """What pages take from `archive.json` and from the archive's own `archiver.toml`, and the
    folder of `templates` that overrides ours; `language` goes before the archive's.

    Raises UsageProblem when either cannot be understood.
    """
    if templates is not None:
        check_templates(templates)
    return SiteSettings(
        workspace_name=settings.workspace_name,
        timezone=settings.time_zone,
        language=language or settings.language,
        branding=own_branding(root),
        templates=templates,
        far=own_far(root),
    )


def site_of(opened: OpenArchive) -> SiteSettings:
    """The settings of an open archive's pages. Raises UsageProblem."""
    return site_settings(opened.archive.root, opened.settings, opened.templates)


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """What all views of an archive have in common, as values: another process can be told them."""

    site: SiteSettings
    shared: Path
    sheets: SheetSettings


def view_settings(opened: OpenArchive, sheets: SheetSettings | None = None) -> ViewSettings:
    """The settings of an open archive's views. `sheets` says how contact sheets are laid out, else
    the archive's `archiver.toml` does.

    Raises UsageProblem when that file cannot be understood.
    """
    return ViewSettings(
        site=site_of(opened),
        shared=opened.archive.private / "assets",
        sheets=sheets or own_layout(opened.archive.root),
    )


def view_maker(
    opened: OpenArchive, load: LoadPicture, sheets: SheetSettings | None = None
) -> ViewMaker:
    """The maker of an open archive's views: its settings (`view_settings`), and what its ledger
    says. `load` opens the pictures that its contact sheets show. Raises UsageProblem."""
    return maker_of(view_settings(opened, sheets), lambda key: opened.pins.job(key), load)


def maker_of(settings: ViewSettings, pins: PinsOf, load: LoadPicture) -> ViewMaker:
    """A maker of views: `pins` gives what the ledger says of a job, damage and losses that were
    accepted among it, by the job's key."""
    return ViewMaker(
        site=settings.site,
        shared=settings.shared,
        damaged=lambda job_id: pins(job_key(job_id)).damaged,
        accepted=lambda record: accepted(record, pins(job_key(record.job_id)).acknowledged),
        pinned=lambda folder: pinned_view(pins, folder),
        sheets=settings.sheets,
        load=load,
    )


def pinned_view(pins: PinsOf, folder: Path) -> Mapping[RelPath, Sha256]:
    """The files of a folder's view with their hashes; empty when the ledger does not know it."""
    bag = read_bag_or_none(folder)
    try:
        if bag is None:
            return {}
        body = (folder / VIEW_MANIFEST).read_bytes()
        key = bag.info.get("Ledger-Identifier", "")
        known = commitment(bag.salt, body) in pins(key).views
        return read_manifest(body) if known else {}
    except (OSError, ValueError):
        return {}


@dataclass(frozen=True)
class ViewMaker:
    """Makes views with one set of settings.

    `shared` is a folder where one copy of each asset is kept for all jobs to link. `damaged` gives
    the files of a job, by its id, that the last `verify` found damaged; `pinned` the files of a
    folder's view with their hashes, if the ledger knows that view; `accepted` the losses of a job
    that the ledger says a person has accepted.
    """

    site: SiteSettings
    shared: Path
    damaged: Callable[[str], tuple[str, ...]]
    pinned: Callable[[Path], Mapping[RelPath, Sha256]] = lambda folder: {}
    accepted: Callable[[JobRecord], Mapping[Slot, Decision]] = lambda record: {}
    sheets: SheetSettings = field(default_factory=SheetSettings)
    load: LoadPicture = load_picture
    _turn: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)
    _laid_out: set[Path] = field(default_factory=set, compare=False, repr=False)

    def __call__(
        self, folder: Path, record: JobRecord, seal: Seal, before: OldFolder | None
    ) -> Mapping[RelPath, Sha256]:
        """Write the view into `folder`; contact sheets, renditions and assets of `before` that
        still hold are kept. Raises OSError."""
        pinned = self.pinned(before.folder) if before is not None else {}
        # A picture lies in the staged folder, or still in the one before: when only the view is
        # made again, and when unchanged files are moved at the very end.
        place = before.place if before is not None else lambda path: folder / path
        sheets = self._sheets(folder, record, place, before, pinned)
        pages = tuple(name for name in sheets if name.endswith(".jpg"))
        pdf = next((name for name in sheets if name.endswith(".pdf")), None)
        files, renditions = make_renditions(folder, record, place, self.load, before, pinned)
        made = {**sheets, **self._assets(folder, before, pinned), **files}
        written = job_pages(
            record,
            seal,
            self.site,
            sheets=pages,
            sheet_pdf=pdf,
            damaged=self.damaged(record.job_id),
            accepted=self.accepted(record),
            renditions=renditions,
        )
        for name, body in written:
            write_staged(folder / name, body)
            made[name] = sha256_bytes(body)
        return made

    def _sheets(
        self,
        folder: Path,
        record: JobRecord,
        place: Callable[[RelPath], Path],
        before: OldFolder | None,
        pinned: Mapping[RelPath, Sha256],
    ) -> dict[RelPath, Sha256]:
        plan = lettered(plan_sheets(record, place, self.site.reader, self.sheets))
        kept = None
        if before is not None:
            kept = self._kept_sheets(before.folder, pinned, sheet_names(plan), sheet_key(plan))
        if before is None or kept is None:
            made = make_sheets(plan, folder, self.load)
            return {RelPath(sheet.name): sheet.sha256 for sheet in made}
        keep_all(before, kept)
        return kept

    def _kept_sheets(
        self,
        before: Path,
        pinned: Mapping[RelPath, Sha256],
        names: tuple[str, ...],
        key: Sha256,
    ) -> dict[RelPath, Sha256] | None:
        """The sheets of the view before, if they show the same and are the very files that the
        ledger pins: a forged sheet must not be handed on to a new view."""
        kept = {RelPath(name): pinned[RelPath(name)] for name in names if RelPath(name) in pinned}
        if not names or len(kept) != len(names):
            return None
        try:
            pages = [name for name in names if name.endswith(".jpg")]
            same = all(existing_key(before / name) == key for name in pages)
        except OSError:
            return None
        sound = same and all(is_sound(before / name, kept[name]) for name in kept)
        return kept if sound else None

    def _assets(
        self, folder: Path, before: OldFolder | None, pinned: Mapping[RelPath, Sha256]
    ) -> dict[RelPath, Sha256]:
        """The job's own copy of every asset: a hard link to the shared one, or, where that would
        be a copy, the one of the view before."""
        made: dict[RelPath, Sha256] = {}
        for parent in self._asset_folders:
            (folder / parent).mkdir(parents=True, exist_ok=True)
        for name, (body, sha256) in self._asset_bodies.items():
            path = RelPath(name)
            made[path] = sha256
            if (
                before is not None
                and before.moving
                and pinned.get(path) == sha256
                and is_sound(before.folder / path, sha256)
            ):
                before.keep(path)
                continue
            master = self._master(name, sha256)
            # Linux refuses to link a file that is being renamed over, so only one thread looks.
            with self._turn:
                self._lay_out(master, body)
            link_or_copy(master, f"{folder}/{name}")
        return made

    def lay_out_assets(self) -> None:
        """Put one copy of every asset where jobs link it, before several processes do."""
        for name, (body, sha256) in self._asset_bodies.items():
            self._lay_out(self._master(name, sha256), body)

    def _lay_out(self, master: Path, body: bytes) -> None:
        # Once a run: looking at every asset for every job took a tenth of a build's time.
        if master not in self._laid_out:
            put_if_changed(master, body, sync=False)
            self._laid_out.add(master)

    def _master(self, name: str, sha256: Sha256) -> Path:
        return self.shared / f"{sha256[:16]}-{name.rpartition('/')[2]}"

    @cached_property
    def _asset_bodies(self) -> Mapping[str, tuple[bytes, Sha256]]:
        return {name: (body, sha256_bytes(body)) for name, body in job_assets(self.site).items()}

    @cached_property
    def _asset_folders(self) -> tuple[str, ...]:
        return tuple(sorted({name.rpartition("/")[0] for name in self._asset_bodies}))
