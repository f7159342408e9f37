"""The evidence report: what it says, what it claims to be, and what no text can make of it.

Read by other programs: poppler's `pdftotext`, `pdffonts`, `pdfinfo`, and pikepdf.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from archiver import remarks
from archiver.choosing import choose_jobs
from archiver.decoders import Decoders
from archiver.errors import ArchiveDamaged, ArchiverError, UsageProblem
from archiver.models import Absence, Failure, JobRecord, MessageRecord, PhotoRecord
from archiver.pictures import Shown, load_picture
from archiver.report import TypstMissing, make_report, making, report_maker, typesetting
from archiver.report.exhibits import Frame, make_prints
from archiver.storage import sha256_bytes
from tests.factories import (
    JOB_ID,
    a_file,
    a_job,
    a_message,
    a_missing_photo,
    a_photo,
    a_photo_message,
    a_record,
    a_reference,
    a_time,
)
from tests.pipeline import snapshot_tree
from tests.test_export import Built

TYPST_CODE = (
    '#panic("no") *b* _i_ $x^2$ #image("/etc/passwd") <p0001> '
    "@p0001 // gone? /* */ `raw` \\ ~ #data"
)
ARABIC, HEBREW = "مرحبا بالعالم", "שלום לכולם"
DAY = 24 * 60


class Pdf:
    """A PDF as other programs see it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _said(self, *command: str) -> str:
        return subprocess.run(
            [*command], capture_output=True, text=True, check=True, encoding="utf-8"
        ).stdout

    @cached_property
    def pages(self) -> list[str]:
        """The text of each page in reading order, white space as single blanks."""
        text = self._said("pdftotext", "-raw", str(self.path), "-")
        return [" ".join(page.split()) for page in text.split("\f")[:-1]]

    @cached_property
    def text(self) -> str:
        """The text of all pages, without what stands at their feet."""
        return " ".join(re.sub(r" ?Job \S+ · Seal .*?Page \d+ of \d+", "", p) for p in self.pages)

    @cached_property
    def solid(self) -> str:
        """The same without any blank: however lines were broken."""
        return "".join(self.text.split())

    def fonts(self) -> list[list[str]]:
        """`pdffonts`: a row a font."""
        said = self._said("pdffonts", str(self.path))
        return [line[36:].split() for line in said.splitlines()[2:]]

    def info(self) -> dict[str, str]:
        """`pdfinfo`."""
        lines = self._said("pdfinfo", str(self.path)).splitlines()
        return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}

    def boxes(self) -> Iterator[tuple[float, float, float]]:
        """Of each word its left and right end, and the width of its page, in points."""
        width = 0.0
        for line in self._said("pdftotext", "-bbox", str(self.path), "-").splitlines():
            if found := re.search(r'<page width="([\d.]+)"', line):
                width = float(found[1])
            if found := re.search(r'<word xMin="(-?[\d.]+)" .*?xMax="(-?[\d.]+)"', line):
                yield float(found[1]), float(found[2]), width

    def open(self) -> pikepdf.Pdf:
        """With pikepdf."""
        return pikepdf.open(self.path)


def report(built: Built, out: Path, **options: Any) -> Pdf:
    """The report of the archive's one job."""
    return Pdf(make_report(built.root, JOB_ID, out / "report.pdf", **options).path)


def of(tmp_path: Path, record: JobRecord, **options: Any) -> Pdf:
    """The report of a record, by way of a real archive."""
    built = Built(tmp_path / "archive")
    built.add(record)
    return report(built, tmp_path, **options)


def saying(*texts: str, **fields: Any) -> JobRecord:
    """A job of these messages."""
    return a_record([a_message(n, text, **fields) for n, text in enumerate(texts, 1)])


