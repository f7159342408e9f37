"""One exhibit as the page shows it: a picture, a labelled file, or a gap with its reason."""

from __future__ import annotations

from typing import Literal

from archiver import localtime
from archiver.capturetime import clock_fact
from archiver.gallery import DEFAULT_RATIO, ratio
from archiver.jobbuild import DAMAGED, ERASED, NO_NAME, Build, Spot
from archiver.jobcontext import PhotoLine, PhotoView
from archiver.language import N_, Language
from archiver.models import PhotoRecord, RelPath, StoredFile
from archiver.pagetext import href
from archiver.pagewords import Sentence, erased_words, photo_link, unmarked
from archiver.plan import Slot
from archiver.reader import Reader
from archiver.renditionplan import shown_in_browser

TIMES = "\N{MULTIPLICATION SIGN}"

_TYPE_NAMES = {
    "image/jpeg": N_("JPEG photo"),
    "image/png": N_("PNG picture"),
    "image/webp": N_("WebP picture"),
    "image/gif": N_("GIF picture"),
    "image/bmp": N_("BMP picture"),
    "image/tiff": N_("TIFF picture"),
    "image/heic": N_("HEIC photo"),
    "image/heif": N_("HEIF photo"),
    "image/avif": N_("AVIF picture"),
}


def base_name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def _file_facts(stored: StoredFile, language: Language) -> str:
    """Pixels and bytes, as in `520 x 390, 11 kB`."""
    width, height = stored.sides
    size = language.file_size(stored.size)
    return f"{width} {TIMES} {height}, {size}" if width and height else size


def type_name(media_type: str, language: Language) -> str:
    """A media type in words: `HEIC photo`."""
    known = _TYPE_NAMES.get(media_type)
    return language.tr(known) if known else media_type or language.tr("File")


def photo_view(build: Build, photo: PhotoRecord, spot: Spot, anchor: str) -> PhotoView:
    """One exhibit, whatever became of it."""
    reader = build.reader
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
    width, height = measured.sides if measured is not None else (0, 0)
    if made is not None:
        width, height = made.width, made.height
    if small is not None:
        thumb, (thumb_width, thumb_height) = small.file, small.sides
    elif made is not None:
        thumb, (thumb_width, thumb_height) = made.file, (made.width, made.height)
    elif whole is not None and shape == "photo":
        thumb, (thumb_width, thumb_height) = whole.file, whole.sides
    else:
        thumb, (thumb_width, thumb_height) = RelPath(""), (0, 0)
    message, moment = spot.message, spot.moment
    if moment is None or message.uploaded is None:
        iso, clock, day = "", "", ""
        sent = message.uploaded_text
        stamp = reader.tr("time as sent: {time}", time=sent) if sent else reader.tr("no time given")
        if photo.erased is not None:
            stamp = reader.tr("time erased")
    else:
        utc = message.uploaded
        iso, clock = localtime.iso(utc), reader.clock(moment)
        day = reader.day(moment)
        stamp = (
            f"{day}, {clock}:{moment.second:02d} {localtime.abbreviation(moment)}"
            f" ({utc.hour:02d}:{utc.minute:02d}:{utc.second:02d} UTC)"
        )
    who = message.uploader_name or reader.tr(ERASED if photo.erased is not None else NO_NAME)
    title, reason, detail = ("", (), "") if shape == "photo" else _said_of(build, photo, shape)
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
        who=who,
        alt=_alt(reader, photo.number, who, day, clock),
        iso=iso,
        clock=clock,
        day=day,
        stamp=stamp,
        name=base_name(whole.file) if whole is not None else "",
        facts=_file_facts(whole, reader.language) if whole is not None else "",
        sha256=stored.sha256 if stored is not None else "",
        flag=_flag(build, photo, spot, shape),
        title=title,
        reason=reason,
        detail=detail,
        lines=_lines(build, photo, spot) if image.failure or stored is not None else (),
    )


def _alt(reader: Reader, number: int, who: str, day: str, clock: str) -> str:
    """What stands for a picture that is not seen."""
    if not day:
        return reader.tr("Photo {number} by {who}", number=number, who=who)
    return reader.tr(
        "Photo {number} by {who}, {day}, {clock}", number=number, who=who, day=day, clock=clock
    )


