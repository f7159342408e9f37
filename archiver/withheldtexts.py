"""The texts that a profile keeps from the recipient of a record, for the scan of what is made.

Worked out from the untouched record and the profile alone, not from what the redaction did: what it
forgot to take out is here all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archiver.addresses import parts
from archiver.hiddentexts import HiddenText, HiddenTexts, comparable
from archiver.jsontext import Json, JsonObject, parse
from archiver.models import JobRecord, MessageRecord
from archiver.people import Named
from archiver.profile import Profile

TELLING = 12
"""Characters from which on words of chat tell something by themselves; "OK" stands everywhere."""
_SAID_OTHERWISE = frozenset({"uploaderId", "uploaderName", "timestampUploaded", "messageType"})
"""Fields of a message of any kind, whose values are judged by themselves."""


def not_shown(hidden: Iterable[HiddenText], shown: Iterable[str]) -> Iterator[HiddenText]:
    """The hidden texts long enough to tell something, without those that stand in what is shown:
    the same may be said twice, and hidden once."""
    words = HiddenTexts(one for one in hidden if len(one.text.strip()) >= TELLING)
    seen = {sighting.hidden for text in shown for sighting in words.seen_in(comparable(text))}
    yield from (one for one in words if one not in seen)


def withheld_identities(
    record: JobRecord, profile: Profile, named: Iterable[Named], workspace_id: str | None
) -> Iterator[HiddenText]:
    """The ids, addresses and names that must not be seen of a record."""
    yield from _identities(record, workspace_id)
    shown = _present_names(record) if profile.names == "show" else set()
    for person_id, name in dict.fromkeys([*_people(record), *named]):
        if person_id:
            yield HiddenText(person_id, "the id of a person")
        if name and name not in shown:
            yield HiddenText(name, "the name of a person")
    if profile.names != "show":
        for name in profile.aliases:
            yield HiddenText(name, "the name of a person")


def _identities(record: JobRecord, workspace_id: str | None) -> Iterator[HiddenText]:
    yield HiddenText(record.job_id, "the id of a job in WorkPhotos")
    if workspace_id:
        yield HiddenText(workspace_id, "the id of the workspace")
    for link in (record.web_app_link, record.report_link):
        if link:
            yield HiddenText(_lasting(link), "a job's address in WorkPhotos")
    for reference in record.references:
        seen = [one.address for one in reference.addresses]
        seen += [one.final_address for one in reference.versions if one.final_address]
        for address in seen:
            yield HiddenText(_lasting(address), "the address of a picture")


def _lasting(address: str) -> str:
    """Host and path of an address: with another signature it is the same."""
    found = parts(address)
    if found is None or len(found.path) < 2:
        return address
    return found.origin.partition("://")[2] + found.path


def _people(record: JobRecord) -> Iterator[Named]:
    yield record.creator_id, record.creator_name
    for message in record.messages:
        yield message.uploader_id, message.uploader_name
    for event in record.history:
        if event.kind == "people-renamed":
            yield None, event.was
            yield None, event.now


def _present_names(record: JobRecord) -> set[str]:
    """The names that people have now; those they had before are nobody's business."""
    named = (record.creator_name, *(one.uploader_name for one in record.messages))
    return {name for name in named if name}


def _is_shown(message: MessageRecord, profile: Profile) -> bool:
    present = message.gone is None or profile.history
    return profile.chat and present and message.number not in profile.without_messages


def _title(record: JobRecord) -> str | None:
    return record.title if record.title is not None else record.listed_name


def shown_words(record: JobRecord, profile: Profile) -> Iterator[str]:
    """The texts that the recipient may see, in which another that is hidden may stand too."""
    if profile.title:
        yield from filter(None, (_title(record),))
        if profile.history:
            yield from (event.was for event in record.history if event.was)
    if profile.names == "show":
        yield from _present_names(record)
    for message in record.messages:
        if _is_shown(message, profile):
            wordings = message.wordings if profile.history else message.wordings[-1:]
            yield from (one.text for one in wordings if one.text)


def withheld_words(record: JobRecord, profile: Profile) -> Iterator[HiddenText]:
    """What is said in a record and not shown."""
    for title in filter(None, (record.title, record.listed_name)):
        if not (profile.title and title == _title(record)):
            yield HiddenText(title, "a job's title")
    for event in record.history:
        if event.kind == "renamed" and event.was and not (profile.history and profile.title):
            yield HiddenText(event.was, "a job's former title")
    for message in record.messages:
        shown = _is_shown(message, profile)
        what = "an earlier wording" if shown else "a message"
        for wording in message.wordings:
            if wording.text and not (
                shown and (profile.history or wording is message.wordings[-1])
            ):
                yield HiddenText(wording.text, what)
        if message.raw is not None and not message.is_known:
            for text in _raw(message.raw):
                yield HiddenText(text, "what a message of an unknown kind says")


def _raw(text: str) -> Iterator[str]:
    try:
        found = parse(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return
    waiting: list[Json] = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, JsonObject | dict):
            waiting.extend(value for key, value in one.items() if key not in _SAID_OTHERWISE)
        elif isinstance(one, list):
            waiting.extend(one)
