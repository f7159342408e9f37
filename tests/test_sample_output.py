"""`sample_output/` is what `make sample` makes: evidence, seals and pages byte for byte."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from archiver.archive import Archive, job_folders, load_job
from archiver.ledger import read_ledger
from archiver.localapi import SAMPLE_AUTH_KEY
from archiver.verify import verify_archive
from tests.make_sample import LARGEST, ORDINARY, UNKNOWN_KIND, make, stored_images
from tests.pipeline import check_with_bagit, folder_of, record_of, sha256sum

SAMPLE = Path(__file__).parent.parent / "sample_output"
TOLERANCE = 12.0
"""Levels of 255 by which two sheets may differ on average: fonts and image libraries differ."""
pytestmark = pytest.mark.xdist_group("sample_output")  # made once, not once a worker
_SHEET = re.compile(r"contact-sheet(-\d+\.jpg|\.pdf)\Z")


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample made once more, from the photos stored in it."""
    root = tmp_path_factory.mktemp("sample") / "sample_output"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        make(root, stored_images(SAMPLE))
    return root


def files(root: Path) -> dict[str, Path]:
    """Every file below a folder, by its path in it."""
    return {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if p.is_file()}


def depends_on_sheets(name: str) -> bool:
    """Whether a file is a contact sheet, or holds the hash of one."""
    last = name.rpartition("/")[2]
    return bool(_SHEET.match(last)) or last in ("view-sha256.txt", "ledger.jsonl")


def test_made_again_it_has_the_same_files(again: Path) -> None:
    """None is missing, none is new; `.archiver/` is not in it."""
    assert list(files(again)) == list(files(SAMPLE))
    assert not [name for name in files(SAMPLE) if name.startswith(".archiver/")]


def test_made_again_evidence_seals_and_pages_are_the_same_bytes(again: Path) -> None:
    """Everything but sheets and what hashes them. After a change of pages: `make sample`."""
    then, now = files(SAMPLE), files(again)
    differing = [
        name
        for name in then
        if not depends_on_sheets(name) and then[name].read_bytes() != now[name].read_bytes()
    ]
    assert differing == []


def test_made_again_views_list_the_same_files(again: Path) -> None:
    """`view-sha256.txt` differs in the hashes of sheets alone."""

    def lines(root: Path, name: str) -> list[str]:
        body = (root / name).read_text("utf-8").splitlines()
        return [line[64:] if _SHEET.search(line) else line for line in body]

    views = [name for name in files(SAMPLE) if name.endswith("/view-sha256.txt")]
    assert len(views) == 3
    for name in views:
        assert lines(again, name) == lines(SAMPLE, name)


def test_made_again_the_ledger_says_the_same(again: Path) -> None:
    """Its entries differ in what pins a view, and so in the chain, alone."""

    def entries(root: Path) -> list[dict[str, object]]:
        lines = (root / "ledger/ledger.jsonl").read_text("ascii").splitlines()
        values = [json.loads(line) for line in lines]
        return [{k: v for k, v in value.items() if k not in ("prev", "view")} for value in values]

    assert entries(again) == entries(SAMPLE)


def test_made_again_the_sheets_look_the_same(again: Path) -> None:
    """The same size in pixels, and nearly the same picture; the PDF holds the pages."""
    for name, path in files(SAMPLE).items():
        if name.endswith(".jpg"):
            with Image.open(path) as then, Image.open(again / name) as now:
                assert then.size == now.size
                difference = ImageStat.Stat(ImageChops.difference(then, now)).mean
            assert max(difference) < TOLERANCE, name
        elif name.endswith(".pdf"):
            for pdf in (path, again / name):
                assert pictures_in(pdf) == [
                    page.read_bytes() for page in sorted(pdf.parent.glob("contact-sheet-*.jpg"))
                ]


def pictures_in(pdf: Path) -> list[bytes]:
    """The JPEG streams of a PDF of ours."""
    body = pdf.read_bytes()
    found = []
    for match in re.finditer(rb"/DCTDecode /Length (\d+) >>\nstream\n", body):
        picture = body[match.end() : match.end() + int(match[1])]
        with Image.open(io.BytesIO(picture)) as image:
            assert image.format == "JPEG"
        found.append(picture)
    return found


def test_it_is_at_most_five_megabytes() -> None:
    """It lies in the repository for ever."""
    assert sum(path.stat().st_size for path in files(SAMPLE).values()) <= LARGEST


def test_it_verifies() -> None:
    """By our own program, the reference validator and `sha256sum`, as it lies in the repository."""
    assert verify_archive(Archive(SAMPLE)).faults == []
    folders = list(job_folders(SAMPLE))
    assert len(folders) == 3
    for folder in folders:
        assert check_with_bagit(folder) == ""
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt", "view-sha256.txt"):
            assert sha256sum(folder, manifest).returncode == 0


def test_it_shows_a_gap_an_edit_a_loss_and_a_kind_unknown() -> None:
    """What a reader should see in a sample: not only the fine weather."""
    unknown, changed = record_of(SAMPLE, UNKNOWN_KIND), record_of(SAMPLE, ORDINARY)
    assert [photo.image.failure is not None for photo in unknown.photos].count(True) == 1
    assert any(not message.is_known for message in unknown.messages)
    assert any(len(message.wordings) > 1 for message in changed.messages)
    assert any(message.gone for message in changed.messages)
    assert (folder_of(SAMPLE, ORDINARY) / "seals/0001/manifest-sha256.txt").is_file()
    types = {
        kept.media_type
        for folder in job_folders(SAMPLE)
        for photo in load_job(folder).photos
        for kept in photo.image.versions
    }
    assert types == {"image/jpeg", "image/png"}


def test_it_holds_no_key_and_no_name_of_this_machine() -> None:
    """Not the key, no loopback address, no folder of whoever made it."""
    for name, path in files(SAMPLE).items():
        body = path.read_bytes()
        for secret in (SAMPLE_AUTH_KEY.encode(), b"127.0.0.1", str(Path.home()).encode() + b"/"):
            assert secret not in body, name
    assert read_ledger(SAMPLE / "ledger")[1] == b""
