"""Why a person decided something: free text that goes into the ledger for ever.

The ledger must hold nothing that an erasure would have to remove, so a reason that repeats a name,
a title or a text of the job it is about is refused before it is written.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable

from archiver.errors import UsageProblem
from archiver.models import JobRecord

LONGEST_REASON = 300
"""Characters: a reason is a sentence, not a file."""
_TELLING_NAME = 3
_TELLING_TEXT = 12


def operator() -> str:
    """Who is at the keyboard: the login name, for the ledger's `by`."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def sound_reason(reason: str, records: Iterable[JobRecord]) -> str:
    """The reason as it goes into the ledger: one line, trimmed.

    Raises UsageProblem for one that is empty, too long, not text, or that repeats what an erasure
    of one of `records` would have to remove.
    """
    said = " ".join(reason.split())
    if not said:
        raise UsageProblem("The reason is empty.", "Say why with --reason, in a sentence.")
    if len(said) > LONGEST_REASON:
        raise UsageProblem(
            f"The reason has {len(said)} characters; {LONGEST_REASON} are the most.",
            "Say it in a sentence, and refer to a file or ticket for the rest.",
        )
    if not said.isprintable():
        raise UsageProblem("The reason holds characters that cannot be shown.", "Type it again.")
    folded = said.casefold()
    for told in (one for record in records for one in _told_in(record)):
        if _repeats(folded, told.casefold()):
            raise UsageProblem(
                f"The reason repeats “{told[:60]}”, which stands in the job itself; what is in the "
                "ledger stays for ever, also after an erasure.",
                "Say it without names and texts of the job; refer to a ticket number, for example.",
            )
    return said


def _told_in(record: JobRecord) -> Iterable[str]:
    """Names, titles and texts of a job that would tell something."""
    names = {record.creator_name, record.title, record.listed_name}
    names |= {message.uploader_name for message in record.messages}
    names |= {text for event in record.history for text in (event.was, event.now)}
    for name in names:
        if name and len(name.strip()) >= _TELLING_NAME:
            yield " ".join(name.split())
    for message in record.messages:
        for wording in message.wordings:
            text = " ".join((wording.text or "").split())
            if len(text) >= _TELLING_TEXT:
                yield text


def _repeats(reason: str, told: str) -> bool:
    """Whether `told` stands in the reason as words of their own."""
    if told not in reason:
        return False
    return re.search(rf"(?<!\w){re.escape(told)}(?!\w)", reason) is not None
