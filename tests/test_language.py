"""The languages of pages: whole catalogues, no word past them, numbers and days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from gettext import NullTranslations
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message

import archiver.language
import archiver.templating
from archiver.cli import run
from archiver.language import LANGUAGES, is_spoken, language_of
from archiver.ledgercheck import entries_of
from archiver.pagewords import Quote, filled, numbers, photo_link
from archiver.reader import reader_of
from archiver.sheetplan import plan_sheets, sheet_key
from archiver.site import INDEX_ASSETS, JOB_SCRIPTS, SiteSettings
from archiver.templating import asset, script_texts
from tests.factories import a_job, a_name
from tests.htmlread import Node, read
from tests.make_words import ROOT, catalogue, files, messages
from tests.pipeline import a_workspace, synced
from tests.test_site import ODD, SUMMARIES, every_page

OTHERS = LANGUAGES[1:]
MESSAGES = [message for message in messages() if message.id]


def sides(message: Message) -> list[str]:
    """The message, or both forms of one that is counted."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def said(message: Message) -> list[str]:
    """Its translation, in as many forms."""
    words = message.string or ""
    return [words] if isinstance(words, str) else list(words)


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


# --- catalogues -----------------------------------------------------------------------------------


def test_the_catalogues_are_as_the_sources_have_them() -> None:
    """A message that came, went or was worded otherwise: `make words`."""
    stale = [str(path.relative_to(ROOT)) for path, body in files() if path.read_bytes() != body]
    assert stale == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_the_same_placeholders(language: str) -> None:
    words = catalogue(language)
    for message in MESSAGES:
        found = words.get(message.id)
        assert found is not None, message.id
        assert not found.fuzzy
        assert len(said(found)) == len(sides(message))
        for original, translated in zip(sides(message), said(found), strict=True):
            assert translated, original
            assert holes(translated) == holes(original), original
            # A piece of a sentence keeps the space at its ends, and a script's keeps its quotes.
            assert translated[0].isspace() == original[0].isspace(), original
            assert translated[-1].isspace() == original[-1].isspace(), original
            assert not set('<>"') & set(translated), original


def test_what_goes_into_a_style_sheet_cannot_leave_its_quotes() -> None:
    for language in OTHERS:
        for text in ("Show", "Hide", "Exhibit", "Page {page} of {pages}", "Job {job}, seal"):
            assert not set('"\\\n') & set(language_of(language).tr(text))


# --- no word past the catalogues ------------------------------------------------------------------


