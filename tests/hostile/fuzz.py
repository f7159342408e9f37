"""`make fuzz`: hostile bodies through parse → plan → render, bodies of lists through paging, and
mutated pictures through the structure checks. Prints what it did; any finding ends it.

    python -m tests.hostile.fuzz --bodies 100000 --workers 2
"""

from __future__ import annotations

import argparse
import functools
import io
import random
import re
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

from archiver import remarks
from archiver.addresses import address_key
from archiver.details import read_details
from archiver.errors import ListRefused
from archiver.images import ImageProbe
from archiver.jsontext import parse, sameness
from archiver.models import (
    AddressKey,
    JobId,
    JobRecord,
    ListedJob,
    RelPath,
    Sha256,
    SnapshotEntry,
    StoredFile,
)
from archiver.observe import observe
from archiver.paging import Gathering, Walk, read_page
from archiver.plan import Arrival, Look, Miss, new_record, wanted
from archiver.settle import settle
from archiver.site import SiteSettings
from tests.factories import a_seal
from tests.hostile import pictures
from tests.htmlread import read
from tests.pages import job_page
from tests.strategies import Generator

NOW = datetime(2025, 11, 23, 10, 15, tzinfo=UTC)
JOB = JobId("68d0ed784f25458a9e878d15")
SITE = SiteSettings(workspace_name="W", timezone="Europe/London", language="en")
FORBIDDEN_TAGS = frozenset({"iframe", "object", "embed", "base", "frame", "applet"})
LINKS = re.compile(r"(?:https?://|mailto:|tel:|(?![/\\])[^:]*$)", re.IGNORECASE)
"""A scheme that is allowed, or a relative address: no scheme, no host, not from the root."""


def key_of(address: str) -> AddressKey:
    return address_key(address, api_origin="https://api.work.photos")


def page_of(body: bytes) -> bytes:
    """A body's page."""
    return job_page(record_of(body), a_seal(), SITE)


def record_of(body: bytes) -> JobRecord:
    """A body's record, its pictures arrived or missing by turns."""
    value = parse(body)
    details = read_details(value, key_of)
    entry = SnapshotEntry(
        1, NOW, RelPath("x.json"), len(body), Sha256(sha256(body).hexdigest()),
        sameness(value, key_of), "https://api.work.photos",
    )  # fmt: skip
    listed = ListedJob(JOB, None, None)
    record, present = observe(new_record(JOB, "f", NOW), Look(details, listed, NOW, entry), key_of)
    results: dict[object, Arrival | Miss] = {}
    for number, want in enumerate(wanted(record, present)):
        if want.address is None or number % 3 == 2:
            results[want.slot] = Miss(want.fault or remarks.ANSWERED_AS[404](status=404), 404)
        else:
            digest = Sha256(sha256(str(want.slot).encode()).hexdigest())
            kept = StoredFile(
                RelPath(""), digest, 1000, "image/jpeg", 80, 60, decoded=number % 4 != 1
            )
            results[want.slot] = Arrival(kept, ".jpeg")
    settled, _ = settle(record, results, NOW)  # type: ignore[arg-type]
    # Again: what was settled is seen a second time, and must stay what it is.
    again, _ = observe(settled, Look(details, listed, NOW, entry), key_of)
    assert len(again.messages) == len(settled.messages), "a second look added messages"
    return settled


_ICON = re.compile(rb"<svg\b[^<>]*>(?:<[^<>]*>)*?</svg>")


@functools.cache
def _icons() -> frozenset[bytes]:
    """The icons of a page in which nothing is a stranger's."""
    return frozenset(_ICON.findall(page_of(b'{"jobName": "A", "messages": []}')))


def check_page(page: bytes) -> None:
    """Nothing of a stranger's runs, loads or leads where it must not. Raises AssertionError."""
    # Most of a page's elements are icons, byte for byte the same: left out, to read more pages.
    icons = _icons()
    page = _ICON.sub(lambda found: b"" if found[0] in icons else found[0], page)
    for node in read(page).walk():
        assert node.tag not in FORBIDDEN_TAGS, node.tag
        for name, value in node.attrs.items():
            assert not name.startswith("on"), f"{node.tag} {name}"
            assert name not in ("srcdoc", "formaction", "background", "ping"), name
            if name == "style":
                assert re.fullmatch(r"[-a-z0-9:.%;, ()]*", value), value
                assert "url" not in value, value
            if name in ("href", "src", "srcset", "action", "poster"):
                assert LINKS.match(value) or value == "", (node.tag, name, value)
                if name != "href":
                    assert "//" not in value, value
        if node.tag == "script":
            assert "src" in node.attrs or node.attrs.get("type") == "application/json"
            assert "<" not in node.text, "a tag stands in a script's data"
        if node.tag == "meta":
            assert node.attrs.get("http-equiv", "").lower() != "refresh"


