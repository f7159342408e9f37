"""Options that several commands share, where their values may come from, and the key.

A value comes from the command line, else the environment, else the archive's own `archiver.toml`
(presentation and limits only), else the user's configuration, else its default.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from archiver.cli.console import Console
from archiver.errors import UsageProblem
from archiver.ownsettings import OWN, read_toml

F = TypeVar("F", bound=Callable[..., Any])

PRESENTATION = frozenset(
    {
        "branding",
        "far-from-upload",
        "language",
        "max-image-size",
        "min-free",
        "profile",
        "retention",
        "sheet-dpi",
        "sheet-layout",
        "sheet-orientation",
        "sheet-paper",
        "volatile-query",
    }
)
"""What an archive's own `archiver.toml` may set: archives are copied and handed around, so
nothing there may run a command, name a file outside, or choose where the key goes."""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class Size(click.ParamType[int]):
    """A size in bytes, such as `200MB`, `1.5 GB`, `64MiB` or `1000`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Bytes. Fails with a usage error."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", str(value), re.IGNORECASE)
        if found is None:
            self.fail(f"“{value}” is not a size; write it like 200MB or 1GB.", param, ctx)
        unit = _UNITS[found[2].lower()]
        if found[3]:
            unit = 1024 ** ("kmgt".index(found[2].lower()) + 1) if found[2] else 1
        return int(float(found[1]) * unit)


_LONGEST = timedelta(days=365_000)
"""A thousand years: so long before now there is still a calendar."""


class Span(click.ParamType[int]):
    """A time to keep things, such as `6y`, `18m` or `90d`, in days (a year has 365, a month 30)."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Days. Fails with a usage error."""
        # A number alone is what was read before, or days in a configuration file.
        text = f"{value}d" if isinstance(value, int) else str(value)
        found = re.fullmatch(r"\s*(\d{1,9})\s*([dmy])\s*", text, re.IGNORECASE)
        if found is None:
            self.fail(f"“{value}” is not a time; write it like 6y, 18m or 90d.", param, ctx)
        days = int(found[1]) * {"d": 1, "m": 30, "y": 365}[found[2].lower()]
        if days > _LONGEST.days:
            self.fail(f"“{value}” is too long.", param, ctx)
        return days


class Day(click.ParamType[datetime]):
    """A date (`2025-10-22`) or an instant with a zone, as an aware time."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant; a bare date is its beginning in UTC. Fails with a usage error."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"“{value}” is not a date; write it like 2025-10-22.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Duration(click.ParamType[timedelta]):
    """A length of time, such as `2h`, `30d`, `1h30m`; units are s, m, h, d, w."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The duration. Fails with a usage error."""
        if isinstance(value, timedelta):
            return value
        text = re.sub(r"\s", "", str(value)).lower()
        if not re.fullmatch(r"(\d+(\.\d+)?[smhdw])+", text):
            self.fail(f"“{value}” is not a length of time; write it like 2h or 30d.", param, ctx)
        parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", text)
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
        if seconds > _LONGEST.total_seconds():
            self.fail(f"“{value}” is too long.", param, ctx)
        return timedelta(seconds=seconds)


class LanguageTag(click.ParamType[str]):
    """A language that pages can be made in, as a BCP 47 tag such as `de` or `en-GB`."""

    name = "tag"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The tag. Fails with a usage error that names the languages there are."""
        from archiver.language import LANGUAGES, is_spoken

        if not is_spoken(str(value)):
            known = ", ".join(LANGUAGES)
            self.fail(f"“{value}” is none of the languages of pages: {known}.", param, ctx)
        return str(value)


class Share(click.ParamType[float]):
    """A part of a whole, such as `5%` or `0.5 %`, as a number from 0 to 1."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The share. Fails with a usage error."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", str(value))
        if found is None or not 0 < float(found[1]) <= 100:
            self.fail(f"“{value}” is not a share; write it like 5%.", param, ctx)
        return float(found[1]) / 100


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option that can also be set as `ARCHIVER_<NAME>` in the environment."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    own = "ARCHIVER_" + long.lstrip("-").upper().replace("-", "_")
    also = settings.pop("also", ())
    return click.option(*names, envvar=[*also, own], show_envvar=bool(also), **settings)


def language_option(command: F) -> F:
    """The language of pages, for commands that make them all."""
    words = "Make pages in this language from now on: en, de, es."
    return option("--language", type=LanguageTag(), help=words)(command)


def templates_option(command: F) -> F:
    """The folder of templates that overrides ours, for commands that make pages."""
    folder = click.Path(path_type=Path, file_okay=False, resolve_path=True)
    words = "Make pages with the templates and assets in DIR where it has them."
    return option("--templates", type=folder, metavar="DIR", help=words)(command)


def common(command: F) -> F:
    """The options every command has."""

    @option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
    @option("-v", "--verbose", is_flag=True, help="Say more.")
    @option("-q", "--quiet", is_flag=True, help="Say nothing when all is well.")
    @option("--no-input", is_flag=True, help="Never ask; fail instead.")
    @option("--debug", is_flag=True, help="Show tracebacks and a log.", hidden=True)
    @click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        is_eager=True,
        expose_value=False,
        callback=_read_config,
        envvar="ARCHIVER_CONFIG",
        help="Defaults for any option, as TOML.",
    )
    @functools.wraps(command)
    def wrapped(
        as_json: bool,
        verbose: bool,
        quiet: bool,
        no_input: bool,
        debug: bool,
        **rest: Any,
    ) -> Any:
        console = Console(as_json, quiet, verbose, debug, no_input)
        _start_log(console)
        return command(console=console, **rest)

    return wrapped  # type: ignore[return-value]


