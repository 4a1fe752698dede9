"""Who may decide with or for a person, and which Consents they gave.

A delegate is told apart by the identifier under which a portal signs them in ("system|value"),
kept as a keyed HMAC. Nothing is deleted: what is over has an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.times import microseconds, moment_of


class Basis(StrEnum):
    """The ground on which someone may decide. There is no other, and none by default."""

    LPA = "lpa-health-welfare"  # a registered lasting power of attorney for health and welfare
    DEPUTY = "deputy"  # an order of the Court of Protection
    PARENT = "parent"  # parental responsibility, for someone under sixteen


@dataclass(frozen=True, slots=True)
class Delegate:
    """One record. `subject` is the HMAC of the identifier; `sealed` the ground it rests on."""

    id: str
    identity: int
    subject: str
    basis: Basis
    since: datetime
    until: datetime | None
    sealed: bytes

    def stands_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


_COLUMNS = "d.id, d.identity, d.subject, d.basis, d.since, d.until, d.sealed"


def of_person(connection: Connection, person: bytes) -> list[Delegate]:
    """Every record about the person, whichever Patient of theirs it names, the oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM delegate d JOIN identity i ON i.id = d.identity"
        f" AND i.person = d.person WHERE d.person = ? ORDER BY d.since, d.id",
        (person,),
    )
    return [_delegate(*row) for row in rows]


def standing(
    connection: Connection, person: bytes, subject: str, now: datetime
) -> frozenset[Basis]:
    """The grounds on which this delegate may decide for the person now; whether a decision counts
    is another question."""
    return frozenset(
        one.basis
        for one in of_person(connection, person)
        if one.subject == subject and one.stands_at(now)
    )


def add(connection: Connection, new: Delegate, person: bytes) -> None:
    """INVARIANT: it counts only while its Patient means this person."""
    connection.execute(
        "INSERT INTO delegate(id, identity, person, subject, basis, since, until, sealed)"
        " VALUES (?,?,?,?,?,?,?,?)",
        (
            new.id,
            new.identity,
            person,
            new.subject,
            new.basis.value,
            microseconds(new.since),
            None if new.until is None else microseconds(new.until),
            new.sealed,
        ),
    )


def end(connection: Connection, id_: str, now: datetime) -> Identity | None:
    """The record counts no more; for whom it did. None where it has ended already, or never was."""
    at = microseconds(now)
    ended = connection.execute(
        "UPDATE delegate SET until = ? WHERE id = ? AND (until IS NULL OR until > ?)"
        " RETURNING identity",
        (at, id_, at),
    ).fetchone()
    if ended is None:
        return None
    row = connection.execute(
        "SELECT id, patient, organization, person FROM identity WHERE id = ?", (ended[0],)
    ).fetchone()
    return Identity(*row)


def gave(connection: Connection, consent: str, subject: str) -> None:
    """This delegate gave the Consent of this id."""
    connection.execute("INSERT INTO delegated(consent, subject) VALUES (?,?)", (consent, subject))


def is_by_delegate(connection: Connection, consent: str) -> bool:
    found = connection.execute("SELECT 1 FROM delegated WHERE consent = ?", (consent,))
    return found.fetchone() is not None


def has_given(connection: Connection, consent: str, subject: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM delegated WHERE consent = ? AND subject = ?", (consent, subject)
    )
    return found.fetchone() is not None


def set_aside(connection: Connection, consent: str, now: datetime) -> bool:
    """An officer's best-interests decision was against it; False where no delegate gave it, or it
    was set aside before."""
    done = connection.execute(
        "UPDATE delegated SET set_aside = ? WHERE consent = ? AND set_aside IS NULL",
        (microseconds(now), consent),
    )
    return done.rowcount == 1


def _delegate(
    id_: str,
    identity: int,
    subject: str,
    basis: str,
    since: int,
    until: int | None,
    sealed: bytes,
) -> Delegate:
    ends = None if until is None else moment_of(until)
    return Delegate(id_, identity, subject, Basis(basis), moment_of(since), ends, bytes(sealed))
