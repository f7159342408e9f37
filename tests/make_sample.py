"""Makes `sample_output/`: three jobs of the sample workspace, as two nights' runs left them.

    python -m tests.make_sample sample_output

Clock, salts and the server's name are fixed, so that making it again gives the same evidence,
seals and pages; only the contact sheets (and what hashes them) depend on the machine's fonts and
image library. Between the two nights one message is edited and one removed, and one photo is
missing from the start, so that a sealed history and a gap can be looked at.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from archiver.archive import job_folders, load_job
from archiver.localapi import LocalApi, LocalImage, Workspace, sample_workspace
from archiver.storage import remove_tree
from archiver.sync import World, sync
from tests.http_helpers import Names
from tests.pipeline import Clock, fixed_salt, options

HOST = "api.sample.test"
"""A name that is nobody's (RFC 2606 §2), led to this machine by a resolver of our own."""
UNKNOWN_KIND, RIGHT_TO_LEFT, ORDINARY = (
    "646341759157d7b74b9c3b31",
    "690b17f9aa65ce6c8ce2ee38",
    "68d121cd03ea49f57c8f5876",
)
JOBS = (UNKNOWN_KIND, RIGHT_TO_LEFT, ORDINARY)
NIGHTS = (datetime(2025, 11, 23, 2, 15, tzinfo=UTC), datetime(2025, 11, 24, 2, 15, tzinfo=UTC))
LARGEST = 5_000_000
"""Bytes that the sample may take."""


def make(root: Path, images: Mapping[str, bytes] | None = None) -> None:
    """Make the sample in `root`, a folder that is not there yet.

    `images` gives photos by the path of their address; what it lacks is drawn.
    """
    asyncio.run(_make(root, sample_workspace(images)))
    remove_tree(root / ".archiver")


async def _make(root: Path, workspace: Workspace) -> None:
    _lose_a_photo(workspace)
    async with LocalApi(workspace, public_url=f"http://{HOST}") as api:
        for night, moment in enumerate(NIGHTS):
            if night:
                _change_a_job(workspace, moment)
            world = World(
                clock=Clock(moment),
                salt=fixed_salt,
                resolver=Names({HOST: ("127.0.0.1", api.port)}),
            )
            for job in JOBS:
                # One job a run: the order of the ledger's entries is then the same every time.
                asked = options(root, api, jobs=(job,), workspace_name="Ridgeway Property Services")
                await sync(asked, world=world)


def _lose_a_photo(workspace: Workspace) -> None:
    """The image host answers 404 for one full image; its thumbnail is there."""
    photos = [m for m in workspace.job(UNKNOWN_KIND).messages if m["messageType"] == "image"]
    workspace.images[photos[1]["urlToImage"]] = LocalImage(status=404)


def _change_a_job(workspace: Workspace, moment: datetime) -> None:
    """During the day a person edits the first message of a job and removes the last."""
    messages = workspace.job(ORDINARY).messages
    chats = [place for place, one in enumerate(messages) if one["messageType"] == "chat"]
    text = messages[chats[0]]["textMessage"].replace("40 ml", "60 ml")
    workspace.edit_message(ORDINARY, chats[0], textMessage=text, at=moment)
    workspace.remove_message(ORDINARY, chats[-1], at=moment)


def stored_images(root: Path) -> dict[str, bytes]:
    """The photos of a sample by the path of their address, as `sample_workspace` takes them."""
    found: dict[str, bytes] = {}
    for folder in job_folders(root):
        for reference in load_job(folder).references:
            if reference.stored is not None and reference.address is not None:
                path = urlsplit(reference.address).path
                found[path] = (folder / reference.stored.file).read_bytes()
    return found


def main() -> None:
    """Make the sample anew where the one argument says."""
    root = Path(sys.argv[1])
    os.environ["no_proxy"] = "*"
    if (root / "archive.json").exists():
        remove_tree(root)
    make(root)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    print(f"{root}: {size / 1e6:.2f} MB")
    if size > LARGEST:
        sys.exit(f"It may take {LARGEST / 1e6:.0f} MB: choose other jobs.")


if __name__ == "__main__":
    main()
