"""Decoder processes: what kills or hangs one costs its picture alone, and none holds a secret."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archiver.decoderprocess import READY
from archiver.decoders import DecoderFailed, Decoders, decoder_environment
from archiver.images import ImageProbe
from archiver.imagetypes import ImageInfo
from archiver.pictures import NotShown, load_picture
from tests.hostile import bad_decoder
from tests.hostile.pictures import a_heic, jpeg, png_bomb, saved, text_bomb

PLAIN = jpeg()


def stored(folder: Path, body: bytes, name: str = "p") -> tuple[Path, ImageInfo]:
    path = folder / name
    path.write_bytes(body)
    probe = ImageProbe()
    probe.feed(body)
    with path.open("rb") as file:
        info = probe.finish(file).info
    assert info is not None
    return path, info


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    with Decoders() as found:
        yield found


@pytest.fixture
def bad() -> Iterator[Decoders]:
    with bad_decoder.bad_decoders() as found:
        yield found


def children() -> list[int]:
    """Processes that this one has begun and not waited for."""
    here = Path(f"/proc/{os.getpid()}/task")
    return [int(one) for task in here.iterdir() for one in (task / "children").read_text().split()]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_picture_is_decoded_and_shown_as_in_this_process(
    tmp_path: Path, decoders: Decoders, kind: str
) -> None:
    path, info = stored(tmp_path, saved(kind))
    assert decoders.check(path, info).kind == "decoded"
    shown, here = decoders.load(path, (40, 40)), load_picture(path, (40, 40))
    assert shown.image.tobytes() == here.image.tobytes()
    assert (shown.stored, shown.image.size) == (here.stored, here.image.size)


def test_a_heic_is_decoded_in_the_process_too(tmp_path: Path, decoders: Decoders) -> None:
    path, info = stored(tmp_path, a_heic(turn=1))
    assert decoders.check(path, info).kind == "decoded"
    assert decoders.load(path, (300, 300)).stored == (64, 128)


def test_what_cannot_be_decoded_says_why(tmp_path: Path, decoders: Decoders) -> None:
    path, info = stored(tmp_path, PLAIN)
    path.write_bytes(PLAIN[:-300])
    assert decoders.check(path, info).kind == "damaged"
    with pytest.raises(NotShown, match="cannot be decoded"):
        decoders.load(path, (40, 40))
    with pytest.raises(NotShown, match="missing"):
        decoders.load(tmp_path / "none", (40, 40))
    odd = tmp_path / "caf\udce9 \n\u202e"
    odd.write_bytes(PLAIN)
    assert decoders.check(odd, info).kind == "decoded"


def test_a_bomb_is_not_decoded_and_a_small_lie_is_stopped_by_the_systems_limit(
    tmp_path: Path, decoders: Decoders
) -> None:
    path, info = stored(tmp_path, png_bomb())
    assert decoders.check(path, info).kind == "skipped"
    # As if the estimate had been wrong: the process may not grow, whatever is asked of it.
    assert decoders.check(path, info, 10**12).kind in ("skipped", "damaged")
    bomb, small = stored(tmp_path, text_bomb(), "t")
    assert decoders.check(bomb, small).kind in ("decoded", "damaged")
    good, fine = stored(tmp_path, PLAIN, "g")
    assert decoders.check(good, fine).kind == "decoded"


@pytest.mark.parametrize(
    ("word", "reason"),
    [(bad_decoder.HANGS, "took too long"), (bad_decoder.DIES, "died")],
)
def test_a_decoder_that_hangs_or_dies_costs_that_picture_alone(
    tmp_path: Path, bad: Decoders, word: bytes, reason: str
) -> None:
    trap, info = stored(tmp_path, PLAIN + word, "trap")
    good, fine = stored(tmp_path, PLAIN, "good")
    with ThreadPoolExecutor(4) as pool:
        goods = [pool.submit(bad.check, good, fine) for _ in range(10)]
        found = pool.submit(bad.check, trap, info).result()
        assert {one.result().kind for one in goods} == {"decoded"}
    assert found.kind == "skipped"
    assert found.reason.startswith("not decoded: ")
    assert reason in found.reason
    with pytest.raises(NotShown, match=reason):
        bad.load(trap, (40, 40))
    assert bad.load(good, (40, 40)).image.size == (40, 30)


@pytest.mark.parametrize("word", [bad_decoder.LIES, bad_decoder.CHATTERS])
def test_an_answer_that_no_decoder_gives_is_not_believed(
    tmp_path: Path, bad: Decoders, word: bytes
) -> None:
    trap, info = stored(tmp_path, PLAIN + word)
    assert bad.check(trap, info).kind == "skipped"
    with pytest.raises(NotShown):
        bad.load(trap, (40, 40))


def test_a_decoder_that_something_else_killed_is_asked_once_more(
    tmp_path: Path, bad: Decoders
) -> None:
    path, info = stored(tmp_path, PLAIN + bad_decoder.ONCE)
    assert bad.check(path, info).kind == "decoded"


def test_many_that_hang_cost_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.decoders.PATIENCE", 0.1)
    monkeypatch.setattr("archiver.decoders.SHORT", 0.05)
    trap, info = stored(tmp_path, PLAIN + bad_decoder.HANGS)
    begun = time.monotonic()
    with bad_decoder.bad_decoders(deadline=1.5) as decoders:
        assert {decoders.check(trap, info).kind for _ in range(4)} == {"skipped"}
    assert time.monotonic() - begun < 5


def test_processes_begin_when_they_are_needed_and_end_with_the_run(tmp_path: Path) -> None:
    path, info = stored(tmp_path, PLAIN)
    before = set(children())
    with Decoders() as decoders:
        assert set(children()) == before
        decoders.check(path, info)
        decoders.check(path, info)
        assert len(set(children()) - before) == 1
    assert set(children()) == before


def test_when_the_run_is_killed_its_decoders_end(tmp_path: Path) -> None:
    """Their input ends, and so do they: nothing is left behind."""
    import subprocess

    (tmp_path / "p").write_bytes(PLAIN)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom archiver.decoders import Decoders\n"
        "d = Decoders(); d.load(Path(sys.argv[1]), (9, 9))\n"
        "print(d._idle[0]._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "p")], stdout=subprocess.PIPE, check=False
    )
    place = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(100):
        if not place.exists() or " Z " in place.read_text():
            return
        time.sleep(0.05)
    raise AssertionError("the decoder lives on")


def test_a_decoder_inherits_no_secret_and_may_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKPHOTOS_AUTH_KEY", "the-very-secret-key")
    path, info = stored(tmp_path, PLAIN)
    before = set(children())
    with Decoders() as decoders:
        decoders.check(path, info)
        (child,) = set(children()) - before
        place = Path(f"/proc/{child}")
        assert b"secret" not in (place / "environ").read_bytes()
        assert b"secret" not in (place / "cmdline").read_bytes()
        limits = {
            line[:25].strip(): line[25:].split()
            for line in (place / "limits").read_text().splitlines()
        }
        assert limits["Max file size"][0] == "0"
        assert limits["Max core file size"][0] == "0"
        assert int(limits["Max address space"][0]) < 1_000_000_000
        assert int(limits["Max cpu time"][0]) < 60
        fds = {str(one.readlink()) for one in (place / "fd").iterdir()}
        assert not any(one.startswith("socket:") for one in fds)
    assert not any("KEY" in name for name in decoder_environment())


@pytest.mark.parametrize("command", [("/nonexistent/python",), (sys.executable, "-c", "")])
def test_a_machine_that_cannot_start_one_stops_the_run_with_the_reason(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Else every picture would be marked *not decoded* in silence."""
    path, info = stored(tmp_path, PLAIN)
    with Decoders(command=command) as decoders, pytest.raises(DecoderFailed, match="not be start"):
        decoders.check(path, info)


def test_the_first_line_of_a_decoder_says_that_it_is_ready() -> None:
    import subprocess

    from archiver.decoders import COMMAND

    done = subprocess.run(
        COMMAND, input=b"", stdout=subprocess.PIPE, env=decoder_environment(), check=False
    )
    assert (done.returncode, done.stdout) == (0, READY)
