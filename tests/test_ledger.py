"""The ledger: append-only, hash-chained, and nothing in it that an erasure would have to remove."""

from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import ArchiveDamaged
from archiver.ledger import BrokenLedger, Ledger, canonical, read_entries, read_ledger

NOW = datetime(2025, 11, 23, 10, 15, tzinfo=UTC)
A, B, V, W = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)


def a_ledger(folder: Path, entries: int = 5) -> Ledger:
    """A ledger of one sealed job and some runs."""
    ledger = Ledger.create(folder, NOW)
    ledger.append("sealing", NOW, job="x", seal=1, old=None, new=A, view=V, changes={})
    ledger.append("sealed", NOW, job="x", seal=1)
    for _ in range(entries - 3):
        ledger.append("run-start", NOW, program="0")
    return ledger


def lines(folder: Path) -> list[bytes]:
    return (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def test_what_was_appended_reads_back_and_the_chain_holds(tmp_path: Path) -> None:
    """The state after reading is the state after appending."""
    ledger = a_ledger(tmp_path)
    state, torn = read_ledger(tmp_path)
    assert torn == b""
    assert state.head == ledger.state.head
    assert state.jobs["x"].accepted == {A}
    assert state.jobs["x"].views == {V}


def test_the_chain_can_be_checked_with_standard_tools(tmp_path: Path) -> None:
    """`sed -n Np | sha256sum` of a line is what the next one says of it."""
    a_ledger(tmp_path)
    second = subprocess.run(
        "sed -n 1p ledger.jsonl | sha256sum", shell=True, cwd=tmp_path, capture_output=True
    ).stdout.decode()
    assert json.loads(lines(tmp_path)[1])["prev"] == second.split()[0]


@pytest.mark.parametrize("victim", range(5))
@pytest.mark.parametrize("deed", ["cut", "alter", "swap", "repeat"])
def test_no_line_can_be_cut_altered_moved_or_repeated(
    tmp_path: Path, victim: int, deed: str
) -> None:
    """Every line but a cut tail, which a chain alone cannot show."""
    a_ledger(tmp_path)
    found = lines(tmp_path)
    if deed == "cut":
        if victim == len(found) - 1:
            return  # a cut tail shows only against an outside anchor
        del found[victim]
    elif deed == "alter":
        found[victim] = found[victim].replace(b"2025", b"2024", 1)
        if victim == len(found) - 1:
            # The last line has no successor that pins it: only its own form is checked.
            return
    elif deed == "swap":
        other = (victim + 1) % len(found)
        found[victim], found[other] = found[other], found[victim]
    else:
        found.insert(victim, found[victim])
    with pytest.raises(BrokenLedger):
        list(read_entries(found))


def test_a_torn_last_line_is_kept_aside_and_breaks_nothing(tmp_path: Path) -> None:
    """A crash in the middle of an append: the line before it is the last."""
    a_ledger(tmp_path)
    whole = (tmp_path / "ledger.jsonl").read_bytes()
    (tmp_path / "ledger.jsonl").write_bytes(whole + b'{"event":"run-st')
    ledger, torn = Ledger.open(tmp_path)
    assert torn is not None
    assert (tmp_path / torn).read_bytes() == b'{"event":"run-st'
    assert (tmp_path / "ledger.jsonl").read_bytes() == whole
    ledger.append("run-start", NOW, program="0")
    assert read_ledger(tmp_path)[0].entries == 6


def test_a_missing_or_broken_ledger_stops_whatever_would_write(tmp_path: Path) -> None:
    """Nothing is appended to books that cannot be trusted."""
    with pytest.raises(ArchiveDamaged):
        Ledger.open(tmp_path)
    a_ledger(tmp_path)
    found = lines(tmp_path)
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(found[1:]))
    with pytest.raises(ArchiveDamaged):
        Ledger.open(tmp_path)


def test_an_open_sealing_accepts_the_old_and_the_new_commitment_only(tmp_path: Path) -> None:
    """Until it is closed; then only one of them."""
    ledger = a_ledger(tmp_path)
    ledger.append("sealing", NOW, job="x", seal=2, old=A, new=B, view=W, changes={})
    assert ledger.state.jobs["x"].accepted == {A, B}
    ledger.append("abandoned", NOW, job="x", seal=2)
    assert ledger.state.jobs["x"].accepted == {A}
    assert ledger.state.jobs["x"].views == {V}
    ledger.append("sealing", NOW, job="x", seal=2, old=A, new=B, view=W, changes={})
    ledger.append("sealed", NOW, job="x", seal=2)
    assert ledger.state.jobs["x"].accepted == {B}
    assert ledger.state.jobs["x"].views == {W}


keys = st.text("abcdefghijklmnop-_", min_size=1, max_size=8)
values = st.one_of(st.integers(-(2**53), 2**53), st.text("abc 019", max_size=9), st.none())


@given(st.dictionaries(keys, values, max_size=6))
def test_an_entry_is_in_canonical_form_whatever_the_order_of_its_fields(
    fields: dict[str, object],
) -> None:
    """RFC 8785 for what entries hold: sorted keys, no spaces."""
    backwards = dict(reversed(list(fields.items())))
    assert canonical(fields) == canonical(backwards)
    assert json.loads(canonical(fields)) == fields
    assert b" :" not in canonical(fields)
    assert hashlib.sha256(canonical(fields)).digest()
