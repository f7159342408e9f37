"""Content encodings are undone piece by piece; what is broken or unasked for is named."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.decoding import PIECE, BadEncoding, Decoder


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def decoded(encoding: str | None, body: bytes, step: int = 1000) -> bytes:
    decoder = Decoder(encoding)
    pieces = [
        piece
        for place in range(0, len(body), step)
        for piece in decoder.feed(body[place : place + step])
    ]
    decoder.finish()
    return b"".join(pieces)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_every_understood_encoding_gives_the_bytes_back(data: bytes, step: int) -> None:
    assert decoded(None, data, step) == data
    assert decoded("identity", data, step) == data
    assert decoded("gzip", gzip.compress(data), step) == data
    assert decoded("X-GZIP", gzip.compress(data) + gzip.compress(data), 10_000) == data * 2
    assert decoded("deflate", zlib.compress(data), step) == data
    assert decoded("deflate", raw_deflate(data), 10_000) == data


def test_bytes_after_a_gzip_body_are_padding() -> None:
    assert decoded("gzip", gzip.compress(b"abc") + b"\0\0\0\0") == b"abc"


def test_a_bomb_unfolds_piece_by_piece() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    sizes = [len(piece) for piece in Decoder("gzip").feed(bomb)]
    assert max(sizes) <= PIECE
    assert sum(sizes) == 20_000_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, br"])
def test_an_encoding_that_nobody_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(BadEncoding, match="not asked for"):
        Decoder(encoding)


def test_a_broken_or_cut_off_encoding_is_named() -> None:
    with pytest.raises(BadEncoding, match="broken"):
        decoded("gzip", b"no gzip at all")
    with pytest.raises(BadEncoding, match="ends early"):
        decoded("gzip", gzip.compress(bytes(1000))[:-3])
    with pytest.raises(BadEncoding, match="broken"):
        decoded("deflate", b"\xff\xff\xff\xff")