def a_full_record() -> JobRecord:
    """A job with something for every chapter."""
    messages: tuple[MessageRecord, ...] = (
        a_message(1, "On site. No hot water since Sunday.", minutes=0),
        *(a_photo_message(n + 1, n, minutes=n, who=n % 3) for n in range(1, 5)),
        a_message(6, "Two new olives.", minutes=40, was=("A new olive.", "Two olives.")),
        a_message(
            7,
            "The cap is missing.",
            minutes=44,
            position=None,
            absences=(Absence(a_time(3 * DAY), a_time(2 * DAY)),),
        ),
        a_message(8, None, minutes=46, kind="location", raw='{"messageType": "location"}'),
        a_message(9, TYPST_CODE, minutes=DAY),
        a_message(10, f"{HEBREW} 12", minutes=DAY + 1, who=2, uploader_name="דנה"),
        a_message(11, ARABIC, minutes=DAY + 2, who=3, uploader_name="أميرة"),
        a_message(12, "Done \U0001f477 \u7530", minutes=DAY + 3),
    )
    lost = PhotoRecord(
        3,
        4,
        a_reference(failure=Failure("HTTP 404 Not Found", a_time(DAY), 404)),
        a_reference(a_file("data/thumbnails/0003.jpeg")),
    )
    return a_record(messages, (a_photo(1, 2), a_photo(2, 3), lost, a_photo(4, 5)))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Pdf:
    """The report of a job with something for every chapter."""
    return of(tmp_path_factory.mktemp("full"), a_full_record())


# --- what it says ---------------------------------------------------------------------------------


def test_the_cover_has_facts_completeness_and_seal(full: Pdf) -> None:
    cover = full.pages[0]
    for said in (
        "Evidence report",
        "Boiler service, 14 Ashgrove Terrace",
        "Created Wed 22 Oct 2025, 11:12 BST 2025-10-22 10:12:24 UTC",
        "Created by Craig Parker",
        f"Job {JOB_ID}",
        "3 of 4 photos kept, 1 missing",
        "#0003: HTTP 404 Not Found.",
        "1 snapshot, 0 later changes",
        "Sealed on Thu 23 Oct 2025, 11:12 BST",
        "Its files have not been read again in full since.",
        "Timeline",
        "How to check this report",
    ):
        assert said.casefold() in cover.casefold()


def test_the_seal_and_the_attached_record_are_told_by_their_digests(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=1))
    solid = report(built, tmp_path).solid
    for file in ("tagmanifest-sha256.txt", "data/record.json"):
        assert sha256_bytes((folder / file).read_bytes()) in solid


def test_every_exhibit_has_number_person_both_times_file_and_digest(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=7, messages=0))
    pdf = report(built, tmp_path)
    for number in range(1, 8):
        file = next((folder / "data/images").glob(f"{number:04d}-*"))
        digest = sha256_bytes(file.read_bytes())
        minutes = 4 * number
        # On one page: an exhibit never splits.
        (page,) = [page for page in pdf.pages if f"Exhibit #{number:04d}" in page]
        assert f"22 Oct 2025, 11:{12 + minutes:02d}:24 BST" in page
        assert f"2025-10-22 10:{12 + minutes:02d}:24 UTC" in page
        assert file.name in page
        assert f"SHA-256 {digest[:32]} {digest[32:]}" in page


def test_what_was_said_stands_in_order_with_all_wordings_and_marks(full: Pdf) -> None:
    order = (
        "On site. No hot water since Sunday.",
        "Two new olives.",
        "Edited upstream between",
        "First wording, seen Thu 23 Oct 2025, 11:12 BST",
        "A new olive.",
        "Two olives.",
        "The cap is missing.",
        "No longer in WorkPhotos since Sat 25 Oct 2025, 11:12 BST",
        "A record of a kind this archive does not know (“location”), kept as received.",
        '{"messageType": "location"}',
    )
    places = [full.text.index(said) for said in order]
    assert places == sorted(places)


def test_a_missing_photo_is_a_labelled_box_and_its_thumbnail_never_stands_for_it(full: Pdf) -> None:
    page = next(page for page in full.pages if "Exhibit #0003" in page)
    said = "Not archived HTTP 404 Not Found. Since Thu 23 Oct 2025, 11:12 BST."
    assert f"{said} Its thumbnail is kept. Exhibit #0003" in page


