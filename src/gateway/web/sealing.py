"""Seals small values so that only this server can make or read them: links, cookies."""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


def sealed(key: bytes, use: str, content: bytes) -> str:
    """An unreadable, unforgeable text, safe in an address or a cookie, for this use only."""
    nonce = secrets.token_bytes(_NONCE)
    box = AESGCM(key).encrypt(nonce, content, use.encode())
    return base64.urlsafe_b64encode(nonce + box).decode().rstrip("=")


def opened(key: bytes, use: str, text: str) -> bytes | None:
    """What was sealed for this use with this key; None for anything else."""
    try:
        box = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], use.encode())
    except (InvalidTag, binascii.Error, ValueError):
        return None