class Marked(NullTranslations):
    """A language whose words are ours in brackets: what is on a page without them was never
    asked for in a catalogue."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteSettings]:
    """Settings whose language is the marked one."""
    caches: tuple[Callable[[], None], ...] = (
        language_of.cache_clear,
        reader_of.cache_clear,
        archiver.templating.template.cache_clear,
        archiver.templating._environment.cache_clear,
        script_texts.cache_clear,
    )
    monkeypatch.setattr(archiver.language, "translation", lambda *_: Marked())
    for clear in caches:
        clear()
    yield SiteSettings("Ridgeway Plumbing & Heating", "Europe/London", "de")
    for clear in caches:
        clear()


def told(page: Node) -> Iterator[str]:
    """Every text of a page that a person reads or hears, a sentence in one piece."""
    for node in page.walk():
        yield from (node.attrs[name] for name in SPOKEN if name in node.attrs)
    yield " ".join(pieces(page))


def pieces(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif child.tag not in ("style", "script"):
            yield from pieces(child)


SPOKEN = ("alt", "title", "aria-label", "placeholder", "label")
TERMS = {"SHA", "UTC", "JSON", "PDF", "kB", "MB", "jpeg", "jpg", "txt", "pdf", "sha256sum"}
TERMS |= {"HEIC", "TIFF", "JPEG", "Europe", "London", "BST", "GMT", "html", "Esc", "Enter"}


def words_of(text: str) -> set[str]:
    """Words, without numbers, hashes, initials and the like."""
    found = re.findall(r"[A-Za-z0-9]{2,}", text)
    return {word for word in found if word.isalpha() and not word.isupper()}


def test_no_word_on_any_page_is_past_the_catalogue(marked: SiteSettings) -> None:
    """What stands outside the brackets came with the record, or is a name or a sign."""
    data = words_of(repr((ODD, SUMMARIES, marked))) | TERMS
    data |= set(language_of("de").months + language_of("de").months_short)
    data |= words_of(" ".join([*language_of("de").days, *language_of("de").days_short]))
    data |= words_of(a_name(9)) | {"tagmanifest", "manifest", "contact", "sheet", "data", "jobs"}
    data |= {"Boiler", "ledger", "images", "sha"}  # of files and folders
    for path, body in every_page(marked).items():
        for text in told(read(body)):
            left = text
            while (inner := re.sub(r"⟦[^⟦⟧]*⟧", " ", left)) != left:
                left = inner
            assert words_of(left) <= data, f"{path}: {words_of(left) - data}"
            assert "⟦" not in left


SAID_BY_SCRIPTS = re.compile(r"(?:textContent|label|title|Title|alt) ?[=:] ?'[A-Za-z]")


def test_scripts_say_nothing_past_the_catalogue() -> None:
    """A text that is put into the page is asked for with `tr` or `trn`."""
    for name in {*JOB_SCRIPTS, *INDEX_ASSETS}:
        if name.endswith(".js") and "vendor" not in name:
            source = asset(name).decode()
            assert not SAID_BY_SCRIPTS.findall(source), name
            assert not re.findall(r"el\('\w+', '[^']*', '[A-Za-z]", source), name
            assert not re.findall(r"\bsay\('", source), name


@pytest.mark.parametrize("language", OTHERS)
def test_a_page_brings_along_what_its_scripts_say(language: str) -> None:
    """Each message of the scripts with its translation, and only where that is not English."""
    texts = json.loads(script_texts(JOB_SCRIPTS, language))["texts"]
    assert texts["Copy failed"] == language_of(language).tr("Copy failed")
    one, many = texts["{n} problem: {list}"]
    assert one != many
    asked = {m.group(1) for m in re.finditer(r"\btr\('([^']+)'", asset("job.js").decode())}
    assert asked
    assert asked <= set(texts)
    assert script_texts(JOB_SCRIPTS, "en-GB") == ""


def test_what_a_page_brings_along_ends_no_script(monkeypatch: pytest.MonkeyPatch) -> None:
    script_texts.cache_clear()
    monkeypatch.setattr(archiver.templating, "asset", lambda *_: b"tr('</script><b>')")
    assert "<" not in script_texts(("x.js",), "de")
    script_texts.cache_clear()


# --- numbers and days -----------------------------------------------------------------------------

NOON = datetime(2025, 3, 5, 12, 4, tzinfo=UTC)


TOLD = {
    "en-GB": "Wed 5 Mar 2025, 12:04 GMT|Wednesday 5 March 2025|March 2025|1,234,567|2.4 MB"
    "|27 photos",
    "de": "Mi., 5. März 2025, 12:04 GMT|Mittwoch, 5. März 2025|März 2025|1.234.567|2,4 MB|27 Fotos",
    "es": "mié, 5 mar 2025, 12:04 GMT|miércoles, 5 de marzo de 2025|marzo de 2025|1.234.567|2,4 MB"
    "|27 fotos",
}


@pytest.mark.parametrize("tag", TOLD)
def test_numbers_and_days_are_told_as_the_language_does(tag: str) -> None:
    reader = reader_of(tag, "Europe/London")
    when = reader.when_full(NOON)
    assert when.utc == "2025-03-05 12:04:00 UTC"
    assert TOLD[tag].split("|") == [
        when.text,
        reader.long_day(date(2025, 3, 5)),
        reader.month(date(2025, 3, 1)),
        reader.language.number(1234567),
        reader.language.file_size(2_400_000),
        reader.counted(27, "{n} photo", "{n} photos"),
    ]
    assert reader.counted(1, "{n} photo", "{n} photos").startswith("1 ")


def test_a_country_has_its_own_months_where_they_differ() -> None:
    assert language_of("de-AT").months[0] == "Jänner"
    assert language_of("de-XX").months[0] == "Januar"
    assert language_of("en-US").months_short[8] == language_of("en-GB").months_short[8] == "Sep"


@pytest.mark.parametrize("tag", ["fr", "deutsch", "de_DE", "", "de'><script>", "e"])
def test_what_is_none_of_the_languages_is_english(tag: str) -> None:
    assert not is_spoken(tag)
    assert language_of(tag).tag == "en-GB"


def test_a_sentence_takes_its_parts_wherever_the_language_puts_them() -> None:
    parts = filled("{now} statt {was}.", was=Quote("a {now}"), now=["b", ", ", "c"])
    assert parts == ("b", ", ", "c", " statt ", Quote("a {now}"), ".")
    run_of = numbers(reader_of("de", "UTC"), [3, 4, 5], photo_link)
    assert run_of == [photo_link(3), " bis ", photo_link(5)]


# --- through the program --------------------------------------------------------------------------


def test_a_language_is_kept_and_stands_in_the_ledger(tmp_path: Path) -> None:
    """`build --language` makes all pages anew, and later runs keep to it."""
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=2, photos=1))
    seals = {path: path.read_bytes() for path in root.glob("jobs/*/*/tagmanifest-sha256.txt")}
    assert run(["build", str(root), "--language", "de", "-q"]) == 0
    pages = [*root.glob("jobs/*/*/index.html"), root / "index.html", root / "browse.html"]
    assert all(b'<html lang="de">' in page.read_bytes() for page in pages)
    assert "Versiegelt am" in pages[0].read_text()
    assert [
        e.fields["language"] for e, _ in entries_of(root / "ledger") if e.event == "settings"
    ] == ["de"]
    assert {path: path.read_bytes() for path in seals} == seals
    before = pages[0].read_bytes()
    assert run(["build", str(root), "-q"]) == 0
    assert pages[0].read_bytes() == before
    assert run(["verify", str(root), "-q"]) == 0


def test_a_language_there_is_none_of_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "a"
    synced(root, a_workspace(jobs=1, photos=0))
    assert run(["build", str(root), "--language", "fr"]) == 2
    assert "“fr” is none of the languages of pages: en, de, es" in capsys.readouterr().err


def test_contact_sheets_speak_it_too_and_are_made_anew() -> None:
    plans = [
        plan_sheets(a_job(photos=3), Path("job").joinpath, reader_of(tag, "Europe/London"))
        for tag in ("en-GB", "en-US", "de")
    ]
    keys = [sheet_key(plan) for plan in plans]
    assert keys[0] == keys[1] != keys[2]
    assert "Okt." in plans[2].dates
