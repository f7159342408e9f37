"""A zip with a passphrase: 7-Zip opens it with that one and with no other, and nothing tells it."""

from __future__ import annotations

import io
import os
import pty
import select
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.cli import passphrase as asking
from archiver.cli.console import Console, scrubbed
from archiver.errors import UsageProblem
from archiver.passphrase import SHORTEST, passphrase_of
from archiver.zips import ZipWriter

SECRET = "otter candle 9 harbour"
TIME = datetime(2025, 11, 23, 10, 15, tzinfo=UTC)


def seven_zip(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("7z") or shutil.which("7zz")
    assert program, "7-Zip is missing; .ci/run installs it"
    return subprocess.run([program, *arguments], capture_output=True, check=False, input=b"")


def written(out: Path, body: bytes, secret: str = SECRET) -> ZipWriter:
    source = out.with_suffix(".jpg")
    source.write_bytes(body)
    with ZipWriter(out, passphrase_of(secret)) as target, source.open("rb") as file:
        target.add_bytes("record/README.txt", b"hello\r\n", TIME)
        target.add_file("record/data/0001.jpg", file, TIME)
    return target


def test_seven_zip_opens_it_with_the_passphrase(tmp_path: Path) -> None:
    body = os.urandom(3_000_000)
    written(tmp_path / "x.zip", body)
    done = seven_zip("x", f"-p{SECRET}", f"-o{tmp_path / 'out'}", str(tmp_path / "x.zip"))
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "out/record/data/0001.jpg").read_bytes() == body
    assert (tmp_path / "out/record/README.txt").read_bytes() == b"hello\r\n"


def test_seven_zip_opens_nothing_with_another_passphrase(tmp_path: Path) -> None:
    written(tmp_path / "x.zip", b"photo" * 1000)
    done = seven_zip("x", f"-p{SECRET}.", f"-o{tmp_path / 'out'}", str(tmp_path / "x.zip"))
    assert done.returncode != 0
    assert b"Wrong password" in done.stdout + done.stderr
    assert not any(p.stat().st_size for p in (tmp_path / "out").rglob("*") if p.is_file())


def test_it_is_aes_256_of_the_form_that_tells_no_checksum(tmp_path: Path) -> None:
    """AE-2: the checksum of a small file would tell what is in it."""
    written(tmp_path / "x.zip", b"photo" * 1000)
    listed = seven_zip("l", "-slt", str(tmp_path / "x.zip")).stdout.decode()
    assert listed.count("AES-256") == 2
    assert [info.CRC for info in zipfile.ZipFile(tmp_path / "x.zip").infolist()] == [0, 0]
    extra = zipfile.ZipFile(tmp_path / "x.zip").infolist()[0].extra
    assert extra[:9] == b"\x01\x99\x07\x00\x02\x00AE\x03"
    assert b"photophoto" not in (tmp_path / "x.zip").read_bytes()


def test_one_byte_altered_is_found(tmp_path: Path) -> None:
    written(tmp_path / "x.zip", b"photo" * 1000)
    body = bytearray((tmp_path / "x.zip").read_bytes())
    body[2000] ^= 1
    (tmp_path / "x.zip").write_bytes(body)
    assert seven_zip("t", f"-p{SECRET}", str(tmp_path / "x.zip")).returncode != 0


def test_salts_are_random(tmp_path: Path) -> None:
    """So the same record makes another zip: to fake a salt would give the contents away."""
    written(tmp_path / "x.zip", b"photo")
    written(tmp_path / "y.zip", b"photo")
    assert (tmp_path / "x.zip").read_bytes() != (tmp_path / "y.zip").read_bytes()


def test_what_a_zip_hashes_to_is_known_when_it_is_written(tmp_path: Path) -> None:
    out = tmp_path / "x.zip"
    target = written(out, os.urandom(5_000_000))
    done = subprocess.run(["sha256sum", str(out)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == target.sha256


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (7 << 20) + 3])
def test_a_member_hashes_to_what_it_holds(tmp_path: Path, size: int) -> None:
    """Hashed by another thread than writes it, in pieces of 1 MiB."""
    (tmp_path / "in").write_bytes(os.urandom(size))
    with ZipWriter(tmp_path / "x.zip") as target, (tmp_path / "in").open("rb") as source:
        found = target.add_file("in", source, TIME)
    for file, digest in ((tmp_path / "in", found), (tmp_path / "x.zip", target.sha256)):
        done = subprocess.run(["sha256sum", str(file)], capture_output=True, text=True, check=True)
        assert done.stdout.split()[0] == digest


def test_an_error_leaves_no_zip_and_no_thread(tmp_path: Path) -> None:
    import threading

    before = threading.active_count()

    def fail() -> None:
        with ZipWriter(tmp_path / "x.zip", passphrase_of(SECRET)) as target:
            target.add_bytes("a", b"a", TIME)
            raise OSError("stop")

    with pytest.raises(OSError, match="stop"):
        fail()
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


# --- the passphrase -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "quince", "x" * (SHORTEST - 1), "größer als sechzehn", "a\tb" * 9]
)
def test_an_unfit_passphrase_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        passphrase_of(text)
    assert not text or text not in str(refused.value)


def test_a_passphrase_prints_as_nothing_of_it() -> None:
    made = passphrase_of(SECRET)
    assert "otter" not in f"{made} {made!r} {[made]}"


def test_the_first_line_of_a_file_is_the_passphrase(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\nmore\n")
    assert asking.read_passphrase(Console(), str(tmp_path / "p")).reveal() == SECRET.encode()
    assert "otter" not in scrubbed(f"it said {SECRET}")


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    assert asking.read_passphrase(Console(), "-").reveal() == SECRET.encode()


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    with pytest.raises(UsageProblem, match="nobody is there"):
        asking.read_passphrase(Console(), None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read: No such file"):
        asking.read_passphrase(Console(), str(tmp_path / "none"))


ASKING = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # else it would ask on the terminal of the tests
from archiver.cli.console import Console
from archiver.cli.passphrase import read_passphrase
from archiver.errors import UsageProblem
try:
    print("got", len(read_passphrase(Console(), None).reveal()))
except UsageProblem as error:
    print("refused", error)
"""


def on_a_terminal(*typed: str) -> str:
    """What a real terminal shows of being asked, each answer typed when it is."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ASKING],
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
    )
    os.close(child)
    shown, answers = b"", list(typed)
    while select.select([parent], [], [], 20)[0]:
        try:
            piece = os.read(parent, 4096)
        except OSError:
            break
        shown += piece
        if answers and shown.endswith(b": "):
            os.write(parent, answers.pop(0).encode() + b"\n")
            shown += b"\n"
    process.wait(20)
    os.close(parent)
    return shown.decode()


def test_on_a_terminal_it_is_asked_for_twice_and_never_shown() -> None:
    shown = on_a_terminal(SECRET, SECRET)
    assert f"got {len(SECRET)}" in shown
    assert "otter" not in shown
    assert f"at least {SHORTEST} characters" in shown
    assert "mail services reject encrypted zips" in shown
    assert "names of the files in it" in shown


def test_two_that_differ_are_refused() -> None:
    assert "refused The two passphrases differ" in on_a_terminal(SECRET, f"{SECRET}x")
