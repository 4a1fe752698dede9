"""Where a page of a search ends, as its next link says it: sealed, so that it tells nothing.

The same place always seals to the same text. What it is about (who asks, for what, in which order)
is authenticated with it: a cursor opens nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import json
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from gateway.keys import Keys
from gateway.storage.sealing import NONCE, SealError, hmac_bytes, open_sealed
from gateway.storage.searching import Place

LONGEST = 4_096
STEP = 128  # lengths go by this many bytes: how long a number is would tell of what is counted


def cursor(keys: Keys, about: str, place: Place) -> str:
    """The cursor of a place."""
    text = json.dumps(place)
    plain = text.ljust(-(-len(text) // STEP) * STEP).encode()
    nonce = hmac_bytes(keys.version, "cursor-nonce", f"{about}\0{plain.decode()}")[:NONCE]
    sealed = nonce + _cipher(keys.version).encrypt(nonce, plain, about.encode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def place_of(keys: Keys, about: str, text: str) -> Place | None:
    """The place; None where the text is no cursor of ours, or is about something else."""
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place = json.loads(open_sealed(_cipher(keys.version), sealed, about.encode()))
    except (ValueError, binascii.Error, SealError):
        return None
    return tuple(place)


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESGCMSIV:
    return AESGCMSIV(hmac_bytes(key, "cursor", ""))
