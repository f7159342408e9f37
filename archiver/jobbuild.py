"""What the makers of a job's page share: the record being shown, and its messages on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archiver.capturetime import FAR, Side
from archiver.jobcontext import Gap
from archiver.language import N_
from archiver.models import Absence, JobRecord, MessageRecord, PhotoRecord, RelPath
from archiver.pagewords import Link, Sentence, unstopped
from archiver.pins import Decision
from archiver.plan import Slot
from archiver.reader import Reader
from archiver.remarkwords import remark_told
from archiver.renditionplan import Rendition

NO_NAME = N_("(no name)")
ERASED = N_("(erased)")
DAMAGED = N_("altered or missing since it was sealed")


@dataclass(slots=True)
class Spot:
    """A message on its way into the timeline, with all that decides where it goes."""

    message: MessageRecord
    photos: tuple[PhotoRecord, ...]
    moment: datetime | None
    only_photo: bool
    plain: bool
    person: str


@dataclass(slots=True)
class Build:
    """What the steps below share while they make one page."""

    record: JobRecord
    reader: Reader
    damaged: frozenset[str]
    photos_gone: dict[int, Absence]
    stored_of: dict[int, str]
    accepted: Mapping[Slot, Decision] = field(default_factory=dict)
    renditions: Mapping[RelPath, Rendition] = field(default_factory=dict)
    far: timedelta = FAR
    person_keys: dict[str, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    clocks: dict[int, Side] = field(default_factory=dict)
    """Photos whose camera clock stands apart from the job or their upload."""

    def why(self, noted: str) -> Sentence:
        """What the record notes, in the reader's language; a derived record speaks it already."""
        return (noted,) if self.record.derived else remark_told(self.reader.language, noted)

    def gap(self, slot: Slot, link: Link, reason: Sentence) -> None:
        """Note that something is missing; one that a person has accepted says so."""
        said = self.acceptance(slot)
        if said:
            reason = (*unstopped(reason), f". {said}")
        self.gaps.append(Gap(link, unstopped(reason)))

    def acceptance(self, slot: Slot) -> str:
        """When and why a person accepted a loss; empty if nobody has."""
        decision = self.accepted.get(slot)
        if decision is None:
            return ""
        return self.reader.tr(
            "Accepted as lost on {day}: {reason}",
            day=self.reader.when_day(decision.time).text,
            reason=decision.reason,
        )


def person_key(message: MessageRecord) -> str:
    if message.erased is not None:
        return "erased:"
    return message.uploader_id or "name:" + (message.uploader_name or "")


def is_photo_only(message: MessageRecord, photos: Sequence[PhotoRecord]) -> bool:
    """Whether an entry is nothing but its photo: it then counts as a photo, not as a message."""
    return bool(photos) and message.is_known and not any(w.text for w in message.wordings)
