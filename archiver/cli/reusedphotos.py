"""`archiver status --reused-photos`: photos that are in more than one job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from archiver import localtime
from archiver.cli.console import Console

if TYPE_CHECKING:
    from archiver.reused import Findings, UsedPhoto


def tell_reused(console: Console, root: Path) -> int:
    """List the groups; the exit code is 3 only if a job could not be read."""
    from archiver.archive import Archive
    from archiver.looks import can_compare
    from archiver.reused import read_reused

    archive = Archive(root)
    archive.settings()
    found, problems = read_reused(root, archive.catalog_file)
    for number, group in enumerate(found.groups, 1):
        kind = "the same bytes" if group.same_bytes else "alike"
        console.say(f"{number}. {kind}, in {group.jobs} jobs:")
        for photo in group.photos:
            console.say(f"   {_line(photo)}")
    for problem in problems:
        console.problem(problem)
    console.say(f"{len(found.groups)} pictures are used in more than one job.")
    console.say(_looks(found, can_compare()))
    console.result(_json(found, problems))
    return 3 if problems else 0


def _line(photo: UsedPhoto) -> str:
    when = localtime.utc(photo.uploaded) if photo.uploaded else "time unknown"
    version = f" (version {photo.version})" if photo.version > 1 else ""
    said = "the same bytes" if photo.bits is None else f"differs in {photo.bits} of 256 bits"
    return (
        f"{photo.job_id}  #{photo.exhibit:04d}{version}  {when}  {photo.uploader or '(no name)'}  "
        f"{photo.title or '(no title)'}: {said}"
    )


def _looks(found: Findings, able: bool) -> str:
    """How far photos were compared by what they look like."""
    if not able and not found.looks:
        return (
            "Compared by their bytes only: pip install 'workphotos-archiver[looks]', then "
            "`archiver build`, finds pictures that look alike too."
        )
    said = f"{found.compared} pictures were compared by their looks, {found.plain} are too plain."
    if found.waiting or not found.looks:
        what = f"{found.waiting} jobs were" if found.looks else "Not all jobs were"
        return f"{said} {what} not looked at yet: `archiver build` does so."
    return said


def _json(found: Findings, problems: list[str]) -> dict[str, Any]:
    from archiver.record import time_text

    return {
        "groups": [
            {
                "kind": "identical" if group.same_bytes else "near",
                "jobs": group.jobs,
                "photos": [
                    {
                        "job_id": photo.job_id,
                        "title": photo.title,
                        "exhibit": photo.exhibit,
                        "version": photo.version,
                        "file": f"{photo.folder}/{photo.file}",
                        "sha256": photo.sha256,
                        "uploader": photo.uploader,
                        "uploaded": time_text(photo.uploaded) if photo.uploaded else None,
                        "match": "identical" if photo.bits is None else "near",
                        "distance": photo.bits or 0,
                    }
                    for photo in group.photos
                ],
            }
            for group in found.groups
        ],
        "pictures_compared": found.compared,
        "pictures_too_plain": found.plain,
        "jobs_not_compared": found.waiting if found.looks else None,
        "failures": [{"job_id": "", "reason": problem} for problem in problems],
    }
