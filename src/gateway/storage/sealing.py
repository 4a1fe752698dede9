"""Content is sealed under a data key of one identity; data keys are wrapped by one key.

A sealed value is a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. `context` is what the
value is and whose (authenticated, not stored): a value moved elsewhere does not open.

Keys are sealed by AES-256-GCM-SIV (RFC 8452). Content, of which much is opened, by AES-256-GCM,
with a nonce made from randomness, context and content together, so that a failing source of
randomness alone repeats none (docs/decisions/0012).
"""

from __future__ import annotations

import hmac
import os
import threading
from collections import OrderedDict
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

NONCE = 12
MOST_DATA_KEYS = 65_536


class SealError(Exception):
    """What is stored does not open with this key in this place: altered, moved or another key."""


def new_data_key() -> bytes:
    return AESGCMSIV.generate_key(256)


def wrap(wrapping: bytes, data_key: bytes, context: bytes) -> bytes:
    """The data key, sealed under the key-encryption key for the context that it belongs to."""
    return seal(AESGCMSIV(wrapping), data_key, b"data-key\0" + context)


def unwrap(wrapping: bytes, wrapped: bytes, context: bytes) -> bytes:
    return open_sealed(AESGCMSIV(wrapping), wrapped, b"data-key\0" + context)


def seal(data_key: AESGCMSIV, plaintext: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + data_key.encrypt(nonce, plaintext, context)


def open_sealed(data_key: AESGCMSIV, sealed: bytes, context: bytes) -> bytes:
    """The plaintext; SealError where a bit differs, in the value or in its context."""
    try:
        return data_key.decrypt(sealed[:NONCE], sealed[NONCE:], context)
    except (InvalidTag, ValueError) as error:
        raise SealError("stored content does not open with the key of its identity") from error


class DataKey:
    """One identity's key, ready for use."""

    __slots__ = ("_cipher", "_former", "_nonces")

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._former = AESGCMSIV(key)
        self._nonces = hmac_bytes(key, "nonces", "")

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        hedged = b"%d:" % len(context) + context + os.urandom(16) + plaintext
        nonce = hmac.digest(self._nonces, hedged, "sha256")[:NONCE]
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; SealError where a bit differs, in the value or in its context."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], context)
        except (InvalidTag, ValueError):
            return open_sealed(self._former, sealed, context)  # as content was sealed at first


class DataKeys:
    """Opens each identity's data key once and keeps the most recently used ready.

    INVARIANT: a key is found only by the wrapped bytes that the caller has just read. A key that
    was erased, or made in a transaction that was rolled back, is never used from memory.
    """

    def __init__(self, wrapping: bytes, most: int = MOST_DATA_KEYS) -> None:
        self._wrapping = wrapping
        self._most = most
        self._ready: OrderedDict[tuple[int, bytes], DataKey] = OrderedDict()
        self._lock = threading.Lock()  # the event loop reads, the writer's thread writes

    def new(self, identity: int) -> bytes:
        """A fresh data key for an identity, wrapped as its row holds it."""
        return wrap(self._wrapping, new_data_key(), _owner(identity))

    def of(self, identity: int, wrapped: bytes) -> DataKey:
        """The identity's key, ready for use."""
        name = (identity, wrapped)
        with self._lock:
            if (ready := self._ready.get(name)) is not None:
                self._ready.move_to_end(name)
                return ready
        opened = DataKey(unwrap(self._wrapping, wrapped, _owner(identity)))
        with self._lock:
            self._ready[name] = opened
            while len(self._ready) > self._most:
                self._ready.popitem(last=False)
        return opened


def hmac_bytes(key: bytes, domain: str, text: str) -> bytes:
    """Keyed HMAC-SHA-256 of a text, apart for each domain ("nhs-number", "person", ...)."""
    if "\0" in domain:
        raise ValueError("a domain holds no NUL")
    return hmac.digest(key, f"{domain}\0{text}".encode(), "sha256")


def hmac_hex(key: bytes, domain: str, text: str) -> str:
    return hmac_bytes(key, domain, text).hex()


def version_id(
    key: bytes, reference: str, version: int, labels: tuple[int, ...], view: bytes
) -> str:
    """The opaque versionId of a view: 16 hex digits that move only with what they are made of.

    `labels` are the stored labels as numbers; `view` is what tells this view from another of the
    same stored version (its bytes or a digest of them; empty for the whole).
    """
    head = f"{reference}\0{version}\0{','.join(map(str, labels))}\0".encode()
    return blake2b(head + view, digest_size=8, key=key, person=b"version-id").hexdigest()


def _owner(identity: int) -> bytes:
    return b"identity/%d" % identity