def test_a_loss_that_a_person_accepted_says_so(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    built.add(a_record([a_photo_message(1, 1)], [a_missing_photo(1, 1)]))
    accepted = {"job": JOB_ID, "references": ["image 1"], "reason": "ticket 4711", "by": "ops"}
    built.ledger.append("acknowledged", a_time(2 * DAY), **accepted)
    pdf = report(built, tmp_path)
    assert "0 of 1 photo kept, 1 missing, acknowledged" in pdf.pages[0]
    assert pdf.text.count("Accepted as lost on 24 Oct 2025: ticket 4711") == 2
    assert "1 missing file accepted as lost (#0001) by ops: ticket 4711." in pdf.text


def test_history_and_the_last_words_close_it(full: Pdf) -> None:
    assert "History Thu 23 Oct 2025, 11:12 BST 2025-10-23 10:12:24 UTC Archived" in full.text
    assert "End of record. 4 photos (3 kept), 8 messages. Printed pages are a view" in full.text


def test_pages_are_numbered_of_how_many(full: Pdf) -> None:
    count = len(full.pages)
    for number, page in enumerate(full.pages, 1):
        assert page.endswith(f"Page {number} of {count}")


def test_a_job_without_anything_says_so(tmp_path: Path) -> None:
    pdf = of(tmp_path, a_record(title=None))
    assert "(no title)" in pdf.pages[0]
    assert "This job has no messages and no photos." in pdf.text


def test_what_is_missing_is_listed_whole_where_the_cover_cannot(tmp_path: Path) -> None:
    messages = [a_photo_message(n, n) for n in range(1, 21)]
    photos = [a_missing_photo(n, n, f"HTTP {400 + n}") for n in range(1, 21)]
    pdf = of(tmp_path, a_record(messages, photos))
    assert "And 14 more, listed under “What is missing”." in pdf.pages[0]
    listed = pdf.text.rpartition("What is missing")[2]
    assert all(f"#{n:04d}: HTTP {400 + n}." in listed for n in range(1, 21))


def test_the_title_is_never_cut(tmp_path: Path) -> None:
    title = " ".join(f"part {n} of a title" for n in range(120))
    pdf = of(tmp_path, replace(a_job(photos=1), title=title))
    assert "".join(title.split()) in pdf.solid
    with pdf.open() as found, found.open_metadata() as metadata:
        assert metadata["dc:title"] == title


# --- what it is -----------------------------------------------------------------------------------


def test_it_claims_to_be_archival_and_accessible_at_once(full: Pdf) -> None:
    with full.open() as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert metadata["pdfuaid:part"] == "1"
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert len(pdf.Root.OutputIntents) == 1
    assert full.info()["Tagged"] == "yes"


def tags(node: Any) -> Iterator[pikepdf.Dictionary]:
    """Every element of a structure tree."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from tags(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from tags(node.K)


def test_its_tags_have_headings_and_words_for_every_picture(full: Pdf) -> None:
    with full.open() as pdf:
        found = list(tags(pdf.Root.StructTreeRoot))
        kinds = Counter(str(tag.S) for tag in found)
        said = [str(tag.Alt) for tag in found if tag.S == "/Figure"]
    assert kinds["/H1"] == 4
    assert kinds["/H2"] == 2 + 4  # days, exhibits
    first = "Photo of exhibit #0001, by Amira Hassan, 22 Oct 2025, 11:13:24 BST (10:13:24 UTC)"
    assert first in said
    assert "Thumbnail of exhibit #0003, whose photo is missing" in said
    assert len(said) == 4


def test_its_bookmarks_lead_to_chapters_days_and_exhibits(full: Pdf) -> None:
    with full.open() as pdf, pdf.open_outline() as outline:
        found = {one.title.strip(): [c.title for c in one.children] for one in outline.root}
    assert list(found) == ["Timeline", "Exhibits", "History", "How to check this report"]
    assert found["Timeline"] == ["Wednesday 22 October 2025", "Thursday 23 October 2025"]
    assert found["Exhibits"] == [f"Exhibit #{n:04d}" for n in range(1, 5)]


def test_every_font_is_embedded(full: Pdf) -> None:
    rows = full.fonts()
    assert len(rows) >= 4
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def test_the_sealed_record_is_attached_byte_for_byte(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=1))
    with report(built, tmp_path).open() as pdf:
        attached = pdf.attachments["record.json"]
        assert attached.get_file().read_bytes() == (folder / "data/record.json").read_bytes()
        assert attached.get_file().mime_type == "application/json"
        assert pdf.Root.AF[0].AFRelationship == "/Source"


def test_the_same_archive_gives_the_same_bytes_anywhere_and_is_left_as_it_was(
    tmp_path: Path,
) -> None:
    built = Built(tmp_path / "archive")
    built.add(a_full_record())
    before = snapshot_tree(built.root)
    here = report(built, tmp_path).path.read_bytes()
    other = tmp_path / "elsewhere"
    other.mkdir()
    code = "import sys; from archiver.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = ("report", str(built.root), JOB_ID, "-o", str(other / "b.pdf"), "-q")
    moved = {"TZ": "Asia/Tokyo", "TMPDIR": str(other), "XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run([sys.executable, "-c", code, *arguments], env={**os.environ, **moved})
    assert done.returncode == 0
    assert (other / "b.pdf").read_bytes() == here
    assert sorted(path.name for path in other.iterdir()) == ["b.pdf"]
    assert snapshot_tree(built.root) == before


@pytest.mark.parametrize(("paper", "size"), [("a4", (595.276, 841.89)), ("letter", (612, 792))])
def test_paper_is_a4_or_letter_and_two_exhibits_a_row_are_larger(
    tmp_path: Path, paper: str, size: tuple[float, float]
) -> None:
    built = Built(tmp_path / "archive")
    built.add(a_job(photos=6, messages=0))
    widest = {}
    for per_row in (2, 3):
        with report(built, tmp_path, paper=paper, per_row=per_row).open() as found:
            box = [float(side) for side in found.pages[0].mediabox]
            assert box[2:] == pytest.approx(size, abs=0.01)
            images = [i for page in found.pages for i in page.get_images().values()]
            widest[per_row] = max(int(image.Width) for image in images)
    assert widest[2] > widest[3]


# --- texts ----------------------------------------------------------------------------------------


def test_text_that_is_typst_code_is_text(full: Pdf) -> None:
    assert TYPST_CODE in full.text


def test_code_in_every_other_place_is_text_too(tmp_path: Path) -> None:
    person = f"Mallory {TYPST_CODE}"
    built = Built(tmp_path / "archive")
    record = replace(
        a_job(photos=1, messages=1),
        title=TYPST_CODE,
        listed_name=f"Listed {TYPST_CODE}",
        creator_name=person,
        odd=(f"odd {TYPST_CODE}",),
    )
    messages = tuple(replace(one, uploader_name=person) for one in record.messages)
    built.add(replace(record, messages=messages))
    (built.root / "archiver.toml").write_text(f"[branding]\ncompany = '''{TYPST_CODE}'''\n")
    solid = report(built, tmp_path).solid
    code = "".join(TYPST_CODE.split())
    assert solid.count(code) >= 6
    assert solid.count(f"Mallory{code}") >= 3


def test_letters_from_right_to_left_are_there_in_their_own_fonts(full: Pdf) -> None:
    words = set(re.sub("[\u202a-\u202e\u2066-\u2069]", " ", full.text).split())
    assert {"שלום", "דנה", "مرحبا", "أميرة"} <= words
    said = subprocess.run(["pdffonts", full.path], capture_output=True, text=True).stdout
    assert "NotoSansArabic" in said
    assert "NotoSansHebrew" in said


def test_what_no_font_has_is_said_in_words_and_the_cover_says_so(full: Pdf) -> None:
    assert "Done [construction worker] \\u7530" in full.text
    assert "written as [name] or \\uXXXX" in full.pages[0]


def test_a_report_of_plain_letters_has_no_such_note(tmp_path: Path) -> None:
    assert "\\uXXXX" not in of(tmp_path, a_job(photos=1)).text


def test_no_word_is_wider_than_its_place(tmp_path: Path) -> None:
    long = "W" * 900
    record = replace(a_job(photos=3, messages=1), title=long, creator_name=long)
    messages = tuple(replace(one, uploader_name=long) for one in record.messages)
    said = a_message(99, f"https://example.com/{'x' * 3000} {'م' * 300}", minutes=99)
    pdf = of(tmp_path, replace(record, messages=(*messages, said)))
    margin = 17 / 25.4 * 72
    for left, right, width in pdf.boxes():
        assert left > margin - 1
        assert right < width - margin + 1
    assert long in pdf.solid


def test_controls_and_lone_surrogates_are_visible_and_overrides_turn_nothing(
    tmp_path: Path,
) -> None:
    pdf = of(tmp_path, saying("a\x00b \ud800 c\u202etxt.exe\u200b d\te\r\nf\u2028g"))
    assert "a\\u0000b \\ud800 ctxt.exe d e f g" in pdf.text


def test_odd_pairs_of_letter_and_mark_can_be_set(tmp_path: Path) -> None:
    odd = (
        "a\u05b0 b\u064b ש\u0301 x\u20e3 \u0e01\u0301 e\u0301\u0301\u0301\u0301 \u200d\ufe0f\u2028"
    )
    assert "Sealed on" in of(tmp_path, saying(odd, uploader_name=odd)).text


def test_a_message_of_100000_characters_is_there_whole(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(11_500))
    assert len(text) > 100_000
    pdf = of(tmp_path, saying(text, "after it"))
    assert "".join(text.split()) in pdf.solid
    assert "after it" in pdf.text


def test_thousands_of_messages_are_all_there(tmp_path: Path) -> None:
    pdf = of(tmp_path, saying(*(f"note {n}." for n in range(3000))))
    assert all(f"note {n}." in pdf.text for n in range(3000))


def test_what_only_a_font_of_this_machine_draws_is_said_in_words_where_typst_cannot_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = typesetting._compiled
    tried: list[Any] = []

    def fails_once(library: Any, document: Any, folder: Path) -> bytes:
        tried.append(document)
        if len(tried) == 1:
            raise library.TypstError("the text could not be displayed", "")
        return compiled(library, document, folder)

    monkeypatch.setattr(typesetting, "_compiled", fails_once)
    pdf = of(tmp_path, saying(f"a \u2605 star {HEBREW}"))
    assert len(tried) == 2
    assert "a [black star] star" in re.sub("[\u2066-\u2069]", "", pdf.text)
    assert "שלום" in pdf.text


# --- pictures -------------------------------------------------------------------------------------


def test_pictures_are_encoded_anew_at_their_printed_size(tmp_path: Path) -> None:
    """Nothing of a photo's own file gets out: no place, no stranger's bytes for a reader's PDF."""
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=2), place=True)
    pdf = report(built, tmp_path)
    body = pdf.path.read_bytes()
    assert b"Exif" not in body
    for file in (folder / "data/images").iterdir():
        assert file.read_bytes() not in body
    room = making.layout_for(built.root, None, 3).frame.pixels
    with pdf.open() as found:
        for page in found.pages:
            for image in page.get_images().values():
                assert (int(image.Width), int(image.Height)) <= room