def _start_log(console: Console) -> None:
    """With `--debug`, the program's own log on stderr, the key scrubbed."""
    if not console.debug:
        return
    import logging

    from archiver.cli.console import scrubbed

    class Scrubbing(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return scrubbed(super().format(record))

    handler = logging.StreamHandler(console.err)
    handler.setFormatter(Scrubbing("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("archiver")
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)


# --- configuration ----------------------------------------------------------------------------


def user_config() -> Path:
    """Where a person's own defaults lie."""
    import platformdirs

    return platformdirs.user_config_path("workphotos-archiver", appauthor=False) / "config.toml"


def _read_config(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    """Fill the command's defaults from `--config`, else from the user's own file."""
    del param
    path = value or user_config()
    if value is None and not path.is_file():
        return
    settings = read_toml(path)
    defaults: dict[str, Any] = {}
    for table, everywhere in _tables(path, settings, ctx):
        plain = {key: one for key, one in table.items() if not isinstance(one, dict)}
        _check_keys(path, plain, everywhere=everywhere, ctx=ctx)
        defaults |= _as_defaults(plain, ctx)
    # What the archive's own file has already said is nearer to the matter.
    ctx.default_map = {**defaults, **(ctx.default_map or {})}


def _tables(
    path: Path, settings: Mapping[str, Any], ctx: click.Context
) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """The tables that concern a command, the general one first: `[jobs]`, then `[jobs.list]`.

    Raises UsageProblem for a table that is no command's.
    """
    from archiver.cli import COMMANDS

    for name, one in settings.items():
        if isinstance(one, dict) and name not in COMMANDS:
            raise UsageProblem(
                f"{path}: [{name}] is not a command.{_suggestion(name, set(COMMANDS))}"
            )
    yield settings, True
    table: Any = settings
    for name in ctx.command_path.split()[1:]:
        table = table.get(name)
        if not isinstance(table, dict):
            return
        yield table, False


def archive_argument(*, optional: str | None = None) -> Callable[[F], F]:
    """The ARCHIVE argument, whose own `archiver.toml` gives defaults; `optional` is its default."""
    # To click, a default of None is a value like any other: an ARCHIVE not given would be None.
    default: dict[str, Any] = {} if optional is None else {"default": optional}
    return click.argument(
        "archive",
        type=click.Path(path_type=Path, file_okay=False),
        required=optional is None,
        **default,
        is_eager=True,
        callback=_read_archive_config,
        shell_complete=None,
    )


def _read_archive_config(ctx: click.Context, param: click.Parameter, value: Path) -> Path:
    """Take defaults from the archive's own `archiver.toml`.

    Raises UsageProblem for a setting that does not belong there.
    """
    del param
    path = value / OWN
    if value.name and path.is_file():
        settings = read_toml(path)
        for key in settings:
            _check_archive_key(path, key)
        plain = {key: one for key, one in settings.items() if not isinstance(one, dict)}
        ctx.default_map = {**(ctx.default_map or {}), **_as_defaults(plain, ctx)}
    return value


def _check_archive_key(path: Path, key: str) -> None:
    if key in PRESENTATION:
        return
    if key in _all_options() or key in ("templates", "hooks"):
        raise UsageProblem(
            f"{path} sets “{key}”, which an archive may not: archives are handed around.",
            f"Put it into {user_config()}, the environment or the command line.",
        )
    raise UsageProblem(f"{path}: “{key}” is not a setting.{_suggestion(key, PRESENTATION)}")


def _long(param: click.Parameter) -> str:
    return next((o.lstrip("-") for o in param.opts if o.startswith("--")), param.name or "")


def _as_defaults(plain: Mapping[str, Any], ctx: click.Context) -> dict[str, Any]:
    names = {_long(param): param.name for param in ctx.command.params}
    return {str(names[key]): value for key, value in plain.items() if key in names}


def _check_keys(
    path: Path, plain: Mapping[str, Any], *, everywhere: bool, ctx: click.Context
) -> None:
    known = _all_options() if everywhere else {_long(param) for param in ctx.command.params}
    for key in plain:
        if key not in known:
            raise UsageProblem(f"{path}: “{key}” is not a setting.{_suggestion(key, known)}")


def _suggestion(key: str, known: frozenset[str] | set[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f" Did you mean “{near[0]}”?" if near else ""


@functools.cache
def _all_options() -> frozenset[str]:
    """Every option of every command, by its long name."""
    from archiver.cli import COMMANDS, cli

    context = click.Context(cli)
    found: set[str] = set()
    waiting = [cli.get_command(context, name) for name in COMMANDS]
    while waiting:
        command = waiting.pop()
        if isinstance(command, click.Group):
            waiting.extend(command.commands.values())
        if command is not None:
            found |= {_long(param) for param in command.params if isinstance(param, click.Option)}
    return frozenset(found - {"help", "config", "json"})
