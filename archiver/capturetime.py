"""What a camera's clock says against the job and the upload: only what holds in any time zone.

EXIF's DateTimeOriginal is the clock on the camera's wall, without a zone (Exif 2.32 §4.6.6.F). So
an instant is known to lie between the clock read at UTC+14 and at UTC-12, and a photo counts as
taken before something only if all of that span does. Clocks can be wrong: what is told is what the
camera wrote, and no judgement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from archiver.language import NN_, Language
from archiver.models import JobRecord, StoredFile

FAR = timedelta(hours=24)
"""From here on an upload is far from its photo: what is taken on site is mostly sent that day."""
_CUT_OFF = timedelta(seconds=1)
"""EXIF leaves out parts of a second."""
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""The largest offsets that clocks on earth have had in our time (IANA: Kiritimati; UTC-12)."""
_WRITTEN = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)\Z")
_DAY, _MONTH, _YEAR = 1, 61, 730
"""Days from which a time is told in days, in months, in years."""

Side = Literal["before job", "before upload", "after upload"]
_SAID: dict[tuple[Side, str], tuple[str, str]] = {
    ("before job", "h"): NN_(  # from 12 hours; for an upload, days alone are told
        "about {n} hour before the job was made", "about {n} hours before the job was made"
    ),
    ("before job", "d"): NN_(
        "about {n} day before the job was made", "about {n} days before the job was made"
    ),
    ("before job", "m"): NN_(
        "about {n} month before the job was made", "about {n} months before the job was made"
    ),
    ("before job", "y"): NN_(
        "about {n} year before the job was made", "about {n} years before the job was made"
    ),
    ("before upload", "d"): NN_(
        "about {n} day before its upload", "about {n} days before its upload"
    ),
    ("before upload", "m"): NN_(
        "about {n} month before its upload", "about {n} months before its upload"
    ),
    ("before upload", "y"): NN_(
        "about {n} year before its upload", "about {n} years before its upload"
    ),
    ("after upload", "d"): NN_("about {n} day after its upload", "about {n} days after its upload"),
    ("after upload", "m"): NN_(
        "about {n} month after its upload", "about {n} months after its upload"
    ),
    ("after upload", "y"): NN_(
        "about {n} year after its upload", "about {n} years after its upload"
    ),
}


@dataclass(frozen=True, slots=True)
class ClockFact:
    """On which side of what a camera's clock stands, and how far off it is, taken as UTC."""

    side: Side
    off: timedelta

    def told(self, language: Language) -> str:
        """In words: `about 11 months before the job was made`."""
        days = self.off / timedelta(days=1)
        unit, number = "h", max(1, round(days * 24))
        if days >= _YEAR:
            unit, number = "y", round(days / 365.25)
        elif days >= _MONTH:
            unit, number = "m", round(days / 30.44)
        elif days > _DAY:
            unit, number = "d", max(1, round(days))
        return language.counted(number, *_SAID[self.side, unit])


def clock_fact(
    record: JobRecord, stored: StoredFile, uploaded: datetime | None
) -> ClockFact | None:
    """What there is to say of a kept photo that was `uploaded` then, None if nothing certain.

    That the clock stands before the job was made comes first: it says more.
    """
    clock = _instant(stored.captured)
    created = record.created or record.listed_created
    if clock is None:
        return None
    if created is not None and created - clock > _WEST + _CUT_OFF:
        return ClockFact("before job", created - clock)
    if uploaded is None:
        return None
    if uploaded - clock > FAR + _WEST + _CUT_OFF:
        return ClockFact("before upload", uploaded - clock)
    if clock - uploaded > FAR + _EAST:
        return ClockFact("after upload", clock - uploaded)
    return None


def _instant(written: str | None) -> datetime | None:
    """EXIF's clock as if it stood in UTC, None if it is no time: `0000:00:00 00:00:00`, say."""
    found = _WRITTEN.match(written) if written else None
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
