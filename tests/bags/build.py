"""Building bags of any version, encoding and algorithm, without the product's code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PAYLOAD: Mapping[str, bytes] = {
    "data/one.txt": b"one\n",
    "data/deep/two.bin": bytes(range(256)),
    "data/größe.txt": "grün\n".encode(),
}


def build_bag(
    folder: Path,
    *,
    version: str = "1.0",
    encoding: str = "UTF-8",
    algorithms: Sequence[str] = ("sha256",),
    tag_algorithms: Sequence[str] | None = None,
    payload: Mapping[str, bytes] = PAYLOAD,
    end: str = "\n",
    more: Mapping[str, bytes] | None = None,
) -> Path:
    """A valid bag: every tag file in its declared encoding, lines ended by `end`; `more` are
    further files outside `data/`, which no tag manifest names."""
    (folder / "data").mkdir(parents=True)
    for path, body in payload.items():
        put(folder, path, body)

    def tag(name: str, lines: Sequence[str], coding: str) -> None:
        put(folder, name, "".join(line + end for line in lines).encode(coding))

    declaration = [f"BagIt-Version: {version}", f"Tag-File-Character-Encoding: {encoding}"]
    tag("bagit.txt", declaration, "utf-8")
    size = sum(map(len, payload.values()))
    info = ["Contact-Name: Zoë", "External-Description: folded", "  over two lines"]
    name = "package-info.txt" if version < "0.96" else "bag-info.txt"
    tag(name, [*info, f"Payload-Oxum: {size}.{len(payload)}"], encoding)
    for algorithm in algorithms:
        tag(f"manifest-{algorithm}.txt", manifest_lines(folder, payload, algorithm), encoding)
    sealed = [name, "bagit.txt", *(f"manifest-{one}.txt" for one in algorithms)]
    for algorithm in algorithms if tag_algorithms is None else tag_algorithms:
        lines = manifest_lines(folder, sealed, algorithm)
        tag(f"tagmanifest-{algorithm}.txt", lines, encoding)
    for path, body in (more or {}).items():
        put(folder, path, body)
    return folder


def manifest_lines(folder: Path, paths: Iterable[str], algorithm: str) -> list[str]:
    """One line a file: hash, two spaces, path."""
    return [
        f"{hashlib.new(algorithm, (folder / path).read_bytes()).hexdigest()}  {path}"
        for path in paths
    ]


def put(folder: Path, path: str, body: bytes) -> None:
    """Write a file, its folders too."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(body)


def edit(folder: Path, name: str, old: bytes, new: bytes) -> None:
    """Replace some bytes of a tag file, and seal again whatever lists it."""
    body = (folder / name).read_bytes()
    assert old in body, (name, old, body)
    (folder / name).write_bytes(body.replace(old, new, 1))
    reseal(folder)


def reseal(folder: Path) -> None:
    """Make every tag manifest fit the tag files, so that only the intended fault is left."""
    for manifest in folder.glob("tagmanifest-*.txt"):
        algorithm = manifest.stem.partition("-")[2]
        body = manifest.read_bytes()
        coding = "utf-16" if b"\0" in body else "latin-1"
        entries = [line.split(None, 1) for line in body.decode(coding, "replace").splitlines()]
        names = [entry[1] for entry in entries if len(entry) == 2 and "\0" not in entry[1]]
        there = [name for name in names if len(name) < 80 and (folder / name).is_file()]
        lines = manifest_lines(folder, there, algorithm)
        manifest.write_bytes("".join(f"{line}\n" for line in lines).encode(coding, "replace"))
