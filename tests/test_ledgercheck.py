"""Whatever is done to a ledger, at whatever entry, is found: by its chain, by a checkpoint kept
elsewhere, by a signature. What explains itself (a torn line, a restore) is no tampering."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from archiver.anchoring import add_key, anchor_warning, append_signature, sign_head
from archiver.authkey import AuthKey
from archiver.chain import canonical, line_hash
from archiver.checkpoint import (
    Checkpoint,
    note_bytes,
    read_checkpoint,
    read_note,
    write_checkpoint,
)
from archiver.errors import ArchiverError, KeyRefused, UsageProblem
from archiver.head import Head, head_of
from archiver.ledger import Ledger, read_ledger
from archiver.ledgercheck import LedgerCheck, Trust, check_ledger, entries_of
from archiver.models import Sha256
from archiver.signing import SigningKey, is_signed, load_key_file, new_key, write_key_file
from tests.pipeline import AMIRA, START, Clock, a_workspace, synced


@dataclass(frozen=True)
class Kept:
    """A real archive's ledger of three signed runs, and what was kept of it elsewhere."""

    lines: tuple[bytes, ...]
    public: dict[str, bytes]
    middle: Checkpoint
    end: Checkpoint
    key: SigningKey


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Made by the real pipeline; a checkpoint after the second run and one at the end."""
    folder = tmp_path_factory.mktemp("ledgercheck")
    root, clock = folder / "a", Clock()
    workspace = a_workspace(jobs=3, photos=1)
    synced(root, workspace, clock=clock)
    key = new_key()
    write_key_file(folder / "key.pem", key)
    ledger, _ = Ledger.open(root / "ledger")
    add_key(ledger, key.public, clock())
    append_signature(ledger, key, clock())
    points = []
    for day in range(2):
        clock.forward(days=1)
        workspace.add_chat(workspace.jobs[day].job_id, f"Day {day}.", by=AMIRA, at=START)
        synced(root, workspace, clock=clock, sign_key_file=folder / "key.pem")
        ledger, _ = Ledger.open(root / "ledger")
        ledger.append("checkpoint", clock())
        points.append(read_note(note_bytes(ledger, key, clock()), "note"))
    lines = (root / "ledger/ledger.jsonl").read_bytes().splitlines(keepends=True)
    public = {path.name: path.read_bytes() for path in (root / "ledger/keys").iterdir()}
    return Kept(tuple(lines), public, points[0], points[1], key)


class Copy:
    """A copy of a ledger that a test may harm."""

    def __init__(self, folder: Path, kept: Kept) -> None:
        self.folder = folder
        self.kept = kept
        (folder / "keys").mkdir(parents=True)
        for name, body in kept.public.items():
            (folder / "keys" / name).write_bytes(body)

    def check(self, lines: list[bytes], *since: Checkpoint, keys: tuple[str, ...] = ()) -> Any:
        (self.folder / "ledger.jsonl").write_bytes(b"".join(lines))
        return check_ledger(self.folder, Trust(since, keys))


@pytest.fixture
def copy(kept: Kept, tmp_path: Path) -> Copy:
    """The ledger alone."""
    return Copy(tmp_path / "ledger", kept)


def details(check: LedgerCheck) -> str:
    return "\n".join(fault.detail for fault in check.faults)


def test_a_ledger_that_nobody_touched_continues_every_checkpoint(copy: Copy, kept: Kept) -> None:
    """Its signatures hold, also by the key kept elsewhere."""
    check = copy.check(list(kept.lines), kept.middle, kept.end, keys=(kept.key.public,))
    assert check.faults == []
    assert check.signatures == 3
    assert check.trusted_until == check.signed_until
    by_hand = Checkpoint(replace(kept.middle.head))
    assert copy.check(list(kept.lines), by_hand).faults == []


def cut(lines: list[bytes], at: int) -> list[bytes]:
    return lines[:at] + lines[at + 1 :]


def alter(lines: list[bytes], at: int) -> list[bytes]:
    value = json.loads(lines[at])
    return [*lines[:at], canonical({**value, "extra": 1}) + b"\n", *lines[at + 1 :]]


def reorder(lines: list[bytes], at: int) -> list[bytes]:
    other = (at + 1) % len(lines)
    swapped = list(lines)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    return swapped


def truncate(lines: list[bytes], at: int) -> list[bytes]:
    return lines[:at]


def fork(lines: list[bytes], at: int) -> list[bytes]:
    """A new history from an entry on, as consistent as the old one: what a chain cannot show."""
    made = list(lines[:at])
    for number in range(at, len(lines)):
        value = json.loads(lines[number])
        value["prev"] = line_hash(made[-1]) if made else "0" * 64
        if number == at:
            value["time"] = "2020-01-01T00:00:00Z"
        made.append(canonical(value) + b"\n")
    return made


@pytest.mark.parametrize("deed", [cut, alter, reorder, truncate, fork])
def test_every_deed_at_every_entry_is_found_by_the_checkpoint_at_the_end(
    copy: Copy, kept: Kept, deed: Callable[[list[bytes], int], list[bytes]]
) -> None:
    """Cut, altered, reordered, truncated, and rewritten from there on without a seam."""
    missed = [
        at
        for at in range(len(kept.lines))
        if not copy.check(deed(list(kept.lines), at), kept.end).faults
    ]
    print(f"{deed.__name__}: {len(kept.lines) - len(missed)} of {len(kept.lines)} found")
    assert missed == []
    assert len(kept.lines) > 20


@pytest.mark.parametrize("deed", [truncate, fork])
def test_a_checkpoint_in_the_middle_vouches_for_what_was_before_it(
    copy: Copy, kept: Kept, deed: Callable[[list[bytes], int], list[bytes]]
) -> None:
    """And says nothing of what came after: there the signatures do, from one to the next."""
    bare = replace(kept.middle, key=None, signature=None)
    for at in range(len(kept.lines)):
        check = copy.check(deed(list(kept.lines), at), bare)
        told = "was cut" in details(check) or "was rewritten" in details(check)
        if at < kept.middle.head.number:
            assert told or at == 0, at
            assert check.faults
        else:
            assert not told, at


def test_a_fork_is_found_by_the_next_signature_after_it(copy: Copy, kept: Kept) -> None:
    """Whoever rewrites has no key: up to the last signature no entry can be another."""
    signed = [n for n, line in enumerate(kept.lines) if b'"event":"signed"' in line]
    for at in range(max(signed)):
        assert "did not make of this head" in details(copy.check(fork(list(kept.lines), at)))


def test_a_whole_rewrite_with_a_key_of_its_own_is_found_by_the_key_kept_elsewhere(
    copy: Copy, kept: Kept, tmp_path: Path
) -> None:
    """It is consistent in itself; only what is kept outside can tell."""
    forged = Ledger.create(tmp_path / "forged", START, workspace="x", format=1)
    key = new_key()
    add_key(forged, key.public, START)
    append_signature(forged, key, START)
    alone = check_ledger(tmp_path / "forged")
    assert alone.faults == []
    told = check_ledger(tmp_path / "forged", Trust(keys=(kept.key.public,)))
    assert "no signature by the trusted key" in details(told)
    assert "another archive" in details(check_ledger(tmp_path / "forged", Trust((kept.end,))))


# --- torn lines -------------------------------------------------------------------------------


def test_a_last_line_torn_at_any_byte_is_kept_aside_and_the_chain_holds(
    copy: Copy, kept: Kept
) -> None:
    """Every offset of the last line: reported, moved, gone on from."""
    before, last = b"".join(kept.lines[:-1]), kept.lines[-1]
    path = copy.folder / "ledger.jsonl"
    for length in range(1, len(last)):
        path.write_bytes(before + last[:length])
        assert "torn" in details(check_ledger(copy.folder))
        ledger, aside = Ledger.open(copy.folder)
        assert aside is not None
        assert (copy.folder / aside).read_bytes() == last[:length]
        assert path.read_bytes() == before
        ledger.append("run-start", START, program="0")
        assert check_ledger(copy.folder).faults == []
        (copy.folder / aside).unlink()
    print(f"{len(last) - 1} of {len(last) - 1} offsets")


def test_a_torn_line_kept_aside_that_was_changed_is_named(copy: Copy, kept: Kept) -> None:
    """Its name holds its hash."""
    path = copy.folder / "ledger.jsonl"
    path.write_bytes(b"".join(kept.lines) + b'{"event"')
    _, aside = Ledger.open(copy.folder)
    assert aside is not None
    (copy.folder / aside).write_bytes(b"other")
    assert [fault.path for fault in check_ledger(copy.folder).faults] == [aside]


# --- keys and signatures ----------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of one entry."""
    return Ledger.create(tmp_path / "ledger", START, workspace="x", format=1)


