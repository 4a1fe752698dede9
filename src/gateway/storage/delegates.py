"""Who may decide with or for a person, and which Consents they gave.

A delegate is told apart by the identifier under which a portal signs them in ("system|value"),
kept as a keyed HMAC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.storage import lasting
from gateway.storage.connection import Connection
from gateway.storage.identities import Identity
from gateway.storage.lasting import Lasting, Table
from gateway.storage.times import microseconds


class Basis(StrEnum):
    """The ground on which someone may decide. There is no other, and none by default."""

    LPA = "lpa-health-welfare"  # a registered lasting power of attorney for health and welfare
    DEPUTY = "deputy"  # an order of the Court of Protection
    PARENT = "parent"  # parental responsibility, for someone under sixteen


@dataclass(frozen=True, slots=True)
class Delegate(Lasting):
    """One record. `subject` is the HMAC of the identifier."""

    subject: str
    basis: Basis


def of_person(connection: Connection, person: bytes) -> list[Delegate]:
    """Every record about the person, whichever Patient of theirs it names, the oldest first."""
    rows = lasting.of_person(connection, Table.DELEGATE, ("subject", "basis"), person)
    return [Delegate(**row | {"basis": Basis(row["basis"])}) for row in rows]


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
    """From now on they may decide, on their ground."""
    own = {"subject": new.subject, "basis": new.basis.value}
    lasting.begin(connection, Table.DELEGATE, new, person, own)


def end(connection: Connection, id_: str, now: datetime) -> Identity | None:
    """They decide no more; for whom they did. None where it has ended already, or never was."""
    return lasting.end(connection, Table.DELEGATE, id_, now)


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
