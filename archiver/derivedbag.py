"""A derived bag: a job as a profile leaves it, a valid bag on its own, made beside the archive.

The master is only read. What a file of it hashes to decides whether anything is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from pathlib import Path

from archiver import __version__
from archiver.bag import (
    BAG_INFO,
    BAGIT_TXT,
    MANIFEST,
    TAGMANIFEST,
    Bag,
    bag_info_bytes,
    manifest_bytes,
    read_bag_info,
)
from archiver.colleagues import everybody
from archiver.decoders import LoadPicture
from archiver.handover import ChosenJob, damaged, withheld_counts
from archiver.hiding import Names, names_of
from archiver.language import N_
from archiver.models import (
    Failure,
    JobId,
    JobRecord,
    PhotoRecord,
    Reference,
    RelPath,
    Sha256,
    StoredFile,
    Withheld,
)
from archiver.naming import job_folder
from archiver.people import Named, people_in
from archiver.photoedition import Edition, edition
from archiver.photowants import CannotStrip, PhotoWants
from archiver.place import file_has_place
from archiver.profile import Profile
from archiver.reader import Reader
from archiver.record import RECORD_PATH, record_bytes, time_text
from archiver.renditions import make_renditions
from archiver.sheetlayout import own_layout
from archiver.sheetplan import plan_sheets
from archiver.sheets import lettered, make_sheets
from archiver.site import SiteSettings
from archiver.storage import link_or_copy, sha256_bytes, sha256_file, write_staged
from archiver.withholding import Left, Part, reference_of, withheld_record

PERSON = N_("Person {number}")
HIDDEN = N_("(name withheld)")
_STAYS = N_("withheld: its metadata cannot be taken out without changing the picture")
_NAMES = {"show": "as shown in WorkPhotos", "replace": "replaced", "hide": "hidden"}
_WORKERS = 2


def wants_of(profile: Profile) -> PhotoWants:
    """What a profile keeps of its photos' files."""
    return PhotoWants(
        location=profile.location,
        facts=profile.metadata != "none",
        untouched=profile.metadata == "keep",
        largest_edge=profile.largest_edge,
    )


def derive(
    archive: Path,
    job: ChosenJob,
    profile: Profile,
    place: Path,
    site: SiteSettings,
    load: LoadPicture,
    part: Part | None = None,
    reference: JobId | None = None,
) -> ChosenJob:
    """Make a job's derived bag, with contact sheets and renditions, as a new folder in `place`;
    pages are left to who hands it over. `load` opens pictures; `part` makes one of several.
    `reference` stands for the job's id, in a name that has to outlast seals and titles.

    The same seal, profile and settings give the same bytes. Raises ArchiveDamaged naming a file
    that is not as it was sealed, OSError.
    """
    reader = site.reader
    left = withheld_record(
        job.record,
        profile,
        _names(archive, job, profile, reader),
        reference=reference or reference_of(job.bag.salt, profile, part),
        source=job.bag.seal.tagmanifest,
        reader=reader,
        part=part,
    )
    if reference is not None:  # the folder outlasts a new title too
        created = left.record.created or left.record.listed_created
        name = job_folder(reference, None, created)
        left = Left(replace(left.record, folder=name), left.messages, left.photos)
    folder = place / left.record.folder
    folder.mkdir(parents=True)
    photos = _Photos(job, folder, wants_of(profile), load, reader)
    record = photos.settled(left.record)
    left = Left(record, left.messages, tuple(sorted({*left.photos, *photos.stay})))
    bag = _sealed(folder, record, photos.sizes, photos.payload, site)
    view = _view(archive, folder, record, load, reader)
    return ChosenJob(folder, bag, record, view, left)


def _names(archive: Path, job: ChosenJob, profile: Profile, reader: Reader) -> Names:
    return names_of(
        profile.names,
        _people(job, profile),
        profile.aliases,
        lambda number: reader.tr(PERSON, number=number),
        reader.tr(HIDDEN),
        () if profile.names == "show" else everybody(archive),
    )


def _people(job: ChosenJob, profile: Profile) -> Iterable[Named]:
    """Who is in a job, in order of appearance; where names are hidden, by every name they had."""
    if profile.names != "show":
        return dict.fromkeys(people_in(job.bag, job.record))
    record = job.record
    uploaders = ((one.uploader_id, one.uploader_name) for one in record.messages)
    return dict.fromkeys([*uploaders, (record.creator_id, record.creator_name)])


# --- the photos -----------------------------------------------------------------------------------


