"""A body on its way to disk: counted, hashed and judged as it arrives; nothing left behind."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archiver.decoding import BadEncoding, Decoder
from archiver.errors import DiskFull, NotWritable
from archiver.images import ImageProbe
from archiver.spool import NoImage, Spool, TooLarge, disk_error
from tests.http_helpers import picture


def a_spool(folder: Path, *, encoding: str = "", image: bool = True, **options: Any) -> Spool:
    settings = {"limit": 1_000_000, "decode": False, "memory_limit": 10_000_000} | options
    return Spool(
        folder, decoder=Decoder(encoding), probe=ImageProbe() if image else None, **settings
    )


@contextmanager
def discarding(spool: Spool) -> Iterator[Spool]:
    try:
        yield spool
    finally:
        spool.discard()


def test_a_whole_image_is_hashed_measured_and_kept(tmp_path: Path) -> None:
    body = picture()
    spool = a_spool(tmp_path)
    spool.write([body[:100], body[100:500]])
    spooled = spool.finish([body[500:]])
    assert spooled.path.read_bytes() == body
    assert spooled.sha256 == hashlib.sha256(body).hexdigest()
    assert (spooled.size, spooled.head) == (len(body), body[:64])
    assert spooled.verdict is not None
    assert spooled.verdict.kind == "sound"
    assert spooled.decoding is None


def test_a_thumbnail_is_decoded_and_so_is_what_leaves_a_doubt(tmp_path: Path) -> None:
    thumbnail = a_spool(tmp_path, decode=True).finish([picture()])
    doubtful = a_spool(tmp_path).finish([picture("TIFF")])
    for spooled in (thumbnail, doubtful):
        assert spooled.decoding is not None
        assert spooled.decoding.kind == "decoded"


def test_an_encoded_body_is_stored_decoded(tmp_path: Path) -> None:
    body = picture()
    spooled = a_spool(tmp_path, encoding="gzip").finish([gzip.compress(body)])
    assert spooled.path.read_bytes() == body


def test_what_is_too_large_no_image_or_badly_encoded_is_named(tmp_path: Path) -> None:
    with discarding(a_spool(tmp_path, image=False)) as spool, pytest.raises(TooLarge):
        spool.write([bytes(1_000_001)])
    bomb = gzip.compress(bytes(2_000_000))
    with (
        discarding(a_spool(tmp_path, encoding="gzip", image=False)) as spool,
        pytest.raises(TooLarge),
    ):
        spool.write([bomb])
    with discarding(a_spool(tmp_path)) as spool, pytest.raises(NoImage, match="a web page"):
        spool.write([b"<html>" + bytes(100)])
    with discarding(a_spool(tmp_path)) as spool, pytest.raises(NoImage, match="an empty body"):
        spool.finish([])
    with discarding(a_spool(tmp_path, encoding="gzip")) as spool, pytest.raises(BadEncoding):
        spool.finish([gzip.compress(picture())[:-1]])
    assert not list(tmp_path.iterdir())


def test_what_is_discarded_leaves_nothing_and_takes_nothing_more(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.write([picture()])
    assert list(tmp_path.iterdir())
    spool.discard()
    spool.write([picture()])
    assert not list(tmp_path.iterdir())
    a_spool(tmp_path).discard()


class Full(io.BytesIO):
    """A file on a disk that has no room left."""

    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_fills_up_while_writing_ends_the_run(tmp_path: Path) -> None:
    with discarding(a_spool(tmp_path, image=False)) as spool:
        spool._file = Full()
        with pytest.raises(DiskFull, match="disk is full"):
            spool.write([bytes(500_000)])


def test_faults_of_the_disk_are_told_apart(tmp_path: Path) -> None:
    assert isinstance(disk_error(tmp_path, OSError(errno.ENOSPC, "full")), DiskFull)
    assert isinstance(disk_error(tmp_path, OSError(errno.EDQUOT, "full")), DiskFull)
    assert isinstance(disk_error(tmp_path, OSError(errno.EROFS, "read-only")), NotWritable)
    with pytest.raises(NotWritable, match="cannot be written"):
        a_spool(tmp_path / "missing").write([picture()])
