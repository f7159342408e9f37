"""`README.txt` of a hand-over, in its recipient's language: how to open it, how to check it.

What is told to check with is on Windows, macOS and Linux anyway. Paragraphs are wrapped here, so
that a message is one text in every language; commands are never wrapped or translated.
"""

from __future__ import annotations

import codecs
import textwrap
from collections.abc import Iterator, Sequence

from archiver.derivedwords import withheld_said
from archiver.handover import LINE, ChosenJob
from archiver.language import N_
from archiver.reader import Reader
from archiver.sheetplan import PDF_NAME

_WIDTH = 88

# Windows PowerShell 5.1, which every Windows has; -ne takes no notice of case.
_POWERSHELL = (
    "Get-Content SHA256SUMS -Encoding UTF8 | ForEach-Object { $h, $f = $_ -split '  ', 2; "
    "if (-not (Test-Path -LiteralPath $f) -or "
    "(Get-FileHash -LiteralPath $f -Algorithm SHA256).Hash -ne $h) "
    '{ "%s: $f" } }; "%s"'
)
CHANGED, CHECKED = N_("CHANGED OR MISSING"), N_("Checked")


def readme(
    jobs: Sequence[ChosenJob], top: str, report: str, reader: Reader, *, proof: bool = False
) -> bytes:
    """`README.txt` for the folder `top`. `report` is the name of the PDF beside each job's page, if
    there is one; `proof` tells that a folder `proof` lies beside the bag.

    Lines end as Windows' oldest editor wants them. Where anything goes beyond ASCII, a byte-order
    mark begins it: without, that editor, Word and a Mac's quick view take it for something else.
    """
    text = "\n".join(_lines(_Told(jobs, top, report, reader, proof))) + "\n"
    body = text.replace("\n", "\r\n").encode("utf-8", "replace")
    return body if text.isascii() else codecs.BOM_UTF8 + body


class _Told:
    """What the parts of the text are made from."""

    def __init__(
        self, jobs: Sequence[ChosenJob], top: str, report: str, reader: Reader, proof: bool
    ) -> None:
        self.jobs = jobs
        self.top = top
        self.pdf = report or (PDF_NAME if any(PDF_NAME in job.view for job in jobs) else "")
        self.reader = reader
        self.tr = reader.tr
        self.several = len(jobs) > 1
        self.proof = proof


def _lines(told: _Told) -> Iterator[str]:
    tr, count = told.tr, len(told.jobs)
    yield (
        tr("{n} job records", n=told.reader.language.number(count))
        if told.several
        else tr("Job record")
    )
    yield ""
    for job in told.jobs:
        yield f"  {job.title[:LINE]}"
        if job.record.derived is not None:
            yield from _wrapped(withheld_said(job.record.derived, told.reader), "    ")
    yield from _section(tr("HOW TO OPEN IT"))
    yield from _opening(told)
    yield from _section(tr("HOW TO CHECK THAT NOTHING WAS CHANGED"))
    yield from _checking(told)
    yield from _section(tr("FOR ARCHIVISTS AND AUDITORS"))
    yield from _auditing(told)


def _opening(told: _Told) -> Iterator[str]:
    tr = told.tr
    unpack = tr(
        "First unpack the whole zip: on Windows right-click it and choose 'Extract All', on a Mac "
        "double-click it."
    )
    shows = (
        tr("Then open index.html: it shows a list of the jobs in your browser.")
        if told.several
        else tr("Then open index.html: it shows the job in your browser.")
    )
    nothing = tr("Nothing is installed and no internet is needed.")
    yield from _paragraph(f"{unpack} {shows} {nothing}")
    yield from _paragraph(_on_a_phone(told))
    yield from _paragraph(_where_photos_are(told))


def _on_a_phone(told: _Told) -> str:
    tr = told.tr
    if not told.pdf:
        return tr("On a phone: unpack it with the phone's own app for files, then open index.html.")
    where = (
        tr("On a phone: open {file} in a job's folder.", file=told.pdf)
        if told.several
        else tr("On a phone: open {file}.", file=told.pdf)
    )
    return where + " " + tr("It shows every photo with its number and time.")


def _where_photos_are(told: _Told) -> str:
    tr = told.tr
    if any(job.record.derived is not None for job in told.jobs):
        return (
            tr("The photos are in data/images of each job's folder.")
            if told.several
            else tr("The photos are in data/images.")
        )
    return (
        tr("The photos as they were received are in data/images of each job's folder.")
        if told.several
        else tr("The photos as they were received are in data/images.")
    )


def _checking(told: _Told) -> Iterator[str]:
    tr, top = told.tr, told.top
    yield from _paragraph(
        tr(
            "SHA256SUMS lists every file with its SHA-256, a fingerprint of its content. What is "
            "needed to compare them is already on your computer."
        )
    )
    yield from _paragraph(
        tr(
            "Windows: open the folder {folder}, type powershell into the address bar, press Enter, "
            "and paste this line. It names each file that is changed or missing; if it only says "
            "'{checked}', all is well.",
            folder=top,
            checked=tr(CHECKED),
        )
    )
    yield from _command(_POWERSHELL % (tr(CHANGED), tr(CHECKED)))
    yield from _paragraph(tr("A single file on Windows:"))
    yield from _command("certutil -hashfile index.html SHA256")
    yield from _paragraph(
        tr(
            "Mac: open Terminal, type cd and a space, drag the folder {folder} into the window, "
            "press Enter, then:",
            folder=top,
        )
    )
    yield from _command("shasum -a 256 -c SHA256SUMS")
    yield from _paragraph(tr("Linux, in the folder {folder}:", folder=top))
    yield from _command("sha256sum -c SHA256SUMS")
    yield from _paragraph(
        tr("Files that are not listed there, but for SHA256SUMS itself, were added later.")
    )


def _auditing(told: _Told) -> Iterator[str]:
    tr = told.tr
    yield from _paragraph(
        (
            tr(
                "Each job's folder is a BagIt bag (RFC 8493): any BagIt validator checks it where "
                "it lies."
            )
            if told.several
            else tr(
                "This folder is a BagIt bag (RFC 8493): any BagIt validator checks it where it "
                "lies."
            )
        )
        + " "
        + tr(
            "data/record.json says where each file came from and when. Pages, assets and contact "
            "sheets were made from data/ and are not part of the seal."
        )
    )
    if told.proof:
        yield from _paragraph(
            tr(
                "The folder proof holds what ties the seal to the sender's ledger; PROOF.txt in it "
                "says how to check that."
            )
        )
    yield from _paragraph(
        tr(
            "Whoever changes a file could also change the lists above. To rule that out, ask the "
            "sender, by another way than this file came, whether these seals (the SHA-256 of "
            "tagmanifest-sha256.txt) are theirs:"
        )
    )
    yield ""
    for job in told.jobs:
        seal = job.bag.seal
        yield f"  {job.title[:LINE]}"
        when = f"{seal.sealed:%Y-%m-%d %H:%M:%S} UTC"
        yield "    " + tr("seal {number} of {when}", number=seal.number, when=when)
        yield f"    {seal.tagmanifest}"


def _section(title: str) -> list[str]:
    return ["", "", title]


def _paragraph(text: str) -> Iterator[str]:
    yield ""
    yield from _wrapped(text, "  ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _command(text: str) -> list[str]:
    return ["", f"    {text}"]
