"""A workspace with a secret in every place that a stranger may write into, and its archive."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from PIL import Image

from archiver.localapi import LocalJob, Person, Served, Workspace
from archiver.localapi.workspace import photo
from tests.photos import segment, textured
from tests.pipeline import KEY, START, Clock, synced

WORKSPACE = "5ec12e7f00d0000000000001"
JOB = "5ec12e7f00d0000000000002"
CREATOR = Person("5ec12e7f00d0000000000003", "Rosalind Quillfeather")
UPLOADER = Person("5ec12e7f00d0000000000004", "Bartholomew Inkwell")
FORMER_NAME = "Barnaby Vellum"
GPS = ((51.0, 28.0, 47.11), (0.0, 7.0, 12.13))

HIDDEN = {
    "job id": JOB,
    "workspace id": WORKSPACE,
    "creator's id": CREATOR.person_id,
    "uploader's id": UPLOADER.person_id,
    "uploader's former name": FORMER_NAME,
    "chat": "the spare key lies under the third flowerpot",
    "earlier wording": "the alarm code was nine one one seven",
    "removed message": "never tell the client about the burst pipe",
    "unknown kind": "a form whose fields nobody knows",
    "unknown field": "an internal rating of the customer",
    "attached file's address": "quotation-for-the-lawyer",
    "image's address": "photographed-by-the-window",
    "signature": "b7e6f3a1c9d84420signature",
    "caption of a photo": "wrong side of the house, do not show",
    "former title": "Urgent insurance fraud enquiry",
    "list's name": "Listed under another heading",
    "artist in EXIF": "Copyright Zebulon Fotheringay",
    "note in EXIF": "camera serial 99-ARX-1187",
    "XMP": "keywords warehouse break-in",
    "comment in the JPEG": "exported from the boss's telephone",
    "after the JPEG's end": "motion photo with the neighbours' voices",
    "thumbnail's comment": "a draft of the thumbnail's maker",
    "place": "51.479753",
    "place in words": "51,28",
}
"""What no recipient of a customer's copy may find, by what it is."""
PEOPLE = {"creator's name": CREATOR.name, "uploader's name": UPLOADER.name}
TITLE = "Boiler service, 22 Alder Row"


def a_telling_jpeg(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A JPEG that tells more than it shows."""
    exif = Image.Exif()
    exif[0x10F], exif[0x110] = "Halden", "H7"
    exif[0x13B] = HIDDEN["artist in EXIF"]
    exif.get_ifd(0x8769).update({0x9003: "2025:10:22 11:13:16", 0xA431: HIDDEN["note in EXIF"]})
    exif.get_ifd(0x8825).update({1: "N", 2: GPS[0], 3: "W", 4: GPS[1]})
    image = textured(size)
    image.putpixel((seed % size[0], 1), (255, 0, seed % 256))
    body = io.BytesIO()
    image.save(body, "JPEG", exif=exif, comment=HIDDEN["comment in the JPEG"])
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + HIDDEN["XMP"].encode() + b"</x:xmpmeta>"
    made = body.getvalue()
    return made[:2] + segment(0xE1, xmp) + made[2:] + HIDDEN["after the JPEG's end"].encode()


def a_thumbnail() -> bytes:
    """A thumbnail with a comment."""
    body = io.BytesIO()
    textured((96, 72)).save(body, "JPEG", comment=HIDDEN["thumbnail's comment"])
    return body.getvalue()


def a_telling_archive(root: Path) -> Path:
    """Two nights of a workspace of one job in which everything tells something."""
    workspace = Workspace(WORKSPACE, KEY, clock=lambda: START)
    job = workspace.add_job(
        LocalJob(
            JOB,
            HIDDEN["former title"],
            START - timedelta(days=2),
            CREATOR,
            list_overrides={"name": HIDDEN["list's name"]},
            details_overrides={"rating": HIDDEN["unknown field"]},
        )
    )
    at = START - timedelta(days=1)
    former = Person(UPLOADER.person_id, FORMER_NAME)
    workspace.add_chat(JOB, HIDDEN["earlier wording"], by=former, at=at)
    workspace.add_chat(JOB, HIDDEN["removed message"], by=CREATOR, at=at + timedelta(minutes=1))
    for number in range(3):
        name = HIDDEN["image's address"] + f"-{number}"
        image = workspace.add_image(f"/images/{name}.jpeg", a_telling_jpeg(number))
        small = workspace.add_image(f"/thumbnails/{name}.jpeg", a_thumbnail())
        signed = Served(f"{image}?X-Amz-Signature={HIDDEN['signature']}")
        message = photo(signed, small, UPLOADER, at + timedelta(minutes=10 + number))
        if number == 1:
            message |= {"messageType": "chat", "textMessage": HIDDEN["caption of a photo"]}
        workspace.add_message(JOB, message)
    paper = workspace.add_image("/" + HIDDEN["attached file's address"], b"nothing")
    workspace.add_message(
        JOB,
        {
            "messageType": "form",
            "timestampUploaded": "2025-11-22T12:00:00.000Z",
            "uploaderId": UPLOADER.person_id,
            "uploaderName": UPLOADER.name,
            "content": HIDDEN["unknown kind"],
            "file": paper,
        },
    )
    clock = Clock()
    synced(root, workspace, clock=clock)
    workspace.rename(JOB, TITLE, at=clock.now)
    job.list_overrides = {"name": HIDDEN["list's name"]}
    workspace.edit_message(JOB, 0, textMessage=HIDDEN["chat"], uploaderName=UPLOADER.name)
    workspace.remove_message(JOB, 1)
    clock.forward(days=1)
    synced(root, workspace, clock=clock)
    return root


def unpacked_zip(path: Path, place: Path) -> Path:
    """A zip unpacked, with the texts of its PDFs."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(place)
    return with_texts(place)


def with_texts(place: Path) -> Path:
    """The same folder, and beside each PDF its text, which `traces` cannot read in it."""
    for pdf in list(place.rglob("*.pdf")):
        said = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True)
        pdf.with_suffix(".pdf.txt").write_bytes(b" ".join(said.stdout.split()))
    return place


def files(root: Path) -> Iterator[Path]:
    """Every file below."""
    yield from (path for path in sorted(root.rglob("*")) if path.is_file())
