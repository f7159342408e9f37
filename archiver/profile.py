"""What a hand-over contains: the profiles that come with the program, and an archive's own.

A profile is a value. `[profile.NAME]` in the archive's own `archiver.toml` makes one from another
(`base`, by default `customer`); options of a command change one for a single hand-over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from archiver.errors import UsageProblem
from archiver.models import NameRule
from archiver.ownsettings import OWN, own_settings

Metadata = Literal["keep", "facts", "none"]
"""What is kept of a photo's metadata: all of it, byte for byte; orientation, colours, time and
camera; or only what it needs to be shown."""
SMALLEST_EDGE = 200
"""Pixels below which a photo shows nothing."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a hand-over contains.

    `whole` is the untouched bag, and nothing below it then matters. `chat` are the words of chat,
    `history` removed messages and photos, earlier wordings, former pictures and the record's
    history. `aliases` say what stands for a name, by the name. `location` keeps the places in
    photos. Photos are those sent from `since` to `until`, days in the archive's time zone, but for
    `without_photos`; messages all but `without_messages`, by their numbers. `largest_edge` is in
    pixels. A `whole` one with `proof` brings along what proves its seal.
    """

    name: str
    whole: bool = False
    proof: bool = False
    chat: bool = False
    history: bool = False
    title: bool = True
    names: NameRule = "show"
    aliases: Mapping[str, str] = field(default_factory=dict)
    metadata: Metadata = "facts"
    location: bool = False
    largest_edge: int | None = None
    since: date | None = None
    until: date | None = None
    without_photos: frozenset[int] = frozenset()
    without_messages: frozenset[int] = frozenset()

    def redacting(self, **changes: Any) -> Profile:
        """This profile with some of its rules changed. A whole bag of which something is left out
        is no longer the bag: what is then made is a copy that keeps all else it may."""
        if not self.whole:
            return replace(self, **changes)
        kept: dict[str, Any] = {"chat": True, "history": True, "metadata": "keep", "location": True}
        return replace(self, whole=False, proof=False, **(kept | changes))

    def canonical(self) -> bytes:
        """The profile as bytes: equal profiles, equal bytes."""
        plain = asdict(self) | {
            "aliases": sorted(self.aliases.items()),
            "since": str(self.since),
            "until": str(self.until),
            "without_photos": sorted(self.without_photos),
            "without_messages": sorted(self.without_messages),
        }
        return json.dumps(plain, sort_keys=True).encode("ascii")


FULL = Profile("full", whole=True)
CUSTOMER = Profile("customer")
PUBLIC = Profile("public", names="hide", metadata="none", largest_edge=2048)
AUDITOR = Profile("auditor", whole=True, proof=True)
BUILT_IN: Mapping[str, Profile] = {one.name: one for one in (CUSTOMER, FULL, PUBLIC, AUDITOR)}


def profiles(archive: Path) -> dict[str, Profile]:
    """All profiles of an archive by name: ours, and those of its `archiver.toml`.

    Raises UsageProblem, which names the file, the profile and the setting, for what cannot be
    understood.
    """
    found = dict(BUILT_IN)
    said = own_settings(archive).get("profile", {})
    if not isinstance(said, dict):
        raise UsageProblem(f"{archive / OWN}: write [profile.NAME] above a profile's settings.")
    for name, settings in said.items():
        try:
            found[name] = _own(name, settings, found)
        except ValueError as error:
            raise UsageProblem(f"{archive / OWN}: [profile.{name}] {error}") from error
    return found


def profile_named(archive: Path, name: str) -> Profile:
    """One profile. Raises UsageProblem when there is none of that name, with those there are."""
    known = profiles(archive)
    if name not in known:
        raise UsageProblem(
            f"There is no profile “{name}”.",
            f"There are {', '.join(known)}; {OWN} may have more as [profile.NAME].",
        )
    return known[name]


# --- an archive's own -----------------------------------------------------------------------------


def _own(name: str, said: Any, known: Mapping[str, Profile]) -> Profile:
    if name in BUILT_IN:
        raise ValueError("is a name of ours; give another, and say base = " + f'"{name}".')
    if not isinstance(said, dict):
        raise ValueError("is no table.")
    base = said.get("base", CUSTOMER.name)
    if base not in known:
        raise ValueError(f"base: there is no profile “{base}” above it.")
    changes: dict[str, Any] = {}
    for key, value in said.items():
        if key == "base":
            continue
        if key not in _SETTINGS:
            raise ValueError(f"“{key}” is not a setting; there are base, {', '.join(_SETTINGS)}.")
        wanted, read = _SETTINGS[key]
        changes[wanted] = read(key, value)
    if changes.get("aliases") and "names" not in changes:
        changes["names"] = "replace"
    made = known[base]
    return replace(made.redacting(**changes) if changes else made, name=name)


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{key} is true or false, not {value!r}.")
    return value


def _choice(*offered: str) -> Callable[[str, Any], str]:
    def read(key: str, value: Any) -> str:
        if value not in offered:
            raise ValueError(f"{key} is one of {', '.join(offered)}, not {value!r}.")
        return str(value)

    return read


def _numbers(key: str, value: Any) -> frozenset[int]:
    whole = isinstance(value, list) and all(type(one) is int and one > 0 for one in value)
    if not whole:
        raise ValueError(f"{key} is a list of exhibit or message numbers like [3, 7].")
    return frozenset(value)


def _day(key: str, value: Any) -> date:
    if type(value) is not date:
        raise ValueError(f"{key} is a day like 2026-01-31, without quotes.")
    return value


def edge(key: str, value: Any) -> int:
    """A largest edge in pixels. Raises ValueError."""
    if type(value) is not int or value < SMALLEST_EDGE:
        raise ValueError(f"{key} is a number of pixels from {SMALLEST_EDGE} on, not {value!r}.")
    return value


def _aliases(key: str, value: Any) -> Mapping[str, str]:
    texts = isinstance(value, dict) and all(isinstance(one, str) and one for one in value.values())
    if not texts:
        raise ValueError(f'{key} is a table like {{ "Maria Lopez" = "Technician 1" }}.')
    return dict(value)


_Read = Callable[[str, Any], Any]
_SETTINGS: Mapping[str, tuple[str, _Read]] = {
    "chat": ("chat", _flag),
    "history": ("history", _flag),
    "title": ("title", _flag),
    "names": ("names", _choice("show", "replace", "hide")),
    "aliases": ("aliases", _aliases),
    "metadata": ("metadata", _choice("keep", "facts", "none")),
    "location": ("location", _flag),
    "largest-edge": ("largest_edge", edge),
    "since": ("since", _day),
    "until": ("until", _day),
    "without-photos": ("without_photos", _numbers),
    "without-messages": ("without_messages", _numbers),
}


def check_numbers(profile: Profile, photos: Collection[int], messages: Collection[int]) -> None:
    """Raises UsageProblem when a profile leaves out an exhibit or message that there is none of:
    a slip there would hand on what was meant to stay."""
    for what, wanted, there in (
        ("exhibit", profile.without_photos, photos),
        ("message", profile.without_messages, messages),
    ):
        if missing := sorted(set(wanted) - set(there)):
            raise UsageProblem(
                f"The job has no {what} {', '.join(map(str, missing))} to leave out.",
                "The page shows each exhibit's number; a message's is in its address (#m0012).",
            )
