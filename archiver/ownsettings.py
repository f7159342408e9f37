"""Settings that a person wrote as TOML: a configuration file, and an archive's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archiver.errors import UsageProblem

OWN = "archiver.toml"
"""An archive's own settings, in its folder. Archives are handed around: what it may set is
presentation and limits (`cli.options`)."""


def read_toml(path: Path) -> Mapping[str, Any]:
    """What a file of settings says. Raises UsageProblem when it is not there or is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} is not TOML: {error}.") from error


def own_settings(root: Path) -> Mapping[str, Any]:
    """What an archive's own file says; nothing when there is none. Raises UsageProblem."""
    path = root / OWN
    return read_toml(path) if path.exists() else {}
