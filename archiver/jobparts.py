"""A very long job in several pages, parted at the borders of days.

One page holds a job of up to `PART_PHOTOS` photos well (docs/performance.md). Beyond, the days are
dealt out to `index.html`, `part-2.html` and so on; facts and history stand on the first. Every link
inside the job leads to the part that has its target, and each part says which numbers the others
hold, so that an address of the job (`index.html#p7012`) finds its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import groupby
from typing import Any, TypeVar

from archiver.jobcontext import Day, JobPage, PartLink
from archiver.pagewords import photos_counted
from archiver.reader import Reader

PART_PHOTOS = 5000
"""Photos a part may hold, unless one day alone has more: then the day is parted too."""
_T = TypeVar("_T")


def part_name(number: int) -> str:
    """The file of a part, counted from 1."""
    return "index.html" if number == 1 else f"part-{number}.html"


def parts_of(page: JobPage, reader: Reader) -> tuple[JobPage, ...]:
    """The page in parts: itself alone when it is not too long."""
    dealt = _dealt(page.days)
    if len(dealt) < 2:
        return (page,)
    where = {
        anchor: part_name(number)
        for number, days in enumerate(dealt, 1)
        for anchor in _anchors(days)
    }
    links = tuple(_part_link(reader, number, days) for number, days in enumerate(dealt, 1))
    return tuple(
        _relinked(
            replace(
                page,
                days=days,
                part=number,
                parts=tuple(replace(link, here=place == number) for place, link in _counted(links)),
            ),
            where,
            part_name(number),
        )
        for number, days in _counted(dealt)
    )


def _counted(items: Iterable[_T]) -> Iterator[tuple[int, _T]]:
    return enumerate(items, 1)


def _photos(days: Iterable[Day]) -> int:
    return sum(len(entry.photos) for day in days for entry in day.entries)


def _dealt(sections: tuple[Day, ...]) -> list[tuple[Day, ...]]:
    """The sections of the timeline, dealt out to parts: whole days wherever they fit."""
    if _photos(sections) <= PART_PHOTOS:
        return [sections]
    parts: list[tuple[Day, ...]] = [()]
    for _, of_day in groupby(sections, key=lambda section: section.date):
        day = tuple(of_day)
        pieces = [day] if _photos(day) <= PART_PHOTOS else [(section,) for section in day]
        for piece in pieces:
            if parts[-1] and _photos(parts[-1]) + _photos(piece) > PART_PHOTOS:
                parts.append(())
            parts[-1] += piece
    return parts


def _anchors(days: Iterable[Day]) -> Iterator[str]:
    """Every id that a link of the job may name."""
    for day in days:
        yield day.id
        for entry in day.entries:
            yield entry.id
            for photo in entry.photos:
                yield photo.id
                if photo.message:
                    yield photo.message


def _part_link(reader: Reader, number: int, days: tuple[Day, ...]) -> PartLink:
    first, last = days[0].heading, days[-1].heading
    numbers: Mapping[str, list[int]] = {"p": [], "m": []}
    for anchor in _anchors(days):
        if anchor[0] in numbers:
            numbers[anchor[0]].append(int(anchor[1:]))
    return PartLink(
        href=part_name(number),
        label=reader.tr("Part {number}", number=number),
        span=first if first == last else reader.tr("{first} to {last}", first=first, last=last),
        photos=photos_counted(reader, _photos(days)),
        holds=" ".join(f"{kind}{run}" for kind, found in numbers.items() for run in _runs(found)),
        here=False,
    )


def _runs(numbers: list[int]) -> Iterator[str]:
    """`1-5000 7003`: numbers as runs."""
    for _, run in groupby(_counted(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield f"{found[0]}-{found[-1]}" if len(found) > 1 else str(found[0])


def _relinked(value: _T, where: Mapping[str, str], here: str) -> _T:
    """The same value with each link to an anchor of another page leading to that page; what the
    first page alone has (facts, history) is found there."""
    made: Any = value
    if isinstance(value, tuple):
        made = tuple(_relinked(one, where, here) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        changed: dict[str, Any] = {}
        for field in fields(value):
            old = getattr(value, field.name)
            if field.name == "href" and isinstance(old, str) and old.startswith("#"):
                target = where.get(old[1:], part_name(1))
                new: Any = old if target == here else target + old
            elif isinstance(old, tuple) or is_dataclass(old):
                new = _relinked(old, where, here)
            else:
                continue
            if new is not old:
                changed[field.name] = new
        made = replace(value, **changed) if changed else value
    return made  # type: ignore[no-any-return]