def _flag(build: Build, photo: PhotoRecord, spot: Spot, shape: str) -> str:
    """A word or two under a picture that is not just a picture."""
    stored, reader = photo.image.stored, build.reader
    if stored is None or shape == "missing":
        return ""
    if photo.number in build.photos_gone:
        return reader.tr("no longer upstream")
    if shape == "file" or stored.file in build.renditions:
        known = _TYPE_NAMES.get(stored.media_type)
        return known.split(" ")[0] if known else stored.media_type or reader.tr("File")
    if len(photo.image.versions) > 1:
        return reader.counted(len(photo.image.versions), "{n} version", "{n} versions")
    if photo.image.failure:
        return reader.tr("newer one missing")
    if stored.same_as is not None:
        return reader.tr("same as {photo}", photo=photo_link(stored.same_as).text)
    return reader.tr("camera clock differs") if _clock(build, photo, spot, stored) else ""


def _clock(build: Build, photo: PhotoRecord, spot: Spot, stored: StoredFile) -> str:
    """What the camera's clock says against job and upload, empty if nothing; notes it."""
    fact = clock_fact(build.record, stored, spot.message.uploaded, build.far)
    if fact is None:
        return ""
    build.clocks[photo.number] = fact.side
    return fact.told(build.reader.language)


def _said_of(build: Build, photo: PhotoRecord, shape: str) -> tuple[str, Sentence, str]:
    """Title, reason and detail of a photo that cannot be shown as a picture; notes its gap."""
    stored, failure = photo.image.stored, photo.image.failure
    reader, tr = build.reader, build.reader.tr
    if photo.erased is not None:
        when, why = erased_words(build.record.erasures, photo.erased, reader)
        return (
            tr("Erased"),
            (tr("It was erased on {when}", when=when),),
            tr("Reason given: {reason}", reason=why),
        )
    slot = Slot("image", photo.number)
    if shape == "file" and stored is not None:
        why = tr("This browser cannot show it")
        if not stored.decoded:
            why = tr("Kept as received, not decoded")
        title = type_name(stored.media_type, reader.language)
        return title, (why,), tr("Open it with another program")
    if stored is not None:
        build.gap(slot, photo_link(photo.number), (tr(DAMAGED),))
        why = tr("The file was altered or missing since it was sealed")
        return tr("Damaged"), (why,), stored.file
    reason = build.why(failure.reason) if failure else (tr("not fetched yet"),)
    build.gap(slot, photo_link(photo.number), reason)
    if failure is None:
        return tr("Not archived"), reason, ""
    since = tr("Since {when}", when=reader.full(reader.local(failure.since)))
    said = build.acceptance(slot)
    return tr("Not archived"), reason, since + (f". {said.rstrip('.')}" if said else "")


def _lines(build: Build, photo: PhotoRecord, spot: Spot) -> tuple[PhotoLine, ...]:
    """What the register says beyond file, size and SHA-256."""
    image, stored = photo.image, photo.image.stored
    tr = build.reader.tr
    lines: list[PhotoLine] = []
    if stored is not None:
        if stored.camera:
            lines.append(PhotoLine(stored.camera, name=tr("Camera")))
        if stored.captured:
            clock = " ".join(filter(None, (stored.captured, stored.captured_offset)))
            said = ", ".join(filter(None, (clock, _clock(build, photo, spot, stored))))
            lines.append(PhotoLine(said, name=tr("Camera clock")))
        if stored.place:
            lines.append(PhotoLine(stored.place.replace(",", ", "), name=tr("Place"), place=True))
        if stored.file in build.renditions:
            kind = type_name(stored.media_type, build.reader.language)
            said = tr("Shown by a JPEG copy, made of the {kind} for this page", kind=kind)
            lines.append(PhotoLine(said))
        if stored.same_as is not None:
            first = f"p{stored.same_as:04d}"
            lines.append(PhotoLine(tr("The same file as "), f"#{first}", f"#{stored.same_as:04d}"))
        lines += [_version(build, version) for version in image.versions[-2::-1]]
        lines += [PhotoLine(unmarked(build.why(note))) for note in stored.notes]
    if image.failure is not None:
        if stored is not None:
            reason = unmarked(build.why(image.failure.reason))
            said = tr("A newer picture could not be kept: {reason}", reason=reason)
            lines.append(PhotoLine(said))
        if image.failure.damaged is not None:
            kept = image.failure.damaged.file
            said = tr("What arrived is broken, and kept as {file}", file=kept)
            lines.append(PhotoLine(said))
    return tuple(lines)


def _version(build: Build, version: StoredFile) -> PhotoLine:
    """A version from before, to be opened unless it is damaged."""
    whole = version.file not in build.damaged
    text = (
        N_("Earlier version, kept: ")
        if whole
        else N_("Earlier version, altered or missing since it was sealed: ")
    )
    return PhotoLine(
        build.reader.tr(text),
        href(version.file) if whole else "",
        f"{base_name(version.file)}, {_file_facts(version, build.reader.language)}",
        version.sha256,
    )
