"""RFC 3161 time stamps of the ledger's head: what is asked for, and what a token proves, offline.

A token holds the SHA-256 of the head statement, a time, and the signature of an authority. With
the authority's root certificate the whole of it is proven, as `openssl ts -verify` does; without,
that the token is over this head and whole, and whoever signed it is only what its own certificate
says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rfc3161_client as rfc3161
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from archiver import der
from archiver.errors import UsageProblem
from archiver.head import Head

_HASHES: dict[str, HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": SHA256(),
    "2.16.840.1.101.3.4.2.2": SHA384(),
    "2.16.840.1.101.3.4.2.3": SHA512(),
}
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_GRANTED = (0, 1)
_UNREADABLE = (
    *(ValueError, TypeError, LookupError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.ExtensionNotFound, x509.DuplicateExtension),
    x509.UnsupportedGeneralNameType,
)


class BadStamp(ValueError):
    """A token does not prove what it should; says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says: when, and who calls itself the authority. `proven` tells whether the
    authority was checked up to a root."""

    time: datetime
    authority: str
    proven: bool


def stamp_request(head: Head) -> tuple[bytes, int]:
    """The request for a head's time stamp, and the nonce that the answer must repeat."""
    builder = rfc3161.TimestampRequestBuilder().data(head.statement)
    request = builder.hash_algorithm(rfc3161.HashAlgorithm.SHA256).build()
    assert request.nonce is not None
    return request.as_bytes(), request.nonce


def read_stamp(
    body: bytes,
    head: Head,
    *,
    nonce: int | None = None,
    roots: Sequence[x509.Certificate] = (),
) -> Stamp:
    """What a token proves of a head; with `roots`, up to one of them. Raises BadStamp."""
    try:
        token = rfc3161.decode_timestamp_response(der.sorted_certificates(body))
        if token.status not in _GRANTED:
            raise BadStamp(f"is a refusal of the authority (status {token.status})")
        told = token.tst_info
        _check_imprint(told.message_imprint, head)
        if nonce is not None and told.nonce != nonce:
            raise BadStamp("answers another request")
        signer = _signer(token)
        _check_signature(der.signed_token(body), signer, told.gen_time)
        if roots:
            rfc3161.VerifierBuilder(roots=list(roots)).build().verify_message(token, head.statement)
        return Stamp(told.gen_time, signer.subject.rfc4514_string(), bool(roots))
    except BadStamp:
        raise
    except rfc3161.VerificationError as error:
        raise BadStamp(f"is not by an authority of the given certificates ({error})") from error
    except _UNREADABLE as error:
        raise BadStamp(f"is not a time stamp that can be read ({error})") from error


def token_certificates(body: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates that a token brings along: its signer's, then each one's issuer, then the
    rest. Raises BadStamp."""
    try:
        token = rfc3161.decode_timestamp_response(der.sorted_certificates(body))
        left = [*map(x509.load_der_x509_certificate, sorted(token.signed_data.certificates))]
        chain = [_signer(token)]
    except _UNREADABLE as error:
        raise BadStamp(f"is not a time stamp that can be read ({error})") from error
    left.remove(chain[0])
    while issuer := next((one for one in left if one.subject == chain[-1].issuer), None):
        chain.append(issuer)
        left.remove(issuer)
    return (*chain, *left)


def load_roots(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file. Raises UsageProblem."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageProblem(f"{path} holds no certificate in PEM.") from error


def _check_imprint(imprint: rfc3161.MessageImprint, head: Head) -> None:
    made = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if made is None:
        raise BadStamp(f"uses an unknown hash ({imprint.hash_algorithm.dotted_string})")
    if hashlib.new(made.name, head.statement).digest() != imprint.message:
        raise BadStamp(f"is not over the head at entry {head.number}")


def _signer(token: rfc3161.TimeStampResponse) -> x509.Certificate:
    """The one certificate in the token that is its signer's, fit for time stamps (RFC 3161 §2.3).

    Raises BadStamp, x509.ExtensionNotFound.
    """
    (signed,) = token.signed_data.signer_infos
    for one in map(x509.load_der_x509_certificate, token.signed_data.certificates):
        if one.issuer == signed.issuer and one.serial_number == signed.serial_number:
            use = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
            if ExtendedKeyUsageOID.TIME_STAMPING not in use.value:
                raise BadStamp("is signed with a certificate that is not for time stamps")
            return one
    raise BadStamp("does not hold the certificate of its signer")


def _check_signature(token: der.SignedToken, signer: x509.Certificate, time: datetime) -> None:
    """The signature of the token's content by the certificate in it (RFC 5652 §5.4)."""
    made = _HASHES.get(token.digest_algorithm)
    if made is None:
        raise BadStamp(f"is signed over an unknown hash ({token.digest_algorithm})")
    if token.attribute(_MESSAGE_DIGEST) != hashlib.new(made.name, token.content).digest():
        raise BadStamp("was changed after it was signed")
    if not signer.not_valid_before_utc <= time <= signer.not_valid_after_utc:
        raise BadStamp("is signed with a certificate that was not valid at its time")
    key = signer.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(token.signature, token.signed_attributes, padding.PKCS1v15(), made)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(token.signature, token.signed_attributes, ec.ECDSA(made))
        else:
            raise BadStamp("is signed with a kind of key that this program does not know")
    except InvalidSignature as error:
        raise BadStamp("is not signed by the certificate in it") from error
