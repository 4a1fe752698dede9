"""How a written Consent is pinned to the log, and the salt that its receipt tells."""

from __future__ import annotations

from typing import Any

from gateway.audit.pinning import pin, pinned
from gateway.keys import Keys
from gateway.storage.resources import Row
from gateway.storage.sealing import hmac_bytes


def pinned_as(keys: Keys, row: Row, consent: dict[str, Any]) -> str:
    """What the entry that records this version says of it."""
    return pin(salt_of(keys, row), name_of(row), pinned(consent))


def name_of(row: Row) -> str:
    """The version as the log names it."""
    return f"{row.reference}/_history/{row.version}"


def salt_of(keys: Keys, row: Row) -> bytes:
    """The salt of one version: always the same, known to whoever has its receipt."""
    return hmac_bytes(keys.version, "consent-pin", name_of(row))
