"""Whom a Patient says to be the same person as: `Patient.link`, both ways and onwards.

A client writes it, so it is never a join (`identities`): what denies counts across it, and nothing
that permits.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.storage import identities
from gateway.storage.conditions import among
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity

_SAID = (
    "SELECT t.value FROM resource r JOIN token_index t ON t.rid = r.rid AND t.name = 'link'"
    " WHERE r.type = 'Patient' AND r.id IN {ids}"
    " UNION SELECT 'Patient/' || r.id FROM token_index t JOIN resource r ON r.rid = t.rid"
    " WHERE t.name = 'link' AND t.type = 'Patient' AND t.value IN {names}"
)


def linked_to(connection: Connection, own: Sequence[Identity]) -> list[Identity]:
    """Every identity of everyone who is linked to this person, but the person's own."""
    known = {identity.id: identity for identity in own}
    new = list(own)
    while new:
        others = identities.of_patients(connection, _said_of(connection, new))
        persons = {other.person for other in others if other.id not in known}
        found = identities.of_persons(connection, persons) if persons else []
        new = [identity for identity in found if identity.id not in known]
        known |= {identity.id: identity for identity in new}
    mine = {identity.id for identity in own}
    return [identity for identity in known.values() if identity.id not in mine]


def added(connection: Connection) -> None:
    """Somebody has been linked to another: nothing worked out for anybody holds any more."""
    connection.execute("UPDATE stamp SET value = value + 1 WHERE name = 'directory'")


def consented(connection: Connection, persons: frozenset[bytes]) -> None:
    """What one person says counts for everyone who is linked to them, so theirs is worked out anew
    too."""
    if linked_to(connection, identities.of_persons(connection, persons)):
        added(connection)


def _said_of(connection: Connection, people: Sequence[Identity]) -> list[str]:
    ids = among(tuple(identity.patient for identity in people))
    names = among(tuple(f"Patient/{identity.patient}" for identity in people))
    text = _SAID.format(ids=ids.text, names=names.text)
    rows = connection.execute(text, (*ids.values, *names.values))
    return [name.removeprefix("Patient/") for (name,) in rows if name.startswith("Patient/")]
