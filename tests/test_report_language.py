"""The evidence report in other languages, as other programs read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from gettext import NullTranslations
from pathlib import Path

import pytest

import archiver.language
from archiver.language import ENGLISH, language_of
from archiver.models import Failure, PhotoRecord
from archiver.reader import reader_of
from archiver.report import make_report
from archiver.report.document import language_and_country
from tests.factories import (
    JOB_ID,
    a_file,
    a_message,
    a_photo_message,
    a_record,
    a_reference,
    a_time,
)
from tests.test_export import Built
from tests.test_language import TERMS, words_of
from tests.test_report import HEBREW, Pdf, a_full_record


def told_in(language: str, built: Built, out: Path) -> Pdf:
    made = make_report(built.root, JOB_ID, out / f"{language}.pdf", language=language)
    return Pdf(made.path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An archive of one job with something for every chapter."""
    built = Built(tmp_path_factory.mktemp("archive"))
    built.add(replace(a_full_record(), odd=("a field of no kind",)))
    return built


SAID = {
    "de": (
        "Beweisbericht",
        "Angelegt Mi., 22. Okt. 2025, 11:12 BST 2025-10-22 10:12:24 UTC",
        "Nicht verstanden, wie empfangen aufbewahrt: a field of no kind",
        "3 von 4 Fotos aufbewahrt, 1 fehlend",
        "Versiegelt am Do., 23. Okt. 2025, 11:12 BST",
        "1 Momentaufnahme, 0 spätere Änderungen",
        "Mittwoch, 22. Oktober 2025",
        "Ein Eintrag einer Art, die dieses Archiv nicht kennt („location“), wie empfangen",
        "Beleg #0003",
        "Sein Vorschaubild ist aufbewahrt.",
        "Zum ersten Mal archiviert.",
        "Die Akte. Diesem PDF ist Byte für Byte die record.json angehängt",
        "Ende der Akte. 4 Fotos (3 aufbewahrt), 8 Nachrichten. Gedruckte Seiten sind",
    ),
    "es": (
        "Informe de pruebas",
        "Creado mié, 22 oct 2025, 11:12 BST 2025-10-22 10:12:24 UTC",
        "Sellado el jue, 23 oct 2025, 11:12 BST",
        "miércoles, 22 de octubre de 2025",
        "Una entrada de un tipo que este archivo no conoce («location»)",
        "Prueba #0003",
        "Se conserva su miniatura.",
        "Archivado por primera vez.",
        "El expediente. Este PDF lleva adjunto, byte a byte, el record.json",
        "Fin del expediente. 4 fotos (conservadas: 3), 8 mensajes.",
    ),
}


@pytest.mark.parametrize("language", SAID)
def test_it_speaks_the_readers_language_from_cover_to_end(
    language: str, built: Built, tmp_path: Path
) -> None:
    pdf = told_in(language, built, tmp_path)
    for said in SAID[language]:
        assert said.casefold() in pdf.text.casefold()
    last = len(pdf.pages)
    assert pdf.pages[-1].endswith(
        language_of(language).tr("Page {page} of {pages}", page=last, pages=last)
    )
    # What was sent stays as it was sent, in whatever direction.
    assert "On site. No hot water since Sunday." in pdf.text
    words = re.sub("[\u202a-\u202e\u2066-\u2069]", " ", pdf.text).split()
    assert set(HEBREW.split()) <= set(words)


@pytest.mark.parametrize(
    ("asked", "told"),
    [("de", "de"), ("de-AT", "de-AT"), ("DE-at", "de-AT"), ("es-419", "es"), ("en-US", "en-US")],
)
def test_the_pdf_says_which_language_it_is_in_and_stays_accessible(
    asked: str, told: str, built: Built, tmp_path: Path
) -> None:
    with told_in(asked, built, tmp_path).open() as pdf, pdf.open_metadata() as metadata:
        assert str(pdf.Root.Lang) == told
        assert metadata["pdfuaid:part"] == "1"


def test_a_script_or_an_extension_of_a_tag_is_no_country() -> None:
    assert language_and_country("de-Latn-CH-1996") == ("de", "CH")
    assert language_and_country("de-u-co-phonebk") == ("de", None)
    assert language_and_country("de-1901") == ("de", None)


def test_months_are_those_of_the_country(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    january = 100 * 24 * 60
    built.add(a_record([a_message(1, "Frost.", minutes=january)]))
    assert "Jänner 2026" in told_in("de-AT", built, tmp_path).text
    assert "Januar 2026" in told_in("de", built, tmp_path).text


def test_without_a_wish_it_speaks_the_archives_language(built: Built, tmp_path: Path) -> None:
    english = make_report(built.root, JOB_ID, tmp_path / "a.pdf").path.read_bytes()
    assert told_in(ENGLISH, built, tmp_path).path.read_bytes() == english
    settings = built.root / "archive.json"
    before = settings.read_text()
    assert '"en-GB"' in before
    try:
        settings.write_text(before.replace('"en-GB"', '"de"'))
        own = make_report(built.root, JOB_ID, tmp_path / "b.pdf").path.read_bytes()
    finally:
        settings.write_text(before)
    assert own == told_in("de", built, tmp_path).path.read_bytes() != english


class Mute(NullTranslations):
    """A language of paragraph signs: every letter in a report is then the record's, or is past the
    catalogue."""

    def gettext(self, message: str) -> str:
        return "§".join(["", *re.findall(r"\{\w+\}", message), ""])

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def mute() -> Iterator[None]:
    """German is that language."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(archiver.language, "translation", lambda *_: Mute())
        for cache in (language_of, reader_of):
            cache.cache_clear()
        yield
    for cache in (language_of, reader_of):
        cache.cache_clear()


@pytest.mark.usefixtures("mute")
def test_no_word_of_a_report_is_past_the_catalogue(
    tmp_path: Path,
) -> None:
    """Neither of the document nor of the Typst template."""
    lost = PhotoRecord(5, 90, a_reference(failure=Failure("", a_time(9), 404)))
    heic = PhotoRecord(6, 91, a_reference(a_file("data/images/0006.heic", media_type="image/heic")))
    full = a_full_record()
    record = replace(
        full,
        messages=(
            *full.messages,
            a_photo_message(90, 5, minutes=3000),
            a_photo_message(91, 6, minutes=3001),
            a_message(92, "", minutes=None),
            a_message(93, None, minutes=3002, was=("was",)),
        ),
        photos=(*full.photos, lost, heic),
        odd=("odd",),
    )
    built = Built(tmp_path / "archive")
    folder = built.add(record)
    next((folder / "data/snapshots").iterdir()).unlink()
    pdf = told_in("de", built, tmp_path)
    german = language_of("de")
    data = words_of(repr(record)) | TERMS | words_of(" ".join([*german.months, *german.days]))
    data |= words_of(" ".join([*german.months_short, *german.days_short]))
    data |= words_of(folder.name) | {"data", "snapshots", "construction", "worker"}
    left = words_of(re.sub(r"\b[0-9a-f]+\b", " ", pdf.text)) - data
    assert left == set()
