"""The mend for aioresponses goes when it is no longer needed."""

from __future__ import annotations

import aiohttp
import pytest
from aioresponses import aioresponses


@pytest.mark.asyncio
async def test_aioresponses_still_needs_the_mend() -> None:
    """When this fails, aioresponses has learned `stream_writer`: delete `MendedResponse`."""
    with aioresponses() as mocked:
        mocked.get("https://api.work.photos/", body=b"{}")
        async with aiohttp.ClientSession() as session:
            with pytest.raises(TypeError, match="stream_writer"):
                await session.get("https://api.work.photos/")
