"""One exhibit as the page shows it: a picture, a labelled file, or a gap with its reason."""

from __future__ import annotations

from typing import Literal

from archiver import localtime
from archiver.gallery import DEFAULT_RATIO, ratio
from archiver.jobbuild import DAMAGED, ERASED, NO_NAME, Build, Spot
from archiver.jobcontext import PhotoLine, PhotoView
from archiver.models import PhotoRecord, RelPath, StoredFile
from archiver.pagetext import file_size, href
from archiver.pagewords import erased_words, photo_link
from archiver.plan import Slot
from archiver.renditionplan import shown_in_browser

TIMES = "\N{MULTIPLICATION SIGN}"

_TYPE_NAMES = {
    "image/jpeg": "JPEG photo",
    "image/png": "PNG picture",
    "image/webp": "WebP picture",
    "image/gif": "GIF picture",
    "image/bmp": "BMP picture",
    "image/tiff": "TIFF picture",
    "image/heic": "HEIC photo",
    "image/heif": "HEIF photo",
    "image/avif": "AVIF picture",
}


def _sides(stored: StoredFile) -> tuple[int, int]:
    """Width and height as looked at, 0 and 0 if unknown."""
    width, height = stored.width or 0, stored.height or 0
    return (height, width) if stored.orientation >= 5 else (width, height)


def base_name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def _file_facts(stored: StoredFile) -> str:
    """Pixels and bytes, as in `520 x 390, 11 kB`."""
    width, height = _sides(stored)
    size = file_size(stored.size)
    return f"{width} {TIMES} {height}, {size}" if width and height else size


def type_name(media_type: str) -> str:
    """A media type in words: `HEIC photo`."""
    return _TYPE_NAMES.get(media_type, media_type or "File")


def photo_view(build: Build, photo: PhotoRecord, spot: Spot, anchor: str) -> PhotoView:
    """One exhibit, whatever became of it."""
    image, stored = photo.image, photo.image.stored
    small = photo.thumbnail.stored if photo.thumbnail else None
    if not shown_in_browser(small) or (small is not None and small.file in build.damaged):
        small = None
    whole = stored if stored is not None and stored.file not in build.damaged else None
    made = build.renditions.get(whole.file) if whole is not None else None
    shape: Literal["photo", "file", "missing"] = "missing"
    if whole is not None:
        shown = made is not None or (shown_in_browser(whole) and whole.width)
        shape = "photo" if shown else "file"
    measured = stored if stored is not None and stored.width else small
    width, height = _sides(measured) if measured is not None else (0, 0)
    if made is not None:
        width, height = made.width, made.height
    if small is not None:
        thumb, (thumb_width, thumb_height) = small.file, _sides(small)
    elif made is not None:
        thumb, (thumb_width, thumb_height) = made.file, (made.width, made.height)
    elif whole is not None and shape == "photo":
        thumb, (thumb_width, thumb_height) = whole.file, _sides(whole)
    else:
        thumb, (thumb_width, thumb_height) = RelPath(""), (0, 0)
    message, moment = spot.message, spot.moment
    if moment is None or message.uploaded is None:
        iso, clock, day = "", "", ""
        sent = message.uploaded_text
        stamp = f"time as sent: {sent}" if sent else "no time given"
        if photo.erased is not None:
            stamp = "time erased"
    else:
        utc = message.uploaded
        iso, clock = localtime.iso(utc), localtime.clock(moment)
        day = localtime.day(moment)
        stamp = (
            f"{day}, {clock}:{moment.second:02d} {localtime.abbreviation(moment)}"
            f" ({utc.hour:02d}:{utc.minute:02d}:{utc.second:02d} UTC)"
        )
    title, reason, detail = ("", "", "") if shape == "photo" else _said_of(build, photo, shape)
    return PhotoView(
        id=f"p{photo.number:04d}",
        label=f"#{photo.number:04d}",
        number=photo.number,
        shape=shape,
        message=anchor,
        ratio=ratio(width, height) if width and height else DEFAULT_RATIO,
        href=href(whole.file) if whole is not None else "",
        shown=href(made.file if made is not None else whole.file) if whole is not None else "",
        width=width,
        height=height,
        thumb=href(thumb),
        thumb_width=thumb_width,
        thumb_height=thumb_height,
        who=message.uploader_name or (ERASED if photo.erased is not None else NO_NAME),
        iso=iso,
        clock=clock,
        day=day,
        stamp=stamp,
        name=base_name(whole.file) if whole is not None else "",
        facts=_file_facts(whole) if whole is not None else "",
        sha256=stored.sha256 if stored is not None else "",
        flag=_flag(build, photo, shape),
        title=title,
        reason=reason,
        detail=detail,
        lines=_lines(build, photo) if image.failure or stored is not None else (),
    )


