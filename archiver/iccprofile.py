"""A colour profile with what colours need, and nothing else: no texts, makers, serial numbers.

Profiles of screens name the very screen (Apple's `mmod` has its serial number), and any profile
may hold private tags. So a new one is written: the fields of the header that say how to reckon,
and the tags that hold numbers for it. ISO 15076-1 (ICC.1:2022) §7.
"""

from __future__ import annotations

import struct

MAX_PROFILE = 4_000_000
"""Bytes; profiles for print have up to half of it."""
_HEADER = 128
_MAX_TAGS = 100
_REFERENCE = slice(36, 40), b"acsp"

_TAGS = frozenset(
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt chad chrm cicp gamt"
    b" A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3".split()
)
_TYPES = frozenset((b"XYZ ", b"curv", b"para", b"sf32", b"mft1", b"mft2", b"mAB ", b"mBA "))
_TYPES |= {b"chrm", b"cicp", b"mpet"}
# Version, class, colour space of the picture and of the profile; how to render, and the white.
_RECKONING = (slice(8, 24), slice(64, 80))
_NAME = "Colour profile"
_LEGAL = "No copyright, use freely"


def colour_profile(profile: bytes) -> bytes | None:
    """The part of `profile` that says what colours are meant; None when it is no profile.

    The same profile gives the same bytes, and one of ours gives itself. Never raises.
    """
    try:
        tags = _tags(profile)
    except struct.error:  # it ends early
        return None
    if not tags:
        return None
    modern = profile[8] >= 4
    tags |= {b"desc": _text(_NAME, modern, b"desc"), b"cprt": _text(_LEGAL, modern, b"text")}
    return _written(profile, tags)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """The tags that hold numbers for colours; none of a profile that is none, or far too large."""
    where, mark = _REFERENCE
    if len(profile) > MAX_PROFILE or profile[where] != mark:
        return {}
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    found: dict[bytes, bytes] = {}
    total = 0
    for number in range(min(count, _MAX_TAGS)):
        name, at, size = struct.unpack_from(">4sII", profile, _HEADER + 4 + 12 * number)
        data = profile[at : at + size]
        if name in _TAGS and name not in found and len(data) == size and data[:4] in _TYPES:
            found[name] = data
            total += size
    # Tags may share their data (one curve for three colours), a few of them.
    return found if total <= 4 * MAX_PROFILE else {}


def _text(words: str, modern: bool, kind: bytes) -> bytes:
    """A text as the version of the profile has it: §10.15; ICC.1:2001-04 §6.5.17, §6.5.18."""
    if modern:
        coded = words.encode("utf-16-be")
        return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(coded), 28) + coded
    plain = words.encode("ascii") + b"\0"
    if kind == b"text":
        return b"text" + bytes(4) + plain
    return b"desc" + struct.pack(">II", 0, len(plain)) + plain + bytes(4 + 4 + 2 + 1 + 67)


def _written(profile: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Header, table and data; data that is the same is written once."""
    at = _HEADER + 4 + 12 * len(tags)
    table, data = bytearray(), bytearray()
    places: dict[bytes, int] = {}
    for name in sorted(tags):
        if tags[name] not in places:
            data += bytes(-(at + len(data)) % 4)
            places[tags[name]] = at + len(data)
            data += tags[name]
        table += struct.pack(">4sII", name, places[tags[name]], len(tags[name]))
    data += bytes(-(at + len(data)) % 4)
    header = bytearray(_HEADER)
    for part in _RECKONING:
        header[part] = profile[part]
    # A date must be one: the first of a year.
    header[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    header[_REFERENCE[0]] = _REFERENCE[1]
    header[:4] = struct.pack(">I", at + len(data))
    return bytes(header + struct.pack(">I", len(tags)) + table + data)
