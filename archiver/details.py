"""From a body of POST /job/details to typed, immutable `Details`; untrusted JSON ends here.

What is not understood is said in words and kept as raw text, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from archiver import remarks
from archiver.jsontext import Json, JsonObject, dump, sameness
from archiver.models import AddressKey, Details, Erased, Message
from archiver.remarks import Remark
from archiver.times import parse_time

KeyOf = Callable[[str], AddressKey]

_MESSAGE_FIELDS = {
    "messageType",
    "timestampUploaded",
    "uploaderId",
    "uploaderName",
    "textMessage",
    "urlToImage",
    "thumbnailForImage",
}
_JOB_FIELDS = {
    "jobId",
    "jobName",
    "creatorId",
    "creatorName",
    "creationDate",
    "lastUpdateDate",
    "mainThumbnail",
    "messages",
}
_MOST_LINKS = 100
"""How many addresses of one unknown message are followed; a bound against hostile bodies."""


def read_details(value: Json, key_of: KeyOf, cut: Mapping[int, Erased] | None = None) -> Details:
    """A job's details, whatever is missing or odd in them.

    `key_of` gives an address in the form in which addresses are compared; `cut` names the messages,
    by place, that were cut out because they were erased here. Raises ValueError when `value` is no
    JSON object.
    """
    if not isinstance(value, JsonObject):
        raise ValueError("the details are not a JSON object")
    entries = value.get("messages")
    odd = [remarks.UNKNOWN_JOB_FIELD(field=name) for name in value if name not in _JOB_FIELDS]
    if entries is not None and not isinstance(entries, list):
        odd.append(remarks.NO_LIST())
    odd += _odd_times(value, ("creationDate", "lastUpdateDate"))
    return Details(
        job_id=_text(value.get("jobId")),
        name=_text(value.get("jobName")),
        creator_id=_text(value.get("creatorId")),
        creator_name=_text(value.get("creatorName")),
        created=_time(value.get("creationDate")),
        updated=_time(value.get("lastUpdateDate")),
        main_thumbnail=_text(value.get("mainThumbnail")) or None,
        messages=tuple(
            _erased((cut or {})[place]) if place in (cut or ()) else read_message(entry, key_of)
            for place, entry in enumerate(entries if isinstance(entries, list) else ())
        ),
        has_messages=isinstance(entries, list),
        odd=tuple(odd),
    )


def _erased(erased: Erased) -> Message:
    """What is left of an entry that was cut out."""
    nothing = (None,) * 8
    return Message(*nothing, False, False, (), erased=erased)


def read_message(entry: Json, key_of: KeyOf) -> Message:
    """One entry of a job's `messages`, whatever is missing or odd in it."""
    fields = entry if isinstance(entry, JsonObject) else JsonObject([])
    kind = _text(fields.get("messageType"))
    odd = tuple(_odd_message(entry, kind))
    message_time = fields.get("timestampUploaded")
    return Message(
        kind=kind,
        uploaded_text=_text(message_time),
        uploaded=_time(message_time),
        uploader_id=_text(fields.get("uploaderId")),
        uploader_name=_text(fields.get("uploaderName")),
        text=_text(fields.get("textMessage")),
        image=_only_text(fields.get("urlToImage")),
        thumbnail=_only_text(fields.get("thumbnailForImage")),
        has_image="urlToImage" in fields,
        has_thumbnail="thumbnailForImage" in fields,
        links=() if kind in ("chat", "image") else tuple(_links(entry))[:_MOST_LINKS],
        raw=dump(entry) if odd else None,
        identity=sameness(entry, key_of) if odd else None,
        odd=odd,
    )


def _odd_message(entry: Json, kind: str | None) -> Iterator[Remark]:
    """What in an entry was not understood, in words."""
    if not isinstance(entry, JsonObject):
        yield remarks.NO_OBJECT()
        return
    if kind not in ("chat", "image"):
        yield remarks.UNKNOWN_KIND() if kind else remarks.NO_KIND_NAMED()
        return
    yield from (remarks.UNKNOWN_FIELD(field=n) for n in entry if n not in _MESSAGE_FIELDS)
    yield from _odd_times(entry, ("timestampUploaded",))
    for name in ("uploaderId", "uploaderName", "textMessage"):
        if not isinstance(entry.get(name), str | None):
            yield remarks.FIELD_NOT_TEXT(field=name)
    if len(entry.pairs) != len(entry):
        yield remarks.FIELD_TWICE()


def _odd_times(fields: JsonObject, names: tuple[str, ...]) -> list[Remark]:
    return [
        remarks.NO_TIME(field=name)
        for name in names
        if fields.get(name) is not None and _time(fields.get(name)) is None
    ]


def _text(value: Json) -> str | None:
    """Text as sent; anything else as its JSON text."""
    return value if value is None or isinstance(value, str) else dump(value)


def _only_text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _time(value: Json) -> datetime | None:
    text = _only_text(value)
    return None if text is None else parse_time(text)


def _links(value: Json) -> Iterator[str]:
    """Every whole-string http(s) address inside a value, in order, each once."""
    seen: set[str] = set()
    waiting: list[Json] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, JsonObject):
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, str) and item not in seen:
            seen.add(item)
            if _is_link(item):
                yield item


def _is_link(text: str) -> bool:
    head = text[:8].lower()
    return head.startswith(("http://", "https://")) and not any(c.isspace() for c in text)
