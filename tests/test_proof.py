"""The commands that `proof/PROOF.txt` prints, run as printed, by shells and `openssl` alone: all of
them hold on what was handed out, and each finds the byte that it is there to find."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from archiver.anchoring import add_key, append_signature
from archiver.choosing import choose_jobs
from archiver.errors import ArchiveDamaged
from archiver.export import PROOF
from archiver.ledger import Ledger
from archiver.proof import Proof, make_proof
from archiver.prooftext import CA, PROOF_TEXT
from archiver.signing import new_key, write_key_file
from archiver.timestamps import load_roots
from tests.faults.lab import copy_archive
from tests.pipeline import (
    AMIRA,
    START,
    Clock,
    a_workspace,
    check_with_bagit,
    folder_of,
    sha256sum,
    synced,
)
from tests.tsa import an_authority

SHELLS = {"Linux": "bash", "macOS": "zsh"}
GOOD = "All files are there|pins this seal|follows from the one|It is this line|Verified Succ|OK"


@dataclass(frozen=True)
class Handed:
    """A job's folder with `proof/` in it, as a recipient has it, and nothing else."""

    folder: Path
    proof: Proof

    @classmethod
    def of(cls, root: Path, job_id: str, place: Path, ca: Path | None = None) -> Handed:
        (job,) = choose_jobs(root, [job_id])
        proof = make_proof(root, job, load_roots(ca) if ca else ())
        shutil.copytree(job.folder, place)
        (place / PROOF).mkdir()
        for name, body in proof.files.items():
            (place / PROOF / name).write_bytes(body)
        return cls(place, proof)

    @property
    def text(self) -> str:
        return self.proof.files[PROOF_TEXT].decode().replace("\r\n", "\n")

    def commands(self, system: str) -> dict[str, str]:
        """What the text prints for a system, by the step's title."""
        found = {}
        for title, rest in re.findall(r"^\d\. (.+)\n((?:(?!^\d\. ).*\n?)*)", self.text, re.M):
            blocks = re.findall(r"^  (\S.*):\n\n((?:    .*\n?)+)", rest, re.M)
            (found[title],) = (
                re.sub("^    ", "", block, flags=re.M) for name, block in blocks if system in name
            )
        return found

    def run(self, system: str, title: str) -> subprocess.CompletedProcess[str]:
        """A step's commands, pasted into the shell that the system has."""
        shell = shutil.which(SHELLS[system])
        assert shell, f"{SHELLS[system]} is missing; .ci/run installs it"
        return subprocess.run(
            [shell, "-c", self.commands(system)[title]],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )

    def holds(self, system: str, title: str) -> bool:
        """Whether a step says that all is well, and ends so."""
        done = self.run(system, title)
        return done.returncode == 0 and bool(re.search(GOOD, done.stdout + done.stderr))


@dataclass(frozen=True)
class Made:
    """An archive of two jobs whose head is signed and stamped, and what was handed out of it."""

    root: Path
    first: str
    handed: Handed
    ca: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("proof")
    root, clock, key = folder / "a", Clock(), new_key()
    workspace = a_workspace(jobs=2, photos=1)
    synced(root, workspace, clock=clock)
    write_key_file(folder / "key.pem", key)
    ledger, _ = Ledger.open(root / "ledger")
    add_key(ledger, key.public, clock())
    clock.forward(days=1)
    for job in workspace.jobs:
        workspace.add_chat(job.job_id, "Done.", by=AMIRA, at=START)
    with an_authority(folder / "tsa") as tsa:
        more = {"sign_key_file": folder / "key.pem", "timestamp_url": tsa.url}
        assert synced(root, workspace, clock=clock, **more).notes == []
        # Jobs are sealed in any order: the first of the two has the other one in its lines.
        entries = map(json.loads, (root / "ledger/ledger.jsonl").read_text().splitlines())
        job_id = [one["job"] for one in entries if one["event"] == "sealing"][-2]
        yield Made(root, job_id, Handed.of(root, job_id, folder / "zip", tsa.ca), tsa.ca)


def steps_of(handed: Handed) -> list[str]:
    return list(handed.commands("Linux"))


@pytest.mark.parametrize("system", SHELLS)
def test_all_that_is_printed_holds_on_what_was_handed_out(made: Made, system: str) -> None:
    """Seven steps: files, seal, chain, signed line, signature, stamped line, time stamp."""
    assert len(steps_of(made.handed)) == 7
    for title in steps_of(made.handed):
        done = made.handed.run(system, title)
        assert made.handed.holds(system, title), (title, done.stdout, done.stderr)
    assert "Time stamp:" in made.handed.run(system, "The time stamp").stdout


