"""Bodies that come again almost the same are kept as what changed."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.packing import PLAIN_BELOW, pack, packed_name, unpack

BASE = random.Random(1).randbytes(40_000)


def test_a_small_body_is_kept_as_it_is() -> None:
    """Below 16 KiB a patch would not save a disk block."""
    packed = pack(b"{}", base=BASE, base_number=1, spent=0, full=40_000)
    assert (packed.suffix, packed.body) == ("", b"{}")


def test_a_body_almost_like_the_last_is_kept_as_a_small_patch() -> None:
    """Named by the number of the full copy it was made against."""
    packed = pack(BASE + b"one more", base=BASE, base_number=3, spent=0, full=40_000)
    assert packed.suffix == ".from-0003.zst"
    assert len(packed.body) < 200
    assert unpack(packed.body, BASE) == BASE + b"one more"


def test_a_new_full_copy_is_kept_once_the_patches_have_grown() -> None:
    """So the whole stays small however long the series."""
    longer = BASE + random.Random(2).randbytes(5_000)
    packed = pack(longer, base=BASE, base_number=1, spent=40_001, full=40_000)
    assert packed.suffix == ".zst"
    assert unpack(packed.body) == longer
    small = pack(BASE + b"x", base=BASE, base_number=1, spent=40_001, full=40_000)
    assert small.suffix == ".from-0001.zst"


def test_the_standard_tool_gives_a_patched_body_back(tmp_path: Path) -> None:
    """`zstd -d --patch-from=BASE FILE`, as the documentation says."""
    new = BASE[:10_000] + b"changed" + BASE[10_000:]
    packed = pack(new, base=BASE, base_number=1, spent=0, full=40_000)
    (tmp_path / "base").write_bytes(BASE)
    (tmp_path / "new.from-0001.zst").write_bytes(packed.body)
    command = ["zstd", "-d", "--patch-from=base", "new.from-0001.zst", "-o", "new"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "new").read_bytes() == new


@pytest.mark.parametrize(
    ("name", "plain", "packed", "base"),
    [
        ("0001-x.json", "0001-x.json", False, None),
        ("0002-x.json.zst", "0002-x.json", True, None),
        ("0003-x.json.from-0001.zst", "0003-x.json", True, 1),
    ],
)
def test_a_name_says_how_its_file_is_kept(
    name: str, plain: str, packed: bool, base: int | None
) -> None:
    """No other note is needed to read it back."""
    found = packed_name(name)
    assert (found.name, found.packed, found.base) == (plain, packed, base)


@settings(max_examples=50)
@given(st.binary(max_size=200), st.integers(0, len(BASE)))
def test_any_change_reads_back(change: bytes, at: int) -> None:
    """There and back, whatever changed and where."""
    body = BASE[:at] + change + BASE[at:]
    assert len(body) >= PLAIN_BELOW
    packed = pack(body, base=BASE, base_number=1, spent=0, full=40_000)
    assert unpack(packed.body, BASE if packed.suffix != ".zst" else None) == body


def test_a_broken_frame_is_an_error_that_says_so() -> None:
    """Never wrong bytes: the frame carries a checksum."""
    packed = pack(BASE, base=None, base_number=0, spent=0, full=0)
    body = bytearray(packed.body)
    body[len(body) // 2] ^= 1
    with pytest.raises(ValueError, match="zstd"):
        unpack(bytes(body))