def test_a_signature_forged_moved_or_for_another_entry_is_found(ledger: Ledger) -> None:
    """By another key, of another head, of an entry further back."""
    key, stranger = new_key(), new_key()
    add_key(ledger, key.public, START)
    head = ledger.head
    append_signature(ledger, key, START)
    good = (ledger.folder / "ledger.jsonl").read_bytes()
    sound = {"of": head.number, "key": key.id, "signature": key.sign(head.statement)}
    before = ledger.state
    for change, words in (
        ({"signature": stranger.sign(head.statement)}, "did not make"),
        ({"signature": key.sign(Head(head.number, Sha256("0" * 64)).statement)}, "did not make"),
        ({"signature": "!"}, "did not make"),
        ({"signature": None}, "did not make"),
        ({"key": stranger.id}, "does not know"),
        ({"of": head.number - 1}, "another entry"),
    ):
        value = json.loads(good.splitlines()[-1]) | sound | change
        kept = good.splitlines(keepends=True)[:-1]
        body = b"".join(kept) + canonical(value) + b"\n"
        (ledger.folder / "ledger.jsonl").write_bytes(body)
        assert words in details(check_ledger(ledger.folder)), change
    assert before.entries == 3


@pytest.mark.parametrize("end", ["key-lost", "key-retired"])
def test_a_key_that_was_lost_or_retired_signs_no_more(ledger: Ledger, end: str) -> None:
    """Its earlier signatures count; a later one, or the same key added again, is a fault."""
    key = new_key()
    add_key(ledger, key.public, START)
    append_signature(ledger, key, START)
    ledger.append(end, START, key=key.id, reason="stolen", by="amira")  # type: ignore[arg-type]
    assert check_ledger(ledger.folder).faults == []
    append_signature(ledger, key, START)
    assert "in entry 4" in details(check_ledger(ledger.folder))
    add_key(ledger, key.public, START)
    assert "a second time" in details(check_ledger(ledger.folder))


