"""What is said about a record that is handed to somebody: its README, and what it gives away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from archiver.bag import Bag
from archiver.errors import ArchiveDamaged
from archiver.fonts import visible_text
from archiver.models import JobRecord, PhotoRecord, RelPath, Sha256
from archiver.place import file_has_place
from archiver.sheetplan import PDF_NAME
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
    chats = sum(row.messages for row in rows)
    messages = [message for job in jobs for message in job.record.messages]
    removed = sum(message.gone is not None for message in messages)
    edited = sum(len(message.wordings) > 1 for message in messages)
    photos = [(job.folder, photo) for job in jobs for photo in job.record.photos]
    placed = sum(_tells_its_place(folder, photo) for folder, photo in photos)
    whole = any(job.left is None for job in jobs)
    chat = f"{_count(chats, 'message')} of chat, with {removed} removed and {edited} edited since"
    parts = (
        f"names of staff ({_names(list(people))})" if people else "no names of staff",
        chat if chats or whole else "no chat",
        f"{_count(len(photos), 'photo')}, {placed} with location",
        "and the raw answers of WorkPhotos (names, ids, addresses)"
        if whole
        else "no ids, no addresses, no raw answers of WorkPhotos",
    )
    return f"The recipient will see: {'; '.join(parts)}."


def staying(jobs: Sequence[ChosenJob]) -> Mapping[str, int]:
    """How much of some derived jobs stays with the sender, or was changed, by what it is."""
    found: dict[str, int] = {}
    for job in jobs:
        if job.record.derived is not None:
            for what, number in asdict(job.record.derived.withheld).items():
                found[what] = found.get(what, 0) + number
    return found


def withheld_line(jobs: Sequence[ChosenJob]) -> str:
    """In one line: what the recipient will not see."""
    held = staying(jobs)
    parts = [
        _count(held[what], said)
        for what, said in (
            ("messages", "message"),
            ("photos", "photo"),
            ("files", "attached file"),
            ("wordings", "earlier wording"),
            ("versions", "former picture"),
        )
        if held.get(what)
    ]
    changed = [
        f"{said} {_count(held[what], 'photo')}"
        for what, said in (
            ("places", "the place taken out of"),
            ("metadata", "other metadata out of"),
            ("reduced", "fewer pixels in"),
        )
        if held.get(what)
    ]
    return f"Withheld: {', '.join(parts) or 'nothing'}{''.join(f'; {one}' for one in changed)}."


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


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def readme(jobs: Sequence[ChosenJob], top: str, report: str = "") -> bytes:
    """`README.txt` for the folder `top`: how to open the record and how to check it. `report` is
    the name of the PDF beside each job's page, if there is one.

    Plain words, ASCII but for titles, lines ended as Windows' oldest editor wants them.
    """
    several = len(jobs) > 1
    text = _README.format(
        what=f"{len(jobs)} job records" if several else "Job record",
        titles="\n".join(f"  {job.title[:LINE]}" for job in jobs),
        page="a list of the jobs" if several else "the job",
        phone=_on_a_phone(jobs, report),
        images="data/images of each job's folder" if several else "data/images",
        folders="Each job's folder" if several else "This folder",
        seals="\n".join(_seal(job) for job in jobs),
        top=top,
        powershell=_POWERSHELL,
    )
    return text.replace("\n", "\r\n").encode("utf-8", "replace")


def _on_a_phone(jobs: Sequence[ChosenJob], report: str) -> str:
    pdf = report or (PDF_NAME if any(PDF_NAME in job.view for job in jobs) else "")
    if not pdf:
        return "On a phone: unpack it with the phone's own Files app, then open index.html."
    where = f"{pdf} in a job's folder" if len(jobs) > 1 else pdf
    return f"On a phone: open {where}.\n  It shows every photo with its number and time."


def _seal(job: ChosenJob) -> str:
    seal = job.bag.seal
    sealed = f"{seal.sealed:%Y-%m-%d %H:%M:%S} UTC"
    return f"  {job.title[:LINE]}\n    seal {seal.number} of {sealed}\n    {seal.tagmanifest}"


# Windows PowerShell 5.1, which every Windows has; -ne takes no notice of case.
_POWERSHELL = (
    "Get-Content SHA256SUMS -Encoding UTF8 | ForEach-Object { $h, $f = $_ -split '  ', 2; "
    "if (-not (Test-Path -LiteralPath $f) -or "
    "(Get-FileHash -LiteralPath $f -Algorithm SHA256).Hash -ne $h) "
    '{ "CHANGED OR MISSING: $f" } }; "Checked"'
)

_README = """\
{what}

{titles}


HOW TO OPEN IT

  First unpack the whole zip: on Windows right-click it and choose "Extract All",
  on a Mac double-click it. Then open index.html: it shows {page} in your browser.
  Nothing is installed and no internet is needed.

  {phone}

  The photos as they were received are in {images}.


HOW TO CHECK THAT NOTHING WAS CHANGED

  SHA256SUMS lists every file with its SHA-256, a fingerprint of its content. What is
  needed to compare them is already on your computer.

  Windows: open the folder {top}, type "powershell" into the address bar, press
  Enter, and paste this line. It names each file that is changed or missing; if it only
  says "Checked", all is well.

    {powershell}

  A single file on Windows:   certutil -hashfile index.html SHA256

  Mac: open Terminal, type "cd ", drag the folder {top} into the window, press
  Enter, then:

    shasum -a 256 -c SHA256SUMS

  Linux, in the folder {top}:

    sha256sum -c SHA256SUMS

  Files that are not listed there, but for SHA256SUMS itself, were added later.


FOR ARCHIVISTS AND AUDITORS

  {folders} is a BagIt bag (RFC 8493): any BagIt validator checks it where it lies.
  What was received is in data/; data/record.json says where each file came from and when.
  index.html, assets/ and the contact sheets were made from it and are not part of the seal.

  Whoever changes a file could also change the lists above. To rule that out, ask the
  sender, by another way than this file came, whether these seals (the SHA-256 of
  tagmanifest-sha256.txt) are theirs:

{seals}
"""
