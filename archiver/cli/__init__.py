"""The command line: parse, call one function, show progress and a summary.

A command's module is imported when it is asked for, so that `archiver --help` answers at once. One
place, `run`, turns errors into messages and exit codes.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from archiver import __version__
from archiver.cli.console import Console, fail, harden_streams, quiet_libraries
from archiver.errors import ArchiverError, Terminated

COMMANDS = {
    "sync": ("archiver.cli.sync", "Archive or refresh a workspace."),
    "build": ("archiver.cli.build", "Make pages, sheets, index and search again; no network."),
    "verify": ("archiver.cli.verify", "Check every byte, every seal and the ledger."),
    "repair": ("archiver.cli.repair", "Put damaged and missing files right, if their bytes are."),
    "ledger": ("archiver.cli.ledger", "The archive's history: show, check, sign, keep, resume."),
    "export": ("archiver.cli.export", "Make a zip of jobs for a customer."),
    "report": ("archiver.cli.report", "Make the evidence report of a job, a PDF."),
    "photo-log": ("archiver.cli.photo_log", "Write a table of photos: CSV or Excel."),
    "messages": ("archiver.cli.messages", "Write a table of messages: CSV or Excel."),
    "dump": ("archiver.cli.dump", "Write all records as JSON Lines or a SQLite file."),
    "status": ("archiver.cli.status", "Say what is in an archive, what failed, what was checked."),
    "acknowledge": ("archiver.cli.acknowledge", "Accept that something is lost for good."),
    "find": ("archiver.cli.find", "List all that names a person or holds a text."),
    "hold": ("archiver.cli.hold", "Keep jobs from being erased."),
    "erase": ("archiver.cli.erase", "Erase a job, photos, messages or a person for good."),
    "publish": ("archiver.cli.publish", "Make a folder of jobs for a static host."),
    "check-publish": ("archiver.cli.check_publish", "Look for what must not be published."),
    "serve": ("archiver.cli.serve", "Look at an archive on a local port."),
    "demo": ("archiver.cli.demo", "Archive the embedded sample workspace."),
    "api-server": ("archiver.cli.api_server", "Serve the embedded API, for integrators."),
    "jobs": ("archiver.cli.jobs", "The API's three endpoints, by hand."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported; None when there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands for `--help`, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest name suggested for an unknown command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean “{near[0]}”?" if near else ""
            ctx.fail(f"There is no command “{args[0]}”.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="archiver")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Archive every job of a WorkPhotos workspace as sealed, browsable, offline records.

    Begin with “archiver demo”, which needs no key. Exit codes: 0 all is well; 1 could not run;
    2 wrong usage; 3 ran to the end but something is missing or invalid; 4 key or workspace
    refused; 5 another run holds the archive; 6 disk full; 130 stopped.
    """
    ctx.ensure_object(Console)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; gives the exit code. The one place where errors become messages."""
    harden_streams()
    quiet_libraries()
    as_json = "--json" in arguments or _is_set("ARCHIVER_JSON")
    debug = "--debug" in arguments or _is_set("ARCHIVER_DEBUG")
    try:
        code = cli.main(list(arguments), prog_name="archiver", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as exit_:
        return int(exit_.exit_code)
    except click.Abort as abort:
        return _stopped(as_json, abort.__cause__)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return 2
    except click.UsageError as error:
        hint = error.ctx.get_usage() if error.ctx is not None else ""
        return fail(as_json, 2, "usage", error.format_message(), hint)
    except click.ClickException as error:
        return fail(as_json, error.exit_code, "usage", error.format_message(), "")
    except ArchiverError as error:
        if debug:
            _show_trace()
        return fail(as_json, error.exit_code, error.code, error.message, error.hint)
    except KeyboardInterrupt as interrupt:
        return _stopped(as_json, interrupt)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        if debug:
            _show_trace()
        from archiver.cli.console import unexpected

        return unexpected(as_json, error)


def _stopped(as_json: bool, cause: BaseException | None) -> int:
    """Say that a signal ended the run where nothing else has said so; gives the exit code."""
    code = 143 if isinstance(cause, Terminated) else 130
    return fail(as_json, code, "stopped", "Stopped.", "")


def _is_set(name: str) -> bool:
    """Whether a flag is set in the environment, as click reads it."""
    return os.environ.get(name, "").strip().lower() in ("1", "true", "t", "yes", "y", "on")


def _show_trace() -> None:
    """The traceback, which only `--debug` shows; the key is scrubbed from it."""
    import traceback

    from archiver.cli.console import scrubbed

    print(scrubbed(traceback.format_exc()), file=sys.stderr)
