"""Makes `docs/cli-reference.md` from the very definitions that `--help` shows.

    python -m tests.make_reference

`tests/test_docs.py` fails when the file is not what this makes.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from archiver.cli import COMMANDS, cli

REFERENCE = Path(__file__).parent.parent / "docs/cli-reference.md"
EVERYWHERE = ("json", "verbose", "quiet", "no-input", "config", "debug", "help")
_HEAD = """\
# Command line

<!-- Made by `make docs` from the program itself; do not edit. -->

```
archiver [--version] [-h] COMMAND [OPTIONS] [ARGUMENTS]
```

A value comes from the command line, else the environment, else the archive's own `archiver.toml`
(presentation and limits only), else the user's configuration, else its default. In configuration
files an option is called by its long name without the dashes; a table named after a command
(`[sync]`) holds for that command alone. In the environment, several values of a repeatable option
are separated by spaces. How to set things up: [how-to guides](how-to.md).

## Exit codes

| code | meaning |
|---|---|
| 0 | all is well; for `sync`: the list was complete and everything in it is archived |
| 1 | could not run: network down, not an archive, another workspace's archive, internal error |
| 2 | wrong usage |
| 3 | ran to the end, but something is missing or invalid; each is named |
| 4 | the key or the workspace was refused |
| 5 | another run holds the archive |
| 6 | the disk is full, or would be |
| 130 | stopped by Ctrl-C (143: by SIGTERM); what was done until then is kept |

A code not listed here means failure.

## JSON

With `--json`, a command prints one JSON object on stdout, on one line, and nothing else; progress
and messages go to stderr. It has a `schema_version` (1). A command that could not run prints
`{"schema_version": 1, "error": {"code", "message", "hint"}}`. `sync` and `demo` print at least
`jobs_listed`, `jobs_new`, `jobs_updated`, `jobs_unchanged`, `jobs_vanished`, `jobs_failed`,
`images_downloaded`, `images_deduplicated`, `images_failed`, `bytes_downloaded` and
`failures: [{"job_id", "reason", "url"?}]`, where listed = new + updated + unchanged + failed.
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its name as typed."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for inner, one in command.commands.items():
                yield f"{name} {inner}", one
        else:
            yield name, command


def _top() -> click.Context:
    return click.Context(cli, help_option_names=cli.context_settings["help_option_names"])


def options(command: click.Command) -> list[click.Option]:
    """A command's options, `--help` included."""
    context = click.Context(command, parent=_top())
    return [one for one in command.get_params(context) if isinstance(one, click.Option)]


def long_name(option: click.Option) -> str:
    """An option's long name without dashes."""
    return max(option.opts, key=len).lstrip("-")


def reference() -> str:
    """The whole page."""
    parts = [_HEAD, "## Options of every command\n", _table(_everywhere())]
    for name, command in commands():
        own = [one for one in options(command) if long_name(one) not in EVERYWHERE]
        parts += [f"## archiver {name}\n", _usage(name, command), _words(command)]
        if own:
            parts.append(_table(own))
    return "\n".join(parts)


def _everywhere() -> list[click.Option]:
    _, any_command = next(commands())
    return [one for one in options(any_command) if long_name(one) in EVERYWHERE]


def _usage(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"archiver {name}")
    return f"```\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```\n"


def _words(command: click.Command) -> str:
    """The help text, one paragraph a line."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs) + "\n"


def _table(rows: Iterable[click.Option]) -> str:
    lines = ["| option | what it does | default | environment |", "|---|---|---|---|"]
    lines += [_row(option) for option in rows]
    return "\n".join(lines) + "\n"


def _row(option: click.Option) -> str:
    context = click.Context(click.Command("any"))
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    value = " N" if isinstance(option.type, click.IntRange) and not option.metavar else value
    names = ", ".join(f"`{one}`" for one in sorted(option.opts, key=len)[:-1])
    longest = f"`{max(option.opts, key=len)}{value}`"
    default = option.default if option.show_default else None
    shown = f"`{default}`" if isinstance(default, str | int) else ""
    given = [option.envvar] if isinstance(option.envvar, str) else (option.envvar or [])
    environment = ", ".join(f"`{one}`" for one in given)
    cells = (f"{names}, {longest}" if names else longest, option.help or "", shown, environment)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), "utf-8")
    print(f"{REFERENCE.name}: {len(list(commands()))} commands")