def _flag(build: Build, photo: PhotoRecord, shape: str) -> str:
    """A word or two under a picture that is not just a picture."""
    stored = photo.image.stored
    if stored is None or shape == "missing":
        return ""
    if photo.number in build.photos_gone:
        return "no longer upstream"
    if shape == "file" or stored.file in build.renditions:
        return type_name(stored.media_type).split(" ")[0]
    if len(photo.image.versions) > 1:
        return f"{len(photo.image.versions)} versions"
    if photo.image.failure:
        return "newer one missing"
    return f"same as #{stored.same_as:04d}" if stored.same_as is not None else ""


def _said_of(build: Build, photo: PhotoRecord, shape: str) -> tuple[str, str, str]:
    """Title, reason and detail of a photo that cannot be shown as a picture; notes its gap."""
    stored, failure = photo.image.stored, photo.image.failure
    if photo.erased is not None:
        when, reason = erased_words(build.record.erasures, photo.erased, build.tz)
        return "Erased", f"It was erased on {when}", f"Reason given: {reason}"
    slot = Slot("image", photo.number)
    if shape == "file" and stored is not None:
        why = "This browser cannot show it" if stored.decoded else "Kept as received, not decoded"
        return type_name(stored.media_type), why, "Open it with another program"
    if stored is not None:
        build.gap(slot, photo_link(photo.number), DAMAGED)
        return "Damaged", f"The file was {DAMAGED}", stored.file
    reason = failure.reason if failure else "not fetched yet"
    build.gap(slot, photo_link(photo.number), reason)
    if failure is None:
        return "Not archived", reason, ""
    since = localtime.full(localtime.local(failure.since, build.tz))
    said = build.acceptance(slot)
    return "Not archived", reason, f"Since {since}" + (f". {said.rstrip('.')}" if said else "")


def _lines(build: Build, photo: PhotoRecord) -> tuple[PhotoLine, ...]:
    """What the register says beyond file, size and SHA-256."""
    image, stored = photo.image, photo.image.stored
    lines: list[PhotoLine] = []
    if stored is not None:
        if stored.camera:
            lines.append(PhotoLine(stored.camera, name="Camera"))
        if stored.captured:
            lines.append(PhotoLine(stored.captured, name="Camera clock"))
        if stored.place:
            lines.append(PhotoLine(stored.place.replace(",", ", "), name="Place", place=True))
        if stored.file in build.renditions:
            kind = type_name(stored.media_type)
            lines.append(PhotoLine(f"Shown by a JPEG copy, made of the {kind} for this page"))
        if stored.same_as is not None:
            first = f"p{stored.same_as:04d}"
            lines.append(PhotoLine("The same file as ", f"#{first}", f"#{stored.same_as:04d}"))
        for version in image.versions[-2::-1]:
            whole = version.file not in build.damaged
            lines.append(
                PhotoLine(
                    "Earlier version, " + ("kept: " if whole else f"{DAMAGED}: "),
                    href(version.file) if whole else "",
                    f"{base_name(version.file)}, {_file_facts(version)}",
                    version.sha256,
                )
            )
        lines += [PhotoLine(note) for note in stored.notes]
    if image.failure is not None:
        if stored is not None:
            lines.append(PhotoLine(f"A newer picture could not be kept: {image.failure.reason}"))
        if image.failure.damaged is not None:
            kept = image.failure.damaged.file
            lines.append(PhotoLine(f"What arrived is broken, and kept as {kept}"))
    return tuple(lines)