@dataclass
class _Photos:
    """The payload of a derived bag on its way: what became of each file of the master."""

    job: ChosenJob
    folder: Path
    wants: PhotoWants
    load: LoadPicture
    reader: Reader
    payload: dict[RelPath, Sha256] = field(default_factory=dict)
    sizes: dict[RelPath, int] = field(default_factory=dict)
    stay: set[int] = field(default_factory=set)
    _made: dict[RelPath, StoredFile | None] = field(default_factory=dict)
    _placed: set[RelPath] = field(default_factory=set)

    def settled(self, record: JobRecord) -> JobRecord:
        """The record with the files as they are handed over, and what was done to them counted."""
        kept = {one.file: one for one in _files(record)}
        with ThreadPoolExecutor(_WORKERS) as pool:
            editions = dict(zip(kept, pool.map(self._edition, kept.values()), strict=True))
        for file, made in editions.items():
            self._made[file] = None if made is None else self._put(kept[file], made)
        photos = tuple(self._photo(photo) for photo in record.photos)
        assert record.derived is not None
        counts = self._counted(record, photos, record.derived.withheld)
        return replace(record, photos=photos, derived=replace(record.derived, withheld=counts))

    def _edition(self, stored: StoredFile) -> Edition | None:
        """What is handed over instead of a file; None when nothing can be."""
        path = self.job.folder / stored.file
        try:
            if not self.wants.location and file_has_place(path):
                self._placed.add(stored.file)
            made = self._made_of(path, stored)
            # `edition` makes nothing of a file that is not the one that was sealed.
            read = made is not None and made.body is not None
            if not read and sha256_file(path) != stored.sha256:
                raise damaged(path, "is damaged: it is not what was sealed")
        except FileNotFoundError as error:
            raise damaged(path, "is missing") from error
        return made

    def _made_of(self, path: Path, stored: StoredFile) -> Edition | None:
        try:
            return edition(path, stored, self.wants, self.load)
        except CannotStrip:
            return None

    def _put(self, stored: StoredFile, made: Edition) -> StoredFile:
        """Bring a file into the bag; gives what it is there."""
        now = replace(made.stored, file=self._free(made.stored.file))
        target = self.folder / now.file
        target.parent.mkdir(parents=True, exist_ok=True)
        if made.body is None:
            link_or_copy(self.job.folder / stored.file, target)
        else:
            write_staged(target, made.body)
        self.payload[now.file] = now.sha256
        self.sizes[now.file] = now.size
        return now

    def _free(self, name: RelPath) -> RelPath:
        """A name that no other file of the bag has."""
        stem, _, suffix = name.rpartition(".")
        number = 1
        while name in self.payload:
            number += 1
            name = RelPath(f"{stem}-{number}.{suffix}")
        return name

    def _photo(self, photo: PhotoRecord) -> PhotoRecord:
        image = self._reference(photo.image)
        if photo.image.versions and not image.versions:
            self.stay.add(photo.number)
            reason = self.reader.tr(_STAYS)
            image = replace(image, failure=Failure(reason, self.job.record.sealed))
        small = photo.thumbnail and self._reference(photo.thumbnail)
        return replace(photo, image=image, thumbnail=small)

    def _reference(self, reference: Reference) -> Reference:
        made = (self._made[one.file] for one in reference.versions)
        return replace(reference, versions=tuple(one for one in made if one is not None))

    def _counted(
        self, record: JobRecord, photos: Iterable[PhotoRecord], before: Withheld
    ) -> Withheld:
        pairs = [
            (was.image.stored, now.image.stored)
            for was, now in zip(record.photos, photos, strict=True)
        ]
        changed = [(was, now) for was, now in pairs if was and now and was.sha256 != now.sha256]
        reduced = sum(max(was.sides) > max(now.sides) for was, now in changed)
        return replace(
            before,
            photos=before.photos + len(self.stay),
            places=sum(was.file in self._placed for was, _ in changed),
            metadata=len(changed) - reduced,
            reduced=reduced,
        )


def _files(record: JobRecord) -> Iterator[StoredFile]:
    for reference in record.references:
        yield from reference.versions


# --- the bag --------------------------------------------------------------------------------------


def _sealed(
    folder: Path,
    record: JobRecord,
    sizes: Mapping[RelPath, int],
    files: Mapping[RelPath, Sha256],
    site: SiteSettings,
) -> Bag:
    """Seal the folder as a BagIt 1.0 bag (RFC 8493). No salt: no ledger knows this seal."""
    body = record_bytes(record)
    write_staged(folder / RECORD_PATH, body)
    payload = {**files, RelPath(RECORD_PATH): sha256_bytes(body)}
    tags: dict[RelPath, Sha256] = {}

    def put(path: RelPath, content: bytes) -> bytes:
        write_staged(folder / path, content)
        tags[path] = sha256_bytes(content)
        return content

    put(RelPath("bagit.txt"), BAGIT_TXT)
    oxum = len(payload), sum(sizes.values()) + len(body)
    info = put(BAG_INFO, _bag_info(record, oxum, site))
    manifest = put(MANIFEST, manifest_bytes(payload))
    tagmanifest = manifest_bytes(tags)
    write_staged(folder / TAGMANIFEST, tagmanifest)
    return Bag(
        folder=folder,
        number=record.seal,
        sealed=record.sealed,
        salt=b"",
        tagmanifest=tagmanifest,
        manifest=manifest,
        info=read_bag_info(info),
    )


def _bag_info(record: JobRecord, oxum: tuple[int, int], site: SiteSettings) -> bytes:
    derived = record.derived
    assert derived is not None
    files, size = oxum
    house = site.branding.company or site.workspace_name
    elements = [
        *([("Source-Organization", house)] if house else []),
        ("External-Identifier", record.job_id),
        ("External-Description", record.title or "-"),
        ("Bagging-Date", record.sealed.astimezone(UTC).strftime("%Y-%m-%d")),
        ("Payload-Oxum", f"{size}.{files}"),
        ("Bag-Software-Agent", f"workphotos-archiver {__version__}"),
        ("Seal-Number", str(record.seal)),
        ("Sealed-At", time_text(record.sealed)),
        ("Derived-By-Profile", derived.profile),
        ("Derived-From-Tagmanifest-SHA256", derived.source),
        ("Withheld", withheld_counts(asdict(derived.withheld))),
        ("Names", _NAMES[derived.names]),
        *([("Bag-Count", f"{derived.part} of {derived.parts}")] if derived.parts > 1 else []),
    ]
    return bag_info_bytes(elements)


def _view(
    archive: Path, folder: Path, record: JobRecord, load: LoadPicture, reader: Reader
) -> dict[RelPath, Sha256]:
    def place(path: RelPath) -> Path:
        return folder / path

    plan = lettered(plan_sheets(record, place, reader, own_layout(archive)))
    made = {RelPath(one.name): one.sha256 for one in make_sheets(plan, folder, load)}
    files, _ = make_renditions(folder, record, place, load)
    return {**made, **files}
