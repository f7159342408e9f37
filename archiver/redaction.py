"""What was erased is cut out of every body before anything else looks at it.

WorkPhotos still has what was erased here, and its messages have no ids. So each erasure keeps
*marks*: keyed digests (HMAC-SHA256, RFC 2104) of what told the erased message, its addresses or the
person apart. A body is compared with them as it arrives; a message that bears one gives way to
`{"erased": n}`, a person to a pseudonym. Nothing else in the body changes by a byte.

Erasures are applied in the order in which they were decided, as they were to what the archive held:
so an old body and a new one come out alike. All functions here are pure.
"""

from __future__ import annotations

import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import pairwise
from json.encoder import encode_basestring_ascii
from typing import Any

from archiver.addresses import address_key
from archiver.bodytext import Change, Leaf, changed, entries, leaves, text_of
from archiver.details import KeyOf, read_message
from archiver.jsontext import FREE_TEXT_KEYS, Json, JsonObject
from archiver.models import Erased, ListedJob, Message

KEY_BYTES = 32
TELLING_TEXT = 12
"""Characters from which on a text tells something by itself; "OK" stands everywhere."""
_PEOPLE = {"uploaderId": "uploaderName", "creatorId": "creatorName"}
_KNOWN_KEYS = frozenset(
    {
        *("jobId", "jobName", "creatorId", "creatorName", "creationDate", "lastUpdateDate"),
        *("mainThumbnail", "messages", "messageType", "timestampUploaded", "uploaderId"),
        *("uploaderName", "textMessage", "urlToImage", "thumbnailForImage"),
    }
)
_SHORT = frozenset({"messageType", "timestampUploaded", "uploaderId", "uploaderName"})
"""Fields in which no wording of a message is looked for."""
_NO_TEXT = frozenset({"messageType", "timestampUploaded", "creationDate", "lastUpdateDate"})
"""Fields that hold no name of a person."""
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_ASCII_WORD = re.compile(r"\w+", re.ASCII)
_BETWEEN = re.compile(r"[^\S\n]{0,2}[^\w\s]{0,2}[^\S\n]{0,2}")


@dataclass(frozen=True, slots=True)
class ItemMarks:
    """The marks of one erased message: of its `content` in each wording, of every `address` it
    named, and of its `moment` (kind, time and person) where no other message had the same, so that
    an edit of it is known too. `text` are marks of wordings long enough to tell something, should
    they be quoted elsewhere in a body. `spare` messages quite like it were not erased and stay.
    `message` is its number in its job."""

    message: int
    content: tuple[str, ...]
    address: tuple[str, ...] = ()
    moment: str | None = None
    spare: int = 0
    text: tuple[str, ...] = ()

    @property
    def item(self) -> str:
        """What the record calls it."""
        return self.content[0][:16]


@dataclass(frozen=True, slots=True)
class PersonMarks:
    """The marks of a person: of ids and names, the numbers of words these names have, and what
    stands for them instead."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    words: tuple[int, ...]
    pseudonym: str

    @property
    def pseudonym_id(self) -> str:
        """What stands for the person's id."""
        return "erased-" + self.pseudonym.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class Marks:
    """What one erasure keeps so as to know again what it took: a random key, and the marks of
    messages, by the ledger key of their job, or of a person. `volatile` are names of parameters
    that addresses were compared without, beside the known ones."""

    erasing: int
    key: bytes
    volatile: tuple[str, ...] = ()
    jobs: Mapping[str, tuple[ItemMarks, ...]] = field(default_factory=dict)
    person: PersonMarks | None = None

    def mark(self, *parts: str | None) -> str:
        """The keyed digest of some texts."""
        # As `json.dumps` writes it, in ASCII, so that a lone surrogate has a digest too; by hand,
        # because a body of 100,000 messages needs a million of them.
        said = ("null" if part is None else encode_basestring_ascii(part) for part in parts)
        body = f"[{', '.join(said)}]".encode("ascii")
        return hmac.digest(self.key, body, "sha256").hex()


