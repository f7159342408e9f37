"""Every text of the report's own, in its reader's language.

What it shares with the job's page is worded there, or has the same message here. The template
(`report.typ`) has no word: it is given `texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archiver.language import N_
from archiver.pagewords import Quote, Sentence, photos_counted, told
from archiver.reader import Reader
from archiver.remarks import Remark
from archiver.remarkwords import remark_text

NO_TITLE = N_("(no title)")
TEXTS: Mapping[str, str] = {
    # cover
    "kicker": N_("Evidence report"),
    "created": N_("Created"),
    "creator": N_("Created by"),
    "updated": N_("Last update"),
    "holds": N_("Holds"),
    "job": N_("Job"),
    "reference": N_("Reference"),
    "listed": N_("Listed as"),
    "folder": N_("Folder"),
    "app": N_("In WorkPhotos"),
    "online": N_("Report online"),
    "zone": N_("Times"),
    "contents": N_("Contents"),
    "damaged": N_("Damaged since it was sealed"),
    "unchanged": N_("Nothing was edited or removed upstream, as far as was seen."),
    "copy": N_("A copy of the record"),
    "copied": N_(
        "Every file of the record it comes from was read for it, and is as it was sealed."
    ),
    "seal": N_("SHA-256 of the seal"),
    "spelled": N_(
        "Characters that no font here could draw are written as [name] or \\uXXXX; the attached "
        "record.json has every text as it was sent."
    ),
    # chapters
    "timeline": N_("Timeline"),
    "exhibits": N_("Exhibits"),
    "missing": N_("What is missing"),
    "history": N_("History"),
    "checking": N_("How to check this report"),
    "empty": N_("This job has no messages and no photos."),
    "no-photos": N_("This job has no photos."),
    "page": N_("Page {page} of {pages}"),  # filled in by the template
    # messages and exhibits
    "no-text": N_("(no text)"),
    "empty-text": N_("(empty message)"),
    "no-picture": N_("No picture"),
    "not-printed": N_("Kept as received; it cannot be shown here."),
    "thumbnail": N_("Its thumbnail is kept."),
    # the record that comes along
    "attached": N_("The record of the job as it was sealed (data/record.json)"),
}
SHA256 = "SHA-256"


@dataclass(frozen=True, slots=True)
class Step:
    """How to check something: what to do, and the digest that must come out (empty for none)."""

    said: str
    digest: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ReportWords:
    """The report's sentences for a reader."""

    reader: Reader

    def text(self, name: str) -> str:
        """One of `TEXTS`."""
        return self.reader.tr(TEXTS[name])

    def texts(self) -> dict[str, str]:
        """All of `TEXTS`."""
        return {name: self.text(name) for name in TEXTS}

    # --- cover ------------------------------------------------------------------------------------

    def no_title(self) -> str:
        """Stands for the title of a job that has none."""
        return self.reader.tr(NO_TITLE)

    def zone(self, timezone: str) -> str:
        """In which time zone times are."""
        return self.reader.tr("Shown in {zone} time, each with its UTC value", zone=timezone)

    def sealed(self, when: datetime) -> Sentence:
        """When it was sealed."""
        return told(self.reader, "Sealed on {when}", when=self.reader.when_full(when))

    def seal(self, number: int, covers: str) -> str:
        """What the seal covers."""
        return self.reader.tr("Seal {number} covers {what}.", number=number, what=covers)

    def odd(self, what: str) -> Sentence:
        """What of the job was not understood."""
        return told(self.reader, "Not understood, kept as received: {what}", what=Quote(what))

    def damage(self, files: int) -> str:
        """How many files are not what was sealed; their names follow."""
        return self.reader.counted(
            files, "{n} file is altered or missing:", "{n} files are altered or missing:"
        )

    def last_checked(self, when: datetime | None) -> str:
        """When somebody last read every file of the job."""
        if when is None:
            return self.reader.tr("Its files have not been read again in full since.")
        day = self.reader.when_full(when).text
        return self.reader.tr("All its files were last read in full on {when}.", when=day)

    def more_gaps(self, number: int) -> str:
        """That the cover names only some of what is missing."""
        return self.reader.counted(
            number,
            "And {n} more, listed under “{chapter}”.",
            "And {n} more, listed under “{chapter}”.",
            chapter=self.text("missing"),
        )

    def running(self, job_id: str, seal: int, sha256: str, *, copied: bool = False) -> str:
        """At the foot of every page. A copy's id is a reference."""
        said = (
            N_("Reference {job} · Seal {number}, {sha256}…")
            if copied
            else N_("Job {job} · Seal {number}, {sha256}…")
        )
        return self.reader.tr(said, job=job_id, number=seal, sha256=sha256[:16])

    # --- messages ---------------------------------------------------------------------------------

    def untimed(self, sent: str) -> str:
        """The time of a message that has none that can be read."""
        if not sent:
            return self.reader.tr("no time given")
        return self.reader.tr("time as sent: {time}", time=sent)

    def unknown(self, kind: str) -> Sentence:
        """That an entry is of no known kind."""
        if not kind:
            return told(
                self.reader, "A record of a kind this archive does not know, kept as received."
            )
        return told(
            self.reader,
            "A record of a kind this archive does not know (“{kind}”), kept as received.",
            kind=Quote(kind),
        )

    def not_understood(self, what: str) -> Sentence:
        """That an entry was not, or what of it."""
        if not what:
            return told(self.reader, "Not fully understood.")
        return told(self.reader, "Not fully understood: {what}.", what=Quote(what))

    # --- exhibits ---------------------------------------------------------------------------------

    def exhibit(self, label: str) -> str:
        """What an exhibit is called: `Exhibit #0013`."""
        return self.reader.tr("Exhibit {number}", number=label)

    def described(self, label: str, who: str, stamp: str) -> str:
        """A picture in words, for those who do not see it."""
        return self.reader.tr(
            "Photo of exhibit {number}, by {who}, {time}", number=label, who=who, time=stamp
        )

    def thumbnail_described(self, label: str) -> str:
        """The thumbnail of a missing photo in words."""
        return self.reader.tr("Thumbnail of exhibit {number}, whose photo is missing", number=label)

    def not_shown(self, why: Remark | None) -> str:
        """Why a kept photo is not to be seen."""
        if why is None:
            return self.text("not-printed")
        error = remark_text(self.reader.language, why)
        return self.reader.tr("The photo is kept, but {error}.", error=error)

    def more_lines(self, number: int) -> str:
        """That a caption tells only some of what is known."""
        return self.reader.counted(
            number,
            "And {n} more note in the attached record.",
            "And {n} more notes in the attached record.",
        )

    # --- the end ----------------------------------------------------------------------------------

    def end(self, photos: int, kept: int, messages: str) -> str:
        """The last words."""
        tr, number = self.reader.tr, self.reader.language.number
        counted = photos_counted(self.reader, photos)
        return " ".join(
            (
                tr("End of record."),
                tr(
                    "{photos} ({kept} kept), {messages}.",
                    photos=counted,
                    kept=number(kept),
                    messages=messages,
                ),
                tr("Printed pages are a view; the sealed files are the evidence."),
            )
        )

    def checking(self, folder: str, seal: str, record: str) -> tuple[Step, ...]:
        """How to check the report against the sealed files."""
        tr = self.reader.tr
        return (
            Step(
                tr(
                    "The record. Attached to this PDF is record.json, from which it was made, byte "
                    "for byte. Its SHA-256, the one that manifest-sha256.txt of the job's folder "
                    "lists for data/record.json, is:"
                ),
                record,
            ),
            Step(
                tr(
                    "The seal. The job's folder, {folder}, is a BagIt bag (RFC 8493). Every file "
                    "of it hangs on one digest, the SHA-256 of its tagmanifest-sha256.txt. Ask "
                    "whoever sent this report, by another way than it came, whether this is "
                    "theirs:",
                    folder=folder,
                ),
                seal,
            ),
            Step(
                tr(
                    "A photo. Under each exhibit stand the name of its file in data/images of that "
                    "folder, and the file's SHA-256. Compare it with what a computer says of the "
                    "file: on Windows certutil -hashfile FILE SHA256, on a Mac shasum -a 256 FILE, "
                    "on Linux sha256sum FILE."
                )
            ),
            Step(
                tr(
                    "Pictures are scaled for print, from the thumbnail that WorkPhotos made where "
                    "that is large enough. They are a view; the files are the evidence."
                )
            ),
        )

    def program(self, version: str) -> str:
        """What made the report."""
        return self.reader.tr("Made by workphotos-archiver {version}.", version=version)
