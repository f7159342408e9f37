"""What came of a sync, in numbers and problems; `archiver sync` prints it."""

from __future__ import annotations

from dataclasses import dataclass, field

from archiver.models import JobOutcome, Problem
from archiver.pins import Anchor


@dataclass
class Summary:
    """What came of a run. `notes` are facts worth saying that are no failures."""

    jobs_listed: int = 0
    jobs_new: int = 0
    jobs_updated: int = 0
    jobs_unchanged: int = 0
    jobs_vanished: int = 0
    jobs_failed: int = 0
    images_downloaded: int = 0
    images_deduplicated: int = 0
    images_failed: int = 0
    images_acknowledged: int = 0
    images_rechecked: int = 0
    bytes_downloaded: int = 0
    failures: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    list_complete: bool = True
    addresses_only: int = 0
    last_anchor: Anchor | None = None
    anchor_warning: str | None = None

    def add(self, outcome: JobOutcome) -> None:
        """Count one job."""
        name = f"jobs_{outcome.state}"
        setattr(self, name, getattr(self, name) + 1)
        if outcome.state != "vanished":
            self.jobs_listed += 1
        self.images_downloaded += outcome.images_downloaded
        self.images_deduplicated += outcome.images_deduplicated
        self.images_failed += outcome.images_failed
        self.images_acknowledged += outcome.images_acknowledged
        self.images_rechecked += outcome.images_rechecked
        self.bytes_downloaded += outcome.bytes_downloaded
        self.failures.extend(outcome.problems)
        self.addresses_only += outcome.addresses_only

    @property
    def exit_code(self) -> int:
        """0 claims that the list was complete and everything in it is archived; else 3."""
        return 0 if self.list_complete and not self.failures else 3
