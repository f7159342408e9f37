"""What a person brings from outside to check a ledger by: checkpoints, keys, authorities."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archiver.cli.options import option

if TYPE_CHECKING:
    from archiver.ledgercheck import Trust

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class TrustOptions:
    """The options as typed; nothing is read before `read`."""

    since: tuple[str, ...]
    trusted_keys: tuple[Path, ...]
    timestamp_ca: Path | None

    def read(self) -> Trust:
        """What they name. Raises UsageProblem."""
        from archiver.checkpoint import read_checkpoint
        from archiver.ledgercheck import Trust
        from archiver.signing import load_public_key
        from archiver.timestamps import load_roots

        return Trust(
            since=tuple(map(read_checkpoint, self.since)),
            keys=tuple(map(load_public_key, self.trusted_keys)),
            roots=load_roots(self.timestamp_ca) if self.timestamp_ca else (),
        )


def trust_options(command: F) -> F:
    """The options of commands that check a ledger."""

    @option(
        "--since",
        multiple=True,
        metavar="CHECKPOINT",
        help="Prove that the ledger continues this checkpoint, or head 'N HASH' (repeatable).",
    )
    @option(
        "--trusted-key",
        "trusted_keys",
        multiple=True,
        type=_FILE,
        metavar="FILE",
        help="The ledger's public key (PEM), as you kept it elsewhere (repeatable).",
    )
    @option(
        "--timestamp-ca",
        type=_FILE,
        metavar="FILE",
        help="Root certificates (PEM) of the time-stamp authority.",
    )
    @functools.wraps(command)
    def wrapped(
        since: tuple[str, ...],
        trusted_keys: tuple[Path, ...],
        timestamp_ca: Path | None,
        **rest: Any,
    ) -> Any:
        return command(trust=TrustOptions(since, trusted_keys, timestamp_ca), **rest)

    return wrapped  # type: ignore[return-value]
