"""The key is never printed, in whatever spelling a library chooses."""

from __future__ import annotations

import base64
import copy
import io
import json
import logging
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.authkey import AuthKey, KeyScrubber
from archiver.errors import UsageProblem

SECRET = 's3cr/et+k"éy=='
secrets = st.text(min_size=12, max_size=40).filter(lambda text: bool(text.strip()))


def test_a_key_prints_as_a_placeholder_in_every_way() -> None:
    key = AuthKey(SECRET)
    printed = [str(key), repr(key), f"{key}", f"{key:>20}", f"{key!r}", f"{key!s}"]
    assert not any(SECRET in text for text in printed)
    assert all("[key]" in text for text in printed)


def test_a_key_cannot_be_pickled_but_copies_stay_keys() -> None:
    key = AuthKey(SECRET)
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(key)
    assert copy.deepcopy(key) is key
    assert copy.copy(key) == AuthKey(SECRET)
    assert key != AuthKey("another")
    assert key != SECRET
    assert len({key, AuthKey(SECRET)}) == 1


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_key_is_refused_because_it_could_not_be_scrubbed(empty: str) -> None:
    with pytest.raises(UsageProblem):
        AuthKey(empty)


@given(secrets)
def test_any_key_is_scrubbed_raw_in_json_in_addresses_and_in_base64(secret: str) -> None:
    key = AuthKey(secret)
    raw = secret.encode("utf-8", "surrogatepass")
    for text in (
        f"before {secret} after",
        json.dumps({"authKey": secret}),
        json.dumps({"authKey": secret}, ensure_ascii=False),
        f"https://h/?k={quote(raw, safe='')}&x=1",
        repr(secret),
    ):
        scrubbed = key.scrub(text)
        assert "[key]" in scrubbed
        assert secret not in scrubbed


@given(secrets, st.binary(max_size=5), st.binary(max_size=5))
def test_any_key_is_found_inside_a_longer_base64_text(
    secret: str, before: bytes, after: bytes
) -> None:
    raw = secret.encode("utf-8", "surrogatepass")
    text = base64.b64encode(before + raw + after).decode()
    assert "[key]" in AuthKey(secret).scrub(text)


def test_a_log_record_loses_the_key_from_message_arguments_exception_and_extras() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(note)s %(more)s"))
    handler.addFilter(KeyScrubber(AuthKey(SECRET)))
    log = logging.getLogger("test.authkey")
    log.propagate = False
    log.addHandler(handler)
    try:
        try:
            raise ValueError(f"refused {SECRET}")
        except ValueError:
            log.exception(
                "sent %s", {"k": SECRET}, extra={"note": SECRET, "more": {"deep": SECRET}}
            )
        log.error("%d", SECRET, extra={"note": "", "more": ""})
    finally:
        log.removeHandler(handler)
    assert SECRET not in stream.getvalue()
    assert "ValueError: refused [key]" in stream.getvalue()