@pytest.mark.parametrize(("size", "shown"), [((400, 300), "thumbnail"), ((236, 177), "image")])
def test_the_thumbnail_is_printed_where_it_is_sharp_enough(
    tmp_path: Path, size: tuple[int, int], shown: str
) -> None:
    files = {}
    for kind, pixels in (("image", (1600, 1200)), ("thumbnail", size)):
        path = tmp_path / f"{kind}.jpeg"
        Image.new("RGB", pixels, "red" if kind == "image" else "blue").save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        stored = a_file(path.name, width=pixels[0], height=pixels[1], sha256=digest)
        files[kind] = a_reference(stored)
    photo = PhotoRecord(1, 1, files["image"], files["thumbnail"])
    opened: list[tuple[str, tuple[int, int]]] = []

    def load(path: Path, room: tuple[int, int]) -> Shown:
        opened.append((path.stem, room))
        return load_picture(path, room)

    frame = Frame(54.67, 41)
    prints = make_prints(tmp_path, a_record([], [photo]), (), frame, load, tmp_path)
    ((kind, room),) = opened
    assert kind == shown
    assert prints.shown[1].width == room[0]
    assert room[0] <= min(frame.pixels[0], 400 if shown == "thumbnail" else 1600)


def test_a_kept_photo_that_cannot_be_opened_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(self: Decoders, path: Path, room: tuple[int, int]) -> Shown:
        from archiver.pictures import NotShown

        raise NotShown(remarks.SHOWN_TOO_LARGE())

    monkeypatch.setattr(Decoders, "load", load)
    pdf = of(tmp_path, a_job(photos=1))
    assert "No picture The photo is kept, but too large to show here. Exhibit #0001" in pdf.text