@dataclass(frozen=True, slots=True)
class Redacted:
    """A body after redaction, and which of its messages, by place, were cut out."""

    body: bytes
    cut: Mapping[int, Erased]


def redacted(body: bytes, marks: Iterable[Marks], job: str, api_origin: str) -> Redacted:
    """A body of the job with ledger key `job`, from an API at `api_origin`, without what was
    erased; `marks` in the order of their erasures. `jsontext.parse` must have read the body."""
    text, encoding = text_of(body)
    cut: dict[int, Erased] = {}
    before = text
    for one in marks:
        if one.jobs.get(job):
            text = _without_items(text, one, one.jobs[job], key_in(one, api_origin), cut)
        if one.person is not None:
            text = without_person(text, one, one.person)
    return Redacted(body if text is before else text.encode(encoding), cut)


def key_in(marks: Marks, api_origin: str) -> KeyOf:
    """How an erasure compares addresses of bodies from an API at `api_origin`."""
    return lambda one: address_key(one, api_origin=api_origin, volatile_query=marks.volatile)


# --- messages -----------------------------------------------------------------------------------


def content_mark(marks: Marks, message: Message, key_of: KeyOf) -> str:
    """The mark of a message as it stands."""
    image = key_of(message.image) if message.is_photo and message.image else None
    told = (message.text, image) if message.is_known else (message.identity, None)
    return marks.mark("content", *_moment(message), *told)


def moment_mark(marks: Marks, message: Message) -> str | None:
    """The mark of when and by whom a message was sent; None without a time."""
    return marks.mark("moment", *_moment(message)) if message.uploaded_text else None


def address_mark(marks: Marks, address_key: str) -> str:
    """The mark of an address in the form in which addresses are compared."""
    return marks.mark("address", address_key)


def _moment(message: Message) -> tuple[str | None, ...]:
    return (message.kind, message.uploaded_text, message.uploader_id or message.uploader_name)


def addresses_of(message: Message) -> tuple[str, ...]:
    """Every address a message names."""
    named = (message.image, message.thumbnail, *message.links)
    return tuple(address for address in named if address)


def placeholder(erasing: int) -> str:
    """What stands in a body instead of an erased message."""
    return f'{{"erased": {erasing}}}'


def is_placeholder(value: Json) -> bool:
    """Whether an entry is what stands for an erased message."""
    return isinstance(value, dict) and list(value) == ["erased"]


def _without_items(
    text: str, marks: Marks, items: tuple[ItemMarks, ...], key_of: KeyOf, cut: dict[int, Erased]
) -> str:
    lists = entries(text, "messages")
    changes: list[Change] = []
    own: set[str] = set()
    for at, listed in enumerate(lists):
        found = _found(marks, items, [value for _, _, value in listed], key_of)
        for place, (start, end, value) in enumerate(listed):
            if place not in found:
                own |= _own_text(value)
                continue
            changes.append((start, end, placeholder(marks.erasing)))
            if at == len(lists) - 1:
                cut[place] = Erased(marks.erasing, found[place].item)
    text = changed(text, changes) if changes else text
    return without_strays(text, marks, items, key_of, own)


def _own_text(value: Json) -> set[str]:
    """What a message itself says."""
    said = value.get("textMessage") if isinstance(value, JsonObject) else None
    return {said} if isinstance(said, str) else set()


def _found(
    marks: Marks, items: tuple[ItemMarks, ...], listed: list[Json], key_of: KeyOf
) -> dict[int, ItemMarks]:
    """The places of a list at which an erased message stands again."""
    by_content = {mark: item for item in items for mark in item.content}
    by_address = {mark: item for item in items for mark in item.address}
    by_moment: dict[str | None, ItemMarks] = {i.moment: i for i in items if i.moment}
    found: dict[int, ItemMarks] = {}
    alike: dict[str, list[int]] = {}
    for place, value in enumerate(listed):
        if is_placeholder(value):
            continue
        message = read_message(value, key_of)
        content = content_mark(marks, message, key_of)
        named = (by_address.get(address_mark(marks, key_of(a))) for a in addresses_of(message))
        item = next((one for one in named if one), None) or by_moment.get(
            moment_mark(marks, message)
        )
        if item is not None:
            found[place] = item
        elif content in by_content:
            alike.setdefault(content, []).append(place)
    for content, places in alike.items():
        item = by_content[content]
        found |= dict.fromkeys(places[: max(0, len(places) - item.spare)], item)
    return found


