"""A job that is handed to somebody, and what is said beforehand of what it gives away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from archiver.bag import Bag
from archiver.errors import ArchiveDamaged
from archiver.fonts import visible_text
from archiver.models import JobRecord, PhotoRecord, RelPath, Sha256
from archiver.naming import safe_file_name
from archiver.pagetext import count
from archiver.place import file_has_place
from archiver.summary import job_summary
from archiver.withholding import Left

MakeReport: TypeAlias = "Callable[[ChosenJob], bytes]"
"""Makes the evidence report of a job (`archiver.report`)."""
NAMES_SHOWN = 6
LINE = 96
NO_TITLE = "(no title)"


@dataclass(frozen=True, slots=True)
class ChosenJob:
    """A job to hand over: its folder, its seal, its record, and the files of its view; of a
    derived one, what stays with the sender."""

    folder: Path
    bag: Bag
    record: JobRecord
    view: Mapping[RelPath, Sha256]
    left: Left | None = None

    @property
    def title(self) -> str:
        """Its present title, fit for one line."""
        return visible_text(self.record.title or "") or NO_TITLE

    @property
    def file_name(self) -> str:
        """The name of a file made of it, without a suffix: its present title."""
        return safe_file_name(self.record.title or "") or self.folder.name


def damaged(path: Path, what: str) -> ArchiveDamaged:
    """The error for a file of the archive that is not as it was sealed."""
    return ArchiveDamaged(
        f"{path} {what}.",
        "Nothing was exported. Run `archiver verify` to see all that is wrong, "
        "and bring the file back from a backup.",
    )


def disclosure(jobs: Sequence[ChosenJob]) -> str:
    """In one line: what the recipient will see. Reads the beginnings of the photos' files."""
    rows = [job_summary(job.record) for job in jobs]
    people = dict.fromkeys(name for row in rows for name in row.people)
    people |= dict.fromkeys(job.record.creator_name for job in jobs if job.record.creator_name)
    chats = sum(row.messages for row in rows)
    messages = [message for job in jobs for message in job.record.messages]
    removed = sum(message.gone is not None for message in messages)
    edited = sum(len(message.wordings) > 1 for message in messages)
    photos = [(job.folder, photo) for job in jobs for photo in job.record.photos]
    placed = sum(_tells_its_place(folder, photo) for folder, photo in photos)
    whole = any(job.left is None for job in jobs)
    chat = f"{count(chats, 'message')} of chat, with {removed} removed and {edited} edited since"
    parts = (
        f"names of staff ({_names(list(people))})" if people else "no names of staff",
        chat if chats or whole else "no chat",
        f"{count(len(photos), 'photo')}, {placed} with location",
        "and the raw answers of WorkPhotos (names, ids, addresses)"
        if whole
        else "no ids, no addresses, no raw answers of WorkPhotos",
    )
    return f"The recipient will see: {'; '.join(parts)}."


def staying(jobs: Sequence[ChosenJob]) -> Mapping[str, int]:
    """How much of some derived jobs stays with the sender, or was changed, by what it is."""
    found: dict[str, int] = {}
    for job in jobs:
        derived = job.record.derived
        if derived is None:
            continue
        for what, number in asdict(derived.withheld).items():
            # All parts of a job leave out the same messages.
            again = derived.part > 1 and what in ("messages", "files", "wordings")
            found[what] = found.get(what, 0) + (0 if again else number)
    return found


def withheld_counts(held: Mapping[str, int]) -> str:
    """`3 messages, 1 photo`, or `nothing`: by what `models.Withheld` calls them."""
    named = (
        ("messages", "message"),
        ("photos", "photo"),
        ("files", "attached file"),
        ("wordings", "earlier wording"),
        ("versions", "former picture"),
    )
    return ", ".join(count(held[what], said) for what, said in named if held.get(what)) or "nothing"


def withheld_line(jobs: Sequence[ChosenJob]) -> str:
    """In one line: what the recipient will not see."""
    held = staying(jobs)
    changed = [
        f"{said} {count(held[what], 'photo')}"
        for what, said in (
            ("places", "the place taken out of"),
            ("metadata", "other metadata out of"),
            ("reduced", "fewer pixels in"),
        )
        if held.get(what)
    ]
    return f"Withheld: {withheld_counts(held)}{''.join(f'; {one}' for one in changed)}."


NAMES_NOTE = (
    "Names go as WorkPhotos and the profile's aliases spell them, whole and word by word. "
    "A nickname, initials alone, or somebody whom neither of them names cannot be known: "
    "look through title and chat, and add what you find with export's --hide-name or as an alias."
)


def hides_names(jobs: Sequence[ChosenJob]) -> bool:
    """Whether names are taken out of some derived jobs: `NAMES_NOTE` tells how far that goes."""
    rules = (job.record.derived.names for job in jobs if job.record.derived is not None)
    return any(rule != "show" for rule in rules)


def _tells_its_place(folder: Path, photo: PhotoRecord) -> bool:
    references = [photo.image, *([photo.thumbnail] if photo.thumbnail else [])]
    for file in {kept.file for reference in references for kept in reference.versions}:
        try:
            if file_has_place(folder / file):
                return True
        except OSError:
            continue  # a missing file tells nothing; exporting it will fail and name it
    return False


def _names(people: list[str]) -> str:
    shown = [visible_text(name) for name in people[:NAMES_SHOWN]]
    more = len(people) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
