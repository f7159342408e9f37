"""Whose archive the pages say it is: company, logo, accent colour and a line at the foot.

All of it is in `[branding]` of the archive's own `archiver.toml`; the logo lies in `branding/`, in
the archive's folder, so that an archive that is copied takes its looks along. A colour that could
not be read on our pages is refused with the nearest one that can (WCAG 2.2, success criteria 1.4.3
and 1.4.11: 4.5:1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.errors import UsageProblem
from archiver.ownsettings import OWN, own_settings

FOLDER = "branding"
"""Where a logo lies, in the archive's folder."""
LOGO_BYTES = 200_000
LOGO_TYPES = (".svg", ".png", ".jpg", ".jpeg", ".webp")
TEXT_UP_TO = 300
_LIGHT, _DARK = "#f4f5f4", "#1d2225"
"""The backgrounds of `assets/base.css` on which an accent is hardest to read."""
_CONTRAST = 4.5
_KEYS = ("company", "logo", "accent", "footer")


@dataclass(frozen=True, slots=True)
class Accent:
    """A colour on light and on dark pages, each with what is written on it and a faint tint of it.
    All as `#rrggbb`."""

    light: str
    light_ink: str
    light_tint: str
    dark: str
    dark_ink: str
    dark_tint: str

    @property
    def css(self) -> str:
        """A style sheet that puts it in the place of ours."""
        light = _tokens(self.light, self.light_ink, self.light_tint)
        dark = _tokens(self.dark, self.dark_ink, self.dark_tint)
        system = f':root:not([data-theme="light"]) {{ {dark} }}'
        return (
            "/* The company's colour, from archiver.toml. */\n"
            f":root {{ {light} }}\n"
            f"@media (prefers-color-scheme: dark) {{ {system} }}\n"
            f':root[data-theme="dark"] {{ {dark} }}\n'
        )


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture for the head of the pages; `suffix` is one of `LOGO_TYPES`."""

    body: bytes
    suffix: str

    @property
    def asset(self) -> str:
        """Its name below `assets/`."""
        return f"logo{self.suffix}"


@dataclass(frozen=True, slots=True)
class Branding:
    """What `archiver.toml` says of the looks; everything may be left out."""

    company: str = ""
    footer: str = ""
    accent: Accent | None = None
    logo: Logo | None = None

    def assets(self) -> Mapping[str, bytes]:
        """Files beside those of ours, by their names below `assets/`."""
        files = {}
        if self.accent is not None:
            files["brand.css"] = self.accent.css.encode()
        if self.logo is not None:
            files[self.logo.asset] = self.logo.body
        return files


PLAIN = Branding()


def own_branding(root: Path) -> Branding:
    """What an archive's own `archiver.toml` says of its looks.

    Raises UsageProblem, which names the file and the setting, for what cannot be used.
    """
    path = root / OWN
    said = own_settings(root).get("branding", {})
    if not isinstance(said, dict):
        raise UsageProblem(f"{path}: “branding” is a table; write [branding] above its settings.")
    try:
        return _branding(said, root / FOLDER)
    except ValueError as error:
        raise UsageProblem(f"{path}: [branding] {error}") from error


def _branding(said: Mapping[str, Any], folder: Path) -> Branding:
    for key, value in said.items():
        if key not in _KEYS:
            raise ValueError(f"“{key}” is not a setting; there are {', '.join(_KEYS)}.")
        if not isinstance(value, str) or len(value) > TEXT_UP_TO:
            raise ValueError(f"{key} must be a text of at most {TEXT_UP_TO} characters.")
    return Branding(
        company=said.get("company", "").strip(),
        footer=said.get("footer", "").strip(),
        accent=accent(said["accent"]) if "accent" in said else None,
        logo=_logo(folder, said["logo"]) if "logo" in said else None,
    )


def _logo(folder: Path, name: str) -> Logo:
    """The logo of that name in `folder`. Only there: archives are handed around, and one must not
    make pages of what lies elsewhere on the computer that builds them."""
    path = folder / name
    suffix = path.suffix.lower()
    if "/" in name or "\\" in name or name.startswith(".") or suffix not in LOGO_TYPES:
        raise ValueError(
            f"logo must be the name of a file in {FOLDER}/ that ends in "
            f"{', '.join(LOGO_TYPES)}, not “{name}”."
        )
    try:
        if path.is_symlink() or not path.is_file():
            raise ValueError(f"logo: {FOLDER}/{name} is not there; put the picture into {folder}.")
        body = path.read_bytes()
    except OSError as error:
        raise ValueError(f"logo: {path} cannot be read: {error.strerror}.") from error
    if len(body) > LOGO_BYTES:
        raise ValueError(
            f"logo: {FOLDER}/{name} has {len(body):,} bytes, more than {LOGO_BYTES:,}."
        )
    return Logo(body, suffix)


def accent(wanted: str) -> Accent:
    """A company's colour (`#rrggbb`), fit for light pages, and made fit for dark ones.

    Raises ValueError, with the nearest colour that would do, when it is too pale to be read.
    """
    from coloraide import Color  # loaded only by archives that have a colour of their own

    if not re.fullmatch("#[0-9A-Fa-f]{6}", wanted):
        raise ValueError(f"accent must be a colour like #0b5a70, not “{wanted}”.")
    colour = Color(wanted)
    if (contrast := colour.contrast(_LIGHT)) < _CONTRAST:
        raise ValueError(
            f"accent {wanted} has a contrast of {contrast:.1f}:1 to the page, and text needs "
            f"{_CONTRAST}:1; {_readable(colour, _LIGHT)} is the nearest that can be read."
        )
    light, dark = wanted.lower(), _readable(colour, _DARK)
    return Accent(
        light=light,
        light_ink=_ink_on(light),
        light_tint=_tint(light, "#fcfcfb"),
        dark=dark,
        dark_ink=_ink_on(dark),
        dark_tint=_tint(dark, "#101315"),
    )


def _readable(colour: Any, background: str) -> str:
    """The nearest colour of the same hue that can be read on a background."""
    shade = colour.convert("oklch")
    step = 0.01 if colour.new(background).luminance() < 0.2 else -0.01
    found = _hex(shade)
    while colour.new(found).contrast(background) < _CONTRAST:
        shade["lightness"] += step
        found = _hex(shade)
    return found


def _ink_on(colour: str) -> str:
    from coloraide import Color

    return max(("#ffffff", "#101315"), key=lambda ink: Color(ink).contrast(colour))


def _tint(colour: str, background: str) -> str:
    from coloraide import Color

    return _hex(Color(background).mix(colour, 0.09, space="srgb"))


def _hex(colour: Any) -> str:
    text: str = colour.convert("srgb").fit().to_string(hex=True)
    return text


def _tokens(accent_: str, ink: str, tint: str) -> str:
    return f"--accent: {accent_}; --accent-ink: {ink}; --accent-tint: {tint};"