# --- damage ---------------------------------------------------------------------------------------


def test_an_altered_photo_is_named_on_the_cover_and_in_its_place_and_the_rest_is_shown(
    tmp_path: Path,
) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=3))
    file = next((folder / "data/images").glob("0002-*"))
    file.chmod(0o644)
    file.write_bytes(b"x" * file.stat().st_size)
    made = make_report(built.root, JOB_ID, tmp_path)
    name = f"data/images/{file.name}"
    assert made.damaged == (name,)
    pdf = Pdf(made.path)
    assert f"Damaged since it was sealed 1 file is altered or missing: {name}" in pdf.pages[0]
    assert "2 of 3 photos kept, 1 missing" in pdf.pages[0]
    assert re.search("Damaged The file was altered or missing .* Exhibit #0002", pdf.text)
    assert "Damaged" not in pdf.text.partition("Exhibit #0002")[2]


def test_a_file_that_is_gone_or_of_another_size_is_named(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=2))
    snapshot = next((folder / "data/snapshots").iterdir())
    snapshot.unlink()
    made = make_report(built.root, JOB_ID, tmp_path)
    assert made.damaged == (f"data/snapshots/{snapshot.name}",)


def test_what_a_check_found_is_told_and_when_it_was(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=2))
    name = next((folder / "data/images").iterdir()).relative_to(folder).as_posix()
    found = {"jobs": [JOB_ID], "damaged": {JOB_ID: [name]}, "faults": 1}
    built.ledger.append("verified", a_time(2 * DAY), **found)
    pdf = report(built, tmp_path)
    assert "All its files were last read in full on Fri 24 Oct 2025, 11:12 BST." in pdf.pages[0]
    assert f"1 file is altered or missing: {name}" in pdf.pages[0]


