"""What a record notes in English, told in the reader's language; the record stays as it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import get_type_hints

import pytest

from archiver import remarks
from archiver.decoding import Decoder
from archiver.download import FetchFailure
from archiver.images import ImageProbe, Verdict
from archiver.language import LANGUAGES, language_of
from archiver.models import Failure, JobRecord
from archiver.netguard import Guard
from archiver.pagewords import Quote, unmarked
from archiver.plan import Miss
from archiver.reader import reader_of
from archiver.remarks import NUMBERS, Remark, Wording, wordings
from archiver.remarkwords import remark_text, remark_told
from archiver.sheetplan import plan_sheets
from archiver.site import SiteSettings
from tests.factories import (
    a_message,
    a_missing_photo,
    a_photo,
    a_photo_message,
    a_record,
    a_seal,
    a_time,
)
from tests.htmlread import read
from tests.make_words import ROOT
from tests.pages import job_page
from tests.test_report import of

GERMAN, SPANISH = language_of("de"), language_of("es")
NOTED = {
    "the host answered 404 (not found)": "der Host antwortete 404 (nicht gefunden)",
    "the host answered 418": "der Host antwortete 418",
    "the host answered 429 (too many requests) and asks to wait more than 120 s": (
        "der Host antwortete 429 (zu viele Anfragen) und verlangt, länger als 120 s zu warten"
    ),
    "the body ended early: 1,234 of 5,678,901 bytes came": (
        "der Inhalt endete zu früh: 1.234 von 5.678.901 Bytes kamen an"
    ),
    "it is 1,250.5 MB large; the limit is 200.0 MB": (
        "die Datei ist 1.250,5 MB groß; die Grenze liegt bei 200,0 MB"
    ),
    "it is not an image but a web page": "es ist kein Bild, sondern eine Webseite",
    "the image is damaged: one of its chunks has no sensible head": (
        "das Bild ist beschädigt: einer seiner Abschnitte hat keinen sinnvollen Kopf"
    ),
    "redirected to http://10.0.0.1: 10.0.0.1 is not a public address"
    " (--allow-host 10.0.0.1 would allow it)": (
        "weitergeleitet zu http://10.0.0.1: 10.0.0.1 ist keine öffentliche Adresse"
        " (--allow-host 10.0.0.1 würde sie erlauben)"
    ),
    "the body ended early, after 12 bytes (the connection was cut)": (
        "der Inhalt endete zu früh, nach 12 Bytes (die Verbindung wurde getrennt)"
    ),
}


def some(wording: Wording) -> dict[str, str]:
    """Values for what a wording has to be filled in."""
    names = re.findall(r"\{(\w+)\}", wording.message)
    return {name: "12" if name in NUMBERS else VALUES[name] for name in names}


VALUES = {
    "why": remarks.CUT_OFF.message,
    "what": remarks.WEB_PAGE.message,
    "error": "OOPS",
    "host": "h.example",
    "scheme": "ftp",
    "encoding": "br",
    "chunk": "IDAT",
    "kind": "HEIC",
    "field": "gpsX",
}


# --- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("noted", NOTED)
def test_a_note_is_told_with_its_numbers_and_names(noted: str) -> None:
    assert remark_text(GERMAN, noted) == NOTED[noted]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_wording_is_found_again_and_leaves_no_english(language: str) -> None:
    """The very wording that made a note, and not one that happens to fit."""
    spoken = language_of(language)
    for wording in wordings():
        values = some(wording)
        told = remark_text(spoken, wording(**values))
        wanted = {
            name: spoken.tr(value) if name in ("why", "what") else value
            for name, value in values.items()
        }
        assert told == spoken.tr(wording.message).format(**wanted)
        assert told != wording(**values)


def test_in_english_it_stays_as_it_was_noted() -> None:
    assert all(remark_told(language_of("en-US"), noted) == (noted,) for noted in NOTED)


def test_what_the_table_does_not_know_stays_and_is_marked_as_english() -> None:
    assert remark_told(GERMAN, "HTTP 404 Not Found") == (Quote("HTTP 404 Not Found", "en"),)
    known = remark_told(SPANISH, "the image is damaged: it smells")
    assert known == ("la imagen está dañada: ", Quote("it smells", "en"))
    assert remark_told(GERMAN, "the host answered four") == (Quote("the host answered four", "en"),)


def test_a_note_that_lies_in_itself_or_never_ends_takes_no_time() -> None:
    for noted in ("it was " * 10_000, "it was " * 200, "redirected to " * 140, "a" * 1_000_000):
        assert unmarked(remark_told(GERMAN, noted)).endswith(noted[-10:])


# --- nothing is noted past it ---------------------------------------------------------------------


def test_whoever_says_why_there_is_no_file_must_have_it_from_the_table() -> None:
    """The type checker asks for a `Remark`, and only a `Wording` makes one."""
    assert get_type_hints(FetchFailure)["reason"] is Remark
    assert get_type_hints(Miss)["reason"] is Remark
    assert "Remark" in str(next(f.type for f in fields(Verdict) if f.name == "reason"))
    made = re.compile(r"\b(?:Remark|as_noted)\(")
    found = {
        path.name
        for path in (ROOT / "archiver").rglob("*.py")
        if made.search(path.read_text("utf-8"))
    }
    # Answers of a decoder process, which has them from the table.
    assert found == {"remarks.py", "decoders.py"}


def told_by_the_program() -> Iterator[str]:
    """Notes as the modules make them, without a network."""
    guard = Guard("https://api.example")
    for address in (
        "",
        "x",
        "ftp://h",
        "http://h.example/",
        "https://127.0.0.1/",
        "https://h:99999/",
    ):
        yield guard.refusal(address) or ""
    for body in (b"<html>", b"%PDF-", b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9", b"{}"):
        probe = ImageProbe()
        probe.feed(body.ljust(70, b" ") if body else b"")
        yield probe.refusal or _finished(probe).reason
    with pytest.raises(ValueError, match="not asked for") as raised:
        Decoder("br")
    yield str(raised.value)


def _finished(probe: ImageProbe) -> Verdict:
    return probe.finish(io.BytesIO())


def test_what_modules_note_is_known_to_the_table() -> None:
    for noted in told_by_the_program():
        assert noted
        told = remark_told(GERMAN, noted)
        assert not any(isinstance(part, Quote) and part.lang for part in told), noted
        assert unmarked(told) != noted


# --- where it is shown ----------------------------------------------------------------------------

LOST = "the host answered 404 (not found)"
IN_GERMAN = "der Host antwortete 404 (nicht gefunden)"


def a_lossy_record(reason: str = LOST) -> JobRecord:
    """A job with a missing photo, one whose thumbnail is missing and one with a note."""
    failed = Failure(reason, a_time(9), 404)
    second, third = a_photo(2, 2), a_photo(3, 3)
    assert second.thumbnail is not None
    (stored,) = third.image.versions
    noted = replace(stored, notes=("this machine cannot decode HEIC",))
    return a_record(
        [
            *(a_photo_message(n, n) for n in (1, 2, 3)),
            a_message(4, "x", odd=("the field “gps” is not known",), raw="{}"),
        ],
        [
            a_missing_photo(1, 1, reason),
            replace(second, thumbnail=replace(second.thumbnail, versions=(), failure=failed)),
            replace(third, image=replace(third.image, versions=(noted,))),
        ],
        odd=("“messages” is not a list",),
    )


def test_a_page_tells_it_wherever_it_stands() -> None:
    settings = SiteSettings("Ridgeway", "Europe/London", "de")
    page = job_page(a_lossy_record(), a_seal(), settings).decode()
    assert page.count(IN_GERMAN) == 4  # twice beside completeness, twice at the photo
    assert f"das Vorschaubild fehlt: {IN_GERMAN}." in page
    assert "dieser Rechner kann HEIC nicht dekodieren" in page
    assert "das Feld „gps“ ist nicht bekannt" in page
    assert "„messages“ ist keine Liste" in page
    assert "answered" not in page
    unknown = read(job_page(a_lossy_record("HTTP 404 Not Found"), a_seal(), settings))
    marked = [node for node in unknown.walk() if node.attrs.get("lang") == "en"]
    assert {node.tag for node in marked} == {"bdi"}
    assert len(marked) == 4


def test_contact_sheets_and_the_report_tell_it_too(tmp_path: Path) -> None:
    reader = reader_of("es", "Europe/London")
    record = a_lossy_record()
    plan = plan_sheets(record, Path("job").joinpath, reader)
    assert plan.cells[0].reason == "No archivada: el servidor respondió 404 (no encontrado)"
    text = of(tmp_path, record, language="de").text
    assert f"#0001: {IN_GERMAN}." in text
    assert f"Nicht archiviert {IN_GERMAN}. Seit" in text
    assert "answered" not in text
