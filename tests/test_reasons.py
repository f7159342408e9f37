"""A reason for the ledger: a sentence that an erasure would not have to remove."""

from __future__ import annotations

import pytest

from archiver.errors import UsageProblem
from archiver.reasons import sound_reason
from tests.factories import a_message, a_record


def test_a_reason_is_one_trimmed_line() -> None:
    """Whatever white space was typed."""
    assert sound_reason("  lost at\n the  source ", ()) == "lost at the source"


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 301, "a\x00b", "a\u202eb", "a\ud800b"])
def test_a_reason_that_is_no_sentence_is_refused(reason: str) -> None:
    """Empty, too long, or not to be shown."""
    with pytest.raises(UsageProblem):
        sound_reason(reason, ())


def test_a_reason_that_repeats_a_name_a_title_or_a_text_is_refused() -> None:
    """They could never be removed from the ledger again."""
    record = a_record([a_message(1, "The gate code is 4471.")], title="Boiler service")
    (message,) = record.messages
    for told in (message.uploader_name, "boiler  SERVICE", "the gate code is 4471."):
        with pytest.raises(UsageProblem, match="repeats"):
            sound_reason(f"asked for: {told}, by letter", [record])


def test_a_word_that_only_begins_like_a_name_is_fine() -> None:
    """Names count as words of their own."""
    record = a_record([], title="Job")
    assert sound_reason("Jobless claim 12", [record]) == "Jobless claim 12"
