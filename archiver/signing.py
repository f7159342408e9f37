"""Ed25519 signatures (RFC 8032) of the ledger's head, and the key files that make them.

The private key lies outside the archive, unencrypted PEM (PKCS #8) that only its owner may read:
a nightly run has nobody to ask for a password. The public key lies in the archive as PEM, which
`openssl pkeyutl -verify -rawin -pubin` takes. The private key never reaches a log or an error.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from archiver.errors import UsageProblem
from archiver.storage import fsync_dir

KEY_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in memory; printing it shows its id alone."""

    id: str
    public: str
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, body: bytes) -> str:
        """The signature of some bytes, in base64."""
        return base64.b64encode(self._private.sign(body)).decode("ascii")

    def private_pem(self) -> bytes:
        """The secret itself, for its file and nothing else."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_id(public: str) -> str:
    """How the ledger calls a key: the first digits of the SHA-256 of its 32 raw bytes.

    `public` is hexadecimal. Raises ValueError.
    """
    return hashlib.sha256(_raw(public)).hexdigest()[:KEY_ID_DIGITS]


def public_pem(public: str) -> bytes:
    """A public key as PEM (RFC 8410). Raises ValueError."""
    key = Ed25519PublicKey.from_public_bytes(_raw(public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def is_signed(public: str, signature: str, body: bytes) -> bool:
    """Whether `signature` (base64) is one of `body` by the key; False for whatever is no key or
    no signature at all."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_raw(public))
        key.verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _raw(public: str) -> bytes:
    raw = bytes.fromhex(public)
    if len(raw) != 32 or raw.hex() != public:
        raise ValueError("is not the 32 bytes of an Ed25519 key in hexadecimal")
    return raw


# --- key files --------------------------------------------------------------------------------


def new_key() -> SigningKey:
    """A new key, in memory alone."""
    return _signing_key(Ed25519PrivateKey.generate())


def write_key_file(path: Path, key: SigningKey) -> None:
    """Write a private key to `path`, which only its owner may read.

    Raises UsageProblem when something is there already, OSError.
    """
    body = key.private_pem()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageProblem(
            f"{path} is there already; a key is never overwritten.",
            "Name another file with --key-file, or move the old one away.",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fsync_dir(path.parent)


def load_key_file(path: Path) -> SigningKey:
    """The private key in a file.

    Raises UsageProblem for one that is missing, that others may read, or that is no Ed25519 key.
    """
    try:
        mode = path.stat().st_mode
        body = path.read_bytes()
    except OSError as error:
        raise UsageProblem(
            f"The ledger's key {path} cannot be read: {error.strerror}.",
            "Name it with --sign-key-file, or see “Keys” in docs/how-to.md.",
        ) from error
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        raise UsageProblem(
            f"The ledger's key {path} can be read by others, so it is not used.",
            f"Take that right away (chmod 600 {path}); if somebody may have read it, declare it "
            "lost with `archiver ledger lost-key`.",
        )
    try:
        private = load_pem_private_key(body, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageProblem(f"{path} is not a private key in PEM.", _KIND) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageProblem(f"{path} is a key of another kind.", _KIND)
    return _signing_key(private)


_KIND = "Make one with `archiver ledger init-key`; it is Ed25519, PKCS #8, without a password."


def load_public_key(path: Path) -> str:
    """The public key in a PEM file, as the hexadecimal of its 32 bytes. Raises UsageProblem."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageProblem(f"{path} is not a public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageProblem(f"{path} is a key of another kind than Ed25519.")
    return key.public_bytes_raw().hex()


def _signing_key(private: Ed25519PrivateKey) -> SigningKey:
    public = private.public_key().public_bytes_raw().hex()
    return SigningKey(key_id(public), public, private)
