"""Manifests and tag files as RFC 8493 has them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.bag import (
    Bag,
    bag_info_bytes,
    manifest_bytes,
    read_bag_info,
    read_manifest,
    snapshot_series,
)
from archiver.models import RelPath, Sha256

paths = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(
    lambda text: RelPath("data/" + text)
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64).map(Sha256)


@given(st.dictionaries(paths, digests, max_size=6))
def test_a_manifest_reads_back_whatever_the_paths(entries: dict[RelPath, Sha256]) -> None:
    """Percent signs and line breaks are encoded, and nothing else."""
    assert read_manifest(manifest_bytes(entries)) == entries


def test_a_manifest_is_sorted_with_two_spaces_and_line_feeds() -> None:
    """As `sha256sum -c` reads it."""
    a, b = Sha256("a" * 64), Sha256("b" * 64)
    body = manifest_bytes({RelPath("data/b"): b, RelPath("data/a"): a})
    assert body == f"{a}  data/a\n{b}  data/b\n".encode()


@pytest.mark.parametrize(
    "line", ["zz  data/x", "a" * 63 + "  data/x", "a" * 64, "a" * 64 + "data/x"]
)
def test_a_malformed_line_is_an_error_not_skipped(line: str) -> None:
    """The reference validator skips it; a fault must not hide that way."""
    with pytest.raises(ValueError, match="line 1"):
        read_manifest(f"{line}\n".encode())


def test_a_path_listed_twice_is_an_error() -> None:
    """Which of the two hashes would hold?"""
    line = "a" * 64 + "  data/x\n"
    with pytest.raises(ValueError, match="second time"):
        read_manifest((line * 2).encode())


@given(st.text())
def test_any_title_stays_one_line_of_bag_info(title: str) -> None:
    """No title can add an element or hide one."""
    body = bag_info_bytes([("External-Description", title), ("Payload-Oxum", "1.1")])
    assert len(body.decode().splitlines()) == 2
    assert read_bag_info(body)["Payload-Oxum"] == "1.1"


def test_the_snapshot_after_number_9999_is_number_10000() -> None:
    """Numbers have four digits or more: a job that changes every hour has so many in 14 months."""
    files = [f"data/snapshots/{number:04d}-20251123T101500Z.json" for number in range(1, 10_002)]
    manifest = manifest_bytes(dict.fromkeys(map(RelPath, files), Sha256("0" * 64)))
    bag = Bag(Path(), 1, datetime(2025, 11, 23, tzinfo=UTC), b"", b"", manifest, {})
    found = snapshot_series(bag).files
    assert sorted(found) == list(range(1, 10_002))
    assert found[10_001] == files[-1]
