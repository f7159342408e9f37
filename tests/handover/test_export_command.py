"""`archiver export` at the prompt: what it asks, lists, says and gives back."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from archiver.localapi import LocalJob, Person
from tests.cli.conftest import Cli, cli
from tests.pipeline import CRAIG, START, Clock, a_workspace, folder_of, synced

__all__ = ["cli"]
PHRASE = "four odd words together"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("command") / "archive"
    synced(root, a_workspace(jobs=3, photos=2))
    return root


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder to write into."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_a_dry_run_lists_exactly_what_goes_in(cli: Cli, archive: Path, out: Path) -> None:
    """Every file with its bytes, and by number what stays out; nothing is written."""
    dry = cli("export", archive, "Job 1", "-o", out, "--dry-run", "--json").json
    assert list(out.iterdir()) == []
    cli("export", archive, "Job 1", "-o", out, "--json")
    (path,) = out.iterdir()
    with zipfile.ZipFile(path) as made:
        found = [{"name": one.filename, "bytes": one.file_size} for one in made.infolist()]
    (listed,) = dry["zips"]
    assert listed == {"path": str(path), "files": found}
    (stays,) = dry["stays"]
    assert stays["messages"] == [1]
    assert stays["photos"] == []


@pytest.mark.parametrize("catalogue", ["there", "gone", "broken", "behind"])
def test_who_is_named_in_another_job_is_hidden_whatever_the_catalogue_is(
    cli: Cli, tmp_path: Path, out: Path, catalogue: str
) -> None:
    """It is a cache: a copy of the archive need not have it, and a backup may bring back an old."""
    root, workspace = tmp_path / "archive", a_workspace(jobs=0)
    asked = workspace.add_job(LocalJob("a" * 24, "Asked", START, CRAIG))
    workspace.add_chat(asked.job_id, "Ask Perpetua Nightingale for the key.", by=CRAIG, at=START)
    synced(root, workspace)
    file = root / ".archiver/catalog.sqlite3"
    old = file.read_bytes()
    night = Person("9" * 24, "Perpetua Nightingale")
    other = workspace.add_job(LocalJob("b" * 24, "Other", START, CRAIG))
    workspace.add_chat(other.job_id, "Here.", by=night, at=START)
    synced(root, workspace)
    bodies = {"there": file.read_bytes(), "broken": b"nothing" * 99, "behind": old}
    shutil.rmtree(root / ".archiver")
    if catalogue in bodies:
        file.parent.mkdir()
        file.write_bytes(bodies[catalogue])
    done = cli("export", root, asked.job_id, "--hide-names", "--with-chat", "-o", out, "--json")
    with zipfile.ZipFile(done.json["path"]) as made:
        told = [name for name in made.namelist() if b"Perpetua" in made.read(name)]
        assert any(b"for the key" in made.read(name) for name in made.namelist())
    assert told == []


def test_where_a_job_cannot_say_who_is_in_it_no_name_is_promised_to_be_hidden(
    cli: Cli, tmp_path: Path, out: Path
) -> None:
    """Unless the catalogue knows; a copy with names in it can be had all the same."""
    root, workspace = tmp_path / "archive", a_workspace(jobs=2)
    synced(root, workspace)
    one, other = (job.job_id for job in workspace.jobs)
    record = folder_of(root, other) / "data/record.json"
    record.chmod(0o644)
    record.write_bytes(b"{}")
    shutil.rmtree(root / ".archiver")
    done = cli("export", root, one, "--hide-names", "-o", out, "--json")
    assert done.code == 1
    assert other in done.err
    assert cli("export", root, one, "-o", out, "--json").code == 0


def test_what_proofs_of_several_jobs_leave_open_is_said_of_each_by_name(
    cli: Cli, archive: Path, out: Path
) -> None:
    """One alone needs no name."""
    one = ("export", archive, "Job 0", "-o", out, "--profile", "auditor", "--json")
    (folder,) = cli(*one).json["jobs"]
    assert not any(note.startswith(folder) for note in cli(*one).json["notes"])
    two = cli("export", archive, "Job 0", "Job 1", *one[3:]).json
    for folder in two["jobs"]:
        assert any(note.startswith(f"{folder}: ") for note in two["notes"])


def test_the_default_is_the_customers_copy(cli: Cli, archive: Path, out: Path) -> None:
    """`--help` says so; the JSON says which profile it was and what was withheld."""
    assert "customer (the default)" in " ".join(cli("export", "--help").out.split())
    done = cli("export", archive, "Job 0", "-o", out, "--json")
    assert done.json["profile"] == "customer"
    assert done.json["withheld"]["messages"] == 1
    assert "no chat" in done.err
    assert "Withheld: 1 message" in done.err


def test_the_summary_says_what_cannot_be_known_of_names_and_takes_a_nickname(
    cli: Cli, archive: Path, out: Path
) -> None:
    shown = cli("export", archive, "Job 0", "-o", out, "--json")
    assert shown.json["notes"] == []
    done = cli("export", archive, "Job 0", "-o", out, "--hide-names", "--json")
    (note,) = done.json["notes"]
    assert "The recipient will see: no names of staff; no chat;" in done.json["disclosure"]
    assert "A nickname, initials alone" in note
    assert note in " ".join(done.err.split())
    named = cli("export", archive, "Job 0", "-o", out, "--hide-name", "Job", "--json")
    assert named.json["notes"] == [note]
    with zipfile.ZipFile(named.json["path"]) as made:
        page = next(one for one in made.namelist() if one.endswith("/index.html"))
        assert '<h1 class="pre" dir="auto">(name withheld) 0</h1>' in made.read(page).decode()


def test_everybody_whom_any_job_names_is_hidden_in_every_other(
    cli: Cli, tmp_path: Path, out: Path
) -> None:
    """Who only made a job, or once had another name there; and an unnamed sender hides no word."""
    workspace = a_workspace(jobs=1, photos=0)
    (job,) = workspace.jobs
    said = "Olga came with Mrs Sommer, nee Winter; what is the name of the valve?"
    workspace.add_chat(job.job_id, said, by=CRAIG, at=START)
    other = workspace.add_job(
        LocalJob("b0b000000000000000000001", "Other", START, Person("u8", "Olga Petrova"))
    )
    for name in ("Ida Winter", ""):
        workspace.add_chat(other.job_id, "Here.", by=Person(f"u{name}", name), at=START)
    clock = Clock()
    synced(tmp_path / "a", workspace, clock=clock)
    workspace.edit_message(other.job_id, 0, uploaderName="Ida Sommer")
    clock.forward(days=1)
    synced(tmp_path / "a", workspace, clock=clock)
    done = cli(
        "export", tmp_path / "a", "Job 0", "-o", out, "--hide-names", "--with-chat", "--json"
    )
    with zipfile.ZipFile(done.json["path"]) as made:
        record = next(one for one in made.namelist() if one.endswith("data/record.json"))
        messages = json.loads(made.read(record))["messages"]
    hidden = "(name withheld)"
    assert messages[-1]["wordings"][0]["text"] == (
        f"{hidden} came with Mrs {hidden}, nee {hidden}; what is the name of the valve?"
    )


def test_the_zip_is_named_after_the_title_as_the_recipient_gets_it(
    cli: Cli, archive: Path, out: Path
) -> None:
    """Else its name would tell what the title in it no longer does."""
    hidden = ("--hide-name", "Job")
    for more in ((), ("--pdf-only",)):
        assert cli("export", archive, "Job 0", "-o", out, *hidden, *more, "-q").code == 0
    assert {one.name for one in out.iterdir()} == {"(name withheld) 0.zip", "(name withheld) 0.pdf"}
    assert cli("export", archive, "Job 0", "-o", out, "-q").code == 0
    assert (out / "Job 0.zip").exists()


def test_what_a_proof_says_is_in_the_json_too(cli: Cli, archive: Path, out: Path) -> None:
    done = cli("export", archive, "Job 0", "-o", out, "--profile", "auditor", "--json")
    assert any("vouches for this seal" in note for note in done.json["notes"])
    assert all(note in done.err for note in done.json["notes"])


def test_an_own_profile_is_taken_from_the_archive(cli: Cli, archive: Path, out: Path) -> None:
    """And one that is not there is told."""
    settings = archive / "archiver.toml"
    settings.write_text("[profile.insurer]\nchat = true\n")
    try:
        done = cli("export", archive, "Job 0", "--profile", "insurer", "-o", out, "--json")
        assert done.json["withheld"]["messages"] == 0
        assert cli("export", archive, "Job 0", "--profile", "nobody", "-o", out).code == 2
        assert cli("build", archive, "-q").code == 0
    finally:
        settings.unlink()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["Job 0", "Job 1", "--without-photo", "1"], "one JOB"),
        (["Job 0", "--without-photo", "99"], "exhibit 99"),
        (["Job 0", "--pdf-only", "--passphrase-file", "x"], "not encrypted"),
        (["--person", "Amira Hassan", "--pdf-only"], "person"),
        ([], "Name a JOB"),
    ],
)
def test_what_does_not_go_together_is_told(
    cli: Cli, archive: Path, out: Path, options: list[str], word: str
) -> None:
    """Before anything is written."""
    done = cli("export", archive, *options, "-o", out)
    assert done.code == 2
    assert word in done.err
    assert list(out.iterdir()) == []


def test_a_pdf_alone(cli: Cli, archive: Path, out: Path) -> None:
    """One of each job, into a folder."""
    done = cli("export", archive, "Job 0", "Job 1", "--pdf-only", "-o", out, "--json")
    assert [Path(one["path"]).read_bytes()[:4] for one in done.json["pdfs"]] == [b"%PDF"] * 2
    assert len(list(out.iterdir())) == 2
    assert cli("export", archive, "Job 0", "Job 1", "--pdf-only", "-o", out / "a").code == 2


def test_the_recipients_language(cli: Cli, archive: Path, out: Path) -> None:
    """The page speaks it, whatever the archive's is."""
    cli("export", archive, "Job 0", "--language", "de", "-o", out / "a.zip")
    with zipfile.ZipFile(out / "a.zip") as made:
        (page,) = (made.read(n).decode() for n in made.namelist() if n.endswith("/index.html"))
    assert '<html lang="de"' in page


