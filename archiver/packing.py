"""Bodies that come again almost the same are kept as what changed: zstd patches (RFC 8878).

A snapshot of a long job, its record and its manifests differ little from the ones before. Small
bodies are kept as they are. A larger one is kept as a zstd frame made against an earlier full
copy, named in the file's own name, so that the standard tool gives it back without us:

    zstd -d --patch-from=0001-20251123T101500Z.json 0002-20251124T101500Z.json.from-0001.zst

A new full copy is kept when the patches since the last one have grown as large as it is, and the
next would take more than a block.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN_BELOW = 16 * 1024
"""Bodies of fewer bytes are always kept plain: a patch would not even save a disk block."""
BLOCK = 4096
"""Bytes of a disk block: a patch that fits into one costs no more than any file."""
_LEVEL = 6
_NAME = re.compile(r"(?P<name>.+?)(?:\.from-(?P<base>\d{4,}))?\.zst\Z")
_PLAIN, _LARGEST_WINDOW = ".zst", 27


@dataclass(frozen=True, slots=True)
class Packed:
    """How a body is kept: what follows its plain name, and the bytes."""

    suffix: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PackedName:
    """What a file's name says: its plain name, whether it is packed, and against which number."""

    name: str
    packed: bool
    base: int | None = None


def packed_name(name: str) -> PackedName:
    """Read the name of a file that may be packed."""
    found = _NAME.match(name)
    if found is None:
        return PackedName(name, packed=False)
    base = found["base"]
    return PackedName(found["name"], packed=True, base=int(base) if base else None)


def pack(body: bytes, *, base: bytes | None, base_number: int, spent: int, full: int) -> Packed:
    """Choose how to keep a body.

    `base` is the last full copy, numbered `base_number`, or None; `spent` the bytes of all
    patches made against it so far; `full` the bytes that full copy takes on disk.
    """
    if len(body) < PLAIN_BELOW:
        return Packed("", body)
    if base is not None:
        patch = compressed(body, base)
        if len(patch) <= BLOCK or (spent <= full and len(patch) <= full):
            return Packed(f".from-{base_number:04d}.zst", patch)
    return Packed(_PLAIN, compressed(body, None))


def compressed(body: bytes, base: bytes | None) -> bytes:
    """A body packed, by itself or as a patch against another: the same bytes each time."""
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: _LEVEL,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    if base is None:
        return zstd.compress(body, options=options)
    reach = (len(base) + len(body)).bit_length()
    options[zstd.CompressionParameter.window_log] = min(_LARGEST_WINDOW, max(10, reach))
    options[zstd.CompressionParameter.enable_long_distance_matching] = 1
    return zstd.compress(
        body, options=options, zstd_dict=zstd.ZstdDict(base, is_raw=True).as_prefix
    )


def unpack(body: bytes, base: bytes | None = None) -> bytes:
    """The body that `pack` kept as a frame. Raises ValueError when it is not one."""
    try:
        if base is None:
            return zstd.decompress(body)
        return zstd.decompress(body, zstd_dict=zstd.ZstdDict(base, is_raw=True).as_prefix)
    except zstd.ZstdError as error:
        raise ValueError(f"not a sound zstd frame: {error}") from error