def test_a_record_that_is_not_the_sealed_one_makes_no_report(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=1))
    file = folder / "data/record.json"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"Craig", b"Clara"))
    with pytest.raises(ArchiveDamaged, match="is not the one that was sealed"):
        make_report(built.root, JOB_ID, tmp_path)
    assert not list(tmp_path.glob("*.pdf"))


def test_a_record_that_is_swapped_while_the_report_is_made_is_never_printed_as_the_sealed_one(
    tmp_path: Path,
) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=1))
    (job,) = choose_jobs(built.root, (JOB_ID,))
    file = folder / "data/record.json"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"Craig", b"Clara"))
    with (
        report_maker(built.root) as make,
        pytest.raises(ArchiveDamaged, match="is not the one that was sealed"),
    ):
        make(job)


def test_a_bag_sealed_anew_behind_the_ledgers_back_makes_no_report(tmp_path: Path) -> None:
    built = Built(tmp_path / "archive")
    folder = built.add(a_job(photos=1))
    tags_file = folder / "tagmanifest-sha256.txt"
    tags_file.chmod(0o644)
    tags_file.write_bytes(tags_file.read_bytes().replace(b"  bag-info", b" *bag-info"))
    with pytest.raises(ArchiveDamaged, match="the ledger has another seal"):
        make_report(built.root, JOB_ID, tmp_path)


# --- where it is written --------------------------------------------------------------------------


def test_it_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = Built(tmp_path / "archive")
    built.add(a_job(photos=1))
    out = tmp_path / "report.pdf"
    out.write_bytes(b"the last one")
    monkeypatch.setattr(making, "changed_since", lambda archive, job: True)
    with pytest.raises(ArchiverError, match="changed by a sync or build while its report"):
        make_report(built.root, JOB_ID, out)
    assert out.read_bytes() == b"the last one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "report.pdf"]


def test_it_is_named_after_the_title_in_a_folder_and_never_lies_in_the_archive(
    tmp_path: Path,
) -> None:
    built = Built(tmp_path / "archive")
    built.add(a_job(photos=1))
    assert make_report(built.root, JOB_ID, tmp_path).path.name == (
        "Boiler service, 14 Ashgrove Terrace.pdf"
    )
    with pytest.raises(UsageProblem, match="inside the archive"):
        make_report(built.root, JOB_ID, built.root / "jobs" / "report.pdf")


def test_without_typst_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(TypstMissing) as raised:
        make_report(tmp_path, JOB_ID, tmp_path)
    assert "pip install 'workphotos-archiver[pdf]'" in raised.value.hint