def test_an_encrypted_zip_names_no_job(cli: Cli, archive: Path, out: Path) -> None:
    """The names in it can be read by everybody; the passphrase is in no output."""
    secret = out.parent / "phrase"
    secret.write_text(PHRASE + "\n")
    done = cli("export", archive, "Job 0", "--passphrase-file", secret, "-o", out)
    assert done.code == 0
    with zipfile.ZipFile(out / "records.zip") as made:
        assert {name.split("/")[0] for name in made.namelist()} == {"job-0001"}
        assert all(one.flag_bits & 1 for one in made.infolist())
    assert PHRASE not in done.out + done.err


def test_the_auditors_zip_has_the_proof(cli: Cli, archive: Path, out: Path) -> None:
    """Beside the untouched bag; what its lines tell of others is said before."""
    done = cli("export", archive, "Job 0", "--profile", "auditor", "-o", out / "a.zip")
    with zipfile.ZipFile(out / "a.zip") as made:
        names = {name.split("/", 1)[1] for name in made.namelist()}
    assert {"proof/PROOF.txt", "proof/salt", "proof/ledger.jsonl"} <= names
    assert "Nothing outside the archive vouches for this seal" in done.err


def on_a_terminal(command: list[str], *answers: str) -> tuple[int, str]:
    """Run the program on a pseudo-terminal and type; gives its exit code and the screen."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "200"}
    running = subprocess.Popen(
        [sys.executable, "-m", "archiver", *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    waiting = list(answers)
    screen = ""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            got = os.read(master, 4096)
        except OSError:
            break
        if not got:
            break
        screen += got.decode("utf-8", "replace")
        asked = screen.rstrip().endswith((":", "]:"))
        if waiting and asked and screen.endswith(" "):
            os.write(master, waiting.pop(0).encode() + b"\n")
    os.close(master)
    return running.wait(30), screen


def test_on_a_terminal_one_picks_jobs_and_profile(archive: Path, out: Path) -> None:
    """By number, or by a part of a title; then it says what goes out and asks."""
    code, screen = on_a_terminal(
        ["export", str(archive), "-o", str(out / "a.zip")], "Job 2", "1", "public", "y"
    )
    assert code == 0, screen
    assert "Write it?" in screen
    with zipfile.ZipFile(out / "a.zip") as made:
        (record,) = (json.loads(made.read(n)) for n in made.namelist() if n.endswith("record.json"))
    assert record["title"] == "Job 2"
    assert record["derived"]["profile"] == "public"


def test_a_no_writes_nothing(archive: Path, out: Path) -> None:
    """And leaves nothing behind."""
    code, _ = on_a_terminal(["export", str(archive), "Job 2", "-o", str(out / "a.zip")], "n")
    assert code != 0
    assert list(out.iterdir()) == []
