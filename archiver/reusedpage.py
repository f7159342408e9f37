"""Context of `reused.html`: photos that are used in several jobs, stated plainly, without scripts.

It is the workspace's page and no job's: a job's folder is whole by itself, and one that is handed
over must not tell of other jobs, which are other customers'.
"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.pagetext import href
from archiver.pagewords import Link, Quote, Sentence
from archiver.photopages import Tile
from archiver.reader import Reader
from archiver.reused import Findings, Reused, UsedPhoto

GROUPS, PHOTOS = 200, 40
"""Groups on the page, and photos of one, before the rest is counted."""


@dataclass(frozen=True, slots=True)
class ReusedGroup:
    """A picture: in how many jobs, what it looks like, and a line for each use."""

    id: str
    heading: str
    tiles: tuple[Tile, ...]
    lines: tuple[Sentence, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ReusedPage:
    """All that `reused.html` may use. How much was compared stands in `archiver status`: here it
    would make a page anew in a night in which nothing changed."""

    lang: str
    workspace: str
    groups: tuple[ReusedGroup, ...]
    more: int


def reused_page(found: Findings, reader: Reader, workspace: str | None) -> ReusedPage:
    """The page of what was found."""
    return ReusedPage(
        lang=reader.language.tag,
        workspace=workspace or "",
        groups=tuple(_group(one, reader) for one in found.groups[:GROUPS]),
        more=max(0, len(found.groups) - GROUPS),
    )


def _group(group: Reused, reader: Reader) -> ReusedGroup:
    jobs = reader.counted(group.jobs, "{n} job", "{n} jobs")
    shown = group.photos[:PHOTOS]
    return ReusedGroup(
        id=group.anchor,
        heading=reader.tr("The same bytes in {jobs}", jobs=jobs)
        if group.same_bytes
        else reader.tr("Alike in {jobs}", jobs=jobs),
        tiles=tuple(_tile(one, reader) for one in shown),
        lines=tuple(_line(one, reader) for one in shown),
        more=len(group.photos) - len(shown),
    )


def _address(one: UsedPhoto) -> str:
    return f"{href(one.folder)}/index.html#photo-{one.exhibit:04d}"


def _tile(one: UsedPhoto, reader: Reader) -> Tile:
    number = f"#{one.exhibit:04d}"
    return Tile(
        href=_address(one),
        thumb=href(f"{one.folder}/{one.thumbnail}") if one.thumbnail else "",
        alt=reader.tr("Photo {number}", number=number),
    )


def _line(one: UsedPhoto, reader: Reader) -> Sentence:
    """`#0003, Boiler service, Craig Parker, 22 Oct 2025: the same bytes`."""
    said = (
        reader.tr("the same bytes")
        if one.bits is None
        else reader.tr("looks alike, differs in {n} of 256 bits", n=one.bits)
    )
    when = (reader.when_full(one.uploaded),) if one.uploaded is not None else ()
    title = Quote(one.title) if one.title else reader.tr("(no title)")
    parts: list[Sentence] = [(title,), (Quote(one.uploader),), when]
    sentence: Sentence = (Link(_address(one), f"#{one.exhibit:04d}"),)
    for part in parts:
        sentence += (", ", *part) if part else ()
    return (*sentence, ": ", said)
