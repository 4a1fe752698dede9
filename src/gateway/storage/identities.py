"""Who is who: each organisation's own Patient, and which of them are the same person.

Registering someone whom others know must look exactly like registering someone new, so the join
is only ever inside: by NHS number and full birth date, as keyed HMACs (`own`), or because it was
confirmed (`same_person`); what both come to is `person`, which `settling` works out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.keys import Keys
from gateway.storage.conditions import among
from gateway.storage.connection import Connection, inserted
from gateway.storage.predicate_sql import placeholders
from gateway.storage.sealing import DataKeys, hmac_bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """One organisation's Patient; `person` is equal for identities that are joined. `stamp` goes
    up with every write of what concerns it, with whoever is joined to it or parted from it, and
    with what is recorded of who decides for the person."""

    id: int
    patient: str
    organization: str
    person: bytes
    stamp: int = field(default=0, compare=False)


_COLUMNS = "id, patient, organization, person, stamp"


def number_digest(keys: Keys, number: str) -> bytes:
    return hmac_bytes(keys.index, "nhs-number", number)


def by_patient(connection: Connection, patient: str) -> Identity | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM identity WHERE patient = ?", (patient,)
    ).fetchone()
    return None if row is None else Identity(*row)


def by_id(connection: Connection, identity: int) -> Identity:
    """The identity that a row names by number: identities are never deleted."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM identity WHERE id = ?", (identity,))
    return Identity(*found.fetchone())


def raise_stamps(connection: Connection, identity: int) -> None:
    """Nothing worked out for this person before holds any more, whichever Patient means them."""
    connection.execute(
        "UPDATE identity SET stamp = stamp + 1"
        " WHERE person = (SELECT person FROM identity WHERE id = ?)",
        (identity,),
    )


def owned(
    connection: Connection, organization: str, patients: Iterable[str]
) -> dict[str, Identity]:
    """Those of the Patient ids that this organisation owns. Says nothing about any other."""
    found = (by_patient(connection, patient) for patient in patients)
    return {i.patient: i for i in found if i is not None and i.organization == organization}


def known_by(connection: Connection, organization: str, patients: Iterable[str]) -> list[Identity]:
    """Every identity of the persons whom these Patient ids mean, of those that this organisation
    owns. Says nothing about any other."""
    listed = among(tuple(patients))
    rows = connection.execute(
        "SELECT DISTINCT s.id, s.patient, s.organization, s.person, s.stamp FROM identity m"
        " JOIN identity s ON s.person = m.person"
        f" WHERE m.patient IN {listed.text} AND m.organization = ?",
        (*listed.values, organization),
    )
    return [Identity(*row) for row in rows]


def owned_by_number(connection: Connection, organization: str, number: bytes) -> list[Identity]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM identity WHERE number = ? AND organization = ?",
        (number, organization),
    )
    return [Identity(*row) for row in rows]


def of_number(connection: Connection, number: bytes, organization: str | None) -> list[Identity]:
    """Those with that number which the organisation owns; of whichever owner where none is said."""
    if organization is not None:
        return owned_by_number(connection, organization, number)
    rows = connection.execute(f"SELECT {_COLUMNS} FROM identity WHERE number = ?", (number,))
    return [Identity(*row) for row in rows]


def of_persons(connection: Connection, persons: Iterable[bytes]) -> list[Identity]:
    """Every identity of these persons, whoever owns it."""
    wanted = tuple(persons)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM identity WHERE person IN ({placeholders(len(wanted))})", wanted
    )
    return [Identity(*row) for row in rows]


def of_patients(connection: Connection, patients: Sequence[str]) -> list[Identity]:
    """The identities that these Patients are, whoever owns them."""
    if not patients:
        return []
    listed = among(tuple(patients))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM identity WHERE patient IN {listed.text}", listed.values
    )
    return [Identity(*row) for row in rows]


def persons_of(connection: Connection, identities: Iterable[int]) -> frozenset[bytes]:
    return frozenset(person_of_each(connection, identities).values())


def person_of_each(connection: Connection, identities: Iterable[int]) -> dict[int, bytes]:
    wanted = tuple(identities)
    rows = connection.execute(
        f"SELECT id, person FROM identity WHERE id IN ({placeholders(len(wanted))})", wanted
    )
    return dict(rows.fetchall())


@dataclass(frozen=True, slots=True)
class Registered:
    """`doubtful`: the same number stands elsewhere with another birth date; not joined."""

    identity: Identity
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """An identity whose data were corrected. `moved`: those of whom the gateway makes something
    else from now on. `doubtful`: its data say that it is not whom the gateway joined it to."""

    identity: int
    moved: frozenset[int]
    doubtful: bool


