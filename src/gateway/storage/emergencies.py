"""Emergency access as it is kept: who looks after whom, why, until when, and who ended it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.storage.connection import Connection
from gateway.storage.identities import Identity


@dataclass(frozen=True, slots=True)
class Emergency:
    """One practitioner's access to one person's record. Times in microseconds since 1970.

    `organization` is a bare id, `practitioner` "system|value"; `patient` the bare id of the
    organisation's own Patient; `ended` is set where an officer ended it before its time.
    """

    id: str
    organization: str
    practitioner: str
    practitioner_name: str | None
    patient: str
    reason: str
    began: int
    until: int
    ended: int | None
    ended_by: str | None

    def lasts(self, now: int) -> bool:
        return self.ended is None and now < self.until


_SELECT = """
SELECT e.id, e.organization, e.practitioner, e.practitioner_name, i.patient, e.reason, e.began,
       e.until, e.ended, e.ended_by
FROM emergency e JOIN identity i ON i.id = e.identity
"""
# INVARIANT: an emergency serves the person whom it began for, through the Patient that it named,
# while the organisation owns that.
# Asked by id, now, and the "Patient/<id>" and practitioner that the token names.
IN_FORCE = """
SELECT e.reason FROM emergency e JOIN identity i ON i.id = e.identity
WHERE e.id = ? AND e.ended IS NULL AND e.until > ? AND 'Patient/' || i.patient = ?
AND e.practitioner = ? AND i.person = e.person AND i.organization = e.organization
"""


def latest(
    connection: Connection, organization: str, practitioner: str, person: bytes
) -> Emergency | None:
    """The practitioner's latest access to this person's record, from this organisation."""
    row = connection.execute(
        f"{_SELECT} WHERE e.organization = ? AND e.practitioner = ? AND e.person = ?"
        " ORDER BY e.began DESC LIMIT 1",
        (organization, practitioner, person),
    ).fetchone()
    return None if row is None else Emergency(*row)


def begin(connection: Connection, new: Emergency, identity: Identity) -> None:
    connection.execute(
        "INSERT INTO emergency (id, organization, practitioner, practitioner_name, identity,"
        " person, reason, began, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.organization,
            new.practitioner,
            new.practitioner_name,
            identity.id,
            identity.person,
            new.reason,
            new.began,
            new.until,
        ),
    )


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Emergency]:
    found = (connection.execute(f"{_SELECT} WHERE e.id = ?", (one,)).fetchone() for one in ids)
    return {row[0]: Emergency(*row) for row in found if row is not None}


def end(connection: Connection, id_: str, by: str, at: int) -> bool:
    """End it before its time; False where it has ended already."""
    done = connection.execute(
        "UPDATE emergency SET ended = ?, ended_by = ? WHERE id = ? AND ended IS NULL AND until > ?",
        (at, by, id_, at),
    )
    return done.rowcount == 1


def how_often(connection: Connection, practitioner: str, since: int) -> int:
    """How many the practitioner has begun since then, whoever they were about."""
    row = connection.execute(
        "SELECT count(*) FROM emergency WHERE practitioner = ? AND began >= ?",
        (practitioner, since),
    ).fetchone()
    return int(row[0])


def person_of(connection: Connection, id_: str) -> bytes | None:
    row = connection.execute("SELECT person FROM emergency WHERE id = ?", (id_,)).fetchone()
    return None if row is None else bytes(row[0])


def is_to_be_told(connection: Connection, kind: str, about: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM to_tell WHERE kind = ? AND about = ?", (kind, about)
    ).fetchone()
    return row is not None


def to_tell(connection: Connection, identity: int, kind: str, about: str, at: int) -> None:
    """What the person is to be told by the channel they called safe, once something sends it."""
    connection.execute(
        "INSERT INTO to_tell (identity, kind, about, at) VALUES (?, ?, ?, ?)",
        (identity, kind, about, at),
    )
