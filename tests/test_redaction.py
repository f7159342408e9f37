"""Cutting what was erased out of a body: exact in every byte, whatever the body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.bodytext import changed, entries, leaves, text_of
from archiver.details import read_message
from archiver.jsontext import parse, plain
from archiver.redaction import (
    ItemMarks,
    Marks,
    content_mark,
    key_in,
    moment_mark,
    person_marks,
    redacted,
    renamer,
    text_mark,
    without_person,
)

BARE = Marks(7, b"k" * 32)
ORIGIN = "https://api.work.photos"
KEY_OF = key_in(BARE, ORIGIN)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MESSAGES = st.fixed_dictionaries(
    {"messageType": st.sampled_from(["chat", "image", "sticker"])},
    optional={
        "timestampUploaded": st.sampled_from(["2025-10-22T10:12:31.460Z", "2025-10-22", ""]),
        "uploaderId": st.sampled_from(["a", "b"]),
        "textMessage": st.text(max_size=20),
        "urlToImage": st.sampled_from(["https://cdn.test/1", "https://cdn.test/2?X-Amz-Date=1"]),
        "odd": VALUES,
    },
)


def item_of(value: Any, spare: int = 0) -> ItemMarks:
    """The marks of one message as it stands in a body."""
    message = read_message(parse(json.dumps(value).encode()), KEY_OF)
    return ItemMarks(
        1, (content_mark(BARE, message, KEY_OF),), (), moment_mark(BARE, message), spare
    )


def marks_for(*items: ItemMarks) -> Marks:
    """Marks of a job called `job`."""
    return Marks(7, b"k" * 32, (), {"job": items})


@given(
    before=st.lists(MESSAGES, max_size=4),
    gone=MESSAGES,
    after=st.lists(MESSAGES, max_size=4),
    more=st.dictionaries(st.text(max_size=3), VALUES, max_size=2),
    indent=st.sampled_from([None, 1]),
    escaped=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"]),
)
def test_only_the_erased_message_gives_way_and_every_other_byte_stays(
    before: list[Any],
    gone: Any,
    after: list[Any],
    more: dict[str, Any],
    indent: int | None,
    escaped: bool,
    encoding: str,
) -> None:
    """In any encoding, spacing and escaping, with anything around it."""
    gone = {**gone, "timestampUploaded": "2024-01-01T00:00:00.000Z", "messageType": "chat"}
    value = {"a": 1, **more, "messages": [*before, gone, *after], "z": [{"messages": [gone]}]}
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    body = text.encode(encoding, "surrogatepass")
    try:
        parse(body)
    except ValueError:
        return  # a lone surrogate, which no archived body has as raw bytes
    done = redacted(body, [marks_for(item_of(gone))], "job", ORIGIN)
    assert dict(done.cut).keys() == {len(before)}
    hole = '{"erased": 7}'
    now, was = text_of(done.body), text_of(body)
    assert now[1] == was[1]
    head, _, tail = now[0].partition(hole)
    assert was[0].startswith(head)
    assert was[0].endswith(tail)
    cut = was[0][len(head) : len(was[0]) - len(tail)]
    assert plain(parse(cut.encode("utf-8", "surrogatepass"))) == plain(
        parse(json.dumps(gone).encode())
    )
    again = redacted(done.body, [marks_for(item_of(gone))], "job", ORIGIN)
    assert again.body == done.body


def test_a_body_that_has_nothing_of_it_is_the_very_same_object() -> None:
    """So that whoever compares need not read it."""
    body = b'{"messages": [{"messageType": "chat", "textMessage": "hello"}]}'
    gone = item_of({"messageType": "chat", "textMessage": "bye"})
    assert redacted(body, [marks_for(gone)], "job", ORIGIN).body is body
    assert redacted(body, [marks_for(gone)], "other", ORIGIN).body is body


def test_of_messages_quite_alike_as_many_stay_as_stayed() -> None:
    """One of three was erased: one goes."""
    one = {"messageType": "chat", "textMessage": "ok"}
    body = json.dumps({"messages": [one, one, one]}).encode()
    done = redacted(body, [marks_for(item_of(one, spare=2))], "job", ORIGIN)
    assert list(done.cut) == [0]


def test_a_list_that_stands_twice_loses_it_twice() -> None:
    """A key may be given twice; only the last list counts for places."""
    one = '{"messageType": "chat", "textMessage": "bye"}'
    body = f'{{"messages": [{one}], "messages": [1, {one}]}}'.encode()
    done = redacted(body, [marks_for(item_of(json.loads(one)))], "job", ORIGIN)
    assert b"bye" not in done.body
    assert list(done.cut) == [1]


@given(VALUES)
def test_the_leaves_of_a_body_are_its_texts_and_numbers_in_order(value: Any) -> None:
    """As the parser reads them, keys included; and where they stand."""
    text = json.dumps(value)

    def walk(one: Any) -> list[str]:
        if isinstance(one, dict):
            return [leaf for k, child in one.items() for leaf in (k, *walk(child))]
        if isinstance(one, list):
            return [leaf for child in one for leaf in walk(child)]
        return [one if isinstance(one, str) else json.dumps(one)]

    found = list(leaves(text))
    assert [leaf.value for leaf in found] == walk(value)
    for leaf in found:
        said = text[leaf.start : leaf.end]
        assert json.loads(said) == (leaf.value if leaf.is_text else json.loads(leaf.value))


@given(st.lists(VALUES, max_size=5))
def test_the_entries_of_a_list_are_found_where_they_stand(values: list[Any]) -> None:
    """With anything before and after it."""
    text = json.dumps({"messages": 1, "x": {"messages": [0]}, "messages ": [2], "y": values})
    assert entries(text, "messages") == []
    (found,) = entries(text, "y")
    assert [json.loads(text[start:end]) for start, end, _ in found] == values
    assert changed(text, [(start, end, text[start:end]) for start, end, _ in found]) == text


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("Ann Lee", "P"),
        ("ANN lee was here", "P was here"),
        ("(Ann-Lee), ann\u00a0LEE; Ann, Lee", "(P), P; P"),
        ("Annlee Ann Leed JoAnn Lee Lee Ann", "Annlee Ann Leed JoAnn Lee Lee Ann"),
        ("Ann\nLee", "Ann\nLee"),
        ("will Will WILL", "will P WILL"),
        ("Zoë Zoe\u0308 zoe\u0308", "P P zoe\u0308"),
        ("राजू जी।", "P।"),
    ],
)
def test_a_name_gives_way_where_it_stands_as_words(text: str, now: str) -> None:
    """Several words whatever their case, one word as it is written; in any form of Unicode."""
    person = person_marks(BARE, (), ("Ann Lee", "Will", "Zoë", "राजू जी"), "P")
    assert renamer(BARE, person)(text) == now


def test_ids_and_names_go_together_and_addresses_stay() -> None:
    """Whoever has the id loses the name beside it, whatever it is; a number as an id too."""
    person = person_marks(BARE, ("12", "id-1"), ("Ann Lee",), "Person 1")
    text = (
        '{"creatorId":12,"creatorName":"A. L.","jobName":"For Ann Lee",'
        '"messages":[{"uploaderId":"id-1","uploaderName":"Annie","urlToImage":"https://x/ann-lee",'
        '"more":{"Ann Lee":["by ann lee"]}},{"uploaderId":"id-2","uploaderName":"Annie"}]}'
    )
    assert json.loads(without_person(text, BARE, person)) == {
        "creatorId": "erased-1",
        "creatorName": "Person 1",
        "jobName": "For Person 1",
        "messages": [
            {
                "uploaderId": "erased-1",
                "uploaderName": "Person 1",
                "urlToImage": "https://x/ann-lee",
                "more": {"Person 1": ["by Person 1"]},
            },
            {"uploaderId": "id-2", "uploaderName": "Annie"},
        ],
    }


def test_a_quotation_elsewhere_goes_too_unless_a_message_that_stays_says_the_same() -> None:
    """In a field nobody knows, inside or outside the messages."""
    gone = {"messageType": "chat", "textMessage": "The code is 4711."}
    quoting = {
        "messageType": "chat",
        "textMessage": "Why?",
        "replyTo": {"text": "The code is 4711."},
    }
    value = {"last": "The code is 4711.", "messages": [gone, quoting]}
    message = read_message(parse(json.dumps(gone).encode()), KEY_OF)
    item = ItemMarks(
        1,
        (content_mark(BARE, message, KEY_OF),),
        text=(str(text_mark(BARE, message.text)),),
    )
    done = redacted(json.dumps(value).encode(), [marks_for(item)], "job", ORIGIN)
    assert b"4711" not in done.body
    assert json.loads(done.body)["messages"][1]["replyTo"] == {"text": None}
    said_again = {**quoting, "textMessage": "The code is 4711.", "uploaderId": "b"}
    value = {"messages": [gone, said_again]}
    done = redacted(json.dumps(value).encode(), [marks_for(item)], "job", ORIGIN)
    assert json.loads(done.body)["messages"][1] == said_again
