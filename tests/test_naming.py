"""Names on disk: safe everywhere, distinct, and frozen."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.naming import LONGEST_NAME, folder_path, job_folder, job_key, safe_file_name

DAY = datetime(2025, 10, 22, 10, 12, tzinfo=UTC)
ID = "68d0ed784f25458a9e878d15"
FORBIDDEN = set('<>:"|?*\\%#/')
DEVICES = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in "123")}


def test_a_folder_is_named_by_day_title_and_id() -> None:
    """As the design shows it."""
    assert (
        job_folder(ID, "Boiler service, 14 Ashgrove", DAY) == f"2025-10-22-boiler-service-14-{ID}"
    )
    assert folder_path(f"2025-10-22-x-{ID}") == f"jobs/2025/2025-10-22-x-{ID}"


def test_a_job_without_a_date_lies_in_undated() -> None:
    """The list's date is asked before; without any, it is said."""
    assert job_folder(ID, "Boiler", None) == f"undated-boiler-{ID}"


def test_the_day_is_that_of_utc() -> None:
    """A folder's name does not depend on a time zone."""
    late = datetime.fromisoformat("2025-10-22T23:30:00-05:00")
    assert job_folder(ID, None, late).startswith("2025-10-23-")


@pytest.mark.parametrize("title", ["", "...", "CON", "<script>", "../../etc", "a\u202eb", "\ud800"])
def test_a_hostile_title_leaves_a_name_that_still_ends_in_the_id(title: str) -> None:
    """Whatever the title, the job can be found by its id."""
    assert job_folder(ID, title, DAY).endswith(f"-{ID}")


@given(st.text(), st.text(min_size=1))
@example("é" * 40, "É" * 40)
@example("a" + "\u0301" * 60, "x")
@example("漢" * 60, "0123456789abcdef01234567")
def test_any_title_and_id_give_a_name_that_every_system_can_hold(title: str, job_id: str) -> None:
    """NFC, at most 120 bytes, no character any system refuses, none that hides."""
    name = job_folder(job_id, title, DAY)
    assert name == unicodedata.normalize("NFC", name)
    assert len(name.encode()) <= 120
    assert len(name) <= LONGEST_NAME
    assert not FORBIDDEN & set(name)
    assert all(unicodedata.category(c)[0] not in "CZ" for c in name)
    assert name[-1] not in ". "
    assert name[0] not in "-~."
    assert name.split(".")[0].casefold() not in DEVICES


@given(st.lists(st.text(min_size=1), min_size=2, max_size=8, unique=True))
@example(["a", "A"])
@example(["ß", "ss", "SS"])
@example(["Job for Craig \ud800", "Job for Craig \\ud800"])
def test_no_two_jobs_share_a_folder_on_a_case_insensitive_disk(ids: list[str]) -> None:
    """Ids that differ in case or form only still get distinct folders."""
    taken: set[str] = set()
    for job_id in ids:
        name = job_folder(job_id, "Same title", DAY, taken).casefold()
        assert name not in taken
        taken.add(name)


def test_the_ledger_calls_a_plain_id_by_itself_and_any_other_by_a_safe_form() -> None:
    """The safe form is unique, because it carries a digest of the whole id."""
    assert job_key(ID) == ID
    assert job_key("x?*") != job_key("x?|")
    assert job_key("Job for Craig \ud800") != job_key("Job for Craig \\ud800")
    assert job_key("Craig Parker's job") == job_key("Craig Parker's job")


@given(st.text())
def test_a_title_as_a_file_name_is_safe(title: str) -> None:
    """For the zip that is named after the present title."""
    name = safe_file_name(title)
    assert not FORBIDDEN & set(name)
    assert len(name.encode()) <= 120
    assert all(unicodedata.category(c)[0] != "C" for c in name)
