"""The commands of `docs/checking-by-hand.md`, run on a real archive by a shell, without this
program: they find nothing wrong with a sound archive, and each finds what it is for."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver.anchoring import add_key, append_signature
from archiver.checkpoint import write_checkpoint
from archiver.ledger import Ledger
from archiver.signing import new_key, write_key_file
from tests.faults.lab import copy_archive
from tests.pipeline import AMIRA, START, Clock, a_workspace, folder_of, synced
from tests.tsa import an_authority

PAGE = Path(__file__).parent.parent / "docs/checking-by-hand.md"
BLOCKS = dict(
    re.findall(
        r"^## ([^\n]+)\n(?:(?!^## ).)*?^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M
    )
)
LINE = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)[3]


@dataclass(frozen=True)
class Case:
    """An archive, and the variables that the page asks for."""

    root: Path
    names: dict[str, str]

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        """A block of the page, in a shell that stops at the first failure."""
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **self.names, "ARCHIVE": str(self.root)}
        command = ["bash", "-e", "-u", "-o", "pipefail", "-c", block]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Two runs, signed and stamped, and a signed checkpoint."""
    folder = tmp_path_factory.mktemp("by-hand")
    root, clock, key = folder / "a", Clock(), new_key()
    workspace = a_workspace(jobs=2, photos=1)
    job_id = workspace.jobs[0].job_id
    synced(root, workspace, clock=clock)
    write_key_file(folder / "key.pem", key)
    ledger, _ = Ledger.open(root / "ledger")
    add_key(ledger, key.public, clock())
    append_signature(ledger, key, clock())
    clock.forward(days=1)
    workspace.add_chat(job_id, "Done.", by=AMIRA, at=START)
    with an_authority(folder / "tsa") as tsa:
        more = {"sign_key_file": folder / "key.pem", "timestamp_url": tsa.url}
        assert synced(root, workspace, clock=clock, **more).notes == []
        ledger, _ = Ledger.open(root / "ledger")
        write_checkpoint(ledger, key, folder / "note.json", clock())
        lines = (root / "ledger/ledger.jsonl").read_text("utf-8").splitlines()
        of = {entry["event"]: entry for entry in map(json.loads, lines)}
        (folder / "work").mkdir()
        names = {
            "JOB": folder_of(root, job_id).relative_to(root).as_posix(),
            "WORK": str(folder / "work"),
            "N": str(of["signed"]["of"]),
            "KEY": key.id,
            "M": str(of["timestamped"]["of"]),
            "CA": str(tsa.ca),
            "NOTE": str(folder / "note.json"),
        }
        yield Case(root, names)


def test_every_check_of_the_page_passes_on_a_sound_archive(sound: Case) -> None:
    """In the order of the page."""
    assert len(BLOCKS) == 6
    said = {}
    for title, block in BLOCKS.items():
        if title == "A signature":
            assert sound.run(LINE).returncode == 0
        done = sound.run(block)
        assert done.returncode == 0, (title, done.stdout, done.stderr)
        said[title] = done.stdout
    ledger, _ = Ledger.open(sound.root / "ledger")
    assert said["A job's files"] == ""
    assert said["The chain"] == f"{ledger.head}\n"
    assert "Verified Successfully" in said["A signature"]
    assert "Time stamp:" in said["A time stamp"]
    assert '"event":"sealing"' in said["That the seal is the ledger's"]


def change(path: Path, place: int) -> None:
    """One other byte under the same name, hard links left alone."""
    body = bytearray(path.read_bytes())
    body[place] ^= 1
    path.unlink()
    path.write_bytes(body)


@pytest.mark.parametrize("title", [*BLOCKS])
def test_each_check_of_the_page_finds_what_it_is_for(
    sound: Case, tmp_path: Path, title: str
) -> None:
    """One byte of a photo, of the tag manifest, of a line long past; another signed line."""
    copy_archive(sound.root, tmp_path / "a")
    case = Case(tmp_path / "a", sound.names)
    job = case.root / sound.names["JOB"]
    ledger = case.root / "ledger/ledger.jsonl"
    if title == "A job's files":
        change(next((job / "data/images").iterdir()), 30)
    elif title == "That the seal is the ledger's":
        change(job / "tagmanifest-sha256.txt", 3)
    else:
        change(ledger, ledger.read_bytes().index(b'"time":"2') + 11)
        lines = ledger.read_bytes().splitlines(keepends=True)
        at = {"A time stamp": int(sound.names["M"]), "A checkpoint": len(lines)}
        number = at.get(title, int(sound.names["N"]))
        lines[number - 1] = lines[number - 1].replace(b'"time":"2025', b'"time":"2024')
        ledger.write_bytes(b"".join(lines))
        case.run(LINE)
    assert case.run(BLOCKS[title]).returncode != 0
