"""What must not be published is found, named with its file and line; what may be is not."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import random
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pikepdf
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from archiver import leakforms, leakscan
from archiver.hiddentexts import HiddenText, HiddenTexts, comparable, shortened
from archiver.leakcontents import contents
from archiver.leaks import Finding, Rules, findings_in
from archiver.leakscan import scan_folder
from archiver.pdf import JpegPage, write_pdf
from archiver.pdftext import PageText
from archiver.templating import templates_folder
from tests.hostile import pictures

NAME = "Zoë Ramírez"
HEBREW = "יעל ברק"
CHINESE = "王小明"
JOB_ID = "68d0ed784f25458a9e878d15"
SAID = "The gate code is 4711, the key lies under the pot."
HIDDEN = HiddenTexts(
    [
        HiddenText(NAME, "the name of a person"),
        HiddenText(HEBREW, "the name of a person"),
        HiddenText(CHINESE, "the name of a person"),
        HiddenText(JOB_ID, "the id of a job"),
        HiddenText(SAID, "a message"),
    ]
)
RULES = Rules.of(HIDDEN, locations=False)
_GPS = {1: "N", 2: (51.0, 30.0, 4.43), 3: "W", 4: (0.0, 8.0, 30.8)}


def found_in(name: str, body: bytes | str, rules: Rules = RULES) -> tuple[Finding, ...]:
    """What a file's bytes give away."""
    return findings_in(name, body.encode() if isinstance(body, str) else body, rules)


# --- one planted secret of each kind --------------------------------------------------------------


def exif_of(**said: str) -> bytes:
    """An EXIF block with a position, or with texts."""
    exif = Image.Exif()
    if said:
        raw = said["artist"].encode()
        exif[0x013B] = "x" * len(raw)  # Pillow writes ASCII only
        return exif.tobytes().replace(b"x" * len(raw), raw)
    exif.get_ifd(0x8825).update(_GPS)
    return exif.tobytes()


def second_picture() -> bytes:
    """A JPEG with another one behind it that has a position (MPF, as phones make previews)."""
    return pictures.jpeg() + b"\0" * 11 + pictures.jpeg(exif=exif_of())


def png_with(key: str, text: str, *, packed: bool) -> bytes:
    """A PNG with a text chunk."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, text, zip=packed)
    return pictures.saved("PNG", pnginfo=info)


def png_ztxt(text: str) -> bytes:
    """A PNG with a compressed Latin text chunk."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", text, zip=True)
    return pictures.saved("PNG", pnginfo=info)


