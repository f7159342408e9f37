"""Writes the catalogues of words: all that is to be translated, and each language's files.

    python -m tests.make_words

`archiver/locale/archiver.pot` has every message of pages and contact sheets, `…/archiver.po` of a
language its translations, which are kept, `…/archiver.mo` what the program reads. The same sources
give the same bytes. `tests/test_language.py` fails when a file is not as this would write it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from archiver.language import LANGUAGES, LOCALE

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "archiver.pot"
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "tr": None,
    "N_": None,
    "NN_": (1, 2),
    "trn": (1, 2),
    "told": (2,),
    "counted": (2, 3),
    "Wording": None,
}
_EXTRACTED = {
    "archiver": [("cli/**", "ignore"), ("localapi/**", "ignore"), ("**.py", "python")],
    "templates": [
        ("assets/vendor/**", "ignore"),
        ("assets/*.js", "javascript"),
        ("*.html", "jinja2.ext:babel_extract"),
    ],
}
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands for the time of making, so that the files change with the words alone."""


_HEAD = "# Words of pages and contact sheets (docs/translating.md)."


def messages() -> Catalog:
    """Every message there is, with the files that have it."""
    catalog = Catalog(
        project="workphotos-archiver",
        version="1",
        creation_date=_NEVER,
        revision_date=_NEVER,
        fuzzy=False,
    )
    catalog.header_comment = _HEAD
    for folder, methods in _EXTRACTED.items():
        options = {"*.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
        for name, _, message, comments, context in extract_from_dir(
            ROOT / folder, methods, options, keywords=KEYWORDS
        ):
            where = (f"{folder}/{name}", 0)
            catalog.add(message, None, [where], auto_comments=comments, context=context)
    return catalog


def language_file(language: str, suffix: str = "po") -> Path:
    """Where a language's words lie."""
    return LOCALE / language / "LC_MESSAGES" / f"archiver.{suffix}"


def catalogue(language: str) -> Catalog:
    """The words of a language as they are in its file."""
    with language_file(language).open("rb") as file:
        return read_po(file, locale=language)


def files() -> Iterator[tuple[Path, bytes]]:
    """Each file with what should be in it."""
    wanted = messages()
    yield LOCALE / TEMPLATE, _po_bytes(wanted)
    for language in LANGUAGES[1:]:
        words = catalogue(language)
        words.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
        words.obsolete.clear()
        words.header_comment, words.fuzzy = _HEAD, False
        words.project, words.version = wanted.project, wanted.version
        words.creation_date = words.revision_date = _NEVER
        yield language_file(language), _po_bytes(words)
        compiled = io.BytesIO()
        write_mo(compiled, words)
        yield language_file(language, "mo"), compiled.getvalue()


def _po_bytes(words: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, words, width=100, sort_output=True, include_lineno=False, omit_header=False)
    # What is of no use here, or would change with the tool.
    return re.sub(
        rb'"(Report-Msgid|Last-Tr|Language-Team|Generated-By)[^\n]*\n', b"", out.getvalue()
    )


def main() -> None:
    """Write what is otherwise."""
    for path, body in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != body:
            path.write_bytes(body)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
