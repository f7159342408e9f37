"""JSON from a stranger: nothing lost, nothing changed, nothing unbounded."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.addresses import address_key
from archiver.jsontext import (
    MAX_DEPTH,
    BadJson,
    Json,
    JsonObject,
    Number,
    dump,
    parse,
    sameness,
    tokens,
)

numbers = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "1e999999", "0." + "1" * 60, "9" * 5000]),
).map(Number)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(st.tuples(texts | st.just("twice"), inner), max_size=4).map(JsonObject)
    ),
    max_leaves=12,
)


def key(address: str) -> str:
    return address_key(address, api_origin="https://api.work.photos")


def same(one: bytes, other: bytes) -> bool:
    return sameness(parse(one), key) == sameness(parse(other), key)


@given(values)
@example(JsonObject([("a", Number("1.0")), ("a", Number("NaN")), ("b", [])]))
def test_any_value_is_the_same_after_being_shown_and_read_again(value: Json) -> None:
    again = parse(dump(value).encode())
    assert again == value
    assert list(tokens(again, key)) == list(tokens(value, key))


@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\x00")
@example(b'{"a":')
@example(b'"\xed\xa0\x80"')
def test_any_bytes_are_read_or_refused_and_nothing_else_is_raised(body: bytes) -> None:
    with contextlib.suppress(BadJson):
        parse(body)


def test_digits_duplicate_keys_and_lone_surrogates_are_kept() -> None:
    value = parse(rb'{"n": 1.0, "n": 100000000000000000000.10, "s": "\ud800x"}')
    assert isinstance(value, JsonObject)
    assert value["n"] == Number("100000000000000000000.10")
    assert value.pairs == (
        ("n", Number("1.0")),
        ("n", Number("100000000000000000000.10")),
        ("s", "\ud800x"),
    )
    assert dump(value).isascii()


def test_a_number_is_not_a_text_and_says_whether_it_is_whole() -> None:
    assert not isinstance(Number("1"), str)
    assert Number("-12").whole() == -12
    assert [Number(text).whole() for text in ("1.0", "1e3", "NaN", "1" * 19)] == [None] * 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks_and_wide_encodings_are_read(encoding: str) -> None:
    assert parse('{"name": "Zoë 🛠"}'.encode(encoding)) == JsonObject([("name", "Zoë 🛠")])


def test_bad_utf8_is_named_with_the_place_of_the_byte() -> None:
    with pytest.raises(BadJson, match="not valid UTF-8 at byte 6"):
        parse(b'{"a":"\xff"}')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[1] 2", "more text"),
        (b"{'a': 1}", "not JSON at character 1"),
        (b"[" * 200_000, f"more than {MAX_DEPTH} levels"),
        (b"[" * (MAX_DEPTH + 5) + b"]" * (MAX_DEPTH + 5), f"more than {MAX_DEPTH} levels"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, f"more than {MAX_DEPTH} levels"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(BadJson, match=reason):
        parse(body)


def test_a_small_body_that_would_grow_huge_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadJson, match="of memory"):
        parse(b"[" + b"[]," * 5_000_000 + b"1]")


def test_a_text_of_five_megabytes_full_of_commas_is_read() -> None:
    body = json.dumps({"textMessage": ",[{" * 1_700_000}).encode()
    value = parse(body)
    assert isinstance(value, JsonObject)
    assert len(str(value["textMessage"])) == 5_100_000


def test_twenty_thousand_messages_are_read_and_compared() -> None:
    messages = [{"messageType": "chat", "textMessage": f"m{i}", "n": i} for i in range(20_000)]
    body = json.dumps({"messages": messages}).encode()
    assert same(body, body)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (b'{"u":"https://c/x?Expires=1"}', b'{"u":"https://c/x?Expires=2"}', True),
        (b'{"u":"https://c/x?v=1"}', b'{"u":"https://c/x?v=2"}', False),
        (
            b'{"textMessage":"https://c/x?Expires=1"}',
            b'{"textMessage":"https://c/x?Expires=2"}',
            False,
        ),
        (b'{"u":"see https://c/x?Expires=1"}', b'{"u":"see https://c/x?Expires=2"}', False),
        (b'{"a":NaN}', b'{ "a" : NaN }', True),
        (b'{"a":1}', b'{"a":1.0}', False),
        (b'{"a":1}', b'{"a":"1"}', False),
        (b'{"a":1,"a":2}', b'{"a":2}', False),
        (b'{"a":1,"b":2}', b'{"b":2,"a":1}', False),
        (b'["ab","c"]', b'["a","bc"]', False),
        (b"[[],1]", b"[[1]]", False),
        (b'{"a":null}', b'{"a":false}', False),
        (rb'"\u00e9"', '"é"'.encode(), True),
    ],
)
def test_sameness_compares_tokens_and_forgives_only_signatures(
    one: bytes, other: bytes, equal: bool
) -> None:
    assert same(one, other) is equal


@given(values, values)
def test_values_that_differ_have_different_samenesses(one: Json, other: Json) -> None:
    assert (sameness(one, str) == sameness(other, str)) == (one == other)
