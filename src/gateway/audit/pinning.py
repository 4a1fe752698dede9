"""Pins what a consent says to the entry of the log that records it.

The entry holds no word of the consent, only a hash of what decides in it, made with a salt. Whoever
holds the receipt holds salt and words, and so can show that they are what was recorded; the log
alone tells nothing, also once the person's key is destroyed.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from gateway.fhir.encoding import encode

_DOMAIN = b"onestory consent v1"
# What of a Consent decides, and what says whose it is and when it was given.
_PINNED = (
    *("resourceType", "id", "status", "scope", "category", "patient", "dateTime", "performer"),
    *("organization", "policy", "policyRule", "verification", "provision", "implicitRules"),
    *("extension", "modifierExtension"),
)


def pinned(consent: dict[str, Any]) -> str:
    """What of a Consent decides, as one text: compact JSON, the names of each object in order."""
    kept = {name: consent[name] for name in _PINNED if name in consent}
    profiles = consent.get("meta", {}).get("profile")
    if profiles:
        kept["meta"] = {"profile": profiles}
    return encode(_in_order(kept)).decode()


def pin(salt: bytes, version: str, text: str) -> str:
    """How an entry names a version ("Consent/<id>/_history/<n>") that it records: with its hash."""
    digest = hashlib.sha256(b"\0".join((_DOMAIN, salt, version.encode(), text.encode()))).digest()
    return f"{version}#{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list) else value