def without_strays(
    text: str,
    marks: Marks,
    items: tuple[ItemMarks, ...],
    key_of: KeyOf,
    own: Collection[str],
) -> str:
    """A body without what was erased where it stands elsewhere: its address as the main thumbnail,
    its wording quoted in a field nobody knows yet. `own` are texts of messages that stay."""
    addresses = {mark for item in items for mark in item.address}
    texts = {mark for item in items for mark in item.text}
    changes: list[Change] = []
    for leaf in leaves(text):
        if not leaf.is_text or leaf.is_key or leaf.key in _SHORT:
            continue
        if _ADDRESS.fullmatch(leaf.value):
            known = address_mark(marks, key_of(leaf.value)) in addresses
        else:
            known = leaf.value not in own and text_mark(marks, leaf.value) in texts
        if known:
            changes.append((leaf.start, leaf.end, "null"))
    return changed(text, changes) if changes else text


def text_mark(marks: Marks, text: str | None) -> str | None:
    """The mark of a wording; None for one too short to tell anything."""
    return marks.mark("text", text) if text and len(text) >= TELLING_TEXT else None


# --- people ---------------------------------------------------------------------------------------


def without_person(text: str, marks: Marks, person: PersonMarks) -> str:
    """A body in which a pseudonym stands for a person: in the fields for ids and names of whoever
    has a marked id, and wherever a marked name stands as words. Addresses stay, or what lies there
    could not be had."""
    rename = renamer(marks, person)
    known: set[tuple[int, str | None]] = set()
    named: list[Leaf] = []
    changes: list[Change] = []

    def put(leaf: Leaf, now: str) -> None:
        if now != leaf.value or not leaf.is_text:
            changes.append((leaf.start, leaf.end, json.dumps(now, ensure_ascii=not _fits(now))))

    for leaf in leaves(text):
        if leaf.is_key:
            put(leaf, leaf.value if leaf.value in _KNOWN_KEYS else rename(leaf.value))
        elif leaf.key in _PEOPLE:
            if marks.mark("id", leaf.value) in person.ids:
                known.add((leaf.owner, _PEOPLE[leaf.key]))
                put(leaf, person.pseudonym_id)
        elif leaf.is_text and leaf.key in _PEOPLE.values():
            named.append(leaf)  # the id may stand after it
        elif leaf.is_text and leaf.key not in _NO_TEXT and not _is_address(leaf):
            put(leaf, rename(leaf.value))
    for leaf in named:
        is_theirs = (leaf.owner, leaf.key) in known
        put(leaf, person.pseudonym if is_theirs else rename(leaf.value))
    return changed(text, changes) if changes else text


def _is_address(leaf: Leaf) -> bool:
    return leaf.key not in FREE_TEXT_KEYS and _ADDRESS.fullmatch(leaf.value) is not None


def _fits(text: str) -> bool:
    """Whether a text can be encoded as it is, without lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def without_people(listed: ListedJob, marks: Iterable[Marks]) -> ListedJob:
    """A job's entry in the list with pseudonyms in its title."""
    name = listed.name
    for one in marks:
        if one.person is not None and name:
            name = renamer(one, one.person)(name)
    return listed if name == listed.name else replace(listed, name=name)


