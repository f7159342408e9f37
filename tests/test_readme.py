"""`README.txt` of a hand-over: in its recipient's language, readable by whatever opens it, with
commands that find what was changed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from archiver.handover import ChosenJob
from archiver.language import LANGUAGES
from archiver.reader import reader_of
from archiver.readme import CHANGED, CHECKED, readme
from tests.pipeline import a_workspace, folder_of, synced


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> tuple[ChosenJob, ...]:
    from archiver.choosing import choose_jobs

    root, workspace = tmp_path_factory.mktemp("readme") / "a", a_workspace(jobs=2, photos=1)
    synced(root, workspace)
    return choose_jobs(root, [folder_of(root, job.job_id).name for job in workspace.jobs])


def text_of(jobs: tuple[ChosenJob, ...], language: str, **more: bool) -> str:
    body = readme(jobs, "top", "record.pdf", reader_of(language, "Europe/London"), **more)
    return body.decode("utf-8-sig").replace("\r\n", "\n")


def commands(text: str) -> list[str]:
    return re.findall(r"^    ((?:Get-Content|certutil|shasum|sha256sum).*)$", text, re.M)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_stands_in_every_language_on_a_line_of_its_own(
    jobs: tuple[ChosenJob, ...], language: str
) -> None:
    found = commands(text_of(jobs, language))
    assert [one.split()[0] for one in found] == ["Get-Content", "certutil", "shasum", "sha256sum"]
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse(found[0].encode()).root_node.has_error


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_powershell_says_is_said_as_the_text_tells_it(
    jobs: tuple[ChosenJob, ...], language: str
) -> None:
    """Letters and spaces alone: in a command, a quotation mark or a dollar would be another."""
    reader, text = reader_of(language, "UTC"), text_of(jobs, language)
    assert f'"{reader.tr(CHECKED)}"' in commands(text)[0]
    assert text.count(reader.tr(CHECKED)) == 2
    for word in (reader.tr(CHANGED), reader.tr(CHECKED)):
        assert word.replace(" ", "").isalpha()


@pytest.mark.parametrize("count", [1, 2])
def test_no_sentence_of_one_language_stands_in_another(
    jobs: tuple[ChosenJob, ...], count: int
) -> None:
    """Names of files and commands are the only lines that all have in common."""
    texts = [text_of(jobs[:count], language, proof=True) for language in LANGUAGES]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        common = set(texts[one].split("\n")) & set(texts[other].split("\n"))
        for line in common - {f"    {c}" for c in commands(texts[one])} - {""}:
            titles = {f"  {job.title}" for job in jobs}
            assert line in titles or re.fullmatch(r"    [0-9a-f]{64}", line), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_are_short_enough_to_read_and_end_as_windows_wants(
    jobs: tuple[ChosenJob, ...], language: str
) -> None:
    body = readme(jobs, "top", "", reader_of(language, "UTC"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    lines = body.decode("utf-8-sig").split("\r\n")
    assert max(len(line) for line in lines if "Get-Content" not in line) <= 88


def test_a_mark_tells_that_it_is_utf_8_where_it_is_more_than_ascii(
    jobs: tuple[ChosenJob, ...],
) -> None:
    """Windows' old editor, Word and a Mac's quick view would take it for something else."""
    english = readme(jobs, "top", "", reader_of("en", "UTC"))
    german = readme(jobs, "top", "", reader_of("de", "UTC"))
    assert english.isascii()
    assert german.startswith(b"\xef\xbb\xbf")
    assert "größ" not in english.decode()
    assert "Geprüft" in german.decode("utf-8-sig")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("program", ["sha256sum", "shasum"])
def test_the_commands_name_the_file_that_was_changed(
    jobs: tuple[ChosenJob, ...], tmp_path: Path, language: str, program: str
) -> None:
    (tmp_path / "a b.txt").write_bytes(b"one")
    listed = subprocess.run(["sha256sum", "a b.txt"], cwd=tmp_path, capture_output=True, check=True)
    (tmp_path / "SHA256SUMS").write_bytes(listed.stdout)
    (command,) = (c for c in commands(text_of(jobs, language)) if c.split()[0] == program)
    assert shutil.which(program)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert run().returncode == 0
    (tmp_path / "a b.txt").write_bytes(b"two")
    done = run()
    assert done.returncode != 0
    assert "a b.txt: FAILED" in done.stdout


def test_the_proof_is_told_of_where_there_is_one(jobs: tuple[ChosenJob, ...]) -> None:
    assert "PROOF.txt" in text_of(jobs, "en", proof=True)
    assert "PROOF.txt" not in text_of(jobs, "en")