@pytest.mark.parametrize(
    ("number", "file", "place"),
    [
        (0, "data/record.json", 40),
        (0, "manifest-sha256.txt", 3),
        (1, "tagmanifest-sha256.txt", 3),
        (1, "proof/salt", 31),
        (2, "proof/ledger.jsonl", 12),
        (3, "proof/signed-head.txt", 0),
        (3, "proof/signed-head.txt", 20),
        (4, "proof/signed-head.txt", 20),
        (4, "proof/signature.bin", 63),
        (4, "proof/public-key.pem", 80),
        (5, "proof/stamped-head.txt", 20),
        (6, "proof/stamped-head.txt", 20),
        (6, "proof/timestamp.tsr", -30),
        (6, "proof/timestamp-ca.pem", 400),
    ],
)
@pytest.mark.parametrize("system", SHELLS)
def test_each_step_finds_the_byte_it_is_for(
    made: Made, tmp_path: Path, system: str, number: int, file: str, place: int
) -> None:
    shutil.copytree(made.handed.folder, tmp_path / "zip")
    path = tmp_path / "zip" / file
    body = bytearray(path.read_bytes())
    body[place] ^= 2
    path.chmod(0o644)
    path.unlink()
    path.write_bytes(body)
    altered = Handed(tmp_path / "zip", made.handed.proof)
    assert not altered.holds(system, steps_of(made.handed)[number])


@pytest.mark.parametrize("system", SHELLS)
def test_no_byte_of_the_ledger_s_lines_can_be_another(
    made: Made, tmp_path: Path, system: str
) -> None:
    """One in each line, the last one too: one of the steps that read them fails."""
    shutil.copytree(made.handed.folder, tmp_path / "zip")
    path = tmp_path / "zip/proof/ledger.jsonl"
    whole = path.read_bytes()
    altered = Handed(tmp_path / "zip", made.handed.proof)
    reading = [one for one in steps_of(altered) if "line" in one or "seal is the" in one]
    at = 0
    for line in whole.splitlines(keepends=True):
        body = bytearray(whole)
        body[at + line.index(b'"time":"') + 10] ^= 1
        path.write_bytes(body)
        assert not all(altered.holds(system, title) for title in reading), line
        at += len(line)


