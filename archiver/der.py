"""The few places of a time-stamp token that its library does not show, read from its DER.

`rfc3161-client` checks a token only up to a root certificate, and refuses one whose certificates
are not in the order of DER, which `openssl ts` with a chain (and so many an authority) writes.
Only as much of X.690 as RFC 3161 and RFC 5652 need. Everything raises ValueError on bad bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE, SET, OCTETS, CONTEXT_0 = 0x30, 0x31, 0x04, 0xA0


@dataclass(frozen=True, slots=True)
class Node:
    """One value: its tag, and where in `body` it begins, its content begins, and it ends."""

    body: bytes
    tag: int
    start: int
    inside: int
    end: int

    @property
    def content(self) -> bytes:
        """What is inside."""
        return self.body[self.inside : self.end]

    @property
    def whole(self) -> bytes:
        """Tag and length too."""
        return self.body[self.start : self.end]

    def children(self) -> list[Node]:
        """The values inside."""
        found, at = [], self.inside
        while at < self.end:
            found.append(node_at(self.body, at, self.end))
            at = found[-1].end
        return found

    def child(self, number: int, tag: int) -> Node:
        """The child of that number, which must have that tag."""
        children = self.children()
        if number >= len(children) or children[number].tag != tag:
            raise ValueError(f"no value with tag {tag:#x} at place {number}")
        return children[number]


def node_at(body: bytes, at: int, end: int) -> Node:
    """The value that begins at `at` and must not go beyond `end` (X.690 §8.1, definite form)."""
    if at + 2 > end:
        raise ValueError("ends early")
    tag, length, inside = body[at], body[at + 1], at + 2
    if length >= 0x80:
        digits = length & 0x7F
        if not 1 <= digits <= 4 or inside + digits > end:
            raise ValueError("has a length that cannot be read")
        length = int.from_bytes(body[inside : inside + digits], "big")
        inside += digits
    if tag & 0x1F == 0x1F or inside + length > end:
        raise ValueError("has a value that does not fit")
    return Node(body, tag, at, inside, inside + length)


def oid(dotted: str) -> bytes:
    """The content of an object identifier (X.690 §8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    made = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        made += bytes(reversed(groups))
    return bytes(made)


def dotted(content: bytes) -> str:
    """An object identifier as people write it."""
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2) if numbers else 0
    return ".".join(map(str, [first, numbers[0] - first * 40, *numbers[1:]])) if numbers else ""


@dataclass(frozen=True, slots=True)
class SignedToken:
    """What the signature of a token is made of (RFC 5652 §5.3)."""

    content: bytes
    digest_algorithm: str
    signed_attributes: bytes
    signature: bytes

    def attribute(self, kind: bytes) -> bytes:
        """The one value of a signed attribute, an octet string."""
        for one in node_at(self.signed_attributes, 0, len(self.signed_attributes)).children():
            if one.child(0, 0x06).content == kind:
                return one.child(1, SET).child(0, OCTETS).content
        raise ValueError("lacks a signed attribute")


def _signed_data(body: bytes) -> Node:
    """`TimeStampResp.timeStampToken.content`, a SignedData (RFC 3161 §2.4.2)."""
    response = node_at(body, 0, len(body))
    return response.child(1, SEQUENCE).child(1, CONTEXT_0).child(0, SEQUENCE)


def signed_token(body: bytes) -> SignedToken:
    """The parts of a response's token. Raises ValueError."""
    data = _signed_data(body)
    content = data.child(2, SEQUENCE).child(1, CONTEXT_0).child(0, OCTETS).content
    (signer,) = data.children()[-1].children()
    attributes = signer.child(3, CONTEXT_0)
    return SignedToken(
        content=content,
        digest_algorithm=dotted(signer.child(2, SEQUENCE).child(0, 0x06).content),
        # Signed as the SET OF that they are, not with the tag that they stand under (§5.4).
        signed_attributes=bytes([SET]) + attributes.whole[1:],
        signature=signer.child(5, OCTETS).content,
    )


def sorted_certificates(body: bytes) -> bytes:
    """A response with the certificates of its token in the order of DER (X.690 §11.6), which no
    signature covers; any other bytes as they are."""
    try:
        certificates = next(one for one in _signed_data(body).children() if one.tag == CONTEXT_0)
        inside = b"".join(sorted(one.whole for one in certificates.children()))
    except (ValueError, StopIteration):
        return body
    return body[: certificates.inside] + inside + body[certificates.end :]