def test_trust_in_the_first_key_reaches_those_it_signed(ledger: Ledger) -> None:
    """Rotation carries it on; a key that came after a loss has to be trusted anew."""
    one, two, three = new_key(), new_key(), new_key()
    add_key(ledger, one.public, START)
    append_signature(ledger, one, START)
    add_key(ledger, two.public, START)
    append_signature(ledger, one, START)
    ledger.append("key-retired", START, key=one.id, reason="rotation", by="amira")
    append_signature(ledger, two, START)
    until = check_ledger(ledger.folder, Trust(keys=(one.public,)))
    assert (until.faults, until.trusted_until) == ([], ledger.state.entries - 1)
    point = read_note(note_bytes(ledger, two, START), "note")
    assert check_ledger(ledger.folder, Trust((point,), (one.public,))).faults == []
    ledger.append("key-lost", START, key=two.id, reason="gone", by="amira")
    add_key(ledger, three.public, START)
    append_signature(ledger, three, START)
    later = check_ledger(ledger.folder, Trust(keys=(one.public,)))
    assert later.trusted_until == until.trusted_until
    assert later.signed_until == ledger.state.entries - 1


def test_a_public_keys_file_must_be_there_and_be_that_key(copy: Copy, kept: Kept) -> None:
    """The ledger holds the key itself; the file is for `openssl`, and the next writer heals it."""
    (path,) = (copy.folder / "keys").iterdir()
    path.write_bytes(path.read_bytes().replace(b"A", b"B", 1))
    assert [fault.kind for fault in copy.check(list(kept.lines)).faults] == ["damaged"]
    path.unlink()
    assert [fault.kind for fault in copy.check(list(kept.lines)).faults] == ["missing"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """As ssh does; and what is no key of this kind, without its content being said."""
    path = tmp_path / "deep/key.pem"
    key = new_key()
    write_key_file(path, key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key_file(path).id == key.id
    assert is_signed(key.public, load_key_file(path).sign(b"x"), b"x")
    with pytest.raises(UsageProblem, match="never overwritten"):
        write_key_file(path, new_key())
    for mode in (0o640, 0o604, 0o660, 0o610):
        path.chmod(mode)
        with pytest.raises(UsageProblem, match="read by others"):
            load_key_file(path)
    path.chmod(0o600)
    path.write_text("SECRET")
    with pytest.raises(UsageProblem, match="not a private key") as refused:
        load_key_file(path)
    assert "SECRET" not in str(refused.value)
    assert "PRIVATE" not in repr(key)


def test_a_key_that_cannot_be_found_fails_no_run(ledger: Ledger, tmp_path: Path) -> None:
    """It is said instead, and nothing is appended."""
    add_key(ledger, new_key().public, START)
    entries = ledger.state.entries
    said = sign_head(ledger, tmp_path / "none", None, Clock())
    assert said is not None
    assert "was not signed" in said
    write_key_file(tmp_path / "other.pem", new_key())
    assert "may sign" in str(sign_head(ledger, tmp_path, tmp_path / "other.pem", Clock()))
    assert ledger.state.entries == entries


def test_a_run_that_fails_is_signed_all_the_same(tmp_path: Path) -> None:
    """Every end that can write: here the API refuses the key."""
    root, key, workspace = tmp_path / "a", new_key(), a_workspace(jobs=1, photos=1)
    synced(root, workspace)
    write_key_file(tmp_path / "key.pem", key)
    ledger, _ = Ledger.open(root / "ledger")
    add_key(ledger, key.public, START)
    with pytest.raises(KeyRefused):
        synced(root, workspace, sign_key_file=tmp_path / "key.pem", auth_key=AuthKey("wrong"))
    *_, (end, _), (signed, _) = entries_of(root / "ledger")
    assert (end.event, end.fields["outcome"]) == ("run-end", "failed")
    assert (signed.event, signed.fields["of"]) == ("signed", end.number)
    assert check_ledger(root / "ledger").faults == []


def test_an_anchor_is_old_after_thirty_days(ledger: Ledger) -> None:
    """And none at all is said too."""
    assert "Nothing outside" in str(anchor_warning(ledger.state, START))
    ledger.append("checkpoint", START)
    assert anchor_warning(ledger.state, START + timedelta(days=30)) is None
    assert "more than 30 days" in str(anchor_warning(ledger.state, START + timedelta(days=31)))


# --- checkpoints ------------------------------------------------------------------------------


def test_no_byte_of_a_signed_note_can_change(copy: Copy, kept: Kept) -> None:
    """Neither the head nor the erasures nor the signature: refused, or a fault."""
    ledger = Ledger(copy.folder, read_state(copy, kept))
    note = note_bytes(ledger, kept.key, START)
    assert copy.check(list(kept.lines), read_note(note, "x")).faults == []
    missed = []
    for place in range(len(note)):
        changed = note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :]
        try:
            point = read_note(changed, "x")
        except (UsageProblem, UnicodeDecodeError):
            continue
        if not copy.check(list(kept.lines), point).faults:
            missed.append(place)
    assert missed == []
    stripped = read_note(note.splitlines(keepends=True)[0], "x")
    assert "says that it is signed, but is not" in details(copy.check(list(kept.lines), stripped))


def read_state(copy: Copy, kept: Kept) -> Any:
    (copy.folder / "ledger.jsonl").write_bytes(b"".join(kept.lines))
    return read_ledger(copy.folder)[0]


def test_a_note_that_cannot_be_written_is_said_and_leaves_no_half(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger then speaks of a checkpoint that nobody has; a person has to know."""

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("archiver.checkpoint.note_bytes", full)
    with pytest.raises(ArchiverError, match="but there is none"):
        write_checkpoint(ledger, None, tmp_path / "note", START)
    assert not (tmp_path / "note").exists()


def test_a_note_by_a_key_that_the_ledger_does_not_know_is_a_fault(copy: Copy, kept: Kept) -> None:
    """Whoever has no key of the ledger can write no note for it."""
    ledger = Ledger(copy.folder, read_state(copy, kept))
    note = read_note(note_bytes(ledger, new_key(), START), "x")
    assert "does not know" in details(copy.check(list(kept.lines), note))
    unsigned = copy.check(list(kept.lines), read_note(note_bytes(ledger, None, START), "x"))
    assert unsigned.faults == []
    assert any("is not signed" in text for text in unsigned.notes)


@pytest.mark.parametrize("text", ["", "41", "41 xyz", "0 " + "a" * 64, "/nowhere", "\0"])
def test_what_is_no_checkpoint_is_said_so(text: str) -> None:
    """Never a traceback."""
    with pytest.raises(UsageProblem):
        read_checkpoint(text)


@given(st.integers(1, 10**9), st.binary(min_size=32, max_size=32))
def test_a_head_reads_back_as_it_is_written(number: int, digest: bytes) -> None:
    """Also as people copy it."""
    head = Head(number, Sha256(digest.hex()))
    assert head_of(head.statement.decode()) == head
    assert head_of(f"  {number}: {digest.hex().upper()}\n") == head


# --- canonical form ---------------------------------------------------------------------------

keys = st.text("abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789-_", min_size=1, max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
leaves = st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), texts, st.none(), st.booleans())
values = st.recursive(
    leaves, lambda one: st.one_of(st.lists(one, max_size=4), st.dictionaries(keys, one, max_size=4))
)


@given(st.dictionaries(keys, values, max_size=8))
def test_our_canonical_form_is_rfc_8785s(fields: dict[str, Any]) -> None:
    """A second opinion, for all that an entry may hold: ASCII keys, whole numbers, any text."""
    assert canonical(fields) == rfc8785.dumps(fields)
