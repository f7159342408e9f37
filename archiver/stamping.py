"""A time stamp of the ledger's head, fetched at the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from yarl import URL

from archiver.anchoring import keep_stamp
from archiver.errors import ArchiverError
from archiver.ledger import Ledger
from archiver.timestamps import BadStamp, stamp_request
from archiver.tsa import NoStamp, ask_authority


async def stamp_head(
    ledger: Ledger, url: str, clock: Callable[[], datetime], *, ca_file: Path | None = None
) -> str | None:
    """Fetch, check and enter a time stamp of the head; gives what has to be said when there is
    none. Raises nothing for an authority that cannot be reached or answers nonsense."""
    head = ledger.head
    request, nonce = stamp_request(head)
    try:
        body = await ask_authority(url, request, ca_file=ca_file)
        keep_stamp(ledger, head, body, nonce, clock())
    except NoStamp as error:
        return f"no time stamp was had from {_host(url)}: {error}"
    except BadStamp as error:
        return f"what {_host(url)} gave {error}, so it was not kept"
    except (ArchiverError, OSError) as error:
        return f"the time stamp could not be kept: {error}"
    return None


def _host(url: str) -> str:
    """The authority's host: its address may hold a password."""
    try:
        return URL(url).host or "the authority"
    except ValueError:
        return "the authority"
