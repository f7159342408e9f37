"""What a page says of a record that was derived for a hand-over: what it is, what was withheld."""

from __future__ import annotations

from archiver.language import NN_
from archiver.models import Derivation
from archiver.reader import Reader

_COUNTS = (
    ("messages", *NN_("{n} message", "{n} messages")),
    ("photos", *NN_("{n} photo", "{n} photos")),
    ("files", *NN_("{n} attached file", "{n} attached files")),
    ("wordings", *NN_("{n} earlier wording", "{n} earlier wordings")),
    ("versions", *NN_("{n} former picture", "{n} former pictures")),
)


def copy_said(derived: Derivation, reader: Reader) -> tuple[str, ...]:
    """Sentence by sentence, what a derived record is and what is not in it."""
    tr = reader.tr
    said = [
        tr("Made for handing over, by the profile “{profile}”.", profile=derived.profile),
        withheld_said(derived, reader),
    ]
    if derived.parts > 1:
        said.insert(1, tr("Part {number} of {total}.", number=derived.part, total=derived.parts))
    said.extend(_photos_said(derived, reader))
    said.append(tr("The whole record stays with the sender, under the reference above."))
    return tuple(said)


def withheld_said(derived: Derivation, reader: Reader) -> str:
    """`3 messages and 1 photo withheld, names replaced.`"""
    tr = reader.tr
    held = derived.withheld
    things = [
        reader.counted(number, one, many)
        for name, one, many in _COUNTS
        if (number := getattr(held, name))
    ]
    parts = [tr("{things} withheld", things=reader.language.joined(things))] if things else []
    if derived.names == "replace":
        parts.append(tr("names replaced"))
    if derived.names == "hide":
        parts.append(tr("names hidden"))
    if not parts:
        return tr("No message and no photo was withheld.")
    words = ", ".join(parts)
    return f"{words[0].upper()}{words[1:]}."


def _photos_said(derived: Derivation, reader: Reader) -> list[str]:
    """What was done to the photos that are there."""
    held = derived.withheld
    said = []
    if held.places:
        said.append(
            reader.counted(
                held.places,
                "The place was taken out of {n} photo.",
                "The place was taken out of {n} photos.",
            )
        )
    if held.metadata:
        said.append(
            reader.counted(
                held.metadata,
                "{n} photo is without its camera’s other notes; its picture is untouched.",
                "{n} photos are without their camera’s other notes; the pictures are untouched.",
            )
        )
    if held.reduced:
        said.append(
            reader.counted(
                held.reduced,
                "{n} photo was made smaller, to {edge} pixels at most.",
                "{n} photos were made smaller, to {edge} pixels at most.",
                edge=reader.language.number(derived.largest_edge or 0),
            )
        )
    return said
