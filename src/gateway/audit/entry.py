"""One row of the log: who did what to what, when, why, under which consents. Nothing clinical."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from gateway.audit.consent_set import ConsentSet
from gateway.fhir.dates import microseconds as microseconds_of


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the log, before it has a position.

    `at` is RFC 3339 UTC with microseconds; `action` a FHIR AuditEvent action (C R U D E);
    `outcome` one of permitted, refused, failed; `entities` the references asked for or released
    ("Type/id"); `consent_set` the digest of the exact versions held against the request, and
    `consents`, in rows of former times, these themselves ("Consent/id/_history/n");
    `digest` the SHA-256 of the bytes released, hex; `patients` the requester's own "Patient/id";
    `agreed` each version of a Consent that was written, with the salted hash of what it says
    (`pinning`).

    INVARIANT: `salt` is random, so that who knows the rest of an entry, and has a receipt for its
    hash, learns nothing from that of the consents, which are not theirs to read.

    INVARIANT: a field is only ever added, at the end and with a default: what was read back from
    the log gives the same canonical bytes, and so the same leaf, under every later version.
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
    agreed: tuple[str, ...] = ()
    salt: str = ""
    consent_set: str = ""

    @property
    def is_under_consents(self) -> bool:
        """Whether any consent was held against the request."""
        return bool(self.consent_set or self.consents)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry with what stands beside the log: the persons it concerns (keyed HMACs), and the set
    of consents that it names."""

    entry: Entry
    persons: frozenset[bytes] = frozenset()
    consents: ConsentSet | None = None


def canonical(entry: Entry) -> bytes:
    """The bytes that are hashed and kept: JSON, fields in their declared order, no spaces."""
    return msgspec.json.encode(entry)


def read(body: bytes) -> Entry | None:
    """The entry in its canonical bytes; None where they hold none."""
    try:
        entry = msgspec.json.decode(body, type=Entry)
        microseconds(entry.at)
    except (msgspec.DecodeError, ValueError):
        return None
    return entry


class _Named(msgspec.Struct):
    consent_set: str = ""


def set_named(body: bytes) -> str:
    """The digest of the set of consents that an entry names in its canonical bytes; "" for none."""
    try:
        return msgspec.json.decode(body, type=_Named).consent_set
    except msgspec.DecodeError:
        return ""


def microseconds(at: str) -> int:
    """An entry's time as a number: microseconds since 1970, UTC."""
    time = datetime.fromisoformat(at)
    if time.tzinfo is None:
        raise ValueError("an entry's time states its offset")
    return microseconds_of(time)


def references(entry: Entry) -> list[str]:
    """What an entry can be found by: "Type/id", without versions, and its set of consents, each
    once."""
    sets = (entry.consent_set,) if entry.consent_set else ()
    named = (*entry.entities, *entry.patients, *entry.consents, *sets)
    return list(dict.fromkeys(reference.partition("/_history/")[0] for reference in named))