def register(
    connection: Connection,
    keys: Keys,
    data_keys: DataKeys,
    patient: str,
    organization: str,
    number: str | None,
    birth_date: str | None,
    like: str | None = None,
) -> Registered:
    """A new identity, joined to its person in this transaction where number and date agree; or to
    whomever the caller knows it is, by the id of a Patient that is `like` it."""
    own = person_digest(keys, patient, number, birth_date)
    if like is not None:
        own = own_of(connection, like)
    person = _person_of(connection, own)
    digest = number_digest(keys, number) if number else None
    doubtful = digest is not None and _stands_otherwise(connection, digest, person)
    cursor = connection.execute(
        "INSERT INTO identity(patient, organization, person, own, number, key)"
        " VALUES (?,?,?,?,?,?) RETURNING id",
        (patient, organization, person, own, digest, b""),
    )
    number_of = inserted(cursor)
    key = data_keys.new(number_of)  # bound to the row's own number
    connection.execute("UPDATE identity SET key = ? WHERE id = ?", (key, number_of))
    return Registered(Identity(number_of, patient, organization, person), doubtful)


def own_of(connection: Connection, patient: str) -> bytes:
    """What the gateway itself makes of a Patient."""
    row = connection.execute("SELECT own FROM identity WHERE patient = ?", (patient,)).fetchone()
    return bytes(row[0])


def _person_of(connection: Connection, own: bytes) -> bytes:
    """Whom those mean of whom the gateway makes this; a new person where there are none."""
    row = connection.execute("SELECT person FROM identity WHERE own = ? LIMIT 1", (own,)).fetchone()
    return own if row is None else bytes(row[0])


def registered_with(
    connection: Connection, organization: str, number: bytes, own: bytes
) -> Identity | None:
    """The organisation's identity with this number of which the gateway itself makes this."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM identity WHERE number = ? AND organization = ? AND own = ?",
        (number, organization, own),
    ).fetchone()
    return None if row is None else Identity(*row)


def correct(
    connection: Connection,
    keys: Keys,
    patient: str,
    before: tuple[str | None, str | None],
    after: tuple[str | None, str | None],
) -> Corrected:
    """The number and birth date of an identity corrected; whom it means is settled after.

    Nothing is keyed anew. Whoever was joined by what was missing until now follows; an identity
    that the gateway itself joined stays joined, whatever its own data says: that is a doubt.
    """
    identity = by_patient(connection, patient)
    assert identity is not None  # noqa: S101 - written with the Patient
    was, now = own_of(connection, patient), person_digest(keys, patient, *after)
    digest = number_digest(keys, after[0]) if after[0] else None
    connection.execute("UPDATE identity SET number = ? WHERE id = ?", (digest, identity.id))
    if was == person_digest(keys, patient, None, None):
        follow = connection.execute("SELECT id FROM identity WHERE own = ?", (was,)).fetchall()
        moved = frozenset(id_ for (id_,) in follow)
        connection.execute("UPDATE identity SET own = ? WHERE own = ?", (now, was))
    elif was == person_digest(keys, patient, *before):
        moved = frozenset((identity.id,))
        connection.execute("UPDATE identity SET own = ? WHERE id = ?", (now, identity.id))
    else:
        return Corrected(identity.id, frozenset(), was != now)
    return Corrected(identity.id, moved, doubtful=False)


def is_doubtful(connection: Connection, identity: int) -> bool:
    """Whether its number stands elsewhere with somebody else."""
    row = connection.execute(
        "SELECT number, person FROM identity WHERE id = ?", (identity,)
    ).fetchone()
    return row[0] is not None and _stands_otherwise(connection, bytes(row[0]), bytes(row[1]))


def let_go(connection: Connection, patient: str) -> None:
    """The identity stays, with its key; no organisation owns it any more."""
    connection.execute("UPDATE identity SET organization = '' WHERE patient = ?", (patient,))


def person_digest(keys: Keys, patient: str, number: str | None, birth_date: str | None) -> bytes:
    """What joins: number and full birth date together; the identity itself where one is missing."""
    if number and birth_date and len(birth_date) == len("2000-01-01"):
        return hmac_bytes(keys.index, "person", f"{number}|{birth_date}")
    return hmac_bytes(keys.index, "identity", patient)


def _stands_otherwise(connection: Connection, number: bytes, person: bytes) -> bool:
    row = connection.execute(
        "SELECT 1 FROM identity WHERE number = ? AND person != ? LIMIT 1", (number, person)
    ).fetchone()
    return row is not None
