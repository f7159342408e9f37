"""Any BagIt bag: what is valid passes, each fault is found, and nothing that the reference
validator refuses is let through."""

from __future__ import annotations

import hashlib
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.anybag import verify_bag
from archiver.bagtext import VERSIONS
from tests.bags.build import PAYLOAD, build_bag, edit, put, reseal
from tests.bags.reference import Reference
from tests.faults.lab import TORTURE


@pytest.fixture(scope="module")
def reference() -> Iterator[Reference]:
    """The reference validator."""
    with Reference() as validator:
        yield validator


def faults(bag: Path, **options: Any) -> list[str]:
    """What we find in a bag."""
    return [str(fault) for fault in verify_bag(bag, **options).faults]


# --- valid bags -------------------------------------------------------------------------------

VALID: dict[str, dict[str, Any]] = {
    **{f"version-{version}": {"version": version} for version in VERSIONS},
    "md5": {"algorithms": ["md5"]},
    "sha1": {"algorithms": ["sha1"]},
    "sha512": {"algorithms": ["sha512"]},
    "four-algorithms": {"algorithms": ["md5", "sha1", "sha256", "sha512"]},
    "tags-by-another-algorithm": {"tag_algorithms": ["sha512"]},
    "no-tag-manifest": {"tag_algorithms": []},
    "utf-16": {"encoding": "UTF-16"},
    "utf-16-big-endian": {"encoding": "UTF-16BE", "version": "0.97"},
    "latin-1": {"encoding": "ISO-8859-1"},
    "cp1252": {"encoding": "windows-1252", "version": "0.96"},
    "carriage-returns": {"end": "\r", "encoding": "UTF-8"},
    "carriage-returns-and-line-feeds": {"end": "\r\n"},
    "empty-payload": {"payload": {}},
    "empty-file": {"payload": {"data/empty": b""}},
    "a-name-with-spaces": {"payload": {"data/two  words (1).txt": b"x"}},
    "a-name-with-a-percent-sign-before-1.0": {
        "version": "0.97",
        "payload": {"data/100%25.txt": b"x"},
    },
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_bag_passes(tmp_path: Path, reference: Reference, name: str) -> None:
    """Of every version, encoding and algorithm; by the reference validator's judgement too."""
    bag = build_bag(tmp_path / name, **VALID[name])
    assert faults(bag) == []
    assert reference(bag) == ""


def test_a_name_with_a_percent_sign_is_read_as_the_standard_says(
    tmp_path: Path, reference: Reference
) -> None:
    """RFC 8493 §2.1.3: it is written %25. The reference validator does not decode it, so it
    refuses the right form and takes the wrong one."""
    bag = build_bag(tmp_path / "percent", payload={"data/100%.txt": b"x"})
    assert "%25" in faults(bag)[0]
    assert reference(bag) == ""
    edit(bag, "manifest-sha256.txt", b"100%", b"100%25")
    assert faults(bag) == []
    assert reference(bag) != ""


def test_a_line_break_in_a_name_is_encoded_in_either_case(
    tmp_path: Path, reference: Reference
) -> None:
    """`%0A` and `%0d`; the reference validator knows capital letters only."""
    bag = build_bag(tmp_path / "broken", payload={"data/a.txt": b"x"})
    (bag / "data/a.txt").rename(bag / "data/a\n\r.txt")
    edit(bag, "manifest-sha256.txt", b"a.txt", b"a%0A%0D.txt")
    assert faults(bag) == []
    assert reference(bag) == ""
    edit(bag, "manifest-sha256.txt", b"%0A%0D", b"%0a%0d")
    assert faults(bag) == []


def test_weak_algorithms_are_accepted_and_named(tmp_path: Path) -> None:
    """Where nothing stronger is there as well."""
    weak = verify_bag(build_bag(tmp_path / "weak", algorithms=["md5", "sha1"]))
    assert "MD5 and SHA1 alone" in weak.notes[0]
    both = verify_bag(build_bag(tmp_path / "both", algorithms=["md5", "sha256"]))
    assert both.notes == []


def test_a_name_in_another_unicode_form_on_disk_is_taken_for_it_and_said(
    tmp_path: Path, reference: Reference
) -> None:
    """Some file systems store another form than was written."""
    bag = build_bag(tmp_path / "form")
    name = "data/größe.txt"
    (bag / name).rename(bag / unicodedata.normalize("NFD", name))
    report = verify_bag(bag)
    assert report.faults == []
    assert "another Unicode form" in report.notes[0]
    assert reference(bag) == ""


def test_files_that_no_tag_manifest_names_are_listed_and_faults_only_when_asked(
    tmp_path: Path, reference: Reference
) -> None:
    """A page beside the data, say."""
    bag = build_bag(tmp_path / "loose", more={"index.html": b"<p>", "assets/a.css": b"p{}"})
    report = verify_bag(bag)
    assert (report.faults, sorted(report.unsealed)) == ([], ["assets/a.css", "index.html"])
    assert reference(bag) == ""
    strict = verify_bag(bag, strict_tags=True)
    assert sorted(fault.path for fault in strict.faults) == ["assets/a.css", "index.html"]


def test_without_a_tag_manifest_every_tag_file_is_unsealed(tmp_path: Path) -> None:
    """Nothing vouches for the manifest itself."""
    bag = build_bag(tmp_path / "none", tag_algorithms=[])
    assert sorted(verify_bag(bag).unsealed) == ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]