@pytest.mark.parametrize("system", SHELLS)
def test_an_auditor_s_zip_proves_itself_where_it_was_unpacked(
    made: Made, tmp_path: Path, system: str
) -> None:
    """By the command, `unzip`, and what PROOF.txt prints; the reference validator takes the bag."""
    command = [sys.executable, "-m", "archiver", "export", str(made.root), made.first]
    wanted = ["--profile", "auditor", "--timestamp-ca", str(made.ca), "--yes"]
    done = subprocess.run(
        [*command, *wanted, "-o", str(tmp_path / "x.zip")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "1 other job by its id in WorkPhotos" in done.stderr
    subprocess.run(["unzip", "-q", "x.zip", "-d", "out"], cwd=tmp_path, check=True)
    (folder,) = (tmp_path / "out").iterdir()
    files = {one.name: one.read_bytes() for one in (folder / PROOF).iterdir()}
    handed = Handed(folder, Proof(files, (), ()))
    assert len(steps_of(handed)) == 7
    for title in steps_of(handed):
        assert handed.holds(system, title), title
    assert sha256sum(folder, "SHA256SUMS").returncode == 0
    assert b"proof/PROOF.txt" in (folder / "SHA256SUMS").read_bytes()
    assert check_with_bagit(folder) == ""


def test_the_powershell_is_powershell(made: Made) -> None:
    """There is none to run it here: a grammar of it reads every block without an error."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    blocks = made.handed.commands("Windows")
    assert len(blocks) == 7
    for title, block in blocks.items():
        assert not parser.parse(block.encode()).root_node.has_error, title
    assert parser.parse(b"if ($a { 'x' }").root_node.has_error


def test_the_lines_are_the_ledger_s_from_the_seal_to_what_is_vouched_for(made: Made) -> None:
    lines = (made.root / "ledger/ledger.jsonl").read_bytes().splitlines(keepends=True)
    values = [json.loads(line) for line in lines]
    mine = [v for v in values if v.get("job") == made.first and v["event"] == "sealing"]
    first = mine[-1]["n"]
    (last,) = (v["of"] for v in values if v["event"] == "timestamped")
    assert made.handed.proof.files["ledger.jsonl"] == b"".join(lines[first - 1 : last])


def test_what_the_lines_tell_of_other_jobs_is_said(made: Made) -> None:
    """The other job was sealed in the same run, after this one."""
    (other,) = made.handed.proof.others
    assert other.encode() in made.handed.proof.files["ledger.jsonl"]
    assert other not in made.handed.text
    assert "1 other job by its id in WorkPhotos" in made.handed.proof.notes[0]
    assert "1 other job by its id in WorkPhotos" in made.handed.text


def test_a_reason_in_the_lines_is_said_and_not_repeated(tmp_path: Path) -> None:
    """A hold on another job, entered after a seal that nothing vouches for yet."""
    workspace = a_workspace(jobs=2, photos=0)
    synced(tmp_path / "a", workspace)
    ledger, _ = Ledger.open(tmp_path / "a/ledger")
    other = workspace.jobs[1].job_id
    ledger.append("held", Clock()(), job=other, reason="claim 4711", by="olga")
    (job,) = choose_jobs(tmp_path / "a", [workspace.jobs[0].job_id])
    proof = make_proof(tmp_path / "a", job)
    said = f"A reason somebody gave, and who it was, stands in line {ledger.head.number}."
    assert b"claim 4711" in proof.files["ledger.jsonl"]
    assert said in proof.notes[0]
    assert said in proof.files[PROOF_TEXT].decode()
    assert b"claim 4711" not in proof.files[PROOF_TEXT]


def test_without_a_root_the_signer_s_own_certificate_is_what_the_check_rests_on(
    made: Made, tmp_path: Path
) -> None:
    """As is said; the step still finds a token that was altered."""
    handed = Handed.of(made.root, made.first, tmp_path / "zip")
    assert "The authority's root certificate is not here" in handed.text
    assert handed.holds("Linux", "The time stamp")
    path = handed.folder / "proof/timestamp.tsr"
    body = bytearray(path.read_bytes())
    body[-30] ^= 1
    path.write_bytes(body)
    assert not handed.holds("Linux", "The time stamp")


def test_a_chain_that_the_token_brings_is_written_out(tmp_path: Path) -> None:
    """Signer first, then its issuer, which is then the certificate that the check rests on."""
    with an_authority(tmp_path / "tsa") as tsa:
        tsa.chain = True
        workspace = a_workspace(jobs=1, photos=0)
        synced(tmp_path / "a", workspace, timestamp_url=tsa.url)
        handed = Handed.of(tmp_path / "a", workspace.jobs[0].job_id, tmp_path / "zip")
        chain = handed.proof.files["timestamp-chain.pem"].decode().split("-----BEGIN")
        root = handed.proof.files[CA].decode()
        assert len(chain) == 3
        assert "-----BEGIN" + chain[2] == root == tsa.ca.read_text()
        assert handed.holds("Linux", "The time stamp")
        assert "as the time stamp itself brought it" in handed.text


def test_with_nothing_to_vouch_for_it_the_lines_go_to_the_head_and_that_is_said(
    tmp_path: Path,
) -> None:
    workspace = a_workspace(jobs=1, photos=0)
    synced(tmp_path / "a", workspace)
    handed = Handed.of(tmp_path / "a", workspace.jobs[0].job_id, tmp_path / "zip")
    ledger, _ = Ledger.open(tmp_path / "a/ledger")
    assert "Nothing outside the archive vouches for this seal yet" in handed.proof.notes[-1]
    assert sorted(handed.proof.files) == ["PROOF.txt", "ledger.jsonl", "salt"]
    for system in SHELLS:
        assert handed.run(system, "The ledger's head").stdout.strip() == str(ledger.head)
    assert f"It must print: {ledger.head}" in handed.text


def test_a_signature_of_a_lost_key_proves_nothing_and_is_left_out(tmp_path: Path) -> None:
    workspace, clock, key = a_workspace(jobs=1, photos=0), Clock(), new_key()
    synced(tmp_path / "a", workspace)
    ledger, _ = Ledger.open(tmp_path / "a/ledger")
    add_key(ledger, key.public, clock())
    append_signature(ledger, key, clock())
    job_id = workspace.jobs[0].job_id
    (job,) = choose_jobs(tmp_path / "a", [job_id])
    assert "signature.bin" in make_proof(tmp_path / "a", job).files
    ledger.append("key-lost", clock(), key=key.id, reason="stolen", by="olga")
    assert "signature.bin" not in make_proof(tmp_path / "a", job).files


def test_a_ledger_that_does_not_pin_the_seal_proves_nothing(made: Made, tmp_path: Path) -> None:
    (job,) = choose_jobs(made.root, [made.first])
    synced(tmp_path / "b", a_workspace(jobs=1, photos=0))
    with pytest.raises(ArchiveDamaged, match="does not pin the present seal"):
        make_proof(tmp_path / "b", job)


def test_a_token_that_is_gone_is_named(made: Made, tmp_path: Path) -> None:
    copy_archive(made.root, tmp_path / "a")
    for token in (tmp_path / "a/ledger/timestamps").iterdir():
        token.unlink()
    (job,) = choose_jobs(tmp_path / "a", [made.first])
    with pytest.raises(ArchiveDamaged, match="time stamp that is missing"):
        make_proof(tmp_path / "a", job)


def test_no_file_of_the_proof_is_of_a_kind_that_mail_services_block(made: Made) -> None:
    """And the text can be read by Windows' oldest editor."""
    assert {Path(name).suffix for name in made.handed.proof.files} <= {
        *("", ".txt", ".pem", ".bin", ".tsr", ".jsonl")
    }
    assert made.handed.proof.files[PROOF_TEXT].isascii()
    assert b"\n" not in made.handed.proof.files[PROOF_TEXT].replace(b"\r\n", b"")
    assert folder_of(made.root, made.first).name.encode() not in made.handed.proof.files[PROOF_TEXT]
