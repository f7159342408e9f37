"""The languages that pages and contact sheets speak: their words, numbers and names of days.

The program's own words are English messages in the code; each other language is a GNU gettext
catalogue below `locale/` (docs/translating.md). Placeholders stand in braces, as in `str.format`.
Names of months and days and the marks in numbers are Unicode's (CLDR), through Babel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import TypeVar

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

LANGUAGES = ("en", "de", "es")
"""Primary subtags (RFC 5646) of the languages there are, the one of the code first."""
ENGLISH = "en-GB"
LOCALE = Path(__file__).with_name("locale")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z")
_Text = TypeVar("_Text", bound=str)


def N_(message: _Text) -> _Text:
    """Marks a constant as a message, to be translated where it is used."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:
    """Marks constants as a message that is counted."""
    return one, many


def is_spoken(tag: str) -> bool:
    """Whether pages can be made in the language of a BCP 47 tag, of whatever country."""
    return bool(_TAG.match(tag)) and tag.partition("-")[0].lower() in LANGUAGES


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language: `tag` is its BCP 47 tag; names of months begin with January, of days with
    Monday; `decimal` and `group` are the marks in numbers."""

    tag: str
    locale: Locale
    catalogue: NullTranslations
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    days: tuple[str, ...]
    days_short: tuple[str, ...]
    decimal: str
    group: str
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_english(self) -> bool:
        """Whether it is the language of the code, of whatever country."""
        return self.tag.partition("-")[0].lower() == LANGUAGES[0]

    def tr(self, message: str, /, **values: object) -> str:
        """The message in this language, with `values` in the place of its placeholders."""
        said = self._known.get(message)
        if said is None:
            said = self._known[message] = self.catalogue.gettext(message)
        return said.format(**values) if values else said

    def counted(self, number: int, one: str, many: str, /, **values: object) -> str:
        """One of two messages, by the number, which stands for `{n}`: `1 photo`, `27 photos`."""
        said = self.catalogue.ngettext(one, many, number)
        return said.format(n=self.number(number), **values)

    def number(self, number: int) -> str:
        """`9,572`, with the language's marks between thousands."""
        return str(number) if -1000 < number < 1000 else _grouped(number, self.locale)

    def joined(self, parts: list[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return self.tr("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])

    def file_size(self, size: int) -> str:
        """`11 kB`, `2.4 MB`: decimal, as file managers show it. `size` is in bytes."""
        if size < 1000:
            return f"{size} B"
        if size < 999_500:
            return f"{round(size / 1000)} kB"
        value, unit = (size / 1e6, "MB") if size < 999_950_000 else (size / 1e9, "GB")
        return f"{value:.1f} {unit}".replace(".", self.decimal)


@lru_cache(4096)
def _grouped(number: int, locale: Locale) -> str:
    return format_decimal(number, locale=locale)


@cache
def language_of(wanted: str) -> Language:
    """The language of a BCP 47 tag; English where pages cannot be made in it (`is_spoken`)."""
    tag = wanted if is_spoken(wanted) else ENGLISH
    primary = tag.partition("-")[0].lower()
    locale = _locale(tag, primary)
    symbols = locale.number_symbols["latn"]
    months, days = locale.months["format"], locale.days["format"]
    return Language(
        tag=tag,
        locale=locale,
        catalogue=NullTranslations()
        if primary == LANGUAGES[0]
        else translation("archiver", LOCALE, [primary]),
        months=tuple(months["wide"][n] for n in range(1, 13)),
        months_short=tuple(months["abbreviated"][n] for n in range(1, 13)),
        days=tuple(days["wide"][n] for n in range(7)),
        days_short=tuple(days["abbreviated"][n] for n in range(7)),
        decimal=symbols["decimal"],
        group=symbols["group"],
    )


def _locale(tag: str, primary: str) -> Locale:
    """The country's own names and marks where Unicode has them. English has one way for all: its
    pages name months by three letters everywhere."""
    if primary == LANGUAGES[0]:
        return Locale(primary)
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(primary)
