"""One row of the log: who did what to what, when, why, under which consents. Nothing clinical."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the log, before it has a position.

    `at` is RFC 3339 UTC with microseconds; `action` a FHIR AuditEvent action (C R U D E);
    `outcome` one of permitted, refused, failed; `entities` the references asked for or released
    ("Type/id"); `consents` the exact versions held against the request ("Consent/id/_history/n");
    `digest` the SHA-256 of the bytes released, hex; `patients` the requester's own "Patient/id".
    """

    id: str
    at: str
    action: str
    interaction: str
    outcome: str
    organization: str
    client: str
    role: str
    purpose: str
    practitioner: str | None = None
    practitioner_name: str | None = None
    reason: str | None = None
    entities: tuple[str, ...] = ()
    patients: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    policy: str | None = None
    query: str | None = None
    digest: str | None = None
    status: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry with the persons it concerns (keyed HMACs), for the index beside the log."""

    entry: Entry
    persons: frozenset[bytes] = frozenset()


def canonical(entry: Entry) -> bytes:
    """The bytes that are hashed and kept: JSON, fields in their declared order, no spaces."""
    return msgspec.json.encode(entry)
