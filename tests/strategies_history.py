"""Whole histories of a job as hypothesis draws them: bodies that follow from each other.

A body is what the one before became: messages were edited, deleted, brought back, doubled, moved;
people were renamed, times lost, addresses changed, the order turned round. Each message carries
`truth`, which the program never sees: what it really is, so that a test can ask how well it was
recognised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from archiver.models import Details, JobId, Message, Sha256
from tests.factories import a_digest

NOW = datetime(2025, 10, 22, 10, 0, tzinfo=UTC)
ID = JobId("68d0ed784f25458a9e878d15")
TEXTS = ("ok", "ok", "on my way", "the joint was remade today", "gate code is 4471 now", "", None)
PEOPLE = ("p1", "p2", None)


@dataclass(frozen=True)
class Said:
    """One message as it stands upstream, and what it really is."""

    truth: int
    kind: str | None
    second: int | None
    person: str | None
    name: str | None
    text: str | None = None
    image: str | None = None
    thumbnail: str | None = None
    link: str | None = None

    @property
    def message(self) -> Message:
        """The message as the program parses it."""
        time = None if self.second is None else NOW + timedelta(seconds=self.second)
        known = self.kind in ("chat", "image")
        shown = (self.kind, self.second, self.person, self.text, self.link)
        return Message(
            kind=self.kind,
            uploaded_text=time.isoformat() if time else None,
            uploaded=time,
            uploader_id=self.person,
            uploader_name=self.name,
            text=self.text,
            image=self.image,
            thumbnail=self.thumbnail,
            has_image=self.image is not None,
            has_thumbnail=self.thumbnail is not None,
            links=(self.link,) if self.link else (),
            raw=None if known else repr(shown),
            identity=None if known else Sha256(a_digest(shown)),
            odd=() if known else ("its kind is not known",),
        )

    @property
    def content(self) -> tuple[object, ...]:
        """What it says or shows, whoever sent it and whenever."""
        shown = self.image.split("?")[0] if self.image else None
        return (self.kind, self.text, shown, self.link)

    @property
    def traits(self) -> tuple[object, ...]:
        """All that tells it from another message."""
        return (self.kind, self.second, self.person or self.name, self.text, self.image, self.link)


def body_of(said: list[Said], title: str = "A job") -> Details:
    """The details body of these messages, in this order."""
    messages = tuple(one.message for one in said)
    return Details(ID, title, "p1", "P1", NOW, NOW, None, messages, True)


class _Upstream:
    """A job upstream: what is there, and what lies in its trash."""

    def __init__(self, draw: Callable[..., int]) -> None:
        self.draw = draw
        self.there: list[Said] = []
        self.trash: list[Said] = []
        self.made = 0

    def fresh(self) -> Said:
        """A new message, often of a second and a person that another has too."""
        self.made += 1
        person = PEOPLE[self.draw(len(PEOPLE))]
        base = Said(
            self.made,
            ("chat", "image", "image", "note", None)[self.draw(5)],
            (None, *range(4))[self.draw(5)],
            person,
            person and person.upper(),
        )
        if base.kind == "image":
            image = f"https://cdn/{self.draw(6)}.jpeg"
            return replace(base, image=image, thumbnail=image.replace(".", "-t."))
        text = TEXTS[self.draw(len(TEXTS))]
        link = f"https://cdn/{self.made}.gpx" if base.kind not in ("chat", "image") else None
        return replace(base, text=text, link=link)

    def step(self) -> None:
        """One thing happens."""
        steps = (
            self.add,
            self.add,
            self.twins,
            self.edit,
            self.edit_and_move,
            self.delete,
            self.delete_oldest,
            self.bring_back,
            self.rename,
            self.turn_round,
            self.shuffle,
            self.lose_a_time,
            self.change_a_time,
            self.sign_anew,
            self.move_a_picture,
            self.double,
            self.change_kind,
        )
        steps[self.draw(len(steps))]()

    def _any(self) -> int | None:
        return self.draw(len(self.there)) if self.there else None

    def _change(self, at: int, **fields: object) -> None:
        self.there[at] = replace(self.there[at], **fields)  # type: ignore[arg-type]

    def add(self) -> None:
        self.there.insert(self.draw(len(self.there) + 1), self.fresh())

    def twins(self) -> None:
        """Two photos by one person in one instant."""
        for _ in range(2):
            self.made += 1
            image = f"https://cdn/{self.draw(6)}.jpeg"
            self.there.append(Said(self.made, "image", 1, "p1", "P1", image=image))

    def double(self) -> None:
        """The very same message once more."""
        if (at := self._any()) is not None:
            self.made += 1
            self.there.insert(at, replace(self.there[at], truth=self.made))

    def edit(self) -> None:
        if (at := self._any()) is not None and self.there[at].kind != "image":
            self._change(at, text=(TEXTS[self.draw(len(TEXTS))] or "") + " (edited)")

    def edit_and_move(self) -> None:
        self.edit()
        if (at := self._any()) is not None:
            self.there.insert(self.draw(len(self.there)), self.there.pop(at))

    def delete(self) -> None:
        if (at := self._any()) is not None:
            self.trash.append(self.there.pop(at))

    def delete_oldest(self) -> None:
        if self.there:
            self.trash.append(self.there.pop(0))

    def bring_back(self) -> None:
        if self.trash:
            self.add_at(self.trash.pop(self.draw(len(self.trash))))

    def add_at(self, one: Said) -> None:
        self.there.insert(self.draw(len(self.there) + 1), one)

    def rename(self) -> None:
        person, name = PEOPLE[self.draw(2)], ("Craig", "Amira", None)[self.draw(3)]
        self.there = [
            replace(one, name=name) if one.person == person else one for one in self.there
        ]

    def turn_round(self) -> None:
        self.there.reverse()

    def shuffle(self) -> None:
        for at in range(len(self.there)):
            other = self.draw(len(self.there))
            self.there[at], self.there[other] = self.there[other], self.there[at]

    def lose_a_time(self) -> None:
        if (at := self._any()) is not None:
            self._change(at, second=None)

    def change_a_time(self) -> None:
        if (at := self._any()) is not None:
            self._change(at, second=self.draw(4))

    def sign_anew(self) -> None:
        sign = self.draw(100)
        self.there = [
            replace(one, image=f"{one.image.split('?')[0]}?sig={sign}") if one.image else one
            for one in self.there
        ]

    def move_a_picture(self) -> None:
        if (at := self._any()) is not None and self.there[at].image:
            self._change(at, image=(None, "https://new/1.jpeg", "https://new/2.jpeg")[self.draw(3)])

    def change_kind(self) -> None:
        if (at := self._any()) is not None:
            self._change(at, kind=("chat", "image", "note")[self.draw(3)])


@st.composite
def histories(draw: st.DrawFn, *, bodies: int = 6, steps: int = 4) -> list[list[Said]]:
    """What a job held at each of some looks, oldest first."""
    upstream = _Upstream(lambda choices: draw(st.integers(0, max(0, choices - 1))))
    for _ in range(draw(st.integers(0, 5))):
        upstream.add()
    found = [list(upstream.there)]
    for _ in range(draw(st.integers(1, bodies - 1))):
        for _ in range(draw(st.integers(1, steps))):
            upstream.step()
        found.append(list(upstream.there))
    return found
