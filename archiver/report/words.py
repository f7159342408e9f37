"""Every text of the report's own. What it shares with the job's page is worded there.

The template (`report.typ`) has none: it is given `TEXTS`. Sentences with numbers in them are
functions. A translation needs to look at this module alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from archiver.pagetext import count

NO_TITLE = "(no title)"
TEXTS: Mapping[str, str] = {
    # cover
    "kicker": "Evidence report",
    "created": "Created",
    "creator": "Created by",
    "updated": "Last update",
    "holds": "Holds",
    "job": "Job",
    "reference": "Reference",
    "listed": "Listed as",
    "folder": "Folder",
    "app": "In WorkPhotos",
    "online": "Report online",
    "zone": "Times",
    "contents": "Contents",
    "sealed": "Sealed on",
    "damaged": "Damaged since it was sealed",
    "unchanged": "Nothing was edited or removed upstream, as far as was seen.",
    "seal": "SHA-256 of the seal",
    # chapters
    "timeline": "Timeline",
    "exhibits": "Exhibits",
    "missing": "What is missing",
    "history": "History",
    "checking": "How to check this report",
    "empty": "This job has no messages and no photos.",
    "no-photos": "This job has no photos.",
    "page": "Page",
    "of": "of",
    # messages and exhibits
    "no-text": "(no text)",
    "empty-text": "(empty message)",
    "odd": "Not fully understood",
    "no-picture": "No picture",
    "sha256": "SHA-256",
    "thumbnail": "Its thumbnail is kept.",
    # the record that comes along
    "attached": "The record of the job as it was sealed (data/record.json)",
}
UNKNOWN = "A record of a kind this archive does not know", ", kept as received."
"""Before and after the kind."""
NOT_PRINTED = "Kept as received; it cannot be shown here."
COPY = "A copy of the record"
COPIED = "Every file of the record it comes from was read for it, and is as it was sealed."
SPELLED = (
    "Characters that no font here could draw are written as [name] or \\uXXXX; the attached "
    "record.json has every text as it was sent."
)
"""Stands where that happened."""


def zone_said(timezone: str) -> str:
    """In which time zone times are."""
    return f"Shown in {timezone} time, each with its UTC value"


def exhibit(label: str) -> str:
    """What an exhibit is called: `Exhibit #0013`."""
    return f"Exhibit {label}"


def described(label: str, who: str, stamp: str) -> str:
    """A picture in words, for those who do not see it."""
    return f"Photo of exhibit {label}, by {who}, {stamp}"


def thumbnail_described(label: str) -> str:
    """The thumbnail of a missing photo in words."""
    return f"Thumbnail of exhibit {label}, whose photo is missing"


def not_shown(reason: str) -> str:
    """Why a kept photo is not to be seen."""
    return f"The photo is kept, but {reason}." if reason else NOT_PRINTED


def untimed(sent: str) -> str:
    """The time of a message that has none that can be read."""
    return f"time as sent: {sent}" if sent else "no time given"


def more_gaps(number: int) -> str:
    """That the cover names only some of what is missing."""
    return f"And {number:,} more, listed under “{TEXTS['missing']}”."


def more_lines(number: int) -> str:
    """That a caption tells only some of what is known."""
    return f"And {count(number, 'more note')} in the attached record."


def damage_told(files: int) -> str:
    """How many files are not what was sealed; their names follow."""
    return f"{count(files, 'file')} {'is' if files == 1 else 'are'} altered or missing:"


def last_checked(when: str | None) -> str:
    """When somebody last read every file of the job."""
    if when is None:
        return "Its files have not been read again in full since."
    return f"All its files were last read in full on {when}."


def seal_said(number: int, covers: str) -> str:
    """What the seal covers."""
    return f"Seal {number} covers {covers}."


def running(job_id: str, seal: int, sha256: str, *, copied: bool = False) -> str:
    """At the foot of every page. A copy's id is a reference."""
    return f"{TEXTS['reference' if copied else 'job']} {job_id} · Seal {seal}, {sha256[:16]}…"


def end_said(photos: int, kept: int, messages: str) -> str:
    """The last words."""
    return (
        f"End of record. {count(photos, 'photo')} ({kept:,} kept), {messages}. Printed pages are a "
        "view; the sealed files are the evidence."
    )


def checking_said(folder: str, seal: str, record: str) -> tuple[tuple[str, str], ...]:
    """How to check the report against the sealed files: for each step what to do, and the digest
    that must come out (empty for none)."""
    return (
        (
            "The record. Attached to this PDF is record.json, from which it was made, byte for "
            "byte. Its SHA-256, the one that manifest-sha256.txt of the job's folder lists for "
            "data/record.json, is:",
            record,
        ),
        (
            f"The seal. The job's folder, {folder}, is a BagIt bag (RFC 8493). Every file of it "
            "hangs on one digest, the SHA-256 of its tagmanifest-sha256.txt. Ask whoever sent this "
            "report, by another way than it came, whether this is theirs:",
            seal,
        ),
        (
            "A photo. Under each exhibit stand the name of its file in data/images of that folder, "
            "and the file's SHA-256. Compare it with what a computer says of the file: on Windows "
            "certutil -hashfile FILE SHA256, on a Mac shasum -a 256 FILE, on Linux sha256sum FILE.",
            "",
        ),
        (
            "Pictures are scaled for print, from the thumbnail that WorkPhotos made where that is "
            "large enough. They are a view; the files are the evidence.",
            "",
        ),
    )


def program_said(version: str) -> str:
    """What made the report."""
    return f"Made by workphotos-archiver {version}."
