"""`archiver report` as a person or a script runs it."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pikepdf
import pytest

from archiver.exportlog import archive_mark, exports_of, state_folder
from archiver.sheetplan import PDF_NAME
from archiver.storage import sha256_bytes
from tests.cli.conftest import Cli
from tests.factories import JOB_ID, a_job
from tests.pipeline import check_with_bagit, sha256sum
from tests.test_export import Built, unpacked
from tests.test_report import Pdf


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """An archive of one job."""
    built = Built(tmp_path / "archive")
    built.add(a_job(photos=2))
    return built


def test_a_report_says_where_it_is_and_is_noted_for_a_later_erasure(cli: Cli, built: Built) -> None:
    done = cli("report", built.root, "boiler", "-o", "r.pdf", "--paper", "letter", "--json")
    body = Path("r.pdf").read_bytes()
    assert (done.code, done.json) == (
        0,
        {
            "schema_version": 1,
            "path": "r.pdf",
            "job_id": JOB_ID,
            "exhibits": 2,
            "bytes": len(body),
            "sha256": sha256_bytes(body),
            "damaged": [],
        },
    )
    (note,) = exports_of(state_folder(), archive_mark(built.root / "ledger"), [JOB_ID])
    assert note.sha256 == sha256_bytes(body)


def test_a_report_of_a_damaged_job_ends_with_3_and_names_the_files(cli: Cli, built: Built) -> None:
    file = next(built.root.glob("jobs/*/*/data/images/0001-*"))
    file.unlink()
    done = cli("report", built.root, JOB_ID, "-o", ".")
    assert done.code == 3
    assert f"data/images/{file.name} is altered or missing; the report says so" in done.err
    assert Path("Boiler service, 14 Ashgrove Terrace.pdf").is_file()


def test_the_archives_own_paper_is_the_reports(cli: Cli, built: Built) -> None:
    (built.root / "archiver.toml").write_text('sheet-paper = "letter"\n')
    assert cli("report", built.root, JOB_ID, "-o", "r.pdf").code == 0
    assert b"/MediaBox[0 0 612" in Path("r.pdf").read_bytes()


def test_without_the_extra_it_ends_with_1_and_says_what_to_install(
    cli: Cli, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    done = cli("report", built.root, JOB_ID, "-o", "r.pdf", "--json")
    assert done.code == 1
    assert done.json["error"]["code"] == "typst-missing"
    assert done.json["error"]["hint"] == "Install it with: pip install 'workphotos-archiver[pdf]'"
    assert not Path("r.pdf").exists()


def test_an_export_may_hold_the_report_beside_the_page_and_its_bag_stays_valid(
    cli: Cli, built: Built
) -> None:
    full = ("--profile", "full", "--pdf")
    done = cli("export", built.root, JOB_ID, "-o", "with.zip", *full, "--json")
    assert done.code == 0
    assert cli("export", built.root, JOB_ID, "-o", "again.zip", *full).code == 0
    assert Path("with.zip").read_bytes() == Path("again.zip").read_bytes()
    with zipfile.ZipFile("with.zip") as found:
        found.extractall("unpacked")
    (folder,) = Path("unpacked").iterdir()
    cli("report", built.root, JOB_ID, "-o", "alone.pdf")
    assert (folder / "record.pdf").read_bytes() == Path("alone.pdf").read_bytes()
    assert "On a phone: open record.pdf." in (folder / "README.txt").read_text("utf-8")
    assert sha256sum(folder, "SHA256SUMS").returncode == 0
    assert check_with_bagit(folder) == ""


def handed_over(zip_file: str) -> Path:
    """The unpacked folder of a hand-over."""
    with zipfile.ZipFile(zip_file) as found:
        return unpacked(found, Path(zip_file).with_suffix(""))


def test_it_speaks_the_language_that_is_named_the_archives_or_the_recipients(
    cli: Cli, built: Built
) -> None:
    assert cli("report", built.root, JOB_ID, "-o", "r.pdf", "--language", "de").code == 0
    assert "beweisbericht" in Pdf(Path("r.pdf")).pages[0].casefold()
    assert cli("report", built.root, JOB_ID, "-o", "x.pdf", "--language", "fr").code == 2
    assert cli("export", built.root, JOB_ID, "-o", "out.zip", "--language", "es").code == 0
    cover = Pdf(handed_over("out.zip") / "record.pdf").pages[0]
    assert "Informe de pruebas".casefold() in cover.casefold()
    assert "Una copia del expediente" in cover
    assert cli("export", built.root, JOB_ID, "-o", "e.pdf", "--pdf-only", "--language", "es")
    assert cover == Pdf(Path("e.pdf")).pages[0]


def test_without_the_extra_the_contact_sheets_stand_for_it_in_that_language_too(
    cli: Cli, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    told = {}
    for language in ("de-AT", "en-GB"):
        out = f"{language}.zip"
        assert cli("export", built.root, JOB_ID, "-o", out, "--language", language).code == 0
        folder = handed_over(out)
        pdf = Pdf(folder / "record.pdf")
        assert (folder / PDF_NAME).read_bytes() == pdf.path.read_bytes()
        with pikepdf.open(pdf.path) as found:
            told[language] = pdf.text, str(found.Root.get("/Lang", ""))
    assert "Kontaktbogen 1 von 1" in told["de-AT"][0]
    # English sheets name no language: no archive has to make its sheets again for one.
    assert [lang for _, lang in told.values()] == ["de-AT", ""]
