"""How much of an archive one verification reads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from archiver.budget import Budget, Candidate, choose
from tests.pipeline import START

DAY = timedelta(days=1)


def candidate(name: str, days: float | None, size: int = 10) -> Candidate:
    """A job last read so many days ago, None for never."""
    return Candidate(Path(name), name, size, None if days is None else START - days * DAY)


def names(candidates: list[Candidate], **limits: object) -> list[str]:
    """The jobs chosen, by name."""
    chosen = choose(candidates, Budget(**limits), START)  # type: ignore[arg-type]
    return [one.key for one in chosen]


def test_the_longest_unchecked_come_first_and_those_never_checked_before_them() -> None:
    """Of equal ones, by name."""
    jobs = [candidate("a", 1), candidate("b", 9), candidate("c", None), candidate("d", 9)]
    assert names(jobs) == ["c", "b", "d", "a"]


def test_jobs_read_within_the_age_are_passed_over() -> None:
    """One read exactly then is not older."""
    jobs = [candidate("a", 1), candidate("b", 30), candidate("c", 31), candidate("d", None)]
    assert names(jobs, max_age=30 * DAY) == ["d", "c"]


def test_a_share_is_one_of_the_bytes_and_never_nothing() -> None:
    """One large job may be more than the share."""
    jobs = [candidate("a", 3, 1000), candidate("b", 2, 10), candidate("c", 1, 10)]
    assert names(jobs, share=0.05) == ["a"]
    jobs = [candidate("a", 1, 1000), candidate("b", 3, 10), candidate("c", 2, 41)]
    assert names(jobs, share=0.05) == ["b", "c", "a"]
    assert names([candidate("a", 3, 0)], share=0.05) == ["a"]
    assert names([], share=0.05) == []


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=30),
    st.floats(0.01, 1.0),
    st.integers(0, 5),
)
def test_repeated_samples_read_everything(sizes: list[int], share: float, start: int) -> None:
    """Whatever the sizes: each run reads the share or more, and the queue goes round."""
    checked: dict[str, float | None] = {f"{n:02d}": None for n in range(len(sizes))}
    runs = 0
    while None in checked.values():
        jobs = [
            candidate(name, when, size)
            for (name, when), size in zip(checked.items(), sizes, strict=True)
        ]
        chosen = choose(jobs, Budget(share=share), START)
        assert chosen
        assert sum(one.size for one in chosen) >= share * sum(sizes) or len(chosen) == len(jobs)
        for one in chosen:
            checked[one.key] = 100.0 - runs - start
        runs += 1
        assert runs <= len(sizes)
