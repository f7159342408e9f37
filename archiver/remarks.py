"""What the program itself notes in words: why a file is missing, what was not understood.

A record keeps these notes as they are made here, in English. Who shows them says them in the
reader's language (`remarkwords`), which takes them apart by this very table. So a note can only
be made here: what keeps one asks for the type `Remark`, and nothing but a `Wording` of this table
makes that. The words are part of records: a loss that is told in other words counts as another.

The names that stand in braces are filled in. What goes into a whole number or a decimal is named
in `NUMBERS`; `why` and `what` are remarks themselves; all else is a stranger's, `error` a
library's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Remark = NewType("Remark", str)
"""A note in English, made by a `Wording`."""
NUMBERS = frozenset(
    {"status", "seconds", "count", "size", "limit", "arrived", "length", "width", "height"}
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A kind of note, by its English message with what is to be filled in."""

    message: str

    def __call__(self, **values: object) -> Remark:
        """The note with its values. Numbers come as they are to be written: `f"{n:,}"`."""
        return Remark(self.message.format(**values) if values else self.message)


def as_noted(text: str) -> Remark:
    """A note that was made by a `Wording` in another process, or long ago."""
    return Remark(text)


# --- what a host did ----------------------------------------------------------------------------

ANSWERED = Wording("the host answered {status}")
ANSWERED_AS = {
    401: Wording("the host answered {status} (not allowed)"),
    403: Wording("the host answered {status} (not allowed, or the address has expired)"),
    404: Wording("the host answered {status} (not found)"),
    410: Wording("the host answered {status} (gone)"),
    429: Wording("the host answered {status} (too many requests)"),
}
ASKS_TO_WAIT = Wording("{why} and asks to wait more than {seconds} s")
ASKS_FOR_PAUSES = Wording("{why} and has asked for pauses all the time")
STALLED = Wording("the transfer stalled: no byte, or next to none, came in time")
"""The same words whichever bound ended it, so that the same failure is no change."""
STOPPED = Wording("the fetch was stopped")
TOO_MANY_REDIRECTS = Wording("more than {count} redirects")
REDIRECTED = Wording("redirected to {host}: {why}")
REDIRECTED_ELSEWHERE = Wording("redirected to elsewhere: {why}")
REDIRECTED_NOWHERE = Wording("redirected to what is no address")
TOO_LARGE = Wording("it is {size} MB large; the limit is {limit} MB")
LARGER = Wording("it is larger than that; the limit is {limit} MB")
ENDED_EARLY_OF = Wording("the body ended early: {arrived} of {length} bytes came")
ENDED_EARLY_AFTER = Wording("the body ended early, after {arrived} bytes ({why})")
IT_WAS = Wording("it was {why}")
NOT_ASKED_FOR = Wording("sent in an encoding that was not asked for ({encoding})")
BROKEN_ENCODING = Wording("its {encoding} encoding is broken")
ENCODING_ENDS = Wording("its {encoding} encoding ends early")

# --- faults of the network ----------------------------------------------------------------------

NO_CONNECTION = Wording("no connection in time")
NO_BYTE = Wording("no byte came in time")
NO_ANSWER = Wording("the host closed the connection without an answer")
NOT_RESOLVED = Wording("the host's name could not be resolved")
NOT_TRUSTED = Wording("the host's certificate is not trusted")
NOT_SECURE = Wording("no secure connection could be made")
BODY_ENDED = Wording("the body ended early")
NOT_ASKABLE = Wording("the address cannot be asked for")
CUT = Wording("the connection was cut")
PROXY_ANSWERED = Wording("the proxy answered {status}")
REFUSED = Wording("the connection was refused")
UNREACHABLE = Wording("the host cannot be reached ({error})")
CONNECTION_BROKE = Wording("the connection broke")
BROKEN_HTTP = Wording("the answer is broken HTTP")

# --- addresses that are not asked for -----------------------------------------------------------

ADDRESS_EMPTY = Wording("the address is empty")
ADDRESS_LONG = Wording("the address is {length} characters long (limit {limit})")
ADDRESS_BROKEN = Wording("the address holds a control character or a broken character")
ADDRESS_OTHER = Wording("the address does not begin with http:// or https://")
NEVER_ASKED = Wording("addresses of the kind {scheme}: are never asked for")
NO_HOST = Wording("the address names no host")
NO_PORT = Wording("the address has a port that does not exist")
NO_HOST_KNOWN = Wording("the address names no host that can be looked up")
NOT_PUBLIC = Wording("{host} is not a public address")
NOT_PUBLIC_UNLESS = Wording("{host} is not a public address (--allow-host {host} would allow it)")
NOT_HTTPS = Wording("the address is not https (--allow-host {host} would allow plain http)")
LEADS_INSIDE = Wording("{host} leads to an address that is not public")

# --- where a message names no address -----------------------------------------------------------

