"""All that a job's view is made from, as one digest: equal digests, equal views on one machine.

With it a build tells which views need not be made again without making them. What the digest holds
is more than what shapes a page, never less: the program itself, its templates, the libraries and
fonts that draw, the archive's settings; and of the job its sealed record, its seal, and what the
ledger says of damage and of accepted losses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from archiver.bag import VIEW_MANIFEST, Bag, read_manifest, view_pin
from archiver.catalog import LastView
from archiver.fontchoice import installed_digest
from archiver.models import RelPath, Sha256
from archiver.pins import JobPins
from archiver.record import RECORD_PATH
from archiver.storage import is_sound, sha256_bytes, sha256_file
from archiver.templating import templates_digest
from archiver.view import ViewSettings


def common_inputs(views: ViewSettings) -> Sha256:
    """What all views of an archive are made from on this machine."""
    return _digest(
        [
            program_digest(),
            templates_digest(views.site.templates),
            _libraries(),
            installed_digest(),
            # Where assets are shared from shapes nothing.
            repr(replace(views, shared=Path())),
        ]
    )


def job_inputs(common: Sha256, bag: Bag, pins: JobPins) -> Sha256:
    """What one job's view is made from. `bag` says what its record should be: see
    `bag.check_record_untouched`."""
    return _digest(
        [
            common,
            bag.payload.get(RelPath(RECORD_PATH)),
            bag.commitment,
            pins.damaged,
            sorted((name, repr(decision)) for name, decision in pins.acknowledged.items()),
        ]
    )


def still_holds(bag: Bag, pins: JobPins, last: LastView | None, made_from: Sha256) -> bool:
    """Whether a job's view was made from just this, is the one that the ledger pins, and is there
    byte for byte."""
    if last is None or last.made_from != made_from or pins.views != {last.pin}:
        return False
    try:
        if view_pin(bag.folder, bag.salt) != last.pin:
            return False
        made = read_manifest((bag.folder / VIEW_MANIFEST).read_bytes())
        return all(is_sound(bag.folder / path, sha256) for path, sha256 in made.items())
    except (OSError, ValueError):
        return False


@cache
def program_digest() -> Sha256:
    """The version of the program itself: SHA-256 over the name and SHA-256 of each module."""
    folder = Path(__file__).parent
    return _digest(
        [
            (path.relative_to(folder).as_posix(), sha256_file(path))
            for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.mo")))
        ]
    )


def _libraries() -> list[object]:
    import babel
    import jinja2
    import PIL
    from PIL import features

    from archiver.imagedecode import is_supported

    kinds = [is_supported(kind) for kind in ("heic", "avif", "webp")]
    return [
        babel.__version__,
        jinja2.__version__,
        PIL.__version__,
        bool(features.check("raqm")),
        kinds,
    ]


def _digest(said: Sequence[object]) -> Sha256:
    return sha256_bytes(json.dumps(said).encode("ascii"))
