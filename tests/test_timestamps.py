"""RFC 3161: a token of a real authority is fetched, kept, checked offline, found when changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.head import Head
from archiver.ledger import read_ledger
from archiver.ledgercheck import Trust, check_ledger
from archiver.models import Sha256
from archiver.timestamps import BadStamp, load_roots, read_stamp, stamp_request
from archiver.verify import verify_archive
from tests.pipeline import a_workspace, synced
from tests.tsa import Authority, an_authority

HEAD = Head(41, Sha256("3f" * 32))


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One authority for all tests here."""
    with an_authority(tmp_path_factory.mktemp("tsa") / "authority") as made:
        yield made


@pytest.fixture(autouse=True)
def _in_a_good_mood(tsa: Authority) -> None:
    tsa.mood, tsa.chain = "granted", False


@pytest.mark.parametrize("chain", [False, True])
def test_a_token_proves_the_head_and_with_the_root_the_authority(
    tsa: Authority, chain: bool
) -> None:
    """Also one whose certificates are not in the order of DER, as `openssl ts -chain` writes."""
    tsa.chain = chain
    request, nonce = stamp_request(HEAD)
    body = tsa.reply(request)
    stamp = read_stamp(body, HEAD, nonce=nonce)
    assert (stamp.authority, stamp.proven) == ("CN=Test authority", False)
    assert read_stamp(body, HEAD, nonce=nonce, roots=load_roots(tsa.ca)).proven
    for head in (Head(42, HEAD.sha256), Head(41, Sha256("3e" * 32))):
        with pytest.raises(BadStamp, match="not over the head"):
            read_stamp(body, head)
    with pytest.raises(BadStamp, match="another request"):
        read_stamp(body, HEAD, nonce=nonce + 1)


def test_an_authority_of_other_certificates_is_refused(tsa: Authority, tmp_path: Path) -> None:
    """The same name proves nothing."""
    other = Authority(tmp_path / "other")
    other.make()
    body = tsa.reply(stamp_request(HEAD)[0])
    with pytest.raises(BadStamp, match="not by an authority"):
        read_stamp(body, HEAD, roots=load_roots(other.ca))


def test_no_byte_of_what_is_signed_can_change_and_nothing_crashes(tsa: Authority) -> None:
    """Each byte in turn; what is left unnoticed is in no way part of what is proven."""
    body = tsa.reply(stamp_request(HEAD)[0])
    roots = load_roots(tsa.ca)
    unnoticed = 0
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 0x01
        try:
            stamp = read_stamp(bytes(changed), HEAD, roots=roots)
        except BadStamp:
            continue
        unnoticed += 1
        assert stamp == read_stamp(body, HEAD, roots=roots)
    print(f"{len(body) - unnoticed} of {len(body)} single bits of a token found by itself")
    assert unnoticed < 30  # places that DER reads alike; the ledger has the file's hash


@pytest.fixture
def stamped(tsa: Authority, tmp_path: Path) -> Path:
    """An archive whose first run was stamped."""
    root = tmp_path / "a"
    summary = synced(root, a_workspace(jobs=1, photos=1), timestamp_url=tsa.url)
    assert summary.notes == []
    assert summary.last_anchor is not None
    assert summary.last_anchor.kind == "timestamped"
    assert summary.anchor_warning is None
    return root


def test_a_stamp_fetched_by_sync_is_verified_offline_by_us_and_by_openssl(
    stamped: Path, tsa: Authority, tmp_path: Path
) -> None:
    """`openssl ts -verify` needs the head statement, the token and the root alone."""
    state, _ = read_ledger(stamped / "ledger")
    report = verify_archive(Archive(stamped))
    assert report.faults == []
    assert any("was not checked" in note for note in report.notes)
    proven = check_ledger(stamped / "ledger", Trust(roots=load_roots(tsa.ca)))
    assert (proven.faults, proven.stamps) == ([], 1)
    assert not any("was not checked" in note for note in proven.notes)
    number = state.entries - 1
    lines = (stamped / "ledger/ledger.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "line").write_bytes(lines[number - 1])
    digest = subprocess.run(
        ["sha256sum", tmp_path / "line"], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    (tmp_path / "head.txt").write_text(f"{number} {digest}\n")
    ca = ("-CAfile", str(tsa.ca))
    token = stamped / f"ledger/timestamps/{number:06d}.tsr"
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-data", str(tmp_path / "head.txt"), "-in", str(token), *ca],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in done.stdout, done.stderr


def test_a_token_that_was_changed_removed_or_is_a_strangers_is_named(
    stamped: Path, tsa: Authority
) -> None:
    """By its very name."""
    (token,) = (stamped / "ledger/timestamps").iterdir()
    name = f"ledger/timestamps/{token.name}"
    body = token.read_bytes()

    def faults() -> list[tuple[str, str]]:
        found = verify_archive(Archive(stamped)).faults
        return [(fault.kind, fault.path) for fault in found]

    for place in range(0, len(body), 97):
        token.write_bytes(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        assert faults() == [("damaged", name)]
    token.unlink()
    assert faults() == [("missing", name)]
    token.write_bytes(body)
    assert faults() == []
    (token.parent / "000099.tsr").write_bytes(body)
    (stamped / "ledger/note.txt").write_text("mine")
    assert sorted(faults()) == [
        ("extra", "ledger/note.txt"),
        ("extra", "ledger/timestamps/000099.tsr"),
    ]
    other = check_ledger(stamped / "ledger", Trust(roots=load_roots(tsa.ca)))
    assert {fault.kind for fault in other.faults} == {"extra"}


@pytest.mark.parametrize("mood", ["junk", "error", "other", "down"])
def test_an_authority_that_fails_fails_no_run(tsa: Authority, tmp_path: Path, mood: str) -> None:
    """It is said, and nothing is kept."""
    tsa.mood = mood
    url = "http://user:secret@127.0.0.1:9/tsr" if mood == "down" else tsa.url
    root = tmp_path / "a"
    summary = synced(root, a_workspace(jobs=1, photos=1), timestamp_url=url)
    assert summary.exit_code == 0
    (note,) = summary.notes
    assert "127.0.0.1" in note
    assert "secret" not in note
    assert summary.last_anchor is None
    assert summary.anchor_warning is not None
    assert not (root / "ledger/timestamps").exists()
    assert verify_archive(Archive(root)).faults == []


def test_a_run_killed_between_token_and_entry_is_completed_by_the_next(
    stamped: Path, tsa: Authority
) -> None:
    """Neither lost nor a stranger."""
    path = stamped / "ledger/ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert verify_archive(Archive(stamped)).faults == []
    assert synced(stamped, a_workspace(jobs=1, photos=1)).exit_code == 0
    check = check_ledger(stamped / "ledger", Trust(roots=load_roots(tsa.ca)))
    assert (check.faults, check.stamps) == ([], 1)
