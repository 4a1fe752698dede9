"""Content is sealed under a data key of one identity; data keys are wrapped by one key.

AES-256-GCM-SIV (RFC 8452): a nonce used twice reveals only whether two plaintexts are equal.
A sealed value is a random nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. `context` is
what the value is and whose (authenticated, not stored): a value moved elsewhere does not open.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

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


class DataKeys:
    """Opens each identity's data key once and keeps the most recently used ready.

    INVARIANT: a key is found only by the wrapped bytes that the caller has just read. A key that
    was erased, or made in a transaction that was rolled back, is never used from memory.
    """

    def __init__(self, wrapping: bytes, most: int = MOST_DATA_KEYS) -> None:
        self._wrapping = wrapping
        self._most = most
        self._ready: OrderedDict[tuple[int, bytes], AESGCMSIV] = OrderedDict()
        self._lock = threading.Lock()  # the event loop reads, the writer's thread writes

    def new(self, identity: int) -> bytes:
        """A fresh data key for an identity, wrapped as its row holds it."""
        return wrap(self._wrapping, new_data_key(), _owner(identity))

    def of(self, identity: int, wrapped: bytes) -> AESGCMSIV:
        """The identity's key, ready for `seal` and `open_sealed`."""
        name = (identity, wrapped)
        with self._lock:
            if (ready := self._ready.get(name)) is not None:
                self._ready.move_to_end(name)
                return ready
        opened = AESGCMSIV(unwrap(self._wrapping, wrapped, _owner(identity)))
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
    return hmac.digest(key, b"version-id\0" + head + view, "sha256")[:8].hex()


def _owner(identity: int) -> bytes:
    return b"identity/%d" % identity
