"""Renditions on disk: JPEGs made for the page of pictures that browsers do not show.

They belong to a job's view and are listed in `view-sha256.txt`; the evidence is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from archiver.decoders import LoadPicture
from archiver.jpegmaking import jpeg_of
from archiver.models import JobRecord, RelPath, Sha256, StoredFile
from archiver.pictures import NotShown
from archiver.renditionplan import ROOM, Rendition, is_rendition, wanted_renditions
from archiver.storage import is_sound, sha256_bytes, sha256_file, write_staged
from archiver.swap import OldFolder

Files = dict[RelPath, Sha256]
Shown = dict[RelPath, Rendition]
"""Renditions by the kept file that each stands for."""


def make_renditions(
    folder: Path,
    record: JobRecord,
    place: Callable[[RelPath], Path],
    load: LoadPicture,
    before: OldFolder | None = None,
    pinned: Mapping[RelPath, Sha256] = MappingProxyType({}),
) -> tuple[Files, Shown]:
    """Write what the job's page needs into the staged `folder`; gives the files with their hashes,
    and which stands for what.

    `place` says where a kept file lies. A rendition of the view `before` is kept if it is the very
    file that the ledger pins. A picture that cannot be decoded here, or is not the one that was
    sealed, has none. Raises OSError.
    """
    files: Files = {}
    shown: Shown = {}
    for name, stored in wanted_renditions(record).items():
        sha256 = pinned.get(name)
        if before is not None and sha256 is not None and is_sound(before.folder / name, sha256):
            before.keep(name)
            files[name] = sha256
            shown[stored.file] = _read(name, before.folder / name)
            continue
        made = _make(folder, name, stored, place(stored.file), load)
        if made is not None:
            files[name], shown[stored.file] = made
    return files, shown


def listed_renditions(
    folder: Path, record: JobRecord, view: Mapping[RelPath, Sha256]
) -> tuple[Files, Shown]:
    """The renditions that a finished view lists, as `make_renditions` gives them. Raises OSError
    for one that is not there or is not a JPEG."""
    wanted = wanted_renditions(record)
    files = {path: view[path] for path in sorted(view) if is_rendition(path) and path in wanted}
    return files, {wanted[path].file: _read(path, folder / path) for path in files}


def _make(
    folder: Path, name: RelPath, stored: StoredFile, source: Path, load: LoadPicture
) -> tuple[Sha256, Rendition] | None:
    try:
        if sha256_file(source) != stored.sha256:
            return None  # its name would vouch for what it does not show
        picture = load(source, _room(stored)).image
    except (NotShown, FileNotFoundError):
        return None
    body = jpeg_of(picture)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    write_staged(folder / name, body)
    return sha256_bytes(body), Rendition(name, *picture.size)


def _room(stored: StoredFile) -> tuple[int, int]:
    """Never larger than the picture itself, as far as its size is known."""
    width, height = stored.sides
    return min(width or ROOM[0], ROOM[0]), min(height or ROOM[1], ROOM[1])


def _read(name: RelPath, path: Path) -> Rendition:
    """The size of a rendition, from its header. Raises OSError."""
    from PIL.JpegImagePlugin import JpegImageFile

    with path.open("rb") as file:
        try:
            return Rendition(name, *JpegImageFile(file).size)
        except SyntaxError as error:  # what Pillow raises for a file that is no JPEG
            raise OSError(f"{path} is not a JPEG") from error
