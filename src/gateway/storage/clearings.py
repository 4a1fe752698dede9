"""What a clinician has cleared for one person's own reading: one version of one resource each.

INVARIANT: it ends with whatever becomes of the resource, a further version or other labels, and
counts only while the Patient that it names means the person for whom it was cleared. The stamps of
all whom the resource concerns rise with it, by triggers.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.predicate_sql import Sql
from gateway.storage.resources import Row


@dataclass(frozen=True, slots=True)
class Clearing:
    """`identity` is the author's own Patient of the person; `since` in microseconds since 1970;
    `sealed` says who cleared it and why."""

    id: str
    row: Row
    identity: Identity
    since: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """A clearing as it is kept. `holds`: the person reads it now; `taken_back`: who did that and
    why, sealed, None where nobody did."""

    id: str
    reference: str
    identity: int
    patient: str
    since: int
    holds: bool
    sealed: bytes
    taken_back: bytes | None


_HOLDS = (
    " FROM clearing x JOIN identity whose ON whose.id = x.identity AND whose.person = x.person"
    " WHERE x.stands = 1 AND x.person = ?"
)


def cleared_for(person: bytes) -> Sql:
    """True of the resources whose last version is cleared for this person."""
    return Sql(f"EXISTS (SELECT 1{_HOLDS} AND x.rid = r.rid AND x.version = r.version)", (person,))


def standing(connection: Connection, row: Row, person: bytes) -> str | None:
    """The record by which this version, where it is the last, is cleared for this person."""
    found = connection.execute(
        f"SELECT x.id{_HOLDS} AND x.rid = ? AND x.version = ? AND EXISTS"
        " (SELECT 1 FROM resource r WHERE r.rid = x.rid AND r.version = x.version)",
        (person, row.rid, row.version),
    ).fetchone()
    return None if found is None else str(found[0])


def concerns_several(connection: Connection, row: Row) -> bool:
    found = connection.execute("SELECT several FROM resource WHERE rid = ?", (row.rid,)).fetchone()
    return bool(found[0])


def clear(connection: Connection, new: Clearing) -> None:
    """The person reads this version from now on."""
    connection.execute(
        "INSERT INTO clearing(id, rid, version, identity, person, since, sealed)"
        " VALUES (?,?,?,?,?,?,?)",
        (
            new.id,
            new.row.rid,
            new.row.version,
            new.identity.id,
            new.identity.person,
            new.since,
            new.sealed,
        ),
    )


def take_back(connection: Connection, id_: str, sealed: bytes) -> None:
    """The person reads it no more; `sealed` says who took it back and why."""
    connection.execute("UPDATE clearing SET stands = 0, taken_back = ? WHERE id = ?", (sealed, id_))


def of_person(connection: Connection, person: bytes) -> list[Recorded]:
    """Whatever was cleared for the person, the oldest first."""
    rows = connection.execute(
        "SELECT x.id, r.type || '/' || r.id, x.identity, i.patient, x.since, x.stands = 1"
        " AND x.person = i.person AND x.version = r.version, x.sealed, x.taken_back"
        " FROM clearing x JOIN identity i ON i.id = x.identity JOIN resource r ON r.rid = x.rid"
        " WHERE x.person = ? ORDER BY x.since, x.id",
        (person,),
    )
    return [
        Recorded(id_, about, identity, patient, since, bool(holds), bytes(sealed), _bytes(back))
        for id_, about, identity, patient, since, holds, sealed, back in rows
    ]


def _bytes(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