def an_xmp(inner: str) -> str:
    """A packet of XMP."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        f'xmlns:exif="http://ns.adobe.com/exif/1.0/" {inner}/></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    )


def jpeg_with_segment(code: int, body: bytes) -> bytes:
    """A JPEG with a segment put after its beginning."""
    return (
        b"\xff\xd8\xff"
        + bytes([code])
        + struct.pack(">H", len(body) + 2)
        + body
        + pictures.jpeg()[2:]
    )


def iptc(text: str) -> bytes:
    """Photoshop's segment with IPTC's by-line (IIM 2:80)."""
    said = text.encode()
    block = b"\x1c\x02\x50" + struct.pack(">H", len(said)) + said
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block


def our_pdf(text: str) -> bytes:
    """A contact sheet as the program writes it, with a text layer."""
    out = io.BytesIO()
    page = JpegPage(pictures.jpeg(), (80, 60), (PageText(text, 5, 20, 60, 10),))
    when = datetime(2026, 1, 1, tzinfo=UTC)
    write_pdf(out, [page], 1, paper=(80, 60), title="t", date=when, identity=bytes(16))
    return out.getvalue()


def a_pdf(change: Callable[[pikepdf.Pdf], object]) -> bytes:
    """A small PDF, changed."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        change(pdf)
        pdf.save(out, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def with_attachment(body: bytes) -> bytes:
    """A PDF with a file attached."""
    return a_pdf(lambda pdf: pdf.attachments.__setitem__("a.json", body))


def with_title(text: str) -> bytes:
    """A PDF with a title."""
    return a_pdf(lambda pdf: pdf.docinfo.__setitem__("/Title", text))


def a_zip(name: str, body: bytes | str) -> bytes:
    """A zip of one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, body)
    return out.getvalue()


def in_base64(body: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(body).decode()


def webp_with(exif: bytes) -> bytes:
    """A WebP with EXIF."""
    return pictures.saved("WEBP", exif=exif)


def heic_with_position() -> bytes:
    """A HEIC with a position."""
    body = io.BytesIO()
    picture = pillow_heif.from_pillow(pictures.quarters(pictures.HEIC_SIZE))
    picture.save(body, quality=60, exif=exif_of())
    return body.getvalue()


def bigtiff_with_position() -> bytes:
    """A BigTIFF structure with a position (its offsets are of 8 bytes)."""
    gps = ((1, 2, 2, b"N"), (2, 5, 3, 200), (3, 2, 2, b"W"), (4, 5, 3, 224))
    entries = [
        struct.pack("<HHQ", tag, kind, count)
        + (where.ljust(8, b"\0") if isinstance(where, bytes) else struct.pack("<Q", where))
        for tag, kind, count, where in gps
    ]
    head = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16)
    first = struct.pack("<QHHQQQ", 1, 0x8825, 4, 1, 60, 0)
    body = (head + first).ljust(60, b"\0") + struct.pack("<Q", 4) + b"".join(entries)
    return body.ljust(200, b"\0") + struct.pack("<12I", 51, 1, 30, 1, 4, 1, 0, 1, 8, 1, 30, 1)


def tiff_with_position() -> bytes:
    """A TIFF file with a position."""
    return exif_of().removeprefix(b"Exif\0\0")


_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0"
NFD = unicodedata.normalize("NFD", NAME)
PLANTED: tuple[tuple[str, str, bytes | str, str, int | None], ...] = (
    (
        "s3",
        "index.html",
        '<p>\n<img src="a.jpg?X-Amz-Signature=0a1b2c3d4e5f&amp;b=1">',
        "signed-address",
        2,
    ),
    ("s3 escaped", "a.js", 'x("a.jpg?v=1\\u0026X-Amz-Credential=AK12345")', "signed-address", 1),
    ("gcs", "a.json", '{\n\n"u": "/b/o?X-Goog-Signature=abcdef0123"}', "signed-address", 3),
    ("azure", "a.json", '{"u": "/b?sv=2020&sig=Zm9vYmFy%3D"}', "signed-address", 1),
    (
        "cloudfront",
        "a.css",
        "a{}\nb{background:url(x.png?Policy=eyJTd&Key-Pair-Id=KABC1)}",
        "signed-address",
        2,
    ),
    ("token", "a.txt", "\n\n\nsee /x?access_token=abcd1234efgh", "signed-address", 4),
    ("private key", "notes.txt", "\n-----BEGIN EC PRIVATE KEY-----\nMHcC", "secret", 2),
    ("jwt", "a.js", f"\nvar t='{_JWT}'", "secret", 2),
    ("aws", "a.js", "var k='AKIAIOSFODNN7EXAMPLE'", "secret", 1),
    ("bearer", "a.txt", "Authorization: Bearer abcdefghij0123456789", "secret", 1),
    ("auth key", "a.json", '{"authKey": "k3y-of-a-workspace"}', "secret", 1),
    ("password in address", "a.txt", "x\nftp://joe:hunter2@host/", "secret", 2),
    ("outside", "a.html", '<p>\n<script src="https://cdn.example.net/x.js">', "outside-address", 2),
    ("protocol-relative", "a.html", "<img src=//cdn.example.net/x.png>", "outside-address", 1),
    ("in css", "a.css", "\n@import '//fonts.example.net/f'", "outside-address", 2),
    ("websocket", "a.js", "new WebSocket('wss:\\/\\/x.example.net\\/s')", "outside-address", 1),
    ("geo link", "a.html", "<a href='geo:51.5,-0.14'>", "location", 1),
    ("map link", "a.html", "\n<a href='?mlat=51.501230&amp;mlon=-0.141890'>", "location", 2),
    ("latitude", "a.json", '{"a": 1,\n"latitude": 51.50123}', "location", 2),
    ("place", "a.js", 'x = {"place":"51.501230,-0.141890"}', "location", 1),
    ("pair", "a.html", "<p>51.50123, -0.14189</p>", "location", 1),
    ("degrees", "a.txt", "51°30'4.4\"N 0°8'31\"W", "location", 1),
    ("exif jpeg", "a.jpg", pictures.jpeg(exif=exif_of()), "location", None),
    ("exif behind", "a.jpg", second_picture(), "location", None),
    ("exif png", "a.png", pictures.saved("PNG", exif=exif_of()), "location", None),
    ("exif webp", "a.webp", webp_with(exif_of()), "location", None),
    ("exif heic", "a.heic", heic_with_position(), "location", None),
    ("exif avif", "a.avif", pictures.saved("AVIF", exif=exif_of()), "location", None),
    ("bigtiff", "a.tif", bigtiff_with_position(), "location", None),
    ("film", "a.mov", b"\0\0\0\x14ftypqt  \0\0\0\0\xa9xyz+51.5012-000.1419/", "location", None),
    ("tiff", "a.tiff", tiff_with_position(), "location", None),
    (
        "xmp",
        "a.jpg",
        jpeg_with_segment(
            0xE1,
            b"http://ns.adobe.com/xap/1.0/\0"
            + an_xmp('exif:GPSLatitude="51,30.07N" exif:GPSLongitude="0,8.5W"').encode(),
        ),
        "location",
        None,
    ),
    (
        "xmp packed",
        "a.png",
        png_with("XML:com.adobe.xmp", an_xmp('exif:GPSLatitude="51,30.07N"'), packed=True),
        "location",
        None,
    ),
    (
        "picture in a page",
        "a.html",
        f"\n<img src='data:image/jpeg;base64,{in_base64(pictures.jpeg(exif=exif_of()))}'>",
        "location",
        None,
    ),
    ("name", "a.html", f"<p>\n\n{NAME}</p>", "hidden-text", 3),
    ("name decomposed", "a.html", f"<p>\n{NFD}</p>", "hidden-text", 2),
    ("name in capitals", "a.html", NAME.upper(), "hidden-text", 1),
    ("name in entities", "a.html", "<p>\nZo&euml;&nbsp;Ram&#xED;rez", "hidden-text", 2),
    ("name over lines", "a.html", "<p>\nZoë\n   Ramírez", "hidden-text", 2),
    ("name through tags", "a.html", "<p>\nZ<b>oë</b> Ram<wbr>írez", "hidden-text", 2),
    ("name with unseen", "a.html", "Zo\u200bë\u00a0\u2068Ramí\u00adrez\u2069", "hidden-text", 1),
    ("name escaped", "a.json", "{\n" + json.dumps({"a": NAME})[1:], "hidden-text", 2),
    ("name in a script", "a.js", "x='Zo\\xeb Ram\\u{ed}rez'", "hidden-text", 1),
    ("name in an address", "a.html", f"<a href='x/{quote(NAME)}'>", "hidden-text", 1),
    ("name in a style", "a.css", "\na:after{content:'Zo\\eb  Ram\\ed rez'}", "hidden-text", 2),
    (
        "name in base64",
        "a.json",
        '\n"' + base64.b64encode(f"by {NAME} today".encode()).decode() + '"',
        "hidden-text",
        2,
    ),
    ("name in UTF-16", "a.txt", NAME.encode("utf-16"), "hidden-text", 1),
    ("name in EXIF", "a.jpg", pictures.jpeg(exif=exif_of(artist=NAME)), "hidden-text", None),
    ("name in a comment", "a.jpg", jpeg_with_segment(0xFE, NAME.encode()), "hidden-text", None),
    (
        "name in XMP",
        "a.jpg",
        jpeg_with_segment(0xE1, an_xmp(f'dc:creator="{NAME}"').encode()),
        "hidden-text",
        None,
    ),
    ("name in IPTC", "a.jpg", jpeg_with_segment(0xED, iptc(NAME)), "hidden-text", None),
    ("name in zTXt", "a.png", png_ztxt(NAME), "hidden-text", None),
    ("name in iTXt", "a.png", png_with("Author", NAME, packed=True), "hidden-text", None),
    ("name in our PDF", "a.pdf", our_pdf(NAME), "hidden-text", None),
    ("Hebrew in our PDF", "a.pdf", our_pdf(HEBREW), "hidden-text", None),
    ("name in a title", "a.pdf", with_title(NAME), "hidden-text", None),
    (
        "id attached",
        "a.pdf",
        with_attachment(json.dumps({"id": JOB_ID}).encode()),
        "hidden-text",
        1,
    ),
    ("place attached", "a.pdf", with_attachment(pictures.jpeg(exif=exif_of())), "location", None),
    ("name in a zip", "a.zip", a_zip("x/a.html", f"\n{NAME}"), "hidden-text", 2),
    ("name of a member", "a.zip", a_zip(f"{NAME}.txt", "x"), "hidden-text", None),
    ("zip behind a picture", "a.jpg", pictures.jpeg() + a_zip("a.txt", NAME), "hidden-text", 1),
    ("zip in a zip", "a.zip", a_zip("b.zip", a_zip("a.txt", SAID)), "hidden-text", 1),
    ("gzip", "a.svg.gz", gzip.compress(f"<svg>\n{JOB_ID}".encode()), "hidden-text", 2),
    ("id in a word", "a.js", f"x='job{JOB_ID}x'", "hidden-text", 1),
    ("Chinese in a sentence", "a.html", f"<p>这是{CHINESE}上传的", "hidden-text", 1),
    ("message", "a.js", f"\n{json.dumps(SAID)}", "hidden-text", 2),
)


@pytest.mark.parametrize(
    ("name", "body", "kind", "line"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED]
)
def test_what_is_planted_is_found_with_its_line(
    name: str, body: bytes | str, kind: str, line: int | None
) -> None:
    """Fails when one reading of one kind of file is left out."""
    found = found_in(name, body)
    assert (kind, line) in {(one.kind, one.line) for one in found if one.kind == kind}, found


def test_each_finding_in_a_folder_names_its_file(tmp_path: Path) -> None:
    """All of the planted secrets in one folder: none of them hides another, and the files beside
    them are named by none."""
    for number, (_, name, body, _, _) in enumerate(PLANTED):
        folder = tmp_path / f"{number:03d}"
        folder.mkdir()
        (folder / name).write_bytes(body.encode() if isinstance(body, str) else body)
        (folder / "clean.html").write_text("<p>Nothing of note.</p>")
    scan = scan_folder(tmp_path, RULES)
    wanted = {f"{n:03d}/{name}" for n, (_, name, *_) in enumerate(PLANTED)}
    assert {one.file for one in scan.findings} == wanted
    assert scan.files == 2 * len(PLANTED)


# --- what may not lie there at all ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "ledger/ledger.jsonl",
        ".archiver/x",
        "archive.json",
        "archiver.toml",
        "jobs/2025/a/seals/0001/salt",
        "jobs/2025/a/data/snapshots/0001.json",
        "jobs/2025/a/data/damaged/0001.jpeg",
        "signing.key",
        "key.pem",
        "id_ed25519",
        "authkey.txt",
        ".git/config",
        "jobs/.htaccess",
        "catalog.sqlite3",
        "index.html~",
        "run.log",
    ],
)
def test_an_archives_books_keys_and_leftovers_are_named(tmp_path: Path, name: str) -> None:
    """Whatever is in them."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    found = scan_folder(tmp_path, Rules.of(locations=False)).findings
    assert {one.kind for one in found} == {"forbidden"}
    assert all(name.startswith(one.file) for one in found)


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    """A link could show any file of the machine, and a circle of them would never end."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "up").symlink_to(tmp_path)
    (tmp_path / "secret.txt").write_text(NAME)
    os.mkfifo(site / "pipe")
    found = scan_folder(site, RULES).findings
    assert [(one.file, one.kind) for one in found] == [("pipe", "forbidden"), ("up", "forbidden")]


def test_a_hidden_text_in_a_file_name_is_told_without_being_told(tmp_path: Path) -> None:
    """The finding is as public as the terminal it is read on: in logs, say."""
    folder = tmp_path / "2025-zoe"
    folder.mkdir()
    (folder / "ZOË_RAMÍREZ-1.html").write_text(f"<p>\n{JOB_ID}")
    found = scan_folder(tmp_path, RULES).findings
    assert [(one.part, one.line) for one in found] == [("its name", None), ("", 2)]
    assert {one.file for one in found} == {"2025-zoe/ZOË…-1.html"}


def test_our_scripts_in_a_page_are_not_gone_through_and_what_stands_around_them_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word for word they are known; changed by a letter they are a stranger's. Lines stay."""
    script = (templates_folder() / "assets/job.js").read_text()
    lines = script.count("\n")
    hidden = f"<p>{NAME}</p>\n<script>{script}</script>\n<p>{JOB_ID}</p>"
    (tmp_path / "a.html").write_text(hidden)
    (tmp_path / "b.html").write_text(f"<script>{script}/*{NAME}*/</script>")
    looked: dict[str, int] = {}

    def looking(name: str, body: bytes, rules: Rules) -> tuple[Finding, ...]:
        looked[name] = len(body.strip())
        return findings_in(name, body, rules)

    monkeypatch.setattr(leakscan, "findings_in", looking)
    found = scan_folder(tmp_path, RULES).findings
    assert [(one.file, one.line) for one in found] == [
        ("a.html", 1), ("a.html", lines + 3), ("b.html", lines + 1),
    ]  # fmt: skip
    assert looked["a.html"] < 200 + lines
    assert looked["b.html"] > len(script)


def test_no_finding_holds_a_whole_secret() -> None:
    """What is printed lands in logs."""
    for _, name, body, _, _ in PLANTED:
        for one in found_in(name, body):
            for secret in (
                NAME,
                HEBREW,
                CHINESE,
                JOB_ID,
                SAID,
                "AKIAIOSFODNN7EXAMPLE",
                "hunter2",
                _JWT,
            ):
                assert comparable(secret) not in comparable(str(one)), one


# --- what may be seen -----------------------------------------------------------------------------


def test_clean_files_have_no_findings() -> None:
    """What looks like a secret and is none: hashes, drawings, namespaces, ordinary words."""
    page = """<!doctype html><html xmlns="http://www.w3.org/1999/xhtml">
    <title>A key question</title>
    <svg xmlns="http://www.w3.org/2000/svg"><path d="M10.9375,3.53125 8.6250,3.51234"/></svg>
    <p>SHA-256 36f91df7ab5cc66dafcb4f1afabfe2615f38742b1a06884a94ac952d5ccfdb1c
    <p>Policy: password reset? See the token at 10:15; 12.5, 14.25 m; Ramírez; zoé // comment
    <a href="index.html?page=2&amp;sort=key#x">next</a><a href="mailto:office@example.com">mail</a>
    <p>The id is 68d0ed78; the time 2025-11-05T09:41:51Z; latitude and longitude are withheld."""
    assert found_in("index.html", page) == ()
    script = "// key = value\nconst token = next(); a.secret = b; if (x?.token==1) y://label\n"
    assert found_in("a.js", script) == ()
    assert found_in("a.png", pictures.saved("PNG")) == ()
    assert found_in("a.jpg", pictures.with_profile()) == ()
    assert found_in("a.heic", pictures.a_heic()) == ()
    assert found_in("a.pdf", our_pdf("Shower valve, room 12")) == ()


def test_our_own_vendored_assets_have_no_findings() -> None:
    """Scripts, styles, licences and icons as every page brings them along."""
    assets = Path(__file__).parents[1] / "templates" / "assets"
    files = [path for path in assets.rglob("*") if path.is_file()]
    assert len(files) > 20
    for file in files:
        assert found_in(file.name, file.read_bytes()) == (), file


def test_what_is_approved_is_no_finding() -> None:
    """By host, by address up to a whole part, by position, by text."""
    page = "<a href='https://example.net/a/b'>x</a> geo:51.5012,-0.1419 " + NAME
    approved = ("https://example.net", "51.501,-0.142", "zoë ramírez")
    assert found_in("a.html", page, Rules.of(HIDDEN, approved, locations=False)) == ()
    others = Rules.of(HIDDEN, ("https://example.ne", "51.4,-0.142"), locations=False)
    assert len(found_in("a.html", page, others)) == 3
    assert "location" not in {
        one.kind for one in found_in("a.html", page, Rules.of(locations=True))
    }


def test_approving_a_host_approves_no_signature_for_it() -> None:
    """A signed address is a key, wherever it leads."""
    page = "<a href='https://example.net/a?X-Amz-Signature=0123456789'>"
    found = found_in("a.html", page, Rules.of(approved=("https://example.net",), locations=False))
    assert [one.kind for one in found] == ["signed-address"]


# --- any bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.zip", "a.pdf"])
def test_what_cannot_be_looked_into_is_said(name: str) -> None:
    """A scan that skips what it cannot read would call it clean."""
    if name == "a.zip":
        body = bytearray(a_zip("a.txt", "x" * 100))
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            body[body.find(mark) + at] |= 1  # encrypted, says the flag
    else:
        out = io.BytesIO()
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
        body = bytearray(out.getvalue())
    assert [one.kind for one in found_in(name, bytes(body))] == ["unread"]


_BODIES = [body.encode() if isinstance(body, str) else body for _, _, body, _, _ in PLANTED] + [
    zlib.compress(b"x" * 1000),
    pictures.png_bomb(2000),
    pictures.text_bomb(),
]


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(["a.html", "a.json", "a.css", "a.pdf", "a", "ä.svg"]),
    body=st.one_of(st.binary(max_size=400), st.sampled_from(_BODIES)),
    cut=st.integers(0, 5000),
    flips=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=8),
)
def test_any_bytes_are_gone_through(
    name: str, body: bytes, cut: int, flips: list[tuple[int, int]]
) -> None:
    """Broken, cut and hostile files end in findings, never in an error."""
    broken = bytearray(body[: len(body) - cut] if cut < len(body) else body)
    for at, value in flips:
        if broken:
            broken[at % len(broken)] = value
    for one in findings_in(name, bytes(broken), RULES):
        assert str(one)


