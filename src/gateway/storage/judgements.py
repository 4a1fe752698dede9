"""What was judged about a person and one decision: that they may decide it, or cannot.

A decision is which service may see anything of theirs; EVERYTHING stands for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.times import microseconds, moment_of

EVERYTHING = "everything"


class Kind(StrEnum):
    """GILLICK: under sixteen, and able to decide this. LACKS_CAPACITY: not able to, now."""

    GILLICK = "gillick"
    LACKS_CAPACITY = "lacks-capacity"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`about` is "Organization/<id>", or EVERYTHING; `sealed` the ground it rests on."""

    id: str
    identity: int
    kind: Kind
    about: str
    since: datetime
    until: datetime | None
    sealed: bytes

    def stands_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


_COLUMNS = "j.id, j.identity, j.kind, j.about, j.since, j.until, j.sealed"


def of_person(connection: Connection, person: bytes) -> list[Judgement]:
    """Every judgement about the person, the oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM judgement j JOIN identity i ON i.id = j.identity"
        f" AND i.person = j.person WHERE j.person = ? ORDER BY j.since, j.id",
        (person,),
    )
    return [_judgement(*row) for row in rows]


def standing(
    connection: Connection,
    person: bytes,
    kind: Kind,
    now: datetime,
    identity: int | None = None,
) -> frozenset[str]:
    """About which decisions it stands now; of those recorded with one Patient, where it is said."""
    return frozenset(
        one.about
        for one in of_person(connection, person)
        if one.kind is kind and one.stands_at(now) and identity in (None, one.identity)
    )


def add(connection: Connection, new: Judgement, person: bytes) -> None:
    """INVARIANT: it counts only while its Patient means this person."""
    connection.execute(
        "INSERT INTO judgement(id, identity, person, kind, about, since, until, sealed)"
        " VALUES (?,?,?,?,?,?,?,?)",
        (
            new.id,
            new.identity,
            person,
            new.kind.value,
            new.about,
            microseconds(new.since),
            None if new.until is None else microseconds(new.until),
            new.sealed,
        ),
    )


def end(connection: Connection, id_: str, now: datetime) -> Identity | None:
    """It stands no more; about whom it was. None where it has ended already, or never was."""
    at = microseconds(now)
    ended = connection.execute(
        "UPDATE judgement SET until = ? WHERE id = ? AND (until IS NULL OR until > ?)"
        " RETURNING identity",
        (at, id_, at),
    ).fetchone()
    if ended is None:
        return None
    row = connection.execute(
        "SELECT id, patient, organization, person FROM identity WHERE id = ?", (ended[0],)
    ).fetchone()
    return Identity(*row)


def _judgement(
    id_: str,
    identity: int,
    kind: str,
    about: str,
    since: int,
    until: int | None,
    sealed: bytes,
) -> Judgement:
    ends = None if until is None else moment_of(until)
    return Judgement(id_, identity, Kind(kind), about, moment_of(since), ends, bytes(sealed))