NO_ADDRESS = Wording("there is no address")
NO_PHOTO_NAMED = Wording("the message names no address of the photo")
PHOTO_EMPTY = Wording("the address of the photo is empty")
PHOTO_NULL = Wording("the address of the photo is null or not text")
THUMBNAIL_EMPTY = Wording("the address of the thumbnail is empty")
THUMBNAIL_NULL = Wording("the address of the thumbnail is null or not text")

# --- what is no image ---------------------------------------------------------------------------

NO_IMAGE = Wording("it is not an image but {what}")
WEB_PAGE = Wording("a web page")
SVG = Wording("an SVG drawing")
XML = Wording("XML or a web page")
JSON = Wording("JSON text")
PDF = Wording("a PDF")
ZIP = Wording("a zip file")
GZIP = Wording("a gzip file")
VIDEO = Wording("a video")
VIDEO_OR_SOUND = Wording("a video or sound file")
EMPTY = Wording("an empty body")
TEXT = Wording("text")
UNKNOWN_DATA = Wording("data of no known kind")
TOO_MANY_PIXELS = Wording("its header says {width} × {height} pixels, more than {limit} megapixels")

# --- what is wrong with an image ----------------------------------------------------------------

DAMAGED = Wording("the image is damaged: {why}")
CUT_OFF = Wording("the file is cut off")
PIXELS = Wording("its header says {width} × {height} pixels")
NO_SIZE = Wording("it does not say how large it is")
SEGMENT_LENGTH = Wording("one of its segments has no length")
NO_PICTURE = Wording("it ends before any picture data")
HEADER_SHORT = Wording("its header is too short")
CHUNK_HEAD = Wording("one of its chunks has no sensible head")
HEADER_NOT_FIRST = Wording("its header chunk is not the first")
CHECKSUM = Wording("the checksum of its chunk {chunk} is wrong")
NO_PICTURE_DATA = Wording("it holds no picture data")
CHUNK_LONG = Wording("one of its chunks is longer than the file says it is")
NO_VP8 = Wording("its picture data does not begin as VP8")
NO_VP8L = Wording("its picture data does not begin as VP8L")
BLOCK_KIND = Wording("one of its blocks is of no known kind")
PICTURE_CUT_OFF = Wording("its picture data is cut off")
BOX_LENGTH = Wording("one of its boxes has no length")
TOO_MANY_PARTS = Wording("it is made of more than {count} parts, and was read no further")
NO_TIFF = Wording("it does not begin as a TIFF structure")
TIFF_BEYOND = Wording("it points beyond its end")
TIFF_DIRECTORY = Wording("it has no directory, or a far too long one")
TIFF_VALUES = Wording("it has a field with too many values")

# --- decoding -----------------------------------------------------------------------------------

CANNOT_DECODE = Wording("this machine cannot decode {kind}")
MEMORY = Wording("decoding it would take {size} MB of memory")
SCANS = Wording("it is made of {count} scans")
OTHER_SIZE = Wording("it decodes as {width} × {height} pixels")
WARNS = Wording("the decoder warns: {error}")
NO_MEMORY = Wording("decoding it takes more memory than there is")
NOT_DECODABLE = Wording("it does not decode: {error}")
NOT_DECODED = Wording("not decoded: {why}")
DIED = Wording("the decoder died")
SLOW = Wording("decoding it took too long")
RUN_STOPPED = Wording("the run was stopped")

# --- pictures that cannot be shown --------------------------------------------------------------

FILE_MISSING = Wording("the file is missing")
SHOWN_TOO_LARGE = Wording("too large to show here")
NOT_READ = Wording("cannot be decoded")
NO_KIND = Wording("not a picture of a kind that can be shown here")
NO_DECODER = Wording("of a kind that cannot be shown here ({kind}): open the original file")
TOO_SLOW = Wording("too slow to decode")

# --- how a file came ----------------------------------------------------------------------------

CREDENTIALS = Wording("the user name and password in its address were not sent")
STORED_DECODED = Wording("sent as {encoding} although that was not asked for; stored decoded")

# --- what was not understood --------------------------------------------------------------------

UNKNOWN_JOB_FIELD = Wording("the job's field “{field}” is not known")
NO_LIST = Wording("“messages” is not a list")
NO_OBJECT = Wording("the entry is not an object")
UNKNOWN_KIND = Wording("the kind of message is not known")
NO_KIND_NAMED = Wording("the entry names no kind of message")
UNKNOWN_FIELD = Wording("the field “{field}” is not known")
FIELD_NOT_TEXT = Wording("the field “{field}” is not text")
FIELD_TWICE = Wording("a field is given more than once")
NO_TIME = Wording("the time “{field}” could not be read")


def wordings() -> tuple[Wording, ...]:
    """The whole table."""
    kept = [one for one in globals().values() if isinstance(one, Wording)]
    return (*kept, *ANSWERED_AS.values())
