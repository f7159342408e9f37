"""Asking a time-stamp authority over HTTP (RFC 3161 §3.4)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
from yarl import URL

from archiver import __version__
from archiver.netguard import free_connector
from archiver.transport import BROKEN, Proxies, in_words, open_session, through, tls_context

LONGEST_ANSWER = 1_000_000
"""Bytes: a token with a chain of certificates has some thousands."""
PATIENCE = 20.0
"""Seconds for the whole of it: a time stamp is good to have, not worth a hanging run."""
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "Accept-Encoding": "identity",
}


class NoStamp(Exception):
    """The authority could not be reached, or gave no answer; says why, for a person."""


async def ask_authority(
    url: str, request: bytes, *, ca_file: Path | None = None, patience: float = PATIENCE
) -> bytes:
    """The authority's answer, as received. Redirects are not followed. Raises NoStamp."""
    try:
        address = URL(url)
    except ValueError as error:
        raise NoStamp("its address cannot be read") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise NoStamp("its address is not one of http or https")
    session = open_session(
        free_connector(aiohttp.DefaultResolver(), tls_context(ca_file)),
        connect=patience,
        stall=patience,
        user_agent=f"workphotos-archiver/{__version__}",
    )
    try:
        async with asyncio.timeout(patience), session:
            way = through(Proxies().of(url), url, dict(_HEADERS))
            async with session.post(address, data=request, allow_redirects=False, **way) as answer:
                if answer.status != 200:
                    raise NoStamp(f"it answered {answer.status}")
                return await _read(answer)
    except BROKEN as error:
        raise NoStamp(in_words(error)) from error


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise NoStamp("its answer is far too long")
    return body