def fuzz_bodies(seed: int, count: int) -> int:
    """So many bodies from a seed; gives the bytes of their pages."""
    generator, size = Generator(seed), 0
    for number in range(count):
        body = generator.body()
        try:
            page = page_of(body)
            check_page(page)
        except Exception as error:
            raise AssertionError(f"seed {seed}, body {number}: {body!r}: {error!r}") from error
        size += len(page)
    return size


def fuzz_lists(seed: int, count: int) -> int:
    """So many sweeps over lists from a seed: each ends, and gives each job once or says why not."""
    generator = Generator(seed)
    for number in range(count):
        gathering = Gathering()
        try:
            while not gathering.is_done:
                gathering.add(_walk(generator))
            sweep = gathering.result()
            ids = [job.job_id for job in sweep.jobs]
            assert len(set(ids)) == len(ids), "a job stands twice"
            assert all(isinstance(one, str) and one for one in ids), "a job without an id"
            assert sweep.agreed or sweep.reason, "no reason is given"
        except Exception as error:
            raise AssertionError(f"seed {seed}, list {number}: {error!r}") from error
    return count


def _walk(generator: Generator) -> Walk:
    walk = Walk(max_pages=12)
    while walk.wants_more:
        page = walk.next_page
        try:
            walk.add(read_page(parse(generator.list_body(page)), page))
        except ListRefused:
            walk.end()
    return walk


def fuzz_pictures(seed: int, count: int) -> int:
    """Real pictures with bytes changed, cut and put in: always a verdict, never an error."""
    chance = random.Random(seed)
    kinds = [pictures.saved(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")]
    kinds += [pictures.a_heic(), pictures.jpeg(progressive=True), pictures.held(6)]
    for _ in range(count):
        body = bytearray(chance.choice(kinds))
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(body))
            match chance.randrange(4):
                case 0:
                    body[at] = chance.randrange(256)
                case 1:
                    del body[at : at + chance.randrange(1, 50)]
                case 2:
                    body[at:at] = chance.randbytes(chance.randrange(1, 9))
                case _:
                    body[at : at + 4] = chance.choice([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"])
            body = body or bytearray(b"\xff")
        probe = ImageProbe()
        step = chance.choice([1, 7, 64, 1000, 10**6])
        for at in range(0, len(body), step):
            probe.feed(bytes(body[at : at + step]))
        verdict = probe.finish(io.BytesIO(bytes(body)))
        assert verdict.kind in ("sound", "damaged", "refused")
        assert verdict.kind != "sound" or verdict.info is not None
    return count


def main() -> None:
    """Fuzz, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--lists", type=int, default=20_000)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun, share = time.monotonic(), 500
    with ProcessPoolExecutor(asked.workers) as pool:
        runs = [
            pool.submit(fuzz_bodies, asked.seed * 1_000_000 + at, min(share, asked.bodies - at))
            for at in range(0, asked.bodies, share)
        ]
        size = sum(run.result() for run in runs)
        bodies = time.monotonic() - begun
        sweeps = [
            pool.submit(fuzz_lists, asked.seed * 1_000_000 + at, min(1000, asked.lists - at))
            for at in range(0, asked.lists, 1000)
        ]
        lists = sum(sweep.result() for sweep in sweeps)
        swept = time.monotonic() - begun - bodies
        looks = [
            pool.submit(fuzz_pictures, asked.seed * 1_000_000 + at, min(5000, asked.pictures - at))
            for at in range(0, asked.pictures, 5000)
        ]
        seen = sum(look.result() for look in looks)
    looked = time.monotonic() - begun - bodies - swept
    print(
        f"{asked.bodies:,} details bodies: parsed, planned, rendered, read back "
        f"({size / 1e6:,.0f} MB of pages) in {bodies:.0f} s; "
        f"{lists:,} lists swept in {swept:.0f} s; "
        f"{seen:,} mutated pictures in {looked:.0f} s; no finding"
    )


if __name__ == "__main__":
    main()
