"""What the log may not tell the person whom it is about: that something is kept from them.

The ceiling, and what concerns others too, are left out of their own reading without trace, until
it is cleared for them. So is what was done with it: an entry is told only for what it names that is
theirs to read, or for naming them; in it nothing else of theirs is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from gateway.actions import remembering
from gateway.actions.asking.people import People
from gateway.actions.finding import Finding
from gateway.actions.gate import Gate
from gateway.storage import identities
from gateway.storage.predicate_sql import NEVER, Sql

_HELD = (
    "SELECT DISTINCT r.type, r.id, r.several, r.ceiling FROM identity me"
    " JOIN concern c ON c.identity = me.id JOIN resource r ON r.rid = c.rid WHERE me.person = ?"
)
_LISTED = "(SELECT value FROM json_each(?))"
# Interactions that may have come to somebody by what they did not find.
_LOOKING = "('search-type', 'history-type')"


@dataclass(frozen=True, slots=True)
class Held:
    """References to what is held about one person: theirs to read, and kept from them; and each
    Patient id that means them."""

    told: frozenset[str]
    kept: frozenset[str]
    patients: frozenset[str]


NOBODYS = Held(frozenset(), frozenset(), frozenset())


def held_about(gate: Gate) -> Held:
    """What is held about the person whom a portal's token serves."""
    patient = (gate.requester.patient or "").partition("/")[2]
    me = identities.by_patient(gate.connection, patient)
    if me is None:
        return NOBODYS
    told: set[str] = set()
    unsure: set[str] = set()
    for type_, id_, several, ceiling in gate.connection.execute(_HELD, (me.person,)):
        is_unsure = type_ != "Patient" and (several or ceiling)
        (unsure if is_unsure else told).add(f"{type_}/{id_}")
    kept = _kept(gate, frozenset(unsure))
    patients = frozenset(each[8:] for each in told if each.startswith("Patient/"))
    return Held(frozenset(told | unsure) - kept, kept, patients)


def _kept(gate: Gate, unsure: frozenset[str]) -> frozenset[str]:
    """Those of which the gate shows the person nothing: of some it shows a part."""
    finding = Finding(gate, People(gate.installation, gate.connection, gate.requester))
    unseen = unsure - finding.sees(unsure)
    return frozenset(each for each in unseen if not remembering.gone(gate, *each.split("/")))


def is_own(gate: Gate, entry: str) -> Sql:
    """True of the log's rows of the person's own requests, whoever these came to be about; their
    questions to the log itself are no news to them."""
    patient = gate.requester.patient or ""
    return Sql(
        "(a.organization = ? AND a.number IN (SELECT number FROM audit_entity WHERE entity = ?)"
        f" AND json_extract({entry}, '$.query') NOT LIKE 'AuditEvent%'"
        f" AND EXISTS (SELECT 1 FROM json_each({entry}, '$.patients') own WHERE own.value = ?))",
        (gate.requester.organization, patient, patient),
    )


def is_told(held: Held, entry: str) -> Sql:
    """True of the log's rows that this person reads. `entry` is a row's entry as an SQL text."""
    if not held.patients:
        return NEVER
    named = f"SELECT 1 FROM json_each({entry}, '$.entities') named"
    query = f"json_extract({entry}, '$.query')"
    names_me = (
        f"{query} LIKE '%identifier%' OR EXISTS (SELECT 1 FROM {_LISTED} mine"
        f" WHERE {query} LIKE '%' || mine.value || '%')"
    )
    return Sql(
        f"(EXISTS ({named} WHERE named.value IN {_LISTED}) OR (NOT EXISTS ({named})"
        f" AND (json_extract({entry}, '$.interaction') NOT IN {_LOOKING} OR {names_me})))",
        (json.dumps(sorted(held.told)), json.dumps(sorted(held.patients))),
    )
