"""Whole details bodies of hostile workspaces: Hypothesis strategies, and a quick generator."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import strategies as st

from tests.hostile.strings import ADDRESSES, NAUGHTY

texts = st.one_of(st.sampled_from(NAUGHTY), st.text(max_size=40))
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(10**400), st.just("")
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
times = st.one_of(
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.sampled_from(["2025-10-22T10:12:24.620Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]),
    values,
)
addresses = st.one_of(
    st.integers(0, 5).map(lambda n: f"https://cdn.workphotos.com/{n}.jpeg"),
    st.sampled_from(ADDRESSES),
    values,
)
FIELDS = {
    "messageType": st.one_of(st.sampled_from(["chat", "image", "video"]), values),
    "timestampUploaded": times,
    "uploaderId": values,
    "uploaderName": values,
    "textMessage": values,
    "urlToImage": addresses,
    "thumbnailForImage": addresses,
    "urlToVideo": addresses,
}
messages = st.one_of(st.fixed_dictionaries({}, optional=FIELDS), values)
details = st.fixed_dictionaries(
    {"messages": st.one_of(st.lists(messages, max_size=6), values)},
    optional={
        "jobId": values,
        "jobName": values,
        "creatorId": values,
        "creatorName": values,
        "creationDate": times,
        "lastUpdateDate": times,
        "mainThumbnail": addresses,
    },
)
"""The value of a details body; `body_of` writes it."""


def body_of(value: Any) -> bytes:
    """A value as JSON that an API might send: NaN, lone surrogates and all."""
    return json.dumps(value).encode("ascii")


class Generator:
    """Details bodies by the thousand, from a seed; the same seed gives the same bodies."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def body(self) -> bytes:
        """One details body, now and then with a key twice or bytes that are no JSON."""
        pick = self._random.random
        value: dict[str, Any] = {"jobId": "68d0ed784f25458a9e878d15", "jobName": self.text()}
        value["creationDate"] = self.time()
        value["creatorName"] = self.any() if pick() < 0.1 else self.text()
        if pick() < 0.3:
            value["mainThumbnail"] = self.address()
        value["messages"] = [self.message() for _ in range(self._random.randrange(6))]
        body = body_of(value)
        if pick() < 0.05:
            body = body[:-1] + b',"jobName":"twice","messages":[]}'
        return body

    def list_body(self, page: int) -> bytes:
        """One page of the job list, now and then one that is none."""
        pick = self._random.random
        jobs = [self.listed() for _ in range(self._random.randrange(5))]
        value: dict[str, Any] = {"jobs": self.any() if pick() < 0.03 else jobs, "page": page}
        for name in ("totalJobs", "totalPages", "pagesRemaining", "pageSize"):
            if pick() < 0.7:
                value[name] = self.any() if pick() < 0.2 else self._random.randrange(-1, 9)
        return body_of(value)

    def listed(self) -> Any:
        """One entry of the list, or what stands in its place."""
        pick = self._random.random
        if pick() < 0.05:
            return self.any()
        found: dict[str, Any] = {"jobId": f"{self._random.randrange(40):024x}"}
        if pick() < 0.2:
            found["jobId"] = self.any() if pick() < 0.5 else self.text()
        found |= {"name": self.text(), "createdAt": self.time(), "webAppDeeplink": self.address()}
        return found

    def message(self) -> Any:
        """One message, or what stands in its place."""
        pick = self._random.random
        if pick() < 0.03:
            return self.any()
        kind = self._random.choice(["chat", "image", "image", "video", self.text()])
        found: dict[str, Any] = {"messageType": kind, "timestampUploaded": self.time()}
        found["uploaderId"], found["uploaderName"] = self.text(), self.text()
        if kind == "chat" or pick() < 0.3:
            found["textMessage"] = self.text() + " " + self.text()
        if kind != "chat":
            found["urlToImage"] = self.address()
            found["thumbnailForImage"] = self.address()
        if pick() < 0.2:
            found[self.text()] = self.any()
        if pick() < 0.1:
            found.pop(self._random.choice(list(found)))
        return found

    def text(self) -> str:
        """A text: naughty, plain, or two naughty ones in one."""
        pick = self._random.random()
        if pick < 0.2:
            return f"Boiler {self._random.randrange(99)}"
        one = self._random.choice(NAUGHTY)
        return one if pick < 0.8 else one + self._random.choice(NAUGHTY)

    def address(self) -> Any:
        """An address, a text that is none, or no text."""
        pick = self._random.random()
        if pick < 0.6:
            return f"https://cdn.workphotos.com/{self._random.randrange(9)}.jpeg"
        return self._random.choice(ADDRESSES) if pick < 0.9 else self.any()

    def time(self) -> Any:
        """A time, or something else."""
        pick = self._random.random()
        if pick < 0.8:
            return f"2025-1{pick * 3:.0f}-2{pick * 9:.0f}T10:12:24.620Z"
        return self._random.choice(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", self.any()])

    def any(self) -> Any:
        """Any value."""
        choice = self._random.choice
        return choice(
            [None, True, -0.0, float("nan"), 10**400, 1e308, [], {}, [[[{}]]], {"a": self.text()}]
        )
