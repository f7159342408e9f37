"""Merging one look at a job into its record.

Nothing that was ever seen leaves a record: an edit adds a wording, a loss opens an absence, a
photo that moved adds an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from archiver import remarks
from archiver.match import Traits, match
from archiver.models import (
    Absence,
    AddressKey,
    AddressSeen,
    FileRecord,
    HistoryEvent,
    HistoryKind,
    JobRecord,
    Message,
    MessageRecord,
    PhotoRecord,
    Reference,
    Wording,
)
from archiver.plan import KeyOf, Look, Present, Slot, put_reference, reference_in, runs


def observe(record: JobRecord, look: Look, key_of: KeyOf) -> tuple[JobRecord, dict[Slot, Present]]:
    """The record after one more look, and where each of its references can be had now.

    Looking again at the same body changes nothing. A body without `messages` says nothing about
    them: the caller decides whether that is a failure.
    """
    work = _Observation(record, look, key_of)
    work.match_messages()
    work.mark_gone()
    work.look_at_main_thumbnail()
    return work.finished(), work.present


class _Observation:
    """The state of merging one body; lives for one call of `observe`."""

    def __init__(self, record: JobRecord, look: Look, key_of: KeyOf) -> None:
        self.record = record
        self.look = look
        self.key_of = key_of
        self.messages = {one.number: one for one in record.messages}
        self.photos = {one.number: one for one in record.photos}
        self.files = {one.number: one for one in record.files}
        self._last_file = max(self.files, default=0)
        self.main = record.main_thumbnail
        self.present: dict[Slot, Present] = {}
        self.order: list[int] = []
        self.touched: dict[HistoryKind, list[int]] = {}
        self.renamed: dict[tuple[str | None, str | None], list[int]] = {}
        self.first = not record.snapshots
        self.known_snapshot = any(one.number == look.snapshot.number for one in record.snapshots)

    # Messages

    def match_messages(self) -> None:
        incoming = self.look.details.messages
        known = [one for one in self.record.messages if one.erased is None]
        there = [one for one in known if one.position is not None]
        # In the last body's order: of two messages that are quite alike, each stays itself.
        present = [self._traits(one) for one in sorted(there, key=lambda one: one.position or 0)]
        gone = [self._traits(one) for one in known if one.position is None]
        whole = [self._traits_of(i, m) for i, m in enumerate(incoming) if m.erased is None]
        pairs = match(present, gone, whole) | self._erased(incoming)
        numbers = self._numbers(incoming, pairs)
        for index, message in enumerate(incoming):
            number = numbers[index]
            if number in self.messages:
                self._seen_again(self.messages[number], message, index)
            else:
                self._seen_first(number, message, index)
            self.order.append(number)

    def _erased(self, incoming: tuple[Message, ...]) -> dict[int, int]:
        """Which emptied message each entry is that was cut out of the body."""
        # By the item alone: after a restore the same erasure has another number.
        stubs: dict[str, list[int]] = {}
        for one in self.record.messages:
            if one.erased is not None:
                stubs.setdefault(one.erased.item, []).append(one.number)
        return {
            index: stubs[message.erased.item].pop(0)
            for index, message in enumerate(incoming)
            if message.erased is not None and stubs.get(message.erased.item)
        }

    def _numbers(self, incoming: tuple[Message, ...], pairs: Mapping[int, int]) -> list[int]:
        """Each incoming message's number; new ones are numbered by time, then by place."""
        fresh: list[tuple[datetime | None, int]] = []
        carried: datetime | None = None
        for index, message in enumerate(incoming):
            carried = message.uploaded or carried
            if index not in pairs:
                fresh.append((carried, index))
        if all(time is not None for time, _ in fresh):
            fresh.sort(key=lambda pair: (pair[0], pair[1]))
        free = max(self.messages, default=0)
        given = {index: free + place for place, (_, index) in enumerate(fresh, 1)}
        # Exhibits are numbered in the same order, before the bodies' order is walked.
        self._next_photo = max(self.photos, default=0)
        self._photo_numbers: dict[int, int] = {}
        for _, index in fresh:
            if incoming[index].is_photo:
                self._next_photo += 1
                self._photo_numbers[index] = self._next_photo
        return [pairs.get(index) or given[index] for index in range(len(incoming))]

    def _seen_first(self, number: int, message: Message, index: int) -> None:
        look = self.look
        photo = self._photo_numbers.get(index)
        self.messages[number] = MessageRecord(
            number=number,
            kind=message.kind,
            uploaded_text=message.uploaded_text,
            uploaded=message.uploaded,
            uploader_id=message.uploader_id,
            uploader_name=message.uploader_name,
            wordings=(Wording(look.snapshot.number, look.seen, message.text),),
            first_snapshot=look.snapshot.number,
            position=index,
            photo=photo,
            raw=message.raw,
            identity=message.identity,
            odd=message.odd,
            erased=message.erased,
        )
        if message.erased is not None:
            return
        if photo is not None:
            self.photos[photo] = PhotoRecord(photo, number, Reference())
            self._touch("photos-added", photo)
        else:
            self._touch("messages-added", number)
        self._look_at_pictures(number, message)
        self._look_at_links(number, message)

    def _seen_again(self, known: MessageRecord, message: Message, index: int) -> None:
        look = self.look
        changed = replace(known, position=index)
        if known.erased is not None:
            self.messages[known.number] = changed
            return
        if known.text != message.text:
            wording = Wording(look.snapshot.number, look.seen, message.text)
            changed = replace(changed, wordings=(*known.wordings, wording))
            self._touch("edited", known.number)
        elif known.identity != message.identity:
            self._touch("facts-changed", known.number)
        self._look_at_facts(known, message)
        changed = replace(
            changed,
            kind=message.kind,
            uploaded_text=message.uploaded_text,
            uploaded=message.uploaded,
            uploader_id=message.uploader_id,
            uploader_name=message.uploader_name,
            # The raw text follows only a change that counts: a new signature is none.
            raw=known.raw if known.identity == message.identity else message.raw,
            identity=message.identity,
            odd=message.odd,
        )
        if known.gone is not None:
            back = replace(known.gone, back=look.seen)
            changed = replace(changed, absences=(*known.absences[:-1], back))
            self._touch(
                "photo-back" if known.photo else "message-back", known.photo or known.number
            )
        if changed.photo is None and message.is_photo:
            self._next_photo += 1
            changed = replace(changed, photo=self._next_photo)
            self.photos[self._next_photo] = PhotoRecord(self._next_photo, known.number, Reference())
            self._touch("photos-added", self._next_photo)
        self.messages[known.number] = changed
        self._look_at_pictures(known.number, message)
        self._look_at_links(known.number, message)

    def _look_at_facts(self, known: MessageRecord, message: Message) -> None:
        """Note what else of a message is other than before: its sender's name, its time."""
        if known.uploader_name != message.uploader_name:
            names = (known.uploader_name, message.uploader_name)
            self.renamed.setdefault(names, []).append(known.number)
        elif known.uploader_id != message.uploader_id:
            self._touch("facts-changed", known.number)
        if known.uploaded_text != message.uploaded_text:
            self._touch("facts-changed", known.number)

    def mark_gone(self) -> None:
        if not self.look.details.has_messages:
            return
        there = set(self.order)
        for number, known in self.messages.items():
            if number in there or known.position is None:
                continue
            if known.erased is not None:
                self.messages[number] = replace(known, position=None)
                continue
            absence = Absence(since=self.look.seen, last_seen=self.look.last_look)
            self.messages[number] = replace(
                known, position=None, absences=(*known.absences, absence)
            )
            self._touch("photo-gone" if known.photo else "message-gone", known.photo or number)
            for slot in self._slots_of(number):
                self._store(slot, self._closed(self._reference(slot)))

    # Pictures and files

    def _look_at_pictures(self, number: int, message: Message) -> None:
        photo_number = self.messages[number].photo
        if photo_number is None:
            return
        image = Slot("image", photo_number)
        self.present[image] = _photo(message)
        self._address(image, message.image)
        if message.has_thumbnail:
            thumbnail = Slot("thumbnail", photo_number)
            self.present[thumbnail] = _thumbnail(message)
            self._address(thumbnail, message.thumbnail)

    def _look_at_links(self, number: int, message: Message) -> None:
        known: dict[AddressKey, list[int]] = {}
        for one in self.messages[number].files:
            known.setdefault(self.files[one].reference.addresses[-1].key, []).append(one)
        for link in message.links:
            # Two links of one message may share a key: each is a file until their bytes agree.
            same = known.get(self.key_of(link))
            file = same.pop(0) if same else self._new_file(number)
            self.present[Slot("file", file)] = Present(link)
            self._address(Slot("file", file), link)
        for file in (one for left in known.values() for one in left):
            self._store(Slot("file", file), self._closed(self._reference(Slot("file", file))))

    def _new_file(self, number: int) -> int:
        self._last_file += 1
        file = self._last_file
        self.files[file] = FileRecord(file, number, Reference())
        files = (*self.messages[number].files, file)
        self.messages[number] = replace(self.messages[number], files=files)
        return file

    def look_at_main_thumbnail(self) -> None:
        address = self.look.details.main_thumbnail
        if address is None:
            self._close_main()
            return
        # Literally: an address that only looks the same may give other bytes.
        shown = {
            there.address
            for slot, there in self.present.items()
            if slot.kind in ("image", "thumbnail")
        }
        if address in shown:
            self._close_main()
            return
        self.present[Slot("main", 0)] = Present(address)
        self._address(Slot("main", 0), address)

    def _close_main(self) -> None:
        if self.main is not None:
            self.main = self._closed(self.main)

    def _address(self, slot: Slot, address: str | None) -> None:
        """Write down that `slot` is now to be had at `address`."""
        known = self._reference(slot) or Reference()
        if not address:
            self._store(slot, self._closed(known))
            return
        key = self.key_of(address)
        newest = known.addresses[-1] if known.addresses else None
        if newest is not None and newest.key == key:
            if newest.last_snapshot is not None:
                known = replace(
                    known, addresses=(*known.addresses[:-1], replace(newest, last_snapshot=None))
                )
            self._store(slot, known)
            return
        gave = next((one.sha256 for one in reversed(known.addresses) if one.key == key), None)
        entry = AddressSeen(address, key, self.look.snapshot.number, sha256=gave)
        closed = self._closed(known)
        self._store(slot, replace(closed, addresses=(*closed.addresses, entry)))

    def _closed(self, reference: Reference | None) -> Reference:
        """The reference with its newest address marked as no longer named upstream."""
        known = reference or Reference()
        if not known.addresses or known.addresses[-1].last_snapshot is not None:
            return known
        last = self.record.snapshots[-1].number if self.record.snapshots else 1
        newest = replace(known.addresses[-1], last_snapshot=last)
        return replace(known, addresses=(*known.addresses[:-1], newest))

    def _slots_of(self, number: int) -> Iterator[Slot]:
        known = self.messages[number]
        if known.photo is not None:
            yield Slot("image", known.photo)
            if self.photos[known.photo].thumbnail is not None:
                yield Slot("thumbnail", known.photo)
        for one in known.files:
            yield Slot("file", one)

    def _reference(self, slot: Slot) -> Reference | None:
        return reference_in(slot, self.photos, self.files, self.main)

    def _store(self, slot: Slot, reference: Reference) -> None:
        if slot.kind == "main":
            self.main = reference
        else:
            put_reference(slot, reference, self.photos, self.files)

    # The whole

    def _touch(self, kind: HistoryKind, number: int) -> None:
        numbers = self.touched.setdefault(kind, [])
        if number not in numbers[-1:]:
            numbers.append(number)

    def finished(self) -> JobRecord:
        look, record = self.look, self.record
        details, listed = look.details, look.listed
        title = details.name if details.name is not None else None
        if title is None:
            title = listed.name if listed and listed.name is not None else record.title
        absences = record.absences
        if record.gone is not None and listed is not None:
            absences = (*absences[:-1], replace(record.gone, back=look.seen))
        snapshots = record.snapshots
        if not self.known_snapshot:
            snapshots = (*snapshots, replace(look.snapshot, order=runs(self.order)))
        return replace(
            record,
            title=title,
            creator_id=details.creator_id,
            creator_name=details.creator_name,
            created=details.created or record.created,
            updated=details.updated or record.updated,
            web_app_link=_newer(listed.web_app_link if listed else None, record.web_app_link),
            report_link=_newer(listed.report_link if listed else None, record.report_link),
            listed_name=_newer(listed.name if listed else None, record.listed_name),
            listed_created=(listed and listed.created_at) or record.listed_created,
            absences=absences,
            snapshots=snapshots,
            messages=tuple(self.messages[number] for number in sorted(self.messages)),
            photos=tuple(self.photos[number] for number in sorted(self.photos)),
            main_thumbnail=self.main,
            files=tuple(self.files[number] for number in sorted(self.files)),
            history=(*record.history, *self._events(title)),
            odd=details.odd,
        )

    def _events(self, title: str | None) -> Iterator[HistoryEvent]:
        look = self.look
        snapshot = look.snapshot.number
        if self.first:
            yield HistoryEvent("archived", look.seen, snapshot)
            return
        if self.record.gone is not None and look.listed is not None:
            yield HistoryEvent("job-back", look.seen, snapshot)
        if title != self.record.title:
            yield HistoryEvent("renamed", look.seen, snapshot, was=self.record.title, now=title)
        for (was, now), messages in self.renamed.items():
            yield HistoryEvent(
                "people-renamed", look.seen, snapshot, tuple(messages), was=was, now=now
            )
        for kind, numbers in self.touched.items():
            is_photo = kind.startswith("photo")
            yield HistoryEvent(
                kind,
                look.seen,
                snapshot,
                messages=() if is_photo else tuple(numbers),
                photos=tuple(numbers) if is_photo else (),
            )

    def _traits(self, one: MessageRecord) -> Traits:
        photo = self.photos[one.photo].image if one.photo else None
        newest = photo.addresses[-1] if photo and photo.addresses else None
        key = newest.key if newest else None
        # What is there without an address now is compared so: it is known by what it last said.
        there = None if newest and newest.last_snapshot and one.position is not None else key
        return Traits(
            number=one.number,
            kind=one.kind,
            time=one.uploaded_text,
            person=one.uploader_id or one.uploader_name,
            content=one.identity if not one.is_known else (one.text, there),
            photo=key,
            text=one.text,
        )

    def _traits_of(self, index: int, one: Message) -> Traits:
        key = self.key_of(one.image) if one.is_photo and one.image else None
        return Traits(
            number=index,
            kind=one.kind,
            time=one.uploaded_text,
            person=one.uploader_id or one.uploader_name,
            content=one.identity if not one.is_known else (one.text, key),
            photo=key,
            text=one.text,
        )


def _photo(message: Message) -> Present:
    if message.image:
        return Present(message.image)
    if not message.has_image:
        return Present(None, remarks.NO_PHOTO_NAMED())
    empty = message.image == ""
    return Present(None, remarks.PHOTO_EMPTY() if empty else remarks.PHOTO_NULL())


def _thumbnail(message: Message) -> Present:
    if message.thumbnail:
        return Present(message.thumbnail)
    empty = message.thumbnail == ""
    return Present(None, remarks.THUMBNAIL_EMPTY() if empty else remarks.THUMBNAIL_NULL())


def _newer(now: str | None, before: str | None) -> str | None:
    return before if now is None else now
