"""Receipts made without a server: a log of some entries, and one of them pinned to a consent."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import Checkpoint, sign
from gateway.audit.consent_receipt import SCHEMA, Place, Receipt, encoded
from gateway.audit.entry import Entry, canonical
from gateway.audit.merkle import Levels, inclusion_proof, leaf_hash
from gateway.audit.note import Signer
from gateway.audit.pinning import pin, pinned

NAME = "log.example/test"
CONSENT = {
    "resourceType": "Consent",
    "id": "6f2c1f0e-8f0b-4a53-9d8c-0d0f6f1d2a11",
    "status": "active",
    "patient": {"reference": "Patient/0d0f6f1d-8f0b-4a53-9d8c-6f2c1f0e2a11"},
    "provision": {"type": "deny"},
}
NAMED = f"Consent/{CONSENT['id']}"
VERSION = f"{NAMED}/_history/1"
SALT = b"salt" * 8


def signer(seed: bytes = b"s", name: str = NAME) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(seed * 32))


SIGNER = signer()


def entry(number: int, **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "id": f"entry-{number}",
        "at": f"2026-05-03T09:00:00.{number:06}Z",
        "action": "C",
        "interaction": "create",
        "outcome": "permitted",
        "organization": "Organization/o1",
        "client": "c1",
        "role": "portal",
        "purpose": "PATRQT",
        "entities": (NAMED,),
        "agreed": (pin(SALT, VERSION, pinned(CONSENT)),),
    }
    return Entry(**(fields | changes))


OWN = entry(6)


@dataclass(frozen=True)
class MadeLog:
    """A log with the consent's entry at `index`."""

    size: int = 11
    index: int = 6
    own: Entry = OWN

    @property
    def bodies(self) -> list[bytes]:
        others = [canonical(entry(n, entities=(), agreed=())) for n in range(self.size)]
        return [*others[: self.index], canonical(self.own), *others[self.index + 1 :]]

    @property
    def checkpoint(self) -> Checkpoint:
        levels = Levels(map(leaf_hash, self.bodies))
        return Checkpoint(self.size, levels.root(0, self.size))

    def note(self, by: Signer = SIGNER) -> str:
        return sign(by, self.checkpoint)

    def path(self) -> tuple[str, ...]:
        levels = Levels(map(leaf_hash, self.bodies))
        path = inclusion_proof(levels.root, self.index, self.size)
        return tuple(base64.b64encode(node).decode() for node in path)


def place(made: MadeLog, **changes: Any) -> Place:
    fields: dict[str, Any] = {
        "log": NAME,
        "index": made.index,
        "entry": made.bodies[made.index].decode(),
        "path": made.path(),
        "checkpoint": made.note(),
    }
    return Place(**(fields | changes))


def receipt(log: MadeLog | None = None, **changes: Any) -> Receipt:
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "id": "urn:uuid:11111111-1111-4111-8111-111111111111",
        "issued": "2026-05-03T09:00:01Z",
        "language": "en-GB",
        "words": ("You said that nobody may see anything about you.", "This choice counts."),
        "record": {
            "consent": NAMED,
            "status": "active",
            "events": [{"event_time": "2026-05-03T09:00:00Z"}],
        },
        "version": VERSION,
        "consent": pinned(CONSENT),
        "salt": encoded(SALT),
        "place": place(log or MadeLog()),
    }
    return Receipt(**(fields | changes))