# --- faults -----------------------------------------------------------------------------------


def _no_data(bag: Path) -> None:
    shutil.rmtree(bag / "data")


def _swap(bag: Path) -> None:
    one, two = bag / "data/one.txt", bag / "data/deep/two.bin"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _link(bag: Path, path: str, target: str) -> None:
    (bag / path).unlink()
    (bag / path).symlink_to(target)


def _utf8_bom(bag: Path) -> None:
    edit(bag, "manifest-sha256.txt", b"", b"\xef\xbb\xbf")


def _listed(bag: Path, path: str, *, body: bytes = b"x", name: str = "manifest-sha256.txt") -> None:
    """One more entry, its file perhaps nowhere."""
    line = f"{hashlib.sha256(body).hexdigest()}  {path}\n".encode()
    (bag / name).write_bytes((bag / name).read_bytes() + line)
    reseal(bag)


def _fetch(bag: Path, line: bytes) -> None:
    put(bag, "fetch.txt", line)


def _each(*deeds: Callable[[Path], Any]) -> Callable[[Path], None]:
    def all_of_them(bag: Path) -> None:
        for deed in deeds:
            deed(bag)

    return all_of_them


FAULTS: dict[str, tuple[Callable[[Path], Any], bool]] = {
    # name: (the deed, whether the reference validator refuses it too)
    "altered-payload": (lambda b: put(b, "data/one.txt", b"two\n"), True),
    "truncated-payload": (lambda b: put(b, "data/one.txt", b"on"), True),
    "missing-payload": (lambda b: (b / "data/one.txt").unlink(), True),
    "payload-in-each-others-place": (_swap, True),
    "stranger-in-data": (lambda b: put(b, "data/.DS_Store", b"x"), True),
    "no-data-folder": (_no_data, True),
    "no-declaration": (lambda b: (b / "bagit.txt").write_bytes(b""), True),
    "altered-tag-file": (lambda b: put(b, "bag-info.txt", b"Payload-Oxum: 266.3\n"), True),
    "missing-tag-file": (lambda b: (b / "bag-info.txt").unlink(), True),
    "no-manifest": (lambda b: (b / "manifest-sha256.txt").unlink(), True),
    "space-before-colon": (lambda b: edit(b, "bagit.txt", b"ion:", b"ion :"), False),
    "no-space-after-colon": (lambda b: edit(b, "bagit.txt", b": 1", b":1"), False),
    "a-third-line-in-bagit.txt": (lambda b: edit(b, "bagit.txt", b"8\n", b"8\nX: y\n"), False),
    "unknown-version": (lambda b: edit(b, "bagit.txt", b"1.0", b"1.7"), False),
    "future-version": (lambda b: edit(b, "bagit.txt", b"1.0", b"2.0"), True),
    "version-without-minor": (lambda b: edit(b, "bagit.txt", b"1.0", b"1"), False),
    "unknown-encoding": (lambda b: edit(b, "bagit.txt", b"UTF-8", b"UTF-9"), True),
    "encoding-of-no-text": (lambda b: edit(b, "bagit.txt", b"UTF-8", b"rot13"), True),
    "other-encoding-than-declared": (lambda b: edit(b, "bagit.txt", b"UTF-8", b"ASCII"), True),
    "bom-in-bagit.txt": (lambda b: edit(b, "bagit.txt", b"", b"\xef\xbb\xbf"), True),
    "bom-in-manifest": (_utf8_bom, False),
    "malformed-manifest-line": (
        lambda b: edit(b, "manifest-sha256.txt", b"", b"not-a-hash\n"),
        False,
    ),
    "comment-in-manifest": (lambda b: edit(b, "manifest-sha256.txt", b"", b"# hello\n"), False),
    "hash-too-short": (lambda b: edit(b, "manifest-sha256.txt", b"  data", b"x  data"), True),
    "entry-twice": (
        lambda b: (b / "manifest-sha256.txt").write_bytes(
            (b / "manifest-sha256.txt").read_bytes() * 2
        ),
        True,
    ),
    "payload-listed-in-tag-manifest": (
        lambda b: _listed(b, "data/one.txt", body=b"one\n", name="tagmanifest-sha256.txt"),
        True,
    ),
    "manifest-lists-a-tag-file": (
        _each(lambda b: put(b, "note.txt", b"x"), lambda b: _listed(b, "note.txt")),
        False,
    ),
    "tag-manifest-lists-itself": (
        lambda b: _listed(b, "tagmanifest-sha256.txt", name="tagmanifest-sha256.txt"),
        True,
    ),
    "path-to-the-parent": (lambda b: _listed(b, "data/../../outside.txt"), True),
    "path-to-the-parent-that-stays-inside": (
        _each(lambda b: put(b, "data/in.txt", b"x"), lambda b: _listed(b, "data/deep/../in.txt")),
        True,  # for the oxum, which the added file breaks
    ),
    "absolute-path": (lambda b: _listed(b, "/etc/hostname"), True),
    "home-path": (lambda b: _listed(b, "~/secret"), True),
    "path-longer-than-any-file": (lambda b: _listed(b, "data/" + "x" * 300), True),
    "drive-path": (lambda b: _listed(b, "C:/secret.txt"), True),
    "symbolic-link-out": (lambda b: _link(b, "data/one.txt", "/etc/hostname"), True),
    "symbolic-link-inside": (
        _each(lambda b: put(b, "copy", b"one\n"), lambda b: _link(b, "data/one.txt", "../copy")),
        False,
    ),
    "symbolic-link-as-tag-file": (
        _each(
            lambda b: put(b.parent, "outside", (b / "bag-info.txt").read_bytes()),
            lambda b: _link(b, "bag-info.txt", "../outside"),
        ),
        True,
    ),
    "symbolic-link-to-a-folder": (lambda b: (b / "more").symlink_to("/etc"), False),
    "names-that-differ-in-case": (
        _each(lambda b: put(b, "Note.txt", b"x"), lambda b: put(b, "note.txt", b"x")),
        False,
    ),
    "names-that-differ-in-form": (
        _each(lambda b: put(b, "ö.txt", b"x"), lambda b: put(b, "o\u0308.txt", b"x")),
        False,
    ),
    "wrong-oxum": (lambda b: edit(b, "bag-info.txt", b".3", b".4"), True),
    "malformed-oxum": (lambda b: edit(b, "bag-info.txt", b".3", b"-3"), True),
    "oxum-in-other-case-and-wrong": (
        lambda b: edit(b, "bag-info.txt", b"Payload-Oxum: 2", b"payload-oxum: 3"),
        False,
    ),
    "oxum-twice": (
        lambda b: edit(b, "bag-info.txt", b"Payload-Oxum", b"Payload-Oxum: 1.1\nPayload-Oxum"),
        True,
    ),
    "metadata-without-colon": (lambda b: edit(b, "bag-info.txt", b"", b"nothing\n"), True),
    "line-separator-in-a-name": (
        _each(
            lambda b: (b / "data/one.txt").rename(b / "data/on\u2028e.txt"),
            lambda b: edit(b, "manifest-sha256.txt", b"one.txt", "on\u2028e.txt".encode()),
        ),
        True,
    ),
    "name-that-ends-in-a-space": (
        _each(
            lambda b: (b / "data/one.txt").rename(b / "data/one.txt "),
            lambda b: edit(b, "manifest-sha256.txt", b"one.txt", b"one.txt "),
        ),
        True,
    ),
    "unknown-algorithm": (
        lambda b: (b / "manifest-sha256.txt").rename(b / "manifest-crc32.txt"),
        True,
    ),
    "second-manifest-of-unknown-algorithm": (lambda b: put(b, "manifest-crc32.txt", b""), False),
    "second-manifest-lists-less": (lambda b: put(b, "manifest-md5.txt", b""), False),
    "tag-manifest-without-the-manifest": (
        lambda b: put(b, "tagmanifest-sha256.txt", b""),
        False,
    ),
    "file-to-be-fetched": (
        _each(
            lambda b: _fetch(b, b"https://example.org/one.txt 4 data/one.txt\n"),
            lambda b: (b / "data/one.txt").unlink(),
        ),
        True,
    ),
    "fetch-without-length": (
        lambda b: _fetch(b, b"https://example.org/one.txt data/one.txt\n"),
        True,
    ),
    "fetch-from-nowhere": (lambda b: _fetch(b, b"one.txt 4 data/one.txt\n"), True),
    "fetch-of-a-path-outside": (
        lambda b: _fetch(b, b"https://example.org/x 4 ../../x\n"),
        True,
    ),
    "fetch-of-what-nobody-lists": (
        lambda b: _fetch(b, b"https://example.org/x 4 data/x\n"),
        False,
    ),
    "fetch-with-an-empty-line": (
        lambda b: _fetch(b, b"\nhttps://example.org/one.txt 4 data/one.txt\n"),
        True,
    ),
    "folder-in-the-place-of-a-file": (
        _each(lambda b: (b / "data/one.txt").unlink(), lambda b: (b / "data/one.txt").mkdir()),
        True,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bag_named_for_its_fault_is_refused(
    tmp_path: Path, reference: Reference, name: str
) -> None:
    """By us always; where the reference validator lets it pass, we are the stricter one."""
    bag = build_bag(tmp_path / name)
    deed, also_refused = FAULTS[name]
    deed(bag)
    assert faults(bag) != []
    assert bool(reference(bag)) == also_refused


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither damaged nor missing, as far as anybody knows."""
    bag = build_bag(tmp_path / "closed")
    real = Path.open

    def refuse(self: Path, *mode: Any, **more: Any) -> Any:
        if self.name == "one.txt":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *mode, **more)

    monkeypatch.setattr(Path, "open", refuse)
    assert [fault.kind for fault in verify_bag(bag).faults] == ["unreadable"]


# --- anything at all --------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        *PAYLOAD,
        *("bagit.txt", "bag-info.txt", "package-info.txt", "fetch.txt", "note.txt"),
        *("manifest-sha256.txt", "manifest-md5.txt", "tagmanifest-sha256.txt"),
        *("data/new.txt", "data/deep/new.txt", "data/ONE.txt", "data", "Data/one.txt"),
    ]
)
LINES = st.sampled_from(
    [
        b"", b" ", b"#", b"nothing", b"Payload-Oxum: 266.3", b"Payload-Oxum: 1", b"Label: x",
        b" folded", b"BagIt-Version: 0.97", b"BagIt-Version: 1.0", b"BagIt-Version : 0.96",
        b"Tag-File-Character-Encoding: latin-1", b"\xef\xbb\xbf", b"\xff\xfe", b"\x85x: y",
        b"%0A", b"%25", b"*", b"./", b"0" * 64 + b"  data/one.txt", b"\t", b"\x0c: \x1c",
        b"http://example.org/x - data/one.txt", b"0" * 64 + b" *data/new.txt",
    ]
)  # fmt: skip
DEEDS = st.one_of(
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("copy"), NAMES, NAMES),
    st.tuples(st.just("put"), NAMES, LINES),
    st.tuples(st.just("insert"), NAMES, st.integers(0, 400), LINES),
    st.tuples(st.just("cut"), NAMES, st.integers(0, 400), st.integers(1, 80)),
    st.tuples(st.just("flip"), NAMES, st.integers(0, 400), st.integers(0, 7)),
    st.tuples(st.just("reseal")),
)


def _do(bag: Path, deed: tuple[Any, ...]) -> None:
    """Change a bag; what makes no sense is passed over."""
    kind, *rest = deed
    if kind == "reseal":
        reseal(bag)
        return
    path = bag / rest[0]
    if kind == "put":
        if not path.is_dir() and path.parent.is_dir():
            path.write_bytes(rest[1] + b"\n")
        return
    if not path.is_file():
        return
    body = path.read_bytes()
    at = rest[1] if len(rest) > 1 and isinstance(rest[1], int) else 0
    at = min(at, max(len(body) - 1, 0))
    if kind == "remove":
        path.unlink()
    elif kind in ("rename", "copy"):
        target = bag / rest[1]
        if target.parent.is_dir() and not target.is_dir() and target != path:
            target.write_bytes(body)
            if kind == "rename":
                path.unlink()
    elif kind == "insert":
        path.write_bytes(body[:at] + rest[2] + body[at:])
    elif kind == "cut":
        path.write_bytes(body[:at] + body[at + rest[2] :])
    elif body:
        path.write_bytes(body[:at] + bytes([body[at] ^ 1 << rest[2]]) + body[at + 1 :])


@settings(
    max_examples=4000 if TORTURE else 250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    version=st.sampled_from(VERSIONS),
    encoding=st.sampled_from(["UTF-8", "utf-8", "UTF-16", "ISO-8859-1"]),
    algorithms=st.sampled_from([("sha256",), ("md5", "sha256"), ("sha512",)]),
    deeds=st.lists(DEEDS, max_size=4),
)
def test_whatever_the_reference_refuses_we_refuse(
    tmp_path: Path, reference: Reference, version: str, encoding: str, algorithms: Any, deeds: Any
) -> None:
    """A valid bag, changed in any way: files removed, renamed, copied, added; bytes and lines
    inserted, cut and flipped; sealed again or not."""
    bag = tmp_path / "bag"
    shutil.rmtree(bag, ignore_errors=True)
    build_bag(bag, version=version, encoding=encoding, algorithms=algorithms)
    for deed in deeds:
        _do(bag, deed)
    refused = reference(bag)
    if not (bag / "bagit.txt").is_file():
        assert refused
        return
    ours = faults(bag)
    assert ours or not refused, refused
    if not deeds:
        assert ours == []