def without_person_in(value: Any, marks: Marks, person: PersonMarks) -> Any:
    """A record's plain value with the pseudonym in the person's place, as `without_person`."""
    rename = renamer(marks, person)

    def walk(one: Any, key: str) -> Any:
        if isinstance(one, dict):
            ids = {name for name in ("uploader", "creator") if _is(one.get(f"{name}_id"))}
            return {
                name: person.pseudonym
                if name.removesuffix("_name") in ids and isinstance(child, str)
                else walk(child, name)
                for name, child in one.items()
            }
        if isinstance(one, list | tuple):
            return [walk(child, key) for child in one]
        if not isinstance(one, str) or key in _RECORD_FIXED:
            return one
        if key == "raw":
            return without_person(one, marks, person)
        if key in ("uploader_id", "creator_id"):
            return person.pseudonym_id if _is(one) else one
        return rename(one)

    def _is(one: Any) -> bool:
        return isinstance(one, str) and marks.mark("id", one) in person.ids

    return walk(value, "")


_RECORD_FIXED = frozenset(
    {
        *("job_id", "folder", "file", "sha256", "sameness", "identity", "api_origin", "address"),
        *("key", "final_address", "etag", "last_modified", "media_type", "content_type"),
        *("web_app_link", "report_link", "captured", "place", "kind", "item", "uploaded_text"),
    }
)
"""Fields of a record in which no name of a person is looked for."""


def person_marks(
    marks: Marks, ids: Iterable[str], names: Iterable[str], pseudonym: str
) -> PersonMarks:
    """The marks of a person; `marks` is what keys them. Names without a word are passed over."""
    split = {tuple(word for word, _, _ in words(name)) for name in names}
    known = sorted({_joined(one) for one in split if one})
    return PersonMarks(
        ids=tuple(marks.mark("id", one) for one in sorted(set(ids))),
        names=tuple(marks.mark("name", one) for one in known),
        words=tuple(sorted({len(one) for one in split if one})),
        pseudonym=pseudonym,
    )


def renamer(marks: Marks, person: PersonMarks) -> Callable[[str], str]:
    """Puts the pseudonym in the place of each marked name that stands in a text as words: of
    several words whatever their case, of a single one as it is written (Will, not will)."""
    names = frozenset(person.names)

    @lru_cache(100_000)
    def is_name(candidate: tuple[str, ...]) -> bool:
        return marks.mark("name", _joined(candidate)) in names

    def rename(text: str) -> str:
        found = words(text)
        changes: list[Change] = []
        at = 0
        while at < len(found):
            count = _named_at(text, found, at, person.words, is_name)
            if count:
                changes.append((found[at][1], found[at + count - 1][2], person.pseudonym))
            at += count or 1
        return changed(text, changes) if changes else text

    return rename


def _named_at(
    text: str,
    found: list[tuple[str, int, int]],
    at: int,
    counts: tuple[int, ...],
    is_name: Callable[[tuple[str, ...]], bool],
) -> int:
    """How many words from `at` on are a name, the longest first; 0 for none."""
    for count in reversed(counts):
        some = found[at : at + count]
        if len(some) < count or not is_name(tuple([one[0] for one in some])):
            continue
        if all(_BETWEEN.fullmatch(text, a[2], b[1]) for a, b in pairwise(some)):
            return count
    return 0


def _joined(split: tuple[str, ...]) -> str:
    return split[0] if len(split) == 1 else " ".join(word.casefold() for word in split)


def words(text: str) -> list[tuple[str, int, int]]:
    """The words of a text in NFC, with their places; a combining mark belongs to its letter."""
    if text.isascii():
        return [(found[0], found.start(), found.end()) for found in _ASCII_WORD.finditer(text)]
    return [
        (unicodedata.normalize("NFC", found[0]), found.start(), found.end())
        for found in _word_pattern().finditer(text)
    ]


@cache
def _word_pattern() -> re.Pattern[str]:
    points = (chr(code) for code in range(0x300, 0xE0200))
    marks = "".join(one for one in points if unicodedata.category(one)[0] == "M")
    return re.compile(f"[\\w{re.escape(marks)}]+")