@given(st.data(), st.sampled_from(leakforms.FORMS))
def test_what_has_the_form_of_a_secret_holds_the_sign_it_is_looked_for_by(
    data: st.DataObject, form: tuple[str, tuple[str, ...], re.Pattern[str]]
) -> None:
    """So that no form is passed over because its sign is not there."""
    _, signs, pattern = form
    said = data.draw(st.from_regex(pattern, fullmatch=True))
    assert any(sign in said for sign in signs)


@given(st.data(), st.sampled_from(leakforms.PAIRS))
def test_what_has_the_form_of_a_position_holds_the_sign_it_is_looked_for_by(
    data: st.DataObject, form: tuple[str, re.Pattern[str]]
) -> None:
    """In any case of letters."""
    sign, pattern = form
    assert sign in data.draw(st.from_regex(pattern, fullmatch=True)).casefold()


NOISE = random.Random(11).randbytes(600_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_name_among_bytes_that_are_no_text_is_told_with_where_it_lies(encoding: str) -> None:
    """To within the few bytes around it that may be letters too."""
    at = 500_000
    body = b"\0\1" + NOISE[:at] + b"\1\1" + NAME.encode(encoding) + b"\1\1" + NOISE[at:]
    (found,) = found_in("a.bin", body)
    assert found.kind == "hidden-text"
    assert found.offset is not None
    assert abs(found.offset - at - 4) <= 2


@pytest.mark.parametrize("between", [b"\xa0", b"\xff\xfe", b" "])
def test_a_short_name_is_found_whatever_stands_in_the_middle_of_it(between: bytes) -> None:
    """A blank of Latin-1, say, which is no UTF-8."""
    rules = Rules.of(HiddenTexts([HiddenText("Bea Cox", "a name")]), locations=False)
    (found,) = found_in("a.bin", b"\0\1\0Bea" + between + b"Cox\0\1" + NOISE[:1000], rules)
    assert found.kind == "hidden-text"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.html", "<img src=" + " " * 5000 + "//evil.example/x>", "outside-address"),
        ("a.html", "<img src" + "\n" * 5000 + '= "//evil.example/x">', "outside-address"),
        ("a.css", "a { b: url(" + " " * 5000 + "'//evil.example/x') }", "outside-address"),
        ("a.txt", "client_\u017fecret = abc12345678", "secret"),
        ("a.txt", "api\u212aey = abc12345678", "secret"),
    ],
)
def test_nothing_hides_behind_blanks_or_letters_that_look_alike(
    name: str, text: str, kind: str
) -> None:
    """Browsers pass over any number of blanks."""
    assert [one.kind for one in found_in(name, text)] == [kind]


def test_bytes_that_are_no_text_are_looked_through_in_few_pieces() -> None:
    """What each piece costs is not paid for each of the 40,000 strings in them."""
    assert len(list(contents("a.bin", b"\0\1" + NOISE))) <= 4


@given(st.text(min_size=3, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_hidden_text_is_found_wherever_it_stands_as_words(
    hidden: str, before: str, after: str
) -> None:
    """For any text long enough, in any form and case."""
    index = HiddenTexts([HiddenText(hidden, "x")])
    if index.too_short or not index:
        return
    for form in ("NFC", "NFD", "NFKC"):
        said = f"{before} {unicodedata.normalize(form, hidden)} {after}"
        assert any(index.seen_in(comparable(said))), form


@given(st.text(min_size=1))
def test_a_shortened_secret_is_not_the_secret(secret: str) -> None:
    """Whatever it is."""
    assert shortened(secret) != secret


@given(st.text())
def test_comparing_moves_no_line(text: str) -> None:
    """Lines are counted in what was compared."""
    assert comparable(text).count("\n") == text.count("\n")
